//! Tip-offs (R34): anybody reports, with or without account; risk answers; those it is about never know.

use crate::app::App;
use crate::authorize::{Action, Object, TIP_OFF_JUDGES};
use crate::errors::{AppError, Result};
use crate::evidence::{NewFile, Source};
use crate::inputs::{DecideTipOffInput, Origin, Page, TipOffInput};
use crate::limits::Tried;
use crate::order_view::{may, permit};
use crate::principal::Principal;
use crate::text;
use crate::views::{Listing, TipOffSummary, TipOffView};
use serde_json::json;
use yuanlu_blobs::Secret;
use yuanlu_domain::Actor;
use yuanlu_domain::case::{EvidenceRef, PersonalRef};
use yuanlu_domain::command::Act;
use yuanlu_domain::desk::{DeskAct, DeskFile};
use yuanlu_domain::ids::{AccountId, CaseId, DeskId, OrderId, ProductId, SellerId};
use yuanlu_domain::tip_off::{About, Concern, TipOff, TipOffAct, TipOffOutcome};
use yuanlu_storage::aggregate::{Kind, Stored};
use yuanlu_storage::personal::PersonalRow;
use yuanlu_storage::{Read, Reader, Stmt, account, desk, desk_access, evidence, order_file, product, seller};

/// The kind of these desks.
const KIND: &str = "tip_off";
const LEAST_PASSWORD: usize = 6;
const MOST_PASSWORD: usize = 100;
/// Case numbers looked for in what a person of staff is called.
const MOST_NUMBERS: usize = 5;

/// Who is looking at a tip-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Whoever made it.
    Reporter,
    /// Risk or an administrator.
    Staff,
}

/// What a tip-off's rules say about the asker.
pub(crate) fn object(tip_off: &TipOff) -> Object<'_> {
    let about = &tip_off.about;
    Object::TipOff { reporter: tip_off.reporter.as_ref(), accused: about.accused(), seller: about.seller() }
}

pub(crate) fn of_desk(stored: Stored<DeskFile>) -> Option<TipOff> {
    match stored.aggregate {
        DeskFile::TipOff(tip_off) => Some(tip_off),
        DeskFile::Outside(_)
        | DeskFile::Day(_)
        | DeskFile::Exception(_)
        | DeskFile::Codes(_)
        | DeskFile::Review(_)
        | DeskFile::Incident(_)
        | DeskFile::Admission(_)
        | DeskFile::Conversation(_) => None,
    }
}

impl App {
    /// Reports something. Whoever is not signed in chooses a query password, and finds it again by the receipt number.
    pub fn file_tip_off(
        &self,
        who: &Principal,
        input: &TipOffInput,
        files: &[NewFile],
        key: Option<&str>,
        origin: &Origin,
    ) -> Result<TipOffView> {
        permit(who, Action::FileTipOff, &Object::Nothing)?;
        let now = self.now();
        let desk = self.ids().desk(now);
        let words = text::words("words", &input.words, 10, 4000)?;
        let concern = Concern::parse(&input.concern).ok_or(AppError::invalid("concern", "unknown"))?;
        let password = match who.account() {
            Some(_) => None,
            None => Some(checked_password(input.query_password.as_ref())?),
        };
        let (about, named) = self.read_about(&desk, &input.about, &input.subject)?;
        self.take_tip_off(who, origin)?;
        let (rows, evidence) = self.attached(who, &desk, files)?;
        let hash = password.map(|password| self.hashing().hash(password)).transpose()?;
        let (row, words) = self.desk_text(&desk, "tip_off", &words)?;
        let act = TipOffAct::File { about, concern, words, evidence };
        let said = (&input.about, &input.subject, &input.concern, &input.words);
        let sent: Vec<_> = files.iter().map(|file| file.content.sha256()).collect();
        let mut request = self
            .desk_request(who, reporter(who), &desk, act)
            .once("file_tip_off", key, &(said, sent))?
            .with(named)
            .with([row])
            .and(rows)
            .and(hash.map(|hash| desk_access::adding(&desk, &hash, now)));
        if let Some(password) = password {
            // Nobody gets a stranger's answer by guessing his key: the password is part of whose key it is.
            let index = self.vault().blind_index("tip-off key", password.expose().as_bytes());
            request = request.keyed_by(format!("reporter:{index}"));
        }
        let desk = request.send()?.desk.unwrap_or(desk);
        self.show_tip_off(who, &desk, Side::Reporter)
    }

