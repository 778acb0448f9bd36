//! Asking money back, and following it.

use crate::app::App;
use crate::authorize::Action;
use crate::conduct::Written;
use crate::decision_view::Sums;
use crate::errors::{AppError, Result};
use crate::finding;
use crate::inputs::{ApplyInput, Origin, Page, StatementInput};
use crate::limits::Tried;
use crate::order_view::permit;
use crate::payer::is_shared;
use crate::principal::Principal;
use crate::text;
use crate::views::{CaseSummary, CaseView, ForecastView, Listing, MoneyView};
use std::collections::{BTreeMap, BTreeSet};
use yuanlu_domain::case::{Desk, EvidenceRef, PersonalRef, Reason, RejectCode};
use yuanlu_domain::command::OrderAct;
use yuanlu_domain::decide::Provided;
use yuanlu_domain::decide::application::{Application, Plan, Verdict, plan};
use yuanlu_domain::ids::{CaseId, EvidenceId, Ids, OrderId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::policy::Policy;
use yuanlu_domain::projection::case_rows;
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Actor, Context, Refusal};
use yuanlu_money::Money;
use yuanlu_storage::personal::PersonalRow;
use yuanlu_storage::refund_case::{self, Listed};
use yuanlu_storage::{Reader, Stmt, credit_event, evidence, order_file, payer};

const MOST_WORDS: usize = 2000;
const MOST_FILES: usize = 10;

/// An application that was read.
struct Claim {
    units: Vec<u16>,
    reason: Reason,
    amount: Money,
    received_face: Option<Money>,
    to_balance: bool,
    text: String,
    evidence: Vec<EvidenceRef>,
}

/// Words and files that were read, ready to go into a command.
pub(crate) struct Statement {
    pub(crate) words: Option<PersonalRef>,
    pub(crate) rows: Option<PersonalRow>,
    pub(crate) evidence: Vec<EvidenceRef>,
}

impl App {
    /// What the rules are likely to say to an application. Nothing is written.
    pub fn forecast(&self, who: &Principal, order: &OrderId, input: &ApplyInput) -> Result<ForecastView> {
        let file = self.file_for(who, Action::ActOnOwnCase, order)?;
        let claim = self.read_claim(who, &file, input)?;
        let policy = self.policy_of(&file.policy)?;
        let now = self.now().max(file.last_at);
        let facts = Provided {
            restricted_buyer: self.is_restricted(&file, &policy, now)?,
            several_accounts_one_payer: self.shares_payer(&file, &policy, now)?,
            forgery_hint: self.db().read(|db| {
                let files: Vec<&str> = claim.evidence.iter().map(|file| file.id.as_str()).collect();
                finding::hinting(db, &files).map(|found| !found.is_empty())
            })?,
            ..Provided::default()
        };
        let mut ids = Ids::new([0; 32]);
        let context = Context {
            policy: &policy,
            policy_hash: &file.policy,
            calendar: self.calendar(),
            now,
            ids: &mut ids,
            facts: &facts,
        };
        let application = Application {
            units: &claim.units,
            reason: claim.reason,
            claimed: claim.amount,
            received_face: claim.received_face,
            to_balance: claim.to_balance,
        };
        let planned = plan(&file, &application, !claim.evidence.is_empty(), &context);
        Ok(forecast_view(&file, &claim, &policy, planned))
    }

    /// Applies for a refund. What the rules let the program decide is decided on return.
    pub fn apply(
        &self,
        who: &Principal,
        order: &OrderId,
        input: &ApplyInput,
        key: Option<&str>,
        _origin: &Origin,
    ) -> Result<CaseView> {
        let file = self.file_for(who, Action::ActOnOwnCase, order)?;
        self.limiter().take(Tried::Apply, &who.key(), self.clock().real_now())?;
        let claim = self.read_claim(who, &file, input)?;
        let (row, text) = self.personal(order, "application", &claim.text)?.unzip();
        let subject = file.buyer.to_string();
        let written = Written { subject: &subject, order: order.as_str(), case: "" };
        let mut rows = self.flag_words(written, row.as_ref());
        rows.extend(self.naming(written, &claim.evidence)?);
        rows.push(self.draft_done(who, order));
        let act = OrderAct::Apply {
            units: claim.units,
            reason: claim.reason,
            claimed: claim.amount,
            received_face: claim.received_face,
            to_balance: claim.to_balance,
            text,
            evidence: claim.evidence,
        };
        let answer = self
            .order_request(who, who.as_buyer(), order, act)
            .once("apply", key, &(order, input))?
            .with(row)
            .and(rows)
            .send()?;
        let ordinal = answer.case.ok_or(AppError::Unavailable)?;
        self.load_case(who, &CaseId::of(order, ordinal))
    }

