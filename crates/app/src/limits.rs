//! How often something may be tried. Counters live in memory, in a bounded table: by account first, by address second.
//!
//! What guesses at a secret, or costs somebody a message, is counted in the database too where several nodes may serve it
//! (`App::count_tries`): whoever is sent from node to node has no more tries than at one. All other limits spare the node
//! that is asked, and are its own.

use crate::app::App;
use crate::errors::{AppError, Result};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use yuanlu_domain::time::Instant;
use yuanlu_storage::attempt;

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

impl Tried {
    /// The stable code; part of what is hashed.
    fn code(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginAddress => "login_address",
            Self::QueryPassword => "query_password",
            Self::QueryPasswordAddress => "query_password_address",
            Self::Apply => "apply",
            Self::Register => "register",
            Self::GuestOrder => "guest_order",
            Self::Upload => "upload",
            Self::TipOff => "tip_off",
            Self::Export => "export",
            Self::Support => "support",
            Self::Search => "search",
            Self::Contact => "contact",
            Self::RedemptionCode => "redemption_code",
        }
    }
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

impl App {
    /// Counts tries, each of one person or address at one thing, with those at other nodes; refuses them when there were too
    /// many.
    pub(crate) fn count_tries(&self, tries: &[(Tried, &str)], now: Instant) -> Result<()> {
        // Whoever is refused here costs the database nothing.
        tries.iter().try_for_each(|(tried, who)| self.limiter().take(*tried, who, now))?;
        let limits = &self.limiter().limits;
        let limited = tries.iter().filter(|(tried, _)| limits.rate(*tried).most != u32::MAX);
        let shared: Vec<_> = limited.map(|(tried, who)| (limits.rate(*tried), self.attempt(*tried, who))).collect();
        if !self.has_other_nodes() || shared.is_empty() {
            return Ok(());
        }
        self.write(move |tx, _| {
            for (rate, id) in &shared {
                let seconds = i64::from(rate.seconds);
                let (since, count) = attempt::add(tx, id, now, now.plus_seconds(-seconds))?;
                if count > i64::from(rate.most) {
                    return Err(too_many(since.plus_seconds(seconds), now));
                }
            }
            Ok(())
        })
    }

    /// Gives tries back that turned out right.
    pub(crate) fn forgive_tries(&self, tries: &[(Tried, &str)]) {
        tries.iter().for_each(|(tried, who)| self.limiter().forgive(*tried, who));
        if !self.has_other_nodes() {
            return;
        }
        let ids: Vec<_> = tries.iter().map(|(tried, who)| self.attempt(*tried, who)).collect();
        let forgiven = self.write(move |tx, _| Ok(ids.iter().try_for_each(|id| attempt::forgive(tx, id))?));
        // It was right all the same; at worst one try is missing for a while.
        if let Err(error) = forgiven {
            tracing::warn!(code = error.code(), "a try could not be given back");
        }
    }

    /// A file has one node, whose memory is enough.
    fn has_other_nodes(&self) -> bool {
        self.db().location().file().is_none()
    }

    fn attempt(&self, tried: Tried, who: &str) -> String {
        self.vault().blind_index("attempt", format!("{}\n{who}", tried.code()).as_bytes())
    }
}

fn too_many(until: Instant, now: Instant) -> AppError {
    let wait = until.micros_since(now) / 1_000_000 + 1;
    AppError::TooMany { retry_after_seconds: u32::try_from(wait).unwrap_or(1) }
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
            return Err(too_many(until(counter), now));
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
