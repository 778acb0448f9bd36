//! After a restore: is every refund accounted for that a channel may have been told of since the backup? Its bills say so.

use crate::errors::Result;
use jiff::civil::Date;
use std::collections::BTreeSet;
use yuanlu_domain::bill::{BillEntry, BillKind};
use yuanlu_domain::bill_exception::BillException;
use yuanlu_domain::desk::DeskFile;
use yuanlu_domain::ids::{ChannelId, DeskId};
use yuanlu_domain::time::Instant;
use yuanlu_storage::bill::{self, BillState};
use yuanlu_storage::order_file::Cursor;
use yuanlu_storage::{Db, channel_entry, desk};

/// Exceptions read at once.
const PAGE: u32 = 500;

/// What is not accounted for yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unaccounted {
    /// Days of channels whose bill was not compared.
    pub bills: Vec<(ChannelId, Date)>,
    /// Open exceptions about money that a channel paid out on those days and the books do not know of.
    pub exceptions: Vec<DeskId>,
}

impl Unaccounted {
    /// Nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.bills.is_empty() && self.exceptions.is_empty()
    }
}

/// What stands between a restore and the first payout: of every channel that money ever moved at, the bills of the days
/// from the backup to the restore, and what they say of payouts that the books have lost.
pub fn unaccounted(db: &Db, backed_up: Instant, restored: Instant) -> Result<Unaccounted> {
    let (first, last) = (backed_up.date(), restored.date());
    db.snapshot(|db| {
        let bills = bill::list_between(db, first, last)?;
        let mut channels: BTreeSet<ChannelId> = channel_entry::list_channels(db)?.into_iter().collect();
        channels.extend(bills.iter().map(|bill| bill.channel.clone()));
        let compared = |channel: &ChannelId, day: Date| {
            let whole = bills.iter().filter(|bill| bill.kind == BillKind::Trades && bill.state == BillState::Done);
            whole.into_iter().any(|bill| bill.channel == *channel && bill.day == day)
        };
        let mut found = Unaccounted::default();
        for channel in channels {
            let days = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
            found.bills.extend(days.filter(|day| !compared(&channel, *day)).map(|day| (channel.clone(), day)));
        }
        let mut after: Option<Cursor> = None;
        loop {
            let page = desk::queue(db, "bill_exception", after.as_ref(), PAGE)?;
            for stored in &page {
                let DeskFile::Exception(exception) = &stored.aggregate else { continue };
                if (first..=last).contains(&exception.matter.day) && is_lost_payout(exception) {
                    found.exceptions.push(exception.desk.clone());
                }
            }
            let Some(end) = page.last().filter(|_| page.len() == PAGE as usize) else { return Ok(found) };
            let at = end.aggregate.turn().map_or(i64::MAX, |(_, due)| due.micros());
            after = Some(Cursor { at, id: end.aggregate.id().to_string() });
        }
    })
}

/// The channel has paid something out that the books do not have like this.
fn is_lost_payout(exception: &BillException) -> bool {
    let entry = exception.matter.entry.as_str();
    let out = [BillEntry::Refund.code(), BillEntry::Remittance.code()].contains(&entry);
    exception.is_open() && out && exception.matter.theirs.is_some()
}
