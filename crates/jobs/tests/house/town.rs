//! A shop with one node or several, and a channel that behaves as it is told.

use super::{Folder, person, sell_out};
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
use yuanlu_simulator::{Choice, Chooser, Setup, Simulator};
use yuanlu_storage::Location;
use yuanlu_storage::testing::server_schema;

pub const PRICE: i64 = 8_800;

/// One node: its application, its jobs, and what was answered to them since their last step.
pub struct Node {
    pub app: App,
    pub jobs: Jobs<App>,
    pub replies: Vec<(CallTicket, Reply)>,
}

impl Node {
    /// One round at this node's own time.
    pub fn step(&mut self, now: Instant) -> Vec<OutgoingCall> {
        self.app.clock().set(now);
        self.jobs.step(Tick::steady(now), std::mem::take(&mut self.replies))
    }

    /// One round, every call made at once.
    pub fn work(&mut self, now: Instant, channel: &Mutex<Simulator>) {
        for call in self.step(now) {
            let reply = made(&call, channel, now);
            self.replies.push((call.ticket, reply));
        }
    }
}

pub fn made(call: &OutgoingCall, channel: &Mutex<Simulator>, now: Instant) -> Reply {
    let answer = channel.lock().expect("a simulator").handle(&call.request, now.micros());
    answer.map_or(Reply::ConnectionLost, Reply::from_http)
}

/// A shop with some nodes and a channel of this temper.
pub struct Town {
    pub nodes: Vec<Node>,
    pub channel: Mutex<Simulator>,
    channels: Channels,
    product: String,
    pub now: Instant,
    server: Option<Location>,
    folder: Folder,
}

impl Town {
    /// Two nodes on one server; `None` where there is none.
    pub fn of_two(name: &str, chooser: Chooser) -> Option<Self> {
        let server = server_schema()?;
        let mut town = Self::of_one(name, chooser, Some(server));
        let second = town.node();
        town.nodes.push(second);
        Some(town)
    }

    /// One node, on a server or on a file.
    pub fn of_one(name: &str, chooser: Chooser, server: Option<Location>) -> Self {
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
        let mut town = Self {
            nodes: Vec::new(),
            channel: Mutex::new(channel),
            channels,
            product: String::new(),
            now: Instant::from_shanghai(2026, 3, 10, 10, 0, 0),
            server,
            folder: Folder::new(name),
        };
        let first = town.node();
        town.product = sell_out(&first.app);
        town.nodes.push(first);
        town
    }

    /// Another node, which knows nothing but what is in the database.
    pub fn node(&self) -> Node {
        let mut config = Config::new(&self.folder.0, Born::Demo);
        config.clock = Clock::manual(self.now);
        config.channels = vec!["sim".into()];
        config.database = self.server.clone();
        // Numbers are the same in every run, and with them how the channel behaves.
        config.seed = Some([3 + self.nodes.len() as u8; 32]);
        let app = App::open(config).expect("opens");
        Node { jobs: Jobs::new(app.clone(), self.channels.clone()), app, replies: Vec::new() }
    }

    /// Somebody orders at one of the nodes, and is shown the channel's page.
    pub fn order(&self, node: usize) -> (OrderId, String) {
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
        drop(channel);
        (order, no)
    }

    /// Somebody orders and pays at the channel; the goods are sold out (R32).
    pub fn buy(&self, node: usize) -> (OrderId, ChannelNumber) {
        let (order, no) = self.order(node);
        let mut channel = self.channel.lock().expect("a simulator");
        channel.choose(&no, Choice::Pay, self.now.micros()).expect("paid");
        (order, no.as_str().into())
    }

    /// All nodes work at the same time, each by its own clock.
    pub fn work(&mut self, ahead_seconds: i64) {
        let (channel, now) = (&self.channel, self.now);
        std::thread::scope(|scope| {
            for (n, node) in self.nodes.iter_mut().enumerate() {
                scope.spawn(move || node.work(now.plus_seconds(n as i64 * ahead_seconds), channel));
            }
        });
    }

    pub fn file(&self, order: &OrderId) -> OrderFile {
        let found = self.nodes[0].app.db().read(|db| yuanlu_storage::order_file::find(db, order)).expect("reads");
        found.expect("there").aggregate
    }

    /// T01, T08: nothing left twice, nothing was asked for that a careful client would not ask.
    pub fn audit(&self, orders: &[(OrderId, ChannelNumber)]) {
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
