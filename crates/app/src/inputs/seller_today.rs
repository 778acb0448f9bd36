//! What sellers send about many cases at once.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A rule by which a seller agrees by himself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SellerRuleInput {
    /// The most that may be claimed, as decimal text.
    pub most: String,
    /// Reason codes.
    pub reasons: Vec<String>,
    /// The product it is for alone.
    #[serde(default)]
    pub product: Option<String>,
}

/// One answer to many cases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkAnswerInput {
    /// Case numbers.
    pub cases: Vec<String>,
    /// `agree` or `contest`.
    pub answer: String,
    /// The words of a contest.
    #[serde(default)]
    pub words: String,
}
