//! Conversations with support (官方客服会话, S22): anybody asks, from any page; a person answers within the hours of support,
//! and the program at once where somebody wants to know how a refund stands.

use crate::actor::{Actor, Party};
use crate::calendar::Deadline;
use crate::case::{Case, Claim, PersonalRef};
use crate::desk::DeskFile;
use crate::ids::{AccountId, CaseId, DeskId, OrderId};
use crate::order_file::OrderFile;
use crate::payout::PayoutState;
use crate::projection::{Subject, Timer, case_rows};
use crate::support_hours::SupportHours;
use crate::thread::Mark;
use crate::time::Instant;
use crate::turn::{Around, BlockingPoint, OnSilence, Who, standing};
use serde::{Deserialize, Serialize};

/// The most messages of one conversation; whoever needs more begins another.
pub const MOST_MESSAGES: u32 = 400;

/// Who writes in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// Whoever asks.
    Asker,
    /// Support.
    Support,
}

impl Voice {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Asker => "asker",
            Self::Support => "support",
        }
    }
}

/// How a refund stands at an instant, as it is sent into a conversation (退款进度证明).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which refund.
    pub case: CaseId,
    /// When this was so.
    pub as_of: Instant,
    /// State code of the case.
    pub state: String,
    /// Where it stands.
    pub point: BlockingPoint,
    /// Whose turn it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Who>,
    /// First instant of what comes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Instant>,
    /// First instant after the day on which the money is expected at the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_at: Option<Instant>,
    /// When the last of it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Instant>,
    /// The amounts; left out for people who have not shown that the order is theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sums: Option<Sums>,
}

/// The amounts of a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Currency code.
    pub currency: String,
    /// Asked for.
    pub claimed_minor: i64,
    /// Approved, fee taken off.
    pub approved_minor: i64,
    /// Arrived.
    pub credited_minor: i64,
    /// A channel has accepted a sum of it: there is a certificate.
    pub certificate: bool,
}

impl Progress {
    /// How a case stands now.
    pub fn of(file: &OrderFile, case: &Case, around: &Around<'_>) -> Self {
        let rows = case_rows(file);
        let row = rows.iter().find(|row| row.ordinal == case.ordinal);
        let standing = standing(file, case, around);
        let accepted = file
            .payouts_of(case.ordinal)
            .any(|payout| matches!(payout.state, PayoutState::Arrived { .. }) || payout.accepted.is_some());
        Self {
            case: CaseId::of(&file.order, case.ordinal),
            as_of: around.now,
            state: case.state.code().to_owned(),
            point: standing.point,
            who: row.and_then(|row| row.turn_who),
            next: standing.next,
            expected_at: row.and_then(|row| row.expected_at),
            arrived_at: row.and_then(|row| row.arrived_at),
            sums: row.map(|row| Sums {
                currency: file.currency.code().to_owned(),
                claimed_minor: row.claimed_minor,
                approved_minor: row.approved_minor,
                credited_minor: row.credited_minor,
                certificate: accepted,
            }),
        }
    }

    /// Without what only the owner of the order may know.
    #[must_use]
    pub fn masked(self) -> Self {
        Self { sums: None, ..self }
    }
}

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Whoever asked had his answer.
    Asker,
    /// Support ended it.
    Support,
    /// Nothing more was said.
    Silence,
}

impl Ending {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Asker => "asker",
            Self::Support => "support",
            Self::Silence => "silence",
        }
    }
}

/// Where a conversation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    /// Support has to answer; overdue, administrators are told too.
    AwaitingSupport {
        /// Until when.
        due: Deadline,
        /// How often it was escalated.
        escalations: u32,
    },
    /// Whoever asked may go on; silence ends it.
    AwaitingAsker {
        /// Until when.
        due: Deadline,
    },
    /// It is over.
    Ended {
        /// How.
        how: Ending,
        /// When.
        at: Instant,
    },
}

impl ConversationState {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AwaitingSupport { .. } => "awaiting_support",
            Self::AwaitingAsker { .. } => "awaiting_asker",
            Self::Ended { .. } => "ended",
        }
    }

    /// Not over yet.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Ended { .. })
    }

    /// Until when somebody has the turn.
    pub fn due(&self) -> Option<&Deadline> {
        match self {
            Self::AwaitingSupport { due, .. } | Self::AwaitingAsker { due } => Some(due),
            Self::Ended { .. } => None,
        }
    }
}

/// A text, and what the program read in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The text.
    pub text: PersonalRef,
    /// Promises and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// What may be asked of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationAct {
    /// Somebody begins it: with words, or by asking how a refund stands, which is answered at once.
    Open {
        /// The order it is about, which is the asker's.
        about: Option<OrderId>,
        /// The hours of support.
        hours: SupportHours,
        /// What was said.
        words: Option<Words>,
        /// How the refund stands.
        progress: Option<Box<Progress>>,
    },
    /// Somebody says something.
    Say {
        /// What.
        words: Words,
    },
    /// How a refund stands is sent: asked for by whoever asks, or given by support.
    SendProgress {
        /// How it stands.
        progress: Box<Progress>,
    },
    /// Staff takes it.
    Claim,
    /// One side has had enough.
    End,
    /// A timer says its instant has come.
    Wake {
        /// Which timer.
        subject: Subject,
    },
}

