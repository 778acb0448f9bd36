//! What people send. Amounts come as decimal text and are read by the use case, so that every face refuses the same.

mod admission;
mod bill;
mod code_probe;
mod conversation;
mod credit;
mod incident;
mod notices;
mod outside;
mod platform;
mod redemption;
mod review;
mod route;
mod seller_account;
mod seller_today;
mod top_up;

pub use admission::*;
pub use bill::*;
pub use code_probe::*;
pub use conversation::*;
pub use credit::*;
pub use incident::*;
pub use notices::*;
pub use outside::*;
pub use platform::*;
pub use redemption::*;
pub use review::*;
pub use route::*;
pub use seller_account::*;
pub use seller_today::*;
pub use top_up::*;

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

/// What a buyer takes from his wallet before the rest is paid another way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartsInput {
    /// Number of a coupon in the wallet.
    #[serde(default)]
    pub coupon: Option<u32>,
    /// Number of a voucher in the wallet.
    #[serde(default)]
    pub voucher: Option<u32>,
    /// So much balance, as decimal text.
    #[serde(default)]
    pub balance: Option<String>,
}

/// The rate of a day.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayRateInput {
    /// ISO 4217 code of the foreign currency.
    pub currency: String,
    /// What one unit of it is worth in the books' currency, as decimal text.
    pub rate: String,
    /// The day it was published for, `2026-12-31`.
    pub day: String,
    /// Who published it.
    pub source: String,
}

/// A coupon to be given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouponInput {
    /// What it takes off, as decimal text.
    pub amount: String,
    /// The least an order must cost, as decimal text; more than the amount.
    pub least: String,
    /// The last day on which it can be used, `2026-12-31`.
    pub last_day: String,
}

/// A new order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub struct PlaceInput {
    /// What.
    pub lines: Vec<LineInput>,
    /// What is paid from the wallet first.
    #[serde(flatten)]
    pub parts: PartsInput,
    /// How the rest is paid: `balance`, or a channel's id.
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
    /// The rule it rests on (`R7`); absent: the one that belongs to the code.
    #[serde(default)]
    pub clause: Option<String>,
    /// The three answers.
    pub answers: AnswersInput,
    /// In which words; required.
    pub words: String,
}

/// An appeal, a complaint, or a seller's objection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemedyInput {
    /// Ground code: `new_material`, `rule_error` (appeal); `unjust_refusal`, `seller_fraud`, `inaction`, `broken_rule`
    /// (complaint); `lost_decision` (objection).
    pub ground: String,
    /// The rule that was applied wrongly or broken (`R8`).
    #[serde(default)]
    pub rule: Option<String>,
    /// How much is asked for, as decimal text; absent: whatever was refused.
    #[serde(default)]
    pub amount: Option<String>,
    /// In which words; required.
    pub words: String,
    /// Uploaded files.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// A remedy found right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpholdInput {
    /// What it is worth, as decimal text; `0` where no money is at stake.
    pub amount: String,
    /// The three answers.
    pub answers: AnswersInput,
    /// In which words.
    #[serde(default)]
    pub words: String,
}

/// A remedy found wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DismissInput {
    /// The three answers.
    pub answers: AnswersInput,
    /// In which words; required.
    pub words: String,
}

/// The same decision for many cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManyInput {
    /// Case numbers, at most 100.
    pub cases: Vec<String>,
    /// `approve` or `reject`.
    pub verdict: String,
    /// How much for each, as decimal text; absent: as claimed.
    #[serde(default)]
    pub amount: Option<String>,
    /// Reject code.
    #[serde(default)]
    pub code: Option<String>,
    /// The rule a rejection rests on.
    #[serde(default)]
    pub clause: Option<String>,
    /// The three answers.
    pub answers: AnswersInput,
    /// In which words.
    #[serde(default)]
    pub words: String,
}

/// What an invited arbitrator decides (R35).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulingInput {
    /// `approve`, `reject` (of a first review); `uphold`, `dismiss` (of an appeal, a complaint or an objection).
    pub verdict: String,
    /// How much, as decimal text.
    #[serde(default)]
    pub amount: Option<String>,
    /// Reject code.
    #[serde(default)]
    pub code: Option<String>,
    /// The rule a rejection rests on.
    #[serde(default)]
    pub clause: Option<String>,
    /// The three answers.
    pub answers: AnswersInput,
    /// In which words.
    #[serde(default)]
    pub words: String,
}

/// An offer of a seller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferInput {
    /// `refund`, `replacement` or `more_time`.
    pub kind: String,
    /// For a refund: how much, as decimal text.
    #[serde(default)]
    pub amount: Option<String>,
    /// For more time: until when, a Shanghai time (`2026-11-22 10:00`).
    #[serde(default)]
    pub until: Option<String>,
    /// Before a case: the units.
    #[serde(default)]
    pub units: Vec<u16>,
    /// Before a case: the reason code the seller owns up to.
    #[serde(default)]
    pub reason: Option<String>,
    /// In which words.
    #[serde(default)]
    pub words: String,
}

/// A vote of an arbitrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoteInput {
    /// `buyer`, `seller`, `platform` or `shared`.
    pub responsible: String,
    /// How much should go back, as decimal text; absent or `0` where the buyer is responsible.
    #[serde(default)]
    pub amount: Option<String>,
    /// Why; required.
    pub reason: String,
}

/// A message in an order's thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageInput {
    /// The text.
    #[serde(default)]
    pub text: String,
    /// Uploaded files.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// The hints about this text were shown, and it is sent all the same.
    #[serde(default)]
    pub hints_seen: bool,
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
    /// In which language he reads: `zh` or `en`; empty where nobody said.
    pub language: &'static str,
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
    /// The outside organisation he belongs to; the role `arbitrator` needs one.
    #[serde(default)]
    pub organisation: Option<String>,
}

/// A registered outside organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationInput {
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// The number it is registered under.
    pub registration_no: String,
    /// How it is reached.
    pub contact: String,
    /// Its arbitrators are drawn.
    pub active: bool,
}

/// A tip-off.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TipOffInput {
    /// `product`, `seller` or `staff`.
    pub about: String,
    /// A product's id, a shop's name or id, or what the person of staff is called, or the number of a case he worked on.
    pub subject: String,
    /// What is wrong: `forbidden_goods`, `fraud`, `misleading`, `off_platform`, `misconduct` or `other`.
    pub concern: String,
    /// In which words.
    pub words: String,
    /// At least 6 characters; required of those who are not signed in, and kept from all others.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub query_password: Option<Secret<String>>,
}

/// What is added to a tip-off.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddToTipOffInput {
    /// In which words.
    pub words: String,
    /// Of strangers.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub query_password: Option<Secret<String>>,
}

/// What comes of a tip-off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideTipOffInput {
    /// `upheld`, `not_upheld` or `passed_on`.
    pub outcome: String,
    /// In words to whoever reported it.
    pub words: String,
}
