//! Mass incidents (S29): a bad batch of codes, a channel's outage. Everybody affected is refunded in one supervised run,
//! without having to ask.
//!
//! The incident is a desk: who proposed it, who agreed, when it was paused. Which orders it is about stands in rows of its
//! own, frozen when it was proposed; each of them is refunded by a command on its own file.

use crate::actor::Actor;
use crate::bill::codes;
use crate::case::{PersonalRef, Reason};
use crate::event::Tender;
use crate::ids::{AccountId, ChannelId, DeskId, ProductId, SellerId};
use crate::order_file::{OrderFile, PaymentState};
use crate::projection::{Subject, Timer};
use crate::time::Instant;
use crate::turn::{OnSilence, Who};
use serde::{Deserialize, Serialize};
use yuanlu_money::Currency;

/// Orders of one incident at most.
pub const MOST_ORDERS: u32 = 100_000;
/// Orders a second at most, where the run is throttled.
pub const MOST_RATE: u32 = 2_000;

/// Which orders are meant: all that fit everything that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Of this seller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<SellerId>,
    /// Units of this product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// Units with a code of the product that was loaded at this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Instant>,
    /// Paid through this channel, in whole or in part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
    /// Placed from here on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// Placed before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
    /// Also where the code was used or the credit arrived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub used: bool,
}

impl Selection {
    /// The units of a file that are meant; `in_batch` are those that hold a code of the batch. Empty when the file is not.
    pub fn units(&self, file: &OrderFile, in_batch: &[u16]) -> Vec<u16> {
        let is_paid = file.status.paid_at().is_some();
        let paid_there = |channel: &ChannelId| {
            let through = |tender: &Tender| matches!(tender, Tender::Channel { channel: its } if its == channel);
            file.payments.iter().any(|p| matches!(p.state, PaymentState::Paid { .. }) && through(&p.tender))
        };
        let fits = is_paid
            && self.seller.as_ref().is_none_or(|seller| *seller == file.seller)
            && self.from.is_none_or(|from| from <= file.placed_at)
            && self.until.is_none_or(|until| file.placed_at < until)
            && self.channel.as_ref().is_none_or(paid_there);
        let meant = file.units.iter().filter(|unit| {
            let product = file.item_of(unit).map(|item| &item.terms.product);
            fits && self.product.as_ref().is_none_or(|wanted| product == Some(wanted))
                && (self.batch.is_none() || in_batch.contains(&unit.no))
        });
        meant.map(|unit| unit.no).collect()
    }
}

/// Who bears what is refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bearer {
    /// The seller: drawn from what is held for him, then from what he was paid (R27).
    Seller,
    /// The platform: it makes good to the seller whatever of his goods does not come back.
    Platform,
}

codes!(Bearer {
    Seller = "seller",
    Platform = "platform",
});

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// Its orders are being written down.
    Gathering,
    /// It needs a second person.
    Waiting,
    /// Orders are being refunded.
    Running,
    /// Somebody stopped it for a while.
    Paused,
    /// Every order was looked at.
    Done,
    /// It was given up; what was refunded until then stays refunded.
    Cancelled,
}

codes!(IncidentState {
    Gathering = "gathering",
    Waiting = "waiting",
    Running = "running",
    Paused = "paused",
    Done = "done",
    Cancelled = "cancelled",
});

impl IncidentState {
    /// Whether something can still become of it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Gathering | Self::Waiting | Self::Running | Self::Paused)
    }
}

/// Money that goes one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayShare {
    /// `balance`, `voucher`, or a channel's id.
    pub way: String,
    /// In which currency.
    pub currency: Currency,
    /// Payouts.
    pub payouts: u32,
    /// How much.
    pub minor: i64,
}

/// What an incident takes from one seller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerShare {
    /// Which seller.
    pub seller: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// Of how many orders.
    pub orders: u32,
    /// From what is held for him.
    pub escrow_minor: i64,
    /// From what he was paid, less what the platform makes good to him; his debt where he has less.
    pub payable_minor: i64,
    /// What the platform gives up or bears.
    pub platform_minor: i64,
}

/// Orders that will not be refunded, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The code of the reason.
    pub why: String,
    /// How many.
    pub orders: u32,
}

