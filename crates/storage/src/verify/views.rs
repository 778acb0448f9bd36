//! Logs of views: their chains, and the rows that say where they end.

use super::Report;
use crate::aggregate::{Head, Kind};
use crate::db::Read;
use crate::error::Result;
use crate::{journal, view_log};
use std::collections::BTreeMap;

pub(super) fn check(db: &impl Read, report: &mut Report) -> Result<()> {
    let mut ends: BTreeMap<String, (Head, bool)> = BTreeMap::new();
    journal::for_each(db, Kind::View, |order, line| {
        report.entries += 1;
        let (head, broken) =
            ends.entry(order.to_owned()).or_insert_with(|| (journal::genesis(Kind::View, order), false));
        if *broken {
            return Ok(());
        }
        let next = journal::next(head, line.body);
        if line.seq == next.version && journal::is_hex_of(line.head, &next.hash) {
            *head = next;
        } else {
            *broken = true;
            report.differ("entry", format!("view:{order}:{}", line.seq), "the chain of hashes is broken");
        }
        Ok(())
    })?;
    let stored: BTreeMap<String, Head> = view_log::heads(db)?.into_iter().collect();
    report.journals += ends.len() as u64;
    for (order, (head, broken)) in &ends {
        if !broken && stored.get(order) != Some(head) {
            report.differ("head", format!("view:{order}:{}", head.version), "the row says something else");
        }
    }
    for order in stored.keys().filter(|order| !ends.contains_key(*order)) {
        report.differ("head", format!("view:{order}"), "the row ends a journal that is not there");
    }
    Ok(())
}
