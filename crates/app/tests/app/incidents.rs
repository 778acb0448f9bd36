//! Mass incidents on a real database (S29): what was foreseen is what is refunded, two people agree, a run can be stopped and
//! goes on, and whatever else happens to the orders meanwhile, nobody gets more than he paid.

use super::house::{House, application, books_balance, config, id, origin, place, register};
use std::sync::atomic::{AtomicBool, Ordering};
use yuanlu_app::engine::Lane;
use yuanlu_app::inputs::{IncidentInput, Page, SelectionInput};
use yuanlu_app::jobs::{InHand, RunStep};
use yuanlu_app::views::{IncidentView, OrderView, ProductView};
use yuanlu_app::{App, AppError, Config, Principal};
use yuanlu_domain::Refusal;
use yuanlu_domain::ids::DeskId;
use yuanlu_storage::incident::{self as rows, Claimed, ItemState};
use yuanlu_storage::testing::server_schema;
use yuanlu_storage::{Tx, notice, order_file, stock, tally};

fn codes(n: usize) -> String {
    (0..n).map(|n| format!("MASS-{n:04}-{:04}", n * 7919 % 10_000)).collect::<Vec<_>>().join("\n")
}

fn because(product: &ProductView) -> IncidentInput {
    IncidentInput {
        selection: SelectionInput { product: Some(product.id.clone()), ..SelectionInput::default() },
        reason: "invalid_code".into(),
        bearer: "seller".into(),
        words: "供应商确认这一批卡密全部失效。".into(),
        rate: 0,
    }
}

fn desk(incident: &IncidentView) -> DeskId {
    DeskId::from(incident.incident.as_str())
}

/// Steps until nothing runs any more.
fn run(app: &App) {
    let mut hand = InHand::default();
    for _ in 0..1000 {
        if app.run_incidents(&mut hand, app.now(), 256).unwrap() == RunStep::Idle {
            return;
        }
    }
    panic!("a run without end");
}

fn refunded(app: &App, order: &OrderView) -> i64 {
    let file = app.db().read(|db| order_file::find(db, &id(order))).unwrap().unwrap().aggregate;
    assert!(file.units.iter().all(|unit| unit.refunded_minor <= unit.paid_minor), "T01: beyond its price");
    file.payouts.iter().map(|payout| payout.amount_minor).sum()
}

/// A shop with people of risk and finance.
fn house(name: &str) -> (House, Principal, Principal) {
    let mut house = House::new(name);
    let (risk, finance) = (house.staff("risk"), house.staff("finance"));
    (house, risk, finance)
}

