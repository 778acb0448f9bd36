//! Addresses that people add and prove to be theirs by a code.

use crate::app::App;
use crate::errors::{AppError, Result};
use crate::limits::Tried;
use crate::notices::message::Sealed as Payload;
use crate::principal::Principal;
use crate::random;
use crate::views::{ClaimView, ContactView, ContactsView, SuppressionView};
use yuanlu_blobs::Place;
use yuanlu_domain::ids::AccountId;
use yuanlu_notify::{Address, Phone, Way};
use yuanlu_storage::contact::{self, Claim, Contact, SealedAddress};
use yuanlu_storage::{audit, dispatch};

/// Minutes for which a code is good.
const CODE_MINUTES: i64 = 15;
const TRIES: u32 = 5;
/// Addresses nothing is sent to that are listed at once.
const MOST_SUPPRESSED: u32 = 200;

impl App {
    /// One's addresses, and those that wait for their code.
    pub fn contacts(&self, who: &Principal) -> Result<ContactsView> {
        let account = who.account().ok_or(AppError::NotSignedIn)?;
        let now = self.now();
        let ways = self.contact_ways();
        self.db().snapshot(|db| {
            let mut contacts = Vec::new();
            for found in contact::list(db, account)? {
                let stopped = contact::suppressed(db, &found.address.index, &found.way)?;
                contacts.push(ContactView {
                    way: found.way,
                    hint: found.address.hint,
                    verified_at: found.verified_at.into(),
                    stopped,
                });
            }
            let mut claims = Vec::new();
            for way in &ways {
                if let Some(claim) = contact::claim(db, account, way.code())?.filter(|claim| now < claim.expires_at) {
                    let until = claim.expires_at.plus_micros(-1).into();
                    claims.push(ClaimView { way: way.code().to_owned(), hint: claim.address.hint, until });
                }
            }
            Ok(ContactsView { ways: ways.iter().map(|way| way.code()).collect(), contacts, claims })
        })
    }

    /// Ways by which a person can be reached here, as the operator configured.
    pub(crate) fn contact_ways(&self) -> Vec<Way> {
        let settings = &self.config().notify;
        let sms = settings.sms.as_ref().is_some_and(|sms| !sms.code_template.is_empty());
        [(Way::Mail, settings.mail.is_some()), (Way::Sms, sms)]
            .into_iter()
            .filter(|(_, there)| *there)
            .map(|(way, _)| way)
            .collect()
    }

    /// Says that an address is one's own; a code goes there.
    pub fn add_contact(&self, who: &Principal, way: &str, address: &str) -> Result<ContactsView> {
        let account = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let way =
            self.contact_ways().into_iter().find(|one| one.code() == way).ok_or(AppError::invalid("way", "unknown"))?;
        let (text, hint) = read_address(way, address)?;
        let now = self.now();
        let index = self.address_index(way, &text);
        for asked in [account.as_str(), index.as_str()] {
            self.count_tries(&[(Tried::Contact, asked)], self.clock().real_now())?;
        }
        if self.db().read(|db| contact::suppressed(db, &index, way.code()))?.is_some() {
            return Err(AppError::invalid("address", "bounced"));
        }
        let digits = u32::from_be_bytes(random::bytes::<4>()?) % 1_000_000;
        let code = format!("{digits:06}");
        let place = format!("{account}:{}", way.code());
        let sealed = self.seal_address("contact_claim", &place, &text, index, hint)?;
        let claim = Claim {
            address: sealed,
            code: self.claim_index(&account, way, &code),
            tries_left: TRIES,
            expires_at: now.plus_minutes(CODE_MINUTES),
        };
        let payload = Payload::code(&text, &code, CODE_MINUTES);
        let message = self.own_message(&account, way, "contact_code", &payload, &claim.address.hint)?;
        let account_id = account.clone();
        self.write(move |tx, _| {
            contact::put_claim(tx, &account_id, way.code(), &claim)?;
            Ok(dispatch::insert(tx, &message)?)
        })?;
        self.contacts(who)
    }

    /// Proves that an address is one's own.
    pub fn confirm_contact(&self, who: &Principal, way: &str, code: &str) -> Result<ContactsView> {
        let account = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let way = Way::parse(way).ok_or(AppError::invalid("way", "unknown"))?;
        let now = self.now();
        let (id, entered) = (account.clone(), self.claim_index(&account, way, code.trim()));
        let found = self.write(move |tx, _| {
            let claim = contact::claim(tx, &id, way.code())?.filter(|claim| now < claim.expires_at);
            let claim = claim.ok_or(AppError::invalid("code", "expired"))?;
            if !contact::try_claim(tx, &id, way.code())? {
                return Err(AppError::invalid("code", "expired"));
            }
            // A wrong code must be counted, so this is no error of the commit.
            Ok((claim.code == entered).then_some(claim))
        })?;
        let claim = found.ok_or(AppError::invalid("code", "wrong"))?;
        let place = format!("{account}:{}", way.code());
        let text = self.open_address("contact_claim", &place, &claim.address)?;
        let address = self.seal_address("contact", &place, &text, claim.address.index, claim.address.hint)?;
        let new = Contact { way: way.code().to_owned(), address, verified_at: now };
        self.write(move |tx, _| {
            contact::put(tx, &account, &new)?;
            Ok(contact::delete_claim(tx, &account, way.code())?)
        })?;
        self.contacts(who)
    }

