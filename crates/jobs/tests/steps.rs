//! What a step does and does not do: pages, days, the clock guard, limits, and the thread that lives the steps.

#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

mod town;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use town::{Town, sim, start};
use yuanlu_channels::sim::{SimChannel, SimConfig, public_key};
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::actor::Actor;
use yuanlu_domain::command::OrderAct;
use yuanlu_domain::event::Tender;
use yuanlu_domain::order_file::{OrderStatus, PaymentState};
use yuanlu_domain::payout::PayoutState;
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{DailyTask, Direct, HttpTransport, Jobs, Runner, Tick};
use yuanlu_money::Money;
use yuanlu_simulator::{Behaviour, Choice, Chooser};

#[test]
fn a_thousand_timers_are_woken_in_pages() {
    let mut town = Town::new(1, Chooser::Digits, 1);
    for _ in 0..1000 {
        town.shop.place(5_000, Tender::Channel { channel: sim() }, town.now);
    }
    town.now = town.shop.next_due().unwrap();
    town.nodes[0].step(Tick::steady(town.now), Vec::new());
    assert!(town.shop.files().iter().all(|file| file.status == OrderStatus::Expired));
    assert!(town.shop.store().largest_page <= 200);
}

#[test]
fn the_days_work_is_done_once_a_shanghai_day_and_again_when_it_failed() {
    let mut town = Town::new(1, Chooser::Digits, 1);
    let seals = |town: &Town| town.shop.store().daily.iter().filter(|(task, _)| *task == DailyTask::Seal).count();
    let step = |town: &mut Town, now: Instant| drop(town.nodes[0].step(Tick::steady(now), Vec::new()));
    step(&mut town, start());
    step(&mut town, start().plus_hours(13));
    assert_eq!(seals(&town), 1);
    step(&mut town, start().plus_hours(14));
    assert_eq!(seals(&town), 2, "midnight in Shanghai, not in Greenwich");
    let before = start().plus_hours(14).plus_days(-30);
    assert!(town.shop.store().daily.contains(&(DailyTask::ForgetKeys { before }, start().plus_hours(14))));
    town.shop.store().daily_broken = true;
    step(&mut town, start().plus_days(2));
    step(&mut town, start().plus_days(2).plus_minutes(9));
    assert_eq!(seals(&town), 3);
    town.shop.store().daily_broken = false;
    step(&mut town, start().plus_days(2).plus_minutes(10));
    step(&mut town, start().plus_days(2).plus_minutes(30));
    assert_eq!(seals(&town), 4);
}

#[test]
fn a_clock_that_jumps_passes_no_deadline() {
    let mut town = Town::new(1, Chooser::Digits, 1);
    let order = town.shop.place(5_000, Tender::Channel { channel: sim() }, town.now);
    let waiting = |town: &Town| matches!(town.shop.file(&order).status, OrderStatus::AwaitingPayment { .. });
    let jobs = &mut town.nodes[0];
    let tick = |uptime: i64, off_hours: i64| {
        let wall = start().plus_seconds(uptime).plus_hours(off_hours);
        Tick { now: wall, wall, uptime_micros: uptime * 1_000_000 }
    };
    jobs.step(tick(0, 0), Vec::new());
    jobs.step(tick(1, 24), Vec::new());
    jobs.step(tick(600, 24), Vec::new());
    assert!(jobs.guard().is_stopped() && waiting(&town));
    let jobs = &mut town.nodes[0];
    jobs.confirm_clock();
    jobs.step(tick(601, 24), Vec::new());
    assert!(!waiting(&town), "an operator said that it really is tomorrow");
}

#[test]
fn a_clock_that_differs_from_the_servers_is_told_of_and_stops_nothing() {
    let mut town = Town::new(1, Chooser::Digits, 1);
    let order = town.shop.place(5_000, Tender::Channel { channel: sim() }, town.now);
    let look = |town: &mut Town, minutes: i64, server_ahead: i64| {
        let now = start().plus_minutes(minutes);
        town.shop.store().server_time = Some(now.plus_seconds(server_ahead));
        town.nodes[0].step(Tick::steady(now), Vec::new());
        town.nodes[0].ahead_of_server()
    };
    assert_eq!(look(&mut town, 0, 59), None);
    assert_eq!(look(&mut town, 9, 300), None, "it is not asked all the time");
    assert_eq!(look(&mut town, 10, 300), Some(-300));
    assert_eq!(look(&mut town, 20, -60), Some(60));
    assert_eq!(look(&mut town, 90, -200), Some(200));
    assert!(!matches!(town.shop.file(&order).status, OrderStatus::AwaitingPayment { .. }), "what was due happened");
    assert_eq!(look(&mut town, 100, 1), None, "right again");
}

