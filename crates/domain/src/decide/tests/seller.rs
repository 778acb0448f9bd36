//! A seller's money: deposits, debts, withdrawals; whatever the order of things, no yuan appears, vanishes or is spent twice.

use super::bench::at;
use crate::actor::{Actor, Role};
use crate::bookkeeping;
use crate::calendar::Calendar;
use crate::case::PersonalRef;
use crate::command::{Act, Command, SellerAct};
use crate::decide::seller::{ForeignFunds, Funds, available_minor};
use crate::decide::{Aggregates, Context, Provided, decide_whole};
use crate::ids::Ids;
use crate::policy::Policy;
use crate::projection::Subject;
use crate::rate::DayRate;
use crate::refusal::Refusal;
use crate::seller_account::{SellerAccount, SellerEvent};
use crate::time::Instant;
use crate::withdrawal::WithdrawalState;
use proptest::prelude::*;
use yuanlu_ledger::{Account, Balances, Transfer, TransferKind};
use yuanlu_money::{Currency, Money, Rate};

fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::Cny)
}

fn words() -> PersonalRef {
    PersonalRef { id: "p1".into(), digest: "00".into() }
}

/// A seller's account with books beside it. What orders do to the payable is booked as their events would.
struct Till {
    now: Instant,
    files: Aggregates,
    facts: Provided,
    books: Balances,
    settled: i64,
    refunded: i64,
    withdrawn: i64,
    ids: Ids,
}

impl Till {
    fn new() -> Self {
        let mut till = Self {
            now: at("2026-03-10 10:00"),
            files: Aggregates::default(),
            facts: Provided { funds: Some(Funds::default()), ..Provided::default() },
            books: Balances::new(),
            settled: 0,
            refunded: 0,
            withdrawn: 0,
            ids: Ids::new([3; 32]),
        };
        till.tell(finance("f1"), SellerAct::Open { currency: Currency::Cny }).unwrap();
        till
    }

    /// With a deposit as required and a payout account that has waited.
    fn ready() -> Self {
        let mut till = Self::new();
        till.tell(finance("f1"), SellerAct::PayDeposit { amount: cny(500_000) }).unwrap();
        till.tell(seller(), SellerAct::SetPayoutAccount { account: words() }).unwrap();
        till.now = till.now.plus_hours(24);
        till
    }

    fn account(&self) -> &SellerAccount {
        self.files.seller.as_ref().unwrap()
    }

    fn net(&self, account: Account) -> i64 {
        self.books.net(&account, Currency::Cny)
    }

    fn payable(&self) -> i64 {
        self.net(Account::SellerPayable("s1".into()))
    }

    fn book(&mut self, debit: Account, credit: Account, minor: i64, kind: TransferKind) {
        self.books.apply(&Transfer::new(debit, credit, cny(minor), kind).unwrap()).unwrap();
    }

    fn settle(&mut self, minor: i64) {
        let (clearing, escrow) = (Account::ChannelClearing("sim".into()), Account::Escrow("o".into()));
        self.book(clearing, escrow.clone(), minor, TransferKind::PaymentReceived);
        self.book(escrow, Account::SellerPayable("s1".into()), minor, TransferKind::Settled);
        self.settled += minor;
    }

    fn refund(&mut self, minor: i64) {
        let (payable, clearing) = (Account::SellerPayable("s1".into()), Account::ChannelClearing("sim".into()));
        self.book(payable, clearing, minor, TransferKind::RefundReserved);
        self.refunded += minor;
    }

