use super::error::PolicyError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The kind that stands for every channel without a line of its own.
const OTHER: &str = "other";

/// How many working days a refund takes to arrive by one kind of channel (R15).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrival {
    /// The kind of channel.
    pub kind: String,
    /// Usually not before.
    pub typical_from: u32,
    /// Usually by then: the expected date.
    pub typical_to: u32,
    /// Past this it is traced.
    pub hard: u32,
    /// The channel's name in Chinese.
    pub zh: String,
    /// The channel's name in English.
    pub en: String,
}

pub(super) fn find<'a>(lines: &'a [Arrival], kind: &str) -> &'a Arrival {
    let line = |wanted: &str| lines.iter().find(|line| line.kind == wanted);
    line(kind).or_else(|| line(OTHER)).expect("a checked policy has a line for other channels")
}

pub(super) fn check(lines: &[Arrival]) -> Result<(), PolicyError> {
    const NAME: &str = "arrival";
    let mut kinds = BTreeSet::new();
    for line in lines {
        let fault = |what: &str| Err(PolicyError::row(NAME, &line.kind, what));
        if !kinds.insert(line.kind.as_str()) {
            return fault("the kind is listed twice");
        }
        if !(line.typical_from <= line.typical_to && line.typical_to <= line.hard && line.hard <= 30) {
            return fault("needs typical_from ≤ typical_to ≤ hard ≤ 30 working days");
        }
        if line.zh.trim().is_empty() || line.en.trim().is_empty() {
            return fault("needs a name in both languages");
        }
    }
    for needed in ["balance", OTHER] {
        if !kinds.contains(needed) {
            return Err(PolicyError::table(NAME, format!("needs a line for `{needed}`")));
        }
    }
    Ok(())
}
