//! What is believed: signatures over the very bytes, callbacks that were forged, changed, recorded or meant for others.

use super::world::{PAYMENT, REFUND, World, at, class, config};
use proptest::prelude::*;
use std::sync::LazyLock;
use yuanlu_channels::alipay::{Alipay, AlipayConfig};
use yuanlu_channels::callback::{CallbackError, Entrance, Verified};
use yuanlu_channels::{Channel, Op, Reply};
use yuanlu_domain::payout::Outcome;
use yuanlu_money::Money;
use yuanlu_simulator::{Behaviour, practice};

/// A refund with its signed answer, and the callback about it.
struct Recorded {
    channel: Alipay,
    op: Op,
    answer: Vec<u8>,
    callback: Vec<u8>,
}

static RECORDED: LazyLock<Recorded> = LazyLock::new(|| {
    let world = World::paid(5000);
    let op = world.refund(5000);
    let Reply::Http { body, .. } = world.reply(&op, 10) else { panic!("no answer") };
    let due = world.simulator().due_callbacks(at(10).micros());
    Recorded { channel: world.channel, op, answer: body, callback: due[0].1.body().clone() }
});

fn read(body: Vec<u8>) -> &'static str {
    let recorded = &*RECORDED;
    class(&recorded.channel.outcome(&recorded.op, &Reply::Http { status: 200, headers: vec![], body }, at(10)))
}