#[test]
fn a_dead_channel_is_left_alone_and_tried_again() {
    let mut town = Town::new(1, Chooser::Always(Behaviour::AtOnce), 1);
    let orders: Vec<_> = (0..60).map(|n| town.order(1_000 + n, Choice::Pay)).collect();
    town.deliver_callbacks();
    let attempts =
        |town: &Town| -> u32 { orders.iter().map(|order| u32::from(town.shop.file(order).payouts[0].attempts)).sum() };
    let calls = town.nodes[0].step(Tick::steady(town.now), Vec::new());
    assert_eq!(calls.len(), 16, "so many at once");
    let replies = calls.into_iter().map(|call| (call.ticket, Reply::NotSent)).collect();
    assert!(town.nodes[0].step(Tick::steady(town.now), replies).is_empty());
    assert!(town.nodes[0].is_cut_off(&sim()));
    assert_eq!(attempts(&town), 16, "no attempt is stored for a call that cannot be made");
    town.now = town.now.plus_seconds(30);
    assert_eq!(town.nodes[0].step(Tick::steady(town.now), Vec::new()).len(), 1, "one tries");
    town.pass(town.now.plus_hours(3));
    town.assert_everything_ended();
}

#[test]
fn a_channel_that_is_not_configured_keeps_nobody_else_waiting() {
    let mut town = Town::new(1, Chooser::Digits, 1);
    let order = town.order(5_000, Choice::Pay);
    town.deliver_callbacks();
    let mut bare = Jobs::new(town.shop.clone(), Channels::new());
    assert!(bare.step(Tick::steady(town.now.plus_days(1)), Vec::new()).is_empty());
    assert!(matches!(town.shop.file(&order).payouts[0].state, PayoutState::Due { .. }));
}

/// A paid order in a shop whose channel answers at `base_url`, and jobs for it.
fn paid_shop(base_url: &str) -> (town::shop::MemoryShop, yuanlu_domain::ids::OrderId, Jobs<town::shop::MemoryShop>) {
    let town = Town::new(1, Chooser::Digits, 1);
    let order = town.shop.place(5_000, Tender::Channel { channel: sim() }, start());
    let no = town.shop.file(&order).payments[0].no.clone();
    let paid = OrderAct::PaymentSucceeded { no, channel_ref: "SIMP1".into(), amount: Money::cny(5_000) };
    town.shop.must(Actor::Channel { channel: sim() }, &order, paid, start());
    let channels = Channels::new().with(SimChannel::new(SimConfig {
        merchant: "shop-1".into(),
        base_url: base_url.into(),
        key_seed: [1; 32],
        channel_key: public_key(&[2; 32]),
    }));
    (town.shop.clone(), order, Jobs::new(town.shop, channels))
}

fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..500 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("never: {what}");
}

#[test]
fn a_running_thread_brings_the_money_home() {
    let mut town = Town::new(1, Chooser::Always(Behaviour::AtOnce), 1);
    let order = town.order(5_000, Choice::Pay);
    town.deliver_callbacks();
    let shop = town.shop.clone();
    let jobs = Jobs::new(shop.clone(), town.channels.clone());
    let now = town.now;
    let simulator = Arc::new(Mutex::new(town.simulator));
    let theirs = Arc::clone(&simulator);
    let transport = Direct(move |request: http::Request<Vec<u8>>| {
        let answer = theirs.lock().unwrap().handle(&request, now.micros());
        answer.map_or(Reply::ConnectionLost, Reply::from_http)
    });
    let runner = Runner::start(jobs, transport, move || now).unwrap();
    eventually("arrived", || matches!(shop.file(&order).payouts[0].state, PayoutState::Arrived { .. }));
    drop(runner);
    assert_eq!(simulator.lock().unwrap().ledger().movements.len(), 2);
}

#[test]
fn the_executor_speaks_http_once_and_follows_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = Vec::new();
        let mut buffer = [0; 4096];
        while !seen.windows(16).any(|w| w == b"\"reason\":\"260310") {
            let n = stream.read(&mut buffer).unwrap();
            assert!(n > 0);
            seen.extend_from_slice(&buffer[..n]);
        }
        let moved = format!("HTTP/1.1 302 Found\r\nlocation: http://{address}/elsewhere\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(moved.as_bytes()).unwrap();
        String::from_utf8(seen).unwrap()
    });
    let (shop, order, jobs) = paid_shop(&format!("http://{address}/sim"));
    let runner = Runner::start(jobs, HttpTransport::new().unwrap(), start).unwrap();
    let seen = server.join().unwrap();
    assert!(seen.starts_with("POST /sim/v1/refunds HTTP/1.1\r\n"), "{seen}");
    assert!(seen.to_lowercase().contains("sim-signature: "), "{seen}");
    // Not followed, not believed: asked about later.
    eventually("recorded", || !matches!(shop.file(&order).payouts[0].state, PayoutState::Calling { .. }));
    assert!(matches!(shop.file(&order).payouts[0].state, PayoutState::Due { .. }));
    drop(runner);
}

/// T11: provably nothing was sent, and the file knows.
#[test]
fn t11_a_refused_connection_is_known_not_to_have_sent_anything() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (shop, order, jobs) = paid_shop(&format!("http://{address}"));
    let runner = Runner::start(jobs, HttpTransport::new().unwrap(), start).unwrap();
    let state = || shop.file(&order).payouts[0].clone();
    eventually("recorded", || state().attempts == 1 && !matches!(state().state, PayoutState::Calling { .. }));
    drop(runner);
    let payout = state();
    let PayoutState::Due { step, .. } = payout.state else { panic!("{:?}", payout.state) };
    assert_eq!(step, yuanlu_domain::payout::Step::Send, "sent again, not asked about");
    assert!(matches!(shop.file(&order).payments[0].state, PaymentState::Paid { .. }));
}
