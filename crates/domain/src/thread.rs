//! The order's own thread (沟通记录): what buyer, seller and platform write to each other. The texts are erasable rows;
//! the journal keeps who wrote when, salted digests, and what the program recognised in them.

use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// Who wrote, or reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The buyer.
    Buyer,
    /// The seller.
    Seller,
    /// The platform.
    Platform,
}

impl Side {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
            Self::Platform => "platform",
        }
    }
}

/// What the program recognised in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// A stable code: `promise_refund`, `promise_delivery`, `promise_replacement`, `promise`, `off_platform`, `abuse`,
    /// `threat`.
    pub kind: String,
    /// For a promise, until when it was made, where that can be worked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}

/// The most messages one thread may have: a file is loaded and saved whole, and its journal read to show it.
pub const MOST_MESSAGES: u32 = 2000;

/// What the file itself remembers of its thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// How many messages there are; a message's number is its place, from 1.
    pub messages: u32,
    /// How many the buyer wrote.
    #[serde(default)]
    pub by_buyer: u32,
    /// How many the seller wrote.
    #[serde(default)]
    pub by_seller: u32,
    /// The last message the buyer has seen, or wrote.
    #[serde(default)]
    pub read_by_buyer: u32,
    /// The last message the seller has seen, or wrote.
    #[serde(default)]
    pub read_by_seller: u32,
    /// The last message the platform has seen, or wrote.
    #[serde(default)]
    pub read_by_platform: u32,
}

impl Thread {
    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.messages == 0
    }

    /// The last message a side has seen.
    pub fn read_by(&self, side: Side) -> u32 {
        match side {
            Side::Buyer => self.read_by_buyer,
            Side::Seller => self.read_by_seller,
            Side::Platform => self.read_by_platform,
        }
    }

    /// Messages a side has not seen.
    pub fn unread(&self, side: Side) -> u32 {
        self.messages - self.read_by(side).min(self.messages)
    }

    pub(crate) fn said(&mut self, side: Side) {
        self.messages += 1;
        match side {
            Side::Buyer => self.by_buyer += 1,
            Side::Seller => self.by_seller += 1,
            Side::Platform => {}
        }
        self.read(side, self.messages);
    }

    pub(crate) fn read(&mut self, side: Side, message: u32) {
        let read = match side {
            Side::Buyer => &mut self.read_by_buyer,
            Side::Seller => &mut self.read_by_seller,
            Side::Platform => &mut self.read_by_platform,
        };
        *read = (*read).max(message.min(self.messages));
    }
}
