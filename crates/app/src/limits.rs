//! How often something may be tried. Counters live in memory, in a bounded table: by account first, by address second.

use crate::errors::{AppError, Result};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use yuanlu_domain::time::Instant;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tried {
    Login,
    LoginAddress,
    QueryPassword,
    QueryPasswordAddress,
    Apply,
    Register,
    GuestOrder,
    Upload,
    TipOff,
    Export,
    Support,
    Search,
    Contact,
    RedemptionCode,
}

/// At most so many in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So many.
    pub most: u32,
    /// In so many seconds.
    pub seconds: u32,
}

impl Rate {
    const fn new(most: u32, seconds: u32) -> Self {
        Self { most, seconds }
    }
}

/// Every limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Failed sign-ins for one name.
    pub login: Rate,
    /// Failed sign-ins from one address.
    pub login_address: Rate,
    /// Wrong query passwords for one order.
    pub query_password: Rate,
    /// Wrong query passwords from one address.
    pub query_password_address: Rate,
    /// Applications of one buyer.
    pub apply: Rate,
    /// New accounts from one address.
    pub register: Rate,
    /// Orders without account from one address.
    pub guest_order: Rate,
    /// Uploads of one person.
    pub upload: Rate,
    /// Tip-offs of one account, or from one address.
    pub tip_off: Rate,
    /// Evidence packages of one person.
    pub export: Rate,
    /// Messages to support of one account, or from one address.
    pub support: Rate,
    /// Searches of one person of staff.
    pub search: Rate,
    /// Codes and links sent to one address, or for one account.
    pub contact: Rate,
    /// Redemption codes that turned out wrong, of one account.
    pub redemption_code: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            login: Rate::new(10, 900),
            login_address: Rate::new(60, 900),
            query_password: Rate::new(10, 3600),
            query_password_address: Rate::new(40, 3600),
            apply: Rate::new(30, 3600),
            register: Rate::new(30, 3600),
            guest_order: Rate::new(60, 3600),
            upload: Rate::new(60, 3600),
            tip_off: Rate::new(10, 3600),
            export: Rate::new(20, 3600),
            support: Rate::new(60, 3600),
            search: Rate::new(300, 3600),
            contact: Rate::new(5, 3600),
            redemption_code: Rate::new(10, 3600),
        }
    }
}

impl Limits {
    /// None at all: simulations and benchmarks.
    pub fn none() -> Self {
        let all = Rate::new(u32::MAX, 1);
        Self {
            login: all,
            login_address: all,
            query_password: all,
            query_password_address: all,
            apply: all,
            register: all,
            guest_order: all,
            upload: all,
            tip_off: all,
            export: all,
            support: all,
            search: all,
            contact: all,
            redemption_code: all,
        }
    }

    fn rate(&self, tried: Tried) -> Rate {
        match tried {
            Tried::Login => self.login,
            Tried::LoginAddress => self.login_address,
            Tried::QueryPassword => self.query_password,
            Tried::QueryPasswordAddress => self.query_password_address,
            Tried::Apply => self.apply,
            Tried::Register => self.register,
            Tried::GuestOrder => self.guest_order,
            Tried::Upload => self.upload,
            Tried::TipOff => self.tip_off,
            Tried::Export => self.export,
            Tried::Support => self.support,
            Tried::Search => self.search,
            Tried::Contact => self.contact,
            Tried::RedemptionCode => self.redemption_code,
        }
    }
}

/// Counters in use at most; the oldest go first.
const MOST_COUNTERS: usize = 20_000;

pub(crate) struct Limiter {
    limits: Limits,
    counters: Mutex<HashMap<(Tried, String), Counter>>,
}

#[derive(Clone, Copy)]
struct Counter {
    since: Instant,
    count: u32,
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, counters: Mutex::default() }
    }

    /// Counts one try; refuses it when there were too many.
    pub(crate) fn take(&self, tried: Tried, who: &str, now: Instant) -> Result<()> {
        let rate = self.limits.rate(tried);
        if rate.most == u32::MAX {
            return Ok(());
        }
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let until = |counter: &Counter| counter.since.plus_seconds(i64::from(rate.seconds));
        if counters.len() >= MOST_COUNTERS && !counters.contains_key(&(tried, who.to_owned())) {
            self.make_room(&mut counters, now);
        }
        let counter = counters.entry((tried, who.to_owned())).or_insert(Counter { since: now, count: 0 });
        if until(counter) <= now {
            *counter = Counter { since: now, count: 0 };
        }
        if counter.count >= rate.most {
            let wait = until(counter).micros_since(now) / 1_000_000 + 1;
            return Err(AppError::TooMany { retry_after_seconds: u32::try_from(wait).unwrap_or(1) });
        }
        counter.count += 1;
        Ok(())
    }

    /// Gives a try back that turned out right.
    pub(crate) fn forgive(&self, tried: Tried, who: &str) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = counters.get_mut(&(tried, who.to_owned())) {
            counter.count = counter.count.saturating_sub(1);
        }
    }

    fn make_room(&self, counters: &mut HashMap<(Tried, String), Counter>, now: Instant) {
        counters.retain(|(tried, _), counter| {
            now < counter.since.plus_seconds(i64::from(self.limits.rate(*tried).seconds))
        });
        if counters.len() >= MOST_COUNTERS {
            let mut ages: Vec<Instant> = counters.values().map(|counter| counter.since).collect();
            let middle = ages.len() / 2;
            let (_, median, _) = ages.select_nth_unstable(middle);
            let median = *median;
            counters.retain(|_, counter| counter.since > median);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_forgives_and_starts_again() {
        let limiter = Limiter::new(Limits { login: Rate::new(2, 60), ..Limits::default() });
        let at = |seconds| Instant::from_micros(0).plus_seconds(seconds);
        limiter.take(Tried::Login, "a", at(0)).unwrap();
        limiter.take(Tried::Login, "a", at(1)).unwrap();
        assert_eq!(limiter.take(Tried::Login, "a", at(2)), Err(AppError::TooMany { retry_after_seconds: 59 }));
        limiter.take(Tried::Login, "b", at(2)).unwrap();
        limiter.forgive(Tried::Login, "a");
        limiter.take(Tried::Login, "a", at(3)).unwrap();
        limiter.take(Tried::Login, "a", at(60)).unwrap();
    }

    #[test]
    fn a_flood_of_names_does_not_fill_the_memory() {
        let limiter = Limiter::new(Limits::default());
        for n in 0..3 * MOST_COUNTERS {
            let now = Instant::from_micros(i64::try_from(n).unwrap());
            limiter.take(Tried::Login, &n.to_string(), now).unwrap();
        }
        assert!(limiter.counters.lock().unwrap().len() <= MOST_COUNTERS);
    }
}
