//! Expectations: what is said, and what really is.

use super::form::Call;
use super::hearings::every_offer;
use super::stage::{ONLOOKER, Seen, Stage, Stop};
use super::value::Moment;
use yuanlu_app::inputs::Page;
use yuanlu_app::principal::Principal;
use yuanlu_app::views::{CaseView, ForecastView, MarkView, MoneyView, PayoutView, When};
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_simulator::What;

const WHOLE: Page = Page { cursor: None, limit: Some(100) };

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
fn ends(stage: &Stage, call: &Call, last: Option<Instant>) -> Result<Seen, Stop> {
    let said = stage.instant(call.moment("moment").unwrap_or(Moment::Due))?;
    Ok(match last {
        Some(last) => Seen::new(last == said || last.plus_micros(1) == said, until(last)),
        None => Seen::new(false, "nothing ends"),
    })
}

fn amounts(call: &Call, really: Option<&MoneyView>) -> Seen {
    let said = call.money("amount");
    match really {
        Some(really) => Seen::new(said.is_some_and(|said| same(said, really)), really.text.clone()),
        None => Seen::new(false, "nothing was decided"),
    }
}

fn same(said: Money, really: &MoneyView) -> bool {
    (said.minor(), said.currency().code()) == (really.minor, really.currency)
}

fn yes_or_no(call: &Call, really: bool) -> Seen {
    Seen::same(call.given("answer"), if really { "yes" } else { "no" })
}

fn one_of(call: &Call, slot: &str, really: &[impl AsRef<str>]) -> Seen {
    let said = call.given(slot);
    let shown: Vec<&str> = really.iter().map(AsRef::as_ref).collect();
    let text = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") };
    Seen::new(shown.contains(&said), text)
}

// The case.

pub(super) fn state(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(Seen::same(call.given("code"), stage.case_view(call)?.summary.state))
}

pub(super) fn outcome(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
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

pub(super) fn turn(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let case = stage.case_view(call)?;
    Ok(Seen::same(call.given("who"), case.turn.as_ref().map_or("nobody", |turn| turn.who)))
}

pub(super) fn due(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let case = stage.case_view(call)?;
    ends(stage, call, case.turn.and_then(|turn| turn.due).map(|due| due.at.0))
}

pub(super) fn silence(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let case = stage.case_view(call)?;
    Ok(Seen::same(call.given("code"), case.turn.and_then(|turn| turn.on_silence).unwrap_or_default()))
}

pub(super) fn point(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(Seen::same(call.given("code"), stage.case_view(call)?.point))
}

pub(super) fn overdue(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(yes_or_no(call, stage.case_view(call)?.turn.is_some_and(|turn| turn.overdue)))
}

pub(super) fn provisional(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let due = stage.case_view(call)?.turn.and_then(|turn| turn.due);
    Ok(yes_or_no(call, due.is_some_and(|due| due.provisional)))
}

pub(super) fn claimed(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, Some(&stage.case_view(call)?.summary.claimed)))
}

pub(super) fn approved(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, stage.case_view(call)?.breakdown.as_ref().map(|sums| &sums.net)))
}

pub(super) fn gross(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, stage.case_view(call)?.breakdown.as_ref().map(|sums| &sums.gross)))
}

pub(super) fn fee(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, stage.case_view(call)?.breakdown.as_ref().map(|sums| &sums.fee)))
}

pub(super) fn refused(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, stage.case_view(call)?.breakdown.as_ref().map(|sums| &sums.refused)))
}

pub(super) fn arrived(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, Some(&stage.case_view(call)?.summary.credited)))
}

/// Payouts that were not given up for others.
fn destinations(case: CaseView) -> Vec<PayoutView> {
    let all = case.breakdown.map(|sums| sums.destinations).unwrap_or_default();
    all.into_iter().filter(|payout| payout.state != "rerouted").collect()
}

