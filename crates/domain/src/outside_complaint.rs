//! Outside complaints (外部投诉): raised elsewhere, about an order or about the house, and answered there in time. Each runs
//! on the clock of the place it was raised at; opening one stops nothing inside, and nothing inside stops its clock.

use crate::actor::Actor;
use crate::calendar::Deadline;
use crate::case::{Claim, PersonalRef};
use crate::ids::{AccountId, ChannelId, ChannelNumber, DeskId, OrderId};
use crate::projection::{Subject, Timer};
use crate::time::Instant;
use crate::turn::{OnSilence, Who};
use serde::{Deserialize, Serialize};
use yuanlu_money::{Currency, Money};

/// How many messages one may be answered with.
pub const MOST_REPLIES: usize = 50;
/// How many calls to its channel one may need.
pub const MOST_CALLS: usize = 200;

/// Defines the places, each with its stable code.
macro_rules! agencies {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// Where a complaint was raised. A closed list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Agency {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Agency {
            /// Every agency, in the order shown to people.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

agencies! {
    /// The hotline and platform of market supervision (12315).
    Hotline = "12315",
    /// A consumer association (消费者协会).
    ConsumerAssociation = "consumer_association",
    /// 黑猫投诉, which publishes.
    Blackcat = "blackcat",
    /// WeChat Pay (消费者投诉 2.0).
    Wechat = "wechat",
    /// Alipay (交易投诉).
    Alipay = "alipay",
    /// A dispute at Stripe: the card holder's bank took the money back.
    Stripe = "stripe",
    /// Any other authority.
    Regulator = "regulator",
    /// A court.
    Court = "court",
}

impl Agency {
    /// The agency with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|agency| agency.code() == code)
    }

    /// The payment channel whose interface it is answered by, where it is one.
    pub fn channel(self) -> Option<ChannelId> {
        match self {
            Self::Wechat | Self::Alipay | Self::Stripe => Some(ChannelId::from(self.code())),
            Self::Hotline | Self::ConsumerAssociation | Self::Blackcat | Self::Regulator | Self::Court => None,
        }
    }

    /// The agency that a payment channel is.
    pub fn of_channel(channel: &ChannelId) -> Option<Self> {
        Self::parse(channel.as_str()).filter(|agency| agency.channel().is_some())
    }

    /// What can be said to it by its interface.
    pub fn says(self) -> &'static [Saying] {
        match self {
            Self::Wechat => &[Saying::Reply, Saying::Complete, Saying::ApproveRefund, Saying::RejectRefund],
            Self::Alipay => &[Saying::Reply, Saying::Complete, Saying::ApproveRefund, Saying::RejectRefund],
            Self::Stripe => &[Saying::Reply, Saying::Concede],
            Self::Hotline | Self::ConsumerAssociation | Self::Blackcat | Self::Regulator | Self::Court => {
                &[Saying::Reply]
            }
        }
    }
}

/// What is said to the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Saying {
    /// An answer in words; evidence, where it is a dispute.
    Reply,
    /// It is dealt with.
    Complete,
    /// A refund is granted. Moves no money: the refund does.
    ApproveRefund,
    /// A refund is refused, with the reason.
    RejectRefund,
    /// The dispute is given up; cannot be undone.
    Concede,
}

impl Saying {
    /// Every saying.
    pub const ALL: [Self; 5] = [Self::Reply, Self::Complete, Self::ApproveRefund, Self::RejectRefund, Self::Concede];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Complete => "complete",
            Self::ApproveRefund => "approve_refund",
            Self::RejectRefund => "reject_refund",
            Self::Concede => "concede",
        }
    }

    /// The saying with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|saying| saying.code() == code)
    }

    /// It is nothing without words.
    pub fn needs_words(self) -> bool {
        matches!(self, Self::Reply | Self::RejectRefund)
    }
}

