//! Disputes: the bank takes the money back when it begins, and gives it back when the merchant wins.

use super::ask::Fields;
use super::{INVALID, MISSING, Said, StripeSimulator, page, seconds};
use http::{HeaderValue, Method, Request};
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One dispute.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Dispute {
    id: String,
    at: i64,
    payment: String,
    amount: i64,
    currency: String,
    status: String,
    due_by: i64,
    evidence: Vec<String>,
}

impl StripeSimulator {
    /// The card holder disputes a payment, whole or in part; answers the number of the dispute.
    pub fn dispute(&mut self, payment: &str, amount_minor: i64, now: i64) -> String {
        let id = format!("dp_{:016}", self.desk.disputes.len() + 1);
        let currency = self.bank.payment(payment).map_or_else(|| "cny".to_owned(), |p| p.currency.to_ascii_lowercase());
        self.desk.disputes.push(Dispute {
            id: id.clone(),
            at: now,
            payment: payment.into(),
            amount: amount_minor,
            currency,
            status: "needs_response".into(),
            due_by: now + 7 * crate::bank::DAY,
            evidence: Vec::new(),
        });
        id
    }

    /// The bank decides.
    pub fn decide_dispute(&mut self, id: &str, status: &str) {
        if let Some(found) = self.desk.disputes.iter_mut().find(|d| d.id == id) {
            status.clone_into(&mut found.status);
        }
    }

    /// Evidence that was submitted.
    pub fn evidence(&self, id: &str) -> Vec<String> {
        self.desk.disputes.iter().find(|d| d.id == id).map(|d| d.evidence.clone()).unwrap_or_default()
    }

    /// The answers to so many of the next posts get lost after they were acted on.
    pub fn lose_dispute_answers(&mut self, n: u32) {
        self.desk.lost_answers = n;
    }

    /// A webhook about a dispute: `charge.dispute.created`, `…updated`, `…closed`.
    pub fn dispute_webhook(&self, id: &str, kind: &str, now: i64, forged: bool) -> Request<Vec<u8>> {
        let found = self.desk.disputes.iter().find(|d| d.id == id);
        let object = found.map_or(Value::Null, |dispute| self.dispute_body(dispute, false));
        let body = json!({
            "id": format!("evt_{id}_{kind}"),
            "object": "event",
            "created": seconds(now),
            "data": { "object": object },
            "livemode": self.is_live(),
            "type": kind,
        })
        .to_string();
        let secret = if forged { "whsec_of_somebody_else" } else { &self.setup.webhook_secret };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let at = seconds(now);
        let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
        let hex: String = tag.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        let mut request = Request::new(body.into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.setup.webhook_url.parse().unwrap_or_default();
        let signature = HeaderValue::from_str(&format!("t={at},v1={hex}")).expect("digits and letters");
        request.headers_mut().insert("stripe-signature", signature);
        request
    }

    fn dispute_body(&self, dispute: &Dispute, expanded: bool) -> Value {
        let payment = self.bank.payment(&dispute.payment);
        let intent = match payment {
            Some(payment) if expanded => self.intent_body(payment, payment.transactions.first()),
            Some(payment) => self.intent_body(payment, payment.transactions.first())["id"].clone(),
            None => Value::Null,
        };
        json!({
            "id": dispute.id,
            "object": "dispute",
            "amount": dispute.amount,
            "currency": dispute.currency,
            "charge": "ch_practice",
            "payment_intent": intent,
            "status": dispute.status,
            "reason": "product_not_received",
            "created": seconds(dispute.at),
            "evidence_details": {
                "due_by": seconds(dispute.due_by),
                "has_evidence": !dispute.evidence.is_empty(),
                "past_due": false,
                "submission_count": dispute.evidence.len(),
            },
            "is_charge_refundable": false,
            "livemode": self.is_live(),
        })
    }

    pub(super) fn list_disputes(&self, fields: &Fields) -> Said {
        let since = fields.number("created[gte]").unwrap_or(0);
        let all = self.desk.disputes.iter().filter(|d| seconds(d.at) >= since);
        Ok(page(all.map(|d| self.dispute_body(d, true)).collect(), "/v1/disputes", fields))
    }

    pub(super) fn tell_dispute(&self, id: &str) -> Said {
        self.desk.disputes.iter().find(|d| d.id == id).map(|d| self.dispute_body(d, true)).ok_or(MISSING)
    }

    pub(super) fn submit_evidence(&mut self, id: &str, fields: &Fields) -> Said {
        let text = fields.group("evidence").remove("uncategorized_text").unwrap_or_default();
        let found = self.desk.disputes.iter_mut().find(|d| d.id == id).ok_or(MISSING)?;
        if text.is_empty() || !found.status.ends_with("needs_response") {
            return Err(INVALID);
        }
        if fields.get("submit") == Some("true") {
            found.evidence.push(text);
            found.status = "under_review".into();
        }
        self.tell_dispute(id)
    }

    pub(super) fn close_dispute(&mut self, id: &str) -> Said {
        let found = self.desk.disputes.iter_mut().find(|d| d.id == id).ok_or(MISSING)?;
        found.status = "lost".into();
        self.tell_dispute(id)
    }
}
