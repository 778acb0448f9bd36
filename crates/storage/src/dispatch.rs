//! Messages that leave the house: what waits to be sent, and what became of what was.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::value::Row;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "dispatch",
    columns: &[
        text("dispatch_id"),
        text("target"),
        text("way"),
        text("kind"),
        text("order_id"),
        int("case_ordinal").null(),
        int("amount").null(),
        text("currency"),
        int("until").null(),
        text("payload").null(),
        int("key_version"),
        text("address_index").null(),
        text("hint"),
        text("state"),
        int("attempts"),
        int("due"),
        int("created_at"),
        int("done_at").null(),
        text("code").null(),
        text("remote_ref").null(),
    ],
    key: "dispatch_id",
    large_rows: false,
    indexes: &[
        index("dispatch_due", "due").only("state = 'waiting'"),
        index("dispatch_target", "target, dispatch_id"),
        index("dispatch_address", "address_index, done_at").only("address_index is not null and state = 'sent'"),
    ],
    since: 4,
}];

crate::statements! {
    INSERT = "insert into dispatch (dispatch_id, target, way, kind, order_id, case_ordinal, amount, currency, until, \
              payload, key_version, address_index, hint, state, attempts, due, created_at) \
              values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'waiting', 0, $14, $15)";
    DUE = "select dispatch_id, target, way, kind, order_id, case_ordinal, amount, currency, until, payload, key_version, \
           address_index, hint, state, attempts, due, created_at, done_at, code, remote_ref from dispatch \
           where state = 'waiting' and due <= $1 order by due limit $2 {skip locked}";
    FIND = "select dispatch_id, target, way, kind, order_id, case_ordinal, amount, currency, until, payload, key_version, \
            address_index, hint, state, attempts, due, created_at, done_at, code, remote_ref from dispatch \
            where dispatch_id = $1";
    OF_TARGET = "select dispatch_id, target, way, kind, order_id, case_ordinal, amount, currency, until, payload, \
                 key_version, address_index, hint, state, attempts, due, created_at, done_at, code, remote_ref \
                 from dispatch where target = $1 and dispatch_id < $2 order by dispatch_id desc limit $3";
    LIST = "select dispatch_id, target, way, kind, order_id, case_ordinal, amount, currency, until, payload, key_version, \
            address_index, hint, state, attempts, due, created_at, done_at, code, remote_ref from dispatch \
            where dispatch_id < $1 order by dispatch_id desc limit $2";
    CLAIM = "update dispatch set attempts = attempts + 1, due = $3 where dispatch_id = $1 and attempts = $2 \
             and state = 'waiting'";
    LATER = "update dispatch set due = $3, code = $4 where dispatch_id = $1 and attempts = $2 and state = 'waiting'";
    ADDRESSED = "update dispatch set address_index = $2, hint = $3 where dispatch_id = $1";
    END = "update dispatch set state = $3, done_at = $4, code = $5, remote_ref = $6, payload = null \
           where dispatch_id = $1 and attempts = $2 and state = 'waiting'";
    AGAIN = "update dispatch set state = 'waiting', attempts = 0, due = $2, done_at = null, code = null \
             where dispatch_id = $1 and state <> 'waiting'";
    SENT_SINCE = "select count(*) from dispatch where address_index = $1 and state = 'sent' and done_at >= $2";
    COUNT = "select count(*) from dispatch where state = 'waiting' and due <= $1";
    PRUNE = "delete from dispatch where state <> 'waiting' and created_at < $1";
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// Its id, the same at every attempt; sortable by time.
    pub id: String,
    /// To whom: `acct:…`, `guest:…`, or `webhook:…`.
    pub target: String,
    /// `mail`, `sms` or `webhook`.
    pub way: String,
    /// What happened, as a code.
    pub kind: String,
    /// About which order.
    pub order: String,
    /// About which case of it.
    pub case: Option<u16>,
    /// How much.
    pub amount_minor: Option<i64>,
    /// Currency code.
    pub currency: String,
    /// Until when something should be done.
    pub until: Option<Instant>,
    /// What the message says besides, encrypted; gone when it is sent.
    pub payload: Option<String>,
    /// Version of the key it is encrypted under.
    pub key_version: u32,
    /// Keyed hash of the address it goes to, once known.
    pub address_index: Option<String>,
    /// Enough of the address to recognise it.
    pub hint: String,
    /// `waiting`, `sent`, `failed`, `suppressed`, `capped` or `dropped`.
    pub state: String,
    /// Attempts committed.
    pub attempts: u32,
    /// When it is sent next.
    pub due: Instant,
    /// When it was decided.
    pub created_at: Instant,
    /// When it was over.
    pub done_at: Option<Instant>,
    /// What went wrong last.
    pub code: Option<String>,
    /// What the other side calls it.
    pub remote_ref: Option<String>,
}

