//! Redemption codes (S18): worth their sum once, whoever brings them, and the books right however the batch ends.

use super::Bench;
use super::bench::{at, cny};
use crate::actor::{Actor, Party, Role};
use crate::code_batch::{BatchState, CodeBatch, CodesAct, Worth};
use crate::command::Act;
use crate::desk::{DeskAct, DeskFile};
use crate::projection::Subject;
use crate::refusal::Refusal;
use proptest::prelude::*;
use yuanlu_money::{Currency, Money};

const BATCH: &str = "K1";

fn finance(account: &str) -> Actor {
    Actor::Staff { account: account.into(), role: Role::Finance }
}

fn ask(value: &str, codes: u32, worth: Worth) -> CodesAct {
    CodesAct::Ask { worth, value: cny(value), codes, last_day: at("2026-04-30 00:00:00").date() }
}

impl Bench {
    fn say_of_codes(&mut self, by: Actor, act: CodesAct) -> Result<(), Refusal> {
        self.give(by, Act::Desk { desk: BATCH.into(), act: DeskAct::Codes(act) })
    }

    fn redeem(&mut self, code: u32) -> Result<(), Refusal> {
        let by = Actor::Buyer { party: Party::Account("b1".into()) };
        self.say_of_codes(by, CodesAct::Redeem { code, account: "b1".into() })
    }

    fn batch(&self) -> &CodeBatch {
        match self.files.desk.as_ref().expect("a desk") {
            DeskFile::Codes(batch) => batch,
            other => panic!("not a batch: {other:?}"),
        }
    }

    fn booked(&self, account: &str) -> i64 {
        self.books.get(account).copied().unwrap_or(0)
    }

    /// What the books say of the batch is what its state says, and what the wallet holds came from it.
    fn codes_balance(&self) {
        let (batch, used) = (self.batch(), i64::try_from(self.batch().used.len()).expect("few"));
        assert_eq!(self.booked("code_liability:K1"), batch.owed_minor());
        let held = self.files.wallet.as_ref().map_or(0, |w| w.held_minor() + w.vouchers_minor());
        assert_eq!(held, used * batch.value_minor, "every use is one sum");
        assert_eq!(self.booked("buyer_balance:b1") + self.booked("voucher_liability:b1"), held);
        assert_eq!(
            -self.booked("platform_cost"),
            held + batch.owed_minor(),
            "the platform pays for what is used or owed"
        );
    }
}

fn issued(worth: Worth) -> Bench {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.say_of_codes(finance("f1"), ask("20.00", 3, worth)).expect("asked for");
    bench.say_of_codes(finance("f1"), CodesAct::Issue).expect("issued");
    bench
}

#[test]
fn a_code_is_worth_its_sum_once_and_the_platform_pays_for_it() {
    for worth in [Worth::Balance, Worth::Voucher] {
        let mut bench = issued(worth);
        assert_eq!(bench.booked("code_liability:K1"), 6_000);
        bench.redeem(2).expect("redeemed");
        assert_eq!(bench.redeem(2), Err(Refusal::CodeUsed));
        assert_eq!(bench.redeem(4), Err(Refusal::CodeUnknown), "there are three");
        assert_eq!(bench.redeem(0), Err(Refusal::CodeUnknown));
        bench.codes_balance();
        let lot = &bench.wallet().lots[0];
        assert_eq!((lot.left_minor, lot.voucher), (2_000, worth == Worth::Voucher));
        assert_eq!(lot.expires_at, at("2027-03-11 00:00:00"), "a full term from the day it came in");
    }
}

#[test]
fn nobody_redeems_into_a_wallet_that_is_not_his() {
    let mut bench = issued(Worth::Balance);
    let other = Actor::Buyer { party: Party::Account("b2".into()) };
    let act = CodesAct::Redeem { code: 1, account: "b1".into() };
    for by in [other, finance("f1"), Actor::Program] {
        assert_eq!(bench.say_of_codes(by, act.clone()), Err(Refusal::NotFound));
    }
    bench.codes_balance();
}

