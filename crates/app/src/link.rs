//! One-time links and second factors: how access is set up.

use crate::app::App;
use crate::auth::{Grant, SessionKind, check_password};
use crate::errors::{AppError, Result};
use crate::inputs::Origin;
use crate::limits::Tried;
use crate::principal::Principal;
use crate::random;
use crate::totp::TotpEnrolment;
use yuanlu_blobs::{Sealed, Secret};
use yuanlu_domain::ids::AccountId;
use yuanlu_domain::time::Instant;
use yuanlu_storage::Tx;
use yuanlu_storage::account::{self, Account};
use yuanlu_storage::session::{self, Link};

const LINK_HOURS: i64 = 48;

/// What a one-time link offers.
#[derive(Clone, Debug)]
pub struct LinkView {
    /// Whose access it sets up.
    pub login: String,
    /// What the person may be.
    pub roles: Vec<&'static str>,
    /// The second factor to set up, where a role needs one.
    pub totp: Option<TotpEnrolment>,
}

/// A second factor about to be set up by somebody signed in.
#[derive(Clone, Debug)]
pub struct PendingTotp {
    /// Give it back with the first code.
    pub token: Secret<String>,
    /// What to put into the authenticator.
    pub enrolment: TotpEnrolment,
}

/// A one-time link about to be stored.
#[derive(Clone)]
pub(crate) struct NewLink {
    pub(crate) token: Secret<String>,
    hash: String,
    link: Link,
    expires_at: Instant,
}

impl NewLink {
    pub(crate) fn insert(&self, tx: &Tx<'_>) -> Result<()> {
        Ok(session::insert_link(tx, &self.hash, &self.link, self.expires_at)?)
    }
}

impl App {
    /// Begins to set up a second factor; asks for the password again.
    pub fn enrol_totp(&self, who: &Principal, password: &Secret<String>, origin: &Origin) -> Result<PendingTotp> {
        let account = self.confirmed(who, password, origin)?;
        // Whoever stole a session must not be able to put his own factor in place of the old one.
        if account.totp.is_some() && who.person().is_none_or(|person| !person.second_factor) {
            return Err(AppError::NeedsSecondFactor);
        }
        let new = self.new_totp(&account.id, &account.login)?;
        let link = self.new_link(&account.id, "totp", Some(&new.sealed))?;
        let stored = link.clone();
        self.write(move |tx, _| stored.insert(tx))?;
        Ok(PendingTotp { token: link.token, enrolment: new.enrolment })
    }

    /// Finishes it with the first code; every session ends, so that the next one has passed it.
    pub fn confirm_totp(&self, who: &Principal, token: &str, code: &str) -> Result<()> {
        let id = who.account().ok_or(AppError::NotSignedIn)?;
        let hash = random::sha256(token.as_bytes());
        let link = self.usable_link(&hash, "totp")?;
        if link.account != *id {
            return Err(AppError::NotFound);
        }
        let now = self.clock().real_now();
        let sealed = link_secret(&link).ok_or(AppError::NotFound)?;
        let step = self.totp_step(id, &sealed, code, now)?.ok_or(AppError::WrongCredentials)?;
        self.write(move |tx, _| {
            spend_link(tx, &hash, now)?;
            set_totp(tx, &link.account, &sealed, step)?;
            Ok(session::end_all(tx, &link.account)?)
        })
    }

    /// What a one-time link offers; it is not used up by looking.
    pub fn open_link(&self, token: &str) -> Result<LinkView> {
        let link = self.usable_link(&random::sha256(token.as_bytes()), "access")?;
        let account = self.db().read(|db| account::find(db, &link.account))?.ok_or(AppError::NotFound)?;
        let totp =
            link_secret(&link).map(|sealed| self.shown_totp(&account.id, &account.login, &sealed)).transpose()?;
        Ok(LinkView { login: account.login, roles: account.roles.iter().map(|role| role.code()).collect(), totp })
    }

