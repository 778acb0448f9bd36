//! A case (售后单): a buyer's application for some units of an order, its turns and its decision.

use crate::actor::Actor;
use crate::calendar::Deadline;
pub use crate::hearing::{Claim, Hearing, Proposal, Sitting, Verdict};
use crate::ids::{AccountId, EvidenceId, PersonalId};
use crate::panel::Panel;
use crate::policy::Facts;
pub use crate::remedy::{PastRemedy, Remedy, RemedyGround, RemedyResult, RemedyRuling, Wanted};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// Why money is asked back (S01). A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing arrived.
    NotDelivered,
    /// Arrived after the promise.
    LateDelivery,
    /// Less or other than described: ¥100 sold, ¥50 received.
    NotAsDescribed,
    /// The code is refused or was used before.
    InvalidCode,
    /// The top-up or membership never arrived on the account.
    NotCredited,
    /// The platform failed.
    SystemFault,
    /// Money was taken twice (R29).
    DuplicateCharge,
    /// Changed mind, bought by mistake.
    Personal,
}

impl Reason {
    /// Every reason, in the order shown to buyers.
    pub const ALL: [Self; 8] = [
        Self::NotDelivered,
        Self::LateDelivery,
        Self::NotAsDescribed,
        Self::InvalidCode,
        Self::NotCredited,
        Self::SystemFault,
        Self::DuplicateCharge,
        Self::Personal,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotDelivered => "not_delivered",
            Self::LateDelivery => "late_delivery",
            Self::NotAsDescribed => "not_as_described",
            Self::InvalidCode => "invalid_code",
            Self::NotCredited => "not_credited",
            Self::SystemFault => "system_fault",
            Self::DuplicateCharge => "duplicate_charge",
            Self::Personal => "personal",
        }
    }

    /// The reason with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// Whether the fault lies with seller or platform (R8): no fee, window stays open through a warranty.
    pub fn is_fault(self) -> bool {
        self != Self::Personal
    }

    /// Whether the code itself is said to be bad, so that it must not be sold again (R36).
    pub fn blames_code(self) -> bool {
        matches!(self, Self::InvalidCode | Self::NotAsDescribed)
    }
}

/// Personal text kept in an erasable row; the journal holds only this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalRef {
    /// The erasable row.
    pub id: PersonalId,
    /// SHA-256 (hex) of salt and content.
    pub digest: String,
}

/// An uploaded file of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRef {
    /// The upload.
    pub id: EvidenceId,
    /// Its type (S03).
    pub kind: EvidenceKind,
    /// Salted digest of the content, hex.
    pub digest: String,
}

/// Types of evidence (S03). A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// Proof of payment.
    PaymentReceipt,
    /// The product page as seen.
    ProductScreenshot,
    /// A conversation.
    ChatLog,
    /// The message that said it failed.
    FailurePopup,
    /// A technical report.
    TestReport,
    /// Proof that an account was closed.
    ClosureProof,
    /// Anything else.
    Other,
}

impl EvidenceKind {
    /// Every type.
    pub const ALL: [Self; 7] = [
        Self::PaymentReceipt,
        Self::ProductScreenshot,
        Self::ChatLog,
        Self::FailurePopup,
        Self::TestReport,
        Self::ClosureProof,
        Self::Other,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::PaymentReceipt => "payment_receipt",
            Self::ProductScreenshot => "product_screenshot",
            Self::ChatLog => "chat_log",
            Self::FailurePopup => "failure_popup",
            Self::TestReport => "test_report",
            Self::ClosureProof => "closure_proof",
            Self::Other => "other",
        }
    }

    /// The type with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Which staff queue a case under review waits in (R32).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Desk {
    /// Reviewers.
    Review,
    /// Senior reviewers, after an overdue turn.
    Senior,
    /// Risk control.
    Risk,
}

/// Why a case was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RejectCode {
    /// Redeemed or credited, and no fault (R7).
    RejectUsed,
    /// Change of mind after the delivery event (R9).
    RejectPersonal,
    /// Outside the window (R5).
    RejectWindow,
    /// The claim rests on proven forgery (R23).
    RejectForged,
    /// The fault claimed is disproved.
    RejectNoFault,
    /// The material does not show it; can be mended and filed again (S11).
    RejectEvidence,
}

