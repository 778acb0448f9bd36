//! From aggregates and a command to events, or to a named refusal. Pure: nothing is read, nothing is written.
//!
//! The order of checks is part of the contract: who may, what state, which amounts; then effects. One file per part of
//! an order's life: `order` (placing, delivering), `pay` (paying), `application` (applying, and what the rules say),
//! `hearing` (seller and staff), `offer`, `panel`, `remedy` (appeal, complaint, objection), `thread`, `award` (from a
//! decision to payouts), `payout` (the payout protocol), `route` (other roads, and arrival), `wake` (what silence does),
//! `balance` (wallets), `seller` (seller accounts), `tip_off` (tip-offs), `outside_complaint`, `outside_payment` (what was
//! paid outside), `bill` (days of bills, exceptions), `code_batch` (redemption codes), `conversation` (with support),
//! `review` (reviews), `incident` (mass incidents), `incident_refund` (an order that one is about).

mod admission;
pub mod application;
pub mod award;
mod balance;
mod bill;
mod closing;
mod code_batch;
mod code_probe;
mod conversation;
mod hearing;
mod incident;
pub mod incident_refund;
pub mod offer;
mod order;
mod outside_complaint;
mod outside_payment;
mod panel;
mod pay;
mod payout;
mod remedy;
mod review;
mod route;
pub mod seller;
mod thread;
mod tip_off;
mod top_up;
mod wake;

#[cfg(test)]
mod tests;

use crate::actor::{Actor, Role};
use crate::bookkeeping;
use crate::calendar::Calendar;
use crate::case::Case;
use crate::catalogue::Offer;
use crate::command::{Act, Command, OrderAct};
use crate::desk::DeskFile;
use crate::event::{Event, OrderEvent};
use crate::ids::{AccountId, Ids, OrderId, OrganisationId, ProductId, StockId};
use crate::incident::Incident;
use crate::order_file::OrderFile;
use crate::panel::Arbitrator;
use crate::policy::Policy;
use crate::rate::DayRate;
use crate::refusal::Refusal;
use crate::route::Roads;
use crate::seller_account::{SellerAccount, SellerEvent};
use crate::seller_rule::SellerRule;
use crate::time::Instant;
use crate::wallet::{Wallet, WalletEvent};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use yuanlu_ledger::Transfer;
use yuanlu_money::{Currency, Money};

/// What a command may read and change: taken in the order file, wallet, seller account, desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aggregates {
    /// The order file.
    pub order: Option<OrderFile>,
    /// The wallet that pays the order or is paid by it.
    pub wallet: Option<Wallet>,
    /// The seller account.
    pub seller: Option<SellerAccount>,
    /// The desk.
    pub desk: Option<DeskFile>,
}

/// Facts looked up before deciding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provided {
    /// Products as they can be bought now.
    pub offers: BTreeMap<ProductId, Offer>,
    /// Free codes picked for this command, per product; an allocated code is taken from the front.
    pub free_stock: BTreeMap<ProductId, Vec<StockId>>,
    /// The buyer is restricted (R23): risk decides, nothing automatic in his favour.
    pub restricted_buyer: bool,
    /// Several accounts of buyers were paid for by this order's payer (R32).
    pub several_accounts_one_payer: bool,
    /// A file of the application has a finding that hints at forgery (R32): risk looks at it, and only a person finds
    /// it forged (R23).
    pub forgery_hint: bool,
    /// Products whose issuer can be asked whether a code was used.
    pub probed: BTreeSet<ProductId>,
    /// Everybody who may be drawn for a panel.
    pub arbitrators: Vec<Arbitrator>,
    /// Organisations that a party of the file, or somebody who judged it, belongs to.
    pub conflicted_organisations: BTreeSet<OrganisationId>,
    /// Everybody of staff who can sign in, with his roles; `None` where it was not looked up, which never makes a house small (R35).
    pub staff: Option<Vec<(AccountId, Vec<Role>)>>,
    /// What channels can do besides refunding.
    pub roads: Arc<Roads>,
    /// Rules by which the seller of the file agrees by himself (S08).
    pub seller_rules: Vec<SellerRule>,
    /// A seller's money, where a command is about it.
    pub funds: Option<seller::Funds>,
    /// The incident that a refund is part of (S29), as it stands.
    pub incident: Option<Incident>,
    /// The day's rate of the order's currency in the books' currency, where they differ and one is known (R28).
    pub day_rate: Option<DayRate>,
    /// Hashes of the agreements in force, for a new order (S25).
    pub agreements: Vec<String>,
    /// Prefix of this deployment in channel numbers: four characters of `0-9A-Z`.
    pub number_prefix: String,
    /// When the database was brought back from a backup, if it ever was: of orders placed before, a channel may know
    /// refunds that no file tells of.
    pub restored_at: Option<Instant>,
}

