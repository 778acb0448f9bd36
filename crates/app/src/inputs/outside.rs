//! What staff send about outside complaints.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A complaint that came in by letter, telephone or an agency's own pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsideInput {
    /// Where it was raised, as a code.
    pub agency: String,
    /// Their number.
    pub number: String,
    /// When they received it, such as `2026-04-30 10:00` (Shanghai).
    pub received_at: String,
    /// Until when they want an answer, where they say so.
    #[serde(default)]
    pub reply_by: String,
    /// Who complains: name, telephone.
    #[serde(default)]
    pub complainant: String,
    /// His telephone number, to find his orders by; kept as a keyed hash only.
    #[serde(default)]
    pub phone: String,
    /// In which words.
    #[serde(default)]
    pub words: String,
    /// Number of the order, of the case, or of the payment at its channel.
    #[serde(default)]
    pub order: String,
    /// What is asked for, as decimal text.
    #[serde(default)]
    pub claimed: String,
}

/// Something to be said to the outside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsideSayInput {
    /// `reply`, `complete`, `approve_refund`, `reject_refund` or `concede`.
    pub saying: String,
    /// In which words.
    #[serde(default)]
    pub words: String,
    /// The evidence package of the case goes along, where the agency takes one; so it is unless it is said not to.
    #[serde(default = "yes")]
    pub package: bool,
    /// Pictures of the case that go along, where the agency takes some: their ids, four at most.
    #[serde(default)]
    pub pictures: Vec<String>,
}

fn yes() -> bool {
    true
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsideCloseInput {
    /// `settled`, `withdrawn`, `upheld`, `not_upheld`, `declined` or `ended`.
    pub result: String,
    /// In which words.
    #[serde(default)]
    pub words: String,
}

/// Money that reached the buyer outside, or came back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsidePaymentInput {
    /// `channel`, `platform` or `seller`.
    pub by: String,
    /// How much, as decimal text; not needed when it came back.
    #[serde(default)]
    pub amount: String,
    /// It came back.
    #[serde(default)]
    pub returned: bool,
}
