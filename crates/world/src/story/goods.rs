//! Sellers, people, products, codes, balance and the policy: what there is before anybody asks for money back.

use super::form::Call;
use super::issuers;
use super::stage::{Goods, ONLOOKER, Place, Stage, Stop};
use super::value::Moment;
use std::fmt::Write as _;
use yuanlu_app::inputs::{CouponInput, DayRateInput, OrganisationInput, ProductInput, SpecialInput};
use yuanlu_domain::ids::{ProductId, SellerId};
use yuanlu_domain::policy::Policy;
use yuanlu_money::{Currency, Money};

/// Codes that a product has from the beginning, unless the story says otherwise.
const STOCK: i64 = 10;
/// As many codes as can be loaded at once.
const MOST_CODES: i64 = 10_000;

pub(super) fn seller(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let name = call.given("name").to_owned();
    open_shop(stage, &name, call.word("title"), call.flag("self-operated"))?;
    if let Some(deposit) = call.money("deposit") {
        let id = stage.sellers[&name].clone();
        stage.app().pay_deposit(stage.admin()?, &id, &deposit.to_string(), None)?;
    }
    Ok(())
}

/// A shop and the person who sells there, both of one name.
pub(super) fn open_shop(stage: &mut Stage, name: &str, title: Option<&str>, self_operated: bool) -> Result<(), Stop> {
    let title = title.map_or_else(|| format!("{name} shop"), str::to_owned);
    let admitted = stage.app().admit_seller(stage.admin()?, &title, self_operated)?;
    let id = SellerId::from(admitted.id.as_str());
    stage.sellers.insert(name.to_owned(), id.clone());
    stage.invite(name, &["seller".to_owned()], Place { seller: Some(id), organisation: None })
}

pub(super) fn buyer(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    stage.invite(call.given("name"), &[], Place::default())
}

pub(super) fn guest(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let name = call.given("name").to_owned();
    stage.people.insert(name.clone(), yuanlu_app::principal::Principal::Anonymous);
    stage.guests.insert(name);
    Ok(())
}

pub(super) fn person(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let name = call.given("name");
    if name == stage.admin {
        return Ok(());
    }
    let place = Place {
        seller: call.word("shop").and_then(|shop| stage.sellers.get(shop)).cloned(),
        organisation: call.word("organisation").and_then(|name| stage.organisations.get(name)).cloned(),
    };
    stage.invite(name, call.words("is"), place)
}

pub(super) fn organisation(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let name = call.given("name").to_owned();
    let input = OrganisationInput {
        name_zh: format!("{name} 组织"),
        name_en: format!("{name} organisation"),
        registration_no: format!("REG-{:06}", stage.next_serial()),
        contact: "https://organisation.test".to_owned(),
        active: true,
    };
    let made = stage.app().register_organisation(stage.admin()?, &input)?;
    stage.organisations.insert(name, made.id);
    Ok(())
}

pub(super) fn product(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let name = call.given("name").to_owned();
    let seller = call.word("of").unwrap_or("seller").to_owned();
    let input = described(call, plain(&name))?;
    let who = stage.person(&seller)?.clone();
    let made = stage.app().save_product(&who, None, &input)?;
    let id = ProductId::from(made.id);
    let by_code = made.terms.delivery == "code";
    stage.products.insert(name.clone(), Goods { id, seller, input, codes: Vec::new() });
    if call.flag("probed") {
        issuers::probe(stage, &name)?;
    }
    let codes = call.number("stock").unwrap_or(if by_code { STOCK } else { 0 });
    load(stage, &name, codes)
}

pub(super) fn changes(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let name = call.given("product");
    let goods = stage.goods(name)?.clone();
    let input = described(call, goods.input)?;
    stage.app().save_product(&stage.actor(call)?, Some(&goods.id), &input)?;
    if let Some(known) = stage.products.get_mut(name) {
        known.input = input;
    }
    Ok(())
}