/// How an order was found to belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// By a payment's number at the channel.
    ChannelNumber,
    /// By the order's number.
    OrderNumber,
    /// By the complainant's telephone number, kept as a keyed hash.
    Phone,
    /// A person looked.
    Staff,
}

impl FoundBy {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::ChannelNumber => "channel_number",
            Self::OrderNumber => "order_number",
            Self::Phone => "phone",
            Self::Staff => "staff",
        }
    }
}

/// The order, and perhaps the case, it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concerns {
    /// The order.
    pub order: OrderId,
    /// Ordinal of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<u16>,
    /// How that was found.
    pub by: FoundBy,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideResult {
    /// Both sides agreed, or the complainant was satisfied.
    Settled,
    /// The complainant withdrew it.
    Withdrawn,
    /// It was found right; where money was in dispute, it is gone.
    Upheld,
    /// It was found wrong; where money was in dispute, it is back.
    NotUpheld,
    /// The agency did not take it on.
    Declined,
    /// It ended without an agreement.
    Ended,
}

impl OutsideResult {
    /// Every result.
    pub const ALL: [Self; 6] =
        [Self::Settled, Self::Withdrawn, Self::Upheld, Self::NotUpheld, Self::Declined, Self::Ended];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Withdrawn => "withdrawn",
            Self::Upheld => "upheld",
            Self::NotUpheld => "not_upheld",
            Self::Declined => "declined",
            Self::Ended => "ended",
        }
    }

    /// The result with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|result| result.code() == code)
    }
}

/// Where it stands over there, as far as that changes whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// An answer of ours is awaited.
    WantsReply,
    /// They deal with it, and nothing is awaited from us.
    InProgress,
    /// It is over.
    Over(OutsideResult),
}

/// A complaint as it comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Where it was raised.
    pub agency: Agency,
    /// Their number.
    pub number: String,
    /// When they received it: their clock, not ours.
    pub received_at: Instant,
    /// First instant at which an answer is too late, where they name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_by: Option<Instant>,
    /// Who complains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complainant: Option<PersonalRef>,
    /// In which words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<PersonalRef>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concerns: Option<Concerns>,
    /// What is asked for, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_minor: Option<i64>,
    /// In which currency.
    pub currency: Currency,
    /// Their own word for where it stands.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
}

/// Where a call to the channel stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// To be made at `at`; `ask`: first see whether it got there before.
    Due {
        /// When.
        at: Instant,
        /// Whether it may have got there.
        ask: bool,
    },
    /// An attempt is committed; unanswered by `until`, nobody knows.
    Calling {
        /// Fences the answer.
        attempt: u16,
        /// Until when.
        until: Instant,
        /// Whether it only asks.
        ask: bool,
    },
    /// They have it.
    Done {
        /// Since when.
        at: Instant,
    },
    /// They refuse it.
    Failed {
        /// Since when.
        at: Instant,
        /// Their code.
        code: String,
    },
}

/// Something to be said by the channel's interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideCall {
    /// Ordinal, from 1.
    pub ordinal: u16,
    /// What.
    pub saying: Saying,
    /// In which words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<PersonalRef>,
    /// Attempts so far.
    pub attempts: u16,
    /// Where it stands.
    pub state: CallState,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// They have it.
    Done,
    /// They have not, and it may be said again.
    Missing,
    /// Nobody knows; they are asked before it is said again.
    Unknown {
        /// What was seen, as a short code.
        code: String,
    },
    /// They refuse it.
    Refused {
        /// Their code.
        code: String,
    },
}

