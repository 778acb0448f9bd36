//! Stripe against its own library.

use crate::Sdk;
use crate::loopback::{PATIENCE, call, headers};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use yuanlu_channels::callback::{CallbackError, Entrance, PaymentOp, Scene, Verified};
use yuanlu_channels::complaint::{ComplaintFile, ComplaintOp, ComplaintWord};
use yuanlu_channels::stripe::{StripeChannel, StripeConfig};
use yuanlu_channels::{Channel, Op};
use yuanlu_domain::outside_complaint::CallOutcome;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};
use yuanlu_simulator::loopback::Loopback;
use yuanlu_simulator::stripe::{StripeSetup, StripeSimulator};
use yuanlu_simulator::{Behaviour, Choice, Chooser};

const PAYMENT: &str = "YL7Q261122ABCDEFGHJKP001";
const REFUND: &str = "YL7Q261122ABCDEFGHJKR001";
const KEY: &str = "sk_test_0123456789abcdef";
const SECRET: &str = "whsec_practice";

struct Town {
    sdk: Sdk,
    channel: StripeChannel,
    simulator: Arc<Mutex<StripeSimulator>>,
    clock: Arc<AtomicI64>,
    _server: Loopback,
}

impl Town {
    fn new() -> Option<Self> {
        let mut sdk = Sdk::start("wechat-stripe", "stripe_sdk.py")?;
        let simulator = Arc::new(Mutex::new(StripeSimulator::new(StripeSetup {
            secret_key: KEY.into(),
            webhook_secret: SECRET.into(),
            webhook_url: "http://127.0.0.1:1/callbacks/stripe".into(),
            chooser: Chooser::Always(Behaviour::AtOnce),
        })));
        let clock = Arc::new(AtomicI64::new(0));
        let server = Loopback::start(simulator.clone(), clock.clone(), PATIENCE * 2).unwrap();
        let now = sdk.get("open", json!({ "base_url": server.url(), "secret_key": KEY }));
        clock.store(now.as_i64().unwrap() * 1_000_000, Ordering::SeqCst);
        let channel = StripeChannel::new(StripeConfig {
            secret_key: KEY.into(),
            webhook_secret: SECRET.into(),
            webhook_secret_before: "".into(),
            base_url: server.url(),
        });
        Some(Self { sdk, channel: channel.unwrap(), simulator, clock, _server: server })
    }

    fn now(&self) -> Instant {
        Instant::from_micros(self.clock.load(Ordering::SeqCst))
    }

    fn simulator(&self) -> MutexGuard<'_, StripeSimulator> {
        self.simulator.lock().unwrap()
    }

    fn stripe(&mut self, path: &str, arguments: Value) -> Value {
        self.sdk.get("call", json!({ "path": path, "arguments": arguments }))
    }

    /// Pays 50 dollars through our client; the intent.
    fn pay(&self) -> String {
        let op = PaymentOp {
            no: PAYMENT.into(),
            amount: usd(5000),
            subject: "Order".into(),
            return_url: "https://shop.example/".into(),
            pay_until: self.now().plus_minutes(30),
            since: self.now(),
            scene: Scene::Page,
            payer_ip: String::new(),
        };
        call(&self.channel.request(&Op::Pay(op), self.now()).unwrap());
        let mut simulator = self.simulator();
        simulator.bank_mut().choose(PAYMENT, Choice::Pay, self.now().micros()).unwrap();
        format!("pi_{}", simulator.bank().payment(PAYMENT).unwrap().transactions[0].channel_ref)
    }
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::Usd)
}