    fn tell(&mut self, by: Actor, act: SellerAct) -> Result<Vec<SellerEvent>, Refusal> {
        if let Some(funds) = &mut self.facts.funds {
            funds.payable_minor = self.books.net(&Account::SellerPayable("s1".into()), Currency::Cny);
        }
        let policy = Policy::builtin();
        let mut context = Context {
            policy,
            policy_hash: policy.hash().as_str(),
            calendar: Calendar::builtin(),
            now: self.now,
            ids: &mut self.ids,
            facts: &self.facts,
        };
        let command = Command { by, act: Act::Seller { seller: "s1".into(), act } };
        let decided = decide_whole(&self.files, &command, &mut context)?;
        let mut folded = self.files.seller.clone();
        let mut events = Vec::new();
        for event in decided.events {
            let crate::event::Event::Seller(event) = event else { panic!("only the account changes") };
            let made = bookkeeping::seller(folded.as_ref(), &event);
            made.iter().for_each(|transfer| self.books.apply(transfer).unwrap());
            folded = SellerAccount::evolve(folded, &event, &command.by, self.now);
            if let SellerEvent::WithdrawalExecuted { withdrawal, .. } = &event {
                self.withdrawn += folded.as_ref().unwrap().withdrawal(*withdrawal).unwrap().amount_minor;
            }
            events.push(event);
        }
        assert_eq!(folded, decided.after.seller);
        self.files.seller = folded;
        self.check();
        Ok(events)
    }

    /// What must hold after every step.
    fn check(&self) {
        let (account, owner) = (self.account(), || "s1".to_owned());
        assert!(self.books.is_balanced());
        assert_eq!(account.deposit_minor, self.net(Account::SellerDeposit(owner())));
        assert_eq!(account.reserved_minor(), self.net(Account::SellerWithdrawal(owner())));
        assert_eq!(account.advance_minor, -self.net(Account::Recourse(owner())));
        assert_eq!(account.advance_minor, -self.net(Account::PlatformAdvance));
        assert_eq!(account.withdrawn_minor, self.withdrawn);
        assert!(account.deposit_minor >= 0 && account.advance_minor >= 0 && account.reserved_minor() >= 0);
        let taken = account.reserved_minor() + self.withdrawn;
        assert!(taken <= self.settled, "{taken} of {} earned", self.settled);
        let kept: Vec<_> = account.withdrawals.iter().map(|w| w.ordinal).collect();
        assert!(kept.is_sorted() && kept.len() <= 30);
    }

    fn request(&mut self, minor: i64) -> Result<Vec<SellerEvent>, Refusal> {
        self.tell(seller(), SellerAct::RequestWithdrawal { amount: cny(minor) })
    }

    fn execute(&mut self, by: &str, withdrawal: u32) -> Result<Vec<SellerEvent>, Refusal> {
        self.tell(finance(by), SellerAct::ExecuteWithdrawal { withdrawal, reference: "B1".into() })
    }

    fn square(&mut self) -> Result<Vec<SellerEvent>, Refusal> {
        self.tell(Actor::Program, SellerAct::Square)
    }
}

fn seller() -> Actor {
    Actor::Seller { seller: "s1".into(), account: "owner".into() }
}

fn finance(account: &str) -> Actor {
    Actor::Staff { account: account.into(), role: Role::Finance }
}

#[test]
fn earnings_are_reserved_when_asked_for_and_leave_once() {
    let mut till = Till::ready();
    till.settle(30_000);
    let refused = till.request(30_001);
    assert_eq!(refused, Err(Refusal::NotEnoughEarned { available: cny(30_000) }));
    till.request(20_000).unwrap();
    assert_eq!((till.payable(), till.account().reserved_minor()), (10_000, 20_000));
    assert_eq!(till.request(10_001), Err(Refusal::NotEnoughEarned { available: cny(10_000) }));
    till.execute("f1", 1).unwrap();
    assert_eq!(till.account().withdrawn_minor, 20_000);
    assert_eq!(till.execute("f1", 1), Err(Refusal::WrongState { state: "executed" }));
    till.request(10_000).unwrap();
    till.tell(seller(), SellerAct::CancelWithdrawal { withdrawal: 2 }).unwrap();
    assert_eq!(till.payable(), 10_000);
    till.request(10_000).unwrap();
    till.tell(finance("f1"), SellerAct::RefuseWithdrawal { withdrawal: 3, words: words() }).unwrap();
    assert_eq!((till.payable(), till.account().reserved_minor()), (10_000, 0));
}

#[test]
fn a_payout_account_is_needed_and_a_new_one_waits_a_day() {
    let mut till = Till::new();
    till.tell(finance("f1"), SellerAct::PayDeposit { amount: cny(500_000) }).unwrap();
    till.settle(30_000);
    assert_eq!(till.request(100), Err(Refusal::Missing { field: "payout_account" }));
    till.tell(seller(), SellerAct::SetPayoutAccount { account: words() }).unwrap();
    till.request(100).unwrap();
    let from = till.now.plus_hours(24);
    assert_eq!(till.execute("f1", 1), Err(Refusal::NotBefore { from }));
    till.now = from;
    till.execute("f1", 1).unwrap();
}

