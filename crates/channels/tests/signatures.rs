//! Signatures of the simulated channel: vectors computed with another library (pyca/cryptography, keys from 32 bytes of
//! `01` and `02`), and what happens to everything that was touched on the way.

mod common;

use common::{PAYMENT, World, at, headers};
use yuanlu_channels::callback::{CallbackError, Entrance, Verified};
use yuanlu_channels::sim::public_key;
use yuanlu_channels::{Channel, Op, Reply, digest};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_money::Money;

const REFUND_BODY: &str = r#"{"no":"YL7Q261122ABCDEFGHJKR001","payment_no":"YL7Q261122ABCDEFGHJKP001","payment_ref":"SIMP0000000001","amount_minor":5000,"total_minor":5000,"currency":"CNY","reason":"261122ABCDEFGHJK"}"#;
const REFUND_SIGNATURE: &str = "67c595dbf86d1e07248da4e51753ba3448e5d9577941a0d6ed7c1747c60fb176cc6031fdd4354e7ff5b6b398b440b69e8018eed259a076240a7d76b57f8e2d02";
const REPLY_BODY: &str = r#"{"no":"YL7Q261122ABCDEFGHJKR001","channel_ref":"SIMR1","status":"arrived","code":"","moved":true,"amount_minor":5000,"currency":"CNY"}"#;
const REPLY_SIGNATURE: &str = "a870277eba678f1992d9e02e8e50c0b5c43c064905dac04f7491e0b701e62cad0a9fe84c93f75e9e70f00f542084e219f66b8ff7ecfa514fb650d85681c82c04";
const CALLBACK_BODY: &str = r#"{"event":"E1","merchant":"shop-1","about":"payment","content":{"no":"YL7Q261122ABCDEFGHJKP001","status":"paid","channel_ref":"SIMP1","amount_minor":5000,"currency":"CNY"}}"#;
const CALLBACK_SIGNATURE: &str = "027d81f6357bbe39d3896e6429df6809c919197ffd40d8eeb29484f7cfd8fefd35d5fa83fcc4bfc378c810c1d32b44321742b30ec4b03e8822c976973c1f500e";

