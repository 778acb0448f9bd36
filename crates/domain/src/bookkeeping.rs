//! The accounting manual: for every event, the transfers it means. A credit raises what the platform owes.
//!
//! Balances of buyers are `buyer_balance`, money held for an order is `escrow`, a decided refund is
//! `refund_in_flight` until the channel says it arrived. Corrections are transfers too; nothing is edited.

use crate::bill::Totals;
use crate::bill_day::DayEvent;
use crate::bill_exception::{BillException, ExceptionEvent, Resolution};
use crate::code_batch::{CodeBatch, CodesEvent};
use crate::desk::{DeskEvent, DeskFile};
use crate::event::{OrderEvent, Tender};
use crate::ids::ChannelId;
use crate::order_file::{OrderFile, Payment};
use crate::outside_payment::{OutsidePayment, PaidBy};
use crate::payout::{Destination, Outcome, Payout, PayoutState};
use crate::rate::{BOOKS, DayRate};
use crate::route::RouteEvent;
use crate::seller_account::{RepaidFrom, SellerAccount, SellerEvent};
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
        OrderEvent::PayoutValued { payout, rate, difference_minor } => {
            file.payout(*payout).map(|p| payout_valued(file, p, rate, *difference_minor)).unwrap_or_default()
        }
        OrderEvent::PaymentValued { ordinal, rate } => {
            file.payment(*ordinal).map(|p| payment_valued(file, p, rate)).unwrap_or_default()
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
        OrderEvent::PayoutSuperseded { payout } => {
            file.payout(*payout).map(|p| refund_back_in_escrow(file, p)).unwrap_or_default()
        }
        OrderEvent::PaidOutside { paid } => paid_outside(file, paid),
        OrderEvent::OutsidePaymentReversed { ordinal } => {
            let paid = usize::from(*ordinal).checked_sub(1).and_then(|index| file.outside_payments.get(index));
            paid.map(|paid| outside_reversed(file, paid)).unwrap_or_default()
        }
        OrderEvent::SellerCompensated { amount_minor, .. } => seller_compensated(file, *amount_minor),
        OrderEvent::Placed { .. }
        | OrderEvent::Claimed { .. }
        | OrderEvent::PaymentOpened { .. }
        | OrderEvent::PaymentDeclined { .. }
        | OrderEvent::PaymentClosing { .. }
        | OrderEvent::PaymentClosed { .. }
        | OrderEvent::CouponRestored
        | OrderEvent::Expired
        | OrderEvent::CodeIssued { .. }
        | OrderEvent::SoldOut { .. }
        | OrderEvent::CodeRevealed { .. }
        | OrderEvent::Redeemed { .. }
        | OrderEvent::Probe(_)
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
        (Some(wallet), WalletEvent::LotAdded { lot, source: LotSource::TopUp { channel, .. } }) => transfer(
            wallet.currency,
            Account::ChannelClearing(channel.to_string()),
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
        (Some(wallet), WalletEvent::LotAdded { lot, source: LotSource::Code { batch, .. } }) => transfer(
            wallet.currency,
            Account::CodeLiability(batch.to_string()),
            match lot.voucher {
                true => Account::VoucherLiability(wallet.account.to_string()),
                false => Account::BuyerBalance(wallet.account.to_string()),
            },
            lot.left_minor,
            TransferKind::CodeRedeemed,
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
            | WalletEvent::Regranted { .. }
            | WalletEvent::TopUp(_),
        ) => Vec::new(),
    }
}

