//! What the simulated channel's JSON says, and what it means. Statuses and codes are read as text: a new one on their
//! side is `Unknown` on ours, never a crash.

use crate::callback::{CallbackError, Verified};
use crate::wechat::AbnormalTo;
use crate::wire::code;
use crate::{Op, Payee, PaymentWord};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_money::{Currency, Money};

/// What is sent to refund.
#[derive(Serialize)]
pub(super) struct RefundRequest<'a> {
    no: &'a str,
    payment_no: &'a str,
    payment_ref: &'a str,
    amount_minor: i64,
    total_minor: i64,
    currency: &'a str,
    reason: &'a str,
}

impl RefundRequest<'_> {
    pub(super) fn bytes(op: &Op) -> Vec<u8> {
        let Op::Refund { no, payment_no, payment_ref, amount, total, reason, .. } = op else { return Vec::new() };
        let body = RefundRequest {
            no: no.as_str(),
            payment_no: payment_no.as_str(),
            payment_ref,
            amount_minor: amount.minor(),
            total_minor: total.minor(),
            currency: amount.currency().code(),
            reason,
        };
        serde_json::to_vec(&body).expect("text and integers are JSON")
    }
}

/// What is sent to remit.
pub(super) fn remittance(no: &ChannelNumber, payee: &Payee, amount: Money, reason: &str) -> Vec<u8> {
    let body = json!({
        "no": no.as_str(), "account": payee.account, "name": payee.name, "amount_minor": amount.minor(),
        "currency": amount.currency().code(), "reason": reason,
    });
    body.to_string().into_bytes()
}

/// What is sent to send an abnormal refund on.
pub(super) fn card(no: &ChannelNumber, to: &AbnormalTo) -> Vec<u8> {
    json!({ "no": no.as_str(), "bank": to.bank, "account": to.account, "name": to.name }).to_string().into_bytes()
}

/// A refund as the channel describes it, in replies and callbacks alike.
#[derive(Deserialize)]
pub(super) struct RefundBody {
    pub(super) no: String,
    channel_ref: String,
    status: String,
    #[serde(default)]
    code: String,
    /// Whether money left the merchant for this number.
    moved: bool,
    amount_minor: i64,
    currency: String,
}

impl RefundBody {
    pub(super) fn amount(&self) -> Option<Money> {
        money(self.amount_minor, &self.currency)
    }
}

/// An error as the channel describes it.
#[derive(Deserialize)]
pub(super) struct ErrorBody {
    pub(super) no: String,
    code: String,
}

/// A payment as the channel describes it when asked.
#[derive(Deserialize)]
pub(super) struct PaymentBody {
    no: String,
    status: String,
    #[serde(default)]
    code: String,
    currency: String,
    #[serde(default)]
    transactions: Vec<Transaction>,
}

#[derive(Deserialize)]
struct Transaction {
    channel_ref: String,
    amount_minor: i64,
    #[serde(default)]
    payer: String,
}

/// A callback's envelope; its content is read only once we know what it is about.
#[derive(Deserialize)]
pub(super) struct CallbackBody {
    pub(super) merchant: String,
    about: String,
    #[serde(default)]
    content: Value,
}

#[derive(Deserialize)]
struct PaymentNews {
    no: String,
    status: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    channel_ref: String,
    #[serde(default)]
    payer: String,
    amount_minor: i64,
    currency: String,
}

fn money(minor: i64, currency: &str) -> Option<Money> {
    Currency::parse(currency).ok().filter(|_| minor > 0).map(|currency| Money::new(minor, currency))
}

/// What a refund's status means.
pub(super) fn refund_outcome(body: &RefundBody) -> Outcome {
    let channel_ref = body.channel_ref.clone();
    match (body.status.as_str(), body.moved) {
        ("arrived", true) => Outcome::Arrived { channel_ref },
        ("accepted", _) => Outcome::Accepted { channel_ref },
        // Final, and by its own word nothing moved under this number: the only way to another route.
        ("refused", false) => Outcome::OtherRoute { code: code(&body.code) },
        // Left the merchant and is not with the payer (T38): finished there, never paid again from here.
        ("abnormal", _) | ("refused", true) => Outcome::ManualAtChannel { code: code(&body.code) },
        ("bounced", _) => Outcome::Bounced { code: code(&body.code) },
        (status, _) => Outcome::Unknown { code: format!("status_{}", code(status)) },
    }
}

