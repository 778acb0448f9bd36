//! Topping up.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A top-up to begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TopUpInput {
    /// How much, as decimal text.
    pub amount: String,
    /// Through which channel.
    pub channel: String,
    /// He has read that balance can be spent here only, expires and is granted again, and is not paid out (R37).
    #[serde(default)]
    pub confirmed: bool,
}
