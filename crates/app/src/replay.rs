//! Whether an answer was given before, for faces that say so.

use std::cell::Cell;

thread_local! {
    static REPLAYED: Cell<bool> = const { Cell::new(false) };
}

/// Notes that the engine answered under a key it had answered before.
pub(crate) fn note(replayed: bool) {
    if replayed {
        REPLAYED.set(true);
    }
}

/// Calls a use case, and says whether any of its commands had been done before under the same idempotency key.
pub fn noticing_replay<T>(call: impl FnOnce() -> T) -> (T, bool) {
    REPLAYED.set(false);
    let value = call();
    (value, REPLAYED.replace(false))
}
