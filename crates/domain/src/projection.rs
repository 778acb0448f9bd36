//! What a state amounts to outside the journal: timers, calls to channels, and rows for lists. All are functions of the
//! aggregate, so that the engine writes only what changed and `verify` can recompute every one.

use crate::case::{Case, CaseState};
use crate::code_probe;
use crate::event::Tender;
use crate::ids::{AccountId, CaseId, ChannelId, ChannelNumber};
use crate::offer::OfferState;
use crate::order_file::{OrderFile, OrderStatus, Payment, PaymentState, UnitState};
use crate::payout::{Payout, PayoutState, Step};
use crate::time::Instant;
use crate::top_up;
use crate::turn::{OnSilence, Turn, Who, main_turn, remedy_turn, turn};
use crate::wallet::Wallet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a timer of an aggregate is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Subject {
    /// The order must be paid.
    Payment,
    /// The next unit counts as received.
    Completion,
    /// Escrow goes to the seller.
    Settlement,
    /// A case's turn ends.
    Case(u16),
    /// The turn of a case's appeal, complaint or objection ends.
    Remedy(u16),
    /// Somebody is reminded of his turn in a case.
    Reminder(u16),
    /// Nobody has claimed a hearing of a case.
    Unclaimed(u16),
    /// An offer ends that is not the case's turn.
    Offer(u16),
    /// A payout is past its hard time.
    Payout(u16),
    /// A balance lot nears its expiry.
    Lot(u32),
    /// A top-up must be paid.
    TopUp(u32),
    /// A tip-off waits for an answer.
    TipOff,
    /// The turn of an outside complaint ends.
    Outside,
    /// Half, or four fifths, of the time for an outside complaint is over.
    OutsideWarning,
    /// Something is to be said to the channel an outside complaint came from.
    OutsideCall(u16),
    /// A withdrawal waits for finance.
    Withdrawal(u32),
    /// An exception waits for finance.
    BillException,
    /// A conversation waits for support or for whoever asked.
    Conversation,
    /// An issuer is asked about a code.
    Probe(u16),
    /// A batch of redemption codes waits, or expires.
    CodeBatch,
    /// The appeal of whoever wrote a review waits.
    Review,
    /// A mass incident waits, or runs.
    Incident,
    /// An admission of a seller waits.
    Admission,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payment => f.write_str("payment"),
            Self::Completion => f.write_str("completion"),
            Self::Settlement => f.write_str("settlement"),
            Self::Case(n) => write!(f, "case:{n}"),
            Self::Remedy(n) => write!(f, "remedy:{n}"),
            Self::Reminder(n) => write!(f, "reminder:{n}"),
            Self::Unclaimed(n) => write!(f, "unclaimed:{n}"),
            Self::Offer(n) => write!(f, "offer:{n}"),
            Self::Payout(n) => write!(f, "payout:{n}"),
            Self::Lot(n) => write!(f, "lot:{n}"),
            Self::TopUp(n) => write!(f, "top_up:{n}"),
            Self::TipOff => f.write_str("tip_off"),
            Self::Outside => f.write_str("outside"),
            Self::OutsideWarning => f.write_str("outside_warning"),
            Self::OutsideCall(n) => write!(f, "outside_call:{n}"),
            Self::Withdrawal(n) => write!(f, "withdrawal:{n}"),
            Self::BillException => f.write_str("bill_exception"),
            Self::Conversation => f.write_str("conversation"),
            Self::Probe(n) => write!(f, "probe:{n}"),
            Self::CodeBatch => f.write_str("code_batch"),
            Self::Review => f.write_str("review"),
            Self::Incident => f.write_str("incident"),
            Self::Admission => f.write_str("admission"),
        }
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.to_string()
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("not a timer subject: `{text}`");
        match text.split_once(':') {
            None => match text {
                "payment" => Ok(Self::Payment),
                "completion" => Ok(Self::Completion),
                "settlement" => Ok(Self::Settlement),
                "tip_off" => Ok(Self::TipOff),
                "outside" => Ok(Self::Outside),
                "outside_warning" => Ok(Self::OutsideWarning),
                "bill_exception" => Ok(Self::BillException),
                "conversation" => Ok(Self::Conversation),
                "code_batch" => Ok(Self::CodeBatch),
                "review" => Ok(Self::Review),
                "incident" => Ok(Self::Incident),
                "admission" => Ok(Self::Admission),
                _ => Err(unknown()),
            },
            Some((kind, n)) => {
                let small = n.parse::<u16>().map_err(|_| unknown());
                match kind {
                    "case" => small.map(Self::Case),
                    "remedy" => small.map(Self::Remedy),
                    "reminder" => small.map(Self::Reminder),
                    "unclaimed" => small.map(Self::Unclaimed),
                    "offer" => small.map(Self::Offer),
                    "payout" => small.map(Self::Payout),
                    "probe" => small.map(Self::Probe),
                    "outside_call" => small.map(Self::OutsideCall),
                    "lot" => n.parse().map(Self::Lot).map_err(|_| unknown()),
                    "top_up" => n.parse().map(Self::TopUp).map_err(|_| unknown()),
                    "withdrawal" => n.parse().map(Self::Withdrawal).map_err(|_| unknown()),
                    _ => Err(unknown()),
                }
            }
        }
    }
}

