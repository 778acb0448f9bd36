//! What is believed: signatures, and the certificates that come with them.

use super::world::{MERCHANT, PAYMENT, REFUND, World, at, class, config};
use proptest::prelude::*;
use std::sync::LazyLock;
use yuanlu_channels::callback::{CallbackError, Entrance, Verified};
use yuanlu_channels::unionpay::UnionPay;
use yuanlu_channels::{Channel, Op, Reply};
use yuanlu_domain::payout::Outcome;
use yuanlu_money::Money;
use yuanlu_simulator::{Behaviour, practice};

/// A question with its signed answer, and the callback about the refund.
struct Recorded {
    channel: UnionPay,
    op: Op,
    answer: Vec<u8>,
    callback: Vec<u8>,
    news: Verified,
}

static RECORDED: LazyLock<Recorded> = LazyLock::new(|| {
    let world = World::paid(5000);
    assert_eq!(class(&world.ask(&world.refund(5000), 10)), "accepted");
    let op = world.query(5000);
    let Reply::Http { body, .. } = world.reply(&op, 20) else { panic!("no answer") };
    let due = world.simulator().due_callbacks(at(10).micros());
    let channel_ref = world.simulator().bank().refund(REFUND).expect("taken").channel_ref.clone();
    let outcome = Outcome::Arrived { channel_ref };
    let news = Verified::Refund { no: REFUND.into(), amount: Money::cny(5000), outcome };
    Recorded { channel: world.channel, op, answer: body, callback: due[0].1.body().clone(), news }
});

