//! Model check of the payout protocol. What is checked is the code that runs: every step of the model's books is the real
//! `decide` and `evolve` on a real order file. The world around them is free to be as bad as `channel.rs` allows.
//!
//! Checked in every state that can be reached: money leaves at most once, by whichever road; a refusal is proven before
//! another road opens; arrived is what did arrive; reservations and books fit. And from every state that can be reached,
//! good days alone lead to the end: the buyer has his money, once, and the books say so.

mod channel;
mod end;
mod protocol;
mod words;
mod world;

use end::stranded;
use protocol::{Protocol, Rules};
use stateright::{Checker, HasDiscoveries, Model};
use world::{ON_THE_CHANNELS_WORD, ONCE, Refund};
use yuanlu_money::Money;

fn refund(rules: Rules, minor: i64) -> Refund {
    Refund { protocol: Protocol::new(rules), price: Money::cny(minor), repeats: true }
}

#[test]
fn money_leaves_at_most_once_whatever_happens() {
    let checker = refund(Rules::Real, 9_900).checker().spawn_bfs().join();
    println!("{} states, depth {}", checker.unique_state_count(), checker.max_depth());
    checker.assert_properties();
    let situations = checker.model().protocol.check_fence();
    println!("{situations} situations of the books");
}

/// A good day repeats nothing: what is lost sight of stays lost.
fn once(rules: Rules) -> Refund {
    Refund { repeats: false, ..refund(rules, 9_900) }
}

#[test]
fn t12_t36_t38_every_refund_can_end_from_wherever_it_stands() {
    let (states, stranded) = stranded(&once(Rules::Real));
    println!("{states} states");
    assert!(stranded.is_empty(), "{} of {states} states lead nowhere, such as {:#?}", stranded.len(), stranded[0]);
}

/// After a restore the books know nothing of what the channel did with a number; the same promises hold.
#[test]
fn a_number_that_was_used_in_what_was_lost_pays_once() {
    let restored = |mut refund: Refund| {
        refund.protocol.restored = true;
        refund
    };
    restored(refund(Rules::Real, 9_900)).checker().spawn_bfs().join().assert_properties();
    let (states, stranded) = stranded(&restored(once(Rules::Real)));
    assert!(stranded.is_empty(), "{} of {states} states lead nowhere, such as {:#?}", stranded.len(), stranded[0]);
}

/// The check can fail: each fault that was planted is found.
#[test]
fn the_model_finds_what_is_broken() {
    for (rules, found) in [
        (Rules::TimeOutIsRefusal, ONCE),
        (Rules::RefusalUnproven, ONCE),
        (Rules::AnswersUnfenced, ONCE),
        (Rules::AbnormalIsRefusal, ONCE),
        (Rules::NumberPerAttempt, ONCE),
        (Rules::AcceptedIsArrived, ON_THE_CHANNELS_WORD),
    ] {
        let checker =
            refund(rules, 9_900).checker().finish_when(HasDiscoveries::AllOf([found].into())).spawn_bfs().join();
        let discovery = checker.discovery(found);
        assert!(discovery.is_some(), "{rules:?} breaks nothing");
    }
    let (_, lost) = stranded(&once(Rules::LateArrivalWins));
    assert!(!lost.is_empty(), "money that came back is lost sight of, and nobody notices");
}
