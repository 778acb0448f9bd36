//! A seller's account: the deposit, and later withdrawals. The payable itself is folded from the ledger, so that refunds of one
//! seller never wait for each other; a withdrawal takes from it by a guarded update.

use crate::ids::SellerId;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// What changes a seller account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SellerEvent {
    /// The seller was admitted.
    Opened {
        /// Which seller.
        seller: SellerId,
        /// In which currency he is paid.
        currency: yuanlu_money::Currency,
    },
    /// Deposit (保证金) came in.
    DepositPaid {
        /// How much, in minor units.
        amount_minor: i64,
    },
}

/// A seller's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerAccount {
    /// Which seller.
    pub seller: SellerId,
    /// In which currency he is paid.
    pub currency: yuanlu_money::Currency,
    /// Deposit held, in minor units.
    pub deposit_minor: i64,
    /// Instant of the last event.
    pub last_at: Instant,
}

impl SellerAccount {
    /// Applies an event to an account, or to none for `Opened`. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &SellerEvent, at: Instant) -> Option<Self> {
        let mut account = match (before, event) {
            (None, SellerEvent::Opened { seller, currency }) => {
                return Some(Self { seller: seller.clone(), currency: *currency, deposit_minor: 0, last_at: at });
            }
            (Some(_), SellerEvent::Opened { .. }) | (None, _) => return None,
            (Some(account), _) => account,
        };
        match event {
            SellerEvent::Opened { .. } => {}
            SellerEvent::DepositPaid { amount_minor } => account.deposit_minor += amount_minor,
        }
        account.last_at = at;
        Some(account)
    }
}
