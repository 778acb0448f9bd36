//! News for the merchant: kept until acknowledged, told again with growing gaps, given up after a number of tries.

use super::{Bank, Refund, SECOND};
use crate::cashier::{Payment, Transaction};
use serde::{Deserialize, Serialize};

/// News nobody acknowledges is given up after this many tries (about a day).
pub const MOST_TRIES: u32 = 15;

/// Seconds between one try and the next; the last one repeats.
const GAPS: [i64; 8] = [15, 15, 30, 180, 600, 1200, 1800, 3600];

/// Who tells it, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// The channel, now.
    Channel,
    /// The channel, an hour ago: recorded by somebody and played again. Where a channel's signatures carry no time,
    /// such news is true and old.
    Replayed,
    /// Somebody else.
    Stranger,
}

/// What is told: things as they were when it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A transaction of a payment came in.
    Paid(Payment, Transaction),
    /// A payment was declined.
    Declined(Payment),
    /// A refund or a remittance took a state.
    Refund(Refund),
}

/// News on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Names it.
    pub event: String,
    /// What it says.
    pub notice: Notice,
    /// When what it says happened (µs UTC).
    pub since: i64,
    /// When it is told next (µs UTC).
    pub due: i64,
    /// Tries so far.
    pub tries: u32,
    /// Who tells it.
    pub voice: Voice,
    /// How often it is told again although acknowledged.
    copies: u32,
}

impl Bank {
    pub(crate) fn tell(&mut self, notice: Notice, due: i64, copies: u32, voice: Voice) {
        let event = format!("E{:010}", self.serial());
        self.news.push(News { event, notice, since: due, due, tries: 0, voice, copies });
    }

    /// News due now, with the number of the try in `tries`, to be put into the channel's words and posted to the shop;
    /// report each with [`Bank::delivered`]. What is not reported is told again.
    pub fn due_news(&mut self, now: i64) -> Vec<News> {
        self.advance(now);
        let mut due = Vec::new();
        self.news.sort_by_key(|news| news.due);
        for news in &mut self.news {
            if news.due > now {
                break;
            }
            let gap = GAPS[usize::try_from(news.tries).unwrap_or(usize::MAX).min(GAPS.len() - 1)];
            news.tries += 1;
            news.due = now + gap * SECOND;
            due.push(news.clone());
        }
        // A lie is told once; the truth is repeated.
        self.news.retain(|news| match news.voice {
            Voice::Channel => news.tries < MOST_TRIES,
            Voice::Replayed | Voice::Stranger => news.tries == 0,
        });
        due
    }

    /// Says that news was acknowledged.
    pub fn delivered(&mut self, event: &str) {
        self.news.retain_mut(|news| {
            if news.event != event {
                return true;
            }
            let again = news.copies > 0;
            news.copies = news.copies.saturating_sub(1);
            again
        });
    }

    /// News not yet acknowledged.
    pub fn undelivered(&self) -> &[News] {
        &self.news
    }
}
