//! What people see of conversations with support, and support of orders.

use super::{CaseSummary, DueView, MarkView, MoneyView, When};
use serde::Serialize;
use utoipa::ToSchema;

/// When support answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SupportHoursView {
    /// From when, such as `09:00`.
    pub opens: String,
    /// Until when.
    pub closes: String,
    /// Only on working days.
    pub working_days_only: bool,
    /// Minutes within the hours in which a question is answered.
    pub answer_minutes: u32,
    /// Hours after which a conversation ends in which nothing more is said.
    pub idle_hours: u32,
    /// Somebody is there now.
    pub open: bool,
    /// When somebody is there again, while nobody is.
    pub opens_at: Option<When>,
    /// Until when what is asked now is answered.
    pub answer_by: DueView,
}

/// How a refund stood at an instant. Amounts are absent for people who have not shown that the order is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProgressView {
    /// Case number.
    pub case: String,
    /// When it was so.
    pub as_of: When,
    /// State code.
    pub state: String,
    /// Where it stands (closed list of blocking points).
    pub point: &'static str,
    /// Whose turn.
    pub who: Option<&'static str>,
    /// The last instant of what it waits for.
    pub next: Option<When>,
    /// By when the money is expected.
    pub expected_at: Option<When>,
    /// When the last of it arrived.
    pub arrived_at: Option<When>,
    /// Asked for.
    pub claimed: Option<MoneyView>,
    /// Approved, fee taken off.
    pub approved: Option<MoneyView>,
    /// Arrived so far.
    pub credited: Option<MoneyView>,
    /// There is a certificate to show to the bank.
    pub certificate: bool,
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConversationMessage {
    /// Its place, from 1.
    pub no: u32,
    /// When.
    pub at: When,
    /// `asker`, `support` or `program`.
    pub by: &'static str,
    /// The looker wrote it himself.
    pub own: bool,
    /// The text; absent once it was erased.
    pub text: Option<String>,
    /// What the program recognised in it.
    pub marks: Vec<MarkView>,
    /// How a refund stood, where that is what was sent.
    pub progress: Option<ProgressView>,
}

/// A conversation in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConversationSummary {
    /// Its number.
    pub conversation: String,
    /// `account`, `guest` or `stranger`.
    pub asker: &'static str,
    /// Masked name of the account; support only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asker_name: Option<String>,
    /// The order it is about.
    pub order: Option<String>,
    /// `awaiting_support`, `awaiting_asker` or `ended`.
    pub state: &'static str,
    /// Code of the party whose turn it is.
    pub turn_who: Option<&'static str>,
    /// Until when.
    pub due: Option<DueView>,
    /// The answer is late, or was once.
    pub overdue: bool,
    /// How many messages.
    pub messages: u32,
    /// When it was begun.
    pub opened_at: When,
    /// When something last happened in it.
    pub last_at: When,
    /// How it ended: `asker`, `support` or `silence`.
    pub ended: Option<&'static str>,
    /// Login of whoever works on it; support only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<String>,
}

/// A conversation, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConversationView {
    /// As in lists.
    #[serde(flatten)]
    pub summary: ConversationSummary,
    /// The messages, the first first.
    pub messages: Vec<ConversationMessage>,
    /// Refunds whose standing can be sent into it, newest first.
    pub cases: Vec<CaseSummary>,
    /// When support answers.
    pub hours: SupportHoursView,
    /// What the looker may do now: `say`, `progress`, `show_payment`, `claim`, `end`.
    pub actions: Vec<&'static str>,
}

/// A conversation that was begun. Whoever is not signed in comes back with the key; it is shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ConversationBegun {
    /// The conversation.
    pub conversation: ConversationView,
    /// The stranger's way back to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// How the refunds of an order stand, for somebody who named its number, payment time and amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShownProgress {
    /// Order number.
    pub order: String,
    /// Its refunds, newest first.
    pub refunds: Vec<ProgressView>,
}

/// An order that support found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HitView {
    /// Order number.
    pub order: String,
    /// What it is about.
    pub title: String,
    /// By what it was found: `order`, `case`, `channel_number`, `channel_reference`, `phone`, `contact`, `code`,
    /// `code_end`, `buyer`, `seller`.
    pub found_by: &'static str,
    /// State code of the order.
    pub status: &'static str,
    /// What it cost.
    pub total: MoneyView,
    /// When it was placed.
    pub placed_at: When,
    /// Masked name of the buyer; a guest has none.
    pub buyer: Option<String>,
    /// The seller.
    pub seller: String,
    /// The case it is about now: the open one, else the last.
    pub case: Option<CaseSummary>,
    /// When something next happens in it.
    pub next: Option<When>,
    /// Units for which the buyer could apply.
    pub units: Vec<u16>,
}

/// What support found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchView {
    /// Orders, the most certain first.
    pub orders: Vec<HitView>,
    /// Conversations with this number.
    pub conversations: Vec<ConversationSummary>,
    /// There was more than is shown.
    pub more: bool,
}

/// Who a buyer is, uncovered for a reason that the audit log keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UncoveredContactView {
    /// Order number.
    pub order: String,
    /// Login name of the account.
    pub login: Option<String>,
    /// What a guest left to be reached by.
    pub contact: Option<String>,
}