fn read(body: Vec<u8>) -> &'static str {
    class(&RECORDED.channel.outcome(&RECORDED.op, &Reply::Http { status: 200, headers: vec![], body }, at(20)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// No changed byte of an answer makes it say something else.
    #[test]
    fn a_changed_answer_is_unknown(place: prop::sample::Index, byte: u8) {
        let mut body = RECORDED.answer.clone();
        let place = place.index(body.len());
        let same = body[place] == byte;
        body[place] = byte;
        let seen = read(body);
        prop_assert!(seen == "unknown" || same && seen == "arrived", "{} at {}", seen, place);
    }

    /// No changed byte of a callback makes it say something else; `%2f` may be written for `%2F`.
    #[test]
    fn a_changed_callback_is_refused_or_means_the_same(place: prop::sample::Index, byte: u8) {
        let mut body = RECORDED.callback.clone();
        let place = place.index(body.len());
        body[place] = byte;
        if let Ok(news) = RECORDED.channel.callback(&[], &body, at(0)) {
            prop_assert_eq!(news, RECORDED.news.clone());
        }
    }

    #[test]
    fn noise_is_never_believed(body: Vec<u8>) {
        prop_assert!(RECORDED.channel.callback(&[], &body, at(0)).is_err());
        prop_assert_eq!(read(body), "unknown");
    }
}

#[test]
fn the_recorded_answer_and_callback_are_believed() {
    assert_eq!(read(RECORDED.answer.clone()), "arrived");
    assert_eq!(RECORDED.channel.callback(&[], &RECORDED.callback, at(0)), Ok(RECORDED.news.clone()));
    // A certificate that has run out signs no callback.
    let old = RECORDED.channel.callback(&[], &RECORDED.callback, at(86_400 * 365 * 40));
    assert_eq!(old, Err(CallbackError::BadSignature));
}

/// Whoever brings a certificate with a message must have it from UnionPay's authority and in UnionPay's name.
#[test]
fn a_stranger_with_a_certificate_is_not_believed() {
    for (certificate, key) in [
        (practice::STRANGER_CERTIFICATE, practice::STRANGER_KEY),
        (practice::OTHER_CERTIFICATE, practice::PLATFORM_KEY),
        (practice::PLATFORM_CERTIFICATE, practice::PLATFORM_KEY),
        (practice::UNIONPAY_CERTIFICATE, practice::STRANGER_KEY),
        (practice::MERCHANT_CERTIFICATE, practice::MERCHANT_KEY),
    ] {
        let world = World::with(certificate, key);
        let op = Op::QueryRefund {
            no: REFUND.into(),
            payment_no: PAYMENT.into(),
            payment_ref: "742026112210000000001".into(),
            amount: Money::cny(1),
            since: at(10),
        };
        assert_eq!(class(&world.ask(&op, 10)), "unknown");
    }
    // A chain behind the certificate is no way in either: exactly one certificate is looked at.
    let two = format!("{}{}", practice::STRANGER_CERTIFICATE, practice::UNIONPAY_CERTIFICATE);
    let world = World::with(&two, practice::STRANGER_KEY);
    assert_eq!(class(&world.ask(&RECORDED.op, 20)), "unknown");
}

#[test]
fn silence_and_unsigned_words_prove_nothing() {
    let outcome = |reply: &Reply| class(&RECORDED.channel.outcome(&RECORDED.op, reply, at(20)));
    assert_eq!(outcome(&Reply::TimedOut), "unknown");
    assert_eq!(outcome(&Reply::ConnectionLost), "unknown");
    assert_eq!(outcome(&Reply::NotSent), "retry");
    let unsigned = format!("respCode=00&origRespCode=00&orderId={REFUND}&txnAmt=5000&merId={MERCHANT}");
    for body in ["", "ok", "<html>", "respCode=34", unsigned.as_str()] {
        assert_eq!(read(body.as_bytes().to_vec()), "unknown", "{body}");
    }
    for status in [204, 302, 404, 500, 502] {
        let reply = Reply::Http { status, headers: vec![], body: RECORDED.answer.clone() };
        assert_eq!(outcome(&reply), "unknown", "{status}");
    }
}

#[test]
fn forged_recorded_foreign_and_broken_callbacks_change_nothing() {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, Behaviour::Forged);
    assert_eq!(class(&world.ask(&world.refund(5000), 10)), "accepted");
    let mut heard = Vec::new();
    for second in (10..200).step_by(10) {
        let due = world.simulator().due_callbacks(at(second).micros());
        heard.extend(due.iter().map(|(_, request)| world.receive(request.body())));
    }
    let (no, channel_ref) = (PAYMENT.into(), world.query_id());
    let paid = Verified::PaymentSucceeded { no, channel_ref, amount: Money::cny(5000) };
    assert_eq!(heard, [Err(CallbackError::BadSignature), Ok(paid)]);

    let text = String::from_utf8(RECORDED.callback.clone()).expect("a form");
    let without = |name: &str| {
        let kept: Vec<_> = text.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
        kept.join("&").into_bytes()
    };
    assert_eq!(world.receive(&without("signature")), Err(CallbackError::Unsigned));
    assert_eq!(world.receive(&without("signPubKeyCert")), Err(CallbackError::Unsigned));
    for name in ["respCode", "txnAmt", "merId", "version", "signMethod"] {
        assert_eq!(world.receive(&without(name)), Err(CallbackError::BadSignature), "{name}");
    }
    assert_eq!(world.receive(b"\xff=1"), Err(CallbackError::Malformed));
    assert_eq!(world.receive(format!("{text}&txnAmt=1").as_bytes()), Err(CallbackError::Malformed));

    let mut other = config("https://gateway.95516.com");
    other.merchant_id = "777290058110049".into();
    let other = UnionPay::new(other, at(0)).expect("good settings");
    assert_eq!(other.callback(&[], &RECORDED.callback, at(0)), Err(CallbackError::NotOurs));
}

#[test]
fn a_refusal_by_callback_is_a_word_that_still_has_to_be_proven() {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, Behaviour::RefusedLater);
    world.ask(&world.refund(5000), 10);
    let due = world.simulator().due_callbacks(at(3700).micros());
    let outcome = Outcome::OtherRoute { code: "resp_60".into() };
    let news = Verified::Refund { no: REFUND.into(), amount: Money::cny(5000), outcome: outcome.clone() };
    assert_eq!(world.receive(due[0].1.body()), Ok(news));
    assert_eq!(world.ask(&world.query(5000), 3800), outcome);
    assert_eq!(world.simulator().bank().books().gone(REFUND), 0);
}
