//! Cases, from the row of a list to the whole of one.

use super::{
    AccountView, DueView, LookView, MoneyView, OfferView, OrderView, PanelSummary, ProposalView, RemedyView,
    StandingView, ThreadSummary, TraceView, ValueView, When,
};
use serde::Serialize;
use utoipa::ToSchema;
use yuanlu_domain::case::UnitGround;

/// A case in a list: one row of 退款记录, or of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CaseSummary {
    /// Case number.
    pub case: String,
    /// Order number.
    pub order: String,
    /// Title of what it is about.
    pub title: String,
    /// Reason code.
    pub reason: &'static str,
    /// State code: `awaiting_buyer`, `awaiting_seller`, `offer_made`, `under_review`, `before_panel`, `refunding`,
    /// `awaiting_route`, `completed`, `rejected`, `replaced`, `withdrawn`, `closed`.
    pub state: &'static str,
    /// Where it stands (closed list of blocking points).
    pub point: &'static str,
    /// Whose turn: `buyer`, `seller`, `reviewer`, `senior_reviewer`, `risk`, `panel`, `finance`,
    /// `channel`, `program`.
    pub turn_who: Option<&'static str>,
    /// Last instant of the turn.
    pub turn_due: Option<When>,
    /// The turn is over and nobody acted.
    pub overdue: bool,
    /// Asked for.
    pub claimed: MoneyView,
    /// Expected: approved, fee taken off.
    pub approved: MoneyView,
    /// Arrived so far.
    pub credited: MoneyView,
    /// When it was applied for.
    pub applied_at: When,
    /// By when the money is expected (R15).
    pub expected_at: Option<When>,
    /// When the last of it arrived.
    pub arrived_at: Option<When>,
    /// Why it was rejected or closed.
    pub outcome_code: Option<&'static str>,
    /// Who of staff works on it; only staff sees it.
    pub claimed_by: Option<String>,
}

/// Whose turn it is in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TurnView {
    /// Whose.
    pub who: &'static str,
    /// Until when.
    pub due: Option<DueView>,
    /// What silence does: `approve`, `close`, `escalate`, `review`, `send`, `vote`, `platform_decides`, `go_on`, `trace`,
    /// `remind`.
    pub on_silence: Option<&'static str>,
    /// It is over.
    pub overdue: bool,
    /// What the buyer was asked for: codes of evidence types.
    pub wanted: Vec<&'static str>,
}

/// One unit in the breakdown of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AwardView {
    /// The unit; 0 for a duplicate charge.
    pub unit: u16,
    /// Title as sold.
    pub title: String,
    /// What was paid.
    pub paid: MoneyView,
    /// What is approved, fee included.
    pub approved: MoneyView,
    /// The fee kept of it.
    pub fee: MoneyView,
}

/// One sum on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PayoutView {
    /// Ordinal in the order, from 1.
    pub payout: u16,
    /// The order it belongs to.
    pub order: String,
    /// The case it pays.
    pub case: String,
    /// The refund number at the channel.
    pub no: String,
    /// `balance`, the channel's id, or `account_` and the kind of account the buyer named.
    pub to: String,
    /// How much.
    pub amount: MoneyView,
    /// What it was worth in the books when it left, where the order is in another currency (R28).
    pub value: Option<ValueView>,
    /// `held`, `due`, `calling`, `at_bank`, `arrived`, `stuck`, `refused`, `rerouted`, `superseded`.
    pub state: &'static str,
    /// What it is held for: `approval`, `name_check`, `execution`, `agent_release`.
    pub hold: Option<&'static str>,
    /// The channel's code, where it stuck or was refused.
    pub code: Option<String>,
    /// Expected by (R15, typical).
    pub expected: DueView,
    /// Traced from then on (R15, hard).
    pub hard: DueView,
    /// When it arrived.
    pub arrived_at: Option<When>,
    /// The channel's own number, or the bank's reference.
    pub channel_ref: Option<String>,
    /// The channel that sends it to the account the buyer named.
    pub via: Option<String>,
    /// The account or card the buyer named; masked.
    pub account: Option<AccountView>,
    /// Channels that could send it there.
    pub channels: Vec<String>,
    /// Where the buyer finds it.
    pub look: Option<LookView>,
    /// He has to confirm in WeChat that he receives it, until then; else it comes back.
    pub confirm_until: Option<When>,
    /// The buyer cannot find it: until when finance answers.
    pub doubted: Option<DueView>,
    /// Since when it is traced as overdue.
    pub traced_since: Option<When>,
    /// Calls made so far; only staff sees it.
    pub attempts: u16,
    /// What the asker may do: `approve_payout`, `resume_payout`, `check_account`, `refuse_account`, `remit`,
    /// `record_transfer`, `record_arrival`, `record_return`, `record_release`, `refuse_release`, `finish_at_channel`,
    /// `answer_doubt`, `reverse_switch`; the buyer: `name_card`, `doubt_arrival`.
    pub actions: Vec<&'static str>,
}