fn stirred() -> Verified {
    let Op::Refund { payment_ref, .. } = &RECORDED.op else { panic!("a refund") };
    Verified::RefundStirred { no: REFUND.into(), channel_ref: payment_ref.clone() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// No changed byte of an answer makes it say something else.
    #[test]
    fn a_changed_answer_is_unknown_or_means_the_same(place: prop::sample::Index, byte: u8) {
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
            prop_assert_eq!(news, stirred());
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
    assert_eq!(RECORDED.channel.callback(&[], &RECORDED.callback, at(0)), Ok(stirred()));
    // Alipay signs no time: a recording is as good as new and says nothing new.
    assert_eq!(RECORDED.channel.callback(&[], &RECORDED.callback, at(86_400 * 365)), Ok(stirred()));
}

#[test]
fn silence_and_unsigned_words_prove_nothing() {
    let op = &RECORDED.op;
    let outcome = |reply: &Reply| class(&RECORDED.channel.outcome(op, reply, at(10)));
    assert_eq!(outcome(&Reply::TimedOut), "unknown");
    assert_eq!(outcome(&Reply::ConnectionLost), "unknown");
    assert_eq!(outcome(&Reply::NotSent), "retry");
    let text = String::from_utf8(RECORDED.answer.clone()).unwrap();
    let (node, sign) = text.split_once(",\"sign\":").unwrap();
    for body in [
        "",
        "success",
        "<html>",
        "{}",
        "null",
        "{\"alipay_trade_refund_response\":{\"code\":\"10000\",\"fund_change\":\"Y\"}}",
        "{\"error_response\":{\"code\":\"40004\",\"sub_code\":\"ACQ.BUYER_NOT_EXIST\"}}",
        &format!("{node}}}"),
        &format!("{node},\"sign\":\"\"}}"),
        // The same object, written again with spaces.
        &format!("{},\"sign\":{sign}", node.replace("\",\"", "\", \"")),
        // The right signature under another answer.
        &text.replace("trade_refund", "trade_query"),
    ] {
        assert_eq!(read(body.as_bytes().to_vec()), "unknown", "{body}");
        for status in [204, 302, 404, 500, 502] {
            let reply = Reply::Http { status, headers: vec![], body: RECORDED.answer.clone() };
            assert_eq!(outcome(&reply), "unknown", "{status}");
        }
    }
}

#[test]
fn a_signed_answer_about_another_number_is_not_ours() {
    let world = World::paid(5000);
    let reply = world.reply(&world.refund(5000), 10);
    let mut other = world.refund(5000);
    if let Op::Refund { payment_no, .. } = &mut other {
        *payment_no = "YL7Q261122ABCDEFGHJKP002".into();
    }
    assert_eq!(class(&world.channel.outcome(&other, &reply, at(10))), "unknown");
    // An answer to another call is not read as one to this.
    assert_eq!(class(&world.channel.outcome(&world.query(5000), &reply, at(10))), "unknown");
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
    // A stranger is not believed; a recording of the payment says once more what is known.
    assert_eq!(heard[0], Err(CallbackError::BadSignature));
    let paid =
        Verified::PaymentSucceeded { no: PAYMENT.into(), channel_ref: world.trade_no(), amount: Money::cny(5000) };
    assert_eq!(heard[1], Ok(paid));
    assert_eq!(heard.len(), 2);

    let text = String::from_utf8(RECORDED.callback.clone()).unwrap();
    let without = |name: &str| {
        let kept: Vec<_> = text.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
        kept.join("&").into_bytes()
    };
    assert_eq!(world.receive(&without("sign")), Err(CallbackError::Unsigned));
    assert_eq!(world.receive(&without("sign_type")), Err(CallbackError::Unsigned));
    assert_eq!(world.receive(text.replace("sign_type=RSA2", "sign_type=RSA").as_bytes()), Err(CallbackError::Unsigned));
    // Without its refund fields a refund must not pass for a payment.
    for name in ["refund_fee", "gmt_refund", "out_biz_no", "app_id", "notify_id"] {
        assert_eq!(world.receive(&without(name)), Err(CallbackError::BadSignature), "{name}");
    }
    assert_eq!(world.receive(b"\xff=1&sign=a&sign_type=RSA2"), Err(CallbackError::Malformed));
    assert_eq!(world.receive(b"a=%4&sign=a&sign_type=RSA2"), Err(CallbackError::Malformed));
    let twice = format!("{text}&out_biz_no=X");
    assert_eq!(world.receive(twice.as_bytes()), Err(CallbackError::Malformed));
}

#[test]
fn what_is_meant_for_another_merchant_is_not_ours() {
    let other = |change: fn(&mut AlipayConfig)| {
        let mut config = config("http://127.0.0.1/gateway.do");
        change(&mut config);
        let channel = Alipay::new(config, at(0)).unwrap();
        channel.callback(&[], &RECORDED.callback, at(0))
    };
    assert_eq!(other(|_| {}), Ok(stirred()));
    assert_eq!(other(|c| c.app_id = "2021000000000002".into()), Err(CallbackError::NotOurs));
    assert_eq!(other(|c| c.seller_id = "2088000000000002".into()), Err(CallbackError::NotOurs));
    let stranger = other(|c| c.alipay_public_key = practice::STRANGER_CERTIFICATE.into());
    assert_eq!(stranger, Err(CallbackError::BadSignature));
}

#[test]
fn callbacks_repeat_until_they_are_answered_with_the_word() {
    let world = World::paid(5000);
    assert_eq!(world.channel.acknowledgement(), (200, "success"));
    world.ask(&world.refund(5000), 10);
    let mut tries = 0;
    for second in (10..100_000).step_by(30) {
        let mut simulator = world.simulator();
        let due = simulator.due_callbacks(at(second).micros());
        for (event, request) in &due {
            assert_eq!(
                world.channel.callback(&[], request.body(), at(second)),
                Ok(Verified::RefundStirred {
                    no: REFUND.into(),
                    channel_ref: simulator.bank().payment(PAYMENT).unwrap().transactions[0].channel_ref.clone(),
                })
            );
            simulator.delivered(event, 200, b"<html>success</html>");
        }
        tries += due.len();
    }
    assert_eq!(tries, 15);
}

/// What a certificate signed that no longer counts proves nothing; with a bare key there is no such day.
#[test]
fn a_certificate_that_is_over_signs_nothing() {
    let world = World::of(true);
    world.pay(5000);
    let op = world.refund(5000);
    let reply = world.reply(&op, 10);
    assert_eq!(class(&world.channel.outcome(&op, &reply, at(10))), "arrived");
    let over = at(86_400 * 365 * 40);
    assert_eq!(world.channel.outcome(&op, &reply, over), Outcome::Unknown { code: "certificate_over".into() });
    let due = world.simulator().due_callbacks(at(10).micros());
    assert!(world.channel.callback(&[], due[0].1.body(), at(10)).is_ok());
    assert_eq!(world.channel.callback(&[], due[0].1.body(), over), Err(CallbackError::BadSignature));
}