impl RejectCode {
    /// Every code.
    pub const ALL: [Self; 6] = [
        Self::RejectUsed,
        Self::RejectPersonal,
        Self::RejectWindow,
        Self::RejectForged,
        Self::RejectNoFault,
        Self::RejectEvidence,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::RejectUsed => "REJECT_USED",
            Self::RejectPersonal => "REJECT_PERSONAL",
            Self::RejectWindow => "REJECT_WINDOW",
            Self::RejectForged => "REJECT_FORGED",
            Self::RejectNoFault => "REJECT_NO_FAULT",
            Self::RejectEvidence => "REJECT_EVIDENCE",
        }
    }

    /// The reject code with this text.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }
}

/// Why a case was closed without a decision on the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CloseCode {
    /// The buyer did not send what was asked for (R18).
    ClosedTimeout,
    /// Rejected, and nobody appealed in time (R19).
    ClosedFinal,
    /// Delivered within the time the buyer had granted (R33).
    ClosedKept,
    /// The whole loss was paid outside (T22).
    ClosedPaidOutside,
}

impl CloseCode {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::ClosedTimeout => "CLOSED_TIMEOUT",
            Self::ClosedFinal => "CLOSED_FINAL",
            Self::ClosedKept => "CLOSED_KEPT",
            Self::ClosedPaidOutside => "CLOSED_PAID_OUTSIDE",
        }
    }
}

/// Where a case stands. Each state holds what is true only in it (`ARCHITECTURE.md`, the case).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// 待补充材料: the buyer was asked for material; silence closes (R18).
    AwaitingBuyer {
        /// What was asked for.
        wanted: Vec<EvidenceKind>,
        /// Until when.
        due: Deadline,
        /// The queue it goes back to.
        desk: Desk,
        /// The hearing it goes back to.
        hearing: Hearing,
    },
    /// 待卖家处理: silence approves (R16).
    AwaitingSeller {
        /// Until when.
        due: Deadline,
    },
    /// 待确认方案: the seller offered something in place of an answer; silence means no, and staff look (R33).
    OfferMade {
        /// Which offer of the file.
        offer: u16,
        /// Until when.
        due: Deadline,
    },
    /// 待审核: silence escalates, never decides (R17).
    UnderReview {
        /// The hearing.
        sitting: Sitting,
    },
    /// 平台裁决中: arbitrators of outside organisations read, then vote (R30).
    BeforePanel {
        /// The phase ends.
        due: Deadline,
        /// Votes are being cast; before, both sides may add material.
        voting: bool,
        /// The hearing it goes back to without a majority.
        hearing: Hearing,
    },
    /// 已通过 · 退款中: the payouts of the case carry the turn.
    Refunding,
    /// 已通过 · 待协商退款方式: a payout was finally refused; the buyer chooses, and never forfeits (R14).
    AwaitingRoute {
        /// Since when.
        since: Instant,
    },
    /// 已完成: every payout arrived.
    Completed {
        /// When the last one did.
        at: Instant,
    },
    /// 已拒绝.
    Rejected {
        /// Why.
        code: RejectCode,
        /// When.
        at: Instant,
    },
    /// 已换货: a replacement was taken in place of money (R26).
    Replaced {
        /// When.
        at: Instant,
    },
    /// 已撤销 by the buyer.
    Withdrawn {
        /// When.
        at: Instant,
    },
    /// 已关闭 without a decision.
    Closed {
        /// Why.
        code: CloseCode,
        /// When.
        at: Instant,
    },
}

impl CaseState {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AwaitingBuyer { .. } => "awaiting_buyer",
            Self::AwaitingSeller { .. } => "awaiting_seller",
            Self::OfferMade { .. } => "offer_made",
            Self::UnderReview { .. } => "under_review",
            Self::BeforePanel { .. } => "before_panel",
            Self::Refunding => "refunding",
            Self::AwaitingRoute { .. } => "awaiting_route",
            Self::Completed { .. } => "completed",
            Self::Rejected { .. } => "rejected",
            Self::Replaced { .. } => "replaced",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Closed { .. } => "closed",
        }
    }

    /// Nobody decided yet.
    pub fn is_undecided(&self) -> bool {
        matches!(
            self,
            Self::AwaitingBuyer { .. }
                | Self::AwaitingSeller { .. }
                | Self::OfferMade { .. }
                | Self::UnderReview { .. }
                | Self::BeforePanel { .. }
        )
    }

    /// Money was approved, and is on its way or arrived.
    pub fn is_decided(&self) -> bool {
        matches!(self, Self::Refunding | Self::AwaitingRoute { .. } | Self::Completed { .. })
    }

    /// Undecided, or money still on its way.
    pub fn is_open(&self) -> bool {
        self.is_undecided() || matches!(self, Self::Refunding | Self::AwaitingRoute { .. })
    }
}

