//! What buyer, seller and staff do in a case once it is open.

use super::Draft;
use super::award::Grounds;
use crate::actor::{Actor, Role};
use crate::case::{
    Case, CaseState, DecidedBy, Desk, EvidenceKind, EvidenceRef, PersonalRef, RejectCode, ReviewAnswers,
};
use crate::event::OrderEvent;
use crate::hearing::{Hearing, Proposal, Sitting, Verdict};
use crate::ids::AccountId;
use crate::refusal::Refusal;
use yuanlu_money::Money;

impl Draft<'_, '_> {
    pub(super) fn withdraw(&mut self, case: u16) -> Result<(), Refusal> {
        self.only_buyer()?;
        let found = self.case(case)?;
        if !found.state.is_undecided() {
            return Err(Refusal::WrongState { state: found.state.code() });
        }
        self.end_offers(case)?;
        self.close_remedy_as_withdrawn(case)?;
        self.emit(OrderEvent::CaseWithdrawn { case })
    }

    /// The buyer (in an objection the seller) answers what he was asked for; while a panel collects, both sides add.
    pub(super) fn give_material(
        &mut self,
        case: u16,
        words: Option<&PersonalRef>,
        evidence: &[EvidenceRef],
    ) -> Result<(), Refusal> {
        let now = self.cx.now;
        let found = self.case(case)?;
        let open = |due: &crate::calendar::Deadline| due.is_in_time(now) || due.provisional;
        let wanted = found.wanted().is_some_and(|(_, due)| open(due));
        let objection = found.remedy.as_ref().is_some_and(|remedy| remedy.sitting.hearing == Hearing::Objection);
        let next = match &found.state {
            _ if found.remedy.is_some() && wanted => None,
            CaseState::AwaitingBuyer { desk, hearing, .. } if wanted => Some((*desk, *hearing)),
            CaseState::BeforePanel { due, voting: false, .. } if open(due) => None,
            other => {
                self.only_buyer().or_else(|_| self.only_seller())?;
                return Err(Refusal::WrongState { state: other.code() });
            }
        };
        match (found.remedy.is_some(), objection, &found.state) {
            (true, true, _) => self.only_seller()?,
            (false, _, CaseState::BeforePanel { .. }) => self.only_buyer().or_else(|_| self.only_seller())?,
            _ => self.only_buyer()?,
        }
        if words.is_none() && evidence.is_empty() {
            return Err(Refusal::Missing { field: "evidence" });
        }
        self.emit(OrderEvent::MaterialGiven { case, words: words.cloned(), evidence: evidence.to_vec() })?;
        match next {
            Some((desk, hearing)) => self.start_review(case, desk, hearing),
            None if self.case(case)?.remedy.is_some() => self.resume_remedy(case),
            None => Ok(()),
        }
    }

    pub(super) fn seller_agree(&mut self, case: u16) -> Result<(), Refusal> {
        let judge = self.seller_in_time(case)?;
        self.award_claimed(case, Grounds::of_rule(DecidedBy::Seller, Some(judge), "R16", &["R11", "R12"]))
    }

    pub(super) fn seller_contest(
        &mut self,
        case: u16,
        words: Option<&PersonalRef>,
        evidence: &[EvidenceRef],
    ) -> Result<(), Refusal> {
        self.seller_in_time(case)?;
        if words.is_none() {
            return Err(Refusal::Missing { field: "words" });
        }
        self.emit(OrderEvent::MaterialGiven { case, words: words.cloned(), evidence: evidence.to_vec() })?;
        self.emit(OrderEvent::SellerContested { case })?;
        self.start_review(case, Desk::Review, Hearing::First)
    }

    /// R16: in time, or void.
    pub(super) fn seller_in_time(&self, case: u16) -> Result<AccountId, Refusal> {
        self.only_seller()?;
        let found = self.case(case)?;
        match &found.state {
            CaseState::AwaitingSeller { due } if due.is_in_time(self.cx.now) => self.seller_person(),
            other => Err(Refusal::WrongState { state: other.code() }),
        }
    }

    /// The person who acts for the seller; he must not be the buyer.
    pub(super) fn seller_person(&self) -> Result<AccountId, Refusal> {
        self.only_seller()?;
        let account = self.by.account().ok_or(Refusal::NotYours)?;
        if self.file()?.is_buyer(account) {
            return Err(Refusal::Conflicted);
        }
        Ok(account.clone())
    }

    /// Approves what was claimed, up to R11 and R12.
    pub(super) fn award_claimed(&mut self, case: u16, grounds: Grounds) -> Result<(), Refusal> {
        let amount = self.case(case)?.refused_minor().min(self.case_limit(case)?);
        if amount <= 0 {
            return Err(Refusal::NothingLeft);
        }
        self.award(case, amount, 0, grounds)
    }

