//! What staff see of outside complaints, and what a buyer sees of his own.

use super::{DueView, MoneyView, TimelineStep, When};
use serde::Serialize;
use utoipa::ToSchema;

/// An outside complaint in the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutsideSummary {
    /// Our number.
    pub complaint: String,
    /// Where it was raised, as a code.
    pub agency: &'static str,
    /// Their number.
    pub number: String,
    /// `received`, `answered`, `waiting_outside` or `closed`.
    pub state: &'static str,
    /// Their own word for where it stands; empty where they have none.
    pub status: String,
    /// Code of the party whose turn it is.
    pub turn_who: Option<&'static str>,
    /// Until when.
    pub due: Option<DueView>,
    /// The turn is over, or was once.
    pub overdue: bool,
    /// It is public there, and nobody has answered yet.
    pub exposed: bool,
    /// The order it is about.
    pub order: Option<String>,
    /// The case it is about.
    pub case: Option<String>,
    /// What is asked for.
    pub claimed: Option<MoneyView>,
    /// When they received it.
    pub received_at: When,
    /// What came of it, as a code.
    pub result: Option<&'static str>,
    /// When it was closed.
    pub closed_at: Option<When>,
    /// Login of whoever works on it.
    pub claimed_by: Option<String>,
}

/// Something said to the outside, or on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutsideCallView {
    /// What, as a code.
    pub saying: &'static str,
    /// `due`, `calling`, `done` or `failed`.
    pub state: &'static str,
    /// The channel's code, where it refused.
    pub code: Option<String>,
    /// Attempts so far.
    pub attempts: u16,
    /// In which words.
    pub words: Option<String>,
    /// How many files go along.
    pub files: usize,
    /// How many of them the channel has.
    pub uploaded: usize,
}

/// A file that went along with an answer to the outside, kept as it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AttachmentView {
    /// Its number in the complaint, from 1.
    pub no: usize,
    /// `package`, `print` or `picture`.
    pub kind: &'static str,
    /// What it was made of: id of the package, or of the picture.
    pub of: String,
    /// A name to save it under.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 (hex) of its bytes.
    pub sha256: String,
    /// When it was made.
    pub at: When,
}

/// What can go along with the next answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct MayAttach {
    /// For whom a package of the case is made, as a code of its variants; none where none goes along.
    pub package: Option<&'static str>,
    /// Only its printable document goes along.
    pub print_only: bool,
    /// Pictures to choose from.
    pub pictures: Vec<super::EvidenceView>,
    /// How many pictures at most.
    pub most_pictures: usize,
}

/// A sum that was paid outside for a loss of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutsidePaymentView {
    /// What it is known by: agency and number.
    pub reference: String,
    /// `channel`, `platform` or `seller`.
    pub by: &'static str,
    /// How much.
    pub amount: MoneyView,
    /// What the buyer has twice, borne by the platform.
    pub twice: Option<MoneyView>,
    /// When.
    pub at: When,
    /// When it came back.
    pub reversed_at: Option<When>,
}

/// A case beside an outside complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutsideCaseView {
    /// Its id.
    pub case: String,
    /// Reason code.
    pub reason: &'static str,
    /// State code.
    pub state: &'static str,
    /// Asked for.
    pub claimed: MoneyView,
    /// Approved.
    pub approved: MoneyView,
    /// It is the one the complaint is about.
    pub meant: bool,
}

/// The order beside an outside complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutsideOrderView {
    /// Its number.
    pub order: String,
    /// Who sells.
    pub seller: String,
    /// What it cost.
    pub total: MoneyView,
    /// Status code.
    pub status: &'static str,
    /// When it was paid.
    pub paid_at: Option<When>,
    /// Its cases.
    pub cases: Vec<OutsideCaseView>,
    /// What was paid outside for it.
    pub paid_outside: Vec<OutsidePaymentView>,
    /// Channels by which it was paid, for a payment taken back.
    pub channels: Vec<String>,
}

/// A template filled in for one complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReplyDraft {
    /// Id of the template.
    pub template: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// Its title in English.
    pub title_en: String,
    /// The text in Chinese.
    pub zh: String,
    /// The text in English.
    pub en: String,
}

/// An outside complaint, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutsideView {
    /// As in the register.
    #[serde(flatten)]
    pub summary: OutsideSummary,
    /// Who complains.
    pub complainant: Option<String>,
    /// In which words.
    pub words: Option<String>,
    /// How the order was found: `channel_number`, `order_number`, `phone` or `staff`.
    pub found_by: Option<&'static str>,
    /// Until when the first answer is due.
    pub reply_due: DueView,
    /// Until when all of it is ours to finish.
    pub finish: Option<DueView>,
    /// Until when the agency says whether it takes it on.
    pub decision: Option<DueView>,
    /// When the agency took it on.
    pub accepted_on: Option<When>,
    /// When its mediation ends.
    pub ends: Option<DueView>,
    /// When it was first answered.
    pub first_reply_at: Option<When>,
    /// What was said by the channel's interface.
    pub calls: Vec<OutsideCallView>,
    /// The order beside it.
    pub matched: Option<OutsideOrderView>,
    /// Orders it may be about, where it is not known.
    pub suggested: Vec<String>,
    /// What happened.
    pub timeline: Vec<TimelineStep>,
    /// What went along with answers, or is on its way.
    pub attached: Vec<AttachmentView>,
    /// What can go along with the next answer.
    pub may_attach: MayAttach,
    /// Templates filled in for it.
    pub drafts: Vec<ReplyDraft>,
    /// What can be said, as codes.
    pub sayings: Vec<&'static str>,
    /// What the asker may do now: `claim`, `say`, `relate`, `accept`, `close`, `pay`.
    pub actions: Vec<&'static str>,
}

/// An outside complaint as the buyer's own case shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutsideRef {
    /// Where it was raised, as a code.
    pub agency: &'static str,
    /// Our number; staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complaint: Option<String>,
    /// State code.
    pub state: &'static str,
    /// When they received it.
    pub received_at: When,
    /// What came of it, as a code.
    pub result: Option<&'static str>,
}

/// What became of a file of outside complaints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutsideImportView {
    /// Registered now.
    pub registered: u32,
    /// Known before; nothing was changed.
    pub known: u32,
    /// What is wrong, line by line; nothing was registered then.
    pub errors: Vec<ImportFault>,
}

/// What is wrong with a line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportFault {
    /// Which line; the heading is the first.
    pub line: u32,
    /// Which column.
    pub field: String,
    /// What is wrong, as a code.
    pub code: &'static str,
}

/// A template for answers to the outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplyTemplate {
    /// Its id.
    pub id: String,
    /// For one agency, or for all.
    #[serde(default)]
    pub agency: Option<String>,
    /// Title in Chinese.
    pub title_zh: String,
    /// Title in English.
    pub title_en: String,
    /// Text in Chinese, with fields such as `{order}`.
    pub zh: String,
    /// Text in English.
    pub en: String,
}