/// What changes a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationEvent {
    /// It was begun.
    Opened {
        /// Its number.
        desk: DeskId,
        /// Who asks; nobody known where it is a stranger.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asker: Option<Party>,
        /// The order it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<OrderId>,
        /// The hours of support.
        hours: SupportHours,
        /// Until when it waits for the asker.
        due: Deadline,
    },
    /// Somebody said something; the other has the turn.
    Said {
        /// Who.
        voice: Voice,
        /// What.
        words: Words,
        /// Until when the other answers.
        due: Deadline,
    },
    /// How a refund stands was sent.
    ProgressSent {
        /// Who wanted it there.
        voice: Voice,
        /// How it stands.
        progress: Box<Progress>,
        /// Until when the asker may go on, where it answers what was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Deadline>,
    },
    /// Somebody of staff took it.
    Claimed {
        /// Who.
        by: AccountId,
    },
    /// The answer was overdue.
    Escalated {
        /// Until when now.
        due: Deadline,
    },
    /// It is over.
    Ended {
        /// How.
        how: Ending,
    },
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its number.
    pub desk: DeskId,
    /// Who asks; nobody known where it is a stranger.
    pub asker: Option<Party>,
    /// The order it is about.
    pub about: Option<OrderId>,
    /// The hours of support when it was begun.
    pub hours: SupportHours,
    /// How many messages it has, progress proofs among them.
    pub messages: u32,
    /// Orders that a stranger named with time and amount of their payment.
    pub shown: Vec<OrderId>,
    /// Who of staff works on it.
    pub claim: Option<Claim>,
    /// When it was begun.
    pub opened_at: Instant,
    /// Where it stands.
    pub state: ConversationState,
    /// Instant of the last event.
    pub last_at: Instant,
}

impl Conversation {
    /// The one thing it waits for.
    pub fn timer(&self) -> Option<Timer> {
        let (who, due, on_silence) = match &self.state {
            ConversationState::AwaitingSupport { due, escalations: 0 } => (Who::Support, due, OnSilence::Escalate),
            ConversationState::AwaitingSupport { due, .. } => (Who::Admin, due, OnSilence::Escalate),
            ConversationState::AwaitingAsker { due } => (Who::Asker, due, OnSilence::Close),
            ConversationState::Ended { .. } => return None,
        };
        Some(Timer { subject: Subject::Conversation, who, due: due.too_late_from, on_silence })
    }

    /// Applies an event to a conversation, or to none for `Opened`. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &ConversationEvent, at: Instant) -> Option<Self> {
        let mut conversation = match (before, event) {
            (None, ConversationEvent::Opened { desk, asker, about, hours, due }) => {
                return Some(Self {
                    desk: desk.clone(),
                    asker: asker.clone(),
                    about: about.clone(),
                    hours: hours.clone(),
                    messages: 0,
                    shown: Vec::new(),
                    claim: None,
                    opened_at: at,
                    state: ConversationState::AwaitingAsker { due: due.clone() },
                    last_at: at,
                });
            }
            (Some(conversation), _) if conversation.state.is_open() => conversation,
            _ => return None,
        };
        match event {
            ConversationEvent::Opened { .. } => return None,
            ConversationEvent::Said { voice: Voice::Asker, due, .. } => {
                conversation.messages += 1;
                if !matches!(conversation.state, ConversationState::AwaitingSupport { .. }) {
                    conversation.state = ConversationState::AwaitingSupport { due: due.clone(), escalations: 0 };
                }
            }
            ConversationEvent::Said { voice: Voice::Support, due, .. } => {
                conversation.messages += 1;
                conversation.state = ConversationState::AwaitingAsker { due: due.clone() };
            }
            ConversationEvent::ProgressSent { voice, progress, due } => {
                conversation.messages += 1;
                if let Some(due) = due {
                    conversation.state = ConversationState::AwaitingAsker { due: due.clone() };
                }
                let order = progress.case.parts()?.0;
                if *voice == Voice::Asker && conversation.asker.is_none() && !conversation.shown.contains(&order) {
                    conversation.shown.push(order);
                }
            }
            ConversationEvent::Claimed { by } => conversation.claim = Some(Claim { by: by.clone(), at }),
            ConversationEvent::Escalated { due: later } => match &mut conversation.state {
                ConversationState::AwaitingSupport { due, escalations } => {
                    *due = later.clone();
                    *escalations += 1;
                }
                ConversationState::AwaitingAsker { .. } | ConversationState::Ended { .. } => return None,
            },
            ConversationEvent::Ended { how } => {
                conversation.state = ConversationState::Ended { how: *how, at };
            }
        }
        conversation.last_at = at;
        Some(conversation)
    }

    /// Whether this is whoever asks. A stranger is known by what the caller checked: the conversation's key.
    pub fn is_asker(&self, by: &Actor) -> bool {
        match (by, &self.asker) {
            (Actor::Buyer { party }, Some(asker)) => party == asker,
            (Actor::Reporter { account: None }, None) => true,
            _ => false,
        }
    }

    /// The conversation on a desk.
    pub fn of_desk(desk: &DeskFile) -> Option<&Self> {
        match desk {
            DeskFile::Conversation(conversation) => Some(conversation),
            DeskFile::TipOff(_)
            | DeskFile::Admission(_)
            | DeskFile::Outside(_)
            | DeskFile::Day(_)
            | DeskFile::Exception(_)
            | DeskFile::Codes(_)
            | DeskFile::Review(_)
            | DeskFile::Incident(_) => None,
        }
    }
}
