//! What people of staff send about mass incidents.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which orders are meant: all that fit everything given. A product, a seller, or the moment from which on they were placed
/// has to be given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectionInput {
    /// Id of a seller.
    #[serde(default)]
    pub seller: Option<String>,
    /// Id of a product.
    #[serde(default)]
    pub product: Option<String>,
    /// A batch of codes of the product, as the list of batches names it.
    #[serde(default)]
    pub batch: Option<String>,
    /// Id of a channel.
    #[serde(default)]
    pub channel: Option<String>,
    /// Placed from here on: date and time in Shanghai.
    #[serde(default)]
    pub from: Option<String>,
    /// Placed before: date and time in Shanghai.
    #[serde(default)]
    pub until: Option<String>,
    /// Also where the code was used or the credit arrived.
    #[serde(default)]
    pub used: bool,
}

/// A mass incident, as proposed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentInput {
    /// Which orders.
    pub selection: SelectionInput,
    /// What is wrong with them: a reason of an application, but neither `personal` nor `duplicate_charge`.
    pub reason: String,
    /// Who bears it: `seller` or `platform`.
    pub bearer: String,
    /// What happened, in words that another person can follow; at least ten characters.
    #[serde(default)]
    pub words: String,
    /// Orders a second; 0 as fast as it goes.
    #[serde(default)]
    pub rate: u32,
}

/// A new pace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateInput {
    /// Orders a second; 0 as fast as it goes.
    pub rate: u32,
}
