//! Other roads than the original one, and whether the money arrived (R14, R15). Every step is somebody's own: the buyer
//! names, one person of finance checks, another pays, and what people say has arrived or come back they prove.

use super::Draft;
use crate::actor::{Actor, Role};
use crate::case::{CaseState, EvidenceKind, EvidenceRef, PersonalRef};
use crate::event::{OrderEvent, Tender};
use crate::ids::{AccountId, ChannelId};
use crate::payout::{Destination, Payout, PayoutState, StuckWhy};
use crate::refusal::Refusal;
use crate::route::{AccountKind, Hold, RouteAct, RouteEvent};
use crate::time::Instant;
use crate::wallet::WalletEvent;

impl Draft<'_, '_> {
    pub(super) fn route_act(&mut self, act: &RouteAct) -> Result<(), Refusal> {
        match act {
            RouteAct::NameAccount { case, kind, account, evidence } => {
                self.name_account(*case, *kind, account, evidence)
            }
            RouteAct::NameCard { payout, card } => self.name_card(*payout, card),
            RouteAct::CheckAccount { payout } => self.check_account(*payout),
            RouteAct::RefuseAccount { payout, words } => self.refuse_account(*payout, words),
            RouteAct::Remit { payout, channel } => self.remit(*payout, channel),
            RouteAct::RecordTransfer { payout, reference } => self.record_transfer(*payout, reference),
            RouteAct::RecordArrival { payout, evidence } => self.record_arrival(*payout, evidence),
            RouteAct::RecordReturn { payout, evidence } => self.record_return(*payout, evidence),
            RouteAct::RecordRelease { payout, evidence } => self.record_release(*payout, evidence),
            RouteAct::RefuseRelease { payout, words } => self.refuse_release(*payout, words),
            RouteAct::FinishAtChannel { payout } => self.finish_at_channel(*payout),
            RouteAct::DoubtArrival { payout } => self.doubt_arrival(*payout),
            RouteAct::AnswerDoubt { payout, words } => self.answer_doubt(*payout, words),
            RouteAct::ReverseSwitch { payout, words } => self.reverse_switch(*payout, words),
        }
    }

    fn emit_route(&mut self, event: RouteEvent) -> Result<(), Refusal> {
        self.emit(OrderEvent::Route(event))
    }

    /// Somebody of finance who is not the order's buyer.
    fn finance(&self) -> Result<AccountId, Refusal> {
        let Actor::Staff { account, role: Role::Finance | Role::Admin } = self.by else {
            return Err(Refusal::NotYours);
        };
        if self.file()?.is_buyer(account) { Err(Refusal::Conflicted) } else { Ok(account.clone()) }
    }

    /// A payout that is held for this, and nothing else.
    fn held_for(&self, payout: u16, hold: Hold) -> Result<&Payout, Refusal> {
        let found = self.found_payout(payout)?;
        match found.state {
            PayoutState::Held if found.hold == hold => Ok(found),
            PayoutState::Held => Err(Refusal::WrongState { state: found.hold.code() }),
            _ => Err(Refusal::WrongState { state: "not_held" }),
        }
    }

    /// What the buyer names takes the place of everything that was finally refused in the case.
    fn name_account(
        &mut self,
        case: u16,
        kind: AccountKind,
        account: &PersonalRef,
        evidence: &[EvidenceRef],
    ) -> Result<(), Refusal> {
        self.only_buyer()?;
        let found = self.case(case)?;
        if !matches!(found.state, CaseState::AwaitingRoute { .. }) {
            return Err(Refusal::WrongState { state: found.state.code() });
        }
        // Given once, it serves for a second account too.
        if !evidence.iter().chain(&found.papers).any(|file| file.kind == EvidenceKind::ClosureProof) {
            return Err(Refusal::Missing { field: "closure_proof" });
        }
        self.emit_route(RouteEvent::AccountNamed { case, kind, evidence: evidence.to_vec() })?;
        for (old, payment, amount) in self.refused_payouts(case)? {
            self.emit(OrderEvent::PayoutRerouted { payout: old })?;
            let destination = Destination::Account { payment, kind, account: account.clone(), via: None };
            self.decide_payout_as(case, destination, amount, Some(Hold::NameCheck))?;
        }
        Ok(())
    }

    /// Ordinal, payment and amount of what was finally refused and has no other road yet.
    pub(super) fn refused_payouts(&self, case: u16) -> Result<Vec<(u16, u16, i64)>, Refusal> {
        let refused = self.file()?.payouts_of(case).filter(|p| matches!(p.state, PayoutState::Refused { .. }));
        Ok(refused.map(|p| (p.ordinal, p.destination.payment(), p.amount_minor)).collect())
    }

