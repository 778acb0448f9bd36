//! The protocol as the model sees it: the real `decide` and `evolve` on a real order file. What they make of each other
//! is remembered, so that a state of the model is one small number and every rule is run once per situation.
//!
//! Two things are taken out of a file, because they only ever grow. Instants of waits: every wait may end at any moment,
//! so whatever is due later is due now, and no run of the real clock is left out. The number of the latest attempt: an
//! answer is to that attempt or to an earlier one, and which one of the earlier makes no difference
//! (`Protocol::check_fence` holds the rules to it).

use crate::words::{WORDS, Word};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use yuanlu_domain::bookkeeping;
use yuanlu_domain::calendar::Calendar;
use yuanlu_domain::case::CaseState;
use yuanlu_domain::catalogue::{DeliveryEvent, DeliveryMode, Offer, ProductKind, Terms};
use yuanlu_domain::command::{Act, Command, Line, OrderAct, Parts};
use yuanlu_domain::decide::Provided;
use yuanlu_domain::event::{Event, OrderEvent, Tender};
use yuanlu_domain::ids::{ChannelId, Ids, OrderId, ProductId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::{Destination, Payout, PayoutState, Step};
use yuanlu_domain::policy::Policy;
use yuanlu_domain::projection::{self, Subject};
use yuanlu_domain::time::Instant;
use yuanlu_domain::wallet::Wallet;
use yuanlu_domain::{Actor, Aggregates, Context, Party, Role, decide};
use yuanlu_money::{Currency, Money};

/// A situation of the books of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct File(u32);

/// What is done to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// A node claims a call.
    Attempt(Step),
    /// A word of the channel is recorded.
    Record(Word, Standing),
    /// Finance sends a stuck payout on.
    Resume,
    /// A second person approves a held payout.
    Approve,
    /// The buyer chooses balance.
    ChooseBalance,
    /// The buyer chooses a voucher.
    ChooseVoucher,
    /// The timer of the payout rings.
    Trace,
}

/// What a word is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The latest attempt.
    Answer,
    /// An earlier attempt.
    LateAnswer,
    /// No attempt.
    Callback,
}

/// Which rules are played: the real ones, or ones with a known fault, which the model must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// `decide` as it is.
    Real,
    /// T08, T10: a time-out counts as a refusal.
    TimeOutIsRefusal,
    /// A refusal is believed without asking under the same number.
    RefusalUnproven,
    /// Whatever comes in counts as the answer to the current attempt.
    AnswersUnfenced,
    /// T38: "abnormal" counts as a refusal.
    AbnormalIsRefusal,
    /// T12: an arrival that comes after the news that the money came back wins.
    LateArrivalWins,
    /// T03: every attempt has a number of its own.
    NumberPerAttempt,
    /// T05: accepted counts as arrived.
    AcceptedIsArrived,
}

/// Everything decided so far.
pub struct Protocol {
    rules: Rules,
    /// The database was brought back from a backup: what the channel did with the number is not in it.
    pub restored: bool,
    inner: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    restored: bool,
    files: Vec<Arc<Aggregates>>,
    known: HashMap<String, File>,
    facts: Vec<Facts>,
    done: HashMap<(File, Deed), Option<File>>,
}

fn now() -> Instant {
    Instant::from_shanghai(2026, 3, 10, 10, 0, 0)
}

fn channel() -> ChannelId {
    "sim".into()
}

fn order() -> OrderId {
    "260310ABCDEFGHJK".into()
}

impl Protocol {
    pub fn new(rules: Rules) -> Self {
        Self { rules, restored: false, inner: Mutex::default() }
    }

    pub fn rules(&self) -> Rules {
        self.rules
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.inner.lock().expect("nobody panics while deciding")
    }

