//! The demo's past is lived by the product's own commands, and its books agree.

#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

use std::collections::BTreeSet;
use yuanlu_app::inputs::Page;
use yuanlu_app::principal::Principal;
use yuanlu_app::views::{CaseView, RemedyView};
use yuanlu_app::{App, Born, Clock, Config, Limits};
use yuanlu_domain::time::Instant;
use yuanlu_storage::order_file::Cursor;
use yuanlu_world::seed::{ORDERS, seed};
use yuanlu_world::{Login, Random, Simulated, World};

struct Lived {
    world: World,
    logins: Vec<Login>,
    folder: std::path::PathBuf,
}

impl Drop for Lived {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn live(name: &str, orders: usize) -> Lived {
    let folder = std::env::temp_dir().join(format!("yuanlu-past-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let mut random = Random::new([7; 32]);
    let simulated = Simulated::new(random.bytes(), random.bytes(), "http://shop.test").unwrap();
    let mut config = Config::new(&folder, Born::Demo);
    config.clock = Clock::manual(Instant::from_shanghai(2026, 10, 23, 10, 0, 0));
    config.limits = Limits::none();
    config.probe_hosts = vec![yuanlu_world::issuer::ISSUER_HOST.to_owned()];
    config.seed = Some(random.bytes());
    config.channels = simulated.channels().ids().cloned().collect();
    config.roads = std::sync::Arc::new(simulated.channels().roads());
    let mut world = World::new(App::open(config).unwrap(), simulated);
    let logins = seed(&mut world, [3; 32], orders, &mut |_, _| {}).unwrap();
    Lived { world, logins, folder }
}

/// Every case, as the program sees it, with the offers made before it.
fn cases(world: &World) -> Vec<CaseView> {
    let app = world.app();
    let listed: yuanlu_storage::Result<Vec<_>> = app.db().read(|db| {
        let mut listed = Vec::new();
        for seller in yuanlu_storage::seller::list(db)? {
            listed.extend(yuanlu_storage::refund_case::list_of_seller(db, seller.id.as_str(), &Cursor::start(), 1000)?);
        }
        Ok(listed)
    });
    let view = |found: &yuanlu_storage::refund_case::Listed| app.load_case(&Principal::Program, &found.case).unwrap();
    listed.unwrap().iter().map(view).collect()
}

fn remedy(remedy: &RemedyView) -> String {
    format!("{} {}", remedy.hearing, remedy.result.unwrap_or("open"))
}

/// What there is to be seen in a case, in short.
fn seen(world: &World, case: &CaseView) -> Vec<String> {
    let mut seen = vec![
        format!("point {}", case.point),
        format!("state {}", case.summary.state),
        format!("hearing {}", case.hearing.unwrap_or("-")),
    ];
    seen.extend(case.summary.outcome_code.map(|code| format!("outcome {code}")));
    seen.extend(case.summary.turn_who.map(|who| format!("turn {who}")));
    let order = yuanlu_domain::ids::OrderId::from(case.order.order.as_str());
    let thread = world.app().thread(&Principal::Program, &order).unwrap();
    let offers = thread.offers.iter().chain(&case.offers);
    seen.extend(offers.map(|offer| format!("{} {}", offer.kind, offer.state)));
    let marks = thread.messages.iter().flat_map(|message| &message.marks);
    seen.extend(marks.map(|mark| format!("mark {}", mark.kind)));
    seen.extend(case.remedies.iter().map(remedy));
    seen.extend(case.decision.as_ref().map(|decision| format!("by {}", decision.by)));
    seen.extend(case.proposal.is_some().then(|| "to be taken back".to_owned()));
    seen.extend(case.unmanned.then(|| "unmanned".to_owned()));
    seen.extend(
        case.panel
            .as_ref()
            .filter(|_| case.summary.state == "before_panel")
            .map(|panel| if panel.votes_until.is_some() { "panel votes" } else { "panel collects" }.to_owned()),
    );
    seen
}

const TO_BE_SEEN: &[&str] = &[
    "state awaiting_buyer",
    "state awaiting_seller",
    "state offer_made",
    "state under_review",
    "state before_panel",
    "state refunding",
    "state awaiting_route",
    "state completed",
    "state rejected",
    "state replaced",
    "state withdrawn",
    "state closed",
    "point account_check",
    "point account_payment",
    "point abnormal_at_channel",
    "point arrival_doubted",
    "point buyer_route",
    "point rest_days",
    "outcome CLOSED_FINAL",
    "outcome CLOSED_KEPT",
    "outcome CLOSED_TIMEOUT",
    "outcome CLOSED_REPLACED",
    "turn buyer",
    "turn seller",
    "turn reviewer",
    "turn senior_reviewer",
    "turn risk",
    "turn panel",
    "turn finance",
    "turn channel",
    "refund standing",
    "refund accepted",
    "refund declined",
    "refund lapsed",
    "replacement standing",
    "replacement accepted",
    "more_time accepted",
    "mark promise_refund",
    "hearing person",
    "appeal open",
    "appeal upheld",
    "appeal dismissed",
    "complaint open",
    "complaint upheld",
    "objection open",
    "objection upheld",
    "panel collects",
    "panel votes",
    "by panel",
    "by staff",
    "by seller",
    "by seller_silence",
    "by automatic",
    "by agreement",
    "to be taken back",
    "unmanned",
];

#[test]
fn every_state_and_turn_is_there_and_the_books_agree() {
    let lived = live("whole", ORDERS);
    let (world, app) = (&lived.world, lived.world.app());
    let cases = cases(world);
    let found: BTreeSet<String> = cases.iter().flat_map(|case| seen(world, case)).collect();
    let missing: Vec<_> = TO_BE_SEEN.iter().filter(|wanted| !found.contains(**wanted)).collect();
    assert!(missing.is_empty(), "nothing shows {missing:?}, but {found:?}");
    assert!((100..=220).contains(&cases.len()), "{} cases", cases.len());
    let products = app.list_products(&Default::default(), &Page::default()).unwrap();
    assert!(products.items.len() >= 14, "{} products", products.items.len());
    assert_eq!(app.organisations().unwrap().iter().map(|one| one.arbitrators).sum::<u64>(), 20);
    for (over, states) in [(false, &["at_risk", "awaiting_reporter"]), (true, &["upheld", "not_upheld"])] {
        let found = app.tip_offs(&Principal::Program, over, &Page::default()).unwrap();
        let found: BTreeSet<_> = found.items.iter().map(|one| one.outcome.unwrap_or(one.state)).collect();
        assert!(states.iter().all(|state| found.contains(state)), "tip-offs {found:?}");
    }
    let report = yuanlu_storage::verify::verify(app.db(), None, |_| {}).unwrap();
    assert_eq!(report.differences, [], "after {} entries", report.entries);
    assert_ne!(app.count_conduct_flags(&Principal::Program).unwrap(), 0, "flags wait for risk");
    let appealed = app.finding_appeals(&Principal::Program, &Page::default()).unwrap();
    assert_eq!(appealed.items.iter().map(|one| one.ground).collect::<Vec<_>>(), ["contact"]);
    the_sellers_money(app);
    the_logins_serve(&lived);
    let violations = world.simulated().lock().ledger().violations.clone();
    assert_eq!(violations, Vec::<String>::new(), "the channel was asked for something a careful client never asks");
}

/// Withdrawals were paid out and one waits; refunds after settlement left a debt that the deposit covered.
fn the_sellers_money(app: &App) {
    let waiting = app.withdrawals(&Principal::Program).unwrap();
    assert!(!waiting.is_empty() && waiting.iter().all(|row| row.state == "waiting"), "{waiting:?}");
    let funds = app.deposits(&Principal::Program, &Page { limit: Some(100), cursor: None }).unwrap().items;
    let covered: Vec<_> = funds.iter().filter(|row| row.deposit.minor == 3_000_000).collect();
    assert!(covered.is_empty(), "the licence shop's deposit was drawn: {funds:?}");
    let executed = funds.iter().filter(|row| {
        let account = app.seller_account(&Principal::Program, &row.seller.id.as_str().into()).unwrap();
        account.withdrawn.minor > 0 && account.withdrawals.iter().any(|row| row.reference.is_some())
    });
    assert!(executed.count() >= 2);
}

/// Of each role somebody can sign in, and the first arbitrator finds something to vote on.
fn the_logins_serve(lived: &Lived) {
    let roles: BTreeSet<&str> = lived.logins.iter().map(|login| login.role.as_str()).collect();
    let expected =
        ["admin", "arbitrator", "buyer", "finance", "reviewer", "risk", "seller", "senior_reviewer", "support"];
    assert_eq!(roles, BTreeSet::from(expected));
    let app = lived.world.app();
    let first = lived.logins.iter().find(|login| login.role == "arbitrator").unwrap();
    let input = yuanlu_app::inputs::LoginInput {
        login: first.login.clone(),
        password: first.password.as_str().into(),
        totp: first.code(app.clock().real_now()),
    };
    let signed_in = app.login(&input, yuanlu_app::SessionKind::Web, &Default::default()).unwrap();
    let panels = app.panels(&signed_in.principal).unwrap();
    assert!(panels.iter().any(|row| row.to_do && row.phase == "votes"), "{panels:?}");
}

/// Payment and refund numbers name their orders, and every movement has its sum and its instant: the same seed and the
/// same start live the same past.
#[test]
fn the_same_seed_lives_the_same_past() {
    let movements = |name| live(name, 24).world.simulated().lock().ledger().movements.clone();
    let first = movements("first");
    assert!(first.len() > 20, "{} movements", first.len());
    assert_eq!(first, movements("second"));
}
