//! A shop in memory on the real rules. It can be told to fail like a database.

use super::network::Rng;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use yuanlu_app::archive::Round;
use yuanlu_app::bills::WaitingBill;
use yuanlu_app::jobs::DueSaying;
use yuanlu_channels::{BillKind, Channel};
use yuanlu_domain::actor::{Actor, Party};
use yuanlu_domain::calendar::Calendar;
use yuanlu_domain::catalogue::{DeliveryEvent, DeliveryMode, Offer, ProductKind, Terms};
use yuanlu_domain::command::{Act, Command, Line, OrderAct, Parts};
use yuanlu_domain::decide::Provided;
use yuanlu_domain::event::{Event, Tender};
use yuanlu_domain::ids::{AccountId, ChannelId, ChannelNumber, DeskId, Ids, OrderId, ProductId, SellerId};
use yuanlu_domain::order_file::{OrderFile, PaymentState};
use yuanlu_domain::outside_complaint::HeardComplaint;
use yuanlu_domain::policy::Policy;
use yuanlu_domain::projection;
use yuanlu_domain::seller_account::SellerAccount;
use yuanlu_domain::time::Instant;
use yuanlu_domain::wallet::Wallet;
use yuanlu_domain::{Aggregates, Context, decide};
use yuanlu_jobs::{
    BroughtBill, CashierAnswer, DailyTask, DueAsk, DueCall, DueProbe, DueTimer, Failure, InHand, OpenPayment,
    PaymentClosing, PaymentNews, PayoutDetails, ProbeHeard, RunStep, Shop, Waiter,
};
use yuanlu_money::{Currency, Money};

pub const PREFIX: &str = "YL00";

#[derive(Clone)]
pub struct MemoryShop(Arc<Mutex<Store>>);

pub struct Store {
    orders: BTreeMap<OrderId, Aggregates>,
    ids: Ids,
    rng: Rng,
    leases: BTreeMap<Lease, Instant>,
    /// From when payments to be closed may be claimed.
    closings: BTreeMap<ChannelNumber, Instant>,
    /// Payers that channels named when they were asked.
    pub payers: Vec<(OrderId, String)>,
    /// Percentage of submissions that fail: half of them although they were stored.
    pub broken: u64,
    pub daily: Vec<(DailyTask, Instant)>,
    /// Days' work fails.
    pub daily_broken: bool,
    pub server_time: Option<Instant>,
    /// The most rows anybody asked for at once.
    pub largest_page: usize,
}

impl MemoryShop {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Store {
            orders: BTreeMap::new(),
            ids: Ids::new([7; 32]),
            rng: Rng(99),
            leases: BTreeMap::new(),
            closings: BTreeMap::new(),
            payers: Vec::new(),
            broken: 0,
            daily: Vec::new(),
            daily_broken: false,
            server_time: None,
            largest_page: 0,
        })))
    }

    pub fn store(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap()
    }

    pub fn file(&self, order: &OrderId) -> OrderFile {
        self.store().orders[order].order.clone().unwrap()
    }

    pub fn files(&self) -> Vec<OrderFile> {
        self.store().orders.values().filter_map(|a| a.order.clone()).collect()
    }

    pub fn balance(&self, order: &OrderId) -> i64 {
        self.store().orders[order].wallet.as_ref().map_or(0, |w| w.lots.iter().map(|lot| lot.left_minor).sum())
    }

    /// Every call, and from when it may be claimed.
    fn calls(&self) -> Vec<(Instant, DueCall)> {
        let mut rows = Vec::new();
        for file in self.files() {
            for call in projection::calls(&file) {
                let row = DueCall { order: file.order.clone(), call };
                let lease = self.store().leases.get(&lease_key(&row)).copied();
                rows.push((row.call.due.max(lease.unwrap_or(row.call.due)), row));
            }
        }
        rows
    }

    pub fn next_due(&self) -> Option<Instant> {
        let files = self.files();
        let timers = files.iter().flat_map(projection::timers).map(|t| t.due);
        timers.chain(self.calls().into_iter().map(|(due, _)| due)).min()
    }

    pub fn must(&self, by: Actor, order: &OrderId, act: OrderAct, now: Instant) {
        let command = Command { by, act: Act::Order { order: order.clone(), act } };
        self.store().decide(&command, now).unwrap();
    }

    /// One unit of a product that is sold out, for a buyer of its own.
    pub fn place(&self, price_minor: i64, tender: Tender, now: Instant) -> OrderId {
        let order = self.store().ids.order(now);
        let buyer = Party::Account(AccountId::new(format!("b-{order}")));
        let seen_price = Money::new(price_minor, Currency::Cny);
        let lines =
            vec![Line { product: ProductId::from("card"), quantity: 1, seen_price, confirmed: false, recipient: None }];
        let act = OrderAct::Place { buyer: buyer.clone(), lines, parts: Parts::default(), tender };
        self.store().orders.insert(order.clone(), Aggregates::default());
        self.must(Actor::Buyer { party: buyer }, &order, act, now);
        order
    }
}

