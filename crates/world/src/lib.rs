//! A whole platform in one process with a clock that is moved by hand: demo, stories, simulations.
//!
//! [`World`] joins the use cases, the jobs and the simulated channel, and lets time pass. [`seed`] fills a new database
//! with a marketplace and its past, every bit of it by the product's own commands. The same seed and the same start
//! live the same past. Deliberately absent: HTTP, threads, the system's clock.

pub mod crowd;
pub mod logins;
pub mod market;
pub mod plan;
pub mod random;
pub mod seed;
pub mod simulated;
mod story;

pub use logins::Login;
pub use random::Random;
pub use simulated::Simulated;

use std::fmt;
use yuanlu_app::Clock;
use yuanlu_app::{App, AppError};
use yuanlu_channels::Channels;
use yuanlu_channels::callback::Verified;
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{Jobs, Tick};

/// Between two looks at what is due, while time passes.
const HOP_MINUTES: i64 = 60;

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
    simulated: Simulated,
    jobs: Jobs<App>,
}

impl World {
    /// Joins an opened shop, whose clock must be a manual one, and its channel.
    pub fn new(app: App, simulated: Simulated) -> Self {
        let channels = simulated.channels();
        let jobs = Jobs::new(app.clone(), channels.clone());
        Self { clock: app.clock().clone(), app, channels, simulated, jobs }
    }

    /// The use cases.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The channel's other side.
    pub fn simulated(&self) -> &Simulated {
        &self.simulated
    }

    /// The shop's channels.
    pub fn channels(&self) -> &Channels {
        &self.channels
    }

    /// What the shop calls now.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Lets time pass until then; what falls due on the way is done.
    pub fn advance_to(&mut self, target: Instant) {
        while self.now() < target {
            let now = self.now();
            let hop = now.plus_minutes(HOP_MINUTES).min(target);
            let shop = self.app.next_due().ok().flatten();
            let channel = self.simulated.lock().next_due().map(Instant::from_micros);
            let due = [shop, channel].into_iter().flatten().filter(|due| *due > now).min();
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
            let calls = self.jobs.step(Tick::steady(now), std::mem::take(&mut replies));
            replies.extend(calls.into_iter().map(|call| (call.ticket, self.simulated.answer(&call.request, now))));
            let callbacks = self.simulated.due_callbacks(now);
            if replies.is_empty() && callbacks.is_empty() {
                return;
            }
            let answers: Vec<_> = callbacks
                .into_iter()
                .map(|request| {
                    let status = self.receive(&request);
                    (request, status)
                })
                .collect();
            // The state of a world is in memory unless it was told a file; then a lost acknowledgement is repeated.
            let _ = self.simulated.delivered(&answers);
        }
    }

    /// Takes a callback as the web server does: verify, store, then acknowledge.
    fn receive(&self, request: &http::Request<Vec<u8>>) -> u16 {
        let channel = ChannelId::from("sim");
        let entrances = self.channels.entrances();
        let Some(entrance) = entrances.get(&channel) else { return 404 };
        let headers = request.headers().iter();
        let headers: Vec<(String, String)> =
            headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect();
        let Ok(verified) = entrance.callback(&headers, request.body(), self.now()) else { return 400 };
        let stored = match verified {
            Verified::PaymentSucceeded { no, channel_ref, amount } => {
                self.app.payment_succeeded(&channel, &no, &channel_ref, amount).and_then(|()| {
                    let payer = entrance.payer(request.body());
                    payer.map_or(Ok(()), |payer| self.app.payer_named(&channel, &no, &payer))
                })
            }
            Verified::PaymentDeclined { no, code } => self.app.payment_declined(&channel, &no, &code),
            Verified::Refund { no, amount, outcome } => self.app.refund_reported(&channel, &no, amount, outcome),
            Verified::Other { about } => self.app.callback_unmatched(&channel, &about),
        };
        if stored.is_ok() { entrance.acknowledgement().0 } else { 503 }
    }
}
