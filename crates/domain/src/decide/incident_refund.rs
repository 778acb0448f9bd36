//! An order that a mass incident is about (S29): what is left of its units goes back. An open case about them is decided,
//! never doubled; nothing is refunded twice, whatever else happens to the file meanwhile (T01, T02).

use super::Draft;
use super::award::{Grounds, is_paid};
use crate::actor::Actor;
use crate::case::{Case, CaseState, DecidedBy, UnitAward};
use crate::event::OrderEvent;
use crate::hearing::Hearing;
use crate::ids::DeskId;
use crate::incident::{Bearer, Incident, IncidentState};
use crate::order_file::{OrderFile, Unit, UnitState};
use crate::refusal::Refusal;
use crate::stock::{StockFate, fate};
use yuanlu_money::{BasisPoints, Money, fee_floor};

impl Draft<'_, '_> {
    /// Refunds these units because of an incident that runs.
    pub(super) fn refund_incident(&mut self, desk: &DeskId, units: &[u16]) -> Result<(), Refusal> {
        if *self.by != Actor::Program {
            return Err(Refusal::NotYours);
        }
        let incident = self.cx.facts.incident.clone().filter(|incident| incident.desk == *desk);
        let incident = incident.ok_or(Refusal::NotFound)?;
        if incident.state != IncidentState::Running {
            return Err(Refusal::WrongState { state: incident.state.code() });
        }
        let file = self.file()?;
        if file.cases.iter().any(|case| was_decided_by(case, desk)) {
            return Err(Refusal::OnlyOnce);
        }
        if !is_paid(&file.status) {
            return Err(Refusal::WrongState { state: file.status.code() });
        }
        let wanted = affected(file, &incident, units)?;
        let open = open_cases(file, &wanted)?;
        for case in &open {
            let held = self.case(*case)?.units.clone();
            let here: Vec<u16> = wanted.iter().copied().filter(|unit| held.contains(unit)).collect();
            self.end_buyers_remedy(*case, &here, &incident)?;
            self.award_incident(*case, &here, &incident)?;
        }
        let file = self.file()?;
        let rest: Vec<&Unit> = wanted.iter().filter_map(|no| file.unit(*no)).collect();
        let rest: Vec<&Unit> = rest.into_iter().filter(|unit| unit.refundable_minor() > 0).collect();
        if rest.is_empty() {
            return Ok(());
        }
        let amount = rest.iter().map(|unit| unit.refundable_minor()).sum();
        let rest: Vec<u16> = rest.into_iter().map(|unit| unit.no).collect();
        let case = self.open_case(rest.clone(), None, incident.reason, amount)?;
        self.award_incident(case, &rest, &incident)
    }

    /// All that is left of these units of a case, without a fee: the fault is not the buyer's (R8).
    fn award_incident(&mut self, case: u16, units: &[u16], incident: &Incident) -> Result<(), Refusal> {
        let file = self.file()?;
        let units: Vec<&Unit> = units.iter().filter_map(|no| file.unit(*no)).collect();
        let award = |unit: &&Unit| UnitAward {
            unit: unit.no,
            refundable_minor: unit.refundable_minor(),
            approved_minor: unit.refundable_minor(),
            fee_minor: 0,
        };
        let awards: Vec<UnitAward> = units.iter().map(award).filter(|award| award.approved_minor > 0).collect();
        let blames = incident.reason.blames_code() || self.case(case)?.reason.blames_code();
        let mut lost = 0;
        for award in &awards {
            lost += sellers_loss(file, award, blames)?;
        }
        let mut grounds = Grounds::of_rule(DecidedBy::Incident, incident.approved_by.clone(), "R8", &["R12"]);
        grounds.row = incident.desk.to_string();
        self.award_blaming(case, awards, grounds, blames)?;
        match incident.bearer {
            Bearer::Platform if lost > 0 => self.emit(OrderEvent::SellerCompensated { case, amount_minor: lost }),
            Bearer::Platform | Bearer::Seller => Ok(()),
        }
    }

