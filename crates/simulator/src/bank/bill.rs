//! The bill of a span of time, right or with errors.

use super::{Bank, What};
use crate::books::Movement;
use serde::{Deserialize, Serialize};

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// A payment came in.
    Paid,
    /// A refund left.
    Refunded,
    /// A refund came back.
    Returned,
    /// A remittance left.
    Remitted,
}

/// A row of a bill, before it is written in the channel's format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillRow {
    /// What it is about.
    pub row: Row,
    /// When (µs UTC).
    pub at: i64,
    /// The payment's number; empty for a remittance.
    pub payment_no: String,
    /// The transaction.
    pub payment_ref: String,
    /// The refund's number; empty for a payment.
    pub refund_no: String,
    /// The channel's number of the refund; empty for a payment.
    pub refund_ref: String,
    /// What it was for.
    pub subject: String,
    /// How much, without sign.
    pub amount_minor: i64,
    /// In which currency.
    pub currency: String,
    /// What the channel keeps of it: positive; negative where it gives a fee back.
    pub fee_minor: i64,
}

/// An error in bills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// The rows of this number (payment or refund) are missing.
    Missing(String),
    /// The rows of this number say another amount.
    OtherAmount(String, i64),
    /// A row that nobody knows.
    Extra(Box<BillRow>),
    /// The rows of this number come twice.
    Double(String),
    /// The bill is not written yet.
    NotReady,
}

/// Kept of payments, in ten thousandths; given back with refunds.
const FEE: i64 = 60;

impl Bank {
    /// From now on bills have this error too.
    pub fn add_flaw(&mut self, flaw: Flaw) {
        self.flaws.push(flaw);
    }

    /// From now on bills are right.
    pub fn mend_bills(&mut self) {
        self.flaws.clear();
    }

    /// The rows of movements from `from` until before `until`, errors included; `None` while the bill is not ready.
    pub fn bill(&self, from: i64, until: i64) -> Option<Vec<BillRow>> {
        if self.flaws.contains(&Flaw::NotReady) {
            return None;
        }
        let inside = self.books.movements.iter().filter(|m| (from..until).contains(&m.at));
        let mut rows: Vec<BillRow> = inside.map(|m| self.row(m)).collect();
        for flaw in &self.flaws {
            let of = |row: &BillRow, no: &String| {
                row.refund_no == *no || (row.refund_no.is_empty() && row.payment_no == *no)
            };
            match flaw {
                Flaw::Missing(no) => rows.retain(|row| !of(row, no)),
                Flaw::OtherAmount(no, minor) => {
                    rows.iter_mut().filter(|row| of(row, no)).for_each(|row| row.amount_minor = *minor);
                }
                Flaw::Extra(row) => rows.push((**row).clone()),
                Flaw::Double(no) => {
                    let again: Vec<_> = rows.iter().filter(|row| of(row, no)).cloned().collect();
                    rows.extend(again);
                }
                Flaw::NotReady => {}
            }
        }
        rows.sort_by_key(|row| row.at);
        Some(rows)
    }

    fn row(&self, m: &Movement) -> BillRow {
        let refund = self.refunds.get(&m.refund_no);
        let row = match (m.what, refund.is_some_and(|r| r.payee.is_some())) {
            (What::PaidIn, _) => Row::Paid,
            (What::Left, false) => Row::Refunded,
            (What::Left, true) => Row::Remitted,
            (What::CameBack, _) => Row::Returned,
        };
        let fee = (m.amount_minor * FEE + 5000) / 10_000;
        BillRow {
            row,
            at: m.at,
            payment_no: m.payment_no.clone(),
            payment_ref: m.payment_ref.clone(),
            refund_no: m.refund_no.clone(),
            refund_ref: refund.map(|r| r.channel_ref.clone()).unwrap_or_default(),
            subject: self.payments.get(&m.payment_no).map(|p| p.subject.clone()).unwrap_or_default(),
            amount_minor: m.amount_minor,
            currency: m.currency.clone(),
            fee_minor: match row {
                Row::Paid => fee,
                Row::Refunded => -fee,
                Row::Returned | Row::Remitted => 0,
            },
        }
    }
}
