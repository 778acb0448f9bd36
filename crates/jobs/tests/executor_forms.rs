//! The one HTTP executor between the client of Alipay and its simulator: forms arrive as they were signed.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use yuanlu_channels::alipay::{Alipay, AlipayConfig};
use yuanlu_channels::callback::{PaymentOp, Scene};
use yuanlu_channels::{CashierWord, Channel, Op};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_jobs::HttpTransport;
use yuanlu_money::Money;
use yuanlu_simulator::alipay::{AlipaySetup, AlipaySimulator};
use yuanlu_simulator::loopback::Loopback;
use yuanlu_simulator::{Behaviour, Choice, Chooser, practice};

#[test]
fn alipay_over_the_real_executor() {
    let now = Instant::from_shanghai(2026, 11, 24, 10, 0, 0);
    let setup = AlipaySetup {
        app_id: "2021000000000001".into(),
        seller_id: "2088000000000001".into(),
        merchant_key: practice::MERCHANT_PUBLIC.into(),
        platform_key: practice::PLATFORM_KEY.into(),
        stranger_key: practice::STRANGER_KEY.into(),
        serials: None,
        base_url: String::new(),
        notify_url: "http://127.0.0.1:1/callback/alipay".into(),
        chooser: Chooser::Always(Behaviour::DropMoved),
    };
    let simulator = Arc::new(Mutex::new(AlipaySimulator::new(setup).expect("good keys")));
    let clock = Arc::new(AtomicI64::new(now.micros()));
    let server = Loopback::start(simulator.clone(), clock, Duration::ZERO).expect("a thread");
    let config = AlipayConfig {
        app_id: "2021000000000001".into(),
        private_key: practice::MERCHANT_KEY.into(),
        alipay_public_key: practice::PLATFORM_PUBLIC.into(),
        notify_url: "http://127.0.0.1:1/callback/alipay".into(),
        base_url: format!("{}/gateway.do", server.url()),
        ..AlipayConfig::default()
    };
    let channel = Alipay::new(config, now).expect("good settings");
    let executor = HttpTransport::new().expect("a thread");
    let call = |op: &Op| executor.call(channel.request(op, now).expect("can be said"));

    let payment = PaymentOp {
        no: "YL7Q261122ABCDEFGHJKP001".into(),
        amount: Money::cny(5000),
        subject: "订单 & more + 100%".into(),
        return_url: "https://shop.example/o?a=1&b=%20".into(),
        pay_until: now.plus_minutes(30),
        since: now,
        scene: Scene::Qr,
        payer_ip: String::new(),
    };
    let word = channel.cashier_word(&payment, &call(&Op::Pay(payment.clone())), now);
    assert!(matches!(word, CashierWord::Ready(..)), "{word:?}");
    let mut simulator = simulator.lock().expect("whole");
    simulator.bank_mut().choose(payment.no.as_str(), Choice::Pay, now.micros()).expect("can be paid");
    let paid = simulator.bank().payment(payment.no.as_str()).expect("is there");
    let payment_ref = paid.transactions[0].channel_ref.clone();
    drop(simulator);

    let (amount, payment_no) = (Money::cny(1999), payment.no.clone());
    let send = Op::Refund {
        no: "YL7Q261122ABCDEFGHJKR001".into(),
        payment_no: payment_no.clone(),
        payment_ref: payment_ref.clone(),
        amount,
        total: Money::cny(5000),
        reason: "订单 261122".into(),
        since: now,
    };
    let ask = Op::QueryRefund { no: "YL7Q261122ABCDEFGHJKR001".into(), payment_no, payment_ref, amount, since: now };
    assert!(matches!(channel.outcome(&send, &call(&send), now), Outcome::Unknown { .. }), "the answer is lost");
    assert!(matches!(channel.outcome(&send, &call(&send), now), Outcome::Accepted { .. }), "said again, moved once");
    assert!(matches!(channel.outcome(&ask, &call(&ask), now), Outcome::Arrived { .. }));
}
