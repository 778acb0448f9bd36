//! Whose turn it is: every open question waits for one party, until one instant, with one consequence of silence.

use crate::calendar::{Calendar, Deadline};
use crate::case::{Case, CaseState, Desk};
use crate::hearing::{Hearing, Sitting};
use crate::ids::ChannelId;
use crate::order_file::OrderFile;
use crate::payout::{Payout, PayoutState, Step, StuckWhy};
use crate::route::Hold;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A party that can have the turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The buyer.
    Buyer,
    /// The seller.
    Seller,
    /// Reviewers.
    Reviewer,
    /// Senior reviewers.
    SeniorReviewer,
    /// Risk control.
    Risk,
    /// A panel of outside arbitrators.
    Panel,
    /// Finance.
    Finance,
    /// The payment channel.
    Channel,
    /// Administrators.
    Admin,
    /// Whoever reported something.
    Reporter,
    /// Whoever asks support something.
    Asker,
    /// Whoever applies to sell.
    Applicant,
    /// Whoever answers people (客服).
    Support,
    /// An agency outside.
    Outside,
    /// The program itself.
    Program,
}

impl Who {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Seller => "seller",
            Self::Reviewer => "reviewer",
            Self::SeniorReviewer => "senior_reviewer",
            Self::Risk => "risk",
            Self::Panel => "panel",
            Self::Finance => "finance",
            Self::Channel => "channel",
            Self::Admin => "admin",
            Self::Reporter => "reporter",
            Self::Asker => "asker",
            Self::Applicant => "applicant",
            Self::Support => "support",
            Self::Outside => "outside",
            Self::Program => "program",
        }
    }

    /// The party with this code.
    pub fn parse(code: &str) -> Option<Self> {
        [
            Self::Buyer,
            Self::Seller,
            Self::Reviewer,
            Self::SeniorReviewer,
            Self::Risk,
            Self::Panel,
            Self::Finance,
            Self::Channel,
            Self::Admin,
            Self::Reporter,
            Self::Asker,
            Self::Applicant,
            Self::Support,
            Self::Outside,
            Self::Program,
        ]
        .into_iter()
        .find(|who| who.code() == code)
    }
}

impl From<Desk> for Who {
    fn from(desk: Desk) -> Self {
        match desk {
            Desk::Review => Self::Reviewer,
            Desk::Senior => Self::SeniorReviewer,
            Desk::Risk => Self::Risk,
        }
    }
}

/// What happens when the party stays silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSilence {
    /// The refund is approved (R16).
    Approve,
    /// The case is closed (R18).
    Close,
    /// The next role gets it (R17).
    Escalate,
    /// Staff look (R33).
    Review,
    /// The decision is sent and can no longer be taken back.
    Send,
    /// The panel votes (R30).
    Vote,
    /// The platform decides (R30).
    PlatformDecides,
    /// The hearing goes on with what there is.
    GoOn,
    /// The channel is asked again; past the hard time it is traced (R15).
    Trace,
    /// The party is reminded, and forfeits nothing (R14).
    Remind,
    /// The order expires unpaid.
    Expire,
    /// The unit counts as received (R31).
    Complete,
    /// Escrow goes to the seller (R27).
    Settle,
    /// The call is made.
    Call,
    /// It goes on without the party.
    Resume,
    /// What was hidden is shown again.
    Show,
}

impl OnSilence {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Close => "close",
            Self::Escalate => "escalate",
            Self::Review => "review",
            Self::Send => "send",
            Self::Vote => "vote",
            Self::PlatformDecides => "platform_decides",
            Self::GoOn => "go_on",
            Self::Trace => "trace",
            Self::Remind => "remind",
            Self::Expire => "expire",
            Self::Complete => "complete",
            Self::Settle => "settle",
            Self::Call => "call",
            Self::Resume => "resume",
            Self::Show => "show",
        }
    }
}

