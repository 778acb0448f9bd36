//! Payments, refunds and transfers, in every way that the channel can behave.

use crate::world::*;
use yuanlu_channels::callback::{Cashier, Entrance, PaymentOp, Scene, Verified};
use yuanlu_channels::wechat::{AbnormalTo, WechatChannel, WechatConfig};
use yuanlu_channels::{CashierWord, Channel, Impossible, Op, Payee, PaymentWord, Reply};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_money::{Currency, Money};
use yuanlu_simulator::{Behaviour, Choice, practice};

const HOUR: i64 = 3600;

/// Sends a refund that behaves so, asks one minute later and again at the given hours; the classes of the answers.
fn answers(behaviour: Behaviour, hours: &[i64]) -> Vec<&'static str> {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, behaviour);
    let mut seen = vec![class(&world.ask(&world.refund(5000), 10))];
    for seconds in [70].into_iter().chain(hours.iter().map(|h| h * HOUR + 600)) {
        seen.push(class(&world.ask(&world.query(5000), seconds)));
    }
    assert!(world.departures(REFUND) <= 1);
    assert_eq!(world.simulator().bank().books().violations, Vec::<String>::new());
    seen
}

#[test]
fn every_behaviour_has_its_classes() {
    use Behaviour::*;
    let expected: [(Behaviour, &[i64], &[&str]); 22] = [
        (AtOnce, &[], &["arrived", "arrived"]),
        (Later, &[1, 2], &["accepted", "accepted", "accepted", "arrived"]),
        // The account was closed before anything was recorded, so asking proves that nothing moved.
        (Refused, &[], &["other_route", "not_found"]),
        (DropMoved, &[], &["unknown", "arrived"]),
        (DropLost, &[], &["unknown", "not_found"]),
        (ErrorMoved, &[], &["unknown", "arrived"]),
        (ErrorLost, &[], &["unknown", "not_found"]),
        (NeedFunds, &[], &["need_funds", "not_found"]),
        // T38: a closed card is not a failure, and the money may still arrive.
        (Abnormal, &[1, 72], &["accepted", "accepted", "manual", "arrived"]),
        // A bounce is in the bill alone.
        (Bounces, &[24], &["arrived", "arrived", "arrived"]),
        (Duplicates, &[1], &["accepted", "accepted", "arrived"]),
        (OutOfOrder, &[1], &["accepted", "accepted", "arrived"]),
        (Forged, &[1, 2], &["accepted", "accepted", "accepted", "arrived"]),
        (RefusedLater, &[1], &["accepted", "accepted", "other_route"]),
        (Busy, &[], &["retry", "not_found"]),
        // T05, T39: a 200 without a signature proves nothing.
        (Unsigned, &[1], &["unknown", "accepted", "arrived"]),
        (NewStatus, &[1], &["unknown", "unknown", "arrived"]),
        (LateCallback, &[1], &["accepted", "accepted", "arrived"]),
        (Stalled, &[24, 24 * 30], &["accepted", "accepted", "accepted", "arrived"]),
        (NoCallback, &[1], &["accepted", "accepted", "arrived"]),
        (SlowMoved, &[], &["unknown", "arrived"]),
        (SlowLost, &[], &["unknown", "not_found"]),
    ];
    for (behaviour, hours, classes) in expected {
        assert_eq!(answers(behaviour, hours), classes, "{behaviour:?}");
    }
}

/// T03, T08: a lost answer, whether or not the money moved, and the same number sent again and again.
#[test]
fn t03_t08_a_number_moves_money_once() {
    for behaviour in [Behaviour::DropMoved, Behaviour::DropLost, Behaviour::ErrorMoved, Behaviour::SlowLost] {
        let world = World::paid(5000);
        world.simulator().bank_mut().script(REFUND, behaviour);
        let send = world.refund(5000);
        assert_eq!(class(&world.ask(&send, 10)), "unknown");
        for second in 11..14 {
            assert_eq!(class(&world.ask(&send, second)), "arrived");
        }
        assert_eq!(world.departures(REFUND), 1);
    }
}

