//! What pages and API show. Everything here is already cut to what the asker may see.

use serde::{Serialize, Serializer};
use std::ops::Deref;
use utoipa::ToSchema;
use yuanlu_domain::calendar::Deadline;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

/// An amount: exact minor units, and the text people read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"minor": 9500, "currency": "CNY", "text": "95.00"}))]
pub struct MoneyView {
    /// Minor units (fen, cents).
    pub minor: i64,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// Decimal text without symbol.
    pub text: String,
}

impl MoneyView {
    /// `minor` units of `currency`.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Money::new(minor, currency).into()
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.minor == 0
    }
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { minor: money.minor(), currency: money.currency().code(), text: money.to_string() }
    }
}

/// A point in time: RFC 3339 for programs; pages use [`Instant`]'s Shanghai texts through deref.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-22T10:00:00+08:00")]
pub struct When(pub Instant);

impl Deref for When {
    type Target = Instant;

    fn deref(&self) -> &Instant {
        &self.0
    }
}

impl From<Instant> for When {
    fn from(instant: Instant) -> Self {
        Self(instant)
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339())
    }
}

/// A deadline as people read it: its last instant that is in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DueView {
    /// The last instant that is in time.
    pub at: When,
    /// The calendar of that year is not published yet; the date may move, and nobody loses by it before.
    pub provisional: bool,
}

impl From<&Deadline> for DueView {
    fn from(deadline: &Deadline) -> Self {
        Self { at: deadline.last_instant().into(), provisional: deadline.provisional }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Listing<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give this as `cursor` to get the next page; absent on the last one.
    pub next: Option<String>,
}

/// A seller as buyers see him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SellerRef {
    /// Id.
    pub id: String,
    /// Shop name.
    pub name: String,
}

/// A special agreement (R9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SpecialView {
    /// Until which delivery event a change of mind is accepted; absent: even after use.
    pub until: Option<&'static str>,
    /// Natural days after delivery.
    pub days: u32,
    /// Fee in basis points.
    pub fee_basis_points: u32,
}

/// The refund terms that stand on product, checkout, order and refund form alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TermsView {
    /// Kind code: `game_card`, `virtual_currency`, `direct_top_up`, `membership`, `software_licence`.
    pub kind: &'static str,
    /// `code` or `credit`.
    pub delivery: &'static str,
    /// What counts as delivered (R6): `code_generated`, `code_revealed`, `credited`.
    pub delivery_event: &'static str,
    /// Face value of a unit, where it has one.
    pub face: Option<MoneyView>,
    /// Price of a unit.
    pub price: MoneyView,
    /// Delivery promise in hours (R24).
    pub promise_hours: u32,
    /// Application window in natural days (R5).
    pub window_days: u32,
    /// Warranty in natural days; zero for none.
    pub warranty_days: u32,
    /// Fee on personal reasons in basis points (R10); zero when there is none.
    pub fee_basis_points: u32,
    /// The special agreement, if there is one.
    pub special: Option<SpecialView>,
    /// Goods the platform sells itself (自营).
    pub self_operated: bool,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProductView {
    /// Id.
    pub id: String,
    /// Version of its page.
    pub version: i64,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// How to use it.
    pub how_to_use: String,
    /// The terms it is sold under.
    pub terms: TermsView,
    /// A confirmation must be ticked before paying (R9).
    pub needs_confirmation: bool,
    /// Whose.
    pub seller: SellerRef,
    /// Codes left; absent for goods without stock.
    pub in_stock: Option<u32>,
    /// It can be bought.
    pub on_sale: bool,
}

/// One kind of goods in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineView {
    /// The product.
    pub product: String,
    /// Title as sold.
    pub title: String,
    /// How to use it, as sold.
    pub how_to_use: String,
    /// How many.
    pub quantity: u16,
    /// The terms as sold.
    pub terms: TermsView,
    /// The confirmation was ticked (R9).
    pub confirmed: bool,
}

/// One code or top-up of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitView {
    /// Number in the order, from 1.
    pub no: u16,
    /// Title as sold.
    pub title: String,
    /// `unpaid`, `awaiting`, `sold_out`, `sealed`, `revealed`, `redeemed`, `credited`, `returned`.
    pub state: &'static str,
    /// When code or credit was made available.
    pub available_at: Option<When>,
    /// When the buyer revealed the code.
    pub revealed_at: Option<When>,
    /// When it counted as received.
    pub completed_at: Option<When>,
    /// What was paid for it.
    pub paid: MoneyView,
    /// What was decided to go back.
    pub refunded: MoneyView,
    /// What can still go back.
    pub refundable: MoneyView,
    /// The code but for its last four characters hidden; only after it was revealed.
    pub masked_code: Option<String>,
    /// The open case about it.
    pub open_case: Option<String>,
    /// What the asker may do with it now: `reveal`, `confirm`, `apply`, `mark_credited`, `report_redemption`.
    pub actions: Vec<&'static str>,
}