    /// A tip-off: its reporter's, by account or by query password; or for risk and administrators.
    pub fn load_tip_off(
        &self,
        who: &Principal,
        desk: &DeskId,
        password: Option<&Secret<String>>,
        origin: &Origin,
    ) -> Result<TipOffView> {
        let (_, side) = self.tip_off_of(who, desk, password, origin)?;
        self.show_tip_off(who, desk, side)
    }

    /// The reporter adds words or files.
    pub fn add_to_tip_off(
        &self,
        who: &Principal,
        desk: &DeskId,
        password: Option<&Secret<String>>,
        words: &str,
        files: &[NewFile],
        origin: &Origin,
    ) -> Result<TipOffView> {
        let (tip_off, side) = self.tip_off_of(who, desk, password, origin)?;
        if side != Side::Reporter {
            return Err(AppError::Forbidden);
        }
        let words = text::words("words", words, 0, 4000)?;
        self.take_tip_off(who, origin)?;
        let (rows, evidence) = self.attached(who, desk, files)?;
        let (row, words) = self.personal_of(Kind::Desk, desk.as_str(), "tip_off", &words)?.unzip();
        let by = Actor::Reporter { account: tip_off.reporter };
        self.desk_request(who, by, desk, TipOffAct::Add { words, evidence }).with(row).and(rows).send()?;
        self.show_tip_off(who, desk, Side::Reporter)
    }

    /// Tip-offs that one made oneself, newest first.
    pub fn own_tip_offs(&self, who: &Principal, page: &Page) -> Result<Listing<TipOffSummary>> {
        let account = who.account().ok_or(AppError::NotSignedIn)?;
        let after = text::cursor(page)?;
        self.db().snapshot(|db| {
            let found = desk::list_begun_by(db, account.as_str(), KIND, &after, page.rows() + 1)?;
            self.tip_off_listing(db, Side::Reporter, found, page, |_| true, by_time)
        })
    }

    /// Tip-offs for risk: those that wait, the most urgent first; or those that are over. Nobody finds those about himself.
    pub fn tip_offs(&self, who: &Principal, over: bool, page: &Page) -> Result<Listing<TipOffSummary>> {
        permit(who, Action::JudgeTipOff, &Object::Nothing)?;
        let after = text::cursor(page)?;
        let open_to = |tip_off: &TipOff| may(who, Action::ViewTipOff, &object(tip_off));
        self.db().snapshot(|db| {
            if over {
                let found = desk::list_over(db, KIND, &after, page.rows() + 1)?;
                return self.tip_off_listing(db, Side::Staff, found, page, open_to, by_time);
            }
            let after = page.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(|_| &after);
            let found = desk::queue(db, KIND, after, page.rows() + 1)?;
            self.tip_off_listing(db, Side::Staff, found, page, open_to, |tip_off| {
                let due = tip_off.timer().map_or(i64::MAX, |timer| timer.due.micros());
                text::cursor_text(due, tip_off.desk.as_str())
            })
        })
    }

    /// Takes a tip-off.
    pub fn claim_tip_off(&self, who: &Principal, desk: &DeskId) -> Result<TipOffView> {
        self.judge_tip_off(who, desk, "claim_tip_off", TipOffAct::Claim, None)?;
        self.show_tip_off(who, desk, Side::Staff)
    }

    /// Asks its reporter for more, once.
    pub fn ask_reporter(&self, who: &Principal, desk: &DeskId, words: &str) -> Result<TipOffView> {
        let (row, words) = self.desk_text(desk, "words", &text::words("words", words, 1, 2000)?)?;
        self.judge_tip_off(who, desk, "ask_reporter", TipOffAct::AskMore { words }, Some(row))?;
        self.show_tip_off(who, desk, Side::Staff)
    }

    /// Says whom of staff a tip-off means, who from then on does not see it any more; that may be the asker himself.
    pub fn name_accused(&self, who: &Principal, desk: &DeskId, login: &str) -> Result<()> {
        let login = text::login(login)?;
        let found = self.db().read(|db| account::find_by_login(db, &login))?;
        let account = found.ok_or(AppError::invalid("login", "unknown"))?.id;
        let named = self.judge_tip_off(who, desk, "name_accused", TipOffAct::Name { account }, None);
        match named {
            Err(AppError::Refused(yuanlu_domain::Refusal::Missing { .. })) => {
                Err(AppError::invalid("login", "unknown"))
            }
            other => other,
        }
    }

