//! Seals: once a day the ends of all journals that changed become one signed Merkle root, and each seal names the one before.
//! Whoever keeps a seal can prove later that a journal was not rewritten.

use crate::aggregate::Kind;
use crate::db::{Read, Tx};
use crate::error::{Result, StorageError};
use crate::journal::hex;
use crate::schema::{Table, index, int, text};
use crate::{Sql, Value, merkle, params};
use ring::digest::{SHA256, digest};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "seal",
        columns: &[int("n"), int("at"), int("size"), text("root"), text("before"), text("signature")],
        key: "n",
        large_rows: false,
        indexes: &[],
        since: 1,
    },
    Table {
        name: "seal_leaf",
        columns: &[int("n"), int("i"), text("kind"), text("aggregate_id"), int("seq"), text("head")],
        key: "n, i",
        large_rows: false,
        indexes: &[index("seal_leaf_journal", "kind, aggregate_id, n").since(3)],
        since: 1,
    },
];

crate::statements! {
    UNSEALED_ORDERS = "select order_id, version, head from order_file where unsealed = 1 order by order_id {for update}";
    UNSEALED_WALLETS = "select account_id, version, head from wallet where unsealed = 1 order by account_id {for update}";
    UNSEALED_SELLERS = "select seller_id, version, head from seller_account where unsealed = 1 order by seller_id {for update}";
    UNSEALED_DESKS = "select desk_id, version, head from desk where unsealed = 1 order by desk_id {for update}";
    UNSEALED_VIEWS = "select order_id, version, head from view_log where unsealed = 1 order by order_id {for update}";
    // What was written since is not in the archive.
    CLEAR_ORDERS = "update order_file set unsealed = 0, archived = 0 where unsealed = 1 and order_id {in $1}";
    CLEAR_WALLETS = "update wallet set unsealed = 0 where unsealed = 1 and account_id {in $1}";
    CLEAR_SELLERS = "update seller_account set unsealed = 0 where unsealed = 1 and seller_id {in $1}";
    CLEAR_DESKS = "update desk set unsealed = 0 where unsealed = 1 and desk_id {in $1}";
    CLEAR_VIEWS = "update view_log set unsealed = 0 where unsealed = 1 and order_id {in $1}";
    LAST = "select n, at, size, root, before, signature from seal order by n desc limit 1";
    LIST = "select n, at, size, root, before, signature from seal order by n";
    INSERT = "insert into seal (n, at, size, root, before, signature) values ($1, $2, $3, $4, $5, $6)";
    INSERT_LEAF = "insert into seal_leaf (n, i, kind, aggregate_id, seq, head) values ($1, $2, $3, $4, $5, $6)";
    LAST_LEAF = "select n, i, seq, head from seal_leaf where kind = $1 and aggregate_id = $2 order by n desc limit 1";
    LEAVES = "select kind, aggregate_id, seq, head from seal_leaf where n = $1 order by i";
}

/// One end of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Kind of its aggregate.
    pub kind: Kind,
    /// Its aggregate.
    pub aggregate_id: String,
    /// Number of its last entry.
    pub seq: i64,
    /// Hash of the chain there, hex.
    pub head: String,
}

impl Leaf {
    /// The bytes that are hashed.
    pub fn text(&self) -> String {
        format!("{}:{}:{}:{}", self.kind.code(), self.aggregate_id, self.seq, self.head)
    }
}

/// A seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// From 1.
    pub n: i64,
    /// When.
    pub at: Instant,
    /// How many journals it covers.
    pub size: i64,
    /// Merkle root over their leaves, hex.
    pub root: String,
    /// SHA-256 of the signed text of the seal before, hex; empty for the first.
    pub before: String,
    /// Over [`Seal::text`], hex.
    pub signature: String,
}

impl Seal {
    /// The signed text.
    pub fn text(&self) -> String {
        format!("yuanlu seal\n{}\n{}\n{}\n{}\n{}\n", self.n, self.at.micros(), self.size, self.root, self.before)
    }

    pub(crate) fn hash(&self) -> String {
        hex(digest(&SHA256, self.text().as_bytes()).as_ref())
    }
}

const MARKED: [(Kind, &Sql, &Sql); 5] = [
    (Kind::Order, &UNSEALED_ORDERS, &CLEAR_ORDERS),
    (Kind::Wallet, &UNSEALED_WALLETS, &CLEAR_WALLETS),
    (Kind::Seller, &UNSEALED_SELLERS, &CLEAR_SELLERS),
    (Kind::Desk, &UNSEALED_DESKS, &CLEAR_DESKS),
    (Kind::View, &UNSEALED_VIEWS, &CLEAR_VIEWS),
];

