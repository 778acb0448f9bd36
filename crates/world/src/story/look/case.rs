//! Of a case: where it stands, whose turn it is, its money and its reasons.

use super::{amounts, ends, one_of, yes_or_no};
use crate::story::form::Call;
use crate::story::stage::{ONLOOKER, Seen, Stage, Stop};
use yuanlu_app::inputs::Page;
use yuanlu_app::views::{CaseView, PayoutView};
use yuanlu_money::Money;

pub(in crate::story) fn state(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(Seen::same(call.given("code"), stage.case_view(call)?.summary.state))
}

pub(in crate::story) fn outcome(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(Seen::same(call.given("code"), outcome_of(&stage.case_view(call)?)))
}

/// The outcome codes of the rules, for states that have none of their own.
fn outcome_of(case: &CaseView) -> &'static str {
    match (case.summary.state, case.point) {
        (_, "overdue_tracing") => "OVERDUE_TRACING",
        ("refunding" | "completed", _) => "APPROVED",
        ("awaiting_route", _) => "AWAITING_BUYER_ACCOUNT",
        ("replaced", _) => "CLOSED_REPLACED",
        ("withdrawn", _) => "WITHDRAWN",
        _ => case.summary.outcome_code.unwrap_or("UNDECIDED"),
    }
}

pub(in crate::story) fn turn(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let case = stage.case_view(call)?;
    Ok(Seen::same(call.given("who"), case.turn.as_ref().map_or("nobody", |turn| turn.who)))
}

pub(in crate::story) fn due(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let case = stage.case_view(call)?;
    ends(stage, call, case.turn.and_then(|turn| turn.due).map(|due| due.at.0))
}

pub(in crate::story) fn silence(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let case = stage.case_view(call)?;
    Ok(Seen::same(call.given("code"), case.turn.and_then(|turn| turn.on_silence).unwrap_or_default()))
}

pub(in crate::story) fn point(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(Seen::same(call.given("code"), stage.case_view(call)?.point))
}

pub(in crate::story) fn overdue(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(yes_or_no(call, stage.case_view(call)?.turn.is_some_and(|turn| turn.overdue)))
}

pub(in crate::story) fn provisional(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let due = stage.case_view(call)?.turn.and_then(|turn| turn.due);
    Ok(yes_or_no(call, due.is_some_and(|due| due.provisional)))
}

pub(in crate::story) fn claimed(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, Some(&stage.case_view(call)?.summary.claimed)))
}

pub(in crate::story) fn approved(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, stage.case_view(call)?.breakdown.as_ref().map(|sums| &sums.net)))
}

pub(in crate::story) fn gross(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, stage.case_view(call)?.breakdown.as_ref().map(|sums| &sums.gross)))
}

pub(in crate::story) fn fee(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, stage.case_view(call)?.breakdown.as_ref().map(|sums| &sums.fee)))
}

pub(in crate::story) fn refused(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, stage.case_view(call)?.breakdown.as_ref().map(|sums| &sums.refused)))
}

pub(in crate::story) fn arrived(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, Some(&stage.case_view(call)?.summary.credited)))
}

/// Payouts that were not given up for others.
fn destinations(case: CaseView) -> Vec<PayoutView> {
    let all = case.breakdown.map(|sums| sums.destinations).unwrap_or_default();
    all.into_iter().filter(|payout| payout.state != "rerouted").collect()
}

pub(in crate::story) fn to(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let payouts = destinations(stage.case_view(call)?);
    let said = call.money("amount").map_or(0, Money::minor);
    let sum: i64 = payouts.iter().filter(|payout| payout.to == call.given("destination")).map(|p| p.amount.minor).sum();
    let each = payouts.iter().map(|payout| format!("{} {}", payout.to, payout.amount.text));
    let shown = each.collect::<Vec<_>>().join(", ");
    Ok(Seen::new(sum == said, if shown.is_empty() { "no payout".to_owned() } else { shown }))
}

pub(in crate::story) fn payout(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let states: Vec<_> = destinations(stage.case_view(call)?).iter().map(|payout| payout.state).collect();
    let all = !states.is_empty() && states.iter().all(|state| *state == call.given("code"));
    Ok(Seen { holds: all, ..one_of(call, "code", &states) })
}

pub(in crate::story) fn channel_code(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let all = stage.case_view(call)?.breakdown.map(|sums| sums.destinations).unwrap_or_default();
    let codes: Vec<String> = all.into_iter().filter_map(|payout| payout.code).collect();
    Ok(one_of(call, "code", &codes))
}

