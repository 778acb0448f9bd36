//! Random schedules of partial refunds: whatever is asked, granted, sent and answered in whatever order, no order gives
//! back more than was paid, and the books balance after every step. A twentieth unless `YUANLU_LONG=1`.

use super::Bench;
use super::bench::{arrived, cny, screenshot, words, yes};
use crate::actor::Role;
use crate::case::{CaseState, Reason};
use crate::command::OrderAct;
use crate::event::Tender;
use crate::payout::{Destination, Outcome, PayoutState};
use yuanlu_money::{Currency, Money};

/// SplitMix64: a schedule is its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.roll(all.len() as u64)).expect("small")].clone()
    }

    fn small(&mut self, sides: u64) -> u16 {
        u16::try_from(1 + self.roll(sides)).expect("small")
    }
}

#[test]
fn t01_t15_t17_t18_t40_partial_refunds_in_any_order_never_exceed_what_was_paid() {
    let schedules: u64 = if std::env::var_os("YUANLU_LONG").is_some() { 120_000 } else { 6_000 };
    let (mut refunds, mut whole) = (0, 0);
    for seed in 0..schedules {
        let mut dice = Dice(seed);
        let mut bench = order(&mut dice);
        let kept = in_wallet(&bench);
        for _ in 0..6 + dice.roll(14) {
            step(&mut bench, &mut dice);
            check(&bench, seed, kept);
        }
        settle(&mut bench);
        check(&bench, seed, kept);
        refunds += bench.file().payouts.len();
        whole += usize::from(bench.file().units.iter().all(|unit| unit.refundable_minor() == 0));
    }
    assert!(
        refunds > usize::try_from(schedules / 2).expect("few") && whole > 0,
        "{refunds} refunds, {whole} orders whole"
    );
}

/// One to four units at a price that does not divide, paid in one way or another.
fn order(dice: &mut Dice) -> Bench {
    let mut bench = Bench::quick("2026-03-10 10:00:00");
    let price = i64::try_from(1 + dice.roll(9_999)).expect("small");
    bench.offer.terms.price_minor = price;
    bench.offer.terms.face_minor = price + i64::try_from(dice.roll(100)).expect("small");
    let quantity = dice.small(4);
    let channel = Tender::Channel { channel: "sim".into() };
    let way = dice.roll(4);
    if way < 2 {
        let parts = bench.everything_in_the_wallet(way == 0);
        // What is in the wallet may be more than the order costs.
        if bench.place_with(quantity, false, parts, channel.clone()).is_err() {
            bench.place(quantity, false, channel).expect("placed");
        }
    } else if way == 2 {
        bench.credit_wallet(Money::new(price * i64::from(quantity), Currency::Cny));
        bench.place(quantity, false, Tender::Balance { wallet: "b1".into() }).expect("placed");
    } else {
        bench.place(quantity, false, channel).expect("placed");
    }
    if bench.file().status.paid_at().is_none() {
        bench.pay("ch1").expect("paid");
    }
    bench
}

fn in_wallet(bench: &Bench) -> i64 {
    bench.files.wallet.iter().map(|wallet| wallet.held_minor() + wallet.vouchers_minor()).sum()
}

