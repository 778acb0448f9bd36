//! Payments and refunds.

use super::form::{fen, yuan};
use super::{AlipaySimulator, Fault, INVALID, Said, TRADE_LOCK, gateway_error};
use crate::bank::{Answer, Manner, Order, Refund, Status, Why};
use crate::cashier::{Payment, PaymentStatus};
use crate::{CashierError, clock, page};
use http::{Method, Request, Response};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

pub(super) fn text<'a>(content: &'a Value, name: &str) -> &'a str {
    content[name].as_str().unwrap_or_default()
}

pub(super) fn node<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The number a payer has at Alipay: always the same for the same one.
pub(super) fn buyer(payer: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, payer.as_bytes());
    let digits: String = digest.as_ref().iter().take(12).map(|byte| char::from(b'0' + byte % 10)).collect();
    format!("2088{digits}")
}

impl AlipaySimulator {
    /// Opens the payment that signed parameters speak of.
    fn open(&mut self, given: &BTreeMap<String, String>, content: &Value) -> Result<Payment, CashierError> {
        let until = clock::from_rfc3339(&format!("{}+08:00", text(content, "time_expire").replace(' ', "T")));
        let payment = Payment {
            no: text(content, "out_trade_no").to_owned(),
            amount_minor: fen(text(content, "total_amount")).filter(|fen| *fen > 0).ok_or(CashierError::BadLink)?,
            currency: "CNY".to_owned(),
            subject: text(content, "subject").to_owned(),
            return_url: given.get("return_url").cloned().unwrap_or_default(),
            pay_until: until.ok_or(CashierError::BadLink)?,
            status: PaymentStatus::Open,
            transactions: Vec::new(),
        };
        if payment.no.is_empty() || payment.subject.is_empty() {
            return Err(CashierError::BadLink);
        }
        let payment = self.bank.open(payment)?.clone();
        let notify = given.get("notify_url").unwrap_or(&self.setup.notify_url);
        self.desk.notify.insert(payment.no.clone(), notify.clone());
        Ok(payment)
    }

    /// The payer comes by a signed link, and chooses.
    pub(super) fn visit(
        &mut self,
        request: &Request<Vec<u8>>,
        given: &BTreeMap<String, String>,
        content: &Value,
        now: i64,
    ) -> Response<Vec<u8>> {
        let products = ["FAST_INSTANT_TRADE_PAY", "QUICK_WAP_PAY"];
        if !products.contains(&text(content, "product_code")) {
            return gateway_error("40002", "isv.invalid-parameter");
        }
        let payment = match self.open(given, content) {
            Ok(payment) => payment,
            Err(error) => return page::error(error),
        };
        let query = request.uri().query().unwrap_or_default();
        if request.method() != Method::POST {
            return page::cashier(&payment, query, now);
        }
        page::chosen(&mut self.bank, &payment, query, request.body(), now)
    }

    pub(super) fn precreate(&mut self, given: &BTreeMap<String, String>, content: &Value) -> Said {
        let payment = self.open(given, content).map_err(|_| INVALID)?;
        let code = match self.desk.cashier_url.as_str() {
            "" => format!("https://qr.alipay.com/bax{}", payment.no.to_lowercase()),
            own => format!("{own}?no={}", payment.no),
        };
        Ok(node([("out_trade_no", json!(payment.no)), ("qr_code", json!(code))]))
    }

    fn payment(&self, content: &Value) -> Option<&Payment> {
        match text(content, "trade_no") {
            "" => self.bank.payment(text(content, "out_trade_no")),
            trade => self.bank.payments().find(|payment| payment.transaction(trade).is_some()),
        }
    }

    pub(super) fn tell_trade(&self, content: &Value) -> Said {
        const MISSING: Fault = Fault("40004", "ACQ.TRADE_NOT_EXIST");
        let payment = self.payment(content).ok_or(MISSING)?;
        let mut said = node([
            ("out_trade_no", json!(payment.no)),
            ("total_amount", json!(yuan(payment.amount_minor))),
            ("buyer_logon_id", json!("138****0000")),
        ]);
        let Some(first) = payment.transactions.first() else {
            let status = if payment.status == PaymentStatus::Closed { "TRADE_CLOSED" } else { "WAIT_BUYER_PAY" };
            said.insert("trade_status".into(), json!(status));
            return Ok(said);
        };
        said.insert("trade_no".into(), json!(first.channel_ref));
        said.insert("buyer_user_id".into(), json!(buyer(&first.payer)));
        said.insert("send_pay_date".into(), json!(clock::written(first.at)));
        said.insert("trade_status".into(), json!(self.trade_status(payment)));
        Ok(said)
    }