#[test]
fn what_is_worth_much_needs_a_second_person() {
    let mut bench = Bench::new("2026-03-10 10:00:00").with_staff(&[
        ("f1", &[Role::Finance]),
        ("f2", &[Role::Finance]),
        ("r1", &[Role::Reviewer]),
    ]);
    let by = Actor::Staff { account: "r1".into(), role: Role::Reviewer };
    assert_eq!(bench.say_of_codes(by, ask("200.00", 100, Worth::Balance)), Err(Refusal::NotYours));
    bench.say_of_codes(finance("f1"), ask("200.00", 100, Worth::Balance)).expect("asked for");
    assert_eq!(bench.batch().state, BatchState::Waiting);
    assert!(matches!(bench.say_of_codes(finance("f1"), CodesAct::Issue), Err(Refusal::WrongState { .. })));
    assert_eq!(bench.say_of_codes(finance("f1"), CodesAct::Approve), Err(Refusal::Conflicted));
    bench.say_of_codes(finance("f2"), CodesAct::Approve).expect("agreed");
    assert_eq!(bench.booked("code_liability:K1"), 0, "nothing is owed before there are codes");
    bench.say_of_codes(finance("f1"), CodesAct::Issue).expect("issued");
    assert_eq!(bench.booked("code_liability:K1"), 2_000_000);
    assert!(matches!(bench.say_of_codes(finance("f2"), CodesAct::Issue), Err(Refusal::WrongState { .. })), "once");
}

#[test]
fn what_nobody_used_expires_and_costs_nothing() {
    let mut bench = issued(Worth::Balance);
    bench.redeem(1).expect("redeemed");
    bench.now = at("2026-04-30 23:59:59");
    let wake = CodesAct::Wake { subject: Subject::CodeBatch };
    assert_eq!(bench.say_of_codes(Actor::Program, wake.clone()), Err(Refusal::NothingDue));
    bench.redeem(2).expect("on the last day");
    bench.now = at("2026-05-01 00:00:00");
    assert_eq!(bench.redeem(3), Err(Refusal::CodeExpired), "also before the timer has rung");
    bench.say_of_codes(Actor::Program, wake.clone()).expect("expired");
    assert_eq!(bench.redeem(3), Err(Refusal::CodeExpired));
    assert_eq!(bench.redeem(1), Err(Refusal::CodeUsed), "he is told what happened to his");
    assert_eq!(bench.say_of_codes(Actor::Program, wake), Err(Refusal::NothingDue));
    bench.codes_balance();
}

#[test]
fn a_withdrawn_batch_is_worth_nothing_and_what_was_used_stays() {
    let mut bench = issued(Worth::Voucher);
    bench.redeem(3).expect("redeemed");
    bench.say_of_codes(finance("f2"), CodesAct::Withdraw).expect("withdrawn");
    assert_eq!(bench.redeem(1), Err(Refusal::CodeWithdrawn));
    assert!(matches!(bench.say_of_codes(finance("f2"), CodesAct::Withdraw), Err(Refusal::WrongState { .. })));
    bench.codes_balance();
    assert_eq!(bench.wallet().vouchers_minor(), 2_000);
}

#[test]
fn senseless_batches_are_refused() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    for (act, refusal) in [
        (ask("20.00", 0, Worth::Balance), Refusal::Quantity { most: 1000 }),
        (ask("20.00", 1001, Worth::Balance), Refusal::Quantity { most: 1000 }),
    ] {
        assert_eq!(bench.say_of_codes(finance("f1"), act), Err(refusal));
    }
    let last_day = at("2026-03-10 00:00:00").date();
    let value = Money::new(i64::MAX / 2, Currency::Cny);
    for value in [value, Money::cny(0), Money::cny(-100)] {
        let act = CodesAct::Ask { worth: Worth::Balance, value, codes: 3, last_day };
        assert_eq!(bench.say_of_codes(finance("f1"), act), Err(Refusal::BadAmount), "no sum overflows: {value}");
    }
    let act = CodesAct::Ask {
        worth: Worth::Balance,
        value: cny("1.00"),
        codes: 1,
        last_day: at("2026-03-09 00:00:00").date(),
    };
    assert!(matches!(bench.say_of_codes(finance("f1"), act), Err(Refusal::TooLate { .. })));
    assert_eq!(bench.files.desk, None);
}

proptest! {
    /// Whatever is tried in whatever order, no code is worth more than its sum and the books say what the batch says.
    #[test]
    fn no_order_of_uses_makes_a_code_worth_more(tries in proptest::collection::vec(0u32..7, 1..40), day in 1i64..60) {
        let mut bench = issued(Worth::Balance);
        for one in tries {
            match one {
                0 => drop(bench.say_of_codes(finance("f1"), CodesAct::Withdraw)),
                5 => bench.now = bench.now.plus_days(day),
                6 => drop(bench.say_of_codes(Actor::Program, CodesAct::Wake { subject: Subject::CodeBatch })),
                code => drop(bench.redeem(code)),
            }
            bench.codes_balance();
        }
    }
}
