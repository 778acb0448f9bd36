//! Webhooks of Stripe.

use super::refund::status;
use super::{StripeSimulator, seconds};
use crate::bank::{HOUR, News, Notice, Voice};
use http::{HeaderValue, Method, Request};
use ring::hmac;
use serde_json::{Value, json};

impl StripeSimulator {
    /// The webhooks due now, each with its name, to be posted; report each with [`StripeSimulator::delivered`]. What is
    /// not reported is tried again.
    pub fn due_callbacks(&mut self, now: i64) -> Vec<(String, Request<Vec<u8>>)> {
        let due = self.bank.due_news(now);
        due.into_iter().map(|news| (news.event.clone(), self.webhook(&news, now))).collect()
    }

    /// Says how a webhook was answered: anything from 200 to 299 acknowledges it.
    pub fn delivered(&mut self, event: &str, status: u16) {
        if (200..300).contains(&status) {
            self.bank.delivered(event);
        }
    }

    fn webhook(&self, news: &News, now: i64) -> Request<Vec<u8>> {
        let (kind, object) = self.told(&news.notice);
        let body = json!({
            "id": format!("evt_{}", news.event),
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": seconds(news.since),
            "data": { "object": object },
            "livemode": self.is_live(),
            "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null },
            "type": kind,
        })
        .to_string();
        let at = seconds(if news.voice == Voice::Replayed { now - HOUR } else { now });
        let secret = if news.voice == Voice::Stranger { "whsec_of_somebody_else" } else { &self.setup.webhook_secret };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
        let hex: String = tag.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        let mut request = Request::new(body.into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.setup.webhook_url.parse().unwrap_or_default();
        let signature = HeaderValue::from_str(&format!("t={at},v1={hex},v0={hex}")).expect("digits and letters");
        request.headers_mut().insert("stripe-signature", signature);
        request.headers_mut().insert("content-type", HeaderValue::from_static("application/json; charset=utf-8"));
        request
    }

    fn told(&self, notice: &Notice) -> (&'static str, Value) {
        match notice {
            Notice::Paid(payment, transaction) => {
                ("checkout.session.completed", self.session_body(payment, Some(transaction)))
            }
            Notice::Declined(payment) => ("payment_intent.payment_failed", self.intent_body(payment, None)),
            Notice::Refund(refund) => {
                let kind = match status(refund.status) {
                    "failed" => "refund.failed",
                    _ if refund.changed_at == refund.taken_at => "refund.created",
                    _ => "refund.updated",
                };
                (kind, self.refund_body(refund))
            }
        }
    }
}
