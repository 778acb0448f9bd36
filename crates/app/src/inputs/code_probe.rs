//! Where the issuer of a product is asked about its codes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the issuer of a product is asked whether a code was used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeProbeInput {
    /// Its address: `https`, on a host that the operator approved.
    pub url: String,
    /// The issuer's Ed25519 public key: 64 hexadecimal digits.
    pub issuer_key: String,
}
