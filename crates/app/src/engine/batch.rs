//! One batch: load, decide, write, commit.

use super::effects::{self, Effects, case_of};
use super::funds::Payables;
use super::load::{self, Known};
use super::outside_effects;
use super::slot::{Change, Pending, Slots};
use super::{Answer, Engine, EngineError, Envelope, Outcome, PlainWrite};
use crate::payer::is_shared;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use yuanlu_domain::catalogue::Offer;
use yuanlu_domain::code_batch::CodesEvent;
use yuanlu_domain::command::{Act, OrderAct};
use yuanlu_domain::decide::{Decided, Provided, decide_whole};
use yuanlu_domain::desk::{DeskEvent, DeskFile};
use yuanlu_domain::event::OrderEvent;
use yuanlu_domain::figures;
use yuanlu_domain::ids::{Ids, ProductId, SellerId, StockId};
use yuanlu_domain::incident::IncidentEvent;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::policy::Policy;
use yuanlu_domain::route::Roads;
use yuanlu_domain::seller_account::{SellerAccount, SellerEvent};
use yuanlu_domain::time::Instant;
use yuanlu_domain::wallet::{Wallet, WalletEvent};
use yuanlu_domain::{Actor, Aggregates, Context, Event, Refusal};
use yuanlu_ledger::Account;
use yuanlu_money::Currency;
use yuanlu_storage::idempotency::{self, Answered};
use yuanlu_storage::notice::{self, Notice};
use yuanlu_storage::transfer::Posted;
use yuanlu_storage::{StorageError, Tx, account_balance, day_tally, journal, personal, tally, transfer};

/// Why a batch was not committed.
pub(super) enum Abort {
    /// Writing failed, nothing is stored: smaller parts may succeed.
    Write(EngineError),
    /// Beginning or committing failed: trying again would not help, or might repeat what happened.
    Commit(EngineError),
    /// Another node changed what the batch had read: nothing is stored, and all of it can be done again.
    Overtaken,
}

impl Abort {
    fn writing(error: StorageError) -> Self {
        match error {
            StorageError::Overtaken { .. } => Self::Overtaken,
            // Smaller parts would fare no better.
            error @ StorageError::Away { .. } => Self::Commit(error.into()),
            error => Self::Write(error.into()),
        }
    }
}

impl From<StorageError> for Abort {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Overtaken { .. } => Self::Overtaken,
            error => Self::Commit(error.into()),
        }
    }
}

/// Plain writes that go into the commit.
pub(super) struct Work {
    pub(super) writes: Vec<PlainWrite>,
}

/// Decides and commits. The outcomes are in the order of the commands.
pub(super) fn attempt(
    engine: &mut Engine,
    commands: &[Envelope],
    work: &mut Work,
    now: Instant,
    ids: &mut Ids,
) -> Result<Vec<Outcome>, Abort> {
    let Engine { writer, number_prefix, restored_at, roads, calendar, policies, failing: _ } = engine;
    writer.transaction(|tx| {
        let outcomes = if commands.is_empty() {
            Vec::new()
        } else {
            let write = Abort::writing;
            let mut batch = Batch::load(tx, commands, policies, (number_prefix, roads), now).map_err(write)?;
            batch.restored_at = *restored_at;
            let outcomes = commands
                .iter()
                .map(|envelope| batch.take(envelope, calendar, now, ids))
                .collect::<Result<Vec<_>, _>>()
                .map_err(write)?;
            tx.together(|tx| batch.write(tx, now)).map_err(write)?;
            outcomes
        };
        for PlainWrite(write) in &mut work.writes {
            write.run(tx, now);
        }
        Ok(outcomes)
    })
}