/// What was decided for one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitAward {
    /// The unit.
    pub unit: u16,
    /// What was still refundable of it before.
    pub refundable_minor: i64,
    /// What the decision takes from it, fee included.
    pub approved_minor: i64,
    /// The part of `approved_minor` kept as fee (R10).
    pub fee_minor: i64,
}

/// The three answers every review by a person records (R17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewAnswers {
    /// The order's state supports the claim.
    pub order_state: bool,
    /// The evidence supports the claim.
    pub evidence: bool,
    /// The ground is one the rules know.
    pub ground: bool,
}

/// The facts one or more units were judged on, and the row that fitted them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitGround {
    /// The units.
    pub units: Vec<u16>,
    /// The row of the policy's eligibility table.
    pub row: String,
    /// The facts, as the fact dictionary names them.
    pub facts: Facts,
}

/// Who or what decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// A table of the policy (S06).
    Automatic,
    /// The seller agreed.
    Seller,
    /// The seller agreed by a rule of his own (S08).
    SellerRule,
    /// The seller was silent (R16).
    SellerSilence,
    /// A person of staff, or an invited arbitrator.
    Staff,
    /// Both sides: an offer was accepted (R33).
    Agreement,
    /// A panel (R30).
    Panel,
    /// Nobody of the house could judge it and nobody did (R35).
    SmallHouse,
    /// Two people decided on many orders at once (S29); the decision's row is the incident.
    Incident,
}

impl DecidedBy {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Seller => "seller",
            Self::SellerRule => "seller_rule",
            Self::SellerSilence => "seller_silence",
            Self::Staff => "staff",
            Self::Agreement => "agreement",
            Self::Panel => "panel",
            Self::SmallHouse => "small_house",
            Self::Incident => "incident",
        }
    }
}

/// A decision on the money of a case, with the grounds the loser can act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    pub at: Instant,
    /// By what.
    pub by: DecidedBy,
    /// The person, where one decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<AccountId>,
    /// Per unit; empty when rejected. A duplicate charge has one line with unit 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awards: Vec<UnitAward>,
    /// What was claimed but not approved.
    pub refused_minor: i64,
    /// Why, where something was refused as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<RejectCode>,
    /// The row of the policy that decided, or the rule a person named.
    pub row: String,
    /// The rules behind it (`R16`, …).
    pub rules: Vec<String>,
    /// Hash of the policy in force for the order.
    pub policy: String,
    /// The facts it was decided on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<UnitGround>,
    /// A person's three answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<ReviewAnswers>,
    /// Words to the loser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<PersonalRef>,
}

impl Decision {
    /// What was approved, fee included.
    pub fn approved_minor(&self) -> i64 {
        self.awards.iter().map(|a| a.approved_minor).sum()
    }

    /// The fee kept.
    pub fn fee_minor(&self) -> i64 {
        self.awards.iter().map(|a| a.fee_minor).sum()
    }

    /// What is paid out.
    pub fn net_minor(&self) -> i64 {
        self.approved_minor() - self.fee_minor()
    }
}