    /// The whole case: the tracking page.
    pub fn load_case(&self, who: &Principal, case: &CaseId) -> Result<CaseView> {
        let (order, ordinal) = case.parts().ok_or(AppError::NotFound)?;
        let now = self.now();
        self.db().snapshot(|db| {
            let file = order_file::find(db, &order)?.ok_or(AppError::NotFound)?.aggregate;
            permit(who, Action::ViewCase, &crate::order_view::object(&file))?;
            let found = file.case(ordinal).ok_or(AppError::NotFound)?;
            self.case_view(db, who, &file, found, now)
        })
    }

    /// 退款记录: all one's cases, newest first.
    pub fn list_cases(&self, who: &Principal, page: &Page) -> Result<Listing<CaseSummary>> {
        let buyer = who.party().ok_or(AppError::NotSignedIn)?.to_string();
        let after = text::cursor(page)?;
        self.db().snapshot(|db| {
            let found = refund_case::list_of_buyer(db, &buyer, &after, page.rows() + 1)?;
            self.case_listing(db, who, found, page, |row| text::cursor_text(row.applied_at.micros(), row.case.as_str()))
        })
    }

    pub(crate) fn case_listing(
        &self,
        db: &Reader<'_>,
        who: &Principal,
        mut rows: Vec<Listed>,
        page: &Page,
        cursor: impl Fn(&Listed) -> String,
    ) -> Result<Listing<CaseSummary>> {
        let next = text::cut(&mut rows, page, cursor);
        let orders: BTreeSet<&str> = rows.iter().map(|row| row.order.as_str()).collect();
        let orders: Vec<&str> = orders.into_iter().collect();
        let files: BTreeMap<OrderId, OrderFile> =
            order_file::load(db, &orders)?.into_iter().map(|s| (s.aggregate.order.clone(), s.aggregate)).collect();
        let (mut lookup, now) = (self.lookup().of(who), self.now());
        let mut items = Vec::new();
        for row in &rows {
            let file = files.get(&row.order).ok_or(AppError::Unavailable)?;
            let (Some(case), Some(shown)) =
                (file.case(row.ordinal), case_rows(file).into_iter().find(|r| r.ordinal == row.ordinal))
            else {
                continue;
            };
            items.push(self.case_summary(db, &mut lookup, who, file, case, &shown, now)?);
        }
        Ok(Listing { items, next })
    }

    /// Takes an application back.
    pub fn withdraw(&self, who: &Principal, case: &CaseId, key: Option<&str>) -> Result<CaseView> {
        self.buyer_act(who, case, "withdraw", key, |case| OrderAct::Withdraw { case })
    }

    /// Asks that a person shall look (R34).
    pub fn ask_person(&self, who: &Principal, case: &CaseId, key: Option<&str>) -> Result<CaseView> {
        self.buyer_act(who, case, "ask_person", key, |case| OrderAct::AskPerson { case })
    }

    /// After a final refusal of the original route the buyer expressly takes a voucher of equal value (R14).
    pub fn choose_voucher(&self, who: &Principal, case: &CaseId, key: Option<&str>) -> Result<CaseView> {
        self.buyer_act(who, case, "choose_voucher", key, |case| OrderAct::ChooseVoucher { case })
    }

    /// After a final refusal of the original route the buyer expressly takes balance instead (R14).
    pub fn choose_balance(&self, who: &Principal, case: &CaseId, key: Option<&str>) -> Result<CaseView> {
        self.buyer_act(who, case, "choose_balance", key, |case| OrderAct::ChooseBalance { case })
    }