/// Everything a decision may depend on besides the aggregates.
pub struct Context<'a> {
    /// The policy of the file, or today's for a new one.
    pub policy: &'a Policy,
    /// Its hash.
    pub policy_hash: &'a str,
    /// The working-day calendar.
    pub calendar: &'a Calendar,
    /// Now: the later of the clock and the aggregates' last entries.
    pub now: Instant,
    /// Source of ids.
    pub ids: &'a mut Ids,
    /// Looked-up facts.
    pub facts: &'a Provided,
}

/// An accepted command: what happened, and what that makes of the aggregates and the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The aggregates with every event applied.
    pub after: Aggregates,
    /// Transfers that the order's events mean.
    pub order_transfers: Vec<Transfer>,
    /// Transfers that the wallet's events mean.
    pub wallet_transfers: Vec<Transfer>,
    /// Transfers that the seller account's events mean.
    pub seller_transfers: Vec<Transfer>,
    /// Transfers that the desk's events mean.
    pub desk_transfers: Vec<Transfer>,
}

/// Decides a command.
///
/// # Errors
/// A [`Refusal`]; nothing changes then.
pub fn decide(aggregates: &Aggregates, command: &Command, context: &mut Context<'_>) -> Result<Vec<Event>, Refusal> {
    Ok(decide_whole(aggregates, command, context)?.events)
}

/// Decides a command, and keeps what was worked out on the way.
///
/// # Errors
/// A [`Refusal`]; nothing changes then.
pub fn decide_whole(aggregates: &Aggregates, command: &Command, context: &mut Context<'_>) -> Result<Decided, Refusal> {
    let mut draft = Draft {
        by: &command.by,
        order: aggregates.order.clone(),
        wallet: aggregates.wallet.clone(),
        seller: aggregates.seller.clone(),
        desk: aggregates.desk.clone(),
        events: Vec::new(),
        order_transfers: Vec::new(),
        wallet_transfers: Vec::new(),
        seller_transfers: Vec::new(),
        desk_transfers: Vec::new(),
        cx: context,
    };
    match &command.act {
        Act::Order { order, act } => draft.order_act(order, act)?,
        Act::Wallet { account, act } => draft.wallet_act(account, act)?,
        Act::Seller { seller, act } => draft.seller_act(seller, act)?,
        Act::Desk { desk, act } => draft.desk_act(desk, act)?,
    }
    Ok(Decided {
        events: draft.events,
        after: Aggregates { order: draft.order, wallet: draft.wallet, seller: draft.seller, desk: draft.desk },
        order_transfers: draft.order_transfers,
        wallet_transfers: draft.wallet_transfers,
        seller_transfers: draft.seller_transfers,
        desk_transfers: draft.desk_transfers,
    })
}

/// Working copies that each emitted event is applied to at once, so that later steps of a command see earlier ones.
struct Draft<'a, 'c> {
    by: &'a Actor,
    order: Option<OrderFile>,
    wallet: Option<Wallet>,
    seller: Option<SellerAccount>,
    desk: Option<DeskFile>,
    events: Vec<Event>,
    order_transfers: Vec<Transfer>,
    wallet_transfers: Vec<Transfer>,
    seller_transfers: Vec<Transfer>,
    desk_transfers: Vec<Transfer>,
    cx: &'a mut Context<'c>,
}

