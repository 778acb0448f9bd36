//! Reminders of what no turn of a case reminds of: the end of the time to appeal, to confirm, to apply, to take an offer,
//! and a deposit that is too small. Each is planned with the notice that begins the wait, and looked at again when it
//! comes: what is over is not said.

use crate::app::App;
use crate::engine::Lane;
use crate::errors::{AppError, Result};
use yuanlu_domain::case::CaseState;
use yuanlu_domain::ids::{Ids, OrderId, SellerId};
use yuanlu_domain::offer::OfferState;
use yuanlu_domain::order_file::{OrderFile, OrderStatus};
use yuanlu_domain::time::Instant;
use yuanlu_storage::notice::{self, Notice};
use yuanlu_storage::planned_notice::{self, PlannedNotice};
use yuanlu_storage::{Tx, order_file, seller_account};

const PAGE: u32 = 100;
/// Hours before the end; half the time where there are fewer.
const AHEAD_HOURS: i64 = 24;
const DEPOSIT_DAYS: i64 = 3;

/// When somebody is reminded of an end.
fn before(end: Instant, now: Instant) -> Option<Instant> {
    let left = end.micros_since(now);
    (left > 0).then(|| end.plus_micros(-(AHEAD_HOURS * 3_600_000_000).min(left / 2)))
}

/// Plans what follows from a notice.
pub(super) fn plan_after(tx: &Tx<'_>, told: &Notice, now: Instant) -> Result<()> {
    let plan = |kind: &str, at: Instant, until: Instant| PlannedNotice {
        recipient: told.recipient.clone(),
        kind: kind.to_owned(),
        order: told.order.clone(),
        case: told.case.unwrap_or(0),
        until,
        at,
    };
    let to_buyer = !told.recipient.starts_with("seller:") && !told.recipient.starts_with("role:");
    let new = match (told.kind.as_str(), told.due) {
        ("case_rejected", Some(due)) if to_buyer => before(due, now).map(|at| plan("appeal_ending", at, due)),
        ("offer_made", Some(due)) => before(due, now).map(|at| plan("offer_ending", at, due)),
        ("code_issued" | "credited" | "case_replaced", _) if to_buyer => {
            let order = OrderId::from(told.order.as_str());
            let end = order_file::find(tx, &order)?.and_then(|stored| confirms_at(&stored.aggregate));
            end.and_then(|end| Some(plan("confirm_ending", before(end, now)?, end)))
        }
        ("debt_from_deposit" | "debt_advanced", _) => {
            let at = now.plus_days(DEPOSIT_DAYS);
            Some(plan("deposit_short", at, at))
        }
        _ => None,
    };
    if let Some(new) = new {
        planned_notice::put(tx, &new)?;
    }
    Ok(())
}

/// When the next unit counts as received by itself.
fn confirms_at(file: &OrderFile) -> Option<Instant> {
    let waits = file.units.iter().filter(|unit| unit.completed_at.is_none() && file.open_case_of(unit.no).is_none());
    let hours = i64::from(file.completion_hours);
    waits.filter_map(|unit| unit.state.available_at()).map(|at| at.plus_hours(hours)).min()
}

/// What becomes of a plan when its time has come.
enum Now {
    Drop,
    Later(PlannedNotice),
    /// It is said, and what is planned after it.
    Tell(Option<Instant>, Option<PlannedNotice>),
}

impl App {
    /// Says what was planned for now and is still so.
    pub(super) fn tell_planned(&self) -> Result<()> {
        let now = self.now();
        if self.db().read(|db| planned_notice::due(db, now, 1))?.is_empty() {
            return Ok(());
        }
        let seed = self.ids().bytes();
        let least = self.policy_now()?.parameters().clone();
        self.engine().write(Lane::Bulk, move |tx, now| {
            let mut ids = Ids::new(seed);
            for planned in planned_notice::due(tx, now, PAGE)? {
                planned_notice::delete(tx, &planned)?;
                match look(tx, &planned, &least, now)? {
                    Now::Drop => {}
                    Now::Later(next) => planned_notice::put(tx, &next)?,
                    Now::Tell(due, next) => {
                        notice::insert(tx, &said(&planned, due, now, &mut ids))?;
                        if let Some(next) = next {
                            planned_notice::put(tx, &next)?;
                        }
                    }
                }
            }
            Ok::<_, AppError>(())
        })
    }
}

