//! A shop's channel client and a simulator, connected by hand.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test helper may panic")]

use yuanlu_channels::callback::{CallbackError, Entrance, PaymentOp, Scene, Verified};
use yuanlu_channels::sim::{SimChannel, SimConfig, public_key};
use yuanlu_channels::{Channel, Op, PaymentWord, Reply};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_simulator::{Behaviour, CashierError, Choice, Chooser, Setup, Simulator};

pub const PAYMENT: &str = "YL7Q261122ABCDEFGHJKP001";
pub const REFUND: &str = "YL7Q261122ABCDEFGHJKR001";

/// A second of the test.
pub fn at(second: i64) -> Instant {
    Instant::from_shanghai(2026, 11, 22, 10, 0, 0).plus_seconds(second)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub struct World {
    pub channel: SimChannel,
    pub simulator: Simulator,
}

impl World {
    pub fn new() -> Self {
        let setup = Setup {
            key_seed: hex(&[2; 32]),
            merchant: "shop-1".into(),
            merchant_key: hex(&public_key(&[1; 32])),
            notify_url: "http://shop.test/callbacks/sim".into(),
            chooser: Chooser::Always(Behaviour::AtOnce),
        };
        let simulator = Simulator::new(setup).unwrap();
        let channel = SimChannel::new(SimConfig {
            merchant: "shop-1".into(),
            base_url: "http://shop.test/sim/".into(),
            key_seed: [1; 32],
            channel_key: simulator.public_key(),
        });
        Self { channel, simulator }
    }

    /// With one payment made and its callback acknowledged.
    pub fn paid(minor: i64) -> Self {
        let mut world = Self::new();
        world.open(minor).unwrap();
        world.simulator.choose(PAYMENT, Choice::Pay, at(0).micros()).unwrap();
        let due = world.simulator.due_callbacks(at(0).micros());
        assert_eq!(due.len(), 1);
        world.acknowledge(&due[0]);
        world
    }

    pub fn acknowledge(&mut self, request: &http::Request<Vec<u8>>) {
        let event = request.headers()["sim-event"].to_str().unwrap().to_owned();
        self.simulator.delivered(&event, 200);
    }

    pub fn cashier_link(&self, minor: i64) -> String {
        let op = PaymentOp {
            no: ChannelNumber::from(PAYMENT),
            amount: Money::cny(minor),
            subject: "<order> 261122ABCDEFGHJK".into(),
            return_url: "http://shop.test/orders/1?back=1&x=%20".into(),
            pay_until: at(1800),
            since: at(0),
            scene: Scene::Page,
            payer_ip: String::new(),
        };
        self.channel.cashier(&op, at(0)).link().unwrap()
    }

    pub fn open(&mut self, minor: i64) -> Result<(), CashierError> {
        let link = self.cashier_link(minor);
        self.simulator.open(link.split_once('?').unwrap().1).map(|_| ())
    }

    pub fn refund(&self, minor: i64) -> Op {
        let payment = self.simulator.payment(PAYMENT).unwrap();
        Op::Refund {
            no: ChannelNumber::from(REFUND),
            payment_no: ChannelNumber::from(PAYMENT),
            payment_ref: payment.transactions[0].channel_ref.clone(),
            amount: Money::cny(minor),
            total: Money::cny(payment.amount_minor),
            reason: "261122ABCDEFGHJK".into(),
            since: at(10),
        }
    }

    pub fn query(&self, minor: i64) -> Op {
        Op::QueryRefund {
            no: ChannelNumber::from(REFUND),
            payment_no: ChannelNumber::from(PAYMENT),
            payment_ref: "SIMP0000000001".into(),
            amount: Money::cny(minor),
            since: at(10),
        }
    }

    pub fn reply(&mut self, op: &Op, second: i64) -> Reply {
        let request = self.channel.request(op, at(second)).unwrap();
        self.simulator.handle(&request, at(second).micros()).map_or(Reply::ConnectionLost, Reply::from_http)
    }

    pub fn ask(&mut self, op: &Op, second: i64) -> Outcome {
        let reply = self.reply(op, second);
        self.channel.outcome(op, &reply, at(second))
    }

    pub fn channel_outcome(&self, op: &Op, reply: &Reply) -> Outcome {
        self.channel.outcome(op, reply, at(10))
    }

    pub fn payment_word(&mut self, op: &Op, second: i64) -> PaymentWord {
        let reply = self.reply(op, second);
        self.channel.payment_word(op, &reply, at(second))
    }

    pub fn receive(&self, request: &http::Request<Vec<u8>>, second: i64) -> Result<Verified, CallbackError> {
        self.channel.callback(&headers(request), request.body(), at(second))
    }

    /// Every callback about refunds in the first seconds, acknowledged, in the order of arrival.
    pub fn news(&mut self, seconds: i64) -> Vec<Outcome> {
        let mut news = Vec::new();
        for second in 0..seconds {
            for request in self.simulator.due_callbacks(at(second).micros()) {
                let Ok(Verified::Refund { outcome, .. }) = self.receive(&request, second) else { continue };
                news.push(outcome);
                self.acknowledge(&request);
            }
        }
        news
    }
}

pub fn headers(request: &http::Request<Vec<u8>>) -> Vec<(String, String)> {
    let each = request.headers().iter();
    each.map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned())).collect()
}
