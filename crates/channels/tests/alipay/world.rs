//! A merchant of Alipay, and Alipay on a socket.
#![allow(clippy::unwrap_used, reason = "a test helper may panic")]

use super::loopback::{self, PATIENCE};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use yuanlu_channels::alipay::{Alipay, AlipayConfig};
use yuanlu_channels::callback::{CallbackError, Cashier, Entrance, PaymentOp, Scene, Verified};
use yuanlu_channels::{Channel, Op, PaymentWord, Reply};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_simulator::alipay::{AlipaySetup, AlipaySimulator, Serials};
use yuanlu_simulator::loopback::Loopback;
use yuanlu_simulator::{Behaviour, Choice, Chooser, practice};

pub const PAYMENT: &str = "YL7Q261122ABCDEFGHJKP001";
pub const REFUND: &str = "YL7Q261122ABCDEFGHJKR001";
pub const APP: &str = "2021000000000001";
pub const SELLER: &str = "2088000000000001";

/// A second of the test.
pub fn at(second: i64) -> Instant {
    Instant::from_shanghai(2026, 11, 22, 10, 0, 0).plus_seconds(second)
}

pub struct World {
    pub channel: Alipay,
    pub simulator: Arc<Mutex<AlipaySimulator>>,
    clock: Arc<AtomicI64>,
    pub server: Loopback,
}

/// The settings of a merchant with public keys.
pub fn config(base_url: &str) -> AlipayConfig {
    AlipayConfig {
        app_id: APP.into(),
        seller_id: SELLER.into(),
        private_key: practice::MERCHANT_KEY.into(),
        alipay_public_key: practice::PLATFORM_PUBLIC.into(),
        notify_url: "https://shop.test/callbacks/alipay".into(),
        base_url: base_url.into(),
        ..AlipayConfig::default()
    }
}

/// The settings of a merchant with certificates.
pub fn certificates(base_url: &str) -> AlipayConfig {
    AlipayConfig {
        alipay_public_key: String::new(),
        app_certificate: practice::MERCHANT_CERTIFICATE.into(),
        alipay_certificate: practice::ALIPAY_CERTIFICATE.into(),
        alipay_root_certificate: practice::ALIPAY_ROOTS.into(),
        ..config(base_url)
    }
}

impl World {
    pub fn new() -> Self {
        Self::of(false)
    }

    pub fn of(by_certificate: bool) -> Self {
        let setup = AlipaySetup {
            app_id: APP.into(),
            seller_id: SELLER.into(),
            merchant_key: practice::MERCHANT_PUBLIC.into(),
            platform_key: practice::PLATFORM_KEY.into(),
            stranger_key: practice::STRANGER_KEY.into(),
            serials: by_certificate.then(|| Serials {
                app: practice::MERCHANT_CERTIFICATE_NUMBER.into(),
                alipay: practice::ALIPAY_CERTIFICATE_NUMBER.into(),
                root: practice::ALIPAY_ROOTS_NUMBER.into(),
            }),
            base_url: String::new(),
            notify_url: "https://shop.test/callbacks/alipay".into(),
            chooser: Chooser::Always(Behaviour::AtOnce),
        };
        let simulator = Arc::new(Mutex::new(AlipaySimulator::new(setup).unwrap()));
        let clock = Arc::new(AtomicI64::new(at(0).micros()));
        let server = Loopback::start(simulator.clone(), clock.clone(), 2 * PATIENCE).unwrap();
        simulator.lock().unwrap().set_base_url(&server.url());
        let base_url = format!("{}/gateway.do", server.url());
        let config = if by_certificate { certificates(&base_url) } else { config(&base_url) };
        let channel = Alipay::new(config, at(0)).unwrap();
        Self { channel, simulator, clock, server }
    }

    pub fn simulator(&self) -> MutexGuard<'_, AlipaySimulator> {
        self.simulator.lock().unwrap()
    }

    /// With one payment made and its callback acknowledged.
    pub fn paid(minor: i64) -> Self {
        let world = Self::new();
        world.pay(minor);
        world
    }

    pub fn pay(&self, minor: i64) {
        self.open(minor, Scene::Page);
        self.simulator().bank_mut().choose(PAYMENT, Choice::Pay, at(0).micros()).unwrap();
        let due = self.simulator().due_callbacks(at(0).micros());
        assert_eq!(due.len(), 1);
        self.simulator().delivered(&due[0].0, 200, b"success");
    }

    pub fn payment_op(&self, minor: i64, scene: Scene) -> PaymentOp {
        PaymentOp {
            no: PAYMENT.into(),
            amount: Money::cny(minor),
            subject: "订单 261122ABCDEFGHJK & <more>".into(),
            return_url: "http://shop.test/orders/1?back=1&x=%20".into(),
            pay_until: at(1800),
            since: at(0),
            scene,
            payer_ip: String::new(),
        }
    }

    pub fn link(&self, minor: i64, scene: Scene) -> String {
        match self.channel.cashier(&self.payment_op(minor, scene), at(0)) {
            Cashier::Link(url) => url,
            other => panic!("{other:?}"),
        }
    }

    /// The payer opens the cashier's page.
    pub fn open(&self, minor: i64, scene: Scene) -> u16 {
        let page = http::Request::get(self.link(minor, scene)).body(vec![]).unwrap();
        match self.send(&page, 0) {
            Reply::Http { status, .. } => status,
            other => panic!("{other:?}"),
        }
    }

    pub fn send(&self, request: &http::Request<Vec<u8>>, second: i64) -> Reply {
        self.clock.store(at(second).micros(), Ordering::SeqCst);
        loopback::call(request)
    }

    pub fn reply(&self, op: &Op, second: i64) -> Reply {
        self.send(&self.channel.request(op, at(second)).unwrap(), second)
    }

    pub fn ask(&self, op: &Op, second: i64) -> Outcome {
        self.channel.outcome(op, &self.reply(op, second), at(second))
    }

    pub fn word(&self, op: &Op, second: i64) -> PaymentWord {
        self.channel.payment_word(op, &self.reply(op, second), at(second))
    }

    pub fn trade_no(&self) -> String {
        self.simulator().bank().payment(PAYMENT).unwrap().transactions[0].channel_ref.clone()
    }

    pub fn refund_of(&self, no: &str, minor: i64) -> Op {
        Op::Refund {
            no: no.into(),
            payment_no: PAYMENT.into(),
            payment_ref: self.trade_no(),
            amount: Money::cny(minor),
            total: Money::cny(5000),
            reason: "261122ABCDEFGHJK".into(),
            since: at(10),
        }
    }

    pub fn refund(&self, minor: i64) -> Op {
        self.refund_of(REFUND, minor)
    }

    pub fn query(&self, minor: i64) -> Op {
        Op::QueryRefund {
            no: REFUND.into(),
            payment_no: PAYMENT.into(),
            payment_ref: self.trade_no(),
            amount: Money::cny(minor),
            since: at(10),
        }
    }

    pub fn receive(&self, body: &[u8]) -> Result<Verified, CallbackError> {
        self.channel.callback(&[], body, at(0))
    }
}

pub fn class(outcome: &Outcome) -> &'static str {
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
