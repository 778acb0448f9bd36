//! Top-ups as callbacks and jobs find them: a projection of their wallets.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use yuanlu_domain::ids::{AccountId, ChannelId, ChannelNumber};
use yuanlu_domain::time::Instant;
use yuanlu_domain::top_up::TopUpRow;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "top_up",
    columns: &[text("number"), text("account_id"), text("channel"), int("begun_at"), text("state")],
    key: "number",
    large_rows: false,
    indexes: &[
        index("top_up_account", "account_id, number"),
        index("top_up_open", "begun_at, number").only("state = 'open'"),
    ],
    since: 3,
}];

crate::statements! {
    PUT = "insert into top_up (number, account_id, channel, begun_at, state) values ($1, $2, $3, $4, $5) \
           on conflict (number) do update set state = excluded.state";
    ACCOUNT = "select account_id from top_up where number = $1";
    OPEN = "select number, account_id, channel, begun_at, state from top_up \
            where state = 'open' and (begun_at, number) > ($1, $2) and begun_at < $3 order by begun_at, number limit $4";
    OF_ACCOUNT = "select number, account_id, channel, begun_at, state from top_up where account_id = $1 order by number";
}

/// A row as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number.
    pub no: ChannelNumber,
    /// Whose.
    pub account: AccountId,
    /// Which channel.
    pub channel: ChannelId,
    /// When it was begun.
    pub begun_at: Instant,
    /// Code of where it stands.
    pub state: String,
}

impl Listed {
    pub(crate) fn of(row: &TopUpRow) -> Self {
        Self {
            no: row.no.clone(),
            account: row.account.clone(),
            channel: row.channel.clone(),
            begun_at: row.begun_at,
            state: row.state.to_owned(),
        }
    }
}

pub(crate) fn put(tx: &Tx<'_>, row: &TopUpRow) -> Result<()> {
    tx.execute_one(&PUT, &params![&row.no, &row.account, &row.channel, row.begun_at, row.state])
}

/// Whose top-up has this number.
pub fn find_account(db: &impl Read, no: &ChannelNumber) -> Result<Option<AccountId>> {
    db.query_one(&ACCOUNT, &params![no], |row| Ok(row.str(0)?.into()))
}

/// Top-ups begun before an instant that wait for their payer, oldest first, after the given instant and number.
pub fn list_open(db: &impl Read, after: (Instant, &str), before: Instant, limit: u32) -> Result<Vec<Listed>> {
    db.query(&OPEN, &params![after.0, after.1, before, limit], listed)
}

/// The top-ups of a wallet.
pub(crate) fn list_of(db: &impl Read, account: &AccountId) -> Result<Vec<Listed>> {
    db.query(&OF_ACCOUNT, &params![account], listed)
}

fn listed(row: &crate::Row<'_>) -> Result<Listed> {
    Ok(Listed {
        no: row.str(0)?.into(),
        account: row.str(1)?.into(),
        channel: row.str(2)?.into(),
        begun_at: row.instant(3)?,
        state: row.text(4)?,
    })
}
