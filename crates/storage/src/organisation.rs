//! Registered outside organisations, and which people belong to one. Their arbitrators sit on panels (R30, R35).

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};
use crate::value::{Row, Value};
use std::collections::BTreeSet;
use yuanlu_domain::Role;
use yuanlu_domain::ids::{AccountId, OrganisationId};
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "organisation",
    columns: &[
        text("organisation_id"),
        text("name_zh"),
        text("name_en"),
        text("registration_no").unique(),
        text("contact"),
        int("active"),
        int("created_at"),
    ],
    key: "organisation_id",
    large_rows: false,
    indexes: &[],
    since: 2,
}];

crate::statements! {
    FIND = "select organisation_id, name_zh, name_en, registration_no, contact, active, created_at from organisation \
            where organisation_id = $1";
    LIST = "select organisation_id, name_zh, name_en, registration_no, contact, active, created_at from organisation \
            order by organisation_id";
    INSERT = "insert into organisation (organisation_id, name_zh, name_en, registration_no, contact, active, created_at) \
              values ($1, $2, $3, $4, $5, $6, $7)";
    UPDATE = "update organisation set name_zh = $2, name_en = $3, registration_no = $4, contact = $5, active = $6 \
              where organisation_id = $1";
    ARBITRATORS = "select account.account_id, account.organisation_id, account.roles from account \
                   join organisation on organisation.organisation_id = account.organisation_id \
                   where account.organisation_id is not null and organisation.active = 1 \
                   and account.password is not null order by account.account_id";
    OF_ACCOUNTS = "select account_id, organisation_id from account \
                   where account_id {in $1} and organisation_id is not null order by account_id";
}

/// A registered outside organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// The number it is registered under.
    pub registration_no: String,
    /// How it is reached; for administrators only.
    pub contact: String,
    /// Its arbitrators are drawn.
    pub active: bool,
    /// Since when it is registered here.
    pub created_at: Instant,
}

fn organisation(row: &Row<'_>) -> Result<Organisation> {
    Ok(Organisation {
        id: row.text(0)?.into(),
        name_zh: row.text(1)?,
        name_en: row.text(2)?,
        registration_no: row.text(3)?,
        contact: row.text(4)?,
        active: row.flag(5)?,
        created_at: row.instant(6)?,
    })
}

/// An organisation by id.
pub fn find(db: &impl Read, id: &OrganisationId) -> Result<Option<Organisation>> {
    db.query_one(&FIND, &params![id], organisation)
}

/// Every organisation, the first registered first.
pub fn list(db: &impl Read) -> Result<Vec<Organisation>> {
    db.query(&LIST, &[], organisation)
}

/// Registers an organisation; a registration number that is taken is a conflict.
pub fn insert(tx: &Tx<'_>, new: &Organisation) -> Result<()> {
    let Organisation { id, name_zh, name_en, registration_no, contact, active, created_at } = new;
    tx.execute_one(&INSERT, &params![id, name_zh, name_en, registration_no, contact, *active, *created_at])
}

/// Changes an organisation; a registration number that is taken is a conflict.
pub fn update(tx: &Tx<'_>, new: &Organisation) -> Result<()> {
    let Organisation { id, name_zh, name_en, registration_no, contact, active, .. } = new;
    tx.execute_one(&UPDATE, &params![id, name_zh, name_en, registration_no, contact, *active])
}

/// Everybody who can be drawn for a panel, in the order of their ids: arbitrators who can sign in, of organisations that are
/// active. Whoever also works for the platform or a seller is not from outside.
pub fn eligible_arbitrators(db: &impl Read) -> Result<Vec<(AccountId, OrganisationId)>> {
    let found = db.query(&ARBITRATORS, &[], |row| {
        let roles: BTreeSet<Role> = row.json(2)?;
        Ok((AccountId::from(row.text(0)?), OrganisationId::from(row.text(1)?), roles))
    })?;
    let outside = |roles: &BTreeSet<Role>| {
        roles.contains(&Role::Arbitrator) && !roles.iter().any(|role| role.is_staff() || *role == Role::Seller)
    };
    Ok(found.into_iter().filter(|(.., roles)| outside(roles)).map(|(account, own, _)| (account, own)).collect())
}

/// The organisations these people belong to; whoever belongs to none is left out.
pub fn organisations_of<'a>(
    db: &impl Read,
    accounts: impl IntoIterator<Item = &'a AccountId>,
) -> Result<Vec<(AccountId, OrganisationId)>> {
    let accounts = Value::list(accounts.into_iter().map(AccountId::as_str));
    db.query(&OF_ACCOUNTS, &[accounts], |row| Ok((row.text(0)?.into(), row.text(1)?.into())))
}
