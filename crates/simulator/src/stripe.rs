//! Stripe as a merchant meets it: Checkout sessions, payment intents, refunds, balance transactions, signed webhooks.
//! Its forms, its JSON and its signatures are written here a second time, on purpose: they share nothing with the client.
//!
//! What it answers comes from a [`Bank`], so that every [`Behaviour`](crate::Behaviour) is there. Results are kept under
//! their idempotency key for a day, errors of its own among them, and said again; after that day the same request makes
//! a second refund. Answers have no signature, so none can be without one.

mod ask;
mod checkout;
mod dispute;
mod refund;
mod statement;
mod webhook;

use crate::bank::{Bank, DAY, Manner};
use crate::behaviour::Chooser;
use crate::loopback::Provider;
use crate::multipart::{self, Uploads};
use crate::page::visit as page_of;
use crate::wechat::Late;
use crate::{BadSetup, clock};
use ask::Fields;
use http::{HeaderValue, Method, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How a simulator of Stripe is set up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StripeSetup {
    /// The merchant's key: `sk_test_…`.
    pub secret_key: String,
    /// What webhooks are signed with: `whsec_…`.
    pub webhook_secret: String,
    /// Where webhooks go.
    pub webhook_url: String,
    /// How refunds behave.
    pub chooser: Chooser,
}

/// A result kept under its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    asked: String,
    status: u16,
    body: String,
    until: i64,
}

/// What Stripe remembers beside the bank.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Desk {
    /// Where payers are sent in this simulation; empty: to the provider itself, where a simulation cannot follow.
    #[serde(default)]
    cashier_url: String,
    kept: BTreeMap<String, Kept>,
    /// Metadata of payments and refunds, by the bank's number.
    metadata: BTreeMap<String, BTreeMap<String, String>>,
    /// Disputes of card holders.
    #[serde(default)]
    disputes: Vec<dispute::Dispute>,
    /// Answers about disputes that will get lost.
    #[serde(default)]
    lost_answers: u32,
    /// Files that the merchant uploaded: id and SHA-256.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// What becomes of the next uploads.
    #[serde(default)]
    uploads: Uploads,
}

/// The simulated Stripe.
#[derive(Debug)]
pub struct StripeSimulator {
    setup: StripeSetup,
    desk: Desk,
    bank: Bank,
}

/// An error as Stripe says it: status, kind, code.
#[derive(Clone, Copy)]
struct Fault(u16, &'static str, &'static str);

type Said = Result<Value, Fault>;

const MISSING: Fault = Fault(404, "invalid_request_error", "resource_missing");
const INVALID: Fault = Fault(400, "invalid_request_error", "parameter_invalid_empty");

impl Fault {
    fn body(self) -> Value {
        json!({ "error": { "type": self.1, "code": self.2, "message": "practice" } })
    }

    /// Whether it is kept under the key: what was never begun is not.
    fn is_kept(self) -> bool {
        matches!(self.2, "balance_insufficient" | "internal")
    }
}

impl StripeSimulator {
    /// An empty one.
    pub fn new(setup: StripeSetup) -> Self {
        let bank = Bank::new("", setup.chooser);
        Self { setup, desk: Desk::default(), bank }
    }

    /// Reads what [`StripeSimulator::save`] wrote.
    ///
    /// # Errors
    /// Text of another program.
    pub fn load(text: &str) -> Result<Self, BadSetup> {
        let (setup, desk, bank) = serde_json::from_str(text).map_err(|e| BadSetup(e.to_string()))?;
        Ok(Self { setup, desk, bank })
    }

    /// The whole state as text.
    pub fn save(&self) -> String {
        serde_json::to_string(&(&self.setup, &self.desk, &self.bank)).expect("maps with text keys are JSON")
    }

    /// Payments, refunds and books.
    pub fn bank(&self) -> &Bank {
        &self.bank
    }

    /// Sends payers to a cashier of the simulation's own from now on, at this address.
    pub fn set_cashier_url(&mut self, url: &str) {
        url.clone_into(&mut self.desk.cashier_url);
    }

    /// To pay, to script behaviours and errors of bills, to top up.
    pub fn bank_mut(&mut self) -> &mut Bank {
        &mut self.bank
    }

