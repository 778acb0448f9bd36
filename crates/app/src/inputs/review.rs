//! Reviews.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewInput {
    /// One to five.
    #[schema(example = 4)]
    pub stars: u8,
    /// In words; may be empty. Codes of the order, numbers and addresses in it are masked.
    #[serde(default)]
    pub words: String,
}

/// A reason to hide a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HideReviewInput {
    /// `abuse`, `personal_data`, `advertising`, `off_topic`, `disproved` or `unlawful`.
    #[schema(example = "advertising")]
    pub ground: String,
    /// In words, which everybody sees.
    pub words: String,
}

/// What becomes of a hidden review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeReviewInput {
    /// It stays hidden; only somebody else than whoever hid it can say so.
    pub keep: bool,
    /// In words to its writer.
    pub words: String,
}
