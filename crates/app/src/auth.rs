//! Signing in: accounts, sessions, guests.
//!
//! An unknown name and a wrong password get the same answer after the same work. Only hashes of tokens are stored.

use crate::app::App;
use crate::errors::{AppError, Result};
use crate::inputs::{LoginInput, Origin, RegisterInput};
use crate::limits::Tried;
use crate::principal::{Person, Principal};
use crate::random;
use crate::text;
use std::collections::BTreeSet;
use yuanlu_blobs::{Sealed, Secret};
use yuanlu_domain::Role;
use yuanlu_domain::ids::OrderId;
use yuanlu_domain::time::Instant;
use yuanlu_storage::account::{self, Account};
use yuanlu_storage::session::{self, Session};
use yuanlu_storage::{StorageError, guest_access};

const BUYER_HOURS: i64 = 14 * 24;
const STAFF_HOURS: i64 = 12;
const API_HOURS: i64 = 90 * 24;
const GUEST_HOURS: i64 = 24;
/// A session's last use is written at most this often.
const TOUCH_SECONDS: i64 = 300;
const LEAST_PASSWORD: usize = 8;
const MOST_PASSWORD: usize = 128;
const COMMON: [&str; 12] = [
    "12345678",
    "123456789",
    "1234567890",
    "password",
    "password1",
    "qwertyui",
    "qwerty123",
    "11111111",
    "88888888",
    "66666666",
    "iloveyou",
    "abcd1234",
];

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// A browser.
    Web,
    /// A program with a bearer token.
    Api,
}

/// Access that was granted.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The token; shown once, stored only as a hash.
    pub token: Secret<String>,
    /// Who it stands for.
    pub principal: Principal,
    /// First instant at which it no longer counts.
    pub expires: Instant,
}

/// Whoever a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub principal: Principal,
    /// Names the session in lists.
    pub session_id: String,
    /// `web`, `api` or `guest`.
    pub kind: String,
    /// `zh` or `en`; empty for guests.
    pub language: String,
}

impl SignedIn {
    fn of(principal: Principal, session: &Session, language: String) -> Self {
        Self { principal, session_id: session.id.clone(), kind: session.kind.clone(), language }
    }
}

impl App {
    /// Whoever a token stands for; `None` when it is unknown or over.
    pub fn authenticate(&self, token: &str) -> Result<Option<SignedIn>> {
        let now = self.clock().real_now();
        let hash = random::sha256(token.as_bytes());
        let found = self.db().read(|db| {
            let Some((session, account)) = session::find(db, &hash, now)? else { return Ok(None) };
            let signed_in = match (account, &session.order) {
                (Some(account), _) => {
                    let principal = Principal::Person(person(&account, session.second_factor));
                    Some(SignedIn::of(principal, &session, account.language))
                }
                (None, Some(order)) if session.account.is_none() => guest_access::find(db, order)?
                    .map(|_| SignedIn::of(Principal::Guest(order.clone()), &session, String::new())),
                (None, _) => None,
            };
            Ok::<_, AppError>(signed_in.map(|signed_in| (signed_in, session.seen_at)))
        })?;
        let Some((signed_in, seen_at)) = found else { return Ok(None) };
        if seen_at.plus_seconds(TOUCH_SECONDS) <= now {
            self.write(move |tx, _| Ok(session::touch(tx, &hash, now)?))?;
        }
        Ok(Some(signed_in))
    }

    /// Opens a buyer's account and signs in.
    pub fn register(&self, input: &RegisterInput, origin: &Origin) -> Result<Grant> {
        self.limiter().take(Tried::Register, &origin.address, self.clock().real_now())?;
        let login = text::login(&input.login)?;
        check_password(&input.password, &login)?;
        let hash = self.hashing().hash(&input.password)?;
        let account = Account {
            id: self.ids().text(self.now()).into(),
            login,
            password: Some(hash),
            roles: BTreeSet::from([Role::Buyer]),
            seller: None,
            organisation: None,
            totp: None,
            totp_key_version: 0,
            totp_step: 0,
            language: "zh".to_owned(),
            created_at: self.now(),
        };
        let (grant, session) = self.new_session(&account, SessionKind::Web, false, origin)?;
        self.write(move |tx, _| {
            taken(account::insert(tx, &account), "login")?;
            Ok(session::insert(tx, &session)?)
        })?;
        Ok(grant)
    }