#[test]
fn what_was_foreseen_is_what_is_refunded_and_everybody_is_told() {
    let (house, risk, finance) = house("incident");
    let app = &house.app;
    let card = house.card(&codes(20));
    let orders: Vec<OrderView> = (0..6).map(|n| house.buy(&card, 1 + n % 2)).collect();
    let (guest, _) = house.guest_buys(&card);
    // One is refunded already, one has an open case, one was used.
    house.apply(&house.buyer, &orders[0], "personal").unwrap();
    house.apply(&house.buyer, &orders[2], "invalid_code").unwrap();
    app.reveal(&house.buyer, &id(&orders[4]), 1).unwrap();
    app.report_redemption(&house.seller, &id(&orders[4]), 1, "2026-03-10 09:59").unwrap();

    let input = because(&card);
    let foreseen = app.preview_incident(&risk, &input).unwrap();
    assert_eq!((foreseen.orders, foreseen.refunds, foreseen.cases), (7, 5, 1));
    let left_out: Vec<_> = foreseen.left_out.iter().map(|left| (left.why.as_str(), left.orders)).collect();
    assert_eq!(left_out, [("nothing_left", 1), ("redeemed", 1)]);
    // Orders 1, 3 and 5 have two units each.
    let ways: Vec<_> = foreseen.ways.iter().map(|share| (share.way.as_str(), share.amount.minor)).collect();
    assert_eq!(ways, [("balance", 7 * 9_999), ("sim", 9_999)]);
    let share = &foreseen.sellers[0];
    assert_eq!((share.escrow.minor, share.payable.minor, share.in_debt), (8 * 9_999, 0, false));

    let proposed = app.propose_incident(&risk, &input, Some("k")).unwrap();
    assert_eq!((proposed.state, proposed.progress.orders, proposed.progress.left), ("waiting", 7, 7));
    assert_eq!(proposed.forecast.as_ref(), Some(&foreseen));
    assert_eq!(app.propose_incident(&risk, &input, Some("k")).unwrap().incident, proposed.incident, "the same click");
    let incident = desk(&proposed);
    let mut hand = InHand::default();
    assert_eq!(app.run_incidents(&mut hand, app.now(), 256).unwrap(), RunStep::Idle, "nobody has agreed yet");
    assert_eq!(app.approve_incident(&risk, &incident).err(), Some(AppError::Forbidden));
    let approved = app.approve_incident(&finance, &incident).unwrap();
    assert_eq!((approved.state, approved.actions), ("running", vec!["pause", "set_rate", "cancel"]));
    run(app);

    let over = app.incident(&finance, &incident).unwrap();
    let progress = &over.progress;
    assert_eq!((over.state, progress.done, progress.skipped, progress.left, progress.percent), ("done", 5, 2, 0, 100));
    assert_eq!(progress.refunded[0].minor, 8 * 9_999, "as foreseen");
    assert_eq!(refunded(app, &orders[2]), 9_999, "its case was decided");
    assert_eq!(refunded(app, &orders[4]), 0, "the code was used");
    assert_eq!(refunded(app, &guest), 9_999);
    let mut whys = Vec::new();
    app.incident_report(&finance, &incident, &mut |item| whys.push((item.state, item.why.clone()))).unwrap();
    whys.sort();
    let expected = [
        ("done", ""),
        ("done", ""),
        ("done", ""),
        ("done", ""),
        ("done", "open_case"),
        ("skipped", "nothing_left"),
        ("skipped", "redeemed"),
    ];
    assert_eq!(whys.iter().map(|(state, why)| (*state, why.as_str())).collect::<Vec<_>>(), expected);
    let skipped = app.incident_items(&risk, &incident, Some("skipped"), &Page::default()).unwrap();
    assert_eq!(skipped.items.len(), 2);

    let told = |recipient: &str, kind: &str| {
        let all = app.db().read(|db| notice::list(db, recipient, None, 100)).unwrap();
        all.into_iter().filter(|told| told.kind == kind).collect::<Vec<_>>()
    };
    let buyer = format!("acct:{}", house.buyer.account().unwrap());
    let of_buyer = told(&buyer, "incident_refund");
    assert_eq!(of_buyer.len(), 4);
    assert!(of_buyer.iter().all(|told| told.amount_minor.is_some() && told.due.is_some() && told.case.is_some()));
    let seller = format!("seller:{}", share.seller.id);
    let sum = told(&seller, "incident_sum");
    assert_eq!((sum.len(), sum[0].amount_minor), (1, Some(8 * 9_999)), "once, in sum");
    assert_eq!(told(&seller, "case_approved").len(), 1, "only the one that was no part of it");
    assert!(told(&seller, "code_to_cancel").is_empty());
    let counts = app.db().read(|db| stock::count(db, &[card.id.as_str()])).unwrap();
    assert_eq!(counts.values().next().unwrap().quarantined, 8, "bad codes are never sold again (R36)");
    run(app);
    books_balance(app);
}

