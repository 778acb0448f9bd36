//! Every word of Stripe's has its class.

use super::answer::{CODES, KINDS};
use super::*;
use serde_json::{Value, json};

const NO: &str = "YL7Q261122ABCDEFGHJKR001";

fn class(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Arrived { .. } => "arrived",
        Outcome::Accepted { .. } => "accepted",
        Outcome::Unknown { .. } => "unknown",
        Outcome::NotFound => "not_found",
        Outcome::RetrySameId { .. } => "retry",
        Outcome::NeedFunds { .. } => "need_funds",
        Outcome::FixRequest { .. } => "fix",
        Outcome::OtherRoute { .. } => "other_route",
        Outcome::ManualAtChannel { .. } => "manual",
        Outcome::Bounced { .. } => "bounced",
    }
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::Usd)
}

fn http(status: u16, headers: &[(&str, &str)], body: &Value) -> Reply {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Reply::Http { status, headers, body: body.to_string().into_bytes() }
}

fn refused(status: u16, kind: &str, code: Option<&str>, headers: &[(&str, &str)]) -> &'static str {
    let reply = http(status, headers, &json!({ "error": { "type": kind, "code": code, "message": "m" } }));
    class(&refund::outcome(answer::read(&reply), &NO.into(), usd(100)))
}

#[test]
fn every_error_has_its_class() {
    let codes = [
        ("balance_insufficient", "need_funds"),
        ("insufficient_funds", "need_funds"),
        ("idempotency_key_in_use", "retry"),
        ("lock_timeout", "retry"),
        ("rate_limit", "retry"),
        ("charge_already_refunded", "fix"),
        ("amount_too_large", "fix"),
        ("amount_too_small", "fix"),
        ("charge_disputed", "fix"),
        ("refund_disputed_payment", "fix"),
        ("payment_intent_unexpected_state", "fix"),
        ("resource_missing", "fix"),
    ];
    assert_eq!(codes.map(|(code, _)| code).to_vec(), CODES.iter().map(|(code, _)| *code).collect::<Vec<_>>());
    for (code, expected) in codes {
        assert_eq!(refused(400, "invalid_request_error", Some(code), &[]), expected, "{code}");
    }
    let kinds = [
        ("api_error", "unknown"),
        ("card_error", "unknown"),
        ("rate_limit_error", "retry"),
        ("idempotency_error", "fix"),
        ("invalid_request_error", "fix"),
        ("authentication_error", "fix"),
        ("permission_error", "fix"),
    ];
    assert_eq!(kinds.map(|(kind, _)| kind).to_vec(), KINDS.iter().map(|(kind, _)| *kind).collect::<Vec<_>>());
    for (kind, expected) in kinds {
        assert_eq!(refused(400, kind, None, &[]), expected, "{kind}");
        assert_eq!(refused(400, kind, Some("something_new"), &[]), expected, "{kind}");
        // Somebody else is at it, or too many are: whatever it calls itself.
        for status in [409, 429] {
            assert_eq!(refused(status, kind, None, &[]), "retry", "{kind}");
        }
        for status in [500, 502, 503] {
            assert_eq!(refused(status, kind, None, &[]), "unknown", "{kind}");
        }
    }
    assert_eq!(refused(400, "new_error", None, &[]), "unknown");
    assert_eq!(refused(400, "api_error", None, &[("stripe-should-retry", "true")]), "retry");
    assert_eq!(refused(400, "api_error", None, &[("stripe-should-retry", "false")]), "unknown");
}