    pub(super) fn start_review(&mut self, case: u16, desk: Desk, hearing: Hearing) -> Result<(), Refusal> {
        let days = self.cx.policy.parameters().hearing_working_days(hearing);
        let due = self.cx.calendar.working_days_after(self.cx.now, days);
        let warn_at = self.warn_at();
        let unmanned = self.eligible_judges(case, hearing)? == Some(0);
        self.emit(OrderEvent::ReviewStarted { case, desk, hearing, due, warn_at, unmanned })
    }

    /// R17: unclaimed hearings are warned of.
    pub(super) fn warn_at(&self) -> Option<crate::time::Instant> {
        let days = self.cx.policy.parameters().review_warning_working_days;
        Some(self.cx.calendar.working_days_after(self.cx.now, days).too_late_from)
    }

    /// The hearing staff may work on now: at a desk, not waiting for material, nothing pending.
    fn sitting(&self, case: u16) -> Result<&Sitting, Refusal> {
        let found = self.case(case)?;
        let sitting = found.sitting().ok_or(Refusal::WrongState { state: found.state.code() })?;
        if found.wanted().is_some() {
            return Err(Refusal::WrongState { state: "awaiting_buyer" });
        }
        if sitting.proposal.is_some() {
            return Err(Refusal::WrongState { state: "decision_pending" });
        }
        Ok(sitting)
    }

    /// A person who may judge the hearing a case is in: of the right queue (or invited), no party, and never judged it
    /// before (T29); with what he may do, where R35 lets him judge all the same.
    pub(super) fn only_judge(&self, case: u16) -> Result<Judge, Refusal> {
        let Actor::Staff { account, role } = self.by else { return Err(Refusal::NotYours) };
        let found = self.case(case)?;
        let sitting = self.sitting(case)?;
        let invited = sitting.invited.as_ref() == Some(account);
        if !invited && !sits_at(*role, sitting.desk) {
            return Err(Refusal::NotYours);
        }
        let only_in_favour = match self.conflict(found, sitting.hearing, account, *role)? {
            Conflict::None => false,
            Conflict::Party => return Err(Refusal::Conflicted),
            // R35: where nobody else may judge, the same person may after the due time, in the buyer's favour only.
            Conflict::Partial => {
                let late = sitting.escalations > 0 || sitting.due.is_over(self.cx.now);
                if !late || self.eligible_judges(case, sitting.hearing)? != Some(0) {
                    return Err(Refusal::Conflicted);
                }
                true
            }
        };
        let idle = i64::from(self.cx.policy.parameters().claim_idle_minutes);
        match &sitting.claim {
            Some(claim) if claim.by != *account && self.cx.now < claim.at.plus_minutes(idle) => {
                Err(Refusal::ClaimedByOther)
            }
            _ => Ok(Judge { account: account.clone(), only_in_favour }),
        }
    }

    /// Whether somebody is too close to a case to judge a hearing of it.
    pub(super) fn conflict(
        &self,
        case: &Case,
        hearing: Hearing,
        account: &AccountId,
        role: Role,
    ) -> Result<Conflict, Refusal> {
        let file = self.file()?;
        // R35: the platform's own goods: its staff give the first review and no later hearing.
        let own_goods = file.items.iter().any(|item| item.terms.self_operated);
        let later = !matches!(hearing, Hearing::First | Hearing::Person);
        Ok(if file.is_buyer(account) {
            Conflict::Party
        } else if case.judges.contains(account) || (own_goods && later && role != Role::Arbitrator) {
            Conflict::Partial
        } else {
            Conflict::None
        })
    }

    /// How many of the house could judge this hearing without conflict; `None` where the house was not looked up.
    pub(super) fn eligible_judges(&self, case: u16, hearing: Hearing) -> Result<Option<usize>, Refusal> {
        let found = self.case(case)?;
        let Some(staff) = &self.cx.facts.staff else { return Ok(None) };
        let mut eligible = 0;
        for (account, roles) in staff {
            let judge = roles.iter().find(|role| is_judge(**role));
            if let Some(role) = judge
                && self.conflict(found, hearing, account, *role)? == Conflict::None
            {
                eligible += 1;
            }
        }
        Ok(Some(eligible))
    }

    pub(super) fn claim_case(&mut self, case: u16) -> Result<(), Refusal> {
        let by = self.only_judge(case)?.account;
        self.emit(OrderEvent::CaseClaimed { case, by })
    }

    pub(super) fn ask_material(
        &mut self,
        case: u16,
        wanted: &[EvidenceKind],
        words: Option<&PersonalRef>,
    ) -> Result<(), Refusal> {
        self.only_judge(case)?;
        if wanted.is_empty() {
            return Err(Refusal::Missing { field: "wanted" });
        }
        let days = self.cx.policy.parameters().supplement_working_days;
        let due = self.cx.calendar.working_days_after(self.cx.now, days);
        let reminder = self.reminder_before(&due);
        self.emit(OrderEvent::MaterialAsked { case, wanted: wanted.to_vec(), words: words.cloned(), due })?;
        self.remind(case, reminder)
    }

