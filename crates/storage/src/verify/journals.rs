//! Journals against the rows they amount to.

use super::Report;
use super::audited::Audited;
use super::books::Books;
use crate::aggregate::{Head, Journaled, Kind};
use crate::db::Read;
use crate::error::Result;
use crate::journal::{self, Passing};
use crate::personal::{self, Proof};
use crate::transfer::{self, Posted};
use crate::{channel_entry, order_file, outbox, refund_case, timer};
use std::collections::HashMap;
use yuanlu_domain::event::Entry;
use yuanlu_ledger::Transfer;

pub(super) const BROKEN: &str = "the chain of hashes is broken";
pub(super) const OTHER_INSTANT: &str = "another instant in the row than in the entry";

/// How many texts are looked up at once.
const TEXTS: usize = 256;

/// One journal while it is read.
struct Reading<A> {
    id: String,
    head: Head,
    state: Option<A>,
    transfers: Vec<Posted>,
    /// A bad entry was found and named; what follows cannot be judged.
    broken: bool,
}

impl<A: Journaled> Reading<A> {
    fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            head: journal::genesis(A::KIND, id),
            state: None,
            transfers: Vec::new(),
            broken: false,
        }
    }

    fn place(&self, seq: i64) -> String {
        format!("{}:{}:{seq}", A::KIND.code(), self.id)
    }

    /// Follows one entry; the error names what is wrong with it.
    fn follow(&mut self, line: &Passing<'_>) -> std::result::Result<Entry<A::Event>, String> {
        let head = journal::next(&self.head, line.body);
        if line.seq != head.version {
            return Err(format!("expected entry {}", head.version));
        }
        if line.head != journal::hex(&head.hash) {
            return Err(BROKEN.to_owned());
        }
        let entry: Entry<A::Event> = serde_json::from_str(line.body).map_err(|e| format!("unreadable: {e}"))?;
        if entry.at != line.at {
            return Err(OTHER_INSTANT.to_owned());
        }
        if self.state.as_ref().is_some_and(|state| entry.at < state.last_at()) {
            return Err("time runs back".to_owned());
        }
        let mut made: Vec<Transfer> = Vec::new();
        for event in &entry.events {
            made.extend(A::transfers(self.state.as_ref(), event));
            let after = A::evolve(self.state.take(), event, &entry.by, entry.at);
            self.state = Some(after.ok_or("an event does not fit the state before it")?);
        }
        let posted = (1..).zip(made).map(|(n, transfer)| Posted { seq: line.seq, n, at: entry.at, transfer });
        self.transfers.extend(posted);
        self.head = head;
        Ok(entry)
    }
}

/// Reads every journal of one kind.
pub(super) fn check<A: Audited>(
    db: &impl Read,
    report: &mut Report,
    books: &mut Books,
    progress: &mut impl FnMut(u64),
) -> Result<()> {
    let mut reading: Option<Reading<A>> = None;
    let mut texts: HashMap<String, (String, String)> = HashMap::new();
    journal::for_each(db, A::KIND, |id, line| {
        if reading.as_ref().is_none_or(|open| open.id != id)
            && let Some(done) = reading.replace(Reading::new(id))
        {
            finish(db, done, report, books)?;
        }
        let open = reading.as_mut().expect("just begun");
        report.entries += 1;
        if report.entries.is_multiple_of(1000) {
            progress(report.entries);
        }
        if !open.broken
            && let Err(what) = open.follow(line)
        {
            open.broken = true;
            report.differ("entry", open.place(line.seq), what);
        }
        collect_texts(line.body, &open.place(line.seq), &mut texts);
        if texts.len() >= TEXTS {
            check_texts(db, &mut texts, report)?;
        }
        Ok(())
    })?;
    if let Some(done) = reading {
        finish(db, done, report, books)?;
    }
    check_texts(db, &mut texts, report)
}

fn finish<A: Audited>(db: &impl Read, done: Reading<A>, report: &mut Report, books: &mut Books) -> Result<()> {
    report.journals += 1;
    report.transfers += done.transfers.len() as u64;
    *books.journals.entry(A::KIND).or_default() += 1;
    if done.broken {
        return Ok(());
    }
    let place = done.place(done.head.version);
    let stored = A::load(db, &[&done.id])?.pop();
    let Some(state) = done.state else { return Ok(()) };
    match stored {
        None => report.differ("state", &place, "no row"),
        Some(stored) => {
            if stored.head != done.head {
                report.differ("head", &place, format!("the row says entry {}", stored.head.version));
            }
            if stored.aggregate != state {
                report.differ("state", &place, "the row is not what the journal amounts to");
            }
        }
    }
    if transfer::list(db, A::KIND, &done.id)? != done.transfers {
        report.differ("transfer", &place, "the ledger is not what the journal amounts to");
    }
    books.post(A::KIND, &done.id, &done.transfers, report);
    check_rows(db, &state, &place, report, books)
}

