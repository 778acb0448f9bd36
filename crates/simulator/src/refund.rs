//! Refunds in the words of the simulated channel.

use crate::Simulator;
use crate::bank::{Manner, Order, Payee, Refund, Status, Why};
use http::Response;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct RefundRequest {
    no: String,
    payment_no: String,
    payment_ref: String,
    amount_minor: i64,
    total_minor: i64,
    currency: String,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct RemittanceRequest {
    no: String,
    account: String,
    name: String,
    amount_minor: i64,
    currency: String,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
struct FinishRequest {
    no: String,
    bank: String,
    account: String,
    name: String,
}

fn good_number(no: &str) -> bool {
    (12..=32).contains(&no.len()) && no.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

fn status_text(status: Status) -> &'static str {
    match status {
        Status::Accepted => "accepted",
        Status::Arrived => "arrived",
        Status::Refused => "refused",
        Status::Abnormal => "abnormal",
        Status::Bounced => "bounced",
        Status::Reversing => "reversing",
    }
}

fn status_code(status: Status) -> &'static str {
    match status {
        Status::Refused => "payer_account_closed",
        Status::Abnormal => "card_closed",
        Status::Bounced => "returned_by_bank",
        Status::Accepted | Status::Arrived | Status::Reversing => "",
    }
}

pub(crate) fn body(refund: &Refund) -> Value {
    json!({
        "no": refund.no,
        "payment_no": refund.payment_no,
        "channel_ref": refund.channel_ref,
        "status": status_text(refund.status),
        "code": status_code(refund.status),
        "moved": refund.moved,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
    })
}

impl Simulator {
    /// `POST /v1/refunds`.
    pub(crate) fn take_refund(&mut self, body: &[u8], now: i64) -> Option<Response<Vec<u8>>> {
        let asked = serde_json::from_slice::<RefundRequest>(body).ok().filter(|asked| good_number(&asked.no));
        let Some(asked) = asked else { return Some(self.error(400, "", "invalid", now)) };
        let no = asked.no.clone();
        let order = Order {
            no: asked.no,
            payment_no: asked.payment_no,
            payment_ref: asked.payment_ref,
            payee: None,
            amount_minor: asked.amount_minor,
            total_minor: Some(asked.total_minor),
            currency: asked.currency,
            note: asked.reason,
        };
        self.take(&no, order, now)
    }

    fn take(&mut self, no: &str, order: Order, now: i64) -> Option<Response<Vec<u8>>> {
        let answer = self.bank.take(order, now);
        match (answer.manner, answer.taken) {
            (Manner::Dropped | Manner::Late, _) => None,
            (Manner::SystemError, _) => Some(self.error(500, no, "system_error", now)),
            (_, Err(why)) => {
                let (status, code) = refusal(why);
                Some(self.error(status, no, code, now))
            }
            (Manner::Unsigned, Ok(_)) => {
                let mut lie = self.bank.refund(no).map(self::body).unwrap_or_default();
                lie["status"] = json!("arrived");
                lie["moved"] = json!(true);
                Some(Response::new(lie.to_string().into_bytes()))
            }
            (Manner::Prompt, Ok(_)) => Some(self.tell_refund(no, now)),
        }
    }

    /// `POST /v1/remittances`.
    pub(crate) fn take_remittance(&mut self, body: &[u8], now: i64) -> Option<Response<Vec<u8>>> {
        let asked = serde_json::from_slice::<RemittanceRequest>(body).ok().filter(|asked| good_number(&asked.no));
        let asked = asked.filter(|asked| asked.amount_minor > 0 && !asked.account.is_empty() && !asked.name.is_empty());
        let Some(asked) = asked else { return Some(self.error(400, "", "invalid", now)) };
        let no = asked.no.clone();
        let order = Order {
            no: asked.no,
            payment_no: String::new(),
            payment_ref: String::new(),
            payee: Some(Payee { account: asked.account, name: asked.name }),
            amount_minor: asked.amount_minor,
            total_minor: None,
            currency: asked.currency,
            note: asked.reason,
        };
        self.take(&no, order, now)
    }

    /// `POST /v1/refunds/{no}/finish`.
    pub(crate) fn finish_refund(&mut self, no: &str, body: &[u8], now: i64) -> Response<Vec<u8>> {
        let asked = serde_json::from_slice::<FinishRequest>(body).ok().filter(|asked| asked.no == no);
        let whole = |asked: &FinishRequest| ![&asked.bank, &asked.account, &asked.name].iter().any(|t| t.is_empty());
        if !asked.is_some_and(|asked| whole(&asked)) {
            return self.error(400, no, "invalid", now);
        }
        if !self.bank.finish_abnormal(no, now) {
            return self.error(409, no, "changed", now);
        }
        self.tell_refund(no, now)
    }

    /// `GET /v1/refunds/{no}`, and of a remittance.
    pub(crate) fn tell_refund(&mut self, no: &str, now: i64) -> Response<Vec<u8>> {
        match self.bank.refund(no).map(body) {
            Some(body) => self.reply(200, &body, now),
            None => self.error(404, no, "not_found", now),
        }
    }
}

fn refusal(why: Why) -> (u16, &'static str) {
    match why {
        Why::Invalid => (400, "invalid"),
        Why::Changed => (409, "changed"),
        Why::PaymentNotFound => (404, "payment_not_found"),
        Why::TooMuch => (403, "too_much"),
        Why::AccountClosed => (403, "payer_account_closed"),
        Why::NoSuchAccount => (403, "no_such_account"),
        Why::OtherName => (403, "other_name"),
        Why::Busy => (429, "busy"),
        Why::NotEnoughFunds => (403, "not_enough_funds"),
        Why::Lost => (500, "system_error"),
    }
}
