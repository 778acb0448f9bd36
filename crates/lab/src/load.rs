//! Steady load: people who buy and refund through the API, every request under an idempotency key, and send it again, to
//! the other node if need be, until it is answered.

use crate::clock::{self, Clock};
use crate::http;
use crate::shop::Channel;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What a person does, one after the other; the first order he has already.
pub const ROUNDS: usize = 12;
/// Every so many rounds he pays through the channel.
const CHANNEL_EVERY: usize = 4;
/// How long a request is waited for.
const PATIENCE: Duration = Duration::from_secs(8);
/// Between a failure and the next try.
const PAUSE: Duration = Duration::from_millis(200);

/// Somebody who buys.
#[derive(Clone, Debug)]
pub struct Buyer {
    /// His number in this run.
    pub number: usize,
    /// His bearer token.
    pub token: String,
    /// An order of his that is paid.
    pub order: String,
}

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// An order was placed.
    Placed,
    /// A refund was asked for.
    Refunded,
}

/// An answer that somebody got and relies on.
#[derive(Clone, Debug)]
pub struct Answer {
    /// To what.
    pub what: What,
    /// By whom.
    pub buyer: usize,
    /// Under which key.
    pub key: String,
    /// What was sent.
    pub body: String,
    /// Number of the order.
    pub order: String,
    /// Since the lab began.
    pub at: Duration,
}

/// A payment through the channel that a refund goes back for.
#[derive(Clone, Debug)]
pub struct Charged {
    /// The order.
    pub order: String,
    /// The payment's number at the channel.
    pub no: String,
}

/// All that happened.
#[derive(Default)]
pub struct Record {
    answers: Mutex<Vec<Answer>>,
    charged: Mutex<Vec<Charged>>,
    failures: Mutex<BTreeMap<String, u64>>,
    refused: Mutex<Vec<String>>,
}

impl Record {
    /// Every answer so far.
    pub fn answers(&self) -> Vec<Answer> {
        held(&self.answers).clone()
    }

    /// When answers came.
    pub fn times(&self) -> Vec<Duration> {
        held(&self.answers).iter().map(|answer| answer.at).collect()
    }

    /// How many tries came to nothing so far.
    pub fn failures(&self) -> u64 {
        held(&self.failures).values().sum()
    }

    /// The same by what came back.
    pub fn failures_by_kind(&self) -> BTreeMap<String, u64> {
        held(&self.failures).clone()
    }

    /// Payments through the channel.
    pub fn charged(&self) -> Vec<Charged> {
        held(&self.charged).clone()
    }

    /// Answers that no fault explains.
    pub fn refused(&self) -> Vec<String> {
        held(&self.refused).clone()
    }
}

fn held<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What all who buy have in common.
pub struct Load {
    /// Where nodes listen.
    pub nodes: Vec<u16>,
    /// The channel.
    pub channel: Channel,
    /// What is bought.
    pub product: String,
    /// For how much, as decimal text.
    pub price: String,
    /// Between the requests of one person.
    pub pace: Duration,
    /// Since when.
    pub clock: Clock,
    /// What happened.
    pub record: Record,
    /// Nobody begins anything new.
    pub over: AtomicBool,
    /// Nobody tries any more.
    pub gone: AtomicBool,
}

impl Load {
    /// Lives through some buyers, one after the other.
    pub fn live(&self, buyers: &[Buyer]) {
        for buyer in buyers {
            for round in 0..ROUNDS {
                if self.over.load(Ordering::SeqCst) {
                    return;
                }
                // Whoever gave up does so because the lab is over.
                if self.round(buyer, round).is_none() {
                    return;
                }
            }
        }
    }

    fn round(&self, buyer: &Buyer, round: usize) -> Option<()> {
        let by_channel = round % CHANNEL_EVERY == CHANNEL_EVERY - 1;
        let order = match round {
            0 => buyer.order.clone(),
            _ => self.place(buyer, round, if by_channel { "alipay" } else { "balance" })?,
        };
        if by_channel {
            self.pay(buyer, &order, round)?;
        }
        let body = json!({ "units": [1], "reason": "personal", "to_balance": !by_channel }).to_string();
        let (key, path) = (format!("refund-{order}"), format!("/api/v1/orders/{order}/cases"));
        let case = self.insist(buyer, "POST", &path, Some((&key, &body)))?;
        let known = case["summary"]["order"].as_str().unwrap_or_default();
        self.note(What::Refunded, buyer, key, body, known.to_owned());
        std::thread::sleep(self.pace);
        Some(())
    }