#[test]
fn what_is_claimed_ahead_is_let_go_when_its_lease_is_over_or_the_run_is_paused_or_slowed_down() {
    let (house, risk, finance) = house("incident-ahead");
    let app = &house.app;
    let card = house.product("game_card", &codes(40), |input| input.price = "9.99".into());
    let orders: Vec<OrderView> = (0..40).map(|_| house.buy(&card, 1)).collect();
    let incident = desk(&app.propose_incident(&risk, &because(&card), None).unwrap());
    app.approve_incident(&finance, &incident).unwrap();
    let step = |hand: &mut InHand| {
        let step = app.run_incidents(hand, app.now(), 1).unwrap();
        (step, app.incident(&risk, &incident).unwrap().progress.done)
    };
    let wait = |seconds| house.clock.set(house.clock.now().plus_seconds(seconds));
    // Each of two nodes holds eight of the forty, and refunds them one by one.
    let (mut here, mut there) = (InHand::default(), InHand::default());
    assert_eq!([step(&mut here), step(&mut there), step(&mut here)].map(|(_, done)| done), [1, 2, 3]);
    // One of them did not come to it for a minute: it takes the next eight, and not what somebody may have now.
    wait(60);
    assert_eq!(step(&mut here), (RunStep::More, 4));
    app.pause_incident(&risk, &incident).unwrap();
    assert_eq!(step(&mut here), (RunStep::Idle, 4), "nothing while it is paused");
    app.resume_incident(&finance, &incident).unwrap();
    // It begins with the first again: those that both held, and nobody refunded.
    let claimed = |app: &App| {
        let desk = incident.clone();
        let claim = move |tx: &Tx<'_>, now| rows::claim(tx, &desk, now, 1);
        match app.engine().write(Lane::Bulk, claim).unwrap() {
            Claimed::Items { items, .. } => items[0].0.clone(),
            other => panic!("no order: {other:?}"),
        }
    };
    let pending = app.db().read(|db| rows::list(db, &incident, Some(ItemState::Pending), "", 100)).unwrap();
    assert_eq!(claimed(app), pending[0].order);
    assert_eq!(step(&mut here), (RunStep::More, 5));
    assert_eq!(app.set_incident_rate(&risk, &incident, 1).unwrap().rate, 1);
    assert_eq!(step(&mut here), (RunStep::Later, 5), "slower at once, also what is claimed");
    wait(1);
    assert_eq!(step(&mut here), (RunStep::More, 6));
    assert_eq!(step(&mut here), (RunStep::Later, 6));
    app.set_incident_rate(&risk, &incident, 0).unwrap();
    for _ in 0..200 {
        step(&mut here);
        wait(1);
    }
    assert_eq!(step(&mut there), (RunStep::Idle, 40));
    assert!(orders.iter().all(|order| refunded(app, order) == 999), "T02: once");
    books_balance(app);
}

#[test]
fn a_run_is_paused_goes_on_is_given_up_and_keeps_to_its_rate() {
    let (house, risk, finance) = house("incident-paused");
    let app = &house.app;
    let card = house.product("game_card", &codes(30), |input| input.price = "9.99".into());
    let orders: Vec<OrderView> = (0..30).map(|_| house.buy(&card, 1)).collect();
    let incident = desk(&app.propose_incident(&risk, &IncidentInput { rate: 10, ..because(&card) }, None).unwrap());
    app.approve_incident(&finance, &incident).unwrap();
    let done = || app.incident(&risk, &incident).unwrap().progress.done;
    let mut hand = InHand::default();
    assert_eq!((app.run_incidents(&mut hand, app.now(), 256).unwrap(), done()), (RunStep::Later, 0));
    let second = || house.clock.set(house.clock.now().plus_seconds(1));
    second();
    assert_eq!((app.run_incidents(&mut hand, app.now(), 256).unwrap(), done()), (RunStep::More, 10));
    assert_eq!((app.run_incidents(&mut hand, app.now(), 256).unwrap(), done()), (RunStep::Later, 10));
    let shown = app.incident(&risk, &incident).unwrap().progress;
    assert_eq!((shown.per_minute, shown.expected_end.is_some()), (Some(600), true));
    assert_eq!(app.pause_incident(&risk, &incident).unwrap().state, "paused");
    second();
    assert_eq!(
        (app.run_incidents(&mut hand, app.now(), 256).unwrap(), done()),
        (RunStep::Idle, 10),
        "nothing while it is paused"
    );
    assert_eq!(app.set_incident_rate(&risk, &incident, 5).unwrap().rate, 5);
    app.resume_incident(&finance, &incident).unwrap();
    second();
    assert_eq!((app.run_incidents(&mut hand, app.now(), 256).unwrap(), done()), (RunStep::More, 15));
    let given_up = app.cancel_incident(&risk, &incident).unwrap();
    assert_eq!((given_up.state, given_up.finished_at), ("cancelled", None));
    run(app);
    let over = app.incident(&risk, &incident).unwrap();
    assert_eq!((over.state, over.progress.done, over.progress.left), ("cancelled", 15, 15));
    assert!(over.finished_at.is_some(), "sellers were told");
    assert_eq!(orders.iter().map(|order| refunded(app, order)).sum::<i64>(), 15 * 999);
    assert_eq!(app.resume_incident(&risk, &incident).err(), Some(Refusal::WrongState { state: "cancelled" }.into()));
    books_balance(app);
}