/// How the money of a case adds up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BreakdownView {
    /// Per unit.
    pub lines: Vec<AwardView>,
    /// Approved, fee included.
    pub gross: MoneyView,
    /// Fee kept.
    pub fee: MoneyView,
    /// Paid out.
    pub net: MoneyView,
    /// Claimed and not approved.
    pub refused: MoneyView,
    /// Where it goes.
    pub destinations: Vec<PayoutView>,
}

/// Why a case was decided as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecisionView {
    /// When.
    pub at: When,
    /// `automatic`, `seller`, `seller_silence`, `staff`, `agreement`, `panel`, `small_house`.
    pub by: &'static str,
    /// The policy's row, or the rule a person named.
    pub row: String,
    /// The rules behind it (`R16`, …).
    pub rules: Vec<String>,
    /// The rule in plain Chinese.
    pub sentence_zh: String,
    /// The rule in plain English.
    pub sentence_en: String,
    /// Hash of the policy version.
    pub policy: String,
    /// The facts it was decided on.
    #[schema(value_type = Object)]
    pub facts: Vec<UnitGround>,
    /// Reject code, where rejected.
    pub code: Option<&'static str>,
    /// The judge's words to the loser.
    pub words: Option<String>,
    /// The three answers of a review (order state, evidence, ground); only staff sees them.
    pub answers: Option<[bool; 3]>,
    /// How every row of the policy fared on these facts, down to the one that decided; only staff sees it.
    pub trace: Vec<TraceView>,
}

/// A file of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EvidenceView {
    /// Id; open it at `/evidence/{id}`.
    pub id: String,
    /// Type code of S02.
    pub kind: &'static str,
    /// Media type found in the content.
    pub media_type: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the content.
    pub sha256: String,
    /// `buyer`, `seller` or `staff`.
    pub by: &'static str,
    /// When it was uploaded.
    pub at: When,
    /// What was measured about it: everything for those who judge, what can be mended for its uploader.
    pub findings: Vec<FindingView>,
    /// What identifies was blacked out by whoever judges, so that a panel may open it.
    pub released: bool,
}

/// An application begun and not yet sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DraftView {
    /// Its fields in the order kept, as name and value.
    pub fields: Vec<(String, String)>,
    /// When it was last kept.
    pub saved_at: When,
    /// From when on it is gone.
    pub expires_at: When,
}

/// Somebody looked at something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ViewEntry {
    /// When.
    pub at: When,
    /// Who: the key of a principal.
    pub by: String,
    /// The session, as a digest.
    pub session: String,
    /// The address without its end.
    pub address: String,
    /// What: `order:…`, `case:…`, `evidence:…`, `code:…`.
    pub object: String,
}

/// One thing measured about a file. It says what is, never what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FindingView {
    /// Code of its sentence: `too_small`, `blurred`, `low_contrast`, `nearly_one_colour`, `cut_off`, `not_as_declared`,
    /// `too_many_codes`, `leads_away`, `editing_software`, `labelled_generated`, `impossible_date`, `contradicts`,
    /// `reused`, `reused_exactly`.
    pub code: String,
    /// What was measured, by name.
    pub params: std::collections::BTreeMap<String, String>,
    /// Whether the uploader can mend it.
    pub mendable: bool,
    /// Whether it hints at forgery, so that risk looks at the case (R32).
    pub hint: bool,
}

/// One step of a case's or order's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TimelineStep {
    /// When.
    pub at: When,
    /// `buyer`, `seller`, `staff`, `panel`, `channel`, `program`.
    pub by: &'static str,
    /// What: the event's code (`case_opened`, `seller_asked`, `case_approved`, `payout_answered`, …).
    pub code: &'static str,
    /// Values of the sentence: amounts and their currency, dates and codes by name.
    pub params: std::collections::BTreeMap<&'static str, String>,
    /// Words somebody wrote at this step.
    pub words: Option<String>,
}