/// Rows that are functions of the state.
fn check_rows<A: Audited>(
    db: &impl Read,
    state: &A,
    place: &str,
    report: &mut Report,
    books: &mut Books,
) -> Result<()> {
    let expected = state.project();
    let mut timers: Vec<_> = expected.timers.iter().map(|t| timer::Waiting::of(A::KIND, state.id(), t)).collect();
    timers.sort();
    let mut stored = timer::list(db, A::KIND, state.id())?;
    stored.sort();
    books.timers += timers.len() as i64;
    if timers != stored {
        report.differ("timer", place, format!("expected {timers:?}, found {stored:?}"));
    }
    books.calls += expected.calls.len() as i64;
    books.cases += expected.cases.len() as i64;
    books.closings += expected.closings.len() as i64;
    let mut closings = outbox::list_closings_of(db, state.id())?;
    closings.sort_by(|a, b| a.no.cmp(&b.no));
    let mut wanted = expected.closings.clone();
    wanted.sort_by(|a, b| a.no.cmp(&b.no));
    if closings != wanted {
        report.differ("outbox", place, format!("expected {wanted:?}, found {closings:?}"));
    }
    books.entries += expected.entries.len() as i64;
    if A::KIND == Kind::Order {
        let mut calls = outbox::list_calls_of(db, state.id())?;
        calls.sort_by_key(|call| call.payout);
        if calls != expected.calls {
            report.differ("outbox", place, format!("expected {:?}, found {calls:?}", expected.calls));
        }
    }
    state.check_rows(db, &mut |check, detail| report.differ(check, place, detail))?;
    state.stand_in_books(place, books, report);
    Ok(())
}

/// Rows that no journal accounts for.
pub(super) fn count_rows(db: &impl Read, report: &mut Report, books: &Books) -> Result<()> {
    let journals = |kind| books.journals.get(&kind).copied().unwrap_or(0);
    for (check, expected, found) in [
        ("order_file", journals(Kind::Order), order_file::count(db)?),
        ("wallet", journals(Kind::Wallet), crate::wallet::count(db)?),
        ("seller_account", journals(Kind::Seller), crate::seller_account::count(db)?),
        ("desk", journals(Kind::Desk), crate::desk::count(db)?),
        ("timer", books.timers, timer::count(db)?),
        ("outbox", books.calls, outbox::count_calls(db)?),
        ("outbox", books.closings, outbox::count_closings(db)?),
        ("refund_case", books.cases, refund_case::count(db)?),
        ("channel_entry", books.entries, channel_entry::count(db)?),
        ("transfer", i64::try_from(report.transfers).unwrap_or(i64::MAX), transfer::count(db)?),
    ] {
        if expected != found && report.differences.is_empty() {
            report.differ(check, "table", format!("the journals account for {expected} rows, there are {found}"));
        }
    }
    Ok(())
}

/// Finds every `{"id": …, "digest": …}` of an entry: a personal text that it names.
fn collect_texts(body: &str, place: &str, texts: &mut HashMap<String, (String, String)>) {
    fn walk(value: &serde_json::Value, found: &mut impl FnMut(&str, &str)) {
        match value {
            serde_json::Value::Object(map) => {
                if let (2, Some(id), Some(digest)) =
                    (map.len(), map.get("id").and_then(|v| v.as_str()), map.get("digest").and_then(|v| v.as_str()))
                {
                    found(id, digest);
                }
                map.values().for_each(|value| walk(value, found));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    if body.contains("\"digest\"")
        && let Ok(value) = serde_json::from_str(body)
    {
        walk(&value, &mut |id, digest| {
            texts.insert(id.to_owned(), (digest.to_owned(), place.to_owned()));
        });
    }
}

fn check_texts(db: &impl Read, texts: &mut HashMap<String, (String, String)>, report: &mut Report) -> Result<()> {
    let ids: Vec<&str> = texts.keys().map(String::as_str).collect();
    let proofs: HashMap<String, Proof> = personal::proofs(db, &ids)?.into_iter().collect();
    for (id, (digest, place)) in texts.drain() {
        match proofs.get(&id) {
            Some(Proof::Erased) => report.erased += 1,
            Some(Proof::Digest(found)) if *found == digest => report.texts += 1,
            Some(Proof::Digest(_)) => report.differ("personal", &place, format!("text `{id}` was changed")),
            None => report.differ("personal", &place, format!("text `{id}` is gone and was not erased")),
        }
    }
    Ok(())
}
