//! Where money goes when the original road is closed.

use super::When;
use serde::Serialize;
use utoipa::ToSchema;

/// An account the buyer named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountView {
    /// `alipay`, `wechat` or `bank_card`.
    pub kind: &'static str,
    /// The name on it; masked unless finance asked to see it.
    pub holder: String,
    /// Its number; masked likewise.
    pub number: String,
    /// The bank, where there is one.
    pub bank: String,
}

/// Where in his bill a buyer finds a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LookView {
    /// Whose bill: `alipay`, `wechat`, `bank_card`, `unionpay`, `stripe`, `other`.
    pub by: String,
    /// Not before this date.
    pub on: When,
    /// What its remark says: the order number.
    pub remark: String,
}

/// Where a case is stuck, and when something next happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StandingView {
    /// The blocking point (closed list).
    pub point: &'static str,
    /// Since when a channel cannot be reached.
    pub since: Option<When>,
    /// When something next happens at the latest.
    pub next: Option<When>,
}
