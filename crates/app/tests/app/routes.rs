//! Where money goes when the original road is closed, and where it is stuck, through the use cases.

use crate::house::{House, application, books_balance, case_id, config, id, origin, place};
use std::collections::BTreeMap;
use std::sync::Arc;
use yuanlu_app::AppError;
use yuanlu_app::inputs::{AccountInput, Page, RouteInput};
use yuanlu_app::views::{CaseView, OrderView};
use yuanlu_domain::actor::Actor;
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::route::{AccountKind, Roads};
use yuanlu_domain::time::Instant;

const NUMBER: &str = "zhang.san@example.com";

fn house(name: &str) -> House {
    let mut config = config(name);
    let remits = AccountKind::ALL.into_iter().map(|kind| (ChannelId::from("sim"), kind)).collect();
    config.roads = Arc::new(Roads { remits, finishes: ["sim".into()].into(), ..Roads::default() });
    House::with(config)
}

/// An order paid at the channel, and its refund decided.
fn refunding(house: &House) -> (OrderView, CaseView) {
    let card = house.card("ABCD-0001\nABCD-0002\nABCD-0003");
    let order = house.app.place_order(&house.buyer, &place(&card, 1, "sim"), None, &origin()).unwrap();
    house.pay(&order, "T1").unwrap();
    let case = house.app.apply(&house.buyer, &id(&order), &application("personal", &[1]), None, &origin()).unwrap();
    (order, case)
}

/// Makes the next call of the last payout, answered with these words one after the other.
fn channel_says(house: &House, order: &OrderView, outcomes: &[Outcome]) {
    for outcome in outcomes {
        let now = house.app.now();
        let due = house.app.claim_calls(now.plus_days(2), now.plus_days(2), 10).unwrap();
        let call = due.into_iter().find(|due| due.order == id(order)).unwrap().call;
        house.clock.set(now.max(call.due));
        let of = |by, act| Command { by, act: Act::Order { order: id(order), act } };
        let attempt = OrderAct::MakeAttempt { payout: call.payout, step: call.step, digest: "d".into() };
        let answer =
            OrderAct::RecordOutcome { payout: call.payout, attempt: Some(call.attempts + 1), outcome: outcome.clone() };
        let done = house
            .app
            .run_commands(vec![of(Actor::Program, attempt), of(Actor::Channel { channel: "sim".into() }, answer)]);
        assert!(done.iter().all(Result::is_ok), "{done:?}");
    }
}

fn closed() -> [Outcome; 2] {
    [Outcome::OtherRoute { code: "CLOSED".into() }, Outcome::NotFound]
}

fn account(house: &House, order: &OrderView) -> AccountInput {
    let proof = house.app.upload(&house.buyer, &id(order), "closure_proof", b"closed on 9 March\n".to_vec()).unwrap();
    AccountInput {
        kind: "alipay".into(),
        holder: "张三丰".into(),
        number: NUMBER.into(),
        bank: String::new(),
        evidence: vec![proof.id],
    }
}

fn act(name: &str) -> RouteInput {
    RouteInput { act: name.into(), channel: "sim".into(), reference: "B0001".into(), ..RouteInput::default() }
}

fn point(house: &House, case: &CaseView) -> String {
    house.app.load_case(&house.buyer, &case_id(case)).unwrap().standing.point.to_owned()
}