/// Transfers of a seller account's event.
///
/// A debt is a payable below zero. What the deposit does not cover the platform advances: the seller owes it from then on
/// (`recourse`), and the same amount of the platform's own money stands in for it (`platform_advance`, out of the bank
/// account). So `platform_advance` is at any time what all sellers together owe by `recourse`.
pub fn seller(before: Option<&SellerAccount>, event: &SellerEvent) -> Vec<Transfer> {
    let Some(account) = before else { return Vec::new() };
    let owner = || account.seller.to_string();
    let (payable, deposit) = (Account::SellerPayable(owner()), Account::SellerDeposit(owner()));
    let (reserved, recourse) = (Account::SellerWithdrawal(owner()), Account::Recourse(owner()));
    let bank = Account::BalanceFunding;
    let book = |debit, credit, minor, kind| transfer(account.currency, debit, credit, minor, kind);
    let amount_of = |ordinal: &u32| account.withdrawal(*ordinal).map_or(0, |withdrawal| withdrawal.amount_minor);
    match event {
        SellerEvent::DepositPaid { amount_minor } => book(bank, deposit, *amount_minor, TransferKind::DepositPaid),
        SellerEvent::DepositToppedUp { amount_minor } => {
            book(payable, deposit, *amount_minor, TransferKind::DepositToppedUp)
        }
        SellerEvent::DepositReturned { amount_minor, .. } => {
            book(deposit, bank, *amount_minor, TransferKind::DepositReturned)
        }
        SellerEvent::DepositDrawn { amount_minor } => book(deposit, payable, *amount_minor, TransferKind::DepositDrawn),
        SellerEvent::Advanced { amount_minor } => {
            let mut transfers = book(recourse, payable, *amount_minor, TransferKind::Advanced);
            transfers.extend(book(Account::PlatformAdvance, bank, *amount_minor, TransferKind::Advanced));
            transfers
        }
        SellerEvent::Exchanged { currency, foreign_minor, amount_minor, .. } => {
            let (position, kind) = (Account::ForeignPosition, TransferKind::EarningsExchanged);
            let mut transfers = signed(*currency, payable.clone(), position.clone(), *foreign_minor, kind);
            transfers.extend(signed(account.currency, position, payable, *amount_minor, kind));
            transfers
        }
        SellerEvent::AdvanceRepaid { amount_minor, from } => {
            let source = match from {
                RepaidFrom::Earnings => payable,
                RepaidFrom::PaidIn { .. } => bank.clone(),
            };
            let mut transfers = book(source, recourse, *amount_minor, TransferKind::AdvanceRepaid);
            transfers.extend(book(bank, Account::PlatformAdvance, *amount_minor, TransferKind::AdvanceRepaid));
            transfers
        }
        SellerEvent::WithdrawalRequested { amount_minor, .. } => {
            book(payable, reserved, *amount_minor, TransferKind::WithdrawalReserved)
        }
        SellerEvent::WithdrawalRefused { withdrawal, .. }
        | SellerEvent::WithdrawalCancelled { withdrawal }
        | SellerEvent::WithdrawalStopped { withdrawal } => {
            book(reserved, payable, amount_of(withdrawal), TransferKind::WithdrawalReleased)
        }
        SellerEvent::WithdrawalExecuted { withdrawal, .. } => {
            book(reserved, bank, amount_of(withdrawal), TransferKind::Withdrawn)
        }
        SellerEvent::Opened { .. }
        | SellerEvent::PayoutAccountSet { .. }
        | SellerEvent::WithdrawalApproved { .. }
        | SellerEvent::WithdrawalReminded { .. } => Vec::new(),
    }
}

/// Transfers of a desk's event: fees of a channel, and what it has more or less than the books while nobody knows why.
pub fn desk(before: Option<&DeskFile>, event: &DeskEvent) -> Vec<Transfer> {
    match (before, event) {
        (_, DeskEvent::Day(DayEvent::Closed { channel, totals, .. })) => {
            let booked = match before {
                Some(DeskFile::Day(day)) => day.totals.as_slice(),
                _ => &[],
            };
            channel_fees(channel, booked, totals)
        }
        (None, DeskEvent::Exception(ExceptionEvent::Raised { matter, held_minor, .. })) => {
            held_aside(&matter.channel, matter.delta.currency(), *held_minor)
        }
        (Some(DeskFile::Exception(exception)), DeskEvent::Exception(ExceptionEvent::Resolved { resolution, .. })) => {
            exception_resolved(exception, *resolution)
        }
        (Some(DeskFile::Codes(batch)), DeskEvent::Codes(event)) => redemption_codes(batch, event),
        (
            _,
            DeskEvent::Exception(_)
            | DeskEvent::TipOff(_)
            | DeskEvent::Outside(_)
            | DeskEvent::Codes(_)
            | DeskEvent::Review(_)
            | DeskEvent::Incident(_)
            | DeskEvent::Admission(_)
            | DeskEvent::Conversation(_),
        ) => Vec::new(),
    }
}

/// Codes that are out are owed at the platform's cost; what nobody used goes back. A used one is booked by its wallet.
fn redemption_codes(batch: &CodeBatch, event: &CodesEvent) -> Vec<Transfer> {
    let owed = Account::CodeLiability(batch.desk.to_string());
    match event {
        CodesEvent::Issued => {
            transfer(batch.currency, Account::PlatformCost, owed, batch.total_minor(), TransferKind::CodesIssued)
        }
        CodesEvent::Withdrawn | CodesEvent::Expired => {
            transfer(batch.currency, owed, Account::PlatformCost, batch.owed_minor(), TransferKind::CodesLapsed)
        }
        CodesEvent::Asked { .. }
        | CodesEvent::Approved { .. }
        | CodesEvent::Reminded { .. }
        | CodesEvent::Redeemed { .. } => Vec::new(),
    }
}

/// What a channel kept of a day's money is a cost of the platform; what it gave back is less of it.
fn channel_fees(channel: &ChannelId, booked: &[Totals], totals: &[Totals]) -> Vec<Transfer> {
    let of = |all: &[Totals], currency| all.iter().find(|t| t.currency == currency).map_or(0, |t| t.fees_minor);
    let more = totals.iter().map(|t| (t.currency, t.fees_minor - of(booked, t.currency)));
    let gone = booked.iter().filter(|b| !totals.iter().any(|t| t.currency == b.currency));
    more.chain(gone.map(|b| (b.currency, -b.fees_minor)))
        .flat_map(|(currency, fee)| {
            let clearing = Account::ChannelClearing(channel.to_string());
            signed(currency, Account::PlatformCost, clearing, fee, TransferKind::ChannelFee)
        })
        .collect()
}

