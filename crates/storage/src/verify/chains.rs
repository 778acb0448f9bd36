//! Chains of hashes alone: no entry was changed, removed or put elsewhere since it was written.

use super::Report;
use super::journals::{BROKEN, OTHER_INSTANT};
use crate::aggregate::{Head, Journaled};
use crate::db::Read;
use crate::error::Result;
use crate::journal::{self, Passing};
use serde::Deserialize;
use std::collections::HashMap;
use yuanlu_domain::time::Instant;

/// How many ends are looked up at once.
const PAGE: usize = 512;

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

/// Follows every journal of one kind to its end, and compares that with its row.
pub(super) fn check<A: Journaled>(db: &impl Read, report: &mut Report, progress: &mut impl FnMut(u64)) -> Result<()> {
    let mut open: Option<Open> = None;
    let mut ended: Vec<Open> = Vec::new();
    journal::for_each(db, A::KIND, |id, line| {
        report.entries += 1;
        if report.entries.is_multiple_of(1000) {
            progress(report.entries);
        }
        if open.as_ref().is_none_or(|open| open.id != id) {
            report.journals += 1;
            let begun = Open { id: id.to_owned(), head: journal::genesis(A::KIND, id), broken: false };
            ended.extend(open.replace(begun));
            if ended.len() >= PAGE {
                compare::<A>(db, &mut ended, report)?;
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
    ended.extend(open);
    compare::<A>(db, &mut ended, report)
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

/// A journal that lost its last entries is still a chain; only its row knows that there were more.
fn compare<A: Journaled>(db: &impl Read, ended: &mut Vec<Open>, report: &mut Report) -> Result<()> {
    let ids: Vec<&str> = ended.iter().map(|open| open.id.as_str()).collect();
    let stored: HashMap<String, Head> = A::heads(db, &ids)?.into_iter().collect();
    for Open { id, head, .. } in ended.drain(..).filter(|open| !open.broken) {
        let place = format!("{}:{id}:{}", A::KIND.code(), head.version);
        match stored.get(&id) {
            Some(found) if *found == head => {}
            Some(found) => report.differ("head", place, format!("the row says entry {}", found.version)),
            None => report.differ("state", place, "no row"),
        }
    }
    Ok(())
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