fn body(status: &str, extra: Value) -> Value {
    let mut body = json!({
        "id": "re_1", "object": "refund", "amount": 100, "currency": "usd", "status": status,
        "metadata": { "refund_no": NO }, "something": "new",
    });
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[test]
fn every_state_of_a_refund_has_its_class() {
    let left = || json!({ "balance_transaction": "txn_1" });
    let returned = json!({ "balance_transaction": "txn_1", "failure_balance_transaction": "txn_2" });
    let whole = json!({ "balance_transaction": { "id": "txn_1" }, "failure_balance_transaction": null });
    let cases = [
        ("succeeded", left(), "arrived"),
        ("pending", json!({}), "accepted"),
        ("pending", json!({ "pending_reason": "processing" }), "accepted"),
        ("pending", json!({ "pending_reason": "charge_pending" }), "accepted"),
        ("pending", json!({ "pending_reason": "insufficient_funds" }), "need_funds"),
        ("requires_action", left(), "accepted"),
        // Left us and came back; left us and is nowhere; never left us.
        ("failed", returned.clone(), "bounced"),
        ("failed", left(), "manual"),
        ("failed", whole, "manual"),
        ("failed", json!({ "failure_reason": "expired_or_canceled_card" }), "other_route"),
        ("canceled", returned, "bounced"),
        ("canceled", json!({}), "other_route"),
        ("something_new", json!({}), "unknown"),
    ];
    for (status, extra, expected) in cases {
        let body = body(status, extra);
        let alone = refund::outcome(answer::read(&http(200, &[], &body)), &NO.into(), usd(100));
        let list = json!({ "object": "list", "data": [body], "has_more": false });
        let among = refund::found(answer::read(&http(200, &[], &list)), &NO.into(), usd(100));
        assert_eq!((class(&alone), &alone), (expected, &among), "{body}");
    }
}

#[test]
fn a_number_is_found_among_others_or_not_at_all() {
    let list = |data: Value, more: bool| {
        let reply = http(200, &[], &json!({ "object": "list", "data": data, "has_more": more }));
        refund::found(answer::read(&reply), &NO.into(), usd(100))
    };
    let ours = body("succeeded", json!({}));
    let mut others = ours.clone();
    others["metadata"] = json!({});
    assert_eq!(list(json!([]), false), Outcome::NotFound);
    assert_eq!(list(json!([others]), false), Outcome::NotFound);
    assert_eq!(class(&list(json!([others, ours, others]), true)), "arrived");
    assert_eq!(list(json!([others]), true), Outcome::Unknown { code: "too_many_refunds".into() });
    assert_eq!(list(json!([ours, ours]), false), Outcome::FixRequest { code: "two_refunds".into() });
    assert_eq!(list(json!([ours, { "id": 7 }]), false), Outcome::Unknown { code: "unreadable".into() });
    let missing = http(404, &[], &json!({ "error": { "type": "invalid_request_error", "code": "resource_missing" } }));
    // The payment is unknown there: a mistake of ours, and no proof that nothing moved.
    let outcome = refund::found(answer::read(&missing), &NO.into(), usd(100));
    assert_eq!(class(&outcome), "fix");
}

/// The same payment says the same, whenever the payer comes.
#[test]
fn a_session_is_asked_for_in_the_same_words_every_time() {
    let config = StripeConfig {
        secret_key: "sk_test_0123456789abcdef".into(),
        webhook_secret: "whsec_1".into(),
        webhook_secret_before: "".into(),
        base_url: "https://api.stripe.com".into(),
    };
    let channel = StripeChannel::new(config).unwrap();
    let at = |minute: i64| Instant::from_shanghai(2026, 11, 22, 10, 0, 0).plus_minutes(minute);
    let payment = |until: i64| PaymentOp {
        no: "YL7Q261122ABCDEFGHJKP001".into(),
        amount: usd(100),
        subject: "a&b=c".into(),
        return_url: "https://shop.example/?a=1&b=2".into(),
        pay_until: at(until),
        since: at(0),
        scene: crate::callback::Scene::Page,
        payer_ip: String::new(),
    };
    let text = |until: i64, now: i64| {
        let request = channel.request(&Op::Pay(payment(until)), at(now)).unwrap();
        assert_eq!(request.headers()["idempotency-key"], "YL7Q261122ABCDEFGHJKP001");
        String::from_utf8(request.into_body()).unwrap()
    };
    assert_eq!(text(30, 0), text(30, 29));
    assert!(text(30, 0).contains("success_url=https%3A%2F%2Fshop.example%2F%3Fa%3D1%26b%3D2&"));
    // Open for half an hour from any moment at which the order can be paid, and never longer than a day.
    for (until, expires) in [(30, 61), (600, 631), (5000, 24 * 60 - 1)] {
        let expected = format!("expires_at={}&", at(expires).micros() / 1_000_000);
        assert!(text(until, 0).contains(&expected), "{until}");
    }
}
