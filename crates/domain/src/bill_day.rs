//! The close of a channel's day: what its bill adds up to, and the fees that were booked from it. A later bill of the same
//! day books what it says more or less.

use crate::bill::{BillKind, Totals};
use crate::ids::{ChannelId, DeskId};
use crate::time::Instant;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What may be asked of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayAct {
    /// Its bill was compared, line by line.
    Close {
        /// Which channel.
        channel: ChannelId,
        /// Which day.
        day: Date,
        /// Which bill.
        kind: BillKind,
        /// SHA-256 (hex) of the file.
        file: String,
        /// What it adds up to.
        totals: Vec<Totals>,
    },
}

/// What changes a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayEvent {
    /// Its bill was compared, line by line.
    Closed {
        /// Its number.
        desk: DeskId,
        /// Which channel.
        channel: ChannelId,
        /// Which day.
        day: Date,
        /// Which bill.
        kind: BillKind,
        /// SHA-256 (hex) of the file.
        file: String,
        /// What it adds up to.
        totals: Vec<Totals>,
    },
}

/// A closed day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillDay {
    /// Its number.
    pub desk: DeskId,
    /// Which channel.
    pub channel: ChannelId,
    /// Which day.
    pub day: Date,
    /// Which bill.
    pub kind: BillKind,
    /// SHA-256 (hex) of the last file.
    pub file: String,
    /// What it adds up to.
    pub totals: Vec<Totals>,
    /// When it was first closed.
    pub closed_at: Instant,
    /// Instant of the last event.
    pub last_at: Instant,
}

impl BillDay {
    /// The number of a day; the same day of the same channel has one.
    pub fn number(channel: &ChannelId, day: Date, kind: BillKind) -> DeskId {
        let kind = match kind {
            BillKind::Trades => "",
            BillKind::Funds => "-funds",
        };
        DeskId::new(format!("B{}-{channel}{kind}", day.strftime("%y%m%d")))
    }

    /// Applies an event to a day, or to none. `None` when the event is another day's.
    pub fn evolve(before: Option<Self>, event: &DayEvent, at: Instant) -> Option<Self> {
        let DayEvent::Closed { desk, channel, day, kind, file, totals } = event;
        if before.as_ref().is_some_and(|before| before.desk != *desk) {
            return None;
        }
        Some(Self {
            desk: desk.clone(),
            channel: channel.clone(),
            day: *day,
            kind: *kind,
            file: file.clone(),
            totals: totals.clone(),
            closed_at: before.map_or(at, |before| before.closed_at),
            last_at: at,
        })
    }
}
