//! What is believed of WeChat and of those who pretend to be it.

use crate::loopback::headers;
use crate::world::*;
use http::Request;
use proptest::prelude::*;
use std::sync::LazyLock;
use yuanlu_channels::callback::{CallbackError, Entrance, Verified};
use yuanlu_channels::wechat::{WechatChannel, WechatConfig};
use yuanlu_channels::{Channel, Op, Reply};
use yuanlu_domain::payout::Outcome;
use yuanlu_money::Money;
use yuanlu_simulator::{Behaviour, practice};

const HOUR: i64 = 3600;

/// The callbacks about a refund that behaves so, and what became of each, until a day later.
fn told(behaviour: Behaviour) -> Vec<Result<Verified, CallbackError>> {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, behaviour);
    world.ask(&world.refund(5000), 10);
    let seconds = [60, 130, HOUR + 20, HOUR + 60, HOUR + 90, 2 * HOUR + 60, 26 * HOUR];
    seconds.iter().flat_map(|s| world.due(*s).iter().map(|r| world.receive(r, *s)).collect::<Vec<_>>()).collect()
}

fn classes(news: &[Result<Verified, CallbackError>]) -> Vec<String> {
    let each = news.iter().map(|one| match one {
        Ok(Verified::Refund { no, amount, outcome }) => {
            assert_eq!((no.as_str(), *amount), (REFUND, Money::cny(5000)));
            class(outcome).to_owned()
        }
        Ok(other) => panic!("{other:?}"),
        Err(error) => error.to_string(),
    });
    each.collect()
}

/// T14: repeated and late callbacks, forgeries and recordings.
#[test]
fn t14_callbacks_say_the_end_of_a_refund() {
    use Behaviour::*;
    for (behaviour, expected) in [
        (AtOnce, vec!["arrived"]),
        (Later, vec!["arrived"]),
        (RefusedLater, vec!["other_route"]),
        (Abnormal, vec!["manual"]),
        (Duplicates, vec!["arrived", "arrived", "arrived"]),
        (Forged, vec!["signature wrong", "timestamp too far from now", "arrived"]),
        (LateCallback, vec!["arrived"]),
        (NoCallback, vec![]),
        (Bounces, vec!["arrived"]),
    ] {
        assert_eq!(classes(&told(behaviour)), expected, "{behaviour:?}");
    }
}

#[test]
fn callbacks_are_repeated_until_acknowledged_and_then_given_up() {
    let world = World::paid(5000);
    world.ask(&world.refund(5000), 10);
    let tries: usize = (10..400_000)
        .step_by(30)
        .map(|second| {
            let due = world.simulator().due_callbacks(at(second).micros());
            due.iter().for_each(|(_, request)| assert!(world.receive(request, second).is_ok()));
            due.len()
        })
        .sum();
    assert_eq!(tries, 15);
    assert!(world.simulator().bank().undelivered().is_empty());
}

type Sample = (WechatChannel, Vec<(String, String)>, Vec<u8>);

/// A callback of a refund that has arrived, with its headers.
fn sample() -> Sample {
    let world = World::paid(5000);
    world.ask(&world.refund(5000), 10);
    let request = world.due(11).remove(0);
    let channel = WechatChannel::new(config("http://127.0.0.1:1")).unwrap();
    (channel, headers(&request), request.into_body())
}

static SAMPLE: LazyLock<Sample> = LazyLock::new(sample);

fn with(headers: &[(String, String)], name: &str, value: Option<&str>) -> Vec<(String, String)> {
    let mut headers: Vec<_> = headers.iter().filter(|(key, _)| key != name).cloned().collect();
    headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    headers
}

