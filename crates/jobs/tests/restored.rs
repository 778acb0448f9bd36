//! A shop that was brought back from a backup, while its channel remembers what the backup does not.
#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

use std::path::{Path, PathBuf};
use yuanlu_app::bills::unaccounted;
use yuanlu_app::inputs::{ApplyInput, LineInput, Origin, PartsInput, PlaceInput, ProductInput, SettleInput};
use yuanlu_app::{App, Born, Clock, Config, Person, Principal};
use yuanlu_channels::callback::{PaymentOp, Scene};
use yuanlu_channels::sim::{SimChannel, SimConfig, public_key};
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::Role;
use yuanlu_domain::ids::{OrderId, SellerId};
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{Jobs, Tick};
use yuanlu_money::Money;
use yuanlu_simulator::{Behaviour, Choice, Chooser, Setup, Simulator};
use yuanlu_storage::db::Birth;
use yuanlu_storage::{Db, setting};

struct Town {
    root: PathBuf,
    data: PathBuf,
    now: Instant,
    app: Option<App>,
    jobs: Option<Jobs<App>>,
    channels: Channels,
    simulator: Simulator,
    /// Calls that could move money, since the last restore.
    sends: usize,
}

impl Drop for Town {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

fn person(account: &str, roles: &[Role], seller: Option<SellerId>) -> Principal {
    let roles = roles.iter().copied().collect();
    Principal::Person(Person { account: account.into(), name: account.into(), roles, seller, second_factor: true })
}

fn buyer() -> Principal {
    person("buyer", &[Role::Buyer], None)
}

impl Town {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("yuanlu-restored-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        let simulator = Simulator::new(Setup {
            key_seed: "02".repeat(32),
            merchant: "shop-1".into(),
            merchant_key: public_key(&[1; 32]).iter().map(|b| format!("{b:02x}")).collect(),
            notify_url: "http://shop.test/callbacks/sim".into(),
            chooser: Chooser::Always(Behaviour::AtOnce),
        })
        .unwrap();
        let channels = Channels::new().with(SimChannel::new(SimConfig {
            merchant: "shop-1".into(),
            base_url: "http://sim.test".into(),
            key_seed: [1; 32],
            channel_key: simulator.public_key(),
        }));
        let now = Instant::from_shanghai(2026, 3, 10, 10, 0, 0);
        let data = root.join("first");
        std::fs::create_dir_all(&data).unwrap();
        let mut town = Self { root, data, now, app: None, jobs: None, channels, simulator, sends: 0 };
        town.open();
        town
    }

    fn open(&mut self) {
        let mut config = Config::new(&self.data, Born::Live);
        config.clock = Clock::manual(self.now);
        config.channels = vec!["sim".into()];
        let app = App::open(config).unwrap();
        self.jobs = Some(Jobs::new(app.clone(), self.channels.clone()));
        self.app = Some(app);
    }

    fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    /// Two cards of ¥88.00, paid at the channel.
    fn order(&mut self) -> OrderId {
        let admin = person("admin", &[Role::Admin], None);
        let seller = self.app().admit_seller(&admin, "卡券小店", false).unwrap();
        let seller = person("seller", &[Role::Seller], Some(seller.id.as_str().into()));
        let product = ProductInput {
            title: "点卡".into(),
            description: String::new(),
            how_to_use: String::new(),
            kind: "game_card".into(),
            delivery_event: None,
            face: Some("100.00".into()),
            price: "88.00".into(),
            promise_hours: 24,
            window_days: 15,
            warranty_days: 0,
            fee_disclosed: false,
            special: None,
            needs_confirmation: false,
            on_sale: true,
        };
        let product = self.app().save_product(&seller, None, &product).unwrap().id;
        self.app().load_codes(&seller, &product.as_str().into(), "CODE-0001\nCODE-0002").unwrap();
        let line = LineInput { product, quantity: 2, seen_price: "88.00".into(), confirmed: false, recipient: None };
        let place = PlaceInput { lines: vec![line], parts: PartsInput::default(), tender: "sim".into(), guest: None };
        let order = self.app().place_order(&buyer(), &place, None, &Origin::default()).unwrap().order;
        let order = OrderId::from(order.as_str());
        let payment = self.app().load_order(&buyer(), &order).unwrap().payments[0].no.clone();
        let op = PaymentOp {
            no: payment.as_str().into(),
            amount: Money::cny(17_600),
            subject: order.to_string(),
            return_url: "http://shop.test/".into(),
            pay_until: self.now.plus_hours(1),
            since: self.now,
            scene: Scene::Page,
            payer_ip: String::new(),
        };
        let entrances = self.channels.entrances();
        let link = entrances.get(&"sim".into()).unwrap().cashier(&op, self.now).link().unwrap();
        self.simulator.open(link.split_once('?').unwrap().1).unwrap();
        self.simulator.choose(&payment, Choice::Pay, self.now.micros()).unwrap();
        self.live(5);
        assert_eq!(self.app().load_order(&buyer(), &order).unwrap().status, "paid");
        order
    }

    /// So many minutes pass, with the channel answering.
    fn live(&mut self, minutes: i64) {
        let mut replies = Vec::new();
        for _ in 0..minutes * 6 {
            self.now = self.now.plus_seconds(10);
            self.app().clock().set(self.now);
            let calls = self.jobs.as_mut().unwrap().step(Tick::steady(self.now), std::mem::take(&mut replies));
            for call in calls {
                self.sends += usize::from(call.request.method() == "POST");
                let answer = self.simulator.handle(&call.request, self.now.micros());
                replies.push((call.ticket, answer.map_or(Reply::ConnectionLost, Reply::from_http)));
            }
        }
    }

    /// The clock jumps; then the jobs have some minutes.
    fn jump_to(&mut self, now: Instant) {
        self.now = now;
        self.live(5);
    }

    fn refund(&self, order: &OrderId, units: &[u16], to_balance: bool) -> String {
        let input = ApplyInput {
            units: units.to_vec(),
            reason: "personal".into(),
            amount: None,
            received_face: None,
            to_balance,
            text: "请退款".into(),
            evidence: Vec::new(),
        };
        self.app().apply(&buyer(), order, &input, None, &Origin::default()).unwrap().summary.case
    }

    /// What became of the n-th payout.
    fn payout(&self, case: &str) -> (String, String) {
        let view = self.app().load_case(&buyer(), &case.into()).unwrap();
        let destination = view.breakdown.unwrap().destinations.remove(0);
        (destination.state.to_owned(), destination.amount.text)
    }

    fn back_up(&self) -> PathBuf {
        let file = self.root.join("backup.db");
        self.app().db().backup_to(&file).unwrap();
        file
    }

    /// The process ends, its data is gone, and the backup takes its place.
    fn restore(&mut self, backup: &Path) {
        (self.jobs, self.app) = (None, None);
        let data = self.root.join("second");
        std::fs::create_dir_all(&data).unwrap();
        std::fs::copy(backup, data.join("yuanlu.db")).unwrap();
        std::fs::copy(self.data.join("master.key"), data.join("master.key")).unwrap();
        let birth = Birth { born: Born::Live, number_prefix: String::new(), created_at: self.now };
        let db = Db::open(&data.join("yuanlu.db"), &birth).unwrap();
        let now = self.now;
        let mut writer = db.take_writer().unwrap();
        let restored = now.micros().to_string();
        writer
            .transaction(|tx| setting::put(tx, setting::RESTORED_AT, &restored, now))
            .map_err(|error: yuanlu_storage::StorageError| error.to_string())
            .unwrap();
        drop((writer, db));
        self.data = data;
        self.sends = 0;
        self.open();
    }
}

