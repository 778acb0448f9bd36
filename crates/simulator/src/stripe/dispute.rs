//! Disputes: the bank takes the money back when it begins, and gives it back when the merchant wins.

use super::ask::Fields;
use super::{Fault, INVALID, MISSING, Said, StripeSimulator, page, seconds};
use crate::bank::Manner;
use crate::multipart::{self, Part, Uploads, Way};
use http::{HeaderValue, Method, Request};
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

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
    /// The file that went along: its id.
    #[serde(default)]
    file: Option<String>,
    /// Other fields of evidence.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// Fields of evidence that hold text.
const TEXTS: [&str; 6] = [
    "product_description",
    "service_date",
    "access_activity_log",
    "refund_policy_disclosure",
    "customer_name",
    "refund_refusal_explanation",
];
/// The largest file of evidence.
const MOST_FILE: usize = 5 * 1024 * 1024;

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
            file: None,
            fields: BTreeMap::new(),
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

    /// Other fields of evidence that were submitted.
    pub fn evidence_fields(&self, id: &str) -> BTreeMap<String, String> {
        self.desk.disputes.iter().find(|d| d.id == id).map(|d| d.fields.clone()).unwrap_or_default()
    }

    /// SHA-256 (hex) of the file that went along with the evidence.
    pub fn evidence_file(&self, id: &str) -> Option<String> {
        let file = self.desk.disputes.iter().find(|d| d.id == id)?.file.as_ref()?;
        self.desk.files.get(file).cloned()
    }

    /// So many of the next uploads get lost on the way, so many answers to uploads after that, and so many come late.
    pub fn lose_uploads(&mut self, dropped: u32, unanswered: u32, late: u32) {
        self.desk.uploads = Uploads { dropped, unanswered, late };
    }

    /// `POST /v1/files`
    pub(super) fn take_file(&mut self, parts: &[Part<'_>], now: i64) -> (Manner, Said) {
        let way = self.desk.uploads.next();
        if way == Way::Dropped {
            return (Manner::Dropped, Err(INVALID));
        }
        let manner = match way {
            Way::Dropped | Way::Unanswered => Manner::Dropped,
            Way::Late => Manner::Late,
            Way::Well => Manner::Prompt,
        };
        (manner, self.keep_file(parts, now))
    }

    fn keep_file(&mut self, parts: &[Part<'_>], now: i64) -> Said {
        let part = |name: &str| parts.iter().find(|part| part.name == name).ok_or(INVALID);
        let (purpose, file) = (part("purpose")?.content, part("file")?);
        let kind = multipart::kind(file.content).filter(|kind| ["jpg", "png", "pdf"].contains(kind));
        let kind = kind.ok_or(Fault(400, "invalid_request_error", "file_type_not_supported"))?;
        if purpose != b"dispute_evidence" {
            return Err(INVALID);
        }
        if file.content.len() > MOST_FILE {
            return Err(Fault(400, "invalid_request_error", "file_too_large"));
        }
        let id = format!("file_{:016}", self.desk.files.len() + 1);
        self.desk.files.insert(id.clone(), multipart::sha256(file.content));
        Ok(json!({
            "id": id,
            "object": "file",
            "created": seconds(now),
            "filename": file.file,
            "purpose": "dispute_evidence",
            "size": file.content.len(),
            "type": kind,
        }))
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
            "evidence": {
                "uncategorized_text": dispute.evidence.last(),
                "uncategorized_file": dispute.file,
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
        let mut evidence = fields.group("evidence");
        let text = evidence.remove("uncategorized_text").unwrap_or_default();
        let file = evidence.remove("uncategorized_file");
        if file.as_ref().is_some_and(|file| !self.desk.files.contains_key(file)) {
            return Err(MISSING);
        }
        let found = self.desk.disputes.iter_mut().find(|d| d.id == id).ok_or(MISSING)?;
        if !evidence.keys().all(|name| TEXTS.contains(&name.as_str())) {
            return Err(Fault(400, "invalid_request_error", "parameter_unknown"));
        }
        if text.is_empty() || !found.status.ends_with("needs_response") {
            return Err(INVALID);
        }
        if fields.get("submit") == Some("true") {
            found.evidence.push(text);
            found.file = file;
            found.fields = evidence;
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
