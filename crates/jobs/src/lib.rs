//! Everything that happens without somebody asking: timers, calls to channels, daily work. And the one HTTP executor.
//!
//! [`Jobs::step`] is synchronous and deterministic: given the shop, a [`Tick`] and the replies that came in, it records
//! the replies, wakes what is due, commits an attempt for every due call and only then hands the call out. It keeps
//! nothing that a crash may not lose: an attempt whose answer never comes runs out in its file and is asked about.
//! [`Runner`] is the thread that calls it every second and performs the calls.
//!
//! Deliberately absent: rules (they are in `domain`), SQL, and any lock or transaction held over a call (T06, T37).

mod archiving;
mod bills;
mod breaker;
mod calls;
mod cashier;
mod closing;
mod code_probe;
mod daily;
mod deferred;
mod guard;
mod http_transport;
mod outside;
mod pace;
mod payments;
mod post;
mod runner;
mod s3_store;
mod server_clock;
mod shop;

pub use bills::{BroughtBill, bad, compare_bill};
pub use calls::{CallTicket, OutgoingCall, Room};
pub use code_probe::ISSUER;
pub use daily::DailyTask;
pub use guard::{ClockGuard, Tick};
pub use http_transport::HttpTransport;
pub use post::{Post, Postman};
pub use runner::{Direct, Runner, Transport};
pub use s3_store::S3Store;
pub use shop::{Failure, PaymentNews, Shop};
pub use yuanlu_app::cashier::{CashierAnswer, DueAsk, Way};
pub use yuanlu_app::jobs::{
    DueCall, DueProbe, DueTimer, InHand, OpenPayment, PaymentClosing, PayoutDetails, ProbeHeard, RunStep, Waiter,
};

use calls::Pending;
use daily::Days;
use deferred::Deferred;
use std::collections::BTreeMap;
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::actor::Actor;
use yuanlu_domain::command::{Act, Command, OrderAct, SellerAct};
use yuanlu_domain::ids::{ChannelId, OrderId, SellerId};
use yuanlu_domain::projection::Subject;
use yuanlu_domain::time::Instant;

/// Rows asked for at once.
const PAGE: usize = 200;
/// Orders of a mass incident refunded at once; as many as the engine commits together.
const SLICE: u32 = 256;
/// Pages handled in one step, so that a step stays short after a long stop.
const MOST_PAGES: usize = 10;

/// Timers, calls and daily work of one shop.
pub struct Jobs<S> {
    shop: S,
    channels: Channels,
    guard: ClockGuard,
    server_clock: server_clock::ServerClock,
    days: Days,
    archiving: archiving::Archiving,
    breakers: BTreeMap<ChannelId, breaker::Breaker>,
    paced: BTreeMap<ChannelId, pace::Paced>,
    pending: BTreeMap<CallTicket, Pending>,
    /// Answers read and not yet stored.
    unrecorded: Vec<Command>,
    /// The same, about payments.
    unheard: Vec<payments::Heard>,
    late_timers: Deferred<(Waiter, Subject)>,
    asking: payments::Asking,
    outside: outside::Outside,
    probes: code_probe::Probes,
    closing: closing::Closing,
    bills: bills::Bills,
    /// What the runs of mass incidents left to do.
    incidents: RunStep,
    in_hand: InHand,
    tickets: u64,
    /// Since when channels cannot be reached.
    down: BTreeMap<ChannelId, yuanlu_domain::time::Instant>,
}

impl<S: Shop> Jobs<S> {
    /// Jobs of a shop with these channels.
    pub fn new(shop: S, channels: Channels) -> Self {
        Self {
            shop,
            channels,
            guard: ClockGuard::default(),
            server_clock: server_clock::ServerClock::default(),
            days: Days::default(),
            archiving: archiving::Archiving::default(),
            breakers: BTreeMap::new(),
            paced: BTreeMap::new(),
            pending: BTreeMap::new(),
            unrecorded: Vec::new(),
            late_timers: Deferred::default(),
            unheard: Vec::new(),
            asking: payments::Asking::default(),
            outside: outside::Outside::default(),
            probes: code_probe::Probes::default(),
            closing: closing::Closing::default(),
            bills: bills::Bills::default(),
            incidents: RunStep::Idle,
            in_hand: InHand::default(),
            tickets: 0,
            down: BTreeMap::new(),
        }
    }

    /// The shop.
    pub fn shop(&self) -> &S {
        &self.shop
    }

    /// The clock guard, for status pages.
    pub fn guard(&self) -> &ClockGuard {
        &self.guard
    }

    /// Seconds by which this machine's clock is ahead of the database's server, where they differ by a minute or more.
    pub fn ahead_of_server(&self) -> Option<i64> {
        self.server_clock.ahead()
    }

    /// An operator says that the clock is right.
    pub fn confirm_clock(&mut self) {
        self.guard.confirm();
    }

