//! Rows, conditions, traces and changes of policies as pages and API show them.

use crate::views::{
    ArrivalChangeView, ArrivalView, ConditionView, OutcomeChangeView, ParameterChangeView, PolicyChangeView,
    RowChangeView, RuleView, TraceRow, TraceView,
};
use yuanlu_domain::case::UnitGround;
use yuanlu_domain::policy::{
    Comparison, Condition, Fact, Fee, Op, Outcome, OutcomeChange, Policy, Route, Row, RowTrace, Value,
};
use yuanlu_domain::time::Instant;

/// What follows from a row, as a stable code.
pub(crate) trait Then: Copy {
    fn then(self) -> &'static str;
}

impl Then for Outcome {
    fn then(self) -> &'static str {
        match self {
            Self::ApproveFull { fee: Fee::None } => "full",
            Self::ApproveFull { fee: Fee::Disclosed } => "full_less_fee",
            Self::ApproveFull { fee: Fee::Special } => "full_less_special_fee",
            Self::ApprovePart { .. } => "part",
            Self::Reject { .. } => "reject",
            Self::Refuse { .. } => "refuse",
        }
    }
}

impl Then for Route {
    fn then(self) -> &'static str {
        self.code()
    }
}

fn value(value: Value) -> serde_json::Value {
    match value {
        Value::Bool(yes) => yes.into(),
        Value::Int(number) => number.into(),
        Value::Text(text) => text.into(),
    }
}

pub(crate) fn condition_view(condition: &Condition) -> ConditionView {
    let fact = condition.fact;
    let op = match condition.op {
        Op::Is => "is",
        Op::IsNot => "is_not",
        Op::In => "in",
        Op::NotIn => "not_in",
        Op::AtLeast => "at_least",
        Op::AtMost => "at_most",
        Op::MoreThan => "more_than",
        Op::LessThan => "less_than",
    };
    let values = condition.values.iter().copied().map(value).collect();
    ConditionView { fact: fact.id(), zh: fact.zh(), en: fact.en(), op, values }
}

fn rule_view<T: Then>(table: &'static str, row: &Row<T>) -> RuleView {
    RuleView {
        table,
        row: row.id.clone(),
        rules: row.rules.clone(),
        when: row.when.iter().map(condition_view).collect(),
        then: row.then.then(),
        zh: row.text.zh.clone(),
        en: row.text.en.clone(),
    }
}

/// Every row in words.
pub(crate) fn rule_views(policy: &Policy) -> Vec<RuleView> {
    let eligibility = policy.eligibility().rows().iter().map(|row| rule_view("eligibility", row));
    eligibility.chain(policy.routing().rows().iter().map(|row| rule_view("routing", row))).collect()
}

/// Every arrival time.
pub(crate) fn arrival_views(policy: &Policy) -> Vec<ArrivalView> {
    let view = |line: &yuanlu_domain::policy::Arrival| ArrivalView {
        kind: line.kind.clone(),
        typical_from: line.typical_from,
        typical_to: line.typical_to,
        hard: line.hard,
        zh: line.zh.clone(),
        en: line.en.clone(),
    };
    policy.arrivals().iter().map(view).collect()
}

/// How both tables were gone through for the units of a decision.
pub(crate) fn trace_views(policy: &Policy, grounds: &[UnitGround]) -> Vec<TraceView> {
    let rows = |trace: Vec<RowTrace<'_>>| {
        let row = |row: RowTrace<'_>| TraceRow {
            row: row.row.to_owned(),
            failed: row.failed.map(|(condition, _)| condition_view(condition)),
            found: row.failed.map(|(_, found)| value(found)),
        };
        trace.into_iter().map(row).collect()
    };
    let of = |ground: &UnitGround| {
        [
            ("eligibility", rows(policy.eligibility().trace(&ground.facts).1)),
            ("routing", rows(policy.routing().trace(&ground.facts).1)),
        ]
        .map(|(table, rows)| TraceView { units: ground.units.clone(), table, rows })
    };
    grounds.iter().flat_map(of).collect()
}

fn example(facts: &[(Fact, Value)]) -> Vec<ConditionView> {
    let is = |(fact, value): &(Fact, Value)| Condition { fact: *fact, op: Op::Is, values: vec![*value] };
    facts.iter().map(|fact| condition_view(&is(fact))).collect()
}

fn outcome_view(before: &Policy, after: &Policy, change: &OutcomeChange) -> OutcomeChangeView {
    let then = |policy: &Policy, id: &str| {
        let eligibility = policy.eligibility().rows().iter().find(|row| row.id == id).map(|row| row.then.then());
        let routing = policy.routing().rows().iter().find(|row| row.id == id).map(|row| row.then.then());
        if change.table == "routing" { routing } else { eligibility }.unwrap_or_default()
    };
    OutcomeChangeView {
        table: change.table,
        before: change.before.clone(),
        after: change.after.clone(),
        then_before: then(before, &change.before),
        then_after: then(after, &change.after),
        effect: change.effect.code(),
        example: example(&change.example),
    }
}

pub(crate) fn change_view(before: &Policy, after: &Policy, change: &Comparison, earliest: Instant) -> PolicyChangeView {
    let parameters = change.parameters.iter().map(|change| ParameterChangeView {
        name: change.name.clone(),
        before: change.before,
        after: change.after,
        effect: change.effect.code(),
    });
    let rows = change.rows.iter();
    let rows = rows.map(|row| RowChangeView { table: row.table, row: row.row.clone(), edit: row.edit.code() });
    let arrivals = change.arrivals.iter().map(|line| ArrivalChangeView {
        kind: line.kind.clone(),
        before: line.before.into(),
        after: line.after.into(),
        effect: line.effect.code(),
    });
    PolicyChangeView {
        version: after.version().to_owned(),
        against: before.hash().to_string(),
        against_version: before.version().to_owned(),
        same: change.is_empty(),
        shrinks: change.shrinks(),
        notice_days: change.notice_days(),
        earliest: earliest.date_text(),
        effective_from: after.effective_from().date_text(),
        parameters: parameters.collect(),
        rows: rows.collect(),
        outcomes: change.outcomes.iter().map(|change| outcome_view(before, after, change)).collect(),
        arrivals: arrivals.collect(),
    }
}
