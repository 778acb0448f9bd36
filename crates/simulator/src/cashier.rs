//! The cashier: payments begin with a signed link and end with the payer's choice.

use crate::{Simulator, page};
use http::{Method, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Where a payment stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The payer has not finished.
    Open,
    /// The payer walked away; nothing is ever said.
    Silent,
    /// Declined.
    Declined,
    /// Paid, by one transaction or more.
    Paid,
    /// Closed by the merchant before anybody paid.
    Closed,
}

/// Money that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// The channel's number.
    pub channel_ref: String,
    /// How much.
    pub amount_minor: i64,
    /// When (µs UTC).
    pub at: i64,
    /// Who paid: the account the payer named.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub payer: String,
}

/// A payment, as the cashier page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The merchant's number.
    pub no: String,
    /// How much.
    pub amount_minor: i64,
    /// In which currency.
    pub currency: String,
    /// What it is for.
    pub subject: String,
    /// Where the payer goes back to.
    pub return_url: String,
    /// First instant at which it can no longer be paid (µs UTC).
    pub pay_until: i64,
    /// Where it stands.
    pub status: PaymentStatus,
    /// What came in.
    pub transactions: Vec<Transaction>,
}

impl Payment {
    /// A transaction by the channel's number.
    pub fn transaction(&self, channel_ref: &str) -> Option<&Transaction> {
        self.transactions.iter().find(|t| t.channel_ref == channel_ref)
    }
}

/// What a payer can do at the cashier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Pay.
    Pay,
    /// Be declined.
    Decline,
    /// Walk away: no answer ever.
    Silent,
    /// Pay twice: two transactions under one number.
    Twice,
    /// Pay now; the callback comes two hours late.
    Late,
}

impl Choice {
    /// Every choice, in the order of the page.
    pub const ALL: [Self; 5] = [Self::Pay, Self::Decline, Self::Silent, Self::Twice, Self::Late];

    /// The value in the form.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::Decline => "decline",
            Self::Silent => "silent",
            Self::Twice => "twice",
            Self::Late => "late",
        }
    }

    /// The choice with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.code() == code)
    }
}

/// Why the cashier turns somebody away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CashierError {
    /// The link is not the merchant's or was changed.
    BadLink,
    /// The same number was opened with other content.
    Changed,
    /// Too late.
    Expired,
    /// Paid, declined or left already.
    Finished,
}

impl CashierError {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::BadLink => "bad_link",
            Self::Changed => "changed",
            Self::Expired => "expired",
            Self::Finished => "finished",
        }
    }
}

impl Simulator {
    /// Opens the payment of a cashier link (the query, without `?`), or finds it again.
    pub fn open(&mut self, query: &str) -> Result<&Payment, CashierError> {
        let payment = self.read_link(query).ok_or(CashierError::BadLink)?;
        self.bank.open(payment)
    }

    fn read_link(&self, query: &str) -> Option<Payment> {
        let (signed, signature) = query.rsplit_once("&sign=")?;
        if !self.keys.trusts_link(signed, signature) {
            return None;
        }
        let fields: BTreeMap<&str, String> =
            signed.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k, plain(v))).collect();
        let number = |name: &str| fields.get(name)?.parse::<i64>().ok();
        let text = |name: &str| fields.get(name).cloned();
        Some(Payment {
            no: text("no").filter(|_| text("merchant").as_deref() == Some(self.setup.merchant.as_str()))?,
            amount_minor: number("amount").filter(|minor| *minor > 0)?,
            currency: text("currency")?,
            subject: text("subject")?,
            return_url: text("return")?,
            pay_until: number("until")?,
            status: PaymentStatus::Open,
            transactions: Vec::new(),
        })
    }

    /// The payer chooses, with an account of his own.
    pub fn choose(&mut self, no: &str, choice: Choice, now: i64) -> Result<(), CashierError> {
        self.bank.choose(no, choice, now)
    }

    /// The payer chooses, with the account he names; with none, he has one that nobody else uses.
    pub fn choose_as(&mut self, no: &str, choice: Choice, payer: &str, now: i64) -> Result<(), CashierError> {
        self.bank.choose_as(no, choice, payer, now)
    }

    /// `GET /v1/payments/{no}`.
    pub(crate) fn tell_payment(&mut self, no: &str, now: i64) -> Response<Vec<u8>> {
        let Some(payment) = self.bank.payment(no) else {
            return self.error(404, no, "not_found", now);
        };
        let (status, code) = match payment.status {
            PaymentStatus::Open | PaymentStatus::Silent => ("open", ""),
            PaymentStatus::Declined => ("declined", "payer_declined"),
            PaymentStatus::Closed => ("declined", "closed"),
            PaymentStatus::Paid => ("paid", ""),
        };
        let body = json!({
            "no": no, "status": status, "code": code, "currency": payment.currency,
            "transactions": payment.transactions,
        });
        self.reply(200, &body, now)
    }

    /// The cashier's page, and what its form does.
    pub(crate) fn cashier_page(&mut self, request: &Request<Vec<u8>>, now: i64) -> Response<Vec<u8>> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let payment = match self.open(&query) {
            Ok(payment) => payment.clone(),
            Err(error) => return page::error(error),
        };
        if request.method() != Method::POST {
            return page::cashier(&payment, &query, now);
        }
        page::chosen(&mut self.bank, &payment, &query, request.body(), now)
    }
}

/// Undoes percent-encoding.
pub(crate) fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = tail.get(..2).filter(|_| *first == b'%').and_then(|d| std::str::from_utf8(d).ok());
        match escaped.and_then(|d| u8::from_str_radix(d, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