#[test]
fn only_what_was_chosen_is_meant_and_senseless_choices_are_refused() {
    let (house, risk, _) = house("incident-chosen");
    let app = &house.app;
    let card = house.card(&codes(2));
    let early = house.buy(&card, 1);
    house.pass(1);
    app.load_codes(&house.seller, &card.id.as_str().into(), "LATE-0001-AAAA\nLATE-0002-BBBB\nLATE-0003-CCCC").unwrap();
    house.buy(&card, 1);
    house.buy(&card, 1);
    house.guest_buys(&card);
    house.pass(1);
    let orders = |change: &dyn Fn(&mut IncidentInput)| {
        let mut input = because(&card);
        change(&mut input);
        app.preview_incident(&risk, &input).map(|foreseen| foreseen.orders)
    };
    let batches = app.stock_batches(&risk, &card.id.as_str().into()).unwrap();
    let sold: Vec<_> = batches.iter().map(|batch| (batch.codes, batch.sold)).collect();
    assert_eq!(sold, [(3, 2), (2, 2)], "the first code of the new batch went to the second order, and so on");
    let batch = |n: usize| Some(batches[n].batch.clone());
    assert_eq!(orders(&|_| {}), Ok(4));
    assert_eq!(orders(&|input| input.selection.batch = batch(0)), Ok(2));
    assert_eq!(orders(&|input| input.selection.batch = batch(1)), Ok(2));
    assert_eq!(orders(&|input| input.selection.channel = Some("sim".into())), Ok(1));
    assert_eq!(orders(&|input| input.selection.from = Some("2026-03-10 10:30".into())), Ok(3));
    assert_eq!(orders(&|input| input.selection.until = Some("2026-03-10 10:30".into())), Ok(1));
    let seller = early.seller.id.clone();
    assert_eq!(
        orders(&|input| input.selection = SelectionInput { seller: Some(seller.clone()), ..SelectionInput::default() }),
        Ok(4)
    );
    let refused = |change: &dyn Fn(&mut IncidentInput)| match orders(change) {
        Err(AppError::Invalid { field, .. }) => field.to_owned(),
        other => panic!("accepted: {other:?}"),
    };
    assert_eq!(refused(&|input| input.selection = SelectionInput::default()), "selection");
    assert_eq!(refused(&|input| input.selection.product = Some("nothing".into())), "product");
    assert_eq!(refused(&|input| input.selection.seller = Some("nobody".into())), "seller");
    assert_eq!(refused(&|input| input.selection.channel = Some("nowhere".into())), "channel");
    assert_eq!(refused(&|input| input.selection.batch = Some("1".into())), "batch");
    assert_eq!(refused(&|input| input.selection.from = Some("soon".into())), "from");
    let backwards = refused(&|input| {
        input.selection.from = Some("2026-03-10 11:00".into());
        input.selection.until = Some("2026-03-10 10:00".into());
    });
    assert_eq!(backwards, "until");
    assert_eq!(refused(&|input| input.reason = "personal".into()), "reason");
    assert_eq!(refused(&|input| input.bearer = "nobody".into()), "bearer");
    assert_eq!(refused(&|input| input.rate = 1_000_000), "rate");
    let words = app.propose_incident(&risk, &IncidentInput { words: "短".into(), ..because(&card) }, None);
    assert_eq!(words.err(), Some(AppError::invalid("words", "too_short")));
    assert!(app.incidents(&risk, &Page::default()).unwrap().items.is_empty(), "nothing was written");
    for who in [&house.buyer, &house.seller, &Principal::Anonymous] {
        assert!(app.preview_incident(who, &because(&card)).is_err());
        assert!(app.incidents(who, &Page::default()).is_err());
    }
}

