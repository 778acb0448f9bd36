//! The ledger: transfers as the accounting manual made them from journal entries. Only ever appended.

use crate::aggregate::Kind;
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};
use yuanlu_domain::time::Instant;
use yuanlu_ledger::{Account, Transfer, TransferKind};
use yuanlu_money::{Currency, Money};

pub(crate) const TABLES: &[Table] = &[Table {
    name: "transfer",
    columns: &[
        text("kind"),
        text("aggregate_id"),
        int("seq"),
        int("n"),
        int("at"),
        text("debit"),
        text("credit"),
        int("amount"),
        text("currency"),
        text("what"),
    ],
    key: "kind, aggregate_id, seq, n",
    large_rows: false,
    indexes: &[],
    since: 1,
}];

crate::statements! {
    INSERT = "insert into transfer (kind, aggregate_id, seq, n, at, debit, credit, amount, currency, what) \
              values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    OF_AGGREGATE = "select seq, n, at, debit, credit, amount, currency, what from transfer \
                    where kind = $1 and aggregate_id = $2 order by seq, n";
    COUNT = "select count(*) from transfer";
    NET = "select cast(coalesce(sum(case when credit = $1 then amount else -amount end), 0) as bigint) from transfer \
           where (credit = $1 or debit = $1) and currency = $2";
}

/// A transfer as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The journal entry it follows from.
    pub seq: i64,
    /// Number within the entry, from 1.
    pub n: i64,
    /// When.
    pub at: Instant,
    /// The transfer.
    pub transfer: Transfer,
}

/// Writes a transfer that follows from an entry.
pub fn insert(tx: &Tx<'_>, kind: Kind, aggregate_id: &str, posted: &Posted) -> Result<()> {
    let transfer = &posted.transfer;
    let args = params![
        kind.code(),
        aggregate_id,
        posted.seq,
        posted.n,
        posted.at,
        transfer.debit().to_string(),
        transfer.credit().to_string(),
        transfer.amount().minor(),
        transfer.amount().currency().code(),
        transfer.kind().code(),
    ];
    tx.execute_one(&INSERT, &args)
}

/// The transfers of one aggregate.
pub fn list(db: &impl Read, kind: Kind, aggregate_id: &str) -> Result<Vec<Posted>> {
    db.query(&OF_AGGREGATE, &params![kind.code(), aggregate_id], posted)
}

/// Credits less debits of any account, added up from the first transfer on: for audits, not for pages.
pub fn net(db: &impl Read, account: &Account, currency: Currency) -> Result<i64> {
    let net = db.query_one(&NET, &params![account.to_string(), currency.code()], |row| row.int(0))?;
    Ok(net.unwrap_or(0))
}

/// How many there are.
pub(crate) fn count(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

fn posted(row: &crate::Row<'_>) -> Result<Posted> {
    let amount = Money::new(row.int(5)?, row.code(6, |code| code.parse::<Currency>().ok())?);
    let debit = row.code(3, |text| text.parse::<Account>().ok())?;
    let credit = row.code(4, |text| text.parse::<Account>().ok())?;
    let kind = row.code(7, |text| text.parse::<TransferKind>().ok())?;
    let transfer = Transfer::new(debit, credit, amount, kind)
        .map_err(|_| crate::StorageError::inconsistent("transfer", row.int(0).unwrap_or(0)))?;
    Ok(Posted { seq: row.int(0)?, n: row.int(1)?, at: row.instant(2)?, transfer })
}
