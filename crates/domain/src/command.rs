//! What people, channels and the program may ask of the aggregates.

use crate::actor::{Actor, Party};
use crate::case::{EvidenceKind, EvidenceRef, PersonalRef, Reason, RejectCode, RemedyGround, ReviewAnswers};
use crate::code_probe::ProbeAct;
use crate::desk::DeskAct;
use crate::event::Tender;
use crate::ids::{AccountId, ChannelId, ChannelNumber, DeskId, OrderId, ProductId, SellerId};
use crate::offer::OfferTerms;
use crate::outside_payment::PaidBy;
use crate::panel::Responsible;
use crate::payout::{Outcome, Step};
use crate::projection::Subject;
use crate::route::RouteAct;
use crate::thread::Mark;
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

/// What the buyer takes from his wallet before the rest is paid another way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// A coupon.
    pub coupon: Option<u32>,
    /// A voucher, by its lot.
    pub voucher: Option<u32>,
    /// So much balance, in minor units.
    pub balance_minor: i64,
}

impl Parts {
    /// Nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What may be asked of an order file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderAct {
    /// Place an order; paid at once when nothing is left for a channel.
    Place {
        /// For whom.
        buyer: Party,
        /// What; all of one seller and one currency.
        lines: Vec<Line>,
        /// What is paid from the wallet first.
        parts: Parts,
        /// How the rest is paid: from balance or at a channel.
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
    /// The channel says a payment that nobody is to make any more is closed.
    PaymentClosed {
        /// Its number.
        no: ChannelNumber,
    },
    /// Finance found that money at a channel, under whatever number, is this order's.
    AssignPayment {
        /// The number it came under.
        no: ChannelNumber,
        /// Where.
        channel: ChannelId,
        /// The channel's own number.
        channel_ref: String,
        /// How much.
        amount: Money,
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
    /// Buyer or seller gives what he was asked for, or adds to what a panel reads.
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
        /// The clause it rests on: the id of a rule; `None` for the one that belongs to the code.
        clause: Option<String>,
        /// The three answers (R17).
        answers: ReviewAnswers,
        /// In which words: what would change it.
        words: PersonalRef,
    },
    /// Whoever decided takes it back, before it is sent.
    TakeBack {
        /// Which case.
        case: u16,
    },
    /// Staff sends the case to a panel (R30).
    ReferToPanel {
        /// Which case.
        case: u16,
    },
    /// An arbitrator votes.
    Vote {
        /// Which case.
        case: u16,
        /// Who is responsible.
        responsible: Responsible,
        /// How much should go back; zero where the buyer is responsible. In minor units of the order's currency.
        amount_minor: i64,
        /// Why.
        reason: PersonalRef,
    },
    /// Staff invites an arbitrator where nobody of the house may judge (R35).
    InviteArbitrator {
        /// Which case.
        case: u16,
        /// Whom.
        arbitrator: AccountId,
    },
    /// Buyer or seller opens a remedy: an appeal, a complaint, an objection.
    OpenRemedy {
        /// Of which case.
        case: u16,
        /// On what it rests; says which remedy.
        ground: RemedyGround,
        /// The rule that was applied wrongly or broken.
        rule: Option<String>,
        /// How much is asked for; `None`: whatever was refused.
        claimed: Option<Money>,
        /// In which words.
        words: Option<PersonalRef>,
        /// Files.
        evidence: Vec<EvidenceRef>,
    },
    /// Whoever opened the remedy withdraws it.
    WithdrawRemedy {
        /// Of which case.
        case: u16,
    },
    /// Staff finds a remedy right.
    Uphold {
        /// Of which case.
        case: u16,
        /// What it is worth; zero where no money is at stake.
        amount_minor: i64,
        /// The three answers (R17).
        answers: ReviewAnswers,
        /// In which words.
        words: Option<PersonalRef>,
    },
    /// Staff finds a remedy wrong.
    Dismiss {
        /// Of which case.
        case: u16,
        /// The three answers (R17).
        answers: ReviewAnswers,
        /// In which words.
        words: PersonalRef,
    },
    /// The seller makes an offer, in a case or before one (R33).
    MakeOffer {
        /// The case, where there is one.
        case: Option<u16>,
        /// The units, where there is no case.
        units: Vec<u16>,
        /// What the seller owns up to, where there is no case.
        reason: Option<Reason>,
        /// What he offers.
        terms: OfferTerms,
        /// In which words.
        words: Option<PersonalRef>,
    },
    /// The buyer answers an offer, in one step.
    AnswerOffer {
        /// Which.
        offer: u16,
        /// Yes or no.
        accept: bool,
    },
    /// Buyer, seller or staff writes in the order's thread.
    Say {
        /// What.
        text: Option<PersonalRef>,
        /// Files.
        evidence: Vec<EvidenceRef>,
        /// What the program recognised in the text.
        marks: Vec<Mark>,
    },
    /// A side has read the thread.
    ReadThread {
        /// Up to which message, from 1.
        message: u32,
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
    /// A loss was paid outside: the bank took it back, the channel paid it, a court awarded it (T22).
    RecordOutsidePayment {
        /// What it is known by: agency and number.
        reference: String,
        /// Out of whose pocket.
        by: PaidBy,
        /// How much.
        amount: Money,
    },
    /// What was paid outside came back: a dispute was won.
    ReverseOutsidePayment {
        /// What it is known by.
        reference: String,
    },
    /// The buyer chooses balance after a final refusal, with express consent (R14).
    ChooseBalance {
        /// Which case.
        case: u16,
    },
    /// The buyer chooses a voucher of equal value after a final refusal, with express consent (R14).
    ChooseVoucher {
        /// Which case.
        case: u16,
    },
    /// Where money goes when the original road is closed, and whether it arrived.
    Route(RouteAct),
    /// Issuers are asked whether a code was used (R25).
    Probe(ProbeAct),
    /// A mass incident refunds what is left of units (S29).
    RefundIncident {
        /// Which incident.
        incident: DeskId,
        /// Which units; none: all of them.
        units: Vec<u16>,
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
    /// Begin to pay in through a channel.
    BeginTopUp {
        /// Which channel.
        channel: ChannelId,
        /// How much.
        amount: Money,
        /// He has confirmed what balance is and what it is not (R37).
        confirmed: bool,
    },
    /// The channel says a top-up was paid.
    TopUpSucceeded {
        /// Its number.
        no: ChannelNumber,
        /// The channel's own number.
        channel_ref: String,
        /// How much.
        amount: Money,
    },
    /// The channel says a top-up that expired is closed.
    TopUpClosed {
        /// Its number.
        no: ChannelNumber,
    },
    /// Give a voucher at the platform's cost.
    GiveVoucher {
        /// How much.
        amount: Money,
    },
    /// Give a coupon.
    GrantCoupon {
        /// What it takes off.
        value: Money,
        /// The least an order must cost.
        least: Money,
        /// The last day on which it can be used.
        last_day: jiff::civil::Date,
    },
    /// A timer says that a lot nears its expiry (R37), or that nobody paid a top-up in time.
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
    /// The seller tops the deposit up from earnings.
    TopUpDeposit {
        /// How much.
        amount: Money,
    },
    /// Record deposit that went back to the seller.
    ReturnDeposit {
        /// How much.
        amount: Money,
        /// The bank's reference.
        reference: String,
    },
    /// Record that an advance was paid back.
    RepayAdvance {
        /// How much.
        amount: Money,
        /// The bank's reference.
        reference: String,
    },
    /// The program noticed a debt, or earnings that repay an advance (R27).
    Square,
    /// The seller names the bank account he is paid to.
    SetPayoutAccount {
        /// The account.
        account: PersonalRef,
    },
    /// The seller asks for a withdrawal.
    RequestWithdrawal {
        /// How much.
        amount: Money,
    },
    /// The seller takes one back.
    CancelWithdrawal {
        /// Which.
        withdrawal: u32,
    },
    /// A first person of finance has looked at one that needs two.
    ApproveWithdrawal {
        /// Which.
        withdrawal: u32,
    },
    /// Finance has executed one at the bank.
    ExecuteWithdrawal {
        /// Which.
        withdrawal: u32,
        /// The bank's reference.
        reference: String,
    },
    /// Finance refuses one.
    RefuseWithdrawal {
        /// Which.
        withdrawal: u32,
        /// Why.
        words: PersonalRef,
    },
    /// A timer says that a withdrawal waits too long.
    Wake {
        /// Which timer.
        subject: Subject,
    },
}
