//! What people send. Amounts come as decimal text and are read by the use case, so that every face refuses the same.

mod credit;

pub use credit::*;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yuanlu_blobs::Secret;

/// Which page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// `next` of the page before; absent for the first.
    pub cursor: Option<String>,
    /// Rows, at most 100; 30 when absent.
    pub limit: Option<u32>,
}

impl Page {
    /// How many rows.
    pub(crate) fn rows(&self) -> u32 {
        self.limit.unwrap_or(30).clamp(1, 100)
    }
}

/// Which products.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductFilter {
    /// Kind code.
    pub kind: Option<String>,
    /// Words in title or description.
    pub text: Option<String>,
}

/// One line of a new order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineInput {
    /// The product.
    pub product: String,
    /// How many units.
    pub quantity: u16,
    /// The unit price the buyer saw, as decimal text; only compared, never charged.
    pub seen_price: String,
    /// He ticked the confirmation.
    #[serde(default)]
    pub confirmed: bool,
    /// The account or number to be credited; goods that are credited need it, codes do not.
    #[serde(default)]
    pub recipient: Option<String>,
}

/// What a guest leaves, to find his order again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuestInput {
    /// Mail address or phone number.
    pub contact: String,
    /// At least 6 characters.
    #[schema(value_type = String, format = Password)]
    pub query_password: Secret<String>,
}

/// A new order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub struct PlaceInput {
    /// What.
    pub lines: Vec<LineInput>,
    /// `balance`, or a channel's id.
    pub tender: String,
    /// For guests.
    #[serde(default)]
    pub guest: Option<GuestInput>,
}

/// An application for a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApplyInput {
    /// Units; may be empty for a duplicate charge.
    pub units: Vec<u16>,
    /// Reason code.
    pub reason: String,
    /// How much, as decimal text; empty or absent: all that can go back of these units.
    #[serde(default)]
    pub amount: Option<String>,
    /// Face value received per unit, where less came than promised.
    #[serde(default)]
    pub received_face: Option<String>,
    /// Express consent to balance in place of the original route.
    #[serde(default)]
    pub to_balance: bool,
    /// In which words.
    #[serde(default)]
    pub text: String,
    /// Uploaded files.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// Words and files added to a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementInput {
    /// In which words.
    #[serde(default)]
    pub words: String,
    /// Uploaded files.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// The three answers of a review (R17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswersInput {
    /// The order's state supports the claim.
    pub order_state: bool,
    /// The evidence supports the claim.
    pub evidence: bool,
    /// The ground is one the rules know.
    pub ground: bool,
}

/// An approval, in full or in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApproveInput {
    /// How much, fee not taken off, as decimal text; absent: as claimed.
    #[serde(default)]
    pub amount: Option<String>,
    /// The three answers.
    pub answers: AnswersInput,
    /// In which words.
    #[serde(default)]
    pub words: String,
}

/// A rejection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectInput {
    /// Reject code.
    pub code: String,
    /// The three answers.
    pub answers: AnswersInput,
    /// In which words; required.
    pub words: String,
}

/// A request for material.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskInput {
    /// Codes of evidence types.
    pub wanted: Vec<String>,
    /// In which words.
    #[serde(default)]
    pub words: String,
}

/// A special agreement (R9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpecialInput {
    /// Until which delivery event; absent: even after use.
    #[serde(default)]
    pub until: Option<String>,
    /// Natural days after delivery.
    pub days: u32,
    /// Fee in basis points.
    pub fee_basis_points: u32,
}

/// A product as its seller writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductInput {
    /// Title.
    pub title: String,
    /// Description.
    #[serde(default)]
    pub description: String,
    /// How to use it.
    #[serde(default)]
    pub how_to_use: String,
    /// Kind code.
    pub kind: String,
    /// Delivery event code (R6); absent: the kind's default.
    #[serde(default)]
    pub delivery_event: Option<String>,
    /// Face value as decimal text; absent when it has none.
    #[serde(default)]
    pub face: Option<String>,
    /// Price as decimal text.
    pub price: String,
    /// Delivery promise in hours.
    pub promise_hours: u32,
    /// Application window in natural days, 7 to 15.
    pub window_days: u32,
    /// Warranty in natural days.
    #[serde(default)]
    pub warranty_days: u32,
    /// A fee on personal reasons is disclosed (R10).
    #[serde(default)]
    pub fee_disclosed: bool,
    /// A special agreement.
    #[serde(default)]
    pub special: Option<SpecialInput>,
    /// A confirmation must be ticked before paying (R9).
    #[serde(default)]
    pub needs_confirmation: bool,
    /// It can be bought.
    #[serde(default)]
    pub on_sale: bool,
}

/// Where a request comes from, for limits and the list of devices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Client address (the right-most one not in the trusted list).
    pub address: String,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// What somebody signs in with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginInput {
    /// Login name.
    pub login: String,
    /// Password.
    #[schema(value_type = String, format = Password)]
    pub password: Secret<String>,
    /// The six digits of the second factor; required of staff.
    #[serde(default)]
    pub totp: Option<String>,
}

/// A new buyer's account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterInput {
    /// Login name: 3 to 64 characters.
    pub login: String,
    /// Password: at least 8 characters.
    #[schema(value_type = String, format = Password)]
    pub password: Secret<String>,
}

/// An invitation of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteInput {
    /// Login name.
    pub login: String,
    /// Role codes; every account is a buyer as well.
    pub roles: Vec<String>,
    /// The seller he works for, for the role `seller`.
    #[serde(default)]
    pub seller: Option<String>,
}
