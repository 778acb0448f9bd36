//! T22: a chargeback and a refund never pay the same loss twice, in whichever order they come; a seller is debited once.

use super::bench::{Bench, cny};
use crate::actor::Role;
use crate::case::{CaseState, CloseCode, Reason};
use crate::command::OrderAct;
use crate::outside_payment::PaidBy;
use crate::payout::{Outcome, PayoutState};
use crate::refusal::Refusal;
use proptest::prelude::*;

fn by_channel() -> PaidBy {
    PaidBy::Channel { payment: 1, channel: "sim".into() }
}

fn taken(amount: &str) -> OrderAct {
    OrderAct::RecordOutsidePayment { reference: "stripe:dp_1".into(), by: by_channel(), amount: cny(amount) }
}

fn won() -> OrderAct {
    OrderAct::ReverseOutsidePayment { reference: "stripe:dp_1".into() }
}

fn arrived() -> Outcome {
    Outcome::Arrived { channel_ref: "r1".into() }
}

/// A code whose reader says it does not work: the seller agrees, and a refund of 99.99 waits to be sent.
fn refund_decided() -> Bench {
    let mut bench = Bench::new("2026-03-10 10:00");
    bench.paid(1);
    let case = bench.apply(Reason::InvalidCode, "99.99").expect("filed");
    bench.seller(OrderAct::SellerAgree { case }).expect("agreed");
    bench
}

#[test]
fn t22_a_chargeback_before_the_refund_is_sent_takes_its_place() {
    let mut bench = refund_decided();
    bench.channel(taken("99.99")).unwrap();
    assert!(matches!(bench.file().payouts[0].state, PayoutState::Superseded { .. }));
    assert!(matches!(bench.state(1), CaseState::Completed { .. }), "the loss is paid");
    assert_eq!(bench.next_step(1), None, "nothing is sent any more");
    assert_eq!(bench.book("channel_clearing:sim"), 0, "what came in went out once");
    assert_eq!((bench.book("escrow:260310ABCDEFGHJK"), bench.book("platform_cost")), (0, 0));
    assert_eq!(bench.channel(taken("99.99")), Err(Refusal::NothingDue), "the same webhook again");
}

#[test]
fn t22_a_chargeback_after_the_refund_arrived_is_the_platforms_loss_and_not_the_sellers() {
    let mut bench = refund_decided();
    bench.call(1, arrived()).unwrap();
    let seller = bench.book("seller_payable:s1");
    bench.channel(taken("99.99")).unwrap();
    assert_eq!(bench.file().outside_payments[0].covers.twice_minor, 9_999);
    assert_eq!(bench.book("platform_cost"), -9_999);
    assert_eq!(bench.book("seller_payable:s1"), seller, "debited once");
    bench.channel(won()).unwrap();
    assert_eq!(bench.book("platform_cost"), 0, "won: the loss is gone");
    assert_eq!(bench.channel(won()), Err(Refusal::NothingDue));
}

#[test]
fn t22_a_refund_under_way_cannot_be_called_back_and_counts_as_paid() {
    let mut bench = refund_decided();
    bench.call(1, Outcome::Unknown { code: "timed_out".into() }).unwrap();
    bench.channel(taken("99.99")).unwrap();
    assert!(bench.next_step(1).is_some(), "its outcome is asked about as before");
    assert_eq!(bench.file().outside_payments[0].covers.twice_minor, 9_999);
    bench.call(1, arrived()).unwrap();
    assert_eq!(bench.book("channel_clearing:sim"), 9_999, "one came in, two left");
}

#[test]
fn t22_a_smaller_chargeback_leaves_the_rest_to_be_refunded_under_a_new_number() {
    let mut bench = refund_decided();
    let old = bench.number(1);
    bench.channel(taken("40.00")).unwrap();
    assert_eq!(bench.file().payouts.len(), 2);
    assert_eq!(bench.file().payouts[1].amount_minor, 5_999);
    assert_ne!(bench.number(2), old);
    bench.call(2, arrived()).unwrap();
    assert!(matches!(bench.state(1), CaseState::Completed { .. }));
    assert_eq!(bench.book("channel_clearing:sim"), 0);
}

#[test]
fn a_dispute_won_makes_what_it_stood_for_owed_again_and_a_person_releases_it() {
    let mut bench = refund_decided();
    bench.channel(taken("99.99")).unwrap();
    bench.channel(won()).unwrap();
    assert_eq!(bench.file().payouts[1].state, PayoutState::Held);
    assert_eq!(*bench.state(1), CaseState::Refunding);
    bench.staff("f1", Role::Finance, OrderAct::ApprovePayout { payout: 2 }).unwrap();
    bench.call(2, arrived()).unwrap();
    assert_eq!((bench.book("channel_clearing:sim"), bench.book("refund_in_flight:260310ABCDEFGHJK")), (0, 0));
    // A second round of the same dispute counts anew.
    bench.channel(taken("99.99")).unwrap();
    assert_eq!(bench.file().outside_payments[1].covers.twice_minor, 9_999);
}