impl TryFrom<String> for Subject {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// A wait of an aggregate: one row of the one table of timers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// About what.
    pub subject: Subject,
    /// Who is waited for.
    pub who: Who,
    /// First instant at which it is too late.
    pub due: Instant,
    /// What happens then.
    pub on_silence: OnSilence,
}

/// A call that must be made: one row of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Ordinal of the payout.
    pub payout: u16,
    /// The number the channel knows it by.
    pub no: ChannelNumber,
    /// Which channel.
    pub channel: ChannelId,
    /// Which call.
    pub step: Step,
    /// How many attempts were committed; fences a claim.
    pub attempts: u16,
    /// When it is due; for a call under way, when its answer counts as lost.
    pub due: Instant,
}

/// A payment to be closed at its channel: one row of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// The number the channel knows it by.
    pub no: ChannelNumber,
    /// Which channel.
    pub channel: ChannelId,
    /// When it was begun.
    pub since: Instant,
}

/// A case as lists and queues show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// Its id.
    pub case: CaseId,
    /// Ordinal in the file.
    pub ordinal: u16,
    /// Why.
    pub reason: &'static str,
    /// State code.
    pub state: &'static str,
    /// Whose turn, while it is anybody's.
    pub turn_who: Option<Who>,
    /// First instant at which the turn is too late; staff queues are ordered by it.
    pub turn_due: Option<Instant>,
    /// Asked for.
    pub claimed_minor: i64,
    /// Approved, fee taken off.
    pub approved_minor: i64,
    /// Arrived.
    pub credited_minor: i64,
    /// When it was opened.
    pub applied_at: Instant,
    /// By when the money is expected.
    pub expected_at: Option<Instant>,
    /// When the last of it arrived.
    pub arrived_at: Option<Instant>,
}

/// Every wait of an order file.
pub fn timers(file: &OrderFile) -> Vec<Timer> {
    let mut timers = Vec::new();
    let mut add = |subject, who, due, on_silence| timers.push(Timer { subject, who, due, on_silence });
    if let OrderStatus::AwaitingPayment { pay_until } = file.status {
        add(Subject::Payment, Who::Buyer, pay_until, OnSilence::Expire);
    }
    if let Some(due) = next_completion(file) {
        add(Subject::Completion, Who::Buyer, due, OnSilence::Complete);
    }
    if let OrderStatus::Completed { settle_at, settled: false, .. } = file.status
        && file.escrow_minor > 0
    {
        // While a case is open the seller's money stays where it is; what can still be appealed decides when.
        if let Ok(appeal) = file.settlement_waits() {
            let due = appeal.map_or(settle_at, |until| until.max(settle_at));
            add(Subject::Settlement, Who::Program, due, OnSilence::Settle);
        }
    }
    for case in &file.cases {
        case_timers(file, case, &mut add);
    }
    for offer in file.offers.iter().filter(|offer| offer.state == OfferState::Standing) {
        let is_turn = offer.case.and_then(|case| file.case(case)).is_some_and(
            |case| matches!(case.state, CaseState::OfferMade { offer: turn, .. } if turn == offer.ordinal),
        );
        if !is_turn {
            add(Subject::Offer(offer.ordinal), Who::Buyer, offer.due.too_late_from, OnSilence::Close);
        }
    }
    for payout in file.payouts.iter().filter(|p| p.traced_since.is_none() && is_under_way(p)) {
        add(Subject::Payout(payout.ordinal), Who::Channel, payout.hard.too_late_from, OnSilence::Trace);
    }
    timers.extend(code_probe::timers(file));
    timers
}