fn offer(price_minor: i64) -> Offer {
    Offer {
        seller: "s1".into(),
        currency: Currency::Cny,
        terms: Terms {
            product: ProductId::from("card"),
            product_version: 1,
            page_digest: "00".into(),
            kind: ProductKind::GameCard,
            delivery: DeliveryMode::Code,
            delivery_event: DeliveryEvent::CodeRevealed,
            face_minor: price_minor,
            price_minor,
            promise_hours: 24,
            window_days: 15,
            warranty_days: 0,
            fee_basis_points: 500,
            commission_basis_points: 300,
            special: None,
            self_operated: false,
        },
        needs_confirmation: false,
        on_sale: true,
    }
}

impl Store {
    fn decide(&mut self, command: &Command, now: Instant) -> Result<(), Failure> {
        let Act::Order { order, act } = &command.act else { return Err(Failure::Broken("not an order".into())) };
        let price = match act {
            OrderAct::Place { lines, .. } => lines[0].seen_price.minor(),
            _ => 1,
        };
        let facts = Provided {
            offers: BTreeMap::from([(ProductId::from("card"), offer(price))]),
            number_prefix: PREFIX.into(),
            ..Provided::default()
        };
        let before = self.orders.get(order).cloned().unwrap_or_default();
        let last = before.order.as_ref().map_or(now, |file| file.last_at);
        let policy = Policy::builtin();
        let mut context = Context {
            policy,
            policy_hash: policy.hash().as_str(),
            calendar: Calendar::builtin(),
            now: now.max(last),
            ids: &mut self.ids,
            facts: &facts,
        };
        let at = context.now;
        let events = decide(&before, command, &mut context).map_err(Failure::Refused)?;
        let mut after = before;
        for event in events {
            match event {
                Event::Order(event) => {
                    after.order = Some(OrderFile::evolve(after.order.take(), &event, &command.by, at).unwrap());
                }
                Event::Wallet(event) => after.wallet = Some(Wallet::evolve(after.wallet.take(), &event, at).unwrap()),
                Event::Desk(_) => unreachable!("nobody reports anything in this town"),
                Event::Seller(event) => {
                    after.seller = Some(SellerAccount::evolve(after.seller.take(), &event, &command.by, at).unwrap());
                }
            }
        }
        self.orders.insert(order.clone(), after);
        Ok(())
    }

    fn due<T, K: Ord>(&mut self, mut rows: Vec<T>, after: Option<&T>, limit: usize, key: impl Fn(&T) -> K) -> Vec<T> {
        rows.sort_by_key(&key);
        let from = after.map(&key);
        rows.retain(|row| from.as_ref().is_none_or(|from| key(row) > *from));
        rows.truncate(limit);
        self.largest_page = self.largest_page.max(limit);
        rows
    }
}

/// A claim holds for a call as it was: a change of its payout ends it.
type Lease = (OrderId, u16, u16, Instant);

fn lease_key(row: &DueCall) -> Lease {
    (row.order.clone(), row.call.payout, row.call.attempts, row.call.due)
}

