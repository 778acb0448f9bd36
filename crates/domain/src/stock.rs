//! Codes of a product: allocated to one file, freed only by it (R36).

use serde::{Deserialize, Serialize};

/// What becomes of a code when the file gives it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockFate {
    /// Never revealed and not itself the reason: it may be sold again.
    Free,
    /// Never sold again; the seller is told to cancel it with the issuer.
    Quarantined,
}

/// R36 in one place: only a code nobody saw, and that is not itself at fault, returns to stock.
pub fn fate(revealed: bool, code_at_fault: bool) -> StockFate {
    if revealed || code_at_fault { StockFate::Quarantined } else { StockFate::Free }
}
