//! A shop's client of Stripe and a simulated Stripe, with HTTP between them and a clock that the test moves.

use crate::loopback::{PATIENCE, call, headers};
use http::Request;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use yuanlu_channels::callback::{CallbackError, Entrance, PaymentOp, Scene, Verified};
use yuanlu_channels::stripe::{StripeChannel, StripeConfig};
use yuanlu_channels::{CashierWord, Channel, Op, PaymentWord, Reply};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};
use yuanlu_simulator::loopback::Loopback;
use yuanlu_simulator::stripe::{StripeSetup, StripeSimulator};
use yuanlu_simulator::{Behaviour, Choice, Chooser};

pub const PAYMENT: &str = "YL7Q261122ABCDEFGHJKP001";
pub const REFUND: &str = "YL7Q261122ABCDEFGHJKR001";
pub const SECRET: &str = "whsec_test";

/// A second of the test.
pub fn at(second: i64) -> Instant {
    Instant::from_shanghai(2026, 11, 22, 10, 0, 0).plus_seconds(second)
}

pub fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::Usd)
}

pub fn config(base_url: &str) -> StripeConfig {
    StripeConfig {
        secret_key: "sk_test_0123456789abcdef".into(),
        webhook_secret: SECRET.into(),
        webhook_secret_before: "".into(),
        base_url: base_url.into(),
    }
}

pub struct World {
    pub channel: StripeChannel,
    simulator: Arc<Mutex<StripeSimulator>>,
    clock: Arc<AtomicI64>,
    _server: Loopback,
}

impl World {
    pub fn new() -> Self {
        let simulator = Arc::new(Mutex::new(StripeSimulator::new(StripeSetup {
            secret_key: "sk_test_0123456789abcdef".into(),
            webhook_secret: SECRET.into(),
            webhook_url: "http://127.0.0.1:1/callbacks/stripe".into(),
            chooser: Chooser::Always(Behaviour::AtOnce),
        })));
        let clock = Arc::new(AtomicI64::new(at(0).micros()));
        let server = Loopback::start(simulator.clone(), clock.clone(), PATIENCE * 2).unwrap();
        Self { channel: StripeChannel::new(config(&server.url())).unwrap(), simulator, clock, _server: server }
    }

    /// With one payment made and its webhook acknowledged.
    pub fn paid(minor: i64) -> Self {
        let world = Self::new();
        assert!(matches!(world.prepare(&payment(minor), 0), CashierWord::Ready(..)));
        world.choose(Choice::Pay, 0);
        assert_eq!(world.due(0).len(), 1);
        world
    }

    pub fn simulator(&self) -> MutexGuard<'_, StripeSimulator> {
        self.simulator.lock().unwrap()
    }

    pub fn choose(&self, choice: Choice, second: i64) {
        self.simulator().bank_mut().choose(PAYMENT, choice, at(second).micros()).unwrap();
    }

    pub fn send(&self, request: &Request<Vec<u8>>, second: i64) -> Reply {
        self.clock.store(at(second).micros(), Ordering::SeqCst);
        call(request)
    }

    pub fn reply(&self, op: &Op, second: i64) -> Reply {
        self.send(&self.channel.request(op, at(second)).unwrap(), second)
    }

    pub fn ask(&self, op: &Op, second: i64) -> Outcome {
        self.channel.outcome(op, &self.reply(op, second), at(second))
    }

    pub fn prepare(&self, op: &PaymentOp, second: i64) -> CashierWord {
        self.channel.cashier_word(op, &self.reply(&Op::Pay(op.clone()), second), at(second))
    }

    pub fn word(&self, second: i64) -> PaymentWord {
        let op = Op::QueryPayment { no: PAYMENT.into(), since: at(0), prepared: None };
        self.channel.payment_word(&op, &self.reply(&op, second), at(second))
    }

    /// Webhooks due now, acknowledged.
    pub fn due(&self, second: i64) -> Vec<Request<Vec<u8>>> {
        let mut simulator = self.simulator();
        let due = simulator.due_callbacks(at(second).micros());
        due.iter().for_each(|(event, _)| simulator.delivered(event, 200));
        due.into_iter().map(|(_, request)| request).collect()
    }

    pub fn receive(&self, request: &Request<Vec<u8>>, second: i64) -> Result<Verified, CallbackError> {
        self.channel.callback(&headers(request), request.body(), at(second))
    }

    pub fn refund(&self, minor: i64) -> Op {
        refund(REFUND, &self.reference(), minor)
    }

    pub fn query(&self, minor: i64) -> Op {
        Op::QueryRefund {
            no: REFUND.into(),
            payment_no: PAYMENT.into(),
            payment_ref: self.reference(),
            amount: usd(minor),
            since: at(0),
        }
    }

    pub fn reference(&self) -> String {
        format!("pi_{}", self.simulator().bank().payment(PAYMENT).unwrap().transactions[0].channel_ref)
    }

    pub fn departures(&self) -> usize {
        self.simulator().bank().books().departures(REFUND)
    }

    pub fn returned(&self) -> i64 {
        self.simulator().bank().books().returned(PAYMENT)
    }
}

pub fn refund(no: &str, reference: &str, minor: i64) -> Op {
    Op::Refund {
        no: no.into(),
        payment_no: PAYMENT.into(),
        payment_ref: reference.into(),
        amount: usd(minor),
        total: usd(5000),
        reason: "261122ABCDEFGHJK".into(),
        since: at(0),
    }
}

pub fn payment(minor: i64) -> PaymentOp {
    PaymentOp {
        no: PAYMENT.into(),
        amount: usd(minor),
        subject: "Order 261122ABCDEFGHJK & more".into(),
        return_url: "https://shop.example/orders/1?x=1".into(),
        pay_until: at(1800),
        since: at(0),
        scene: Scene::Page,
        payer_ip: String::new(),
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