#[test]
fn t36_short_funds_go_to_a_person_and_work_after_topping_up() {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, Behaviour::NeedFunds);
    let send = world.refund(5000);
    assert_eq!(world.ask(&send, 10), Outcome::NeedFunds { code: "NOT_ENOUGH".into() });
    world.simulator().bank_mut().top_up(at(30).micros());
    assert_eq!(class(&world.ask(&send, 40)), "arrived");
    assert_eq!(world.departures(REFUND), 1);
}

#[test]
fn another_sum_under_a_known_number_goes_to_a_person() {
    let world = World::paid(5000);
    assert_eq!(class(&world.ask(&world.refund(3000), 10)), "arrived");
    assert_eq!(world.ask(&world.refund(2000), 80), Outcome::FixRequest { code: "INVALID_REQUEST".into() });
    assert_eq!(world.ask(&world.query(2000), 90), Outcome::FixRequest { code: "other_amount".into() });
    assert_eq!(world.gone(REFUND), 3000);
}

#[test]
fn refunds_of_one_payment_keep_the_pace_that_the_client_tells() {
    let world = World::paid(5000);
    let reference = world.reference();
    let second = "YL7Q261122ABCDEFGHJKR002";
    assert_eq!(class(&world.ask(&world.refund(3000), 10)), "arrived");
    let gap = i64::from(world.channel.pace().payment_gap_seconds);
    assert_eq!(class(&world.ask(&refund(second, &reference, 2000), 10 + gap - 1)), "retry");
    assert_eq!(class(&world.ask(&refund(second, &reference, 2000), 10 + gap)), "arrived");
    let third = refund("YL7Q261122ABCDEFGHJKR003", &reference, 1);
    assert_eq!(class(&world.ask(&third, 200)), "fix");
    assert_eq!(world.simulator().bank().books().returned(PAYMENT), 5000);
}

#[test]
fn what_cannot_be_said_is_not_sent() {
    let world = World::paid(5000);
    let dollars = Money::new(100, Currency::Usd);
    let change = |change: &dyn Fn(&mut Op)| {
        let mut op = world.refund(5000);
        change(&mut op);
        world.channel.request(&op, at(0)).unwrap_err()
    };
    assert_eq!(
        change(&|op| if let Op::Refund { amount, .. } = op {
            *amount = dollars
        }),
        Impossible::Currency
    );
    assert_eq!(
        change(&|op| if let Op::Refund { amount, .. } = op {
            *amount = Money::cny(0)
        }),
        Impossible::Amount
    );
    assert_eq!(
        change(&|op| if let Op::Refund { amount, .. } = op {
            *amount = Money::cny(5001)
        }),
        Impossible::Amount
    );
    assert_eq!(
        change(&|op| if let Op::Refund { no, .. } = op {
            *no = "R/../1".into()
        }),
        Impossible::Number
    );
    assert_eq!(
        change(&|op| if let Op::Refund { payment_ref, .. } = op {
            payment_ref.clear()
        }),
        Impossible::Number
    );
    let query = Op::QueryPayment { no: "P001?x=".into(), since: at(0), prepared: None };
    assert_eq!(world.channel.request(&query, at(0)).unwrap_err(), Impossible::Number);
}

#[test]
fn an_answer_about_a_payment_names_its_payer_as_the_callback_does() {
    let world = World::new();
    let query = Op::QueryPayment { no: PAYMENT.into(), since: at(0), prepared: None };
    assert!(matches!(world.prepare(&payment(5000), 0), CashierWord::Ready(..)));
    assert_eq!(world.channel.payer_named(&query, &world.reply(&query, 1), at(1)), None);
    world.simulator().bank_mut().choose_as(PAYMENT, Choice::Pay, "alice", at(1).micros()).unwrap();
    let reply = world.reply(&query, 2);
    let payer = world.channel.payer_named(&query, &reply, at(2)).unwrap();
    assert_eq!(world.channel.payer_named(&query, &reply, at(302)), None, "a recording names nobody");
    let callbacks = world.due(2);
    assert_eq!(world.channel.payer(callbacks[0].body()), Some(payer));
}

