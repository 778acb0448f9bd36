//! The rules as data: parameters and decision tables in a versioned envelope, addressed by the hash of their text.
//!
//! A policy is loaded once, checked (ranges, dead and overlapping rows, gaps, what the law
//! grants in any case) and never changed; an
//! order keeps the hash of the one it was bought under. [`Policy::judge`] and [`Policy::route`] are pure functions of
//! the [`Facts`], which are stored with every decision, so that a decision can be explained and replayed.

mod arrival;
mod compare;
mod error;
mod facts;
mod floor;
mod limits;
mod outcome;
mod outside;
mod parameters;
mod space;
mod table;

pub use arrival::Arrival;
pub use compare::{
    ArrivalChange, Comparison, Effect, LONG_NOTICE_DAYS, OutcomeChange, ParameterChange, RowChange, RowEdit,
    SHORT_NOTICE_DAYS,
};
pub use error::PolicyError;
pub use facts::{Fact, FactKind, FactSource, Facts, UnitCode, Value};
pub use outcome::{Award, Basis, Fee, Formula, Outcome, RefuseCode, Route};
pub use outside::{OutsideClock, Span};
pub use parameters::Parameters;
pub use table::{Condition, Op, Row, RowTrace, Table, Text};

use crate::outside_complaint::Agency;
use crate::time::Instant;
use serde::Deserialize;
use std::fmt;
use std::sync::LazyLock;

const ELIGIBILITY: &str = "eligibility";
const ROUTING: &str = "routing";

/// The policy that comes with the program.
static BUILTIN: LazyLock<Policy> = LazyLock::new(|| {
    Policy::load(include_str!("../data/policy-default.json")).expect("the policy inside the program is valid")
});

/// The hex SHA-256 of a policy's exact text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyHash(String);

impl PolicyHash {
    /// The hash of a text.
    pub fn of(text: &str) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        Self(digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Sixty-four hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PolicyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A checked policy.
#[derive(Clone, Debug)]
pub struct Policy {
    text: String,
    hash: PolicyHash,
    version: String,
    published_at: Instant,
    effective_from: Instant,
    parameters: Parameters,
    eligibility: Table<Outcome>,
    routing: Table<Route>,
    arrival: Vec<Arrival>,
    outside: Vec<OutsideClock>,
}

/// What the rules say about one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement<'p> {
    /// The row that decided.
    pub row: &'p str,
    /// The rules behind it.
    pub rules: &'p [String],
    /// What follows.
    pub outcome: Outcome,
    /// The sentence for the buyer.
    pub text: &'p Text,
    /// Every row down to the deciding one, with the condition each failed on.
    pub trace: Vec<RowTrace<'p>>,
}

/// Who decides a case (R32).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Routing<'p> {
    /// Who.
    pub to: Route,
    /// The row that decided.
    pub row: &'p str,
    /// The rules behind it.
    pub rules: &'p [String],
    /// The sentence for the buyer.
    pub text: &'p Text,
}

impl Policy {
    /// The policy that comes with the program.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads and checks a policy of any schema there has been.
    ///
    /// # Errors
    /// Names the first thing that is wrong, with its parameter, or its table and row.
    pub fn load(text: &str) -> Result<Self, PolicyError> {
        let Schema { schema } = serde_json::from_str(text).map_err(PolicyError::unreadable)?;
        match schema {
            1 => Self::load_first_schema(text),
            _ => Err(PolicyError::Schema { schema }),
        }
    }

    fn load_first_schema(text: &str) -> Result<Self, PolicyError> {
        let envelope: Envelope = serde_json::from_str(text).map_err(PolicyError::unreadable)?;
        if envelope.version.trim().is_empty() {
            return Err(PolicyError::envelope("version", "must not be empty"));
        }
        let time = |name, text: &str| {
            Instant::parse_shanghai(text).ok_or(PolicyError::envelope(name, "must be a date such as `2026-11-22`"))
        };
        let published_at = time("published_at", &envelope.published_at)?;
        let effective_from = time("effective_from", &envelope.effective_from)?;
        if effective_from < published_at {
            return Err(PolicyError::envelope("effective_from", "must not lie before `published_at`"));
        }
        envelope.parameters.check()?;
        arrival::check(&envelope.tables.arrival)?;
        outside::check(&envelope.tables.outside)?;
        let eligibility = Table::check(ELIGIBILITY, envelope.tables.eligibility)?;
        let routing = Table::check(ROUTING, envelope.tables.routing)?;
        floor::check_eligibility(&eligibility)?;
        floor::check_routing(&routing)?;
        Ok(Self {
            text: text.to_owned(),
            hash: PolicyHash::of(text),
            version: envelope.version,
            published_at,
            effective_from,
            parameters: envelope.parameters,
            eligibility,
            routing,
            arrival: envelope.tables.arrival,
            outside: envelope.tables.outside,
        })
    }

