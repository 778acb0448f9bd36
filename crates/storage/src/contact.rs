//! Where people can be reached: addresses that are encrypted and can be erased, found again by a keyed hash only.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::value::Row;
use yuanlu_domain::ids::AccountId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "contact",
        columns: &[
            text("account_id"),
            text("way"),
            text("address"),
            int("key_version"),
            text("address_index"),
            text("hint"),
            int("verified_at"),
        ],
        key: "account_id, way",
        large_rows: false,
        indexes: &[index("contact_address", "address_index, way")],
        since: 4,
    },
    Table {
        name: "contact_claim",
        columns: &[
            text("account_id"),
            text("way"),
            text("address"),
            int("key_version"),
            text("address_index"),
            text("hint"),
            text("code"),
            int("tries_left"),
            int("expires_at"),
        ],
        key: "account_id, way",
        large_rows: false,
        indexes: &[],
        since: 4,
    },
    Table {
        name: "suppression",
        columns: &[text("address_index"), text("way"), text("code"), text("hint"), int("at")],
        key: "address_index, way",
        large_rows: false,
        indexes: &[index("suppression_at", "at")],
        since: 4,
    },
];

crate::statements! {
    LIST = "select way, address, key_version, address_index, hint, verified_at from contact where account_id = $1 \
            order by way";
    OF_ADDRESS = "select account_id from contact where address_index = $1 and way = $2 order by account_id limit $3";
    PUT = "insert into contact (account_id, way, address, key_version, address_index, hint, verified_at) \
           values ($1, $2, $3, $4, $5, $6, $7) on conflict (account_id, way) do update set address = excluded.address, \
           key_version = excluded.key_version, address_index = excluded.address_index, hint = excluded.hint, \
           verified_at = excluded.verified_at";
    DELETE = "delete from contact where account_id = $1 and way = $2";
    CLAIM = "select address, key_version, address_index, hint, code, tries_left, expires_at from contact_claim \
             where account_id = $1 and way = $2";
    PUT_CLAIM = "insert into contact_claim (account_id, way, address, key_version, address_index, hint, code, tries_left, \
                 expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (account_id, way) do update set \
                 address = excluded.address, key_version = excluded.key_version, \
                 address_index = excluded.address_index, hint = excluded.hint, code = excluded.code, \
                 tries_left = excluded.tries_left, expires_at = excluded.expires_at";
    TRY_CLAIM = "update contact_claim set tries_left = tries_left - 1 where account_id = $1 and way = $2 and tries_left > 0";
    DELETE_CLAIM = "delete from contact_claim where account_id = $1 and way = $2";
    PRUNE_CLAIMS = "delete from contact_claim where expires_at <= $1";
    SUPPRESSED = "select code from suppression where address_index = $1 and way = $2";
    SUPPRESS = "insert into suppression (address_index, way, code, hint, at) values ($1, $2, $3, $4, $5) \
                on conflict (address_index, way) do nothing";
    SUPPRESSIONS = "select address_index, way, code, hint, at from suppression order by at desc limit $1";
    UNSUPPRESS = "delete from suppression where address_index = $1 and way = $2";
}

/// An encrypted address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedAddress {
    /// The ciphertext.
    pub ciphertext: String,
    /// Version of the key it is encrypted under.
    pub key_version: u32,
    /// Keyed hash, to find it by.
    pub index: String,
    /// Enough for its owner to recognise it.
    pub hint: String,
}

/// An address somebody proved to be his.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// `mail` or `sms`.
    pub way: String,
    /// The address.
    pub address: SealedAddress,
    /// Since when.
    pub verified_at: Instant,
}

/// An address somebody says is his.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The address.
    pub address: SealedAddress,
    /// Keyed hash of the code that was sent there.
    pub code: String,
    /// Wrong codes he may still enter.
    pub tries_left: u32,
    /// Until when the code is good.
    pub expires_at: Instant,
}

/// An address nothing is sent to any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Keyed hash of the address.
    pub index: String,
    /// `mail` or `sms`.
    pub way: String,
    /// Why.
    pub code: String,
    /// Enough to recognise it.
    pub hint: String,
    /// Since when.
    pub at: Instant,
}

