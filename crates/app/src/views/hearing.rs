//! Offers, remedies, panels and the order's thread.

use super::{DueView, EvidenceView, MoneyView, OrganisationRef, TimelineStep, When};
use crate::authorize::Action;
use crate::order_view::{may, object};
use crate::principal::Principal;
use serde::Serialize;
use utoipa::ToSchema;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::thread::Side;

/// An offer of the seller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OfferView {
    /// Ordinal in the order, from 1.
    pub offer: u16,
    /// The case it is to settle; absent for one made before any.
    pub case: Option<String>,
    /// The units.
    pub units: Vec<u16>,
    /// What the seller owns up to (reason code).
    pub reason: &'static str,
    /// `refund`, `replacement` or `more_time`.
    pub kind: &'static str,
    /// How much, for a refund.
    pub amount: Option<MoneyView>,
    /// Until when, for more time.
    pub until: Option<When>,
    /// The seller's words.
    pub words: Option<String>,
    /// When it was made.
    pub made_at: When,
    /// Until when it can be accepted.
    pub due: DueView,
    /// `standing`, `accepted`, `declined`, `lapsed`.
    pub state: &'static str,
    /// The asker may answer it now.
    pub answerable: bool,
}

/// What the rules an order keeps say about going on after a decision, and about offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RemedyTermsView {
    /// Working days in which a decision can be appealed (R19).
    pub appeal_days: u32,
    /// Working days in which an appeal is decided.
    pub appeal_decision_days: u32,
    /// Natural days in which a complaint can be made (R20).
    pub complaint_days: u32,
    /// Working days in which a complaint or an objection is decided.
    pub complaint_decision_days: u32,
    /// Natural days in which the seller may object to a lost decision (R34).
    pub objection_days: u32,
    /// Until when a complaint can be made, once the case is settled.
    pub complain_until: Option<DueView>,
    /// The appeals the rules give are used up.
    pub appealed: bool,
    /// Working days in which the buyer answers an offer (R33).
    pub offer_answer_days: u32,
    /// Offers the seller can still make in the case.
    pub offers_left: u32,
    /// The longest extension that can be offered, in hours.
    pub most_extension_hours: i64,
    /// The most that can be offered as a refund.
    pub offer_most: MoneyView,
    /// After so many times the due time a case that nobody may judge is approved (R35).
    pub unmanned_factor: u32,
}

/// An appeal, a complaint or an objection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RemedyView {
    /// `appeal`, `complaint` or `objection`.
    pub hearing: &'static str,
    /// Ground code.
    pub ground: &'static str,
    /// The rule named.
    pub rule: Option<String>,
    /// When it was opened.
    pub opened_at: When,
    /// What is asked for; absent once it is over.
    pub claimed: Option<MoneyView>,
    /// The words of whoever opened it; absent once it is over.
    pub words: Option<String>,
    /// Until when it is decided; absent once it is over.
    pub due: Option<DueView>,
    /// When it ended.
    pub closed_at: Option<When>,
    /// `upheld`, `dismissed`, `withdrawn`; absent while it is heard.
    pub result: Option<&'static str>,
    /// What it was worth.
    pub granted: Option<MoneyView>,
    /// What was asked for beyond the loss and refused (R12).
    pub beyond_loss: Option<MoneyView>,
    /// The rules behind the ruling.
    pub rules: Vec<String>,
    /// The judge's words.
    pub ruling_words: Option<String>,
}

/// A decision that can still be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProposalView {
    /// `approve`, `reject`, `uphold`, `dismiss`.
    pub verdict: &'static str,
    /// How much.
    pub amount: Option<MoneyView>,
    /// Reject code.
    pub code: Option<&'static str>,
    /// Who decided.
    pub by: String,
    /// First instant at which it can no longer be taken back.
    pub sent_at: When,
}

/// One vote, as the ruling shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VoteView {
    /// The arbitrator's organisation.
    pub organisation: OrganisationRef,
    /// `buyer`, `seller`, `platform`, `shared`.
    pub responsible: &'static str,
    /// How much.
    pub amount: MoneyView,
    /// Why.
    pub reason: String,
}

/// A panel, as parties and staff see it. Votes show once it has ruled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PanelSummary {
    /// Seats.
    pub seats: usize,
    /// Votes that carry a ruling.
    pub majority: u16,
    /// Votes cast so far.
    pub cast: usize,
    /// Until when material may be added.
    pub evidence_until: DueView,
    /// Until when votes are cast, once they are.
    pub votes_until: Option<DueView>,
    /// The votes, after the ruling.
    pub votes: Vec<VoteView>,
}

