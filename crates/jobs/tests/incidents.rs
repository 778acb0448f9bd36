//! Runs of mass incidents by the jobs: over a crash, and steadily on the thread that lives the steps.

mod house;

use house::{Folder, person};
use std::collections::BTreeMap;
use std::time::Duration;
use yuanlu_app::inputs::{IncidentInput, LineInput, Origin, PartsInput, PlaceInput, ProductInput, SelectionInput};
use yuanlu_app::jobs::RunStep;
use yuanlu_app::{App, Born, Clock, Config, Limits};
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::Role;
use yuanlu_domain::ids::{DeskId, OrderId};
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{Direct, Jobs, Runner, Tick};
use yuanlu_storage::incident::{self, ItemState};
use yuanlu_storage::{Db, order_file};

fn open(folder: &Folder, clock: Clock) -> App {
    let config = Config { clock, limits: Limits::none(), ..Config::new(&folder.0, Born::Live) };
    App::open(config).expect("opens")
}

/// So many top-ups that nobody delivered, paid from balance; and an incident about them to which two people agreed.
fn agreed(app: &App, orders: usize, rate: u32) -> (DeskId, Vec<OrderId>) {
    let token = app.create_first_admin("root").expect("an administrator");
    let totp = app.open_link(token.expose()).expect("a link").totp.expect("a second factor");
    let code = yuanlu_app::totp_code(&totp.secret_base32, app.clock().real_now());
    let admin = app.use_link(token.expose(), &"correct horse battery".into(), code.as_deref(), &Origin::default());
    let admin = admin.expect("arrives").principal;
    let seller = app.admit_seller(&admin, "直充小店", false).expect("admitted");
    let shop = person("seller", &[Role::Seller], Some(seller.id.as_str().into()));
    let product = ProductInput {
        title: "直充".into(),
        description: String::new(),
        how_to_use: String::new(),
        kind: "direct_top_up".into(),
        delivery_event: None,
        face: None,
        price: "0.10".into(),
        promise_hours: 24,
        window_days: 15,
        warranty_days: 0,
        fee_disclosed: false,
        special: None,
        needs_confirmation: false,
        on_sale: true,
    };
    let product = app.save_product(&shop, None, &product).expect("saved").id;
    let register =
        yuanlu_app::inputs::RegisterInput { login: "buyer".into(), password: "correct horse battery".into() };
    let buyer = app.register(&register, &Origin::default()).expect("registered").principal;
    app.credit_balance(&admin, "buyer", "1000.00", None).expect("credited");
    let line = LineInput {
        product: product.clone(),
        quantity: 1,
        seen_price: "0.10".into(),
        confirmed: false,
        recipient: Some("player-2048".into()),
    };
    let place = PlaceInput { lines: vec![line], parts: PartsInput::default(), tender: "balance".into(), guest: None };
    let placed = (0..orders).map(|_| app.place_order(&buyer, &place, None, &Origin::default()).expect("placed").order);
    let placed = placed.map(|order| OrderId::from(order.as_str())).collect();
    let input = IncidentInput {
        selection: SelectionInput { product: Some(product), ..SelectionInput::default() },
        reason: "not_delivered".into(),
        bearer: "seller".into(),
        words: "上游停机，所有订单都没有到账。".into(),
        rate,
    };
    let risk = person("risk", &[Role::Risk], None);
    let incident = app.propose_incident(&risk, &input, None).expect("proposed").incident;
    let incident = DeskId::from(incident.as_str());
    app.approve_incident(&admin, &incident).expect("agreed");
    (incident, placed)
}

/// How often each order was refunded: T02, T03.
fn payouts(db: &Db, orders: &[OrderId]) -> BTreeMap<usize, usize> {
    let ids: Vec<&str> = orders.iter().map(OrderId::as_str).collect();
    let files = db.read(|db| order_file::load(db, &ids)).expect("reads");
    let mut counts = BTreeMap::new();
    for file in files {
        *counts.entry(file.aggregate.payouts.len()).or_default() += 1;
    }
    counts
}

#[test]
fn t02_t07_a_run_goes_on_after_a_crash_and_refunds_nobody_twice() {
    let folder = Folder::new("incident-crash");
    let now = Instant::from_shanghai(2026, 3, 10, 10, 0, 0);
    let app = open(&folder, Clock::manual(now));
    let (desk, orders) = agreed(&app, 600, 0);
    let mut jobs = Jobs::new(app.clone(), Channels::new());
    jobs.step(Tick::steady(now), Vec::new());
    assert_eq!((jobs.incidents(), payouts(app.db(), &orders)), (RunStep::More, BTreeMap::from([(0, 344), (1, 256)])));
    // The process, which has claimed the rest, refunds some of them and dies.
    let some = app.db().read(|db| incident::list(db, &desk, Some(ItemState::Pending), "", 40)).expect("reads");
    let some = some.iter().map(|item| yuanlu_app::incident_run::refunding(&desk, &item.order, &item.units));
    for outcome in app.engine().commands(some.collect()) {
        outcome.expect("refunded");
    }
    drop((jobs, app));

    let clock = Clock::manual(now);
    let app = open(&folder, clock.clone());
    let mut jobs = Jobs::new(app.clone(), Channels::new());
    let mut now = now;
    for _ in 0..5 {
        jobs.slice(now);
    }
    assert_eq!(jobs.incidents(), RunStep::Later, "the lease of the dead process is not over");
    assert_eq!(payouts(app.db(), &orders), BTreeMap::from([(0, 304), (1, 296)]));
    for _ in 0..6 {
        now = now.plus_seconds(30);
        clock.set(now);
        jobs.step(Tick::steady(now), Vec::new());
    }
    assert_eq!(payouts(app.db(), &orders), BTreeMap::from([(1, 600)]));
    let risk = person("risk", &[Role::Risk], None);
    let over = app.incident(&risk, &desk).expect("shown");
    assert_eq!((over.state, over.progress.done, over.progress.refunded[0].minor), ("done", 600, 6_000));
    assert_eq!(jobs.incidents(), RunStep::Idle);
    let report = yuanlu_storage::verify::verify(app.db(), None, |_| {}).expect("reads");
    assert!(report.differences.is_empty(), "{:?}", report.differences);
}

#[test]
fn the_thread_keeps_to_the_rate_stops_when_told_and_goes_on() {
    let folder = Folder::new("incident-thread");
    let app = open(&folder, Clock::system());
    let (desk, orders) = agreed(&app, 90, 60);
    let risk = person("risk", &[Role::Risk], None);
    let began = app.now();
    let clock = app.clone();
    let nobody = Direct(|_: http::Request<Vec<u8>>| Reply::ConnectionLost);
    let runner = Runner::start(Jobs::new(app.clone(), Channels::new()), nobody, move || clock.now()).expect("starts");
    let until = |what: &dyn Fn() -> bool| {
        for _ in 0..1500 {
            if what() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it never happened");
    };
    let done = || app.incident(&risk, &desk).expect("shown").progress.done;
    until(&|| done() >= 20);
    let micros = app.now().micros_since(began);
    assert!(micros >= 250_000, "20 orders at 60 a second in {micros} µs");
    app.pause_incident(&risk, &desk).expect("paused");
    let before = done();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(done(), before, "nothing after the pause was answered");
    app.set_incident_rate(&risk, &desk, 0).expect("as fast as it goes");
    app.resume_incident(&risk, &desk).expect("goes on");
    until(&|| app.incident(&risk, &desk).expect("shown").state == "done");
    drop(runner);
    assert_eq!(payouts(app.db(), &orders), BTreeMap::from([(1, 90)]));
}
