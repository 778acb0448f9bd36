//! What finance sends about exceptions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How an exception is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleInput {
    /// `assigned`, `returned`, `explained` or `written_off`, as the exception offers.
    pub way: String,
    /// Why, in words that another person can follow.
    pub words: String,
    /// The order a payment belongs to, for `assigned`.
    #[serde(default)]
    pub order: Option<String>,
}

/// What was found out about something unmatched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseUnmatchedInput {
    /// In which words.
    pub words: String,
}
