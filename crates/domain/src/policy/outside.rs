//! The clocks of outside complaints: what each agency allows, as data.

use super::error::PolicyError;
use crate::calendar::{Calendar, Deadline};
use crate::outside_complaint::Agency;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

const NAME: &str = "outside";

/// The clocks that hold where a policy names none.
static BUILTIN: LazyLock<Vec<OutsideClock>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/outside-default.json"))
        .expect("the clocks inside the program are valid")
});

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Hours, through rest days (R2).
    Hours(u32),
    /// Working days (R3).
    WorkingDays(u32),
}

impl Span {
    /// Its end, counted from `start`.
    pub fn after(self, start: Instant, calendar: &Calendar) -> Deadline {
        match self {
            Self::Hours(hours) => calendar.hours_after(start, hours),
            Self::WorkingDays(days) => calendar.working_days_after(start, days),
        }
    }

    fn is_sane(self) -> bool {
        match self {
            Self::Hours(hours) => (1..=24 * 60).contains(&hours),
            Self::WorkingDays(days) => (1..=60).contains(&days),
        }
    }
}

/// What one agency allows. What it says itself about one complaint goes before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideClock {
    /// Which agency.
    pub agency: Agency,
    /// It publishes: until the first answer everybody sees an unanswered complaint.
    #[serde(default)]
    pub public: bool,
    /// To the first answer.
    pub reply: Span,
    /// To the end of what is ours to do; without it, everything is done with the answer.
    #[serde(default)]
    pub finish: Option<Span>,
    /// In which the agency says whether it takes the complaint on.
    #[serde(default)]
    pub acceptance: Option<Span>,
    /// Natural days of its mediation, from the day it took it on. A last day that is a rest day is planned for, not
    /// waited out.
    #[serde(default)]
    pub mediation_days: Option<u32>,
}

pub(super) fn builtin() -> Vec<OutsideClock> {
    BUILTIN.clone()
}

pub(super) fn find(lines: &[OutsideClock], agency: Agency) -> &OutsideClock {
    let line = |lines: &'_ [OutsideClock]| lines.iter().position(|line| line.agency == agency);
    match line(lines) {
        Some(index) => &lines[index],
        None => &BUILTIN[line(&BUILTIN).expect("every agency has a clock inside the program")],
    }
}

pub(super) fn check(lines: &[OutsideClock]) -> Result<(), PolicyError> {
    for (index, line) in lines.iter().enumerate() {
        let fault = |what: &str| Err(PolicyError::row(NAME, line.agency.code(), what));
        if lines[..index].iter().any(|other| other.agency == line.agency) {
            return fault("the agency is listed twice");
        }
        let spans = [Some(line.reply), line.finish, line.acceptance];
        if !spans.into_iter().flatten().all(Span::is_sane) {
            return fault("needs spans of 1 to 1440 hours or 1 to 60 working days");
        }
        if line.mediation_days.is_some_and(|days| !(1..=365).contains(&days)) {
            return fault("needs 1 to 365 days of mediation");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_agency_has_a_clock() {
        check(&BUILTIN).unwrap();
        for agency in Agency::ALL {
            assert_eq!(find(&[], *agency).agency, *agency);
        }
        let strict = OutsideClock { reply: Span::Hours(4), ..find(&[], Agency::Blackcat).clone() };
        assert_eq!(find(std::slice::from_ref(&strict), Agency::Blackcat).reply, Span::Hours(4));
        let twice = [strict.clone(), strict.clone()];
        assert!(check(&twice).is_err());
        assert!(check(&[OutsideClock { reply: Span::Hours(0), ..strict }]).is_err());
    }
}