    /// Uses a one-time link: sets the password and, where there is one, the second factor; signs in.
    pub fn use_link(
        &self,
        token: &str,
        password: &Secret<String>,
        totp_code: Option<&str>,
        origin: &Origin,
    ) -> Result<Grant> {
        let now = self.clock().real_now();
        let hash = random::sha256(token.as_bytes());
        self.count_tries(&[(Tried::Login, &hash)], now)?;
        let link = self.usable_link(&hash, "access")?;
        let mut account = self.db().read(|db| account::find(db, &link.account))?.ok_or(AppError::NotFound)?;
        check_password(password, &account.login)?;
        let secret = link_secret(&link);
        let step = match &secret {
            None => None,
            Some(sealed) => {
                let code = totp_code.ok_or(AppError::NeedsSecondFactor)?;
                Some(self.totp_step(&account.id, sealed, code, now)?.ok_or(AppError::WrongCredentials)?)
            }
        };
        account.password = Some(self.hashing().hash(password)?);
        let (grant, session) = self.new_session(&account, SessionKind::Web, step.is_some(), origin)?;
        self.write(move |tx, _| {
            spend_link(tx, &hash, now)?;
            account::set_password(tx, &account.id, account.password.as_deref())?;
            if let Some((sealed, step)) = secret.as_ref().zip(step) {
                set_totp(tx, &account.id, sealed, step)?;
            }
            session::end_all(tx, &account.id)?;
            Ok(session::insert(tx, &session)?)
        })?;
        Ok(grant)
    }

    /// A one-time link for somebody's access, with a new second factor where a role needs one; not stored yet.
    pub(crate) fn access_link(&self, account: &Account) -> Result<NewLink> {
        let needed = account.roles.iter().any(|role| role.needs_second_factor());
        let totp = needed.then(|| self.new_totp(&account.id, &account.login)).transpose()?;
        self.new_link(&account.id, "access", totp.as_ref().map(|totp| &totp.sealed))
    }

    /// A one-time link to set a new password, good for some minutes only; not stored yet.
    pub(crate) fn short_link(&self, account: &Account, minutes: i64) -> Result<NewLink> {
        let expires_at = self.clock().real_now().plus_minutes(minutes);
        Ok(NewLink { expires_at, ..self.new_link(&account.id, "access", None)? })
    }

    fn new_link(&self, account: &AccountId, purpose: &str, totp: Option<&Sealed>) -> Result<NewLink> {
        let token = random::token()?;
        Ok(NewLink {
            hash: random::sha256(token.expose().as_bytes()),
            token,
            link: Link {
                account: account.clone(),
                purpose: purpose.to_owned(),
                totp: totp.map(|sealed| sealed.ciphertext.clone()),
                totp_key_version: totp.map_or(0, |sealed| sealed.key_version),
            },
            expires_at: self.clock().real_now().plus_hours(LINK_HOURS),
        })
    }

    fn usable_link(&self, hash: &str, purpose: &str) -> Result<Link> {
        let now = self.clock().real_now();
        let link = self.db().read(|db| session::find_link(db, hash, now))?;
        link.filter(|link| link.purpose == purpose).ok_or(AppError::NotFound)
    }
}

fn link_secret(link: &Link) -> Option<Sealed> {
    link.totp.as_ref().map(|text| Sealed { ciphertext: text.clone(), key_version: link.totp_key_version })
}

fn spend_link(tx: &Tx<'_>, hash: &str, now: Instant) -> Result<()> {
    if session::use_link(tx, hash, now)? { Ok(()) } else { Err(AppError::NotFound) }
}

fn set_totp(tx: &Tx<'_>, account: &AccountId, sealed: &Sealed, step: i64) -> Result<()> {
    account::set_totp(tx, account, Some(&sealed.ciphertext), sealed.key_version)?;
    account::use_totp_step(tx, account, step)?;
    Ok(())
}