    fn place(&self, buyer: &Buyer, round: usize, tender: &str) -> Option<String> {
        let price = json!({ "amount": self.price, "currency": "CNY" });
        let line = json!({ "product": self.product, "quantity": 1, "seen_price": price });
        let body = json!({ "lines": [line], "tender": tender }).to_string();
        let key = format!("place-{}-{round}", buyer.number);
        let placed = self.insist(buyer, "POST", "/api/v1/orders", Some((&key, &body)))?;
        let order = placed["order"]["order"].as_str()?.to_owned();
        self.note(What::Placed, buyer, key, body, order.clone());
        std::thread::sleep(self.pace);
        Some(order)
    }

    /// Through the channel, and until the shop has heard of it.
    fn pay(&self, buyer: &Buyer, order: &str, round: usize) -> Option<()> {
        let (key, path) = (format!("pay-{}-{round}", buyer.number), format!("/api/v1/orders/{order}/pay"));
        let body = json!({ "channel": "alipay" }).to_string();
        let opened = self.insist(buyer, "POST", &path, Some((&key, &body)))?;
        let (link, no) = (opened["cashier_url"].as_str()?, opened["payment"]["no"].as_str()?);
        if !self.channel.pay(link, no) {
            held(&self.record.refused).push(format!("the cashier of {order} did not take the payment"));
            return None;
        }
        held(&self.record.charged).push(Charged { order: order.to_owned(), no: no.to_owned() });
        while self.insist(buyer, "GET", &format!("/api/v1/orders/{order}"), None)?["status"] != "paid" {
            std::thread::sleep(Duration::from_millis(500));
        }
        Some(())
    }

    fn note(&self, what: What, buyer: &Buyer, key: String, body: String, order: String) {
        let at = self.clock.elapsed();
        held(&self.record.answers).push(Answer { what, buyer: buyer.number, key, body, order, at });
    }

    /// Sends a request until it is answered; `None` once the lab gives up.
    pub fn insist(&self, buyer: &Buyer, method: &str, path: &str, sent: Option<(&str, &str)>) -> Option<Value> {
        let mut node = buyer.number;
        while !self.gone.load(Ordering::SeqCst) {
            let port = self.nodes[node % self.nodes.len()];
            match self.ask(port, buyer, method, path, sent) {
                Some((200..300, body)) => return serde_json::from_str(&body).ok(),
                Some((status @ (400..=408 | 410..=428 | 430..=499), body)) => {
                    held(&self.record.refused).push(format!("{method} {path}: {status}: {body:.300}"));
                    return None;
                }
                other => {
                    let kind = other.map_or("no answer".to_owned(), |(status, _)| format!("status {status}"));
                    *held(&self.record.failures).entry(kind).or_default() += 1;
                    node += 1;
                    std::thread::sleep(PAUSE);
                }
            }
        }
        None
    }

    /// One try.
    pub fn ask(
        &self,
        port: u16,
        buyer: &Buyer,
        method: &str,
        path: &str,
        sent: Option<(&str, &str)>,
    ) -> Option<(u16, String)> {
        let bearer = format!("Bearer {}", buyer.token);
        let mut headers = vec![("authorization", bearer.as_str())];
        if let Some((key, _)) = sent {
            headers.extend([("content-type", "application/json"), ("idempotency-key", key)]);
        }
        let body = sent.map_or("", |(_, body)| body);
        http::ask(port, method, path, &headers, body.as_bytes(), PATIENCE)
    }

    /// Waits until answers come again, and go on coming.
    pub fn await_flow(&self, most: Duration) -> bool {
        clock::until(most, || {
            let now = self.clock.elapsed();
            let times = self.record.times();
            (0..3).all(|second| {
                let (from, to) = (Duration::from_secs(second + 1), Duration::from_secs(second));
                times.iter().any(|at| *at + from > now && *at + to <= now)
            })
        })
    }
}
