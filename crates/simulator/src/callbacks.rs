//! Callbacks: kept until they are acknowledged, delivered again with growing gaps, given up after a number of tries.

use crate::seal::Signer;
use crate::{SECOND, Simulator};
use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A callback nobody acknowledges is given up after this many tries (about a day).
pub const MOST_TRIES: u32 = 15;

/// Seconds between one try and the next; the last one repeats.
const GAPS: [i64; 8] = [15, 15, 30, 180, 600, 1200, 1800, 3600];

/// The header that names a callback, so that its delivery can be reported back.
pub const EVENT_HEADER: &str = "sim-event";

/// A callback on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Names it.
    pub event: String,
    /// The exact body.
    pub body: String,
    /// When it is tried next (µs UTC).
    pub due: i64,
    /// Tries so far.
    pub tries: u32,
    /// How often it is delivered again although acknowledged.
    copies: u32,
    signer: Signer,
}

impl Simulator {
    pub(crate) fn queue(&mut self, about: &str, content: &Value, due: i64, copies: u32, signer: Signer) {
        let event = format!("E{:010}", self.serial());
        let body = json!({
            "event": event,
            "merchant": self.state.setup.merchant,
            "about": about,
            "content": content,
        });
        let body = body.to_string();
        self.state.deliveries.push(Delivery { event, body, due, tries: 0, copies, signer });
    }

    /// The callbacks due now, signed, to be posted to the shop; report each with [`Simulator::delivered`]. What is not
    /// reported is tried again.
    pub fn due_callbacks(&mut self, now: i64) -> Vec<Request<Vec<u8>>> {
        self.advance(now);
        let mut requests = Vec::new();
        self.state.deliveries.sort_by_key(|d| d.due);
        for delivery in &mut self.state.deliveries {
            if delivery.due > now {
                break;
            }
            let gap = GAPS[usize::try_from(delivery.tries).unwrap_or(usize::MAX).min(GAPS.len() - 1)];
            delivery.tries += 1;
            delivery.due = now + gap * SECOND;
            let nonce = format!("{}t{}", delivery.event, delivery.tries);
            let url = &self.state.setup.notify_url;
            let mut request = self.keys.callback(url, &delivery.body, &nonce, delivery.signer, now);
            let event = delivery.event.parse().expect("a letter and digits");
            request.headers_mut().insert(EVENT_HEADER, event);
            requests.push(request);
        }
        // A lie is told once; the truth is repeated.
        self.state.deliveries.retain(|d| match d.signer {
            Signer::Channel => d.tries < MOST_TRIES,
            Signer::Replayed | Signer::Stranger => d.tries == 0,
        });
        requests
    }

    /// Says how a callback was answered: 200 acknowledges it.
    pub fn delivered(&mut self, event: &str, status: u16) {
        self.state.deliveries.retain_mut(|d| {
            if d.event != event || status != 200 {
                return true;
            }
            let again = d.copies > 0;
            d.copies = d.copies.saturating_sub(1);
            again
        });
    }

    /// Callbacks not yet acknowledged.
    pub fn undelivered(&self) -> &[Delivery] {
        &self.state.deliveries
    }
}