#[test]
fn an_account_is_seen_by_finance_alone_and_who_looked_is_on_record() {
    let mut house = house("route");
    let (order, case) = refunding(&house);
    channel_says(&house, &order, &closed());
    let input = account(&house, &order);
    let named = house.app.name_account(&house.buyer, &case_id(&case), &input, Some("k")).unwrap();
    assert_eq!(named.standing.point, "account_check");
    let mine = named.breakdown.as_ref().unwrap().destinations.last().unwrap().account.clone().unwrap();
    assert_eq!((mine.holder.as_str(), mine.number.as_str()), ("张**", "****.com"));
    assert_eq!(named.papers.len(), 1);
    let finance = house.staff("finance");
    let reviewer = house.staff("reviewer");
    for who in [&house.seller, &reviewer] {
        let seen = house.app.load_case(who, &case_id(&case)).unwrap();
        assert!(seen.papers.is_empty() && seen.breakdown.unwrap().destinations.iter().all(|p| p.account.is_none()));
        let file = named.papers[0].id.as_str().into();
        assert!(house.app.open_evidence(who, &file).is_err(), "nor the proof of closure");
        assert!(house.app.reveal_account(who, &id(&order), 2).is_err());
    }
    let masked = house.app.load_payout(&finance, &id(&order), 2).unwrap();
    assert_eq!(masked.account.unwrap().number, "****.com");
    assert_eq!(house.app.reveal_account(&finance, &id(&order), 2).unwrap().number, NUMBER);
    let looked = house.app.audit_log(&house.admin, &Page::default()).unwrap().items;
    assert!(looked.iter().any(|row| row.act == "reveal_account"));
    let journal = house
        .app
        .db()
        .read(|db| yuanlu_storage::journal::list(db, yuanlu_storage::aggregate::Kind::Order, order.order.as_str()));
    assert!(journal.unwrap().iter().all(|line| !line.body.contains(NUMBER) && !line.body.contains("张三丰")));

    house.app.act_on_route(&finance, &id(&order), 2, &act("check_account"), None).unwrap();
    let same = house.app.act_on_route(&finance, &id(&order), 2, &act("remit"), None);
    assert_eq!(same, Err(AppError::Refused(yuanlu_domain::Refusal::Conflicted)));
    house.app.act_on_route(&house.admin, &id(&order), 2, &act("remit"), None).unwrap();
    let details = house.app.payout_details(&id(&order), 2).unwrap();
    assert!(details.remits && details.account.unwrap().number == NUMBER);
    channel_says(&house, &order, &[Outcome::Arrived { channel_ref: "R1".into() }]);
    let done = house.app.load_case(&house.buyer, &case_id(&case)).unwrap();
    assert_eq!(done.summary.state, "completed");
    let look = done.breakdown.unwrap().destinations.last().unwrap().look.clone().unwrap();
    assert_eq!((look.by.as_str(), look.remark.as_str()), ("alipay", order.order.as_str()));
    books_balance(&house.app);
}

#[test]
fn bad_input_changes_nothing() {
    let mut house = house("route-bad");
    let (order, case) = refunding(&house);
    let good = account(&house, &order);
    let early = house.app.name_account(&house.buyer, &case_id(&case), &good, None);
    assert!(matches!(early, Err(AppError::Refused(_))), "the road is open");
    channel_says(&house, &order, &closed());
    let name = |input: &AccountInput| house.app.name_account(&house.buyer, &case_id(&case), input, None);
    for (wrong, field) in [
        (AccountInput { kind: "cash".into(), ..good.clone() }, "kind"),
        (AccountInput { holder: " ".into(), ..good.clone() }, "holder"),
        (AccountInput { number: "a b".into(), ..good.clone() }, "number"),
        (AccountInput { kind: "bank_card".into(), number: "6222021234567890004".into(), ..good.clone() }, "number"),
        (AccountInput { kind: "bank_card".into(), number: "6222021234567890003".into(), ..good.clone() }, "bank"),
        (AccountInput { evidence: vec!["somebody-elses".into()], ..good.clone() }, "evidence"),
    ] {
        assert!(matches!(name(&wrong), Err(AppError::Invalid { field: f, .. }) if f == field), "{field}");
    }
    let bare = name(&AccountInput { evidence: vec![], ..good.clone() });
    assert_eq!(bare, Err(AppError::Refused(yuanlu_domain::Refusal::Missing { field: "closure_proof" })));
    let stranger = house.app.name_account(&house.seller, &case_id(&case), &good, None);
    assert_eq!(stranger, Err(AppError::Forbidden));
    let finance = house.staff("finance");
    let unknown = house.app.act_on_route(&finance, &id(&order), 1, &act("give_it_to_me"), None);
    assert_eq!(unknown, Err(AppError::invalid("act", "unknown")));
    assert_eq!(point(&house, &case), "buyer_route");
}