/// What an incident comes to, as foreseen when its orders were written down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// Orders written down.
    pub orders: u32,
    /// Orders that will be refunded.
    pub refunds: u32,
    /// Open cases that it decides.
    pub cases: u32,
    /// Where the money goes.
    pub ways: Vec<WayShare>,
    /// Where it comes from.
    pub sellers: Vec<SellerShare>,
    /// Orders there is nothing to do about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// What one seller's buyers were refunded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerSum {
    /// Which seller.
    pub seller: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// Of how many orders.
    pub orders: u32,
    /// How much.
    pub minor: i64,
}

/// What became of an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunResult {
    /// Orders refunded.
    pub done: u32,
    /// Orders there was nothing to do about.
    pub skipped: u32,
    /// Orders that could not be refunded.
    pub failed: u32,
    /// Orders nobody came to any more.
    pub left: u32,
    /// By seller.
    pub sellers: Vec<SellerSum>,
}

/// What may be asked of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentAct {
    /// Propose one.
    Propose {
        /// Which orders.
        selection: Selection,
        /// What is wrong with them.
        reason: Reason,
        /// Who bears it.
        bearer: Bearer,
        /// In which words.
        words: PersonalRef,
        /// Orders a second; zero: as fast as it goes.
        rate: u32,
    },
    /// Its orders are written down.
    Freeze {
        /// What they come to.
        forecast: Forecast,
        /// SHA-256 (hex) over the orders and units written down.
        digest: String,
    },
    /// A second person agrees: it runs.
    Approve,
    /// Stop for a while.
    Pause,
    /// Go on.
    Resume,
    /// Go faster or slower.
    SetRate {
        /// Orders a second; zero: as fast as it goes.
        rate: u32,
    },
    /// Give up whatever was not done yet.
    Cancel,
    /// The program came to the end of it.
    Finish {
        /// What became of its orders.
        result: RunResult,
    },
    /// A timer says its instant has come.
    Wake {
        /// Which timer.
        subject: Subject,
    },
}

/// What changes an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentEvent {
    /// It was proposed.
    Proposed {
        /// Its number.
        desk: DeskId,
        /// Which orders.
        selection: Selection,
        /// What is wrong with them.
        reason: Reason,
        /// Who bears it.
        bearer: Bearer,
        /// In which words.
        words: PersonalRef,
        /// Orders a second.
        rate: u32,
        /// First instant at which whoever it waits for is late.
        due: Instant,
    },
    /// Its orders are written down and change no more.
    Frozen {
        /// What they come to.
        forecast: Box<Forecast>,
        /// SHA-256 (hex) over the orders and units written down.
        digest: String,
        /// First instant at which whoever it waits for is late.
        due: Instant,
    },
    /// A second person agreed.
    Approved {
        /// There was no second person (R35).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        alone: bool,
        /// First instant at which somebody looks whether it still runs.
        due: Instant,
    },
    /// Somebody stopped it.
    Paused {
        /// First instant at which whoever it waits for is late.
        due: Instant,
    },
    /// Somebody let it go on.
    Resumed {
        /// First instant at which somebody looks whether it still runs.
        due: Instant,
    },
    /// It goes faster or slower.
    RateSet {
        /// Orders a second.
        rate: u32,
    },
    /// It was given up.
    Cancelled {
        /// First instant at which somebody looks whether it was closed.
        due: Instant,
    },
    /// It still waits, or still runs.
    Reminded {
        /// First instant at which that is looked at again.
        due: Instant,
    },
    /// Nothing of it is left to do.
    Finished {
        /// What became of its orders.
        result: Box<RunResult>,
    },
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its number.
    pub desk: DeskId,
    /// Which orders.
    pub selection: Selection,
    /// What is wrong with them.
    pub reason: Reason,
    /// Who bears it.
    pub bearer: Bearer,
    /// In which words.
    pub words: PersonalRef,
    /// Orders a second; zero: as fast as it goes.
    pub rate: u32,
    /// Who proposed it.
    pub proposed_by: Option<AccountId>,
    /// When.
    pub proposed_at: Instant,
    /// What it comes to; `None` while its orders are being written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Box<Forecast>>,
    /// SHA-256 (hex) over the orders and units written down.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// When they were written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_at: Option<Instant>,
    /// Who agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<AccountId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<Instant>,
    /// Since when it runs; `None` while it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs_since: Option<Instant>,
    /// For how long it ran before that, in microseconds.
    #[serde(default)]
    pub ran_micros: i64,
    /// First instant at which whoever it waits for is late.
    pub due: Instant,
    /// Where it stands.
    pub state: IncidentState,
    /// What became of it, once nothing is left to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Box<RunResult>>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Instant>,
    /// Instant of the last event.
    pub last_at: Instant,
}