#[test]
fn a_callback_needs_every_header_and_a_clock_that_agrees() {
    let (channel, headers, body) = &*SAMPLE;
    assert!(channel.callback(headers, body, at(11)).is_ok());
    for name in ["wechatpay-timestamp", "wechatpay-nonce", "wechatpay-signature", "wechatpay-serial"] {
        for value in [None, Some("")] {
            let refused = channel.callback(&with(headers, name, value), body, at(11));
            assert_eq!(refused, Err(CallbackError::Unsigned), "{name}");
        }
    }
    for second in [11 - 299, 11, 11 + 299] {
        assert!(channel.callback(headers, body, at(second)).is_ok(), "{second}");
    }
    for second in [11 - 300, 11 + 300, 11 + HOUR] {
        assert_eq!(channel.callback(headers, body, at(second)), Err(CallbackError::Stale), "{second}");
    }
    let later = (at(300).micros() / 1_000_000).to_string();
    let moved = with(headers, "wechatpay-timestamp", Some(&later));
    assert_eq!(channel.callback(&moved, body, at(300)), Err(CallbackError::BadSignature));
    for (name, value) in [
        ("wechatpay-serial", practice::PLATFORM_SERIAL),
        ("wechatpay-serial", "PUB_KEY_ID_1"),
        ("wechatpay-signature", "WECHATPAY/SIGNTEST/dGVzdA=="),
        ("wechatpay-nonce", "another"),
    ] {
        let refused = channel.callback(&with(headers, name, Some(value)), body, at(11));
        assert_eq!(refused, Err(CallbackError::BadSignature), "{name}: {value}");
    }
    for (name, value) in [("wechatpay-timestamp", "soon"), ("wechatpay-signature-type", "WECHATPAY2-SM2-WITH-SM3")] {
        let refused = channel.callback(&with(headers, name, Some(value)), body, at(11));
        assert_eq!(refused, Err(CallbackError::Unsigned), "{name}: {value}");
    }
}

#[test]
fn wechats_own_test_of_signatures_is_refused() {
    let world = World::new();
    let test = world.simulator().sign_test("http://127.0.0.1:1/callbacks/wechat", at(1).micros());
    assert_eq!(world.receive(&test, 1), Err(CallbackError::BadSignature));
}

/// Signed by WeChat, and still not for us: another merchant, or another key for what is inside.
#[test]
fn a_foreign_callback_is_refused() {
    let (_, headers, body) = &*SAMPLE;
    let other = |change: fn(&mut WechatConfig)| {
        let mut config = config("http://127.0.0.1:1");
        change(&mut config);
        WechatChannel::new(config).unwrap().callback(headers, body, at(11))
    };
    assert_eq!(other(|config| config.merchant_id = "1900000109".into()), Err(CallbackError::NotOurs));
    let key = |config: &mut WechatConfig| config.api_key = "another-key-of-thirty-two-letter".into();
    assert_eq!(other(key), Err(CallbackError::NotOurs));
}