fn sealed(timestamp: &str, nonce: &str, signature: &str) -> Vec<(String, String)> {
    [("Sim-Timestamp", timestamp), ("SIM-NONCE", nonce), ("sim-signature", signature)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

fn refund() -> Op {
    Op::Refund {
        no: ChannelNumber::from(common::REFUND),
        payment_no: ChannelNumber::from(PAYMENT),
        payment_ref: "SIMP0000000001".into(),
        amount: Money::cny(5000),
        total: Money::cny(5000),
        reason: "261122ABCDEFGHJK".into(),
        since: at(0),
    }
}

#[test]
fn public_keys_match_the_vectors() {
    assert_eq!(common::hex(&public_key(&[1; 32])), "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c");
    let simulator = World::new().simulator;
    assert_eq!(
        common::hex(&simulator.public_key()),
        "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"
    );
}

#[test]
fn a_request_matches_the_vector_and_its_digest_is_over_what_is_sent() {
    let world = World::new();
    let request = world.channel.request(&refund(), at(0)).unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "http://shop.test/sim/v1/refunds");
    assert_eq!(request.body(), REFUND_BODY.as_bytes());
    assert_eq!(request.headers()["sim-merchant"], "shop-1");
    assert_eq!(request.headers()["sim-timestamp"], "1795312800");
    assert_eq!(request.headers()["sim-nonce"], "5afd6ace8c27dcebaec28aea733d69cd");
    assert_eq!(request.headers()["sim-signature"], REFUND_SIGNATURE);

    let first = digest(&request);
    assert_eq!(first.len(), 64);
    assert_eq!(first, digest(&world.channel.request(&refund(), at(0)).unwrap()));
    let mut touched = request;
    touched.body_mut()[8] ^= 1;
    assert_ne!(first, digest(&touched));
    assert_ne!(first, digest(&world.channel.request(&refund(), at(1)).unwrap()));
}

#[test]
fn a_reply_matches_the_vector_and_no_byte_of_it_may_change() {
    let world = World::new();
    let outcome = |status, headers: Vec<(String, String)>, body: &[u8]| {
        world.channel.outcome(&refund(), &Reply::Http { status, headers, body: body.to_vec() }, at(0))
    };
    let good = sealed("1795312800", "r9", REPLY_SIGNATURE);
    assert_eq!(outcome(200, good.clone(), REPLY_BODY.as_bytes()), Outcome::Arrived { channel_ref: "SIMR1".into() });

    let unknown = Outcome::Unknown { code: "bad_signature".into() };
    assert_eq!(outcome(201, good.clone(), REPLY_BODY.as_bytes()), unknown);
    assert_eq!(outcome(200, sealed("1795312801", "r9", REPLY_SIGNATURE), REPLY_BODY.as_bytes()), unknown);
    assert_eq!(outcome(200, sealed("1795312800", "r8", REPLY_SIGNATURE), REPLY_BODY.as_bytes()), unknown);
    for signature in ["", "zz", &REPLY_SIGNATURE[2..], REFUND_SIGNATURE, CALLBACK_SIGNATURE] {
        assert_eq!(outcome(200, sealed("1795312800", "r9", signature), REPLY_BODY.as_bytes()), unknown);
    }
    for position in 0..REPLY_BODY.len() {
        let mut body = REPLY_BODY.as_bytes().to_vec();
        body[position] ^= 1;
        assert_eq!(outcome(200, good.clone(), &body), unknown, "byte {position}");
    }
    // Re-serialised content is other content: raw bytes are what was signed.
    assert_eq!(outcome(200, good, REPLY_BODY.replace(',', ", ").as_bytes()), unknown);
}

#[test]
fn a_signed_reply_about_another_number_or_sum_is_not_ours() {
    let world = World::new();
    let reply =
        Reply::Http { status: 200, headers: sealed("1795312800", "r9", REPLY_SIGNATURE), body: REPLY_BODY.into() };
    let about = |number: &str, minor| {
        let mut op = world.query(minor);
        if let Op::QueryRefund { no, .. } = &mut op {
            *no = ChannelNumber::from(number);
        }
        op
    };
    let outcome = |op: Op| world.channel.outcome(&op, &reply, at(0));
    assert_eq!(outcome(about(common::REFUND, 5000)), Outcome::Arrived { channel_ref: "SIMR1".into() });
    assert_eq!(outcome(about("YL7Q261122ABCDEFGHJKR002", 5000)), Outcome::Unknown { code: "other_number".into() });
    assert_eq!(outcome(about(common::REFUND, 4999)), Outcome::FixRequest { code: "other_amount".into() });
}

#[test]
fn a_callback_matches_the_vector_and_no_byte_of_it_may_change() {
    let world = World::new();
    let good = sealed("1795312800", "E1t1", CALLBACK_SIGNATURE);
    let receive = |headers: &[(String, String)], body: &[u8], second| world.channel.callback(headers, body, at(second));
    let paid = Verified::PaymentSucceeded {
        no: ChannelNumber::from(PAYMENT),
        channel_ref: "SIMP1".into(),
        amount: Money::cny(5000),
    };
    assert_eq!(receive(&good, CALLBACK_BODY.as_bytes(), 0), Ok(paid.clone()));
    assert_eq!(receive(&good, CALLBACK_BODY.as_bytes(), 300), Ok(paid.clone()));
    assert_eq!(receive(&good, CALLBACK_BODY.as_bytes(), -300), Ok(paid));
    assert_eq!(receive(&good, CALLBACK_BODY.as_bytes(), 301), Err(CallbackError::Stale));
    assert_eq!(receive(&good, CALLBACK_BODY.as_bytes(), -301), Err(CallbackError::Stale));
    assert_eq!(receive(&[], CALLBACK_BODY.as_bytes(), 0), Err(CallbackError::Unsigned));
    assert_eq!(receive(&good[..2], CALLBACK_BODY.as_bytes(), 0), Err(CallbackError::Unsigned));
    for position in 0..CALLBACK_BODY.len() {
        let mut body = CALLBACK_BODY.as_bytes().to_vec();
        body[position] ^= 1;
        assert_eq!(receive(&good, &body, 0), Err(CallbackError::BadSignature), "byte {position}");
    }
    for headers in [
        sealed("1795312801", "E1t1", CALLBACK_SIGNATURE),
        sealed("1795312800", "E1t2", CALLBACK_SIGNATURE),
        sealed("1795312800", "E1t1", REPLY_SIGNATURE),
        sealed("1795312800", "E1t1", "not hex"),
        sealed("9999999999999999999999", "E1t1", CALLBACK_SIGNATURE),
    ] {
        assert_eq!(receive(&headers, CALLBACK_BODY.as_bytes(), 0), Err(CallbackError::BadSignature));
    }
}

/// A callback with any content, signed as the channel signs.
fn signed(content: &str) -> (Vec<(String, String)>, Vec<u8>) {
    use ring::signature::Ed25519KeyPair;
    let key = Ed25519KeyPair::from_seed_unchecked(&[2; 32]).expect("a seed");
    let text = format!("callback\n1795312800\nE1t1\n{content}");
    let signature = common::hex(key.sign(text.as_bytes()).as_ref());
    (sealed("1795312800", "E1t1", &signature), content.into())
}

/// T13: what we cannot place is still the channel's word.
#[test]
fn t13_signed_news_of_an_unknown_kind_is_kept_and_never_crashes() {
    let world = World::new();
    let read = |content: &str| {
        let (headers, body) = signed(content);
        world.channel.callback(&headers, &body, at(0))
    };
    let other = |about: &str| Ok(Verified::Other { about: about.to_owned() });
    assert_eq!(read(r#"{"event":"E1","merchant":"shop-1","about":"coupon","content":{}}"#), other("coupon"));
    assert_eq!(read(r#"{"event":"E1","merchant":"shop-1","about":"<b>x</b>"}"#), other("bxb"));
    let payment = r#"{"merchant":"shop-1","about":"payment","content":{"no":"N","status":"frozen","amount_minor":1,"currency":"CNY"}}"#;
    assert_eq!(read(payment), other("payment_frozen"));
    let refund = r#"{"merchant":"shop-1","about":"refund","content":{"no":"N","channel_ref":"S","status":"new_in_2027","moved":true,"amount_minor":1,"currency":"CNY"}}"#;
    let unknown = Outcome::Unknown { code: "status_new_in_2027".into() };
    assert_eq!(read(refund), Ok(Verified::Refund { no: "N".into(), amount: Money::cny(1), outcome: unknown }));
    for malformed in [
        "",
        "[]",
        r#"{"merchant":"shop-1"}"#,
        r#"{"merchant":"shop-1","about":"refund","content":null}"#,
        &refund.replace("\"amount_minor\":1", "\"amount_minor\":1.5"),
        &refund.replace("\"amount_minor\":1", "\"amount_minor\":-1"),
        &refund.replace("CNY", "XXX"),
        &payment.replace("frozen", "paid").replace(":1,", ":99999999999999999999,"),
    ] {
        assert_eq!(read(malformed), Err(CallbackError::Malformed), "{malformed}");
    }
    assert_eq!(read(&refund.replace("shop-1", "shop-2")), Err(CallbackError::NotOurs));
}

#[test]
fn refused_is_another_road_only_when_the_channel_says_that_nothing_moved() {
    let world = World::new();
    let read = |status: &str, moved: bool| {
        let content = format!(
            r#"{{"merchant":"shop-1","about":"refund","content":{{"no":"N","channel_ref":"S","status":"{status}","code":"c","moved":{moved},"amount_minor":1,"currency":"CNY"}}}}"#
        );
        let (headers, body) = signed(&content);
        match world.channel.callback(&headers, &body, at(0)) {
            Ok(Verified::Refund { outcome, .. }) => outcome,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read("refused", false), Outcome::OtherRoute { code: "c".into() });
    assert_eq!(read("refused", true), Outcome::ManualAtChannel { code: "c".into() });
    assert_eq!(read("abnormal", true), Outcome::ManualAtChannel { code: "c".into() });
    assert_eq!(read("arrived", false), Outcome::Unknown { code: "status_arrived".into() });
    assert_eq!(read("bounced", false), Outcome::Bounced { code: "c".into() });
}

#[test]
fn the_simulator_believes_only_our_untouched_and_recent_requests() {
    let mut world = World::paid(5000);
    let op = world.refund(5000);
    let good = world.channel.request(&op, at(0)).unwrap();
    let mut touched = Vec::new();
    let mut touch = |change: &dyn Fn(&mut http::Request<Vec<u8>>)| {
        let mut request = good.clone();
        change(&mut request);
        touched.push(request);
    };
    touch(&|r| r.body_mut()[40] ^= 1);
    touch(&|r| *r.method_mut() = http::Method::PUT);
    touch(&|r| *r.uri_mut() = "http://shop.test/sim/v1/refunds?x=1".parse().unwrap());
    for name in ["sim-merchant", "sim-timestamp", "sim-nonce", "sim-signature"] {
        touch(&|r| drop(r.headers_mut().insert(name, "1795312801".parse().unwrap())));
        touch(&|r| drop(r.headers_mut().remove(name)));
    }
    for request in touched {
        let reply = world.simulator.handle(&request, at(0).micros()).unwrap();
        assert_eq!(reply.status(), 401, "{request:?}");
    }
    for second in [-301, 301] {
        assert_eq!(world.simulator.handle(&good, at(second).micros()).unwrap().status(), 401);
    }
    assert_eq!(world.simulator.ledger().returned(PAYMENT), 0);
    assert_eq!(world.simulator.handle(&good, at(300).micros()).unwrap().status(), 200);
    assert_eq!(world.simulator.ledger().returned(PAYMENT), 5000);
}

#[test]
fn what_the_simulator_says_is_not_what_it_calls_back() {
    let mut world = World::paid(5000);
    let op = world.refund(5000);
    let Reply::Http { headers: reply_headers, body, .. } = world.reply(&op, 0) else { panic!("an answer") };
    assert_eq!(world.channel.callback(&reply_headers, &body, at(0)), Err(CallbackError::BadSignature));
    let callback = world.simulator.due_callbacks(at(0).micros()).remove(0);
    let played = Reply::Http { status: 200, headers: headers(&callback), body: callback.body().clone() };
    assert_eq!(world.channel.outcome(&op, &played, at(0)), Outcome::Unknown { code: "bad_signature".into() });
}

#[test]
fn keys_do_not_print() {
    let world = World::new();
    let shown = format!("{:?}", world.channel);
    assert!(shown.contains("shop-1") && !shown.contains("01, 1") && !shown.to_lowercase().contains("key:"), "{shown}");
}
