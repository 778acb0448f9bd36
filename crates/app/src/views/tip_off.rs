//! What people see of tip-offs.

use super::{DueView, EvidenceView, TimelineStep, When};
use serde::Serialize;
use utoipa::ToSchema;

/// A tip-off in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TipOffSummary {
    /// Receipt number.
    pub tip_off: String,
    /// `product`, `seller` or `staff`.
    pub about: &'static str,
    /// Name of the product or seller, or what the person of staff is called.
    pub subject: String,
    /// What is wrong, as a code.
    pub concern: &'static str,
    /// `at_risk`, `awaiting_reporter` or `decided`.
    pub state: &'static str,
    /// Code of the party whose turn it is.
    pub turn_who: Option<&'static str>,
    /// Until when.
    pub due: Option<DueView>,
    /// The turn is over, or was once: it is with administrators too.
    pub overdue: bool,
    /// `upheld`, `not_upheld` or `passed_on`, once it is decided.
    pub outcome: Option<&'static str>,
    /// When it was made.
    pub filed_at: When,
    /// When it was decided.
    pub decided_at: Option<When>,
    /// Login of whoever works on it; staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<String>,
}

/// A tip-off, whole. Who made it is shown to nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TipOffView {
    /// As in lists.
    #[serde(flatten)]
    pub summary: TipOffSummary,
    /// Id of the product or seller.
    pub subject_id: Option<String>,
    /// In which words it was made.
    pub words: Option<String>,
    /// What was added since, the first first.
    pub added: Vec<String>,
    /// What the reporter was asked for.
    pub asked: Option<String>,
    /// What the reporter was told in the end.
    pub answer: Option<String>,
    /// Files.
    pub evidence: Vec<EvidenceView>,
    /// Logins of the people of staff it is taken to be about; staff only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accused: Vec<String>,
    /// What happened.
    pub timeline: Vec<TimelineStep>,
    /// What the asker may do now: `add`, `claim`, `ask`, `name`, `decide`.
    pub actions: Vec<&'static str>,
}
