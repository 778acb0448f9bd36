//! Where payers leave for a channel and where a channel comes in: cashier links and callbacks. This module is all of
//! the crate that the web server uses.

use crate::Impossible;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use yuanlu_domain::ids::{ChannelId, ChannelNumber};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

/// A payment that a payer is sent to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentOp {
    /// Our number of the payment.
    pub no: ChannelNumber,
    /// How much.
    pub amount: Money,
    /// What the payer reads: the order number.
    pub subject: String,
    /// Where the payer comes back to.
    pub return_url: String,
    /// First instant at which it can no longer be paid.
    pub pay_until: Instant,
    /// When it was begun, the same however often the payer is sent: a part of its name at some channels.
    pub since: Instant,
    /// Where the payer sits.
    pub scene: Scene,
    /// From where the payer came, for channels that must be told; empty where nobody knows.
    pub payer_ip: String,
}

/// Where the payer sits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scene {
    /// Before a page on a computer.
    #[default]
    Page,
    /// Before a page on a telephone.
    Mobile,
    /// Before a code that a telephone scans.
    Qr,
}

impl Scene {
    /// Every scene.
    pub const ALL: [Self; 3] = [Self::Page, Self::Mobile, Self::Qr];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Mobile => "mobile",
            Self::Qr => "qr",
        }
    }

    /// The scene with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scene| scene.code() == code)
    }
}

/// How a payer gets to a channel's cashier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cashier {
    /// By this address.
    Link(String),
    /// By this form, posted by the payer's browser.
    Form {
        /// Where to.
        action: String,
        /// Names and values, in order.
        fields: Vec<(String, String)>,
    },
    /// By scanning this text as a QR code.
    Qr(String),
    /// The channel must be asked first ([`crate::Op::Pay`], [`crate::Channel::cashier_word`]).
    Ask,
    /// Not at this channel: it does not take such a payment.
    Closed(Impossible),
}

impl Cashier {
    /// The address, where there is one.
    pub fn link(self) -> Option<String> {
        match self {
            Self::Link(url) => Some(url),
            Self::Form { .. } | Self::Qr(_) | Self::Ask | Self::Closed(_) => None,
        }
    }
}

/// The two things a web server does with a channel.
pub trait Entrance: Send + Sync {
    /// The channel's id.
    fn id(&self) -> &ChannelId;

    /// How the payer gets to the channel's cashier.
    fn cashier(&self, op: &PaymentOp, now: Instant) -> Cashier;

    /// Verifies the raw bytes of a callback, then reads them. `headers` have names in any case.
    fn callback(&self, headers: &[(String, String)], body: &[u8], now: Instant) -> Result<Verified, CallbackError>;

    /// The payer whom a callback names, once it is verified; nobody where the channel names none.
    fn payer(&self, body: &[u8]) -> Option<String> {
        let _ = body;
        None
    }

    /// The status and body the channel wants to see once the callback is stored; anything else is delivered again.
    fn acknowledgement(&self) -> (u16, &'static str);
}

/// A callback whose signature was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// A payment succeeded. Another `channel_ref` under the same number is a second payment (R29).
    PaymentSucceeded {
        /// Our number.
        no: ChannelNumber,
        /// The channel's number of the transaction.
        channel_ref: String,
        /// How much.
        amount: Money,
    },
    /// A payment was declined.
    PaymentDeclined {
        /// Our number.
        no: ChannelNumber,
        /// The channel's code.
        code: String,
    },
    /// News of a refund or a remittance.
    Refund {
        /// Our number.
        no: ChannelNumber,
        /// How much the channel thinks it is for; to be compared with the payout.
        amount: Money,
        /// What it means.
        outcome: Outcome,
    },
    /// Something happened to a refund, and the channel does not say what and how much: it is to be asked.
    RefundStirred {
        /// Our number.
        no: ChannelNumber,
        /// The channel's number.
        channel_ref: String,
    },
    /// Something happened to a complaint of a payer, and the channel is to be asked what.
    Complaint {
        /// The channel's number of it.
        number: String,
    },
    /// Truly from the channel, and nothing this program knows: acknowledged and kept as unmatched.
    Other {
        /// What it calls itself.
        about: String,
    },
}

/// Why a callback is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackError {
    /// A signature header is missing or unreadable.
    Unsigned,
    /// More than five minutes from our clock: perhaps recorded and played again.
    Stale,
    /// Not signed by the channel, or changed on the way.
    BadSignature,
    /// Signed by the channel, for another merchant.
    NotOurs,
    /// Signed by the channel, and still unreadable.
    Malformed,
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsigned => "signature missing",
            Self::Stale => "timestamp too far from now",
            Self::BadSignature => "signature wrong",
            Self::NotOurs => "meant for another merchant",
            Self::Malformed => "signed but unreadable",
        })
    }
}

impl std::error::Error for CallbackError {}

/// Entrances by channel.
#[derive(Clone, Default)]
pub struct Entrances {
    by_id: BTreeMap<ChannelId, Arc<dyn Entrance>>,
}

impl Entrances {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    #[must_use]
    pub fn with(mut self, entrance: Arc<dyn Entrance>) -> Self {
        self.by_id.insert(entrance.id().clone(), entrance);
        self
    }

    /// The entrance of a channel.
    pub fn get(&self, id: &ChannelId) -> Option<&dyn Entrance> {
        self.by_id.get(id).map(AsRef::as_ref)
    }

    /// Every channel, in the order shown to payers.
    pub fn ids(&self) -> impl Iterator<Item = &ChannelId> {
        self.by_id.keys()
    }

    /// Nothing can be paid at a channel.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}
