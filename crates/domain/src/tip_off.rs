//! Tip-offs (举报, R34): somebody reports a product, a seller or a person of staff, with no order needed. Risk answers within
//! its working days, and whoever reported it is told what came of it.

use crate::actor::Actor;
use crate::calendar::Deadline;
use crate::case::{Claim, EvidenceRef, PersonalRef};
use crate::ids::{AccountId, DeskId, ProductId, SellerId};
use crate::projection::{Subject, Timer};
use crate::time::Instant;
use crate::turn::{OnSilence, Who};
use serde::{Deserialize, Serialize};

/// Files that one tip-off may hold.
pub const MOST_FILES: usize = 12;
/// How often its reporter may add something.
pub const MOST_ADDITIONS: usize = 20;

/// Who or what is reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A product.
    Product {
        /// Which.
        product: ProductId,
        /// Who sells it.
        seller: SellerId,
    },
    /// A seller.
    Seller {
        /// Which.
        seller: SellerId,
    },
    /// A person of staff.
    Staff {
        /// What the reporter calls him: a name, or the number of a case he worked on.
        named: PersonalRef,
        /// Who that may be. None of them sees or judges the tip-off.
        accounts: Vec<AccountId>,
    },
}

impl About {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Product { .. } => "product",
            Self::Seller { .. } => "seller",
            Self::Staff { .. } => "staff",
        }
    }

    /// The seller it is about.
    pub fn seller(&self) -> Option<&SellerId> {
        match self {
            Self::Product { seller, .. } | Self::Seller { seller } => Some(seller),
            Self::Staff { .. } => None,
        }
    }

    /// The people of staff it is about.
    pub fn accused(&self) -> &[AccountId] {
        match self {
            Self::Staff { accounts, .. } => accounts,
            Self::Product { .. } | Self::Seller { .. } => &[],
        }
    }
}

/// What is wrong, as the reporter sees it. A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Concern {
    /// Goods that may not be sold.
    ForbiddenGoods,
    /// Fraud.
    Fraud,
    /// Described as something it is not.
    Misleading,
    /// Luring buyers off the platform.
    OffPlatform,
    /// Somebody misuses his position.
    Misconduct,
    /// Anything else.
    Other,
}

impl Concern {
    /// Every concern.
    pub const ALL: [Self; 6] =
        [Self::ForbiddenGoods, Self::Fraud, Self::Misleading, Self::OffPlatform, Self::Misconduct, Self::Other];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::ForbiddenGoods => "forbidden_goods",
            Self::Fraud => "fraud",
            Self::Misleading => "misleading",
            Self::OffPlatform => "off_platform",
            Self::Misconduct => "misconduct",
            Self::Other => "other",
        }
    }

    /// The concern with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|concern| concern.code() == code)
    }
}

/// What came of a tip-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TipOffOutcome {
    /// It is so, and something is done about it.
    Upheld,
    /// It is not so, or cannot be shown.
    NotUpheld,
    /// Another authority has to deal with it.
    PassedOn,
}

impl TipOffOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Upheld, Self::NotUpheld, Self::PassedOn];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::NotUpheld => "not_upheld",
            Self::PassedOn => "passed_on",
        }
    }

    /// The outcome with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

/// Where a tip-off stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TipOffState {
    /// Risk looks at it; overdue, administrators do too.
    AtRisk {
        /// Until when.
        due: Deadline,
        /// How often it was escalated.
        escalations: u32,
        /// Who works on it.
        claim: Option<Claim>,
    },
    /// Its reporter was asked for more; silent, it goes back to risk.
    AwaitingReporter {
        /// Until when.
        due: Deadline,
    },
    /// It is over.
    Decided {
        /// What came of it.
        outcome: TipOffOutcome,
        /// Who decided; nobody where nobody was left who might.
        by: Option<AccountId>,
        /// In which words.
        words: Option<PersonalRef>,
        /// When.
        at: Instant,
    },
}

impl TipOffState {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AtRisk { .. } => "at_risk",
            Self::AwaitingReporter { .. } => "awaiting_reporter",
            Self::Decided { .. } => "decided",
        }
    }

    /// Not decided yet.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Decided { .. })
    }
}

/// What may be asked of a tip-off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TipOffAct {
    /// Report something.
    File {
        /// Who or what.
        about: About,
        /// What is wrong.
        concern: Concern,
        /// In which words.
        words: PersonalRef,
        /// Files.
        evidence: Vec<EvidenceRef>,
    },
    /// The reporter adds words or files, asked or not.
    Add {
        /// In which words.
        words: Option<PersonalRef>,
        /// Files.
        evidence: Vec<EvidenceRef>,
    },
    /// Staff takes it.
    Claim,
    /// Staff says whom the reporter means; from then on that person neither sees nor judges it.
    Name {
        /// Whom.
        account: AccountId,
    },
    /// Staff asks the reporter for more, once.
    AskMore {
        /// What for.
        words: PersonalRef,
    },
    /// Staff decides.
    Decide {
        /// What comes of it.
        outcome: TipOffOutcome,
        /// In words to the reporter.
        words: PersonalRef,
    },
    /// A timer says its instant has come.
    Wake {
        /// Which timer.
        subject: Subject,
    },
}

