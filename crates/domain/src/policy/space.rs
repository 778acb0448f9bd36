//! The space of all facts, cut so finely that no condition divides a cell. Because conditions are sets and intervals,
//! which rows can decide, and what can follow from given facts, is computed exactly instead of being sampled.

use super::error::PolicyError;
use super::facts::{Fact, FactKind, Value};
use super::table::{Condition, Table};
use std::collections::BTreeSet;

/// More boxes than a table people can read ever needs.
const MOST_BOXES: usize = 100_000;

/// A product of sets: for each fact, the cells it may lie in, one bit each.
pub(super) type Cells = Vec<u64>;

pub(super) struct Space {
    /// For each fact, one value of each cell.
    samples: Vec<Vec<Value>>,
    /// For each row, the cells in which all of its conditions hold.
    rows: Vec<Cells>,
}

impl Space {
    /// The space of a table, and of further conditions it will be asked about.
    pub(super) fn of<T>(name: &'static str, table: &Table<T>, further: &[&[Condition]]) -> Result<Self, PolicyError> {
        let of_rows = table.rows().iter().flat_map(|row| &row.when);
        let conditions: Vec<&Condition> = of_rows.chain(further.iter().copied().flatten()).collect();
        let samples: Vec<Vec<Value>> = Fact::ALL.iter().map(|fact| samples(*fact, &conditions)).collect();
        if samples.iter().any(|cells| cells.len() > 64) {
            return Err(PolicyError::table(name, "compares one number with too many thresholds"));
        }
        let mut space = Self { samples, rows: Vec::new() };
        space.rows = table.rows().iter().map(|row| space.cells(&row.when)).collect();
        Ok(space)
    }

    /// All facts there can be.
    pub(super) fn everything(&self) -> Cells {
        self.samples.iter().map(|cells| u64::MAX >> (64 - cells.len())).collect()
    }

    /// The facts for which all conditions hold.
    pub(super) fn cells(&self, conditions: &[Condition]) -> Cells {
        let mut cells = self.everything();
        for condition in conditions {
            let index = condition.fact as usize;
            for (bit, value) in self.samples[index].iter().enumerate() {
                if !condition.holds(*value) {
                    cells[index] &= !(1 << bit);
                }
            }
        }
        cells
    }

    /// Whether a fact has this value everywhere in these cells.
    pub(super) fn only(&self, cells: &Cells, fact: Fact, value: Value) -> bool {
        let index = fact as usize;
        let others = self.samples[index].iter().enumerate().filter(|(_, sample)| **sample != value);
        others.into_iter().all(|(bit, _)| cells[index] & (1 << bit) == 0)
    }

    /// The same cells with one fact set to a value.
    pub(super) fn with(&self, cells: &Cells, fact: Fact, value: Value) -> Cells {
        let index = fact as usize;
        let bit = self.samples[index].iter().position(|sample| *sample == value);
        let mut cells = cells.clone();
        cells[index] = bit.map_or(0, |bit| 1 << bit);
        cells
    }

    /// For each row, the part of `start` that it decides, as disjoint boxes.
    pub(super) fn reach(&self, name: &'static str, start: Cells) -> Result<Vec<Vec<Cells>>, PolicyError> {
        self.divide(name, start).map(|(reached, _)| reached)
    }

    /// The same, and what no row decides.
    pub(super) fn divide(
        &self,
        name: &'static str,
        start: Cells,
    ) -> Result<(Vec<Vec<Cells>>, Vec<Cells>), PolicyError> {
        let mut open = vec![start];
        let mut reached = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let mut decided = Vec::new();
            let mut left = Vec::new();
            for cells in open {
                match intersection(&cells, row) {
                    Some(common) => {
                        left.extend(difference(&cells, row));
                        decided.push(common);
                    }
                    None => left.push(cells),
                }
            }
            if left.len() > MOST_BOXES {
                return Err(PolicyError::table(name, "is too complex to be checked"));
            }
            reached.push(decided);
            open = left;
        }
        Ok((reached, open))
    }

    /// The cells in which all conditions of a row hold.
    pub(super) fn row(&self, index: usize) -> &Cells {
        &self.rows[index]
    }

    /// One set of facts in these cells: a value of each fact that is not free in them.
    pub(super) fn example(&self, cells: &Cells) -> Vec<(Fact, Value)> {
        let bound = Fact::ALL.iter().filter(|fact| cells[**fact as usize] != self.everything()[**fact as usize]);
        let first = |fact: &Fact| self.samples[*fact as usize].get(cells[*fact as usize].trailing_zeros() as usize);
        bound.filter_map(|fact| Some((*fact, *first(fact)?))).collect()
    }
}

/// One value of every cell of a fact. For a number: each threshold and its neighbours, which meets every interval
/// between thresholds.
fn samples(fact: Fact, conditions: &[&Condition]) -> Vec<Value> {
    match fact.kind() {
        FactKind::Bool => vec![Value::Bool(false), Value::Bool(true)],
        FactKind::OneOf(codes) => codes.iter().map(|code| Value::Text(code)).collect(),
        FactKind::Int => {
            let mut numbers = BTreeSet::from([0]);
            for value in conditions.iter().filter(|c| c.fact == fact).flat_map(|c| &c.values) {
                if let Value::Int(number) = value {
                    numbers.extend([number.saturating_sub(1), *number, number.saturating_add(1)]);
                }
            }
            numbers.into_iter().map(Value::Int).collect()
        }
    }
}

/// Facts in words: `reason = personal, paid = true`.
pub(super) fn in_words(facts: &[(Fact, Value)]) -> String {
    let words: Vec<String> = facts.iter().map(|(fact, value)| format!("{} = {value}", fact.id())).collect();
    if words.is_empty() { "any facts".to_owned() } else { words.join(", ") }
}

pub(super) fn is_within(a: &Cells, b: &Cells) -> bool {
    a.iter().zip(b).all(|(a, b)| a & !b == 0)
}

/// Where two boxes meet.
pub(super) fn intersection(a: &Cells, b: &Cells) -> Option<Cells> {
    let common: Cells = a.iter().zip(b).map(|(a, b)| a & b).collect();
    common.iter().all(|bits| *bits != 0).then_some(common)
}

/// `a` without `b`, as disjoint boxes; the two must meet.
fn difference(a: &Cells, b: &Cells) -> Vec<Cells> {
    let mut rest = a.clone();
    let mut boxes = Vec::new();
    for index in 0..a.len() {
        let outside = rest[index] & !b[index];
        if outside != 0 {
            let mut piece = rest.clone();
            piece[index] = outside;
            boxes.push(piece);
            rest[index] &= b[index];
        }
    }
    boxes
}