#[test]
fn large_withdrawals_need_two_people_and_nobody_executes_his_own() {
    let mut till = Till::ready();
    till.settle(2_000_000);
    till.request(500_001).unwrap();
    let both = |accounts: &[&str]| {
        Some(accounts.iter().map(|account| ((*account).into(), vec![Role::Finance])).collect::<Vec<_>>())
    };
    till.facts.staff = both(&["f1", "f2"]);
    assert_eq!(till.execute("f1", 1), Err(Refusal::SecondPersonNeeded));
    assert_eq!(till.execute("owner", 1), Err(Refusal::Conflicted));
    till.tell(finance("f1"), SellerAct::ApproveWithdrawal { withdrawal: 1 }).unwrap();
    assert_eq!(till.execute("f1", 1), Err(Refusal::Conflicted));
    till.execute("f2", 1).unwrap();
    // A house with one person waits instead, and says so (R35).
    till.request(500_001).unwrap();
    till.facts.staff = both(&["f1"]);
    let from = till.now.plus_hours(24);
    assert_eq!(till.execute("f1", 2), Err(Refusal::NotBefore { from }));
    till.now = from;
    let executed = till.execute("f1", 2).unwrap();
    assert!(matches!(executed[..], [SellerEvent::WithdrawalExecuted { alone: true, .. }]));
    // A small one needs one person, and has nothing to approve.
    till.request(100).unwrap();
    let approved = till.tell(finance("f1"), SellerAct::ApproveWithdrawal { withdrawal: 3 });
    assert_eq!(approved, Err(Refusal::WrongState { state: "waiting" }));
    till.execute("f1", 3).unwrap();
}

#[test]
fn a_debt_is_covered_by_what_waits_then_the_deposit_then_the_platform() {
    let mut till = Till::ready();
    till.settle(50_000);
    till.request(10_000).unwrap();
    till.request(20_000).unwrap();
    assert_eq!(till.square(), Err(Refusal::NothingDue));
    till.refund(35_000);
    assert_eq!(till.execute("f1", 1), Err(Refusal::InDebt { owed: cny(15_000) }));
    // The newest stops first, and is enough.
    assert_eq!(till.square().unwrap(), [SellerEvent::WithdrawalStopped { withdrawal: 2 }]);
    assert_eq!(till.account().withdrawal(2).unwrap().state, WithdrawalState::Stopped { at: till.now });
    assert_eq!(till.payable(), 5_000);
    till.refund(615_000);
    let events = till.square().unwrap();
    assert_eq!(
        events,
        [
            SellerEvent::WithdrawalStopped { withdrawal: 1 },
            SellerEvent::DepositDrawn { amount_minor: 500_000 },
            SellerEvent::Advanced { amount_minor: 100_000 },
        ]
    );
    assert_eq!((till.payable(), till.account().deposit_minor, till.account().advance_minor), (0, 0, 100_000));
    // Earnings repay before anything can be taken.
    till.settle(30_000);
    assert_eq!(till.request(1), Err(Refusal::InDebt { owed: cny(70_000) }));
    till.square().unwrap();
    assert_eq!((till.payable(), till.account().advance_minor), (0, 70_000));
    let repay = |minor| SellerAct::RepayAdvance { amount: cny(minor), reference: "B2".into() };
    assert_eq!(till.tell(finance("f1"), repay(70_001)), Err(Refusal::AboveOwed { most: cny(70_000) }));
    till.tell(finance("f1"), repay(70_000)).unwrap();
    assert_eq!(till.net(Account::PlatformAdvance), 0);
    // Then the deposit is filled up from what is earned; what it lacks cannot be withdrawn.
    till.settle(600_000);
    assert_eq!(till.request(100_001), Err(Refusal::NotEnoughEarned { available: cny(100_000) }));
    till.tell(seller(), SellerAct::TopUpDeposit { amount: cny(500_000) }).unwrap();
    till.request(100_000).unwrap();
}