pub(super) fn to(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let payouts = destinations(stage.case_view(call)?);
    let said = call.money("amount").map_or(0, Money::minor);
    let sum: i64 = payouts.iter().filter(|payout| payout.to == call.given("destination")).map(|p| p.amount.minor).sum();
    let each = payouts.iter().map(|payout| format!("{} {}", payout.to, payout.amount.text));
    let shown = each.collect::<Vec<_>>().join(", ");
    Ok(Seen::new(sum == said, if shown.is_empty() { "no payout".to_owned() } else { shown }))
}

pub(super) fn payout(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let states: Vec<_> = destinations(stage.case_view(call)?).iter().map(|payout| payout.state).collect();
    let all = !states.is_empty() && states.iter().all(|state| *state == call.given("code"));
    Ok(Seen { holds: all, ..one_of(call, "code", &states) })
}

pub(super) fn channel_code(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let all = stage.case_view(call)?.breakdown.map(|sums| sums.destinations).unwrap_or_default();
    let codes: Vec<String> = all.into_iter().filter_map(|payout| payout.code).collect();
    Ok(one_of(call, "code", &codes))
}

pub(super) fn expected_by(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let last = destinations(stage.case_view(call)?).iter().map(|payout| payout.expected.at.0).max();
    ends(stage, call, last)
}

pub(super) fn traced_after(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let last = destinations(stage.case_view(call)?).iter().map(|payout| payout.hard.at.0).max();
    ends(stage, call, last)
}

pub(super) fn rule(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let rules = stage.case_view(call)?.decision.map(|decision| decision.rules).unwrap_or_default();
    Ok(one_of(call, "rule", &rules))
}

pub(super) fn row(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let row = stage.case_view(call)?.decision.map(|decision| decision.row).unwrap_or_default();
    Ok(Seen::same(call.given("row"), &row))
}

pub(super) fn decided_by(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let by = stage.case_view(call)?.decision.map_or("nobody", |decision| decision.by);
    Ok(Seen::same(call.given("who"), by))
}

pub(super) fn desk(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(Seen::same(call.given("desk"), stage.case_view(call)?.desk.unwrap_or_default()))
}

pub(super) fn hearing(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(Seen::same(call.given("hearing"), stage.case_view(call)?.hearing.unwrap_or_default()))
}

pub(super) fn appeal_until(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    ends(stage, call, stage.case_view(call)?.appeal_until.map(|due| due.at.0))
}

pub(super) fn step(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
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

pub(super) fn can(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(one_of(call, "action", &allowed(stage, call)?))
}

pub(super) fn cannot(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let seen = one_of(call, "action", &allowed(stage, call)?);
    Ok(Seen { holds: !seen.holds, ..seen })
}

pub(super) fn cases(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let count = stage.order_view(call)?.cases.len().to_string();
    Ok(Seen::same(&call.number("count").unwrap_or_default().to_string(), &count))
}

// Talking, offers, remedies, panels.

pub(super) fn offer(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let last = every_offer(stage, call)?.last().map_or("none", |offer| offer.state);
    Ok(Seen::same(call.given("code"), last))
}

pub(super) fn mark(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
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

pub(super) fn unread(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let who = stage.person(call.given("person"))?;
    let thread = stage.app().thread(who, &stage.order_id(call)?)?;
    let of_others = thread.messages.iter().filter(|message| !message.own && !message.read).count();
    Ok(Seen::same(&call.number("count").unwrap_or_default().to_string(), &of_others.to_string()))
}

pub(super) fn panel(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let case = stage.case_view(call)?;
    let phase = match (&case.panel, case.summary.state) {
        (None, _) => "none",
        (Some(panel), "before_panel") => panel.votes_until.as_ref().map_or("evidence", |_| "votes"),
        (Some(_), _) => "ruled",
    };
    Ok(Seen::same(call.given("code"), phase))
}

pub(super) fn votes_cast(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let cast = stage.case_view(call)?.panel.map_or(0, |panel| panel.cast).to_string();
    Ok(Seen::same(&call.number("count").unwrap_or_default().to_string(), &cast))
}

pub(super) fn votes_until(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let panel = stage.case_view(call)?.panel;
    ends(stage, call, panel.map(|panel| panel.votes_until.unwrap_or(panel.evidence_until).at.0))
}

pub(super) fn remedy(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let first = stage.case_view(call)?.remedies.into_iter().next();
    let codes: Vec<&str> = first.iter().flat_map(|remedy| [Some(remedy.hearing), remedy.result]).flatten().collect();
    Ok(one_of(call, "code", &codes))
}

pub(super) fn granted(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, stage.case_view(call)?.remedies.first().and_then(|remedy| remedy.granted.as_ref())))
}

