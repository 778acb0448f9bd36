//! Admissions of sellers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yuanlu_blobs::Secret;

/// What somebody says who wants to sell.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdmissionInput {
    /// `person` or `company`.
    #[schema(example = "company")]
    pub legal_form: String,
    /// Name of the person or company.
    pub legal_name: String,
    /// Number of the identity card or registration. Shown to others with most of it hidden.
    #[schema(value_type = String, format = Password)]
    pub id_number: Secret<String>,
    /// Telephone or e-mail address. Shown to others with most of it hidden.
    pub contact: String,
    /// How the shop is to be called.
    pub shop: String,
    /// What is to be sold, and where it comes from.
    pub goods: String,
    /// Hashes of the agreements in force, which are hereby agreed to.
    pub agreements: Vec<String>,
}

/// Why an application is rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectAdmissionInput {
    /// Why.
    pub words: String,
    /// What would change it.
    pub mend: String,
}

/// A deposit that came in and opens a shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstDepositInput {
    /// How much came in.
    #[schema(example = "1000.00")]
    pub amount: String,
    /// How the shop is called, where the name asked for is taken by now; empty keeps it.
    #[serde(default)]
    pub shop: String,
}
