//! What no table may take away: claims the law, or the platform's own promise, grants in any case.

use super::error::PolicyError;
use super::facts::{Fact, Value};
use super::outcome::{Fee, Outcome, Route};
use super::space::Space;
use super::table::{Condition, Op, Table};

/// Whenever these conditions hold, the outcome must be one of the allowed ones.
struct Floor<T> {
    what: &'static str,
    when: Vec<Condition>,
    allows: fn(T) -> bool,
}

fn is(fact: Fact, value: bool) -> Condition {
    Condition { fact, op: Op::Is, values: vec![Value::Bool(value)] }
}

fn among(fact: Fact, codes: &[&'static str]) -> Condition {
    Condition { fact, op: Op::In, values: codes.iter().copied().map(Value::Text).collect() }
}

fn reasons(codes: &[&'static str]) -> Condition {
    among(Fact::Reason, codes)
}

fn states(codes: &[&'static str]) -> Condition {
    among(Fact::UnitState, codes)
}

fn in_full(outcome: Outcome) -> bool {
    outcome == Outcome::ApproveFull { fee: Fee::None }
}

fn in_full_or_part(outcome: Outcome) -> bool {
    outcome.is_approval() && outcome.fee() == Fee::None
}

/// A first claim on a paid unit, with these further conditions.
fn claim(further: impl IntoIterator<Item = Condition>) -> Vec<Condition> {
    [is(Fact::Paid, true), is(Fact::OpenCase, false)].into_iter().chain(further).collect()
}

const ANY_BUT_DOUBLE: [&str; 7] =
    ["not_delivered", "late_delivery", "not_as_described", "invalid_code", "not_credited", "system_fault", "personal"];

fn eligibility_floors() -> Vec<Floor<Outcome>> {
    vec![
        Floor {
            what: "a second or orphan payment is refunded in full (R29)",
            when: claim([reasons(&["duplicate_charge"]), is(Fact::ExtraPayment, true)]),
            allows: in_full,
        },
        Floor {
            what: "what is sold out is refunded in full (R8)",
            when: claim([reasons(&ANY_BUT_DOUBLE), states(&["sold_out"])]),
            allows: in_full,
        },
        Floor {
            what: "what did not come within the promise is refunded in full (R8, R24)",
            when: claim([reasons(&ANY_BUT_DOUBLE), states(&["awaiting"]), is(Fact::PromiseEnded, true)]),
            allows: in_full,
        },
        Floor {
            what: "before delivery a buyer may always step back (R9)",
            when: claim([reasons(&["personal"]), states(&["awaiting"])]),
            allows: |outcome| matches!(outcome, Outcome::ApproveFull { .. }),
        },
        Floor {
            what: "without a confirmation an unseen code goes back free of charge for seven days (R9)",
            when: claim([
                reasons(&["personal"]),
                states(&["sealed"]),
                is(Fact::DeliveryEventReached, true),
                is(Fact::ConfirmationTicked, false),
                is(Fact::WithinSevenDays, true),
                is(Fact::WithinWindow, true),
            ]),
            allows: in_full,
        },
        Floor {
            what: "a special agreement is kept (R9)",
            when: claim([
                reasons(&["personal"]),
                states(&["awaiting", "sealed", "revealed", "redeemed", "credited"]),
                is(Fact::SpecialAgreementApplies, true),
            ]),
            allows: |outcome| matches!(outcome, Outcome::ApproveFull { .. }),
        },
        Floor {
            what: "an unused code that is at fault is refunded in full (R8)",
            when: claim([
                reasons(&["not_as_described", "invalid_code"]),
                states(&["sealed", "revealed"]),
                is(Fact::WithinWindow, true),
                is(Fact::ForgeryFinding, false),
            ]),
            allows: in_full,
        },
        Floor {
            what: "an unused code that came late is refunded in full (R8)",
            when: claim([
                reasons(&["late_delivery"]),
                states(&["sealed", "revealed"]),
                is(Fact::DeliveredLate, true),
                is(Fact::WithinWindow, true),
            ]),
            allows: in_full,
        },
        Floor {
            what: "for what is used and at fault at least the missing part is refunded (R8, R11)",
            when: claim([
                reasons(&["not_as_described", "invalid_code"]),
                states(&["redeemed", "credited"]),
                is(Fact::WithinWindow, true),
                is(Fact::ForgeryFinding, false),
            ]),
            allows: in_full_or_part,
        },
        Floor {
            what: "who delivers proves arrival (R25)",
            when: claim([
                reasons(&["not_credited"]),
                states(&["credited"]),
                is(Fact::ArrivalProven, false),
                is(Fact::ForgeryFinding, false),
            ]),
            allows: in_full_or_part,
        },
    ]
}

fn routing_floors() -> Vec<Floor<Route>> {
    vec![
        Floor {
            what: "a second or orphan payment is refunded by itself (R29)",
            when: vec![reasons(&["duplicate_charge"]), is(Fact::ExtraPayment, true)],
            allows: |route| route == Route::Automatic,
        },
        Floor {
            what: "nothing is automatic for a restricted buyer, and sellers' silence neither (R16, R23)",
            when: vec![is(Fact::RestrictedBuyer, true), is(Fact::ExtraPayment, false)],
            allows: |route| route == Route::Risk,
        },
        Floor {
            what: "goods the platform sells itself skip the seller (R32)",
            when: vec![is(Fact::SelfOperated, true)],
            allows: |route| route != Route::Seller,
        },
    ]
}

pub(super) fn check_eligibility(table: &Table<Outcome>) -> Result<(), PolicyError> {
    const NAME: &str = "eligibility";
    let floors = eligibility_floors();
    let space = space(NAME, table, &floors)?;
    check_floors(NAME, table, &space, &floors)?;
    let reached = space.reach(NAME, space.everything())?;
    for (row, boxes) in table.rows().iter().zip(&reached) {
        let fault = |what: &str| Err(PolicyError::row(NAME, &row.id, what));
        let everywhere = |fact, value| boxes.iter().all(|cells| space.only(cells, fact, value));
        let fee = row.then.fee();
        if fee != Fee::None && !everywhere(Fact::Reason, Value::Text("personal")) {
            return fault("a fee may be kept for personal reasons only (R10)");
        }
        if fee == Fee::Disclosed && !everywhere(Fact::FeeDisclosed, Value::Bool(true)) {
            return fault("a fee may be kept only if it was disclosed (R10)");
        }
        if fee == Fee::Special {
            if !everywhere(Fact::SpecialAgreementApplies, Value::Bool(true)) {
                return fault("the fee of a special agreement needs one that applies (R9)");
            }
            // Without the agreement the same claim must not have fared better.
            for cells in boxes {
                let without = space.with(cells, Fact::SpecialAgreementApplies, Value::Bool(false));
                let otherwise = space.reach(NAME, without)?;
                let better =
                    |(row, boxes): (&super::Row<Outcome>, &Vec<_>)| row.then.is_approval() && !boxes.is_empty();
                if table.rows().iter().zip(&otherwise).any(better) {
                    return fault("a special agreement may only widen what the rules grant (R9)");
                }
            }
        }
    }
    Ok(())
}

pub(super) fn check_routing(table: &Table<Route>) -> Result<(), PolicyError> {
    const NAME: &str = "routing";
    let floors = routing_floors();
    let space = space(NAME, table, &floors)?;
    check_floors(NAME, table, &space, &floors)
}

fn space<T>(name: &'static str, table: &Table<T>, floors: &[Floor<T>]) -> Result<Space, PolicyError> {
    let further: Vec<&[Condition]> = floors.iter().map(|floor| floor.when.as_slice()).collect();
    Space::of(name, table, &further)
}

fn check_floors<T: Copy>(
    name: &'static str,
    table: &Table<T>,
    space: &Space,
    floors: &[Floor<T>],
) -> Result<(), PolicyError> {
    for floor in floors {
        let reached = space.reach(name, space.cells(&floor.when))?;
        for (row, boxes) in table.rows().iter().zip(&reached) {
            if !boxes.is_empty() && !(floor.allows)(row.then) {
                return Err(PolicyError::row(name, &row.id, format!("breaks what always holds: {}", floor.what)));
            }
        }
    }
    Ok(())
}