    /// A refund that is abnormal at the channel; elsewhere there is nothing to finish.
    fn abnormal(&self, payout: u16) -> Result<&Payout, Refusal> {
        let found = self.found_payout(payout)?;
        match found.state {
            PayoutState::Stuck { why: StuckWhy::ManualAtChannel, .. } => Ok(found),
            _ => Err(Refusal::WrongState { state: "not_abnormal" }),
        }
    }

    fn name_card(&mut self, payout: u16, card: &PersonalRef) -> Result<(), Refusal> {
        self.only_buyer()?;
        self.abnormal(payout)?;
        self.emit_route(RouteEvent::CardNamed { payout, card: card.clone() })
    }

    fn check_account(&mut self, payout: u16) -> Result<(), Refusal> {
        let by = self.finance()?;
        self.held_for(payout, Hold::NameCheck)?;
        self.emit_route(RouteEvent::AccountChecked { payout, by })
    }

    /// Whoever is to pay may still refuse what the first pair of eyes let pass.
    fn refuse_account(&mut self, payout: u16, words: &PersonalRef) -> Result<(), Refusal> {
        self.finance()?;
        let found = self.held_for(payout, Hold::NameCheck).or_else(|_| self.held_for(payout, Hold::Execution))?;
        let case = found.case;
        self.emit_route(RouteEvent::AccountRefused { payout, words: words.clone() })?;
        self.remind_of_route(case)
    }

    /// Four eyes: whoever checked the account, or judged the case, does not pay it. Says whether there was nobody else.
    fn second_person(&self, payout: u16) -> Result<bool, Refusal> {
        let by = self.finance()?;
        let found = self.held_for(payout, Hold::Execution)?;
        let check = found.checked.as_ref().ok_or(Refusal::Inconsistent { what: "an account nobody checked" })?;
        let mut before = self.case(found.case)?.judges.clone();
        before.push(check.by.clone());
        self.four_eyes(&by, &before, check.at)
    }

    fn remit(&mut self, payout: u16, channel: &ChannelId) -> Result<(), Refusal> {
        let alone = self.second_person(payout)?;
        let Destination::Account { kind, .. } = self.found_payout(payout)?.destination else {
            return Err(Refusal::WrongState { state: "not_an_account" });
        };
        if !self.cx.facts.roads.remits.contains(&(channel.clone(), kind)) {
            return Err(Refusal::WrongState { state: "no_remittance" });
        }
        self.emit_route(RouteEvent::Remitted { payout, channel: channel.clone(), alone })
    }

    fn record_transfer(&mut self, payout: u16, reference: &str) -> Result<(), Refusal> {
        let alone = self.second_person(payout)?;
        if reference.is_empty() {
            return Err(Refusal::Missing { field: "reference" });
        }
        self.emit_route(RouteEvent::TransferRecorded { payout, reference: reference.to_owned(), alone })
    }

    fn record_arrival(&mut self, payout: u16, evidence: &[EvidenceRef]) -> Result<(), Refusal> {
        self.finance()?;
        let found = self.found_payout(payout)?;
        if !matches!(found.state, PayoutState::AtBank { .. }) {
            return Err(Refusal::WrongState { state: "not_at_bank" });
        }
        let case = found.case;
        proven(evidence)?;
        self.emit_route(RouteEvent::ArrivalRecorded { payout, evidence: evidence.to_vec() })?;
        self.value_payout(payout)?;
        self.complete_case_if_paid(case)
    }

    /// Only what left us can come back: abnormal at the channel, sent at a bank, or arrived outside and returned.
    fn record_return(&mut self, payout: u16, evidence: &[EvidenceRef]) -> Result<(), Refusal> {
        self.finance()?;
        let found = self.found_payout(payout)?;
        let outside = found.destination.is_outside();
        let gone = match found.state {
            PayoutState::Stuck { why: StuckWhy::ManualAtChannel, .. } | PayoutState::AtBank { .. } => true,
            PayoutState::Arrived { .. } => outside,
            _ => false,
        };
        if !gone {
            return Err(Refusal::WrongState { state: "not_gone" });
        }
        let case = found.case;
        proven(evidence)?;
        self.emit_route(RouteEvent::Returned { payout, evidence: evidence.to_vec() })?;
        self.remind_of_route(case)
    }

    fn record_release(&mut self, payout: u16, evidence: &[EvidenceRef]) -> Result<(), Refusal> {
        self.finance()?;
        let found = self.held_for(payout, Hold::AgentRelease)?;
        proven(evidence)?;
        let held = self.case(found.case)?.net_minor() > self.cx.policy.parameters().second_approval_above_minor;
        self.emit_route(RouteEvent::Released { payout, evidence: evidence.to_vec(), held })
    }

