//! What people, channels and the program may ask of the aggregates.

use crate::actor::{Actor, Party};
use crate::case::{EvidenceKind, EvidenceRef, PersonalRef, Reason, RejectCode, ReviewAnswers};
use crate::desk::DeskAct;
use crate::event::Tender;
use crate::ids::{AccountId, ChannelId, ChannelNumber, DeskId, OrderId, ProductId, SellerId};
use crate::payout::{Outcome, Step};
use crate::projection::Subject;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use yuanlu_money::{Currency, Money};

/// A command and who gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Who.
    pub by: Actor,
    /// What.
    pub act: Act,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Of an order file (and, where balance is touched, the buyer's wallet).
    Order {
        /// Which file; for `Place`, the new one's number.
        order: OrderId,
        /// What.
        act: OrderAct,
    },
    /// Of a wallet alone.
    Wallet {
        /// Whose.
        account: AccountId,
        /// What.
        act: WalletAct,
    },
    /// Of a seller account alone.
    Seller {
        /// Which.
        seller: SellerId,
        /// What.
        act: SellerAct,
    },
    /// Of a desk alone.
    Desk {
        /// Which; for what begins one, the new one's number.
        desk: DeskId,
        /// What.
        act: DeskAct,
    },
}

/// One line of a new order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The product.
    pub product: ProductId,
    /// How many units.
    pub quantity: u16,
    /// The price of one unit the buyer saw; another price today is refused, never silently taken (T28).
    pub seen_price: Money,
    /// He ticked the confirmation, where there is one.
    pub confirmed: bool,
    /// The account or number to be credited, for goods that are credited.
    pub recipient: Option<PersonalRef>,
}

/// What may be asked of an order file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderAct {
    /// Place an order; paid at once when the tender is balance.
    Place {
        /// For whom.
        buyer: Party,
        /// What; all of one seller and one currency.
        lines: Vec<Line>,
        /// How it is paid.
        tender: Tender,
    },
    /// A guest's order goes into an account.
    Claim {
        /// Whose.
        account: AccountId,
    },
    /// Begin (another) payment at a channel.
    OpenPayment {
        /// Which channel.
        channel: ChannelId,
    },
    /// The channel says a payment succeeded.
    PaymentSucceeded {
        /// Its number.
        no: ChannelNumber,
        /// The channel's own number.
        channel_ref: String,
        /// How much.
        amount: Money,
    },
    /// The channel says a payment was declined.
    PaymentDeclined {
        /// Its number.
        no: ChannelNumber,
        /// The channel's code.
        code: String,
    },
    /// Issue codes to units that wait for them, from stock that has come in.
    IssueCodes,
    /// Reveal a code.
    Reveal {
        /// The unit.
        unit: u16,
    },
    /// Confirm receipt of units.
    ConfirmReceipt {
        /// The units.
        units: Vec<u16>,
    },
    /// A top-up or membership was credited.
    MarkCredited {
        /// The unit.
        unit: u16,
        /// The supplier's number.
        proof: PersonalRef,
    },
    /// Issuer or seller reports that a code was used.
    ReportRedemption {
        /// The unit.
        unit: u16,
        /// When, there.
        redeemed_at: Instant,
    },
    /// Apply for a refund.
    Apply {
        /// The units.
        units: Vec<u16>,
        /// Why.
        reason: Reason,
        /// How much.
        claimed: Money,
        /// Face value received per unit, where less came than promised.
        received_face: Option<Money>,
        /// Express consent to balance (R14).
        to_balance: bool,
        /// In which words.
        text: Option<PersonalRef>,
        /// Files.
        evidence: Vec<EvidenceRef>,
    },
    /// The buyer withdraws.
    Withdraw {
        /// Which case.
        case: u16,
    },
    /// The buyer gives what he was asked for.
    GiveMaterial {
        /// Which case.
        case: u16,
        /// In which words.
        words: Option<PersonalRef>,
        /// Files.
        evidence: Vec<EvidenceRef>,
    },
    /// The seller agrees.
    SellerAgree {
        /// Which case.
        case: u16,
    },
    /// The seller contests.
    SellerContest {
        /// Which case.
        case: u16,
        /// In which words.
        words: Option<PersonalRef>,
        /// Files.
        evidence: Vec<EvidenceRef>,
    },
    /// Staff takes a case.
    ClaimCase {
        /// Which case.
        case: u16,
    },
    /// Staff asks the buyer for material.
    AskMaterial {
        /// Which case.
        case: u16,
        /// What for.
        wanted: Vec<EvidenceKind>,
        /// In which words.
        words: Option<PersonalRef>,
    },
    /// Staff passes the case to the seller, once.
    PassToSeller {
        /// Which case.
        case: u16,
    },
    /// Staff approves, in full or in part.
    Approve {
        /// Which case.
        case: u16,
        /// How much, fee not yet taken off.
        amount: Money,
        /// The three answers (R17).
        answers: ReviewAnswers,
        /// In which words.
        words: Option<PersonalRef>,
    },
    /// Staff rejects, with words the buyer can act on.
    Reject {
        /// Which case.
        case: u16,
        /// Why.
        code: RejectCode,
        /// The three answers (R17).
        answers: ReviewAnswers,
        /// In which words.
        words: PersonalRef,
    },
    /// "A person shall look" (R34).
    AskPerson {
        /// Which case.
        case: u16,
    },
    /// A second person releases a payout.
    ApprovePayout {
        /// Ordinal of the payout.
        payout: u16,
    },
    /// The next call of a payout is about to be made.
    MakeAttempt {
        /// Ordinal of the payout.
        payout: u16,
        /// Which call.
        step: Step,
        /// SHA-256 (hex) of what will be sent.
        digest: String,
    },
    /// The channel answered an attempt, or called back (`attempt` is `None`).
    RecordOutcome {
        /// Ordinal of the payout.
        payout: u16,
        /// The attempt it answers.
        attempt: Option<u16>,
        /// What it means.
        outcome: Outcome,
    },
    /// Finance sends a stuck payout on.
    ResumePayout {
        /// Ordinal of the payout.
        payout: u16,
    },
    /// The buyer chooses balance after a final refusal, with express consent (R14).
    ChooseBalance {
        /// Which case.
        case: u16,
    },
    /// A timer says its instant has come; the file checks for itself.
    Wake {
        /// Which timer.
        subject: Subject,
    },
}

/// What may be asked of a wallet alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WalletAct {
    /// Open an empty wallet.
    Open {
        /// In which currency.
        currency: Currency,
    },
    /// Credit a lot against money the platform holds.
    Credit {
        /// How much.
        amount: Money,
    },
    /// A timer says that a lot nears its expiry (R37).
    Wake {
        /// Which timer.
        subject: Subject,
    },
    /// Grant an expired lot again (R37).
    Regrant {
        /// The lot's ordinal.
        lot: u32,
    },
}

/// What may be asked of a seller account alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SellerAct {
    /// Admit the seller.
    Open {
        /// In which currency he is paid.
        currency: Currency,
    },
    /// Record deposit that came in.
    PayDeposit {
        /// How much.
        amount: Money,
    },
}
