//! Callbacks. A refund is told in the words of its payment, with more fields; what did not succeed is not told.

use super::AlipaySimulator;
use super::form::{encoded, signed_text, yuan};
use super::trade::{buyer, dback};
use crate::bank::{News, Notice, Refund, Status, Voice};
use crate::cashier::{Payment, Transaction};
use crate::clock;
use http::{Method, Request};
use serde_json::json;
use std::collections::BTreeMap;

type Fields = BTreeMap<String, String>;

fn put<const N: usize>(fields: &mut Fields, pairs: [(&str, String); N]) {
    fields.extend(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)));
}

impl AlipaySimulator {
    /// The callbacks due now with the names they are known by, signed, to be posted to the shop; report each with
    /// [`AlipaySimulator::delivered`]. What is not reported is tried again.
    pub fn due_callbacks(&mut self, now: i64) -> Vec<(String, Request<Vec<u8>>)> {
        let mut due = Vec::new();
        for news in self.bank.due_news(now) {
            match self.callback(&news) {
                Some(request) => due.push((news.event, request)),
                None => self.bank.delivered(&news.event),
            }
        }
        due
    }

    /// Says how a callback was answered: only the word `success` acknowledges it.
    pub fn delivered(&mut self, event: &str, status: u16, body: &[u8]) {
        if status == 200 && body == b"success" {
            self.bank.delivered(event);
        }
    }

    fn callback(&self, news: &News) -> Option<Request<Vec<u8>>> {
        let (payment, fields) = match (&news.notice, news.voice) {
            (Notice::Paid(payment, transaction), _) => (payment.no.clone(), self.paid(payment, transaction)),
            (Notice::Declined(_), _) => return None,
            // A stranger says that it was refunded; a recording says once more that it was paid.
            (Notice::Refund(refund), Voice::Stranger) => (refund.payment_no.clone(), self.refunded(refund)?),
            (Notice::Refund(refund), Voice::Replayed) => {
                let payment = self.bank.payment(&refund.payment_no)?;
                (payment.no.clone(), self.paid(payment, payment.transactions.first()?))
            }
            (Notice::Refund(refund), Voice::Channel) => match refund.status {
                _ if refund.payee.is_some() => return None,
                Status::Arrived => (refund.payment_no.clone(), self.refunded(refund)?),
                Status::Abnormal | Status::Bounced => (refund.payment_no.clone(), self.deposit_back(refund)),
                Status::Accepted | Status::Refused | Status::Reversing => return None,
            },
        };
        let url = self.desk.notify.get(&payment).unwrap_or(&self.setup.notify_url);
        Some(self.post(url, fields, news))
    }

    fn post(&self, url: &str, mut fields: Fields, news: &News) -> Request<Vec<u8>> {
        put(
            &mut fields,
            [
                ("notify_id", format!("{:0>40}", news.event)),
                ("app_id", self.setup.app_id.clone()),
                ("charset", "utf-8".to_owned()),
                ("version", "1.0".to_owned()),
            ],
        );
        let signer = if news.voice == Voice::Stranger { &self.stranger } else { &self.own };
        let sign = signer.sign(signed_text(&fields, &[]).as_bytes());
        put(&mut fields, [("sign_type", "RSA2".to_owned()), ("sign", sign)]);
        let mut request = Request::new(encoded(&fields).into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url.parse().unwrap_or_default();
        let kind = http::HeaderValue::from_static("application/x-www-form-urlencoded; charset=UTF-8");
        request.headers_mut().insert(http::header::CONTENT_TYPE, kind);
        request
    }

    fn trade(&self, payment: &Payment, trade_no: &str) -> Fields {
        let mut fields = Fields::new();
        put(
            &mut fields,
            [
                ("notify_type", "trade_status_sync".to_owned()),
                ("seller_id", self.setup.seller_id.clone()),
                ("out_trade_no", payment.no.clone()),
                ("trade_no", trade_no.to_owned()),
                ("subject", payment.subject.clone()),
                ("total_amount", yuan(payment.amount_minor)),
                ("trade_status", "TRADE_SUCCESS".to_owned()),
            ],
        );
        fields
    }

    fn paid(&self, payment: &Payment, transaction: &Transaction) -> Fields {
        let mut fields = self.trade(payment, &transaction.channel_ref);
        put(
            &mut fields,
            [
                ("gmt_payment", clock::written(transaction.at)),
                ("notify_time", clock::written(transaction.at)),
                ("receipt_amount", yuan(transaction.amount_minor)),
                ("buyer_id", buyer(&transaction.payer)),
            ],
        );
        fields
    }

    fn refunded(&self, refund: &Refund) -> Option<Fields> {
        let payment = self.bank.payment(&refund.payment_no)?;
        let mut fields = self.trade(payment, &refund.payment_ref);
        put(
            &mut fields,
            [
                ("trade_status", self.trade_status(payment).to_owned()),
                ("refund_fee", yuan(self.bank.refunded(&refund.payment_ref))),
                ("gmt_refund", format!("{}.123", clock::written(refund.changed_at))),
                ("notify_time", clock::written(refund.changed_at)),
                ("out_biz_no", refund.no.clone()),
            ],
        );
        Some(fields)
    }

    fn deposit_back(&self, refund: &Refund) -> Fields {
        let mut fields = Fields::new();
        let content = json!({
            "trade_no": refund.payment_ref,
            "out_trade_no": refund.payment_no,
            "out_request_no": refund.no,
            "dback_status": dback(refund),
            "dback_amount": yuan(refund.amount_minor),
        });
        put(
            &mut fields,
            [
                ("msg_method", "alipay.trade.refund.depositback.completed".to_owned()),
                ("utc_timestamp", (refund.changed_at / 1000).to_string()),
                ("biz_content", content.to_string()),
            ],
        );
        fields
    }
}
