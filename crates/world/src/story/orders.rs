//! Buying, paying, delivering, revealing, confirming.

use super::form::Call;
use super::stage::{ONLOOKER, Stage, Stop};
use yuanlu_app::inputs::{GuestInput, LineInput, Origin, PartsInput, PlaceInput, TopUpInput};
use yuanlu_app::principal::Principal;
use yuanlu_app::views::{OrderView, UnitView};
use yuanlu_channels::callback::{self, PaymentOp};
use yuanlu_domain::ids::{ChannelId, ChannelNumber, OrderId};
use yuanlu_money::{Currency, Money};
use yuanlu_simulator::Choice;

/// What guests of stories sign their orders with.
pub(super) const QUERY_PASSWORD: &str = "query-1234";

/// Places an order and pays for it.
pub(super) fn buys(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    place(stage, call)?;
    // What came out of the wallet may have paid for everything.
    let waits = stage.order_view(call).is_ok_and(|order| order.status == "awaiting_payment");
    if waits { cashier(stage, call, Choice::Pay) } else { Ok(()) }
}

/// Places an order, to be paid for later.
pub(super) fn orders(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    place(stage, call)
}

fn by(call: &Call) -> &str {
    call.word("by").unwrap_or("alipay")
}

/// What is paid from the wallet first. A story's coupon that does not exist any more is asked for all the same.
fn parts(stage: &Stage, call: &Call) -> PartsInput {
    PartsInput {
        coupon: call.word("coupon").map(|name| stage.coupons.get(name).map_or(0, |(_, coupon)| coupon.coupon)),
        voucher: call.number("voucher").map(|lot| u32::try_from(lot).unwrap_or_default()),
        balance: call.money("from-balance").map(|money| money.to_string()),
    }
}

fn place(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    if call.flag("agent") {
        return Err(Stop::Cannot("leave an order's money with an outside escrow agent".to_owned()));
    }
    let mut lines = Vec::new();
    for (product, quantity) in [("product", "quantity"), ("with", "with-quantity")] {
        let Some(name) = call.word(product) else { continue };
        let goods = stage.goods(name)?;
        let seen = call.money("seen-price").map_or_else(|| goods.input.price.clone(), |money| money.to_string());
        lines.push(LineInput {
            product: goods.id.to_string(),
            quantity: call.number(quantity).map_or(1, |n| u16::try_from(n).unwrap_or(u16::MAX)),
            seen_price: seen,
            confirmed: call.flag("confirmed"),
            recipient: Some(call.word("recipient").unwrap_or("13800000000").to_owned()),
        });
    }
    let mut input = PlaceInput { lines, parts: parts(stage, call), tender: by(call).to_owned(), guest: None };
    let placed = if stage.guests.contains(&call.actor) {
        let contact = call.word("contact").unwrap_or("13900000000").to_owned();
        input.guest = Some(GuestInput { contact, query_password: QUERY_PASSWORD.into() });
        let (placed, grant) = stage.app().place_order_as_guest(&input, None, &Origin::default())?;
        stage.people.insert(call.actor.clone(), grant.principal);
        placed
    } else {
        stage.app().place_order(&stage.actor(call)?, &input, None, &Origin::default())?
    };
    let order = OrderId::from(placed.order);
    if let Some(name) = call.word("as") {
        stage.orders.insert(name.to_owned(), order.clone());
    }
    stage.current = Some(order);
    Ok(())
}

pub(super) fn pays(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    cashier(stage, call, how(call))
}

/// What the payer does at the cashier.
fn how(call: &Call) -> Choice {
    match call.word("how") {
        None | Some("once") => Choice::Pay,
        Some(code) => Choice::parse(code).unwrap_or(Choice::Decline),
    }
}

/// Goes to the channel with the link that the shop signs, and does there what the payer does.
fn cashier(stage: &mut Stage, call: &Call, choice: Choice) -> Result<(), Stop> {
    let order = stage.order_id(call)?;
    let who = stage.actor(call)?;
    // Without a word about it an order is paid where it was going to be paid.
    let channel = call.word("by").map(ChannelId::from);
    let to_make = stage.app().open_payment(&who, &order, channel.as_ref(), None)?;
    let channel = ChannelId::from(to_make.channel.as_str());
    let currency = Currency::parse(to_make.amount.currency).unwrap_or(Currency::Cny);
    let op = PaymentOp {
        no: ChannelNumber::from(to_make.no.as_str()),
        amount: Money::new(to_make.amount.minor, currency),
        subject: to_make.order,
        return_url: "http://story.test/".to_owned(),
        pay_until: to_make.pay_until.0,
        since: to_make.since.0,
        scene: callback::Scene::Page,
        payer_ip: String::new(),
    };
    visit(stage, call, &channel, &op, choice)
}