    /// Calls handed out and not yet answered.
    pub fn calls_under_way(&self) -> usize {
        self.pending.len()
    }

    /// One round. The calls returned have their attempt committed and must be made, or be answered as `NotSent`.
    pub fn step(&mut self, tick: Tick, replies: Vec<(CallTicket, Reply)>) -> Vec<OutgoingCall> {
        let mut outgoing = self.record(tick.now, replies);
        self.tell_down(tick.now);
        self.server_clock.look(&self.shop, tick);
        if !self.guard.observe(tick) {
            return outgoing;
        }
        outgoing.extend(self.wake(tick.now));
        if let Err(failure) = self.shop.keep_views() {
            failure.log("views could not be kept");
        }
        // After what was woken: its notices go out with this step.
        if let Err(failure) = self.shop.spread_notices() {
            failure.log("notices could not be passed on");
        }
        self.square_sellers(tick.now);
        self.days.run(&self.shop, tick.now);
        self.archiving.run(&self.shop, tick.now);
        self.run_incidents(tick.now);
        // Payers wait before a page.
        outgoing.extend(self.ask_cashiers(tick.now));
        outgoing.extend(self.call(tick.now));
        outgoing.extend(self.close_payments(tick.now));
        outgoing.extend(self.ask_payments(tick.now));
        outgoing.extend(self.ask_complaints(tick.now));
        outgoing.extend(self.fetch_bills(tick.now));
        outgoing
    }

    /// Goes on with mass incidents between two rounds, so that a run is steady and never holds up the rest for long.
    pub fn slice(&mut self, now: Instant) {
        if !self.guard.is_stopped() {
            self.run_incidents(now);
        }
    }

    /// What the runs of mass incidents left to do.
    pub fn incidents(&self) -> RunStep {
        self.incidents
    }

    fn run_incidents(&mut self, now: Instant) {
        self.incidents = self.shop.run_incidents(&mut self.in_hand, now, SLICE).unwrap_or_else(|failure| {
            failure.log("a mass incident cannot go on");
            RunStep::Idle
        });
    }

    /// Covers debts of sellers and takes repayments, whatever refund or settlement brought them about (R27).
    fn square_sellers(&mut self, now: Instant) {
        let mut after: Option<SellerId> = None;
        for _ in 0..MOST_PAGES {
            let page = match self.shop.sellers_to_square(after.as_ref(), PAGE) {
                Ok(page) => page,
                Err(failure) => return failure.log("sellers in debt cannot be listed"),
            };
            let full = page.len() == PAGE;
            after = page.last().cloned();
            let square = |seller| Command { by: Actor::Program, act: Act::Seller { seller, act: SellerAct::Square } };
            for answer in self.shop.submit(page.into_iter().map(square).collect(), now) {
                if let Err(failure) = answer {
                    failure.log("a seller's account could not be put in order");
                }
            }
            if !full {
                return;
            }
        }
    }

    /// Wakes whatever is due. The file checks for itself whether anything is; a refusal costs nothing.
    fn wake(&mut self, now: Instant) -> Vec<OutgoingCall> {
        let mut outgoing = Vec::new();
        let mut after: Option<DueTimer> = None;
        for _ in 0..MOST_PAGES {
            let page = match self.shop.due_timers(now, after.as_ref(), PAGE) {
                Ok(page) => page,
                Err(failure) => {
                    failure.log("timers cannot be listed");
                    return outgoing;
                }
            };
            let full = page.len() == PAGE;
            after = page.last().cloned();
            let (calls, page): (Vec<_>, Vec<_>) = page.into_iter().partition(outside::is_call);
            outgoing.extend(self.say_outside(&calls, now));
            let ready: Vec<_> = page.into_iter().filter(|t| self.late_timers.ready(&key(t), now)).collect();
            let (probes, mut ready): (Vec<_>, Vec<_>) = ready.iter().partition(|timer| code_probe::is_probe(timer));
            let (asked, unasked) = self.ask_issuers(probes, now);
            outgoing.extend(asked);
            ready.extend(unasked);
            let answers = self.shop.submit(ready.iter().map(|timer| timer.wake()).collect(), now);
            for (timer, answer) in ready.iter().zip(answers) {
                match answer {
                    Ok(()) => self.late_timers.forget(&key(timer)),
                    Err(failure) => {
                        failure.log("a timer could not be acted on");
                        self.late_timers.defer(key(timer), now);
                    }
                }
            }
            if !full {
                return outgoing;
            }
        }
        outgoing
    }
}

fn key(timer: &DueTimer) -> (Waiter, Subject) {
    (timer.of.clone(), timer.subject.clone())
}

fn program(order: &OrderId, act: OrderAct) -> Command {
    Command { by: Actor::Program, act: Act::Order { order: order.clone(), act } }
}