/// Where an outside complaint stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideState {
    /// 待回复: they wait for an answer of ours.
    Received {
        /// Until when.
        due: Deadline,
        /// How often it was escalated.
        escalations: u32,
        /// Who works on it.
        claim: Option<Claim>,
    },
    /// 已回复: answered, and something is still ours to finish.
    Answered {
        /// Until when.
        due: Deadline,
        /// How often it was escalated.
        escalations: u32,
        /// Who works on it.
        claim: Option<Claim>,
    },
    /// 等待外部: theirs to go on with; then we look again.
    WaitingOutside {
        /// Until when.
        due: Deadline,
    },
    /// 已结束.
    Closed {
        /// With what result.
        result: OutsideResult,
        /// Who closed it; nobody where the channel did.
        by: Option<AccountId>,
        /// In which words.
        words: Option<PersonalRef>,
        /// When.
        at: Instant,
    },
}

impl OutsideState {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Received { .. } => "received",
            Self::Answered { .. } => "answered",
            Self::WaitingOutside { .. } => "waiting_outside",
            Self::Closed { .. } => "closed",
        }
    }

    /// Not over yet.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Closed { .. })
    }

    /// Until when something is awaited.
    pub fn due(&self) -> Option<&Deadline> {
        match self {
            Self::Received { due, .. } | Self::Answered { due, .. } | Self::WaitingOutside { due } => Some(due),
            Self::Closed { .. } => None,
        }
    }

    /// Who works on it.
    pub fn claim(&self) -> Option<&Claim> {
        match self {
            Self::Received { claim, .. } | Self::Answered { claim, .. } => claim.as_ref(),
            Self::WaitingOutside { .. } | Self::Closed { .. } => None,
        }
    }

    /// How often it was escalated.
    pub fn escalations(&self) -> u32 {
        match self {
            Self::Received { escalations, .. } | Self::Answered { escalations, .. } => *escalations,
            Self::WaitingOutside { .. } | Self::Closed { .. } => 0,
        }
    }
}

/// What may be asked of an outside complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideAct {
    /// It came in.
    Register(Box<Registration>),
    /// Staff says which order and case it is about.
    Relate {
        /// The order.
        order: OrderId,
        /// Ordinal of the case.
        case: Option<u16>,
    },
    /// Staff takes it.
    Claim,
    /// Staff says something to the outside; by the channel's interface where there is one.
    Say {
        /// What.
        saying: Saying,
        /// In which words.
        words: Option<PersonalRef>,
    },
    /// The agency took it on (12315: accepts, and mediates).
    Accept {
        /// When.
        at: Instant,
    },
    /// The channel says where it stands.
    Report {
        /// Its own word for that.
        status: String,
        /// What that means for whose turn it is.
        stage: Stage,
        /// First instant at which an answer is too late, where it names one.
        reply_by: Option<Instant>,
    },
    /// Staff closes it.
    Close {
        /// With what result.
        result: OutsideResult,
        /// In which words.
        words: Option<PersonalRef>,
    },
    /// The next call to the channel is about to be made.
    MakeCall {
        /// Ordinal of the call.
        call: u16,
        /// SHA-256 (hex) of what will be sent.
        digest: String,
    },
    /// The channel answered it.
    RecordCall {
        /// Ordinal of the call.
        call: u16,
        /// The attempt it answers.
        attempt: u16,
        /// What it means.
        outcome: CallOutcome,
    },
    /// A timer says its instant has come.
    Wake {
        /// Which timer.
        subject: Subject,
    },
}

