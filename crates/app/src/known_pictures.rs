//! Pictures seen before: the search for the same picture in another order.
//!
//! The index lives in memory and follows the table: before each search it reads the rows that came since. A node that
//! starts, or one beside it, catches up by itself.

use crate::errors::Result;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use yuanlu_domain::ids::{EvidenceId, OrderId};
use yuanlu_domain::time::Instant;
use yuanlu_pictures::{Fingerprint, Index, Probe};
use yuanlu_storage::{Db, picture};

/// Rows read at once.
const PAGE: u32 = 500;
/// A row is committed some time after the instant it carries, by another node's clock: so much of the last stretch is looked
/// through again for rows that are not known.
const LATE_SECONDS: i64 = 900;
/// Fewer places than this that show something prove nothing: empty screens are all alike.
const LEAST_SHOWN: u32 = 40;
/// More earlier uses than this say nothing new.
const MOST_MATCHES: usize = 20;

/// Every picture of the platform.
#[derive(Default)]
pub(crate) struct KnownPictures(Mutex<Known>);

#[derive(Default)]
struct Known {
    index: Index<EvidenceId>,
    orders: HashMap<EvidenceId, OrderId>,
    /// Upload of the newest picture that was read.
    newest: Option<Instant>,
}

impl KnownPictures {
    /// The same picture among the files of other orders, the most alike first; and the picture it is a copy of.
    pub(crate) fn search(
        &self,
        db: &Db,
        probe: &Probe,
        file: &EvidenceId,
        order: &OrderId,
    ) -> Result<(Vec<picture::Match>, Option<EvidenceId>)> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.catch_up(db)?;
        let mut found = known.index.search(probe);
        found.retain(|found| found.likeness.compared >= LEAST_SHOWN);
        let copy_of = found.first().map(|found| found.id.clone());
        let of = |id: &EvidenceId| known.orders.get(id).filter(|other| *other != order).cloned();
        let matches = found.iter().filter_map(|found| {
            Some(picture::Match {
                evidence: file.clone(),
                other_order: of(&found.id)?,
                other: found.id.clone(),
                is_exact: found.exact,
                compared: found.likeness.compared,
                contradicted: found.likeness.contradicted,
                shared: found.likeness.shared,
            })
        });
        Ok((matches.take(MOST_MATCHES).collect(), copy_of))
    }
}

impl Known {
    fn catch_up(&mut self, db: &Db) -> Result<()> {
        let start = self.newest.map_or(Instant::from_micros(i64::MIN), |at| at.plus_seconds(-LATE_SECONDS));
        let mut place = (start, String::new());
        loop {
            let rows = db.read(|db| picture::list_since(db, place.0, &place.1, PAGE))?;
            let Some((last, at)) = rows.last() else { return Ok(()) };
            place = (*at, last.to_string());
            let newest = self.newest.max(Some(*at));
            let full = rows.len() == PAGE as usize;
            let new: Vec<_> = rows.into_iter().map(|(file, _)| file).filter(|f| !self.orders.contains_key(f)).collect();
            if !new.is_empty() {
                db.read(|db| picture::load(db, &new))?.into_iter().for_each(|row| self.learn(row));
            }
            self.newest = newest;
            if !full {
                return Ok(());
            }
        }
    }

    fn learn(&mut self, row: picture::Picture) {
        let Some(fingerprint) = Fingerprint::from_bytes(&row.fingerprint) else { return };
        match &row.copy_of {
            Some(original) => self.index.insert_copy(row.evidence.clone(), &fingerprint, original),
            None => self.index.insert(row.evidence.clone(), &fingerprint),
        }
        self.orders.insert(row.evidence, row.order);
    }
}

impl fmt::Debug for KnownPictures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownPictures")
    }
}
