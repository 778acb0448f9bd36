//! Payments for which a channel must be asked how the payer gets to its cashier: what it is asked, and what it answered.
//!
//! A row is made when a payer chooses the channel, claimed by a job that makes the call, and holds the answer for the
//! payer's page. It is asked under one number however often, so that the channel prepares one payment.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use serde::{Deserialize, Serialize};
use yuanlu_domain::ids::{ChannelId, ChannelNumber};
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "cashier",
    columns: &[
        text("number"),
        text("channel"),
        text("ask"),
        text("answer").null(),
        text("code"),
        int("tries"),
        int("due").null(),
        int("leased_until"),
        int("expires_at"),
        int("pay_until"),
    ],
    key: "number",
    large_rows: true,
    indexes: &[index("cashier_due", "due").only("due is not null"), index("cashier_over", "pay_until")],
    since: 3,
}];

crate::statements! {
    // Who chooses twice, or at two nodes at once, is asked for once: what is said under a number never changes.
    INSERT = "insert into cashier (number, channel, ask, code, tries, due, leased_until, expires_at, pay_until) \
              values ($1, $2, $3, '', 0, $4, 0, 0, $5) on conflict (number) do nothing";
    AGAIN = "update cashier set due = $2, answer = null, code = '', tries = 0, leased_until = 0 \
             where number = $1 and due is null and expires_at <= $2";
    FIND = "select channel, ask, answer, code, tries, due, expires_at from cashier where number = $1";
    DUE = "select count(*) from cashier where due <= $1";
    CLAIM = "with c as materialized (select number from cashier \
             where due <= $1 and leased_until <= $1 and pay_until > $1 order by due limit $3 {skip locked}) \
             update cashier set leased_until = $2 where number in (select number from c) \
             returning number, channel, ask, tries";
    ANSWER = "update cashier set answer = $2, code = $3, due = null, expires_at = $4 where number = $1 and due is not null";
    LATER = "update cashier set code = $2, tries = tries + 1, due = $3, leased_until = 0 \
             where number = $1 and due is not null";
    FORGET = "delete from cashier where pay_until < $1";
}

/// What a channel is asked. Personal where it names the payer's address, so it is forgotten when it is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// How much.
    pub amount: Money,
    /// What the payer reads.
    pub subject: String,
    /// Where the payer comes back to.
    pub return_url: String,
    /// First instant at which it can no longer be paid.
    pub pay_until: Instant,
    /// When the payment was begun.
    pub since: Instant,
    /// Code of where the payer sits.
    pub scene: String,
    /// From where the payer came.
    pub payer_ip: String,
}

/// How the payer gets to the cashier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// By this address.
    Link(String),
    /// By scanning this text as a QR code.
    Qr(String),
    /// By this form: where to, and names with values.
    Form(String, Vec<(String, String)>),
}

/// What a channel prepared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// How the payer gets to it.
    #[serde(flatten)]
    pub way: Way,
    /// The channel's own name of it, where only that name closes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// A row as the payer's page sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which channel.
    pub channel: ChannelId,
    /// What it is asked.
    pub ask: Ask,
    /// What it answered.
    pub way: Option<Way>,
    /// Why there is no answer yet, or none at all; empty where nothing is known.
    pub code: String,
    /// How often it was asked in vain.
    pub tries: u32,
    /// From when it is asked (again); none once it has answered, whatever that was.
    pub due: Option<Instant>,
    /// From when its answer no longer leads to the cashier.
    pub expires_at: Instant,
}

/// A row that a job has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The payment's number.
    pub no: ChannelNumber,
    /// Which channel.
    pub channel: ChannelId,
    /// What it is asked.
    pub ask: Ask,
    /// How often it was asked in vain.
    pub tries: u32,
}

/// Wants a channel asked; a row of this number stays as it is.
pub fn insert(tx: &Tx<'_>, no: &ChannelNumber, channel: &ChannelId, ask: &Ask, now: Instant) -> Result<()> {
    let text = crate::aggregate::state_text("cashier", ask)?;
    tx.execute(&INSERT, &params![no, channel, text, now, ask.pay_until]).map(drop)
}

/// Wants it asked again, where its answer has expired.
pub fn ask_again(tx: &Tx<'_>, no: &ChannelNumber, now: Instant) -> Result<()> {
    tx.execute(&AGAIN, &params![no, now]).map(drop)
}

/// The row of a payment.
pub fn find(db: &impl Read, no: &ChannelNumber) -> Result<Option<Row>> {
    db.query_one(&FIND, &params![no], |row| {
        Ok(Row {
            channel: row.str(0)?.into(),
            ask: row.json(1)?,
            way: row.opt_str(2)?.map(|_| row.json(2)).transpose()?.map(|prepared: Prepared| prepared.way),
            code: row.text(3)?,
            tries: row.narrow(4)?,
            due: row.opt_instant(5)?,
            expires_at: row.instant(6)?,
        })
    })
}

/// The channel's own name of what it prepared for a payment.
pub fn find_reference(db: &impl Read, no: &ChannelNumber) -> Result<Option<String>> {
    let found =
        db.query_one(&FIND, &params![no], |row| row.opt_str(2)?.map(|_| row.json::<Prepared>(2)).transpose())?;
    Ok(found.flatten().and_then(|prepared| prepared.reference))
}

/// How many channels are to be asked now.
pub fn count_due(db: &impl Read, now: Instant) -> Result<i64> {
    Ok(db.query_one(&DUE, &params![now], |row| row.int(0))?.unwrap_or(0))
}

/// Claims what is to be asked now, until `leased_until`; nobody else gets it before.
pub fn claim(tx: &Tx<'_>, now: Instant, leased_until: Instant, limit: u32) -> Result<Vec<Claimed>> {
    tx.query(&CLAIM, &params![now, leased_until, limit], |row| {
        let (no, channel) = (row.str(0)?.into(), row.str(1)?.into());
        Ok(Claimed { no, channel, ask: row.json(2)?, tries: row.narrow(3)? })
    })
}

/// Keeps the answer: a way that is good until `expires_at`, or none and the channel's code.
pub fn answer(
    tx: &Tx<'_>,
    no: &ChannelNumber,
    prepared: Option<&Prepared>,
    code: &str,
    expires_at: Instant,
) -> Result<()> {
    let answer = prepared.map(|it| crate::aggregate::state_text("cashier", it)).transpose()?;
    tx.execute(&ANSWER, &params![no, answer, code, expires_at]).map(drop)
}

/// Nothing was learnt; it is asked again at `due`.
pub fn put_off(tx: &Tx<'_>, no: &ChannelNumber, code: &str, due: Instant) -> Result<()> {
    tx.execute(&LATER, &params![no, code, due]).map(drop)
}

/// Forgets what could be paid until before this instant.
pub fn forget(tx: &Tx<'_>, before: Instant) -> Result<()> {
    tx.execute(&FORGET, &params![before]).map(drop)
}
