//! Callbacks of WeChat: an encrypted resource in a signed envelope.

use super::WechatSimulator;
use super::refund::status;
use super::transfer::state;
use crate::bank::{HOUR, News, Notice, Status, Voice};
use crate::clock;
use http::{HeaderValue, Method, Request};
use serde_json::{Value, json};

/// What a callback is about, before it is encrypted.
struct Told {
    /// Number of the payment, refund or transfer.
    no: String,
    /// Number of the payment, when it is about a refund.
    payment_no: String,
    event: String,
    original: &'static str,
    plain: Value,
}

impl WechatSimulator {
    /// The callbacks due now, each with its name, to be posted; report each with [`WechatSimulator::delivered`]. What is
    /// not reported is tried again.
    pub fn due_callbacks(&mut self, now: i64) -> Vec<(String, Request<Vec<u8>>)> {
        let mut requests = Vec::new();
        for news in self.bank.due_news(now) {
            let told = self.told(&news.notice);
            let url = told.as_ref().and_then(|told| {
                self.desk.notify.get(&told.no).or_else(|| self.desk.notify.get(&told.payment_no)).cloned()
            });
            match (told, url) {
                (Some(told), Some(url)) => requests.push((news.event.clone(), self.callback(&news, &told, &url, now))),
                // WeChat has no words for it, or nobody to say them to.
                _ => self.bank.delivered(&news.event),
            }
        }
        requests
    }

    /// Says how a callback was answered: 200 and 204 acknowledge it.
    pub fn delivered(&mut self, event: &str, status: u16) {
        if matches!(status, 200 | 204) {
            self.bank.delivered(event);
        }
    }

    /// A callback whose signature is a test: it must be refused.
    pub fn sign_test(&mut self, url: &str, now: i64) -> Request<Vec<u8>> {
        let serial = self.bank.serial();
        let resource = self.seal.close("{}", "refund", serial);
        let body = envelope("SIGNTEST", "REFUND.SUCCESS", &resource, now);
        let mut request = self.post(url, body, serial, now, false);
        let test = HeaderValue::from_static("WECHATPAY/SIGNTEST/dGVzdA==");
        request.headers_mut().insert("wechatpay-signature", test);
        request
    }

    fn callback(&mut self, news: &News, told: &Told, url: &str, now: i64) -> Request<Vec<u8>> {
        let serial = self.bank.serial();
        let resource = self.seal.close(&told.plain.to_string(), told.original, serial);
        let body = envelope(&news.event, &told.event, &resource, news.since);
        let at = if news.voice == Voice::Replayed { now - HOUR } else { now };
        self.post(url, body, serial, at, news.voice == Voice::Stranger)
    }

    pub(super) fn post(&self, url: &str, body: String, serial: u64, at: i64, stranger: bool) -> Request<Vec<u8>> {
        let mut request = Request::new(body.into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url.parse().unwrap_or_default();
        let headers = self.seal.sign_news(request.body(), serial, at, stranger);
        request.headers_mut().extend(headers);
        request.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
        request
    }

    /// What WeChat says of it: payments that succeeded, refunds and transfers that came to an end.
    fn told(&self, notice: &Notice) -> Option<Told> {
        match notice {
            Notice::Declined(_) => None,
            Notice::Paid(payment, transaction) => {
                let mut plain = self.payment_body(payment, Some(transaction));
                plain["trade_state"] = "SUCCESS".into();
                Some(Told {
                    no: payment.no.clone(),
                    payment_no: String::new(),
                    event: "TRANSACTION.SUCCESS".to_owned(),
                    original: "transaction",
                    plain,
                })
            }
            Notice::Refund(transfer) if transfer.payee.is_some() => {
                let ended = matches!(state(transfer.status), "SUCCESS" | "FAIL") && transfer.status != Status::Bounced;
                ended.then(|| Told {
                    no: transfer.no.clone(),
                    payment_no: String::new(),
                    event: "MCHTRANSFER.BILL.FINISHED".to_owned(),
                    original: "mch_payment",
                    plain: self.transfer_body(transfer),
                })
            }
            Notice::Refund(refund) => {
                let word = status(refund.status);
                if !matches!(word, "SUCCESS" | "ABNORMAL" | "CLOSED") || refund.status == Status::Bounced {
                    return None;
                }
                let total = self.bank.payment(&refund.payment_no).map_or(0, |payment| payment.amount_minor);
                let mut plain = json!({
                    "mchid": self.setup.merchant_id,
                    "transaction_id": refund.payment_ref,
                    "out_trade_no": refund.payment_no,
                    "refund_id": refund.channel_ref,
                    "out_refund_no": refund.no,
                    "refund_status": word,
                    "user_received_account": "招商银行信用卡0403",
                    "amount": {
                        "total": total, "refund": refund.amount_minor,
                        "payer_total": total, "payer_refund": refund.amount_minor,
                    },
                });
                if word == "SUCCESS" {
                    plain["success_time"] = clock::rfc3339(refund.changed_at).into();
                }
                Some(Told {
                    no: refund.no.clone(),
                    payment_no: refund.payment_no.clone(),
                    event: format!("REFUND.{word}"),
                    original: "refund",
                    plain,
                })
            }
        }
    }
}

pub(super) fn envelope(id: &str, event: &str, resource: &Value, at: i64) -> String {
    json!({
        "id": id,
        "create_time": clock::rfc3339(at),
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": "通知",
        "resource": resource,
    })
    .to_string()
}