/// A case of an order file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Ordinal in the file, from 1.
    pub ordinal: u16,
    /// The units it is about; empty for a duplicate charge.
    pub units: Vec<u16>,
    /// The extra payment, for a duplicate or orphan charge (R29): its ordinal in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_payment: Option<u16>,
    /// Why.
    pub reason: Reason,
    /// What is asked for, in minor units.
    pub claimed_minor: i64,
    /// For goods that hold less than promised: the face value the buyer says he received, per unit (R11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_face_minor: Option<i64>,
    /// The buyer's express consent to balance in place of the original route (R14).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_balance: bool,
    /// When.
    pub applied_at: Instant,
    /// By whom.
    pub applied_by: Actor,
    /// The applicant's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<PersonalRef>,
    /// Files from either side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceRef>,
    /// Papers about where its money goes: the buyer's and finance's business only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub papers: Vec<EvidenceRef>,
    /// The rejected or closed case it was filed again from (S11): its ordinal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<u16>,
    /// It was with the seller already; a case is passed to him at most once (R16).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub seller_heard: bool,
    /// "A person shall look" was used (R34).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub person_asked: bool,
    /// Who judged it already, and may not again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judges: Vec<AccountId>,
    /// Where it stands.
    pub state: CaseState,
    /// When the party whose turn it is will be reminded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_at: Option<Instant>,
    /// Every decision on its money, oldest first; a later one adds to what was approved before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// Until when what was refused can be appealed (R19).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal_until: Option<Deadline>,
    /// The panel that was drawn for it, with its votes (R30).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<Box<Panel>>,
    /// The appeal, complaint or objection that is being heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Box<Remedy>>,
    /// Those that are over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<PastRemedy>,
}

impl Case {
    /// The decision in force.
    pub fn decision(&self) -> Option<&Decision> {
        self.decisions.last()
    }

    /// What was approved so far, fees included.
    pub fn approved_minor(&self) -> i64 {
        self.decisions.iter().map(Decision::approved_minor).sum()
    }

    /// Fees kept so far.
    pub fn fee_minor(&self) -> i64 {
        self.decisions.iter().map(Decision::fee_minor).sum()
    }

    /// What was paid out or is being paid out, all decisions together.
    pub fn net_minor(&self) -> i64 {
        self.decisions.iter().map(Decision::net_minor).sum()
    }

    /// What was asked for and is not approved.
    pub fn refused_minor(&self) -> i64 {
        (self.claimed_minor - self.approved_minor()).max(0)
    }

    /// Blocks another application for the same units (R22): undecided, being heard again for the buyer, or money still
    /// on its way.
    pub fn is_open(&self) -> bool {
        self.state.is_open() || self.remedy.as_ref().is_some_and(|remedy| remedy.sitting.hearing != Hearing::Objection)
    }

    /// The hearing that staff work on: the remedy while one is open, else the first line's.
    pub fn sitting(&self) -> Option<&Sitting> {
        match (&self.remedy, &self.state) {
            (Some(remedy), _) => Some(&remedy.sitting),
            (None, CaseState::UnderReview { sitting }) => Some(sitting),
            _ => None,
        }
    }

    /// What is awaited from the buyer (or, in an objection, from the seller), and until when.
    pub fn wanted(&self) -> Option<(&[EvidenceKind], &Deadline)> {
        match (&self.remedy, &self.state) {
            (Some(remedy), _) => remedy.wanted.as_ref().map(|wanted| (wanted.kinds.as_slice(), &wanted.due)),
            (None, CaseState::AwaitingBuyer { wanted, due, .. }) => Some((wanted.as_slice(), due)),
            _ => None,
        }
    }

    /// Remedies of a kind that were opened so far, an open one included.
    pub fn opened(&self, hearing: Hearing) -> usize {
        let open = self.remedy.as_ref().is_some_and(|remedy| remedy.sitting.hearing == hearing);
        self.remedies.iter().filter(|past| past.ground.hearing() == hearing).count() + usize::from(open)
    }

    /// Until when an appeal keeps the matter open: something was refused, and it was not appealed yet (R19).
    pub fn appealable_until(&self) -> Option<&Deadline> {
        let refused =
            matches!(self.state, CaseState::Rejected { .. }) || (self.state.is_decided() && self.refused_minor() > 0);
        self.appeal_until.as_ref().filter(|_| refused && self.opened(Hearing::Appeal) == 0)
    }

    /// When it was last decided or closed: complaints and objections count from here.
    pub fn settled_at(&self) -> Option<Instant> {
        let closed = match &self.state {
            CaseState::Closed { at, .. } => Some(*at),
            _ => None,
        };
        let remedied = self.remedies.last().map(|past| past.closed_at);
        closed.into_iter().chain(remedied).chain(self.decision().map(|decision| decision.at)).max()
    }
}
