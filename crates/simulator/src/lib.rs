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
//! - `POST {base}/v1/refunds/{no}/finish`: `{no, bank, account, name}`: an abnormal refund goes on to another card.
//! - `POST {base}/v1/remittances`: `{no, account, name, amount_minor, currency, reason}`: to an account in a name; and
//!   `GET {base}/v1/remittances/{no}`. They are told of like refunds.
//! - `GET {base}/v1/payments/{no}`: the payment with every transaction under its number.
//! - `GET {base}/v1/bills/{yyyy-mm-dd}`: the bill of a day, from nine in the morning after it; `425` before. One JSON
//!   object a line; the first says whose it is and how many follow.
//! - `POST {base}/v1/payments/{no}/close`: the payment, closed unless it was paid before.
//! - Callbacks are posted to the notify address, again and again until acknowledged or [`callbacks::MOST_TRIES`].
//!
//! Headers and signed texts are in [`seal`].

pub mod alipay;
pub mod bank;
pub mod behaviour;
mod bill;
pub mod books;
pub mod callbacks;
pub mod cashier;
mod clock;
pub mod issuer;
pub mod loopback;
mod multipart;
mod page;
pub mod post_box;
pub mod practice;
mod refund;
mod rsa;
pub mod seal;
pub mod stripe;
pub mod unionpay;
pub mod wechat;

pub use bank::{Bank, Refund, Status};
pub use behaviour::{Behaviour, Chooser};
pub use books::{Books, Movement, What};
pub use cashier::{CashierError, Choice, Payment, PaymentStatus, Transaction};

use http::{Method, Request, Response};
use seal::Keys;
use serde::{Deserialize, Serialize};

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

/// The simulated channel.
#[derive(Debug)]
pub struct Simulator {
    keys: Keys,
    setup: Setup,
    bank: Bank,
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
        let bank = Bank::new("SIM", setup.chooser);
        Self::of(setup, bank)
    }

    fn of(setup: Setup, bank: Bank) -> Result<Self, BadSetup> {
        let keys = Keys::new(&setup.key_seed, &setup.merchant_key).map_err(BadSetup)?;
        Ok(Self { keys, setup, bank })
    }

    /// Reads what [`Simulator::save`] wrote.
    pub fn load(text: &str) -> Result<Self, BadSetup> {
        let (setup, bank) = serde_json::from_str(text).map_err(|e| BadSetup(e.to_string()))?;
        Self::of(setup, bank)
    }

    /// The whole state as text.
    pub fn save(&self) -> String {
        serde_json::to_string(&(&self.setup, &self.bank)).expect("maps with text keys are JSON")
    }

    /// Its public key, to be given to the client.
    pub fn public_key(&self) -> [u8; 32] {
        self.keys.public_key()
    }

    /// Sends callbacks elsewhere from now on: the shop moved to another address.
    pub fn set_notify_url(&mut self, url: &str) {
        url.clone_into(&mut self.setup.notify_url);
    }

    /// Fixes how one refund number will behave.
    pub fn script(&mut self, no: &str, behaviour: Behaviour) {
        self.bank.script(no, behaviour);
    }

    /// Fixes how the next refund number that is new here will behave; said again, the one after it.
    pub fn script_next(&mut self, behaviour: Behaviour) {
        self.bank.script_next(behaviour);
    }

    /// The merchant puts money into its account: refunds that lacked funds can be sent again.
    pub fn top_up(&mut self, now: i64) {
        self.bank.top_up(now);
    }

    /// Makes an account known, in this name; from then on only known accounts exist for remittances.
    pub fn add_account(&mut self, account: &str, name: &str) {
        self.bank.add_account(account, name);
    }

    /// What money really did.
    pub fn ledger(&self) -> &Books {
        self.bank.books()
    }

    /// A payment by its number.
    pub fn payment(&self, no: &str) -> Option<&Payment> {
        self.bank.payment(no)
    }

    /// A refund by its number.
    pub fn refund(&self, no: &str) -> Option<&Refund> {
        self.bank.refund(no)
    }

    /// When something next happens by itself: a refund moves on or a callback is due.
    pub fn next_due(&self) -> Option<i64> {
        self.bank.next_due()
    }

    /// Answers a request; `None` when the connection drops, which may be before or after it acted.
    pub fn handle(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        self.bank.advance(now);
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
        if !self.keys.trusts(request, &self.setup.merchant, now) {
            let no = asked.map_or("", |(_, no)| no);
            return Some(self.error(401, no, "bad_signature", now));
        }
        match (request.method(), asked) {
            (&Method::POST, None) if resource == "refunds" => self.take_refund(request.body(), now),
            (&Method::POST, None) if resource == "remittances" => self.take_remittance(request.body(), now),
            (&Method::POST, Some(("refunds", no))) => match no.strip_suffix("/finish") {
                Some(no) => Some(self.finish_refund(no, request.body(), now)),
                None => Some(self.error(404, "", "no_such_resource", now)),
            },
            (&Method::GET, Some(("refunds" | "remittances", no))) => Some(self.tell_refund(no, now)),
            (&Method::GET, Some(("payments", no))) => Some(self.tell_payment(no, now)),
            (&Method::GET, Some(("bills", day))) => Some(self.tell_bill(day, now)),
            (&Method::POST, Some(("payments", rest))) if rest.ends_with("/close") => {
                let no = rest.trim_end_matches("/close");
                self.bank.close(no);
                Some(self.tell_payment(no, now))
            }
            _ => Some(self.error(404, "", "no_such_resource", now)),
        }
    }

    fn error(&mut self, status: u16, no: &str, code: &str, now: i64) -> Response<Vec<u8>> {
        let body = serde_json::json!({ "no": no, "code": code });
        self.reply(status, &body, now)
    }

    fn reply(&mut self, status: u16, body: &serde_json::Value, now: i64) -> Response<Vec<u8>> {
        let nonce = format!("r{}", self.bank.serial());
        self.keys.reply(status, body.to_string().into_bytes(), &nonce, now)
    }
}
