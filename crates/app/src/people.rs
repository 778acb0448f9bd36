//! People of the platform and its sellers: who may do what, and how they get in.

use crate::app::App;
use crate::auth::taken;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::inputs::{InviteInput, Page};
use crate::lookup::Lookup;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::seller::CURRENCY;
use crate::text;
use crate::views::{AuditView, Listing, PersonView, SellerRef};
use serde_json::json;
use std::collections::BTreeSet;
use yuanlu_blobs::Secret;
use yuanlu_domain::Role;
use yuanlu_domain::command::{Act, SellerAct};
use yuanlu_domain::ids::{AccountId, OrganisationId, SellerId};
use yuanlu_storage::account::{self, Account};
use yuanlu_storage::audit::{self, Audit};
use yuanlu_storage::seller::{self, Seller};
use yuanlu_storage::{Read, organisation, session};

/// What somebody is to be, and for whom.
struct Standing {
    roles: BTreeSet<Role>,
    seller: Option<SellerId>,
    organisation: Option<OrganisationId>,
}

/// Somebody who was invited.
#[derive(Clone, Debug)]
pub struct Invited {
    /// Who.
    pub person: PersonView,
    /// The token of the one-time link, to be handed over by a safe way.
    pub link: Secret<String>,
}

impl App {
    /// Everybody, by name.
    pub fn people(&self, who: &Principal, page: &Page) -> Result<Listing<PersonView>> {
        permit(who, Action::ManagePeople, &Object::Nothing)?;
        let after = page.cursor.as_deref().unwrap_or_default();
        self.db().snapshot(|db| {
            let mut found = account::list(db, after, page.rows() + 1)?;
            let next = text::cut(&mut found, page, |account| account.login.clone());
            let mut lookup = Lookup::default();
            let items = found.iter().map(|account| person_view(db, &mut lookup, account)).collect::<Result<_>>()?;
            Ok(Listing { items, next })
        })
    }

    /// Opens an account for somebody, who gets in by a one-time link.
    pub fn invite(&self, who: &Principal, input: &InviteInput) -> Result<Invited> {
        permit(who, Action::ManagePeople, &Object::Nothing)?;
        let login = text::login(&input.login)?;
        let standing = self.read_standing(&input.roles, input.seller.as_deref(), input.organisation.as_deref())?;
        let account = self.new_account(login, standing);
        let link = self.access_link(&account)?;
        let detail = json!({ "roles": codes(&account.roles) });
        let audit = self.audit(who, "invite", account.id.as_str(), detail);
        let (row, new) = (account.clone(), link.clone());
        self.write(move |tx, _| {
            taken(account::insert(tx, &row), "login")?;
            new.insert(tx)?;
            Ok(audit::insert(tx, &audit)?)
        })?;
        Ok(Invited { person: self.person(&account)?, link: link.token })
    }

    /// Changes what somebody may be, and for whom; all his sessions end.
    pub fn set_roles(
        &self,
        who: &Principal,
        id: &AccountId,
        roles: &[String],
        seller: Option<&str>,
        organisation: Option<&str>,
    ) -> Result<PersonView> {
        permit(who, Action::ManagePeople, &Object::Nothing)?;
        let before = self.db().read(|db| account::find(db, id))?.ok_or(AppError::NotFound)?;
        let Standing { roles, seller, organisation } = self.read_standing(roles, seller, organisation)?;
        let detail = json!({ "before": codes(&before.roles), "after": codes(&roles) });
        let audit = self.audit(who, "set_roles", id.as_str(), detail);
        let (id, shown) = (id.clone(), id.clone());
        self.write(move |tx, _| {
            account::set_roles(tx, &id, &roles, seller.as_ref(), organisation.as_ref())?;
            // A platform without an administrator could never get one again by itself.
            if account::count_admins(tx)? == 0 {
                return Err(AppError::invalid("roles", "last_admin"));
            }
            session::end_all(tx, &id)?;
            Ok(audit::insert(tx, &audit)?)
        })?;
        let after = self.db().read(|db| account::find(db, &shown))?.ok_or(AppError::NotFound)?;
        self.person(&after)
    }

    /// Takes password and second factor away and makes a one-time link to set new ones; all sessions end.
    pub fn reset_access(&self, who: &Principal, id: &AccountId) -> Result<Secret<String>> {
        permit(who, Action::ManagePeople, &Object::Nothing)?;
        let account = self.db().read(|db| account::find(db, id))?.ok_or(AppError::NotFound)?;
        let link = self.access_link(&account)?;
        let audit = self.audit(who, "reset_access", id.as_str(), json!({}));
        let new = link.clone();
        self.write(move |tx, _| {
            account::set_password(tx, &account.id, None)?;
            account::set_totp(tx, &account.id, None, 0)?;
            session::end_all(tx, &account.id)?;
            new.insert(tx)?;
            Ok(audit::insert(tx, &audit)?)
        })?;
        Ok(link.token)
    }

    /// Makes the first administrator, from the command line; answers the token of his one-time link.
    pub fn create_first_admin(&self, login: &str) -> Result<Secret<String>> {
        let account = self.new_account(
            text::login(login)?,
            Standing { roles: BTreeSet::from([Role::Buyer, Role::Admin]), seller: None, organisation: None },
        );
        let link = self.access_link(&account)?;
        let new = link.clone();
        let audit = self.audit(&Principal::Program, "create_first_admin", account.id.as_str(), json!({}));
        self.write(move |tx, _| {
            if account::count_admins(tx)? > 0 {
                return Err(AppError::Conflict);
            }
            taken(account::insert(tx, &account), "login")?;
            new.insert(tx)?;
            Ok(audit::insert(tx, &audit)?)
        })?;
        Ok(link.token)
    }

