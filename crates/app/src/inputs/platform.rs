//! Agreements.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new version of an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementInput {
    /// Which: `user`, `refund` or `seller`.
    #[schema(example = "refund")]
    pub kind: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}
