//! Applying for a refund: what is checked, what the rules say, and who decides (R5, R7–R9, R22, R24, R32).
//!
//! [`plan`] is one pure function for the form's forecast and for the application itself, so that they cannot differ.

use super::award::in_books;
use super::award::{Grounds, is_paid, unit_limit};
use super::{Context, Draft};
use crate::actor::Party;
use crate::case::{
    Case, CaseState, DecidedBy, Desk, EvidenceRef, Hearing, PersonalRef, Reason, RejectCode, UnitAward, UnitGround,
};
use crate::catalogue::DeliveryEvent;
use crate::event::OrderEvent;
use crate::order_file::{OrderFile, OrderStatus, PaymentState, Unit, UnitState};
use crate::policy::{Facts, Fee, Outcome, RefuseCode, Route, UnitCode};
use crate::refusal::Refusal;
use crate::time::Instant;
use std::collections::BTreeSet;
use yuanlu_money::{BasisPoints, Money, fee_floor, split_by};

/// What a buyer asks for.
#[derive(Clone, Copy, Debug)]
pub struct Application<'a> {
    /// The units.
    pub units: &'a [u16],
    /// Why.
    pub reason: Reason,
    /// How much.
    pub claimed: Money,
    /// Face value received per unit, where less came than promised.
    pub received_face: Option<Money>,
    /// Express consent to balance.
    pub to_balance: bool,
}

/// What follows from an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Decided at once, in the buyer's favour for these sums.
    Approve(Verdict),
    /// Decided at once, against the buyer.
    Reject(RejectCode, Verdict),
    /// The seller answers first.
    Seller,
    /// A person of staff decides.
    Review(Desk),
}

/// What the table said, unit by unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Per unit that gets something.
    pub awards: Vec<UnitAward>,
    /// The row that decided the first unit.
    pub row: String,
    /// The rules behind it.
    pub rules: Vec<String>,
    /// Facts and row of each unit.
    pub grounds: Vec<UnitGround>,
}

impl Draft<'_, '_> {
    pub(super) fn apply(
        &mut self,
        application: &Application<'_>,
        text: Option<&PersonalRef>,
        evidence: &[EvidenceRef],
    ) -> Result<(), Refusal> {
        self.only_buyer()?;
        let plan = plan(self.file()?, application, !evidence.is_empty(), self.cx)?;
        let units: Vec<u16> = application.units.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let case = self.next_case_ordinal()?;
        let follows = followed(self.file()?, &units);
        self.emit(OrderEvent::CaseOpened {
            case,
            units,
            extra_payment: None,
            reason: application.reason,
            claimed_minor: application.claimed.minor(),
            received_face_minor: application.received_face.map(Money::minor),
            to_balance: application.to_balance,
            text: text.cloned(),
            evidence: evidence.to_vec(),
            follows,
        })?;
        self.carry_out(case, plan)?;
        self.ask_issuers_of_claim(case)
    }

    /// Judges a case the program opened itself.
    pub(super) fn judge_automatically(&mut self, case: u16) -> Result<(), Refusal> {
        let file = self.file()?;
        let found = self.case(case)?;
        let claimed = found.claimed_minor;
        let facts =
            Facing { reason: found.reason, claimed_minor: claimed, received_face_minor: None, now: self.cx.now };
        let units: Vec<&Unit> = found.units.iter().filter_map(|no| file.unit(*no)).collect();
        let plan = settle(file, &units, &facts, self.cx)?;
        self.carry_out(case, plan)
    }

    fn carry_out(&mut self, case: u16, plan: Plan) -> Result<(), Refusal> {
        match plan {
            Plan::Approve(verdict) => {
                let awards = verdict.awards.clone();
                self.award_units(case, awards, verdict.into())
            }
            Plan::Reject(code, verdict) => self.reject_with(case, code, verdict.into()),
            Plan::Seller => self.ask_seller(case),
            Plan::Review(desk) => self.start_review(case, desk, Hearing::First),
        }
    }
}

impl From<Verdict> for Grounds {
    fn from(verdict: Verdict) -> Self {
        Self {
            by: DecidedBy::Automatic,
            judge: None,
            row: verdict.row,
            rules: verdict.rules,
            facts: verdict.grounds,
            answers: None,
            words: None,
        }
    }
}

