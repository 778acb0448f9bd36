//! Reconciliation: a channel's bill of a day against our own payments and payouts (S21, R29).
//!
//! A bill is read twice. First it is checked as a whole, and nothing is written; then its lines are compared, in commits of
//! a thousand. What agrees is a plain row. What differs becomes a command to the order, or an exception for finance, under
//! a number that follows from what it is about: doing all of it again, also after a crash, changes nothing.

mod comparing;
mod exceptions;
mod missing;
mod restored;
mod shown;

use crate::app::App;
use crate::engine::Lane;
use crate::errors::{AppError, Result};
use jiff::civil::Date;
use ring::digest::{Context, SHA256};
use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use yuanlu_blobs::{BlobId, to_hex};
use yuanlu_domain::bill::{BillEntry, BillKind, BillLine, ChannelEntry, Totals};
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::time::Instant;
use yuanlu_storage::bill::{self, Summary};

pub use restored::{Unaccounted, unaccounted};
pub use yuanlu_storage::bill::{Bill, BillState};

/// Bytes of a file that are kept together, encrypted.
const PIECE: usize = 4 << 20;
/// Days for which a missing bill is asked for.
const DAYS_BACK: i64 = 7;
/// From this hour of the next day on a channel has its bill.
const READY_HOUR: i64 = 10;

/// A bill that was brought.
#[derive(Clone, Debug)]
pub struct BillFile<'a> {
    /// Whose.
    pub channel: &'a ChannelId,
    /// Of which day.
    pub day: Date,
    /// Which.
    pub kind: BillKind,
    /// From when until when that day lasts there.
    pub span: Range<Instant>,
    /// The file, as it came.
    pub path: &'a Path,
    /// `channel` or `operator`.
    pub brought_by: &'static str,
}

/// A bill that waits in the inbox to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingBill {
    /// Whose.
    pub channel: ChannelId,
    /// Of which day.
    pub day: Date,
    /// Which.
    pub kind: BillKind,
    /// The file.
    pub path: PathBuf,
}

/// Why a bill cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBill {
    /// Line of the file, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What is wrong, as a stable code; `duplicate` where a line comes twice.
    pub code: &'static str,
    /// The column it is about.
    pub detail: String,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many lines were read.
    Checked(u64),
    /// So many lines of all were compared.
    Compared(u64, u64),
}

/// Why a bill was not compared.
#[derive(Debug)]
pub enum NotReconciled {
    /// It cannot be used; nothing of it was.
    Bad(BadBill),
    /// The file cannot be read.
    File(io::Error),
    /// The shop failed; what was done stays, and the same bill goes on from there.
    App(AppError),
}

