//! What buyer, seller and staff do in a case once it is open.

use super::Draft;
use super::award::Grounds;
use crate::actor::{Actor, Role};
use crate::case::{
    CaseState, DecidedBy, Desk, EvidenceKind, EvidenceRef, Hearing, PersonalRef, RejectCode, ReviewAnswers,
};
use crate::event::OrderEvent;
use crate::ids::AccountId;
use crate::refusal::Refusal;
use yuanlu_money::Money;

impl Draft<'_, '_> {
    pub(super) fn withdraw(&mut self, case: u16) -> Result<(), Refusal> {
        self.only_buyer()?;
        let state = &self.case(case)?.state;
        if !state.is_undecided() {
            return Err(Refusal::WrongState { state: state.code() });
        }
        self.emit(OrderEvent::CaseWithdrawn { case })
    }

    pub(super) fn give_material(
        &mut self,
        case: u16,
        words: Option<&PersonalRef>,
        evidence: &[EvidenceRef],
    ) -> Result<(), Refusal> {
        self.only_buyer()?;
        let (desk, hearing) = match &self.case(case)?.state {
            CaseState::AwaitingBuyer { desk, hearing, due, .. } if due.is_in_time(self.cx.now) || due.provisional => {
                (*desk, *hearing)
            }
            other => return Err(Refusal::WrongState { state: other.code() }),
        };
        if words.is_none() && evidence.is_empty() {
            return Err(Refusal::Missing { field: "evidence" });
        }
        self.emit(OrderEvent::MaterialGiven { case, words: words.cloned(), evidence: evidence.to_vec() })?;
        self.start_review(case, desk, hearing)
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
    fn seller_in_time(&self, case: u16) -> Result<AccountId, Refusal> {
        self.only_seller()?;
        let found = self.case(case)?;
        match &found.state {
            CaseState::AwaitingSeller { due } if due.is_in_time(self.cx.now) => {}
            other => return Err(Refusal::WrongState { state: other.code() }),
        }
        let account = self.by.account().ok_or(Refusal::NotYours)?;
        if self.file()?.is_buyer(account) {
            return Err(Refusal::Conflicted);
        }
        Ok(account.clone())
    }

    /// Approves what was claimed, up to R11 and R12.
    pub(super) fn award_claimed(&mut self, case: u16, grounds: Grounds) -> Result<(), Refusal> {
        let amount = self.case(case)?.claimed_minor.min(self.case_limit(case)?);
        if amount <= 0 {
            return Err(Refusal::NothingLeft);
        }
        self.award(case, amount, 0, grounds)
    }

    pub(super) fn start_review(&mut self, case: u16, desk: Desk, hearing: Hearing) -> Result<(), Refusal> {
        let days = self.cx.policy.parameters().review_working_days;
        let due = self.cx.calendar.working_days_after(self.cx.now, days);
        self.emit(OrderEvent::ReviewStarted { case, desk, hearing, due })
    }

    /// A person of staff who may judge this case: of the right queue, no party, and never judged it before (T29).
    fn only_judge(&self, case: u16) -> Result<AccountId, Refusal> {
        let Actor::Staff { account, role } = self.by else { return Err(Refusal::NotYours) };
        let found = self.case(case)?;
        let CaseState::UnderReview { desk, claim, .. } = &found.state else {
            return Err(Refusal::WrongState { state: found.state.code() });
        };
        let right_queue = match desk {
            Desk::Review => matches!(role, Role::Reviewer | Role::SeniorReviewer | Role::Admin),
            Desk::Senior => matches!(role, Role::SeniorReviewer | Role::Admin),
            Desk::Risk => matches!(role, Role::Risk | Role::Admin),
        };
        if !right_queue {
            return Err(Refusal::NotYours);
        }
        if self.file()?.is_buyer(account) || found.judges.contains(account) {
            return Err(Refusal::Conflicted);
        }
        let idle = i64::from(self.cx.policy.parameters().claim_idle_minutes);
        match claim {
            Some(claim) if claim.by != *account && self.cx.now < claim.at.plus_minutes(idle) => {
                Err(Refusal::ClaimedByOther)
            }
            _ => Ok(account.clone()),
        }
    }

    pub(super) fn claim_case(&mut self, case: u16) -> Result<(), Refusal> {
        let by = self.only_judge(case)?;
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
        self.emit(OrderEvent::MaterialAsked { case, wanted: wanted.to_vec(), words: words.cloned(), due })
    }

    pub(super) fn pass_to_seller(&mut self, case: u16) -> Result<(), Refusal> {
        self.only_judge(case)?;
        let (file, found) = (self.file()?, self.case(case)?);
        let self_operated = file.items.iter().any(|item| item.terms.self_operated);
        if found.seller_heard || self_operated {
            return Err(Refusal::OnlyOnce);
        }
        self.ask_seller(case)
    }

    pub(super) fn ask_seller(&mut self, case: u16) -> Result<(), Refusal> {
        let due = self.cx.calendar.hours_after(self.cx.now, self.cx.policy.parameters().seller_answer_hours);
        self.emit(OrderEvent::SellerAsked { case, due })
    }

    pub(super) fn approve(
        &mut self,
        case: u16,
        amount: Money,
        answers: ReviewAnswers,
        words: Option<&PersonalRef>,
    ) -> Result<(), Refusal> {
        let judge = self.only_judge(case)?;
        let amount = self.minor(amount)?;
        // T17: checked against the case, not against a line of it.
        let most = self.case_limit(case)?.min(self.case(case)?.claimed_minor);
        if amount > most {
            return Err(Refusal::AboveRefundable { most: self.money(most)? });
        }
        let mut grounds = Grounds::of_rule(DecidedBy::Staff, Some(judge), "R17", &["R8", "R11", "R12"]);
        (grounds.answers, grounds.words) = (Some(answers), words.cloned());
        let fee = self.disclosed_fee(case)?;
        self.award(case, amount, fee, grounds)
    }

    pub(super) fn reject(
        &mut self,
        case: u16,
        code: RejectCode,
        answers: ReviewAnswers,
        words: &PersonalRef,
    ) -> Result<(), Refusal> {
        let judge = self.only_judge(case)?;
        let mut grounds = Grounds::of_rule(DecidedBy::Staff, Some(judge), rule_of(code), &["R17", "R19"]);
        (grounds.answers, grounds.words) = (Some(answers), Some(words.clone()));
        self.reject_with(case, code, grounds)
    }

    /// R34: every automatic refusal has "a person shall look", once, without new material.
    pub(super) fn ask_person(&mut self, case: u16) -> Result<(), Refusal> {
        self.only_buyer()?;
        let found = self.case(case)?;
        let automatic = found.decision.as_ref().is_some_and(|d| d.by == DecidedBy::Automatic);
        match &found.state {
            CaseState::Rejected { appeal_until, .. } if automatic => {
                if found.person_asked {
                    return Err(Refusal::OnlyOnce);
                }
                if appeal_until.is_over(self.cx.now) && !appeal_until.provisional {
                    return Err(Refusal::WrongState { state: "rejected" });
                }
            }
            other => return Err(Refusal::WrongState { state: other.code() }),
        }
        // A unit that meanwhile is in another open case is heard there.
        let file = self.file()?;
        if let Some(open) = found.units.iter().find_map(|unit| file.open_case_of(*unit)) {
            return Err(Refusal::Duplicate { case: file.case_id(open.ordinal) });
        }
        self.emit(OrderEvent::PersonAsked { case })?;
        self.start_review(case, Desk::Review, Hearing::Person)
    }

    /// The fee checkout disclosed for the units of a case, in basis points; the lowest where they differ (R10).
    pub(super) fn disclosed_fee(&self, case: u16) -> Result<u32, Refusal> {
        let (file, case) = (self.file()?, self.case(case)?);
        let fees = case.units.iter().filter_map(|no| file.item_of(file.unit(*no)?)).map(|i| i.terms.fee_basis_points);
        Ok(fees.min().unwrap_or_default())
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