    pub(super) fn pass_to_seller(&mut self, case: u16) -> Result<(), Refusal> {
        self.only_judge(case)?;
        let (file, found) = (self.file()?, self.case(case)?);
        let self_operated = file.items.iter().any(|item| item.terms.self_operated);
        if found.seller_heard || self_operated || found.remedy.is_some() {
            return Err(Refusal::OnlyOnce);
        }
        self.ask_seller(case)
    }

    pub(super) fn ask_seller(&mut self, case: u16) -> Result<(), Refusal> {
        let due = self.cx.calendar.hours_after(self.cx.now, self.cx.policy.parameters().seller_answer_hours);
        let reminder = self.reminder_before(&due);
        self.emit(OrderEvent::SellerAsked { case, due })?;
        self.remind(case, reminder)?;
        self.agree_by_rule(case)
    }

    /// What a rule of the seller agrees to, he need not answer.
    fn agree_by_rule(&mut self, case: u16) -> Result<(), Refusal> {
        let (file, found) = (self.file()?, self.case(case)?);
        let rule = self.cx.facts.seller_rules.iter().find(|rule| rule.agrees(file, found));
        let Some((id, by)) = rule.map(|rule| (rule.id.clone(), rule.by.clone())) else { return Ok(()) };
        let mut grounds = Grounds::of_rule(DecidedBy::SellerRule, Some(by), "R16", &["R11", "R12"]);
        grounds.row = id;
        self.award_claimed(case, grounds)
    }

    pub(super) fn approve(
        &mut self,
        case: u16,
        amount: Money,
        answers: ReviewAnswers,
        words: Option<&PersonalRef>,
    ) -> Result<(), Refusal> {
        let judge = self.only_judge(case)?;
        self.first_line(case)?;
        let amount_minor = self.minor(amount)?;
        // T17: checked against the case, not against a line of it.
        let most = self.case_limit(case)?.min(self.case(case)?.claimed_minor);
        if amount_minor > most {
            return Err(Refusal::AboveRefundable { most: self.money(most)? });
        }
        if judge.only_in_favour && amount_minor < most {
            return Err(Refusal::Conflicted);
        }
        self.propose(case, judge.account, Verdict::Approve { amount_minor }, answers, words)
    }

    pub(super) fn reject(
        &mut self,
        case: u16,
        code: RejectCode,
        clause: Option<&str>,
        answers: ReviewAnswers,
        words: &PersonalRef,
    ) -> Result<(), Refusal> {
        let judge = self.only_judge(case)?;
        self.first_line(case)?;
        if judge.only_in_favour {
            return Err(Refusal::Conflicted);
        }
        let clause = clause.unwrap_or_else(|| rule_of(code)).to_owned();
        known_rule(&clause)?;
        self.propose(case, judge.account, Verdict::Reject { code, clause }, answers, Some(words))
    }

    /// Approving and rejecting belong to the first line; a remedy is upheld or dismissed.
    fn first_line(&self, case: u16) -> Result<(), Refusal> {
        match self.case(case)?.remedy {
            Some(_) => Err(Refusal::WrongState { state: "remedy" }),
            None => Ok(()),
        }
    }

    /// Sends the decision at once, or after the seconds in which it can be taken back.
    pub(super) fn propose(
        &mut self,
        case: u16,
        judge: AccountId,
        verdict: Verdict,
        answers: ReviewAnswers,
        words: Option<&PersonalRef>,
    ) -> Result<(), Refusal> {
        let seconds = i64::from(self.cx.policy.parameters().take_back_seconds);
        let now = self.cx.now;
        let sent_at = now.plus_micros(seconds * 1_000_000);
        let proposal = Proposal { judge, at: now, sent_at, verdict, answers, words: words.cloned() };
        if seconds == 0 {
            return self.carry_out_proposal(case, proposal);
        }
        self.emit(OrderEvent::DecisionProposed { case, proposal })
    }

    pub(super) fn take_back(&mut self, case: u16) -> Result<(), Refusal> {
        let Actor::Staff { account, .. } = self.by else { return Err(Refusal::NotYours) };
        let found = self.case(case)?;
        let proposal = found.sitting().and_then(|sitting| sitting.proposal.as_ref());
        let proposal = proposal.ok_or(Refusal::WrongState { state: found.state.code() })?;
        if proposal.judge != *account {
            return Err(Refusal::NotYours);
        }
        if proposal.sent_at <= self.cx.now {
            return Err(Refusal::WrongState { state: "decision_sent" });
        }
        self.emit(OrderEvent::DecisionTakenBack { case })
    }