pub(super) fn beyond_loss(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, stage.case_view(call)?.remedies.first().and_then(|remedy| remedy.beyond_loss.as_ref())))
}

pub(super) fn proposal(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let proposal = stage.case_view(call)?.proposal;
    Ok(Seen::same(call.given("code"), proposal.map_or("none", |proposal| proposal.verdict)))
}

pub(super) fn unmanned(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(yes_or_no(call, stage.case_view(call)?.unmanned))
}

// The forecast.

fn forecast(stage: &Stage) -> Result<&ForecastView, Stop> {
    stage.forecast.as_ref().ok_or_else(|| Stop::Story("nobody has previewed an application".to_owned()))
}

pub(super) fn would(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let forecast = forecast(stage)?;
    let all: Vec<&str> = [Some(forecast.would), forecast.code, forecast.refusal].into_iter().flatten().collect();
    Ok(one_of(call, "code", &all))
}

pub(super) fn would_pay(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, forecast(stage)?.net.as_ref()))
}

pub(super) fn would_cost(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, forecast(stage)?.fee.as_ref()))
}

pub(super) fn lacks(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(one_of(call, "code", &forecast(stage)?.missing))
}

// The order.

pub(super) fn status(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(Seen::same(call.given("code"), stage.order_view(call)?.status))
}

pub(super) fn window(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    ends(stage, call, stage.order_view(call)?.window_until.map(|due| due.at.0))
}

pub(super) fn promised(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    ends(stage, call, stage.order_view(call)?.promised_until.map(|until| until.0))
}

pub(super) fn refundable(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(amounts(call, Some(&stage.order_view(call)?.refundable)))
}

