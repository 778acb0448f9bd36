//! Redemption codes.

use super::{BalanceView, MoneyView, When};
use serde::Serialize;
use utoipa::ToSchema;

/// A batch of codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CodeBatchView {
    /// Its number.
    pub batch: String,
    /// `waiting` for a second person, `ready` to be made, `issued`, `expired` or `withdrawn`.
    pub state: &'static str,
    /// What a code becomes: `balance` or `voucher`.
    pub worth: &'static str,
    /// What a code is worth.
    pub value: MoneyView,
    /// How many codes.
    pub codes: u32,
    /// What all of them are worth.
    pub total: MoneyView,
    /// How many were used.
    pub used: u32,
    /// What is still owed to whoever brings one.
    pub owed: MoneyView,
    /// The last moment at which one can be used.
    pub until: When,
    /// It needs a second person, or needed one.
    pub needs_two: bool,
    /// Who asked for it.
    pub asked_by: Option<String>,
    /// When.
    pub asked_at: When,
    /// Who agreed.
    pub approved_by: Option<String>,
    /// What the asker can do: `approve`, `take`, `withdraw`.
    pub actions: Vec<&'static str>,
}

/// What a code was worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RedeemedView {
    /// How much came in.
    pub amount: MoneyView,
    /// As `balance` or `voucher`.
    pub worth: &'static str,
    /// One's balance now.
    pub balance: BalanceView,
}