    /// Signs in. People with a second factor need their code; the answer says so only after the right password.
    pub fn login(&self, input: &LoginInput, kind: SessionKind, origin: &Origin) -> Result<Grant> {
        let real_now = self.clock().real_now();
        let login = input.login.trim().to_lowercase();
        let limited: String = login.chars().take(64).collect();
        self.count_tries(&[(Tried::Login, &limited), (Tried::LoginAddress, &origin.address)], real_now)?;
        let account = self.db().read(|db| account::find_by_login(db, &login))?;
        let stored = account.as_ref().and_then(|account| account.password.as_deref());
        let fits = self.hashing().verify(&input.password, stored)?;
        let Some(account) = account.filter(|_| fits) else { return Err(AppError::WrongCredentials) };
        let step = self.second_factor(&account, input.totp.as_deref())?;
        let (grant, session) = self.new_session(&account, kind, step.is_some(), origin)?;
        self.write(move |tx, _| {
            // A code that was used, here or a moment ago elsewhere, counts as wrong.
            if let Some(step) = step
                && !account::use_totp_step(tx, &account.id, step)?
            {
                return Err(AppError::WrongCredentials);
            }
            Ok(session::insert(tx, &session)?)
        })?;
        self.forgive_tries(&[(Tried::Login, &limited), (Tried::LoginAddress, &origin.address)]);
        Ok(grant)
    }

    /// Signs out.
    pub fn logout(&self, token: &str) -> Result<()> {
        let hash = random::sha256(token.as_bytes());
        self.write(move |tx, _| Ok(session::end(tx, &hash)?))
    }

    /// Lets a guest in who knows the query password. Unknown orders and wrong passwords are answered alike.
    pub fn guest_open(&self, order: &OrderId, password: &Secret<String>, origin: &Origin) -> Result<Grant> {
        self.check_query_password(order, password, origin)?;
        self.guest_session(order, origin)
    }

    pub(crate) fn guest_session(&self, order: &OrderId, origin: &Origin) -> Result<Grant> {
        let (grant, session) = self.session_of(Principal::Guest(order.clone()), "guest", GUEST_HOURS, false, origin)?;
        self.write(move |tx, _| Ok(session::insert(tx, &session)?))?;
        Ok(grant)
    }

    pub(crate) fn check_query_password(
        &self,
        order: &OrderId,
        password: &Secret<String>,
        origin: &Origin,
    ) -> Result<()> {
        let now = self.clock().real_now();
        let name: String = order.as_str().chars().take(32).collect();
        self.count_tries(&[(Tried::QueryPassword, &name), (Tried::QueryPasswordAddress, &origin.address)], now)?;
        let access = self.db().read(|db| guest_access::find(db, order))?;
        if !self.hashing().verify(password, access.as_ref().map(|access| access.password.as_str()))? {
            return Err(AppError::WrongCredentials);
        }
        self.forgive_tries(&[(Tried::QueryPassword, &name), (Tried::QueryPasswordAddress, &origin.address)]);
        Ok(())
    }

    /// Changes one's password; every session ends.
    pub fn change_password(
        &self,
        who: &Principal,
        old: &Secret<String>,
        new: &Secret<String>,
        origin: &Origin,
    ) -> Result<()> {
        let account = self.confirmed(who, old, origin)?;
        check_password(new, &account.login)?;
        let hash = self.hashing().hash(new)?;
        self.write(move |tx, _| {
            account::set_password(tx, &account.id, Some(&hash))?;
            Ok(session::end_all(tx, &account.id)?)
        })
    }

