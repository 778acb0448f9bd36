//! What changes from one policy to the next, and whether anybody's rights shrink by it.
//!
//! Numbers are compared one by one, tables over the whole space of facts: where the two lead to different things, and
//! only there, something changes, however their rows are cut, named or ordered. What cannot be said to be at least as
//! good for everybody counts as shrinking.

use super::error::PolicyError;
use super::facts::{Fact, Value};
use super::outcome::{Fee, Outcome, RefuseCode, Route};
use super::parameters::Parameters;
use super::space::{Cells, Space, intersection};
use super::table::{Condition, Row, Table};
use super::{ELIGIBILITY, Policy, ROUTING, arrival};
use std::collections::{BTreeMap, BTreeSet};

/// Days of notice before a change by which rights shrink.
pub const LONG_NOTICE_DAYS: u32 = 15;
/// Days of notice before any other change.
pub const SHORT_NOTICE_DAYS: u32 = 7;

/// What a change means for the people it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// It touches nobody's rights.
    None,
    /// Rights widen.
    Widens,
    /// It is better for some and worse for others, or cannot be told: treated like shrinking.
    Unclear,
    /// Buyers' rights shrink.
    Shrinks,
}

impl Effect {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Widens => "widens",
            Self::Unclear => "unclear",
            Self::Shrinks => "shrinks",
        }
    }

    /// Whether it takes the long notice.
    pub fn needs_long_notice(self) -> bool {
        matches!(self, Self::Shrinks | Self::Unclear)
    }
}

/// How one number moves the rights of a buyer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaning {
    /// More is better.
    More,
    /// Less is better.
    Less,
    /// Every change takes something from somebody.
    Either,
    /// Only the platform's own work depends on it.
    Own,
}

/// A number nobody has thought about leans either way: in doubt the longer notice.
fn leaning(parameter: &str) -> Leaning {
    use Leaning::{Either, Less, More, Own};
    match parameter {
        "window_days"
        | "least_window_days"
        | "most_window_days"
        | "without_confirmation_days"
        | "coupon_reissue_days"
        | "supplement_working_days"
        | "appeal_working_days"
        | "most_appeals"
        | "complaint_days"
        | "most_withdrawals"
        | "restricted_after_claims"
        | "completion_hours"
        | "most_warranty_days"
        | "offer_answer_working_days"
        | "most_person_requests"
        | "lot_years"
        | "first_lot_warning_days"
        | "last_lot_warning_days"
        | "top_up_most_minor"
        | "balance_most_minor"
        | "payment_hours"
        | "panel_evidence_hours"
        | "credit_start"
        | "forgery_points"
        | "conduct_points"
        | "one_payer_accounts"
        | "disproved_points" => More,
        "fee_basis_points"
        | "most_fee_basis_points"
        | "route_reminder_working_days"
        | "review_working_days"
        | "review_warning_working_days"
        | "escalation_working_days"
        | "appeal_decision_working_days"
        | "complaint_decision_working_days"
        | "credit_decay_days"
        | "restricted_within_days"
        | "one_payer_within_days"
        | "promise_hours"
        | "most_promise_hours"
        | "top_up_least_minor"
        | "small_house_overdue_factor" => Less,
        "claim_idle_minutes"
        | "reminder_hours"
        | "take_back_seconds"
        | "required_deposit_minor"
        | "raised_deposit_minor"
        | "payout_account_wait_hours"
        | "withdrawal_working_days" => Own,
        _ => Either,
    }
}

/// A number that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterChange {
    /// Its name.
    pub name: String,
    /// What it was; `None`: there was none.
    pub before: Option<i64>,
    /// What it will be.
    pub after: Option<i64>,
    /// What that means.
    pub effect: Effect,
}

/// How a row differs from the one of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowEdit {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its conditions, what follows, or its place changed.
    Changed,
    /// Only its words changed.
    Reworded,
}

impl RowEdit {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Reworded => "reworded",
        }
    }
}

/// A row that is not the same any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// The table.
    pub table: &'static str,
    /// The row.
    pub row: String,
    /// How.
    pub edit: RowEdit,
}

