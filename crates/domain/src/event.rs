//! What happened, as the journal keeps it: one entry per accepted command and aggregate.
//!
//! Events hold ids, codes, amounts (minor units of the aggregate's currency) and salted digests, never codes of cards
//! or personal text. They are versioned by [`Entry::v`] and never change meaning.

use crate::actor::{Actor, Party};
use crate::calendar::Deadline;
use crate::case::{
    CloseCode, Decision, Desk, EvidenceKind, EvidenceRef, PersonalRef, Reason, RemedyGround, RemedyRuling,
};
use crate::catalogue::Terms;
use crate::code_probe::ProbeEvent;
use crate::desk::DeskEvent;
use crate::hearing::{Hearing, Proposal};
use crate::ids::{AccountId, ChannelId, ChannelNumber, OrderId, SellerId, StockId};
use crate::offer::OfferTerms;
use crate::outside_payment::OutsidePayment;
use crate::panel::{Arbitrator, Vote};
use crate::payout::{Outcome, Payout, Step};
use crate::rate::DayRate;
use crate::route::RouteEvent;
use crate::seller_account::SellerEvent;
use crate::stock::StockFate;
use crate::thread::{Mark, Side};
use crate::time::Instant;
use crate::wallet::{Coupon, WalletEvent};
use serde::{Deserialize, Serialize};
use yuanlu_money::Currency;

/// One journal entry: what one command did to one aggregate. The stored bytes are exactly its JSON; an event is an object
/// with its code as the only key, which is both the shortest form and the fastest to read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<E> {
    /// Version of the event vocabulary.
    pub v: u16,
    /// When, in microseconds UTC; never earlier than the entry before.
    pub at: Instant,
    /// Who.
    pub by: Actor,
    /// What happened, in order.
    pub events: Vec<E>,
}

/// An event of any aggregate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Of the order file of the command.
    Order(OrderEvent),
    /// Of the wallet of the command.
    Wallet(WalletEvent),
    /// Of the seller account of the command.
    Seller(SellerEvent),
    /// Of the desk of the command.
    Desk(DeskEvent),
}

/// One kind of goods in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The terms as sold.
    pub terms: Terms,
    /// How many units.
    pub quantity: u16,
    /// The buyer ticked the un-pre-ticked confirmation (R9).
    pub confirmed: bool,
    /// The account or number to be credited, as the buyer typed it, for goods that are credited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<PersonalRef>,
}

/// How an order is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tender {
    /// From a wallet, in the same commit.
    Balance {
        /// Whose.
        wallet: AccountId,
    },
    /// At a channel's cashier.
    Channel {
        /// Which channel.
        channel: ChannelId,
    },
    /// With a voucher, whole, in the same commit.
    Voucher {
        /// Whose.
        wallet: AccountId,
        /// Its lot.
        lot: u32,
    },
}

impl Tender {
    /// The wallet it takes from.
    pub fn wallet(&self) -> Option<&AccountId> {
        match self {
            Self::Balance { wallet } | Self::Voucher { wallet, .. } => Some(wallet),
            Self::Channel { .. } => None,
        }
    }
}

