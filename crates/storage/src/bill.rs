//! Bills that were compared, and their lines: plain rows, written in bulk. What they led to is in journals.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use yuanlu_domain::bill::{BillKind, Totals};
use yuanlu_domain::ids::{ChannelId, DeskId};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "bill",
        columns: &[
            int("bill_id"),
            text("channel"),
            text("day"),
            text("kind"),
            text("state"),
            text("sha256"),
            text("brought_by"),
            text("summary"),
            int("began_at"),
            int("changed_at"),
        ],
        key: "bill_id",
        large_rows: true,
        indexes: &[index("bill_day", "day, channel, kind, bill_id")],
        since: 3,
    },
    Table {
        name: "bill_line",
        columns: &[
            int("bill_id"),
            int("line"),
            text("entry"),
            text("no"),
            text("channel_ref"),
            int("amount"),
            text("currency"),
            int("fee"),
            text("verdict"),
            text("exception").null(),
        ],
        key: "bill_id, line",
        large_rows: false,
        // Of the many that simply match, nothing is looked up by number.
        indexes: &[
            index("bill_line_no", "no").only("verdict not in ('matched', 'aside')"),
            index("bill_line_exception", "bill_id, exception").only("exception is not null"),
        ],
        since: 3,
    },
];

macro_rules! columns {
    () => {
        "bill_id, channel, day, kind, state, sha256, brought_by, summary, began_at, changed_at"
    };
}
macro_rules! line_columns {
    () => {
        "line, entry, no, channel_ref, amount, currency, fee, verdict, exception"
    };
}

crate::statements! {
    NEXT_ID = "select coalesce(max(bill_id), 0) + 1 from bill";
    INSERT = concat!("insert into bill (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
    UPDATE = "update bill set state = $2, summary = $3, changed_at = $4 where bill_id = $1";
    REPLACE = "update bill set state = 'replaced', changed_at = $5 \
               where channel = $1 and day = $2 and kind = $3 and state = 'done' and bill_id <> $4";
    FIND = concat!("select ", columns!(), " from bill where bill_id = $1");
    OF_DAY = concat!(
        "select ", columns!(), " from bill where day = $1 and channel = $2 and kind = $3 order by bill_id desc"
    );
    SINCE = concat!("select ", columns!(), " from bill where day >= $1 and day <= $2 order by day desc, channel, kind, bill_id");
    PUT_LINE = "insert into bill_line (bill_id, line, entry, no, channel_ref, amount, currency, fee, verdict, exception) \
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (bill_id, line) do nothing";
    DIFFERENCES = concat!(
        "select ", line_columns!(), " from bill_line where bill_id = $1 and exception is not null and line > $2 \
         order by line limit $3"
    );
    LINES = concat!("select ", line_columns!(), " from bill_line where bill_id = $1 and line > $2 order by line limit $3");
    KNOWN = "select line from bill_line where no = $1 and verdict not in ('matched', 'aside') \
             and ($2 = '' or channel_ref = $2) and line > 0 limit 1";
    EXCEPTIONS = "select exception from bill_line where bill_id = $1 and exception is not null";
}

/// Where a bill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillState {
    /// Its lines are being compared; after a crash it goes on.
    Comparing,
    /// Every line was compared.
    Done,
    /// It cannot be used, and nothing of it was.
    Refused,
    /// A later bill of the same day took its place.
    Replaced,
}

impl BillState {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Comparing => "comparing",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Replaced => "replaced",
        }
    }

    fn parse(code: &str) -> Option<Self> {
        [Self::Comparing, Self::Done, Self::Refused, Self::Replaced].into_iter().find(|state| state.code() == code)
    }
}

/// What a bill amounts to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Lines of the file that were compared so far, differences of ours not counted.
    pub lines: u64,
    /// Lines in all.
    pub of: u64,
    /// Lines that agree.
    pub matched: u64,
    /// Lines that are about something else.
    pub aside: u64,
    /// Differences, also what the bill lacks.
    pub differences: u64,
    /// What it says.
    pub theirs: Vec<Totals>,
    /// What we say of that day.
    pub ours: Vec<Totals>,
    /// Pieces of the file, as it came, in order.
    pub file: Vec<String>,
    /// How long the file is.
    pub bytes: u64,
    /// Why it was refused: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// The line that is wrong; 0 for the file as a whole.
    #[serde(default)]
    pub fault_line: u64,
    /// More about what is wrong.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fault_detail: String,
}

/// A bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// Its number, from 1.
    pub id: i64,
    /// Of which channel.
    pub channel: ChannelId,
    /// Of which day.
    pub day: Date,
    /// Which.
    pub kind: BillKind,
    /// Where it stands.
    pub state: BillState,
    /// SHA-256 (hex) of the file.
    pub sha256: String,
    /// Who brought it: `channel`, `operator`.
    pub brought_by: String,
    /// What it amounts to.
    pub summary: Summary,
    /// When it came.
    pub began_at: Instant,
    /// When this last changed.
    pub changed_at: Instant,
}

