//! What the platform counts and publishes about how refunds go (S25): which event counts as what, on which day, and how
//! counts become figures. Nothing here ever looks at more than one file: counts are added with the commit they follow from.

use crate::case::{Case, CaseState, DecidedBy, Decision};
use crate::event::OrderEvent;
use crate::hearing::Hearing;
use crate::order_file::OrderFile;
use crate::remedy::RemedyResult;
use crate::time::Instant;
use std::collections::BTreeMap;

/// Fewer than so many, and no share is published: it would say more about a person than about the platform.
pub const LEAST: i64 = 20;

/// Upper ends of the steps in which lengths of time are counted, in minutes; the last step has none.
const STEPS: [i64; 22] = [
    1, 5, 15, 30, 60, 120, 240, 480, 720, 1_080, 1_440, 2_160, 2_880, 4_320, 5_760, 7_200, 10_080, 14_400, 20_160,
    28_800, 43_200, 86_400,
];

/// Counts of everything, or of one seller, by name.
pub type Counts = BTreeMap<String, i64>;

/// A length of time that is published as a median.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// From application to the first decision.
    Decision,
    /// From application to the arrival of the last of the money.
    Arrival,
    /// From the question to the seller to his answer.
    Answer,
}

impl Span {
    fn prefix(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Arrival => "arrival",
            Self::Answer => "answer",
        }
    }

    fn name(self, minutes: i64) -> String {
        let step = STEPS.iter().position(|end| minutes < *end).unwrap_or(STEPS.len());
        format!("{}:{step:02}", self.prefix())
    }
}

/// The number of a Shanghai day, `20261122`: what counts are kept under.
pub fn day_number(at: Instant) -> i64 {
    let date = at.date();
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}

