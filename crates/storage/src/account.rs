//! People's accounts.

use crate::ahead::Question;
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::sql::Stmt;
use crate::value::Row;
use std::collections::BTreeSet;
use yuanlu_domain::Role;
use yuanlu_domain::ids::{AccountId, OrganisationId, SellerId};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "account",
    columns: &[
        text("account_id"),
        text("login").unique(),
        text("password").null(),
        text("roles"),
        text("seller_id").null().references("seller (seller_id)"),
        text("totp").null(),
        int("totp_key_version"),
        int("totp_step"),
        text("language"),
        int("created_at"),
        text("organisation_id").null().references("organisation (organisation_id)").since(2),
    ],
    key: "account_id",
    large_rows: false,
    indexes: &[
        index("account_seller", "seller_id").only("seller_id is not null"),
        index("account_organisation", "organisation_id").only("organisation_id is not null").since(2),
        index("account_more", "account_id").only("roles <> '[\"buyer\"]'").since(2),
    ],
    since: 1,
}];

crate::statements! {
    FIND = "select account_id, login, password, roles, seller_id, totp, totp_key_version, totp_step, language, created_at, \
            organisation_id from account where account_id = $1";
    FIND_LOGIN = "select account_id, login, password, roles, seller_id, totp, totp_key_version, totp_step, language, \
                  created_at, organisation_id from account where login = $1";
    LIST = "select account_id, login, password, roles, seller_id, totp, totp_key_version, totp_step, language, created_at, \
            organisation_id from account where login > $1 order by login limit $2";
    BEGINNING = "select account_id, login, password, roles, seller_id, totp, totp_key_version, totp_step, language, \
                 created_at, organisation_id from account where login >= $1 and login < $2 order by login limit $3";
    NAMES = "select account_id, login from account where account_id {in $1}";
    COUNT_ADMINS = "select count(*) from account where roles like '%\"admin\"%'";
    INSERT = "insert into account (account_id, login, password, roles, seller_id, totp, totp_key_version, totp_step, \
              language, created_at, organisation_id) values ($1, $2, $3, $4, $5, null, 0, 0, $6, $7, $8)";
    STAFF = "select account_id, roles from account \
             where roles <> '[\"buyer\"]' and password is not null order by account_id";
    OF_SELLER = "select account_id from account where seller_id = $1 order by account_id";
    SET_PASSWORD = "update account set password = $2 where account_id = $1";
    SET_ROLES = "update account set roles = $2, seller_id = $3, organisation_id = $4 where account_id = $1";
    JOIN = "update account set roles = $2, seller_id = $3 where account_id = $1 and roles = $4 and seller_id is null";
    SET_TOTP = "update account set totp = $2, totp_key_version = $3, totp_step = 0 where account_id = $1";
    USE_TOTP = "update account set totp_step = $2 where account_id = $1 and totp_step < $2";
    SET_LANGUAGE = "update account set language = $2 where account_id = $1";
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The name to sign in with, in lower case.
    pub login: String,
    /// Argon2 hash; absent until an invitation is used.
    pub password: Option<String>,
    /// What the person may be.
    pub roles: BTreeSet<Role>,
    /// The seller he works for.
    pub seller: Option<SellerId>,
    /// The outside organisation he belongs to.
    pub organisation: Option<OrganisationId>,
    /// The encrypted secret of the second factor.
    pub totp: Option<String>,
    /// Version of the key it is encrypted under.
    pub totp_key_version: u32,
    /// The last time step used, so that no code counts twice.
    pub totp_step: i64,
    /// `zh` or `en`.
    pub language: String,
    /// Since when.
    pub created_at: Instant,
}

fn account(row: &Row<'_>) -> Result<Account> {
    account_from(row, 0)
}

/// An account whose columns begin at this one.
pub(crate) fn account_from(row: &Row<'_>, first: usize) -> Result<Account> {
    Ok(Account {
        id: row.text(first)?.into(),
        login: row.text(first + 1)?,
        password: row.opt_text(first + 2)?,
        roles: row.json(first + 3)?,
        seller: row.opt_text(first + 4)?.map(SellerId::from),
        totp: row.opt_text(first + 5)?,
        totp_key_version: row.narrow(first + 6)?,
        totp_step: row.int(first + 7)?,
        language: row.text(first + 8)?,
        created_at: row.instant(first + 9)?,
        organisation: row.opt_text(first + 10)?.map(OrganisationId::from),
    })
}

/// What [`find`] asks.
pub fn asking(id: &AccountId) -> Question {
    Question::new(&FIND, &params![id])
}

