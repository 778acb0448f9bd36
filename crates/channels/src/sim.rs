//! The client of the simulated channel `sim`: JSON over HTTP, Ed25519 signatures over the exact bytes in both
//! directions. It is built like the real ones, so that what works against it has met their traps.
//!
//! Signed texts (lines joined by `\n`, then the body):
//! - our request: `request`, method, path with query, timestamp, nonce, body;
//! - its reply: `reply`, status, timestamp, nonce, body;
//! - its callback: `callback`, timestamp, nonce, body;
//! - our cashier link: `cashier`, the query before `&sign=`.
//!
//! Headers: `sim-merchant`, `sim-timestamp` (seconds), `sim-nonce`, `sim-signature` (hex).

mod bill;
mod body;

use crate::bill::{BillError, BillLine, BillWord};
use crate::callback::{CallbackError, Cashier, Entrance, PaymentOp, Verified};
use crate::wire::{header, hex, percent, unhex};
use crate::{BillKind, Channel, Impossible, Op, PaymentWord, Reply};
use body::{CallbackBody, ErrorBody, PaymentBody, RefundBody, RefundRequest, error_outcome, refund_outcome};
use http::{Method, Request};
use jiff::civil::Date;
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::fmt;
use std::io::BufRead;
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::route::AccountKind;
use yuanlu_domain::time::Instant;

/// A reply or a callback further from our clock than this is not believed.
const WINDOW_SECONDS: u64 = 300;

/// What is needed to talk to the simulated channel.
pub struct SimConfig {
    /// Who we are there.
    pub merchant: String,
    /// Where it is, without a slash at the end (`http://127.0.0.1:8080/sim`).
    pub base_url: String,
    /// Our signing key: 32 secret bytes.
    pub key_seed: [u8; 32],
    /// Its public key.
    pub channel_key: [u8; 32],
}

/// The simulated channel's client.
pub struct SimChannel {
    id: ChannelId,
    merchant: String,
    base_url: String,
    key: Ed25519KeyPair,
    channel_key: UnparsedPublicKey<[u8; 32]>,
}

impl fmt::Debug for SimChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimChannel").field("merchant", &self.merchant).finish_non_exhaustive()
    }
}

/// The public key (32 bytes) of a signing seed, to be given to the channel.
pub fn public_key(key_seed: &[u8; 32]) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(key_pair(key_seed).public_key().as_ref());
    key
}

fn key_pair(seed: &[u8; 32]) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(seed).expect("any 32 bytes are an Ed25519 seed")
}

impl SimChannel {
    /// A client.
    pub fn new(config: SimConfig) -> Self {
        Self {
            id: ChannelId::from("sim"),
            merchant: config.merchant,
            base_url: config.base_url.trim_end_matches('/').to_owned(),
            key: key_pair(&config.key_seed),
            channel_key: UnparsedPublicKey::new(&ED25519, config.channel_key),
        }
    }

    /// The same under another id: a practice channel in the place of a real one, with its arrival times (R15).
    #[must_use]
    pub fn in_place_of(mut self, id: ChannelId) -> Self {
        self.id = id;
        self
    }

    fn sign(&self, lines: &[&str], body: &[u8]) -> String {
        hex(self.key.sign(&signed_text(lines, body)).as_ref())
    }

    /// Whether the channel signed these lines and bytes.
    fn verify(&self, lines: &[&str], body: &[u8], signature: &str) -> bool {
        unhex(signature).is_some_and(|bytes| self.channel_key.verify(&signed_text(lines, body), &bytes).is_ok())
    }

    /// The status and body of a reply, when the channel signed it.
    fn verified<'a>(&self, reply: &'a Reply, now: Instant) -> Result<(u16, &'a [u8]), Outcome> {
        let unknown = |code: &str| Err(Outcome::Unknown { code: code.to_owned() });
        match reply {
            Reply::TimedOut => unknown("timed_out"),
            Reply::ConnectionLost => unknown("connection_lost"),
            // Nothing left us, so the same call may simply be made again; still under the same number.
            Reply::NotSent => Err(Outcome::RetrySameId { code: "not_sent".to_owned() }),
            Reply::Http { status, .. } if *status >= 500 => unknown(&format!("http_{status}")),
            Reply::Http { status, headers, body } => {
                let seal = Seal::of(headers);
                let signed = seal.as_ref().is_some_and(|seal| {
                    self.verify(&["reply", &status.to_string(), seal.timestamp, seal.nonce], body, seal.signature)
                });
                match seal {
                    Some(seal) if signed && is_recent(seal.timestamp, now) == Some(false) => unknown("stale"),
                    _ if signed => Ok((*status, body)),
                    _ => unknown("bad_signature"),
                }
            }
        }
    }
}

