//! Handing a command to the engine, with everything that stands or falls with it.

use crate::app::App;
use crate::engine::{Answer, EngineError, Envelope, IdempotencyKey, Lane};
use crate::errors::{AppError, Result};
use crate::order_view::code_tails;
use crate::principal::Principal;
use crate::random;
use serde::Serialize;
use std::borrow::Cow;
use yuanlu_domain::case::PersonalRef;
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::conduct::mask_codes;
use yuanlu_domain::ids::{OrderId, PersonalId};
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Actor, Role};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::audit::{self, Audit};
use yuanlu_storage::idempotency::{self, Answered};
use yuanlu_storage::personal::{self, PersonalRow};
use yuanlu_storage::{Stmt, StorageError, Tx, order_file};

/// The longest idempotency key.
const MOST_KEY: usize = 128;

/// A command being put together.
pub(crate) struct Request<'a> {
    app: &'a App,
    envelope: Envelope,
}

impl App {
    pub(crate) fn request(&self, who: &Principal, by: Actor, act: Act) -> Request<'_> {
        let envelope = Envelope {
            command: Command { by, act },
            principal: who.key(),
            idempotency: None,
            personal: Vec::new(),
            plain: Vec::new(),
            lane: match who {
                Principal::Program => Lane::Bulk,
                Principal::Anonymous | Principal::Guest(_) | Principal::Person(_) => Lane::People,
            },
        };
        Request { app: self, envelope }
    }

    pub(crate) fn order_request(&self, who: &Principal, by: Actor, order: &OrderId, act: OrderAct) -> Request<'_> {
        self.request(who, by, Act::Order { order: order.clone(), act })
    }

    /// A personal text: its row, and what the journal keeps of it. Empty texts are no text.
    pub(crate) fn personal(
        &self,
        order: &OrderId,
        what: &'static str,
        text: &str,
    ) -> Result<Option<(PersonalRow, PersonalRef)>> {
        if text.is_empty() {
            return Ok(None);
        }
        // Who is paid, and by which number, is no text that others read along.
        let text = if matches!(what, "recipient" | "proof") { text.into() } else { self.without_codes(order, text)? };
        self.personal_of(Kind::Order, order.as_str(), what, &text)
    }

    /// A text in which the codes of its order are hidden.
    pub(crate) fn without_codes<'t>(&self, order: &OrderId, text: &'t str) -> Result<Cow<'t, str>> {
        let tails: Vec<String> = self.db().read(|db| {
            let Some(file) = order_file::find(db, order)? else { return Ok::<_, AppError>(Vec::new()) };
            code_tails(db, &file.aggregate)
        })?;
        let tails: Vec<&str> = tails.iter().map(String::as_str).collect();
        Ok(mask_codes(text, &tails))
    }

    /// The same, of any aggregate.
    pub(crate) fn personal_of(
        &self,
        kind: Kind,
        aggregate_id: &str,
        what: &'static str,
        text: &str,
    ) -> Result<Option<(PersonalRow, PersonalRef)>> {
        if text.is_empty() {
            return Ok(None);
        }
        let salt = random::bytes::<16>()?.to_vec();
        let id = PersonalId::from(self.ids().text(self.now()));
        let reference = PersonalRef { id: id.clone(), digest: personal::digest(&salt, text) };
        let row = PersonalRow { id, kind, aggregate_id: aggregate_id.to_owned(), what, salt, content: text.to_owned() };
        Ok(Some((row, reference)))
    }

    /// The row of a staff act.
    pub(crate) fn audit_row(
        &self,
        who: &Principal,
        act: &str,
        object: &str,
        detail: serde_json::Value,
    ) -> Result<Stmt> {
        let account = who.account().cloned().unwrap_or_else(|| "program".into());
        let at = self.now();
        let id = self.ids().text(at);
        Ok(audit::adding(&Audit { id, at, account, act: act.to_owned(), object: object.to_owned(), detail }))
    }
}