/// What stands changes by: orders, cases, those open, those completed. `before` is the file without what happened.
pub fn totals(before: Option<&OrderFile>, after: &OrderFile) -> [(&'static str, i64); 4] {
    let count = |file: Option<&OrderFile>, fits: &dyn Fn(&CaseState) -> bool| {
        let fitting = file.map_or(0, |file| file.cases.iter().filter(|case| fits(&case.state)).count());
        i64::try_from(fitting).unwrap_or(i64::MAX)
    };
    let change = |fits: &dyn Fn(&CaseState) -> bool| count(Some(after), fits) - count(before, fits);
    [
        ("orders", i64::from(before.is_none())),
        ("cases", change(&|_| true)),
        ("open_cases", change(&CaseState::is_open)),
        ("completed_cases", change(&|state| matches!(state, CaseState::Completed { .. }))),
    ]
}

/// What the events of one command on one file count as. `before` is the file without them; `answer_hours` is how long its
/// seller has to answer.
pub fn counted(
    before: Option<&OrderFile>,
    after: &OrderFile,
    events: &[&OrderEvent],
    answer_hours: u32,
    now: Instant,
) -> Vec<String> {
    let mut names = Vec::new();
    for event in events {
        count(before, after, event, answer_hours, now, &mut names);
    }
    if before.is_none_or(|file| file.status.paid_at().is_none()) && after.status.paid_at().is_some() {
        names.push("orders_paid".to_owned());
    }
    names
}

fn count(
    before: Option<&OrderFile>,
    after: &OrderFile,
    event: &OrderEvent,
    answer_hours: u32,
    now: Instant,
    names: &mut Vec<String>,
) {
    let mut add = |name: &str| names.push(name.to_owned());
    match event {
        OrderEvent::CaseOpened { .. } => add("cases_opened"),
        OrderEvent::SellerContested { case } => {
            add("seller_answered");
            names.extend(answered_after(before, *case, answer_hours, now));
        }
        OrderEvent::OfferMade { case: Some(case), .. } if was_asked(before, *case).is_some() => {
            add("seller_answered");
            names.extend(answered_after(before, *case, answer_hours, now));
        }
        OrderEvent::ReviewEscalated { case, .. } => {
            let first = after.case(*case).and_then(Case::sitting).is_some_and(|sitting| sitting.escalations == 1);
            if first && before.and_then(|file| file.case(*case)).is_none_or(|case| case.decisions.is_empty()) {
                add("cases_overdue");
            }
        }
        OrderEvent::CaseApproved { case, decision, .. } => {
            match decision.by {
                DecidedBy::SellerSilence => add("seller_silent"),
                DecidedBy::Seller => {
                    add("seller_answered");
                    names.extend(answered_after(before, *case, answer_hours, now));
                }
                DecidedBy::SellerRule => {
                    add("seller_answered");
                    add(&Span::Answer.name(0));
                }
                _ => {}
            }
            count_decision(before, after, *case, decision, now, names);
        }
        OrderEvent::CaseRejected { case, decision, .. } => {
            count_decision(before, after, *case, decision, now, names);
        }
        OrderEvent::CaseCompleted { case } => {
            if let Some(found) = after.case(*case) {
                add("cases_arrived");
                add(&Span::Arrival.name(minutes(found.applied_at, now)));
            }
        }
        OrderEvent::RemedyClosed { case, ruling } => {
            let of_buyer = after
                .case(*case)
                .and_then(|case| case.remedies.last())
                .is_some_and(|remedy| remedy.ground.hearing() != Hearing::Objection);
            match ruling.result {
                RemedyResult::Upheld if of_buyer => add("remedies_upheld"),
                RemedyResult::Dismissed if of_buyer => add("remedies_dismissed"),
                _ => {}
            }
        }
        _ => {}
    }
}

/// The first decision of a case; later ones correct it and count as remedies.
fn count_decision(
    before: Option<&OrderFile>,
    after: &OrderFile,
    case: u16,
    decision: &Decision,
    now: Instant,
    names: &mut Vec<String>,
) {
    let earlier = |file: &OrderFile| file.cases.iter().map(|case| case.decisions.len()).sum::<usize>();
    let decided = before.and_then(|file| file.case(case)).is_some_and(|case| !case.decisions.is_empty());
    let Some(found) = after.case(case).filter(|_| !decided) else { return };
    let mut add = |name: &str| names.push(name.to_owned());
    add("cases_decided");
    add(&Span::Decision.name(minutes(found.applied_at, now)));
    if decision.by == DecidedBy::Automatic {
        add("decided_automatically");
    }
    let approved = decision.approved_minor() > 0;
    let refunded = |file: &OrderFile| earlier(file) > 0 && file.units.iter().any(|unit| unit.refunded_minor > 0);
    if approved && !before.is_some_and(refunded) {
        add("orders_refunded");
    }
    // What a seller refused and people decided; whoever made an offer did not refuse.
    let people = matches!(decision.by, DecidedBy::Staff | DecidedBy::Panel);
    if people && found.seller_heard && !after.offers.iter().any(|offer| offer.case == Some(case)) {
        add("refusals_judged");
        if approved && decision.refused_minor == 0 {
            add("refusals_overturned");
        }
    }
}

fn was_asked(before: Option<&OrderFile>, case: u16) -> Option<Instant> {
    match &before?.case(case)?.state {
        CaseState::AwaitingSeller { due } => Some(due.too_late_from),
        _ => None,
    }
}

fn answered_after(before: Option<&OrderFile>, case: u16, answer_hours: u32, now: Instant) -> Option<String> {
    let asked_at = was_asked(before, case)?.plus_hours(-i64::from(answer_hours));
    Some(Span::Answer.name(minutes(asked_at, now)))
}

fn minutes(from: Instant, to: Instant) -> i64 {
    to.micros_since(from).max(0) / 60_000_000
}

/// A share that is published, or the fact that there is too little to publish one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub part: i64,
    /// Of how many.
    pub whole: i64,
}

impl Share {
    /// In basis points; `None` where there are too few.
    pub fn basis_points(self) -> Option<i64> {
        (self.whole >= LEAST).then(|| (self.part.clamp(0, self.whole) * 10_000 + self.whole / 2) / self.whole)
    }
}

fn of(counts: &Counts, name: &str) -> i64 {
    counts.get(name).copied().unwrap_or(0)
}

/// The share of paid orders of which something was refunded.
pub fn refund_rate(counts: &Counts) -> Share {
    Share { part: of(counts, "orders_refunded"), whole: of(counts, "orders_paid") }
}

/// The share of decided cases that the program decided.
pub fn automatic_share(counts: &Counts) -> Share {
    Share { part: of(counts, "decided_automatically"), whole: of(counts, "cases_decided") }
}

/// The share of decided cases whose review was overdue.
pub fn overdue_share(counts: &Counts) -> Share {
    Share { part: of(counts, "cases_overdue"), whole: of(counts, "cases_decided") }
}

/// The share of judged appeals and complaints of buyers that turned the decision.
pub fn overturned_share(counts: &Counts) -> Share {
    let upheld = of(counts, "remedies_upheld");
    Share { part: upheld, whole: upheld + of(counts, "remedies_dismissed") }
}

/// The share of questions to the seller that he left without an answer.
pub fn silent_share(counts: &Counts) -> Share {
    let silent = of(counts, "seller_silent");
    Share { part: silent, whole: silent + of(counts, "seller_answered") }
}