fn plain(name: &str) -> ProductInput {
    ProductInput {
        title: format!("{name} product"),
        description: String::new(),
        how_to_use: String::new(),
        kind: "game_card".to_owned(),
        delivery_event: None,
        face: None,
        price: String::new(),
        promise_hours: 24,
        window_days: 15,
        warranty_days: 0,
        fee_disclosed: false,
        special: None,
        needs_confirmation: false,
        on_sale: true,
    }
}

/// What a statement says of a product, over what it was before.
fn described(call: &Call, mut input: ProductInput) -> Result<ProductInput, Stop> {
    let whole = |name: &str, unit: i64| call.span(name).map(|micros| u32::try_from(micros / unit).unwrap_or(u32::MAX));
    const HOUR: i64 = 3_600_000_000;
    for (name, field) in
        [("title", &mut input.title), ("description", &mut input.description), ("kind", &mut input.kind)]
    {
        if let Some(said) = call.word(name) {
            said.clone_into(field);
        }
    }
    if let Some(price) = call.money("price") {
        input.price = format!("{} {price}", price.currency().code());
    }
    if let Some(face) = call.money("face") {
        input.face = Some(format!("{} {face}", face.currency().code()));
    }
    input.promise_hours = whole("promise", HOUR).unwrap_or(input.promise_hours);
    input.window_days = whole("window", 24 * HOUR).unwrap_or(input.window_days);
    input.warranty_days = whole("warranty", 24 * HOUR).unwrap_or(input.warranty_days);
    if let Some(fee) = call.word("fee") {
        input.fee_disclosed = fee == "disclosed";
    }
    if let Some(event) = call.word("delivered") {
        input.delivery_event = Some(event.to_owned());
    }
    input.needs_confirmation |= call.flag("confirmation");
    if let Some(sold) = call.word("sale") {
        input.on_sale = sold == "on";
    }
    if let Some(days) = whole("special-days", 24 * HOUR) {
        let until = call.word("special-until").filter(|event| *event != "always").map(str::to_owned);
        input.special = Some(SpecialInput { until, days, fee_basis_points: call.percent("special-fee").unwrap_or(0) });
    }
    Ok(input)
}

pub(super) fn loads(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    load(stage, call.given("product"), call.number("count").unwrap_or(1))
}

fn load(stage: &mut Stage, product: &str, count: i64) -> Result<(), Stop> {
    let goods = stage.goods(product)?.clone();
    let mut lines = String::new();
    // One code more than may be loaded at once is enough to be refused.
    for _ in 0..count.min(MOST_CODES + 1) {
        let (serial, rest) = (stage.next_serial(), stage.random().characters(10));
        // The last letter says nothing to the issuer.
        let _ = writeln!(lines, "ST{serial:04}-{rest}X");
    }
    if count > 0 {
        let who = stage.person(&goods.seller)?.clone();
        stage.app().load_codes(&who, &goods.id, &lines)?;
        if let Some(known) = stage.products.get_mut(product) {
            known.codes.extend(lines.lines().map(str::to_owned));
        }
    }
    Ok(())
}

pub(super) fn balance(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let person = call.given("person");
    let login = stage.logins.get(person).ok_or_else(|| Stop::Story("a guest has no balance".to_owned()))?;
    let amount = call.money("amount").map(|money| money.to_string()).unwrap_or_default();
    stage.app().credit_balance(stage.admin()?, login, &amount, None)?;
    Ok(())
}

/// Enters today's rate.
pub(super) fn rate(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (Some(foreign), Some(worth)) = (call.money("amount"), call.money("worth")) else { return Ok(()) };
    if foreign.minor() != foreign.currency().scale() || worth.currency() != Currency::Cny {
        return Err(Stop::Story("a rate says what one unit of a foreign currency is worth in CNY".to_owned()));
    }
    let input = DayRateInput {
        currency: foreign.currency().code().to_owned(),
        rate: worth.to_string(),
        day: stage.now().date().to_string(),
        source: "story".to_owned(),
    };
    stage.app().set_day_rate(stage.admin()?, &input)?;
    Ok(())
}

