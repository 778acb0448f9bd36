//! Jobs on the real application: an embedded database, its engine, and a clock that stands still.

mod house;

use house::{Folder, person, sell_out};
use yuanlu_app::engine::Envelope;
use yuanlu_app::inputs::{LineInput, Origin, PartsInput, PlaceInput};
use yuanlu_app::{App, Born, Clock, Config};
use yuanlu_channels::callback::{PaymentOp, Scene};
use yuanlu_channels::sim::{SimChannel, SimConfig, public_key};
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::command::{Act, Command, WalletAct};
use yuanlu_domain::ids::{CaseId, OrderId};
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Actor, Role};
use yuanlu_jobs::{Jobs, Shop, Tick};
use yuanlu_money::Money;
use yuanlu_simulator::{Behaviour, Choice, Chooser, Setup, Simulator};

fn credit() -> Command {
    Command {
        by: Actor::Staff { account: "f1".into(), role: Role::Finance },
        act: Act::Wallet { account: "b1".into(), act: WalletAct::Credit { amount: Money::cny(10_000) } },
    }
}

#[test]
fn the_days_work_seals_what_changed_and_only_that() {
    let folder = Folder::new("seal");
    let now = Instant::from_shanghai(2026, 3, 10, 10, 0, 0);
    let mut config = Config::new(&folder.0, Born::Live);
    config.clock = Clock::manual(now);
    config.seed = Some([3; 32]);
    let app = App::open(config).expect("opens");
    app.engine().command(Envelope::program(credit())).expect("credited");
    let mut jobs = Jobs::new(app.clone(), Channels::new());
    assert!(jobs.step(Tick::steady(now), Vec::new()).is_empty());
    assert_eq!(app.seal_journals().expect("sealed"), 0, "the jobs did it already");
    assert_eq!(app.seal_public_key().expect("reads").map(|key| key.len()), Some(32));

    app.engine().command(Envelope::program(credit())).expect("credited");
    jobs.step(Tick::steady(now.plus_hours(13)), Vec::new());
    assert_eq!(app.seal_journals().expect("sealed"), 1, "still the same day");

    app.engine().command(Envelope::program(credit())).expect("credited");
    jobs.step(Tick::steady(now.plus_hours(14)), Vec::new());
    assert_eq!(app.seal_journals().expect("sealed"), 0, "another day");
}

#[test]
fn what_the_rules_refuse_is_no_failure_of_the_store() {
    let folder = Folder::new("refused");
    let now = Instant::from_shanghai(2026, 3, 10, 10, 0, 0);
    let mut config = Config::new(&folder.0, Born::Live);
    config.clock = Clock::manual(now);
    let app = App::open(config).expect("opens");
    let mut by_nobody = credit();
    by_nobody.by = Actor::Program;
    let answers = Shop::submit(&app, vec![credit(), by_nobody, credit()], now);
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(matches!(answers[1], Err(yuanlu_jobs::Failure::Refused(_))), "{answers:?}");
}

#[test]
fn the_road_home_on_a_real_database_over_a_crash() {
    let folder = Folder::new("road");
    let now = Instant::from_shanghai(2026, 3, 10, 10, 0, 0);
    let open = |now: Instant| {
        let mut config = Config::new(&folder.0, Born::Demo);
        config.clock = Clock::manual(now);
        config.channels = vec!["sim".into()];
        App::open(config).expect("opens")
    };
    let mut simulator = Simulator::new(Setup {
        key_seed: "02".repeat(32),
        merchant: "shop-1".into(),
        merchant_key: public_key(&[1; 32]).iter().map(|b| format!("{b:02x}")).collect(),
        notify_url: "http://shop.test/callbacks/sim".into(),
        chooser: Chooser::Always(Behaviour::DropMoved),
    })
    .expect("a simulator");
    let channels = Channels::new().with(SimChannel::new(SimConfig {
        merchant: "shop-1".into(),
        base_url: "http://sim.test".into(),
        key_seed: [1; 32],
        channel_key: simulator.public_key(),
    }));

    let app = open(now);
    let product = sell_out(&app);
    let buyer = person("buyer", &[Role::Buyer], None);
    let line = LineInput {
        product,
        quantity: 1,
        seen_price: "88.00".into(),
        confirmed: false,
        recipient: Some("player-2048".into()),
    };
    let place = PlaceInput { lines: vec![line], parts: PartsInput::default(), tender: "sim".into(), guest: None };
    let order = app.place_order(&buyer, &place, None, &Origin::default()).expect("placed").order;
    let order = OrderId::from(order.as_str());
    let payment = app.load_order(&buyer, &order).expect("shown").payments[0].no.clone();
    let entrances = channels.entrances();
    let link = entrances.get(&"sim".into()).expect("a channel").cashier(
        &PaymentOp {
            no: payment.as_str().into(),
            amount: Money::cny(8_800),
            subject: order.to_string(),
            return_url: "http://shop.test/".into(),
            pay_until: now.plus_hours(1),
            since: now,
            scene: Scene::Page,
            payer_ip: String::new(),
        },
        now,
    );
    let link = link.link().expect("a link");
    simulator.open(link.split_once('?').expect("a query").1).expect("a good link");
    simulator.choose(&payment, Choice::Pay, now.micros()).expect("paid");

    // No callback ever comes (T13): the jobs ask, the goods are sold out, the refund is decided and sent; the answer is
    // lost, and the process dies (T07).
    let mut jobs = Jobs::new(app.clone(), channels.clone());
    let mut now = now.plus_minutes(3);
    let mut replies = Vec::new();
    let mut sent = 0;
    while sent == 0 {
        app.clock().set(now);
        let calls = jobs.step(Tick::steady(now), std::mem::take(&mut replies));
        for call in calls {
            if call.request.method() == "POST" {
                sent += 1;
                // T06, T37: while the call is out, others see the attempt, and the store takes more work.
                let case = CaseId::of(&order, 1);
                let money = app.load_case(&buyer, &case).expect("shown").breakdown.expect("decided");
                assert_eq!(money.destinations[0].state, "calling");
                app.engine().command(Envelope::program(credit())).expect("no transaction is open");
            }
            let answer = simulator.handle(&call.request, now.micros());
            replies.push((call.ticket, answer.map_or(Reply::ConnectionLost, Reply::from_http)));
        }
        now = now.plus_seconds(1);
        assert!(now < Instant::from_shanghai(2026, 3, 10, 10, 10, 0), "the refund never left");
    }
    drop((jobs, app));

    // T08: asked about under the same number, found arrived, nothing sent again.
    let app = open(now);
    let mut jobs = Jobs::new(app.clone(), channels);
    let mut replies = Vec::new();
    for _ in 0..180 {
        app.clock().set(now);
        for call in jobs.step(Tick::steady(now), std::mem::take(&mut replies)) {
            assert_eq!(call.request.method(), "GET", "asked, not sent");
            let answer = simulator.handle(&call.request, now.micros());
            replies.push((call.ticket, answer.map_or(Reply::ConnectionLost, Reply::from_http)));
        }
        now = now.plus_seconds(1);
    }
    let shown = app.load_order(&buyer, &order).expect("shown");
    assert_eq!(shown.cases.len(), 1);
    assert_eq!(shown.cases[0].state, "completed");
    assert_eq!(simulator.ledger().returned(&payment), 8_800);
    assert_eq!(simulator.ledger().movements.len(), 2, "in once, out once");
}