#[test]
fn a_refund_that_was_lost_with_the_data_is_found_not_sent_again() {
    let mut town = Town::new("found");
    let order = town.order();
    let backup = town.back_up();
    let case = town.refund(&order, &[1], false);
    town.live(30);
    assert_eq!(town.payout(&case), ("arrived".to_owned(), "88.00".to_owned()));
    let books = town.simulator.ledger().movements.len();

    town.restore(&backup);
    assert!(town.app().load_case(&buyer(), &case.as_str().into()).is_err(), "the backup knows nothing of it");
    let case = town.refund(&order, &[1], false);
    town.live(30);
    assert_eq!(town.payout(&case).0, "arrived", "the channel says that it is there");
    assert_eq!((town.sends, town.simulator.ledger().movements.len()), (0, books), "asked, nothing sent");

    // The next one is new to the channel too, and goes out once.
    let next = town.refund(&order, &[2], false);
    town.live(30);
    assert_eq!((town.payout(&next).0.as_str(), town.sends), ("arrived", 1));
}

#[test]
fn a_number_of_what_was_lost_is_never_used_for_another_sum() {
    let mut town = Town::new("other");
    let order = town.order();
    let backup = town.back_up();
    town.refund(&order, &[1], false);
    town.live(30);
    let books = town.simulator.ledger().movements.len();

    town.restore(&backup);
    let case = town.refund(&order, &[1, 2], false);
    town.live(30);
    assert_eq!(town.payout(&case), ("stuck".to_owned(), "176.00".to_owned()), "finance looks");
    assert_eq!((town.sends, town.simulator.ledger().movements.len()), (0, books), "nothing was sent");
}

#[test]
fn balance_for_what_the_channel_may_have_paid_already_waits_for_finance() {
    let mut town = Town::new("balance");
    let order = town.order();
    let backup = town.back_up();
    town.refund(&order, &[1], false);
    town.live(30);

    town.restore(&backup);
    let case = town.refund(&order, &[1], true);
    town.live(30);
    assert_eq!(town.payout(&case).0, "held");
    let finance = person("finance", &[Role::Finance], None);
    town.app().approve_payout(&finance, &order, 1).unwrap();
    assert_eq!(town.payout(&case).0, "arrived");
}

#[test]
fn payouts_wait_until_the_bills_of_the_lost_days_say_what_was_paid() {
    let mut town = Town::new("bills");
    let order = town.order();
    let (backup, backed_up) = (town.back_up(), town.now);
    town.refund(&order, &[1], false);
    town.live(30);

    town.restore(&backup);
    let restored = town.now;
    let missing = |town: &Town| unaccounted(town.app().db(), backed_up, restored).unwrap();
    let day = restored.date();
    assert_eq!(missing(&town).bills, [("sim".into(), day)], "the day is not over, let alone compared");
    town.jump_to(Instant::start_of(day.tomorrow().unwrap()).plus_hours(12));
    let found = missing(&town);
    assert_eq!((found.bills.len(), found.exceptions.len()), (0, 1), "the bill has a refund that the books have lost");

    // Applied for again, it is found under its number; finance closes the exception, and everything is accounted for.
    let case = town.refund(&order, &[1], false);
    town.live(30);
    assert_eq!((town.payout(&case).0.as_str(), town.sends), ("arrived", 0));
    let finance = person("finance", &[Role::Finance], None);
    let settle =
        SettleInput { way: "explained".into(), words: "Lost with the data, applied for again.".into(), order: None };
    town.app().settle_exception(&finance, &found.exceptions[0], &settle).unwrap();
    assert!(missing(&town).is_empty());
}