/// Where a refund stands, as a closed list for people who ask "where is it stuck" (卡点, S20).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockingPoint {
    /// The seller has not answered yet.
    SellerAnswer,
    /// The buyer was asked for material.
    BuyerMaterial,
    /// The buyer considers an offer.
    BuyerOffer,
    /// Waits in a reviewer's queue.
    ReviewQueue,
    /// A reviewer works on it.
    InReview,
    /// The review is overdue.
    ReviewOverdue,
    /// Risk control looks at it.
    RiskReview,
    /// Decided; sent in some seconds.
    DecisionPending,
    /// Both sides may add material for the panel.
    PanelEvidence,
    /// The panel votes.
    PanelVotes,
    /// An appeal is being heard.
    UnderAppeal,
    /// A complaint is being heard.
    UnderComplaint,
    /// The seller's objection is being heard; the money stays with the buyer.
    UnderObjection,
    /// Approved; waits for a second person.
    SecondApproval,
    /// Finance compares the account the buyer named with the proof.
    AccountCheck,
    /// The account is checked; another person of finance sends the money.
    AccountPayment,
    /// The escrow agent must prove that he released the money.
    AgentRelease,
    /// Approved; about to be sent to the channel.
    AboutToSend,
    /// Sent; the channel's answer is not known and is being asked for.
    OutcomeUnknown,
    /// The channel has it and is paying.
    AtChannel,
    /// Sent on; banks are clearing it.
    BankClearing,
    /// The channel cannot be reached.
    ChannelDown,
    /// It goes on with the next working day.
    RestDays,
    /// The buyer cannot find what arrived; finance looks for it.
    ArrivalDoubted,
    /// Past the promised time; being traced.
    OverdueTracing,
    /// The platform's account at the channel is short.
    MerchantFunds,
    /// The channel calls our request wrong; finance looks.
    ChannelQuery,
    /// Abnormal at the channel; finished there.
    AbnormalAtChannel,
    /// The original route refused; the buyer chooses another.
    BuyerRoute,
    /// Nothing: the money arrived.
    Arrived,
    /// Nothing: refused.
    Rejected,
    /// Nothing: replaced.
    Replaced,
    /// Nothing: withdrawn or closed.
    Closed,
}

impl BlockingPoint {
    /// Every point.
    pub const ALL: [Self; 33] = [
        Self::SellerAnswer,
        Self::BuyerMaterial,
        Self::BuyerOffer,
        Self::ReviewQueue,
        Self::InReview,
        Self::ReviewOverdue,
        Self::RiskReview,
        Self::DecisionPending,
        Self::PanelEvidence,
        Self::PanelVotes,
        Self::UnderAppeal,
        Self::UnderComplaint,
        Self::UnderObjection,
        Self::SecondApproval,
        Self::AccountCheck,
        Self::AccountPayment,
        Self::AgentRelease,
        Self::AboutToSend,
        Self::OutcomeUnknown,
        Self::AtChannel,
        Self::BankClearing,
        Self::ChannelDown,
        Self::RestDays,
        Self::ArrivalDoubted,
        Self::OverdueTracing,
        Self::MerchantFunds,
        Self::ChannelQuery,
        Self::AbnormalAtChannel,
        Self::BuyerRoute,
        Self::Arrived,
        Self::Rejected,
        Self::Replaced,
        Self::Closed,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::SellerAnswer => "seller_answer",
            Self::BuyerMaterial => "buyer_material",
            Self::BuyerOffer => "buyer_offer",
            Self::ReviewQueue => "review_queue",
            Self::InReview => "in_review",
            Self::ReviewOverdue => "review_overdue",
            Self::RiskReview => "risk_review",
            Self::DecisionPending => "decision_pending",
            Self::PanelEvidence => "panel_evidence",
            Self::PanelVotes => "panel_votes",
            Self::UnderAppeal => "under_appeal",
            Self::UnderComplaint => "under_complaint",
            Self::UnderObjection => "under_objection",
            Self::SecondApproval => "second_approval",
            Self::AccountCheck => "account_check",
            Self::AccountPayment => "account_payment",
            Self::AgentRelease => "agent_release",
            Self::AboutToSend => "about_to_send",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::AtChannel => "at_channel",
            Self::BankClearing => "bank_clearing",
            Self::ChannelDown => "channel_down",
            Self::RestDays => "rest_days",
            Self::ArrivalDoubted => "arrival_doubted",
            Self::OverdueTracing => "overdue_tracing",
            Self::MerchantFunds => "merchant_funds",
            Self::ChannelQuery => "channel_query",
            Self::AbnormalAtChannel => "abnormal_at_channel",
            Self::BuyerRoute => "buyer_route",
            Self::Arrived => "arrived",
            Self::Rejected => "rejected",
            Self::Replaced => "replaced",
            Self::Closed => "closed",
        }
    }
}