/// Somebody does something; whether the rules allow it is theirs to say.
fn step(bench: &mut Bench, dice: &mut Dice) {
    let units = u64::try_from(bench.file().units.len()).expect("few");
    let case = dice.small(bench.file().cases.len().max(1) as u64);
    let payout = dice.small(bench.file().payouts.len().max(1) as u64);
    let amount = Money::new(i64::try_from(1 + dice.roll(10_000)).expect("small"), Currency::Cny);
    let _allowed = match dice.roll(12) {
        0..=2 => {
            let reason = dice.pick(&[Reason::Personal, Reason::InvalidCode, Reason::NotAsDescribed]);
            let units: Vec<u16> = match dice.roll(3) {
                0 => (1..=u16::try_from(units).expect("few")).collect(),
                _ => vec![dice.small(units)],
            };
            bench.buyer(OrderAct::Apply {
                units,
                reason,
                claimed: amount,
                received_face: (reason == Reason::NotAsDescribed).then(|| cny("10.00")),
                to_balance: dice.roll(4) == 0,
                text: Some(words()),
                evidence: vec![screenshot()],
            })
        }
        3 => bench.buyer(OrderAct::Reveal { unit: dice.small(units) }),
        4 => bench.seller(OrderAct::SellerAgree { case }),
        5 => bench.seller(OrderAct::SellerContest { case, words: Some(words()), evidence: vec![] }),
        6 => {
            let _claimed = bench.staff("r1", Role::Reviewer, OrderAct::ClaimCase { case });
            let approve = OrderAct::Approve { case, amount, answers: yes(), words: None };
            bench.judge("r1", Role::Reviewer, approve)
        }
        7..=9 => {
            let outcome = dice.pick(&outcomes());
            if bench.next_step(payout).is_some() { bench.call(payout, outcome) } else { Ok(()) }
        }
        10 => {
            let attempt = dice.pick(&[None, Some(1), Some(2)]);
            bench.channel(OrderAct::RecordOutcome { payout, attempt, outcome: dice.pick(&outcomes()) })
        }
        _ => match dice.roll(4) {
            0 => bench.pay("ch2"),
            1 => bench.buyer(OrderAct::ChooseBalance { case }),
            2 => bench.staff("f1", Role::Finance, OrderAct::ResumePayout { payout }),
            _ => {
                bench.now = bench.now.plus_hours(i64::from(dice.small(30)));
                bench.serve_timers();
                Ok(())
            }
        },
    };
}

fn outcomes() -> [Outcome; 8] {
    let code = || "C".to_owned();
    [
        arrived(),
        Outcome::Accepted { channel_ref: "r".into() },
        Outcome::Unknown { code: code() },
        Outcome::NotFound,
        Outcome::NeedFunds { code: code() },
        Outcome::OtherRoute { code: code() },
        Outcome::ManualAtChannel { code: code() },
        Outcome::Bounced { code: code() },
    ]
}

/// The channel answers at last, finance and the buyer do their part: everything that was decided arrives.
fn settle(bench: &mut Bench) {
    for _ in 0..40 {
        for payout in 1..=u16::try_from(bench.file().payouts.len()).expect("few") {
            let _sent_on = bench.staff("f1", Role::Finance, OrderAct::ResumePayout { payout });
            if bench.next_step(payout).is_some() {
                bench.call(payout, arrived()).expect("answered");
            }
        }
        for case in 1..=u16::try_from(bench.file().cases.len()).expect("few") {
            let _chosen = bench.buyer(OrderAct::ChooseBalance { case });
        }
    }
    for payout in &bench.file().payouts {
        let over = matches!(payout.state, PayoutState::Arrived { .. } | PayoutState::Rerouted);
        assert!(over, "{payout:?}");
    }
    let mut cases = bench.file().cases.iter();
    assert!(!cases.any(|case| matches!(case.state, CaseState::Refunding | CaseState::AwaitingRoute { .. })));
}

/// What the bench does not look at after every command by itself.
fn check(bench: &Bench, seed: u64, kept: i64) {
    let file = bench.file();
    let live = || file.payouts.iter().filter(|payout| payout.state != PayoutState::Rerouted);
    for payment in &file.payments {
        let sent: i64 = live().filter(|p| p.destination.payment() == payment.ordinal).map(|p| p.amount_minor).sum();
        assert_eq!(sent, payment.returned_minor, "seed {seed}: T15, T40: derived from the payouts, never beside them");
    }
    // T17, T40: what a case pays is what was approved for it, and for nothing else.
    for case in &file.cases {
        let paid: i64 =
            file.payouts_of(case.ordinal).filter(|p| p.state != PayoutState::Rerouted).map(|p| p.amount_minor).sum();
        assert_eq!(paid, case.net_minor(), "seed {seed}: case {}", case.ordinal);
    }
    // T18: to the cent what came in is what is still here, what was kept and what went back.
    let refunded: i64 = file.units.iter().map(|unit| unit.refunded_minor).sum();
    let of_cases: i64 =
        file.cases.iter().filter(|c| c.extra_payment.is_none()).map(|c| c.net_minor() + c.fee_minor()).sum();
    assert_eq!(refunded, of_cases, "seed {seed}");
    let into_wallet = live().filter(|p| {
        !matches!(p.destination, Destination::Original { .. }) && matches!(p.state, PayoutState::Arrived { .. })
    });
    let credited: i64 = into_wallet.map(|p| p.amount_minor).sum();
    assert_eq!(in_wallet(bench), kept + credited, "seed {seed}: T23");
}