    /// The same text with the dates of its publication, everything else byte for byte as it was. Days are such as
    /// `2026-11-22`.
    ///
    /// # Errors
    /// When the text is no policy.
    pub fn dated(text: &str, published_at: &str, effective_from: &str) -> Result<String, PolicyError> {
        let dates: Dates<'_> = serde_json::from_str(text).map_err(PolicyError::unreadable)?;
        let mut places = [(dates.published_at, published_at), (dates.effective_from, effective_from)]
            .map(|(old, new)| (old.as_ptr() as usize - text.as_ptr() as usize, old.len(), new));
        places.sort_unstable();
        let mut dated = text.to_owned();
        for (from, length, new) in places.into_iter().rev() {
            dated.replace_range(from..from + length, new);
        }
        Ok(dated)
    }

    /// The exact text it was loaded from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its address.
    pub fn hash(&self) -> &PolicyHash {
        &self.hash
    }

    /// Its name for people.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// When it was published.
    pub fn published_at(&self) -> Instant {
        self.published_at
    }

    /// From when it holds for new orders.
    pub fn effective_from(&self) -> Instant {
        self.effective_from
    }

    /// Its numbers.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The table that says whether a unit is refunded (R5–R9, R24, R25, R29).
    pub fn eligibility(&self) -> &Table<Outcome> {
        &self.eligibility
    }

    /// The table that says who decides (R32).
    pub fn routing(&self) -> &Table<Route> {
        &self.routing
    }

    /// Every arrival time (R15).
    pub fn arrivals(&self) -> &[Arrival] {
        &self.arrival
    }

    /// How long a refund takes by a kind of channel; kinds without a line count as `other` (R15).
    pub fn arrival(&self, kind: &str) -> &Arrival {
        arrival::find(&self.arrival, kind)
    }

    /// What an agency allows for answering an outside complaint.
    pub fn outside(&self, agency: Agency) -> &OutsideClock {
        outside::find(&self.outside, agency)
    }

    /// Usual and latest arrival by a kind of channel, in working days (R15).
    pub fn arrival_working_days(&self, kind: &str) -> (u32, u32) {
        let line = self.arrival(kind);
        (line.typical_to, line.hard)
    }

    /// What the rules say about one unit: the first row whose conditions all hold.
    pub fn judge(&self, facts: &Facts) -> Judgement<'_> {
        let (row, trace) = self.eligibility.trace(facts);
        Judgement { row: &row.id, rules: &row.rules, outcome: row.then, text: &row.text, trace }
    }

    /// Who decides the case: the first row whose conditions all hold.
    pub fn route(&self, facts: &Facts) -> Routing<'_> {
        let row = self.routing.find(facts);
        Routing { to: row.then, row: &row.id, rules: &row.rules, text: &row.text }
    }
}

#[derive(Deserialize)]
struct Schema {
    schema: u32,
}

/// The dates where they stand in the text.
#[derive(Deserialize)]
struct Dates<'t> {
    #[serde(borrow)]
    published_at: &'t str,
    effective_from: &'t str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    #[serde(rename = "schema")]
    _schema: u32,
    version: String,
    published_at: String,
    effective_from: String,
    parameters: Parameters,
    tables: Tables,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    eligibility: Vec<table::RowFile<Outcome>>,
    routing: Vec<table::RowFile<Route>>,
    arrival: Vec<Arrival>,
    /// Came later: a text published before reads as if it had named the clocks inside the program.
    #[serde(default = "outside::builtin")]
    outside: Vec<OutsideClock>,
}

#[cfg(test)]
mod tests;