    /// The decision counts from now on.
    pub(super) fn carry_out_proposal(&mut self, case: u16, proposal: Proposal) -> Result<(), Refusal> {
        let Proposal { judge, verdict, answers, words, .. } = proposal;
        let grounds = |rule: &str, more: &[&str]| {
            let mut grounds = Grounds::of_rule(DecidedBy::Staff, Some(judge.clone()), rule, more);
            (grounds.answers, grounds.words) = (Some(answers), words.clone());
            grounds
        };
        match verdict {
            Verdict::Approve { amount_minor } => {
                let amount = amount_minor.min(self.case_limit(case)?);
                let fee = self.disclosed_fee(case)?;
                self.award(case, amount, fee, grounds("R17", &["R8", "R11", "R12"]))
            }
            Verdict::Reject { code, clause } => self.reject_with(case, code, grounds(&clause, &["R17", "R19"])),
            Verdict::Uphold { amount_minor } => self.uphold_with(case, amount_minor, grounds("R17", &["R11", "R12"])),
            Verdict::Dismiss => self.dismiss_with(case, grounds("R17", &[])),
        }
    }

    /// R34: every automatic refusal has "a person shall look", once, without new material.
    pub(super) fn ask_person(&mut self, case: u16) -> Result<(), Refusal> {
        self.only_buyer()?;
        let found = self.case(case)?;
        let automatic = found.decision().is_some_and(|d| d.by == DecidedBy::Automatic);
        match &found.state {
            CaseState::Rejected { .. } if automatic && found.remedy.is_none() => {
                if found.person_asked {
                    return Err(Refusal::OnlyOnce);
                }
                let until = found.appeal_until.as_ref().ok_or(Refusal::WrongState { state: "rejected" })?;
                if until.is_over(self.cx.now) && !until.provisional {
                    return Err(Refusal::TooLate { since: until.too_late_from });
                }
            }
            other => return Err(Refusal::WrongState { state: other.code() }),
        }
        self.nothing_open_beside(case)?;
        self.emit(OrderEvent::PersonAsked { case })?;
        self.start_review(case, Desk::Review, Hearing::Person)
    }

    /// A unit that meanwhile is in another open case is heard there.
    pub(super) fn nothing_open_beside(&self, case: u16) -> Result<(), Refusal> {
        let (file, found) = (self.file()?, self.case(case)?);
        let beside = found.units.iter().filter_map(|unit| file.open_case_of(*unit)).find(|open| open.ordinal != case);
        match beside {
            Some(open) => Err(Refusal::Duplicate { case: file.case_id(open.ordinal) }),
            None => Ok(()),
        }
    }

    /// The fee checkout disclosed for the units of a case, in basis points; the lowest where they differ (R10).
    pub(super) fn disclosed_fee(&self, case: u16) -> Result<u32, Refusal> {
        let (file, case) = (self.file()?, self.case(case)?);
        let fees = case.units.iter().filter_map(|no| file.item_of(file.unit(*no)?)).map(|i| i.terms.fee_basis_points);
        Ok(fees.min().unwrap_or_default())
    }
}

/// Somebody who may judge.
pub(super) struct Judge {
    /// Who.
    pub account: AccountId,
    /// He may decide in the buyer's favour, and not otherwise (R35).
    pub only_in_favour: bool,
}

/// How close somebody is to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conflict {
    /// Not at all.
    None,
    /// He judged it before, or it is about the house's own goods: R35 knows a way.
    Partial,
    /// He is a party: never.
    Party,
}

/// Whether a role judges at all.
pub(super) fn is_judge(role: Role) -> bool {
    matches!(role, Role::Reviewer | Role::SeniorReviewer | Role::Risk | Role::Admin)
}

/// Whether a role works at a desk.
fn sits_at(role: Role, desk: Desk) -> bool {
    match desk {
        Desk::Review => matches!(role, Role::Reviewer | Role::SeniorReviewer | Role::Admin),
        Desk::Senior => matches!(role, Role::SeniorReviewer | Role::Admin),
        Desk::Risk => matches!(role, Role::Risk | Role::Admin),
    }
}

/// A rule is named by its id.
pub(super) fn known_rule(rule: &str) -> Result<(), Refusal> {
    let number = rule.strip_prefix('R').and_then(|digits| digits.parse::<u8>().ok());
    match number {
        Some(1..=37) => Ok(()),
        _ => Err(Refusal::Missing { field: "rule" }),
    }
}

fn rule_of(code: RejectCode) -> &'static str {
    match code {
        RejectCode::RejectUsed => "R7",
        RejectCode::RejectPersonal => "R9",
        RejectCode::RejectWindow => "R5",
        RejectCode::RejectForged => "R23",
        RejectCode::RejectNoFault | RejectCode::RejectEvidence => "R25",
    }
}
