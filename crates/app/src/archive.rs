//! Orders that have long been over: their journals move to the archive, a few at a time.
//!
//! Reading and writing them stays what it was; see [`yuanlu_storage::archive`].

use crate::app::App;
use crate::engine::Lane;
use crate::errors::{AppError, Result};
use yuanlu_domain::desk::DeskFile;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::projection::is_at_rest;
use yuanlu_domain::time::Instant;
use yuanlu_storage::archive::{self, PackedOrder};
use yuanlu_storage::{Db, Read, desk, order_file, outside_complaint};

/// Days after the last entry of an order's journal before it is archived, unless the operator says otherwise: past every
/// period in which a buyer, a card's bank or an agency usually comes back to it.
pub const AFTER_DAYS: u32 = 400;
/// Orders looked at, and at most moved, in one commit: few enough that nobody waits for it.
const PAGE: u32 = 32;

/// A way once through all old orders.
#[derive(Clone, Debug)]
pub struct Round {
    /// What has happened since then is not old.
    since: Instant,
    after: (Instant, String),
    over: bool,
}

impl Round {
    /// Begins with the oldest; old is in what nothing has happened for so many days.
    pub fn new(now: Instant, days: u32) -> Self {
        let start = (Instant::from_micros(i64::MIN), String::new());
        Self { since: now.plus_days(-i64::from(days)), after: start, over: false }
    }

    /// Whether every order was looked at.
    pub fn is_over(&self) -> bool {
        self.over
    }
}

/// What was moved, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Archived {
    /// Orders.
    pub orders: u64,
    /// Entries of their journals, and of who looked at them.
    pub entries: u64,
    /// Bytes of those entries.
    pub size: u64,
    /// Bytes they take in the archive.
    pub packed: u64,
}

impl Archived {
    /// Adds what one step moved.
    pub fn add(&mut self, other: Self) {
        self.orders += other.orders;
        self.entries += other.entries;
        self.size += other.size;
        self.packed += other.packed;
    }

    /// What these come to.
    pub fn of<'o>(all: impl IntoIterator<Item = &'o PackedOrder>) -> Self {
        let mut sum = Self::default();
        for packed in all {
            let (size, small) = packed.sizes();
            sum.orders += 1;
            sum.entries += packed.entries().unsigned_abs();
            sum.size += size.unsigned_abs();
            sum.packed += small as u64;
        }
        sum
    }
}

/// The next old orders of a round; perhaps none, also before it is over.
pub fn next(db: &Db, round: &mut Round) -> Result<Vec<PackedOrder>> {
    db.snapshot(|db| {
        let page = order_file::list_quiet(db, (round.after.0, &round.after.1), round.since, PAGE)?;
        round.over = page.len() < PAGE as usize;
        if let Some(last) = page.last() {
            round.after = (last.aggregate.placed_at, last.aggregate.order.to_string());
        }
        let mut old = Vec::new();
        for stored in page.into_iter().filter(|stored| is_at_rest(&stored.aggregate)) {
            old.extend(pack(db, &stored.aggregate)?);
        }
        Ok(old)
    })
}

fn pack(db: &impl Read, file: &OrderFile) -> Result<Option<PackedOrder>> {
    let desks = outside_complaint::of_order(db, &file.order)?;
    for desk in desks {
        let stored = desk::find(db, &desk)?.ok_or(AppError::NotFound)?;
        if matches!(&stored.aggregate, DeskFile::Outside(complaint) if complaint.state.is_open()) {
            return Ok(None);
        }
    }
    let packed = archive::pack_order(db, &file.order)?;
    if packed.is_none() {
        tracing::error!(order = %file.order, "its journal is broken and stays where it is; see `yuanlu verify`");
    }
    Ok(packed)
}

impl App {
    /// Moves orders to the archive, in one commit; an order that has gone on meanwhile stays.
    pub fn archive(&self, old: Vec<PackedOrder>) -> Result<Archived> {
        if old.is_empty() {
            return Ok(Archived::default());
        }
        self.engine().write(Lane::Bulk, move |tx, now| Ok(Archived::of(archive::take(tx, &old, now)?)))
    }

    /// One step of a round.
    pub fn archive_next(&self, round: &mut Round) -> Result<Archived> {
        self.archive(next(self.db(), round)?)
    }

    /// A round through what is old by this shop's settings; `None` where they say that nothing ever is.
    pub fn archive_round(&self, now: Instant) -> Option<Round> {
        self.config().archive_after_days.map(|days| Round::new(now, days))
    }
}
