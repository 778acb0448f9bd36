//! What is said to payment channels and what their words mean. Nothing here sends: a [`Channel`] turns an operation
//! into a signed `http::Request`, and a reply or a callback into an [`Outcome`].
//!
//! A reply is never read as "refunded". It is read as one of the outcome classes, and money may take another road only
//! on the channel's own, signed word about the very number (`OtherRoute`). Everything unsigned, unreadable or broken
//! is `Unknown` and is asked about under the same number.
//!
//! Deliberately absent: an HTTP client, a clock, randomness. The web server sees [`callback`] only, so that a web
//! request cannot move money at a channel.

pub mod callback;
mod registry;
mod reply;
pub mod sim;
pub(crate) mod wire;

pub use registry::Channels;
pub use reply::{PaymentWord, Reply};

use callback::Entrance;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

/// What may be asked of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Give money back by the payment it came with.
    Refund {
        /// Our number for the refund; fixed when it was decided.
        no: ChannelNumber,
        /// Our number of the payment.
        payment_no: ChannelNumber,
        /// The channel's number of the payment.
        payment_ref: String,
        /// How much.
        amount: Money,
        /// How much the payment was.
        total: Money,
        /// What the payer may read: the order number, never more.
        reason: String,
    },
    /// What became of a refund?
    QueryRefund {
        /// Our number for the refund.
        no: ChannelNumber,
        /// How much it was for; another sum in the answer goes to a person.
        amount: Money,
    },
    /// What became of a payment?
    QueryPayment {
        /// Our number of the payment.
        no: ChannelNumber,
    },
}

impl Op {
    /// The number it is about.
    pub fn no(&self) -> &ChannelNumber {
        match self {
            Self::Refund { no, .. } | Self::QueryRefund { no, .. } | Self::QueryPayment { no } => no,
        }
    }
}

/// A payment channel: everything that is said to it, and what it means. Pure.
pub trait Channel: Entrance {
    /// The signed request of an operation.
    fn request(&self, op: &Op, now: Instant) -> http::Request<Vec<u8>>;

    /// What an answer to a refund or to a question about one means.
    fn outcome(&self, op: &Op, reply: &Reply) -> Outcome;

    /// What an answer to a question about a payment means.
    fn payment_word(&self, no: &ChannelNumber, reply: &Reply) -> PaymentWord;
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