/// Facts that one row decided and another will decide, to another end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeChange {
    /// The table.
    pub table: &'static str,
    /// The row that decides such facts today.
    pub before: String,
    /// The row that will.
    pub after: String,
    /// What that means.
    pub effect: Effect,
    /// One set of such facts.
    pub example: Vec<(Fact, Value)>,
}

/// An arrival time that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivalChange {
    /// The kind of channel.
    pub kind: String,
    /// Usual and latest working days until now.
    pub before: (u32, u32, u32),
    /// And then.
    pub after: (u32, u32, u32),
    /// What that means.
    pub effect: Effect,
}

/// Everything that changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Numbers.
    pub parameters: Vec<ParameterChange>,
    /// Rows as written.
    pub rows: Vec<RowChange>,
    /// What follows from facts.
    pub outcomes: Vec<OutcomeChange>,
    /// Arrival times.
    pub arrivals: Vec<ArrivalChange>,
}

impl Comparison {
    /// Nothing changes, not even a word.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.rows.is_empty() && self.outcomes.is_empty() && self.arrivals.is_empty()
    }

    /// Whether somebody's rights shrink, or may.
    pub fn shrinks(&self) -> bool {
        let parameters = self.parameters.iter().map(|change| change.effect);
        let outcomes = self.outcomes.iter().map(|change| change.effect);
        let arrivals = self.arrivals.iter().map(|change| change.effect);
        parameters.chain(outcomes).chain(arrivals).any(Effect::needs_long_notice)
    }

    /// Days of notice the change takes.
    pub fn notice_days(&self) -> u32 {
        if self.shrinks() { LONG_NOTICE_DAYS } else { SHORT_NOTICE_DAYS }
    }
}

impl Policy {
    /// What changes from `before` to this policy.
    ///
    /// # Errors
    /// When the two tables together are too complex to be compared.
    pub fn compare(&self, before: &Self) -> Result<Comparison, PolicyError> {
        let mut outcomes = outcome_changes(ELIGIBILITY, &before.eligibility, &self.eligibility, judged)?;
        outcomes.extend(outcome_changes(ROUTING, &before.routing, &self.routing, routed)?);
        let mut rows = row_changes(ELIGIBILITY, &before.eligibility, &self.eligibility);
        rows.extend(row_changes(ROUTING, &before.routing, &self.routing));
        Ok(Comparison {
            parameters: self.changed_parameters(before),
            rows,
            outcomes,
            arrivals: self.changed_arrivals(before),
        })
    }

    fn changed_parameters(&self, before: &Self) -> Vec<ParameterChange> {
        let (old, new) = (before.parameters.by_name(), self.parameters.by_name());
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let change = |name: &String| {
            let (before, after) = (old.get(name).copied(), new.get(name).copied());
            let effect = match (leaning(name), before, after) {
                _ if before == after => return None,
                (Leaning::Own, _, _) => Effect::None,
                (Leaning::More, Some(before), Some(after)) => better(after > before),
                (Leaning::Less, Some(before), Some(after)) => better(after < before),
                _ => Effect::Unclear,
            };
            Some(ParameterChange { name: name.clone(), before, after, effect })
        };
        names.into_iter().filter_map(change).collect()
    }

    fn changed_arrivals(&self, before: &Self) -> Vec<ArrivalChange> {
        let kinds: BTreeSet<&str> = before.arrival.iter().chain(&self.arrival).map(|line| line.kind.as_str()).collect();
        let days = |line: &arrival::Arrival| (line.typical_from, line.typical_to, line.hard);
        let change = |kind: &str| {
            let (before, after) = (days(before.arrival(kind)), days(self.arrival(kind)));
            let effect = match (before.1.cmp(&after.1), before.2.cmp(&after.2)) {
                _ if before == after => return None,
                (a, b) if a.is_ge() && b.is_ge() => Effect::Widens,
                _ => Effect::Shrinks,
            };
            Some(ArrivalChange { kind: kind.to_owned(), before, after, effect })
        };
        kinds.into_iter().filter_map(change).collect()
    }
}

impl Parameters {
    /// Every number under its name.
    pub fn by_name(&self) -> BTreeMap<String, i64> {
        let stored = serde_json::to_value(self).unwrap_or_default();
        let numbers = stored.as_object().into_iter().flatten();
        numbers.filter_map(|(name, value)| Some((name.clone(), value.as_i64()?))).collect()
    }
}