/// The share of a seller's refusals that people judged and turned.
pub fn overturned_refusals(counts: &Counts) -> Share {
    Share { part: of(counts, "refusals_overturned"), whole: of(counts, "refusals_judged") }
}

/// How many lengths of time were counted.
pub fn spans(counts: &Counts, span: Span) -> i64 {
    steps(counts, span).iter().sum()
}

fn steps(counts: &Counts, span: Span) -> [i64; STEPS.len() + 1] {
    std::array::from_fn(|step| of(counts, &format!("{}:{step:02}", span.prefix())))
}

/// The median in minutes, as exact as the steps are; `None` where there are too few.
pub fn median_minutes(counts: &Counts, span: Span) -> Option<i64> {
    let steps = steps(counts, span);
    let all: i64 = steps.iter().sum();
    if all < LEAST {
        return None;
    }
    let (half, mut below) = ((all + 1) / 2, 0);
    for (step, n) in steps.into_iter().enumerate() {
        if n > 0 && below + n >= half {
            let from = step.checked_sub(1).and_then(|step| STEPS.get(step)).copied().unwrap_or(0);
            let to = STEPS.get(step).copied().unwrap_or(from);
            return Some(from + (to - from) * (half - below) / n);
        }
        below += n;
    }
    None
}

/// How many of 10 000 a seller loses by what he does; the less the better. `None` where too little is known of him: then he
/// has no place, which says nothing against him.
///
/// Silence counts three times, a turned refusal twice, refunds once, and a slow answer one point for every minute above an
/// hour up to a day; what is not known of a seller with enough orders counts as nothing done wrong.
pub fn rank_points(counts: &Counts) -> Option<i64> {
    let refunds = refund_rate(counts).basis_points()?;
    let silence = silent_share(counts).basis_points().unwrap_or(0);
    let turned = overturned_refusals(counts).basis_points().unwrap_or(0);
    let slow = median_minutes(counts, Span::Answer).map_or(0, |minutes| (minutes - 60).clamp(0, 1_380));
    Some(refunds + 3 * silence + 2 * turned + slow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(of: &[(&str, i64)]) -> Counts {
        of.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect()
    }

    #[test]
    fn few_say_nothing_and_many_say_their_share() {
        let few = counts(&[("orders_paid", 19), ("orders_refunded", 19)]);
        assert_eq!(refund_rate(&few).basis_points(), None);
        assert_eq!(rank_points(&few), None);
        let enough = counts(&[("orders_paid", 20), ("orders_refunded", 3)]);
        assert_eq!(refund_rate(&enough).basis_points(), Some(1_500));
        assert_eq!(rank_points(&enough), Some(1_500));
        // Refunds of orders paid before the period never make more than all of them.
        let old = counts(&[("orders_paid", 20), ("orders_refunded", 30)]);
        assert_eq!(refund_rate(&old).basis_points(), Some(10_000));
    }

    #[test]
    fn silence_weighs_more_than_refunds() {
        let base = [("orders_paid", 100), ("orders_refunded", 10)];
        let silent = counts(&[base[0], base[1], ("seller_silent", 10), ("seller_answered", 10)]);
        let slow = counts(&[base[0], base[1], ("seller_answered", 20), (Span::Answer.name(600).as_str(), 20)]);
        let good = counts(&[base[0], base[1], ("seller_answered", 20), (Span::Answer.name(20).as_str(), 20)]);
        let points = [good, slow, silent].map(|one| rank_points(&one).expect("enough"));
        assert!(points.is_sorted() && points[0] < points[2], "{points:?}");
        assert_eq!(points[0], 1_000);
        assert_eq!(points[2], 1_000 + 15_000);
    }

    proptest! {
        /// However lengths of time fall, the published median is in the step in which the true one is.
        #[test]
        fn a_median_is_in_the_step_of_the_true_one(mut lengths in proptest::collection::vec(0i64..90_000, 20..200)) {
            let mut counted = Counts::new();
            for length in &lengths {
                *counted.entry(Span::Decision.name(*length)).or_default() += 1;
            }
            lengths.sort_unstable();
            let true_one = lengths[lengths.len().div_ceil(2) - 1];
            let found = median_minutes(&counted, Span::Decision).expect("enough");
            let step = |minutes: i64| STEPS.iter().position(|end| minutes < *end).unwrap_or(STEPS.len());
            let (true_step, found_step) = (step(true_one), step(found));
            prop_assert!(found_step == true_step || found == STEPS[true_step.min(STEPS.len() - 1)], "{true_one} {found}");
            prop_assert_eq!(spans(&counted, Span::Decision), lengths.len() as i64);
        }
    }
}
