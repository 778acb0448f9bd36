//! Bills: what a channel says happened on a day, line by line.

use std::fmt;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

/// What an answer to a question about a bill means.
#[derive(Clone, Debug)]
pub enum BillWord {
    /// The file, or its next part, is to be had with this request, soon.
    Fetch {
        /// Sent once, as it is.
        request: Box<http::Request<Vec<u8>>>,
        /// SHA-1 (hex) of the unpacked file, where the channel says one.
        sha1: Option<String>,
    },
    /// A part of the file, and the request for what follows it. Parts are joined as they are.
    Part {
        /// The part.
        bytes: Vec<u8>,
        /// Sent once, as it is.
        next: Box<http::Request<Vec<u8>>>,
    },
    /// The file, or its last part, is in the answer; read it with [`crate::Channel::read_bill`].
    File(Vec<u8>),
    /// Not written yet: ask again later.
    NotYet,
    /// Nothing happened that day.
    Empty,
    /// The channel calls the question wrong.
    Refused {
        /// The channel's code.
        code: String,
    },
    /// Nobody knows: ask again.
    Unknown {
        /// What was seen.
        code: String,
    },
}

/// What a line of a bill is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillEntry {
    /// A payment came in.
    Payment,
    /// A refund.
    Refund,
    /// A refund that came back to us.
    RefundReturned,
    /// A remittance.
    Remittance,
    /// Something else: fees, withdrawals, top-ups.
    Other(String),
}

/// A line of a bill, in our words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    /// Line of the file, from 1.
    pub line: u64,
    /// What it is about.
    pub entry: BillEntry,
    /// Our number of the payment; empty where the channel names none.
    pub payment_no: ChannelNumber,
    /// The channel's number of the payment.
    pub payment_ref: String,
    /// Our number of the refund or the remittance; empty for a payment.
    pub refund_no: ChannelNumber,
    /// How much, without sign: the entry says which way.
    pub amount: Money,
    /// What the channel kept, in minor units; negative where it gave a fee back.
    pub fee_minor: i64,
    /// When it happened.
    pub at: Option<Instant>,
    /// The channel's word for its state; empty where it has none.
    pub state: String,
}

/// Why a bill cannot be read; nothing of it is to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillError {
    /// Line of the file, from 1; 0 for the file as a whole.
    pub line: u64,
    /// What is wrong.
    pub fault: BillFault,
}

/// What is wrong with a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillFault {
    /// The file cannot be unpacked or read.
    Unreadable,
    /// It ends too early: the closing lines are missing or say more than came.
    Truncated,
    /// Not in the channel's encoding.
    Encoding,
    /// A column this program needs is not there.
    MissingColumn(&'static str),
    /// A line has too few or too many cells, or another width.
    Shape,
    /// A cell cannot be read.
    Cell(&'static str),
    /// The bill is of another day.
    OtherDay,
    /// The bill is of another merchant.
    NotOurs,
    /// The channel keeps no such bill, or this program cannot read it.
    NoSuchBill,
}

impl fmt::Display for BillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        match &self.fault {
            BillFault::Unreadable => f.write_str("the bill cannot be unpacked"),
            BillFault::Truncated => f.write_str("the bill ends too early"),
            BillFault::Encoding => f.write_str("the bill is not in the channel's encoding"),
            BillFault::MissingColumn(name) => write!(f, "the column {name} is missing"),
            BillFault::Shape => f.write_str("the line has another number of cells or another width"),
            BillFault::Cell(name) => write!(f, "the cell {name} cannot be read"),
            BillFault::OtherDay => f.write_str("the bill is of another day"),
            BillFault::NotOurs => f.write_str("the bill is of another merchant"),
            BillFault::NoSuchBill => f.write_str("this channel has no such bill"),
        }
    }
}

impl std::error::Error for BillError {}