impl Draft<'_, '_> {
    fn order_act(&mut self, order: &OrderId, act: &OrderAct) -> Result<(), Refusal> {
        match act {
            OrderAct::Place { buyer, lines, parts, tender } => self.place(order, buyer, lines, parts, tender),
            OrderAct::Claim { account } => self.claim(account),
            OrderAct::OpenPayment { channel } => self.open_payment(channel),
            OrderAct::PaymentSucceeded { no, channel_ref, amount } => self.payment_succeeded(no, channel_ref, *amount),
            OrderAct::PaymentDeclined { no, code } => self.payment_declined(no, code),
            OrderAct::PaymentClosed { no } => self.payment_closed(no),
            OrderAct::AssignPayment { no, channel, channel_ref, amount } => {
                self.assign_payment(no, channel, channel_ref, *amount)
            }
            OrderAct::IssueCodes => self.issue_codes(),
            OrderAct::Reveal { unit } => self.reveal(*unit),
            OrderAct::ConfirmReceipt { units } => self.confirm_receipt(units),
            OrderAct::MarkCredited { unit, proof } => self.mark_credited(*unit, proof),
            OrderAct::ReportRedemption { unit, redeemed_at } => self.report_redemption(*unit, *redeemed_at),
            OrderAct::Apply { units, reason, claimed, received_face, to_balance, text, evidence } => {
                let application = application::Application {
                    units,
                    reason: *reason,
                    claimed: *claimed,
                    received_face: *received_face,
                    to_balance: *to_balance,
                };
                self.apply(&application, text.as_ref(), evidence)
            }
            OrderAct::Withdraw { case } => self.withdraw(*case),
            OrderAct::GiveMaterial { case, words, evidence } => self.give_material(*case, words.as_ref(), evidence),
            OrderAct::SellerAgree { case } => self.seller_agree(*case),
            OrderAct::SellerContest { case, words, evidence } => self.seller_contest(*case, words.as_ref(), evidence),
            OrderAct::ClaimCase { case } => self.claim_case(*case),
            OrderAct::AskMaterial { case, wanted, words } => self.ask_material(*case, wanted, words.as_ref()),
            OrderAct::PassToSeller { case } => self.pass_to_seller(*case),
            OrderAct::Approve { case, amount, answers, words } => {
                self.approve(*case, *amount, *answers, words.as_ref())
            }
            OrderAct::Reject { case, code, clause, answers, words } => {
                self.reject(*case, *code, clause.as_deref(), *answers, words)
            }
            OrderAct::TakeBack { case } => self.take_back(*case),
            OrderAct::ReferToPanel { case } => self.refer_to_panel(*case),
            OrderAct::Vote { case, responsible, amount_minor, reason } => {
                self.vote(*case, *responsible, *amount_minor, reason)
            }
            OrderAct::InviteArbitrator { case, arbitrator } => self.invite_arbitrator(*case, arbitrator),
            OrderAct::OpenRemedy { case, ground, rule, claimed, words, evidence } => {
                let brought = remedy::Brought {
                    ground: *ground,
                    rule: rule.as_deref(),
                    claimed: *claimed,
                    words: words.as_ref(),
                    evidence,
                };
                self.open_remedy(*case, &brought)
            }
            OrderAct::WithdrawRemedy { case } => self.withdraw_remedy(*case),
            OrderAct::Uphold { case, amount_minor, answers, words } => {
                self.uphold(*case, *amount_minor, *answers, words.as_ref())
            }
            OrderAct::Dismiss { case, answers, words } => self.dismiss(*case, *answers, words),
            OrderAct::MakeOffer { case, units, reason, terms, words } => {
                self.make_offer(*case, units, *reason, *terms, words.as_ref())
            }
            OrderAct::AnswerOffer { offer, accept } => self.answer_offer(*offer, *accept),
            OrderAct::Say { text, evidence, marks } => self.say(text.as_ref(), evidence, marks),
            OrderAct::ReadThread { message } => self.read_thread(*message),
            OrderAct::AskPerson { case } => self.ask_person(*case),
            OrderAct::ApprovePayout { payout } => self.approve_payout(*payout),
            OrderAct::MakeAttempt { payout, step, digest } => self.make_attempt(*payout, *step, digest),
            OrderAct::RecordOutcome { payout, attempt, outcome } => self.record_outcome(*payout, *attempt, outcome),
            OrderAct::RecordOutsidePayment { reference, by, amount } => {
                self.record_outside_payment(reference, by, *amount)
            }
            OrderAct::ReverseOutsidePayment { reference } => self.reverse_outside_payment(reference),
            OrderAct::ResumePayout { payout } => self.resume_payout(*payout),
            OrderAct::ChooseBalance { case } => self.choose_wallet(*case, false),
            OrderAct::ChooseVoucher { case } => self.choose_wallet(*case, true),
            OrderAct::Route(act) => self.route_act(act),
            OrderAct::Probe(act) => self.probe_act(act),
            OrderAct::RefundIncident { incident, units } => self.refund_incident(incident, units),
            OrderAct::Wake { subject } => self.wake(subject),
        }
    }