    /// Gives an account of a demo the address of a post box on this machine. A live shop has every address proved.
    pub fn vouch_contact(&self, login: &str, address: &str) -> Result<()> {
        if self.born() != yuanlu_storage::Born::Demo {
            return Err(AppError::Forbidden);
        }
        let Some(person) = self.db().read(|db| yuanlu_storage::account::find_by_login(db, login))? else {
            return Ok(());
        };
        if !self.db().read(|db| contact::list(db, &person.id))?.is_empty() {
            return Ok(());
        }
        let (text, hint) = read_address(Way::Mail, address)?;
        let index = self.address_index(Way::Mail, &text);
        let place = format!("{}:{}", person.id, Way::Mail.code());
        let address = self.seal_address("contact", &place, &text, index, hint)?;
        let new = Contact { way: Way::Mail.code().to_owned(), address, verified_at: self.now() };
        self.write(move |tx, _| Ok(contact::put(tx, &person.id, &new)?))
    }

    /// Erases an address of one's own.
    pub fn remove_contact(&self, who: &Principal, way: &str) -> Result<ContactsView> {
        let account = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let way = way.to_owned();
        self.write(move |tx, _| Ok(contact::delete(tx, &account, &way)?))?;
        self.contacts(who)
    }

    /// Addresses nothing is sent to any more.
    pub fn suppressions(&self, who: &Principal) -> Result<Vec<SuppressionView>> {
        self.may_manage_notices(who)?;
        let found = self.db().read(|db| contact::list_suppressed(db, MOST_SUPPRESSED))?;
        let view = |one: contact::Suppression| SuppressionView {
            address: one.index,
            way: one.way,
            hint: one.hint,
            code: one.code,
            at: one.at.into(),
        };
        Ok(found.into_iter().map(view).collect())
    }

    /// Sends to an address again.
    pub fn lift_suppression(&self, who: &Principal, address: &str, way: &str) -> Result<()> {
        self.may_manage_notices(who)?;
        let audit = self.audit(who, "lift_suppression", way, serde_json::json!({}));
        let (address, way) = (address.to_owned(), way.to_owned());
        self.write(move |tx, _| {
            if !contact::unsuppress(tx, &address, &way)? {
                return Err(AppError::NotFound);
            }
            Ok(audit::insert(tx, &audit)?)
        })
    }

    pub(super) fn address_index(&self, way: Way, text: &str) -> String {
        self.vault().blind_index(&format!("address {}", way.code()), text.to_lowercase().as_bytes())
    }

    fn claim_index(&self, account: &AccountId, way: Way, code: &str) -> String {
        self.vault().blind_index("contact code", format!("{account}\0{}\0{code}", way.code()).as_bytes())
    }

    fn seal_address(
        &self,
        table: &'static str,
        row: &str,
        text: &str,
        index: String,
        hint: String,
    ) -> Result<SealedAddress> {
        let sealed = self.vault().seal(Place { table, row }, text.as_bytes()).map_err(|_| AppError::Unavailable)?;
        Ok(SealedAddress { ciphertext: sealed.ciphertext, key_version: sealed.key_version, index, hint })
    }

    pub(super) fn open_address(&self, table: &'static str, row: &str, sealed: &SealedAddress) -> Result<String> {
        let sealed = yuanlu_blobs::Sealed { ciphertext: sealed.ciphertext.clone(), key_version: sealed.key_version };
        let open = self.vault().open_record(Place { table, row }, &sealed).map_err(|_| AppError::Unavailable)?;
        String::from_utf8(open.expose().clone()).map_err(|_| AppError::Unavailable)
    }

    pub(crate) fn may_manage_notices(&self, who: &Principal) -> Result<()> {
        let object = crate::authorize::Object::Nothing;
        crate::order_view::permit(who, crate::authorize::Action::ManageNotices, &object)
    }
}

/// An address in its one form, and enough of it to recognise.
pub(super) fn read_address(way: Way, text: &str) -> Result<(String, String)> {
    let bad = AppError::invalid("address", "unreadable");
    match way {
        Way::Mail => {
            let address = Address::parse(text).ok_or(bad)?;
            Ok((address.as_str().to_owned(), address.hint()))
        }
        Way::Sms => {
            let phone = Phone::parse(text).ok_or(bad)?;
            Ok((phone.as_str().to_owned(), phone.hint()))
        }
        Way::Webhook => Err(bad),
    }
}
