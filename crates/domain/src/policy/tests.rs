//! The scenarios on the built-in tables, what is refused on loading, and the tables against a naive evaluator.

use super::*;
use crate::case::{Reason, RejectCode};
use crate::catalogue::DeliveryEvent;

const FULL: Outcome = Outcome::ApproveFull { fee: Fee::None };
const FULL_LESS_FEE: Outcome = Outcome::ApproveFull { fee: Fee::Disclosed };
const PART: Outcome = Outcome::ApprovePart { formula: Formula::MissingShare };

fn reject(code: RejectCode) -> Outcome {
    Outcome::Reject { code }
}

fn refuse(code: RefuseCode) -> Outcome {
    Outcome::Refuse { code }
}

/// Judgement and routing on the built-in policy, with the row that decided.
fn check(facts: Facts, outcome: Outcome, row: &str, to: Route) {
    let policy = Policy::builtin();
    let judgement = policy.judge(&facts);
    assert_eq!((judgement.outcome, judgement.row), (outcome, row), "{facts:?}");
    assert_eq!(policy.route(&facts).to, to, "{facts:?}");
}

mod comparing;
mod dictionary;
mod loading;
mod properties;
mod scenarios;