/// What changes an outside complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideEvent {
    /// It came in.
    Registered {
        /// Our number.
        desk: DeskId,
        /// What came.
        registration: Box<Registration>,
        /// Until when it is answered.
        due: Deadline,
        /// Until when all of it is ours to finish.
        finish: Option<Deadline>,
        /// Until when the agency says whether it takes it on.
        decision: Option<Deadline>,
        /// It is public there, and counts against the house until it is answered.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        public: bool,
    },
    /// It became known what it is about.
    Related {
        /// What.
        concerns: Concerns,
    },
    /// Somebody took it.
    Claimed {
        /// Who.
        by: AccountId,
    },
    /// Something is to be said by the channel's interface.
    CallPlanned {
        /// Ordinal.
        call: u16,
        /// What.
        saying: Saying,
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
    },
    /// A call is about to be made.
    CallMade {
        /// Ordinal.
        call: u16,
        /// Which attempt.
        attempt: u16,
        /// SHA-256 (hex) of what will be sent.
        digest: String,
        /// Until when an answer counts as under way.
        until: Instant,
    },
    /// A call was answered.
    CallAnswered {
        /// Ordinal.
        call: u16,
        /// What that means.
        outcome: CallOutcome,
        /// When it is made again; without that the answer was the last word.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<Instant>,
    },
    /// Something was said.
    Said {
        /// What.
        saying: Saying,
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
    },
    /// What is left is ours, until then.
    Answered {
        /// Until when.
        due: Deadline,
    },
    /// It is theirs to go on with.
    Waiting {
        /// Until when.
        due: Deadline,
    },
    /// They wait for an answer again; also when it was over.
    Reopened {
        /// Until when.
        due: Deadline,
    },
    /// The agency took it on.
    Accepted {
        /// When.
        on: Instant,
        /// When its mediation ends.
        ends: Option<Deadline>,
    },
    /// The channel calls its state otherwise than before.
    StatusSeen {
        /// Its own word.
        status: String,
    },
    /// So much of the time is over: half, then four fifths.
    Warned,
    /// It was overdue, and administrators have it too.
    Escalated {
        /// Until when now.
        due: Deadline,
    },
    /// It is over.
    Closed {
        /// With what result.
        result: OutsideResult,
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
    },
}

/// An outside complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideComplaint {
    /// Our number.
    pub desk: DeskId,
    /// Who entered it, where a person did.
    pub entered_by: Option<AccountId>,
    /// What came in, with what it turned out to be about.
    pub registration: Registration,
    /// When it was registered here.
    pub registered_at: Instant,
    /// Until when the first answer is due.
    pub reply_due: Deadline,
    /// Until when all of it is ours to finish.
    pub finish: Option<Deadline>,
    /// Until when the agency says whether it takes it on.
    pub decision: Option<Deadline>,
    /// It is public there.
    pub public: bool,
    /// When the agency took it on.
    pub accepted_on: Option<Instant>,
    /// When its mediation ends.
    pub ends: Option<Deadline>,
    /// When it was first answered.
    pub first_reply_at: Option<Instant>,
    /// When it was last answered.
    pub last_reply_at: Option<Instant>,
    /// The channel's own word for where it stands.
    pub status: String,
    /// How often it was said that they wait again.
    pub reopened: u32,
    /// Warnings given about the present turn: of two.
    pub warnings: u8,
    /// Since when the present turn runs.
    pub turn_since: Instant,
    /// What was said, the first first.
    pub said: Vec<(Saying, Option<PersonalRef>)>,
    /// Calls to the channel.
    pub calls: Vec<OutsideCall>,
    /// Where it stands.
    pub state: OutsideState,
    /// Instant of the last event.
    pub last_at: Instant,
}

impl OutsideComplaint {
    /// Every wait of it; the turn first.
    pub fn timers(&self) -> Vec<Timer> {
        let mut timers = Vec::new();
        let mut add = |subject, who, due, on_silence| timers.push(Timer { subject, who, due, on_silence });
        match &self.state {
            OutsideState::Received { due, escalations, .. } | OutsideState::Answered { due, escalations, .. } => {
                let who = if *escalations == 0 { Who::Support } else { Who::Admin };
                add(Subject::Outside, who, due.too_late_from, OnSilence::Escalate);
                if let Some(at) = self.warn_at().filter(|_| *escalations == 0) {
                    add(Subject::OutsideWarning, who, at, OnSilence::Remind);
                }
            }
            OutsideState::WaitingOutside { due } => {
                add(Subject::Outside, Who::Outside, due.too_late_from, OnSilence::Resume);
            }
            OutsideState::Closed { .. } => {}
        }
        for call in &self.calls {
            let due = match call.state {
                CallState::Due { at, .. } => at,
                CallState::Calling { until, .. } => until,
                CallState::Done { .. } | CallState::Failed { .. } => continue,
            };
            add(Subject::OutsideCall(call.ordinal), Who::Channel, due, OnSilence::Call);
        }
        timers
    }