#[test]
fn a_deposit_goes_back_only_above_what_is_required_and_with_nothing_open() {
    let mut till = Till::ready();
    let back = |minor| SellerAct::ReturnDeposit { amount: cny(minor), reference: "B3".into() };
    assert_eq!(till.tell(finance("f1"), back(1)), Err(Refusal::BelowDeposit { required: cny(500_000) }));
    till.tell(finance("f1"), SellerAct::PayDeposit { amount: cny(600_000) }).unwrap();
    till.facts.funds.as_mut().unwrap().open_cases = 2;
    assert_eq!(till.tell(finance("f1"), back(1)), Err(Refusal::OpenCases { open: 2 }));
    till.facts.funds.as_mut().unwrap().open_cases = 0;
    till.facts.funds.as_mut().unwrap().raised = true;
    assert_eq!(till.tell(finance("f1"), back(100_001)), Err(Refusal::BelowDeposit { required: cny(1_000_000) }));
    till.tell(finance("f1"), back(100_000)).unwrap();
    till.refund(1);
    till.facts.funds.as_mut().unwrap().raised = false;
    assert_eq!(till.tell(finance("f1"), back(1)), Err(Refusal::InDebt { owed: cny(1) }));
    assert_eq!(till.tell(seller(), back(1)), Err(Refusal::NotYours));
}

#[test]
fn only_the_seller_asks_only_finance_pays_only_the_program_squares() {
    let mut till = Till::ready();
    till.settle(1000);
    let stranger = || Actor::Seller { seller: "s2".into(), account: "x".into() };
    let request = || SellerAct::RequestWithdrawal { amount: cny(1) };
    assert_eq!(till.tell(stranger(), request()), Err(Refusal::NotFound));
    assert_eq!(till.tell(finance("f1"), request()), Err(Refusal::NotFound));
    assert_eq!(till.tell(Actor::Program, SellerAct::SetPayoutAccount { account: words() }), Err(Refusal::NotFound));
    assert_eq!(till.tell(finance("f1"), SellerAct::Square), Err(Refusal::NotYours));
    till.request(1).unwrap();
    let execute = SellerAct::ExecuteWithdrawal { withdrawal: 1, reference: "B".into() };
    assert_eq!(till.tell(seller(), execute.clone()), Err(Refusal::NotYours));
    let reviewer = Actor::Staff { account: "r".into(), role: Role::Reviewer };
    assert_eq!(till.tell(reviewer, execute), Err(Refusal::NotYours));
    for minor in [0, -1, i64::MIN] {
        assert_eq!(till.request(minor), Err(Refusal::BadAmount));
    }
    let dollars = SellerAct::RequestWithdrawal { amount: Money::new(1, Currency::Usd) };
    assert_eq!(till.tell(seller(), dollars), Err(Refusal::BadAmount));
}

#[test]
fn finance_is_reminded_until_it_acts_and_ten_wait_at_most() {
    let mut till = Till::ready();
    till.settle(1000);
    for _ in 0..10 {
        till.request(1).unwrap();
    }
    assert_eq!(till.request(1), Err(Refusal::NoRoom { most: 10 }));
    let wake = || SellerAct::Wake { subject: Subject::Withdrawal(1) };
    assert_eq!(till.tell(Actor::Program, wake()), Err(Refusal::NothingDue));
    till.now = till.account().timers()[0].due;
    till.tell(Actor::Program, wake()).unwrap();
    assert!(till.account().withdrawal(1).unwrap().due > till.now);
    assert_eq!(till.tell(Actor::Program, wake()), Err(Refusal::NothingDue));
    for withdrawal in 1..=10 {
        till.execute("f1", withdrawal).unwrap();
    }
    assert_eq!(till.account().timers(), []);
    for n in 11..=50 {
        till.request(1).unwrap();
        till.execute("f1", n).unwrap();
    }
    assert_eq!(till.account().withdrawals.len(), 20);
    assert_eq!(till.account().withdrawn_minor, 50);
}

#[derive(Clone, Debug)]
enum Step {
    Settle(i64),
    Refund(i64),
    Request(i64),
    End(u32, u8),
    PayDeposit(i64),
    ReturnDeposit(i64),
    TopUp(i64),
    Repay(i64),
    Square,
}