/// Seals every journal that changed since the last seal; `None` when none did. `sign` answers an Ed25519 signature.
pub fn seal(tx: &Tx<'_>, now: Instant, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Result<Option<Seal>> {
    let mut leaves = Vec::new();
    for (kind, unsealed, clear) in MARKED {
        let marked = tx.query(unsealed, &[], |row| {
            Ok(Leaf { kind, aggregate_id: row.text(0)?, seq: row.int(1)?, head: row.text(2)? })
        })?;
        for some in marked.chunks(1000) {
            tx.execute(clear, &[Value::list(some.iter().map(|leaf| &leaf.aggregate_id))])?;
        }
        leaves.extend(marked);
    }
    if leaves.is_empty() {
        return Ok(None);
    }
    let last = last(tx)?;
    let mut seal = Seal {
        n: last.as_ref().map_or(1, |seal| seal.n + 1),
        at: last.as_ref().map_or(now, |seal| seal.at.max(now)),
        size: i64::try_from(leaves.len()).map_err(|_| StorageError::inconsistent("seal", "size"))?,
        root: root_of(&leaves),
        before: last.as_ref().map_or_else(String::new, Seal::hash),
        signature: String::new(),
    };
    seal.signature = hex(&sign(seal.text().as_bytes()));
    let args = params![seal.n, seal.at, seal.size, &seal.root, &seal.before, &seal.signature];
    tx.execute_one(&INSERT, &args)?;
    for (i, leaf) in (0i64..).zip(&leaves) {
        let args = params![seal.n, i, leaf.kind.code(), &leaf.aggregate_id, leaf.seq, &leaf.head];
        tx.execute_one(&INSERT_LEAF, &args)?;
    }
    Ok(Some(seal))
}

/// The newest seal.
pub fn last(db: &impl Read) -> Result<Option<Seal>> {
    db.query_one(&LAST, &[], row_to_seal)
}

/// Every seal, the first first.
pub fn list(db: &impl Read) -> Result<Vec<Seal>> {
    db.query(&LIST, &[], row_to_seal)
}

/// What a seal covers.
pub fn leaves(db: &impl Read, n: i64) -> Result<Vec<Leaf>> {
    db.query(&LEAVES, &params![n], |row| {
        Ok(Leaf { kind: row.code(0, Kind::parse)?, aggregate_id: row.text(1)?, seq: row.int(2)?, head: row.text(3)? })
    })
}

/// Where the end of a journal stands in the log: its seal, the way to the seal's root, and the way from there to the log's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The end that was sealed last.
    pub leaf: Leaf,
    /// Its place in the seal.
    pub index: u64,
    /// From there to the root of the seal.
    pub path: Vec<merkle::Hash>,
    /// The seal.
    pub seal: Seal,
    /// From the seal to the root of the log.
    pub log_path: Vec<merkle::Hash>,
    /// How many seals the log holds.
    pub log_size: u64,
    /// Root of the log.
    pub log_root: merkle::Hash,
}

/// Where a journal was sealed last; `None` before its first seal.
pub fn inclusion(db: &impl Read, kind: Kind, aggregate_id: &str) -> Result<Option<Inclusion>> {
    let found = db.query_one(&LAST_LEAF, &params![kind.code(), aggregate_id], |row| {
        let leaf = Leaf { kind, aggregate_id: aggregate_id.to_owned(), seq: row.int(2)?, head: row.text(3)? };
        Ok((row.int(0)?, row.int(1)?, leaf))
    })?;
    let Some((n, index, leaf)) = found else { return Ok(None) };
    let wrong = || StorageError::inconsistent("seal", n.to_string());
    let seals = list(db)?;
    let at = usize::try_from(n - 1).map_err(|_| wrong())?;
    let seal = seals.get(at).cloned().ok_or_else(wrong)?;
    let beside: Vec<String> = leaves(db, n)?.iter().map(Leaf::text).collect();
    let place = usize::try_from(index).map_err(|_| wrong())?;
    let log: Vec<String> = seals.iter().map(Seal::text).collect();
    Ok(Some(Inclusion {
        path: merkle::path(&beside, place),
        leaf,
        index: u64::try_from(index).map_err(|_| wrong())?,
        seal,
        log_path: merkle::path(&log, at),
        log_size: log.len() as u64,
        log_root: merkle::root(&log),
    }))
}

pub(crate) fn root_of(leaves: &[Leaf]) -> String {
    let texts: Vec<String> = leaves.iter().map(Leaf::text).collect();
    hex(&merkle::root(&texts))
}

fn row_to_seal(row: &crate::Row<'_>) -> Result<Seal> {
    Ok(Seal {
        n: row.int(0)?,
        at: row.instant(1)?,
        size: row.int(2)?,
        root: row.text(3)?,
        before: row.text(4)?,
        signature: row.text(5)?,
    })
}