/// One payment of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PaymentView {
    /// Number at the channel.
    pub no: String,
    /// `balance`, or the channel's id.
    pub how: String,
    /// How much.
    pub amount: MoneyView,
    /// `open`, `paid`, `extra`, `declined`.
    pub state: &'static str,
    /// When it was paid.
    pub at: Option<When>,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderView {
    /// Order number.
    pub order: String,
    /// `awaiting_payment`, `expired`, `paid`, `completed`.
    pub status: &'static str,
    /// Bought without an account.
    pub buyer_is_guest: bool,
    /// The buyer, as a name with its middle hidden; absent for guests.
    pub buyer_name: Option<String>,
    /// Whose goods.
    pub seller: SellerRef,
    /// When it was placed.
    pub placed_at: When,
    /// When it was paid.
    pub paid_at: Option<When>,
    /// What it costs.
    pub total: MoneyView,
    /// What can still go back.
    pub refundable: MoneyView,
    /// What was bought.
    pub lines: Vec<LineView>,
    /// Its units.
    pub units: Vec<UnitView>,
    /// Its payments.
    pub payments: Vec<PaymentView>,
    /// Its cases.
    pub cases: Vec<CaseSummary>,
    /// Until when it must be paid.
    pub pay_until: Option<When>,
    /// Until when the seller promised to deliver (R24), while something is not delivered.
    pub promised_until: Option<When>,
    /// Until when a refund can be applied for (R5), once it is completed.
    pub window_until: Option<DueView>,
    /// What the asker may do now: `pay`, `reveal`, `confirm`, `apply`, `claim`, `mark_credited`, `report_redemption`.
    pub actions: Vec<&'static str>,
}

/// An order in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderRow {
    /// Order number.
    pub order: String,
    /// Status code.
    pub status: &'static str,
    /// Title of the first line.
    pub title: String,
    /// How many units.
    pub units: u32,
    /// Units that wait for delivery.
    pub awaiting: u32,
    /// Whose goods.
    pub seller: SellerRef,
    /// What it costs.
    pub total: MoneyView,
    /// When it was placed.
    pub placed_at: When,
    /// Cases that are open.
    pub open_cases: u32,
}

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
    /// State code: `awaiting_buyer`, `awaiting_seller`, `under_review`, `refunding`, `awaiting_route`, `completed`,
    /// `rejected`, `withdrawn`, `closed`.
    pub state: &'static str,
    /// Where it stands (closed list of blocking points).
    pub point: &'static str,
    /// Whose turn: `buyer`, `seller`, `reviewer`, `senior_reviewer`, `risk`, `finance`, `channel`, `program`.
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
    /// What silence does: `approve`, `close`, `escalate`, `trace`, `remind`.
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
    /// `balance`, or the channel's id.
    pub to: String,
    /// How much.
    pub amount: MoneyView,
    /// `held`, `due`, `calling`, `arrived`, `stuck`, `refused`, `rerouted`.
    pub state: &'static str,
    /// The channel's code, where it stuck or was refused.
    pub code: Option<String>,
    /// Expected by (R15, typical).
    pub expected: DueView,
    /// Traced from then on (R15, hard).
    pub hard: DueView,
    /// When it arrived.
    pub arrived_at: Option<When>,
    /// The channel's own number.
    pub channel_ref: Option<String>,
    /// Calls made so far; only staff sees it.
    pub attempts: u16,
    /// What the asker may do: `approve_payout`, `resume_payout`.
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
    /// `automatic`, `seller`, `seller_silence`, `staff`.
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
    pub facts: serde_json::Value,
    /// Reject code, where rejected.
    pub code: Option<&'static str>,
    /// The judge's words to the loser.
    pub words: Option<String>,
    /// The three answers of a review (order state, evidence, ground); only staff sees them.
    pub answers: Option<[bool; 3]>,
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
}

/// One step of a case's or order's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TimelineStep {
    /// When.
    pub at: When,
    /// `buyer`, `seller`, `staff`, `channel`, `program`.
    pub by: &'static str,
    /// What: the event's code (`case_opened`, `seller_asked`, `case_approved`, `payout_answered`, …).
    pub code: String,
    /// Values of the sentence: amounts, dates and codes by name.
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
    /// `first` or `person`.
    pub hearing: Option<&'static str>,
    /// The applicant's words.
    pub text: Option<String>,
    /// Files of either side.
    pub evidence: Vec<EvidenceView>,
    /// Its history, oldest first.
    pub timeline: Vec<TimelineStep>,
    /// Until when a rejection can be appealed (R19).
    pub appeal_until: Option<DueView>,
    /// What the asker may do now: `withdraw`, `give_material`, `ask_person`, `choose_balance`, `agree`, `contest`,
    /// `claim`, `ask_material`, `pass_to_seller`, `approve`, `reject`, `approve_payout`, `resume_payout`.
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