    /// When a warning about the present turn is due: at half of its time, then at four fifths.
    fn warn_at(&self) -> Option<Instant> {
        let due = self.state.due()?.too_late_from;
        let whole = due.micros() - self.turn_since.micros();
        let part = match self.warnings {
            0 => whole / 2,
            1 => whole / 5 * 4,
            _ => return None,
        };
        (whole > 0).then(|| self.turn_since.plus_micros(part))
    }

    /// The call of this ordinal.
    pub fn call(&self, ordinal: u16) -> Option<&OutsideCall> {
        self.calls.get(usize::from(ordinal).checked_sub(1)?)
    }

    /// The call that is to be made now, and whether it only asks; `None` when it is not due.
    pub fn due_call(&self, ordinal: u16, now: Instant) -> Option<(&OutsideCall, bool)> {
        let call = self.call(ordinal)?;
        match call.state {
            CallState::Due { at, ask } if at <= now => Some((call, ask)),
            CallState::Calling { until, .. } if until <= now => Some((call, true)),
            _ => None,
        }
    }

    /// Something waits to be said to the channel.
    pub fn has_call_under_way(&self) -> bool {
        self.calls.iter().any(|call| matches!(call.state, CallState::Due { .. } | CallState::Calling { .. }))
    }

    /// Applies an event to one, or to none for `Registered`. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &OutsideEvent, by: &Actor, at: Instant) -> Option<Self> {
        let mut this = match (before, event) {
            (None, OutsideEvent::Registered { desk, registration, due, finish, decision, public }) => {
                return Some(Self {
                    desk: desk.clone(),
                    entered_by: by.account().cloned(),
                    status: registration.status.clone(),
                    registration: (**registration).clone(),
                    registered_at: at,
                    reply_due: due.clone(),
                    finish: finish.clone(),
                    decision: decision.clone(),
                    public: *public,
                    accepted_on: None,
                    ends: None,
                    first_reply_at: None,
                    last_reply_at: None,
                    reopened: 0,
                    warnings: 0,
                    turn_since: at,
                    said: Vec::new(),
                    calls: Vec::new(),
                    state: OutsideState::Received { due: due.clone(), escalations: 0, claim: None },
                    last_at: at,
                });
            }
            (Some(this), _) => this,
            (None, _) => return None,
        };
        this.apply(event, by, at)?;
        this.last_at = at;
        Some(this)
    }

    fn apply(&mut self, event: &OutsideEvent, by: &Actor, at: Instant) -> Option<()> {
        match event {
            OutsideEvent::Registered { .. } => return None,
            OutsideEvent::Related { concerns } => self.registration.concerns = Some(concerns.clone()),
            OutsideEvent::StatusSeen { status } => self.status.clone_from(status),
            OutsideEvent::CallPlanned { .. } | OutsideEvent::CallMade { .. } | OutsideEvent::CallAnswered { .. } => {
                self.apply_call(event, at)?;
            }
            OutsideEvent::Said { saying, words } => {
                self.first_reply_at.get_or_insert(at);
                self.last_reply_at = Some(at);
                self.said.push((*saying, words.clone()));
            }
            OutsideEvent::Accepted { on, ends } => {
                self.accepted_on = Some(*on);
                self.ends.clone_from(ends);
            }
            OutsideEvent::Warned => self.warnings += 1,
            OutsideEvent::Claimed { by } => {
                let (OutsideState::Received { claim, .. } | OutsideState::Answered { claim, .. }) = &mut self.state
                else {
                    return None;
                };
                *claim = Some(Claim { by: by.clone(), at });
            }
            OutsideEvent::Escalated { due: later } => {
                let (OutsideState::Received { due, escalations, .. } | OutsideState::Answered { due, escalations, .. }) =
                    &mut self.state
                else {
                    return None;
                };
                *due = later.clone();
                *escalations += 1;
            }
            OutsideEvent::Answered { due } => {
                let claim = self.state.claim().cloned();
                self.turn(OutsideState::Answered { due: due.clone(), escalations: 0, claim }, at);
            }
            OutsideEvent::Waiting { due } => self.turn(OutsideState::WaitingOutside { due: due.clone() }, at),
            OutsideEvent::Reopened { due } => {
                self.reopened += 1;
                self.reply_due = due.clone();
                self.turn(OutsideState::Received { due: due.clone(), escalations: 0, claim: None }, at);
            }
            OutsideEvent::Closed { result, words } => {
                let (by, words) = (by.account().cloned(), words.clone());
                self.turn(OutsideState::Closed { result: *result, by, words, at }, at);
            }
        }
        Some(())
    }

    fn turn(&mut self, state: OutsideState, at: Instant) {
        self.state = state;
        self.turn_since = at;
        self.warnings = 0;
    }

    fn apply_call(&mut self, event: &OutsideEvent, at: Instant) -> Option<()> {
        let find = |calls: &mut Vec<OutsideCall>, ordinal: u16| {
            usize::from(ordinal).checked_sub(1).filter(|n| *n < calls.len())
        };
        match event {
            OutsideEvent::CallPlanned { call, saying, words } => self.calls.push(OutsideCall {
                ordinal: *call,
                saying: *saying,
                words: words.clone(),
                attempts: 0,
                state: CallState::Due { at, ask: false },
            }),
            OutsideEvent::CallMade { call, attempt, until, .. } => {
                let index = find(&mut self.calls, *call)?;
                let call = &mut self.calls[index];
                let ask = match call.state {
                    CallState::Due { ask, .. } => ask,
                    CallState::Calling { .. } => true,
                    CallState::Done { .. } | CallState::Failed { .. } => return None,
                };
                call.attempts = *attempt;
                call.state = CallState::Calling { attempt: *attempt, until: *until, ask };
            }
            OutsideEvent::CallAnswered { call, outcome, again } => {
                let index = find(&mut self.calls, *call)?;
                self.calls[index].state = match (outcome, again) {
                    (CallOutcome::Done, _) => CallState::Done { at },
                    (CallOutcome::Missing, Some(again)) => CallState::Due { at: *again, ask: false },
                    (CallOutcome::Unknown { .. }, Some(again)) => CallState::Due { at: *again, ask: true },
                    (CallOutcome::Refused { code }, _) | (CallOutcome::Unknown { code }, None) => {
                        CallState::Failed { at, code: code.clone() }
                    }
                    (CallOutcome::Missing, None) => CallState::Failed { at, code: "missing".to_owned() },
                };
            }
            _ => return None,
        }
        Some(())
    }
}

/// A complaint as a channel tells it, every time it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardComplaint {
    /// Their number.
    pub number: String,
    /// When they received it.
    pub received_at: Instant,
    /// First instant at which an answer is too late, where they name one.
    pub reply_by: Option<Instant>,
    /// Who complains, as far as they say.
    pub complainant: Option<String>,
    /// In which words.
    pub words: String,
    /// Our numbers of the payments it is about.
    pub payments: Vec<ChannelNumber>,
    /// What is asked for.
    pub claimed: Option<Money>,
    /// Their own word for where it stands.
    pub status: String,
    /// What that means for whose turn it is.
    pub stage: Stage,
    /// Money of ours that left for it, or came back.
    pub money: Option<HeardMoney>,
}

/// What became of money in a complaint that moves money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeardMoney {
    /// It was taken from us.
    Taken(Money),
    /// It came back.
    Returned,
}
