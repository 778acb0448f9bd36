//! The reckoning: is everything there that was answered, once, and did money move once?

use crate::load::{Answer, Buyer, Load, What};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use yuanlu_world::crowd::PRICE_MINOR;

/// What came out.
#[derive(Debug, Default)]
pub struct Reckoning {
    /// Answers that somebody relies on.
    pub answered: usize,
    /// Of those, what cannot be found.
    pub lost: Vec<String>,
    /// What is there twice, or was paid twice.
    pub doubled: Vec<String>,
    /// What is wrong otherwise.
    pub wrong: Vec<String>,
    /// Refunds that left through the channel.
    pub departures: usize,
}

impl Reckoning {
    /// Asks both nodes for everything that was answered.
    pub fn of(load: &Load, buyers: &[Buyer]) -> Self {
        let mut found = Self { wrong: load.record.refused(), ..Self::default() };
        let answers = load.record.answers();
        found.answered = answers.len();
        found.find_each(load, buyers, &answers);
        found.count_each(load, buyers, &answers);
        found.compare_channel(load);
        found
    }

    /// Whether all is well.
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.wrong.is_empty()
    }

    /// By its key: sent again, it is answered with what it was; and by its number, at the other node.
    fn find_each(&mut self, load: &Load, buyers: &[Buyer], answers: &[Answer]) {
        for (number, answer) in answers.iter().enumerate() {
            let (buyer, port) = (&buyers[answer.buyer], load.nodes[number % load.nodes.len()]);
            let other = load.nodes[(number + 1) % load.nodes.len()];
            let (path, shown) = match answer.what {
                What::Placed => ("/api/v1/orders".to_owned(), format!("/api/v1/orders/{}", answer.order)),
                What::Refunded => {
                    (format!("/api/v1/orders/{}/cases", answer.order), format!("/api/v1/cases/{}C1", answer.order))
                }
            };
            let again = load.ask(port, buyer, "POST", &path, Some((&answer.key, &answer.body)));
            let order = match &again {
                Some((200..300, body)) => order_in(body, answer.what),
                _ => String::new(),
            };
            if order != answer.order {
                let status = again.map_or(0, |(status, _)| status);
                let text = format!("{}: answered with {}, now {status} {order}", answer.key, answer.order);
                if order.is_empty() { self.lost.push(text) } else { self.doubled.push(text) }
            }
            match load.ask(other, buyer, "GET", &shown, None) {
                Some((200, _)) => {}
                other => self.lost.push(format!("{shown}: {}", other.map_or(0, |(status, _)| status))),
            }
        }
    }

    /// Each person has the orders he placed and no other, each with one case, and his money is what it was.
    fn count_each(&mut self, load: &Load, buyers: &[Buyer], answers: &[Answer]) {
        let mut placed: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for answer in answers {
            placed.entry(answer.buyer).or_default().insert(&answer.order);
        }
        for (number, orders) in placed {
            let buyer = &buyers[number];
            let Some(listed) = load.insist(buyer, "GET", "/api/v1/orders?limit=100", None) else {
                self.wrong.push(format!("the orders of buyer {number} cannot be read"));
                continue;
            };
            let listed: BTreeSet<&str> =
                listed["items"].as_array().into_iter().flatten().filter_map(|row| row["order"].as_str()).collect();
            self.doubled.extend(listed.difference(&orders).map(|order| format!("{order}: nobody was told of it")));
            for order in orders {
                let view = load.insist(buyer, "GET", &format!("/api/v1/orders/{order}"), None).unwrap_or_default();
                let cases = view["cases"].as_array().map_or(0, Vec::len);
                if cases > 1 {
                    self.doubled.push(format!("{order} has {cases} cases"));
                }
            }
            let balance = load.insist(buyer, "GET", "/api/v1/me/balance", None).unwrap_or_default();
            match balance["spendable"]["minor"].as_i64() {
                Some(PRICE_MINOR) => {}
                Some(more) if more > PRICE_MINOR => self.doubled.push(format!("buyer {number} has {more} fen")),
                less => self.lost.push(format!("buyer {number} has {less:?} fen")),
            }
        }
    }

    /// The channel's own books: each payment came in once and went back once.
    fn compare_channel(&mut self, load: &Load) {
        let simulator = load.channel.lock();
        let books = simulator.bank().books();
        self.wrong.extend(books.violations.iter().map(|text| format!("asked of the channel: {text}")));
        for charged in load.record.charged() {
            let (paid, back) = (books.paid_in(&charged.no), books.returned(&charged.no));
            match back {
                _ if paid != PRICE_MINOR => self.doubled.push(format!("{} was paid with {paid} fen", charged.order)),
                PRICE_MINOR => {}
                more if more > PRICE_MINOR => self.doubled.push(format!("{} went back with {more} fen", charged.order)),
                less => self.wrong.push(format!("{} went back with {less} fen only", charged.order)),
            }
        }
        for refund in simulator.bank().refunds() {
            let left = books.departures(&refund.no);
            self.departures += left;
            if left > 1 {
                self.doubled.push(format!("refund {} left {left} times", refund.no));
            }
        }
    }
}

fn order_in(body: &str, what: What) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let order = match what {
        What::Placed => &body["order"]["order"],
        What::Refunded => &body["summary"]["order"],
    };
    order.as_str().unwrap_or_default().to_owned()
}

/// Whether every refund that goes through the channel has arrived there.
pub fn all_returned(load: &Load) -> bool {
    let simulator = load.channel.lock();
    let books = simulator.bank().books();
    load.record.charged().iter().all(|charged| books.returned(&charged.no) >= PRICE_MINOR)
}

/// How long the longest time without an answer was between two moments.
pub fn longest_pause(times: &[Duration], from: Duration, to: Duration) -> Duration {
    let mut marks: Vec<_> = times.iter().copied().filter(|at| *at > from && *at < to).collect();
    marks.sort();
    marks.push(to);
    let mut last = from;
    let gaps = marks.into_iter().map(|at| {
        let gap = at.saturating_sub(last);
        last = at;
        gap
    });
    gaps.max().unwrap_or_default()
}

/// Runs `yuanlu verify`; what it said, where it found something.
///
/// # Errors
/// When it cannot be run.
pub fn verify(program: &Path, data: &Path, database: &str) -> std::io::Result<Result<(), String>> {
    let output =
        Command::new(program).arg("verify").arg("--data").arg(data).env("YUANLU_DATABASE", database).output()?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Ok(if output.status.success() { Ok(()) } else { Err(said) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_pause_is_found_also_at_the_edges() {
        let at = |seconds: &[u64]| seconds.iter().map(|s| Duration::from_secs(*s)).collect::<Vec<_>>();
        let pause = |times: &[u64], from, to| {
            longest_pause(&at(times), Duration::from_secs(from), Duration::from_secs(to)).as_secs()
        };
        assert_eq!(pause(&[1, 2, 3, 9, 10, 11], 2, 11), 6);
        assert_eq!(pause(&[1, 8, 9], 2, 9), 6);
        assert_eq!(pause(&[1, 2], 2, 9), 7);
        assert_eq!(pause(&[], 0, 5), 5);
    }
}
