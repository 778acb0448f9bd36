//! The way of a refund as four stops: applied, decided, on its way, arrived.

use yuanlu_app::views::CaseView;
use yuanlu_domain::time::Instant;

/// A stop on the way of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// `applied`, `decided`, `sent`, `arrived`, or how it ended: `rejected`, `withdrawn`, `closed`, `replaced`.
    pub code: &'static str,
    /// `done`, `here`, `ahead` or `ended`, which are also the classes of the page.
    pub is: &'static str,
    /// When it was reached; ahead, when it is expected.
    pub at: Option<Instant>,
}

/// The stops of a case.
pub fn stops(case: &CaseView) -> Vec<Stop> {
    let summary = &case.summary;
    way(
        summary.state,
        *summary.applied_at,
        case.decision.as_ref().map(|decision| *decision.at),
        summary.arrived_at.or(summary.expected_at).map(|at| *at),
    )
}

/// The stops of a case in this state.
pub(crate) fn way(
    state: &'static str,
    applied: Instant,
    decided: Option<Instant>,
    arrives: Option<Instant>,
) -> Vec<Stop> {
    let stop = |code, is, at| Stop { code, is, at };
    let applied = stop("applied", "done", Some(applied));
    match state {
        "completed" => vec![
            applied,
            stop("decided", "done", decided),
            stop("sent", "done", None),
            stop("arrived", "done", arrives),
        ],
        "refunding" | "awaiting_route" => vec![
            applied,
            stop("decided", "done", decided),
            stop("sent", "here", None),
            stop("arrived", "ahead", arrives),
        ],
        "rejected" | "withdrawn" | "closed" | "replaced" => vec![applied, stop(state, "ended", decided)],
        _ => {
            vec![applied, stop("decided", "here", None), stop("sent", "ahead", None), stop("arrived", "ahead", arrives)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_at_one_stop_or_it_is_over() {
        let at = Instant::from_micros(0);
        for state in ["awaiting_seller", "under_review", "awaiting_route", "refunding", "before_panel", "offer_made"] {
            let stops = way(state, at, None, None);
            assert_eq!(stops.iter().filter(|stop| stop.is == "here").count(), 1, "{state}");
        }
        for state in ["completed", "rejected", "withdrawn", "closed", "replaced"] {
            assert!(way(state, at, Some(at), None).iter().all(|stop| matches!(stop.is, "done" | "ended")), "{state}");
        }
    }
}
