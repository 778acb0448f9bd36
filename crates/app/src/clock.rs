//! The only place that reads the system's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use yuanlu_domain::time::Instant;

/// The shop's clock. Clones share it.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    System,
    Shifted { micros: AtomicI64 },
    Manual { micros: AtomicI64 },
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self(Arc::new(Kind::System))
    }

    /// A demo's time: the system's, shifted.
    pub fn shifted(micros: i64) -> Self {
        Self(Arc::new(Kind::Shifted { micros: AtomicI64::new(micros) }))
    }

    /// Stands still until it is set: tests and simulations.
    pub fn manual(at: Instant) -> Self {
        Self(Arc::new(Kind::Manual { micros: AtomicI64::new(at.micros()) }))
    }

    /// What the shop calls now.
    pub fn now(&self) -> Instant {
        match &*self.0 {
            Kind::System => system_now(),
            Kind::Shifted { micros } => system_now().plus_micros(micros.load(Ordering::SeqCst)),
            Kind::Manual { micros } => Instant::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// What people's own clocks show: for second factors, sessions and limits, which no demo moves.
    pub fn real_now(&self) -> Instant {
        match &*self.0 {
            Kind::System | Kind::Shifted { .. } => system_now(),
            Kind::Manual { micros } => Instant::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Sets a demo's or a test's clock; the system's own cannot be set. Answers the shift to be remembered.
    pub fn set(&self, at: Instant) -> Option<i64> {
        match &*self.0 {
            Kind::System => None,
            Kind::Shifted { micros } => {
                let shift = at.micros_since(system_now());
                micros.store(shift, Ordering::SeqCst);
                Some(shift)
            }
            Kind::Manual { micros } => {
                micros.store(at.micros(), Ordering::SeqCst);
                Some(0)
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one clock that everything else is given")]
fn system_now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
