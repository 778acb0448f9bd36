//! What all aggregates have in common: a kind, a version, and the head of a journal.

use crate::error::Result;

/// The kinds of aggregates, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An order file.
    Order,
    /// A wallet.
    Wallet,
    /// A seller account.
    Seller,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Order, Self::Wallet, Self::Seller];

    /// The stable code; part of every genesis hash.
    pub fn code(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Wallet => "wallet",
            Self::Seller => "seller",
        }
    }

    /// The kind with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Where the journal of an aggregate ends. The version of an aggregate is the number of its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub version: i64,
    /// Hash of the last one, chained.
    pub hash: [u8; 32],
}

/// An aggregate as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<A> {
    /// What the entries amount to.
    pub aggregate: A,
    /// Where the journal ends.
    pub head: Head,
}

/// The stored text of a state.
pub(crate) fn state_text(table: &'static str, state: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(state).map_err(|_| crate::StorageError::inconsistent(table, "state"))
}