/// The most urgent open question of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Whose turn.
    pub who: Who,
    /// At which point it stands.
    pub point: BlockingPoint,
    /// Until when; `None` only where nothing is lost by waiting.
    pub due: Option<Deadline>,
    /// What silence does.
    pub on_silence: Option<OnSilence>,
}

/// Whose turn it is in a case, the most urgent of its open questions; `None` when it is over.
pub fn turn(file: &OrderFile, case: &Case) -> Option<Turn> {
    // A remedy on a case that nobody decided yet is its hearing now.
    let main = if case.remedy.is_some() && case.state.is_undecided() { None } else { main_turn(file, case) };
    let due = |turn: &Turn| turn.due.as_ref().map_or(i64::MAX, |due| due.too_late_from.micros());
    remedy_turn(case).into_iter().chain(main).min_by_key(|turn| (urgency(turn.who), due(turn)))
}

/// The turn of the case itself: application, first hearing, money.
pub fn main_turn(file: &OrderFile, case: &Case) -> Option<Turn> {
    let of = |who, point, due: &Deadline, on_silence| Turn {
        who,
        point,
        due: Some(due.clone()),
        on_silence: Some(on_silence),
    };
    match &case.state {
        CaseState::AwaitingBuyer { due, .. } => {
            Some(of(Who::Buyer, BlockingPoint::BuyerMaterial, due, OnSilence::Close))
        }
        CaseState::AwaitingSeller { due } => {
            Some(of(Who::Seller, BlockingPoint::SellerAnswer, due, OnSilence::Approve))
        }
        CaseState::OfferMade { due, .. } => Some(of(Who::Buyer, BlockingPoint::BuyerOffer, due, OnSilence::Review)),
        CaseState::UnderReview { sitting } => Some(sitting_turn(sitting)),
        CaseState::BeforePanel { due, voting: false, .. } => {
            Some(of(Who::Panel, BlockingPoint::PanelEvidence, due, OnSilence::Vote))
        }
        CaseState::BeforePanel { due, voting: true, .. } => {
            Some(of(Who::Panel, BlockingPoint::PanelVotes, due, OnSilence::PlatformDecides))
        }
        CaseState::Refunding => file
            .payouts_of(case.ordinal)
            .filter(|p| p.holds_money())
            .filter_map(|p| doubt_turn(p).or_else(|| payout_turn(p)))
            .min_by_key(|turn| urgency(turn.who)),
        CaseState::AwaitingRoute { .. } => Some(Turn {
            who: Who::Buyer,
            point: BlockingPoint::BuyerRoute,
            due: None,
            on_silence: Some(OnSilence::Remind),
        }),
        CaseState::Rejected { .. } => {
            let until = case.appealable_until().filter(|_| case.remedy.is_none())?;
            Some(of(Who::Buyer, BlockingPoint::Rejected, until, OnSilence::Close))
        }
        CaseState::Completed { .. } => file.payouts_of(case.ordinal).find_map(doubt_turn),
        CaseState::Replaced { .. } | CaseState::Withdrawn { .. } | CaseState::Closed { .. } => None,
    }
}