impl From<AppError> for NotReconciled {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<yuanlu_storage::StorageError> for NotReconciled {
    fn from(error: yuanlu_storage::StorageError) -> Self {
        Self::App(error.into())
    }
}

impl From<io::Error> for NotReconciled {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl fmt::Display for NotReconciled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bad(BadBill { line: 0, code, detail }) => write!(f, "{code} {detail}"),
            Self::Bad(BadBill { line, code, detail }) => write!(f, "line {line}: {code} {detail}"),
            Self::File(error) => error.fmt(f),
            Self::App(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotReconciled {}

/// Reads the lines of a bill in order.
pub type ReadLines<'a> = dyn Fn(&mut dyn BufRead, &mut dyn FnMut(BillLine)) -> std::result::Result<(), BadBill> + 'a;

/// What a bill says as a whole.
struct Checked {
    lines: u64,
    theirs: Vec<Totals>,
    /// What it is about, as hashes: a million of them are small.
    seen: HashSet<u64>,
}

impl App {
    /// Compares a bill, and does what follows from it. The same file again is answered with what came of it.
    ///
    /// # Errors
    /// [`NotReconciled`]; a bad bill changes nothing but the list of bills.
    pub fn reconcile(
        &self,
        file: &BillFile<'_>,
        read: &ReadLines<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> std::result::Result<Bill, NotReconciled> {
        let (sha256, bytes) = hashed(file.path)?;
        let before = self.db().read(|db| bill::list_of_day(db, file.channel, file.day, file.kind))?;
        let newest = before.iter().find(|bill| bill.sha256 == sha256);
        if let Some(done) = newest.filter(|bill| bill.state == BillState::Done) {
            return Ok(done.clone());
        }
        let checked = match check(file.path, read, progress)? {
            Ok(checked) => checked,
            Err(bad) => {
                if newest.is_none_or(|bill| bill.state != BillState::Refused) {
                    self.keep_refused(file, sha256, bytes, &bad)?;
                }
                return Err(NotReconciled::Bad(bad));
            }
        };
        let begun = newest.filter(|bill| bill.state == BillState::Comparing).cloned();
        let bill = match begun {
            Some(bill) => bill,
            None => {
                let summary = Summary {
                    of: checked.lines,
                    theirs: checked.theirs.clone(),
                    file: self.keep_file(file.path)?,
                    bytes,
                    ..Summary::default()
                };
                self.keep_bill(file, BillState::Comparing, sha256, summary)?
            }
        };
        let bill = self.compare_lines(file, bill, read, progress)?;
        let bill = self.find_missing(file, bill, &checked.seen)?;
        Ok(self.close_bill(bill, &before)?)
    }

    fn keep_refused(&self, file: &BillFile<'_>, sha256: String, bytes: u64, bad: &BadBill) -> Result<()> {
        tracing::warn!(channel = %file.channel, day = %file.day, line = bad.line, code = bad.code, "a bill cannot be used");
        let summary = Summary {
            bytes,
            fault: Some(bad.code.to_owned()),
            fault_line: bad.line,
            fault_detail: bad.detail.clone(),
            ..Summary::default()
        };
        self.keep_bill(file, BillState::Refused, sha256, summary).map(drop)
    }

    fn keep_bill(&self, file: &BillFile<'_>, state: BillState, sha256: String, summary: Summary) -> Result<Bill> {
        let now = self.now();
        let mut bill = Bill {
            id: 0,
            channel: file.channel.clone(),
            day: file.day,
            kind: file.kind,
            state,
            sha256,
            brought_by: file.brought_by.to_owned(),
            summary,
            began_at: now,
            changed_at: now,
        };
        let row = bill.clone();
        bill.id = self.engine().write(Lane::Bulk, move |tx, _| Ok::<_, AppError>(bill::insert(tx, &row)?))?;
        Ok(bill)
    }

    /// Keeps the file as it came, encrypted, in pieces.
    fn keep_file(&self, path: &Path) -> std::result::Result<Vec<String>, NotReconciled> {
        let mut file = File::open(path)?;
        let mut pieces = Vec::new();
        loop {
            let mut piece = Vec::new();
            Read::by_ref(&mut file).take(PIECE as u64).read_to_end(&mut piece)?;
            if piece.is_empty() {
                return Ok(pieces);
            }
            let id = self.blobs().put(self.vault(), &piece).map_err(|error| {
                tracing::error!(%error, "a bill cannot be kept");
                AppError::Unavailable
            })?;
            pieces.push(id.as_str().to_owned());
        }
    }

    /// Hands out a kept bill as it came, piece by piece.
    pub fn bill_file(&self, bill: &Bill, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> Result<()> {
        for piece in &bill.summary.file {
            let id = BlobId::parse(piece).ok_or(AppError::Unavailable)?;
            let content = self.blobs().get(self.vault(), &id).map_err(|_| AppError::Unavailable)?;
            each(content.expose()).map_err(|_| AppError::Unavailable)?;
        }
        Ok(())
    }

    /// The oldest day of which a channel should have a bill by now that was not compared yet.
    pub fn wanted_bill(&self, channel: &ChannelId, kind: BillKind, now: Instant) -> Result<Option<Date>> {
        let ready = now.plus_hours(-READY_HOUR).date();
        let born = self.db().meta().created_at.date();
        let first = now.plus_days(-DAYS_BACK).date().max(born);
        let bills = self.db().read(|db| bill::list_between(db, first, ready))?;
        let done = |day: Date| {
            bills.iter().any(|bill| {
                bill.channel == *channel && bill.kind == kind && bill.day == day && bill.state == BillState::Done
            })
        };
        Ok(first.series(jiff::Span::new().days(1)).take_while(|day| *day < ready).find(|day| !done(*day)))
    }

    /// Where bills are kept while they are fetched and compared.
    pub fn bill_folder(&self) -> PathBuf {
        self.config().data.join("bills")
    }

    /// Bills that an operator left to be compared by whoever serves the shop.
    pub fn waiting_bills(&self) -> Vec<WaitingBill> {
        let Ok(entries) = std::fs::read_dir(inbox(&self.bill_folder())) else { return Vec::new() };
        let mut waiting: Vec<_> = entries.filter_map(|entry| waiting_bill(&entry.ok()?.path())).collect();
        waiting.sort_by(|a, b| (a.day, &a.channel).cmp(&(b.day, &b.channel)));
        waiting
    }

    /// What bills say of a day, the newest first.
    pub fn bills_of_day(&self, channel: &ChannelId, day: Date, kind: BillKind) -> Result<Vec<Bill>> {
        Ok(self.db().read(|db| bill::list_of_day(db, channel, day, kind))?)
    }
}

/// Where an operator leaves bills, below the folder for bills.
pub fn inbox(folder: &Path) -> PathBuf {
    folder.join("inbox")
}

/// The name of a bill in the inbox.
pub fn inbox_name(channel: &ChannelId, day: Date, kind: BillKind) -> String {
    format!("{channel}.{day}.{}", kind.code())
}

fn waiting_bill(path: &Path) -> Option<WaitingBill> {
    let name = path.file_name()?.to_str()?;
    let mut parts = name.split('.');
    let (channel, day, kind) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (day, kind) = (day.parse().ok()?, BillKind::parse(kind)?);
    Some(WaitingBill { channel: channel.into(), day, kind, path: path.to_owned() })
}

/// SHA-256 (hex) of a file, and its length.
fn hashed(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((to_hex(context.finish().as_ref()), bytes));
        }
        context.update(&buffer[..read]);
        bytes += read as u64;
    }
}

fn opened(path: &Path) -> io::Result<BufReader<File>> {
    Ok(BufReader::with_capacity(1 << 16, File::open(path)?))
}

/// Reads the whole bill and writes nothing.
fn check(
    path: &Path,
    read: &ReadLines<'_>,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<std::result::Result<Checked, BadBill>> {
    let mut checked = Checked { lines: 0, theirs: Vec::new(), seen: HashSet::new() };
    let mut twice = None;
    let done = read(&mut opened(path)?, &mut |line| {
        checked.lines += 1;
        if checked.lines.is_multiple_of(10_000) {
            progress(Progress::Checked(checked.lines));
        }
        let currency = line.amount.currency();
        Totals::of(&mut checked.theirs, currency).count(&line.entry, line.amount.minor(), line.fee_minor);
        if let Some(key) = key_of_line(&line)
            && !checked.seen.insert(key)
        {
            twice.get_or_insert(line.line);
        }
    });
    Ok(match (done, twice) {
        (Err(bad), _) => Err(bad),
        (Ok(()), Some(line)) => Err(BadBill { line, code: "duplicate", detail: String::new() }),
        (Ok(()), None) => Ok(checked),
    })
}

/// What a line is about, among all of its bill. Payments can share a number, payouts cannot.
fn key_of_line(line: &BillLine) -> Option<u64> {
    match line.entry {
        BillEntry::Payment => Some(key("in", line.payment_no.as_str(), &line.payment_ref)),
        BillEntry::Refund | BillEntry::Remittance if !line.refund_no.as_str().is_empty() => {
            Some(key("out", line.refund_no.as_str(), ""))
        }
        BillEntry::RefundReturned if !line.refund_no.as_str().is_empty() => {
            Some(key("back", line.refund_no.as_str(), ""))
        }
        BillEntry::Refund | BillEntry::Remittance | BillEntry::RefundReturned | BillEntry::Other(_) => None,
    }
}

/// The same, of what we know.
fn key_of_entry(entry: &ChannelEntry) -> u64 {
    match entry.incoming {
        true => key("in", entry.no.as_str(), &entry.channel_ref),
        false => key("out", entry.no.as_str(), ""),
    }
}

fn key(way: &str, no: &str, reference: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (way, no, reference).hash(&mut hasher);
    hasher.finish()
}
