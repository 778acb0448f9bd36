//! Who acts, and who a case is for.

use crate::ids::{AccountId, ChannelId, OrderId, SellerId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a person may be. A closed list (S01 … S30 name no other).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Buys; every account has it.
    Buyer,
    /// Sells for one seller.
    Seller,
    /// Judges cases (审核).
    Reviewer,
    /// Judges what a reviewer judged before, and what is overdue.
    SeniorReviewer,
    /// Answers people (客服).
    Support,
    /// Judges forgery, restricted buyers, large amounts (风控).
    Risk,
    /// Executes and approves money (财务).
    Finance,
    /// Votes for an outside organisation (仲裁员).
    Arbitrator,
    /// Runs the platform.
    Admin,
}

impl Role {
    /// Every role, in the order shown to people.
    pub const ALL: [Self; 9] = [
        Self::Buyer,
        Self::Seller,
        Self::Reviewer,
        Self::SeniorReviewer,
        Self::Support,
        Self::Risk,
        Self::Finance,
        Self::Arbitrator,
        Self::Admin,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
            Self::Reviewer => "reviewer",
            Self::SeniorReviewer => "senior_reviewer",
            Self::Support => "support",
            Self::Risk => "risk",
            Self::Finance => "finance",
            Self::Arbitrator => "arbitrator",
            Self::Admin => "admin",
        }
    }

    /// The role with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Staff of the platform: everybody but buyers, sellers and outside arbitrators.
    pub fn is_staff(self) -> bool {
        !matches!(self, Self::Buyer | Self::Seller | Self::Arbitrator)
    }

    /// Must sign in with a second factor.
    pub fn needs_second_factor(self) -> bool {
        self.is_staff() || self == Self::Arbitrator
    }
}

/// The buyer's side of an order: an account, a guest of this order, or a buyer of a plugged-in shop (S28).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// A person with an account.
    Account(AccountId),
    /// Whoever holds the order number and its query password.
    Guest(OrderId),
    /// A buyer known to another shop only.
    Shop {
        /// The shop.
        shop: String,
        /// The shop's own name for the buyer.
        buyer: String,
    },
}

impl Party {
    /// The account, if the party has one.
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Account(id) => Some(id),
            Self::Guest(_) | Self::Shop { .. } => None,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "acct:{id}"),
            Self::Guest(order) => write!(f, "guest:{order}"),
            Self::Shop { shop, buyer } => write!(f, "shop:{shop}:{buyer}"),
        }
    }
}

impl FromStr for Party {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("not a party: `{text}`");
        let (kind, rest) = text.split_once(':').ok_or_else(unknown)?;
        match kind {
            "acct" => Ok(Self::Account(rest.into())),
            "guest" => Ok(Self::Guest(rest.into())),
            "shop" => {
                let (shop, buyer) = rest.split_once(':').ok_or_else(unknown)?;
                Ok(Self::Shop { shop: shop.into(), buyer: buyer.into() })
            }
            _ => Err(unknown()),
        }
    }
}

impl Serialize for Party {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Party {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Who did something, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The buyer of the order.
    Buyer {
        /// Which buyer.
        party: Party,
    },
    /// A person of the seller.
    Seller {
        /// The seller.
        seller: SellerId,
        /// The person.
        account: AccountId,
    },
    /// A person of the platform.
    Staff {
        /// The person.
        account: AccountId,
        /// In which role he acted.
        role: Role,
    },
    /// Whoever reported something: an account, or a stranger who holds the receipt.
    Reporter {
        /// The account, where there is one.
        account: Option<AccountId>,
    },
    /// Whoever applies to sell.
    Applicant {
        /// The account.
        account: AccountId,
    },
    /// A payment channel, by a verified answer or callback.
    Channel {
        /// Which channel.
        channel: ChannelId,
    },
    /// The program itself: a timer, an automatic verdict.
    Program,
}

impl Actor {
    /// The person, where one acted.
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Buyer { party } => party.account(),
            Self::Seller { account, .. } | Self::Staff { account, .. } | Self::Applicant { account } => Some(account),
            Self::Reporter { account } => account.as_ref(),
            Self::Channel { .. } | Self::Program => None,
        }
    }
}
