//! Policies: as everybody reads them, as an administrator prepares them, and as a decision came about by one.

use super::{MoneyView, When};
use serde::Serialize;
use utoipa::ToSchema;

/// A version of the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicyVersion {
    /// Hash that names it.
    pub hash: String,
    /// Its name.
    pub version: String,
    /// `coming`, `current` or `past`.
    pub state: &'static str,
    /// From when it holds for new orders.
    pub since: When,
    /// From when another does.
    pub until: Option<When>,
    /// When it was published.
    pub published_at: When,
}

/// A condition of a row: a fact and what it is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConditionView {
    /// Name of the fact.
    pub fact: &'static str,
    /// The fact in Chinese.
    pub zh: &'static str,
    /// The fact in English.
    pub en: &'static str,
    /// `is`, `is_not`, `in`, `not_in`, `at_least`, `at_most`, `more_than`, `less_than`.
    pub op: &'static str,
    /// With what: one value, or several.
    #[schema(value_type = Vec<Object>)]
    pub values: Vec<serde_json::Value>,
}

/// A row of a policy's decision table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleView {
    /// `eligibility` or `routing`.
    pub table: &'static str,
    /// Row id.
    pub row: String,
    /// The rules it carries out.
    pub rules: Vec<String>,
    /// All of these must hold.
    pub when: Vec<ConditionView>,
    /// What follows: `full`, `full_less_fee`, `full_less_special_fee`, `part`, `reject`, `refuse`; of routing:
    /// `automatic`, `seller`, `reviewer`, `risk`.
    pub then: &'static str,
    /// Plain Chinese.
    pub zh: String,
    /// Plain English.
    pub en: String,
}

/// How long a refund takes to arrive by one kind of channel, in working days (R15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ArrivalView {
    /// The kind of channel.
    pub kind: String,
    /// Usually not before.
    pub typical_from: u32,
    /// Usually by then.
    pub typical_to: u32,
    /// Past this it is traced.
    pub hard: u32,
    /// The channel in Chinese.
    pub zh: String,
    /// The channel in English.
    pub en: String,
}

/// A policy, whole and in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicyView {
    /// Hash that names this version.
    pub hash: String,
    /// Its name.
    pub version: String,
    /// `coming`, `current` or `past`.
    pub state: &'static str,
    /// Since when.
    pub since: When,
    /// From when another version holds.
    pub until: Option<When>,
    /// When it was published.
    pub published_at: When,
    /// Every number under its name.
    pub parameters: std::collections::BTreeMap<String, i64>,
    /// The whole of it.
    #[schema(value_type = Object)]
    pub text: serde_json::Value,
    /// Its rows in words, eligibility before routing.
    pub rules: Vec<RuleView>,
    /// How long refunds take to arrive.
    pub arrivals: Vec<ArrivalView>,
}

/// How one row fared on the facts of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TraceRow {
    /// The row.
    pub row: String,
    /// The first of its conditions that does not hold; absent where it fits.
    pub failed: Option<ConditionView>,
    /// What the fact is instead.
    #[schema(value_type = Option<Object>)]
    pub found: Option<serde_json::Value>,
}

/// How one table was gone through for some units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TraceView {
    /// The units.
    pub units: Vec<u16>,
    /// `eligibility` or `routing`.
    pub table: &'static str,
    /// Its rows from the top, the one that fitted last.
    pub rows: Vec<TraceRow>,
}

/// A number that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ParameterChangeView {
    /// Its name.
    pub name: String,
    /// Until now.
    pub before: Option<i64>,
    /// And then.
    pub after: Option<i64>,
    /// `none`, `widens`, `unclear`, `shrinks`.
    pub effect: &'static str,
}

/// A row that is not the same any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowChangeView {
    /// The table.
    pub table: &'static str,
    /// The row.
    pub row: String,
    /// `added`, `removed`, `changed`, `reworded`.
    pub edit: &'static str,
}

/// Facts that lead to something else than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutcomeChangeView {
    /// The table.
    pub table: &'static str,
    /// The row that decides them today.
    pub before: String,
    /// The row that will.
    pub after: String,
    /// What follows today.
    pub then_before: &'static str,
    /// What will.
    pub then_after: &'static str,
    /// `widens`, `unclear`, `shrinks`.
    pub effect: &'static str,
    /// One set of such facts.
    pub example: Vec<ConditionView>,
}

/// An arrival time that changes, in working days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ArrivalChangeView {
    /// The kind of channel.
    pub kind: String,
    /// Usual from, usual to, latest: until now.
    pub before: [u32; 3],
    /// And then.
    pub after: [u32; 3],
    /// `widens` or `shrinks`.
    pub effect: &'static str,
}

/// What publishing a text would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicyChangeView {
    /// Version named in the text.
    pub version: String,
    /// Hash of the version it is compared with: the latest published one.
    pub against: String,
    /// That version's name.
    pub against_version: String,
    /// Nothing changes at all.
    pub same: bool,
    /// Somebody's rights shrink, or may.
    pub shrinks: bool,
    /// Days of notice it takes.
    pub notice_days: u32,
    /// The first day from which it may hold, such as `2026-12-08`.
    pub earliest: String,
    /// The day the text names.
    pub effective_from: String,
    /// Numbers.
    pub parameters: Vec<ParameterChangeView>,
    /// Rows as written.
    pub rows: Vec<RowChangeView>,
    /// What follows from facts.
    pub outcomes: Vec<OutcomeChangeView>,
    /// Arrival times.
    pub arrivals: Vec<ArrivalChangeView>,
}

/// What is wrong with a text, or what it would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicyCheckView {
    /// What is wrong, with table and row.
    pub problem: Option<String>,
    /// What it would change, where nothing is wrong.
    pub change: Option<PolicyChangeView>,
}

/// Units decided by one row that another would decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReplayGroup {
    /// `eligibility` or `routing`.
    pub table: &'static str,
    /// The row then.
    pub before: String,
    /// The row by the other policy.
    pub after: String,
    /// What followed.
    pub then_before: &'static str,
    /// What would follow.
    pub then_after: &'static str,
    /// How many units.
    pub units: u64,
    /// Paid out by the row then, fee taken off.
    pub paid_before: MoneyView,
    /// Paid out by the other.
    pub paid_after: MoneyView,
    /// Cases in which it is so; the first few.
    pub cases: Vec<String>,
}

/// Past decisions by another policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReplayView {
    /// Decided cases looked at.
    pub decisions: u64,
    /// Those decided without stored facts, left out.
    pub left_out: u64,
    /// Units judged again.
    pub units: u64,
    /// Units that would come out otherwise.
    pub changed: u64,
    /// What changes, by rows.
    pub groups: Vec<ReplayGroup>,
    /// What the tables gave, one sum for each currency.
    pub paid_before: Vec<MoneyView>,
    /// What they would give.
    pub paid_after: Vec<MoneyView>,
}
