//! What a bill lacks, and its close.

use super::comparing::CUT_HOURS;
use super::exceptions::{matter_of_missing, missing_id};
use super::{BillFile, key_of_entry};
use crate::app::App;
use crate::engine::{Envelope, Lane};
use crate::errors::{AppError, Result};
use std::collections::HashSet;
use yuanlu_domain::Actor;
use yuanlu_domain::bill::{BillEntry, BillKind, ChannelEntry, Totals, missing_there};
use yuanlu_domain::bill_day::{BillDay, DayAct};
use yuanlu_domain::bill_exception::Resolution;
use yuanlu_domain::command::{Act, Command};
use yuanlu_domain::desk::DeskAct;
use yuanlu_domain::ids::DeskId;
use yuanlu_storage::bill::{self, Bill, BillState, Line};
use yuanlu_storage::channel_entry;

/// Entries read at once.
const PAGE: u32 = 1000;

/// What bills call it.
pub(super) fn entry_of(ours: &ChannelEntry) -> BillEntry {
    match (ours.incoming, ours.listed) {
        (true, _) => BillEntry::Payment,
        (false, true) => BillEntry::Refund,
        (false, false) => BillEntry::Remittance,
    }
}

impl App {
    /// Goes through what we say happened that day. What happened close to the cut of a day is looked for by the later of
    /// the two bills.
    pub(super) fn find_missing(&self, file: &BillFile<'_>, mut bill: Bill, seen: &HashSet<u64>) -> Result<Bill> {
        // Remittances are no part of a day's trades: the bill of funds lists them.
        let trades = file.kind == BillKind::Trades;
        let done = |day: jiff::civil::Date| -> Result<bool> {
            let bills = self.db().read(|db| bill::list_of_day(db, file.channel, day, file.kind))?;
            Ok(bills.iter().any(|bill| bill.state == BillState::Done))
        };
        let (before, after) =
            (file.day.yesterday().map_or(Ok(false), done)?, file.day.tomorrow().map_or(Ok(false), done)?);
        let from = file.span.start.plus_hours(if before { -CUT_HOURS } else { 0 });
        let until = file.span.end.plus_hours(if after { 0 } else { -CUT_HOURS });
        let (mut last, mut lines): (Option<ChannelEntry>, i64) = (None, 0);
        bill.summary.ours = Vec::new();
        loop {
            let span = (from, file.span.end);
            let page =
                self.db().read(|db| channel_entry::list_span(db, file.channel, trades, span, last.as_ref(), PAGE))?;
            let mut missing = Vec::new();
            for ours in &page {
                let Some(at) = ours.at else { continue };
                if file.span.contains(&at) {
                    let entry = entry_of(ours);
                    let totals = Totals::of(&mut bill.summary.ours, ours.amount.currency());
                    totals.count(&entry, ours.amount.minor(), 0);
                }
                let reference = if ours.incoming { ours.channel_ref.as_str() } else { "" };
                if at < until
                    && !seen.contains(&key_of_entry(ours))
                    && !self.db().read(|db| bill::find_known(db, ours.no.as_str(), reference))?
                {
                    missing.push(ours);
                }
            }
            bill.summary.differences += missing.len() as u64;
            self.raise_missing(file, &bill, &missing, &mut lines)?;
            match page.last() {
                Some(entry) if page.len() == PAGE as usize => last = Some(entry.clone()),
                _ => return Ok(bill),
            }
        }
    }

    fn raise_missing(
        &self,
        file: &BillFile<'_>,
        bill: &Bill,
        missing: &[&ChannelEntry],
        lines: &mut i64,
    ) -> Result<()> {
        if missing.is_empty() {
            return Ok(());
        }
        let (mut raised, mut rows) = (Vec::new(), Vec::new());
        for ours in missing {
            *lines -= 1;
            let (desk, found) = (missing_id(ours), missing_there(ours));
            let matter = matter_of_missing(file, &found, ours, &self.db().meta().number_prefix);
            rows.push(Line {
                line: *lines,
                entry: matter.entry.clone(),
                no: ours.no.to_string(),
                channel_ref: ours.channel_ref.clone(),
                amount_minor: ours.amount.minor(),
                currency: ours.amount.currency().code().to_owned(),
                fee_minor: 0,
                verdict: found.difference.code().to_owned(),
                exception: Some(desk.clone()),
            });
            raised.push((desk, matter, false));
        }
        self.raise_exceptions(raised)?;
        let id = bill.id;
        self.engine().write(Lane::Bulk, move |tx, _| Ok::<_, AppError>(bill::put_lines(tx, id, &rows)?))
    }

    /// Books the fees and ends the bill. What an earlier bill of the day was taken to lack, and this one has, is settled.
    pub(super) fn close_bill(&self, mut bill: Bill, before: &[Bill]) -> Result<Bill> {
        let desk = BillDay::number(&bill.channel, bill.day, bill.kind);
        let act = DayAct::Close {
            channel: bill.channel.clone(),
            day: bill.day,
            kind: bill.kind,
            file: bill.sha256.clone(),
            totals: bill.summary.theirs.clone(),
        };
        let act = Act::Desk { desk, act: DeskAct::Day(act) };
        self.harmless(vec![Envelope::program(Command { by: Actor::Program, act })])?;
        bill.state = BillState::Done;
        bill.changed_at = self.now();
        let row = bill.clone();
        self.engine().write(Lane::Bulk, move |tx, _| {
            bill::update(tx, &row)?;
            Ok::<_, AppError>(bill::replace_others(tx, &row)?)
        })?;
        let still: HashSet<DeskId> = self.db().read(|db| bill::list_exceptions(db, bill.id))?.into_iter().collect();
        for earlier in before.iter().filter(|earlier| earlier.id != bill.id && earlier.state == BillState::Done) {
            let raised = self.db().read(|db| bill::list_exceptions(db, earlier.id))?;
            let gone: Vec<_> = raised.into_iter().filter(|desk| !still.contains(desk)).collect();
            for some in gone.chunks(PAGE as usize) {
                self.resolve_exceptions(some.to_vec(), Resolution::LaterBill)?;
            }
        }
        Ok(bill)
    }
}
