//! Statements about time, channels and the machine.

use super::form::Call;
use super::stage::{Stage, Stop};
use super::value::Moment;
use yuanlu_domain::ids::ChannelId;
use yuanlu_simulator::Behaviour;

/// How a refund can behave at a channel, by the word for it.
pub(super) const BEHAVIOURS: [(&str, Behaviour); 20] = [
    ("at_once", Behaviour::AtOnce),
    ("later", Behaviour::Later),
    ("account_closed", Behaviour::Refused),
    ("timeout_moved", Behaviour::DropMoved),
    ("timeout_lost", Behaviour::DropLost),
    ("error_moved", Behaviour::ErrorMoved),
    ("error_lost", Behaviour::ErrorLost),
    ("short_balance", Behaviour::NeedFunds),
    ("abnormal", Behaviour::Abnormal),
    ("bounces", Behaviour::Bounces),
    ("repeats_callbacks", Behaviour::Duplicates),
    ("disorders_callbacks", Behaviour::OutOfOrder),
    ("forged_callback", Behaviour::Forged),
    ("refused_later", Behaviour::RefusedLater),
    ("busy", Behaviour::Busy),
    ("unsigned", Behaviour::Unsigned),
    ("unknown_status", Behaviour::NewStatus),
    ("late_callback", Behaviour::LateCallback),
    ("stalled", Behaviour::Stalled),
    ("no_callback", Behaviour::NoCallback),
];

pub(super) fn at(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let target = stage.instant(call.moment("moment").unwrap_or(Moment::Due))?;
    stage.advance_to(target)
}

pub(super) fn after(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let target = stage.now().plus_micros(call.span("span").unwrap_or_default());
    stage.advance_to(target)
}

/// The platform's smallest step is a microsecond.
pub(super) fn just(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let moment = call.moment("moment").unwrap_or(Moment::Due);
    let exact = stage.instant(moment)?;
    let step = match (call.given("side"), moment) {
        ("before", Moment::At(_)) => -1,
        // The end of a turn is the last instant in time already.
        ("before", Moment::Due) => 0,
        _ => 1,
    };
    stage.advance_to(exact.plus_micros(step))
}

pub(super) fn jump(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let micros = call.span("span").unwrap_or_default();
    stage.world_mut().jump(if call.given("direction") == "back" { -micros } else { micros });
    Ok(())
}

pub(super) fn confirm_clock(stage: &mut Stage, _: &Call) -> Result<(), Stop> {
    stage.world_mut().confirm_clock();
    Ok(())
}

pub(super) fn restart(stage: &mut Stage, _: &Call) -> Result<(), Stop> {
    stage.restart()
}

pub(super) fn channel(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let id = ChannelId::from(call.given("channel"));
    let now = stage.now().micros();
    let simulated = stage.world().every_simulated().iter().find(|one| *one.id() == id).cloned();
    let simulated = simulated.ok_or_else(|| Stop::Story(format!("there is no channel `{id}`")))?;
    match call.given("what") {
        "down" => stage.world_mut().set_away(&id, true),
        "up" => stage.world_mut().set_away(&id, false),
        "funded" => simulated.lock().top_up(now),
        word => {
            let (_, behaviour) = BEHAVIOURS.into_iter().find(|(code, _)| *code == word).unwrap_or(BEHAVIOURS[0]);
            simulated.lock().script_next(behaviour);
        }
    }
    Ok(())
}

/// Nothing happens: the title was read before the story began.
pub(super) fn nothing(_: &mut Stage, _: &Call) -> Result<(), Stop> {
    Ok(())
}
