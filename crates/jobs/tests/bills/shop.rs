//! A shop that sells what it does not have: every payment is followed by its refund (R32).

use super::providers::Provider;
use std::path::PathBuf;
use std::sync::Arc;
use yuanlu_app::bills::{Bill, NotReconciled};
use yuanlu_app::inputs::{LineInput, Origin, PartsInput, PlaceInput, ProductInput};
use yuanlu_app::{App, Born, Clock, Config, Person, Principal};
use yuanlu_channels::bill::BillWord;
use yuanlu_channels::{BillKind, Channel, Op};
use yuanlu_domain::Role;
use yuanlu_domain::ids::{ChannelId, OrderId, SellerId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{BroughtBill, HttpTransport, Jobs, Room, Tick, compare_bill};
use yuanlu_money::Money;
use yuanlu_simulator::{Choice, Payment, PaymentStatus};
use yuanlu_storage::verify::verify;

pub const PRICE: i64 = 8_800;

/// Ten in the morning of the day whose bill is compared.
pub fn morning() -> Instant {
    Instant::from_shanghai(2026, 3, 10, 10, 0, 0)
}

fn person(account: &str, roles: &[Role], seller: Option<SellerId>) -> Principal {
    let roles = roles.iter().copied().collect();
    Principal::Person(Person { account: account.into(), name: account.into(), roles, seller, second_factor: true })
}

pub fn finance() -> Principal {
    person("finance", &[Role::Finance], None)
}

pub fn colleague() -> Principal {
    person("fang", &[Role::Finance], None)
}

pub fn buyer() -> Principal {
    person("buyer", &[Role::Buyer], None)
}

pub struct Shop {
    pub app: App,
    pub provider: Provider,
    pub jobs: Jobs<App>,
    pub transport: HttpTransport,
    pub now: Instant,
    product: String,
    folder: PathBuf,
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Shop {
    pub fn new(name: &str, provider: Provider) -> Self {
        let folder = std::env::temp_dir().join(format!("yuanlu-bills-{name}-{}-{}", provider.id, std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let now = morning();
        let mut config = Config::new(&folder, Born::Live);
        config.clock = Clock::manual(now);
        config.channels = vec![provider.id.into()];
        config.seed = Some([7; 32]);
        config.roads = Arc::new(provider.channels.roads());
        let app = App::open(config).expect("opens");
        let seller = app.admit_seller(&person("admin", &[Role::Admin], None), "卡券小店", false).expect("admitted");
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
        let product = app.save_product(&seller, None, &product).expect("saved").id;
        let jobs = Jobs::new(app.clone(), provider.channels.clone());
        provider.set_clock(now);
        Self { app, provider, jobs, transport: HttpTransport::new().expect("a thread"), now, product, folder }
    }

    pub fn id(&self) -> ChannelId {
        self.provider.id.into()
    }

    pub fn set_clock(&mut self, now: Instant) {
        self.now = now;
        self.app.clock().set(now);
        self.provider.set_clock(now);
    }

    /// An order and the number of its payment, which the channel knows of.
    pub fn order(&self) -> (OrderId, String) {
        let line = LineInput {
            product: self.product.clone(),
            quantity: 1,
            seen_price: "88.00".into(),
            confirmed: false,
            recipient: Some("player-2048".into()),
        };
        let place = PlaceInput {
            lines: vec![line],
            tender: self.provider.id.into(),
            parts: PartsInput::default(),
            guest: None,
        };
        let order = self.app.place_order(&buyer(), &place, None, &Origin::default()).expect("placed").order;
        let order = OrderId::from(order.as_str());
        let no = self.file(&order).payments[0].no.to_string();
        let payment = Payment {
            no: no.clone(),
            amount_minor: PRICE,
            currency: "CNY".into(),
            subject: order.to_string(),
            return_url: "https://shop.test/".into(),
            pay_until: self.now.plus_hours(1).micros(),
            status: PaymentStatus::Open,
            transactions: Vec::new(),
        };
        self.provider.bank(|bank| bank.open(payment).map(drop)).expect("opened");
        (order, no)
    }

    /// The payer pays.
    pub fn pay(&self, no: &str, choice: Choice) {
        let now = self.now.micros();
        self.provider.bank(|bank| bank.choose(no, choice, now)).expect("paid");
    }

    /// The channel tells us of the first transaction.
    pub fn hear(&self, no: &str) {
        let known = self.provider.bank(|bank| bank.payment(no).expect("known").transactions[0].channel_ref.clone());
        let channel_ref = format!("{}{known}", self.provider.prefix);
        let told = self.app.payment_succeeded(&self.id(), &no.into(), &channel_ref, Money::cny(PRICE));
        told.expect("taken");
    }

    /// Bought, paid, heard of; the refund is decided and not sent yet. Answers order and number of the refund.
    pub fn sell(&self) -> (OrderId, String) {
        let (order, no) = self.order();
        self.pay(&no, Choice::Pay);
        self.hear(&no);
        let refund = self.file(&order).payouts[0].no.to_string();
        (order, refund)
    }

    pub fn file(&self, order: &OrderId) -> OrderFile {
        let found = self.app.db().read(|db| yuanlu_storage::order_file::find(db, order)).expect("reads");
        found.expect("there").aggregate
    }

    /// Lets jobs work for so many minutes.
    pub fn work(&mut self, minutes: i64) {
        let mut replies = Vec::new();
        for _ in 0..minutes * 4 {
            let calls = self.jobs.step(Tick::steady(self.now), std::mem::take(&mut replies));
            for call in calls {
                replies.push((call.ticket, self.transport.fetch(call.request, &call.room)));
            }
            self.set_clock(self.now.plus_seconds(15));
        }
        self.jobs.step(Tick::steady(self.now), replies);
    }

    /// Fetches the bill as jobs do.
    pub fn fetch(&self, day: Instant, kind: BillKind) -> Option<PathBuf> {
        let channel = self.channel();
        let op = Op::FetchBill { date: day.date(), kind };
        let path = self.folder.join("fetched");
        let mut reply = self.transport.fetch(channel.request(&op, self.now).ok()?, &Room::Large);
        let mut whole = Vec::new();
        loop {
            match channel.bill_word(&op, &reply, self.now) {
                BillWord::Fetch { request, .. } => {
                    reply = self.transport.fetch(*request, &Room::File(path.clone()));
                    assert!(matches!(channel.bill_word(&op, &reply, self.now), BillWord::File(_)));
                    return Some(path);
                }
                BillWord::Part { bytes, next } => {
                    whole.extend_from_slice(&bytes);
                    reply = self.transport.fetch(*next, &Room::Large);
                }
                BillWord::File(bytes) => {
                    whole.extend_from_slice(&bytes);
                    std::fs::write(&path, &whole).expect("written");
                    return Some(path);
                }
                BillWord::Empty => return None,
                other => panic!("{other:?}"),
            }
        }
    }

    pub fn channel(&self) -> &dyn Channel {
        self.provider.channels.get(&self.id()).expect("configured")
    }

    /// Compares a file as an operator's.
    pub fn compare(&self, path: &std::path::Path, day: Instant, kind: BillKind) -> Result<Bill, NotReconciled> {
        let bill =
            BroughtBill { channel: &self.id(), day: day.date(), kind, path, empty: false, brought_by: "operator" };
        compare_bill(&self.app, self.channel(), &bill, &mut |_| {})
    }

    /// Fetches and compares the bill of the first day.
    pub fn reconcile(&self) -> Bill {
        let path = self.fetch(morning(), BillKind::Trades).expect("there is one");
        self.compare(&path, morning(), BillKind::Trades).expect("a good bill")
    }

    pub fn book(&self, account: &str) -> i64 {
        let account = account.parse().expect("an account");
        let read = |db: &yuanlu_storage::Reader<'_>| {
            yuanlu_storage::account_balance::find(db, &account, yuanlu_money::Currency::Cny)
        };
        self.app.db().read(read).expect("reads")
    }

    /// What differs in the journals, rows and books: nothing, ever.
    pub fn audit(&self) -> u64 {
        let report = verify(self.app.db(), None, |_| {}).expect("verified");
        assert!(report.differences.is_empty(), "{:#?}", report.differences);
        report.entries
    }
}
