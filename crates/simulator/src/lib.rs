//! The other side of the simulated payment channel: a cashier, refunds that behave well or badly, callbacks, and its
//! own books of what money really did.
//!
//! It shares no code with the client in `channels`, on purpose: two readings of one protocol find mistakes that one
//! would hide. It performs no IO and reads no clock: requests come in as values, time is an argument (microseconds
//! UTC), callbacks are handed out to be delivered, and the whole state can be saved as text.
//!
//! The protocol (also the list of what a client must cope with):
//! - `GET|POST {base}/cashier?…&sign=`: the payer's page; see [`Choice`].
//! - `POST {base}/v1/refunds`: `{no, payment_no, payment_ref, amount_minor, total_minor, currency, reason}`. The same
//!   number with the same content gives the same refund again and moves money once; other content is `409 changed`.
//! - `GET {base}/v1/refunds/{no}`: the refund, or `404 not_found`.
//! - `GET {base}/v1/payments/{no}`: the payment with every transaction under its number.
//! - Callbacks are posted to the notify address, again and again until acknowledged or [`callbacks::MOST_TRIES`].
//!
//! Headers and signed texts are in [`seal`].

pub mod behaviour;
pub mod books;
pub mod callbacks;
pub mod cashier;
mod page;
mod refund;
pub mod seal;

pub use behaviour::{Behaviour, Chooser};
pub use books::{Books, Movement, What};
pub use cashier::{CashierError, Choice, Payment, PaymentStatus, Transaction};
pub use refund::{Refund, Status};

use callbacks::Delivery;
use http::{Method, Request, Response};
use seal::Keys;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const HOUR: i64 = 3600 * SECOND;

/// How a simulator is set up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup {
    /// 32 bytes (hex) its signing key is made from.
    pub key_seed: String,
    /// The merchant's name.
    pub merchant: String,
    /// The merchant's public key (hex).
    pub merchant_key: String,
    /// Where callbacks go.
    pub notify_url: String,
    /// How refunds behave.
    pub chooser: Chooser,
}

/// What a simulator remembers.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    setup: Setup,
    /// Numbers with a behaviour of their own.
    scripted: BTreeMap<String, Behaviour>,
    /// How the next new numbers will behave, in the order in which they come.
    #[serde(default)]
    next: VecDeque<Behaviour>,
    payments: BTreeMap<String, Payment>,
    refunds: BTreeMap<String, Refund>,
    /// First send and sends so far, by refund number, recorded or not.
    sends: BTreeMap<String, (i64, u32)>,
    deliveries: Vec<Delivery>,
    books: Books,
    /// When the merchant last put money into its account here.
    topped_up_at: Option<i64>,
    serial: u64,
}

/// The simulated channel.
#[derive(Debug)]
pub struct Simulator {
    keys: Keys,
    state: State,
}

/// Why a saved state or a setup cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSetup(String);

impl std::fmt::Display for BadSetup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "simulator: {}", self.0)
    }
}

impl std::error::Error for BadSetup {}

impl Simulator {
    /// An empty one.
    pub fn new(setup: Setup) -> Result<Self, BadSetup> {
        Self::of(State {
            setup,
            scripted: BTreeMap::new(),
            next: VecDeque::new(),
            payments: BTreeMap::new(),
            refunds: BTreeMap::new(),
            sends: BTreeMap::new(),
            deliveries: Vec::new(),
            books: Books::default(),
            topped_up_at: None,
            serial: 0,
        })
    }

    fn of(state: State) -> Result<Self, BadSetup> {
        let keys = Keys::new(&state.setup.key_seed, &state.setup.merchant_key).map_err(BadSetup)?;
        Ok(Self { keys, state })
    }

    /// Reads what [`Simulator::save`] wrote.
    pub fn load(text: &str) -> Result<Self, BadSetup> {
        Self::of(serde_json::from_str(text).map_err(|e| BadSetup(e.to_string()))?)
    }

    /// The whole state as text.
    pub fn save(&self) -> String {
        serde_json::to_string(&self.state).expect("maps with text keys are JSON")
    }

    /// Its public key, to be given to the client.
    pub fn public_key(&self) -> [u8; 32] {
        self.keys.public_key()
    }

    /// Sends callbacks elsewhere from now on: the shop moved to another address.
    pub fn set_notify_url(&mut self, url: &str) {
        url.clone_into(&mut self.state.setup.notify_url);
    }

    /// Fixes how one refund number will behave.
    pub fn script(&mut self, no: &str, behaviour: Behaviour) {
        self.state.scripted.insert(no.to_owned(), behaviour);
    }

    /// Fixes how the next refund number that is new here will behave; said again, the one after it.
    pub fn script_next(&mut self, behaviour: Behaviour) {
        self.state.next.push_back(behaviour);
    }

    /// The merchant puts money into its account: refunds that lacked funds can be sent again.
    pub fn top_up(&mut self, now: i64) {
        self.state.topped_up_at = Some(now);
    }

    /// What money really did.
    pub fn ledger(&self) -> &Books {
        &self.state.books
    }

    /// A payment by its number.
    pub fn payment(&self, no: &str) -> Option<&Payment> {
        self.state.payments.get(no)
    }

    /// A refund by its number.
    pub fn refund(&self, no: &str) -> Option<&Refund> {
        self.state.refunds.get(no)
    }

    /// When something next happens by itself: a refund moves on or a callback is due.
    pub fn next_due(&self) -> Option<i64> {
        let refunds = self.state.refunds.values().filter_map(Refund::next_change);
        refunds.chain(self.state.deliveries.iter().map(|d| d.due)).min()
    }

    /// Answers a request; `None` when the connection drops, which may be before or after it acted.
    pub fn handle(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        self.advance(now);
        let path = request.uri().path();
        if path.ends_with("/cashier.css") {
            return Some(page::style());
        }
        if path.ends_with("/cashier") {
            return Some(self.cashier_page(request, now));
        }
        let Some((_, resource)) = path.rsplit_once("/v1/") else {
            return Some(page::plain(404, "not found"));
        };
        let resource = resource.to_owned();
        let asked = resource.split_once('/');
        if !self.keys.trusts(request, &self.state.setup.merchant, now) {
            let no = asked.map_or("", |(_, no)| no);
            return Some(self.error(401, no, "bad_signature", now));
        }
        match (request.method(), asked) {
            (&Method::POST, None) if resource == "refunds" => self.take_refund(request.body(), now),
            (&Method::GET, Some(("refunds", no))) => Some(self.tell_refund(no, now)),
            (&Method::GET, Some(("payments", no))) => Some(self.tell_payment(no, now)),
            _ => Some(self.error(404, "", "no_such_resource", now)),
        }
    }

    fn serial(&mut self) -> u64 {
        self.state.serial += 1;
        self.state.serial
    }

    fn error(&mut self, status: u16, no: &str, code: &str, now: i64) -> Response<Vec<u8>> {
        let body = serde_json::json!({ "no": no, "code": code });
        self.reply(status, &body, now)
    }

    fn reply(&mut self, status: u16, body: &serde_json::Value, now: i64) -> Response<Vec<u8>> {
        let nonce = format!("r{}", self.serial());
        self.keys.reply(status, body.to_string().into_bytes(), &nonce, now)
    }
}
