//! Limits per address for requests of people we do not know.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use yuanlu_domain::time::Instant;

/// Most addresses remembered at once; more are let through by the limits in the database alone.
const MOST: usize = 20_000;

/// A bucket of tokens per address, refilled evenly. Memory is bounded; limits that must hold across nodes and restarts
/// live in the database.
#[derive(Debug)]
pub struct Limiter {
    burst: u32,
    refill_seconds: i64,
    buckets: Mutex<HashMap<IpAddr, (u32, Instant)>>,
}

impl Limiter {
    /// `burst` requests at once, and one more every `refill_seconds`.
    pub fn new(burst: u32, refill_seconds: i64) -> Self {
        Self { burst, refill_seconds: refill_seconds.max(1), buckets: Mutex::default() }
    }

    /// Takes a token, or says in how many seconds there is one.
    pub fn take(&self, address: IpAddr, now: Instant) -> Result<(), u32> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST {
            buckets.retain(|_, (tokens, at)| self.refilled(*tokens, *at, now).0 < self.burst);
        }
        let known = buckets.len() < MOST || buckets.contains_key(&network(address));
        if !known {
            return Ok(());
        }
        let bucket = buckets.entry(network(address)).or_insert((self.burst, now));
        *bucket = self.refilled(bucket.0, bucket.1, now);
        match bucket.0 {
            0 => {
                let waited = now.micros_since(bucket.1) / 1_000_000;
                Err(u32::try_from(self.refill_seconds - waited).unwrap_or(1).max(1))
            }
            tokens => {
                bucket.0 = tokens - 1;
                Ok(())
            }
        }
    }

    fn refilled(&self, tokens: u32, at: Instant, now: Instant) -> (u32, Instant) {
        let periods = (now.micros_since(at) / 1_000_000 / self.refill_seconds).max(0);
        let tokens = tokens.saturating_add(u32::try_from(periods).unwrap_or(u32::MAX)).min(self.burst);
        (tokens, if tokens == self.burst { now } else { at.plus_seconds(periods * self.refill_seconds) })
    }
}

/// Who owns one IPv6 address owns 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_per_period() {
        let limiter = Limiter::new(3, 10);
        let start = Instant::from_shanghai(2026, 11, 22, 10, 0, 0);
        let (a, b) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        for _ in 0..3 {
            assert_eq!(limiter.take(a, start), Ok(()));
        }
        assert_eq!(limiter.take(a, start.plus_seconds(4)), Err(6));
        assert_eq!(limiter.take(b, start), Ok(()));
        assert_eq!(limiter.take(a, start.plus_seconds(10)), Ok(()));
        assert_eq!(limiter.take(a, start.plus_seconds(11)), Err(9));
    }

    #[test]
    fn one_ipv6_network_is_one_address() {
        let limiter = Limiter::new(1, 10);
        let now = Instant::from_micros(0);
        assert!(limiter.take("2001:db8::1".parse().unwrap(), now).is_ok());
        assert!(limiter.take("2001:db8::2".parse().unwrap(), now).is_err());
        assert!(limiter.take("2001:db8:0:1::1".parse().unwrap(), now).is_ok());
    }
}
