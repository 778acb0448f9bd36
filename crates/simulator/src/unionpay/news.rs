//! Callbacks.

use super::{Fields, UnionPaySimulator};
use crate::alipay::form::encoded;
use crate::bank::{News, Notice, Refund, Status, Voice};
use crate::cashier::{Payment, Transaction};
use http::{Method, Request};

impl UnionPaySimulator {
    /// The callbacks due now with the names they are known by, signed, to be posted to the shop; report each with
    /// [`UnionPaySimulator::delivered`]. What is not reported is tried again.
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

    /// Says how a callback was answered: 200 acknowledges it.
    pub fn delivered(&mut self, event: &str, status: u16) {
        if status == 200 {
            self.bank.delivered(event);
        }
    }

    fn callback(&self, news: &News) -> Option<Request<Vec<u8>>> {
        let (no, fields) = match (&news.notice, news.voice) {
            (Notice::Paid(payment, transaction), _) => (&payment.no, self.paid(payment, transaction)),
            (Notice::Declined(_), _) => return None,
            // A recording says once more that it was paid.
            (Notice::Refund(refund), Voice::Replayed) => {
                let payment = self.bank.payment(&refund.payment_no)?;
                (&payment.no, self.paid(payment, payment.transactions.first()?))
            }
            (Notice::Refund(refund), _) => (&refund.no, self.refunded(refund)?),
        };
        let url = self.desk.notify.get(no)?;
        let body = encoded(&self.sealed(fields, news.voice == Voice::Stranger));
        let mut request = Request::new(body.into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url.parse().ok()?;
        let kind = http::HeaderValue::from_static("application/x-www-form-urlencoded; charset=UTF-8");
        request.headers_mut().insert(http::header::CONTENT_TYPE, kind);
        Some(request)
    }

    fn common(&self, kind: &str, no: &str, query_id: &str, amount: i64, code: &str) -> Fields {
        let time = self.desk.times.get(no).cloned().unwrap_or_default();
        let pairs = [
            ("txnType", kind),
            ("txnSubType", if kind == "01" { "01" } else { "00" }),
            ("bizType", "000201"),
            ("accessType", "0"),
            ("encoding", "UTF-8"),
            ("orderId", no),
            ("txnTime", &time),
            ("txnAmt", &amount.to_string()),
            ("currencyCode", "156"),
            ("queryId", query_id),
            ("respCode", code),
            ("respMsg", if code == "00" { "成功[0000000]" } else { "交易失败[1000033]" }),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn paid(&self, payment: &Payment, transaction: &Transaction) -> Fields {
        self.common("01", &payment.no, &transaction.channel_ref, transaction.amount_minor, "00")
    }

    fn refunded(&self, refund: &Refund) -> Option<Fields> {
        let code = match refund.status {
            Status::Arrived => "00",
            Status::Refused => "60",
            Status::Accepted | Status::Abnormal | Status::Bounced | Status::Reversing => return None,
        };
        let mut fields = self.common("04", &refund.no, &refund.channel_ref, refund.amount_minor, code);
        fields.insert("origQryId".into(), refund.payment_ref.clone());
        Some(fields)
    }
}
