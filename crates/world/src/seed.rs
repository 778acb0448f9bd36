//! Fills a new demo: people, sellers, products and codes, then a month of orders and cases, all by the product's own
//! commands while the clock moves up to the present.

use crate::course::{Cast, Course, origin};
use crate::issuer::ISSUER_URL;
use crate::logins::Login;
use crate::market::{BUYERS, ORGANISATIONS, PRODUCTS, SELLERS};
use crate::opinions;
use crate::plan::{Plan, plans};
use crate::random::Random;
use crate::till::Till;
use crate::{Trouble, World};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use yuanlu_app::inputs::{CodeProbeInput, InviteInput, OrganisationInput, RegisterInput};
use yuanlu_app::principal::Principal;
use yuanlu_app::totp_code;
use yuanlu_domain::ids::{ProductId, SellerId};
use yuanlu_domain::time::Instant;
use yuanlu_simulator::bank::Flaw;
use yuanlu_simulator::{Movement, What};

/// Days of past.
pub const DAYS: i64 = 30;
/// Orders unless told otherwise.
pub const ORDERS: usize = 320;

/// Staff of the demo: login name and role.
const STAFF: &[(&str, &str)] = &[
    ("reviewer", "reviewer"),
    ("reviewer2", "reviewer"),
    ("senior", "senior_reviewer"),
    ("risk", "risk"),
    ("support", "support"),
    ("finance", "finance"),
];

