//! What issuers say about codes.

use super::{MoneyView, When};
use serde::Serialize;
use utoipa::ToSchema;

/// Where a product's issuer is asked whether a code was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProbeSettingView {
    /// The address.
    pub url: String,
    /// The issuer's Ed25519 public key (hex).
    pub issuer_key: String,
    /// Since when.
    pub set_at: When,
    /// The operator approves its host; otherwise it is not asked.
    pub host_approved: bool,
}

impl CodeProbeView {
    /// Which sentence says what the issuer said: the state, and of a use whether it came before the reveal.
    pub fn says(&self) -> &'static str {
        match (self.state, self.before_reveal) {
            ("used", Some(true)) => "used_before",
            ("used", Some(false)) => "used_after",
            (state, _) => state,
        }
    }
}

/// What became of a question to an issuer about the code of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CodeProbeView {
    /// The unit.
    pub unit: u16,
    /// `asking`, `unused`, `used`, `unknown` (the issuer has no such code), `unanswered`.
    pub state: &'static str,
    /// When it was decided to ask.
    pub asked_at: When,
    /// When the answer came.
    pub answered_at: Option<When>,
    /// When the code was used, by the issuer's clock.
    pub used_at: Option<When>,
    /// Whether that was before the buyer saw the code; absent where the clocks are too close to say.
    pub before_reveal: Option<bool>,
    /// What the code is worth there, where the issuer says so.
    pub face: Option<MoneyView>,
    /// Address, answer, signature and the issuer's public key, a line each: anybody can check it again.
    pub answer: Option<String>,
}
