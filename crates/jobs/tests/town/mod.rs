//! A whole town in memory: a shop built on the real rules, the simulated channel, a bad network, and an auditor.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test helper may panic")]

pub mod network;
pub mod shop;

use network::{Fate, Network, Rng};
use shop::{MemoryShop, PREFIX};
use std::collections::BTreeSet;
use yuanlu_channels::callback::{PaymentOp, Scene, Verified};
use yuanlu_channels::sim::{SimChannel, SimConfig, public_key};
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::actor::{Actor, Role};
use yuanlu_domain::case::CaseState;
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::event::Tender;
use yuanlu_domain::ids::{ChannelId, OrderId};
use yuanlu_domain::order_file::{OrderFile, OrderStatus, PaymentState};
use yuanlu_domain::payout::{Destination, Payout, PayoutState};
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{CallTicket, Failure, Jobs, Shop, Tick};
use yuanlu_money::Money;
use yuanlu_simulator::{Behaviour, Choice, Chooser, Setup, Simulator};

pub fn start() -> Instant {
    Instant::from_shanghai(2026, 3, 10, 10, 0, 0)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub fn sim() -> ChannelId {
    ChannelId::from("sim")
}

/// Everything that exists; `now` is the same for all.
pub struct Town {
    pub now: Instant,
    pub shop: MemoryShop,
    pub simulator: Simulator,
    pub channels: Channels,
    /// Nodes that run the same jobs on the same store.
    pub nodes: Vec<Jobs<MemoryShop>>,
    replies: Vec<Vec<(CallTicket, Reply)>>,
    pub network: Network,
    pub rng: Rng,
}

impl Town {
    pub fn new(seed: u64, chooser: Chooser, nodes: usize) -> Self {
        let setup = Setup {
            key_seed: hex(&[2; 32]),
            merchant: "shop-1".into(),
            merchant_key: hex(&public_key(&[1; 32])),
            notify_url: "http://shop.test/callbacks/sim".into(),
            chooser,
        };
        let simulator = Simulator::new(setup).unwrap();
        let channels = Channels::new().with(SimChannel::new(SimConfig {
            merchant: "shop-1".into(),
            base_url: "http://sim.test".into(),
            key_seed: [1; 32],
            channel_key: simulator.public_key(),
        }));
        let shop = MemoryShop::new();
        Self {
            now: start(),
            nodes: (0..nodes).map(|_| Jobs::new(shop.clone(), channels.clone())).collect(),
            replies: vec![Vec::new(); nodes],
            shop,
            simulator,
            channels,
            network: Network::default(),
            rng: Rng(seed),
        }
    }

    /// An order whose goods are sold out: when it is paid, the program decides by itself that the money goes back
    /// (R32), and when it is paid twice, the second payment goes back too (R29).
    pub fn order(&mut self, price_minor: i64, choice: Choice) -> OrderId {
        let order = self.order_unpaid(price_minor);
        let no = self.shop.file(&order).payments[0].no.clone();
        self.simulator.choose(no.as_str(), choice, self.now.micros()).unwrap();
        order
    }

    /// The same, with the payer before the cashier and undecided.
    pub fn order_unpaid(&mut self, price_minor: i64) -> OrderId {
        let order = self.shop.place(price_minor, Tender::Channel { channel: sim() }, self.now);
        let file = self.shop.file(&order);
        let payment = &file.payments[0];
        let op = PaymentOp {
            no: payment.no.clone(),
            amount: Money::new(payment.amount_minor, file.currency),
            subject: order.to_string(),
            return_url: "http://shop.test/".into(),
            pay_until: match file.status {
                OrderStatus::AwaitingPayment { pay_until } => pay_until,
                _ => self.now,
            },
            since: self.now,
            scene: Scene::Page,
            payer_ip: String::new(),
        };
        let entrances = self.channels.entrances();
        let link = entrances.get(&sim()).unwrap().cashier(&op, self.now).link().unwrap();
        self.simulator.open(link.split_once('?').unwrap().1).unwrap();
        order
    }

    /// One round of everything at `now`: callbacks, jobs on every node, calls over the network.
    pub fn round(&mut self) {
        self.deliver_callbacks();
        for request in self.network.late_arrivals(self.now) {
            self.simulator.handle(&request, self.now.micros());
        }
        for node in 0..self.nodes.len() {
            if self.rng.chance(self.network.crash) {
                self.crash(node);
            }
            let replies = std::mem::take(&mut self.replies[node]);
            let calls = self.nodes[node].step(Tick::steady(self.now), replies);
            if self.rng.chance(self.network.crash) {
                self.crash(node); // attempts stored, nothing sent
                continue;
            }
            for call in calls {
                if let Some(reply) = self.carry(call.request) {
                    self.replies[node].push((call.ticket, reply));
                }
            }
            if self.rng.chance(self.network.crash) {
                self.crash(node); // sent, nothing recorded
            }
        }
        self.audit();
    }

    fn crash(&mut self, node: usize) {
        self.nodes[node] = Jobs::new(self.shop.clone(), self.channels.clone());
        self.replies[node].clear();
    }

    fn carry(&mut self, request: http::Request<Vec<u8>>) -> Option<Reply> {
        let now = self.now.micros();
        match self.network.fate(&mut self.rng) {
            Fate::Good => Some(self.simulator.handle(&request, now).map_or(Reply::ConnectionLost, Reply::from_http)),
            Fate::Twice => {
                self.simulator.handle(&request, now);
                Some(self.simulator.handle(&request, now).map_or(Reply::ConnectionLost, Reply::from_http))
            }
            Fate::NeverSent => Some(Reply::NotSent),
            Fate::LostBefore => Some(Reply::TimedOut),
            Fate::LostAfter => {
                self.simulator.handle(&request, now);
                Some(Reply::ConnectionLost)
            }
            Fate::Late => {
                let minutes = self.rng.below(10);
                self.network.delay(self.now.plus_minutes(i64::try_from(minutes).unwrap()), request);
                Some(Reply::TimedOut)
            }
            Fate::NoReply => {
                self.simulator.handle(&request, now);
                None
            }
        }
    }

    pub fn deliver_callbacks(&mut self) {
        let mut due = self.simulator.due_callbacks(self.now.micros());
        if self.network.disorder {
            self.rng.shuffle(&mut due);
        }
        for request in due {
            if self.rng.chance(self.network.callback_loss) {
                continue;
            }
            let status = self.receive(&request);
            if !self.rng.chance(self.network.callback_loss) {
                let event = request.headers()["sim-event"].to_str().unwrap();
                self.simulator.delivered(event, status);
            }
        }
    }

    /// What the shop's web server does with a callback.
    fn receive(&mut self, request: &http::Request<Vec<u8>>) -> u16 {
        let headers: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
            .collect();
        let entrances = self.channels.entrances();
        let entrance = entrances.get(&sim()).unwrap();
        let Ok(news) = entrance.callback(&headers, request.body(), self.now) else { return 401 };
        let (no, act) = match news {
            Verified::PaymentSucceeded { no, channel_ref, amount } => {
                (no.clone(), OrderAct::PaymentSucceeded { no, channel_ref, amount })
            }
            Verified::PaymentDeclined { no, code } => (no.clone(), OrderAct::PaymentDeclined { no, code }),
            Verified::Refund { no, amount, outcome } => {
                let order = no.order(PREFIX).unwrap();
                let file = self.shop.file(&order);
                let payout = file.payouts.iter().find(|p| p.no == no).unwrap();
                assert_eq!(amount.minor(), payout.amount_minor);
                (no, OrderAct::RecordOutcome { payout: payout.ordinal, attempt: None, outcome })
            }
            Verified::RefundStirred { .. } | Verified::Complaint { .. } | Verified::Other { .. } => return 200,
        };
        let order = no.order(PREFIX).unwrap();
        let command = Command { by: Actor::Channel { channel: sim() }, act: Act::Order { order, act } };
        match self.shop.submit(vec![command], self.now).remove(0) {
            Ok(()) | Err(Failure::Refused(_)) => 200,
            Err(Failure::Broken(_)) => 500,
        }
    }

    /// Finance sends stuck refunds on and releases held ones.
    pub fn finance_works(&mut self) {
        for file in self.shop.files() {
            for payout in &file.payouts {
                let act = match payout.state {
                    PayoutState::Stuck { .. } => OrderAct::ResumePayout { payout: payout.ordinal },
                    PayoutState::Held => OrderAct::ApprovePayout { payout: payout.ordinal },
                    _ => continue,
                };
                let by = Actor::Staff { account: "f1".into(), role: Role::Finance };
                self.shop.must(by, &file.order, act, self.now);
            }
        }
    }

    /// Buyers whose refund was finally refused choose balance.
    pub fn buyers_choose(&mut self) {
        for file in self.shop.files() {
            for case in file.cases.iter().filter(|c| matches!(c.state, CaseState::AwaitingRoute { .. })) {
                let by = Actor::Buyer { party: file.buyer.clone() };
                self.shop.must(by, &file.order, OrderAct::ChooseBalance { case: case.ordinal }, self.now);
            }
        }
    }

    /// The next instant at which anything is due.
    pub fn next_due(&self) -> Option<Instant> {
        let simulator = self.simulator.next_due().map(Instant::from_micros);
        [simulator, self.shop.next_due(), self.network.next_arrival()].into_iter().flatten().min()
    }

    /// Lets so much time pass, stopping wherever something is due.
    pub fn pass(&mut self, until: Instant) {
        while self.now < until {
            let least = self.now.plus_seconds(1);
            let waiting = self.replies.iter().any(|r| !r.is_empty());
            let next = if waiting { least } else { self.next_due().unwrap_or(until).max(least) };
            self.now = next.min(until);
            self.round();
        }
    }

    /// The promises, from the auditor's books and the shop's files.
    pub fn audit(&self) {
        let books = self.simulator.ledger();
        assert_eq!(books.violations, Vec::<String>::new());
        let mut known = BTreeSet::new();
        for file in self.shop.files() {
            for payout in &file.payouts {
                assert!(known.insert(payout.no.clone()), "T03: a number used twice");
                self.audit_payout(&file, payout);
            }
            let nos: BTreeSet<&str> = file.payments.iter().map(|p| p.no.as_str()).collect();
            let paid: i64 = nos.iter().map(|no| books.paid_in(no)).sum();
            let home: i64 = nos.iter().map(|no| books.returned(no)).sum();
            let to_balance = self.shop.balance(&file.order);
            assert!(home + to_balance <= paid, "money left more than once: {home} + {to_balance} of {paid}");
        }
        let unknown = books.movements.iter().filter(|m| !m.refund_no.is_empty());
        for movement in unknown {
            assert!(known.contains(&movement.refund_no.as_str().into()), "T07: money without an intent");
        }
    }

    fn audit_payout(&self, file: &OrderFile, payout: &Payout) {
        let books = self.simulator.ledger();
        let no = payout.no.as_str();
        assert!(books.departures(no) <= 1, "money left twice under {no}");
        let Destination::Original { .. } = payout.destination else {
            assert_eq!(books.departures(no), 0);
            return;
        };
        let gone = books.gone(no);
        assert!(gone == 0 || gone == payout.amount_minor);
        match &payout.state {
            // T05, T39: "arrived" is only ever written on the channel's word, when the money did go.
            PayoutState::Arrived { .. } => assert_eq!(books.departures(no), 1),
            // T08, T10, T38: another road only when this one is proven closed, for ever.
            PayoutState::Refused { .. } | PayoutState::Rerouted => assert_eq!(gone, 0, "{no} of {}", file.order),
            PayoutState::Superseded { .. } => assert_eq!(gone, 0, "{no} of {}", file.order),
            PayoutState::Held => assert!(payout.attempts == 0 && gone == 0),
            PayoutState::Due { .. }
            | PayoutState::Calling { .. }
            | PayoutState::AtBank { .. }
            | PayoutState::Stuck { .. } => {}
        }
        if payout.attempts == 0 {
            assert_eq!(books.departures(no), 0, "T07: money left before an attempt was stored");
        }
    }

    /// Every payment that is here and whose goods never came went back: all money is home or in a balance.
    pub fn assert_everything_ended(&self) {
        for file in self.shop.files() {
            for payout in &file.payouts {
                assert!(
                    matches!(payout.state, PayoutState::Arrived { .. } | PayoutState::Rerouted),
                    "{}: {:?} after {} attempts",
                    payout.no,
                    payout.state,
                    payout.attempts
                );
            }
            for case in &file.cases {
                assert!(matches!(case.state, CaseState::Completed { .. }), "{:?}", case.state);
            }
            let paid = file
                .payments
                .iter()
                .filter(|p| matches!(p.state, PaymentState::Paid { .. } | PaymentState::Extra { .. }));
            let paid: i64 = paid.map(|p| p.amount_minor).sum();
            let nos: BTreeSet<&str> = file.payments.iter().map(|p| p.no.as_str()).collect();
            let books = self.simulator.ledger();
            assert_eq!(paid, nos.iter().map(|no| books.paid_in(no)).sum::<i64>(), "a payment nobody noticed");
            let home: i64 = nos.iter().map(|no| books.returned(no)).sum();
            assert_eq!(home + self.shop.balance(&file.order), paid, "money neither home nor in a balance");
        }
    }
}

/// A town with one refund under way that behaves so.
pub fn one_refund(behaviour: Behaviour) -> (Town, OrderId) {
    let mut town = Town::new(1, Chooser::Always(behaviour), 1);
    let order = town.order(9_900, Choice::Pay);
    town.round();
    (town, order)
}