/// The waits of a case: its turn, its remedy's turn, who is reminded, and what nobody has claimed.
fn case_timers(file: &OrderFile, case: &Case, add: &mut impl FnMut(Subject, Who, Instant, OnSilence)) {
    let main = main_turn(file, case).filter(|_| match case.state {
        CaseState::Rejected { .. } => true,
        _ => case.state.is_undecided() && case.remedy.is_none(),
    });
    let turns = [(Subject::Case(case.ordinal), main), (Subject::Remedy(case.ordinal), remedy_turn(case))];
    for (subject, turn) in turns {
        if let Some(Turn { who, due: Some(due), on_silence: Some(on_silence), .. }) = turn {
            add(subject, who, due.too_late_from, on_silence);
        }
    }
    if let (Some(at), Some(turn)) = (case.remind_at, turn(file, case)) {
        add(Subject::Reminder(case.ordinal), turn.who, at, OnSilence::Remind);
    }
    if let Some(sitting) = case.sitting()
        && let Some(at) = sitting.warn_at
        && sitting.claim.is_none()
        && sitting.proposal.is_none()
    {
        add(Subject::Unclaimed(case.ordinal), sitting.desk.into(), at, OnSilence::Remind);
    }
}

fn next_completion(file: &OrderFile) -> Option<Instant> {
    file.units
        .iter()
        .filter(|unit| unit.completed_at.is_none() && file.open_case_of(unit.no).is_none())
        .filter_map(|unit| unit.state.available_at())
        .map(|at| at.plus_hours(i64::from(file.completion_hours)).plus_micros(1))
        .min()
}

fn is_under_way(payout: &Payout) -> bool {
    match payout.state {
        PayoutState::Held
        | PayoutState::Due { .. }
        | PayoutState::Calling { .. }
        | PayoutState::AtBank { .. }
        | PayoutState::Stuck { .. } => true,
        PayoutState::Arrived { .. }
        | PayoutState::Refused { .. }
        | PayoutState::Rerouted
        | PayoutState::Superseded { .. } => false,
    }
}

/// Every call an order file wants made.
pub fn calls(file: &OrderFile) -> Vec<Call> {
    file.payouts.iter().filter_map(call).collect()
}

/// Every payment that an order file wants closed at its channel.
pub fn closings(file: &OrderFile) -> Vec<Closing> {
    let closing = |payment: &Payment| match (&payment.tender, &payment.state) {
        (Tender::Channel { channel }, PaymentState::Closing) => {
            Some(Closing { no: payment.no.clone(), channel: channel.clone(), since: file.placed_at })
        }
        _ => None,
    };
    file.payments.iter().filter_map(closing).collect()
}

/// The call a payout wants made, if any.
pub fn call(payout: &Payout) -> Option<Call> {
    let channel = payout.destination.channel()?;
    let (step, due) = match &payout.state {
        PayoutState::Due { step, at } => (*step, *at),
        // An answer that never came: asked about, never sent again blindly.
        PayoutState::Calling { until, .. } => (Step::Ask, *until),
        PayoutState::Held
        | PayoutState::AtBank { .. }
        | PayoutState::Arrived { .. }
        | PayoutState::Stuck { .. }
        | PayoutState::Refused { .. }
        | PayoutState::Rerouted
        | PayoutState::Superseded { .. } => return None,
    };
    Some(Call {
        payout: payout.ordinal,
        no: payout.no.clone(),
        channel: channel.clone(),
        step,
        attempts: payout.attempts,
        due,
    })
}