fn said(planned: &PlannedNotice, due: Option<Instant>, now: Instant, ids: &mut Ids) -> Notice {
    Notice {
        recipient: planned.recipient.clone(),
        id: ids.text(now),
        kind: planned.kind.clone(),
        order: planned.order.clone(),
        case: Some(planned.case).filter(|case| *case > 0),
        amount_minor: None,
        currency: String::new(),
        due,
        at: now,
        read_at: None,
    }
}

fn look(
    tx: &Tx<'_>,
    planned: &PlannedNotice,
    parameters: &yuanlu_domain::policy::Parameters,
    now: Instant,
) -> Result<Now> {
    if planned.kind == "deposit_short" {
        let Some(seller) = planned.recipient.strip_prefix("seller:") else { return Ok(Now::Drop) };
        let account = seller_account::find(tx, &SellerId::from(seller))?;
        let short = account.is_some_and(|stored| stored.aggregate.deposit_minor < parameters.required_deposit_minor);
        return Ok(if short { Now::Tell(None, None) } else { Now::Drop });
    }
    let order = OrderId::from(planned.order.as_str());
    let Some(stored) = order_file::find(tx, &order)? else { return Ok(Now::Drop) };
    // An order that was taken into an account is its owner's from then on.
    let file = &stored.aggregate;
    let planned = &PlannedNotice { recipient: recipient_now(file, planned), ..planned.clone() };
    let end = |due: Instant| if now < due { Now::Tell(Some(due), None) } else { Now::Drop };
    Ok(match planned.kind.as_str() {
        "appeal_ending" => match file.case(planned.case) {
            Some(case) if matches!(case.state, CaseState::Rejected { .. }) && case.remedies.is_empty() => {
                end(planned.until)
            }
            _ => Now::Drop,
        },
        "offer_ending" => {
            // An offer that is the turn of a case is reminded of with it.
            let stands = file.offers.iter().any(|offer| {
                offer.state == OfferState::Standing && offer.due.too_late_from == planned.until && offer.case.is_none()
            });
            if stands { end(planned.until) } else { Now::Drop }
        }
        "confirm_ending" => match confirms_at(file) {
            Some(due) if now < due => match before(due, now) {
                // Another unit came meanwhile, and its end is far.
                Some(at) if due > planned.until => Now::Later(PlannedNotice { at, until: due, ..planned.clone() }),
                _ => Now::Tell(Some(due), Some(window_plan(planned, due.plus_seconds(60), due))),
            },
            _ => window(file, &window_plan(planned, now, now), now),
        },
        "window_closing" => window(file, planned, now),
        _ => Now::Drop,
    })
}

fn recipient_now(file: &OrderFile, planned: &PlannedNotice) -> String {
    if planned.recipient.starts_with("guest:") { file.buyer.to_string() } else { planned.recipient.clone() }
}

fn window_plan(planned: &PlannedNotice, at: Instant, until: Instant) -> PlannedNotice {
    PlannedNotice { kind: "window_closing".to_owned(), at, until, case: 0, ..planned.clone() }
}

/// S26: said once, a day before the time to apply ends, if there is anything left to apply for.
fn window(file: &OrderFile, planned: &PlannedNotice, now: Instant) -> Now {
    match &file.status {
        OrderStatus::Completed { window_until, .. } => {
            let end = window_until.too_late_from;
            let at = end.plus_hours(-AHEAD_HOURS);
            let nothing_left = file.units.iter().all(|unit| unit.state.code() == "returned");
            if now >= end || nothing_left {
                Now::Drop
            } else if now < at {
                Now::Later(PlannedNotice { at, until: end, ..planned.clone() })
            } else {
                Now::Tell(Some(end), None)
            }
        }
        // A case keeps it open, or another unit: looked at again in a day.
        OrderStatus::Paid { .. } => Now::Later(PlannedNotice { at: now.plus_days(1), ..planned.clone() }),
        OrderStatus::AwaitingPayment { .. } | OrderStatus::Expired => Now::Drop,
    }
}
