//! Jobs of two nodes on one server: whoever takes a piece of work, it happens once, also when one of them stops for a while
//! or has another idea of the time.

mod house;

use house::town::{Town, made};
use yuanlu_domain::ids::{ChannelNumber, OrderId};
use yuanlu_domain::payout::PayoutState;
use yuanlu_domain::time::Instant;
use yuanlu_simulator::{Behaviour, Chooser};

fn each_happens_once(name: &str, ahead_seconds: i64) {
    let Some(mut town) = Town::of_two(name, Chooser::Mix(7)) else { return };
    let orders: Vec<_> = (0..20).map(|n| town.buy(n % 2)).collect();
    for step in 0..240 {
        // Ten minutes in small steps, then days; what is asked is answered within a second.
        let seconds = if step < 120 { 4 } else { 3_000 };
        for seconds in [seconds, 1] {
            town.now = town.now.plus_seconds(seconds);
            town.work(ahead_seconds);
        }
    }
    town.audit(&orders);
    let over = |(order, _): &&(OrderId, ChannelNumber)| {
        matches!(town.file(order).payouts[0].state, PayoutState::Arrived { .. })
    };
    let arrived = orders.iter().filter(over).count();
    assert!(arrived >= 14, "only {arrived} of 20 arrived");
}

#[test]
fn two_nodes_send_every_refund_once() {
    each_happens_once("nodes", 0);
}

#[test]
fn clocks_that_differ_by_minutes_change_nothing() {
    each_happens_once("clocks", 170);
}

/// A node stops between sending and hearing, for longer than its lease; the other finds out what became of it. What the first
/// hears when it wakes is fenced off.
#[test]
fn a_node_that_was_paused_does_no_harm() {
    let Some(mut town) = Town::of_two("paused", Chooser::Always(Behaviour::AtOnce)) else { return };
    let orders = [town.buy(0)];
    let (held, at) = loop {
        town.now = town.now.plus_seconds(5);
        let now = town.now;
        assert!(now < Instant::from_shanghai(2026, 3, 10, 10, 30, 0), "the refund never left");
        let mut posted = None;
        for call in town.nodes[0].step(now) {
            let reply = made(&call, &town.channel, now);
            match call.request.method() == "POST" {
                true => posted = Some((call.ticket, reply)),
                false => town.nodes[0].replies.push((call.ticket, reply)),
            }
        }
        if let Some(posted) = posted {
            break (posted, now);
        }
    };
    let mut sent_again = 0;
    while town.now < at.plus_minutes(10) {
        town.now = town.now.plus_seconds(5);
        let now = town.now;
        for call in town.nodes[1].step(now) {
            sent_again += usize::from(call.request.method() == "POST");
            let reply = made(&call, &town.channel, now);
            town.nodes[1].replies.push((call.ticket, reply));
        }
    }
    assert_eq!(sent_again, 0, "asked about, and never sent again");
    let before = town.file(&orders[0].0);
    assert!(matches!(before.payouts[0].state, PayoutState::Arrived { .. }), "{:?}", before.payouts[0].state);
    let now = town.now;
    town.nodes[0].replies.push(held);
    town.nodes[0].work(now, &town.channel);
    assert_eq!(town.file(&orders[0].0), before, "what it heard late changes nothing");
    town.audit(&orders);
}