pub(in crate::story) fn expected_by(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let last = destinations(stage.case_view(call)?).iter().map(|payout| payout.expected.at.0).max();
    ends(stage, call, last)
}

pub(in crate::story) fn traced_after(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let last = destinations(stage.case_view(call)?).iter().map(|payout| payout.hard.at.0).max();
    ends(stage, call, last)
}

pub(in crate::story) fn rule(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let rules = stage.case_view(call)?.decision.map(|decision| decision.rules).unwrap_or_default();
    Ok(one_of(call, "rule", &rules))
}

pub(in crate::story) fn row(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let row = stage.case_view(call)?.decision.map(|decision| decision.row).unwrap_or_default();
    Ok(Seen::same(call.given("row"), &row))
}

pub(in crate::story) fn decided_by(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let by = stage.case_view(call)?.decision.map_or("nobody", |decision| decision.by);
    Ok(Seen::same(call.given("who"), by))
}

pub(in crate::story) fn desk(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(Seen::same(call.given("desk"), stage.case_view(call)?.desk.unwrap_or_default()))
}

pub(in crate::story) fn hearing(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(Seen::same(call.given("hearing"), stage.case_view(call)?.hearing.unwrap_or_default()))
}

pub(in crate::story) fn appeal_until(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    ends(stage, call, stage.case_view(call)?.appeal_until.map(|due| due.at.0))
}

pub(in crate::story) fn step(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let steps: Vec<_> = stage.case_view(call)?.timeline.into_iter().map(|step| step.code).collect();
    Ok(one_of(call, "code", &steps))
}

fn allowed(stage: &Stage, call: &Call) -> Result<Vec<&'static str>, Stop> {
    let who = stage.person(call.given("person"))?;
    let order = stage.order_id(call)?;
    let mut actions = match stage.app().load_order(who, &order) {
        Ok(view) => view.actions,
        // Whoever may not see it may do nothing with it.
        Err(_) => return Ok(Vec::new()),
    };
    if let Ok(case) = stage.case_id(call)
        && let Ok(view) = stage.app().load_case(who, &case)
    {
        actions.extend(view.actions);
    }
    Ok(actions)
}

pub(in crate::story) fn can(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(one_of(call, "action", &allowed(stage, call)?))
}

pub(in crate::story) fn cannot(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let seen = one_of(call, "action", &allowed(stage, call)?);
    Ok(Seen { holds: !seen.holds, ..seen })
}

pub(in crate::story) fn cases(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let count = stage.order_view(call)?.cases.len().to_string();
    Ok(Seen::same(&call.number("count").unwrap_or_default().to_string(), &count))
}

pub(in crate::story) fn follows(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let earlier = stage.case_named(call.given("earlier"))?;
    let follows = stage.case_view(call)?.follows;
    let really = if follows.is_some() { "another one" } else { "none" };
    Ok(match follows.is_some_and(|follows| follows == earlier.as_str()) {
        true => Seen::new(true, call.given("earlier")),
        false => Seen::new(false, really),
    })
}

pub(in crate::story) fn large_routes(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(yes_or_no(call, stage.case_view(call)?.large))
}

/// A payment too many, as finance sees it.
pub(in crate::story) fn surplus(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let order = stage.order_view(call)?;
    let mut extra = order.payments.iter().filter(|payment| payment.state == "extra").peekable();
    if extra.peek().is_none() {
        return Ok(Seen::same(call.given("code"), "none"));
    }
    let under_way = stage.app().account_balance(&ONLOOKER, &format!("refund_in_flight:{}", order.order))?.minor;
    let all = Page { cursor: None, limit: Some(100) };
    let open = stage.app().exceptions(&ONLOOKER, false, &all)?.items;
    let days = stage.app().bill_days(&ONLOOKER)?;
    let compared = extra.all(|payment| {
        let day = payment.at.map(|at| at.0.date().to_string());
        days.iter().any(|bill| bill.channel == payment.how && bill.state == "done" && Some(&bill.day) == day.as_ref())
    });
    let is_open = open.iter().any(|exception| exception.order.as_deref() == Some(order.order.as_str()));
    let closed = under_way == 0 && compared && !is_open;
    Ok(Seen::same(call.given("code"), if closed { "closed" } else { "open" }))
}