/// What would follow from an application, or why it would be refused. Nothing is written.
///
/// # Errors
/// The refusal the command itself would get.
pub fn plan(
    file: &OrderFile,
    application: &Application<'_>,
    with_evidence: bool,
    cx: &Context<'_>,
) -> Result<Plan, Refusal> {
    if !is_paid(&file.status) {
        return Err(Refusal::WrongState { state: file.status.code() });
    }
    let units = asked_units(file, application)?;
    if application.to_balance && !matches!(file.buyer, Party::Account(_)) {
        return Err(Refusal::BalanceNeedsAccount);
    }
    if application.claimed.currency() != file.currency || !application.claimed.is_positive() {
        return Err(Refusal::BadAmount);
    }
    check_received_face(file, &units, application)?;
    check_earlier_cases(file, application, with_evidence, cx)?;
    let facing = Facing {
        reason: application.reason,
        claimed_minor: application.claimed.minor(),
        received_face_minor: application.received_face.map(Money::minor),
        now: cx.now,
    };
    settle(file, &units, &facing, cx)
}

/// What follows for a case from what is on record by now, its claim as it was made.
pub(super) fn judged_again(file: &OrderFile, case: &Case, cx: &Context<'_>) -> Result<Plan, Refusal> {
    let units: Vec<&Unit> = case.units.iter().filter_map(|no| file.unit(*no)).collect();
    let facing = Facing {
        reason: case.reason,
        claimed_minor: case.claimed_minor,
        received_face_minor: case.received_face_minor,
        now: case.applied_at,
    };
    settle(file, &units, &facing, cx)
}

/// S11: the last case for one of these units that ended without money.
fn followed(file: &OrderFile, units: &[u16]) -> Option<u16> {
    let ended = |case: &&Case| matches!(case.state, CaseState::Rejected { .. } | CaseState::Closed { .. });
    let same = |case: &&Case| case.units.iter().any(|unit| units.contains(unit));
    file.cases.iter().filter(ended).rfind(same).map(|case| case.ordinal)
}

/// The units asked for: each one of this order, once, with something left.
fn asked_units<'f>(file: &'f OrderFile, application: &Application<'_>) -> Result<Vec<&'f Unit>, Refusal> {
    if application.units.is_empty() {
        return Err(Refusal::Missing { field: "units" });
    }
    let asked: BTreeSet<u16> = application.units.iter().copied().collect();
    let units = asked.iter().map(|no| file.unit(*no).ok_or(Refusal::NotFound)).collect::<Result<Vec<_>, _>>()?;
    if let Some(case) = asked.iter().find_map(|no| file.open_case_of(*no)) {
        return Err(Refusal::Duplicate { case: file.case_id(case.ordinal) });
    }
    if units.iter().all(|unit| unit.refundable_minor() <= 0) {
        return Err(Refusal::NothingLeft);
    }
    Ok(units)
}

fn check_received_face(file: &OrderFile, units: &[&Unit], application: &Application<'_>) -> Result<(), Refusal> {
    let Some(received) = application.received_face else { return Ok(()) };
    let fits =
        |unit: &&Unit| file.item_of(unit).is_some_and(|item| (0..item.terms.face_minor).contains(&received.minor()));
    if application.reason != Reason::NotAsDescribed || received.currency() != file.currency || !units.iter().all(fits) {
        return Err(Refusal::Missing { field: "received_face" });
    }
    Ok(())
}

/// R22: withdrawn and applied again at most so often; after a rejection something new.
fn check_earlier_cases(
    file: &OrderFile,
    application: &Application<'_>,
    with_evidence: bool,
    cx: &Context<'_>,
) -> Result<(), Refusal> {
    if application.reason == Reason::DuplicateCharge
        && let Some(case) = file.cases.iter().find(|case| case.extra_payment.is_some())
    {
        return Err(Refusal::Duplicate { case: file.case_id(case.ordinal) });
    }
    let same_units = |case: &&Case| case.units.iter().any(|unit| application.units.contains(unit));
    let withdrawn =
        file.cases.iter().filter(same_units).filter(|c| matches!(c.state, CaseState::Withdrawn { .. })).count();
    let most = cx.policy.parameters().most_withdrawals;
    if withdrawn > most as usize {
        return Err(Refusal::TooManyApplications { most });
    }
    let rejected = file.cases.iter().filter(same_units).rfind(|c| {
        matches!(&c.state, CaseState::Rejected { code, .. } if *code != RejectCode::RejectWindow)
            && c.reason == application.reason
    });
    match rejected {
        Some(case) if !with_evidence => Err(Refusal::NothingNew { case: file.case_id(case.ordinal) }),
        _ => Ok(()),
    }
}

/// A claim as the rules face it.
struct Facing {
    reason: Reason,
    claimed_minor: i64,
    received_face_minor: Option<i64>,
    now: Instant,
}