/// What a command on an order counts as.
struct Figures {
    seller: SellerId,
    /// On its day.
    names: Vec<String>,
    /// For ever.
    totals: [(&'static str, i64); 4],
}

/// A command that was accepted: what must be written for it beside its aggregates.
struct Accepted<'a> {
    envelope: &'a Envelope,
    entries: Vec<Pending>,
    effects: Option<Effects>,
    notices: Vec<Notice>,
    counted: Vec<&'static str>,
    /// What it counts as in figures of the day, and whose order it is about.
    figures: Option<Figures>,
    /// Money left without a second person (R35).
    released_alone: bool,
    answered: Option<Answered>,
}

impl Accepted<'_> {
    /// What it counts as in public.
    fn rare(&self) -> impl Iterator<Item = &'static str> {
        let counted = self.effects.iter().flat_map(Effects::counted).chain(self.counted.iter().copied());
        counted.chain(self.released_alone.then_some("released_alone"))
    }
}

/// The aggregates a command names.
#[derive(Clone, Copy)]
struct Named<'n> {
    order: Option<&'n str>,
    wallet: Option<&'n str>,
    seller: Option<&'n str>,
    desk: Option<&'n str>,
}

/// The events of a command, by aggregate.
#[derive(Default)]
struct Happened<'e> {
    order: Vec<&'e OrderEvent>,
    wallet: Vec<&'e WalletEvent>,
    seller: Vec<&'e SellerEvent>,
    desk: Vec<&'e DeskEvent>,
}

impl<'e> Happened<'e> {
    fn of(events: &'e [Event]) -> Self {
        let mut happened = Self::default();
        for event in events {
            match event {
                Event::Order(event) => happened.order.push(event),
                Event::Wallet(event) => happened.wallet.push(event),
                Event::Seller(event) => happened.seller.push(event),
                Event::Desk(event) => happened.desk.push(event),
            }
        }
        happened
    }
}

struct Batch<'a> {
    orders: Slots<OrderFile>,
    wallets: Slots<Wallet>,
    sellers: Slots<SellerAccount>,
    desks: Slots<DeskFile>,
    known: Known,
    policies: &'a HashMap<String, Arc<Policy>>,
    current_policy: Option<Arc<Policy>>,
    offers: BTreeMap<ProductId, Offer>,
    /// Free codes not yet given to a command of this batch.
    free: BTreeMap<ProductId, VecDeque<StockId>>,
    /// What sellers are owed, where a command is about a seller's money.
    payables: Payables,
    number_prefix: &'a str,
    restored_at: Option<Instant>,
    roads: &'a Arc<Roads>,
    accepted: Vec<Accepted<'a>>,
}

impl<'a> Batch<'a> {
    fn load(
        tx: &Tx<'_>,
        commands: &'a [Envelope],
        policies: &'a mut HashMap<String, Arc<Policy>>,
        (number_prefix, roads): (&'a str, &'a Arc<Roads>),
        now: Instant,
    ) -> Result<Self, StorageError> {
        let orders =
            Slots::<OrderFile>::load(tx, commands.iter().filter_map(load::order_id).map(str::to_owned).collect())?;
        let wallets = Slots::<Wallet>::load(tx, commands.iter().filter_map(|c| load::wallet_id(c, &orders)).collect())?;
        let sellers =
            Slots::<SellerAccount>::load(tx, commands.iter().filter_map(load::seller_id).map(str::to_owned).collect())?;
        let desks =
            Slots::<DeskFile>::load(tx, commands.iter().filter_map(load::desk_id).map(str::to_owned).collect())?;
        let current_policy = load::policies(tx, commands, &orders, policies, now)?;
        let offers = load::offers(tx, commands)?;
        let free = load::free(tx, commands, &orders, &offers)?;
        let payables = Payables::load(tx, commands, &sellers, current_policy.as_deref(), now)?;
        let known = tx.read_together(|tx| Known::load(tx, commands, &orders, &offers, now))?;
        Ok(Self {
            orders,
            wallets,
            sellers,
            desks,
            known,
            policies,
            current_policy,
            offers,
            free,
            payables,
            number_prefix,
            restored_at: None,
            roads,
            accepted: Vec::with_capacity(commands.len()),
        })
    }

