//! What finance sees of bills and exceptions.

use super::{DueView, MoneyView, TimelineStep, When};
use serde::Serialize;
use utoipa::ToSchema;

/// What one side says of a day, in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TotalsView {
    /// Payments.
    pub payments: u64,
    /// Their sum.
    pub payments_sum: MoneyView,
    /// Refunds and remittances.
    pub refunds: u64,
    /// Their sum.
    pub refunds_sum: MoneyView,
    /// Refunds that came back.
    pub returned: u64,
    /// Their sum.
    pub returned_sum: MoneyView,
    /// What the channel kept, less what it gave back.
    pub fees: MoneyView,
    /// What the account at the channel grew by.
    pub net: MoneyView,
}

/// A channel's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BillDayView {
    /// Which channel.
    pub channel: String,
    /// Which day, as the channel cuts it.
    #[schema(example = "2026-11-22")]
    pub day: String,
    /// `trades` or `funds`.
    pub kind: &'static str,
    /// `done`, `comparing`, `refused`, `missing` (it should be here by now), or `expected`.
    pub state: &'static str,
    /// Number of the bill, where there is one.
    pub bill: Option<i64>,
    /// Lines of it.
    pub lines: u64,
    /// Lines compared so far.
    pub compared: u64,
    /// Lines that agree.
    pub matched: u64,
    /// Lines about something else.
    pub aside: u64,
    /// Differences, also what the bill lacks.
    pub differences: u64,
    /// What the bill says.
    pub theirs: Vec<TotalsView>,
    /// What we say of that day.
    pub ours: Vec<TotalsView>,
    /// Why it was refused: `truncated`, `duplicate`, `encoding`, `other_day`, `not_ours`, `shape`, `cell`,
    /// `missing_column`, `unreadable`, `no_such_bill`.
    pub fault: Option<String>,
    /// The line that is wrong; 0 for the file as a whole.
    pub fault_line: u64,
    /// The column that is wrong.
    pub fault_column: String,
}

/// A line of a bill that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BillLineView {
    /// Line of the file; absent for what the bill lacks.
    pub line: Option<i64>,
    /// `payment`, `refund`, `returned` or `remittance`.
    pub entry: String,
    /// Our number.
    pub no: String,
    /// The channel's own number.
    pub channel_ref: String,
    /// How much.
    pub amount: MoneyView,
    /// How it differs.
    pub difference: String,
    /// The exception about it.
    pub exception: Option<String>,
}

/// A bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BillView {
    /// As in lists.
    #[serde(flatten)]
    pub day: BillDayView,
    /// SHA-256 (hex) of the file as it came.
    pub sha256: String,
    /// How long the file is.
    pub bytes: u64,
    /// `channel` or `operator`.
    pub brought_by: String,
    /// When it came.
    pub began_at: When,
    /// When it was last changed.
    pub changed_at: When,
    /// Its differences, the first two hundred; what it lacks first.
    pub differing: Vec<BillLineView>,
    /// What the channel's account stands at in our books now, in each currency of the bill.
    pub clearing: Vec<MoneyView>,
    /// What stands aside for open exceptions of all channels.
    pub held: Vec<MoneyView>,
}

/// An exception in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExceptionSummary {
    /// Its number.
    pub exception: String,
    /// At which channel.
    pub channel: String,
    /// On which day.
    pub day: String,
    /// `missing_here`, `missing_there`, `amount`, `status`, `bounced`, `double_payment` or `foreign`.
    pub difference: &'static str,
    /// `payment`, `refund`, `returned` or `remittance`.
    pub entry: String,
    /// Our number.
    pub no: String,
    /// The order, where one is known.
    pub order: Option<String>,
    /// How much it is about.
    pub amount: MoneyView,
    /// What the channel has more, or less, than the books.
    pub delta: MoneyView,
    /// `open` or `resolved`.
    pub state: &'static str,
    /// Code of the party whose turn it is: `finance`, `admin`.
    pub turn_who: Option<&'static str>,
    /// Until when.
    pub due: Option<DueView>,
    /// It is over time, or was once.
    pub overdue: bool,
    /// Login of whoever works on it.
    pub claimed_by: Option<String>,
    /// How it was settled: `by_itself`, `later_bill`, `assigned`, `returned`, `explained` or `written_off`.
    pub resolution: Option<&'static str>,
    /// When it was found.
    pub raised_at: When,
    /// When it was settled.
    pub resolved_at: Option<When>,
}

/// What one side says of an exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SideView {
    /// How much.
    pub amount: MoneyView,
    /// In which state.
    pub state: String,
    /// When.
    pub at: Option<When>,
}

/// An exception, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExceptionView {
    /// As in lists.
    #[serde(flatten)]
    pub summary: ExceptionSummary,
    /// The channel's own number.
    pub channel_ref: String,
    /// What we say.
    pub ours: Option<SideView>,
    /// What the channel says.
    pub theirs: Option<SideView>,
    /// In which words it was settled.
    pub words: Option<String>,
    /// What happened.
    pub timeline: Vec<TimelineStep>,
    /// Ways in which the asker can settle it now.
    pub ways: Vec<&'static str>,
    /// The asker can take it.
    pub can_claim: bool,
}

/// What a channel said that fits nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnmatchedView {
    /// Its id.
    pub unmatched: String,
    /// Which channel said it.
    pub channel: String,
    /// What it is about, as a short code.
    pub about: String,
    /// The number it names.
    pub number: String,
    /// How much.
    pub amount: Option<MoneyView>,
    /// When it was first said.
    pub seen_at: When,
}