    fn refuse_release(&mut self, payout: u16, words: &PersonalRef) -> Result<(), Refusal> {
        self.finance()?;
        let case = self.held_for(payout, Hold::AgentRelease)?.case;
        self.emit_route(RouteEvent::ReleaseRefused { payout, words: words.clone() })?;
        self.remind_of_route(case)
    }

    fn finish_at_channel(&mut self, payout: u16) -> Result<(), Refusal> {
        self.finance()?;
        let found = self.abnormal(payout)?;
        let able = found.destination.channel().is_some_and(|at| self.cx.facts.roads.finishes.contains(at));
        if !able || found.accepted.is_none() {
            return Err(Refusal::WrongState { state: "only_by_hand" });
        }
        if found.card.is_none() {
            return Err(Refusal::Missing { field: "card" });
        }
        self.emit_route(RouteEvent::Finishing { payout })
    }

    /// R15: until its time is over money is waited for; after that it is looked for.
    fn doubt_arrival(&mut self, payout: u16) -> Result<(), Refusal> {
        self.only_buyer()?;
        let found = self.found_payout(payout)?;
        let until = self.may_doubt(found)?;
        if self.cx.now < until {
            return Err(Refusal::OnItsWay { until });
        }
        let due = self.cx.calendar.working_days_after(self.cx.now, self.cx.policy.parameters().review_working_days);
        self.emit_route(RouteEvent::Doubted { payout, due })
    }

    /// Until when a buyer waits before money is looked for.
    fn may_doubt(&self, payout: &Payout) -> Result<Instant, Refusal> {
        if payout.doubt.is_some()
            || payout.traced_since.is_some() && !matches!(payout.state, PayoutState::Arrived { .. })
        {
            return Err(Refusal::WrongState { state: "traced" });
        }
        match (&payout.state, &payout.destination) {
            (_, Destination::Balance { .. } | Destination::Voucher { .. }) => {
                Err(Refusal::WrongState { state: "balance" })
            }
            (PayoutState::Arrived { .. }, _) => Ok(payout.expected.too_late_from),
            (PayoutState::Refused { .. } | PayoutState::Rerouted, _) => Err(Refusal::WrongState { state: "refused" }),
            (PayoutState::Held, _) => Err(Refusal::WrongState { state: "held" }),
            _ => Ok(payout.hard.too_late_from),
        }
    }

    fn answer_doubt(&mut self, payout: u16, words: &PersonalRef) -> Result<(), Refusal> {
        self.finance()?;
        if self.found_payout(payout)?.doubt.is_none() {
            return Err(Refusal::WrongState { state: "not_doubted" });
        }
        self.emit_route(RouteEvent::DoubtAnswered { payout, words: words.clone() })
    }

    /// R14: what went to balance without consent goes home, as far as it was not spent.
    fn reverse_switch(&mut self, payout: u16, words: &PersonalRef) -> Result<(), Refusal> {
        self.finance()?;
        let found = self.found_payout(payout)?;
        let (case, arrived) = (found.case, matches!(found.state, PayoutState::Arrived { .. }));
        let (Destination::Balance { payment, .. }, Some(lot), true) = (&found.destination, found.lot, arrived) else {
            return Err(Refusal::WrongState { state: "not_to_balance" });
        };
        let payment = *payment;
        let home = match self.file()?.payment(payment).map(|payment| &payment.tender) {
            Some(Tender::Channel { channel }) => Destination::Original { payment, channel: channel.clone() },
            _ => return Err(Refusal::WrongState { state: "paid_from_balance" }),
        };
        let wallet = self.wallet.as_ref().ok_or(Refusal::Inconsistent { what: "wallet" })?;
        let unspent = wallet.lots.iter().find(|held| held.ordinal == lot).map_or(0, |held| held.left_minor);
        let amount_minor = unspent.min(found.amount_minor);
        if amount_minor <= 0 {
            return Err(Refusal::NothingLeft);
        }
        self.emit_wallet(WalletEvent::TakenBack { lot, amount_minor })?;
        self.emit_route(RouteEvent::SwitchReversed { payout, amount_minor, words: words.clone() })?;
        self.decide_payout(case, home, amount_minor, false)
    }

    /// Who has to choose another road is reminded of it, and forfeits nothing (R14).
    pub(super) fn remind_of_route(&mut self, case: u16) -> Result<(), Refusal> {
        let days = self.cx.policy.parameters().route_reminder_working_days;
        let at = self.cx.calendar.working_days_after(self.cx.now, days).too_late_from;
        self.remind(case, Some(at))
    }
}

fn proven(evidence: &[EvidenceRef]) -> Result<(), Refusal> {
    if evidence.is_empty() { Err(Refusal::Missing { field: "evidence" }) } else { Ok(()) }
}