    /// An order, paid at the channel and sold out: the whole sum goes back by itself (R32).
    pub fn refund_decided(&self, price: Money) -> File {
        self.memory().restored = self.restored;
        let buyer = Party::Account("b1".into());
        let line = Line { product: "card".into(), quantity: 1, seen_price: price, confirmed: false, recipient: None };
        let by_buyer = Actor::Buyer { party: buyer.clone() };
        let tender = Tender::Channel { channel: channel() };
        let place = OrderAct::Place { buyer, lines: vec![line], parts: Parts::default(), tender };
        let files = decide_on(&Aggregates::default(), &by_buyer, place, price, self.restored);
        let files = files.expect("placed");
        let no = files.order.as_ref().expect("a file").payments[0].no.clone();
        let paid = OrderAct::PaymentSucceeded { no, channel_ref: "paid".into(), amount: price };
        let files =
            decide_on(&files, &Actor::Channel { channel: channel() }, paid, price, self.restored).expect("paid");
        self.memory().keep(files)
    }

    pub fn facts(&self, file: File) -> Facts {
        self.memory().facts[file.0 as usize]
    }

    /// What becomes of a file; `None` when the rules refuse.
    pub fn done(&self, file: File, deed: Deed) -> Option<File> {
        let mut memory = self.memory();
        if let Some(known) = memory.done.get(&(file, deed)) {
            return *known;
        }
        let before = Arc::clone(&memory.files[file.0 as usize]);
        let after = self.work_out(&before, deed).map(|after| memory.keep(after));
        memory.done.insert((file, deed), after);
        after
    }

    /// In every situation met so far: a late answer is worth what a callback is, and what is not news is worth nothing
    /// but as the answer.
    pub fn check_fence(&self) -> usize {
        let met = self.memory().files.len();
        for file in (0..met).map(|n| File(u32::try_from(n).expect("few"))) {
            for word in WORDS {
                let callback = self.done(file, Deed::Record(word, Standing::Callback));
                assert_eq!(callback, self.done(file, Deed::Record(word, Standing::LateAnswer)), "{word:?}");
                assert!(word.is_news() || callback.is_none(), "{word:?} out of the blue");
            }
        }
        met
    }

    fn work_out(&self, before: &Aggregates, deed: Deed) -> Option<Aggregates> {
        let payout = 1;
        let finance = Actor::Staff { account: "f1".into(), role: Role::Finance };
        let (by, act) = match deed {
            Deed::Attempt(step) => (Actor::Program, OrderAct::MakeAttempt { payout, step, digest: "d".into() }),
            Deed::Record(word, standing) => {
                let attempt = match standing {
                    Standing::Callback if self.rules != Rules::AnswersUnfenced => None,
                    Standing::LateAnswer => Some(EARLIER),
                    Standing::Callback | Standing::Answer => Some(LATEST),
                };
                let outcome = word.outcome();
                (Actor::Channel { channel: channel() }, OrderAct::RecordOutcome { payout, attempt, outcome })
            }
            Deed::Resume => (finance, OrderAct::ResumePayout { payout }),
            Deed::Approve => {
                let held = before.order.as_ref()?.payouts.iter().find(|payout| payout.state == PayoutState::Held)?;
                (finance, OrderAct::ApprovePayout { payout: held.ordinal })
            }
            Deed::ChooseBalance | Deed::ChooseVoucher => {
                let buyer = Actor::Buyer { party: before.order.as_ref()?.buyer.clone() };
                let to_voucher = deed == Deed::ChooseVoucher;
                let case = 1;
                (buyer, if to_voucher { OrderAct::ChooseVoucher { case } } else { OrderAct::ChooseBalance { case } })
            }
            Deed::Trace => (Actor::Program, OrderAct::Wake { subject: Subject::Payout(payout) }),
        };
        let after = decide_on(before, &by, act, Money::new(1, Currency::Cny), self.restored)?;
        Some(self.spoil(before, deed, after))
    }

