use super::error::PolicyError;
use super::facts::{Fact, FactKind, Facts, Value};
use super::space::{Space, in_words, intersection, is_within};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// What a sentence may be filled with: amounts and dates of the case at hand.
const PLACEHOLDERS: [&str; 6] = ["amount", "fee", "fee_percent", "promise_until", "window_until", "window_days"];

/// A decision table: the first row whose conditions all hold decides. Loading proves that some row fits any facts.
#[derive(Clone, Debug)]
pub struct Table<T> {
    rows: Vec<Row<T>>,
}

/// One row of a table.
#[derive(Clone, Debug)]
pub struct Row<T> {
    /// Its name, stored with decisions.
    pub id: String,
    /// The rules behind it.
    pub rules: Vec<String>,
    /// All of these must hold.
    pub when: Vec<Condition>,
    /// What follows.
    pub then: T,
    /// The sentence for the buyer.
    pub text: Text,
}

/// A sentence in both languages, with placeholders such as `{amount}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// 简体中文.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A sentence with its placeholders replaced; an unknown one stays as it is.
    pub fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
        let (mut text, mut rest) = (String::with_capacity(sentence.len() + 64), sentence);
        while let Some((before, behind)) = rest.split_once('{') {
            text.push_str(before);
            let known = behind.split_once('}').and_then(|(name, after)| {
                let (_, value) = values.iter().find(|(known, _)| *known == name)?;
                Some((value, after))
            });
            rest = match known {
                Some((value, after)) => {
                    text.push_str(value);
                    after
                }
                None => {
                    text.push('{');
                    behind
                }
            };
        }
        text.push_str(rest);
        text
    }
}

/// How a fact is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Equal.
    Is,
    /// Not equal.
    IsNot,
    /// One of a list.
    In,
    /// None of a list.
    NotIn,
    /// Greater or equal.
    AtLeast,
    /// Smaller or equal.
    AtMost,
    /// Greater.
    MoreThan,
    /// Smaller.
    LessThan,
}

/// A comparison of one fact with one value or a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// The fact.
    pub fact: Fact,
    /// The comparison.
    pub op: Op,
    /// What it is compared with: one value, for `in` and `not_in` at least one.
    pub values: Vec<Value>,
}

impl Condition {
    /// Whether it holds for this value of its fact.
    pub fn holds(&self, actual: Value) -> bool {
        let any = |test: fn(Value, Value) -> bool| self.values.iter().any(|value| test(actual, *value));
        match self.op {
            Op::Is | Op::In => any(|actual, value| actual == value),
            Op::IsNot | Op::NotIn => !any(|actual, value| actual == value),
            Op::AtLeast => any(|actual, value| actual >= value),
            Op::AtMost => any(|actual, value| actual <= value),
            Op::MoreThan => any(|actual, value| actual > value),
            Op::LessThan => any(|actual, value| actual < value),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = match self.op {
            Op::Is => "is",
            Op::IsNot => "is not",
            Op::In => "in",
            Op::NotIn => "not in",
            Op::AtLeast => "≥",
            Op::AtMost => "≤",
            Op::MoreThan => ">",
            Op::LessThan => "<",
        };
        let values: Vec<String> = self.values.iter().map(Value::to_string).collect();
        write!(f, "{} {op} {}", self.fact.id(), values.join(", "))
    }
}

/// How one row fared: it matched, or failed on its first condition that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowTrace<'p> {
    /// The row.
    pub row: &'p str,
    /// The condition it failed on, with the value found; `None`: it matched.
    pub failed: Option<(&'p Condition, Value)>,
}

impl<T> Row<T> {
    /// The facts it asks about.
    fn asks(&self) -> BTreeSet<Fact> {
        self.when.iter().map(|condition| condition.fact).collect()
    }

    /// The first condition that does not hold, with the value found.
    fn failure(&self, facts: &Facts) -> Option<(&Condition, Value)> {
        self.when
            .iter()
            .map(|condition| (condition, facts.value(condition.fact)))
            .find(|(condition, actual)| !condition.holds(*actual))
    }
}

impl<T> Table<T> {
    /// Its rows, in order.
    pub fn rows(&self) -> &[Row<T>] {
        &self.rows
    }

    /// The row that decides.
    pub fn find(&self, facts: &Facts) -> &Row<T> {
        self.rows.iter().find(|row| row.failure(facts).is_none()).expect("loading proved that some row fits")
    }

    /// The row that decides, and how every row down to it fared.
    pub fn trace(&self, facts: &Facts) -> (&Row<T>, Vec<RowTrace<'_>>) {
        let mut trace = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let failed = row.failure(facts);
            trace.push(RowTrace { row: &row.id, failed });
            if failed.is_none() {
                return (row, trace);
            }
        }
        unreachable!("loading proved that some row fits");
    }

