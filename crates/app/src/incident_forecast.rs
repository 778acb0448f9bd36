//! Which orders a mass incident is about, and what refunding them comes to: each is decided as the engine would, and
//! nothing is written.

use crate::app::App;
use crate::errors::{AppError, Result};
use std::collections::BTreeMap;
use std::sync::Arc;
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::decide::{Decided, Provided, decide_whole};
use yuanlu_domain::ids::{Ids, OrderId, SellerId};
use yuanlu_domain::incident::{Forecast, Incident, LeftOut, MOST_ORDERS, Selection, SellerShare, WayShare};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::Destination;
use yuanlu_domain::projection::wallet_of;
use yuanlu_domain::rate::BOOKS;
use yuanlu_domain::time::Instant;
use yuanlu_domain::wallet::Wallet;
use yuanlu_domain::{Actor, Aggregates, Context, Refusal};
use yuanlu_ledger::Account;
use yuanlu_money::{Currency, Money};
use yuanlu_storage::{Reader, order_file, stock, wallet};

/// Files read at once.
const PAGE: u32 = 500;

/// An order that fits, and what it would be refunded.
pub(crate) struct Meant {
    pub(crate) order: OrderId,
    pub(crate) seller: SellerId,
    pub(crate) units: Vec<u16>,
    pub(crate) planned: Money,
}

/// The orders that fit, and what they come to.
pub(crate) struct Gathered {
    pub(crate) orders: Vec<Meant>,
    pub(crate) forecast: Forecast,
}

/// Sums while orders are gathered.
#[derive(Default)]
struct Sums {
    refunds: u32,
    cases: u32,
    ways: BTreeMap<(String, Currency), (u32, i64)>,
    sellers: BTreeMap<(SellerId, Currency), SellerShare>,
    left_out: BTreeMap<String, u32>,
}

impl App {
    /// Every order that fits the incident's selection, and what refunding all of them comes to.
    pub(crate) fn gather(&self, incident: &Incident, now: Instant) -> Result<Gathered> {
        self.db().snapshot(|db| {
            let (mut orders, mut sums) = (Vec::new(), Sums::default());
            // Who decides needs neither what was foreseen nor the words.
            let facts = Provided {
                incident: Some(incident.clone()),
                number_prefix: self.db().meta().number_prefix.clone(),
                roads: Arc::clone(&self.config().roads),
                restored_at: yuanlu_storage::setting::restored_at(db)?,
                ..Provided::default()
            };
            self.each_meant(db, &incident.selection, |db, page| {
                let wallets = wallets_of(db, &page)?;
                for (file, units) in page {
                    if orders.len() >= MOST_ORDERS as usize {
                        return Err(AppError::invalid("selection", "too_large"));
                    }
                    let planned = self.foresee(db, &facts, &file, &units, &wallets, now, &mut sums)?;
                    orders.push(Meant {
                        planned: Money::new(planned, file.currency),
                        order: file.order,
                        seller: file.seller,
                        units,
                    });
                }
                Ok(())
            })?;
            let forecast = sums.forecast(u32::try_from(orders.len()).unwrap_or(u32::MAX));
            Ok(Gathered { orders, forecast })
        })
    }

