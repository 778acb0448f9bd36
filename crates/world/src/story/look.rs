//! Expectations: what is said, and what really is.

mod case;
mod hearing;
mod order;
mod platform;

pub(super) use case::*;
pub(super) use hearing::*;
pub(super) use order::*;
pub(super) use platform::*;

use super::form::Call;
use super::stage::{Seen, Stage, Stop};
use super::value::Moment;
use yuanlu_app::views::MoneyView;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

/// A deadline as people say it: the end of a day is its 24:00, the last moment of an hour's term that moment.
pub(super) fn until(last: Instant) -> String {
    let next = last.plus_micros(1);
    if next.micros().rem_euclid(1_000_000) != 0 {
        last.to_string()
    } else if Instant::start_of(next.date()) == next {
        format!("{} 24:00", last.date_text())
    } else {
        next.to_string()
    }
}

/// Whether `last`, the last instant in time, is the deadline that was said, to the second.
pub(super) fn ends(stage: &Stage, call: &Call, last: Option<Instant>) -> Result<Seen, Stop> {
    let said = stage.instant(call.moment("moment").unwrap_or(Moment::Due))?;
    Ok(match last {
        Some(last) => Seen::new(last == said || last.plus_micros(1) == said, until(last)),
        None => Seen::new(false, "nothing ends"),
    })
}

pub(super) fn amounts(call: &Call, really: Option<&MoneyView>) -> Seen {
    let said = call.money("amount");
    match really {
        Some(really) => Seen::new(said.is_some_and(|said| same(said, really)), really.text.clone()),
        None => Seen::new(false, "nothing was decided"),
    }
}

pub(super) fn same(said: Money, really: &MoneyView) -> bool {
    (said.minor(), said.currency().code()) == (really.minor, really.currency)
}

pub(super) fn yes_or_no(call: &Call, really: bool) -> Seen {
    Seen::same(call.given("answer"), if really { "yes" } else { "no" })
}

pub(super) fn one_of(call: &Call, slot: &str, really: &[impl AsRef<str>]) -> Seen {
    let said = call.given(slot);
    let shown: Vec<&str> = really.iter().map(AsRef::as_ref).collect();
    let text = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") };
    Seen::new(shown.contains(&said), text)
}
