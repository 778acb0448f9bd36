//! What could not be done just now, and from when it is tried again: so that one row that always fails does not keep
//! the others waiting.

use std::collections::BTreeMap;
use yuanlu_domain::time::Instant;

const FIRST_WAIT_SECONDS: i64 = 5;
const MOST_WAIT_SECONDS: i64 = 600;
/// More than this is forgotten, smallest first, rather than remembered for ever.
const MOST: usize = 10_000;

pub(crate) struct Deferred<K> {
    until: BTreeMap<K, (Instant, i64)>,
}

impl<K> Default for Deferred<K> {
    fn default() -> Self {
        Self { until: BTreeMap::new() }
    }
}

impl<K: Ord> Deferred<K> {
    pub(crate) fn ready(&self, key: &K, now: Instant) -> bool {
        self.until.get(key).is_none_or(|(at, _)| now >= *at)
    }

    /// Waits longer with every failure.
    pub(crate) fn defer(&mut self, key: K, now: Instant) {
        if self.until.len() >= MOST {
            self.until.retain(|_, (at, _)| now < *at);
        }
        if self.until.len() >= MOST {
            self.until.pop_first();
        }
        let wait = self.until.get(&key).map_or(FIRST_WAIT_SECONDS, |(_, wait)| (wait * 2).min(MOST_WAIT_SECONDS));
        self.until.insert(key, (now.plus_seconds(wait), wait));
    }

    pub(crate) fn forget(&mut self, key: &K) {
        self.until.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end_with_success() {
        let now = Instant::from_micros(0);
        let mut deferred = Deferred::default();
        assert!(deferred.ready(&1, now));
        deferred.defer(1, now);
        assert!(!deferred.ready(&1, now.plus_seconds(4)) && deferred.ready(&1, now.plus_seconds(5)));
        deferred.defer(1, now);
        assert!(!deferred.ready(&1, now.plus_seconds(9)) && deferred.ready(&2, now));
        (0..20).for_each(|_| deferred.defer(1, now));
        assert!(deferred.ready(&1, now.plus_seconds(MOST_WAIT_SECONDS)));
        deferred.forget(&1);
        assert!(deferred.ready(&1, now));
    }

    #[test]
    fn does_not_grow_for_ever() {
        let now = Instant::from_micros(0);
        let mut deferred = Deferred::default();
        (0..MOST + 100).for_each(|key| deferred.defer(key, now));
        assert_eq!(deferred.until.len(), MOST);
    }
}
