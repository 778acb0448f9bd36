//! A shop's client of WeChat and a simulated WeChat, with HTTP between them and a clock that the test moves.

use crate::loopback::{PATIENCE, call, headers};
use http::Request;
use std::net::TcpListener;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use yuanlu_channels::callback::{CallbackError, Entrance, PaymentOp, Scene, Verified};
use yuanlu_channels::wechat::{WechatChannel, WechatConfig};
use yuanlu_channels::{CashierWord, Channel, Op, PaymentWord, Reply};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_simulator::loopback::Loopback;
use yuanlu_simulator::wechat::{WechatSetup, WechatSimulator};
use yuanlu_simulator::{Behaviour, Choice, Chooser, practice};

pub const PAYMENT: &str = "YL7Q261122ABCDEFGHJKP001";
pub const REFUND: &str = "YL7Q261122ABCDEFGHJKR001";
pub const API_KEY: &str = "0123456789abcdef0123456789abcdef";

/// A second of the test.
pub fn at(second: i64) -> Instant {
    Instant::from_shanghai(2026, 11, 22, 10, 0, 0).plus_seconds(second)
}

pub fn config(base_url: &str) -> WechatConfig {
    WechatConfig {
        merchant_id: "1900006511".into(),
        app_id: "wxb4ba3c02aa476ea1".into(),
        merchant_serial: "7132D72A03E93CDDF8C03BBD1F37EEDF00000000".into(),
        merchant_key: practice::MERCHANT_KEY.into(),
        api_key: API_KEY.into(),
        public_key_id: "PUB_KEY_ID_0000000000000024101100397200000006".into(),
        public_key: practice::PLATFORM_PUBLIC.into(),
        platform_certificates: String::new(),
        notify_url: "http://127.0.0.1:1/callbacks/wechat".into(),
        base_url: base_url.into(),
        transfer_scene: "1011".into(),
    }
}

/// The same merchant with a platform certificate in place of the public key.
pub fn by_certificate(base_url: &str) -> WechatConfig {
    WechatConfig {
        public_key_id: String::new(),
        public_key: String::new(),
        platform_certificates: practice::PLATFORM_CERTIFICATE.into(),
        ..config(base_url)
    }
}

pub fn setup(config: &WechatConfig) -> WechatSetup {
    let by_certificate = config.public_key.is_empty();
    WechatSetup {
        merchant_id: config.merchant_id.clone(),
        app_id: config.app_id.clone(),
        merchant_serial: config.merchant_serial.clone(),
        merchant_key: practice::MERCHANT_PUBLIC.into(),
        api_key: API_KEY.into(),
        platform_key: practice::PLATFORM_KEY.into(),
        platform_serial: if by_certificate { practice::PLATFORM_SERIAL } else { &config.public_key_id }.into(),
        platform_certificate: if by_certificate { practice::PLATFORM_CERTIFICATE } else { "" }.into(),
        stranger_key: practice::STRANGER_KEY.into(),
        base_url: config.base_url.clone(),
        chooser: Chooser::Always(Behaviour::AtOnce),
    }
}

pub struct World {
    pub channel: WechatChannel,
    simulator: Arc<Mutex<WechatSimulator>>,
    clock: Arc<AtomicI64>,
    _server: Loopback,
}

impl World {
    pub fn new() -> Self {
        Self::of(config)
    }

    pub fn of(config: fn(&str) -> WechatConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = config(&format!("http://{}", listener.local_addr().unwrap()));
        let simulator = Arc::new(Mutex::new(WechatSimulator::new(setup(&config)).unwrap()));
        let clock = Arc::new(AtomicI64::new(at(0).micros()));
        let server = Loopback::at(&listener, simulator.clone(), clock.clone(), PATIENCE * 2).unwrap();
        Self { channel: WechatChannel::new(config).unwrap(), simulator, clock, _server: server }
    }

    /// With one payment made and its callback acknowledged.
    pub fn paid(minor: i64) -> Self {
        let world = Self::new();
        world.pay(minor);
        world
    }

    pub fn pay(&self, minor: i64) {
        assert!(matches!(self.prepare(&payment(minor), 0), CashierWord::Ready(..)));
        self.choose(Choice::Pay, 0);
        assert_eq!(self.due(0).len(), 1);
    }

    pub fn simulator(&self) -> MutexGuard<'_, WechatSimulator> {
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

    pub fn word(&self, op: &Op, second: i64) -> PaymentWord {
        self.channel.payment_word(op, &self.reply(op, second), at(second))
    }

    /// Callbacks due now, acknowledged.
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
            amount: Money::cny(minor),
            since: at(0),
        }
    }

    pub fn reference(&self) -> String {
        self.simulator().bank().payment(PAYMENT).unwrap().transactions[0].channel_ref.clone()
    }

    pub fn departures(&self, no: &str) -> usize {
        self.simulator().bank().books().departures(no)
    }

    pub fn gone(&self, no: &str) -> i64 {
        self.simulator().bank().books().gone(no)
    }
}

pub fn refund(no: &str, reference: &str, minor: i64) -> Op {
    Op::Refund {
        no: no.into(),
        payment_no: PAYMENT.into(),
        payment_ref: reference.into(),
        amount: Money::cny(minor),
        total: Money::cny(5000),
        reason: "261122ABCDEFGHJK".into(),
        since: at(0),
    }
}

pub fn payment(minor: i64) -> PaymentOp {
    PaymentOp {
        no: ChannelNumber::from(PAYMENT),
        amount: Money::cny(minor),
        subject: "订单 261122ABCDEFGHJK, 话费".into(),
        return_url: "https://shop.example/orders/1?x=1".into(),
        pay_until: at(1800),
        since: at(0),
        scene: Scene::Qr,
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