/// Each point of money, reached by what really happens.
#[test]
fn every_point_of_money_is_told() {
    let wrong: [(&str, Outcome); 3] = [
        ("merchant_funds", Outcome::NeedFunds { code: "NOT_ENOUGH".into() }),
        ("channel_query", Outcome::FixRequest { code: "INVALID_REQUEST".into() }),
        ("abnormal_at_channel", Outcome::ManualAtChannel { code: "ABNORMAL".into() }),
    ];
    for (expected, outcome) in wrong {
        let house = house(expected);
        let (order, case) = refunding(&house);
        channel_says(&house, &order, &[outcome]);
        assert_eq!(point(&house, &case), expected);
    }
    let mut house = house("points");
    let (order, case) = refunding(&house);
    assert_eq!(point(&house, &case), "about_to_send");
    house.app.set_channels_down(BTreeMap::from([("sim".into(), house.app.now())]));
    let down = house.app.load_case(&house.buyer, &case_id(&case)).unwrap().standing;
    assert_eq!((down.point, down.since.is_some()), ("channel_down", true));
    house.app.set_channels_down(BTreeMap::new());
    channel_says(&house, &order, &[Outcome::Unknown { code: "TIMEOUT".into() }]);
    assert_eq!(point(&house, &case), "outcome_unknown");
    channel_says(&house, &order, &[Outcome::Accepted { channel_ref: "R1".into() }]);
    assert_eq!(point(&house, &case), "at_channel");
    house.clock.set(Instant::from_shanghai(2026, 3, 14, 10, 0, 0));
    let rests = house.app.load_case(&house.buyer, &case_id(&case)).unwrap().standing;
    assert_eq!(rests.point, "rest_days");
    assert_eq!(rests.next.unwrap().0, Instant::from_shanghai(2026, 3, 15, 23, 59, 59).plus_micros(999_999));
    house.clock.set(Instant::from_shanghai(2026, 3, 25, 10, 0, 0));
    house.wake();
    assert_eq!(point(&house, &case), "overdue_tracing");
    let finance = house.staff("finance");
    let waiting = house.app.payouts(&finance, &Page::default()).unwrap().items;
    assert!(waiting.iter().any(|payout| payout.traced_since.is_some()), "finance sees it");
    channel_says(&house, &order, &[Outcome::Arrived { channel_ref: "R1".into() }]);
    assert_eq!(point(&house, &case), "arrived");
    let early = house.app.doubt_arrival(&house.buyer, &case_id(&case), 1, None).unwrap();
    assert_eq!(early.standing.point, "arrival_doubted", "its time was over long ago");
    let words = RouteInput { words: "3 月 25 日已入账".into(), ..act("answer_doubt") };
    house.app.act_on_route(&finance, &id(&order), 1, &words, None).unwrap();
    assert_eq!(point(&house, &case), "arrived");
    books_balance(&house.app);
}

#[test]
fn what_was_erased_is_shown_and_sent_no_more() {
    let house = house("erased");
    let (order, case) = refunding(&house);
    channel_says(&house, &order, &closed());
    let input = account(&house, &order);
    house.app.name_account(&house.buyer, &case_id(&case), &input, None).unwrap();
    let file = house.app.db().read(|db| yuanlu_storage::order_file::find(db, &id(&order))).unwrap().unwrap().aggregate;
    let yuanlu_domain::payout::Destination::Account { account, .. } = &file.payouts[1].destination else { panic!() };
    let (row, now) = (account.id.clone(), house.app.now());
    let write = house
        .app
        .engine()
        .write(yuanlu_app::engine::Lane::People, move |tx, _| yuanlu_storage::personal::erase(tx, &row, now));
    assert!(write.unwrap());
    assert_eq!(house.app.payout_details(&id(&order), 2).unwrap().account, None);
    let seen = house.app.load_case(&house.buyer, &case_id(&case)).unwrap();
    assert!(seen.breakdown.unwrap().destinations.iter().all(|payout| payout.account.is_none()));
    books_balance(&house.app);
}
