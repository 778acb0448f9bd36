//! Chains of hashes alone: no entry was changed, removed or put elsewhere since it was written.

use super::Report;
use super::journals::{BROKEN, OTHER_INSTANT};
use crate::aggregate::{Head, Journaled};
use crate::db::{Db, Read, Reader};
use crate::error::Result;
use crate::journal::{self, Passing};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, sync_channel};
use yuanlu_domain::time::Instant;

/// How many ends are looked up at once.
const PAGE: usize = 512;
/// How many such pages may wait for that.
const PAGES_AHEAD: usize = 8;

/// When an entry was written, as it says itself.
#[derive(Deserialize)]
struct Written {
    at: Instant,
}

/// When an entry was written, as it says itself: right at its beginning, unless it was written by another program.
fn written_at(body: &str) -> std::result::Result<Instant, String> {
    let numbered = body.strip_prefix(r#"{"v":"#).map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let digits = numbered.and_then(|rest| rest.strip_prefix(r#","at":"#)).and_then(|rest| rest.split_once(','));
    if let Some(micros) = digits.and_then(|(digits, _)| digits.parse().ok()) {
        return Ok(Instant::from_micros(micros));
    }
    let written: Written = serde_json::from_str(body).map_err(|error| format!("unreadable: {error}"))?;
    Ok(written.at)
}

/// The journal that is being read.
struct Open {
    id: String,
    head: Head,
    /// A bad entry was found and named; what follows cannot be judged.
    broken: bool,
}

/// Follows every journal of one kind to its end, and compares that with its row. The rows are looked up by another thread
/// meanwhile, who may see them later than `reader` does: what he finds odd is looked at again.
pub(super) fn check<A: Journaled>(
    db: &Db,
    reader: &Reader<'_>,
    report: &mut Report,
    progress: &mut impl FnMut(u64),
) -> Result<()> {
    let odd = std::thread::scope(|scope| {
        let (ends, ended) = sync_channel(PAGES_AHEAD);
        let comparing = scope.spawn(move || find_odd::<A>(db, &ended));
        // Where nobody listens any more the error is the other's.
        follow_all::<A>(reader, report, progress, |page| drop(ends.send(page)))?;
        drop(ends);
        comparing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    odd.chunks(PAGE).try_for_each(|page| compare::<A>(reader, page, report))
}

/// Follows the journals; `ended` takes those that are whole, a page at a time.
fn follow_all<A: Journaled>(
    db: &impl Read,
    report: &mut Report,
    progress: &mut impl FnMut(u64),
    mut ended: impl FnMut(Vec<Open>),
) -> Result<()> {
    let mut open: Option<Open> = None;
    let mut page = Vec::with_capacity(PAGE);
    journal::for_each(db, A::KIND, |id, line| {
        report.entries += 1;
        if report.entries.is_multiple_of(1000) {
            progress(report.entries);
        }
        if open.as_ref().is_none_or(|open| open.id != id) {
            report.journals += 1;
            let begun = Open { id: id.to_owned(), head: journal::genesis(A::KIND, id), broken: false };
            page.extend(open.replace(begun).filter(|open| !open.broken));
            if page.len() >= PAGE {
                ended(std::mem::replace(&mut page, Vec::with_capacity(PAGE)));
            }
        }
        let open = open.as_mut().expect("just begun");
        if !open.broken
            && let Err(wrong) = open.follow(line)
        {
            open.broken = true;
            report.differ("entry", format!("{}:{id}:{}", A::KIND.code(), line.seq), wrong);
        }
        Ok(())
    })?;
    page.extend(open.filter(|open| !open.broken));
    ended(page);
    Ok(())
}

impl Open {
    /// Follows one entry; the error names what is wrong with it.
    fn follow(&mut self, line: &Passing<'_>) -> std::result::Result<(), String> {
        let head = journal::next(&self.head, line.body);
        if line.seq != head.version {
            return Err(format!("expected entry {}", head.version));
        }
        if !journal::is_hex_of(line.head, &head.hash) {
            return Err(BROKEN.to_owned());
        }
        if written_at(line.body)? != line.at {
            return Err(OTHER_INSTANT.to_owned());
        }
        self.head = head;
        Ok(())
    }
}

/// Those that end elsewhere than their rows say.
fn find_odd<A: Journaled>(db: &Db, ended: &Receiver<Vec<Open>>) -> Result<Vec<Open>> {
    let mut odd = Vec::new();
    for page in ended {
        let stored = db.read(|db| heads::<A>(db, &page))?;
        odd.extend(page.into_iter().filter(|open| stored.get(&open.id) != Some(&open.head)));
    }
    Ok(odd)
}

/// A journal that lost its last entries is still a chain; only its row knows that there were more.
fn compare<A: Journaled>(db: &impl Read, ended: &[Open], report: &mut Report) -> Result<()> {
    let stored = heads::<A>(db, ended)?;
    for Open { id, head, .. } in ended {
        let place = format!("{}:{id}:{}", A::KIND.code(), head.version);
        match stored.get(id) {
            Some(found) if found == head => {}
            Some(found) => report.differ("head", place, format!("the row says entry {}", found.version)),
            None => report.differ("state", place, "no row"),
        }
    }
    Ok(())
}

fn heads<A: Journaled>(db: &impl Read, journals: &[Open]) -> Result<HashMap<String, Head>> {
    let ids: Vec<&str> = journals.iter().map(|open| open.id.as_str()).collect();
    Ok(A::heads(db, &ids)?.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_wherever_it_stands() {
        let at = |body| written_at(body).map(Instant::micros);
        assert_eq!(at(r#"{"v":1,"at":1790000000000000,"by":"system","events":[]}"#), Ok(1_790_000_000_000_000));
        assert_eq!(at(r#"{"v":1,"at":-5,"by":"system"}"#), Ok(-5));
        assert_eq!(at(r#"{"by":{"at":3},"v":12, "at": 7}"#), Ok(7));
        assert_eq!(at(r#"{"v":1,"at":7}"#), Ok(7));
        for bad in ["", "{}", r#"{"v":1,"at":1.5,"by":1}"#, r#"{"v":1,"at":"7","by":1}"#, r#"{"v":1,"by":{"at":7}}"#] {
            assert!(written_at(bad).is_err(), "{bad}");
        }
    }
}
