//! What is said to payment channels and what their words mean. Nothing here sends: a [`Channel`] turns an operation
//! into a signed `http::Request`, and a reply or a callback into an [`Outcome`].
//!
//! A reply is never read as "refunded". It is read as one of the outcome classes, and money may take another road only
//! on the channel's own, signed word about the very number (`OtherRoute`). Everything unsigned, unreadable or broken
//! is `Unknown` and is asked about under the same number.
//!
//! Deliberately absent: an HTTP client, a clock, randomness. The web server sees [`callback`] only, so that a web
//! request cannot move money at a channel.

pub mod alipay;
mod base64;
pub mod bill;
pub mod callback;
mod certificates;
pub mod complaint;
pub mod configured;
mod der;
pub mod issuer;
mod multipart;
mod op;
mod registry;
mod reply;
mod rsa;
pub mod secret;
pub mod settings;
pub mod sim;
pub mod stripe;
pub mod unionpay;
pub mod wechat;
pub(crate) mod wire;
mod zip;

pub use op::{Impossible, Op, Pace, Payee};
pub use registry::Channels;
pub use reply::{CashierWord, PaymentWord, Reply};
pub use yuanlu_domain::bill::BillKind;

use bill::{BillError, BillFault, BillLine, BillWord};
use callback::{Entrance, PaymentOp, Scene};
use complaint::{ComplaintOp, ComplaintWord, NewsOp, NewsWord};
use jiff::civil::Date;
use std::io::BufRead;
use std::ops::Range;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::route::AccountKind;
use yuanlu_domain::time::Instant;

/// A payment channel: everything that is said to it, and what it means. Pure.
///
/// An operation that [`Channel::request`] calls impossible is never sent; [`Channel::outcome`] is not asked about it.
pub trait Channel: Entrance {
    /// The signed request of an operation.
    fn request(&self, op: &Op, now: Instant) -> Result<http::Request<Vec<u8>>, Impossible>;

    /// What an answer to a refund or a remittance, or to a question about one, means. `now` is when it came: what was
    /// signed long ago, or with a certificate that does not count, proves nothing.
    fn outcome(&self, op: &Op, reply: &Reply, now: Instant) -> Outcome;

    /// What an answer to a question about a payment, or to closing one, means. A closed payment is `NotFound`.
    fn payment_word(&self, op: &Op, reply: &Reply, now: Instant) -> PaymentWord;

    /// The payer whom a believed answer to a question about a payment names; nobody where the channel names none.
    fn payer_named(&self, op: &Op, reply: &Reply, now: Instant) -> Option<String> {
        let _ = (op, reply, now);
        None
    }

    /// What an answer to [`Op::Pay`] means. Channels that need not be asked never get one.
    fn cashier_word(&self, op: &PaymentOp, reply: &Reply, now: Instant) -> CashierWord {
        let _ = (op, reply, now);
        CashierWord::Refused { code: Impossible::NoSuchOperation.code().to_owned() }
    }

    /// For so many seconds an answer to [`Op::Pay`] leads to the cashier; later it is asked for again.
    fn cashier_seconds(&self, scene: Scene) -> i64 {
        let _ = scene;
        7200
    }

    /// What an answer to [`Op::FetchBill`], or to the request that the last answer named, means. `now` dates the next
    /// request.
    fn bill_word(&self, op: &Op, reply: &Reply, now: Instant) -> BillWord {
        let _ = (op, reply, now);
        BillWord::Refused { code: Impossible::NoSuchOperation.code().to_owned() }
    }

    /// Reads a bill of a day, as it came from the channel or from a file, and hands out its lines in order. Lines that
    /// were handed out before an error are not to be used.
    fn read_bill(
        &self,
        kind: BillKind,
        date: Date,
        file: &mut dyn BufRead,
        each: &mut dyn FnMut(BillLine),
    ) -> Result<(), BillError> {
        let _ = (kind, date, file, each);
        Err(BillError { line: 0, fault: BillFault::NoSuchBill })
    }

    /// Whether it sends money to accounts of this kind, comparing the name with its own.
    fn remits_to(&self, kind: AccountKind) -> bool {
        let _ = kind;
        false
    }

    /// Whether it can be told where an abnormal refund is to go ([`Op::Finish`]).
    fn finishes(&self) -> bool {
        false
    }

    /// The signed request of an operation about complaints.
    fn complaint_request(&self, op: &ComplaintOp, now: Instant) -> Result<http::Request<Vec<u8>>, Impossible> {
        let _ = (op, now);
        Err(Impossible::NoSuchOperation)
    }

    /// What an answer about complaints means.
    fn complaint_word(&self, op: &ComplaintOp, reply: &Reply, now: Instant) -> ComplaintWord {
        let _ = (reply, now);
        ComplaintWord::refused(op, Impossible::NoSuchOperation.code().to_owned())
    }

    /// The signed request about where it tells of complaints: at the address of its callbacks.
    fn news_request(&self, op: NewsOp, now: Instant) -> Result<http::Request<Vec<u8>>, Impossible> {
        let _ = (op, now);
        Err(Impossible::NoSuchOperation)
    }

    /// What an answer about that means.
    fn news_word(&self, reply: &Reply, now: Instant) -> NewsWord {
        let _ = (reply, now);
        NewsWord::Failed { code: Impossible::NoSuchOperation.code().to_owned() }
    }

    /// The address of its callbacks, where it has to be told.
    fn news_address(&self) -> Option<&str> {
        None
    }

    /// From when until when a day of its bills lasts.
    fn day(&self, date: Date) -> Range<Instant> {
        let start = Instant::start_of(date);
        start..start.plus_hours(24)
    }

    /// How gently it wants to be called.
    fn pace(&self) -> Pace {
        Pace::FREE
    }
}

/// SHA-256 (hex) of what is sent: kept with the attempt, before it is sent.
pub fn digest(request: &http::Request<Vec<u8>>) -> String {
    let mut text = format!("{} {}\n", request.method(), request.uri()).into_bytes();
    for (name, value) in request.headers() {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.push(b'\n');
    }
    text.push(b'\n');
    text.extend_from_slice(request.body());
    wire::hex(ring::digest::digest(&ring::digest::SHA256, &text).as_ref())
}
