//! A seller's account (R27): deposit, what the platform advanced, withdrawals. The payable itself is folded from the ledger,
//! so that refunds of one seller never wait for each other; a withdrawal takes from it by a guarded update.

use crate::actor::Actor;
use crate::case::PersonalRef;
use crate::ids::SellerId;
use crate::projection::Timer;
use crate::rate::DayRate;
use crate::time::Instant;
use crate::withdrawal::{Withdrawal, WithdrawalState};
use serde::{Deserialize, Serialize};

/// Withdrawals that wait at once.
pub const MOST_WITHDRAWALS_OPEN: usize = 10;
/// Withdrawals that are over and still shown with the account; the ledger keeps all of them.
const MOST_WITHDRAWALS_KEPT: usize = 20;

/// From what an advance is repaid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepaidFrom {
    /// From what the seller has earned since.
    Earnings,
    /// He paid it in.
    PaidIn {
        /// The bank's reference.
        reference: String,
    },
}

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
    /// The deposit was topped up from earnings.
    DepositToppedUp {
        /// How much, in minor units.
        amount_minor: i64,
    },
    /// Part of the deposit went back to the seller.
    DepositReturned {
        /// How much, in minor units.
        amount_minor: i64,
        /// The bank's reference.
        reference: String,
    },
    /// A debt was covered from the deposit.
    DepositDrawn {
        /// How much, in minor units.
        amount_minor: i64,
    },
    /// A debt was covered by the platform, with recourse.
    Advanced {
        /// How much, in minor units.
        amount_minor: i64,
    },
    /// Earnings in a foreign currency, or a debt in one, became earnings or a debt in the account's own, at the day's rate.
    Exchanged {
        /// Which currency.
        currency: yuanlu_money::Currency,
        /// How much of it, in its minor units; below zero where it was a debt.
        foreign_minor: i64,
        /// What that is in the account's currency, in minor units.
        amount_minor: i64,
        /// By which rate.
        rate: DayRate,
    },
    /// Part of an advance was repaid.
    AdvanceRepaid {
        /// How much, in minor units.
        amount_minor: i64,
        /// From what.
        from: RepaidFrom,
    },
    /// The seller named the bank account he is paid to.
    PayoutAccountSet {
        /// The account, in an erasable row.
        account: PersonalRef,
        /// First instant at which a withdrawal to it may be executed.
        usable_from: Instant,
    },
    /// The seller asked for a withdrawal: its money is reserved.
    WithdrawalRequested {
        /// Ordinal in the account.
        withdrawal: u32,
        /// How much, in minor units.
        amount_minor: i64,
        /// First instant at which finance is late.
        due: Instant,
    },
    /// A first person of finance has looked at it.
    WithdrawalApproved {
        /// Which.
        withdrawal: u32,
    },
    /// Finance executed it at the bank.
    WithdrawalExecuted {
        /// Which.
        withdrawal: u32,
        /// The bank's reference.
        reference: String,
        /// A second person was needed and the house had none (R35).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        alone: bool,
    },
    /// Finance refused it.
    WithdrawalRefused {
        /// Which.
        withdrawal: u32,
        /// Why.
        words: PersonalRef,
    },
    /// The seller took it back.
    WithdrawalCancelled {
        /// Which.
        withdrawal: u32,
    },
    /// A debt came up: its money is needed for that.
    WithdrawalStopped {
        /// Which.
        withdrawal: u32,
    },
    /// Finance was reminded of it.
    WithdrawalReminded {
        /// Which.
        withdrawal: u32,
        /// When finance is reminded again.
        due: Instant,
    },
}

/// The bank account a seller is paid to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutAccount {
    /// The account, in an erasable row.
    pub account: PersonalRef,
    /// First instant at which a withdrawal to it may be executed.
    pub usable_from: Instant,
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
    /// What the platform advanced and has not got back, in minor units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub advance_minor: i64,
    /// Where he is paid to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout_account: Option<PayoutAccount>,
    /// Withdrawals: all that are open, and the last that are over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawals: Vec<Withdrawal>,
    /// Withdrawals so far.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub withdrawals_ever: u32,
    /// Executed so far, in minor units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub withdrawn_minor: i64,
    /// Instant of the last event.
    pub last_at: Instant,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_zero(n: &i64) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_none_yet(n: &u32) -> bool {
    *n == 0
}

impl SellerAccount {
    fn opened(seller: SellerId, currency: yuanlu_money::Currency, at: Instant) -> Self {
        Self {
            seller,
            currency,
            deposit_minor: 0,
            advance_minor: 0,
            payout_account: None,
            withdrawals: Vec::new(),
            withdrawals_ever: 0,
            withdrawn_minor: 0,
            last_at: at,
        }
    }