/// A case, whole: the tracking page and the tracking object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CaseView {
    /// The row of it.
    pub summary: CaseSummary,
    /// Where it stands (closed list of blocking points).
    pub point: &'static str,
    /// Whose turn, while it is anybody's.
    pub turn: Option<TurnView>,
    /// Where it is stuck, seen with channels and rest days, and when something next happens.
    pub standing: StandingView,
    /// The claim is over the line from which the stronger routes outside are named: regulator, police, court (R21).
    pub large: bool,
    /// Papers about where the money goes; only the buyer and finance see them.
    pub papers: Vec<EvidenceView>,
    /// How the money adds up, once decided.
    pub breakdown: Option<BreakdownView>,
    /// Why, once decided.
    pub decision: Option<DecisionView>,
    /// Units it is about.
    pub units: Vec<u16>,
    /// Face value received per unit, where less came.
    pub received_face: Option<MoneyView>,
    /// The buyer consented to balance in place of the original route (R14).
    pub to_balance: bool,
    /// Queue it waits in: `review`, `senior`, `risk`.
    pub desk: Option<&'static str>,
    /// `first`, `person`, `appeal`, `complaint` or `objection`.
    pub hearing: Option<&'static str>,
    /// The applicant's words.
    pub text: Option<String>,
    /// Files of either side.
    pub evidence: Vec<EvidenceView>,
    /// What issuers said about its codes (R25).
    pub code_probes: Vec<super::CodeProbeView>,
    /// Its history, oldest first.
    pub timeline: Vec<TimelineStep>,
    /// Until when what was refused can be appealed (R19).
    pub appeal_until: Option<DueView>,
    /// The case it was filed again from (S11).
    pub follows: Option<String>,
    /// Offers made in it.
    pub offers: Vec<OfferView>,
    /// Appeals, complaints and objections, the one that is heard first.
    pub remedies: Vec<RemedyView>,
    /// A decision that can still be taken back; only staff sees it.
    pub proposal: Option<ProposalView>,
    /// Nobody of the house may judge it (R35).
    pub unmanned: bool,
    /// The panel, where there was one.
    pub panel: Option<PanelSummary>,
    /// The review of how it was handled.
    pub review: Option<String>,
    /// Complaints about the order that were raised outside.
    pub outside: Vec<super::OutsideRef>,
    /// The order's thread.
    pub thread: ThreadSummary,
    /// What the asker may do now: `withdraw`, `give_material`, `ask_person`, `choose_balance`, `answer_offer`, `appeal`,
    /// `complain`, `withdraw_remedy`, `agree`, `contest`, `make_offer`, `object`, `claim`, `ask_material`, `ask_issuers`,
    /// `pass_to_seller`, `refer_to_panel`, `invite_arbitrator`, `approve`, `reject`, `uphold`, `dismiss`, `take_back`,
    /// `approve_payout`, `resume_payout` and what else the payouts allow, `name_account`, `review`.
    pub actions: Vec<&'static str>,
    /// The order.
    pub order: OrderView,
}

/// What the rules are likely to say to an application, before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForecastView {
    /// `approve`, `reject`, `seller`, `reviewer`, `risk`, or `refused` when it cannot be filed.
    pub would: &'static str,
    /// The refusal's code, when it cannot be filed.
    pub refusal: Option<&'static str>,
    /// The refusal's value (a date, an amount, a case number).
    pub detail: Option<String>,
    /// Reject code, when it would be rejected.
    pub code: Option<&'static str>,
    /// The policy's row.
    pub row: Option<String>,
    /// The rule in plain Chinese.
    pub sentence_zh: String,
    /// The rule in plain English.
    pub sentence_en: String,
    /// What would be approved, fee included.
    pub gross: Option<MoneyView>,
    /// The fee.
    pub fee: Option<MoneyView>,
    /// What would be paid.
    pub net: Option<MoneyView>,
    /// What the application still lacks: `text`, `evidence`, `received_face`.
    pub missing: Vec<&'static str>,
    /// Not before then (R24).
    pub not_before: Option<When>,
}

impl CaseView {
    /// A channel has accepted a sum of it, or it has arrived: there is a certificate.
    pub fn has_certificate(&self) -> bool {
        let sums = self.breakdown.iter().flat_map(|breakdown| &breakdown.destinations);
        sums.into_iter().any(|sum| sum.state == "arrived" || sum.channel_ref.is_some())
    }
}
