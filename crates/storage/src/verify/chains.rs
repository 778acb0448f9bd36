//! Chains of hashes alone: no entry was changed, removed or put elsewhere since it was written.

use super::Report;
use super::journals::{BROKEN, OTHER_INSTANT};
use crate::aggregate::{Head, Journaled};
use crate::db::Read;
use crate::error::Result;
use crate::journal::{self, Line};
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
            && let Err(wrong) = open.follow(&line)
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
    fn follow(&mut self, line: &Line) -> std::result::Result<(), String> {
        let head = journal::next(&self.head, &line.body);
        if line.seq != head.version {
            return Err(format!("expected entry {}", head.version));
        }
        if line.head != journal::hex(&head.hash) {
            return Err(BROKEN.to_owned());
        }
        let written: Written = serde_json::from_str(&line.body).map_err(|error| format!("unreadable: {error}"))?;
        if written.at != line.at {
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