/// Both keys count while a merchant changes over; a certificate counts while it is valid.
#[test]
fn keys_are_changed_without_a_gap() {
    let both =
        WechatConfig { platform_certificates: practice::PLATFORM_CERTIFICATE.into(), ..config("http://127.0.0.1:1") };
    let channel = WechatChannel::new(both).unwrap();
    for mode in [config, by_certificate] {
        let world = World::of(mode);
        world.pay(5000);
        world.ask(&world.refund(5000), 10);
        let request = world.due(11).remove(0);
        assert!(channel.callback(&headers(&request), request.body(), at(11)).is_ok());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Not one byte of a signed callback can be changed, nor of what its signature covers in the headers.
    #[test]
    fn no_changed_byte_is_believed(place: prop::sample::Index, bit in 0_u8..8) {
        let (channel, headers, body) = &*SAMPLE;
        let mut changed = body.clone();
        let place = place.index(changed.len());
        changed[place] ^= 1 << bit;
        prop_assert_eq!(channel.callback(headers, &changed, at(11)), Err(CallbackError::BadSignature));
    }

    #[test]
    fn no_cut_or_lengthened_callback_is_believed(keep: prop::sample::Index, more: Vec<u8>) {
        let (channel, headers, body) = &*SAMPLE;
        let kept = &body[..keep.index(body.len())];
        prop_assert!(channel.callback(headers, kept, at(11)).is_err());
        if !more.is_empty() {
            let longer = [body.as_slice(), &more].concat();
            prop_assert!(channel.callback(headers, &longer, at(11)).is_err());
        }
    }

    #[test]
    fn no_changed_signature_is_believed(place: prop::sample::Index, letter in "[A-Za-z0-9+/]") {
        let (channel, headers, body) = &*SAMPLE;
        let (_, signature) = headers.iter().find(|(name, _)| name == "wechatpay-signature").unwrap();
        let mut changed = signature.clone();
        let place = place.index(signature.len() - 2);
        changed.replace_range(place..=place, &letter);
        prop_assume!(changed != *signature);
        let headers = with(headers, "wechatpay-signature", Some(&changed));
        prop_assert_eq!(channel.callback(&headers, body, at(11)), Err(CallbackError::BadSignature));
    }

    /// Whatever is thrown at it, it answers; nothing but WeChat's own words gets in.
    #[test]
    fn noise_is_refused(names in prop::collection::vec("[a-z-]{1,20}", 0..6), body: Vec<u8>) {
        let (channel, ..) = &*SAMPLE;
        let headers: Vec<_> = names.into_iter().map(|name| (format!("wechatpay-{name}"), "1".to_owned())).collect();
        prop_assert!(channel.callback(&headers, &body, at(11)).is_err());
    }
}

/// A signed answer to a refund.
fn answered() -> (Op, Request<Vec<u8>>, Reply) {
    let world = World::paid(5000);
    let send = world.refund(5000);
    let request = world.channel.request(&send, at(10)).unwrap();
    let reply = world.send(&request, 10);
    (send, request, reply)
}

static ANSWERED: LazyLock<(Op, Request<Vec<u8>>, Reply)> = LazyLock::new(answered);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A changed answer says nothing at all.
    #[test]
    fn no_changed_answer_is_believed(place: prop::sample::Index, bit in 0_u8..8) {
        let (op, _, reply) = &*ANSWERED;
        let Reply::Http { status, headers, body } = reply else { panic!() };
        let (channel, ..) = &*SAMPLE;
        prop_assert_eq!(class(&channel.outcome(op, reply, at(11))), "arrived");
        let mut changed = body.clone();
        let place = place.index(changed.len());
        changed[place] ^= 1 << bit;
        let changed = Reply::Http { status: *status, headers: headers.clone(), body: changed };
        prop_assert_eq!(channel.outcome(op, &changed, at(11)), Outcome::Unknown { code: "bad_signature".into() });
    }

    /// WeChat believes no request of ours that was changed on its way.
    #[test]
    fn no_changed_request_moves_money(place: prop::sample::Index, bit in 0_u8..8) {
        let (_, request, _) = &*ANSWERED;
        let mut body = request.body().clone();
        let place = place.index(body.len());
        body[place] ^= 1 << bit;
        let mut changed = request.clone();
        *changed.body_mut() = body;
        use yuanlu_simulator::loopback::Provider;
        let mut simulator =
            yuanlu_simulator::wechat::WechatSimulator::new(setup(&config("http://127.0.0.1:1"))).unwrap();
        let answer = simulator.handle(&changed, at(10).micros()).unwrap();
        prop_assert_eq!(answer.status(), 401);
    }
}

/// A true answer, played again when nobody waits for it any more, says nothing.
#[test]
fn an_old_answer_is_not_believed() {
    let (op, _, reply) = &*ANSWERED;
    let (channel, ..) = &*SAMPLE;
    assert_eq!(class(&channel.outcome(op, reply, at(10 + 299))), "arrived");
    for second in [10 - 300, 10 + 300] {
        assert_eq!(channel.outcome(op, reply, at(second)), Outcome::Unknown { code: "stale".into() });
    }
}

/// WeChat has changed its key and nobody has set the new one: nothing is believed, and the code says why.
#[test]
fn a_key_that_is_not_set_is_named() {
    let (op, _, reply) = &*ANSWERED;
    let other = WechatConfig { public_key_id: "PUB_KEY_ID_1".into(), ..config("http://127.0.0.1:1") };
    let outcome = WechatChannel::new(other).unwrap().outcome(op, reply, at(11));
    assert_eq!(outcome, Outcome::Unknown { code: "unknown_key".into() });
}

/// The answer to one question is no answer to another.
#[test]
fn an_answer_about_another_number_says_nothing() {
    let (op, _, reply) = &*ANSWERED;
    let (channel, ..) = &*SAMPLE;
    let Op::Refund { payment_ref, .. } = op else { panic!() };
    let other = refund("YL7Q261122ABCDEFGHJKR002", payment_ref, 5000);
    assert_eq!(channel.outcome(&other, reply, at(11)), Outcome::Unknown { code: "other_number".into() });
    let less = refund(REFUND, payment_ref, 4000);
    assert_eq!(channel.outcome(&less, reply, at(11)), Outcome::FixRequest { code: "other_amount".into() });
    let pay = Op::Pay(payment(5000));
    assert_eq!(channel.outcome(&pay, reply, at(11)), Outcome::FixRequest { code: "not_a_refund".into() });
}