    /// What the buyer asks for in an appeal or a complaint, he gets.
    fn end_buyers_remedy(&mut self, case: u16, units: &[u16], incident: &Incident) -> Result<(), Refusal> {
        let hearing = self.case(case)?.remedy.as_ref().map(|remedy| remedy.sitting.hearing);
        let Some(hearing) = hearing.filter(|hearing| *hearing != Hearing::Objection) else { return Ok(()) };
        let file = self.file()?;
        let granted = units.iter().filter_map(|no| file.unit(*no)).map(Unit::refundable_minor).sum();
        self.end_remedy_in_favour(case, hearing, granted, incident)
    }
}

/// Whether an incident had its say in a case.
pub fn was_decided_by(case: &Case, incident: &DeskId) -> bool {
    case.decisions.iter().any(|decision| decision.by == DecidedBy::Incident && decision.row == incident.as_str())
}

/// The units that the incident refunds now, or why none.
fn affected(file: &OrderFile, incident: &Incident, units: &[u16]) -> Result<Vec<u16>, Refusal> {
    let named = file.units.iter().filter(|unit| units.is_empty() || units.contains(&unit.no));
    let (mut left, mut why) = (Vec::new(), Refusal::NothingLeft);
    for unit in named.filter(|unit| unit.refundable_minor() > 0) {
        let used = matches!(unit.state, UnitState::Redeemed { .. } | UnitState::Credited { .. });
        if was_replaced_since(file, unit.no, incident) {
            why = Refusal::WrongState { state: "replaced" };
        } else if used && !incident.selection.used {
            why = Refusal::WrongState { state: unit.state.code() };
        } else {
            left.push(unit.no);
        }
    }
    if left.is_empty() { Err(why) } else { Ok(left) }
}

/// The buyer took another code meanwhile, and it is not the bad one any more (R26).
fn was_replaced_since(file: &OrderFile, unit: u16, incident: &Incident) -> bool {
    file.cases.iter().any(|case| {
        matches!(case.state, CaseState::Replaced { at } if at >= incident.proposed_at) && case.units.contains(&unit)
    })
}

/// Open cases about these units. One that nobody decided and that is about more than them is not the incident's to decide.
fn open_cases(file: &OrderFile, wanted: &[u16]) -> Result<Vec<u16>, Refusal> {
    let about = file.cases.iter().filter(|case| case.is_open() && case.units.iter().any(|unit| wanted.contains(unit)));
    let mut open = Vec::new();
    for case in about {
        let remedy = case.remedy.as_ref().is_some_and(|remedy| remedy.sitting.hearing != Hearing::Objection);
        let heard = case.state.is_undecided() || remedy;
        let more = case.units.iter().filter(|unit| !wanted.contains(unit)).filter_map(|no| file.unit(*no));
        if heard && more.into_iter().any(|unit| unit.refundable_minor() > 0) {
            return Err(Refusal::Duplicate { case: file.case_id(case.ordinal) });
        }
        open.push(case.ordinal);
    }
    Ok(open)
}

/// What a refund costs the seller beside a sale that did not happen: goods that he does not get back, less the commission.
fn sellers_loss(file: &OrderFile, award: &UnitAward, blames: bool) -> Result<i64, Refusal> {
    let unit = file.unit(award.unit).ok_or(Refusal::Inconsistent { what: "unit" })?;
    let comes_back = match unit.state {
        UnitState::Sealed { .. } => fate(false, blames) == StockFate::Free,
        UnitState::Revealed { .. } | UnitState::Redeemed { .. } | UnitState::Credited { .. } => false,
        UnitState::Unpaid | UnitState::Awaiting | UnitState::SoldOut | UnitState::Returned => true,
    };
    let item = file.item_of(unit).ok_or(Refusal::Inconsistent { what: "unit without item" })?;
    if comes_back || item.terms.self_operated {
        return Ok(0);
    }
    let rate = BasisPoints::new(item.terms.commission_basis_points)
        .map_err(|_| Refusal::Inconsistent { what: "commission" })?;
    Ok(award.approved_minor - fee_floor(Money::new(award.approved_minor, file.currency), rate).minor())
}
