//! Double-entry bookkeeping: accounts, transfers between them, and the balances they add up to.
//!
//! A [`Transfer`] takes one amount from one account to one other, so the books of every currency
//! sum to zero by construction. Transfers are only ever appended; a mistake is corrected by
//! another transfer. Which business event causes which transfers is not decided here.

mod account;
mod balances;
mod error;
mod transfer;

pub use account::{Account, Side};
pub use balances::Balances;
pub use error::LedgerError;
pub use transfer::{Transfer, TransferKind};