    /// The account of somebody who gave his password again.
    pub(crate) fn confirmed(&self, who: &Principal, password: &Secret<String>, origin: &Origin) -> Result<Account> {
        let now = self.clock().real_now();
        let id = who.account().ok_or(AppError::NotSignedIn)?;
        let account = self.db().read(|db| account::find(db, id))?.ok_or(AppError::NotSignedIn)?;
        self.count_tries(&[(Tried::Login, &account.login), (Tried::LoginAddress, &origin.address)], now)?;
        if !self.hashing().verify(password, account.password.as_deref())? {
            return Err(AppError::WrongCredentials);
        }
        self.forgive_tries(&[(Tried::Login, &account.login), (Tried::LoginAddress, &origin.address)]);
        Ok(account)
    }

    /// The time step of the code, for people who have a second factor.
    fn second_factor(&self, account: &Account, code: Option<&str>) -> Result<Option<i64>> {
        let Some(ciphertext) = &account.totp else { return Ok(None) };
        let sealed = Sealed { ciphertext: ciphertext.clone(), key_version: account.totp_key_version };
        let code = code.map(str::trim).filter(|code| !code.is_empty()).ok_or(AppError::NeedsSecondFactor)?;
        let step = self.totp_step(&account.id, &sealed, code, self.clock().real_now())?;
        step.filter(|step| *step > account.totp_step).map(Some).ok_or(AppError::WrongCredentials)
    }

    pub(crate) fn new_session(
        &self,
        account: &Account,
        kind: SessionKind,
        second_factor: bool,
        origin: &Origin,
    ) -> Result<(Grant, Session)> {
        let staff = account.roles.iter().any(|role| role.needs_second_factor());
        let (code, hours) = match kind {
            SessionKind::Api if staff => ("api", STAFF_HOURS),
            SessionKind::Api => ("api", API_HOURS),
            SessionKind::Web if staff => ("web", STAFF_HOURS),
            SessionKind::Web => ("web", BUYER_HOURS),
        };
        self.session_of(Principal::Person(person(account, second_factor)), code, hours, second_factor, origin)
    }

    fn session_of(
        &self,
        principal: Principal,
        kind: &str,
        hours: i64,
        second_factor: bool,
        origin: &Origin,
    ) -> Result<(Grant, Session)> {
        let now = self.clock().real_now();
        let token = random::token()?;
        let expires = now.plus_hours(hours);
        let session = Session {
            token_hash: random::sha256(token.expose().as_bytes()),
            id: self.ids().text(now),
            kind: kind.to_owned(),
            account: principal.account().cloned(),
            order: match &principal {
                Principal::Guest(order) => Some(order.clone()),
                _ => None,
            },
            second_factor,
            user_agent: origin.user_agent.chars().filter(|c| !c.is_control()).take(120).collect(),
            address: masked(&origin.address),
            created_at: now,
            seen_at: now,
            expires_at: expires,
        };
        Ok((Grant { token, principal, expires }, session))
    }
}

pub(crate) fn person(account: &Account, second_factor: bool) -> Person {
    Person {
        account: account.id.clone(),
        name: account.login.clone(),
        roles: account.roles.clone(),
        seller: account.seller.clone(),
        second_factor,
    }
}

/// A unique column that was taken is the input's fault.
pub(crate) fn taken(result: yuanlu_storage::Result<()>, field: &'static str) -> Result<()> {
    match result {
        Err(StorageError::Conflict { .. }) => Err(AppError::invalid(field, "taken")),
        other => Ok(other?),
    }
}

pub(crate) fn check_password(password: &Secret<String>, login: &str) -> Result<()> {
    let text = password.expose();
    let length = text.chars().count();
    let code = match length {
        0 => "required",
        n if n < LEAST_PASSWORD => "too_short",
        n if n > MOST_PASSWORD => "too_long",
        _ if COMMON.contains(&text.to_lowercase().as_str()) || text.to_lowercase() == login => "too_common",
        _ => return Ok(()),
    };
    Err(AppError::invalid("password", code))
}

/// An address without its end: enough to recognise one's own device by.
pub(crate) fn masked(address: &str) -> String {
    match address.parse() {
        Ok(std::net::IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.*")
        }
        Ok(std::net::IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:*")
        }
        Err(_) => String::new(),
    }
}
