//! What must be said to the world: rows that a job claims for a while, acts on, and reports back on.
//!
//! A row exists as long as its aggregate wants the call made; the attempt number fences a claim. Claims end by
//! themselves when their lease does.

use crate::cashier;
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use serde::{Deserialize, Serialize};
use yuanlu_domain::ids::{ChannelId, ChannelNumber, OrderId};
use yuanlu_domain::payout::Step;
use yuanlu_domain::projection::{Call, Closing};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "outbox",
    columns: &[
        text("kind"),
        text("aggregate_id"),
        text("subject"),
        text("body"),
        int("attempt"),
        int("due"),
        int("leased_until"),
        int("created_at"),
    ],
    key: "kind, aggregate_id, subject",
    large_rows: false,
    indexes: &[index("outbox_due", "kind, due")],
    since: 1,
}];

/// Payouts: calls to channels.
const PAYOUT: &str = "payout";
/// Payments to be closed at their channels.
const CLOSING: &str = "closing";

crate::statements! {
    PUT = "insert into outbox (kind, aggregate_id, subject, body, attempt, due, leased_until, created_at) \
           values ($1, $2, $3, $4, $5, $6, 0, $7) on conflict (kind, aggregate_id, subject) do update \
           set body = excluded.body, attempt = excluded.attempt, due = excluded.due, leased_until = 0";
    DELETE = "delete from outbox where kind = $1 and aggregate_id = $2 and subject = $3";
    CLAIM = "with c as materialized (select kind, aggregate_id, subject from outbox \
             where kind = $1 and due <= $2 and leased_until <= $2 order by due limit $4 {skip locked}) \
             update outbox set leased_until = $3 \
             where (kind, aggregate_id, subject) in (select kind, aggregate_id, subject from c) \
             returning aggregate_id, subject, body, attempt, due";
    POSTPONE = "update outbox set leased_until = $4 where kind = $1 and aggregate_id = $2 and subject = $3";
    NEXT_DUE = "select min(due) from outbox where kind = $1";
    COUNT = "select count(*) from outbox where kind = $1 and due <= $2";
    OF_ORDER = "select aggregate_id, subject, body, attempt, due from outbox where kind = $1 and aggregate_id = $2";
    COUNT_FREE = "select count(*) from outbox where kind = $1 and due <= $2 and leased_until <= $2";
    COUNT_ALL = "select count(*) from outbox where kind = $1";
    OF_KIND = "select aggregate_id, subject, body, attempt, due from outbox where kind = $1 \
               order by aggregate_id, subject";
}

#[derive(Serialize, Deserialize)]
struct ClosingBody {
    channel: ChannelId,
}

/// A payment to be closed, as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentClosing {
    /// The order, or the account whose top-up it is.
    pub of: String,
    /// What to close.
    pub closing: Closing,
    /// The channel's own name of what it prepared, where it gave one.
    pub prepared: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    no: ChannelNumber,
    channel: ChannelId,
    step: Step,
}

/// A call to a channel as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutCall {
    /// The order.
    pub order: OrderId,
    /// What to call about.
    pub call: Call,
}

/// Writes the call that a payout wants made.
pub fn put_call(tx: &Tx<'_>, order: &OrderId, call: &Call, now: Instant) -> Result<()> {
    let body = Body { no: call.no.clone(), channel: call.channel.clone(), step: call.step };
    let body = crate::aggregate::state_text("outbox", &body)?;
    let args = params![PAYOUT, order, call.payout.to_string(), body, call.attempts, call.due, now];
    tx.execute_one(&PUT, &args)
}

/// The payout wants no more calls.
pub fn delete_call(tx: &Tx<'_>, order: &OrderId, payout: u16) -> Result<()> {
    tx.execute_one(&DELETE, &params![PAYOUT, order, payout.to_string()])
}

/// Claims calls that are due, until `leased_until`; nobody else gets them before.
pub fn claim_calls(tx: &Tx<'_>, now: Instant, leased_until: Instant, limit: u32) -> Result<Vec<PayoutCall>> {
    let mut calls = tx.query(&CLAIM, &params![PAYOUT, now, leased_until, limit], payout_call)?;
    calls.sort_by(|a, b| (a.call.due, &a.order).cmp(&(b.call.due, &b.order)));
    Ok(calls)
}