    /// Planted faults: what broken rules would have written instead.
    fn spoil(&self, before: &Aggregates, deed: Deed, after: Aggregates) -> Aggregates {
        let Deed::Record(word, standing) = deed else { return after };
        let refund = &before.order.as_ref().expect("a file").payouts[0];
        let had_refusal = refund.refusal.is_some();
        let asked = standing == Standing::Answer && matches!(refund.state, PayoutState::Calling { .. });
        let instead = match (self.rules, word) {
            (Rules::TimeOutIsRefusal, Word::Unknown) if asked => Word::OtherRoute,
            (Rules::RefusalUnproven, Word::OtherRoute) => Word::OtherRoute,
            (Rules::AbnormalIsRefusal, Word::Manual) => Word::OtherRoute,
            (Rules::LateArrivalWins, Word::Arrived) if had_refusal => Word::Arrived,
            (Rules::AcceptedIsArrived, Word::Accepted) => Word::Arrived,
            _ => return after,
        };
        let event = OrderEvent::PayoutAnswered { payout: 1, outcome: instead.outcome(), next: None };
        let by = Actor::Channel { channel: channel() };
        let order = OrderFile::evolve(before.order.clone(), &event, &by, now()).expect("a forged event fits");
        Aggregates { order: Some(order), ..before.clone() }
    }
}

/// The latest attempt of every file, once there is one, and any before it.
const LATEST: u16 = 2;
const EARLIER: u16 = 1;

impl Memory {
    fn keep(&mut self, mut files: Aggregates) -> File {
        for payout in files.order.iter_mut().flat_map(|order| &mut order.payouts) {
            settle_down(payout);
        }
        let key = serde_json::to_string(&(&files.order, &files.wallet)).expect("serialises");
        let next = File(u32::try_from(self.files.len()).expect("few"));
        *self.known.entry(key).or_insert_with(|| {
            self.facts.push(Facts::of(&files, self.restored));
            self.files.push(Arc::new(files));
            next
        })
    }
}

/// Every wait may be over, and only the latest attempt counts.
fn settle_down(payout: &mut Payout) {
    payout.hard.too_late_from = now();
    payout.attempts = payout.attempts.min(1) * LATEST;
    match &mut payout.state {
        PayoutState::Due { at, .. } => *at = now(),
        PayoutState::Calling { until, attempt, .. } => {
            *until = now();
            *attempt = LATEST;
        }
        PayoutState::Held
        | PayoutState::AtBank { .. }
        | PayoutState::Arrived { .. }
        | PayoutState::Stuck { .. }
        | PayoutState::Refused { .. }
        | PayoutState::Rerouted
        | PayoutState::Superseded { .. } => {}
    }
}

/// The real rules, with the books kept beside them.
fn decide_on(before: &Aggregates, by: &Actor, act: OrderAct, price: Money, restored: bool) -> Option<Aggregates> {
    let facts = Provided {
        offers: [(ProductId::from("card"), offer(price))].into(),
        number_prefix: "YL00".into(),
        restored_at: restored.then(|| now().plus_seconds(1)),
        ..Provided::default()
    };
    let policy = Policy::builtin();
    let mut context = Context {
        policy,
        policy_hash: policy.hash().as_str(),
        calendar: Calendar::builtin(),
        now: now(),
        ids: &mut Ids::new([1; 32]),
        facts: &facts,
    };
    let command = Command { by: by.clone(), act: Act::Order { order: order(), act } };
    let events = decide(before, &command, &mut context).ok()?;
    let mut after = before.clone();
    let (mut escrow, mut in_flight) = (0, 0);
    for event in events {
        match event {
            Event::Order(event) => {
                for transfer in bookkeeping::order(after.order.as_ref(), &event) {
                    for (account, sign) in [(transfer.debit(), -1), (transfer.credit(), 1)] {
                        let minor = sign * transfer.amount().minor();
                        match account.to_string().split(':').next() {
                            Some("escrow") => escrow += minor,
                            Some("refund_in_flight") => in_flight += minor,
                            _ => {}
                        }
                    }
                }
                after.order = OrderFile::evolve(after.order.take(), &event, by, now());
                assert!(after.order.is_some(), "decided events fit");
            }
            Event::Wallet(event) => after.wallet = Wallet::evolve(after.wallet.take(), &event, now()),
            other => panic!("{other:?} in a refund of one order"),
        }
    }
    // What is reserved is what the books hold, command by command.
    assert_eq!(escrow, escrow_of(&after) - escrow_of(before), "escrow after {command:?}");
    assert_eq!(in_flight, in_flight_of(&after) - in_flight_of(before), "in flight after {command:?}");
    Some(after)
}