/// Whether plain rows were written under a key before.
pub(crate) enum Once {
    /// They were; this is the id of what was made then.
    Before(String),
    /// They were not. What to keep with them, where there is a key.
    Now(Option<Answered>),
}

impl App {
    /// Looks a key up for plain rows; a key of something else is refused.
    pub(crate) fn once(
        &self,
        who: &Principal,
        route: &'static str,
        key: Option<&str>,
        input: &impl Serialize,
    ) -> Result<Once> {
        let Some((key, input_hash)) = key_and_hash(key, input)? else { return Ok(Once::Now(None)) };
        let scope = idempotency::scope(&who.key(), route, &key);
        match self.db().read(|db| idempotency::load(db, &[&scope]))?.pop() {
            Some(before) if before.input_hash == input_hash => {
                crate::replay::note(true);
                Ok(Once::Before(before.outcome))
            }
            Some(_) => Err(AppError::KeyReused),
            None => Ok(Once::Now(Some(Answered { scope, input_hash, outcome: String::new() }))),
        }
    }
}

/// Keeps the id of what was made under a key, in the same commit.
pub(crate) fn keep(tx: &Tx<'_>, key: Option<&Answered>, id: &str, at: Instant) -> Result<()> {
    match key {
        Some(key) => Ok(idempotency::insert(tx, &Answered { outcome: id.to_owned(), ..key.clone() }, at)?),
        None => Ok(()),
    }
}

fn key_and_hash(key: Option<&str>, input: &impl Serialize) -> Result<Option<(String, String)>> {
    let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) else { return Ok(None) };
    if key.len() > MOST_KEY || key.chars().any(char::is_control) {
        return Err(AppError::invalid("idempotency_key", "too_long"));
    }
    let text = serde_json::to_vec(input).map_err(|_| AppError::Unavailable)?;
    Ok(Some((key.to_owned(), random::sha256(&text))))
}

impl Request<'_> {
    /// Does it once under this key: the same key and input get the first answer again.
    pub(crate) fn once(mut self, route: &'static str, key: Option<&str>, input: &impl Serialize) -> Result<Self> {
        let found = key_and_hash(key, input)?;
        self.envelope.idempotency = found.map(|(key, input_hash)| IdempotencyKey { route, key, input_hash });
        Ok(self)
    }

    /// Keys belong to this principal instead.
    pub(crate) fn keyed_by(mut self, principal: String) -> Self {
        self.envelope.principal = principal;
        self
    }

    /// Writes these texts with it.
    pub(crate) fn with(mut self, rows: impl IntoIterator<Item = PersonalRow>) -> Self {
        self.envelope.personal.extend(rows);
        self
    }

    /// Writes these rows with it.
    pub(crate) fn and(mut self, rows: impl IntoIterator<Item = Stmt>) -> Self {
        self.envelope.plain.extend(rows);
        self
    }

    /// Somebody waits for it.
    pub(crate) fn urgent(mut self) -> Self {
        self.envelope.lane = Lane::People;
        self
    }

    /// Does it; on return it is durable.
    pub(crate) fn send(self) -> Result<Answer> {
        let answer = self.app.engine().command(self.envelope)?;
        crate::replay::note(answer.replayed);
        Ok(answer)
    }
}

/// The roles of finance, the closest first.
pub(crate) const FINANCE: &[Role] = &[Role::Finance, Role::Admin];

impl From<EngineError> for AppError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => refusal.into(),
            EngineError::KeyReused => Self::KeyReused,
            EngineError::Conflict => Self::Conflict,
            EngineError::Panicked => {
                tracing::error!("a decision panicked");
                Self::Unavailable
            }
            EngineError::Storage(what) => {
                tracing::error!(what, "the store failed");
                Self::Unavailable
            }
        }
    }
}

impl From<StorageError> for AppError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Conflict { .. } | StorageError::Overtaken { .. } => Self::Conflict,
            other => {
                tracing::error!(error = %other, source = ?std::error::Error::source(&other), "the store failed");
                Self::Unavailable
            }
        }
    }
}
