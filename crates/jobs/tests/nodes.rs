//! Jobs of two nodes on one server: whoever takes a piece of work, it happens once, also when one of them stops for a while
//! or has another idea of the time.

mod house;

use house::{Folder, person, sell_out};
use std::sync::Mutex;
use yuanlu_app::inputs::{LineInput, Origin, PartsInput, PlaceInput};
use yuanlu_app::{App, Born, Clock, Config};
use yuanlu_channels::callback::{PaymentOp, Scene};
use yuanlu_channels::sim::{SimChannel, SimConfig, public_key};
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::Role;
use yuanlu_domain::ids::{ChannelNumber, OrderId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::PayoutState;
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{CallTicket, Jobs, OutgoingCall, Tick};
use yuanlu_money::Money;
use yuanlu_simulator::{Behaviour, Choice, Chooser, Setup, Simulator};
use yuanlu_storage::testing::server_schema;

const PRICE: i64 = 8_800;

/// One node: its application, its jobs, and what was answered to them since their last step.
struct Node {
    app: App,
    jobs: Jobs<App>,
    replies: Vec<(CallTicket, Reply)>,
}

impl Node {
    /// One round at this node's own time.
    fn step(&mut self, now: Instant) -> Vec<OutgoingCall> {
        self.app.clock().set(now);
        self.jobs.step(Tick::steady(now), std::mem::take(&mut self.replies))
    }

    /// One round, every call made at once.
    fn work(&mut self, now: Instant, channel: &Mutex<Simulator>) {
        for call in self.step(now) {
            let reply = made(&call, channel, now);
            self.replies.push((call.ticket, reply));
        }
    }
}

fn made(call: &OutgoingCall, channel: &Mutex<Simulator>, now: Instant) -> Reply {
    let answer = channel.lock().expect("a simulator").handle(&call.request, now.micros());
    answer.map_or(Reply::ConnectionLost, Reply::from_http)
}

/// A shop with two nodes on one server and a channel of this temper; `None` where there is no server.
struct Town {
    nodes: [Node; 2],
    channel: Mutex<Simulator>,
    channels: Channels,
    product: String,
    now: Instant,
    _folder: Folder,
}

impl Town {
    fn new(name: &str, chooser: Chooser) -> Option<Self> {
        let (server, folder) = (server_schema()?, Folder::new(name));
        let now = Instant::from_shanghai(2026, 3, 10, 10, 0, 0);
        let channel = Simulator::new(Setup {
            key_seed: "02".repeat(32),
            merchant: "shop-1".into(),
            merchant_key: public_key(&[1; 32]).iter().map(|b| format!("{b:02x}")).collect(),
            notify_url: "http://shop.test/callbacks/sim".into(),
            chooser,
        });
        let channel = channel.expect("a simulator");
        let channels = Channels::new().with(SimChannel::new(SimConfig {
            merchant: "shop-1".into(),
            base_url: "http://sim.test".into(),
            key_seed: [1; 32],
            channel_key: channel.public_key(),
        }));
        // Numbers are the same in every run, and with them how the channel behaves.
        let open = |seed: u8| {
            let mut config = Config::new(&folder.0, Born::Demo);
            config.clock = Clock::manual(now);
            config.channels = vec!["sim".into()];
            config.database = Some(server.clone());
            config.seed = Some([seed; 32]);
            let app = App::open(config).expect("opens");
            Node { jobs: Jobs::new(app.clone(), channels.clone()), app, replies: Vec::new() }
        };
        let nodes = [open(3), open(4)];
        let product = sell_out(&nodes[0].app);
        Some(Self { nodes, channel: Mutex::new(channel), channels, product, now, _folder: folder })
    }

    /// Somebody orders at one of the nodes and pays at the channel; the goods are sold out (R32).
    fn buy(&self, node: usize) -> (OrderId, ChannelNumber) {
        let app = &self.nodes[node].app;
        let buyer = person("buyer", &[Role::Buyer], None);
        let line = LineInput {
            product: self.product.clone(),
            quantity: 1,
            seen_price: "88.00".into(),
            confirmed: false,
            recipient: Some("player-2048".into()),
        };
        let place = PlaceInput { lines: vec![line], parts: PartsInput::default(), tender: "sim".into(), guest: None };
        let order = app.place_order(&buyer, &place, None, &Origin::default()).expect("placed").order;
        let order = OrderId::from(order.as_str());
        let no = app.load_order(&buyer, &order).expect("shown").payments[0].no.clone();
        let entrances = self.channels.entrances();
        let payment = PaymentOp {
            no: no.as_str().into(),
            amount: Money::cny(PRICE),
            subject: order.to_string(),
            return_url: "http://shop.test/".into(),
            pay_until: self.now.plus_hours(1),
            since: self.now,
            scene: Scene::Page,
            payer_ip: String::new(),
        };
        let link = entrances.get(&"sim".into()).expect("a channel").cashier(&payment, self.now);
        let link = link.link().expect("a link");
        let mut channel = self.channel.lock().expect("a simulator");
        channel.open(link.split_once('?').expect("a query").1).expect("a good link");
        channel.choose(&no, Choice::Pay, self.now.micros()).expect("paid");
        (order, no.as_str().into())
    }

    /// Both nodes work at the same time, each by its own clock.
    fn both(&mut self, ahead_seconds: i64) {
        let (channel, now) = (&self.channel, self.now);
        let [first, second] = &mut self.nodes;
        std::thread::scope(|scope| {
            scope.spawn(|| first.work(now, channel));
            scope.spawn(|| second.work(now.plus_seconds(ahead_seconds), channel));
        });
    }

    fn file(&self, order: &OrderId) -> OrderFile {
        let found = self.nodes[1].app.db().read(|db| yuanlu_storage::order_file::find(db, order)).expect("reads");
        found.expect("there").aggregate
    }

    /// T01, T08: nothing left twice, nothing was asked for that a careful client would not ask.
    fn audit(&self, orders: &[(OrderId, ChannelNumber)]) {
        let channel = self.channel.lock().expect("a simulator");
        let books = channel.ledger();
        assert!(books.violations.is_empty(), "{:?}", books.violations);
        for (order, payment) in orders {
            let file = self.file(order);
            assert_eq!((file.cases.len(), file.payouts.len()), (1, 1), "{order}");
            let payout = &file.payouts[0];
            assert!(books.departures(payout.no.as_str()) <= 1, "{order} left twice");
            let left = books.departures(payout.no.as_str());
            assert!(books.returned(payment.as_str()) <= PRICE, "{order}");
            if matches!(payout.state, PayoutState::Arrived { .. }) {
                assert_eq!(left, 1, "{order}");
            }
        }
        drop(channel);
        let report = yuanlu_storage::verify::verify(self.nodes[0].app.db(), None, |_| {}).expect("verifies");
        assert_eq!(report.differences, []);
    }
}

fn each_happens_once(name: &str, ahead_seconds: i64) {
    let Some(mut town) = Town::new(name, Chooser::Mix(7)) else { return };
    let orders: Vec<_> = (0..20).map(|n| town.buy(n % 2)).collect();
    for step in 0..240 {
        // Ten minutes in small steps, then days; what is asked is answered within a second.
        let seconds = if step < 120 { 4 } else { 3_000 };
        for seconds in [seconds, 1] {
            town.now = town.now.plus_seconds(seconds);
            town.both(ahead_seconds);
        }
    }
    town.audit(&orders);
    let over = |(order, _): &&(OrderId, ChannelNumber)| {
        matches!(town.file(order).payouts[0].state, PayoutState::Arrived { .. })
    };
    let arrived = orders.iter().filter(over).count();
    assert!(arrived >= 14, "only {arrived} of 20 arrived");
}

#[test]
fn two_nodes_send_every_refund_once() {
    each_happens_once("nodes", 0);
}

#[test]
fn clocks_that_differ_by_minutes_change_nothing() {
    each_happens_once("clocks", 170);
}

/// A node stops between sending and hearing, for longer than its lease; the other finds out what became of it. What the first
/// hears when it wakes is fenced off.
#[test]
fn a_node_that_was_paused_does_no_harm() {
    let Some(mut town) = Town::new("paused", Chooser::Always(Behaviour::AtOnce)) else { return };
    let orders = [town.buy(0)];
    let (held, at) = loop {
        town.now = town.now.plus_seconds(5);
        let now = town.now;
        assert!(now < Instant::from_shanghai(2026, 3, 10, 10, 30, 0), "the refund never left");
        let mut posted = None;
        for call in town.nodes[0].step(now) {
            let reply = made(&call, &town.channel, now);
            match call.request.method() == "POST" {
                true => posted = Some((call.ticket, reply)),
                false => town.nodes[0].replies.push((call.ticket, reply)),
            }
        }
        if let Some(posted) = posted {
            break (posted, now);
        }
    };
    let mut sent_again = 0;
    while town.now < at.plus_minutes(10) {
        town.now = town.now.plus_seconds(5);
        let now = town.now;
        for call in town.nodes[1].step(now) {
            sent_again += usize::from(call.request.method() == "POST");
            let reply = made(&call, &town.channel, now);
            town.nodes[1].replies.push((call.ticket, reply));
        }
    }
    assert_eq!(sent_again, 0, "asked about, and never sent again");
    let before = town.file(&orders[0].0);
    assert!(matches!(before.payouts[0].state, PayoutState::Arrived { .. }), "{:?}", before.payouts[0].state);
    let now = town.now;
    town.nodes[0].replies.push(held);
    town.nodes[0].work(now, &town.channel);
    assert_eq!(town.file(&orders[0].0), before, "what it heard late changes nothing");
    town.audit(&orders);
}
