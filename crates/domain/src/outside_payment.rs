//! Money that reached the buyer from outside for a loss of an order (外部赔付): the bank took it back, the channel paid it, a
//! court awarded it. The same loss is then not paid a second time (T22).

use crate::ids::ChannelId;
use crate::order_file::DrawShares;
use crate::rate::DayRate;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// Out of whose pocket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaidBy {
    /// The channel took it back out of what it holds for us, by the payment it came with.
    Channel {
        /// Ordinal of the payment in the file.
        payment: u16,
        /// Its channel.
        channel: ChannelId,
    },
    /// The platform paid it, not through any channel.
    Platform,
    /// The seller paid the buyer himself.
    Seller,
}

impl PaidBy {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Channel { .. } => "channel",
            Self::Platform => "platform",
            Self::Seller => "seller",
        }
    }
}

/// What was paid outside in place of one payout that had not been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instead {
    /// Ordinal of the payout.
    pub payout: u16,
    /// How much of it.
    pub minor: i64,
}

/// How a sum divides over what it was paid for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covers {
    /// Payouts that need not be made any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instead: Vec<Instead>,
    /// What it takes from units that could still be refunded: unit and sum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<(u16, i64)>,
    /// What it takes from a payment the order did not need (R29).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extra_minor: i64,
    /// What the buyer has now twice: the platform bears it, never the seller.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub twice_minor: i64,
}

fn is_zero(minor: &i64) -> bool {
    *minor == 0
}

impl Covers {
    /// What it pays of the order's own money.
    pub fn own_minor(&self) -> i64 {
        let instead: i64 = self.instead.iter().map(|part| part.minor).sum();
        let units: i64 = self.units.iter().map(|(_, minor)| minor).sum();
        instead + units + self.extra_minor
    }
}

/// What a channel took back of a payment in a foreign currency, in the currency of the books (R28).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideValue {
    /// The rate of the day on which it left.
    pub rate: DayRate,
    /// What all of it was worth then, in minor units.
    pub left_minor: i64,
    /// What the order's own money in it was worth more when it came in; positive is a gain.
    pub difference_minor: i64,
}

/// A sum that was paid outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsidePayment {
    /// Ordinal in the file, from 1.
    pub ordinal: u16,
    /// What it is known by: agency and number.
    pub reference: String,
    /// Out of whose pocket.
    pub by: PaidBy,
    /// How much.
    pub amount_minor: i64,
    /// What for.
    pub covers: Covers,
    /// Where it was drawn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<DrawShares>,
    /// What it was worth, where the order is in a foreign currency and a channel took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<OutsideValue>,
    /// When.
    pub at: Instant,
    /// When it was taken back again: a dispute was won.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reversed_at: Option<Instant>,
}