#[test]
fn an_undecided_case_about_a_loss_that_is_paid_ends_and_new_ones_find_nothing_left() {
    let mut bench = Bench::new("2026-03-10 10:00");
    bench.paid(1);
    let case = bench.apply(Reason::InvalidCode, "99.99").unwrap();
    bench.channel(taken("99.99")).unwrap();
    assert!(matches!(bench.state(case), CaseState::Closed { code: CloseCode::ClosedPaidOutside, .. }));
    assert_eq!(bench.buyer(OrderAct::Reveal { unit: 1 }), Err(Refusal::WrongState { state: "paid_back" }));
    assert!(bench.apply(Reason::InvalidCode, "99.99").is_err(), "nothing is left");
    bench.channel(won()).unwrap();
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("won: the goods are his again");
}

#[test]
fn a_chargeback_of_a_settled_order_is_drawn_as_any_refund_and_comes_back_to_where_it_was() {
    let mut bench = Bench::new("2026-03-10 10:00");
    bench.paid(1);
    bench.live_until("2026-05-10 10:00");
    let (seller, fee) = (bench.book("seller_payable:s1"), bench.book("platform_fee"));
    assert!(seller > 0 && fee > 0);
    bench.channel(taken("99.99")).unwrap();
    assert_eq!((bench.book("seller_payable:s1"), bench.book("platform_fee")), (0, 0));
    bench.channel(won()).unwrap();
    assert_eq!((bench.book("seller_payable:s1"), bench.book("platform_fee")), (seller, fee));
}

#[test]
fn who_may_record_what_was_paid_outside() {
    let mut bench = refund_decided();
    assert_eq!(bench.buyer(taken("1.00")), Err(Refusal::NotYours));
    assert_eq!(bench.seller(taken("1.00")), Err(Refusal::NotYours));
    assert_eq!(bench.staff("r1", Role::Reviewer, taken("1.00")), Err(Refusal::NotYours));
    assert_eq!(bench.channel(taken("0.00")), Err(Refusal::BadAmount));
    let elsewhere = PaidBy::Channel { payment: 2, channel: "sim".into() };
    let act = |by| OrderAct::RecordOutsidePayment { reference: "court:1".into(), by, amount: cny("30.00") };
    assert_eq!(bench.channel(act(elsewhere)), Err(Refusal::NotFound));
    assert_eq!(bench.channel(act(PaidBy::Seller)), Err(Refusal::NotYours), "a channel speaks for itself");
    // The seller paid out of his own pocket: no money of the order moves, and it is not paid again.
    bench.staff("f1", Role::Finance, act(PaidBy::Seller)).unwrap();
    assert_eq!(bench.file().payouts[1].amount_minor, 6_999);
    assert_eq!(bench.book("escrow:260310ABCDEFGHJK"), 3_000);
}

proptest! {
    /// Whatever comes in whatever order: the buyer gets the price once, or the platform knows what he has twice, and the
    /// seller never bears more than the price.
    #[test]
    fn t22_no_order_of_events_pays_a_loss_twice(steps in prop::collection::vec((0u8..7, 1i64..12_000), 1..14)) {
        let mut bench = Bench::new("2026-03-10 10:00");
        bench.paid(2);
        let mut open = 0;
        for (step, amount) in steps {
            bench.now = bench.now.plus_minutes(1);
            let money = yuanlu_money::Money::new(amount, yuanlu_money::Currency::Cny);
            let payout = u16::try_from(bench.file().payouts.len()).unwrap();
            let reference = format!("stripe:dp_{open}");
            // The bench checks books and caps after every command that is accepted.
            let _ = match step {
                0 => bench.apply_for(&[1, 2], Reason::InvalidCode, "150.00", None, false).map(drop),
                1 => bench.seller(OrderAct::SellerAgree { case: 1 }),
                2 if payout > 0 => bench.call(payout, arrived()),
                3 if payout > 0 => bench.call(payout, Outcome::Unknown { code: "t".into() }),
                4 => bench.channel(OrderAct::RecordOutsidePayment { reference, by: by_channel(), amount: money }),
                5 => bench.channel(OrderAct::ReverseOutsidePayment { reference }).map(|()| open += 1),
                6 if payout > 0 => bench.staff("f1", Role::Finance, OrderAct::ApprovePayout { payout }),
                _ => Ok(()),
            };
            let file = bench.file();
            let out: i64 = file.payouts.iter().filter(|p| p.holds_money()).map(|p| p.amount_minor).sum();
            let outside: i64 = file.outside_payments.iter().filter(|p| p.reversed_at.is_none()).map(|p| p.amount_minor).sum();
            let twice: i64 =
                file.outside_payments.iter().filter(|p| p.reversed_at.is_none()).map(|p| p.covers.twice_minor).sum();
            prop_assert!(out + outside - twice <= 2 * 9_999, "paid {out} and {outside}, twice {twice}");
            prop_assert_eq!(bench.book("platform_cost"), -twice);
        }
    }
}
