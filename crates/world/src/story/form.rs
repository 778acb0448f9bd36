//! What a statement can look like: a word, its slots, and what it does.

use super::stage::{Seen, Stage, Stop};
use super::value::{Kind, Moment, Value};
use yuanlu_money::Money;

/// A place for a value in a form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// The word before the value; of a first slot only its name in reports.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// It must be given.
    pub(super) need: bool,
    /// It stands right after the form's word, without its name.
    pub(super) first: bool,
    /// For the documentation: what it says, and what is taken when it is absent.
    pub(super) about: &'static str,
}

/// A first slot that must be given.
pub(super) const fn first(name: &'static str, kind: Kind, about: &'static str) -> Slot {
    Slot { name, kind, need: true, first: true, about }
}

/// A first slot that may be left out.
pub(super) const fn maybe(name: &'static str, kind: Kind, about: &'static str) -> Slot {
    Slot { name, kind, need: false, first: true, about }
}

/// A named slot that must be given.
pub(super) const fn need(name: &'static str, kind: Kind, about: &'static str) -> Slot {
    Slot { name, kind, need: true, first: false, about }
}

/// A named slot that may be left out.
pub(super) const fn may(name: &'static str, kind: Kind, about: &'static str) -> Slot {
    Slot { name, kind, need: false, first: false, about }
}

/// What a statement does when it is played.
#[derive(Clone, Copy)]
pub(super) enum Does {
    /// Something happens.
    Deed(fn(&mut Stage, &Call) -> Result<(), Stop>),
    /// Something is compared.
    Look(fn(&Stage, &Call) -> Result<Seen, Stop>),
    /// The platform has no such part yet; a story that needs it says so and fails.
    NotYet,
}

/// One row of the vocabulary.
pub(super) struct Form {
    /// The word it begins with (an action: after the name of whoever acts).
    pub(super) word: &'static str,
    pub(super) slots: &'static [Slot],
    /// For the documentation.
    pub(super) about: &'static str,
    /// A whole line; the tests read every one.
    pub(super) example: &'static str,
    pub(super) does: Does,
}

/// What an expectation is about, where its line says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) order: Option<String>,
    pub(super) case: Option<String>,
}

/// A statement as it was read.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) line: usize,
    pub(super) form: &'static Form,
    /// Who acts; empty where nobody does.
    pub(super) actor: String,
    /// As written, for reports.
    pub(super) text: String,
    pub(super) args: Vec<(&'static str, Value)>,
    pub(super) scope: Scope,
}

impl Call {
    fn value(&self, name: &str) -> Option<&Value> {
        self.args.iter().find(|(slot, _)| *slot == name).map(|(_, value)| value)
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    pub(super) fn money(&self, name: &str) -> Option<Money> {
        match self.value(name)? {
            Value::Amount(money) => Some(*money),
            _ => None,
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn percent(&self, name: &str) -> Option<u32> {
        match self.value(name)? {
            Value::Percent(points) => Some(*points),
            _ => None,
        }
    }

    pub(super) fn span(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Value::Span(micros) => Some(*micros),
            _ => None,
        }
    }

    pub(super) fn moment(&self, name: &str) -> Option<Moment> {
        match self.value(name)? {
            Value::Moment(moment) => Some(*moment),
            _ => None,
        }
    }

    pub(super) fn units(&self, name: &str) -> Option<&[u16]> {
        match self.value(name)? {
            Value::Units(units) => Some(units),
            _ => None,
        }
    }

    /// A name, a code or a text.
    pub(super) fn word(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Value::Word(word) | Value::Text(word) => Some(word),
            _ => None,
        }
    }

    /// Codes joined by `+`; none where the slot was left out.
    pub(super) fn words(&self, name: &str) -> &[String] {
        match self.value(name) {
            Some(Value::Words(words)) => words,
            _ => &[],
        }
    }

    /// A slot that the grammar saw to.
    pub(super) fn given(&self, name: &str) -> &str {
        self.word(name).unwrap_or_default()
    }

    /// The refusal that is expected.
    pub(super) fn refused(&self) -> Option<&str> {
        self.word(REFUSED)
    }
}

/// The slot that expects a refusal.
pub(super) const REFUSED: &str = "refused";

/// Slots that every action has besides its own.
pub(super) const COMMON: &[Slot] = &[
    may("order", Kind::Name(super::value::Noun::Order), "which order; without it the one that was last spoken of"),
    may("case", Kind::Name(super::value::Noun::Case), "which case; without it the last one of the order"),
    may(REFUSED, Kind::Word, "the action must be refused with this code, and change nothing"),
];