/// Finance answers a buyer who cannot find what arrived.
fn doubt_turn(payout: &Payout) -> Option<Turn> {
    let doubt = payout.doubt.as_ref().filter(|_| matches!(payout.state, PayoutState::Arrived { .. }))?;
    let point = BlockingPoint::ArrivalDoubted;
    Some(Turn { who: Who::Finance, point, due: Some(doubt.due.clone()), on_silence: None })
}

/// The turn of the appeal, complaint or objection that is being heard.
pub fn remedy_turn(case: &Case) -> Option<Turn> {
    let remedy = case.remedy.as_ref()?;
    let Some(wanted) = &remedy.wanted else { return Some(sitting_turn(&remedy.sitting)) };
    let who = if remedy.sitting.hearing == Hearing::Objection { Who::Seller } else { Who::Buyer };
    Some(Turn {
        who,
        point: BlockingPoint::BuyerMaterial,
        due: Some(wanted.due.clone()),
        on_silence: Some(OnSilence::GoOn),
    })
}

fn sitting_turn(sitting: &Sitting) -> Turn {
    if let Some(proposal) = &sitting.proposal {
        let due = Deadline { too_late_from: proposal.sent_at, ..sitting.due.clone() };
        let point = BlockingPoint::DecisionPending;
        return Turn { who: Who::Program, point, due: Some(due), on_silence: Some(OnSilence::Send) };
    }
    let point = match (sitting.hearing, sitting.desk, sitting.escalations, &sitting.claim) {
        (Hearing::Appeal, ..) => BlockingPoint::UnderAppeal,
        (Hearing::Complaint, ..) => BlockingPoint::UnderComplaint,
        (Hearing::Objection, ..) => BlockingPoint::UnderObjection,
        (_, Desk::Risk, 0, _) => BlockingPoint::RiskReview,
        (_, _, 0, None) => BlockingPoint::ReviewQueue,
        (_, _, 0, Some(_)) => BlockingPoint::InReview,
        _ => BlockingPoint::ReviewOverdue,
    };
    let on_silence = if sitting.unmanned && sitting.escalations > 0 { OnSilence::Approve } else { OnSilence::Escalate };
    Turn { who: sitting.desk.into(), point, due: Some(sitting.due.clone()), on_silence: Some(on_silence) }
}

/// Where a case stands, over ones included.
pub fn blocking_point(file: &OrderFile, case: &Case) -> BlockingPoint {
    match (&case.state, turn(file, case)) {
        (_, Some(turn)) => turn.point,
        (CaseState::Rejected { .. }, None) => BlockingPoint::Rejected,
        (CaseState::Replaced { .. }, None) => BlockingPoint::Replaced,
        (CaseState::Withdrawn { .. } | CaseState::Closed { .. }, None) => BlockingPoint::Closed,
        (_, None) => BlockingPoint::Arrived,
    }
}

