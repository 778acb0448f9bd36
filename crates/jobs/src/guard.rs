//! A clock that jumps against the monotonic one is not believed: deadlines must not pass, nor money be decided, because
//! somebody set the time.

use yuanlu_domain::time::Instant;

/// A difference above this is a jump.
const JUMP_MICROS: i64 = 5 * 60 * 1_000_000;
/// For how long both clocks must agree before the wall clock is believed again.
const AGREE_MICROS: i64 = 5 * 60 * 1_000_000;
/// What a clock may drift from one look to the next without anybody minding (time servers do that).
const DRIFT_MICROS: i64 = 1_000_000;

/// What the clocks say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The shop's now; in a demo it may have been moved.
    pub now: Instant,
    /// The machine's clock.
    pub wall: Instant,
    /// Microseconds since some fixed moment, from a clock that nobody can set.
    pub uptime_micros: i64,
}

impl Tick {
    /// A tick of a simulated machine whose clocks always agree.
    pub fn steady(now: Instant) -> Self {
        Self { now, wall: now, uptime_micros: now.micros() }
    }
}

/// Watches the wall clock.
#[derive(Debug, Default)]
pub struct ClockGuard {
    /// Wall clock minus uptime, when they were last believed.
    offset: Option<i64>,
    /// Wall clock minus uptime at the last look.
    seen: i64,
    distrust: Option<Distrust>,
}

#[derive(Clone, Copy, Debug)]
struct Distrust {
    /// Uptime from which on they agree again.
    agree_since: Option<i64>,
}

impl ClockGuard {
    /// Takes a look; whether timers may run.
    pub fn observe(&mut self, tick: Tick) -> bool {
        self.seen = tick.wall.micros().saturating_sub(tick.uptime_micros);
        let offset = *self.offset.get_or_insert(self.seen);
        let off = self.seen.saturating_sub(offset);
        let agrees = off.saturating_abs() <= JUMP_MICROS;
        match (&mut self.distrust, agrees) {
            (None, true) => self.offset = Some(offset + off.clamp(-DRIFT_MICROS, DRIFT_MICROS)),
            (None, false) => {
                tracing::error!(
                    seconds = off / 1_000_000,
                    "the clock jumped; timers stop until it is right or confirmed"
                );
                self.distrust = Some(Distrust { agree_since: None });
            }
            (Some(distrust), false) => distrust.agree_since = None,
            (Some(distrust), true) => {
                let since = *distrust.agree_since.get_or_insert(tick.uptime_micros);
                if tick.uptime_micros.saturating_sub(since) >= AGREE_MICROS {
                    tracing::warn!("the clock is right again; timers go on");
                    self.distrust = None;
                }
            }
        }
        self.distrust.is_none()
    }

    /// Timers are stopped.
    pub fn is_stopped(&self) -> bool {
        self.distrust.is_some()
    }

    /// Seconds the wall clock is off, while timers are stopped.
    pub fn off_seconds(&self) -> Option<i64> {
        let off = self.seen.saturating_sub(self.offset.unwrap_or(self.seen));
        self.distrust.map(|_| off / 1_000_000)
    }

    /// An operator says that the wall clock is right.
    pub fn confirm(&mut self) {
        if self.distrust.take().is_some() {
            tracing::warn!("an operator confirmed the clock; timers go on");
            self.offset = Some(self.seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;
    const START: i64 = 1_795_312_800 * SECOND;

    /// A tick `uptime` seconds after the start, with a wall clock that is `off` seconds wrong.
    fn tick(uptime: i64, off: i64) -> Tick {
        let wall = Instant::from_micros(START + (uptime + off) * SECOND);
        Tick { now: wall, wall, uptime_micros: uptime * SECOND }
    }

    #[test]
    fn a_jump_stops_timers_until_the_clock_is_right_for_five_minutes() {
        for off in [301, -301, 86_400 * 365] {
            let mut guard = ClockGuard::default();
            assert!(guard.observe(tick(0, 0)));
            assert!(guard.observe(tick(1, 0)));
            assert!(!guard.observe(tick(2, off)));
            assert!(!guard.observe(tick(10_000, off)), "time alone does not make it right");
            assert_eq!(guard.off_seconds(), Some(off));
            assert!(!guard.observe(tick(10_001, 0)));
            assert!(!guard.observe(tick(10_200, off)), "and again");
            assert!(!guard.observe(tick(10_300, 0)));
            assert!(!guard.observe(tick(10_599, 0)));
            assert!(guard.observe(tick(10_600, 0)));
            assert_eq!(guard.off_seconds(), None);
        }
    }

    #[test]
    fn an_operator_can_confirm() {
        let mut guard = ClockGuard::default();
        assert!(guard.observe(tick(0, 0)));
        assert!(!guard.observe(tick(1, 4000)));
        guard.confirm();
        assert!(guard.observe(tick(2, 4000)));
        assert!(!guard.observe(tick(3, 0)), "back is a jump too");
    }

    #[test]
    fn small_corrections_and_slow_drift_are_no_jump() {
        let mut guard = ClockGuard::default();
        assert!(guard.observe(tick(0, 0)));
        assert!(guard.observe(tick(1, 299)));
        let mut guard = ClockGuard::default();
        for second in 0..3000 {
            assert!(guard.observe(tick(second, second / 2)), "{second}");
        }
    }

    #[test]
    fn a_moved_demo_clock_is_no_jump_of_the_machine() {
        let mut guard = ClockGuard::default();
        assert!(guard.observe(tick(0, 0)));
        let moved = Tick { now: tick(1, 0).now.plus_days(30), ..tick(1, 0) };
        assert!(guard.observe(moved));
    }
}
