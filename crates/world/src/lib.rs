//! A whole platform in one process with a clock that is moved by hand: demo, stories, simulations.
//!
//! [`World`] joins the use cases, the jobs and the simulated channel, and lets time pass. [`seed`] fills a new database
//! with a marketplace and its past, every bit of it by the product's own commands. The same seed and the same start
//! live the same past. Deliberately absent: HTTP, threads, the system's clock.

mod course;
pub mod crowd;
pub mod issuer;
pub mod logins;
pub mod market;
mod opinions;
pub mod plan;
pub mod providers;
pub mod random;
pub mod seed;
pub mod simulated;
pub mod story;
mod till;

pub use issuer::PracticeIssuer;
pub use logins::Login;
pub use providers::Providers;
pub use random::Random;
pub use simulated::Simulated;

use std::collections::BTreeSet;
use std::fmt;
use yuanlu_app::Clock;
use yuanlu_app::{App, AppError};
use yuanlu_channels::callback::Verified;
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{Jobs, RunStep, Tick};

/// Between two looks at what is due while a payment is open, about which channels are asked at growing distances.
const HOP_MINUTES: i64 = 60;
/// Between two looks otherwise: there is work of every day.
const LONG_HOP_MINUTES: i64 = 24 * 60;
/// Payments older than this are not asked about any more.
const ASKED_HOURS: i64 = 73;

/// What went wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble(pub String);