fn payout_turn(payout: &Payout) -> Option<Turn> {
    let (who, point) = match &payout.state {
        PayoutState::Held => match payout.hold {
            Hold::Approval => (Who::Finance, BlockingPoint::SecondApproval),
            Hold::NameCheck => (Who::Finance, BlockingPoint::AccountCheck),
            Hold::Execution => (Who::Finance, BlockingPoint::AccountPayment),
            Hold::AgentRelease => (Who::Finance, BlockingPoint::AgentRelease),
        },
        PayoutState::AtBank { .. } if payout.traced_since.is_some() => (Who::Finance, BlockingPoint::OverdueTracing),
        PayoutState::AtBank { .. } => (Who::Finance, BlockingPoint::BankClearing),
        PayoutState::Stuck { why: StuckWhy::NeedFunds, .. } => (Who::Finance, BlockingPoint::MerchantFunds),
        PayoutState::Stuck { why: StuckWhy::FixRequest, .. } => (Who::Finance, BlockingPoint::ChannelQuery),
        PayoutState::Stuck { why: StuckWhy::ManualAtChannel, .. } => (Who::Finance, BlockingPoint::AbnormalAtChannel),
        PayoutState::Due { .. } | PayoutState::Calling { .. } if payout.traced_since.is_some() => {
            (Who::Finance, BlockingPoint::OverdueTracing)
        }
        PayoutState::Due { .. } | PayoutState::Calling { .. } if payout.accepted.is_some() => {
            let point = if clears_at_banks(payout) { BlockingPoint::BankClearing } else { BlockingPoint::AtChannel };
            (Who::Channel, point)
        }
        PayoutState::Due { step: Step::Send, .. } if !payout.sent => (Who::Program, BlockingPoint::AboutToSend),
        PayoutState::Calling { step: Step::Send, attempt: 1, .. } => (Who::Program, BlockingPoint::AboutToSend),
        PayoutState::Due { .. } | PayoutState::Calling { .. } => (Who::Channel, BlockingPoint::OutcomeUnknown),
        PayoutState::Arrived { .. }
        | PayoutState::Refused { .. }
        | PayoutState::Rerouted
        | PayoutState::Superseded { .. } => return None,
    };
    Some(Turn { who, point, due: Some(payout.hard.clone()), on_silence: Some(OnSilence::Trace) })
}

/// Whether the road ends at a bank, which works through what the channel has accepted.
fn clears_at_banks(payout: &Payout) -> bool {
    matches!(payout.destination.arrival_kind(), "bank_card" | "unionpay" | "stripe")
}

/// What a blocking point depends on besides the file.
pub struct Around<'a> {
    /// Now.
    pub now: Instant,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Since when channels cannot be reached.
    pub down: &'a BTreeMap<ChannelId, Instant>,
}

/// Where a case stands as people are told, and when something next happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The point.
    pub point: BlockingPoint,
    /// Since when, where that says more than until when.
    pub since: Option<Instant>,
    /// The first instant of what comes next: the end of the turn, or of the rest days.
    pub next: Option<Instant>,
}

/// Where a case stands now: its blocking point, unless a channel is down or banks rest.
pub fn standing(file: &OrderFile, case: &Case, around: &Around<'_>) -> Standing {
    let (turn, point) = (turn(file, case), blocking_point(file, case));
    let next = turn.and_then(|turn| turn.due).map(|due| due.too_late_from);
    let at_channel = matches!(
        point,
        BlockingPoint::AboutToSend
            | BlockingPoint::OutcomeUnknown
            | BlockingPoint::AtChannel
            | BlockingPoint::BankClearing
    );
    if !at_channel {
        return Standing { point, since: None, next };
    }
    let waiting = file
        .payouts_of(case.ordinal)
        .filter(|payout| matches!(payout.state, PayoutState::Due { .. } | PayoutState::Calling { .. }));
    if let Some(since) = waiting.filter_map(|payout| around.down.get(payout.destination.channel()?)).min() {
        return Standing { point: BlockingPoint::ChannelDown, since: Some(*since), next };
    }
    let clearing = matches!(point, BlockingPoint::AtChannel | BlockingPoint::BankClearing);
    match around.calendar.next_working_day(around.now) {
        Some(opens) if clearing && next.is_some_and(|next| opens < next) => {
            Standing { point: BlockingPoint::RestDays, since: None, next: Some(opens) }
        }
        _ => Standing { point, since: None, next },
    }
}

/// People before machines: the case shows the payout that needs somebody first.
fn urgency(who: Who) -> u8 {
    match who {
        Who::Finance => 0,
        Who::Buyer
        | Who::Seller
        | Who::Reviewer
        | Who::SeniorReviewer
        | Who::Risk
        | Who::Panel
        | Who::Admin
        | Who::Reporter
        | Who::Asker
        | Who::Applicant
        | Who::Support
        | Who::Outside => 1,
        Who::Channel => 2,
        Who::Program => 3,
    }
}