    /// Walks through the files that fit, some at a time: by the batch, the seller, or the time they were placed.
    fn each_meant(
        &self,
        db: &Reader<'_>,
        selection: &Selection,
        mut each: impl FnMut(&Reader<'_>, Vec<(OrderFile, Vec<u16>)>) -> Result<()>,
    ) -> Result<()> {
        let fitting = |files: Vec<OrderFile>, in_batch: &BTreeMap<OrderId, Vec<u16>>| {
            let none = Vec::new();
            let fit = files.into_iter().filter_map(|file| {
                let units = selection.units(&file, in_batch.get(&file.order).unwrap_or(&none));
                (!units.is_empty()).then_some((file, units))
            });
            fit.collect::<Vec<_>>()
        };
        if let (Some(product), Some(batch)) = (&selection.product, selection.batch) {
            let in_batch = stock::units_of_batch(db, product, batch)?;
            let ids: Vec<&str> = in_batch.keys().map(OrderId::as_str).collect();
            for ids in ids.chunks(PAGE as usize) {
                let files = order_file::load(db, ids)?.into_iter().map(|stored| stored.aggregate).collect();
                each(db, fitting(files, &in_batch))?;
            }
            return Ok(());
        }
        let seller = match (&selection.seller, &selection.product) {
            (Some(seller), _) => Some(seller.clone()),
            (None, Some(product)) => yuanlu_storage::product::find(db, product)?.map(|product| product.offer.seller),
            (None, None) => None,
        };
        let start = selection.from.unwrap_or(Instant::from_micros(0));
        let end = selection.until.unwrap_or(Instant::from_micros(i64::MAX));
        let mut after = (start, String::new());
        loop {
            let page = order_file::list_placed(db, seller.as_ref(), (after.0, &after.1), end, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.aggregate.placed_at, last.aggregate.order.to_string());
            each(db, fitting(page.into_iter().map(|stored| stored.aggregate).collect(), &BTreeMap::new()))?;
        }
    }

    /// What one order would be refunded.
    #[expect(clippy::too_many_arguments, reason = "everything a decision depends on")]
    fn foresee(
        &self,
        db: &Reader<'_>,
        facts: &Provided,
        file: &OrderFile,
        units: &[u16],
        wallets: &BTreeMap<String, Wallet>,
        now: Instant,
        sums: &mut Sums,
    ) -> Result<i64> {
        let Some(incident) = &facts.incident else { return Ok(0) };
        let policy = self.policy_of(&file.policy)?;
        let mut own = facts.clone();
        if file.currency != BOOKS {
            own.day_rate = crate::rates::latest(db, file.currency, now)?;
        }
        let wallet = wallet_of(file).and_then(|account| wallets.get(account.as_str()).cloned());
        let before = Aggregates { order: Some(file.clone()), wallet, ..Aggregates::default() };
        let act = OrderAct::RefundIncident { incident: incident.desk.clone(), units: units.to_vec() };
        let command = Command { by: Actor::Program, act: Act::Order { order: file.order.clone(), act } };
        let mut context = Context {
            policy: &policy,
            policy_hash: policy.hash().as_str(),
            calendar: self.calendar(),
            now: now.max(file.last_at),
            ids: &mut Ids::new([0; 32]),
            facts: &own,
        };
        match decide_whole(&before, &command, &mut context) {
            Ok(decided) => Ok(sums.add(file, &decided)),
            Err(refusal) => {
                *sums.left_out.entry(why(&refusal).to_owned()).or_default() += 1;
                Ok(0)
            }
        }
    }
}

fn wallets_of(db: &Reader<'_>, page: &[(OrderFile, Vec<u16>)]) -> Result<BTreeMap<String, Wallet>> {
    let accounts: Vec<String> =
        page.iter().filter_map(|(file, _)| wallet_of(file)).map(|account| account.to_string()).collect();
    let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
    let found = wallet::load(db, &accounts)?.into_iter();
    Ok(found.map(|stored| (stored.aggregate.account.to_string(), stored.aggregate)).collect())
}

/// Why there is nothing to do about an order: the state it is in where that is the reason, else the refusal's code.
pub(crate) fn why(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::WrongState { state } => state,
        other => other.code(),
    }
}

impl Sums {
    /// Counts an order that can be refunded; answers how much goes to its buyer.
    fn add(&mut self, before: &OrderFile, decided: &Decided) -> i64 {
        let Some(after) = &decided.after.order else { return 0 };
        self.refunds += 1;
        let was_decided = |ordinal: u16, file: &OrderFile| file.case(ordinal).map_or(0, |case| case.decisions.len());
        let joined = before.cases.iter().filter(|case| was_decided(case.ordinal, after) > case.decisions.len()).count();
        self.cases += u32::try_from(joined).unwrap_or(u32::MAX);
        let mut total = 0;
        for payout in after.payouts.iter().skip(before.payouts.len()) {
            let way = match &payout.destination {
                Destination::Balance { .. } => "balance",
                Destination::Voucher { .. } => "voucher",
                Destination::Account { .. } => "account",
                Destination::Original { channel, .. } => channel.as_str(),
            };
            let share = self.ways.entry((way.to_owned(), after.currency)).or_default();
            *share = (share.0 + 1, share.1 + payout.amount_minor);
            total += payout.amount_minor;
        }
        let share = self.sellers.entry((after.seller.clone(), after.currency)).or_insert_with(|| SellerShare {
            seller: after.seller.clone(),
            currency: after.currency,
            orders: 0,
            escrow_minor: 0,
            payable_minor: 0,
            platform_minor: 0,
        });
        share.orders += 1;
        for transfer in decided.order_transfers.iter().filter(|made| made.amount().currency() == after.currency) {
            for (account, minor) in
                [(transfer.debit(), transfer.amount().minor()), (transfer.credit(), -transfer.amount().minor())]
            {
                match account {
                    Account::Escrow(_) => share.escrow_minor += minor,
                    Account::SellerPayable(_) => share.payable_minor += minor,
                    Account::PlatformFee | Account::PlatformCost => share.platform_minor += minor,
                    _ => {}
                }
            }
        }
        total
    }

    fn forecast(self, orders: u32) -> Forecast {
        let ways =
            self.ways.into_iter().map(|((way, currency), (payouts, minor))| WayShare { way, currency, payouts, minor });
        Forecast {
            orders,
            refunds: self.refunds,
            cases: self.cases,
            ways: ways.collect(),
            sellers: self.sellers.into_values().collect(),
            left_out: self.left_out.into_iter().map(|(why, orders)| LeftOut { why, orders }).collect(),
        }
    }
}