/// Who decides, and, where the program does or the window is closed, what.
fn settle(file: &OrderFile, units: &[&Unit], facing: &Facing, cx: &Context<'_>) -> Result<Plan, Refusal> {
    let (mut route, mut verdict) = (Route::Automatic, Verdict::default());
    let (mut rejected, mut refused, mut outside_window) = (None, None, 0);
    for unit in units.iter().filter(|unit| unit.refundable_minor() > 0) {
        let facts = unit_facts(file, unit, facing, cx).ok_or(Refusal::Inconsistent { what: "unit without item" })?;
        // A hint says who looks; what the rules make of the claim never rests on it.
        route = stricter(route, cx.policy.route(&Facts { forgery_finding: cx.facts.forgery_hint, ..facts }).to);
        let judged = cx.policy.judge(&facts);
        if verdict.grounds.is_empty() {
            verdict.row = judged.row.to_owned();
            verdict.rules = judged.rules.to_vec();
        }
        match verdict.grounds.iter_mut().find(|ground| ground.facts == facts) {
            Some(ground) => ground.units.push(unit.no),
            None => verdict.grounds.push(UnitGround { units: vec![unit.no], row: judged.row.to_owned(), facts }),
        }
        match judged.outcome {
            Outcome::Reject { code } => {
                outside_window += usize::from(code == RejectCode::RejectWindow);
                rejected.get_or_insert(code);
            }
            Outcome::Refuse { code } => {
                refused.get_or_insert_with(|| refusal(code, file, unit));
            }
            Outcome::ApproveFull { .. } | Outcome::ApprovePart { .. } => {
                verdict.awards.push(award(file, unit, facing, judged.outcome)?);
            }
        }
    }
    if let Some(refusal) = refused {
        return Err(refusal);
    }
    let late = outside_window > 0 && outside_window == verdict.grounds.iter().map(|g| g.units.len()).sum::<usize>();
    match (route, rejected) {
        (_, Some(code)) if late => Ok(Plan::Reject(code, verdict)),
        (Route::Seller, _) => Ok(Plan::Seller),
        (Route::Reviewer, _) => Ok(Plan::Review(Desk::Review)),
        (Route::Risk, _) => Ok(Plan::Review(Desk::Risk)),
        (Route::Automatic, Some(code)) if verdict.awards.is_empty() => Ok(Plan::Reject(code, verdict)),
        (Route::Automatic, _) => {
            cap(&mut verdict.awards, facing)?;
            Ok(Plan::Approve(verdict))
        }
    }
}

/// What an approval amounts to for one unit: its limit (R11, R12), less the fee the row allows (R10).
fn award(file: &OrderFile, unit: &Unit, facing: &Facing, outcome: Outcome) -> Result<UnitAward, Refusal> {
    let terms = &file.item_of(unit).ok_or(Refusal::Inconsistent { what: "unit without item" })?.terms;
    let basis_points = match outcome.fee() {
        Fee::None => 0,
        Fee::Disclosed => terms.fee_basis_points,
        Fee::Special => terms.special.as_ref().map_or(0, |special| special.fee_basis_points),
    };
    let rate = BasisPoints::new(basis_points).map_err(|_| Refusal::Inconsistent { what: "fee" })?;
    let approved = unit_limit(file, facing.received_face_minor, unit);
    Ok(UnitAward {
        unit: unit.no,
        refundable_minor: unit.refundable_minor(),
        approved_minor: approved,
        fee_minor: fee_floor(Money::new(approved, file.currency), rate).minor(),
    })
}

/// Never more than was asked for. A change of mind gives the unit back, so it is about its whole price.
fn cap(awards: &mut [UnitAward], facing: &Facing) -> Result<(), Refusal> {
    let approved: i64 = awards.iter().map(|a| a.approved_minor).sum();
    if facing.reason == Reason::Personal || facing.claimed_minor >= approved {
        return Ok(());
    }
    let weights: Vec<i64> = awards.iter().map(|a| a.approved_minor).collect();
    let parts = split_by(facing.claimed_minor, &weights).map_err(|_| Refusal::BadAmount)?;
    for (award, part) in awards.iter_mut().zip(parts) {
        award.approved_minor = part;
    }
    Ok(())
}

fn refusal(code: RefuseCode, file: &OrderFile, unit: &Unit) -> Refusal {
    match code {
        RefuseCode::NotYetDue => Refusal::NotYetDue { from: promise_end(file, unit).unwrap_or(file.placed_at) },
        RefuseCode::NothingLeft => Refusal::NothingLeft,
        RefuseCode::Duplicate => match file.open_case_of(unit.no).or(file.cases.last()) {
            Some(case) => Refusal::Duplicate { case: file.case_id(case.ordinal) },
            None => Refusal::NothingLeft,
        },
    }
}