#[test]
fn the_clock_of_the_merchant_must_be_right() {
    let world = World::paid(5000);
    let request = world.channel.request(&world.refund(5000), at(0)).unwrap();
    let reply = world.send(&request, 301);
    assert_eq!(
        world.channel.outcome(&world.refund(5000), &reply, at(301)),
        Outcome::FixRequest { code: "SIGN_ERROR".into() }
    );
    assert_eq!(world.gone(REFUND), 0);
}

#[test]
fn payments_by_code_by_page_and_inside_wechat() {
    let world = World::new();
    let ready = world.prepare(&payment(5000), 1);
    assert_eq!(ready, CashierWord::Ready(Cashier::Qr(format!("weixin://wxpay/bizpayurl?pr={PAYMENT}")), None));
    // A payer who comes back gets the code again; another sum is refused.
    assert_eq!(world.prepare(&payment(5000), 2), ready);
    assert_eq!(world.prepare(&payment(5001), 3), CashierWord::Refused { code: "INVALID_REQUEST".into() });

    let mobile = PaymentOp { no: "YL7Q261122ABCDEFGHJKP002".into(), scene: Scene::Mobile, ..payment(100) };
    assert_eq!(world.channel.request(&Op::Pay(mobile.clone()), at(0)).unwrap_err(), Impossible::Text);
    let mobile = PaymentOp { payer_ip: "2001:db8::7".into(), ..mobile };
    let CashierWord::Ready(Cashier::Link(url), None) = world.prepare(&mobile, 4) else { panic!() };
    assert!(url.ends_with("&redirect_url=https%3A%2F%2Fshop.example%2Forders%2F1%3Fx%3D1"), "{url}");

    let inside = PaymentOp { no: "YL7Q261122ABCDEFGHJKP003".into(), ..payment(100) };
    let request = world.channel.jsapi_request(&inside, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", at(5)).unwrap();
    let page = world.channel.jsapi_pay(&world.send(&request, 5), at(5)).unwrap();
    assert!(page.package.starts_with("prepay_id=wx") && page.app_id == "wxb4ba3c02aa476ea1");
    assert_eq!(page.timestamp, (at(5).micros() / 1_000_000).to_string());
}

#[test]
fn payments_are_asked_about_and_closed() {
    let (no, since) = (ChannelNumber::from(PAYMENT), at(0));
    let query = Op::QueryPayment { no: no.clone(), since, prepared: None };
    let close = Op::ClosePayment { no, since, prepared: None };
    let world = World::new();
    assert_eq!(world.word(&query, 1), PaymentWord::NotFound);
    assert_eq!(world.word(&close, 1), PaymentWord::NotFound);
    world.prepare(&payment(5000), 2);
    assert_eq!(world.word(&query, 3), PaymentWord::Open);
    assert_eq!(world.word(&close, 4), PaymentWord::NotFound);
    assert_eq!(world.word(&query, 5), PaymentWord::NotFound);
    assert_eq!(world.prepare(&payment(5000), 6), CashierWord::Refused { code: "ORDER_CLOSED".into() });

    let world = World::new();
    world.prepare(&payment(5000), 2);
    world.choose(Choice::Twice, 3);
    let PaymentWord::Succeeded { transactions } = world.word(&query, 4) else { panic!() };
    assert_eq!(transactions, [(world.reference(), Money::cny(5000))]);
    // Closing what was paid is no proof of anything.
    assert_eq!(world.word(&close, 5), PaymentWord::Unknown { code: "ORDERPAID".into() });
    let told: Vec<_> = world.due(6).iter().map(|request| world.receive(request, 6).unwrap()).collect();
    let references: Vec<_> = told
        .iter()
        .map(|news| match news {
            Verified::PaymentSucceeded { no, channel_ref, amount } => {
                assert_eq!((no.as_str(), *amount), (PAYMENT, Money::cny(5000)));
                channel_ref.clone()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(references.len(), 2);
    assert_ne!(references[0], references[1]);
    // Refunded, it was paid all the same.
    assert_eq!(class(&world.ask(&world.refund(5000), 70)), "arrived");
    assert!(matches!(world.word(&query, 80), PaymentWord::Succeeded { .. }));

    let world = World::new();
    world.prepare(&payment(5000), 2);
    world.choose(Choice::Decline, 3);
    assert_eq!(world.word(&query, 4), PaymentWord::Declined { code: "PAYERROR".into() });
}

#[test]
fn an_abnormal_refund_is_finished_under_its_own_number() {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, Behaviour::Abnormal);
    let Outcome::Accepted { channel_ref } = world.ask(&world.refund(5000), 10) else { panic!() };
    let card =
        AbnormalTo { bank: "ICBC_DEBIT".into(), account: "6222021234567890123".into(), name: "张三丰".into() };
    let no = ChannelNumber::from(REFUND);
    let finish = |second| world.channel.finish_abnormal(&no, &channel_ref, &card, at(second)).unwrap();
    let query = world.query(5000);
    let word = |second| world.channel.outcome(&query, &world.send(&finish(second), second), at(second));
    // Not before it is abnormal.
    assert_eq!(class(&word(20)), "fix");
    assert_eq!(class(&world.ask(&query, 3700)), "manual");
    assert_eq!(class(&word(3710)), "accepted");
    assert_eq!(class(&world.ask(&query, 3710 + HOUR)), "arrived");
    assert_eq!(world.departures(REFUND), 1);
    let text = String::from_utf8(finish(5).into_body()).unwrap();
    assert!(!text.contains("6222021234567890123") && !text.contains("张三丰"));
    assert!(!format!("{card:?}").contains("6222"));
    let credit = AbnormalTo { bank: "ICBC_CREDIT".into(), ..card };
    assert_eq!(world.channel.finish_abnormal(&no, &channel_ref, &credit, at(5)).unwrap_err(), Impossible::Text);
}

fn transfer(name: &str, account: &str, minor: i64) -> (Op, Op) {
    let no = ChannelNumber::from("YL7Q261122ABCDEFGHJKR009");
    let amount = Money::cny(minor);
    let payee = Payee { account: account.into(), name: name.into() };
    (Op::Remit { no: no.clone(), payee, amount, reason: "261122ABCDEFGHJK".into() }, Op::QueryRemit { no, amount })
}

#[test]
fn a_remittance_is_paid_to_the_right_name_only() {
    for (name, account, minor, first, then) in [
        ("李四", "openid-of-li-si", 250_000, "arrived", "arrived"),
        ("张三", "openid-of-li-si", 250_000, "other_route", "other_route"),
        ("李四", "openid-of-nobody", 250_000, "other_route", "other_route"),
    ] {
        let world = World::new();
        world.simulator().bank_mut().add_account("openid-of-li-si", "李四");
        let (send, ask) = transfer(name, account, minor);
        assert_eq!(class(&world.ask(&send, 1)), first, "{name} {account}");
        assert_eq!(class(&world.ask(&ask, 60)), then, "{name} {account}");
        assert_eq!(world.departures("YL7Q261122ABCDEFGHJKR009"), usize::from(first == "arrived"));
    }
    let world = World::new();
    let (send, ask) = transfer("李四", "openid-of-li-si", 250_000);
    assert_eq!(class(&world.ask(&ask, 1)), "not_found");
    assert!(!String::from_utf8(world.channel.request(&send, at(1)).unwrap().into_body()).unwrap().contains("李四"));
}

#[test]
fn a_remittance_waits_for_the_payees_word() {
    let world = World::new();
    let (send, ask) = transfer("李四", "openid", 5000);
    world.simulator().bank_mut().script("YL7Q261122ABCDEFGHJKR009", Behaviour::Later);
    let reply = world.reply(&send, 1);
    assert_eq!(class(&world.channel.outcome(&send, &reply, at(1))), "accepted");
    assert!(world.channel.confirmation(&reply, at(1)).is_some_and(|text| !text.is_empty()));
    assert_eq!(class(&world.ask(&ask, 2 * HOUR + 5)), "arrived");
    let news: Vec<_> = world.due(2 * HOUR + 6).iter().map(|r| world.receive(r, 2 * HOUR + 6).unwrap()).collect();
    let [Verified::Refund { no, amount, outcome }] = news.as_slice() else { panic!("{news:?}") };
    assert_eq!((no.as_str(), *amount, class(outcome)), ("YL7Q261122ABCDEFGHJKR009", Money::cny(5000), "arrived"));
}

/// T05, T11: no answer, a broken one and an unsigned one.
#[test]
fn t05_t11_silence_is_never_success_and_what_was_not_sent_is_not_pending() {
    let world = World::paid(5000);
    let send = world.refund(5000);
    let lost = [(Reply::TimedOut, "unknown"), (Reply::ConnectionLost, "unknown"), (Reply::NotSent, "retry")];
    for (reply, expected) in lost {
        assert_eq!(class(&world.channel.outcome(&send, &reply, at(1))), expected);
    }
    for status in [200, 204, 301, 403, 404, 500, 502, 503] {
        let lie = "{\"code\":\"USER_ACCOUNT_ABNORMAL\",\"status\":\"SUCCESS\"}";
        for body in ["", "ok", "null", "{}", "<html>", lie] {
            let reply = Reply::Http { status, headers: vec![], body: body.into() };
            assert_eq!(class(&world.channel.outcome(&send, &reply, at(1))), "unknown", "{status} {body}");
        }
    }
}

#[test]
fn in_certificate_mode_everything_is_the_same() {
    let world = World::of(by_certificate);
    world.pay(5000);
    assert_eq!(class(&world.ask(&world.refund(5000), 10)), "arrived");
    let news: Vec<_> = world.due(11).iter().map(|request| world.receive(request, 11).unwrap()).collect();
    assert!(matches!(news.as_slice(), [Verified::Refund { outcome: Outcome::Arrived { .. }, .. }]), "{news:?}");
    let (send, _) = transfer("李四", "openid", 250_000);
    world.simulator().bank_mut().add_account("openid", "李四");
    assert_eq!(class(&world.ask(&send, 20)), "arrived");
}

/// What WeChat hands out can be set as it is, and an APIv3 key that is another is found out without moving money.
#[test]
fn certificates_are_fetched_with_the_key_for_callbacks() {
    let world = World::of(by_certificate);
    let reply = world.send(&world.channel.certificates_request(at(1)).unwrap(), 1);
    let found = world.channel.certificates(&reply).unwrap();
    let [certificate] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(certificate.serial, practice::PLATFORM_SERIAL);
    assert!(certificate.valid.0 < at(0) && at(0) < certificate.valid.1);
    let set = WechatConfig { platform_certificates: certificate.pem.clone(), ..by_certificate("http://127.0.0.1:1") };
    assert_eq!(set.check(), []);
    let other = WechatConfig { api_key: "another-key-of-thirty-two-letter".into(), ..set };
    assert_eq!(WechatChannel::new(other).unwrap().certificates(&reply), Err("not_for_us".into()));

    let world = World::new();
    let reply = world.send(&world.channel.certificates_request(at(1)).unwrap(), 1);
    assert_eq!(world.channel.certificates(&reply), Err("RESOURCE_NOT_EXISTS".into()));
    assert_eq!(world.channel.certificates(&Reply::TimedOut), Err("timed_out".into()));
}

/// A payment of more than a year ago cannot go back this way.
#[test]
fn after_a_year_a_person_looks() {
    let world = World::paid(5000);
    let year = 365 * 24 * HOUR;
    assert_eq!(world.ask(&world.refund(5000), year + 1), Outcome::FixRequest { code: "INVALID_REQUEST".into() });
    assert_eq!(class(&world.ask(&world.refund(5000), year - 1)), "arrived");
}

#[test]
fn a_saved_simulator_goes_on_where_it_was() {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, Behaviour::Later);
    assert_eq!(class(&world.ask(&world.refund(5000), 10)), "accepted");
    let text = world.simulator().save();
    *world.simulator() = yuanlu_simulator::wechat::WechatSimulator::load(&text).unwrap();
    assert_eq!(world.simulator().save(), text);
    assert_eq!(class(&world.ask(&world.query(5000), 2 * HOUR + 20)), "arrived");
    let news: Vec<_> = world.due(2 * HOUR + 30).iter().map(|r| world.receive(r, 2 * HOUR + 30)).collect();
    assert_eq!(news.len(), 1);
}
