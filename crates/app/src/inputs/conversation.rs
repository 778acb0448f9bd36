//! What people send to support, and support to people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody begins a conversation with: words, or the wish to see how a refund stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationInput {
    /// What is asked; may be absent where how a refund stands is asked for.
    #[serde(default)]
    pub text: String,
    /// Number of one's own order that it is about.
    #[serde(default)]
    pub order: Option<String>,
    /// Ask at once how a refund stands.
    #[serde(default)]
    pub progress: Option<ProgressInput>,
    /// The hints about the text were seen.
    #[serde(default)]
    pub hints_seen: bool,
}

/// Which refund somebody wants to know of. Its buyer names the case; whoever is not known names the order and what only
/// its payer knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgressInput {
    /// Case number; or else the order number, which means its latest case.
    #[serde(default)]
    pub case: Option<String>,
    /// Order number.
    #[serde(default)]
    pub order: Option<String>,
    /// When it was paid, to a few minutes, such as `2026-04-30 10:00` (Shanghai).
    #[serde(default)]
    pub paid_at: Option<String>,
    /// What was paid, as decimal text.
    #[serde(default)]
    pub amount: Option<String>,
}

/// A message in a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SayInput {
    /// The text.
    pub text: String,
    /// The hints about the text were seen.
    #[serde(default)]
    pub hints_seen: bool,
}

/// The hours of support, as times of day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportHoursInput {
    /// From when, such as `09:00`.
    pub opens: String,
    /// Until when, such as `21:00`; `24:00` is the end of the day.
    pub closes: String,
    /// Only on working days.
    #[serde(default)]
    pub working_days_only: bool,
    /// Minutes within the hours in which a question is answered.
    pub answer_minutes: u32,
    /// Hours after which a conversation ends in which nothing more is said.
    pub idle_hours: u32,
}

/// What support looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchInput {
    /// An order, case or receipt number, a number at a payment channel, a telephone number or other contact, a code or its
    /// last six or eight characters, a name.
    pub text: String,
}

/// An application that support prepares and the buyer sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrepareInput {
    /// Units it is for.
    pub units: Vec<u16>,
    /// Reason code.
    pub reason: String,
    /// What the buyer said.
    #[serde(default)]
    pub words: String,
}
