//! Where money shall go when the original road is closed.

use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

/// An account a buyer names. Personal data: shown by no `Debug`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountInput {
    /// `alipay`, `wechat` or `bank_card`.
    pub kind: String,
    /// The name on it.
    pub holder: String,
    /// Its number: a login, an openid, the digits of a card.
    pub number: String,
    /// The bank, for a card.
    #[serde(default)]
    pub bank: String,
    /// Uploaded files, one of them the proof that the original account was closed.
    #[serde(default)]
    pub evidence: Vec<String>,
}

impl fmt::Debug for AccountInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountInput").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What finance does about the road of a payout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteInput {
    /// `check_account`, `refuse_account`, `remit`, `record_transfer`, `record_arrival`, `record_return`, `record_release`,
    /// `refuse_release`, `finish_at_channel`, `answer_doubt`, `reverse_switch`.
    pub act: String,
    /// In which words, where the buyer is told something.
    #[serde(default)]
    pub words: String,
    /// Through which channel it is sent.
    #[serde(default)]
    pub channel: String,
    /// The bank's reference.
    #[serde(default)]
    pub reference: String,
    /// Uploaded files that prove it.
    #[serde(default)]
    pub evidence: Vec<String>,
}