    /// A withdrawal by its ordinal.
    pub fn withdrawal(&self, ordinal: u32) -> Option<&Withdrawal> {
        self.withdrawals.iter().find(|withdrawal| withdrawal.ordinal == ordinal)
    }

    /// Withdrawals that wait for finance.
    pub fn open_withdrawals(&self) -> impl DoubleEndedIterator<Item = &Withdrawal> {
        self.withdrawals.iter().filter(|withdrawal| withdrawal.state.is_open())
    }

    /// What open withdrawals reserve, in minor units.
    pub fn reserved_minor(&self) -> i64 {
        self.open_withdrawals().map(|withdrawal| withdrawal.amount_minor).sum()
    }

    /// Every wait of the account.
    pub fn timers(&self) -> Vec<Timer> {
        self.withdrawals.iter().filter_map(Withdrawal::timer).collect()
    }

    /// Applies an event to an account, or to none for `Opened`. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &SellerEvent, by: &Actor, at: Instant) -> Option<Self> {
        let mut account = match (before, event) {
            (None, SellerEvent::Opened { seller, currency }) => {
                return Some(Self::opened(seller.clone(), *currency, at));
            }
            (Some(_), SellerEvent::Opened { .. }) | (None, _) => return None,
            (Some(account), _) => account,
        };
        match event {
            // What is earned stands in the ledger alone.
            SellerEvent::Opened { .. } | SellerEvent::Exchanged { .. } => {}
            SellerEvent::DepositPaid { amount_minor } | SellerEvent::DepositToppedUp { amount_minor } => {
                account.deposit_minor += amount_minor;
            }
            SellerEvent::DepositReturned { amount_minor, .. } | SellerEvent::DepositDrawn { amount_minor } => {
                account.deposit_minor -= amount_minor;
            }
            SellerEvent::Advanced { amount_minor } => account.advance_minor += amount_minor,
            SellerEvent::AdvanceRepaid { amount_minor, .. } => account.advance_minor -= amount_minor,
            SellerEvent::PayoutAccountSet { account: to, usable_from } => {
                account.payout_account = Some(PayoutAccount { account: to.clone(), usable_from: *usable_from });
            }
            SellerEvent::WithdrawalRequested { withdrawal, amount_minor, due } => {
                let to = account.payout_account.clone()?;
                account.withdrawals_ever = *withdrawal;
                account.withdrawals.push(Withdrawal {
                    ordinal: *withdrawal,
                    amount_minor: *amount_minor,
                    to: to.account,
                    by: by.account()?.clone(),
                    at,
                    not_before: to.usable_from.max(at),
                    due: *due,
                    state: WithdrawalState::Waiting,
                });
            }
            SellerEvent::WithdrawalApproved { withdrawal } => {
                account.open(*withdrawal)?.state = WithdrawalState::Approved { by: by.account()?.clone() };
            }
            SellerEvent::WithdrawalExecuted { withdrawal, reference, .. } => {
                let found = account.open(*withdrawal)?;
                found.state = WithdrawalState::Executed { at, reference: reference.clone() };
                account.withdrawn_minor += found.amount_minor;
            }
            SellerEvent::WithdrawalRefused { withdrawal, words } => {
                account.open(*withdrawal)?.state = WithdrawalState::Refused { at, words: words.clone() };
            }
            SellerEvent::WithdrawalCancelled { withdrawal } => {
                account.open(*withdrawal)?.state = WithdrawalState::Cancelled { at };
            }
            SellerEvent::WithdrawalStopped { withdrawal } => {
                account.open(*withdrawal)?.state = WithdrawalState::Stopped { at };
            }
            SellerEvent::WithdrawalReminded { withdrawal, due } => account.open(*withdrawal)?.due = *due,
        }
        if account.deposit_minor < 0 || account.advance_minor < 0 {
            return None;
        }
        account.forget_old();
        account.last_at = at;
        Some(account)
    }

    fn open(&mut self, ordinal: u32) -> Option<&mut Withdrawal> {
        self.withdrawals.iter_mut().find(|withdrawal| withdrawal.ordinal == ordinal && withdrawal.state.is_open())
    }

    fn forget_old(&mut self) {
        let over = self.withdrawals.len() - self.open_withdrawals().count();
        let mut surplus = over.saturating_sub(MOST_WITHDRAWALS_KEPT);
        self.withdrawals.retain(|withdrawal| {
            let forgotten = surplus > 0 && !withdrawal.state.is_open();
            surplus -= usize::from(forgotten);
            !forgotten
        });
    }
}
