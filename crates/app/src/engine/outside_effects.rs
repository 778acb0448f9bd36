//! What follows from an outside complaint, and from money paid outside: who is told, and what is counted in public.

use yuanlu_domain::desk::DeskEvent;
use yuanlu_domain::event::OrderEvent;
use yuanlu_domain::ids::Ids;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::outside_complaint::{CallOutcome, OutsideComplaint, OutsideEvent};
use yuanlu_domain::time::Instant;
use yuanlu_storage::notice::Notice;

const SUPPORT: &str = "role:support";

/// Support is told what came and what is about to be late; administrators what is.
pub(super) fn notices(one: &OutsideComplaint, events: &[&DeskEvent], now: Instant, ids: &mut Ids) -> Vec<Notice> {
    let told = events.iter().filter_map(|event| {
        let DeskEvent::Outside(event) = event else { return None };
        match event {
            OutsideEvent::Registered { .. } => Some((SUPPORT, "outside_registered")),
            OutsideEvent::Reopened { .. } => Some((SUPPORT, "outside_reopened")),
            OutsideEvent::Warned => Some((SUPPORT, "outside_warning")),
            OutsideEvent::Escalated { .. } => Some(("role:admin", "outside_overdue")),
            OutsideEvent::CallAnswered { outcome, again: None, .. } if *outcome != CallOutcome::Done => {
                Some((SUPPORT, "outside_call_failed"))
            }
            _ => None,
        }
    });
    told.map(|(recipient, kind)| Notice {
        recipient: recipient.to_owned(),
        id: ids.text(now),
        kind: kind.to_owned(),
        order: one.desk.to_string(),
        case: None,
        amount_minor: one.registration.claimed_minor,
        currency: one.registration.currency.code().to_owned(),
        due: one.state.due().map(|due| due.too_late_from),
        at: now,
        read_at: None,
    })
    .collect()
}

/// What the platform counts in public about itself.
pub(super) fn counted(event: &DeskEvent) -> Option<&'static str> {
    match event {
        DeskEvent::Outside(OutsideEvent::Registered { .. }) => Some("outside_complaints"),
        DeskEvent::Outside(OutsideEvent::Escalated { .. }) => Some("outside_overdue"),
        DeskEvent::Outside(_)
        | DeskEvent::TipOff(_)
        | DeskEvent::Day(_)
        | DeskEvent::Exception(_)
        | DeskEvent::Codes(_)
        | DeskEvent::Review(_)
        | DeskEvent::Incident(_)
        | DeskEvent::Admission(_)
        | DeskEvent::Conversation(_) => None,
    }
}

/// Finance is told what the buyer has twice, and what was released by nobody yet because a dispute was won (T22).
pub(super) fn of_order(file: &OrderFile, events: &[&OrderEvent], now: Instant, ids: &mut Ids) -> Vec<Notice> {
    let told = events.iter().filter_map(|event| match event {
        OrderEvent::PaidOutside { paid } if paid.covers.twice_minor > 0 => {
            Some(("paid_twice", paid.covers.twice_minor))
        }
        OrderEvent::PaidOutside { paid } => Some(("paid_outside", paid.amount_minor)),
        OrderEvent::OutsidePaymentReversed { ordinal } => {
            let paid = file.outside_payments.iter().find(|paid| paid.ordinal == *ordinal)?;
            Some(("outside_returned", paid.amount_minor))
        }
        _ => None,
    });
    told.map(|(kind, minor)| Notice {
        recipient: "role:finance".to_owned(),
        id: ids.text(now),
        kind: kind.to_owned(),
        order: file.order.to_string(),
        case: None,
        amount_minor: Some(minor),
        currency: file.currency.code().to_owned(),
        due: None,
        at: now,
        read_at: None,
    })
    .collect()
}
