//! Of stock, money, people and the books.

use super::{amounts, ends, one_of, same, until, yes_or_no};
use crate::story::form::Call;
use crate::story::stage::{ONLOOKER, Seen, Stage, Stop};
use yuanlu_app::inputs::Page;
use yuanlu_app::principal::Principal;
use yuanlu_app::views::{MoneyView, NoticeView};
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_simulator::What;

const WHOLE: Page = Page { cursor: None, limit: Some(100) };

pub(in crate::story) fn stock(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let goods = stage.goods(call.given("product"))?;
    let stock = stage.app().stock(stage.person(&goods.seller)?, &goods.id)?;
    let all = [("free", stock.free), ("owned", stock.owned), ("quarantined", stock.quarantined)];
    let holds = all.iter().all(|(name, really)| call.number(name).is_none_or(|said| said == i64::from(*really)));
    let shown = all.iter().map(|(name, really)| format!("{name} {really}")).collect::<Vec<_>>().join(", ");
    Ok(Seen::new(holds, shown))
}

pub(in crate::story) fn balance(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let view = stage.app().balance(stage.person(call.given("person"))?)?;
    Ok(amounts(call, Some(&view.spendable)))
}

pub(in crate::story) fn lot(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let view = stage.app().balance(stage.person(call.given("person"))?)?;
    let said = call.money("amount");
    let end = call.moment("until").map(|moment| stage.instant(moment)).transpose()?;
    let fits = |last: Instant| end.is_none_or(|end| last == end || last.plus_micros(1) == end);
    let holds = view.lots.iter().any(|lot| said.is_some_and(|said| same(said, &lot.left)) && fits(lot.until.0));
    let each = view.lots.iter().map(|lot| format!("{} until {}", lot.left.text, until(lot.until.0)));
    let shown = each.collect::<Vec<_>>().join(", ");
    Ok(Seen::new(holds, if shown.is_empty() { "no lot".to_owned() } else { shown }))
}

pub(in crate::story) fn coupon(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let name = call.given("coupon");
    let (person, given) = stage.coupons.get(name).ok_or_else(|| Stop::Story(format!("there is no coupon `{name}`")))?;
    let wallet = stage.app().balance(stage.person(person)?)?;
    let restored = stage.order_view(call).ok().and_then(|order| order.coupon).is_some_and(|used| used.restored);
    let really = match wallet.coupons.iter().find(|coupon| coupon.coupon == given.coupon) {
        None => "used",
        Some(now) if now.expired => "expired",
        Some(now) if now.until != given.until => "reissued",
        Some(_) if restored => "restored",
        Some(_) => "free",
    };
    Ok(Seen::same(call.given("code"), really))
}

pub(in crate::story) fn credit(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let really = stage.credit_of(call.given("person"))?.score;
    Ok(Seen::same(&call.number("points").unwrap_or_default().to_string(), &really.to_string()))
}

pub(in crate::story) fn finding(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let mut events = stage.credit_of(call.given("person"))?.events;
    events.sort_by(|a, b| (a.at, &a.event).cmp(&(b.at, &b.event)));
    let grounds = events.iter().map(|event| event.ground);
    let codes: Vec<&str> = grounds.chain(events.last().map(|event| event.state)).collect();
    Ok(one_of(call, "code", &codes))
}

pub(in crate::story) fn restricted(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(yes_or_no(call, stage.credit_of(call.given("person"))?.restricted))
}

pub(in crate::story) fn blocked(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    Ok(yes_or_no(call, stage.credit_of(call.given("person"))?.block.is_some()))
}

/// `escrow`, `escrow:order1`, `seller_payable:shop`, `platform_fee`: owners by the names of the story, without one the
/// current order or its seller.
pub(in crate::story) fn ledger(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let said = call.given("account");
    let account = match said.split_once(':') {
        Some((name, owner)) => {
            let batch = || stage.codes.get(owner).map(|(batch, _)| batch.to_string());
            let known = stage.account_of(owner).or_else(batch).unwrap_or_else(|| owner.to_owned());
            format!("{name}:{known}")
        }
        None => match said {
            "escrow" | "refund_in_flight" => format!("{said}:{}", stage.order_id(call)?),
            "seller_payable" | "seller_deposit" | "seller_withdrawal" | "recourse" => {
                format!("{said}:{}", stage.order_view(call)?.seller.id)
            }
            _ => said.to_owned(),
        },
    };
    let really = stage.app().account_balance(&ONLOOKER, &account);
    let really = really.map_err(|_| Stop::Story(format!("there is no account `{said}` in the ledger")))?;
    let minor = if call.flag("owed") { -really.minor } else { really.minor };
    let held = MoneyView { minor, ..really.clone() };
    Ok(Seen { really: really.text.clone(), ..amounts(call, Some(&held)) })
}