/// Risk before a reviewer, a reviewer before the seller, anybody before the program.
fn stricter(a: Route, b: Route) -> Route {
    let weight = |route| match route {
        Route::Automatic => 0,
        Route::Seller => 1,
        Route::Reviewer => 2,
        Route::Risk => 3,
    };
    if weight(b) > weight(a) { b } else { a }
}

/// First instant after the delivery promise (R24).
fn promise_end(file: &OrderFile, unit: &Unit) -> Option<Instant> {
    let hours = i64::from(file.item_of(unit)?.terms.promise_hours);
    Some(file.status.paid_at()?.plus_hours(hours).plus_micros(1))
}

/// What the platform itself knows about one unit of a claim.
fn unit_facts(file: &OrderFile, unit: &Unit, facing: &Facing, cx: &Context<'_>) -> Option<Facts> {
    let terms = &file.item_of(unit)?.terms;
    let parameters = cx.policy.parameters();
    let promise_end = promise_end(file, unit)?;
    let available_at = unit.state.available_at();
    let within_days =
        |days| available_at.is_none_or(|at| cx.calendar.natural_days_after(at, days).is_in_time(facing.now));
    let special = terms.special.as_ref().filter(|special| {
        facing.reason == Reason::Personal
            && special.until.is_none_or(|until| !reached(&unit.state, until))
            && within_days(special.days)
    });
    let mut facts = Facts::ordinary(facing.reason, UnitCode::from(&unit.state));
    facts.amount_minor = facing.claimed_minor;
    facts.extra_payment = file
        .payments
        .iter()
        .any(|p| matches!(p.state, PaymentState::Extra { .. }) && p.returned_minor < p.amount_minor);
    facts.delivery_event = terms.delivery_event;
    facts.delivery_event_reached = reached(&unit.state, terms.delivery_event);
    facts.promise_ended = promise_end <= facing.now;
    facts.delivered_late = available_at.is_some_and(|at| promise_end <= at);
    facts.within_window = within_window(file, unit, facing, cx);
    facts.within_seven_days = within_days(parameters.without_confirmation_days);
    facts.confirmation_ticked = file.item_of(unit)?.confirmed;
    facts.fee_disclosed = terms.fee_basis_points > 0;
    facts.special_agreement_applies = special.is_some();
    facts.special_agreement_fee_bp = special.map_or(0, |special| i64::from(special.fee_basis_points));
    facts.arrival_proven = matches!(unit.state, UnitState::Credited { .. });
    facts.redeemed_before_reveal = matches!(unit.state, UnitState::Redeemed { revealed_at: None, .. });
    facts.restricted_buyer = cx.facts.restricted_buyer;
    facts.several_accounts_one_payer = cx.facts.several_accounts_one_payer;
    let claimed = Money::new(facing.claimed_minor, file.currency);
    facts.large_amount = parameters.is_large(in_books(claimed, cx.facts.day_rate.as_ref()));
    facts.self_operated = terms.self_operated;
    Some(facts)
}

/// R6: whether the event that counts as delivery has happened.
fn reached(state: &UnitState, event: DeliveryEvent) -> bool {
    match event {
        DeliveryEvent::CodeGenerated => state.available_at().is_some(),
        DeliveryEvent::CodeRevealed => matches!(
            state,
            UnitState::Revealed { .. } | UnitState::Redeemed { revealed_at: Some(_), .. } | UnitState::Credited { .. }
        ),
        DeliveryEvent::Credited => matches!(state, UnitState::Credited { .. } | UnitState::Redeemed { .. }),
    }
}

/// R5 and R31: until the window of the order closes; for a fault also through the unit's warranty. Claims about goods
/// that never came have no window.
fn within_window(file: &OrderFile, unit: &Unit, facing: &Facing, cx: &Context<'_>) -> bool {
    let OrderStatus::Completed { window_until, .. } = &file.status else { return true };
    let warranty = file.item_of(unit).map_or(0, |item| item.terms.warranty_days);
    let in_warranty = facing.reason.is_fault()
        && warranty > 0
        && unit.completed_at.is_some_and(|at| cx.calendar.natural_days_after(at, warranty).is_in_time(facing.now));
    unit.state.available_at().is_none()
        || window_until.is_in_time(facing.now)
        || window_until.provisional
        || in_warranty
}