fn dispatch(row: &Row<'_>) -> Result<Dispatch> {
    Ok(Dispatch {
        id: row.text(0)?,
        target: row.text(1)?,
        way: row.text(2)?,
        kind: row.text(3)?,
        order: row.text(4)?,
        case: row.opt_int(5)?.and_then(|n| u16::try_from(n).ok()),
        amount_minor: row.opt_int(6)?,
        currency: row.text(7)?,
        until: row.opt_instant(8)?,
        payload: row.opt_text(9)?,
        key_version: row.narrow(10)?,
        address_index: row.opt_text(11)?,
        hint: row.text(12)?,
        state: row.text(13)?,
        attempts: row.narrow(14)?,
        due: row.instant(15)?,
        created_at: row.instant(16)?,
        done_at: row.opt_instant(17)?,
        code: row.opt_text(18)?,
        remote_ref: row.opt_text(19)?,
    })
}

/// Puts a message where jobs take it from.
pub fn insert(tx: &Tx<'_>, new: &Dispatch) -> Result<()> {
    let args = params![
        &new.id,
        &new.target,
        &new.way,
        &new.kind,
        &new.order,
        new.case,
        new.amount_minor,
        &new.currency,
        new.until,
        new.payload.as_ref(),
        new.key_version,
        new.address_index.as_ref(),
        &new.hint,
        new.due,
        new.created_at,
    ];
    tx.execute_one(&INSERT, &args)
}

/// Messages that are due, the longest due first.
pub fn due(tx: &Tx<'_>, now: Instant, limit: u32) -> Result<Vec<Dispatch>> {
    tx.query(&DUE, &params![now, limit], dispatch)
}

/// Commits an attempt, after which nobody makes another before `leased_until`; false when somebody was faster.
pub fn claim(tx: &Tx<'_>, one: &Dispatch, leased_until: Instant) -> Result<bool> {
    Ok(tx.execute(&CLAIM, &params![&one.id, one.attempts, leased_until])? == 1)
}

/// Notes which address it goes to.
pub fn address(tx: &Tx<'_>, id: &str, index: &str, hint: &str) -> Result<()> {
    tx.execute(&ADDRESSED, &params![id, index, hint]).map(drop)
}

/// The attempt with this number failed, and the message is tried again at `due`.
pub fn later(tx: &Tx<'_>, id: &str, attempt: u32, due: Instant, code: &str) -> Result<bool> {
    Ok(tx.execute(&LATER, &params![id, attempt, due, code])? == 1)
}

/// The message is over after this many attempts; false when it was already, or another attempt was begun.
pub fn end(
    tx: &Tx<'_>,
    (id, attempt): (&str, u32),
    state: &str,
    now: Instant,
    code: Option<&str>,
    remote_ref: Option<&str>,
) -> Result<bool> {
    Ok(tx.execute(&END, &params![id, attempt, state, now, code, remote_ref])? == 1)
}

/// Sends a message that is over once more, under its id; false when it still waits.
pub fn again(tx: &Tx<'_>, id: &str, now: Instant) -> Result<bool> {
    Ok(tx.execute(&AGAIN, &params![id, now])? == 1)
}

/// A message.
pub fn find(db: &impl Read, id: &str) -> Result<Option<Dispatch>> {
    db.query_one(&FIND, &params![id], dispatch)
}

/// Messages to a target, the newest first; `before` is the last one shown.
pub fn of_target(db: &impl Read, target: &str, before: Option<&str>, limit: u32) -> Result<Vec<Dispatch>> {
    // `~` sorts after every id.
    db.query(&OF_TARGET, &params![target, before.unwrap_or("~"), limit], dispatch)
}

/// All messages, the newest first; `before` is the last one shown.
pub fn list(db: &impl Read, before: Option<&str>, limit: u32) -> Result<Vec<Dispatch>> {
    db.query(&LIST, &params![before.unwrap_or("~"), limit], dispatch)
}

/// How many messages went to an address since an instant.
pub fn sent_since(db: &impl Read, address_index: &str, since: Instant) -> Result<i64> {
    Ok(db.query_one(&SENT_SINCE, &params![address_index, since], |row| row.int(0))?.unwrap_or(0))
}

/// How many messages are due.
pub fn count_due(db: &impl Read, now: Instant) -> Result<i64> {
    Ok(db.query_one(&COUNT, &params![now], |row| row.int(0))?.unwrap_or(0))
}

/// Forgets messages that were decided before an instant and are over.
pub fn prune(tx: &Tx<'_>, before: Instant) -> Result<usize> {
    tx.execute(&PRUNE, &params![before])
}
