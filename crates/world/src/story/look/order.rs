//! Of an order, and of what the form says before an application.

use super::{amounts, ends, one_of, until};
use crate::story::form::Call;
use crate::story::stage::{ONLOOKER, Seen, Stage, Stop};
use yuanlu_app::views::{ForecastView, When};

fn forecast(stage: &Stage) -> Result<&ForecastView, Stop> {
    stage.forecast.as_ref().ok_or_else(|| Stop::Story("nobody has previewed an application".to_owned()))
}

pub(in crate::story) fn would(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let forecast = forecast(stage)?;
    let all: Vec<&str> = [Some(forecast.would), forecast.code, forecast.refusal].into_iter().flatten().collect();
    Ok(one_of(call, "code", &all))
}

pub(in crate::story) fn would_pay(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, forecast(stage)?.net.as_ref()))
}

pub(in crate::story) fn would_cost(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, forecast(stage)?.fee.as_ref()))
}

pub(in crate::story) fn lacks(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(one_of(call, "code", &forecast(stage)?.missing))
}

pub(in crate::story) fn status(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(Seen::same(call.given("code"), stage.order_view(call)?.status))
}

pub(in crate::story) fn window(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    ends(stage, call, stage.order_view(call)?.window_until.map(|due| due.at.0))
}

pub(in crate::story) fn promised(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    ends(stage, call, stage.order_view(call)?.promised_until.map(|until| until.0))
}

pub(in crate::story) fn refundable(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, Some(&stage.order_view(call)?.refundable)))
}

pub(in crate::story) fn unit(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let number = call.number("unit").unwrap_or_default();
    let order = stage.order_view(call)?;
    let state = order.units.iter().find(|unit| i64::from(unit.no) == number).map_or("no such unit", |unit| unit.state);
    Ok(Seen::same(call.given("code"), state))
}

fn wait(stage: &Stage, call: &Call) -> Result<(Option<When>, String), Stop> {
    let waits = stage.app().waits(&ONLOOKER, &stage.order_id(call)?)?;
    let all: Vec<String> = waits.iter().map(|wait| format!("{} {}", wait.subject, until(wait.due.0))).collect();
    let found = waits.iter().find(|wait| wait.subject == call.given("subject")).map(|wait| wait.due);
    Ok((found, if all.is_empty() { "it waits for nothing".to_owned() } else { all.join(", ") }))
}

pub(in crate::story) fn timer(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let (found, all) = wait(stage, call)?;
    match (found, call.moment("moment")) {
        (Some(due), Some(_)) => ends(stage, call, Some(due.0)),
        (found, _) => Ok(Seen::new(found.is_some(), all)),
    }
}

pub(in crate::story) fn no_timer(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let (found, all) = wait(stage, call)?;
    Ok(Seen::new(found.is_none(), all))
}