pub(super) fn unit(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
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

pub(super) fn timer(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let (found, all) = wait(stage, call)?;
    match (found, call.moment("moment")) {
        (Some(due), Some(_)) => ends(stage, call, Some(due.0)),
        (found, _) => Ok(Seen::new(found.is_some(), all)),
    }
}

pub(super) fn no_timer(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let (found, all) = wait(stage, call)?;
    Ok(Seen::new(found.is_none(), all))
}

// Stock, money, people.

pub(super) fn stock(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let goods = stage.goods(call.given("product"))?;
    let stock = stage.app().stock(stage.person(&goods.seller)?, &goods.id)?;
    let all = [("free", stock.free), ("owned", stock.owned), ("quarantined", stock.quarantined)];
    let holds = all.iter().all(|(name, really)| call.number(name).is_none_or(|said| said == i64::from(*really)));
    let shown = all.iter().map(|(name, really)| format!("{name} {really}")).collect::<Vec<_>>().join(", ");
    Ok(Seen::new(holds, shown))
}

pub(super) fn balance(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let view = stage.app().balance(stage.person(call.given("person"))?)?;
    Ok(amounts(call, Some(&view.spendable)))
}

pub(super) fn lot(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let view = stage.app().balance(stage.person(call.given("person"))?)?;
    let said = call.money("amount");
    let end = call.moment("until").map(|moment| stage.instant(moment)).transpose()?;
    let fits = |last: Instant| end.is_none_or(|end| last == end || last.plus_micros(1) == end);
    let holds = view.lots.iter().any(|lot| said.is_some_and(|said| same(said, &lot.left)) && fits(lot.until.0));
    let each = view.lots.iter().map(|lot| format!("{} until {}", lot.left.text, until(lot.until.0)));
    let shown = each.collect::<Vec<_>>().join(", ");
    Ok(Seen::new(holds, if shown.is_empty() { "no lot".to_owned() } else { shown }))
}

/// The key under which somebody's credit is kept.
fn credit_key(stage: &Stage, name: &str) -> Result<String, Stop> {
    if let Some(seller) = stage.sellers.get(name) {
        return Ok(format!("seller:{seller}"));
    }
    let party = stage.person(name)?.party();
    party.map(|party| party.to_string()).ok_or_else(|| Stop::Story(format!("`{name}` has no credit")))
}

pub(super) fn credit(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let really = stage.app().credit(&ONLOOKER, &credit_key(stage, call.given("person"))?)?;
    Ok(Seen::same(&call.number("points").unwrap_or_default().to_string(), &really.to_string()))
}

/// `escrow`, `escrow:order1`, `seller_payable:shop`, `platform_fee`: owners by the names of the story, without one the
/// current order or its seller.
pub(super) fn ledger(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let said = call.given("account");
    let account = match said.split_once(':') {
        Some((name, owner)) => {
            let known = stage.account_of(owner).unwrap_or_else(|| owner.to_owned());
            format!("{name}:{known}")
        }
        None => match said {
            "escrow" | "refund_in_flight" => format!("{said}:{}", stage.order_id(call)?),
            "seller_payable" | "seller_deposit" | "recourse" => format!("{said}:{}", stage.order_view(call)?.seller.id),
            _ => said.to_owned(),
        },
    };
    let really = stage.app().account_balance(&ONLOOKER, &account);
    let really = really.map_err(|_| Stop::Story(format!("there is no account `{said}` in the ledger")))?;
    let minor = if call.flag("owed") { -really.minor } else { really.minor };
    let held = MoneyView { minor, ..really.clone() };
    Ok(Seen { really: really.text.clone(), ..amounts(call, Some(&held)) })
}

fn told(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let who = stage.person(call.given("person"))?;
    let codes: Vec<String> = match who {
        Principal::Anonymous => Vec::new(),
        who => stage.app().notices(who, &WHOLE)?.items.into_iter().rev().map(|notice| notice.code).collect(),
    };
    Ok(one_of(call, "code", &codes))
}

pub(super) fn notice(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    told(stage, call)
}

pub(super) fn no_notice(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let seen = told(stage, call)?;
    Ok(Seen { holds: !seen.holds, ..seen })
}

/// What really left through a channel, by the channel's own books; what came back is taken off.
pub(super) fn left(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let channel = call.given("channel");
    let Some(simulated) = stage.world().every_simulated().iter().find(|one| one.id().as_str() == channel) else {
        return Err(Stop::Story(format!("there is no channel `{channel}`")));
    };
    let simulator = simulated.lock();
    let net = simulator.ledger().movements.iter().map(|movement| match movement.what {
        What::Left => movement.amount_minor,
        What::CameBack => -movement.amount_minor,
        What::PaidIn => 0,
    });
    let currency = call.money("amount").map_or(yuanlu_money::Currency::Cny, Money::currency);
    Ok(amounts(call, Some(&MoneyView::new(net.sum(), currency))))
}

pub(super) fn tip_off(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let summary = stage.tip_off_view(call.word("of"))?.summary;
    let codes: Vec<&str> = [Some(summary.state), summary.outcome].into_iter().flatten().collect();
    Ok(one_of(call, "code", &codes))
}

pub(super) fn tip_off_due(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    ends(stage, call, stage.tip_off_view(call.word("of"))?.summary.due.map(|due| due.at.0))
}

pub(super) fn books(stage: &Stage, _: &Call) -> Result<Seen, Stop> {
    audit(stage)
}

/// Books, journals and the channels' own records: nothing contradicts anything.
pub(super) fn audit(stage: &Stage) -> Result<Seen, Stop> {
    let mut wrong = stage.app().audit_books(&ONLOOKER)?;
    for simulated in stage.world().every_simulated() {
        wrong.extend(simulated.lock().ledger().violations.iter().cloned());
    }
    Ok(Seen::new(wrong.is_empty(), if wrong.is_empty() { "everything agrees".to_owned() } else { wrong.join("; ") }))
}