/// What somebody was told, oldest first.
fn told(stage: &Stage, call: &Call) -> Result<Vec<NoticeView>, Stop> {
    Ok(match stage.person(call.given("person"))? {
        Principal::Anonymous => Vec::new(),
        who => stage.app().notices(who, &WHOLE)?.items.into_iter().rev().collect(),
    })
}

pub(in crate::story) fn notice(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let told = told(stage, call)?;
    let due = call.moment("due").map(|moment| stage.instant(moment)).transpose()?;
    let fits = |notice: &NoticeView| {
        let sum = |said| notice.amount.as_ref().is_some_and(|really| same(said, really));
        let end = |said| notice.due.is_some_and(|last| last.0 == said || last.0.plus_micros(1) == said);
        notice.code == call.given("code") && call.money("amount").is_none_or(sum) && due.is_none_or(end)
    };
    let each = told.iter().map(|notice| {
        let amount = notice.amount.as_ref().map(|amount| format!(" {}", amount.text)).unwrap_or_default();
        let due = notice.due.map(|due| format!(" due {}", until(due.0))).unwrap_or_default();
        format!("{}{amount}{due}", notice.code)
    });
    let shown = each.collect::<Vec<_>>().join(", ");
    Ok(Seen::new(told.iter().any(fits), if shown.is_empty() { "nothing".to_owned() } else { shown }))
}

pub(in crate::story) fn no_notice(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let codes: Vec<String> = told(stage, call)?.into_iter().map(|notice| notice.code).collect();
    let seen = one_of(call, "code", &codes);
    Ok(Seen { holds: !seen.holds, ..seen })
}

/// What really left through a channel, by the channel's own books; what came back is taken off.
pub(in crate::story) fn left(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
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

pub(in crate::story) fn tip_off(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let summary = stage.tip_off_view(call.word("of"))?.summary;
    let codes: Vec<&str> = [Some(summary.state), summary.outcome].into_iter().flatten().collect();
    Ok(one_of(call, "code", &codes))
}

pub(in crate::story) fn tip_off_due(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    ends(stage, call, stage.tip_off_view(call.word("of"))?.summary.due.map(|due| due.at.0))
}

pub(in crate::story) fn outside(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let summary = stage.outside_view()?.summary;
    let codes: Vec<&str> = [Some(summary.state), summary.result].into_iter().flatten().collect();
    Ok(one_of(call, "code", &codes))
}

pub(in crate::story) fn outside_due(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    ends(stage, call, stage.outside_view()?.summary.due.map(|due| due.at.0))
}

pub(in crate::story) fn outside_escalated(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let timeline = stage.outside_view()?.timeline;
    let times = timeline.iter().filter(|step| step.code == "outside_escalated").count();
    Ok(Seen::new(call.number("times") == i64::try_from(times).ok(), times.to_string()))
}

pub(in crate::story) fn agency_decides(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    ends(stage, call, stage.outside_view()?.decision.map(|due| due.at.0))
}

pub(in crate::story) fn mediation_ends(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    ends(stage, call, stage.outside_view()?.ends.map(|due| due.at.0))
}

pub(in crate::story) fn books(stage: &Stage, _: &Call) -> Result<Seen, Stop> {
    audit(stage)
}

/// Books, journals and the channels' own records: nothing contradicts anything.
pub(in crate::story) fn audit(stage: &Stage) -> Result<Seen, Stop> {
    let mut wrong = stage.app().audit_books(&ONLOOKER)?;
    for simulated in stage.world().every_simulated() {
        wrong.extend(simulated.lock().ledger().violations.iter().cloned());
    }
    Ok(Seen::new(wrong.is_empty(), if wrong.is_empty() { "everything agrees".to_owned() } else { wrong.join("; ") }))
}

pub(in crate::story) fn figure(stage: &Stage, call: &Call) -> Result<Seen, Stop> {
    let figures = serde_json::to_value(stage.app().figures()?).unwrap_or_default();
    let name = call.given("name");
    let unknown = || {
        let known = figures.as_object().map(|all| all.keys().cloned().collect::<Vec<_>>().join(", "));
        Stop::Story(format!("there is no figure `{name}`, only {}", known.unwrap_or_default()))
    };
    let really = figures.get(name).ok_or_else(unknown)?;
    Ok(Seen::same(&call.number("count").unwrap_or_default().to_string(), &really.to_string()))
}
