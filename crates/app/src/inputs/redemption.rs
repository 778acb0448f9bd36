//! Redemption codes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A batch of codes to be given out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeBatchInput {
    /// What a code becomes: `balance` or `voucher`.
    pub worth: String,
    /// What a code is worth, as decimal text.
    #[schema(example = "20.00")]
    pub amount: String,
    /// How many codes: 1 to 1000.
    pub quantity: u32,
    /// The last day on which one can be used, in Shanghai.
    #[schema(example = "2026-12-31")]
    pub last_day: String,
}

/// A code to be used.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemInput {
    /// The code, however it is spaced.
    pub code: String,
}