/// A line, and what came of it. What a bill lacks has no line of its own and is counted below zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Line of the file.
    pub line: i64,
    /// Kind of the line (stable code).
    pub entry: String,
    /// The number it is compared by.
    pub no: String,
    /// The channel's own number.
    pub channel_ref: String,
    /// How much.
    pub amount_minor: i64,
    /// In which currency.
    pub currency: String,
    /// What the channel kept.
    pub fee_minor: i64,
    /// `matched`, `near` (matched, close to the cut of a day), `aside`, or how it differs.
    pub verdict: String,
    /// The exception that was raised.
    pub exception: Option<DeskId>,
}

/// Writes a new bill; its number.
pub fn insert(tx: &Tx<'_>, bill: &Bill) -> Result<i64> {
    let id = tx.query_one(&NEXT_ID, &[], |row| row.int(0))?.unwrap_or(1);
    let args = params![
        id,
        &bill.channel,
        bill.day.to_string(),
        bill.kind.code(),
        bill.state.code(),
        &bill.sha256,
        &bill.brought_by,
        crate::aggregate::state_text("bill", &bill.summary)?,
        bill.began_at,
        bill.changed_at,
    ];
    tx.execute_one(&INSERT, &args)?;
    Ok(id)
}

/// Writes what a bill has become.
pub fn update(tx: &Tx<'_>, bill: &Bill) -> Result<()> {
    let summary = crate::aggregate::state_text("bill", &bill.summary)?;
    tx.execute_one(&UPDATE, &params![bill.id, bill.state.code(), summary, bill.changed_at])
}

/// This bill takes the place of those of the same day before it.
pub fn replace_others(tx: &Tx<'_>, bill: &Bill) -> Result<()> {
    let args = params![&bill.channel, bill.day.to_string(), bill.kind.code(), bill.id, bill.changed_at];
    tx.execute(&REPLACE, &args).map(drop)
}

/// One bill.
pub fn find(db: &impl Read, id: i64) -> Result<Option<Bill>> {
    db.query_one(&FIND, &params![id], bill)
}

/// Bills of a day, the newest first.
pub fn list_of_day(db: &impl Read, channel: &ChannelId, day: Date, kind: BillKind) -> Result<Vec<Bill>> {
    db.query(&OF_DAY, &params![day.to_string(), channel, kind.code()], bill)
}

/// Bills of days from the first to the last, newest day first.
pub fn list_between(db: &impl Read, first: Date, last: Date) -> Result<Vec<Bill>> {
    db.query(&SINCE, &params![first.to_string(), last.to_string()], bill)
}

/// Writes lines; those that were written already stay.
pub fn put_lines(tx: &Tx<'_>, bill: i64, lines: &[Line]) -> Result<()> {
    for line in lines {
        let args = params![
            bill,
            line.line,
            &line.entry,
            &line.no,
            &line.channel_ref,
            line.amount_minor,
            &line.currency,
            line.fee_minor,
            &line.verdict,
            line.exception.as_ref(),
        ];
        tx.execute(&PUT_LINE, &args)?;
    }
    Ok(())
}

/// Lines of a bill, after the given one; only those that differ, or all.
pub fn list_lines(db: &impl Read, bill: i64, differing: bool, after: i64, limit: u32) -> Result<Vec<Line>> {
    db.query(if differing { &DIFFERENCES } else { &LINES }, &params![bill, after, limit], line)
}

/// Whether a bill has a line under a number that did not simply match on its own day: with this number of the channel's,
/// or with any where it is empty.
pub fn find_known(db: &impl Read, no: &str, channel_ref: &str) -> Result<bool> {
    Ok(db.query_one(&KNOWN, &params![no, channel_ref], |_| Ok(()))?.is_some())
}

/// What was raised about a bill.
pub fn list_exceptions(db: &impl Read, bill: i64) -> Result<Vec<DeskId>> {
    db.query(&EXCEPTIONS, &params![bill], |row| Ok(DeskId::new(row.str(0)?)))
}

fn bill(row: &crate::Row<'_>) -> Result<Bill> {
    Ok(Bill {
        id: row.int(0)?,
        channel: row.str(1)?.into(),
        day: row.code(2, |text| text.parse().ok())?,
        kind: row.code(3, BillKind::parse)?,
        state: row.code(4, BillState::parse)?,
        sha256: row.text(5)?,
        brought_by: row.text(6)?,
        summary: row.json(7)?,
        began_at: row.instant(8)?,
        changed_at: row.instant(9)?,
    })
}

fn line(row: &crate::Row<'_>) -> Result<Line> {
    Ok(Line {
        line: row.int(0)?,
        entry: row.text(1)?,
        no: row.text(2)?,
        channel_ref: row.text(3)?,
        amount_minor: row.int(4)?,
        currency: row.text(5)?,
        fee_minor: row.int(6)?,
        verdict: row.text(7)?,
        exception: row.opt_str(8)?.map(DeskId::new),
    })
}
