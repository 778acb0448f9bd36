//! The time of a run.

use std::time::{Duration, Instant, SystemTime};

/// Since when the lab runs.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Begins to count.
    #[expect(clippy::disallowed_methods, reason = "the lab measures time")]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// How long it has been.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

/// The machine's time in microseconds since 1970 UTC, for the simulated channel.
#[expect(clippy::disallowed_methods, reason = "a channel has its own clock")]
pub fn wall_micros() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Waits a little, again and again, until something holds; says whether it did in time.
pub fn until(most: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let clock = Clock::start();
    while clock.elapsed() < most {
        if holds() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    holds()
}
