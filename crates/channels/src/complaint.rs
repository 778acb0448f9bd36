//! Complaints that payers raise at a channel, and disputes of their banks: what is asked, what is said, and what the
//! channel's words mean.
//!
//! An answer given twice would be read twice, and most channels keep no number of ours for it. So an answer whose arrival
//! nobody saw is looked for in the channel's own record before it is given again.

use crate::{Impossible, Reply};
use std::fmt;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::outside_complaint::{CallOutcome, HeardComplaint, OrderFacts, Saying};
use yuanlu_domain::time::Instant;

/// The longest text that every channel takes.
pub const MOST_WORDS: usize = 200;

/// What may be asked of a channel about complaints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComplaintOp {
    /// Which complaints came between two instants? Pages count from 0.
    List {
        /// From when.
        from: Instant,
        /// Until when.
        until: Instant,
        /// Which page.
        page: u32,
        /// The last complaint of the page before, for channels that go on from there.
        after: Option<String>,
    },
    /// How does one stand?
    Detail {
        /// The channel's number of it.
        number: String,
    },
    /// Have a file that will go along with something. Says nothing to anybody, and may be done again.
    Upload {
        /// The channel's number of the complaint.
        number: String,
        /// The file.
        file: ComplaintFile,
    },
    /// Say something.
    Say {
        /// The channel's number of the complaint.
        number: String,
        /// What.
        saying: Saying,
        /// In which words.
        words: String,
        /// The channel's names of the files that go along.
        files: Vec<String>,
        /// What the record says about the order, for channels whose form asks for it.
        facts: OrderFacts,
    },
    /// Was it said?
    Said {
        /// The channel's number of the complaint.
        number: String,
        /// What.
        saying: Saying,
        /// In which words.
        words: String,
    },
}

/// A file that goes along with something said. It is shown by no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ComplaintFile {
    /// Its name: of ours, with nobody's words in it.
    pub name: String,
    /// `image/jpeg`, `image/png` or `application/pdf`.
    pub media_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl fmt::Debug for ComplaintFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ComplaintFile({} bytes of {})", self.content.len(), self.media_type)
    }
}

impl ComplaintFile {
    /// The file, when it is of one of these types, no larger, and has a plain name.
    pub(crate) fn fitting(&self, types: &[&str], most: usize) -> Result<&Self, Impossible> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let named = (1..=64).contains(&self.name.len()) && self.name.bytes().all(plain);
        let fits = types.contains(&self.media_type.as_str()) && (1..=most).contains(&self.content.len());
        if named && fits { Ok(self) } else { Err(Impossible::File) }
    }
}

/// Pictures as channels take them.
pub(crate) const PICTURES: [&str; 2] = ["image/jpeg", "image/png"];
/// The largest picture that every channel takes.
pub const MOST_PICTURE: usize = 2 * 1024 * 1024;
/// The largest file of evidence in a dispute.
pub const MOST_EVIDENCE_FILE: usize = 5 * 1024 * 1024;
/// The most pictures that go along with something said.
pub(crate) const MOST_PICTURES: usize = 4;

/// Names of uploaded pictures, when they are no more than go along.
pub(crate) fn pictures(files: &[String]) -> Result<&[String], Impossible> {
    let named = files.iter().all(|name| !name.is_empty() && name.len() <= 512 && !name.contains(','));
    if named && files.len() <= MOST_PICTURES { Ok(files) } else { Err(Impossible::File) }
}

/// What a channel's answer about complaints means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComplaintWord {
    /// These are complaints; `more` of the list is to come.
    Heard {
        /// Each as it stands now.
        complaints: Vec<HeardComplaint>,
        /// There is another page.
        more: bool,
    },
    /// What became of something that was said.
    Call(CallOutcome),
    /// Nobody knows.
    Unknown {
        /// What was seen.
        code: String,
    },
}

/// What may be asked about where a channel tells of complaints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewsOp {
    /// Where does it tell of them?
    Ask,
    /// Here, from now on: nothing was set before.
    Begin,
    /// Here, from now on, in place of the address before.
    Change,
}

/// What its answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewsWord {
    /// It tells of them at this address.
    At(String),
    /// It tells nobody.
    Nobody,
    /// It does not do so, or nobody knows.
    Failed {
        /// What was seen.
        code: String,
    },
}

impl ComplaintWord {
    /// Nobody knows, in the form that fits what was asked.
    pub(crate) fn unknown(op: &ComplaintOp, code: String) -> Self {
        match op {
            ComplaintOp::List { .. } | ComplaintOp::Detail { .. } => Self::Unknown { code },
            ComplaintOp::Upload { .. } | ComplaintOp::Say { .. } | ComplaintOp::Said { .. } => {
                Self::Call(CallOutcome::Unknown { code })
            }
        }
    }

    /// It was turned down for good.
    pub(crate) fn refused(op: &ComplaintOp, code: String) -> Self {
        match op {
            ComplaintOp::Upload { .. } | ComplaintOp::Say { .. } => Self::Call(CallOutcome::Refused { code }),
            _ => Self::unknown(op, code),
        }
    }

    /// They have the file under this name, when it is one.
    pub(crate) fn uploaded(op: &ComplaintOp, media: &str) -> Self {
        if media.is_empty() || media.len() > 512 {
            return Self::unknown(op, "unreadable".to_owned());
        }
        Self::Call(CallOutcome::Uploaded { media: media.to_owned() })
    }

    /// It provably never left us.
    pub(crate) fn not_sent(op: &ComplaintOp) -> Self {
        match op {
            ComplaintOp::Upload { .. } | ComplaintOp::Say { .. } => Self::Call(CallOutcome::Missing),
            _ => Self::unknown(op, "not_sent".to_owned()),
        }
    }
}

/// What common replies mean before anybody reads a body; `None` for an answer that has one.
pub(crate) fn without_body(op: &ComplaintOp, reply: &Reply) -> Option<ComplaintWord> {
    match reply {
        Reply::Http { .. } => None,
        Reply::NotSent => Some(ComplaintWord::not_sent(op)),
        Reply::TimedOut => Some(ComplaintWord::unknown(op, "timed_out".to_owned())),
        Reply::ConnectionLost => Some(ComplaintWord::unknown(op, "connection_lost".to_owned())),
    }
}

/// A number of the channel's that can stand in an address: letters, digits, `_` and `-`.
pub(crate) fn fitting(number: &str) -> Option<&str> {
    let good = (1..=64).contains(&number.len());
    let plain = number.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    (good && plain).then_some(number)
}

/// Words that fit.
pub(crate) fn words(words: &str) -> Option<&str> {
    (1..=MOST_WORDS).contains(&words.chars().count()).then_some(words)
}

/// The same words and files said to the same complaint, and no others: a key under which a channel does it once.
pub(crate) fn key(number: &str, saying: Saying, words: &str, files: &[String]) -> ChannelNumber {
    let mut text = format!("{number}\n{}\n{words}", saying.code());
    files.iter().for_each(|file| text.push_str(&format!("\n{file}")));
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    ChannelNumber::new(format!("C{}", &crate::wire::hex(digest.as_ref())[..31]))
}

/// An instant in seconds since 1970.
pub(crate) fn from_seconds(seconds: i64) -> Instant {
    Instant::from_micros(seconds.saturating_mul(1_000_000))
}

/// Reads an RFC 3339 time.
pub(crate) fn from_rfc3339(text: &str) -> Option<Instant> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Instant::from_micros(at.as_microsecond()))
}
