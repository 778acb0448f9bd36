//! Admissions of sellers (开店申请, S27): somebody who is signed in asks to sell; staff decides with a reason; the deposit comes
//! in; the shop opens. Everybody has one admission, and one application in it at a time: what was rejected is mended and sent
//! again, and what was said before stays in its journal.

use crate::actor::Actor;
use crate::calendar::Deadline;
use crate::case::{EvidenceRef, PersonalRef};
use crate::ids::{AccountId, DeskId, SellerId};
use crate::projection::{Subject, Timer};
use crate::time::Instant;
use crate::turn::{OnSilence, Who};
use serde::{Deserialize, Serialize};
use yuanlu_money::Money;

/// Working days in which staff answers.
pub const ANSWER_DAYS: u32 = 5;
/// Working days after which an overdue answer is asked for again.
pub const AGAIN_DAYS: u32 = 1;
/// Working days in which the deposit has to come in.
pub const DEPOSIT_DAYS: u32 = 10;
/// Files that one application may hold.
pub const MOST_FILES: usize = 6;
/// Applications of one person.
pub const MOST_APPLICATIONS: u32 = 20;

/// What an applicant is before the law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalForm {
    /// A natural person.
    Person,
    /// A registered company or sole trader.
    Company,
}

impl LegalForm {
    /// Every form.
    pub const ALL: [Self; 2] = [Self::Person, Self::Company];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Company => "company",
        }
    }

    /// The form with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.code() == code)
    }
}

/// What an applicant says. Everything that names somebody stands in erasable rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Petition {
    /// Person or company.
    pub form: LegalForm,
    /// Name, number and contact, sealed.
    pub identity: PersonalRef,
    /// How the shop is to be called.
    pub shop: PersonalRef,
    /// What is to be sold.
    pub goods: PersonalRef,
    /// Hashes of the agreements that were agreed to.
    pub agreements: Vec<String>,
    /// Proof.
    pub evidence: Vec<EvidenceRef>,
}

/// Where an admission stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdmissionState {
    /// Staff decides; overdue it is reminded.
    AtStaff {
        /// Until when.
        due: Deadline,
        /// How often it was overdue.
        escalations: u32,
    },
    /// It was approved; the deposit opens the shop. Without it the application lapses.
    AwaitingDeposit {
        /// Until when.
        due: Deadline,
        /// How much.
        deposit: Money,
        /// Who approved.
        by: AccountId,
    },
    /// The shop is open.
    Admitted {
        /// Which.
        seller: SellerId,
        /// Since when.
        at: Instant,
    },
    /// It was rejected; it can be mended and sent again.
    Rejected {
        /// Who rejected.
        by: AccountId,
        /// Why.
        words: PersonalRef,
        /// What would change it.
        mend: PersonalRef,
        /// When.
        at: Instant,
    },
    /// The applicant took it back.
    Withdrawn {
        /// When.
        at: Instant,
    },
    /// The deposit did not come.
    Lapsed {
        /// When.
        at: Instant,
    },
}

impl AdmissionState {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AtStaff { .. } => "at_staff",
            Self::AwaitingDeposit { .. } => "awaiting_deposit",
            Self::Admitted { .. } => "admitted",
            Self::Rejected { .. } => "rejected",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Lapsed { .. } => "lapsed",
        }
    }

    /// Somebody has to do something.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::AtStaff { .. } | Self::AwaitingDeposit { .. })
    }

    /// Another application can be sent.
    pub fn can_apply_again(&self) -> bool {
        matches!(self, Self::Rejected { .. } | Self::Withdrawn { .. } | Self::Lapsed { .. })
    }

    /// When it was over.
    pub fn ended_at(&self) -> Option<Instant> {
        match self {
            Self::AtStaff { .. } | Self::AwaitingDeposit { .. } => None,
            Self::Admitted { at, .. } | Self::Rejected { at, .. } | Self::Withdrawn { at } | Self::Lapsed { at } => {
                Some(*at)
            }
        }
    }
}

/// What may be asked of an admission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdmissionAct {
    /// Apply, or apply again once the one before is over.
    Apply {
        /// What is said.
        petition: Petition,
    },
    /// The applicant adds files while staff has it.
    Add {
        /// Files.
        evidence: Vec<EvidenceRef>,
    },
    /// The applicant takes it back.
    Withdraw,
    /// Staff approves. Where no deposit is asked for, the shop opens at once.
    Approve {
        /// The id of the shop to be.
        seller: SellerId,
        /// The deposit that is asked for.
        deposit: Money,
    },
    /// Staff rejects.
    Reject {
        /// Why.
        words: PersonalRef,
        /// What would change it.
        mend: PersonalRef,
    },
    /// Finance records that the deposit came in, which opens the shop.
    RecordDeposit {
        /// The id of the shop to be.
        seller: SellerId,
        /// How much came in.
        amount: Money,
    },
    /// A timer says its instant has come.
    Wake {
        /// Which timer.
        subject: Subject,
    },
}

