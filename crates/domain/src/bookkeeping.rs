//! The accounting manual: for every event, the transfers it means. A credit raises what the platform owes.
//!
//! Balances of buyers are `buyer_balance`, money held for an order is `escrow`, a decided refund is
//! `refund_in_flight` until the channel says it arrived. Corrections are transfers too; nothing is edited.

use crate::event::{OrderEvent, Tender};
use crate::order_file::{OrderFile, Payment};
use crate::payout::{Destination, Outcome, Payout, PayoutState};
use crate::rate::BOOKS;
use crate::route::RouteEvent;
use crate::seller_account::{SellerAccount, SellerEvent};
use crate::wallet::{LotSource, Wallet, WalletEvent};
use yuanlu_ledger::{Account, Transfer, TransferKind};
use yuanlu_money::{Currency, Money};

/// The clearing account of what finance sends at a bank by hand.
const BY_HAND: &str = "bank";

/// Transfers of an order file's event, from the state it is applied to.
pub fn order(before: Option<&OrderFile>, event: &OrderEvent) -> Vec<Transfer> {
    let Some(file) = before else { return Vec::new() };
    match event {
        OrderEvent::PaymentSucceeded { ordinal, .. } => file
            .payment(*ordinal)
            .map(|payment| {
                let mut transfers = payment_received(file, &payment.tender, payment.amount_minor);
                if file.due_minor() == payment.amount_minor {
                    transfers.extend(coupon_paid(file));
                }
                transfers
            })
            .unwrap_or_default(),
        OrderEvent::PartReleased { ordinal } => {
            file.payment(*ordinal).map(|payment| part_released(file, payment)).unwrap_or_default()
        }
        OrderEvent::CouponReturned { amount_minor } => {
            drawn(file, *amount_minor, &Account::PlatformCost, TransferKind::CouponReturned)
        }
        OrderEvent::PayoutValued { payout, difference_minor, .. } => {
            file.payout(*payout).map(|p| valued(p, *difference_minor)).unwrap_or_default()
        }
        OrderEvent::ExtraPayment { channel, amount_minor, .. } => {
            payment_received(file, &Tender::Channel { channel: channel.clone() }, *amount_minor)
        }
        OrderEvent::Settled { seller_minor, commission_minor } => settled(file, *seller_minor, *commission_minor),
        OrderEvent::CaseApproved { decision, .. } => refund_fee_kept(file, decision.fee_minor()),
        OrderEvent::PayoutDecided { payout } => refund_decided(file, payout),
        OrderEvent::PaidToBalance { payout, .. } => {
            file.payout(*payout).map(|p| refund_arrived(file, p)).unwrap_or_default()
        }
        OrderEvent::PayoutAnswered { payout, outcome, .. } => match (file.payout(*payout), outcome) {
            (Some(payout), Outcome::Arrived { .. }) => refund_arrived(file, payout),
            (Some(payout), Outcome::Bounced { .. }) => refund_bounced(file, payout),
            _ => Vec::new(),
        },
        OrderEvent::PayoutRerouted { payout } => {
            file.payout(*payout).map(|p| refund_back_in_escrow(file, p)).unwrap_or_default()
        }
        OrderEvent::Route(event) => route(file, event),
        OrderEvent::SellerCompensated { amount_minor, .. } => seller_compensated(file, *amount_minor),
        OrderEvent::Placed { .. }
        | OrderEvent::Claimed { .. }
        | OrderEvent::PaymentOpened { .. }
        | OrderEvent::PaymentDeclined { .. }
        | OrderEvent::PaymentValued { .. }
        | OrderEvent::CouponRestored
        | OrderEvent::Expired
        | OrderEvent::CodeIssued { .. }
        | OrderEvent::SoldOut { .. }
        | OrderEvent::CodeRevealed { .. }
        | OrderEvent::Redeemed { .. }
        | OrderEvent::Credited { .. }
        | OrderEvent::UnitCompleted { .. }
        | OrderEvent::OrderCompleted { .. }
        | OrderEvent::UnitReturned { .. }
        | OrderEvent::CaseOpened { .. }
        | OrderEvent::SellerAsked { .. }
        | OrderEvent::ReviewStarted { .. }
        | OrderEvent::ReviewEscalated { .. }
        | OrderEvent::TurnExtended { .. }
        | OrderEvent::CaseClaimed { .. }
        | OrderEvent::MaterialAsked { .. }
        | OrderEvent::MaterialGiven { .. }
        | OrderEvent::SellerContested { .. }
        | OrderEvent::CaseRejected { .. }
        | OrderEvent::PersonAsked { .. }
        | OrderEvent::CaseWithdrawn { .. }
        | OrderEvent::CaseClosed { .. }
        | OrderEvent::PayoutApproved { .. }
        | OrderEvent::AttemptMade { .. }
        | OrderEvent::PayoutTraced { .. }
        | OrderEvent::PayoutResumed { .. }
        | OrderEvent::UnitReplaced { .. }
        | OrderEvent::MessageSent { .. }
        | OrderEvent::ThreadRead { .. }
        | OrderEvent::OfferMade { .. }
        | OrderEvent::OfferAccepted { .. }
        | OrderEvent::OfferDeclined { .. }
        | OrderEvent::OfferLapsed { .. }
        | OrderEvent::ReviewWarned { .. }
        | OrderEvent::ReminderSet { .. }
        | OrderEvent::TurnReminded { .. }
        | OrderEvent::ArbitratorInvited { .. }
        | OrderEvent::DecisionProposed { .. }
        | OrderEvent::DecisionTakenBack { .. }
        | OrderEvent::CaseReplaced { .. }
        | OrderEvent::PanelDrawn { .. }
        | OrderEvent::PanelVoting { .. }
        | OrderEvent::PanelVoted { .. }
        | OrderEvent::PanelUndecided { .. }
        | OrderEvent::RemedyOpened { .. }
        | OrderEvent::RemedyResumed { .. }
        | OrderEvent::RemedyClosed { .. }
        | OrderEvent::CaseCompleted { .. } => Vec::new(),
    }
}

