//! Admissions of sellers (S27): somebody who is signed in applies; staff decides with a reason; the deposit opens the shop.
//! Name, number and contact stand sealed in an erasable row, and are shown with most of them hidden.

use crate::app::App;
use crate::authorize::{ADMISSION_JUDGES, Action, Object};
use crate::errors::{AppError, Result};
use crate::evidence::{NewFile, Source};
use crate::inputs::{AdmissionInput, FirstDepositInput, Page, RejectAdmissionInput};
use crate::limits::Tried;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::seller::CURRENCY;
use crate::submit::{FINANCE, Once};
use crate::text;
use crate::views::{AdmissionSummary, AdmissionTerms, AdmissionView, AgreementRef, IdentityView, Listing, MoneyView};
use serde::{Deserialize, Serialize};
use serde_json::json;
use yuanlu_blobs::{Place, Sealed};
use yuanlu_domain::admission::{
    ANSWER_DAYS, Admission, AdmissionAct, AdmissionState, DEPOSIT_DAYS, LegalForm, Petition,
};
use yuanlu_domain::case::{EvidenceRef, PersonalRef};
use yuanlu_domain::command::Act;
use yuanlu_domain::decide::seller::Funds;
use yuanlu_domain::desk::{DeskAct, DeskFile};
use yuanlu_domain::ids::{AccountId, DeskId, OrderId};
use yuanlu_domain::{Actor, Refusal, Role};
use yuanlu_money::Money;
use yuanlu_storage::aggregate::{Kind, Stored};
use yuanlu_storage::personal::{self, PersonalRow};
use yuanlu_storage::seller::Seller;
use yuanlu_storage::{Read, Stmt, account, agreement, desk, evidence, seller};

/// The kind of these desks.
const KIND: &str = "admission";
/// On which side files of an application stand.
pub(crate) const SIDE: &str = "applicant";

/// Who applies, as it is sealed into its erasable row.
#[derive(Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) number: String,
    pub(crate) contact: String,
}

pub(crate) fn of_desk(stored: Stored<DeskFile>) -> Option<Admission> {
    match stored.aggregate {
        DeskFile::Admission(admission) => Some(*admission),
        _ => None,
    }
}

fn applicant(who: &Principal) -> Result<AccountId> {
    who.account().cloned().ok_or(AppError::NotSignedIn)
}

impl App {
    /// What somebody is asked for who wants to sell.
    pub fn admission_terms(&self) -> Result<AdmissionTerms> {
        let policy = self.policy_now()?;
        let minor = Funds::default().required_minor(CURRENCY, policy.parameters());
        Ok(AdmissionTerms {
            deposit: MoneyView::new(minor, CURRENCY),
            answer_working_days: ANSWER_DAYS,
            deposit_working_days: DEPOSIT_DAYS,
            commission_basis_points: self.config().commission_basis_points,
            agreements: self.db().snapshot(|db| {
                let hashes = agreement::all_in_force(db, self.now())?;
                agreements(db, &hashes)
            })?,
        })
    }

