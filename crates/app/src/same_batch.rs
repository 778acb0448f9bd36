//! The same decision for many cases about one batch of codes: codes of one product that were loaded together.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::case_view::desk_code;
use crate::errors::{AppError, Result};
use crate::inputs::{ApproveInput, ManyInput, Page, RejectInput};
use crate::order_view::permit;
use crate::principal::Principal;
use crate::views::{CaseSummary, DecidedView};
use std::collections::BTreeSet;
use yuanlu_domain::case::Case;
use yuanlu_domain::ids::{CaseId, OrderId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_storage::{order_file, refund_case, stock};

/// The most cases that are decided in one go.
pub const MOST_AT_ONCE: usize = 100;

impl App {
    /// Other cases about codes of the same batch that wait at the same desk, undecided and in nobody else's hands.
    pub fn same_batch(&self, who: &Principal, case: &CaseId) -> Result<Vec<CaseSummary>> {
        permit(who, Action::ViewQueue, &Object::Nothing)?;
        let (order, ordinal) = case.parts().ok_or(AppError::NotFound)?;
        self.db().snapshot(|db| {
            let file = order_file::find(db, &order)?.ok_or(AppError::NotFound)?.aggregate;
            let this = file.case(ordinal).ok_or(AppError::NotFound)?;
            let Some(desk) = first_line_desk(this) else { return Ok(Vec::new()) };
            let mut orders: BTreeSet<OrderId> = BTreeSet::new();
            for code in codes_of(&file, this) {
                orders.extend(stock::orders_of_batch(db, &code, MOST_AT_ONCE)?);
            }
            let ids: Vec<&str> = orders.iter().map(OrderId::as_str).collect();
            let mut rows = Vec::new();
            for stored in order_file::load(db, &ids)? {
                let other = stored.aggregate;
                let alike = other.cases.iter().filter(|found| {
                    let claimed = found.sitting().and_then(|sitting| sitting.claim.as_ref());
                    (&other.order, found.ordinal) != (&order, ordinal)
                        && first_line_desk(found) == Some(desk)
                        && found.reason == this.reason
                        && claimed.is_none_or(|claim| who.account() == Some(&claim.by))
                });
                for found in alike {
                    rows.extend(refund_case::find(db, &other.case_id(found.ordinal))?);
                }
            }
            rows.truncate(MOST_AT_ONCE);
            let page = Page { cursor: None, limit: Some(100) };
            Ok(self.case_listing(db, who, rows, &page, |_| String::new())?.items)
        })
    }

    /// Decides many cases alike, each in its own commit and by its own rules: what is refused for one leaves the others
    /// decided. An amount is meant for each of them; without one, each is approved as claimed.
    pub fn decide_many(&self, who: &Principal, input: &ManyInput, key: Option<&str>) -> Result<Vec<DecidedView>> {
        permit(who, Action::ViewQueue, &Object::Nothing)?;
        let cases: BTreeSet<&str> =
            input.cases.iter().map(|case| case.trim()).filter(|case| !case.is_empty()).collect();
        if cases.is_empty() {
            return Err(AppError::invalid("cases", "required"));
        }
        if cases.len() > MOST_AT_ONCE {
            return Err(AppError::invalid("cases", "too_large"));
        }
        let ManyInput { amount, code, clause, answers, words, .. } = input.clone();
        let decide = |case: &CaseId| {
            let key = key.map(|key| format!("{key}:{case}"));
            match (input.verdict.trim(), &code) {
                ("approve", _) => {
                    let input = ApproveInput { amount: amount.clone(), answers, words: words.clone() };
                    self.judge_approve(who, case, &input, key.as_deref())
                }
                ("reject", Some(code)) => {
                    let (code, clause, words) = (code.clone(), clause.clone(), words.clone());
                    self.judge_reject(who, case, &RejectInput { code, clause, answers, words }, key.as_deref())
                }
                ("reject", None) => Err(AppError::invalid("code", "required")),
                _ => Err(AppError::invalid("verdict", "unknown")),
            }
        };
        let mut decided = Vec::new();
        for case in cases {
            let refused = match decide(&CaseId::from(case)) {
                Ok(()) => None,
                // What is wrong with the decision itself is wrong for every case.
                Err(wrong @ AppError::Invalid { .. }) => return Err(wrong),
                Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                Err(other) => Some(other.code().to_owned()),
            };
            decided.push(DecidedView { case: case.to_owned(), refused });
        }
        Ok(decided)
    }
}

/// The desk of a first review that nobody has decided.
fn first_line_desk(case: &Case) -> Option<&'static str> {
    let sitting = case.sitting().filter(|sitting| case.remedy.is_none() && sitting.proposal.is_none())?;
    Some(desk_code(sitting.desk))
}

fn codes_of(file: &OrderFile, case: &Case) -> Vec<yuanlu_domain::ids::StockId> {
    let units = case.units.iter().filter_map(|no| file.unit(*no));
    units.filter_map(|unit| unit.state.stock().cloned()).collect()
}
