//! Who looked at an order, a case, a file or a code (S04): once per session, object and hour, in a journal beside the
//! order's own. Reading never waits for it: what was seen is gathered in memory and written by the jobs.

use crate::app::App;
use crate::auth::masked;
use crate::authorize::Action;
use crate::engine::Lane;
use crate::errors::{AppError, Result};
use crate::inputs::Origin;
use crate::order_view::{object, permit};
use crate::principal::Principal;
use crate::random;
use crate::views::{ViewEntry, When};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::mem;
use std::sync::{Mutex, PoisonError};
use yuanlu_domain::ids::{CaseId, EvidenceId, OrderId};
use yuanlu_domain::time::Instant;
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::{Tx, evidence, journal, order_file, view_log};

const HOUR: i64 = 3_600_000_000;
/// So many views wait at most; a flood beyond it is not remembered one by one.
const MOST_WAITING: usize = 20_000;

/// What was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Viewed {
    /// An order.
    Order(OrderId),
    /// A case.
    Case(CaseId),
    /// A file; its order is found when the view is written.
    Evidence(EvidenceId),
    /// The code of a unit.
    Code(OrderId, u16),
}

impl fmt::Display for Viewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(order) => write!(f, "order:{order}"),
            Self::Case(case) => write!(f, "case:{case}"),
            Self::Evidence(file) => write!(f, "evidence:{file}"),
            Self::Code(order, unit) => write!(f, "code:{order}:{unit}"),
        }
    }
}

/// An entry as it is chained: no name, no whole address, no token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    at: Instant,
    by: String,
    session: String,
    address: String,
    object: String,
}

/// Views that are not yet written.
#[derive(Default)]
pub(crate) struct Views(Mutex<Gathered>);

#[derive(Default)]
struct Gathered {
    /// The hour in which a session's look at an object was last noted, by a keyed hash of the three that name it: most looks
    /// are such, and cost nothing more.
    noted: HashMap<u64, i64>,
    keys: RandomState,
    waiting: Vec<(Viewed, Entry)>,
}

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Views")
    }
}

impl App {
    /// Notes that somebody was shown something. It never fails and never waits.
    pub fn saw(&self, who: &Principal, session: &str, origin: &Origin, what: Viewed) {
        if matches!(who, Principal::Anonymous | Principal::Program) {
            return;
        }
        let now = self.now();
        let hour = now.micros().div_euclid(HOUR);
        let by = who.key();
        let mut gathered = self.views().0.lock().unwrap_or_else(PoisonError::into_inner);
        if gathered.waiting.len() >= MOST_WAITING {
            return;
        }
        if gathered.noted.len() >= MOST_WAITING {
            gathered.noted.retain(|_, noted| *noted == hour);
        }
        let look = gathered.keys.hash_one((&by, session, &what));
        if gathered.noted.insert(look, hour) == Some(hour) {
            return;
        }
        let session = random::sha256(format!("{by}:{session}").as_bytes())[..16].to_owned();
        let (address, object) = (masked(&origin.address), what.to_string());
        let entry = Entry { at: now, by, session, address, object };
        gathered.waiting.push((what, entry));
    }

    /// Writes the views that wait; how many. What cannot be written now waits on.
    pub fn keep_views(&self) -> Result<usize> {
        let waiting = {
            let mut gathered = self.views().0.lock().unwrap_or_else(PoisonError::into_inner);
            mem::take(&mut gathered.waiting)
        };
        if waiting.is_empty() {
            return Ok(0);
        }
        let (count, again) = (waiting.len(), waiting.clone());
        let written = self
            .engine()
            .write(Lane::Bulk, move |tx, _| waiting.iter().try_for_each(|(what, entry)| write(tx, what, entry)));
        if let Err(error) = written {
            let mut gathered = self.views().0.lock().unwrap_or_else(PoisonError::into_inner);
            gathered.waiting.extend(again);
            return Err(error);
        }
        Ok(count)
    }

    /// Who looked at an order and what belongs to it, oldest first: for those who audit.
    pub fn views_of(&self, who: &Principal, order: &OrderId) -> Result<Vec<ViewEntry>> {
        let file = self.db().read(|db| order_file::find(db, order))?.ok_or(AppError::NotFound)?.aggregate;
        permit(who, Action::ViewAudit, &object(&file))?;
        let lines = self.db().read(|db| journal::list(db, Kind::View, order.as_str()))?;
        let entries = lines.iter().filter_map(|line| serde_json::from_str::<Entry>(&line.body).ok());
        let view = |entry: Entry| ViewEntry {
            at: When(entry.at),
            by: entry.by,
            session: entry.session,
            address: entry.address,
            object: entry.object,
        };
        Ok(entries.map(view).collect())
    }
}

/// One entry, unless a start of the program made it be noted twice in its hour.
fn write(tx: &Tx<'_>, what: &Viewed, entry: &Entry) -> Result<()> {
    let order = match what {
        Viewed::Order(order) | Viewed::Code(order, _) => Some(order.clone()),
        Viewed::Case(case) => case.parts().map(|(order, _)| order),
        Viewed::Evidence(file) => evidence::find(tx, file)?.map(|row| row.order),
    };
    // What is shown may be of a tip-off, or gone: then there is no file to keep it with.
    let Some(order) = order else { return Ok(()) };
    if order_file::find(tx, &order)?.is_none() {
        return Ok(());
    }
    let hour = entry.at.micros().div_euclid(HOUR);
    let noted = |line: &journal::Line| {
        line.at.micros().div_euclid(HOUR) == hour
            && serde_json::from_str::<Entry>(&line.body)
                .is_ok_and(|old| old.session == entry.session && old.object == entry.object)
    };
    if journal::list(tx, Kind::View, order.as_str())?.iter().rev().any(noted) {
        return Ok(());
    }
    let body = serde_json::to_string(entry).map_err(|_| AppError::Unavailable)?;
    Ok(view_log::append(tx, order.as_str(), entry.at, &body)?)
}
