//! Remedies: the buyer's appeal (R19) and complaint (R20), the seller's objection (R34). Each is a hearing beside the case.

use crate::actor::Actor;
use crate::calendar::Deadline;
use crate::case::{DecidedBy, EvidenceKind, PersonalRef, ReviewAnswers};
use crate::hearing::{Hearing, Sitting, is_zero};
use crate::ids::AccountId;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// On what an appeal, a complaint or an objection rests (R19, R20, R34).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemedyGround {
    /// New material (appeal).
    NewMaterial,
    /// A named rule was applied wrongly (appeal).
    RuleError,
    /// The refusal was unjust (complaint).
    UnjustRefusal,
    /// The seller cheated (complaint).
    SellerFraud,
    /// A turn is overdue (complaint).
    Inaction,
    /// A named rule was broken (complaint).
    BrokenRule,
    /// The seller lost and thinks wrongly (objection).
    LostDecision,
}

impl RemedyGround {
    /// Every ground.
    pub const ALL: [Self; 7] = [
        Self::NewMaterial,
        Self::RuleError,
        Self::UnjustRefusal,
        Self::SellerFraud,
        Self::Inaction,
        Self::BrokenRule,
        Self::LostDecision,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NewMaterial => "new_material",
            Self::RuleError => "rule_error",
            Self::UnjustRefusal => "unjust_refusal",
            Self::SellerFraud => "seller_fraud",
            Self::Inaction => "inaction",
            Self::BrokenRule => "broken_rule",
            Self::LostDecision => "lost_decision",
        }
    }

    /// The ground with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.code() == code)
    }

    /// Which hearing it opens.
    pub fn hearing(self) -> Hearing {
        match self {
            Self::NewMaterial | Self::RuleError => Hearing::Appeal,
            Self::UnjustRefusal | Self::SellerFraud | Self::Inaction | Self::BrokenRule => Hearing::Complaint,
            Self::LostDecision => Hearing::Objection,
        }
    }

    /// Whether the rule must be named.
    pub fn needs_rule(self) -> bool {
        matches!(self, Self::RuleError | Self::BrokenRule)
    }
}

/// An appeal, a complaint or an objection that is being heard. It runs beside the case: what was decided is paid
/// meanwhile. While it is open it is the hearing that staff work on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// On what it rests.
    pub ground: RemedyGround,
    /// The rule named, where one must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// When.
    pub opened_at: Instant,
    /// By whom.
    pub opened_by: Actor,
    /// What is asked for.
    pub claimed_minor: i64,
    /// In which words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<PersonalRef>,
    /// Material was asked for and is awaited; silence lets the hearing go on without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Wanted>,
    /// The hearing.
    pub sitting: Sitting,
}

/// Material that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// What.
    pub kinds: Vec<EvidenceKind>,
    /// Until when.
    pub due: Deadline,
}

/// How a remedy ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemedyResult {
    /// It was right.
    Upheld,
    /// It was not.
    Dismissed,
    /// Whoever opened it withdrew it.
    Withdrawn,
}

impl RemedyResult {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::Dismissed => "dismissed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// The answer to a remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemedyRuling {
    /// How it ended.
    pub result: RemedyResult,
    /// By what.
    pub by: DecidedBy,
    /// By whom, where a person decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<AccountId>,
    /// What it was worth.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub granted_minor: i64,
    /// What was asked for beyond the loss, and refused (R12).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub beyond_loss_minor: i64,
    /// The rules behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// A person's three answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<ReviewAnswers>,
    /// Words to whoever opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<PersonalRef>,
}

/// A remedy that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRemedy {
    /// On what it rested.
    pub ground: RemedyGround,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it ended.
    pub closed_at: Instant,
    /// How.
    pub ruling: RemedyRuling,
}