/// An account by id.
pub fn find(db: &impl Read, id: &AccountId) -> Result<Option<Account>> {
    db.query_one(&FIND, &params![id], account)
}

/// An account by the name it signs in with.
pub fn find_by_login(db: &impl Read, login: &str) -> Result<Option<Account>> {
    db.query_one(&FIND_LOGIN, &params![login], account)
}

/// Accounts whose name begins like this, in the order of their names.
pub fn list_beginning(db: &impl Read, name: &str, limit: u32) -> Result<Vec<Account>> {
    // Sorts after every name that begins so.
    let end = format!("{name}\u{10FFFF}");
    db.query(&BEGINNING, &params![name, end, limit], account)
}

/// Accounts in the order of their names, after a name.
pub fn list(db: &impl Read, after: &str, limit: u32) -> Result<Vec<Account>> {
    db.query(&LIST, &params![after, limit], account)
}

/// Names of accounts.
pub fn names<'a>(db: &impl Read, ids: impl IntoIterator<Item = &'a AccountId>) -> Result<Vec<(AccountId, String)>> {
    let ids = crate::Value::list(ids.into_iter().map(AccountId::as_str));
    db.query(&NAMES, &[ids], |row| Ok((row.text(0)?.into(), row.text(1)?)))
}

/// Everybody who works for a seller.
pub fn of_seller(db: &impl Read, seller: &SellerId) -> Result<Vec<AccountId>> {
    db.query(&OF_SELLER, &params![seller], |row| Ok(row.text(0)?.into()))
}

/// Everybody of the platform's staff who can sign in, with all roles, in the order of their ids.
pub fn staff_accounts(db: &impl Read) -> Result<Vec<(AccountId, Vec<Role>)>> {
    let mut found = db.query(&STAFF, &[], |row| Ok((AccountId::from(row.text(0)?), row.json::<Vec<Role>>(1)?)))?;
    found.retain(|(_, roles)| roles.iter().any(|role| role.is_staff()));
    Ok(found)
}

/// How many administrators there are.
pub fn count_admins(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT_ADMINS, &[], |row| row.int(0))?.unwrap_or(0))
}

/// Opens an account; a name that is taken is a conflict.
pub fn insert(tx: &Tx<'_>, new: &Account) -> Result<()> {
    let roles = roles_json(&new.roles);
    tx.execute_one(
        &INSERT,
        &params![
            &new.id,
            &new.login,
            new.password.as_ref(),
            roles,
            new.seller.as_ref(),
            &new.language,
            new.created_at,
            new.organisation.as_ref(),
        ],
    )
}

/// Sets or takes away the password.
pub fn set_password(tx: &Tx<'_>, id: &AccountId, hash: Option<&str>) -> Result<()> {
    tx.execute_one(&SET_PASSWORD, &params![id, hash])
}

/// Sets what a person may be, and for whom.
pub fn set_roles(
    tx: &Tx<'_>,
    id: &AccountId,
    roles: &BTreeSet<Role>,
    seller: Option<&SellerId>,
    organisation: Option<&OrganisationId>,
) -> Result<()> {
    tx.execute_one(&SET_ROLES, &params![id, roles_json(roles), seller, organisation])
}

/// Makes somebody work for a seller, in the commit that opens its account; a conflict where his roles changed meanwhile.
pub fn joining(before: &Account, roles: &BTreeSet<Role>, seller: &SellerId) -> Stmt {
    let args = params![&before.id, roles_json(roles), seller, roles_json(&before.roles)];
    Stmt { sql: &JOIN, args: args.map(crate::Value::into_owned).to_vec(), must_hit: Some(1) }
}

/// Sets or takes away the second factor's encrypted secret.
pub fn set_totp(tx: &Tx<'_>, id: &AccountId, ciphertext: Option<&str>, key_version: u32) -> Result<()> {
    tx.execute_one(&SET_TOTP, &params![id, ciphertext, key_version])
}

/// Uses up a time step; `false` when it, or a later one, was used already.
pub fn use_totp_step(tx: &Tx<'_>, id: &AccountId, step: i64) -> Result<bool> {
    Ok(tx.execute(&USE_TOTP, &params![id, step])? == 1)
}

/// Sets the language of pages.
pub fn set_language(tx: &Tx<'_>, id: &AccountId, language: &str) -> Result<()> {
    tx.execute_one(&SET_LANGUAGE, &params![id, language])
}

fn roles_json(roles: &BTreeSet<Role>) -> String {
    serde_json::to_string(roles).unwrap_or_default()
}