/// What an error means. Errors never prove that nothing moved: an earlier call may have (T08).
pub(super) fn error_outcome(status: u16, body: &ErrorBody, op: &Op) -> Outcome {
    let sent = code(&body.code);
    match (status, body.code.as_str()) {
        (404, "not_found") if matches!(op, Op::QueryRefund { .. } | Op::QueryRemit { .. }) => Outcome::NotFound,
        (403, "payer_account_closed" | "no_such_account" | "other_name") if matches!(op, Op::Remit { .. }) => {
            Outcome::OtherRoute { code: sent }
        }
        (429, _) | (_, "busy") => Outcome::RetrySameId { code: sent },
        (_, "not_enough_funds") => Outcome::NeedFunds { code: sent },
        (_, "invalid" | "changed" | "payment_not_found" | "too_much" | "bad_signature") => {
            Outcome::FixRequest { code: sent }
        }
        _ => Outcome::Unknown { code: sent },
    }
}

impl PaymentBody {
    /// The payer of a payment that was made.
    pub(super) fn payer(bytes: &[u8], no: &ChannelNumber) -> Option<String> {
        let body = serde_json::from_slice::<Self>(bytes).ok().filter(|body| body.no == no.as_str())?;
        body.transactions.into_iter().map(|transaction| transaction.payer).find(|payer| !payer.is_empty())
    }

    pub(super) fn word(bytes: &[u8], no: &ChannelNumber) -> PaymentWord {
        let unknown = |code: String| PaymentWord::Unknown { code };
        let Ok(body) = serde_json::from_slice::<Self>(bytes) else { return unknown("unreadable".to_owned()) };
        if body.no != no.as_str() {
            return unknown("other_number".to_owned());
        }
        match body.status.as_str() {
            "open" => PaymentWord::Open,
            // Closed by us: no money came, and none will.
            "declined" if body.code == "closed" => PaymentWord::NotFound,
            "declined" => PaymentWord::Declined { code: code(&body.code) },
            "paid" => {
                let each = body.transactions.iter();
                let read = each.map(|t| Some((t.channel_ref.clone(), money(t.amount_minor, &body.currency)?)));
                match read.collect::<Option<Vec<_>>>() {
                    Some(transactions) if !transactions.is_empty() => PaymentWord::Succeeded { transactions },
                    _ => unknown("unreadable".to_owned()),
                }
            }
            status => unknown(format!("status_{}", code(status))),
        }
    }
}

impl CallbackBody {
    /// The payer's account at the channel, in news of a payment that succeeded.
    pub(super) fn payer(self) -> Option<String> {
        let news: PaymentNews = serde_json::from_value(self.content).ok().filter(|_| self.about == "payment")?;
        Some(news.payer).filter(|payer| !payer.is_empty())
    }

    pub(super) fn read(self) -> Result<Verified, CallbackError> {
        match self.about.as_str() {
            "payment" => {
                let news: PaymentNews = serde_json::from_value(self.content).map_err(|_| CallbackError::Malformed)?;
                let no = ChannelNumber::new(news.no);
                match news.status.as_str() {
                    "paid" => {
                        let amount = money(news.amount_minor, &news.currency).ok_or(CallbackError::Malformed)?;
                        Ok(Verified::PaymentSucceeded { no, channel_ref: news.channel_ref, amount })
                    }
                    "declined" => Ok(Verified::PaymentDeclined { no, code: code(&news.code) }),
                    status => Ok(Verified::Other { about: format!("payment_{}", code(status)) }),
                }
            }
            "refund" => {
                let body: RefundBody = serde_json::from_value(self.content).map_err(|_| CallbackError::Malformed)?;
                let amount = body.amount().ok_or(CallbackError::Malformed)?;
                let outcome = refund_outcome(&body);
                Ok(Verified::Refund { no: ChannelNumber::new(body.no), amount, outcome })
            }
            about => Ok(Verified::Other { about: code(about) }),
        }
    }
}