fn escrow_of(files: &Aggregates) -> i64 {
    files.order.as_ref().map_or(0, |file| file.escrow_minor)
}

fn in_flight_of(files: &Aggregates) -> i64 {
    let payouts = files.order.iter().flat_map(|file| &file.payouts);
    let on_the_way = payouts.filter(|p| !matches!(p.state, PayoutState::Arrived { .. } | PayoutState::Rerouted));
    on_the_way.map(|p| p.amount_minor).sum()
}

fn offer(price: Money) -> Offer {
    let terms = Terms {
        product: "card".into(),
        product_version: 1,
        page_digest: "00".into(),
        kind: ProductKind::GameCard,
        delivery: DeliveryMode::Code,
        delivery_event: DeliveryEvent::CodeRevealed,
        face_minor: price.minor(),
        price_minor: price.minor(),
        promise_hours: 24,
        window_days: 15,
        warranty_days: 0,
        fee_basis_points: 500,
        commission_basis_points: 300,
        special: None,
        self_operated: false,
    };
    Offer { seller: "s1".into(), currency: Currency::Cny, terms, needs_confirmation: false, on_sale: true }
}

/// What the model asks of a file.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The call the refund by the original route wants made.
    pub call: Option<Step>,
    /// It arrived, says the file.
    pub arrived: bool,
    /// It was refused for good, says the file.
    pub refused: bool,
    /// What was paid out elsewhere instead.
    pub elsewhere: i64,
    /// Nothing is left to do.
    pub completed: bool,
    /// A person has the next move.
    pub with_people: bool,
    /// Reserved as much as was decided, in the payment and in the units.
    pub reserved: bool,
}

impl Facts {
    fn of(files: &Aggregates, restored: bool) -> Self {
        let file = files.order.as_ref().expect("a file");
        let refund = &file.payouts[0];
        let live = || file.payouts.iter().filter(|payout| payout.state != PayoutState::Rerouted);
        let holding: i64 = live().map(|payout| payout.amount_minor).sum();
        let elsewhere = live().filter(|payout| {
            !matches!(payout.destination, Destination::Original { .. })
                && matches!(payout.state, PayoutState::Arrived { .. })
        });
        let elsewhere: i64 = elsewhere.map(|payout| payout.amount_minor).sum();
        let credited: i64 = files.wallet.iter().flat_map(|wallet| &wallet.lots).map(|lot| lot.left_minor).sum();
        let payment = &file.payments[0];
        let people = |payout: &Payout| {
            matches!(payout.state, PayoutState::Held | PayoutState::Stuck { .. } | PayoutState::Refused { .. })
        };
        Self {
            call: projection::call(refund).map(|call| {
                let asks = projection::asks_first(file, refund, restored.then(|| now().plus_seconds(1)));
                if asks { Step::Ask } else { call.step }
            }),
            arrived: matches!(refund.state, PayoutState::Arrived { .. }),
            refused: matches!(refund.state, PayoutState::Refused { .. } | PayoutState::Rerouted),
            with_people: file.payouts.iter().any(people),
            completed: matches!(file.cases[0].state, CaseState::Completed { .. }),
            reserved: payment.returned_minor == holding
                && holding == payment.amount_minor
                && file.units.iter().all(|unit| unit.refunded_minor == unit.paid_minor)
                && credited == elsewhere,
            elsewhere,
        }
    }
}