/// More than the books say: it waits aside. Less: it is missed there.
fn held_aside(channel: &ChannelId, currency: Currency, minor: i64) -> Vec<Transfer> {
    let clearing = Account::ChannelClearing(channel.to_string());
    signed(currency, clearing, Account::Unmatched, minor, TransferKind::UnmatchedReceived)
}

/// A write-off is borne, or kept, by the platform. However else it ends, the channel's account is as the books had it:
/// what happened is booked where it happened.
fn exception_resolved(exception: &BillException, resolution: Resolution) -> Vec<Transfer> {
    let currency = exception.matter.delta.currency();
    let (to, kind) = match resolution {
        Resolution::WrittenOff => (Account::PlatformCost, TransferKind::LossBorne),
        Resolution::ByItself
        | Resolution::LaterBill
        | Resolution::Assigned
        | Resolution::Returned
        | Resolution::Explained => {
            (Account::ChannelClearing(exception.matter.channel.to_string()), TransferKind::UnmatchedResolved)
        }
    };
    signed(currency, Account::Unmatched, to, exception.held_minor, kind)
}

/// A transfer, turned round where the sum is negative.
fn signed(currency: Currency, debit: Account, credit: Account, minor: i64, kind: TransferKind) -> Vec<Transfer> {
    match minor < 0 {
        true => transfer(currency, credit, debit, -minor, kind),
        false => transfer(currency, debit, credit, minor, kind),
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

/// R28: what a channel took in a foreign currency stands in the books at the day's rate.
fn payment_valued(file: &OrderFile, payment: &Payment, rate: &DayRate) -> Vec<Transfer> {
    let Tender::Channel { channel } = &payment.tender else { return Vec::new() };
    let value = rate.value(Money::new(payment.amount_minor, file.currency)).unwrap_or(0);
    let held = Account::ForeignValue(channel.to_string());
    transfer(BOOKS, held, Account::ForeignPosition, value, TransferKind::FxValued)
}

/// R28: it left at another rate. The books give up what it was worth when it came; the difference is the platform's.
fn payout_valued(file: &OrderFile, payout: &Payout, rate: &DayRate, difference: i64) -> Vec<Transfer> {
    let Destination::Original { channel, .. } = &payout.destination else { return Vec::new() };
    let left = rate.value(Money::new(payout.amount_minor, file.currency)).unwrap_or(0);
    left_at_another_rate(channel, left, difference)
}

fn left_at_another_rate(channel: &ChannelId, left: i64, difference: i64) -> Vec<Transfer> {
    let held = Account::ForeignValue(channel.to_string());
    let (position, gain) = (Account::ForeignPosition, Account::FxGainLoss);
    let mut transfers = signed(BOOKS, position.clone(), held, left, TransferKind::FxValued);
    transfers.extend(signed(BOOKS, position, gain, difference, TransferKind::FxDifference));
    transfers
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

/// A loss was paid outside (T22): out of what the channel holds, or out of the platform's own pocket, at the cost of whoever
/// a refund would have cost; what the buyer has twice is the platform's loss.
fn paid_outside(file: &OrderFile, paid: &OutsidePayment) -> Vec<Transfer> {
    let Some(to) = outside_account(&paid.by) else { return Vec::new() };
    let mut transfers = drawn(file, paid.covers.own_minor(), &to, TransferKind::OutsidePaid);
    let twice = paid.covers.twice_minor;
    transfers.extend(transfer(file.currency, Account::PlatformCost, to, twice, TransferKind::LossBorne));
    if let (PaidBy::Channel { channel, .. }, Some(value)) = (&paid.by, &paid.value) {
        transfers.extend(left_at_another_rate(channel, value.left_minor, value.difference_minor));
    }
    transfers
}

/// It came back.
fn outside_reversed(file: &OrderFile, paid: &OutsidePayment) -> Vec<Transfer> {
    let (Some(from), Some(drawn)) = (outside_account(&paid.by), paid.drawn) else { return Vec::new() };
    let shares = file.reversed_shares(drawn);
    let back = match (&paid.by, &paid.value) {
        // The same money is there again: it stands in the books as if it had never left.
        (PaidBy::Channel { channel, .. }, Some(value)) => {
            left_at_another_rate(channel, -value.left_minor, -value.difference_minor)
        }
        _ => Vec::new(),
    };
    [
        (escrow(file), shares.escrow),
        (Account::PlatformFee, shares.commission),
        (payable(file), shares.seller),
        (Account::PlatformCost, paid.covers.twice_minor),
    ]
    .into_iter()
    .flat_map(|(to, share)| transfer(file.currency, from.clone(), to, share, TransferKind::OutsideReversed))
    .chain(back)
    .collect()
}

fn outside_account(by: &PaidBy) -> Option<Account> {
    match by {
        PaidBy::Channel { channel, .. } => Some(Account::ChannelClearing(channel.to_string())),
        PaidBy::Platform => Some(Account::BalanceFunding),
        PaidBy::Seller => None,
    }
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
