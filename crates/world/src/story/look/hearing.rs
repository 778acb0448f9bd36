//! Of talking, offers, appeals, complaints, objections and panels.

use super::{amounts, ends, one_of, yes_or_no};
use crate::story::form::Call;
use crate::story::hearings::every_offer;
use crate::story::stage::{ONLOOKER, Seen, Stage, Stop};
use yuanlu_app::views::MarkView;

pub(in crate::story) fn offer(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let last = every_offer(stage, call)?.last().map_or("none", |offer| offer.state);
    Ok(Seen::same(call.given("code"), last))
}

pub(in crate::story) fn mark(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let thread = stage.app().thread(&ONLOOKER, &stage.order_id(call)?)?;
    let marks: Vec<_> = thread.messages.into_iter().flat_map(|message| message.marks).collect();
    let end = call.moment("until").map(|moment| stage.instant(moment)).transpose()?;
    let fits = |mark: &MarkView| end.is_none_or(|end| mark.until.is_some_and(|until| until.0 == end));
    let holds = marks.iter().any(|mark| mark.kind == call.given("code") && fits(mark));
    let each = marks.iter().map(|mark| match mark.until {
        Some(until) => format!("{} until {}", mark.kind, until.0),
        None => mark.kind.clone(),
    });
    let shown = each.collect::<Vec<_>>().join(", ");
    Ok(Seen::new(holds, if shown.is_empty() { "nothing".to_owned() } else { shown }))
}

pub(in crate::story) fn unread(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let who = stage.person(call.given("person"))?;
    let thread = stage.app().thread(who, &stage.order_id(call)?)?;
    let of_others = thread.messages.iter().filter(|message| !message.own && !message.read).count();
    Ok(Seen::same(&call.number("count").unwrap_or_default().to_string(), &of_others.to_string()))
}

pub(in crate::story) fn panel(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let case = stage.case_view(call)?;
    let phase = match (&case.panel, case.summary.state) {
        (None, _) => "none",
        (Some(panel), "before_panel") => panel.votes_until.as_ref().map_or("evidence", |_| "votes"),
        (Some(_), _) => "ruled",
    };
    Ok(Seen::same(call.given("code"), phase))
}

pub(in crate::story) fn votes_cast(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let cast = stage.case_view(call)?.panel.map_or(0, |panel| panel.cast).to_string();
    Ok(Seen::same(&call.number("count").unwrap_or_default().to_string(), &cast))
}

pub(in crate::story) fn votes_until(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let panel = stage.case_view(call)?.panel;
    ends(stage, call, panel.map(|panel| panel.votes_until.unwrap_or(panel.evidence_until).at.0))
}

pub(in crate::story) fn remedy(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let first = stage.case_view(call)?.remedies.into_iter().next();
    let codes: Vec<&str> = first.iter().flat_map(|remedy| [Some(remedy.hearing), remedy.result]).flatten().collect();
    Ok(one_of(call, "code", &codes))
}

pub(in crate::story) fn granted(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, stage.case_view(call)?.remedies.first().and_then(|remedy| remedy.granted.as_ref())))
}

pub(in crate::story) fn beyond_loss(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, stage.case_view(call)?.remedies.first().and_then(|remedy| remedy.beyond_loss.as_ref())))
}

pub(in crate::story) fn proposal(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let proposal = stage.case_view(call)?.proposal;
    Ok(Seen::same(call.given("code"), proposal.map_or("none", |proposal| proposal.verdict)))
}

pub(in crate::story) fn unmanned(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(yes_or_no(call, stage.case_view(call)?.unmanned))
}