/// What the payer does at a channel's cashier.
fn visit(stage: &Stage, call: &Call, channel: &ChannelId, op: &PaymentOp, choice: Choice) -> Result<(), Stop> {
    let now = stage.now();
    let entrances = stage.world().channels().entrances();
    let link = entrances.get(channel).and_then(|entrance| entrance.cashier(op, now).link()).unwrap_or_default();
    let query = link.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
    let simulated = stage.world().every_simulated().iter().find(|one| one.id() == channel).cloned();
    let simulated = simulated.ok_or_else(|| Stop::Story(format!("there is no channel `{channel}`")))?;
    let mut simulator = simulated.lock();
    let opened = simulator.open(&query).map(|_| ());
    let payer = call.word("payer").unwrap_or_default();
    let chosen = opened.and_then(|()| simulator.choose_as(op.no.as_str(), choice, payer, now.micros()));
    chosen.map_err(|error| Stop::Story(format!("the channel's cashier says {}", error.code())))
}

/// Pays into the balance.
pub(super) fn tops_up(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let who = stage.actor(call)?;
    let channel = ChannelId::from(by(call));
    let input = TopUpInput {
        amount: call.money("amount").map_or_else(String::new, |money| money.to_string()),
        channel: channel.to_string(),
        confirmed: !call.flag("unread"),
    };
    let top_up = stage.app().begin_top_up(&who, &input, None)?;
    let currency = Currency::parse(top_up.amount.currency).unwrap_or(Currency::Cny);
    let op = PaymentOp {
        no: ChannelNumber::from(top_up.no.as_str()),
        amount: Money::new(top_up.amount.minor, currency),
        subject: top_up.no,
        return_url: "http://story.test/".to_owned(),
        pay_until: top_up.pay_until.0,
        since: top_up.begun_at.0,
        scene: callback::Scene::Page,
        payer_ip: String::new(),
    };
    visit(stage, call, &channel, &op, how(call))
}

/// The units a statement names, or every one that fits.
pub(super) fn units(view: &OrderView, call: &Call, fits: impl Fn(&UnitView) -> bool) -> Vec<u16> {
    match call.units("units") {
        Some(units) => units.to_vec(),
        None => view.units.iter().filter(|unit| fits(unit)).map(|unit| unit.no).collect(),
    }
}

/// Where nothing fits, the first unit is tried, so that the platform says why not.
fn at_least_one(units: Vec<u16>) -> Vec<u16> {
    if units.is_empty() { vec![1] } else { units }
}

pub(super) fn reveals(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (view, who) = (stage.order_view(call)?, stage.actor(call)?);
    for unit in at_least_one(units(&view, call, |unit| unit.state == "sealed")) {
        stage.app().reveal(&who, &stage.order_id(call)?, unit)?;
    }
    Ok(())
}

pub(super) fn confirms(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (view, who) = (stage.order_view(call)?, stage.actor(call)?);
    let arrived = |unit: &UnitView| unit.available_at.is_some() && unit.completed_at.is_none();
    let units = at_least_one(units(&view, call, arrived));
    stage.app().confirm_receipt(&who, &stage.order_id(call)?, &units)?;
    Ok(())
}

pub(super) fn credits(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (view, who) = (stage.order_view(call)?, stage.actor(call)?);
    for unit in at_least_one(units(&view, call, |unit| unit.state == "awaiting")) {
        let serial = stage.next_serial();
        let proof = call.word("proof").map_or_else(|| format!("SUPPLIER-{serial:06}"), str::to_owned);
        stage.app().mark_credited(&who, &stage.order_id(call)?, unit, &proof, None)?;
    }
    Ok(())
}

pub(super) fn redeems(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (view, who) = (stage.order_view(call)?, stage.actor(call)?);
    let at = match call.moment("at") {
        Some(moment) => stage.instant(moment)?,
        None => stage.now(),
    };
    for unit in at_least_one(units(&view, call, |unit| matches!(unit.state, "sealed" | "revealed"))) {
        stage.app().report_redemption(&who, &stage.order_id(call)?, unit, &at.to_string())?;
    }
    Ok(())
}

/// Takes a guest's order into an account.
pub(super) fn adopts(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let order = stage.order_id(call)?;
    let password = call.word("password").unwrap_or(QUERY_PASSWORD);
    stage.app().claim_order(&stage.actor(call)?, &order, &password.into(), &Origin::default())?;
    Ok(())
}

pub(super) fn regrants(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let who = stage.actor(call)?;
    let expired = stage.app().balance(&who)?.lots.into_iter().find(|lot| lot.expired).map(|lot| lot.lot);
    let said = call.number("lot").map(|lot| u32::try_from(lot).unwrap_or_default());
    stage.app().regrant_lot(&who, said.or(expired).unwrap_or(1))?;
    Ok(())
}

/// A stranger looks at somebody else's order or case.
pub(super) fn opens(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let who = match stage.actor(call)? {
        Principal::Program => ONLOOKER,
        other => other,
    };
    stage.app().load_order(&who, &stage.order_id(call)?)?;
    Ok(())
}
