//! The auditor's own books: what money really did, whatever anybody was told.

use serde::{Deserialize, Serialize};

/// What happened to money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A payer paid.
    PaidIn,
    /// A refund left the merchant.
    Left,
    /// A refund came back to the merchant.
    CameBack,
}

/// One movement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// When (µs UTC).
    pub at: i64,
    /// What.
    pub what: What,
    /// The payment's number.
    pub payment_no: String,
    /// The transaction's number here.
    pub payment_ref: String,
    /// The refund's number; empty for a payment.
    pub refund_no: String,
    /// How much.
    pub amount_minor: i64,
    /// In which currency.
    pub currency: String,
}

/// Every movement, and what a careful client would never have asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// In order.
    pub movements: Vec<Movement>,
    /// Requests that would have paid too much or changed a number's content; all were turned down.
    pub violations: Vec<String>,
}

impl Books {
    /// Paid in under a payment number, all transactions.
    pub fn paid_in(&self, payment_no: &str) -> i64 {
        self.sum(|m| m.payment_no == payment_no, What::PaidIn)
    }

    /// Gone from the merchant for a payment number, less what came back.
    pub fn returned(&self, payment_no: &str) -> i64 {
        self.sum(|m| m.payment_no == payment_no, What::Left) - self.sum(|m| m.payment_no == payment_no, What::CameBack)
    }

    /// Gone from the merchant under a refund number, less what came back.
    pub fn gone(&self, refund_no: &str) -> i64 {
        self.sum(|m| m.refund_no == refund_no, What::Left) - self.sum(|m| m.refund_no == refund_no, What::CameBack)
    }

    /// How often money left under a refund number.
    pub fn departures(&self, refund_no: &str) -> usize {
        self.movements.iter().filter(|m| m.refund_no == refund_no && m.what == What::Left).count()
    }

    fn sum(&self, of: impl Fn(&Movement) -> bool, what: What) -> i64 {
        self.movements.iter().filter(|m| m.what == what && of(m)).map(|m| m.amount_minor).sum()
    }
}