fn step() -> impl Strategy<Value = Step> {
    let minor = || 1..200_000_i64;
    prop_oneof![
        4 => minor().prop_map(Step::Settle),
        4 => minor().prop_map(Step::Refund),
        4 => minor().prop_map(Step::Request),
        4 => (1..40_u32, 0..4_u8).prop_map(|(n, how)| Step::End(n, how)),
        1 => minor().prop_map(Step::PayDeposit),
        1 => minor().prop_map(Step::ReturnDeposit),
        1 => minor().prop_map(Step::TopUp),
        1 => minor().prop_map(Step::Repay),
        2 => Just(Step::Square),
    ]
}

/// A seller who is owed dollars, or owes them, and what a dollar is worth on the day, where that is known.
fn with_dollars(minor: i64, rate: Option<&str>) -> Till {
    let mut till = Till::ready();
    let day = till.now.date();
    let rate = rate.map(|rate| DayRate { rate: Rate::parse(rate).unwrap(), day, source: "bank".into() });
    till.facts.funds.as_mut().unwrap().foreign =
        vec![ForeignFunds { currency: Currency::Usd, payable_minor: minor, rate }];
    till
}

#[test]
fn foreign_earnings_are_exchanged_at_the_rate_of_the_day_and_wait_without_one() {
    let mut till = with_dollars(1357, Some("7.1000"));
    till.square().unwrap();
    assert_eq!(till.payable(), 9635, "13.57 at 7.10, half up");
    assert_eq!(till.net(Account::ForeignPosition), -9635);
    assert_eq!(
        till.books.net(&Account::SellerPayable("s1".into()), Currency::Usd),
        -1357,
        "what was owed in dollars is over"
    );
    let mut till = with_dollars(1357, None);
    assert_eq!(till.square(), Err(Refusal::NothingDue));
}

#[test]
fn a_debt_in_dollars_is_covered_like_any_other() {
    let mut till = with_dollars(-1357, Some("7.1000"));
    till.square().unwrap();
    assert_eq!((till.payable(), till.account().deposit_minor), (0, 500_000 - 9635));
    assert_eq!(till.books.net(&Account::SellerPayable("s1".into()), Currency::Usd), 1357);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn money_never_appears_or_vanishes(steps in proptest::collection::vec(step(), 1..120)) {
        let mut till = Till::ready();
        for step in steps {
            till.now = till.now.plus_hours(1);
            let _refused = match step {
                Step::Settle(minor) => { till.settle(minor); continue }
                Step::Refund(minor) => { till.refund(minor); continue }
                Step::Request(minor) => {
                    let asked = till.request(minor);
                    prop_assert!(asked.is_err() || (till.payable() >= 0 && till.account().advance_minor == 0));
                    asked
                }
                Step::End(n, 0) => till.tell(seller(), SellerAct::CancelWithdrawal { withdrawal: n }),
                Step::End(n, 1) => till.tell(finance("f1"), SellerAct::RefuseWithdrawal { withdrawal: n, words: words() }),
                Step::End(n, _) => {
                    let executed = till.execute("f1", n);
                    prop_assert!(executed.is_err() || till.payable() >= 0, "paid out in debt");
                    executed
                }
                Step::PayDeposit(minor) => till.tell(finance("f1"), SellerAct::PayDeposit { amount: cny(minor) }),
                Step::ReturnDeposit(minor) => till.tell(
                    finance("f1"),
                    SellerAct::ReturnDeposit { amount: cny(minor), reference: "B".into() },
                ),
                Step::TopUp(minor) => till.tell(seller(), SellerAct::TopUpDeposit { amount: cny(minor) }),
                Step::Repay(minor) => till.tell(
                    finance("f1"),
                    SellerAct::RepayAdvance { amount: cny(minor), reference: "B".into() },
                ),
                Step::Square => {
                    let squared = till.square();
                    prop_assert!(till.payable() >= 0);
                    prop_assert!(till.payable() == 0 || till.account().advance_minor == 0);
                    squared
                }
            };
            till.check();
            let required = Funds::default().required_minor(Currency::Cny, Policy::builtin().parameters());
            prop_assert!(available_minor(till.account(), till.payable(), required) <= till.payable().max(0));
        }
    }
}