    fn answer(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        self.bank.advance(now);
        if let Some(page) = page_of(&mut self.bank, request, now) {
            return Some(page);
        }
        let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if header("authorization").strip_prefix("Bearer ") != Some(self.setup.secret_key.as_str()) {
            return Some(said(Err(Fault(401, "invalid_request_error", "api_key_invalid"))));
        }
        let path = request.uri().path();
        // It may stand below another address.
        let path = path.find("/v1/").map_or(path, |at| &path[at..]).to_owned();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        if request.method() == Method::GET {
            let fields = Fields::read(request.uri().query().unwrap_or_default());
            return Some(said(self.tell(&parts, &fields)));
        }
        let uploaded = multipart::parts(request);
        let text = match uploaded {
            Some(_) => format!("sha256={}", multipart::sha256(request.body())),
            None => String::from_utf8_lossy(request.body()).into_owned(),
        };
        let (key, asked) = (header("idempotency-key").to_owned(), format!("{path}?{text}"));
        self.desk.kept.retain(|_, kept| kept.until > now);
        if let Some(kept) = self.desk.kept.get(&key) {
            if kept.asked != asked {
                self.bank.violation(format!("{key}: another content under the same key"));
                return Some(said(Err(Fault(400, "idempotency_error", "idempotency_error"))));
            }
            let mut again = written(kept.status, kept.body.clone());
            again.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
            return Some(again);
        }
        let (manner, done) = match (parts.as_slice(), uploaded) {
            (["v1", "files"], uploaded) => self.take_file(uploaded.as_deref().unwrap_or_default(), now),
            (parts, _) => self.act(parts, &Fields::read(&text), now),
        };
        let done = if manner == Manner::SystemError { Err(Fault(500, "api_error", "internal")) } else { done };
        let is_kept = match (&done, manner) {
            // What got lost before it began is not kept.
            (Err(fault), Manner::Prompt | Manner::SystemError) => fault.is_kept(),
            (Err(_), _) => false,
            (Ok(_), _) => true,
        };
        let mut answer = said(done);
        if is_kept && !key.is_empty() {
            let (status, body) = (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned());
            self.desk.kept.insert(key, Kept { asked, status, body, until: now + DAY });
        }
        match manner {
            Manner::Dropped => return None,
            Manner::Late => drop(answer.extensions_mut().insert(Late)),
            Manner::Prompt | Manner::SystemError | Manner::Unsigned => {}
        }
        Some(answer)
    }

    fn tell(&self, parts: &[&str], fields: &Fields) -> Said {
        match parts {
            ["v1", "refunds"] => self.list_refunds(fields),
            ["v1", "refunds", id] => self.tell_refund(id),
            ["v1", "checkout", "sessions", id] => self.tell_session(id),
            ["v1", "payment_intents", "search"] => self.search(fields),
            ["v1", "payment_intents", id] => self.tell_intent(id),
            ["v1", "disputes"] => self.list_disputes(fields),
            ["v1", "disputes", id] => self.tell_dispute(id),
            ["v1", "balance_transactions"] => self.list_transactions(fields),
            _ => Err(MISSING),
        }
    }

    fn act(&mut self, parts: &[&str], fields: &Fields, now: i64) -> (Manner, Said) {
        match parts {
            ["v1", "refunds"] => self.take_refund(fields, now),
            ["v1", "checkout", "sessions"] => (Manner::Prompt, self.open_session(fields, now)),
            ["v1", "checkout", "sessions", id, "expire"] => (Manner::Prompt, self.expire_session(id)),
            ["v1", "disputes", id] => (self.dispute_manner(), self.submit_evidence(id, fields)),
            ["v1", "disputes", id, "close"] => (self.dispute_manner(), self.close_dispute(id)),
            _ => (Manner::Prompt, Err(MISSING)),
        }
    }

    fn dispute_manner(&mut self) -> Manner {
        let lost = self.desk.lost_answers > 0;
        self.desk.lost_answers = self.desk.lost_answers.saturating_sub(1);
        if lost { Manner::Dropped } else { Manner::Prompt }
    }

    fn is_live(&self) -> bool {
        self.setup.secret_key.contains("_live_")
    }

    fn metadata(&self, no: &str) -> Value {
        json!(self.desk.metadata.get(no).cloned().unwrap_or_default())
    }
}

impl Provider for StripeSimulator {
    fn handle(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        self.answer(request, now)
    }
}

fn said(said: Said) -> Response<Vec<u8>> {
    match said {
        Ok(body) => written(200, body.to_string()),
        Err(fault) => written(fault.0, fault.body().to_string()),
    }
}

fn written(status: u16, body: String) -> Response<Vec<u8>> {
    let mut response = Response::new(body.into_bytes());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response.headers_mut().insert("request-id", HeaderValue::from_static("req_practice"));
    response
}

/// A list as Stripe gives it, newest first, a page of it after the one named in `starting_after`.
fn page(mut all: Vec<Value>, url: &str, fields: &Fields) -> Value {
    all.reverse();
    let begin = fields.get("starting_after").and_then(|id| all.iter().position(|one| one["id"] == id));
    let limit = fields.get("limit").and_then(|n| n.parse().ok()).unwrap_or(10_usize).clamp(1, 100);
    let rest = all.split_off(begin.map_or(0, |at| at + 1));
    let has_more = rest.len() > limit;
    let data: Vec<Value> = rest.into_iter().take(limit).collect();
    json!({ "object": "list", "url": url, "data": data, "has_more": has_more })
}

fn seconds(at: i64) -> i64 {
    clock::seconds(at)
}
