//! How gently each channel wants to be called: refunds of one payment apart from each other, questions not too soon, and
//! so many calls a second. Kept by each process for itself; a channel that is asked too soon says so and is asked again.

use std::collections::BTreeMap;
use yuanlu_channels::{Op, Pace};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::time::Instant;

/// More payments than this are not remembered: the oldest are long past any distance.
const MOST_REMEMBERED: usize = 10_000;

/// What was said to one channel lately.
#[derive(Debug, Default)]
pub(crate) struct Paced {
    /// When a call about refunds of a payment was last made or answered, and whether it was a refund.
    payments: BTreeMap<ChannelNumber, (Instant, bool)>,
    second: i64,
    in_second: u32,
}

impl Paced {
    /// Whether this may be said now.
    pub(crate) fn ready(&self, pace: &Pace, op: &Op, now: Instant) -> bool {
        if self.second == second(now) && self.in_second >= pace.per_second {
            return false;
        }
        let Some((last, refund)) = op.payment_no().and_then(|no| self.payments.get(no)) else { return true };
        let question = matches!(op, Op::QueryRefund { .. });
        let first = if question && *refund { pace.first_question_seconds } else { 0 };
        now >= last.plus_seconds(pace.payment_gap_seconds.max(first).into())
    }

    /// It is said now.
    pub(crate) fn said(&mut self, op: &Op, now: Instant) {
        if self.second != second(now) {
            (self.second, self.in_second) = (second(now), 0);
        }
        self.in_second += 1;
        self.touch(op, now);
    }

    /// It was answered now: the channel may have worked on it until this moment.
    pub(crate) fn touch(&mut self, op: &Op, now: Instant) {
        let Some(no) = op.payment_no() else { return };
        if self.payments.len() >= MOST_REMEMBERED {
            self.payments.retain(|_, (at, _)| now.micros_since(*at) < 3_600_000_000);
        }
        self.payments.insert(no.clone(), (now, matches!(op, Op::Refund { .. })));
    }
}

fn second(at: Instant) -> i64 {
    at.micros().div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use yuanlu_money::Money;

    const PACE: Pace = Pace { payment_gap_seconds: 3, first_question_seconds: 10, per_second: 2 };

    fn at(second: i64) -> Instant {
        Instant::from_micros(0).plus_seconds(second)
    }

    fn refund(payment: &str) -> Op {
        Op::Refund {
            no: "R".into(),
            payment_no: payment.into(),
            payment_ref: "T".into(),
            amount: Money::cny(1),
            total: Money::cny(1),
            reason: "order".into(),
            since: at(0),
        }
    }

    fn question(payment: &str) -> Op {
        Op::QueryRefund {
            no: "R".into(),
            payment_no: payment.into(),
            payment_ref: "T".into(),
            amount: Money::cny(1),
            since: at(0),
        }
    }

    #[test]
    fn calls_about_one_payment_keep_their_distance() {
        let mut paced = Paced::default();
        paced.said(&refund("P1"), at(0));
        assert!(!paced.ready(&PACE, &refund("P1"), at(2)));
        assert!(paced.ready(&PACE, &refund("P2"), at(2)), "another payment");
        assert!(paced.ready(&PACE, &refund("P1"), at(3)));
        // The distance is from the answer, where that came later.
        paced.touch(&refund("P1"), at(5));
        assert!(!paced.ready(&PACE, &refund("P1"), at(7)));
        assert!(paced.ready(&PACE, &refund("P1"), at(8)));
        assert!(!paced.ready(&PACE, &question("P1"), at(14)), "a question waits longer");
        assert!(paced.ready(&PACE, &question("P1"), at(15)));
        paced.said(&question("P1"), at(15));
        assert!(paced.ready(&PACE, &question("P1"), at(18)), "only after a refund");
        assert!(paced.ready(&Pace::FREE, &refund("P1"), at(15)));
    }

    #[test]
    fn so_many_calls_a_second() {
        let mut paced = Paced::default();
        paced.said(&refund("P1"), at(0));
        assert!(paced.ready(&PACE, &refund("P2"), at(0)));
        paced.said(&refund("P2"), at(0));
        assert!(!paced.ready(&PACE, &refund("P3"), at(0)));
        assert!(paced.ready(&PACE, &refund("P3"), at(1)));
    }
}