/// Their library begins, finds, refunds and lists at our simulator, and what it does is what our client sees.
#[test]
fn their_library_lives_with_our_simulator() {
    let Some(mut town) = Town::new() else { return };
    let session = town.stripe(
        "checkout.Session.create",
        json!({
            "mode": "payment", "client_reference_id": "P2", "success_url": "https://shop.example/",
            "line_items": [{ "quantity": 1, "price_data": {
                "currency": "usd", "unit_amount": 100, "product_data": { "name": "Order & more" } } }],
            "payment_intent_data": { "metadata": { "payment_no": "P2" } },
        }),
    );
    assert_eq!((&session["amount_total"], &session["status"]), (&json!(100), &json!("open")), "{session}");
    let intent = town.pay();
    let found = town.stripe("PaymentIntent.search", json!({ "query": format!("metadata['payment_no']:'{PAYMENT}'") }));
    assert_eq!((&found["data"][0]["id"], &found["data"][0]["status"]), (&json!(intent), &json!("succeeded")));
    let refund = json!({
        "payment_intent": intent, "amount": 1234, "idempotency_key": REFUND,
        "metadata": { "refund_no": REFUND, "payment_no": PAYMENT },
    });
    let first = town.stripe("Refund.create", refund.clone());
    let again = town.stripe("Refund.create", refund);
    assert_eq!((&first["status"], &first["id"]), (&json!("succeeded"), &again["id"]), "{first}");
    let other = json!({ "payment_intent": intent, "amount": 1, "idempotency_key": REFUND });
    assert_eq!(town.stripe("Refund.create", other)["error"], "IdempotencyError");
    let unknown = json!({ "payment_intent": "pi_nothing", "amount": 1 });
    assert_eq!(town.stripe("Refund.create", unknown)["code"], "resource_missing");
    let listed = town.stripe("Refund.list", json!({ "payment_intent": intent }));
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    let query = Op::QueryRefund {
        no: REFUND.into(),
        payment_no: PAYMENT.into(),
        payment_ref: intent,
        amount: usd(1234),
        since: town.now(),
    };
    let outcome = town.channel.outcome(&query, &call(&town.channel.request(&query, town.now()).unwrap()), town.now());
    assert_eq!(outcome, Outcome::Arrived { channel_ref: first["id"].as_str().unwrap().to_owned() });
    let statement = town.stripe("BalanceTransaction.list", json!({ "limit": 10, "expand": ["data.source"] }));
    let kinds: Vec<_> = statement["data"].as_array().unwrap().iter().map(|t| t["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["refund", "charge"]);
}

/// Their library uploads a document and submits it as evidence at our simulator; our client's upload is one they find.
#[test]
fn their_library_uploads_evidence_as_we_do() {
    let Some(mut town) = Town::new() else { return };
    town.pay();
    let now = town.now();
    let id = town.simulator().dispute(PAYMENT, 5000, now.micros());
    let document = [b"%PDF-1.7\r\n--\r\n".as_slice(), &[7; 3000]].concat();
    let upload = |content: &[u8]| json!({ "purpose": "dispute_evidence", "name": "a.pdf", "content": content });
    let file = town.sdk.get("upload", upload(&document));
    assert_eq!((&file["purpose"], &file["size"]), (&json!("dispute_evidence"), &json!(document.len())), "{file}");
    let refused = town.sdk.get("upload", upload(b"no document"));
    assert_eq!(refused["code"], "file_type_not_supported");
    let with = |file: &Value| json!({ "id": id, "evidence": { "uncategorized_text": "Delivered", "uncategorized_file": file }, "submit": true });
    assert_eq!(town.stripe("Dispute.modify", with(&json!("file_of_nobody")))["code"], "resource_missing");

    let ours = ComplaintFile { name: "b.pdf".into(), media_type: "application/pdf".into(), content: document.clone() };
    let op = ComplaintOp::Upload { number: id.clone(), file: ours };
    let reply = call(&town.channel.complaint_request(&op, now).unwrap());
    let word = town.channel.complaint_word(&op, &reply, now);
    let ComplaintWord::Call(CallOutcome::Uploaded { media }) = word else { panic!("{word:?}") };
    let submitted = town.stripe("Dispute.modify", with(&json!(media)));
    assert_eq!(
        (&submitted["status"], &submitted["evidence"]["uncategorized_file"]),
        (&json!("under_review"), &json!(media))
    );
    let digest = ring::digest::digest(&ring::digest::SHA256, &document);
    let sha256: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(town.simulator().evidence_file(&id), Some(sha256));
}

/// Webhooks that they sign are believed by us; touched, old or under another secret, they are not.
#[test]
fn their_signatures_are_believed() {
    let Some(mut town) = Town::new() else { return };
    let now = town.now();
    let object = json!({
        "id": "re_1", "status": "succeeded", "amount": 1234, "currency": "usd", "metadata": { "refund_no": REFUND },
    });
    let payload = json!({ "type": "refund.updated", "livemode": false, "data": { "object": object } }).to_string();
    let mut sign = |secret: &str, age: i64| {
        let timestamp = now.micros() / 1_000_000 - age;
        let asked = json!({ "payload": payload, "secret": secret, "timestamp": timestamp });
        let header = town.sdk.get("header", asked);
        vec![("Stripe-Signature".to_owned(), header.as_str().unwrap().to_owned())]
    };
    let good = sign(SECRET, 0);
    let news = town.channel.callback(&good, payload.as_bytes(), now);
    let outcome = Outcome::Arrived { channel_ref: "re_1".into() };
    assert_eq!(news, Ok(Verified::Refund { no: REFUND.into(), amount: usd(1234), outcome }));
    for place in 0..payload.len() {
        let mut changed = payload.clone().into_bytes();
        changed[place] ^= 1;
        assert_eq!(town.channel.callback(&good, &changed, now), Err(CallbackError::BadSignature), "{place}");
    }
    let refused = |headers: Vec<_>| town.channel.callback(&headers, payload.as_bytes(), now).unwrap_err();
    let (other, old, early) = (sign("whsec_another", 0), sign(SECRET, 301), sign(SECRET, -301));
    assert_eq!(refused(other), CallbackError::BadSignature);
    assert_eq!(refused(old), CallbackError::Stale);
    // Their library lets the future pass; we do not.
    assert_eq!(refused(early), CallbackError::Stale);
}

/// Webhooks of our simulator are believed by them; touched, forged or replayed, they are not.
#[test]
fn our_simulators_webhooks_are_believed_by_them() {
    let Some(mut town) = Town::new() else { return };
    let intent = town.pay();
    town.simulator().bank_mut().script(REFUND, Behaviour::Forged);
    let send = Op::Refund {
        no: REFUND.into(),
        payment_no: PAYMENT.into(),
        payment_ref: intent,
        amount: usd(1234),
        total: usd(5000),
        reason: "order".into(),
        since: town.now(),
    };
    call(&town.channel.request(&send, town.now()).unwrap());
    let now = town.now().micros();
    let due = |second: i64| -> Vec<_> {
        let due = town.simulator().due_callbacks(now + second * 1_000_000);
        due.iter().for_each(|(event, _)| town.simulator().delivered(event, 200));
        due.into_iter().map(|(_, request)| request).collect()
    };
    let all: Vec<_> = [0, 61, 121].into_iter().flat_map(due).collect();
    let mut told = Vec::new();
    for request in &all {
        let (_, signature) = headers(request).into_iter().find(|(name, _)| name == "stripe-signature").unwrap();
        let payload = String::from_utf8(request.body().clone()).unwrap();
        let ask = |payload: &str| json!({ "payload": payload, "signature": signature, "secret": SECRET });
        let news = town.sdk.get("event", ask(&payload));
        told.push(news.as_str().unwrap_or("refused").to_owned());
        let changed = payload.replace("1234", "9234");
        let news = town.sdk.get("event", ask(&changed));
        assert!(changed == payload || news["refused"].is_string(), "{news}");
    }
    // The forgery and the recording are refused.
    assert_eq!(told, ["checkout.session.completed", "refund.created", "refused", "refused"]);
}
