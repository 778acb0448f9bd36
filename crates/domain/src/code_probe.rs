//! Code truth (R25): what issuers and suppliers say when they are asked whether a code was used, and since when.
//!
//! A probe runs beside its case and holds nothing up. Only what an issuer signed becomes a fact; a probe that stays
//! without an answer ends by itself and changes nothing.

use crate::case::PersonalRef;
use crate::ids::{ProductId, StockId};
use crate::order_file::{OrderFile, Unit, UnitState};
use crate::projection::{Subject, Timer};
use crate::time::Instant;
use crate::turn::{OnSilence, Who};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use yuanlu_money::Money;

/// A probe is tried so often.
pub const MOST_ATTEMPTS: u16 = 5;
/// Seconds between its tries.
const RETRY_SECONDS: [i64; 4] = [60, 300, 1800, 7200];
/// An answer that comes later than this after its question is not heard.
pub const ANSWER_SECONDS: i64 = 60;
/// Clocks of issuers may be wrong by so much: a use closer than this to the reveal proves nothing.
pub const CLOCK_SECONDS: i64 = 300;
/// Probes of one file.
pub const MOST_PROBES: usize = 100;

/// What an issuer says of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeWord {
    /// Nobody used it.
    Unused,
    /// It was used.
    Used {
        /// When, by the issuer's clock.
        since: Instant,
    },
    /// The issuer has no such code.
    Unknown,
}

impl ProbeWord {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Used { .. } => "used",
            Self::Unknown => "unknown",
        }
    }
}

/// A signed answer of an issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeAnswer {
    /// What it says.
    pub word: ProbeWord,
    /// What the code is worth there, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<Money>,
    /// The answer and its signature, as they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<PersonalRef>,
}

/// What became of an attempt to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeOutcome {
    /// A believed answer.
    Answered(ProbeAnswer),
    /// None, or none that can be believed.
    Failed {
        /// What was seen.
        code: String,
    },
}

/// Where a probe stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeState {
    /// To be asked.
    Due {
        /// From when.
        at: Instant,
    },
    /// Asked; the attempt is committed.
    Asking {
        /// Which attempt.
        attempt: u16,
        /// Until when its answer is heard.
        until: Instant,
    },
    /// Answered.
    Answered {
        /// When.
        at: Instant,
        /// What.
        answer: ProbeAnswer,
        /// Whether a use was before the buyer saw the code; `None` where nobody can say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before_reveal: Option<bool>,
    },
    /// It ended without an answer.
    Unanswered {
        /// What was seen last.
        code: String,
    },
}

impl ProbeState {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Due { .. } | Self::Asking { .. } => "asking",
            Self::Answered { answer, .. } => answer.word.code(),
            Self::Unanswered { .. } => "unanswered",
        }
    }
}

/// One question about the code of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeProbe {
    /// Ordinal in the file, from 1.
    pub ordinal: u16,
    /// The case it was asked for.
    pub case: u16,
    /// The unit.
    pub unit: u16,
    /// Its code.
    pub stock: StockId,
    /// When it was decided to ask.
    pub asked_at: Instant,
    /// Tries so far.
    pub attempts: u16,
    /// Where it stands.
    pub state: ProbeState,
}

impl CodeProbe {
    /// It still waits for an answer.
    pub fn is_open(&self) -> bool {
        matches!(self.state, ProbeState::Due { .. } | ProbeState::Asking { .. })
    }

    /// When it is next looked at.
    pub fn due(&self) -> Option<Instant> {
        match self.state {
            ProbeState::Due { at } => Some(at),
            ProbeState::Asking { until, .. } => Some(until),
            ProbeState::Answered { .. } | ProbeState::Unanswered { .. } => None,
        }
    }
}

/// What may be asked about probes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeAct {
    /// Whoever judges a case has the issuers asked.
    Ask {
        /// Which case.
        case: u16,
    },
    /// The question is about to be sent.
    Attempt {
        /// Which probe.
        probe: u16,
        /// SHA-256 (hex) of what will be sent.
        digest: String,
    },
    /// What came of it.
    Record {
        /// Which probe.
        probe: u16,
        /// The attempt it answers.
        attempt: u16,
        /// What.
        outcome: ProbeOutcome,
    },
}

