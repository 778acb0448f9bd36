//! Bills: what a channel says happened on a day, line by line.

use crate::wire::hex;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use std::fmt;
use std::io::{self, Read};

pub use yuanlu_domain::bill::{BillEntry, BillLine};

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

/// SHA-1 (hex) of a file: what some channels name with [`BillWord::Fetch`].
pub fn sha1_hex(file: &mut dyn Read) -> io::Result<String> {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(context.finish().as_ref())),
            read => context.update(&buffer[..read]),
        }
    }
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

impl BillFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Truncated => "truncated",
            Self::Encoding => "encoding",
            Self::MissingColumn(_) => "missing_column",
            Self::Shape => "shape",
            Self::Cell(_) => "cell",
            Self::OtherDay => "other_day",
            Self::NotOurs => "not_ours",
            Self::NoSuchBill => "no_such_bill",
        }
    }

    /// The column it is about; empty where it is about none.
    pub fn column(&self) -> &'static str {
        match self {
            Self::MissingColumn(name) | Self::Cell(name) => name,
            _ => "",
        }
    }
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