/// Gives somebody a voucher.
pub(super) fn voucher(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let login =
        stage.logins.get(call.given("person")).ok_or_else(|| Stop::Story("a guest has no wallet".to_owned()))?;
    let amount = call.money("amount").map(|money| money.to_string()).unwrap_or_default();
    stage.app().give_voucher(stage.admin()?, login, &amount, None)?;
    Ok(())
}

/// Gives somebody a coupon.
pub(super) fn coupon(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let (name, person) = (call.given("name"), call.given("person"));
    let login = stage.logins.get(person).ok_or_else(|| Stop::Story("a guest has no coupons".to_owned()))?;
    let value = call.money("value").unwrap_or(Money::new(0, Currency::Cny));
    let least = call.money("least").unwrap_or(Money::new(value.minor() + 1, Currency::Cny));
    let last_day = match call.moment("until") {
        Some(until) => stage.instant(until)?.plus_micros(-1).date().to_string(),
        // As good as for ever.
        None => "2099-12-31".to_owned(),
    };
    let input = CouponInput { amount: value.to_string(), least: least.to_string(), last_day };
    let wallet = stage.app().grant_coupon(stage.admin()?, login, &input, None)?;
    if let Some(given) = wallet.coupons.into_iter().max_by_key(|coupon| coupon.coupon) {
        stage.coupons.insert(name.to_owned(), (person.to_owned(), given));
    }
    Ok(())
}

/// Notes a change of the policy; [`publish`] follows the last of several.
pub(super) fn policy(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let value = call.number("value").unwrap_or_default();
    stage.parameters.insert(call.given("parameter").to_owned(), value.into());
    Ok(())
}

/// The numbers of the built-in policy, some of them changed: in force from now on for new orders.
pub(super) fn publish(stage: &mut Stage) -> Result<(), Stop> {
    let builtin = Policy::builtin();
    // Where the built-in policy comes into force later, ours follows it by the smallest step.
    let later = builtin.effective_from().plus_micros(1);
    let now = stage.now();
    for from in [Some(now), Some(later).filter(|later| *later > now)].into_iter().flatten() {
        let text = changed(builtin, &stage.parameters, from)?;
        Policy::load(&text).map_err(|error| Stop::Story(format!("such a policy is not accepted: {error}")))?;
        stage.app().try_policy(&ONLOOKER, &text)?;
    }
    Ok(())
}

/// As administrators do it, with notice.
pub(super) fn publishes(stage: &mut Stage, call: &Call) -> Result<(), Stop> {
    let from = stage.instant(call.moment("from").unwrap_or(Moment::Due))?;
    let mut parameters = stage.parameters.clone();
    parameters.insert(call.given("parameter").to_owned(), call.number("value").unwrap_or_default().into());
    let text = changed(Policy::builtin(), &parameters, from)?;
    stage.app().publish_policy(&stage.actor(call)?, &text, Some(&from.date_text()))?;
    Ok(())
}

fn changed(
    builtin: &Policy,
    parameters: &serde_json::Map<String, serde_json::Value>,
    from: yuanlu_domain::time::Instant,
) -> Result<String, Stop> {
    let unfit = |error: serde_json::Error| Stop::Story(error.to_string());
    let mut envelope: serde_json::Value = serde_json::from_str(builtin.text()).map_err(unfit)?;
    for (name, value) in parameters {
        envelope["parameters"][name] = value.clone();
    }
    let exact = from.local().to_string();
    envelope["version"] = format!("story {exact}").into();
    envelope["published_at"] = exact.as_str().into();
    envelope["effective_from"] = exact.into();
    serde_json::to_string(&envelope).map_err(unfit)
}

/// Names of the policy's parameters.
pub(super) fn parameter_names() -> Vec<&'static str> {
    use std::sync::LazyLock;
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let parameters = serde_json::to_value(Policy::builtin().parameters()).unwrap_or_default();
        parameters.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default()
    });
    NAMES.iter().map(String::as_str).collect()
}