impl AdmissionAct {
    /// The seller whose account it may open.
    pub fn seller(&self) -> Option<&SellerId> {
        match self {
            Self::Approve { seller, .. } | Self::RecordDeposit { seller, .. } => Some(seller),
            Self::Apply { .. } | Self::Add { .. } | Self::Withdraw | Self::Reject { .. } | Self::Wake { .. } => None,
        }
    }
}

/// What changes an admission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdmissionEvent {
    /// Somebody applied.
    Applied {
        /// Its number.
        desk: DeskId,
        /// What is said.
        petition: Petition,
        /// Until when staff answers.
        due: Deadline,
    },
    /// Files were added.
    Added {
        /// Which.
        evidence: Vec<EvidenceRef>,
    },
    /// The applicant took it back.
    Withdrawn,
    /// It was overdue.
    Escalated {
        /// Until when now.
        due: Deadline,
    },
    /// Staff approved; the deposit is awaited.
    Approved {
        /// How much.
        deposit: Money,
        /// Until when.
        due: Deadline,
    },
    /// The shop opened.
    Admitted {
        /// Which.
        seller: SellerId,
    },
    /// Staff rejected it.
    Rejected {
        /// Why.
        words: PersonalRef,
        /// What would change it.
        mend: PersonalRef,
    },
    /// The deposit did not come.
    Lapsed,
}

/// Somebody's way to a shop of his own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// Its number.
    pub desk: DeskId,
    /// Who applies.
    pub applicant: AccountId,
    /// What he said last.
    pub petition: Petition,
    /// How often he applied.
    pub applications: u32,
    /// When he applied first.
    pub begun_at: Instant,
    /// When he applied last.
    pub applied_at: Instant,
    /// Where it stands.
    pub state: AdmissionState,
    /// Instant of the last event.
    pub last_at: Instant,
}

impl Admission {
    /// The number of a person's admission: there is one.
    pub fn number_of(applicant: &AccountId) -> DeskId {
        DeskId::new(format!("E{applicant}"))
    }

    /// The one thing it waits for.
    pub fn timer(&self) -> Option<Timer> {
        let (who, due, on_silence) = match &self.state {
            AdmissionState::AtStaff { due, .. } => (Who::Admin, due, OnSilence::Escalate),
            AdmissionState::AwaitingDeposit { due, .. } => (Who::Applicant, due, OnSilence::Close),
            _ => return None,
        };
        Some(Timer { subject: Subject::Admission, who, due: due.too_late_from, on_silence })
    }

    /// Applies an event to an admission, or to none for the first `Applied`. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &AdmissionEvent, by: &Actor, at: Instant) -> Option<Self> {
        if let AdmissionEvent::Applied { desk, petition, due } = event {
            let applicant = by.account()?.clone();
            let (applications, begun_at) = match before {
                None => (0, at),
                Some(before) if before.state.can_apply_again() => (before.applications, before.begun_at),
                Some(_) => return None,
            };
            return Some(Self {
                desk: desk.clone(),
                applicant,
                petition: petition.clone(),
                applications: applications + 1,
                begun_at,
                applied_at: at,
                state: AdmissionState::AtStaff { due: due.clone(), escalations: 0 },
                last_at: at,
            });
        }
        let mut admission = before.filter(|before| before.state.is_open())?;
        match (event, &mut admission.state) {
            (AdmissionEvent::Added { evidence }, AdmissionState::AtStaff { .. }) => {
                admission.petition.evidence.extend(evidence.iter().cloned());
            }
            (AdmissionEvent::Escalated { due: later }, AdmissionState::AtStaff { due, escalations }) => {
                *due = later.clone();
                *escalations += 1;
            }
            (AdmissionEvent::Approved { deposit, due }, state @ AdmissionState::AtStaff { .. }) => {
                let by = by.account()?.clone();
                *state = AdmissionState::AwaitingDeposit { due: due.clone(), deposit: *deposit, by };
            }
            (AdmissionEvent::Rejected { words, mend }, state @ AdmissionState::AtStaff { .. }) => {
                let by = by.account()?.clone();
                *state = AdmissionState::Rejected { by, words: words.clone(), mend: mend.clone(), at };
            }
            (AdmissionEvent::Admitted { seller }, state) => {
                *state = AdmissionState::Admitted { seller: seller.clone(), at };
            }
            (AdmissionEvent::Withdrawn, state) => *state = AdmissionState::Withdrawn { at },
            (AdmissionEvent::Lapsed, state @ AdmissionState::AwaitingDeposit { .. }) => {
                *state = AdmissionState::Lapsed { at };
            }
            _ => return None,
        }
        admission.last_at = at;
        Some(admission)
    }
}