/// Lives the past; answers who can sign in. `progress` is told how many of how many steps are done.
///
/// # Errors
/// Names the act that a use case refused.
pub fn seed(
    world: &mut World,
    seed: [u8; 32],
    orders: usize,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Vec<Login>, Trouble> {
    let mut random = Random::new(seed);
    let end = world.now().plus_days(DAYS);
    let (cast, mut logins) = open_house(world, &mut random)?;
    let (mut courses, mut disproved) = (Vec::new(), 0);
    let mut due = BinaryHeap::new();
    for (plan, start) in schedule(world.now(), end, orders, &mut random) {
        // The buyer whose password is printed has more to look at. Nobody is found wrong so often that he is restricted.
        let buyer = match plan.disproves() {
            true => {
                disproved += 1;
                disproved % cast.buyers.len()
            }
            false if random.below(4) == 0 => 0,
            false => random.below(cast.buyers.len()),
        };
        due.push(Reverse((start, courses.len())));
        courses.push(Course::new(plan, buyer, &cast));
    }
    let mut till = Till::between(world.now(), end);
    let whole = u64::try_from(end.micros_since(world.now())).unwrap_or(1);
    let mut spoilt = SpoiltBill::before(end);
    while let Some(Reverse((at, number))) = due.pop().filter(|Reverse((at, _))| *at <= end) {
        till.run_until(at, world, &cast, &logins)?;
        spoilt.on_the_way_to(world, at);
        world.advance_to(at);
        debug_assert!(world.now() == at, "somebody was kept waiting");
        let course: &mut Course = &mut courses[number];
        course.step(world, &cast, &mut random)?;
        if let Some(minutes) = course.wait() {
            due.push(Reverse((at.plus_minutes(minutes), number)));
        }
        progress(whole - u64::try_from(end.micros_since(at)).unwrap_or_default(), whole);
    }
    till.run_until(end, world, &cast, &logins)?;
    spoilt.on_the_way_to(world, end);
    world.advance_to(end);
    progress(whole, whole);
    opinions::speak(world, &cast, &mut random)?;
    waiting_first(world, &cast, &mut logins)?;
    Ok(logins)
}

/// One morning of the past the channel's bill has errors: a refund is missing, and a payment has another sum.
struct SpoiltBill {
    from: Instant,
    until: Instant,
    spoilt: bool,
    mended: bool,
}

impl SpoiltBill {
    fn before(end: Instant) -> Self {
        let day = Instant::start_of(end.plus_days(-2).date());
        Self { from: day.plus_hours(9), until: day.plus_hours(12), spoilt: false, mended: false }
    }

    /// Spoils the bill when its morning comes, and mends it by noon.
    fn on_the_way_to(&mut self, world: &mut World, at: Instant) {
        if !self.spoilt && at >= self.from {
            world.advance_to(self.from);
            self.spoilt = true;
            let day = self.from.plus_days(-1).date();
            let mut simulator = world.simulated().lock();
            let of_day = |m: &&Movement| Instant::from_micros(m.at).date() == day;
            let moved: Vec<Movement> = simulator.ledger().movements.iter().filter(of_day).cloned().collect();
            if let Some(refund) = moved.iter().find(|m| m.what == What::Left) {
                simulator.add_flaw(Flaw::Missing(refund.refund_no.clone()));
            }
            if let Some(paid) = moved.iter().rfind(|m| m.what == What::PaidIn) {
                simulator.add_flaw(Flaw::OtherAmount(paid.payment_no.clone(), paid.amount_minor - 100));
            }
        }
        if !self.mended && at >= self.until {
            world.advance_to(self.until);
            world.simulated().lock().mend_bills();
            self.mended = true;
        }
    }
}

/// Which course begins when.
fn schedule(from: Instant, end: Instant, orders: usize, random: &mut Random) -> Vec<(Plan, Instant)> {
    let plans = plans();
    let shares: u32 = plans.iter().map(|plan| plan.share).sum();
    let mut fresh: Vec<&Plan> = plans.iter().flat_map(|plan| std::iter::repeat_n(plan, plan.fresh as usize)).collect();
    random.shuffle(&mut fresh);
    fresh.truncate(orders);
    let past = orders - fresh.len();
    let mut all = Vec::new();
    for plan in fresh {
        let since = if plan.at_end { 0 } else { random.between(3, 50) };
        let start = end.plus_minutes(-plan.minutes() - since);
        all.push((plan.clone(), start.max(from.plus_minutes(60))));
    }
    let minutes = end.micros_since(from) / 60_000_000;
    let mut carried = 0;
    for plan in &plans {
        // Each plan's part of the past, the rest of each division carried to the next.
        let exact = carried + past * plan.share as usize;
        carried = exact % shares as usize;
        for _ in 0..exact / shares as usize {
            all.push((plan.clone(), from.plus_minutes(random.between(60, minutes - 240))));
        }
    }
    all
}

fn open_house(world: &World, random: &mut Random) -> Result<(Cast, Vec<Login>), Trouble> {
    let app = world.app();
    let mut logins = Vec::new();
    let link = app.create_first_admin("admin").map_err(Trouble::at("the first administrator"))?;
    let admin = use_link(world, link.expose(), "admin", "admin", random, &mut logins)?;

    opinions::publish(world, &admin)?;

    let mut staff = Vec::new();
    for (login, role) in STAFF {
        let input = invitation(login, role);
        let invited = app.invite(&admin, &input).map_err(Trouble::at(login))?;
        staff.push(use_link(world, invited.link.expose(), role, login, random, &mut logins)?);
    }
    let (mut sellers, mut products) = (Vec::new(), vec![None; PRODUCTS.len()]);
    for (position, plan) in SELLERS.iter().enumerate() {
        let seller = app.admit_seller(&admin, plan.name, plan.self_operated).map_err(Trouble::at(plan.name))?;
        if plan.deposit != "0" {
            let id = SellerId::from(seller.id.as_str());
            app.pay_deposit(&admin, &id, plan.deposit, None).map_err(Trouble::at(plan.name))?;
        }
        let input = InviteInput { seller: Some(seller.id), ..invitation(plan.login, "seller") };
        let invited = app.invite(&admin, &input).map_err(Trouble::at(plan.login))?;
        let person = use_link(world, invited.link.expose(), "seller", plan.login, random, &mut logins)?;
        for (at, product) in PRODUCTS.iter().enumerate().filter(|(_, product)| product.seller == position) {
            let made = app.save_product(&person, None, &product.input()).map_err(Trouble::at(product.title))?;
            let id = ProductId::from(made.id.as_str());
            if product.codes > 0 {
                app.load_codes(&person, &id, &product.code_lines(random)).map_err(Trouble::at(product.title))?;
            }
            if product.probed {
                let input =
                    CodeProbeInput { url: ISSUER_URL.to_owned(), issuer_key: world.issuer().lock().public_key() };
                app.set_product_probe(&person, &id, &input).map_err(Trouble::at(product.title))?;
            }
            products[at] = Some(id);
        }
        sellers.push(person);
    }
    let buyers = register_buyers(world, &admin, random, &mut logins)?;
    let arbitrators = register_arbitrators(world, &admin, random, &mut logins)?;
    let mut staff = staff.into_iter();
    let mut next = || staff.next().ok_or_else(|| Trouble("staff is missing".to_owned()));
    let (reviewer, second, senior, risk, _support, finance) = (next()?, next()?, next()?, next()?, next()?, next()?);
    let products = products.into_iter().flatten().collect();
    let judges = vec![reviewer, second, senior.clone(), risk.clone(), admin];
    Ok((Cast { buyers, sellers, products, judges, risk, finance, senior, arbitrators }, logins))
}

fn invitation(login: &str, role: &str) -> InviteInput {
    InviteInput { login: login.to_owned(), roles: vec![role.to_owned()], seller: None, organisation: None }
}

fn register_arbitrators(
    world: &World,
    admin: &Principal,
    random: &mut Random,
    logins: &mut Vec<Login>,
) -> Result<Vec<Principal>, Trouble> {
    let (app, mut arbitrators) = (world.app(), Vec::new());
    for (name_zh, name_en, registration_no, people) in ORGANISATIONS {
        let input = OrganisationInput {
            name_zh: (*name_zh).to_owned(),
            name_en: (*name_en).to_owned(),
            registration_no: (*registration_no).to_owned(),
            contact: "office@example.org".to_owned(),
            active: true,
        };
        let organisation = app.register_organisation(admin, &input).map_err(Trouble::at(name_en))?;
        for _ in 0..*people {
            let login = format!("arbitrator{}", arbitrators.len() + 1);
            let input = InviteInput { organisation: Some(organisation.id.clone()), ..invitation(&login, "arbitrator") };
            let invited = app.invite(admin, &input).map_err(Trouble::at(&login))?;
            arbitrators.push(use_link(world, invited.link.expose(), "arbitrator", &login, random, logins)?);
        }
    }
    Ok(arbitrators)
}

/// Whoever of the arbitrators has something to vote on comes first: of each role the first is shown.
fn waiting_first(world: &World, cast: &Cast, logins: &mut [Login]) -> Result<(), Trouble> {
    let mut waiting = None;
    for arbitrator in &cast.arbitrators {
        let rows = world.app().panels(arbitrator).map_err(Trouble::at("panels"))?;
        if rows.iter().any(|row| row.to_do) {
            waiting = arbitrator.person().map(|person| person.name.clone());
            break;
        }
    }
    let first = logins.iter().position(|login| login.role == "arbitrator");
    let found = logins.iter().position(|login| Some(&login.login) == waiting.as_ref());
    if let (Some(first), Some(found)) = (first, found) {
        logins.swap(first, found);
    }
    Ok(())
}

fn register_buyers(
    world: &World,
    admin: &Principal,
    random: &mut Random,
    logins: &mut Vec<Login>,
) -> Result<Vec<Principal>, Trouble> {
    let mut buyers = Vec::new();
    for (number, login) in BUYERS.iter().enumerate() {
        let password = password(random);
        let input = RegisterInput { login: (*login).to_owned(), password: password.as_str().into() };
        let grant = world.app().register(&input, &origin(number)).map_err(Trouble::at(login))?;
        // The printed buyer has more, so that visitors can pay from balance too.
        let amount = if number == 0 { "1000.00" } else { "200.00" };
        world.app().credit_balance(admin, login, amount, None).map_err(Trouble::at(login))?;
        logins.push(Login { role: "buyer".to_owned(), login: (*login).to_owned(), password, totp: None });
        buyers.push(grant.principal);
    }
    Ok(buyers)
}

/// Follows a one-time link: sets password and, where the role needs one, the second factor.
fn use_link(
    world: &World,
    link: &str,
    role: &str,
    login: &str,
    random: &mut Random,
    logins: &mut Vec<Login>,
) -> Result<Principal, Trouble> {
    let app = world.app();
    let view = app.open_link(link).map_err(Trouble::at(login))?;
    let secret = view.totp.map(|enrolment| enrolment.secret_base32);
    let code = secret.as_ref().and_then(|secret| totp_code(secret, app.clock().real_now()));
    let password = password(random);
    let grant = app.use_link(link, &password.as_str().into(), code.as_deref(), &origin(0));
    let grant = grant.map_err(Trouble::at(login))?;
    logins.push(Login {
        role: role.to_owned(),
        login: login.to_owned(),
        password,
        totp: secret.map(|secret| secret.expose().clone()),
    });
    Ok(grant.principal)
}

fn password(random: &mut Random) -> String {
    format!("{}-{}-{}", random.characters(4), random.characters(4), random.characters(4))
}
