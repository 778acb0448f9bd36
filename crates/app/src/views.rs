//! What pages and API show. Everything here is already cut to what the asker may see.

mod admission;
mod bill;
mod case;
mod cashier;
mod code_probe;
mod conversation;
mod credit;
mod figures;
mod hearing;
mod incident;
mod notices;
mod order;
mod outside;
mod paper;
mod people;
mod platform;
mod policy;
mod redemption;
mod review;
mod route;
mod seller_account;
mod seller_today;
mod tip_off;
mod top_up;

pub use admission::*;
pub use bill::*;
pub use case::*;
pub use cashier::*;
pub use code_probe::*;
pub use conversation::*;
pub use credit::*;
pub use figures::*;
pub use hearing::*;
pub use incident::*;
pub use notices::*;
pub use order::*;
pub use outside::*;
pub use paper::*;
pub use people::*;
pub use platform::*;
pub use policy::*;
pub use redemption::*;
pub use review::*;
pub use route::*;
pub use seller_account::*;
pub use seller_today::*;
pub use tip_off::*;
pub use top_up::*;

use serde::{Serialize, Serializer};
use std::ops::Deref;
use utoipa::ToSchema;
use yuanlu_domain::calendar::Deadline;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

/// An amount: exact minor units, and the text people read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"minor": 9500, "currency": "CNY", "text": "95.00"}))]
pub struct MoneyView {
    /// Minor units (fen, cents).
    pub minor: i64,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// Decimal text without symbol.
    pub text: String,
}

impl MoneyView {
    /// `minor` units of `currency`.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Money::new(minor, currency).into()
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.minor == 0
    }
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { minor: money.minor(), currency: money.currency().code(), text: money.to_string() }
    }
}

/// A point in time: RFC 3339 for programs; pages use [`Instant`]'s Shanghai texts through deref.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-22T10:00:00+08:00")]
pub struct When(pub Instant);

impl Deref for When {
    type Target = Instant;

    fn deref(&self) -> &Instant {
        &self.0
    }
}

impl From<Instant> for When {
    fn from(instant: Instant) -> Self {
        Self(instant)
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339())
    }
}

/// A deadline as people read it: its last instant that is in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DueView {
    /// The last instant that is in time.
    pub at: When,
    /// The calendar of that year is not published yet; the date may move, and nobody loses by it before.
    pub provisional: bool,
}

impl From<&Deadline> for DueView {
    fn from(deadline: &Deadline) -> Self {
        Self { at: deadline.last_instant().into(), provisional: deadline.provisional }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Listing<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give this as `cursor` to get the next page; absent on the last one.
    pub next: Option<String>,
}