fn better(yes: bool) -> Effect {
    if yes { Effect::Widens } else { Effect::Shrinks }
}

/// Rank of what a buyer gets, where it can be ranked: everything, everything but a fee, nothing.
fn judged(before: Outcome, after: Outcome) -> Effect {
    let worth = |outcome: Outcome| match outcome {
        Outcome::ApproveFull { fee: Fee::None } => Some(3),
        Outcome::ApproveFull { fee: Fee::Disclosed | Fee::Special } => Some(2),
        Outcome::ApprovePart { .. } => None,
        // A rejection opens a case that can be appealed; a refusal does not.
        Outcome::Reject { .. } => Some(1),
        Outcome::Refuse { code: RefuseCode::NothingLeft | RefuseCode::Duplicate } => Some(0),
        Outcome::Refuse { code: RefuseCode::NotYetDue } => None,
    };
    match (worth(before), worth(after)) {
        (Some(before), Some(after)) if before != after => better(after > before),
        (Some(3), None) => Effect::Shrinks,
        (None, Some(3)) => Effect::Widens,
        // A part is more than nothing.
        (None, Some(_)) if before.is_approval() && !after.is_approval() => Effect::Shrinks,
        (Some(_), None) if after.is_approval() && !before.is_approval() => Effect::Widens,
        (None, None) if before.is_approval() != after.is_approval() => better(after.is_approval()),
        _ => Effect::Unclear,
    }
}

/// Whoever hears a case instead of another, somebody may be the worse for it.
fn routed(_before: Route, _after: Route) -> Effect {
    Effect::Unclear
}

/// Cuts the space of all facts by both tables and looks at every piece that both an old and a new row decide.
fn outcome_changes<T: Copy + PartialEq>(
    table: &'static str,
    before: &Table<T>,
    after: &Table<T>,
    effect: fn(T, T) -> Effect,
) -> Result<Vec<OutcomeChange>, PolicyError> {
    let old = Space::of(table, before, &conditions(after))?;
    let new = Space::of(table, after, &conditions(before))?;
    let decided_before = old.reach(table, old.everything())?;
    let decided_after = new.reach(table, new.everything())?;
    let mut found = Vec::new();
    for (was, old_boxes) in before.rows().iter().zip(&decided_before) {
        for (will, new_boxes) in after.rows().iter().zip(&decided_after) {
            if was.then == will.then {
                continue;
            }
            if let Some(cells) = meeting(old_boxes, new_boxes) {
                found.push(OutcomeChange {
                    table,
                    before: was.id.clone(),
                    after: will.id.clone(),
                    effect: effect(was.then, will.then),
                    example: new.example(&cells),
                });
            }
        }
    }
    Ok(found)
}

fn conditions<T>(table: &Table<T>) -> Vec<&[Condition]> {
    table.rows().iter().map(|row| row.when.as_slice()).collect()
}

fn meeting(some: &[Cells], others: &[Cells]) -> Option<Cells> {
    some.iter().find_map(|cells| others.iter().find_map(|other| intersection(cells, other)))
}

fn row_changes<T: PartialEq>(table: &'static str, before: &Table<T>, after: &Table<T>) -> Vec<RowChange> {
    let find = |table: &'_ Table<T>, id: &str| table.rows().iter().position(|row| row.id == id);
    let change = |row: &Row<T>, edit| RowChange { table, row: row.id.clone(), edit };
    let mut found: Vec<RowChange> = before
        .rows()
        .iter()
        .filter(|row| find(after, &row.id).is_none())
        .map(|row| change(row, RowEdit::Removed))
        .collect();
    // A row keeps its place while it follows the same rows as before.
    let mut last_place = None;
    for row in after.rows() {
        let Some(place) = find(before, &row.id) else {
            found.push(change(row, RowEdit::Added));
            continue;
        };
        let old = &before.rows()[place];
        let moved = last_place.is_some_and(|last| place < last);
        last_place = last_place.max(Some(place));
        if moved || old.when != row.when || old.then != row.then {
            found.push(change(row, RowEdit::Changed));
        } else if old.text != row.text || old.rules != row.rules {
            found.push(change(row, RowEdit::Reworded));
        }
    }
    found
}