    /// The file; strangers and wrong numbers get the same answer.
    fn file(&self) -> Result<&OrderFile, Refusal> {
        self.order.as_ref().ok_or(Refusal::NotFound)
    }

    fn case(&self, ordinal: u16) -> Result<&Case, Refusal> {
        self.file()?.case(ordinal).ok_or(Refusal::NotFound)
    }

    fn money(&self, minor: i64) -> Result<Money, Refusal> {
        Ok(Money::new(minor, self.currency()?))
    }

    fn currency(&self) -> Result<Currency, Refusal> {
        Ok(self.file()?.currency)
    }

    /// A positive amount in the file's currency, in minor units (T16).
    fn minor(&self, amount: Money) -> Result<i64, Refusal> {
        if amount.currency() == self.currency()? && amount.is_positive() {
            Ok(amount.minor())
        } else {
            Err(Refusal::BadAmount)
        }
    }

    fn emit(&mut self, event: OrderEvent) -> Result<(), Refusal> {
        self.order_transfers.extend(bookkeeping::order(self.order.as_ref(), &event));
        let after = OrderFile::evolve(self.order.take(), &event, self.by, self.cx.now);
        self.order = Some(after.ok_or(Refusal::Inconsistent { what: "order file" })?);
        self.events.push(Event::Order(event));
        Ok(())
    }

    fn emit_wallet(&mut self, event: WalletEvent) -> Result<(), Refusal> {
        self.wallet_transfers.extend(bookkeeping::wallet(self.wallet.as_ref(), &event));
        let after = Wallet::evolve(self.wallet.take(), &event, self.cx.now);
        self.wallet = Some(after.ok_or(Refusal::Inconsistent { what: "wallet" })?);
        self.events.push(Event::Wallet(event));
        Ok(())
    }

    fn emit_seller(&mut self, event: SellerEvent) -> Result<(), Refusal> {
        self.seller_transfers.extend(bookkeeping::seller(self.seller.as_ref(), &event));
        let after = SellerAccount::evolve(self.seller.take(), &event, self.by, self.cx.now);
        self.seller = Some(after.ok_or(Refusal::Inconsistent { what: "seller account" })?);
        self.events.push(Event::Seller(event));
        Ok(())
    }

    /// The order's buyer, and nobody else.
    fn only_buyer(&self) -> Result<(), Refusal> {
        match self.by {
            Actor::Buyer { party } if *party == self.file()?.buyer => Ok(()),
            _ => Err(Refusal::NotFound),
        }
    }

    /// The order's seller, and nobody else.
    fn only_seller(&self) -> Result<(), Refusal> {
        match self.by {
            Actor::Seller { seller, .. } if *seller == self.file()?.seller => Ok(()),
            _ => Err(Refusal::NotFound),
        }
    }
}