impl Trouble {
    /// An error of a use case, with what was being done.
    pub(crate) fn at(what: impl fmt::Display) -> impl FnOnce(AppError) -> Self {
        move |error| Self(format!("{what}: {error}"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Trouble {}

/// A whole platform.
pub struct World {
    app: App,
    clock: Clock,
    channels: Channels,
    simulated: Vec<Simulated>,
    issuer: PracticeIssuer,
    away: BTreeSet<ChannelId>,
    jobs: Jobs<App>,
    /// How far the machine's clock was set wrong, in all.
    jumped_micros: i64,
}

impl World {
    /// Joins an opened shop, whose clock must be a manual one, and its channel.
    pub fn new(app: App, simulated: Simulated) -> Self {
        Self::with_channels(app, vec![simulated])
    }

    /// Joins an opened shop, whose clock must be a manual one, and its channels.
    ///
    /// # Panics
    /// Without a channel.
    pub fn with_channels(app: App, simulated: Vec<Simulated>) -> Self {
        assert!(!simulated.is_empty(), "a world has a channel");
        let channels = simulated.iter().fold(Channels::new(), |channels, one| channels.with(one.client()));
        let jobs = Jobs::new(app.clone(), channels.clone());
        let (clock, away) = (app.clock().clone(), BTreeSet::new());
        let issuer = PracticeIssuer::default();
        Self { clock, app, channels, simulated, issuer, away, jobs, jumped_micros: 0 }
    }

    /// The use cases.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The issuer that is asked about codes.
    pub fn issuer(&self) -> &PracticeIssuer {
        &self.issuer
    }

    /// The same, with an issuer that was there before.
    #[must_use]
    pub fn with_issuer(mut self, issuer: PracticeIssuer) -> Self {
        self.issuer = issuer;
        self
    }

    /// The other side of the channel, of several the first.
    pub fn simulated(&self) -> &Simulated {
        &self.simulated[0]
    }

    /// The other side of every channel.
    pub fn every_simulated(&self) -> &[Simulated] {
        &self.simulated
    }

    /// Cuts a channel off, or brings it back: while it is away no call of the shop reaches it, nor its callbacks us.
    pub fn set_away(&mut self, channel: &ChannelId, away: bool) {
        if away {
            self.away.insert(channel.clone())
        } else {
            self.away.remove(channel)
        };
    }

    /// The shop's channels.
    pub fn channels(&self) -> &Channels {
        &self.channels
    }

    /// Somebody sets the machine's clock wrong by so much; time itself does not pass.
    pub fn jump(&mut self, micros: i64) {
        self.jumped_micros = self.jumped_micros.saturating_add(micros);
        self.clock.set(self.now().plus_micros(micros));
    }

    /// An operator says that the clock is right.
    pub fn confirm_clock(&mut self) {
        self.jobs.confirm_clock();
    }

    fn tick(&self) -> Tick {
        let now = self.now();
        Tick { now, wall: now, uptime_micros: now.micros().saturating_sub(self.jumped_micros) }
    }

    /// What the shop calls now.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Lets time pass until then; what falls due on the way is done.
    pub fn advance_to(&mut self, target: Instant) {
        while self.now() < target {
            let now = self.now();
            let asked = self.app.open_payments(now.plus_hours(-ASKED_HOURS), now, None, 1);
            let minutes = if asked.is_ok_and(|open| open.is_empty()) { LONG_HOP_MINUTES } else { HOP_MINUTES };
            let hop = now.plus_minutes(minutes).min(target);
            let shop = self.app.next_due().ok().flatten();
            let channels = self.simulated.iter().filter_map(|one| one.lock().next_due()).map(Instant::from_micros);
            let due = shop.into_iter().chain(channels).filter(|due| *due > now).min();
            self.clock.set(due.map_or(hop, |due| due.min(hop)));
            self.settle();
        }
    }

    /// Lets hours pass.
    pub fn advance(&mut self, hours: i64) {
        self.advance_to(self.now().plus_hours(hours));
    }

    /// Does everything that is due now: jobs, the calls they make, and the channel's callbacks.
    pub fn settle(&mut self) {
        let mut replies = Vec::new();
        loop {
            let now = self.now();
            let calls = self.jobs.step(self.tick(), std::mem::take(&mut replies));
            replies.extend(calls.into_iter().map(|call| {
                let reply = self.answer(&call.channel, &call.request, now);
                (call.ticket, call.received(reply))
            }));
            let mut heard = false;
            for simulated in self.simulated.iter().filter(|one| !self.away.contains(one.id())) {
                let callbacks = simulated.due_callbacks(now);
                heard |= !callbacks.is_empty();
                let answers: Vec<_> = callbacks
                    .into_iter()
                    .map(|request| {
                        let status = self.receive(simulated.id(), &request);
                        (request, status)
                    })
                    .collect();
                // The state of a world is in memory unless it was told a file; then a lost acknowledgement is repeated.
                let _ = simulated.delivered(&answers);
            }
            if replies.is_empty() && !heard && self.jobs.incidents() != RunStep::More {
                return;
            }
        }
    }

    /// Makes a call of the shop.
    fn answer(&self, channel: &ChannelId, request: &http::Request<Vec<u8>>, now: Instant) -> Reply {
        match self.simulated.iter().find(|one| one.id() == channel) {
            None if PracticeIssuer::is_asked(request) => self.issuer.answer(request, now),
            Some(simulated) if !self.away.contains(channel) => simulated.answer(request, now),
            _ => Reply::NotSent,
        }
    }

    /// Takes a callback as the web server does: verify, store, then acknowledge.
    fn receive(&self, channel: &ChannelId, request: &http::Request<Vec<u8>>) -> u16 {
        let entrances = self.channels.entrances();
        let Some(entrance) = entrances.get(channel) else { return 404 };
        let headers = request.headers().iter();
        let headers: Vec<(String, String)> =
            headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect();
        let Ok(verified) = entrance.callback(&headers, request.body(), self.now()) else { return 400 };
        let stored = match verified {
            Verified::PaymentSucceeded { no, channel_ref, amount } => {
                self.app.payment_succeeded(channel, &no, &channel_ref, amount).and_then(|()| {
                    let payer = entrance.payer(request.body());
                    payer.map_or(Ok(()), |payer| self.app.payer_named(channel, &no, &payer))
                })
            }
            Verified::PaymentDeclined { no, code } => self.app.payment_declined(channel, &no, &code),
            Verified::Refund { no, amount, outcome } => self.app.refund_reported(channel, &no, amount, outcome),
            Verified::RefundStirred { no, channel_ref } => self.app.refund_stirred(channel, &no, channel_ref),
            Verified::Complaint { number } => self.app.outside_stirred(channel, &number),
            Verified::Other { about } => self.app.callback_unmatched(channel, &about),
        };
        if stored.is_ok() { entrance.acknowledgement().0 } else { 503 }
    }
}