#[test]
fn a_house_of_one_waits_a_day_and_is_counted() {
    let house = House::new("incident-alone");
    let app = &house.app;
    let card = house.card(&codes(2));
    let order = house.buy(&card, 1);
    let incident = desk(&app.propose_incident(&house.admin, &because(&card), None).unwrap());
    let early = app.approve_incident(&house.admin, &incident).err();
    assert!(matches!(early, Some(AppError::Refused(Refusal::NotYetDue { .. }))), "{early:?}");
    house.pass(24);
    app.approve_incident(&house.admin, &incident).unwrap();
    assert_eq!(app.db().read(|db| tally::find(db, "released_alone")).unwrap(), 1);
    run(app);
    assert_eq!(refunded(app, &order), 9_999);
    books_balance(app);
}

/// Buyers ask for themselves, sellers agree, staff decide: all of it while the run goes on over the same orders.
fn everybody_at_once(house: &House, nodes: &[&App], risk: &Principal, finance: &Principal) {
    let app = &house.app;
    let card = house.product("game_card", &codes(48), |input| {
        (input.price, input.fee_disclosed) = ("9.99".into(), false);
    });
    let buyers: Vec<Principal> = (0..8).map(|n| register(app, &format!("crowd.{n}"))).collect();
    let orders: Vec<(OrderView, &Principal)> = buyers
        .iter()
        .enumerate()
        .flat_map(|(n, buyer)| {
            app.credit_balance(&house.admin, &format!("crowd.{n}"), "100.00", None).unwrap();
            (0..6).map(move |_| buyer)
        })
        .map(|buyer| (app.place_order(buyer, &place(&card, 1, "balance"), None, &origin()).unwrap(), buyer))
        .collect();
    let incident = desk(&app.propose_incident(risk, &because(&card), None).unwrap());
    app.approve_incident(finance, &incident).unwrap();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for node in nodes {
            let over = &over;
            scope.spawn(move || {
                let mut hand = InHand::default();
                while node.run_incidents(&mut hand, node.now(), 5).unwrap() != RunStep::Idle {}
                over.store(true, Ordering::Release);
            });
        }
        for n in 0..8 {
            let orders = &orders;
            let node = nodes[n % nodes.len()];
            scope.spawn(move || {
                for (order, buyer) in orders.iter().rev().skip(n % 4) {
                    let reason = ["personal", "invalid_code"][n % 2];
                    let asked = node.apply(buyer, &id(order), &application(reason, &[1]), None, &origin());
                    if let (Ok(case), 1) = (&asked, n % 2) {
                        let case = yuanlu_domain::ids::CaseId::from(case.summary.case.as_str());
                        let _lost = node.agree(&house.seller, &case, None);
                    }
                }
            });
        }
    });
    assert!(over.load(Ordering::Acquire));
    run(app);
    for (order, _) in &orders {
        assert_eq!(refunded(app, order), 999, "T01, T02, T19: once, whoever was faster");
    }
    let progress = app.incident(risk, &incident).unwrap().progress;
    assert_eq!((progress.orders, progress.failed, progress.left), (48, 0, 0));
    let report = yuanlu_storage::verify::verify(app.db(), None, |_| {}).unwrap();
    assert!(report.differences.is_empty(), "{:?}", report.differences);
}

#[test]
fn t01_t02_t19_eight_people_who_ask_for_themselves_meanwhile_get_nothing_twice() {
    let mut house = House::with(Config { direct: false, ..config("incident-at-once") });
    let (risk, finance) = (house.staff("risk"), house.staff("finance"));
    let app = house.app.clone();
    everybody_at_once(&house, &[&app], &risk, &finance);
}

#[test]
fn two_nodes_share_a_run_and_refund_every_order_once() {
    let Some(server) = server_schema() else { return };
    let settings = Config { direct: false, database: Some(server), ..config("incident-nodes") };
    let mut house = House::with(settings.clone());
    let second = App::open(settings).unwrap();
    let (risk, finance) = (house.staff("risk"), house.staff("finance"));
    let app = house.app.clone();
    everybody_at_once(&house, &[&app, &second], &risk, &finance);
}