    /// Decides one command on what those before it left. The outer error is the store's; the inner one the command's.
    fn take(
        &mut self,
        envelope: &'a Envelope,
        calendar: &yuanlu_domain::calendar::Calendar,
        now: Instant,
        ids: &mut Ids,
    ) -> Result<Outcome, StorageError> {
        let scope =
            envelope.idempotency.as_ref().map(|key| idempotency::scope(&envelope.principal, key.route, &key.key));
        if let (Some(scope), Some(key)) = (&scope, &envelope.idempotency)
            && let Some((input_hash, outcome)) = self.known.answered.get(scope)
        {
            return replay(scope, *input_hash == key.input_hash, outcome);
        }
        let wallet = load::wallet_id(envelope, &self.orders);
        let named = Named {
            order: load::order_id(envelope),
            wallet: wallet.as_deref(),
            seller: load::seller_id(envelope),
            desk: load::desk_id(envelope),
        };
        let policy = self.policy_for(named.order)?;
        let facts = self.facts(envelope, &policy, now);
        let before = Aggregates {
            order: self.orders.take(named.order),
            wallet: self.wallets.take(named.wallet),
            seller: self.sellers.take(named.seller),
            desk: self.desks.take(named.desk),
        };
        let at = latest(&before, now);
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let mut context =
                Context { policy: &policy, policy_hash: policy.hash().as_str(), calendar, now: at, ids, facts: &facts };
            #[cfg(test)]
            assert_ne!(envelope.principal, super::tests::PANICS, "a decision that panics");
            decide_whole(&before, &envelope.command, &mut context)
        }));
        let decided = match decided {
            Ok(Ok(decided)) if !decided.events.is_empty() => decided,
            not_done => {
                self.orders.give_back(named.order, before.order);
                self.wallets.give_back(named.wallet, before.wallet);
                self.sellers.give_back(named.seller, before.seller);
                self.desks.give_back(named.desk, before.desk);
                return Ok(Err(match not_done {
                    Ok(Ok(_)) => EngineError::Refused(Refusal::NothingDue),
                    Ok(Err(refusal)) => EngineError::Refused(refusal),
                    Err(_) => EngineError::Panicked,
                }));
            }
        };
        let events = decided.events;
        let happened = Happened::of(&events);
        let after = Decided { events: Vec::new(), ..decided };
        let figures = after.after.order.as_ref().filter(|_| !happened.order.is_empty()).map(|file| {
            let hours = policy.parameters().seller_answer_hours;
            let names = figures::counted(before.order.as_ref(), file, &happened.order, hours, at);
            let totals = figures::totals(before.order.as_ref(), file);
            Figures { seller: file.seller.clone(), names, totals }
        });
        let entries = self.apply(&envelope.command.by, &happened, named, before, after, at)?;
        self.payables.follow(named.seller, &entries);
        let effects = named
            .order
            .and_then(|id| self.orders.get(id)?.current.as_ref())
            .map(|file| Effects::of(file, &happened.order, &policy, calendar, at, ids));
        if let Some(effects) = &effects {
            effects
                .taken()
                .for_each(|taken| self.free.values_mut().for_each(|codes| codes.retain(|code| code != taken)));
        }
        let notices = match (named.order, named.wallet.and_then(|id| self.wallets.get(id)?.current.as_ref())) {
            (None, Some(wallet)) => Effects::of_wallet(wallet, &happened.wallet, at, ids),
            _ => match named.desk.and_then(|id| self.desks.get(id)?.current.as_ref()) {
                Some(desk) => Effects::of_desk(desk, &happened.desk, at, ids),
                None => match named.seller.and_then(|id| self.sellers.get(id)?.current.as_ref()) {
                    Some(account) => super::funds::notices(account, &happened.seller, at, ids),
                    None => Vec::new(),
                },
            },
        };
        let counted = happened.desk.iter().filter_map(|event| outside_effects::counted(event)).collect();
        let released_alone =
            happened.seller.iter().any(|event| matches!(event, SellerEvent::WithdrawalExecuted { alone: true, .. }))
                || happened.desk.iter().any(|event| match event {
                    DeskEvent::Codes(CodesEvent::Approved { alone, .. }) => *alone,
                    DeskEvent::Incident(event) => matches!(**event, IncidentEvent::Approved { alone: true, .. }),
                    _ => false,
                });
        let answer = self.answer(named, events);
        let answered = match (scope, &envelope.idempotency) {
            (Some(scope), Some(key)) => {
                let outcome =
                    serde_json::to_string(&answer).map_err(|_| StorageError::inconsistent("idempotency", &scope))?;
                self.known.answered.insert(scope.clone(), (key.input_hash.clone(), outcome.clone()));
                Some(Answered { scope, input_hash: key.input_hash.clone(), outcome })
            }
            _ => None,
        };
        self.accepted.push(Accepted {
            envelope,
            entries,
            effects,
            notices,
            counted,
            figures,
            released_alone,
            answered,
        });
        Ok(Ok(answer))
    }

    fn policy_for(&self, order: Option<&str>) -> Result<Arc<Policy>, StorageError> {
        let file = order.and_then(|id| self.orders.get(id)).and_then(|slot| slot.current.as_ref());
        let found = match file {
            // A file placed in this batch was placed under the current one.
            Some(file) => self.policies.get(&file.policy).or(self.current_policy.as_ref()),
            None => self.current_policy.as_ref(),
        };
        found.cloned().ok_or_else(|| StorageError::inconsistent("policy", "in force"))
    }

    fn facts(&self, envelope: &Envelope, policy: &Policy, now: Instant) -> Provided {
        let Act::Order { order, act } = &envelope.command.act else {
            let staff = match envelope.command.act {
                Act::Desk { .. } | Act::Seller { .. } => self.known.staff.clone(),
                Act::Order { .. } | Act::Wallet { .. } => None,
            };
            let funds = load::seller_id(envelope).and_then(|seller| self.payables.funds(seller));
            return Provided { number_prefix: self.number_prefix.to_owned(), staff, funds, ..Provided::default() };
        };
        let file = self.orders.get(order.as_str()).and_then(|slot| slot.current.as_ref());
        let mut facts = Provided {
            number_prefix: self.number_prefix.to_owned(),
            restored_at: self.restored_at,
            roads: Arc::clone(self.roads),
            ..Provided::default()
        };
        if let OrderAct::Place { lines, .. } = act {
            let offered = lines.iter().filter_map(|line| self.offers.get_key_value(&line.product));
            let mut bound: BTreeMap<_, _> = offered.map(|(id, offer)| (id.clone(), offer.clone())).collect();
            bound.values_mut().for_each(|offer| policy.parameters().bind(&mut offer.terms));
            facts.offers = bound;
            facts.agreements.clone_from(&self.known.agreements);
        }
        for (product, count) in load::wanted_codes(act, file, &self.offers) {
            let codes = self.free.get(&product).map(|codes| codes.iter().take(count).cloned().collect());
            facts.free_stock.insert(product, codes.unwrap_or_default());
        }
        let offered = facts.offers.values().next().map(|offer| offer.currency);
        let currency = file.map(|file| file.currency).or(offered);
        facts.day_rate = currency.and_then(|currency| self.known.day_rates.get(&currency)).cloned();
        facts.staff.clone_from(&self.known.staff);
        facts.probed.clone_from(&self.known.probed);
        if let Some(conflicted) = self.known.outside.conflicted.get(order.as_str()) {
            facts.arbitrators.clone_from(&self.known.outside.arbitrators);
            facts.conflicted_organisations.clone_from(conflicted);
        }
        if let OrderAct::RefundIncident { incident, .. } = act {
            facts.incident = self.known.incidents.get(incident).cloned();
        }
        if let OrderAct::Apply { evidence, .. } = act {
            facts.forgery_hint = evidence.iter().any(|file| self.known.hinting.contains(&file.id));
        }
        if let Some(file) = file {
            let own = self.known.seller_rules.iter().filter(|(seller, _)| *seller == file.seller);
            facts.seller_rules = own.map(|(_, rule)| rule.clone()).collect();
        }
        if let Some(sharing) = self.known.sharing.get(order.as_str()) {
            facts.several_accounts_one_payer = is_shared(sharing, policy, now);
        }
        if let Some(claims) = file.and_then(|file| self.known.bad_claims.get(&file.buyer.to_string())) {
            let parameters = policy.parameters();
            let since = now.plus_days(-i64::from(parameters.restricted_within_days));
            let counted = claims.iter().filter(|at| **at >= since).count();
            facts.restricted_buyer = u32::try_from(counted).unwrap_or(u32::MAX) >= parameters.restricted_after_claims;
        }
        facts
    }

    /// Puts what became of the aggregates in their places; answers their journal entries.
    fn apply(
        &mut self,
        by: &Actor,
        happened: &Happened<'_>,
        named: Named<'_>,
        before: Aggregates,
        decided: Decided,
        at: Instant,
    ) -> Result<Vec<Pending>, StorageError> {
        let mut entries = Vec::with_capacity(2);
        let after = decided.after;
        let change = Change { before: before.order, after: after.order, transfers: decided.order_transfers };
        entries.extend(self.orders.apply(named.order, &happened.order, by, at, change)?);
        let change = Change { before: before.wallet, after: after.wallet, transfers: decided.wallet_transfers };
        entries.extend(self.wallets.apply(named.wallet, &happened.wallet, by, at, change)?);
        let change = Change { before: before.seller, after: after.seller, transfers: decided.seller_transfers };
        entries.extend(self.sellers.apply(named.seller, &happened.seller, by, at, change)?);
        let change = Change { before: before.desk, after: after.desk, transfers: decided.desk_transfers };
        entries.extend(self.desks.apply(named.desk, &happened.desk, by, at, change)?);
        Ok(entries)
    }

    fn answer(&self, named: Named<'_>, events: Vec<Event>) -> Answer {
        let file = named.order.and_then(|id| self.orders.get(id));
        let version = file
            .map(super::slot::Slot::version)
            .or_else(|| named.wallet.and_then(|id| self.wallets.get(id)).map(super::slot::Slot::version))
            .or_else(|| named.seller.and_then(|id| self.sellers.get(id)).map(super::slot::Slot::version))
            .or_else(|| named.desk.and_then(|id| self.desks.get(id)).map(super::slot::Slot::version));
        let case = file
            .and_then(|slot| slot.current.as_ref())
            .and_then(|file| events.iter().find_map(|event| case_of(file, event)));
        let payouts = events.iter().filter_map(|event| match event {
            Event::Order(OrderEvent::PayoutDecided { payout }) => Some(payout.ordinal),
            _ => None,
        });
        Answer {
            order: named.order.map(Into::into),
            desk: named.desk.map(Into::into),
            case,
            payouts: payouts.collect(),
            version: version.unwrap_or(0),
            replayed: false,
            events,
        }
    }

    /// What a command counts as in the figures of its day: the platform's, and its seller's.
    fn day_counts<'s>(&self, accepted: &'s Accepted<'_>, by_day: &mut BTreeMap<String, BTreeMap<&'s str, i64>>) {
        let mut add = |subject: &str, name: &'s str, n: i64| {
            if n != 0 {
                *by_day.entry(subject.to_owned()).or_default().entry(name).or_default() += n;
            }
        };
        if let Some(figures) = &accepted.figures {
            let seller = format!("seller:{}", figures.seller);
            for name in &figures.names {
                add(day_tally::PLATFORM, name, 1);
                add(&seller, name, 1);
            }
            for (name, n) in figures.totals {
                add(day_tally::PLATFORM, name, n);
            }
        }
        for name in accepted.rare() {
            if matches!(name, "released_alone" | "unjudged" | "outside_complaints") {
                add(day_tally::PLATFORM, name, 1);
            }
        }
    }

    /// Writes everything the batch decided. What has to be read for it is read first, so that the rest can go together.
    fn write(&self, tx: &Tx<'_>, now: Instant) -> Result<(), StorageError> {
        let effects = self.accepted.iter().filter_map(|accepted| accepted.effects.as_ref());
        let found = effects::conduct_found(tx, effects.clone())?;
        let mut by_day: BTreeMap<String, BTreeMap<&str, i64>> = BTreeMap::new();
        self.accepted.iter().for_each(|accepted| self.day_counts(accepted, &mut by_day));
        day_tally::add(tx, figures::day_number(now), i64::from(std::process::id() % NODES), &by_day)?;
        self.orders.write(tx)?;
        self.wallets.write(tx)?;
        self.sellers.write(tx)?;
        self.desks.write(tx)?;
        let mut folded: BTreeMap<(&Account, Currency), i64> = BTreeMap::new();
        let mut in_public: BTreeMap<&str, i64> = BTreeMap::new();
        for accepted in &self.accepted {
            for entry in &accepted.entries {
                journal::append(tx, entry.kind, &entry.id, entry.at, &entry.body, &entry.head)?;
                for (n, made) in (1..).zip(&entry.transfers) {
                    let posted = Posted { seq: entry.head.version, n, at: entry.at, transfer: made.clone() };
                    transfer::insert(tx, entry.kind, &entry.id, &posted)?;
                    fold(&mut folded, made);
                }
            }
            if let (Some(effects), Some(id)) = (&accepted.effects, load::order_id(accepted.envelope))
                && let Some(file) = self.orders.get(id).and_then(|slot| slot.current.as_ref())
            {
                effects.write(tx, file)?;
            }
            accepted.rare().for_each(|name| *in_public.entry(name).or_default() += 1);
            accepted.notices.iter().try_for_each(|told| notice::insert(tx, told))?;
            accepted.envelope.personal.iter().try_for_each(|row| personal::insert(tx, row, now))?;
            accepted.envelope.plain.iter().try_for_each(|stmt| tx.hand_over(stmt))?;
            accepted.answered.iter().try_for_each(|answered| idempotency::insert(tx, answered, now))?;
        }
        in_public.into_iter().try_for_each(|(name, n)| tally::add(tx, name, n))?;
        folded
            .into_iter()
            .filter(|((account, currency), net)| *net != 0 || self.payables.was_taken_from(account, *currency))
            .try_for_each(|((account, currency), net)| self.payables.book(tx, account, currency, net))?;
        effects::write_conduct(tx, effects, found)
    }
}

