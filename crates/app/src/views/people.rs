//! People, their balance and sessions; what the public sees.

use super::{MoneyView, SellerRef, When};
use serde::Serialize;
use utoipa::ToSchema;

/// One lot of a balance (R37).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LotView {
    /// Ordinal.
    pub lot: u32,
    /// What is left.
    pub left: MoneyView,
    /// Last instant it can be spent.
    pub until: When,
    /// Past that; granted again on request.
    pub expired: bool,
    /// Its expiry is near: its owner was warned, or is about to be.
    pub soon: bool,
    /// A voucher: spent whole, on one order.
    pub voucher: bool,
}

/// A buyer's balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BalanceView {
    /// What can be spent.
    pub spendable: MoneyView,
    /// Everything held, expired lots included.
    pub held: MoneyView,
    /// The lots, vouchers among them, soonest expiry first.
    pub lots: Vec<LotView>,
    /// The coupons.
    pub coupons: Vec<CouponView>,
}

/// A coupon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CouponView {
    /// Its number.
    pub coupon: u32,
    /// What it takes off.
    pub off: MoneyView,
    /// The least an order must cost.
    pub least: MoneyView,
    /// The last instant at which it can be used.
    pub until: When,
    /// It is over.
    pub expired: bool,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoticeView {
    /// Id.
    pub id: String,
    /// Code of its text.
    pub code: String,
    /// Case it is about.
    pub case: Option<String>,
    /// Order it is about.
    pub order: Option<String>,
    /// Tip-off it is about.
    pub tip_off: Option<String>,
    /// Mass incident it is about, for people of staff.
    pub incident: Option<String>,
    /// Outside complaint it is about.
    pub outside: Option<String>,
    /// Conversation with support it is about.
    pub conversation: Option<String>,
    /// Review it is about.
    pub review: Option<String>,
    /// Admission as a seller it is about.
    pub admission: Option<String>,
    /// How much.
    pub amount: Option<MoneyView>,
    /// Until when something should be done.
    pub due: Option<When>,
    /// When.
    pub at: When,
    /// When it was read.
    pub read_at: Option<When>,
}

/// A signed-in device or API token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionView {
    /// Id to revoke it by; not the token.
    pub id: String,
    /// `web` or `api`.
    pub kind: String,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Address with its end hidden.
    pub address: String,
    /// Since when.
    pub created_at: When,
    /// Last used.
    pub seen_at: When,
    /// This very session.
    pub current: bool,
}

/// The signed-in person about himself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MeView {
    /// Account id.
    pub account: String,
    /// Login name.
    pub login: String,
    /// Role codes.
    pub roles: Vec<&'static str>,
    /// The seller he works for.
    pub seller: Option<SellerRef>,
    /// Passed the second factor in this session.
    pub second_factor: bool,
    /// Has a second factor set up.
    pub totp_enrolled: bool,
    /// A role of his needs one.
    pub totp_required: bool,
    /// `zh` or `en`.
    pub language: String,
}

/// A person as administrators see him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonView {
    /// Account id.
    pub account: String,
    /// Login name.
    pub login: String,
    /// Role codes.
    pub roles: Vec<&'static str>,
    /// The seller he works for.
    pub seller: Option<SellerRef>,
    /// The outside organisation he belongs to.
    pub organisation: Option<OrganisationRef>,
    /// Has a second factor set up.
    pub totp_enrolled: bool,
    /// Has a password (an invitation was used).
    pub active: bool,
    /// Since when.
    pub created_at: When,
}

/// An outside organisation by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrganisationRef {
    /// Its id.
    pub id: String,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
}

/// A registered outside organisation, whose arbitrators sit on panels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrganisationView {
    /// Its id.
    pub id: String,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// The number it is registered under.
    pub registration_no: String,
    /// How it is reached; administrators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Its arbitrators are drawn.
    pub active: bool,
    /// How many of its arbitrators can be drawn.
    pub arbitrators: u64,
    /// Since when it is registered here.
    pub since: When,
}

/// A staff act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditView {
    /// When.
    pub at: When,
    /// Who.
    pub account: String,
    /// Login name of him.
    pub login: String,
    /// What: code of the act.
    pub act: String,
    /// To what.
    pub object: String,
    /// Details without personal data.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
}

/// Public counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FiguresView {
    /// Orders placed.
    pub orders: u64,
    /// Cases opened.
    pub cases: u64,
    /// Cases still open.
    pub open_cases: u64,
    /// Cases completed.
    pub completed_cases: u64,
    /// Products on sale.
    pub products: u64,
    /// How often a hearing was overdue and went to the next role (R17).
    pub overdue_hearings: u64,
    /// Payouts released by the person who had decided them, because there was no second one (R35).
    pub released_alone: u64,
    /// Cases approved because nobody could judge them (R35).
    pub unjudged: u64,
    /// Appeals, complaints and objections that were upheld.
    pub remedies_upheld: u64,
    /// Those that were dismissed.
    pub remedies_dismissed: u64,
    /// Complaints raised outside that came in.
    pub outside_complaints: u64,
    /// How often one was not answered in time.
    pub outside_overdue: u64,
    /// How often a loss was paid outside after it had been refunded, at the platform's cost (T22).
    pub paid_twice: u64,
}