/// Whether the channel must be asked about a number before anything is sent under it: after a restore, of orders that
/// are older, the number may have been used by what was lost.
pub fn asks_first(file: &OrderFile, payout: &Payout, restored_at: Option<Instant>) -> bool {
    !payout.sent && payout.attempts == 0 && restored_at.is_some_and(|at| file.placed_at < at)
}

/// The rows of a file's cases.
pub fn case_rows(file: &OrderFile) -> Vec<CaseRow> {
    file.cases
        .iter()
        .map(|case| {
            let turn = turn(file, case);
            let paid: Vec<&Payout> = file.payouts_of(case.ordinal).filter(|p| p.holds_money()).collect();
            let arrived = paid.iter().filter_map(|p| match &p.state {
                PayoutState::Arrived { at, .. } => Some((*at, p.amount_minor)),
                _ => None,
            });
            CaseRow {
                case: file.case_id(case.ordinal),
                ordinal: case.ordinal,
                reason: case.reason.code(),
                state: case.state.code(),
                turn_who: turn.as_ref().map(|t| t.who),
                turn_due: turn.and_then(|t| t.due).map(|d| d.too_late_from),
                claimed_minor: case.claimed_minor,
                approved_minor: case.net_minor(),
                credited_minor: arrived.clone().map(|(_, amount)| amount).sum(),
                applied_at: case.applied_at,
                expected_at: paid.iter().map(|p| p.expected.too_late_from).max(),
                arrived_at: arrived
                    .map(|(at, _)| at)
                    .max()
                    .filter(|_| matches!(case.state, CaseState::Completed { .. })),
            }
        })
        .collect()
}

/// Every wait of a wallet: top-ups that wait for their payer, and the next warning before a lot expires (R37). An expired lot waits for nothing; its owner may
/// have it granted again whenever he asks.
pub fn wallet_timers(wallet: &Wallet) -> Vec<Timer> {
    let (first, last) = wallet.warning_days;
    wallet
        .lots
        .iter()
        .filter_map(|lot| {
            let days = match lot.warnings {
                0 => first,
                1 => last,
                _ => return None,
            };
            let due = lot.expires_at.plus_days(-i64::from(days));
            Some(Timer { subject: Subject::Lot(lot.ordinal), who: Who::Buyer, due, on_silence: OnSilence::Remind })
        })
        .min_by_key(|timer| timer.due)
        .into_iter()
        .chain(top_up::timers(wallet))
        .collect()
}

/// Money held for a file, as its seller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscrowRow {
    /// How much, in minor units.
    pub amount_minor: i64,
    /// When it goes to the seller if nothing comes between; `None` while nobody can say: an open case, or goods not received.
    pub release_at: Option<Instant>,
}

/// What a file holds for its seller, if anything.
pub fn escrow_row(file: &OrderFile) -> Option<EscrowRow> {
    (file.escrow_minor > 0).then(|| EscrowRow {
        amount_minor: file.escrow_minor,
        release_at: timers(file).into_iter().find(|timer| timer.subject == Subject::Settlement).map(|timer| timer.due),
    })
}

/// The wallet an order may touch: its payer's, or its buyer's.
pub fn wallet_of(file: &OrderFile) -> Option<AccountId> {
    let paid = file.payments.iter().filter(|payment| matches!(payment.state, PaymentState::Paid { .. }));
    let paid_from = paid.filter_map(|payment| payment.tender.wallet()).next().cloned();
    paid_from.or_else(|| file.buyer.account().cloned())
}

/// Whether an order is over and done with: nobody is waited for, nothing is open, on its way or held.
pub fn is_at_rest(file: &OrderFile) -> bool {
    let over = matches!(file.status, OrderStatus::Expired | OrderStatus::Completed { .. });
    over && file.escrow_minor <= 0
        && !file.cases.iter().any(Case::is_open)
        && !file.payouts.iter().any(is_under_way)
        && timers(file).is_empty()
        && calls(file).is_empty()
        && closings(file).is_empty()
}

/// Whether every unit is over: completed, or given back.
pub fn is_complete(file: &OrderFile) -> bool {
    file.units
        .iter()
        .all(|unit| unit.completed_at.is_some() || unit.state == UnitState::Returned || unit.is_paid_back())
}