    /// Admits a seller; his account opens in the same commit.
    pub fn admit_seller(&self, who: &Principal, name: &str, self_operated: bool) -> Result<SellerRef> {
        permit(who, Action::ManageSellers, &Object::Nothing)?;
        let name = text::line("name", name, 2, 60)?;
        let now = self.now();
        let new = Seller { id: self.ids().text(now).into(), name: name.clone(), self_operated, created_at: now };
        let audit = self.audit_row(who, "admit_seller", new.id.as_str(), json!({ "name": name }))?;
        let act = Act::Seller { seller: new.id.clone(), act: SellerAct::Open { currency: CURRENCY } };
        let sent = self
            .request(who, who.as_staff(&[Role::Admin, Role::Finance]), act)
            .and([seller::adding(&new), audit])
            .send();
        match sent {
            Err(AppError::Conflict) => Err(AppError::invalid("name", "taken")),
            other => other.map(|_| SellerRef { id: new.id.to_string(), name }),
        }
    }

    /// Every seller.
    pub fn list_sellers(&self, who: &Principal) -> Result<Vec<SellerRef>> {
        permit(who, Action::ManageSellers, &Object::Nothing)?;
        let found = self.db().read(|db| seller::list(db))?;
        Ok(found.into_iter().map(|seller| SellerRef { id: seller.id.to_string(), name: seller.name }).collect())
    }

    /// What staff did, newest first.
    pub fn audit_log(&self, who: &Principal, page: &Page) -> Result<Listing<AuditView>> {
        permit(who, Action::ViewAudit, &Object::Nothing)?;
        let before = page.cursor.as_deref().filter(|cursor| !cursor.is_empty()).unwrap_or("~");
        self.db().snapshot(|db| {
            let mut found = audit::list(db, before, page.rows() + 1)?;
            let next = text::cut(&mut found, page, |row| row.id.clone());
            let mut lookup = Lookup::default();
            let view = |row: Audit| {
                Ok(AuditView {
                    at: row.at.into(),
                    login: lookup.login(db, &row.account)?,
                    account: row.account.to_string(),
                    act: row.act,
                    object: row.object,
                    detail: row.detail,
                })
            };
            Ok(Listing { items: found.into_iter().map(view).collect::<Result<_>>()?, next })
        })
    }

    fn person(&self, account: &Account) -> Result<PersonView> {
        self.db().snapshot(|db| person_view(db, &mut Lookup::default(), account))
    }

    fn new_account(&self, login: String, standing: Standing) -> Account {
        let now = self.now();
        Account {
            id: self.ids().text(now).into(),
            login,
            password: None,
            roles: standing.roles,
            seller: standing.seller,
            organisation: standing.organisation,
            totp: None,
            totp_key_version: 0,
            totp_step: 0,
            language: "zh".to_owned(),
            created_at: now,
        }
    }

    /// Role codes; everybody is a buyer too, whoever sells does it for one seller, and whoever arbitrates for one outside
    /// organisation. Anybody may belong to one, and is then in conflict where it judges.
    fn read_standing(&self, roles: &[String], seller: Option<&str>, organisation: Option<&str>) -> Result<Standing> {
        let mut read = BTreeSet::from([Role::Buyer]);
        for code in roles.iter().map(|code| code.trim()).filter(|code| !code.is_empty()) {
            read.insert(Role::parse(code).ok_or(AppError::invalid("roles", "unknown"))?);
        }
        let seller = seller.map(str::trim).filter(|id| !id.is_empty()).map(SellerId::from);
        match (&seller, read.contains(&Role::Seller)) {
            (None, true) => return Err(AppError::invalid("seller", "required")),
            (Some(id), true) => {
                self.db().read(|db| seller::find(db, id))?.ok_or(AppError::invalid("seller", "unknown"))?;
            }
            (_, false) => {}
        }
        let organisation = organisation.map(str::trim).filter(|id| !id.is_empty()).map(OrganisationId::from);
        match &organisation {
            None if read.contains(&Role::Arbitrator) => return Err(AppError::invalid("organisation", "required")),
            None => {}
            Some(id) => {
                let found = self.db().read(|db| organisation::find(db, id))?;
                found.ok_or(AppError::invalid("organisation", "unknown"))?;
            }
        }
        let seller = seller.filter(|_| read.contains(&Role::Seller));
        Ok(Standing { roles: read, seller, organisation })
    }

    pub(crate) fn audit(&self, who: &Principal, act: &str, object: &str, detail: serde_json::Value) -> Audit {
        let account = who.account().cloned().unwrap_or_else(|| "program".into());
        let at = self.now();
        Audit { id: self.ids().text(at), at, account, act: act.to_owned(), object: object.to_owned(), detail }
    }
}

fn person_view(db: &impl Read, lookup: &mut Lookup, account: &Account) -> Result<PersonView> {
    Ok(PersonView {
        account: account.id.to_string(),
        login: account.login.clone(),
        roles: codes(&account.roles),
        seller: account.seller.as_ref().map(|id| lookup.seller(db, id)).transpose()?,
        organisation: account.organisation.as_ref().map(|id| lookup.organisation(db, id)).transpose()?,
        totp_enrolled: account.totp.is_some(),
        active: account.password.is_some(),
        created_at: account.created_at.into(),
    })
}

pub(crate) fn codes(roles: &BTreeSet<Role>) -> Vec<&'static str> {
    roles.iter().map(|role| role.code()).collect()
}
