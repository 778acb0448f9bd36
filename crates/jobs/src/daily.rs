//! Work of a day, done once a Shanghai day and after every start; doing it again is harmless.

use crate::shop::Shop;
use std::collections::BTreeMap;
use yuanlu_domain::time::Instant;

/// Days for which an idempotency key gives the first answer again.
const KEY_DAYS: i64 = 30;
/// Days for which it is known what was sent.
const MESSAGE_DAYS: i64 = 180;
/// The hour of the day at which shops are told what waits for them.
const DIGEST_HOUR: i64 = 9;
/// Before a failed task is tried again.
const RETRY_MINUTES: i64 = 10;

/// A task of every day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DailyTask {
    /// Seal the journals that changed.
    Seal,
    /// Forget idempotency keys used before this instant.
    ForgetKeys {
        /// First instant whose keys stay.
        before: Instant,
    },
    /// Remove sessions that have ended.
    EndSessions,
    /// Remove applications nobody went on with.
    ForgetDrafts,
    /// Work out the ranking of sellers.
    RankSellers,
    /// Tell shops what waits for them.
    SendDigests,
    /// Forget messages decided before this instant.
    ForgetMessages {
        /// First instant whose messages stay.
        before: Instant,
    },
}

/// What was done on which day.
#[derive(Default)]
pub(crate) struct Days {
    /// By position of the task: the start of the day it was done for, or from when it is tried again.
    done: BTreeMap<usize, Done>,
}

enum Done {
    On(Instant),
    RetryAt(Instant),
}

impl Days {
    pub(crate) fn run(&mut self, shop: &impl Shop, now: Instant) {
        let today = Instant::start_of(now.date());
        let before = now.plus_days(-KEY_DAYS);
        let tasks = [
            DailyTask::Seal,
            DailyTask::ForgetKeys { before },
            DailyTask::EndSessions,
            DailyTask::ForgetDrafts,
            DailyTask::ForgetMessages { before: now.plus_days(-MESSAGE_DAYS) },
            DailyTask::RankSellers,
            DailyTask::SendDigests,
        ];
        for (position, task) in tasks.into_iter().enumerate() {
            let due = match self.done.get(&position) {
                None => true,
                Some(Done::On(day)) => *day != today,
                Some(Done::RetryAt(at)) => now >= *at,
            };
            if !due || (task == DailyTask::SendDigests && now < today.plus_hours(DIGEST_HOUR)) {
                continue;
            }
            let done = match shop.daily(task, now) {
                Ok(()) => Done::On(today),
                Err(failure) => {
                    failure.log("work of the day failed");
                    Done::RetryAt(now.plus_minutes(RETRY_MINUTES))
                }
            };
            self.done.insert(position, done);
        }
    }
}
