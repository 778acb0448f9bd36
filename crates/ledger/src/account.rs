use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::LedgerError;

/// A ledger account. Its text form (`escrow:YL7K2`) is stored and never changes meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Account {
    /// What a payment channel holds for the platform, by channel.
    ChannelClearing(String),
    /// Money paid for an order and not settled yet, by order.
    Escrow(String),
    /// What the platform owes a seller; below zero it is the seller's debt.
    SellerPayable(String),
    /// The seller's deposit, which backs his refunds.
    SellerDeposit(String),
    /// What a seller asked to withdraw and has not left yet.
    SellerWithdrawal(String),
    /// Fees the platform has earned.
    PlatformFee,
    /// What a buyer can spend on the platform, by account.
    BuyerBalance(String),
    /// Vouchers not used yet, by buyer account.
    VoucherLiability(String),
    /// Redemption codes that are out and not used yet, by batch.
    CodeLiability(String),
    /// Refunds decided and not arrived yet, by order.
    RefundInFlight(String),
    /// Differences between the rates of payment and refund.
    FxGainLoss,
    /// Money the platform has put up for sellers in debt.
    PlatformAdvance,
    /// What a seller owes the platform for its advances.
    Recourse(String),
    /// Losses the platform bears itself.
    PlatformCost,
    /// The platform's own bank account: what stands behind balance and deposits, and where withdrawals leave from.
    BalanceFunding,
    /// What money in foreign currencies is worth in the books' currency, by channel.
    ForeignValue(String),
    /// The other side of it: what is owed of it in the books' currency.
    ForeignPosition,
    /// Payments and callbacks that fit nothing yet.
    Unmatched,
}

/// The side on which an account normally grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// What the platform has or has spent.
    Debit,
    /// What the platform owes or has earned.
    Credit,
}

impl Account {
    /// The name before the colon: the same for all accounts of one sort.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ChannelClearing(_) => "channel_clearing",
            Self::Escrow(_) => "escrow",
            Self::SellerPayable(_) => "seller_payable",
            Self::SellerDeposit(_) => "seller_deposit",
            Self::SellerWithdrawal(_) => "seller_withdrawal",
            Self::PlatformFee => "platform_fee",
            Self::BuyerBalance(_) => "buyer_balance",
            Self::VoucherLiability(_) => "voucher_liability",
            Self::CodeLiability(_) => "code_liability",
            Self::RefundInFlight(_) => "refund_in_flight",
            Self::FxGainLoss => "fx_gain_loss",
            Self::PlatformAdvance => "platform_advance",
            Self::Recourse(_) => "recourse",
            Self::PlatformCost => "platform_cost",
            Self::BalanceFunding => "balance_funding",
            Self::ForeignValue(_) => "foreign_value",
            Self::ForeignPosition => "foreign_position",
            Self::Unmatched => "unmatched",
        }
    }

    /// The channel, order, seller or buyer account it belongs to, if it has an owner.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        match self {
            Self::ChannelClearing(owner)
            | Self::Escrow(owner)
            | Self::SellerPayable(owner)
            | Self::SellerDeposit(owner)
            | Self::SellerWithdrawal(owner)
            | Self::BuyerBalance(owner)
            | Self::ForeignValue(owner)
            | Self::VoucherLiability(owner)
            | Self::CodeLiability(owner)
            | Self::RefundInFlight(owner)
            | Self::Recourse(owner) => Some(owner),
            Self::PlatformFee
            | Self::FxGainLoss
            | Self::PlatformAdvance
            | Self::PlatformCost
            | Self::BalanceFunding
            | Self::ForeignPosition
            | Self::Unmatched => None,
        }
    }

    /// The side on which it normally grows.
    #[must_use]
    pub const fn side(&self) -> Side {
        match self {
            Self::ChannelClearing(_)
            | Self::PlatformAdvance
            | Self::Recourse(_)
            | Self::PlatformCost
            | Self::ForeignValue(_)
            | Self::BalanceFunding => Side::Debit,
            Self::Escrow(_)
            | Self::SellerPayable(_)
            | Self::SellerDeposit(_)
            | Self::SellerWithdrawal(_)
            | Self::PlatformFee
            | Self::BuyerBalance(_)
            | Self::VoucherLiability(_)
            | Self::CodeLiability(_)
            | Self::RefundInFlight(_)
            | Self::FxGainLoss
            | Self::ForeignPosition
            | Self::Unmatched => Side::Credit,
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.owner().map_or(Ok(()), |owner| write!(f, ":{owner}"))
    }
}

impl FromStr for Account {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let (name, owner) = match text.split_once(':') {
            Some((name, owner)) => (name, Some(owner)),
            None => (text, None),
        };
        let unfit = |owner: &str| owner.is_empty() || owner.chars().any(|c| c.is_whitespace() || c.is_control());
        if owner.is_some_and(unfit) {
            return Err(LedgerError::UnknownAccount);
        }
        Ok(match (name, owner.map(str::to_owned)) {
            ("channel_clearing", Some(channel)) => Self::ChannelClearing(channel),
            ("escrow", Some(order)) => Self::Escrow(order),
            ("seller_payable", Some(seller)) => Self::SellerPayable(seller),
            ("seller_deposit", Some(seller)) => Self::SellerDeposit(seller),
            ("seller_withdrawal", Some(seller)) => Self::SellerWithdrawal(seller),
            ("platform_fee", None) => Self::PlatformFee,
            ("buyer_balance", Some(account)) => Self::BuyerBalance(account),
            ("voucher_liability", Some(account)) => Self::VoucherLiability(account),
            ("code_liability", Some(batch)) => Self::CodeLiability(batch),
            ("refund_in_flight", Some(order)) => Self::RefundInFlight(order),
            ("fx_gain_loss", None) => Self::FxGainLoss,
            ("platform_advance", None) => Self::PlatformAdvance,
            ("recourse", Some(seller)) => Self::Recourse(seller),
            ("platform_cost", None) => Self::PlatformCost,
            ("balance_funding", None) => Self::BalanceFunding,
            ("foreign_value", Some(channel)) => Self::ForeignValue(channel),
            ("foreign_position", None) => Self::ForeignPosition,
            ("unmatched", None) => Self::Unmatched,
            _ => return Err(LedgerError::UnknownAccount),
        })
    }
}

impl TryFrom<String> for Account {
    type Error = LedgerError;

    fn try_from(text: String) -> Result<Self, LedgerError> {
        text.parse()
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.to_string()
    }
}