    /// Checks every row by itself, then that each can decide, none claims what another
    /// does, and no facts are left over.
    pub(super) fn check(table: &'static str, files: Vec<RowFile<T>>) -> Result<Self, PolicyError>
    where
        T: PartialEq,
    {
        let mut ids = BTreeSet::new();
        let mut rows = Vec::with_capacity(files.len());
        for file in files {
            let id = file.id.clone();
            let fault = |what: String| PolicyError::row(table, &id, what);
            if !ids.insert(id.clone()) {
                return Err(fault("its id is used twice".into()));
            }
            rows.push(file.check().map_err(fault)?);
        }
        let this = Self { rows };
        this.check_cover(table)?;
        this.check_overlaps(table)?;
        Ok(this)
    }

    /// No row without effect, no facts without a row. A last row without conditions may catch nothing: it is a net.
    fn check_cover(&self, table: &'static str) -> Result<(), PolicyError> {
        let Some(last) = self.rows.last() else { return Err(PolicyError::table(table, "has no rows")) };
        let space = Space::of(table, self, &[])?;
        let (reached, left) = space.divide(table, space.everything())?;
        for (index, (row, boxes)) in self.rows.iter().zip(&reached).enumerate() {
            let is_net = index + 1 == self.rows.len() && row.when.is_empty();
            if boxes.is_empty() && !is_net {
                let never = space.row(index).contains(&0);
                let why = if never { "its conditions contradict each other" } else { "earlier rows cover it" };
                return Err(PolicyError::row(table, &row.id, format!("can never decide: {why}")));
            }
        }
        match left.first() {
            Some(cells) => {
                let facts = in_words(&space.example(cells));
                let what = format!("is the last, and facts are left that no row fits, such as {facts}");
                Err(PolicyError::row(table, &last.id, what))
            }
            None => Ok(()),
        }
    }

    /// Order is how a table says "first of all" and "except when": a row may cut across later ones by a fact that they
    /// do not ask about, and may be an exception to a more general one. But where two rows ask about the same facts,
    /// both fit some of them, and neither contains the other, both claim the same thing and one of them is wrong.
    fn check_overlaps(&self, table: &'static str) -> Result<(), PolicyError>
    where
        T: PartialEq,
    {
        let space = Space::of(table, self, &[])?;
        let reached = space.reach(table, space.everything())?;
        for (index, (row, boxes)) in self.rows.iter().zip(&reached).enumerate() {
            let own = space.row(index);
            for (later, other) in self.rows.iter().enumerate().skip(index + 1) {
                let cells = space.row(later);
                let same_question = row.asks() == other.asks();
                if other.then == row.then || !same_question || is_within(own, cells) || is_within(cells, own) {
                    continue;
                }
                if let Some(common) = boxes.iter().find_map(|decided| intersection(decided, cells)) {
                    let facts = in_words(&space.example(&common));
                    let what = format!("overlaps row `{}`: both fit {facts}, and lead to different things", row.id);
                    return Err(PolicyError::row(table, &other.id, what));
                }
            }
        }
        Ok(())
    }
}

/// A row as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowFile<T> {
    id: String,
    rules: Vec<String>,
    #[serde(default)]
    when: Vec<ConditionFile>,
    then: T,
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionFile {
    fact: Fact,
    op: Op,
    value: Literal,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Literal {
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<String>),
}

impl<T> RowFile<T> {
    fn check(self) -> Result<Row<T>, String> {
        let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.id.is_empty() || !self.id.chars().all(named) {
            return Err("an id is made of lower-case letters, digits and underscores".into());
        }
        if self.rules.is_empty() || !self.rules.iter().all(|rule| is_rule(rule)) {
            return Err("needs the rules it rests on, such as `R9`".into());
        }
        check_sentence("zh", &self.zh)?;
        check_sentence("en", &self.en)?;
        if placeholders(&self.zh) != placeholders(&self.en) {
            return Err("the `zh` and `en` sentences name different amounts or dates".into());
        }
        let when = self.when.into_iter().map(ConditionFile::check).collect::<Result<Vec<_>, _>>()?;
        let text = Text { zh: self.zh, en: self.en };
        Ok(Row { id: self.id, rules: self.rules, when, then: self.then, text })
    }
}

impl ConditionFile {
    fn check(self) -> Result<Condition, String> {
        let Self { fact, op, value } = self;
        let unfit = || format!("`{}` cannot be compared like that", fact.id());
        let values = match (fact.kind(), op, value) {
            (FactKind::Bool, Op::Is, Literal::Bool(yes)) => vec![Value::Bool(yes)],
            (
                FactKind::Int,
                Op::Is | Op::IsNot | Op::AtLeast | Op::AtMost | Op::MoreThan | Op::LessThan,
                Literal::Int(number),
            ) => vec![Value::Int(number)],
            (FactKind::OneOf(codes), Op::Is | Op::IsNot, Literal::Text(text)) => {
                vec![one_of(fact, codes, &text)?]
            }
            (FactKind::OneOf(codes), Op::In | Op::NotIn, Literal::List(texts)) if !texts.is_empty() => {
                texts.iter().map(|text| one_of(fact, codes, text)).collect::<Result<_, _>>()?
            }
            _ => return Err(unfit()),
        };
        Ok(Condition { fact, op, values })
    }
}

fn one_of(fact: Fact, codes: &'static [&'static str], text: &str) -> Result<Value, String> {
    codes
        .iter()
        .find(|code| **code == text)
        .map(|code| Value::Text(code))
        .ok_or_else(|| format!("`{}` is never `{text}`; it is one of {}", fact.id(), codes.join(", ")))
}

/// `R1` to `R99`.
fn is_rule(text: &str) -> bool {
    text.strip_prefix('R').and_then(|number| number.parse::<u8>().ok()).is_some_and(|number| (1..100).contains(&number))
}

/// The names in braces.
fn placeholders(sentence: &str) -> BTreeSet<&str> {
    sentence.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

fn check_sentence(language: &str, sentence: &str) -> Result<(), String> {
    if sentence.trim().is_empty() {
        return Err(format!("the `{language}` sentence is empty"));
    }
    let mut rest = sentence;
    while let Some((_, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        if !PLACEHOLDERS.contains(&name) {
            return Err(format!("the `{language}` sentence has an unknown placeholder `{name}`"));
        }
        rest = after;
    }
    Ok(())
}