/// Whether it was signed just now; `None` when the time cannot be read.
fn is_recent(timestamp: &str, now: Instant) -> Option<bool> {
    let at: i64 = timestamp.parse().ok()?;
    Some(now.micros().div_euclid(1_000_000).abs_diff(at) <= WINDOW_SECONDS)
}

/// The three headers of a signature.
struct Seal<'a> {
    timestamp: &'a str,
    nonce: &'a str,
    signature: &'a str,
}

impl<'a> Seal<'a> {
    fn of(headers: &'a [(String, String)]) -> Option<Self> {
        Some(Self {
            timestamp: header(headers, "sim-timestamp")?,
            nonce: header(headers, "sim-nonce")?,
            signature: header(headers, "sim-signature")?,
        })
    }
}

fn signed_text(lines: &[&str], body: &[u8]) -> Vec<u8> {
    let mut text = lines.join("\n").into_bytes();
    text.push(b'\n');
    text.extend_from_slice(body);
    text
}

impl Channel for SimChannel {
    fn request(&self, op: &Op, now: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        let (method, path, body) = match op {
            Op::Refund { .. } => (Method::POST, "/v1/refunds".to_owned(), RefundRequest::bytes(op)),
            Op::QueryRefund { no, .. } => (Method::GET, format!("/v1/refunds/{no}"), Vec::new()),
            Op::QueryPayment { no, .. } => (Method::GET, format!("/v1/payments/{no}"), Vec::new()),
            Op::ClosePayment { no, .. } => (Method::POST, format!("/v1/payments/{no}/close"), Vec::new()),
            Op::Remit { payee, .. } if payee.account.is_empty() || payee.name.is_empty() => {
                return Err(Impossible::Text);
            }
            Op::Remit { no, payee, amount, reason } => {
                (Method::POST, "/v1/remittances".to_owned(), body::remittance(no, payee, *amount, reason))
            }
            Op::QueryRemit { no, .. } => (Method::GET, format!("/v1/remittances/{no}"), Vec::new()),
            Op::Finish { no, to, .. } => (Method::POST, format!("/v1/refunds/{no}/finish"), body::card(no, to)),
            Op::FetchBill { date, kind: BillKind::Trades } => (Method::GET, format!("/v1/bills/{date}"), Vec::new()),
            Op::Pay(_) | Op::FetchBill { kind: BillKind::Funds, .. } => {
                return Err(Impossible::NoSuchOperation);
            }
        };
        let url = format!("{}{path}", self.base_url);
        let timestamp = now.micros().div_euclid(1_000_000).to_string();
        // Not a secret and not random: it only keeps two requests of one second apart.
        let nonce = hex(&digest(&SHA256, format!("{method} {url} {}", now.micros()).as_bytes()).as_ref()[..16]);
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = url.parse().expect("a configured address and a number of letters and digits");
        let signed_path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let lines = ["request", request.method().as_str(), signed_path, &timestamp, &nonce];
        let signature = self.sign(&lines, request.body());
        for (name, value) in [
            ("content-type", "application/json"),
            ("sim-merchant", &self.merchant),
            ("sim-timestamp", &timestamp),
            ("sim-nonce", &nonce),
            ("sim-signature", &signature),
        ] {
            let value = value.parse().expect("letters and digits");
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }

    fn outcome(&self, op: &Op, reply: &Reply, now: Instant) -> Outcome {
        let (status, bytes) = match self.verified(reply, now) {
            Ok(verified) => verified,
            Err(outcome) => return outcome,
        };
        let (Op::Refund { no, amount, .. }
        | Op::QueryRefund { no, amount, .. }
        | Op::Remit { no, amount, .. }
        | Op::QueryRemit { no, amount }
        | Op::Finish { no, amount, .. }) = op
        else {
            return Outcome::FixRequest { code: "not_a_refund".to_owned() };
        };
        if status == 200 {
            let Ok(body) = serde_json::from_slice::<RefundBody>(bytes) else {
                return Outcome::Unknown { code: "unreadable".to_owned() };
            };
            if body.no != no.as_str() {
                return Outcome::Unknown { code: "other_number".to_owned() };
            }
            if body.amount() != Some(*amount) {
                return Outcome::FixRequest { code: "other_amount".to_owned() };
            }
            return refund_outcome(&body);
        }
        match serde_json::from_slice::<ErrorBody>(bytes) {
            Ok(body) if body.no == no.as_str() => error_outcome(status, &body, op),
            Ok(_) => Outcome::Unknown { code: "other_number".to_owned() },
            Err(_) => Outcome::Unknown { code: format!("http_{status}") },
        }
    }

    fn payer_named(&self, op: &Op, reply: &Reply, now: Instant) -> Option<String> {
        let (Op::QueryPayment { no, .. }, Ok((200, bytes))) = (op, self.verified(reply, now)) else { return None };
        PaymentBody::payer(bytes, no)
    }

    fn payment_word(&self, op: &Op, reply: &Reply, now: Instant) -> PaymentWord {
        let (Op::QueryPayment { no, .. } | Op::ClosePayment { no, .. }) = op else {
            return PaymentWord::Unknown { code: "not_a_payment".to_owned() };
        };
        match self.verified(reply, now) {
            Err(Outcome::Unknown { code } | Outcome::RetrySameId { code }) => PaymentWord::Unknown { code },
            Err(_) => PaymentWord::Unknown { code: "unreadable".to_owned() },
            Ok((200, bytes)) => PaymentBody::word(bytes, no),
            Ok((404, bytes)) if serde_json::from_slice::<ErrorBody>(bytes).is_ok_and(|e| e.no == no.as_str()) => {
                PaymentWord::NotFound
            }
            Ok((status, _)) => PaymentWord::Unknown { code: format!("http_{status}") },
        }
    }

    fn remits_to(&self, _: AccountKind) -> bool {
        true
    }

    fn finishes(&self) -> bool {
        true
    }

    fn bill_word(&self, _op: &Op, reply: &Reply, now: Instant) -> BillWord {
        match self.verified(reply, now) {
            Err(Outcome::Unknown { code } | Outcome::RetrySameId { code }) => BillWord::Unknown { code },
            Err(_) => BillWord::Unknown { code: "unreadable".to_owned() },
            Ok((200, bytes)) => BillWord::File(bytes.to_vec()),
            Ok((425, _)) => BillWord::NotYet,
            Ok((status, _)) => BillWord::Unknown { code: format!("http_{status}") },
        }
    }

    fn read_bill(
        &self,
        kind: BillKind,
        date: Date,
        file: &mut dyn BufRead,
        each: &mut dyn FnMut(BillLine),
    ) -> Result<(), BillError> {
        bill::read(kind, date, &self.merchant, file, each)
    }
}

impl Entrance for SimChannel {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn cashier(&self, op: &PaymentOp, now: Instant) -> Cashier {
        let query = format!(
            "merchant={}&no={}&amount={}&currency={}&subject={}&until={}&at={}&return={}",
            percent(&self.merchant),
            op.no,
            op.amount.minor(),
            op.amount.currency().code(),
            percent(&op.subject),
            op.pay_until.micros(),
            now.micros(),
            percent(&op.return_url),
        );
        let sign = self.sign(&["cashier"], query.as_bytes());
        Cashier::Link(format!("{}/cashier?{query}&sign={sign}", self.base_url))
    }

    fn callback(&self, headers: &[(String, String)], body: &[u8], now: Instant) -> Result<Verified, CallbackError> {
        let seal = Seal::of(headers).ok_or(CallbackError::Unsigned)?;
        if !self.verify(&["callback", seal.timestamp, seal.nonce], body, seal.signature) {
            return Err(CallbackError::BadSignature);
        }
        if !is_recent(seal.timestamp, now).ok_or(CallbackError::Malformed)? {
            return Err(CallbackError::Stale);
        }
        let body: CallbackBody = serde_json::from_slice(body).map_err(|_| CallbackError::Malformed)?;
        if body.merchant != self.merchant {
            return Err(CallbackError::NotOurs);
        }
        body.read()
    }

    fn payer(&self, body: &[u8]) -> Option<String> {
        serde_json::from_slice::<CallbackBody>(body).ok()?.payer()
    }

    fn acknowledgement(&self) -> (u16, &'static str) {
        (200, "{\"code\":\"ok\"}")
    }
}
