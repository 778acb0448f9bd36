//! What is believed of Stripe and of those who pretend to be it.

use crate::loopback::headers;
use crate::world::*;
use proptest::prelude::*;
use ring::hmac;
use std::sync::LazyLock;
use yuanlu_channels::callback::{CallbackError, Entrance, Verified};
use yuanlu_channels::stripe::{StripeChannel, StripeConfig};
use yuanlu_simulator::Behaviour;

const HOUR: i64 = 3600;

fn told(behaviour: Behaviour) -> Vec<String> {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, behaviour);
    world.ask(&world.refund(5000), 10);
    let mut news = Vec::new();
    for second in [60, 130, HOUR + 20, HOUR + 60, HOUR + 90, 2 * HOUR + 60, 26 * HOUR] {
        for request in world.due(second) {
            news.push(match world.receive(&request, second) {
                Ok(Verified::Refund { no, amount, outcome }) => {
                    assert_eq!((no.as_str(), amount), (REFUND, usd(5000)));
                    class(&outcome).to_owned()
                }
                Ok(other) => panic!("{other:?}"),
                Err(error) => error.to_string(),
            });
        }
    }
    news
}

/// T14: repeated, disordered and late webhooks, forgeries and recordings.
#[test]
fn t14_webhooks_say_what_became_of_a_refund() {
    use Behaviour::*;
    for (behaviour, expected) in [
        (AtOnce, vec!["arrived"]),
        (Later, vec!["accepted", "arrived"]),
        (RefusedLater, vec!["accepted", "other_route"]),
        (Bounces, vec!["arrived", "bounced"]),
        (Duplicates, vec!["accepted", "accepted", "accepted", "arrived", "arrived", "arrived"]),
        (OutOfOrder, vec!["arrived", "accepted"]),
        (Forged, vec!["accepted", "signature wrong", "timestamp too far from now", "arrived"]),
        (NoCallback, vec![]),
    ] {
        assert_eq!(told(behaviour), expected, "{behaviour:?}");
    }
}

fn signed(secret: &str, second: i64, body: &str) -> Vec<(String, String)> {
    let t = at(second).micros() / 1_000_000;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{t}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    vec![("Stripe-Signature".into(), format!("t={t},v1={hex}"))]
}

fn channel(change: impl FnOnce(&mut StripeConfig)) -> StripeChannel {
    let mut config = config("http://127.0.0.1:1");
    change(&mut config);
    StripeChannel::new(config).unwrap()
}

static CHANNEL: LazyLock<StripeChannel> = LazyLock::new(|| channel(|_| {}));
const BODY: &str = r#"{"id":"evt_1","type":"ping","livemode":false,"data":{"object":{}}}"#;