/// Transfers of a wallet's event. What an order moves in or out of a balance is booked by the order's own event.
pub fn wallet(before: Option<&Wallet>, event: &WalletEvent) -> Vec<Transfer> {
    match (before, event) {
        (Some(wallet), WalletEvent::LotAdded { lot, source: LotSource::Credit }) => transfer(
            wallet.currency,
            Account::BalanceFunding,
            Account::BuyerBalance(wallet.account.to_string()),
            lot.left_minor,
            TransferKind::BalanceCredited,
        ),
        (Some(wallet), WalletEvent::LotAdded { lot, source: LotSource::Goodwill }) => transfer(
            wallet.currency,
            Account::PlatformCost,
            Account::VoucherLiability(wallet.account.to_string()),
            lot.left_minor,
            TransferKind::VoucherGiven,
        ),
        (
            _,
            WalletEvent::Opened { .. }
            | WalletEvent::LotAdded { .. }
            | WalletEvent::Spent { .. }
            | WalletEvent::CouponGranted { .. }
            | WalletEvent::CouponUsed { .. }
            | WalletEvent::CouponRestored { .. }
            | WalletEvent::LotWarned { .. }
            | WalletEvent::TakenBack { .. }
            | WalletEvent::Regranted { .. },
        ) => Vec::new(),
    }
}

/// Transfers of a seller account's event.
pub fn seller(before: Option<&SellerAccount>, event: &SellerEvent) -> Vec<Transfer> {
    let Some(account) = before else { return Vec::new() };
    let deposit = Account::SellerDeposit(account.seller.to_string());
    match event {
        SellerEvent::DepositPaid { amount_minor } => {
            transfer(account.currency, Account::BalanceFunding, deposit, *amount_minor, TransferKind::DepositPaid)
        }
        SellerEvent::Opened { .. } => Vec::new(),
    }
}

/// Money came in for an order: the payer's balance goes down, or the channel holds it for us.
fn payment_received(file: &OrderFile, tender: &Tender, amount: i64) -> Vec<Transfer> {
    let kind = match tender {
        Tender::Balance { .. } => TransferKind::BalanceSpent,
        Tender::Voucher { .. } => TransferKind::VoucherUsed,
        Tender::Channel { .. } => TransferKind::PaymentReceived,
    };
    transfer(file.currency, source(tender), escrow(file), amount, kind)
}

/// Where the money of a tender stood before it was paid.
fn source(tender: &Tender) -> Account {
    match tender {
        Tender::Balance { wallet } => Account::BuyerBalance(wallet.to_string()),
        Tender::Voucher { wallet, .. } => Account::VoucherLiability(wallet.to_string()),
        Tender::Channel { channel } => Account::ChannelClearing(channel.to_string()),
    }
}

/// The order is paid: the platform puts up what the coupon took off.
fn coupon_paid(file: &OrderFile) -> Vec<Transfer> {
    transfer(file.currency, Account::PlatformCost, escrow(file), file.discount_minor(), TransferKind::CouponPaid)
}

/// The order expired: what had come out of the wallet goes back into it.
fn part_released(file: &OrderFile, payment: &Payment) -> Vec<Transfer> {
    let (amount, to) = (payment.amount_minor, source(&payment.tender));
    transfer(file.currency, escrow(file), to, amount, TransferKind::PartReleased)
}

/// R28: what the channel holds is worth more or less in the books than when the payment came.
fn valued(payout: &Payout, difference: i64) -> Vec<Transfer> {
    let (clearing, gain) = (destination(payout), Account::FxGainLoss);
    let (debit, credit) = if difference > 0 { (clearing, gain) } else { (gain, clearing) };
    transfer(BOOKS, debit, credit, difference.abs(), TransferKind::FxDifference)
}

