//! A merchant of UnionPay, and UnionPay on a socket.
#![allow(clippy::unwrap_used, reason = "a test helper may panic")]

use super::loopback::{self, PATIENCE};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use yuanlu_channels::callback::{CallbackError, Cashier, Entrance, PaymentOp, Scene, Verified};
use yuanlu_channels::unionpay::{UnionPay, UnionPayConfig};
use yuanlu_channels::{Channel, Op, PaymentWord, Reply};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_simulator::loopback::Loopback;
use yuanlu_simulator::unionpay::{UnionPaySetup, UnionPaySimulator};
use yuanlu_simulator::{Behaviour, Choice, Chooser, practice};

pub const PAYMENT: &str = "YL7Q261122ABCDEFGHJKP001";
pub const REFUND: &str = "YL7Q261122ABCDEFGHJKR001";
pub const MERCHANT: &str = "777290058110048";

/// A second of the test.
pub fn at(second: i64) -> Instant {
    Instant::from_shanghai(2026, 11, 22, 10, 0, 0).plus_seconds(second)
}

pub struct World {
    pub channel: UnionPay,
    pub simulator: Arc<Mutex<UnionPaySimulator>>,
    clock: Arc<AtomicI64>,
    _server: Loopback,
}

pub fn config(base_url: &str) -> UnionPayConfig {
    UnionPayConfig {
        merchant_id: MERCHANT.into(),
        private_key: practice::MERCHANT_KEY.into(),
        certificate: practice::MERCHANT_CERTIFICATE.into(),
        root_certificate: practice::ROOT_CERTIFICATE.into(),
        middle_certificate: practice::MIDDLE_CERTIFICATE.into(),
        signer: "中国银联股份有限公司".into(),
        notify_url: "https://shop.test/callbacks/unionpay".into(),
        base_url: base_url.into(),
        file_url: base_url.into(),
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(practice::UNIONPAY_CERTIFICATE, practice::PLATFORM_KEY)
    }

    /// Answered by whoever has this certificate and key.
    pub fn with(certificate: &str, key: &str) -> Self {
        let setup = UnionPaySetup {
            merchant_id: MERCHANT.into(),
            merchant_certificate: practice::MERCHANT_CERTIFICATE.into(),
            merchant_serial: practice::MERCHANT_CERTIFICATE_SERIAL.into(),
            platform_key: key.into(),
            platform_certificate: certificate.into(),
            stranger_key: practice::STRANGER_KEY.into(),
            stranger_certificate: practice::STRANGER_CERTIFICATE.into(),
            chooser: Chooser::Always(Behaviour::AtOnce),
        };
        let simulator = Arc::new(Mutex::new(UnionPaySimulator::new(setup).unwrap()));
        let clock = Arc::new(AtomicI64::new(at(0).micros()));
        let server = Loopback::start(simulator.clone(), clock.clone(), 2 * PATIENCE).unwrap();
        let channel = UnionPay::new(config(&server.url()), at(0)).unwrap();
        Self { channel, simulator, clock, _server: server }
    }

    pub fn simulator(&self) -> MutexGuard<'_, UnionPaySimulator> {
        self.simulator.lock().unwrap()
    }

    /// With one payment made and its callback acknowledged.
    pub fn paid(minor: i64) -> Self {
        let world = Self::new();
        assert_eq!(world.open(minor), 200);
        world.simulator().bank_mut().choose(PAYMENT, Choice::Pay, at(0).micros()).unwrap();
        let due = world.simulator().due_callbacks(at(0).micros());
        assert_eq!(due.len(), 1);
        world.simulator().delivered(&due[0].0, 200);
        world
    }

    pub fn payment_op(&self, minor: i64, scene: Scene) -> PaymentOp {
        PaymentOp {
            no: PAYMENT.into(),
            amount: Money::cny(minor),
            subject: "261122ABCDEFGHJK".into(),
            return_url: "http://shop.test/orders/1?back=1".into(),
            pay_until: at(1800),
            since: at(0),
            scene,
            payer_ip: String::new(),
        }
    }

    /// The payer's browser posts the form.
    pub fn open(&self, minor: i64) -> u16 {
        let cashier = self.channel.cashier(&self.payment_op(minor, Scene::Page), at(5));
        let Cashier::Form { action, fields } = cashier else { panic!("{cashier:?}") };
        let encode = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
        let body: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let request = http::Request::post(action).body(body.join("&").into_bytes()).unwrap();
        match self.send(&request, 0) {
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

    pub fn query_id(&self) -> String {
        self.simulator().bank().payment(PAYMENT).unwrap().transactions[0].channel_ref.clone()
    }

    pub fn refund_of(&self, no: &str, minor: i64) -> Op {
        Op::Refund {
            no: no.into(),
            payment_no: PAYMENT.into(),
            payment_ref: self.query_id(),
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
            payment_ref: self.query_id(),
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
