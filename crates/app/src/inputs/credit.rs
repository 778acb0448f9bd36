//! What people send about conduct and credit.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A finding about somebody's conduct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingInput {
    /// About whom: `acct:` and an account's id, `seller:` and a seller's, `guest:` and an order number, or a login name.
    /// Taken from the flag, where one is named.
    #[serde(default)]
    pub subject: String,
    /// What: `contact`, `abuse`, `threat`, `several_accounts` or `malicious_review`.
    pub ground: String,
    /// In words to the person concerned.
    pub words: String,
    /// The case it happened in.
    #[serde(default)]
    pub case: Option<String>,
    /// The flag that it judges.
    #[serde(default)]
    pub flag: Option<String>,
}

/// A block of an account or a shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockInput {
    /// The last day of it, in Shanghai; at most a year ahead.
    #[schema(example = "2026-12-31")]
    pub until: String,
    /// In words to the person concerned.
    pub words: String,
}

/// What is said of an appeal against a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeFindingInput {
    /// It stands; else it is reversed.
    pub uphold: bool,
    /// In words to the person concerned.
    pub words: String,
}

/// An answer in words alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WordsInput {
    /// In which words.
    pub words: String,
}

/// What is said of a held listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewListingInput {
    /// It may be sold.
    pub release: bool,
    /// In words to the seller; required of a refusal.
    #[serde(default)]
    pub words: String,
}
