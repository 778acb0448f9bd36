//! A door for few at a time: what takes much memory waits here.

use crate::errors::{AppError, Result};
use std::sync::{Condvar, Mutex, PoisonError};

/// Lets a fixed number in.
#[derive(Debug)]
pub(crate) struct Gate {
    free: Mutex<usize>,
    left: Condvar,
}

impl Gate {
    /// A door for `places` at a time.
    pub(crate) fn new(places: usize) -> Self {
        Self { free: Mutex::new(places.max(1)), left: Condvar::new() }
    }

    /// Waits for a place, and does the work there on a thread of its own: an allocator keeps for a thread what that thread
    /// has used, and this gives it back at once instead of leaving it with every thread that ever looked into a picture.
    pub(crate) fn pass<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        let _place = self.enter();
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("picture".to_owned()).spawn_scoped(scope, work);
            let thread = thread.map_err(|_| AppError::Unavailable)?;
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Waits for a place and keeps it until dropped.
    fn enter(&self) -> Place<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self.left.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Place(self)
    }
}

/// A place behind the door.
pub(crate) struct Place<'a>(&'a Gate);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.left.notify_one();
    }
}