/// The window closed with no case open: the seller is owed the price, the platform keeps its commission (R27).
fn settled(file: &OrderFile, seller: i64, commission: i64) -> Vec<Transfer> {
    let mut transfers = transfer(file.currency, escrow(file), payable(file), seller, TransferKind::Settled);
    transfers.extend(transfer(file.currency, escrow(file), Account::PlatformFee, commission, TransferKind::Commission));
    transfers
}

/// A fee on a change of mind (R10).
fn refund_fee_kept(file: &OrderFile, fee: i64) -> Vec<Transfer> {
    drawn(file, fee, &Account::PlatformFee, TransferKind::RefundFee)
}

/// A refund was decided: reserved at once, from escrow first, then from what was settled (R27).
fn refund_decided(file: &OrderFile, payout: &Payout) -> Vec<Transfer> {
    drawn(file, payout.amount_minor, &in_flight(file), TransferKind::RefundReserved)
}

/// The channel, or the balance, has it.
fn refund_arrived(file: &OrderFile, payout: &Payout) -> Vec<Transfer> {
    let kind = match payout.destination {
        Destination::Balance { .. } => TransferKind::RefundToBalance,
        Destination::Voucher { .. } => TransferKind::RefundAsVoucher,
        Destination::Original { .. } | Destination::Account { .. } => TransferKind::RefundPaid,
    };
    transfer(file.currency, in_flight(file), destination(payout), payout.amount_minor, kind)
}

/// Money that people moved or found.
fn route(file: &OrderFile, event: &RouteEvent) -> Vec<Transfer> {
    let Some(payout) = event.payout().and_then(|payout| file.payout(payout)) else { return Vec::new() };
    match event {
        RouteEvent::ArrivalRecorded { .. } => refund_arrived(file, payout),
        RouteEvent::Returned { .. } => refund_bounced(file, payout),
        RouteEvent::SwitchReversed { amount_minor, .. } => {
            transfer(file.currency, destination(payout), escrow(file), *amount_minor, TransferKind::RefundBounced)
        }
        RouteEvent::AccountNamed { .. }
        | RouteEvent::CardNamed { .. }
        | RouteEvent::AccountChecked { .. }
        | RouteEvent::AccountRefused { .. }
        | RouteEvent::Remitted { .. }
        | RouteEvent::TransferRecorded { .. }
        | RouteEvent::Released { .. }
        | RouteEvent::ReleaseRefused { .. }
        | RouteEvent::Finishing { .. }
        | RouteEvent::Doubted { .. }
        | RouteEvent::DoubtAnswered { .. } => Vec::new(),
    }
}

/// It came back to the merchant after all (T12): in flight again, never a second debit of the seller.
fn refund_bounced(file: &OrderFile, payout: &Payout) -> Vec<Transfer> {
    match payout.state {
        PayoutState::Arrived { .. } => transfer(
            file.currency,
            destination(payout),
            in_flight(file),
            payout.amount_minor,
            TransferKind::RefundBounced,
        ),
        _ => Vec::new(),
    }
}

/// A seller lost wrongly (R34): the buyer keeps the money, the platform bears it.
fn seller_compensated(file: &OrderFile, amount: i64) -> Vec<Transfer> {
    transfer(file.currency, Account::PlatformCost, payable(file), amount, TransferKind::SellerCompensated)
}

/// A finally refused payout makes room for another one.
fn refund_back_in_escrow(file: &OrderFile, payout: &Payout) -> Vec<Transfer> {
    transfer(file.currency, in_flight(file), escrow(file), payout.amount_minor, TransferKind::RefundReleased)
}

fn drawn(file: &OrderFile, amount: i64, to: &Account, kind: TransferKind) -> Vec<Transfer> {
    let shares = file.draw_shares(amount);
    [(escrow(file), shares.escrow), (Account::PlatformFee, shares.commission), (payable(file), shares.seller)]
        .into_iter()
        .filter(|(from, _)| from != to)
        .flat_map(|(from, share)| transfer(file.currency, from, to.clone(), share, kind))
        .collect()
}

fn transfer(currency: Currency, debit: Account, credit: Account, minor: i64, kind: TransferKind) -> Vec<Transfer> {
    Transfer::new(debit, credit, Money::new(minor, currency), kind).into_iter().collect()
}

fn destination(payout: &Payout) -> Account {
    match &payout.destination {
        Destination::Balance { wallet, .. } => Account::BuyerBalance(wallet.to_string()),
        Destination::Voucher { wallet, .. } => Account::VoucherLiability(wallet.to_string()),
        Destination::Original { channel, .. } | Destination::Account { via: Some(channel), .. } => {
            Account::ChannelClearing(channel.to_string())
        }
        Destination::Account { via: None, .. } => Account::ChannelClearing(BY_HAND.to_owned()),
    }
}

fn escrow(file: &OrderFile) -> Account {
    Account::Escrow(file.order.to_string())
}

fn in_flight(file: &OrderFile) -> Account {
    Account::RefundInFlight(file.order.to_string())
}

fn payable(file: &OrderFile) -> Account {
    Account::SellerPayable(file.seller.to_string())
}
