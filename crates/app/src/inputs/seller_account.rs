//! What sellers and finance send about a seller's money.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yuanlu_blobs::Secret;

/// The bank account a seller is paid to.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayoutAccountInput {
    /// In whose name.
    pub holder: String,
    /// At which bank.
    pub bank: String,
    /// Its number: 6 to 34 letters and digits; blanks and hyphens do not count.
    #[schema(value_type = String)]
    pub number: Secret<String>,
    /// The password again.
    #[schema(value_type = String, format = Password)]
    pub password: Secret<String>,
}

/// Money that went through a bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BankedInput {
    /// How much, as decimal text.
    pub amount: String,
    /// The bank's reference.
    pub reference: String,
}

/// Which statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementQuery {
    /// Which month, `2026-11`; this one when absent.
    pub month: Option<String>,
    /// Which account: `payable` (when absent), `deposit`, `withdrawal`.
    pub account: Option<String>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}