/// What changes a tip-off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TipOffEvent {
    /// It was made.
    Filed {
        /// Its number.
        desk: DeskId,
        /// Who or what it is about.
        about: About,
        /// What is wrong.
        concern: Concern,
        /// In which words.
        words: PersonalRef,
        /// Files.
        evidence: Vec<EvidenceRef>,
        /// Until when risk answers.
        due: Deadline,
    },
    /// Its reporter added something.
    Added {
        /// In which words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
        /// Files.
        evidence: Vec<EvidenceRef>,
    },
    /// It is risk's turn again.
    Resumed {
        /// Until when.
        due: Deadline,
    },
    /// Somebody took it.
    Claimed {
        /// Who.
        by: AccountId,
    },
    /// It became known who is meant.
    Named {
        /// Who.
        account: AccountId,
    },
    /// Its reporter was asked for more.
    MoreAsked {
        /// What for.
        words: PersonalRef,
        /// Until when.
        due: Deadline,
    },
    /// It was overdue, and administrators have it too.
    Escalated {
        /// Until when now.
        due: Deadline,
    },
    /// It is over.
    Decided {
        /// What came of it.
        outcome: TipOffOutcome,
        /// In which words to the reporter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<PersonalRef>,
    },
}

/// A tip-off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TipOff {
    /// Its number, which is also the receipt.
    pub desk: DeskId,
    /// Who reported it; nobody known where it was a stranger.
    pub reporter: Option<AccountId>,
    /// Who or what it is about.
    pub about: About,
    /// What is wrong.
    pub concern: Concern,
    /// In which words.
    pub words: PersonalRef,
    /// What the reporter added, in order.
    pub added: Vec<PersonalRef>,
    /// Files, the first first.
    pub evidence: Vec<EvidenceRef>,
    /// How often something was added.
    pub additions: u32,
    /// What the reporter was asked for.
    pub asked: Option<PersonalRef>,
    /// When it was made.
    pub filed_at: Instant,
    /// Where it stands.
    pub state: TipOffState,
    /// Instant of the last event.
    pub last_at: Instant,
}

impl TipOff {
    /// The one thing it waits for.
    pub fn timer(&self) -> Option<Timer> {
        let (who, due, on_silence) = match &self.state {
            TipOffState::AtRisk { due, escalations: 0, .. } => (Who::Risk, due, OnSilence::Escalate),
            TipOffState::AtRisk { due, .. } => (Who::Admin, due, OnSilence::Escalate),
            TipOffState::AwaitingReporter { due } => (Who::Reporter, due, OnSilence::Resume),
            TipOffState::Decided { .. } => return None,
        };
        Some(Timer { subject: Subject::TipOff, who, due: due.too_late_from, on_silence })
    }

    /// Whether somebody must not judge it, for it is about him or he made it.
    pub fn is_party(&self, account: &AccountId) -> bool {
        self.reporter.as_ref() == Some(account) || self.about.accused().contains(account)
    }

    /// Applies an event to a tip-off, or to none for `Filed`. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &TipOffEvent, by: &Actor, at: Instant) -> Option<Self> {
        let mut tip_off = match (before, event) {
            (None, TipOffEvent::Filed { desk, about, concern, words, evidence, due }) => {
                return Some(Self {
                    desk: desk.clone(),
                    reporter: by.account().cloned(),
                    about: about.clone(),
                    concern: *concern,
                    words: words.clone(),
                    added: Vec::new(),
                    evidence: evidence.clone(),
                    additions: 0,
                    asked: None,
                    filed_at: at,
                    state: TipOffState::AtRisk { due: due.clone(), escalations: 0, claim: None },
                    last_at: at,
                });
            }
            (Some(tip_off), _) if tip_off.state.is_open() => tip_off,
            _ => return None,
        };
        match (event, &mut tip_off.state) {
            (TipOffEvent::Added { words, evidence }, _) => {
                tip_off.additions += 1;
                tip_off.added.extend(words.clone());
                tip_off.evidence.extend(evidence.iter().cloned());
            }
            (TipOffEvent::Resumed { due }, state @ TipOffState::AwaitingReporter { .. }) => {
                *state = TipOffState::AtRisk { due: due.clone(), escalations: 0, claim: None };
            }
            (TipOffEvent::Claimed { by }, TipOffState::AtRisk { claim, .. }) => {
                *claim = Some(Claim { by: by.clone(), at });
            }
            (TipOffEvent::Named { account }, TipOffState::AtRisk { claim, .. }) => {
                let About::Staff { accounts, .. } = &mut tip_off.about else { return None };
                accounts.push(account.clone());
                claim.take_if(|claim| claim.by == *account);
            }
            (TipOffEvent::MoreAsked { words, due }, state @ TipOffState::AtRisk { .. }) => {
                *state = TipOffState::AwaitingReporter { due: due.clone() };
                tip_off.asked = Some(words.clone());
            }
            (TipOffEvent::Escalated { due: later }, TipOffState::AtRisk { due, escalations, .. }) => {
                *due = later.clone();
                *escalations += 1;
            }
            (TipOffEvent::Decided { outcome, words }, state @ TipOffState::AtRisk { .. }) => {
                *state =
                    TipOffState::Decided { outcome: *outcome, by: by.account().cloned(), words: words.clone(), at };
            }
            _ => return None,
        }
        tip_off.last_at = at;
        Some(tip_off)
    }
}