impl Shop for MemoryShop {
    fn due_timers(&self, now: Instant, after: Option<&DueTimer>, limit: usize) -> Result<Vec<DueTimer>, Failure> {
        let rows = self.files().into_iter().flat_map(|file| {
            let timers = projection::timers(&file).into_iter().filter(|t| t.due <= now);
            timers
                .map(|t| DueTimer { due: t.due, of: Waiter::Order(file.order.clone()), subject: t.subject })
                .collect::<Vec<_>>()
        });
        let rows = rows.collect();
        Ok(self.store().due(rows, after, limit, |t| (t.due, t.of.clone(), t.subject.to_string())))
    }

    /// Nobody's debt is looked at in this town.
    fn sellers_to_square(&self, _: Option<&SellerId>, _: usize) -> Result<Vec<SellerId>, Failure> {
        Ok(Vec::new())
    }

    fn claim_calls(&self, now: Instant, leased_until: Instant, limit: usize) -> Result<Vec<DueCall>, Failure> {
        let mut rows = self.calls();
        rows.retain(|(due, _)| *due <= now);
        rows.sort_by_key(|(due, row)| (*due, row.order.clone(), row.call.payout));
        rows.truncate(limit);
        let mut store = self.store();
        store.leases.extend(rows.iter().map(|(_, row)| (lease_key(row), leased_until)));
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    fn open_payments(
        &self,
        from: Instant,
        before: Instant,
        after: Option<&OpenPayment>,
        limit: usize,
    ) -> Result<Vec<OpenPayment>, Failure> {
        let mut rows = Vec::new();
        for file in self.files().into_iter().filter(|file| (from..before).contains(&file.placed_at)) {
            for payment in file.payments.iter().filter(|p| p.state == PaymentState::Open) {
                let Tender::Channel { channel } = &payment.tender else { continue };
                let (order, no, channel) = (file.order.clone(), payment.no.clone(), channel.clone());
                rows.push(OpenPayment { since: file.placed_at, order, no, channel });
            }
        }
        Ok(self.store().due(rows, after, limit, |p| (p.since, p.order.clone(), p.no.to_string())))
    }

    fn payout_details(&self, order: &OrderId, payout: u16) -> Result<PayoutDetails, Failure> {
        let file = self.file(order);
        let payout = file.payout(payout).unwrap();
        let payment = file.payment(payout.destination.payment()).unwrap();
        let (PaymentState::Paid { channel_ref, .. } | PaymentState::Extra { channel_ref, .. }) = &payment.state else {
            return Err(Failure::Broken("a refund of what was not paid".into()));
        };
        Ok(PayoutDetails {
            payment_no: payment.no.clone(),
            payment_ref: channel_ref.clone(),
            amount: Money::new(payout.amount_minor, file.currency),
            total: Money::new(payment.amount_minor, file.currency),
            remits: false,
            account: None,
            channel_ref: payout.accepted.as_ref().map(|a| a.channel_ref.clone()).unwrap_or_default(),
            sent_at: payout.sent_at,
        })
    }

    fn open_top_ups(
        &self,
        _: Instant,
        _: Instant,
        _: Option<&OpenPayment>,
        _: usize,
    ) -> Result<Vec<OpenPayment>, Failure> {
        Ok(Vec::new())
    }

    fn due_probe(&self, _: &OrderId, _: u16) -> Result<Option<DueProbe>, Failure> {
        Ok(None)
    }

    fn sign_probe(&self, _: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(Vec::new())
    }

    fn probe_heard(&self, _: &OrderId, _: u16, _: u16, _: ProbeHeard) -> Result<(), Failure> {
        Ok(())
    }

    fn claim_asks(&self, _: Instant, _: Instant, _: usize) -> Result<Vec<DueAsk>, Failure> {
        Ok(Vec::new())
    }

    fn cashier_answered(&self, no: &ChannelNumber, _: CashierAnswer) -> Result<(), Failure> {
        panic!("nobody asked for {no}: the only channel of this town has links")
    }

    fn claim_closings(
        &self,
        now: Instant,
        leased_until: Instant,
        limit: usize,
    ) -> Result<Vec<PaymentClosing>, Failure> {
        let mut rows = Vec::new();
        for file in self.files() {
            let of = file.order.to_string();
            rows.extend(projection::closings(&file).into_iter().map(|closing| PaymentClosing {
                of: of.clone(),
                closing,
                prepared: None,
            }));
        }
        let mut store = self.store();
        rows.retain(|row| store.closings.get(&row.closing.no).is_none_or(|until| *until <= now));
        rows.truncate(limit);
        store.closings.extend(rows.iter().map(|row| (row.closing.no.clone(), leased_until)));
        Ok(rows)
    }

    fn postpone_closing(&self, closing: &PaymentClosing, until: Instant) -> Result<(), Failure> {
        self.store().closings.insert(closing.closing.no.clone(), until);
        Ok(())
    }

    fn hear(&self, channel: &ChannelId, no: &ChannelNumber, news: &PaymentNews, now: Instant) -> Result<(), Failure> {
        let no = no.clone();
        let order = no.order(PREFIX).unwrap();
        let act = match news.clone() {
            PaymentNews::Succeeded { channel_ref, amount } => OrderAct::PaymentSucceeded { no, channel_ref, amount },
            PaymentNews::Declined { code } => OrderAct::PaymentDeclined { no, code },
            PaymentNews::Closed => OrderAct::PaymentClosed { no },
            PaymentNews::Payer(payer) => {
                self.store().payers.push((order, payer));
                return Ok(());
            }
        };
        let command = Command { by: Actor::Channel { channel: channel.clone() }, act: Act::Order { order, act } };
        self.submit(vec![command], now).remove(0)
    }

    fn submit(&self, commands: Vec<Command>, now: Instant) -> Vec<Result<(), Failure>> {
        let mut store = self.store();
        let broken = store.broken;
        let each = commands.iter().map(|command| {
            let lost = || Err(Failure::Broken("the store is away".into()));
            if store.rng.chance(broken / 2) {
                return lost();
            }
            let answer = store.decide(command, now);
            if store.rng.chance(broken / 2) { lost() } else { answer }
        });
        each.collect()
    }

    fn daily(&self, task: DailyTask, now: Instant) -> Result<(), Failure> {
        let mut store = self.store();
        store.daily.push((task, now));
        if store.daily_broken { Err(Failure::Broken("not today".into())) } else { Ok(()) }
    }

    /// What follows belongs to the real shop; this town has no pages, no complaints and no bills.
    fn channels_down(&self, _: &BTreeMap<ChannelId, Instant>) {}

    fn outside_news(&self, _: u32) -> Result<Vec<(ChannelId, String, Instant)>, Failure> {
        Ok(Vec::new())
    }

    fn forget_outside_news(&self, channel: &ChannelId, number: &str, _: Instant) -> Result<(), Failure> {
        panic!("nobody told of complaint {number} at {channel}")
    }

    fn outside_heard(&self, channel: &ChannelId, _: &HeardComplaint) -> Result<(), Failure> {
        panic!("nobody asked {channel} about complaints")
    }

    fn due_saying(&self, desk: &DeskId, _: u16) -> Result<Option<DueSaying>, Failure> {
        panic!("no call of {desk} is ever due")
    }

    fn keep_views(&self) -> Result<(), Failure> {
        Ok(())
    }

    fn run_incidents(&self, _: &mut InHand, _: Instant, _: u32) -> Result<RunStep, Failure> {
        Ok(RunStep::Idle)
    }

    fn server_time(&self) -> Result<Option<Instant>, Failure> {
        Ok(self.store().server_time)
    }

    fn archive_round(&self, _: Instant) -> Option<Round> {
        None
    }

    fn archive_next(&self, _: &mut Round) -> Result<(), Failure> {
        Ok(())
    }

    fn wanted_bill(&self, _: &ChannelId, _: BillKind, _: Instant) -> Result<Option<Date>, Failure> {
        Ok(None)
    }

    fn waiting_bills(&self) -> Vec<WaitingBill> {
        Vec::new()
    }

    fn bill_folder(&self) -> PathBuf {
        panic!("no bill is ever fetched")
    }

    fn reconcile_bill(&self, channel: &dyn Channel, _: &BroughtBill<'_>) -> Result<(), Failure> {
        panic!("nobody brought a bill of {}", channel.id())
    }
}
