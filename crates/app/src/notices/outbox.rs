//! Messages are claimed, handed out, and their outcome is kept.

use super::message::{Composed, Message};
use crate::app::App;
use crate::engine::Lane;
use crate::errors::{AppError, Result};
use crate::inputs::Page;
use crate::principal::Principal;
use crate::text;
use crate::views::{DispatchView, Listing};
use yuanlu_domain::time::Instant;
use yuanlu_notify::outcome::pause;
use yuanlu_notify::{Outcome, Topic, Way};
use yuanlu_storage::contact::{self, Suppression};
use yuanlu_storage::dispatch::{self, Dispatch};
use yuanlu_storage::webhook;

/// Nobody else takes a claimed message before; longer than any call takes.
const LEASE_SECONDS: i64 = 180;
/// Messages given up in a row after which a webhook is not called any more.
const MOST_FAILURES: u32 = 20;

impl App {
    /// Messages that are due, each with an attempt committed. What cannot or must not be sent is ended here.
    pub fn claim_messages(&self, limit: u32) -> Result<Vec<Message>> {
        let claimed = self.engine().write(Lane::Bulk, move |tx, now| {
            let mut claimed = Vec::new();
            for one in dispatch::due(tx, now, limit)? {
                if dispatch::claim(tx, &one, now.plus_seconds(LEASE_SECONDS))? {
                    claimed.push(Dispatch { attempts: one.attempts + 1, ..one });
                }
            }
            Ok::<_, AppError>(claimed)
        })?;
        let now = self.now();
        let mut messages = Vec::new();
        for one in claimed {
            match self.prepare(&one, now) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => {}
                // One that cannot be made must not keep the others back; its lease runs out and it is tried again.
                Err(error) => tracing::error!(id = one.id, why = error.code(), "a message could not be made"),
            }
        }
        Ok(messages)
    }

    fn prepare(&self, one: &Dispatch, now: Instant) -> Result<Option<Message>> {
        let way = Way::parse(&one.way).ok_or(AppError::Unavailable)?;
        if one.attempts > way.most_attempts() {
            self.end_message(one, "failed", "gave_up")?;
            return Ok(None);
        }
        match self.compose(one, now)? {
            Err((state, code)) => {
                self.end_message(one, state, code)?;
                Ok(None)
            }
            Ok(Composed { carriage, index, hint }) => {
                if let Some(index) = index {
                    if self.is_over_cap(one, &index, now)? {
                        self.end_message(one, "capped", "daily_cap")?;
                        return Ok(None);
                    }
                    if one.address_index.as_deref() != Some(index.as_str()) {
                        let id = one.id.clone();
                        let work = move |tx: &yuanlu_storage::Tx<'_>, _| {
                            Ok::<_, AppError>(dispatch::address(tx, &id, &index, &hint)?)
                        };
                        self.engine().write(Lane::Bulk, work)?;
                    }
                }
                Ok(Some(Message { id: one.id.clone(), attempt: one.attempts, way, carriage }))
            }
        }
    }

    /// What a person has to be told is capped as well, though far higher: somebody may flood another's mail box.
    fn is_over_cap(&self, one: &Dispatch, index: &str, now: Instant) -> Result<bool> {
        let cap = i64::from(self.config().notify.daily_cap);
        let cap = if Topic::of(&one.kind).must_reach() { cap * 4 } else { cap };
        Ok(self.db().read(|db| dispatch::sent_since(db, index, now.plus_days(-1)))? >= cap)
    }

    fn end_message(&self, one: &Dispatch, state: &'static str, code: &'static str) -> Result<()> {
        let (id, attempt) = (one.id.clone(), one.attempts);
        self.engine().write(Lane::Bulk, move |tx, now| {
            dispatch::end(tx, (&id, attempt), state, now, Some(code), None)?;
            Ok::<_, AppError>(())
        })
    }

    /// Keeps what became of an attempt. Of an attempt that another has followed nothing is kept.
    pub fn message_outcome(&self, id: &str, attempt: u32, outcome: Outcome) -> Result<()> {
        let id = id.to_owned();
        self.engine().write(Lane::Bulk, move |tx, now| {
            let Some(one) = dispatch::find(tx, &id)? else { return Ok(()) };
            let way = Way::parse(&one.way).ok_or(AppError::Unavailable)?;
            let hook = one.target.strip_prefix("webhook:");
            let ended = match &outcome {
                Outcome::Accepted(reference) => {
                    dispatch::end(tx, (&id, attempt), "sent", now, None, reference.as_deref())?
                }
                Outcome::Later(code) | Outcome::Unknown(code) => match pause(attempt, way.most_attempts()) {
                    Some(seconds) => {
                        dispatch::later(tx, &id, attempt, now.plus_seconds(seconds), code)?;
                        false
                    }
                    None => dispatch::end(tx, (&id, attempt), "failed", now, Some(code), None)?,
                },
                Outcome::Never(code) | Outcome::Nobody(code) => {
                    dispatch::end(tx, (&id, attempt), "failed", now, Some(code), None)?
                }
            };
            if !ended {
                return Ok(());
            }
            match (&outcome, hook, &one.address_index) {
                (Outcome::Nobody(code), None, Some(index)) => {
                    let stopped = Suppression {
                        index: index.clone(),
                        way: one.way.clone(),
                        code: code.clone(),
                        hint: one.hint.clone(),
                        at: now,
                    };
                    contact::suppress(tx, &stopped)?;
                }
                (Outcome::Nobody(_), Some(hook), _) => webhook::stop(tx, hook, "gone")?,
                (Outcome::Accepted(_), Some(hook), _) => webhook::count(tx, hook, true)?,
                (_, Some(hook), _) => {
                    webhook::count(tx, hook, false)?;
                    if webhook::find(tx, hook)?.is_some_and(|found| found.failures >= MOST_FAILURES) {
                        webhook::stop(tx, hook, "failing")?;
                    }
                }
                _ => {}
            }
            Ok::<_, AppError>(())
        })
    }

    /// Every message, the newest first.
    pub fn dispatches(&self, who: &Principal, page: &Page) -> Result<Listing<DispatchView>> {
        self.may_manage_notices(who)?;
        let before = page.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        let found = self.db().read(|db| dispatch::list(db, before, page.rows() + 1))?;
        Ok(listed(found, page))
    }

    /// Messages to oneself, the newest first.
    pub fn own_dispatches(&self, who: &Principal, page: &Page) -> Result<Listing<DispatchView>> {
        let account = who.account().ok_or(AppError::NotSignedIn)?;
        let before = page.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        let target = format!("acct:{account}");
        let found = self.db().read(|db| dispatch::of_target(db, &target, before, page.rows() + 1))?;
        Ok(listed(found, page))
    }

    /// How many messages are due.
    pub fn messages_due(&self) -> Result<i64> {
        let now = self.now();
        Ok(self.db().read(|db| dispatch::count_due(db, now))?)
    }

    /// Forgets messages of long ago, and codes nobody used.
    pub fn forget_messages(&self, before: Instant) -> Result<usize> {
        self.write(move |tx, now| {
            contact::prune_claims(tx, now)?;
            Ok(dispatch::prune(tx, before)?)
        })
    }
}

pub(super) fn listed(mut found: Vec<Dispatch>, page: &Page) -> Listing<DispatchView> {
    let next = text::cut(&mut found, page, |one| one.id.clone());
    Listing { items: found.into_iter().map(view).collect(), next }
}

fn view(one: Dispatch) -> DispatchView {
    DispatchView {
        order: Some(one.order).filter(|order| !order.is_empty()),
        id: one.id,
        way: one.way,
        code: one.kind,
        to: one.hint,
        state: if one.state == "waiting" && one.attempts > 0 { "retrying".to_owned() } else { one.state },
        attempts: one.attempts,
        next: one.done_at.is_none().then(|| one.due.into()),
        at: one.created_at.into(),
        done_at: one.done_at.map(crate::views::When),
        why: one.code,
    }
}