    /// Applies to sell, or applies again once the application before is over.
    pub fn apply_for_admission(
        &self,
        who: &Principal,
        input: &AdmissionInput,
        files: &[NewFile],
        key: Option<&str>,
    ) -> Result<AdmissionView> {
        permit(who, Action::ApplyToSell, &Object::Nothing)?;
        let account = applicant(who)?;
        if who.person().is_some_and(|person| person.seller.is_some()) {
            return Err(Refusal::AlreadyExists.into());
        }
        let form = LegalForm::parse(input.legal_form.trim()).ok_or(AppError::invalid("legal_form", "unknown"))?;
        let identity = Identity {
            name: text::line("legal_name", &input.legal_name, 2, 120)?,
            number: number(input.id_number.expose())?,
            contact: text::line("contact", &input.contact, 5, 120)?,
        };
        let shop = self.free_name("shop", &input.shop)?;
        let goods = text::words("goods", &input.goods, 10, 4000)?;
        let agreements = self.db().read(|db| agreement::all_in_force(db, self.now()))?;
        let mut agreed: Vec<&String> = input.agreements.iter().collect();
        agreed.sort_unstable();
        let mut wanted: Vec<&String> = agreements.iter().collect();
        wanted.sort_unstable();
        if agreed != wanted {
            // Who agreed to a version that was replaced meanwhile is told so: he did nothing wrong.
            let replaced = self.db().snapshot(|db| {
                let stale =
                    agreed.iter().filter(|one| !wanted.contains(one)).map(|one| agreement::find_version(db, one));
                stale.collect::<std::result::Result<Vec<_>, _>>()
            })?;
            let changed = replaced.iter().any(Option::is_some);
            return Err(AppError::invalid("agreements", if changed { "agreement_changed" } else { "not_agreed" }));
        }
        self.limiter().take(Tried::Apply, &who.key(), self.clock().real_now())?;
        let desk = Admission::number_of(&account);
        let said = (&input.legal_form, &input.legal_name, input.id_number.expose(), &input.contact, &shop, &goods);
        let sent: Vec<_> = files.iter().map(|file| file.content.sha256()).collect();
        let hashed = crate::random::sha256(serde_json::to_string(&(said, sent)).unwrap_or_default().as_bytes());
        let (rows, evidence) = self.proofs(who, &desk, files)?;
        let (identity_row, identity) = self.sealed_identity(&desk, &identity)?;
        let (shop_row, shop) = self.admission_text(&desk, "shop", &shop)?;
        let (goods_row, goods) = self.admission_text(&desk, "goods", &goods)?;
        let petition = Petition { form, identity, shop, goods, agreements, evidence };
        self.admission_request(who, Actor::Applicant { account }, &desk, AdmissionAct::Apply { petition })
            .once("apply_for_admission", key, &hashed)?
            .with([identity_row, shop_row, goods_row])
            .and(rows)
            .send()?;
        self.load_admission(who, &desk)
    }

    /// The applicant adds files while staff has it.
    pub fn add_to_admission(&self, who: &Principal, files: &[NewFile]) -> Result<AdmissionView> {
        let (account, desk) = self.own_open_admission(who)?;
        self.limiter().take(Tried::Apply, &who.key(), self.clock().real_now())?;
        let (rows, evidence) = self.proofs(who, &desk, files)?;
        let by = Actor::Applicant { account };
        self.admission_request(who, by, &desk, AdmissionAct::Add { evidence }).and(rows).send()?;
        self.load_admission(who, &desk)
    }

    /// The applicant takes it back.
    pub fn withdraw_admission(&self, who: &Principal) -> Result<AdmissionView> {
        let (account, desk) = self.own_open_admission(who)?;
        let by = Actor::Applicant { account };
        self.admission_request(who, by, &desk, AdmissionAct::Withdraw).send()?;
        self.load_admission(who, &desk)
    }

