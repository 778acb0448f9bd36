//! What comes in: a complaint as somebody registers it, and as a channel tells it.

use super::Agency;
use crate::case::PersonalRef;
use crate::ids::{ChannelNumber, OrderId};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use yuanlu_money::{Currency, Money};

/// How an order was found to belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// By a payment's number at the channel.
    ChannelNumber,
    /// By the order's number.
    OrderNumber,
    /// By the complainant's telephone number, kept as a keyed hash.
    Phone,
    /// A person looked.
    Staff,
}

impl FoundBy {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::ChannelNumber => "channel_number",
            Self::OrderNumber => "order_number",
            Self::Phone => "phone",
            Self::Staff => "staff",
        }
    }
}

/// The order, and perhaps the case, it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concerns {
    /// The order.
    pub order: OrderId,
    /// Ordinal of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<u16>,
    /// How that was found.
    pub by: FoundBy,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideResult {
    /// Both sides agreed, or the complainant was satisfied.
    Settled,
    /// The complainant withdrew it.
    Withdrawn,
    /// It was found right; where money was in dispute, it is gone.
    Upheld,
    /// It was found wrong; where money was in dispute, it is back.
    NotUpheld,
    /// The agency did not take it on.
    Declined,
    /// It ended without an agreement.
    Ended,
}

impl OutsideResult {
    /// Every result.
    pub const ALL: [Self; 6] =
        [Self::Settled, Self::Withdrawn, Self::Upheld, Self::NotUpheld, Self::Declined, Self::Ended];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Withdrawn => "withdrawn",
            Self::Upheld => "upheld",
            Self::NotUpheld => "not_upheld",
            Self::Declined => "declined",
            Self::Ended => "ended",
        }
    }

    /// The result with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|result| result.code() == code)
    }
}

/// Where it stands over there, as far as that changes whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// An answer of ours is awaited.
    WantsReply,
    /// They deal with it, and nothing is awaited from us.
    InProgress,
    /// It is over.
    Over(OutsideResult),
}

/// A complaint as it comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Where it was raised.
    pub agency: Agency,
    /// Their number.
    pub number: String,
    /// When they received it: their clock, not ours.
    pub received_at: Instant,
    /// First instant at which an answer is too late, where they name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_by: Option<Instant>,
    /// Who complains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complainant: Option<PersonalRef>,
    /// In which words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<PersonalRef>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concerns: Option<Concerns>,
    /// What is asked for, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_minor: Option<i64>,
    /// In which currency.
    pub currency: Currency,
    /// Their own word for where it stands.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
}

/// A complaint as a channel tells it, every time it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardComplaint {
    /// Their number.
    pub number: String,
    /// When they received it.
    pub received_at: Instant,
    /// First instant at which an answer is too late, where they name one.
    pub reply_by: Option<Instant>,
    /// Who complains, as far as they say.
    pub complainant: Option<String>,
    /// In which words.
    pub words: String,
    /// Our numbers of the payments it is about.
    pub payments: Vec<ChannelNumber>,
    /// What is asked for.
    pub claimed: Option<Money>,
    /// Their own word for where it stands.
    pub status: String,
    /// What that means for whose turn it is.
    pub stage: Stage,
    /// Money of ours that left for it, or came back.
    pub money: Option<HeardMoney>,
}

/// What became of money in a complaint that moves money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeardMoney {
    /// It was taken from us.
    Taken(Money),
    /// It came back.
    Returned,
}