fn sealed(row: &Row<'_>, first: usize) -> Result<SealedAddress> {
    Ok(SealedAddress {
        ciphertext: row.text(first)?,
        key_version: row.narrow(first + 1)?,
        index: row.text(first + 2)?,
        hint: row.text(first + 3)?,
    })
}

/// Somebody's addresses.
pub fn list(db: &impl Read, account: &AccountId) -> Result<Vec<Contact>> {
    db.query(&LIST, &params![account], |row| {
        Ok(Contact { way: row.text(0)?, address: sealed(row, 1)?, verified_at: row.instant(5)? })
    })
}

/// Accounts that proved an address to be theirs.
pub fn accounts_of(db: &impl Read, index: &str, way: &str, limit: u32) -> Result<Vec<AccountId>> {
    db.query(&OF_ADDRESS, &params![index, way, limit], |row| Ok(row.text(0)?.into()))
}

/// Keeps an address in place of the one before.
pub fn put(tx: &Tx<'_>, account: &AccountId, contact: &Contact) -> Result<()> {
    let to = &contact.address;
    let args = params![account, &contact.way, &to.ciphertext, to.key_version, &to.index, &to.hint, contact.verified_at];
    tx.execute_one(&PUT, &args)
}

/// Erases an address; false when there was none.
pub fn delete(tx: &Tx<'_>, account: &AccountId, way: &str) -> Result<bool> {
    tx.execute(&DELETE_CLAIM, &params![account, way])?;
    Ok(tx.execute(&DELETE, &params![account, way])? == 1)
}

/// What somebody says is his.
pub fn claim(db: &impl Read, account: &AccountId, way: &str) -> Result<Option<Claim>> {
    db.query_one(&CLAIM, &params![account, way], |row| {
        Ok(Claim {
            address: sealed(row, 0)?,
            code: row.text(4)?,
            tries_left: row.narrow(5)?,
            expires_at: row.instant(6)?,
        })
    })
}

/// Keeps what somebody says, in place of what he said before.
pub fn put_claim(tx: &Tx<'_>, account: &AccountId, way: &str, claim: &Claim) -> Result<()> {
    let to = &claim.address;
    let args = params![
        account,
        way,
        &to.ciphertext,
        to.key_version,
        &to.index,
        &to.hint,
        &claim.code,
        claim.tries_left,
        claim.expires_at
    ];
    tx.execute_one(&PUT_CLAIM, &args)
}

/// Uses up a try; false when there is none left.
pub fn try_claim(tx: &Tx<'_>, account: &AccountId, way: &str) -> Result<bool> {
    Ok(tx.execute(&TRY_CLAIM, &params![account, way])? == 1)
}

/// Forgets what somebody said.
pub fn delete_claim(tx: &Tx<'_>, account: &AccountId, way: &str) -> Result<()> {
    tx.execute(&DELETE_CLAIM, &params![account, way]).map(drop)
}

/// Forgets what nobody proved in time.
pub fn prune_claims(tx: &Tx<'_>, now: Instant) -> Result<usize> {
    tx.execute(&PRUNE_CLAIMS, &params![now])
}

/// Why nothing is sent to an address any more.
pub fn suppressed(db: &impl Read, index: &str, way: &str) -> Result<Option<String>> {
    db.query_one(&SUPPRESSED, &params![index, way], |row| row.text(0))
}

/// Sends nothing to an address any more.
pub fn suppress(tx: &Tx<'_>, new: &Suppression) -> Result<()> {
    tx.execute(&SUPPRESS, &params![&new.index, &new.way, &new.code, &new.hint, new.at]).map(drop)
}

/// Addresses nothing is sent to, the latest first.
pub fn list_suppressed(db: &impl Read, limit: u32) -> Result<Vec<Suppression>> {
    db.query(&SUPPRESSIONS, &params![limit], |row| {
        Ok(Suppression {
            index: row.text(0)?,
            way: row.text(1)?,
            code: row.text(2)?,
            hint: row.text(3)?,
            at: row.instant(4)?,
        })
    })
}

/// Sends to an address again; false when that was never stopped.
pub fn unsuppress(tx: &Tx<'_>, index: &str, way: &str) -> Result<bool> {
    Ok(tx.execute(&UNSUPPRESS, &params![index, way])? == 1)
}