/// Computed with Stripe's own library, at that instant.
#[test]
fn the_vector_of_stripes_library() {
    let then = yuanlu_domain::time::Instant::from_micros(1_700_000_000_000_000);
    let tag = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925";
    let headers = vec![("stripe-signature".to_owned(), format!("t=1700000000,v1={tag}"))];
    // The signature is right and the content is not an event.
    assert_eq!(CHANNEL.callback(&headers, br#"{"id":"evt_1"}"#, then), Err(CallbackError::Malformed));
    assert_eq!(CHANNEL.callback(&headers, br#"{"id":"evt_2"}"#, then), Err(CallbackError::BadSignature));
}

#[test]
fn a_webhook_needs_a_signature_and_a_clock_that_agrees() {
    let other = Verified::Other { about: "ping".into() };
    for second in [-300, 0, 300] {
        assert_eq!(CHANNEL.callback(&signed(SECRET, second, BODY), BODY.as_bytes(), at(0)), Ok(other.clone()));
    }
    for second in [-301, 301, -HOUR, HOUR] {
        let refused = CHANNEL.callback(&signed(SECRET, second, BODY), BODY.as_bytes(), at(0));
        assert_eq!(refused, Err(CallbackError::Stale), "{second}");
    }
    let t = at(0).micros() / 1_000_000;
    for header in
        ["", "t=", "v1=00", &format!("t={t}"), &format!("t={t},v0=00"), "t=soon,v1=00", &format!("t={t},v1=zz")]
    {
        let headers = vec![("stripe-signature".to_owned(), header.to_owned())];
        assert_eq!(CHANNEL.callback(&headers, BODY.as_bytes(), at(0)), Err(CallbackError::Unsigned), "{header}");
    }
    assert_eq!(CHANNEL.callback(&[], BODY.as_bytes(), at(0)), Err(CallbackError::Unsigned));
    let forged = signed("whsec_another", 0, BODY);
    assert_eq!(CHANNEL.callback(&forged, BODY.as_bytes(), at(0)), Err(CallbackError::BadSignature));
}

#[test]
fn secrets_are_replaced_without_a_gap() {
    let both = channel(|config| {
        config.webhook_secret = "whsec_new".into();
        config.webhook_secret_before = SECRET.into();
    });
    for secret in ["whsec_new", SECRET] {
        assert!(both.callback(&signed(secret, 0, BODY), BODY.as_bytes(), at(0)).is_ok());
    }
    // Stripe signs with both meanwhile.
    let (old, new) = (signed("whsec_old", 0, BODY).remove(0).1, signed("whsec_new", 0, BODY).remove(0).1);
    let both_tags = format!("{old},{}", new.split_once(',').unwrap().1);
    let headers = vec![("stripe-signature".to_owned(), both_tags)];
    assert!(both.callback(&headers, BODY.as_bytes(), at(0)).is_ok());
}

#[test]
fn a_foreign_or_malformed_webhook_is_refused() {
    let receive = |body: &str| CHANNEL.callback(&signed(SECRET, 0, body), body.as_bytes(), at(0));
    assert_eq!(receive(&BODY.replace("false", "true")), Err(CallbackError::NotOurs));
    let refund = |object: &str| {
        format!(r#"{{"id":"evt_1","type":"refund.updated","livemode":false,"data":{{"object":{object}}}}}"#)
    };
    for body in ["", "null", "[]", "{}", "not json", &BODY.replace("data", "date"), &refund("{}"), &refund("7")] {
        assert_eq!(receive(body), Err(CallbackError::Malformed), "{body}");
    }
    // A refund that somebody made by hand is none of ours.
    let foreign = r#"{"id":"re_1","status":"succeeded","amount":1,"currency":"usd","metadata":{}}"#;
    assert_eq!(receive(&refund(foreign)), Ok(Verified::Other { about: "refund.updated".into() }));
    let strange = r#"{"id":"re_1","status":"succeeded","amount":1,"currency":"xau","metadata":{"refund_no":"R"}}"#;
    assert_eq!(receive(&refund(strange)), Err(CallbackError::Malformed));
}

#[test]
fn sessions_that_end_without_money_are_told() {
    let session = |kind: &str, paid: &str| {
        let object = format!(
            r#"{{"client_reference_id":"{PAYMENT}","payment_intent":"pi_1","payment_status":"{paid}","amount_total":5,"currency":"usd"}}"#
        );
        let body = format!(r#"{{"type":"{kind}","livemode":false,"data":{{"object":{object}}}}}"#);
        CHANNEL.callback(&signed(SECRET, 0, &body), body.as_bytes(), at(0)).unwrap()
    };
    let paid = Verified::PaymentSucceeded { no: PAYMENT.into(), channel_ref: "pi_1".into(), amount: usd(5) };
    assert_eq!(session("checkout.session.completed", "paid"), paid);
    assert_eq!(session("checkout.session.async_payment_succeeded", "paid"), paid);
    // Completed, and the bank has not said yes yet.
    let waits = Verified::Other { about: "checkout.session.completed".into() };
    assert_eq!(session("checkout.session.completed", "unpaid"), waits);
    for kind in ["checkout.session.expired", "checkout.session.async_payment_failed"] {
        let declined = Verified::PaymentDeclined { no: PAYMENT.into(), code: kind.replace('.', "_") };
        assert_eq!(session(kind, "unpaid"), declined);
    }
}

type Sample = (Vec<(String, String)>, Vec<u8>);

static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let world = World::paid(5000);
    world.ask(&world.refund(5000), 10);
    let request = world.due(11).remove(0);
    (headers(&request), request.into_body())
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Not one bit of a signed webhook can be changed, nor of its time.
    #[test]
    fn no_changed_byte_is_believed(place: prop::sample::Index, bit in 0_u8..8) {
        let (headers, body) = &*SAMPLE;
        prop_assert!(CHANNEL.callback(headers, body, at(11)).is_ok());
        let mut changed = body.clone();
        let place = place.index(changed.len());
        changed[place] ^= 1 << bit;
        prop_assert_eq!(CHANNEL.callback(headers, &changed, at(11)), Err(CallbackError::BadSignature));
    }

    #[test]
    fn no_changed_header_is_believed(place: prop::sample::Index, letter in "[0-9a-f]") {
        let (headers, body) = &*SAMPLE;
        let (_, signature) = headers.iter().find(|(name, _)| name == "stripe-signature").unwrap();
        // `v0` is not looked at.
        let signature = signature.split(",v0=").next().unwrap().to_owned();
        let place = place.index(signature.len());
        let mut changed = signature.clone();
        changed.replace_range(place..=place, &letter);
        prop_assume!(changed != signature);
        let headers = vec![("stripe-signature".to_owned(), changed)];
        prop_assert!(CHANNEL.callback(&headers, body, at(11)).is_err());
    }

    #[test]
    fn noise_is_refused(signature in "(t=[0-9]{0,12})?(,v1=[0-9a-f]{0,64}){0,3}", body: Vec<u8>) {
        let headers = vec![("stripe-signature".to_owned(), signature)];
        prop_assert!(CHANNEL.callback(&headers, &body, at(0)).is_err());
    }
}
