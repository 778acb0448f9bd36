//! Mass incidents.

use super::form::Call;
use super::stage::{Seen, Stage, Stop};
use yuanlu_app::inputs::{IncidentInput, SelectionInput};
use yuanlu_app::{App, Principal};
use yuanlu_domain::ids::DeskId;

pub(super) fn proposes(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let product = stage.goods(call.given("product"))?.id.to_string();
    let input = IncidentInput {
        selection: SelectionInput {
            product: Some(product),
            channel: call.word("channel").map(str::to_owned),
            used: call.flag("used"),
            ..SelectionInput::default()
        },
        reason: call.given("reason").to_owned(),
        bearer: call.word("bearer").unwrap_or("seller").to_owned(),
        words: "What happened to many orders at once.".to_owned(),
        rate: call.number("rate").and_then(|rate| u32::try_from(rate).ok()).unwrap_or(0),
    };
    let proposed = stage.app().propose_incident(&stage.actor(call)?, &input, None)?;
    stage.incident = Some(DeskId::from(proposed.incident.as_str()));
    Ok(())
}

pub(super) fn agrees(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    act(stage, call, |app, who, desk| app.approve_incident(who, desk).map(drop))
}

pub(super) fn pauses(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    act(stage, call, |app, who, desk| app.pause_incident(who, desk).map(drop))
}

pub(super) fn resumes(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    act(stage, call, |app, who, desk| app.resume_incident(who, desk).map(drop))
}

pub(super) fn gives_up(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    act(stage, call, |app, who, desk| app.cancel_incident(who, desk).map(drop))
}

fn act(
    stage: &Stage,
    call: &Call,
    work: impl FnOnce(&App, &Principal, &DeskId) -> yuanlu_app::Result<()>,
) -> Result<(), Stop> {
    let desk = last(stage)?;
    Ok(work(stage.app(), &stage.actor(call)?, desk)?)
}

fn last(stage: &Stage) -> Result<&DeskId, Stop> {
    stage.incident.as_ref().ok_or_else(|| Stop::Story("there is no incident".to_owned()))
}

/// Where the last incident stands.
pub(super) fn look(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let view = stage.app().incident(stage.admin()?, last(stage)?)?;
    let progress = &view.progress;
    let all = [
        ("refunded", progress.done),
        ("skipped", progress.skipped),
        ("failed", progress.failed),
        ("left", progress.left),
    ];
    let holds = all.iter().all(|(name, really)| call.number(name).is_none_or(|said| said == i64::from(*really)));
    let counts = all.iter().map(|(name, really)| format!("{name} {really}")).collect::<Vec<_>>().join(", ");
    Ok(Seen::new(holds && call.given("state") == view.state, format!("{}, {counts}", view.state)))
}
