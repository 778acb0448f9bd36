//! News in the words of the simulated channel: signed and posted to the shop.

use crate::Simulator;
use crate::bank::{News, Notice};
use crate::refund;
use http::Request;
use serde_json::{Value, json};

pub use crate::bank::MOST_TRIES;

/// The header that names a callback, so that its delivery can be reported back.
pub const EVENT_HEADER: &str = "sim-event";

impl Simulator {
    /// The callbacks due now, signed, to be posted to the shop; report each with [`Simulator::delivered`]. What is not
    /// reported is tried again.
    pub fn due_callbacks(&mut self, now: i64) -> Vec<Request<Vec<u8>>> {
        self.bank.due_news(now).iter().map(|news| self.callback(news, now)).collect()
    }

    fn callback(&self, news: &News, now: i64) -> Request<Vec<u8>> {
        let (about, content) = content(&news.notice);
        let body = json!({
            "event": news.event,
            "merchant": self.setup.merchant,
            "about": about,
            "content": content,
        });
        let nonce = format!("{}t{}", news.event, news.tries);
        let mut request = self.keys.callback(&self.setup.notify_url, &body.to_string(), &nonce, news.voice, now);
        let event = news.event.parse().expect("a letter and digits");
        request.headers_mut().insert(EVENT_HEADER, event);
        request
    }

    /// Says how a callback was answered: 200 acknowledges it.
    pub fn delivered(&mut self, event: &str, status: u16) {
        if status == 200 {
            self.bank.delivered(event);
        }
    }

    /// Callbacks not yet acknowledged.
    pub fn undelivered(&self) -> &[News] {
        self.bank.undelivered()
    }
}

fn content(notice: &Notice) -> (&'static str, Value) {
    match notice {
        Notice::Paid(payment, transaction) => {
            let content = json!({
                "no": payment.no, "status": "paid", "channel_ref": transaction.channel_ref,
                "payer": transaction.payer,
                "amount_minor": transaction.amount_minor, "currency": payment.currency,
            });
            ("payment", content)
        }
        Notice::Declined(payment) => {
            let content = json!({
                "no": payment.no, "status": "declined", "code": "payer_declined",
                "amount_minor": payment.amount_minor, "currency": payment.currency,
            });
            ("payment", content)
        }
        Notice::Refund(refund) => ("refund", refund::body(refund)),
    }
}