    /// Gives what was asked for: the buyer, or the seller in his objection and while a panel collects.
    pub fn give_material(
        &self,
        who: &Principal,
        case: &CaseId,
        input: &StatementInput,
        key: Option<&str>,
    ) -> Result<CaseView> {
        let (file, ordinal, by) = self.party_file(who, case)?;
        let statement = self.statement(who, &file, &input.words, &input.evidence)?;
        let subject = match &by {
            Actor::Seller { .. } => format!("seller:{}", file.seller),
            _ => file.buyer.to_string(),
        };
        let rows =
            self.said(Written { subject: &subject, order: file.order.as_str(), case: case.as_str() }, &statement)?;
        let act = OrderAct::GiveMaterial { case: ordinal, words: statement.words, evidence: statement.evidence };
        self.order_request(who, by, &file.order, act)
            .once("give_material", key, &(case, input))?
            .with(statement.rows)
            .and(rows)
            .send()?;
        self.load_case(who, case)
    }

    fn buyer_act(
        &self,
        who: &Principal,
        case: &CaseId,
        route: &'static str,
        key: Option<&str>,
        act: impl FnOnce(u16) -> OrderAct,
    ) -> Result<CaseView> {
        let (file, ordinal) = self.case_file(who, Action::ActOnOwnCase, case)?;
        self.order_request(who, who.as_buyer(), &file.order, act(ordinal)).once(route, key, case)?.send()?;
        self.load_case(who, case)
    }

    /// The file of a case, if the asker may do this with the case.
    pub(crate) fn case_file(&self, who: &Principal, action: Action, case: &CaseId) -> Result<(OrderFile, u16)> {
        let (order, ordinal) = case.parts().ok_or(AppError::NotFound)?;
        let file = self.db().read(|db| order_file::find(db, &order))?.ok_or(AppError::NotFound)?.aggregate;
        file.case(ordinal).ok_or(AppError::NotFound)?;
        // Who judged before is refused by the command itself, after its idempotency key was looked up: a judge who sends
        // his decision again gets its answer again.
        permit(who, action, &crate::order_view::object(&file))?;
        Ok((file, ordinal))
    }

    /// The file of a case, and its asker as the party he is.
    pub(crate) fn party_file(&self, who: &Principal, case: &CaseId) -> Result<(OrderFile, u16, Actor)> {
        match self.case_file(who, Action::AnswerAsSeller, case) {
            Ok((file, ordinal)) => {
                let by = who.as_seller(&file.seller);
                Ok((file, ordinal, by))
            }
            Err(_) => {
                let (file, ordinal) = self.case_file(who, Action::ActOnOwnCase, case)?;
                Ok((file, ordinal, who.as_buyer()))
            }
        }
    }

    pub(crate) fn statement(
        &self,
        who: &Principal,
        file: &OrderFile,
        words: &str,
        evidence: &[String],
    ) -> Result<Statement> {
        let words = text::words("words", words, 0, MOST_WORDS)?;
        let (rows, words) = self.personal(&file.order, "words", &words)?.unzip();
        Ok(Statement { words, rows, evidence: self.named_evidence(who, file, evidence)? })
    }

    /// Rows for the commit of a statement: flags on its words and files, and that a case uses the files.
    pub(crate) fn said(&self, written: Written<'_>, statement: &Statement) -> Result<Vec<Stmt>> {
        let mut rows = self.flag_words(written, statement.rows.as_ref());
        rows.extend(self.naming(written, &statement.evidence)?);
        Ok(rows)
    }

    /// Uploads that the asker made for this order himself; others' do not exist for him.
    pub(crate) fn named_evidence(&self, who: &Principal, file: &OrderFile, ids: &[String]) -> Result<Vec<EvidenceRef>> {
        let ids: BTreeSet<&str> = ids.iter().map(|id| id.trim()).filter(|id| !id.is_empty()).collect();
        if ids.len() > MOST_FILES {
            return Err(AppError::invalid("evidence", "too_large"));
        }
        let find = |id: &str| {
            let found = self.db().read(|db| evidence::find(db, &EvidenceId::from(id)))?;
            let row = found.filter(|row| row.order == file.order && row.uploaded_by == who.key());
            let row = row.ok_or(AppError::invalid("evidence", "unknown"))?;
            Ok(EvidenceRef { id: row.id, kind: row.kind, digest: row.digest })
        };
        ids.into_iter().map(find).collect()
    }