/// What happens to probes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeEvent {
    /// The issuer is to be asked about a code.
    Asked {
        /// The ordinal the probe gets in the file.
        probe: u16,
        /// For which case.
        case: u16,
        /// About the code of which unit.
        unit: u16,
    },
    /// The question is about to be sent.
    Attempted {
        /// Which probe.
        probe: u16,
        /// Which attempt.
        attempt: u16,
        /// SHA-256 (hex) of what will be sent.
        digest: String,
        /// Until when its answer is heard.
        until: Instant,
    },
    /// The issuer answered.
    Answered {
        /// Which probe.
        probe: u16,
        /// What.
        answer: ProbeAnswer,
    },
    /// There was no answer that can be believed.
    Failed {
        /// Which probe.
        probe: u16,
        /// What was seen.
        code: String,
        /// When it is tried again; `None`: not any more.
        retry_at: Option<Instant>,
    },
}

impl OrderFile {
    /// A probe by ordinal.
    pub fn probe(&self, ordinal: u16) -> Option<&CodeProbe> {
        self.probes.get(usize::from(ordinal).checked_sub(1)?)
    }

    /// Probes of a case.
    pub fn probes_of(&self, case: u16) -> impl Iterator<Item = &CodeProbe> {
        self.probes.iter().filter(move |probe| probe.case == case)
    }

    /// Applies what happened to a probe; `None` when it does not fit.
    pub(crate) fn apply_probe(&mut self, event: &ProbeEvent, at: Instant) -> Option<()> {
        match event {
            ProbeEvent::Asked { probe, case, unit } => {
                let stock = self.unit(*unit)?.state.stock()?.clone();
                let state = ProbeState::Due { at };
                let (ordinal, case, unit) = (*probe, *case, *unit);
                self.probes.push(CodeProbe { ordinal, case, unit, stock, asked_at: at, attempts: 0, state });
            }
            ProbeEvent::Attempted { probe, attempt, until, .. } => {
                let probe = self.probe_mut(*probe)?;
                probe.attempts = *attempt;
                probe.state = ProbeState::Asking { attempt: *attempt, until: *until };
            }
            ProbeEvent::Answered { probe, answer } => {
                let found = self.probe(*probe)?;
                let before_reveal = match answer.word {
                    ProbeWord::Used { since } => before_reveal(self.unit(found.unit)?, &found.stock, since),
                    ProbeWord::Unused | ProbeWord::Unknown => None,
                };
                self.probe_mut(*probe)?.state = ProbeState::Answered { at, answer: answer.clone(), before_reveal };
            }
            ProbeEvent::Failed { probe, code, retry_at } => {
                let probe = self.probe_mut(*probe)?;
                if matches!(probe.state, ProbeState::Due { .. }) {
                    probe.attempts += 1;
                }
                probe.state = match retry_at {
                    Some(at) => ProbeState::Due { at: *at },
                    None => ProbeState::Unanswered { code: code.clone() },
                };
            }
        }
        Some(())
    }

    fn probe_mut(&mut self, ordinal: u16) -> Option<&mut CodeProbe> {
        self.probes.get_mut(usize::from(ordinal).checked_sub(1)?)
    }
}

/// Whether a use at this instant was before the buyer saw the code; `None` where nobody can say, or the unit has another
/// code by now.
fn before_reveal(unit: &Unit, stock: &StockId, since: Instant) -> Option<bool> {
    match &unit.state {
        UnitState::Sealed { stock: own, .. } if own == stock => Some(true),
        UnitState::Revealed { stock: own, revealed_at, .. } if own == stock => {
            let apart = revealed_at.micros_since(since);
            (apart.abs() >= CLOCK_SECONDS * 1_000_000).then_some(apart > 0)
        }
        UnitState::Redeemed { stock: own, revealed_at, .. } if own == stock => Some(revealed_at.is_none()),
        _ => None,
    }
}

/// Whether the issuer of a unit's code can be asked now: he has one that somebody issued, and no question is open.
pub fn can_be_asked(file: &OrderFile, unit: u16, probed: &BTreeSet<ProductId>) -> bool {
    let Some(found) = file.unit(unit) else { return false };
    found.state.stock().is_some()
        && file.item_of(found).is_some_and(|item| probed.contains(&item.terms.product))
        && !file.probes.iter().any(|probe| probe.unit == unit && probe.is_open())
}

/// When a probe that failed after so many tries is tried again.
pub(crate) fn retry_at(attempts: u16, now: Instant) -> Option<Instant> {
    let wait = RETRY_SECONDS.get(usize::from(attempts).checked_sub(1)?)?;
    Some(now.plus_seconds(*wait))
}

/// Every wait for an issuer.
pub(crate) fn timers(file: &OrderFile) -> impl Iterator<Item = Timer> {
    file.probes.iter().filter_map(|probe| {
        let due = probe.due()?;
        Some(Timer { subject: Subject::Probe(probe.ordinal), who: Who::Program, due, on_silence: OnSilence::Call })
    })
}