/// Rows in which the nodes of a platform count: enough that two of them rarely share one.
const NODES: u32 = 64;

fn fold<'t>(folded: &mut BTreeMap<(&'t Account, Currency), i64>, made: &'t yuanlu_ledger::Transfer) {
    let (minor, currency) = (made.amount().minor(), made.amount().currency());
    for (account, net) in [(made.debit(), -minor), (made.credit(), minor)] {
        if account_balance::is_folded(account) {
            *folded.entry((account, currency)).or_default() += net;
        }
    }
}

fn replay(scope: &str, same: bool, outcome: &str) -> Result<Outcome, StorageError> {
    if !same {
        return Ok(Err(EngineError::KeyReused));
    }
    let answer: Answer = serde_json::from_str(outcome).map_err(|_| StorageError::inconsistent("idempotency", scope))?;
    Ok(Ok(Answer { replayed: true, ..answer }))
}

/// Time never runs back in an aggregate.
fn latest(aggregates: &Aggregates, now: Instant) -> Instant {
    let order = aggregates.order.as_ref().map(|file| file.last_at);
    let wallet = aggregates.wallet.as_ref().map(|wallet| wallet.last_at);
    let seller = aggregates.seller.as_ref().map(|seller| seller.last_at);
    let desk = aggregates.desk.as_ref().map(DeskFile::last_at);
    [order, wallet, seller, desk].into_iter().flatten().fold(now, Instant::max)
}