    fn read_claim(&self, who: &Principal, file: &OrderFile, input: &ApplyInput) -> Result<Claim> {
        let reason = Reason::parse(&input.reason).ok_or(AppError::invalid("reason", "unknown"))?;
        let units: Vec<u16> = input.units.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let whole = units.iter().filter_map(|no| file.unit(*no)).map(|unit| unit.refundable_minor()).sum();
        let amount = match text::given(input.amount.as_ref()) {
            Some(amount) => text::amount("amount", amount, file.currency)?,
            None => Money::new(whole, file.currency),
        };
        let face = text::given(input.received_face.as_ref());
        Ok(Claim {
            units,
            reason,
            amount,
            received_face: face.map(|face| text::amount_or_zero("received_face", face, file.currency)).transpose()?,
            to_balance: input.to_balance,
            text: text::words("text", &input.text, 0, MOST_WORDS)?,
            evidence: self.named_evidence(who, file, &input.evidence)?,
        })
    }

    /// R23, as the engine reckons it.
    fn is_restricted(&self, file: &OrderFile, policy: &Policy, now: Instant) -> Result<bool> {
        let parameters = policy.parameters();
        let since = now.plus_days(-i64::from(parameters.restricted_within_days));
        let buyer = file.buyer.to_string();
        let bad = self.db().read(|db| credit_event::list_bad_claims(db, &[buyer.as_str()], since, now))?;
        Ok(bad.len() >= parameters.restricted_after_claims as usize)
    }

    /// R32, as the engine reckons it.
    fn shares_payer(&self, file: &OrderFile, policy: &Policy, now: Instant) -> Result<bool> {
        let since = now.plus_days(-i64::from(policy.parameters().one_payer_within_days));
        let sharing = self.db().read(|db| payer::list_sharing(db, &[file.order.as_str()], since))?;
        Ok(is_shared(&sharing, policy, now))
    }
}

fn forecast_view(
    file: &OrderFile,
    claim: &Claim,
    policy: &Policy,
    planned: std::result::Result<Plan, Refusal>,
) -> ForecastView {
    let mut view = ForecastView {
        would: "refused",
        refusal: None,
        detail: None,
        code: None,
        row: None,
        sentence_zh: String::new(),
        sentence_en: String::new(),
        gross: None,
        fee: None,
        net: None,
        missing: missing(claim),
        not_before: None,
    };
    match planned {
        Ok(Plan::Approve(verdict)) => {
            view.would = "approve";
            explain(&mut view, file, claim, policy, &verdict);
            let fee: i64 = verdict.awards.iter().map(|award| award.fee_minor).sum();
            let gross: i64 = verdict.awards.iter().map(|award| award.approved_minor).sum();
            let money = |minor| Some(MoneyView::new(minor, file.currency));
            (view.gross, view.fee, view.net) = (money(gross), money(fee), money(gross - fee));
        }
        Ok(Plan::Reject(code, verdict)) => {
            view.would = "reject";
            view.code = Some(RejectCode::code(code));
            explain(&mut view, file, claim, policy, &verdict);
        }
        Ok(Plan::Seller) => view.would = "seller",
        Ok(Plan::Review(Desk::Risk)) => view.would = "risk",
        Ok(Plan::Review(Desk::Review | Desk::Senior)) => view.would = "reviewer",
        Err(refusal) => {
            view.refusal = Some(refusal.code());
            view.detail = refusal.detail();
            if let Refusal::NotYetDue { from } = refusal {
                view.not_before = Some(from.into());
            }
        }
    }
    view
}

fn explain(view: &mut ForecastView, file: &OrderFile, claim: &Claim, policy: &Policy, verdict: &Verdict) {
    let sums = Sums::of(file, &claim.units, &verdict.awards);
    if let Some(row) = policy.eligibility().rows().iter().find(|row| row.id == verdict.row) {
        view.sentence_zh = sums.fill(&row.text.zh);
        view.sentence_en = sums.fill(&row.text.en);
    }
    view.row = Some(verdict.row.clone());
}

/// What would help a claim that a person has to look at.
fn missing(claim: &Claim) -> Vec<&'static str> {
    let shown = match claim.reason {
        Reason::NotAsDescribed | Reason::InvalidCode | Reason::NotCredited | Reason::SystemFault => true,
        Reason::NotDelivered | Reason::LateDelivery | Reason::DuplicateCharge | Reason::Personal => false,
    };
    let mut missing = Vec::new();
    if shown && claim.text.is_empty() {
        missing.push("text");
    }
    if shown && claim.evidence.is_empty() {
        missing.push("evidence");
    }
    if claim.reason == Reason::NotAsDescribed && claim.received_face.is_none() {
        missing.push("received_face");
    }
    missing
}