/// What changes an order file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEvent {
    /// The order was placed.
    Placed {
        /// Its number.
        order: OrderId,
        /// For whom.
        buyer: Party,
        /// Whose goods.
        seller: SellerId,
        /// In which currency.
        currency: Currency,
        /// What.
        items: Vec<Item>,
        /// Hash of the policy in force.
        policy: String,
        /// Hours after which an available unit counts as received (R31).
        completion_hours: u32,
        /// First instant at which it can no longer be paid.
        pay_until: Instant,
        /// The coupon it was placed with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coupon: Option<Coupon>,
        /// Hashes of the agreements in force (S25).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        agreements: Vec<String>,
    },
    /// A guest's order was claimed into an account.
    Claimed {
        /// Whose it is now.
        account: AccountId,
    },
    /// A payment was begun at a channel.
    PaymentOpened {
        /// Ordinal in the file, from 1.
        ordinal: u16,
        /// Its number at the channel.
        no: ChannelNumber,
        /// How.
        tender: Tender,
        /// How much.
        amount_minor: i64,
    },
    /// A payment succeeded.
    PaymentSucceeded {
        /// Which.
        ordinal: u16,
        /// The channel's number; empty for balance.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        channel_ref: String,
    },
    /// A payment succeeded that the order did not need: a second success, or success on a closed order (R29).
    ExtraPayment {
        /// The ordinal it gets in the file.
        ordinal: u16,
        /// Its number at the channel.
        no: ChannelNumber,
        /// Which channel.
        channel: ChannelId,
        /// The channel's number.
        channel_ref: String,
        /// How much.
        amount_minor: i64,
    },
    /// A payment was declined.
    PaymentDeclined {
        /// Which.
        ordinal: u16,
        /// The channel's code.
        code: String,
    },
    /// Nobody is to make a payment any more, for the order expired or was paid another way: its channel is to close it.
    PaymentClosing {
        /// Which.
        ordinal: u16,
    },
    /// Its channel closed it; what still comes is money the order does not need.
    PaymentClosed {
        /// Which.
        ordinal: u16,
    },
    /// What had been paid of an order from the wallet went back to it: the rest was not paid in time.
    PartReleased {
        /// Ordinal of the payment.
        ordinal: u16,
    },
    /// The day's rate at which a payment in a foreign currency stands in the books (R28).
    PaymentValued {
        /// Ordinal of the payment.
        ordinal: u16,
        /// The rate.
        rate: DayRate,
    },
    /// The rate at which a refund in a foreign currency left; the difference is the platform's (R28).
    PayoutValued {
        /// Ordinal of the payout.
        payout: u16,
        /// The rate.
        rate: DayRate,
        /// In minor units of the books' currency; positive is a gain.
        difference_minor: i64,
    },
    /// What the platform had paid for a coupon went back to it, with the part of the order that is refunded.
    CouponReturned {
        /// How much, in minor units.
        amount_minor: i64,
    },
    /// The coupon went back to the buyer, with the whole order (R13).
    CouponRestored,
    /// Nobody paid in time.
    Expired,
    /// A code was issued to a unit.
    CodeIssued {
        /// The unit.
        unit: u16,
        /// The code's row.
        stock: StockId,
    },
    /// No code was left for a unit that was paid.
    SoldOut {
        /// The unit.
        unit: u16,
    },
    /// The buyer revealed a code (刮开).
    CodeRevealed {
        /// The unit.
        unit: u16,
    },
    /// Issuer or seller reported a redemption (核销).
    Redeemed {
        /// The unit.
        unit: u16,
        /// When it was redeemed there.
        redeemed_at: Instant,
    },
    /// A top-up or membership was credited (到账), with the supplier's number as proof.
    Credited {
        /// The unit.
        unit: u16,
        /// The supplier's number.
        proof: PersonalRef,
    },
    /// The buyer confirmed receipt of a unit, or 72 hours passed (R31).
    UnitCompleted {
        /// The unit.
        unit: u16,
        /// The buyer did it himself.
        confirmed: bool,
    },
    /// The last unit was completed (R31); the window runs from here.
    OrderCompleted {
        /// Until when the buyer can apply (R5).
        window_until: Deadline,
        /// When escrow is settled if no case is open (R27).
        settle_at: Instant,
    },
    /// Escrow went to the seller, less commission (R27).
    Settled {
        /// To the seller.
        seller_minor: i64,
        /// Kept by the platform.
        commission_minor: i64,
    },
    /// A unit was given back: its money is decided and its code went where R36 says.
    UnitReturned {
        /// The unit.
        unit: u16,
        /// The code and where it went.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stock: Option<(StockId, StockFate)>,
    },
    /// A unit was replaced by consent (R26): its old code went where R36 says, a new one is sealed.
    UnitReplaced {
        /// The unit.
        unit: u16,
        /// The old code and where it went.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<(StockId, StockFate)>,
        /// The new code.
        stock: StockId,
    },
    /// Somebody wrote in the order's thread.
    MessageSent {
        /// Which side.
        side: Side,
        /// The text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<PersonalRef>,
        /// Files.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<EvidenceRef>,
        /// What the program recognised in the text.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        marks: Vec<Mark>,
    },
    /// A side has seen the thread up to a message.
    ThreadRead {
        /// Which side.
        side: Side,
        /// The message, from 1.
        message: u32,
    },
    /// The seller made an offer (R33).
    OfferMade {
        /// Ordinal in the file, from 1.
        offer: u16,
        /// The case it is to settle.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        case: Option<u16>,
        /// The units.
        units: Vec<u16>,
        /// What the seller owns up to.
        reason: Reason,
        /// What he offers.
        terms: OfferTerms,
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
        /// Until when it can be accepted.
        due: Deadline,
        /// It spends the seller's turn, and it is the buyer's now.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        spends_turn: bool,
    },
    /// The buyer accepted an offer.
    OfferAccepted {
        /// Which.
        offer: u16,
    },
    /// The buyer declined an offer.
    OfferDeclined {
        /// Which.
        offer: u16,
    },
    /// An offer was not answered in time, or the matter was decided otherwise.
    OfferLapsed {
        /// Which.
        offer: u16,
    },
    /// A loss was paid outside (T22).
    PaidOutside {
        /// What, and what for.
        paid: Box<OutsidePayment>,
    },
    /// What was paid outside came back.
    OutsidePaymentReversed {
        /// Ordinal of the outside payment.
        ordinal: u16,
    },
    /// A payout that had not been sent is not needed any more, or not whole: its loss was paid outside.
    PayoutSuperseded {
        /// Which.
        payout: u16,
    },
    /// A case was opened.
    CaseOpened {
        /// Ordinal in the file, from 1.
        case: u16,
        /// The units.
        units: Vec<u16>,
        /// The extra payment of a duplicate charge.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        extra_payment: Option<u16>,
        /// Why.
        reason: Reason,
        /// What is asked for.
        claimed_minor: i64,
        /// Face value received per unit, where less came than promised.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        received_face_minor: Option<i64>,
        /// Express consent to balance (R14).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        to_balance: bool,
        /// The applicant's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<PersonalRef>,
        /// Files.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<EvidenceRef>,
        /// The rejected or closed case it was filed again from (S11).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        follows: Option<u16>,
    },
    /// It is the seller's turn (R16).
    SellerAsked {
        /// Which case.
        case: u16,
        /// Until when.
        due: Deadline,
    },
    /// It is staff's turn (R17).
    ReviewStarted {
        /// Which case.
        case: u16,
        /// In which queue.
        desk: Desk,
        /// Which hearing.
        hearing: Hearing,
        /// Until when.
        due: Deadline,
        /// When colleagues are warned if nobody claims it (R17).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        warn_at: Option<Instant>,
        /// Nobody of the house may judge it (R35).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unmanned: bool,
    },
    /// Nobody had claimed a hearing for so long that colleagues were warned (R17).
    ReviewWarned {
        /// Which case.
        case: u16,
    },
    /// The party whose turn it is will be reminded.
    ReminderSet {
        /// Which case.
        case: u16,
        /// When.
        at: Instant,
    },
    /// The party whose turn it is was reminded.
    TurnReminded {
        /// Which case.
        case: u16,
        /// When it will be again, where the turn has no end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Instant>,
    },
    /// A review was overdue and went to the next queue (R17).
    ReviewEscalated {
        /// Which case.
        case: u16,
        /// To which queue.
        desk: Desk,
        /// Until when.
        due: Deadline,
    },
    /// A turn that ended in a year without a published calendar goes on (R3): no adverse step before it is published.
    TurnExtended {
        /// Which case.
        case: u16,
        /// Until when now.
        due: Deadline,
    },
    /// Somebody of staff took the case.
    CaseClaimed {
        /// Which case.
        case: u16,
        /// Who.
        by: AccountId,
    },
    /// An arbitrator of an outside organisation was invited to judge the hearing (R35).
    ArbitratorInvited {
        /// Which case.
        case: u16,
        /// Who.
        arbitrator: AccountId,
    },
    /// Somebody decided; it is sent when it can no longer be taken back.
    DecisionProposed {
        /// Which case.
        case: u16,
        /// What.
        proposal: Proposal,
    },
    /// He took it back.
    DecisionTakenBack {
        /// Which case.
        case: u16,
    },
    /// The buyer was asked for material (R18).
    MaterialAsked {
        /// Which case.
        case: u16,
        /// What for.
        wanted: Vec<EvidenceKind>,
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
        /// Until when.
        due: Deadline,
    },
    /// Material came in, from the buyer or, contesting, from the seller.
    MaterialGiven {
        /// Which case.
        case: u16,
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
        /// Files.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<EvidenceRef>,
    },
    /// The seller contested.
    SellerContested {
        /// Which case.
        case: u16,
    },
    /// The money was decided in the buyer's favour, in full or in part.
    CaseApproved {
        /// Which case.
        case: u16,
        /// How and why.
        decision: Decision,
        /// Until when what was refused can be appealed (R19).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appeal_until: Option<Deadline>,
    },
    /// The case was rejected.
    CaseRejected {
        /// Which case.
        case: u16,
        /// How and why.
        decision: Decision,
        /// Until when it can be appealed (R19); a panel's ruling cannot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        appeal_until: Option<Deadline>,
    },
    /// A replacement was taken in place of money (R26).
    CaseReplaced {
        /// Which case.
        case: u16,
    },
    /// A panel was drawn; both sides may add material (R30).
    PanelDrawn {
        /// Which case.
        case: u16,
        /// Who sits on it.
        seats: Vec<Arbitrator>,
        /// Votes of one side that carry a ruling.
        majority: u16,
        /// Until when material may be added.
        due: Deadline,
    },
    /// The panel votes.
    PanelVoting {
        /// Which case.
        case: u16,
        /// Until when.
        due: Deadline,
    },
    /// An arbitrator voted.
    PanelVoted {
        /// Which case.
        case: u16,
        /// Who.
        arbitrator: AccountId,
        /// How.
        vote: Vote,
    },
    /// No side had the majority: the platform decides.
    PanelUndecided {
        /// Which case.
        case: u16,
    },
    /// An appeal, a complaint or an objection was opened (R19, R20, R34).
    RemedyOpened {
        /// Of which case.
        case: u16,
        /// On what it rests.
        ground: RemedyGround,
        /// The rule named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<String>,
        /// What is asked for.
        claimed_minor: i64,
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
        /// Files.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<EvidenceRef>,
        /// In which queue it waits.
        desk: Desk,
        /// Until when.
        due: Deadline,
        /// When colleagues are warned if nobody claims it (R17).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        warn_at: Option<Instant>,
        /// Nobody of the house may judge it (R35).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unmanned: bool,
    },
    /// It goes on without the material that was asked for.
    RemedyResumed {
        /// Of which case.
        case: u16,
        /// Until when it is decided.
        due: Deadline,
    },
    /// It ended. Money it brings the buyer is a decision of its own.
    RemedyClosed {
        /// Of which case.
        case: u16,
        /// How.
        ruling: RemedyRuling,
    },
    /// The platform bears what a seller lost wrongly (R34).
    SellerCompensated {
        /// Of which case.
        case: u16,
        /// How much.
        amount_minor: i64,
    },
    /// "A person shall look" (R34).
    PersonAsked {
        /// Which case.
        case: u16,
    },
    /// The buyer withdrew.
    CaseWithdrawn {
        /// Which case.
        case: u16,
    },
    /// Closed without a decision.
    CaseClosed {
        /// Which case.
        case: u16,
        /// Why.
        code: CloseCode,
    },
    /// A payout was decided: amount reserved, number fixed.
    PayoutDecided {
        /// All of it.
        payout: Box<Payout>,
    },
    /// A second person approved a payout (four eyes).
    PayoutApproved {
        /// Ordinal of the payout.
        payout: u16,
        /// There is no second person: the waiting time stood in for him (R35).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        alone: bool,
    },
    /// A call is about to be made; committed before it is.
    AttemptMade {
        /// Ordinal of the payout.
        payout: u16,
        /// Which call.
        step: Step,
        /// Fences the answer.
        attempt: u16,
        /// SHA-256 (hex) of what is sent.
        digest: String,
        /// Until when an answer counts as underway.
        until: Instant,
    },
    /// The channel answered, called back, or the wait for an answer ended.
    PayoutAnswered {
        /// Ordinal of the payout.
        payout: u16,
        /// What it means.
        outcome: Outcome,
        /// When the next call is due, where one is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<(Step, Instant)>,
    },
    /// The money reached the buyer's wallet in the same commit, as balance or as a voucher.
    PaidToBalance {
        /// Ordinal of the payout.
        payout: u16,
        /// The lot it made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lot: Option<u32>,
    },
    /// Past the hard time of R15: traced.
    PayoutTraced {
        /// Ordinal of the payout.
        payout: u16,
    },
    /// Finance sent a stuck payout on: asked about first, under its own number.
    PayoutResumed {
        /// Ordinal of the payout.
        payout: u16,
    },
    /// A finally refused payout was replaced by another route with the buyer's consent (R14).
    PayoutRerouted {
        /// Ordinal of the old payout.
        payout: u16,
    },
    /// An issuer is asked whether a code was used (R25).
    Probe(ProbeEvent),
    /// Of the road of money where the original one is closed, and of its arrival.
    Route(RouteEvent),
    /// Every payout of the case arrived.
    CaseCompleted {
        /// Which case.
        case: u16,
    },
}