    /// One's own admission, where one ever applied.
    pub fn own_admission(&self, who: &Principal) -> Result<Option<AdmissionView>> {
        let desk = Admission::number_of(&applicant(who)?);
        match self.load_admission(who, &desk) {
            Ok(found) => Ok(Some(found)),
            Err(AppError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// An admission: the applicant's own, or anybody's for those who decide it or record deposits.
    pub fn load_admission(&self, who: &Principal, desk: &DeskId) -> Result<AdmissionView> {
        let admission = self.seen_admission(who, desk)?;
        self.show_admission(who, &admission)
    }

    /// Admissions for staff: those that wait, the most urgent first, then those that are over.
    pub fn admissions(&self, who: &Principal, page: &Page) -> Result<Listing<AdmissionSummary>> {
        permit(who, Action::ViewAdmissions, &Object::Nothing)?;
        self.db().snapshot(|db| {
            let (found, next) = crate::desk_list::open_then_over(db, KIND, page)?;
            let items = found.into_iter().filter_map(of_desk).map(|one| self.admission_summary(db, &one));
            Ok(Listing { items: items.collect::<Result<_>>()?, next })
        })
    }

    /// Approves an application. The deposit is awaited then; where none is asked for, the shop opens in the same commit.
    pub fn approve_admission(&self, who: &Principal, desk: &DeskId) -> Result<AdmissionView> {
        permit(who, Action::JudgeAdmission, &Object::Nothing)?;
        let admission = self.stored_admission(desk)?;
        let shop = self.free_name("shop", &self.shop_asked_for(&admission)?)?;
        let new = self.shop_to_open(shop);
        let policy = self.policy_now()?;
        let deposit = Money::new(Funds::default().required_minor(CURRENCY, policy.parameters()), CURRENCY);
        let act = AdmissionAct::Approve { seller: new.id.clone(), deposit };
        // The rows of the shop go along only where the decision opens it.
        let opens = !deposit.is_positive();
        let rows = if opens { self.rows_of_shop(&admission, &new)? } else { Vec::new() };
        let audit = self.audit_row(who, "approve_admission", desk.as_str(), json!({ "name": new.name }))?;
        self.admission_request(who, who.as_staff(ADMISSION_JUDGES), desk, act).and(rows).and([audit]).send()?;
        self.load_admission(who, desk)
    }

    /// Rejects an application, with the reason and what would change it.
    pub fn reject_admission(
        &self,
        who: &Principal,
        desk: &DeskId,
        input: &RejectAdmissionInput,
    ) -> Result<AdmissionView> {
        permit(who, Action::JudgeAdmission, &Object::Nothing)?;
        self.stored_admission(desk)?;
        let said = text::words("words", &input.words, 4, 2000)?;
        let mend = text::words("mend", &input.mend, 4, 2000)?;
        let (words_row, words) = self.admission_text(desk, "words", &said)?;
        let (mend_row, mend) = self.admission_text(desk, "mend", &mend)?;
        let audit = self.audit_row(who, "reject_admission", desk.as_str(), json!({}))?;
        let act = AdmissionAct::Reject { words, mend };
        let by = who.as_staff(ADMISSION_JUDGES);
        self.admission_request(who, by, desk, act).with([words_row, mend_row]).and([audit]).send()?;
        self.load_admission(who, desk)
    }

    /// Records that the deposit came in: the shop opens, the applicant sells, the deposit is booked, all in one commit.
    pub fn record_first_deposit(
        &self,
        who: &Principal,
        desk: &DeskId,
        input: &FirstDepositInput,
        key: Option<&str>,
    ) -> Result<AdmissionView> {
        permit(who, Action::ManageFunds, &Object::Nothing)?;
        let admission = self.stored_admission(desk)?;
        let amount = text::amount("amount", &input.amount, CURRENCY)?;
        if let Once::Before(_) = self.once(who, "record_first_deposit", key, &(desk, input))? {
            return self.load_admission(who, desk);
        }
        if !matches!(admission.state, AdmissionState::AwaitingDeposit { .. }) {
            return Err(Refusal::WrongState { state: admission.state.code() }.into());
        }
        let asked = match input.shop.trim() {
            "" => self.shop_asked_for(&admission)?,
            other => other.to_owned(),
        };
        let new = self.shop_to_open(self.free_name("shop", &asked)?);
        let act = AdmissionAct::RecordDeposit { seller: new.id.clone(), amount };
        let detail = json!({ "name": new.name, "amount": amount.to_string() });
        let audit = self.audit_row(who, "record_first_deposit", desk.as_str(), detail)?;
        self.admission_request(who, who.as_staff(FINANCE), desk, act)
            .once("record_first_deposit", key, &(desk, input))?
            .and(self.rows_of_shop(&admission, &new)?)
            .and([audit])
            .send()?;
        self.load_admission(who, desk)
    }

    /// Who applies, in full; that it was looked at is on record.
    pub fn open_identity(&self, who: &Principal, desk: &DeskId) -> Result<IdentityView> {
        permit(who, Action::JudgeAdmission, &Object::Nothing)?;
        let admission = self.stored_admission(desk)?;
        if !admission.state.is_open() {
            return Err(AppError::NotFound);
        }
        let found = self.db().read(|db| self.identity(db, &admission.petition.identity))?;
        let Identity { name, number, contact } = found.ok_or(AppError::NotFound)?;
        let audit = self.audit(who, "open_identity", desk.as_str(), json!({}));
        self.write(move |tx, _| Ok(yuanlu_storage::audit::insert(tx, &audit)?))?;
        Ok(IdentityView { name, number, contact })
    }

    /// What the applicant said last, for mending it; the number is asked for again.
    pub fn said_in_admission(&self, who: &Principal) -> Result<Option<IdentityView>> {
        let desk = Admission::number_of(&applicant(who)?);
        let Some(found) = self.db().read(|db| desk::find(db, &desk))?.and_then(of_desk) else { return Ok(None) };
        let identity = self.db().read(|db| self.identity(db, &found.petition.identity))?;
        Ok(identity.map(|one| IdentityView { name: one.name, number: String::new(), contact: one.contact }))
    }

    pub(crate) fn stored_admission(&self, desk: &DeskId) -> Result<Admission> {
        self.db().read(|db| desk::find(db, desk))?.and_then(of_desk).ok_or(AppError::NotFound)
    }

    pub(crate) fn seen_admission(&self, who: &Principal, desk: &DeskId) -> Result<Admission> {
        let admission = self.stored_admission(desk);
        match &admission {
            Ok(found) => permit(who, Action::ViewAdmission, &Object::Account(&found.applicant))?,
            // Whoever may not look learns nothing of whether there is one.
            Err(_) => permit(who, Action::ViewAdmissions, &Object::Nothing).map_err(|_| AppError::NotFound)?,
        }
        admission
    }

    fn own_open_admission(&self, who: &Principal) -> Result<(AccountId, DeskId)> {
        permit(who, Action::ApplyToSell, &Object::Nothing)?;
        let account = applicant(who)?;
        let desk = Admission::number_of(&account);
        self.stored_admission(&desk)?;
        Ok((account, desk))
    }

    fn admission_request(
        &self,
        who: &Principal,
        by: Actor,
        id: &DeskId,
        act: AdmissionAct,
    ) -> crate::submit::Request<'_> {
        self.request(who, by, Act::Desk { desk: id.clone(), act: DeskAct::Admission(act) })
    }

    fn admission_text(&self, desk: &DeskId, what: &'static str, words: &str) -> Result<(PersonalRow, PersonalRef)> {
        self.personal_of(Kind::Desk, desk.as_str(), what, words)?.ok_or(AppError::invalid(what, "required"))
    }

    fn free_name(&self, field: &'static str, name: &str) -> Result<String> {
        let name = text::line(field, name, 2, 60)?;
        match self.db().read(|db| seller::find_by_name(db, &name))? {
            Some(_) => Err(AppError::invalid(field, "taken")),
            None => Ok(name),
        }
    }

    fn shop_asked_for(&self, admission: &Admission) -> Result<String> {
        let found = self.db().read(|db| personal::find(db, &admission.petition.shop.id))?;
        found.ok_or(AppError::invalid("shop", "required"))
    }

    fn shop_to_open(&self, name: String) -> Seller {
        let now = self.now();
        Seller { id: self.ids().text(now).into(), name, self_operated: false, created_at: now }
    }

    /// The shop, and its first person. Whoever came to work for another shop meanwhile is not moved.
    fn rows_of_shop(&self, admission: &Admission, new: &Seller) -> Result<Vec<Stmt>> {
        let found = self.db().read(|db| account::find(db, &admission.applicant))?.ok_or(AppError::NotFound)?;
        if found.seller.is_some() {
            return Err(Refusal::AlreadyExists.into());
        }
        let mut roles = found.roles.clone();
        roles.insert(Role::Seller);
        Ok(vec![seller::adding(new), account::joining(&found, &roles, &new.id)])
    }

    fn proofs(&self, who: &Principal, desk: &DeskId, files: &[NewFile]) -> Result<(Vec<Stmt>, Vec<EvidenceRef>)> {
        let (mut rows, mut references) = (Vec::new(), Vec::new());
        for file in files {
            let of = OrderId::from(desk.as_str());
            let taken = self.take_file(who, &Source { of: &of, side: SIDE, file: None }, file)?;
            let row = &taken.row;
            references.push(EvidenceRef { id: row.id.clone(), kind: row.kind, digest: row.digest.clone() });
            rows.push(evidence::adding(&taken.row));
            rows.extend(taken.beside);
        }
        Ok((rows, references))
    }

    fn sealed_identity(&self, desk: &DeskId, identity: &Identity) -> Result<(PersonalRow, PersonalRef)> {
        let plain = serde_json::to_vec(identity).map_err(|_| AppError::Unavailable)?;
        self.sealed_personal(Kind::Desk, desk.as_str(), "identity", &plain)
    }

    pub(crate) fn identity(&self, db: &impl Read, reference: &PersonalRef) -> Result<Option<Identity>> {
        let Some(plain) = self.unsealed_personal(db, reference)? else { return Ok(None) };
        serde_json::from_slice(plain.expose()).map(Some).map_err(|_| AppError::Unavailable)
    }

    /// A text that goes into its erasable row encrypted.
    pub(crate) fn sealed_personal(
        &self,
        kind: Kind,
        aggregate_id: &str,
        what: &'static str,
        plain: &[u8],
    ) -> Result<(PersonalRow, PersonalRef)> {
        let id = yuanlu_domain::ids::PersonalId::from(self.ids().text(self.now()));
        let place = Place { table: "personal", row: id.as_str() };
        let sealed = self.vault().seal(place, plain).map_err(|_| AppError::Unavailable)?;
        let content = format!("{}:{}", sealed.key_version, sealed.ciphertext);
        let salt = crate::random::bytes::<16>()?.to_vec();
        let reference = PersonalRef { id: id.clone(), digest: personal::digest(&salt, &content) };
        Ok((PersonalRow { id, kind, aggregate_id: aggregate_id.to_owned(), what, salt, content }, reference))
    }

    /// The text in an erasable row that was encrypted; nothing once it was erased.
    pub(crate) fn unsealed_personal(
        &self,
        db: &impl Read,
        reference: &PersonalRef,
    ) -> Result<Option<yuanlu_blobs::Secret<Vec<u8>>>> {
        let Some(content) = personal::find(db, &reference.id)? else { return Ok(None) };
        let parts = content.split_once(':').and_then(|(version, hex)| Some((version.parse().ok()?, hex.to_owned())));
        let (key_version, ciphertext) = parts.ok_or(AppError::Unavailable)?;
        let place = Place { table: "personal", row: reference.id.as_str() };
        let opened = self.vault().open_record(place, &Sealed { ciphertext, key_version });
        opened.map(Some).map_err(|_| AppError::Unavailable)
    }
}

pub(crate) fn agreements(db: &impl Read, hashes: &[String]) -> Result<Vec<AgreementRef>> {
    let mut found = Vec::with_capacity(hashes.len());
    for hash in hashes {
        let one = agreement::find(db, hash)?;
        found.extend(one.map(|one| AgreementRef { kind: one.kind, version: one.version, hash: one.hash }));
    }
    Ok(found)
}

/// Numbers of identity cards, passports and registrations: letters and digits, without what people put between.
fn number(text: &str) -> Result<String> {
    let number: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect::<String>().to_uppercase();
    match number.chars().count() {
        0 => Err(AppError::invalid("id_number", "required")),
        n if n < 6 => Err(AppError::invalid("id_number", "too_short")),
        n if n > 34 => Err(AppError::invalid("id_number", "too_long")),
        _ if !number.chars().all(|c| c.is_ascii_alphanumeric()) => Err(AppError::invalid("id_number", "unreadable")),
        _ => Ok(number),
    }
}