/// One lot of a balance (R37).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LotView {
    /// Ordinal.
    pub lot: u32,
    /// What is left.
    pub left: MoneyView,
    /// Last instant it can be spent.
    pub until: When,
    /// Past that; granted again on request.
    pub expired: bool,
}

/// A buyer's balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BalanceView {
    /// What can be spent.
    pub spendable: MoneyView,
    /// Everything held, expired lots included.
    pub held: MoneyView,
    /// The lots, soonest expiry first.
    pub lots: Vec<LotView>,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoticeView {
    /// Id.
    pub id: String,
    /// Code of its text.
    pub code: String,
    /// Case it is about.
    pub case: Option<String>,
    /// Order it is about.
    pub order: Option<String>,
    /// How much.
    pub amount: Option<MoneyView>,
    /// Until when something should be done.
    pub due: Option<When>,
    /// When.
    pub at: When,
    /// When it was read.
    pub read_at: Option<When>,
}

/// A signed-in device or API token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionView {
    /// Id to revoke it by; not the token.
    pub id: String,
    /// `web` or `api`.
    pub kind: String,
    /// What the browser calls itself.
    pub user_agent: String,
    /// Address with its end hidden.
    pub address: String,
    /// Since when.
    pub created_at: When,
    /// Last used.
    pub seen_at: When,
    /// This very session.
    pub current: bool,
}

/// The signed-in person about himself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MeView {
    /// Account id.
    pub account: String,
    /// Login name.
    pub login: String,
    /// Role codes.
    pub roles: Vec<&'static str>,
    /// The seller he works for.
    pub seller: Option<SellerRef>,
    /// Passed the second factor in this session.
    pub second_factor: bool,
    /// Has a second factor set up.
    pub totp_enrolled: bool,
    /// A role of his needs one.
    pub totp_required: bool,
    /// `zh` or `en`.
    pub language: String,
}

/// A person as administrators see him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonView {
    /// Account id.
    pub account: String,
    /// Login name.
    pub login: String,
    /// Role codes.
    pub roles: Vec<&'static str>,
    /// The seller he works for.
    pub seller: Option<SellerRef>,
    /// Has a second factor set up.
    pub totp_enrolled: bool,
    /// Has a password (an invitation was used).
    pub active: bool,
    /// Since when.
    pub created_at: When,
}

/// A staff act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditView {
    /// When.
    pub at: When,
    /// Who.
    pub account: String,
    /// Login name of him.
    pub login: String,
    /// What: code of the act.
    pub act: String,
    /// To what.
    pub object: String,
    /// Details without personal data.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
}

/// Stock of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockView {
    /// Can be sold.
    pub free: u32,
    /// Belong to orders.
    pub owned: u32,
    /// Never sold again; to be cancelled with the issuer (R36).
    pub quarantined: u32,
}

/// What loading codes did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LoadedView {
    /// Codes taken.
    pub loaded: u32,
    /// Numbers of lines whose code is on the platform already, or twice in the input.
    pub duplicates: Vec<u32>,
    /// Numbers of lines that cannot be read.
    pub bad_lines: Vec<u32>,
    /// Stock afterwards.
    pub stock: StockView,
}

/// A row of the policy's decision table, as the public rules page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleView {
    /// Row id.
    pub row: String,
    /// The rules it carries out.
    pub rules: Vec<String>,
    /// Plain Chinese.
    pub zh: String,
    /// Plain English.
    pub en: String,
}

/// The policy in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicyView {
    /// Hash that names this version.
    pub hash: String,
    /// Since when.
    pub since: When,
    /// The whole of it.
    #[schema(value_type = Object)]
    pub text: serde_json::Value,
    /// Its rows in words.
    pub rules: Vec<RuleView>,
}

/// Public counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FiguresView {
    /// Orders placed.
    pub orders: u64,
    /// Cases opened.
    pub cases: u64,
    /// Cases still open.
    pub open_cases: u64,
    /// Cases completed.
    pub completed_cases: u64,
    /// Products on sale.
    pub products: u64,
}

/// A payment the buyer is sent to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PaymentToMake {
    /// The order.
    pub order: String,
    /// The channel.
    pub channel: String,
    /// The payment's number.
    pub no: String,
    /// How much.
    pub amount: MoneyView,
    /// First instant it is too late.
    pub pay_until: When,
}