    /// Decides a tip-off, with words to its reporter.
    pub fn decide_tip_off(&self, who: &Principal, desk: &DeskId, input: &DecideTipOffInput) -> Result<TipOffView> {
        let outcome = TipOffOutcome::parse(&input.outcome).ok_or(AppError::invalid("outcome", "unknown"))?;
        let (row, words) = self.desk_text(desk, "words", &text::words("words", &input.words, 1, 2000)?)?;
        self.judge_tip_off(who, desk, "decide_tip_off", TipOffAct::Decide { outcome, words }, Some(row))?;
        self.show_tip_off(who, desk, Side::Staff)
    }

    /// The log keeps who did what to which receipt number, never whom it is about.
    fn judge_tip_off(
        &self,
        who: &Principal,
        desk: &DeskId,
        route: &'static str,
        act: TipOffAct,
        row: Option<PersonalRow>,
    ) -> Result<()> {
        permit(who, Action::JudgeTipOff, &object(&self.stored_tip_off(desk)?))?;
        let audit = self.audit_row(who, route, desk.as_str(), json!({}))?;
        self.desk_request(who, who.as_staff(TIP_OFF_JUDGES), desk, act).with(row).and([audit]).send().map(drop)
    }

    fn desk_request(&self, who: &Principal, by: Actor, desk: &DeskId, act: TipOffAct) -> crate::submit::Request<'_> {
        self.request(who, by, Act::Desk { desk: desk.clone(), act: DeskAct::TipOff(act) })
    }

    fn desk_text(&self, desk: &DeskId, what: &'static str, words: &str) -> Result<(PersonalRow, PersonalRef)> {
        self.personal_of(Kind::Desk, desk.as_str(), what, words)?.ok_or(AppError::invalid("words", "required"))
    }

    pub(crate) fn stored_tip_off(&self, desk: &DeskId) -> Result<TipOff> {
        self.db().read(|db| desk::find(db, desk))?.and_then(of_desk).ok_or(AppError::NotFound)
    }

    fn tip_off_of(
        &self,
        who: &Principal,
        desk: &DeskId,
        password: Option<&Secret<String>>,
        origin: &Origin,
    ) -> Result<(TipOff, Side)> {
        if let Some(password) = password {
            self.check_receipt(desk, password, origin)?;
            return Ok((self.stored_tip_off(desk)?, Side::Reporter));
        }
        let tip_off = self.stored_tip_off(desk)?;
        permit(who, Action::ViewTipOff, &object(&tip_off))?;
        let own = who.account().is_some() && who.account() == tip_off.reporter.as_ref();
        Ok((tip_off, if own { Side::Reporter } else { Side::Staff }))
    }

    /// Unknown numbers and wrong passwords are answered alike, after the same work.
    fn check_receipt(&self, desk: &DeskId, password: &Secret<String>, origin: &Origin) -> Result<()> {
        let now = self.clock().real_now();
        let name: String = desk.as_str().chars().take(32).collect();
        self.count_tries(&[(Tried::QueryPassword, &name), (Tried::QueryPasswordAddress, &origin.address)], now)?;
        let stored = self.db().read(|db| desk_access::find(db, desk))?;
        if !self.hashing().verify(password, stored.as_deref())? {
            return Err(AppError::WrongCredentials);
        }
        self.forgive_tries(&[(Tried::QueryPassword, &name), (Tried::QueryPasswordAddress, &origin.address)]);
        Ok(())
    }

    fn take_tip_off(&self, who: &Principal, origin: &Origin) -> Result<()> {
        let by = who.account().map_or_else(|| origin.address.clone(), |_| who.key());
        self.limiter().take(Tried::TipOff, &by, self.clock().real_now())
    }

    fn attached(&self, who: &Principal, desk: &DeskId, files: &[NewFile]) -> Result<(Vec<Stmt>, Vec<EvidenceRef>)> {
        let (mut rows, mut references) = (Vec::new(), Vec::new());
        for file in files {
            let of = OrderId::from(desk.as_str());
            let taken = self.take_file(who, &Source { of: &of, side: "reporter", file: None }, file)?;
            references.push(EvidenceRef {
                id: taken.row.id.clone(),
                kind: taken.row.kind,
                digest: taken.row.digest.clone(),
            });
            rows.push(evidence::adding(&taken.row));
            rows.extend(taken.beside);
        }
        Ok((rows, references))
    }

    fn read_about(&self, desk: &DeskId, about: &str, subject: &str) -> Result<(About, Option<PersonalRow>)> {
        let subject = text::line("subject", subject, 1, 200)?;
        let unknown = AppError::invalid("subject", "unknown");
        match about {
            "product" => {
                // People paste the address of the page as often as the number.
                let id = subject.rsplit("/p/").next().unwrap_or_default();
                let id = ProductId::new(id.split(['?', '#', '/']).next().unwrap_or_default());
                let found = self.db().read(|db| product::find(db, &id))?.ok_or(unknown)?;
                Ok((About::Product { product: id, seller: found.offer.seller }, None))
            }
            "seller" => {
                let found = self.db().snapshot(|db| match seller::find_by_name(db, &subject)? {
                    Some(found) => Ok(Some(found)),
                    None => seller::find(db, &SellerId::from(subject.as_str())),
                });
                Ok((About::Seller { seller: found?.ok_or(unknown)?.id }, None))
            }
            "staff" => {
                let (row, named) = self.desk_text(desk, "accused", &subject)?;
                let accounts = self.db().snapshot(|db| meant(db, &subject))?;
                Ok((About::Staff { named, accounts }, Some(row)))
            }
            _ => Err(AppError::invalid("about", "unknown")),
        }
    }

    fn tip_off_listing(
        &self,
        db: &Reader<'_>,
        side: Side,
        found: Vec<Stored<DeskFile>>,
        page: &Page,
        keep: impl Fn(&TipOff) -> bool,
        cursor: impl Fn(&TipOff) -> String,
    ) -> Result<Listing<TipOffSummary>> {
        let mut found: Vec<TipOff> = found.into_iter().filter_map(of_desk).collect();
        let next = text::cut(&mut found, page, cursor);
        let items = found.iter().filter(|tip_off| keep(tip_off)).map(|tip_off| self.tip_off_summary(db, tip_off, side));
        Ok(Listing { items: items.collect::<Result<_>>()?, next })
    }
}

