//! Aggregates of a batch, as the commands so far have left them.

use serde::Serialize;
use std::collections::HashMap;
use yuanlu_domain::Actor;
use yuanlu_domain::time::Instant;
use yuanlu_ledger::Transfer;
use yuanlu_storage::aggregate::{Head, Journaled, Kind, Projection};
use yuanlu_storage::{Read, StorageError, Tx, journal};

/// Version of the event vocabulary that is written.
const VOCABULARY: u16 = 1;

/// [`yuanlu_domain::event::Entry`] with borrowed parts: the same bytes without copies.
#[derive(Serialize)]
struct Entry<'a, E> {
    v: u16,
    at: Instant,
    by: &'a Actor,
    events: &'a [&'a E],
}

/// An entry that waits to be written, with the transfers it means.
pub(super) struct Pending {
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) at: Instant,
    pub(super) body: String,
    pub(super) head: Head,
    pub(super) transfers: Vec<Transfer>,
}

/// What a command makes of one aggregate.
pub(super) struct Change<A> {
    /// The value it was decided on.
    pub(super) before: Option<A>,
    /// The value with its events applied.
    pub(super) after: Option<A>,
    /// What it means to the books.
    pub(super) transfers: Vec<Transfer>,
}

/// One aggregate.
pub(super) struct Slot<A> {
    pub(super) current: Option<A>,
    head: Head,
    stored_version: i64,
    /// What the stored state amounted to; set by the first change.
    before: Option<Projection>,
}

impl<A: Journaled> Slot<A> {
    fn new(id: &str) -> Self {
        Self { current: None, head: journal::genesis(A::KIND, id), stored_version: 0, before: None }
    }

    pub(super) fn version(&self) -> i64 {
        self.head.version
    }

    fn apply(
        &mut self,
        id: &str,
        events: &[&A::Event],
        by: &Actor,
        at: Instant,
        change: Change<A>,
    ) -> Result<Pending, StorageError> {
        let unfit = || StorageError::inconsistent("journal", format!("{} {id}", A::KIND.code()));
        let body = serde_json::to_string(&Entry { v: VOCABULARY, at, by, events }).map_err(|_| unfit())?;
        if self.before.is_none() {
            self.before = Some(change.before.as_ref().map(A::project).unwrap_or_default());
        }
        self.current = Some(change.after.ok_or_else(unfit)?);
        self.head = journal::next(&self.head, &body);
        Ok(Pending { kind: A::KIND, id: id.to_owned(), at, body, head: self.head, transfers: change.transfers })
    }

    fn write(&self, tx: &Tx<'_>) -> Result<(), StorageError> {
        let (Some(before), Some(current)) = (&self.before, &self.current) else { return Ok(()) };
        match self.stored_version {
            0 => current.insert(tx, &self.head)?,
            version => current.update(tx, version, &self.head)?,
        }
        current.write_projection(tx, before)
    }
}

/// All aggregates of one kind in a batch.
pub(super) struct Slots<A> {
    slots: HashMap<String, Slot<A>>,
    /// Ids in the order of their first mention, so that two runs write alike.
    order: Vec<String>,
}

impl<A: Journaled> Slots<A> {
    /// Loads these ids with one query; those that do not exist get an empty slot.
    pub(super) fn load(db: &impl Read, ids: Vec<String>) -> Result<Self, StorageError> {
        let mut this = Self { slots: HashMap::with_capacity(ids.len()), order: ids };
        this.order.sort_unstable();
        this.order.dedup();
        if this.order.is_empty() {
            return Ok(this);
        }
        let wanted: Vec<&str> = this.order.iter().map(String::as_str).collect();
        let stored = A::load(db, &wanted)?;
        for id in &this.order {
            this.slots.insert(id.clone(), Slot::new(id));
        }
        for found in stored {
            let id = found.aggregate.id().to_owned();
            let slot = Slot {
                current: Some(found.aggregate),
                head: found.head,
                stored_version: found.head.version,
                before: None,
            };
            this.slots.insert(id, slot);
        }
        Ok(this)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Slot<A>> {
        self.slots.get(id)
    }

    /// Takes over what the events of one command made of an aggregate; answers the entry to be written. Without events the
    /// value is given back.
    pub(super) fn apply(
        &mut self,
        id: Option<&str>,
        events: &[&A::Event],
        by: &Actor,
        at: Instant,
        change: Change<A>,
    ) -> Result<Option<Pending>, StorageError> {
        if events.is_empty() {
            self.give_back(id, change.before);
            return Ok(None);
        }
        let missing = || StorageError::inconsistent("journal", "an event of an aggregate that was not loaded");
        let id = id.ok_or_else(missing)?;
        self.slots.get_mut(id).ok_or_else(missing)?.apply(id, events, by, at, change).map(Some)
    }

    /// The value, to be given back with [`Self::give_back`].
    pub(super) fn take(&mut self, id: Option<&str>) -> Option<A> {
        self.slots.get_mut(id?)?.current.take()
    }

    pub(super) fn give_back(&mut self, id: Option<&str>, value: Option<A>) {
        if let Some(slot) = id.and_then(|id| self.slots.get_mut(id)) {
            slot.current = value;
        }
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &A> {
        self.order.iter().filter_map(|id| self.slots.get(id)?.current.as_ref())
    }

    /// Writes what changed.
    pub(super) fn write(&self, tx: &Tx<'_>) -> Result<(), StorageError> {
        self.order.iter().filter_map(|id| self.slots.get(id)).try_for_each(|slot| slot.write(tx))
    }
}
