//! Top-ups of a balance.

use super::{MoneyView, When};
use serde::Serialize;
use utoipa::ToSchema;

/// Within which limits a balance can be topped up, and what balance is (R37): it can be spent here, is granted again when
/// it expires, and is never paid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TopUpTerms {
    /// The least at once.
    pub least: MoneyView,
    /// The most at once.
    pub most: MoneyView,
    /// What a balance may hold in all.
    pub most_held: MoneyView,
    /// How long a lot lasts, from the day it comes in.
    pub years: u32,
    /// Days before its expiry at which its owner is warned.
    pub warning_days: Vec<u32>,
    /// Channels it can be paid at.
    pub channels: Vec<String>,
}

/// A top-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TopUpView {
    /// Its number, also at the channel.
    pub no: String,
    /// Which channel.
    pub channel: String,
    /// How much.
    pub amount: MoneyView,
    /// `open`, `paid`; `closing`, `closed`: nobody paid in time.
    pub state: &'static str,
    /// When it was begun.
    pub begun_at: When,
    /// Until when it can be paid.
    pub pay_until: When,
    /// When it was paid.
    pub paid_at: Option<When>,
}
