//! The clock of this machine beside that of the database's server. Nodes reckon turns and leases by their own clocks, and agree
//! on none; the server's is what an operator can compare them with. Small differences harm nothing, and no work stops.

use crate::guard::Tick;
use crate::shop::Shop;

/// From this difference on somebody is told.
const FAR_SECONDS: i64 = 60;
/// How often the server is asked.
const LOOK_MICROS: i64 = 10 * 60 * 1_000_000;

/// What the last look said.
#[derive(Debug, Default)]
pub(crate) struct ServerClock {
    /// Uptime of the last look.
    looked: Option<i64>,
    /// Seconds by which this machine is ahead, while that is far.
    ahead: Option<i64>,
}

impl ServerClock {
    /// Looks, if it is time to, and says what has changed.
    pub(crate) fn look(&mut self, shop: &impl Shop, tick: Tick) {
        if self.looked.is_some_and(|at| tick.uptime_micros < at.saturating_add(LOOK_MICROS)) {
            return;
        }
        self.looked = Some(tick.uptime_micros);
        let theirs = match shop.server_time() {
            Ok(Some(theirs)) => theirs,
            // A file has no server.
            Ok(None) => return,
            Err(failure) => return failure.log("the database's server could not be asked for the time"),
        };
        let seconds = tick.wall.micros().saturating_sub(theirs.micros()) / 1_000_000;
        let far = seconds.saturating_abs() >= FAR_SECONDS;
        match (far, self.ahead) {
            (true, _) => tracing::warn!(
                seconds_ahead = seconds,
                "the clocks of this machine and of the database's server differ; turns end by the clock of the node that \
                 looks: set the clocks, by a time server if there is one"
            ),
            (false, Some(_)) => tracing::warn!("the clocks of this machine and of the database's server agree again"),
            (false, None) => {}
        }
        self.ahead = far.then_some(seconds);
    }

    /// Seconds by which this machine is ahead of the server, while that is far.
    pub(crate) fn ahead(&self) -> Option<i64> {
        self.ahead
    }
}