fn reporter(who: &Principal) -> Actor {
    Actor::Reporter { account: who.account().cloned() }
}

fn by_time(tip_off: &TipOff) -> String {
    text::cursor_text(tip_off.filed_at.micros(), tip_off.desk.as_str())
}

/// People of staff whose login stands in a text, or who judged a case whose number does.
fn meant(db: &impl Read, subject: &str) -> Result<Vec<AccountId>> {
    let staff: Vec<AccountId> = account::staff_accounts(db)?.into_iter().map(|(account, _)| account).collect();
    let told = subject.to_lowercase();
    let mut meant: Vec<AccountId> = Vec::new();
    for (account, login) in account::names(db, &staff)? {
        if told.contains(&login) {
            meant.push(account);
        }
    }
    let words = subject.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 10);
    let numbers = words.filter_map(|word| CaseId::new(word.to_ascii_uppercase()).parts());
    for (order, ordinal) in numbers.take(MOST_NUMBERS) {
        let file = order_file::find(db, &order)?.map(|stored| stored.aggregate);
        let judges = file.as_ref().and_then(|file| file.case(ordinal)).map(|case| case.judges.clone());
        meant.extend(judges.unwrap_or_default());
    }
    meant.retain(|account| staff.contains(account));
    meant.sort_unstable();
    meant.dedup();
    Ok(meant)
}

fn checked_password(password: Option<&Secret<String>>) -> Result<&Secret<String>> {
    let password = password.ok_or(AppError::invalid("query_password", "required"))?;
    match password.expose().chars().count() {
        0 => Err(AppError::invalid("query_password", "required")),
        n if n < LEAST_PASSWORD => Err(AppError::invalid("query_password", "too_short")),
        n if n > MOST_PASSWORD => Err(AppError::invalid("query_password", "too_long")),
        _ => Ok(password),
    }
}
