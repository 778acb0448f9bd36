//! The ledger: transfers as the accounting manual made them from journal entries. Only ever appended.

use crate::aggregate::Kind;
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
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
    indexes: &[
        // What sellers see of the ledger: `_` and the backquote are neighbours.
        index("transfer_seller_credit", "credit, at").only("credit >= 'seller_' and credit < 'seller`'").since(3),
        index("transfer_seller_debit", "debit, at").only("debit >= 'seller_' and debit < 'seller`'").since(3),
    ],
    since: 1,
}];

crate::statements! {
    INSERT = "insert into transfer (kind, aggregate_id, seq, n, at, debit, credit, amount, currency, what) \
              values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    OF_AGGREGATE = "select seq, n, at, debit, credit, amount, currency, what from transfer \
                    where kind = $1 and aggregate_id = $2 order by seq, n";
    STATEMENT = concat!(
        "select kind, aggregate_id, seq, n, at, debit, credit, amount, currency, what from (",
        "select kind, aggregate_id, seq, n, at, debit, credit, amount, currency, what from transfer \
         where credit = $1 and credit >= 'seller_' and credit < 'seller`' and at >= $2 and at < $3 union all ",
        "select kind, aggregate_id, seq, n, at, debit, credit, amount, currency, what from transfer \
         where debit = $1 and debit >= 'seller_' and debit < 'seller`' and at >= $2 and at < $3) lines \
         where (at, kind, aggregate_id, seq, n) > ($4, $5, $6, $7, $8) \
         order by at, kind, aggregate_id, seq, n limit $9"
    );
    SUMS = concat!(
        "select currency, what, cast(sum(net) as bigint) from (",
        "select currency, what, amount as net from transfer \
         where credit = $1 and credit >= 'seller_' and credit < 'seller`' and at >= $2 and at < $3 union all ",
        "select currency, what, -amount as net from transfer \
         where debit = $1 and debit >= 'seller_' and debit < 'seller`' and at >= $2 and at < $3) lines \
         group by currency, what order by currency, what"
    );
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

/// A transfer of an account's statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// Kind of the aggregate it follows from.
    pub kind: Kind,
    /// Its id.
    pub aggregate_id: String,
    /// The transfer.
    pub posted: Posted,
}

/// Transfers of a seller's account from an instant until before another, oldest first, after the given line.
pub fn statement(
    db: &impl Read,
    account: &Account,
    (from, until): (Instant, Instant),
    after: Option<&StatementLine>,
    limit: u32,
) -> Result<Vec<StatementLine>> {
    let (at, kind, id, seq, n) = after.map_or((Instant::from_micros(i64::MIN), "", "", 0, 0), |line| {
        (line.posted.at, line.kind.code(), line.aggregate_id.as_str(), line.posted.seq, line.posted.n)
    });
    let from = from.max(at);
    db.query(&STATEMENT, &params![account.to_string(), from, until, at, kind, id, seq, n, limit], |row| {
        let kind = row.code(0, Kind::parse)?;
        Ok(StatementLine { kind, aggregate_id: row.text(1)?, posted: posted_from(row, 2)? })
    })
}

/// Credits less debits of a seller's account from an instant until before another, by what they were for.
pub fn sums(
    db: &impl Read,
    account: &Account,
    (from, until): (Instant, Instant),
) -> Result<Vec<(TransferKind, Money)>> {
    db.query(&SUMS, &params![account.to_string(), from, until], |row| {
        let currency = row.code(0, |code| code.parse::<Currency>().ok())?;
        Ok((row.code(1, |code| code.parse().ok())?, Money::new(row.int(2)?, currency)))
    })
}

/// How many there are.
pub(crate) fn count(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

fn posted(row: &crate::Row<'_>) -> Result<Posted> {
    posted_from(row, 0)
}

/// The columns of a transfer, beginning with its sequence number at `first`.
fn posted_from(row: &crate::Row<'_>, first: usize) -> Result<Posted> {
    let amount = Money::new(row.int(first + 5)?, row.code(first + 6, |code| code.parse::<Currency>().ok())?);
    let debit = row.code(first + 3, |text| text.parse::<Account>().ok())?;
    let credit = row.code(first + 4, |text| text.parse::<Account>().ok())?;
    let kind = row.code(first + 7, |text| text.parse::<TransferKind>().ok())?;
    let transfer = Transfer::new(debit, credit, amount, kind)
        .map_err(|_| crate::StorageError::inconsistent("transfer", row.int(first).unwrap_or(0)))?;
    Ok(Posted { seq: row.int(first)?, n: row.int(first + 1)?, at: row.instant(first + 2)?, transfer })
}