impl Incident {
    /// Whether the program has something to do for it: refund orders, or close what was given up midway.
    pub fn is_active(&self) -> bool {
        match self.state {
            IncidentState::Running => true,
            IncidentState::Cancelled => self.result.is_none(),
            IncidentState::Gathering | IncidentState::Waiting | IncidentState::Paused | IncidentState::Done => false,
        }
    }

    /// For how long it has run, pauses left out, in microseconds.
    pub fn ran_until(&self, now: Instant) -> i64 {
        self.ran_micros + self.runs_since.map_or(0, |since| now.micros_since(since).max(0))
    }

    fn stop(&mut self, at: Instant) {
        self.ran_micros = self.ran_until(at);
        self.runs_since = None;
    }

    /// The one thing it waits for.
    pub fn timer(&self) -> Option<Timer> {
        let who = match self.state {
            IncidentState::Gathering | IncidentState::Waiting | IncidentState::Paused => Who::Finance,
            IncidentState::Running | IncidentState::Cancelled if self.is_active() => Who::Program,
            IncidentState::Running | IncidentState::Cancelled | IncidentState::Done => return None,
        };
        Some(Timer { subject: Subject::Incident, who, due: self.due, on_silence: OnSilence::Remind })
    }

    /// Applies an event to an incident, or to none for `Proposed`. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &IncidentEvent, by: &Actor, at: Instant) -> Option<Self> {
        let mut incident = match (before, event) {
            (None, IncidentEvent::Proposed { desk, selection, reason, bearer, words, rate, due }) => {
                return Some(Self {
                    desk: desk.clone(),
                    selection: selection.clone(),
                    reason: *reason,
                    bearer: *bearer,
                    words: words.clone(),
                    rate: *rate,
                    proposed_by: by.account().cloned(),
                    proposed_at: at,
                    forecast: None,
                    digest: String::new(),
                    frozen_at: None,
                    approved_by: None,
                    approved_at: None,
                    runs_since: None,
                    ran_micros: 0,
                    due: *due,
                    state: IncidentState::Gathering,
                    result: None,
                    finished_at: None,
                    last_at: at,
                });
            }
            (Some(incident), _) => incident,
            (None, _) => return None,
        };
        incident.apply(event, by, at)?;
        incident.last_at = at;
        Some(incident)
    }

    fn apply(&mut self, event: &IncidentEvent, by: &Actor, at: Instant) -> Option<()> {
        match (event, self.state) {
            (IncidentEvent::Frozen { forecast, digest, due }, IncidentState::Gathering) => {
                self.forecast = Some(forecast.clone());
                self.digest.clone_from(digest);
                self.frozen_at = Some(at);
                (self.state, self.due) = (IncidentState::Waiting, *due);
            }
            (IncidentEvent::Approved { due, .. }, IncidentState::Waiting) => {
                self.approved_by = by.account().cloned();
                self.approved_at = Some(at);
                self.runs_since = Some(at);
                (self.state, self.due) = (IncidentState::Running, *due);
            }
            (IncidentEvent::Paused { due }, IncidentState::Running) => {
                self.stop(at);
                (self.state, self.due) = (IncidentState::Paused, *due);
            }
            (IncidentEvent::Resumed { due }, IncidentState::Paused) => {
                self.runs_since = Some(at);
                (self.state, self.due) = (IncidentState::Running, *due);
            }
            (IncidentEvent::RateSet { rate }, state) if state.is_open() => self.rate = *rate,
            (IncidentEvent::Cancelled { due }, state) if state.is_open() => {
                self.stop(at);
                // Where nobody was refunded, nobody has to be told.
                if self.approved_at.is_none() {
                    let left = self.forecast.as_ref().map_or(0, |forecast| forecast.orders);
                    self.result = Some(Box::new(RunResult { left, ..RunResult::default() }));
                    self.finished_at = Some(at);
                }
                (self.state, self.due) = (IncidentState::Cancelled, *due);
            }
            (IncidentEvent::Reminded { due }, _) if self.timer().is_some() => self.due = *due,
            (IncidentEvent::Finished { result }, state) if self.is_active() => {
                self.stop(at);
                self.result = Some(result.clone());
                self.finished_at = Some(at);
                if state == IncidentState::Running {
                    self.state = IncidentState::Done;
                }
            }
            _ => return None,
        }
        Some(())
    }
}