/// What an arbitrator reads: no names, no codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PanelCaseView {
    /// Case number.
    pub case: String,
    /// State code of the case.
    pub state: &'static str,
    /// `evidence`, `votes`, `ruled`, or `invited` for an arbitrator who judges alone.
    pub phase: &'static str,
    /// Until when this phase lasts.
    pub due: Option<DueView>,
    /// Reason code.
    pub reason: &'static str,
    /// Title as sold.
    pub title: String,
    /// Description as sold.
    pub description: String,
    /// Price of one unit.
    pub price: MoneyView,
    /// Delivery event code (R6).
    pub delivery_event: &'static str,
    /// State codes of the units.
    pub unit_states: Vec<&'static str>,
    /// Asked for.
    pub claimed: MoneyView,
    /// The most that can go back.
    pub most: MoneyView,
    /// History, with names and codes taken out.
    pub timeline: Vec<TimelineStep>,
    /// Files of either side: what they are; their content only where a reviewer has blacked out what identifies.
    pub evidence: Vec<EvidenceView>,
    /// What issuers said about the codes: used, since when, worth what. Without the signed answer, which names the issuer.
    pub code_probes: Vec<super::CodeProbeView>,
    /// Seats and votes.
    pub panel: Option<PanelSummary>,
    /// How the asker voted.
    pub my_vote: Option<VoteView>,
    /// What the asker may do: `vote`, or a judge's acts by invitation.
    pub actions: Vec<&'static str>,
}

/// A row of an arbitrator's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PanelRow {
    /// Case number.
    pub case: String,
    /// Title as sold.
    pub title: String,
    /// As in the case.
    pub phase: &'static str,
    /// Until when this phase lasts.
    pub due: Option<DueView>,
    /// The asker still has to vote or judge.
    pub to_do: bool,
}

/// How much of the thread the asker has not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ThreadSummary {
    /// Messages.
    pub messages: u32,
    /// Not read by the asker.
    pub unread: u32,
}

impl ThreadSummary {
    pub(crate) fn of(file: &OrderFile, who: &Principal) -> Self {
        let side = side_of(file, who);
        Self { messages: file.thread.messages, unread: side.map_or(0, |side| file.thread.unread(side)) }
    }
}

/// On which side of a file somebody is.
pub(crate) fn side_of(file: &OrderFile, who: &Principal) -> Option<Side> {
    let object = object(file);
    if may(who, Action::ActOnOwnCase, &object) {
        Some(Side::Buyer)
    } else if may(who, Action::AnswerAsSeller, &object) {
        Some(Side::Seller)
    } else {
        may(who, Action::TalkInThread, &object).then_some(Side::Platform)
    }
}

/// What became of one of many cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecidedView {
    /// Case number.
    pub case: String,
    /// The code of the refusal, where it was not decided.
    pub refused: Option<String>,
}

/// Something recognised in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MarkView {
    /// `promise_refund`, `promise_delivery`, `promise_replacement`, `promise_other`, or a hint's code.
    pub kind: String,
    /// For a promise, the last instant it was made for.
    pub until: Option<When>,
    /// That instant has passed.
    pub over: bool,
}

/// A message of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageView {
    /// Its number, from 1.
    pub no: u32,
    /// When.
    pub at: When,
    /// `buyer`, `seller` or `platform`.
    pub side: &'static str,
    /// The asker's side wrote it.
    pub own: bool,
    /// The text; absent when there was none or it was erased.
    pub text: Option<String>,
    /// Files.
    pub evidence: Vec<EvidenceView>,
    /// What was recognised in it.
    pub marks: Vec<MarkView>,
    /// The other side has seen it.
    pub read: bool,
}

/// An order's thread, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ThreadView {
    /// Order number.
    pub order: String,
    /// The asker's side.
    pub side: &'static str,
    /// The last so many messages his side has not read.
    pub unread: u32,
    /// Messages.
    pub messages: Vec<MessageView>,
    /// Offers made before any case.
    pub offers: Vec<OfferView>,
    /// What the asker may do: `say`, `make_offer`, `answer_offer`.
    pub actions: Vec<&'static str>,
}

/// A calm hint about a text, before it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HintView {
    /// Code: `phone`, `messenger`, `email`, `link`, `payment`, `abuse`, `threat`, `review_threat`.
    pub kind: &'static str,
    /// The words it is about.
    pub words: String,
}

/// What the program read in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TextCheckView {
    /// What had better not be sent.
    pub hints: Vec<HintView>,
    /// Promises that would be marked.
    pub promises: Vec<MarkView>,
}