    /// A trade that was given back in full is closed.
    pub(super) fn trade_status(&self, payment: &Payment) -> &'static str {
        let back: i64 = payment.transactions.iter().map(|t| self.bank.refunded(&t.channel_ref)).sum();
        if back > 0 && back >= payment.amount_minor { "TRADE_CLOSED" } else { "TRADE_SUCCESS" }
    }

    pub(super) fn close(&mut self, content: &Value) -> Said {
        let no = text(content, "out_trade_no").to_owned();
        match self.bank.close(&no) {
            None => Err(Fault("40004", "ACQ.TRADE_NOT_EXIST")),
            Some(false) => Err(Fault("40004", "ACQ.TRADE_STATUS_ERROR")),
            Some(true) => Ok(node([("out_trade_no", json!(no))])),
        }
    }

    pub(super) fn refund(&mut self, content: &Value, manner: &mut Manner, now: i64) -> Said {
        let no = text(content, "out_request_no").to_owned();
        let amount_minor = fen(text(content, "refund_amount")).ok_or(INVALID)?;
        if no.is_empty() || no.len() > 64 {
            return Err(INVALID);
        }
        let trade = text(content, "trade_no").to_owned();
        if let Some((at, other)) = self.desk.locks.get(&trade)
            && *other != no
            && now - at < TRADE_LOCK
        {
            self.bank.violation(format!("{no}: sooner than three seconds after {other}"));
            return Err(Fault("40005", "isv.call-limited"));
        }
        self.desk.locks.insert(trade.clone(), (now, no.clone()));
        let order = Order {
            no: no.clone(),
            payment_no: text(content, "out_trade_no").to_owned(),
            payment_ref: trade,
            payee: None,
            amount_minor,
            total_minor: None,
            currency: "CNY".to_owned(),
            note: text(content, "refund_reason").to_owned(),
        };
        let Answer { taken, manner: how } = self.bank.take(order, now);
        *manner = how;
        let fresh = taken.map_err(|why| Fault(if why == Why::Busy { "40005" } else { "40004" }, refund_code(why)))?;
        let refund = self.bank.refund(&no).ok_or(INVALID)?;
        if refund.status == Status::Refused {
            return Err(Fault("40004", "ACQ.BUYER_NOT_EXIST"));
        }
        let mut said = node([
            ("trade_no", json!(refund.payment_ref)),
            ("out_trade_no", json!(refund.payment_no)),
            ("buyer_logon_id", json!("138****0000")),
            ("fund_change", json!(if fresh && refund.moved { "Y" } else { "N" })),
            // All that was given back of the trade, not this refund alone.
            ("refund_fee", json!(yuan(self.bank.refunded(&refund.payment_ref)))),
        ]);
        if dback(refund).is_some() {
            said.insert("has_deposit_back".into(), json!("true"));
        }
        Ok(said)
    }

    pub(super) fn tell_refund(&self, content: &Value) -> Said {
        let payment = self.payment(content).ok_or(Fault("40004", "TRADE_NOT_EXIST"))?;
        let mut said = node([("out_trade_no", json!(payment.no)), ("total_amount", json!(yuan(payment.amount_minor)))]);
        let no = text(content, "out_request_no");
        // What did not succeed is not told, and neither is what never came.
        let Some(refund) = self.bank.refund(no).filter(|r| r.payment_no == payment.no) else { return Ok(said) };
        let status = match refund.status {
            Status::Accepted | Status::Refused => return Ok(said),
            Status::Arrived | Status::Abnormal | Status::Bounced => "REFUND_SUCCESS",
            Status::Reversing => "REFUND_REVERSING",
        };
        said.insert("trade_no".into(), json!(refund.payment_ref));
        said.insert("out_request_no".into(), json!(no));
        said.insert("refund_amount".into(), json!(yuan(refund.amount_minor)));
        said.insert("refund_status".into(), json!(status));
        said.insert("gmt_refund_pay".into(), json!(clock::written(refund.changed_at)));
        if let Some(dback) = dback(refund) {
            let amount = yuan(refund.amount_minor);
            let info = json!({ "has_deposit_back": "true", "dback_status": dback, "dback_amount": amount });
            said.insert("deposit_back_info".into(), info);
        }
        Ok(said)
    }
}

/// Where the part stands that goes to a bank.
pub(super) fn dback(refund: &Refund) -> Option<&'static str> {
    match refund.status {
        Status::Abnormal => Some("P"),
        Status::Bounced => Some("F"),
        Status::Accepted | Status::Arrived | Status::Refused | Status::Reversing => None,
    }
}

fn refund_code(why: Why) -> &'static str {
    match why {
        Why::Invalid => "ACQ.INVALID_PARAMETER",
        Why::Changed => "ACQ.DISCORDANT_REPEAT_REQUEST",
        Why::PaymentNotFound => "ACQ.TRADE_NOT_EXIST",
        Why::TooMuch => "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        Why::AccountClosed | Why::NoSuchAccount | Why::OtherName => "ACQ.BUYER_NOT_EXIST",
        Why::Busy => "isv.call-limited",
        Why::NotEnoughFunds => "ACQ.SELLER_BALANCE_NOT_ENOUGH",
        Why::Lost => "ACQ.SYSTEM_ERROR",
    }
}