/// When the next call is due.
pub fn next_due(db: &impl Read) -> Result<Option<Instant>> {
    Ok(db.query_one(&NEXT_DUE, &params![PAYOUT], |row| row.opt_instant(0))?.flatten())
}

/// How many calls are due.
pub fn count_due(db: &impl Read, now: Instant) -> Result<i64> {
    Ok(db.query_one(&COUNT, &params![PAYOUT, now], |row| row.int(0))?.unwrap_or(0))
}

/// Every call that payouts want made.
pub fn list_calls(db: &impl Read) -> Result<Vec<PayoutCall>> {
    db.query(&OF_KIND, &params![PAYOUT], payout_call)
}

/// Calls that the payouts of an order want made.
pub(crate) fn list_calls_of(db: &impl Read, order: &str) -> Result<Vec<Call>> {
    let calls = db.query(&OF_ORDER, &params![PAYOUT, order], payout_call)?;
    Ok(calls.into_iter().map(|found| found.call).collect())
}

/// How many calls payouts want made.
pub(crate) fn count_calls(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT_ALL, &params![PAYOUT], |row| row.int(0))?.unwrap_or(0))
}

/// Writes a payment that is to be closed.
pub(crate) fn put_closing(tx: &Tx<'_>, of: &str, closing: &Closing, now: Instant) -> Result<()> {
    let body = crate::aggregate::state_text("outbox", &ClosingBody { channel: closing.channel.clone() })?;
    tx.execute_one(&PUT, &params![CLOSING, of, &closing.no, body, 0i64, closing.since, now])
}

/// It is closed, or was paid.
pub(crate) fn delete_closing(tx: &Tx<'_>, of: &str, no: &ChannelNumber) -> Result<()> {
    tx.execute_one(&DELETE, &params![CLOSING, of, no])
}

/// How many payments are to be closed.
pub fn count_due_closings(db: &impl Read, now: Instant) -> Result<i64> {
    Ok(db.query_one(&COUNT_FREE, &params![CLOSING, now], |row| row.int(0))?.unwrap_or(0))
}

/// Claims payments to be closed, until `leased_until`; nobody else gets them before.
pub fn claim_closings(tx: &Tx<'_>, now: Instant, leased_until: Instant, limit: u32) -> Result<Vec<PaymentClosing>> {
    let mut found = tx.query(&CLAIM, &params![CLOSING, now, leased_until, limit], payment_closing)?;
    found.sort_by(|a, b| (a.closing.since, &a.closing.no).cmp(&(b.closing.since, &b.closing.no)));
    for due in &mut found {
        due.prepared = cashier::find_reference(tx, &due.closing.no)?;
    }
    Ok(found)
}

/// It is looked at again at `until`, not before.
pub fn postpone_closing(tx: &Tx<'_>, of: &str, no: &ChannelNumber, until: Instant) -> Result<()> {
    tx.execute(&POSTPONE, &params![CLOSING, of, no, until]).map(drop)
}

/// What an aggregate wants closed.
pub(crate) fn list_closings_of(db: &impl Read, of: &str) -> Result<Vec<Closing>> {
    let found = db.query(&OF_ORDER, &params![CLOSING, of], payment_closing)?;
    Ok(found.into_iter().map(|found| found.closing).collect())
}

/// How many payments are to be closed, all together.
pub(crate) fn count_closings(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT_ALL, &params![CLOSING], |row| row.int(0))?.unwrap_or(0))
}

fn payment_closing(row: &crate::Row<'_>) -> Result<PaymentClosing> {
    let body: ClosingBody = row.json(2)?;
    let closing = Closing { no: row.str(1)?.into(), channel: body.channel, since: row.instant(4)? };
    Ok(PaymentClosing { of: row.text(0)?, closing, prepared: None })
}

fn payout_call(row: &crate::Row<'_>) -> Result<PayoutCall> {
    let body: Body = row.json(2)?;
    let call = Call {
        payout: row.code(1, |text| text.parse().ok())?,
        no: body.no,
        channel: body.channel,
        step: body.step,
        attempts: row.narrow(3)?,
        due: row.instant(4)?,
    };
    Ok(PayoutCall { order: row.str(0)?.into(), call })
}
