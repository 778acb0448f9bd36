//! One channel's limits: so many calls at once, and none for a while after several failed in a row.

use yuanlu_channels::Reply;
use yuanlu_domain::time::Instant;

/// Calls to one channel at a time.
const MOST_AT_ONCE: usize = 16;
/// Failures in a row that open the breaker.
const MOST_FAILURES: u32 = 5;
/// How long it stays open before one call may try.
const OPEN_SECONDS: i64 = 30;

#[derive(Debug, Default)]
pub(crate) struct Breaker {
    under_way: usize,
    failures: u32,
    /// While open: from when one call may try.
    retry_at: Option<Instant>,
}

impl Breaker {
    /// How many more calls may be made now.
    pub(crate) fn free_places(&self, now: Instant) -> usize {
        let most = match self.retry_at {
            None => MOST_AT_ONCE,
            Some(at) => usize::from(now >= at),
        };
        most.saturating_sub(self.under_way)
    }

    /// A call takes a place.
    pub(crate) fn taken(&mut self) {
        self.under_way += 1;
    }

    /// A place was taken and no call was made.
    pub(crate) fn given_back(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// A call was answered, or not.
    pub(crate) fn answered(&mut self, reply: &Reply, now: Instant) {
        self.given_back();
        match reply {
            Reply::Http { status: ..500, .. } => *self = Self { under_way: self.under_way, ..Self::default() },
            Reply::Http { .. } | Reply::TimedOut | Reply::ConnectionLost | Reply::NotSent => {
                self.failures += 1;
                if self.failures >= MOST_FAILURES {
                    self.retry_at = Some(now.plus_seconds(OPEN_SECONDS));
                }
            }
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.retry_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_after_failures_in_a_row_and_lets_one_call_try() {
        let now = Instant::from_micros(0);
        let mut breaker = Breaker::default();
        let good = Reply::Http { status: 404, headers: vec![], body: vec![] };
        for round in 0..2 {
            for _ in 0..MOST_FAILURES - 1 {
                assert!(breaker.free_places(now) > 0, "{round}");
                breaker.taken();
                breaker.answered(&Reply::TimedOut, now);
            }
            assert!(!breaker.is_open());
            breaker.taken();
            breaker.answered(&good, now);
        }
        for _ in 0..MOST_FAILURES {
            breaker.taken();
            breaker.answered(&Reply::NotSent, now);
        }
        assert!(breaker.is_open());
        assert_eq!(breaker.free_places(now.plus_seconds(OPEN_SECONDS - 1)), 0);
        let later = now.plus_seconds(OPEN_SECONDS);
        assert_eq!(breaker.free_places(later), 1, "one call tries, not all");
        breaker.taken();
        assert_eq!(breaker.free_places(later), 0);
        breaker.answered(&Reply::ConnectionLost, later);
        assert_eq!(breaker.free_places(later.plus_seconds(1)), 0);
        breaker.taken();
        breaker.answered(&good, later.plus_seconds(OPEN_SECONDS));
        assert!(!breaker.is_open());
    }

    #[test]
    fn so_many_calls_at_once() {
        let now = Instant::from_micros(0);
        let mut breaker = Breaker::default();
        while breaker.free_places(now) > 0 {
            breaker.taken();
        }
        assert_eq!(breaker.under_way, MOST_AT_ONCE);
        breaker.given_back();
        assert_eq!(breaker.free_places(now), 1);
    }
}
