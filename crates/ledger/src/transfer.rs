use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use yuanlu_money::Money;

use crate::{Account, LedgerError};

macro_rules! transfer_kinds {
    ($($(#[$doc:meta])* $kind:ident = $code:literal,)*) => {
        /// What a transfer is for. Its code is stored and never changes meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum TransferKind {
            $($(#[$doc])* #[serde(rename = $code)] $kind,)*
        }

        impl TransferKind {
            /// Every kind, in a fixed order.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The stored code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$kind => $code,)*
                }
            }
        }
    };
}

transfer_kinds! {
    /// A channel reports a payment for an order.
    PaymentReceived = "payment_received",
    /// Balance is spent on an order.
    BalanceSpent = "balance_spent",
    /// Balance is credited without an order: top-up, or granted by an admin.
    BalanceCredited = "balance_credited",
    /// Balance that should not have been credited is taken back.
    BalanceReversed = "balance_reversed",
    /// A payment that fits no open order is kept aside.
    UnmatchedReceived = "unmatched_received",
    /// A payment kept aside has found where it belongs.
    UnmatchedResolved = "unmatched_resolved",
    /// A refund is decided: its amount leaves the escrow or the seller's payable.
    RefundReserved = "refund_reserved",
    /// A reserved refund will not be paid after all.
    RefundReleased = "refund_released",
    /// A refund has arrived through a channel.
    RefundPaid = "refund_paid",
    /// A refund has arrived in the buyer's balance.
    RefundToBalance = "refund_to_balance",
    /// A refund is handed over as a voucher.
    RefundAsVoucher = "refund_as_voucher",
    /// A refund that had arrived came back.
    RefundBounced = "refund_bounced",
    /// The fee kept from a refund for personal reasons.
    RefundFee = "refund_fee",
    /// The platform bore what a seller lost wrongly.
    SellerCompensated = "seller_compensated",
    /// A loss of an order was paid outside: taken back by the bank, or awarded.
    OutsidePaid = "outside_paid",
    /// What was paid outside came back.
    OutsideReversed = "outside_reversed",
    /// Foreign money is worth so much in the books' currency.
    FxValued = "fx_valued",
    /// The difference between the rates of payment and refund.
    FxDifference = "fx_difference",
    /// What a seller earned or owes in a foreign currency is exchanged into the one he is paid in.
    EarningsExchanged = "earnings_exchanged",
    /// An order is settled to its seller.
    Settled = "settled",
    /// The platform's share of a settled order.
    Commission = "commission",
    /// A seller pays into the deposit.
    DepositPaid = "deposit_paid",
    /// A seller raises the deposit from what he has earned.
    DepositToppedUp = "deposit_topped_up",
    /// Part of a deposit goes back to its seller.
    DepositReturned = "deposit_returned",
    /// A seller's debt is covered from the deposit.
    DepositDrawn = "deposit_drawn",
    /// A seller's debt is covered by the platform.
    Advanced = "advanced",
    /// A seller pays an advance back.
    AdvanceRepaid = "advance_repaid",
    /// A seller asks for what he has earned: it is set aside.
    WithdrawalReserved = "withdrawal_reserved",
    /// What was set aside is his to spend again.
    WithdrawalReleased = "withdrawal_released",
    /// A seller takes out what he has earned.
    Withdrawn = "withdrawn",
    /// A channel keeps its fee, or gives one back.
    ChannelFee = "channel_fee",
    /// The platform bears a loss itself.
    LossBorne = "loss_borne",
    /// A voucher is used.
    VoucherUsed = "voucher_used",
    /// A voucher is given at the platform's cost.
    VoucherGiven = "voucher_given",
    /// Redemption codes are out.
    CodesIssued = "codes_issued",
    /// A redemption code is used.
    CodeRedeemed = "code_redeemed",
    /// Redemption codes nobody used are worth nothing any more.
    CodesLapsed = "codes_lapsed",
    /// Balance or a voucher set aside for an order that was not paid in full goes back.
    PartReleased = "part_released",
    /// The platform pays what a coupon took off.
    CouponPaid = "coupon_paid",
    /// What the platform paid for a coupon goes back to it, with the part of the order that is refunded.
    CouponReturned = "coupon_returned",
    /// A mistake in the books is put right.
    Corrected = "corrected",
}

impl fmt::Display for TransferKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for TransferKind {
    type Err = LedgerError;

    fn from_str(code: &str) -> Result<Self, LedgerError> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code).ok_or(LedgerError::UnknownKind)
    }
}

/// One amount moved from one account to another: it is debited here and credited there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Transfer {
    debit: Account,
    credit: Account,
    amount: Money,
    kind: TransferKind,
}

impl Transfer {
    /// A transfer that debits the first account and credits the second.
    ///
    /// # Errors
    /// Unless the amount is positive and the accounts differ.
    pub fn new(debit: Account, credit: Account, amount: Money, kind: TransferKind) -> Result<Self, LedgerError> {
        if !amount.is_positive() {
            return Err(LedgerError::NotPositive);
        }
        if debit == credit {
            return Err(LedgerError::SameAccount);
        }
        Ok(Self { debit, credit, amount, kind })
    }

    /// The account that is debited.
    #[must_use]
    pub const fn debit(&self) -> &Account {
        &self.debit
    }

    /// The account that is credited.
    #[must_use]
    pub const fn credit(&self) -> &Account {
        &self.credit
    }

    /// The amount moved, always more than nothing.
    #[must_use]
    pub const fn amount(&self) -> Money {
        self.amount
    }

    /// What it is for.
    #[must_use]
    pub const fn kind(&self) -> TransferKind {
        self.kind
    }
}

/// A transfer as read from outside, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    debit: Account,
    credit: Account,
    amount: Money,
    kind: TransferKind,
}

impl TryFrom<Unchecked> for Transfer {
    type Error = LedgerError;

    fn try_from(read: Unchecked) -> Result<Self, LedgerError> {
        Self::new(read.debit, read.credit, read.amount, read.kind)
    }
}
