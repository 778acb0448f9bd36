//! Bills: how their lines are compared (P17, T12), and the life of an exception.

use super::Bench;
use super::bench::{ORDER, arrived, at, cny, words};
use crate::actor::{Actor, Role};
use crate::bill::{
    BillEntry, BillKind, BillLine, Difference, EntryState, Found, Remedy, Totals, Verdict, channel_entries, compare,
    missing_there,
};
use crate::bill_day::{BillDay, DayAct};
use crate::bill_exception::{BillException, ExceptionAct, ExceptionState, Matter, Resolution};
use crate::case::Reason;
use crate::command::{Act, OrderAct};
use crate::desk::{DeskAct, DeskFile};
use crate::event::Tender;
use crate::ids::ChannelNumber;
use crate::payout::{Outcome, PayoutState};
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::turn::Who;
use yuanlu_money::Currency;

const PREFIX: &str = "YL00";

fn line(entry: BillEntry, no: &str, reference: &str, amount: &str) -> BillLine {
    let (payment_no, refund_no) = match entry {
        BillEntry::Payment => (no, ""),
        _ => ("", no),
    };
    BillLine {
        line: 2,
        entry,
        payment_no: payment_no.into(),
        payment_ref: reference.to_owned(),
        refund_no: refund_no.into(),
        amount: cny(amount),
        fee_minor: 0,
        at: Some(at("2026-03-10 10:00:00")),
        state: String::new(),
    }
}

impl Bench {
    fn compared(&self, line: &BillLine) -> Verdict {
        let entries = channel_entries(self.file());
        compare(&"sim".into(), BillKind::Trades, line, &entries, PREFIX)
    }

    fn difference(&self, line: &BillLine) -> (Difference, i64, Remedy) {
        match self.compared(line) {
            Verdict::Differs(found) => (found.difference, found.delta_minor, found.remedy),
            other => panic!("{other:?}"),
        }
    }

    fn say_of_exception(&mut self, by: Actor, act: ExceptionAct) -> Result<(), Refusal> {
        self.give(by, Act::Desk { desk: "X1".into(), act: DeskAct::Exception(act) })
    }

    fn exception(&self) -> &BillException {
        match self.files.desk.as_ref().expect("a desk") {
            DeskFile::Exception(exception) => exception,
            other => panic!("not an exception: {other:?}"),
        }
    }
}

fn unpaid() -> Bench {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.place(1, false, Tender::Channel { channel: "sim".into() }).expect("placed");
    bench
}

fn number(bench: &Bench) -> String {
    bench.file().payments[0].no.to_string()
}

fn paid() -> Bench {
    let mut bench = unpaid();
    pay(&mut bench, "c1").expect("paid");
    bench
}

fn pay(bench: &mut Bench, reference: &str) -> Result<(), Refusal> {
    let no = ChannelNumber::new(number(bench));
    bench.channel(OrderAct::PaymentSucceeded { no, channel_ref: reference.into(), amount: cny("99.99") })
}

#[test]
fn payments_are_compared_by_number_and_transaction() {
    let bench = paid();
    let no = number(&bench);
    let bill = |reference, amount| line(BillEntry::Payment, &no, reference, amount);
    assert!(matches!(bench.compared(&bill("c1", "99.99")), Verdict::Matched(Some(_))));
    assert_eq!(bench.difference(&bill("c1", "99.90")), (Difference::Amount, -9, Remedy::Person));
    let order = Remedy::TellPayment(ORDER.into());
    assert_eq!(bench.difference(&bill("c2", "99.99")), (Difference::DoublePayment, 9999, order.clone()));
    assert_eq!(unpaid().difference(&bill("c1", "99.99")), (Difference::MissingHere, 9999, order));
    let of_lost_order = format!("{PREFIX}260310ZZZZZZZZZZP001");
    let lost = line(BillEntry::Payment, &of_lost_order, "c1", "99.99");
    assert_eq!(bench.difference(&lost), (Difference::MissingHere, 9999, Remedy::Person));
    let foreign = line(BillEntry::Payment, "OTHERSHOP0001", "c1", "99.99");
    assert_eq!(bench.difference(&foreign), (Difference::Foreign, 9999, Remedy::Person));
    // The same number at another channel is another number.
    let entries = channel_entries(bench.file());
    let elsewhere = compare(&"alipay".into(), BillKind::Trades, &bill("c1", "99.99"), &entries, PREFIX);
    assert!(matches!(elsewhere, Verdict::Differs(found) if found.difference == Difference::MissingHere));
    let funds = compare(&"sim".into(), BillKind::Funds, &bill("c9", "1.00"), &entries, PREFIX);
    assert_eq!(funds, Verdict::Aside);
}

/// P17: the second payment of an order goes back by itself, once, however it was heard of.
#[test]
fn a_double_payment_that_only_the_bill_knows_of_goes_back() {
    let mut bench = paid();
    pay(&mut bench, "c2").expect("extra");
    assert_eq!(pay(&mut bench, "c2"), Err(Refusal::NothingDue));
    assert_eq!(bench.file().payouts[0].amount_minor, 9999);
    assert!(matches!(bench.file().payments[1].state, crate::order_file::PaymentState::Extra { .. }));
    let again = line(BillEntry::Payment, &number(&bench), "c2", "99.99");
    assert!(matches!(bench.compared(&again), Verdict::Matched(_)));
}

/// ¥95.00 on their way: the fee was disclosed.
fn refunding() -> Bench {
    let mut bench = paid();
    bench.apply(Reason::Personal, "99.99").expect("refunding");
    bench
}

#[test]
fn refunds_are_compared_by_number_and_state() {
    let mut bench = refunding();
    let no = bench.file().payouts[0].no.to_string();
    let refund = line(BillEntry::Refund, &no, "c1", "95.00");
    let back = line(BillEntry::RefundReturned, &no, "c1", "95.00");
    // Never sent, and there it is: somebody else moved money under our number.
    assert_eq!(bench.difference(&refund), (Difference::Status, -9500, Remedy::Person));
    bench.call(1, Outcome::Unknown { code: "timed_out".into() }).expect("unknown");
    let asked = Outcome::Accepted { channel_ref: "c1".into() };
    let told = Remedy::TellPayout(ORDER.into(), 1, asked.clone());
    assert_eq!(bench.difference(&refund), (Difference::Status, 0, told));
    bench.channel(OrderAct::RecordOutcome { payout: 1, attempt: None, outcome: asked }).expect("recorded");
    assert!(matches!(bench.compared(&refund), Verdict::Matched(Some(_))));
    bench.call(1, arrived()).expect("arrived");
    assert!(matches!(bench.compared(&refund), Verdict::Matched(Some(_))));
    let less = line(BillEntry::Refund, &no, "c1", "94.01");
    assert_eq!(bench.difference(&less), (Difference::Amount, 99, Remedy::Person));
    let gone = missing_there(&channel_entries(bench.file())[1]);
    assert_eq!((gone.difference, gone.delta_minor), (Difference::MissingThere, 9500));

    // T12: it came back, and the bill of the day on which it left still agrees.
    let outcome = Outcome::Bounced { code: "bill".into() };
    assert_eq!(
        bench.difference(&back),
        (Difference::Bounced, 9500, Remedy::TellPayout(ORDER.into(), 1, outcome.clone()))
    );
    bench.channel(OrderAct::RecordOutcome { payout: 1, attempt: None, outcome }).expect("recorded");
    assert!(matches!(bench.file().payouts[0].state, PayoutState::Refused { .. }));
    assert_eq!(channel_entries(bench.file())[1].state, EntryState::Bounced);
    assert!(matches!(bench.compared(&refund), Verdict::Matched(Some(_))));
    assert!(matches!(bench.compared(&back), Verdict::Matched(None)));
}

#[test]
fn money_that_left_after_a_final_refusal_is_for_a_person() {
    let mut bench = refunding();
    let no = bench.file().payouts[0].no.to_string();
    bench.call(1, Outcome::OtherRoute { code: "C".into() }).expect("refused");
    bench.call(1, Outcome::NotFound).expect("proven");
    let refund = line(BillEntry::Refund, &no, "c1", "95.00");
    assert_eq!(bench.difference(&refund), (Difference::Status, -9500, Remedy::Person));
    let unknown = line(BillEntry::Refund, &format!("{PREFIX}{ORDER}R009"), "c1", "5.00");
    assert_eq!(bench.difference(&unknown), (Difference::MissingHere, -500, Remedy::Person));
}

fn matter(delta: i64) -> Box<Matter> {
    let amount = yuanlu_money::Money::new(delta, Currency::Cny);
    Box::new(Matter {
        channel: "sim".into(),
        day: jiff::civil::date(2026, 3, 10),
        difference: Difference::Foreign,
        entry: "payment".into(),
        no: "OTHERSHOP0001".into(),
        channel_ref: "c1".into(),
        order: None,
        ours: None,
        theirs: Some(crate::bill_exception::Side { amount: cny("30.00"), state: String::new(), at: None }),
        delta: amount,
    })
}

fn finance(account: &str) -> Actor {
    Actor::Staff { account: account.into(), role: Role::Finance }
}

fn raised(delta: i64) -> Bench {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench
        .say_of_exception(Actor::Program, ExceptionAct::Raise { matter: matter(delta), settled: false })
        .expect("raised");
    bench
}

fn resolve(resolution: Resolution) -> ExceptionAct {
    ExceptionAct::Resolve { resolution, words: Some(words()) }
}

#[test]
fn an_exception_holds_the_money_aside_until_it_is_settled() {
    for delta in [3000, -3000] {
        let mut bench = raised(delta);
        assert_eq!((bench.book("unmatched"), bench.book("channel_clearing:sim")), (delta, -delta));
        let again =
            bench.say_of_exception(Actor::Program, ExceptionAct::Raise { matter: matter(delta), settled: false });
        assert_eq!(again, Err(Refusal::NothingDue));
        bench.say_of_exception(finance("f1"), resolve(Resolution::WrittenOff)).expect("written off");
        assert_eq!(bench.book("unmatched"), 0);
        assert_eq!((bench.book("platform_cost"), bench.book("channel_clearing:sim")), (delta, -delta));

        for way in [Resolution::Explained, Resolution::Returned, Resolution::Assigned] {
            let mut bench = raised(delta);
            bench.say_of_exception(finance("f1"), resolve(way)).expect("settled");
            assert!(bench.books.values().all(|net| *net == 0), "{way:?}");
        }
    }
    let mut settled = Bench::new("2026-03-10 10:00:00");
    settled
        .say_of_exception(Actor::Program, ExceptionAct::Raise { matter: matter(3000), settled: true })
        .expect("raised");
    assert!(!settled.exception().is_open() && settled.books.values().all(|net| *net == 0));
}

#[test]
fn an_exception_belongs_to_finance_and_is_never_forgotten() {
    let mut bench = raised(3000);
    let bare = ExceptionAct::Resolve { resolution: Resolution::Explained, words: None };
    assert_eq!(bench.say_of_exception(finance("f1"), bare), Err(Refusal::Missing { field: "words" }));
    let reviewer = Actor::Staff { account: "r1".into(), role: Role::Reviewer };
    assert_eq!(bench.say_of_exception(reviewer, ExceptionAct::Claim), Err(Refusal::NotYours));
    assert!(bench.say_of_exception(finance("f1"), resolve(Resolution::ByItself)).is_err());
    bench.say_of_exception(finance("f1"), ExceptionAct::Claim).expect("taken");
    assert_eq!(bench.say_of_exception(finance("f2"), resolve(Resolution::Explained)), Err(Refusal::ClaimedByOther));

    // Three working days: Tuesday's is due by the end of Friday, then administrators have it too, again and again.
    let wake = || ExceptionAct::Wake { subject: Subject::BillException };
    assert_eq!(bench.say_of_exception(Actor::Program, wake()), Err(Refusal::NothingDue));
    bench.now = at("2026-03-14 00:00:00");
    bench.say_of_exception(Actor::Program, wake()).expect("escalated");
    assert_eq!(bench.exception().timer().map(|timer| timer.who), Some(Who::Admin));
    assert!(matches!(bench.exception().state, ExceptionState::Open { escalations: 1, .. }));
    bench.say_of_exception(finance("f2"), resolve(Resolution::Explained)).expect("an idle claim ends");
    assert_eq!(
        bench.say_of_exception(finance("f2"), resolve(Resolution::Explained)),
        Err(Refusal::WrongState { state: "resolved" })
    );
    assert!(bench.exception().timer().is_none());
}

#[test]
fn a_day_books_its_fees_once_and_a_later_bill_what_it_says_more() {
    let mut bench = Bench::new("2026-03-11 10:00:00");
    let day = jiff::civil::date(2026, 3, 10);
    let mut close = |file: &str, fees_minor, by| {
        let totals = vec![Totals { fees_minor, ..Totals::none(Currency::Cny) }];
        let (channel, kind) = ("sim".into(), BillKind::Trades);
        let desk = BillDay::number(&channel, day, kind);
        let act = DayAct::Close { channel, day, kind, file: file.into(), totals };
        let done = bench.give(by, Act::Desk { desk, act: DeskAct::Day(act) });
        (done, bench.book("platform_cost"), bench.book("channel_clearing:sim"))
    };
    assert_eq!(close("a", 60, finance("f1")).0, Err(Refusal::NotYours));
    assert_eq!(close("a", 60, Actor::Program), (Ok(()), -60, 60));
    assert_eq!(close("a", 60, Actor::Program), (Err(Refusal::NothingDue), -60, 60));
    assert_eq!(close("b", 45, Actor::Program), (Ok(()), -45, 45));
}

/// A payment that nobody had begun pays the order it was meant for, or goes back.
#[test]
fn found_money_is_assigned_to_an_order_once() {
    let assign = |amount: &str| OrderAct::AssignPayment {
        no: "NOBODYS0001".into(),
        channel: "sim".into(),
        channel_ref: "c7".into(),
        amount: cny(amount),
    };
    let mut bench = unpaid();
    bench.staff("f1", Role::Finance, assign("99.99")).expect("assigned");
    assert!(bench.file().status.paid_at().is_some() && bench.file().payouts.is_empty());
    assert_eq!(bench.staff("f1", Role::Finance, assign("99.99")), Err(Refusal::NothingDue));
    let mut bench = paid();
    bench.staff("f1", Role::Finance, assign("12.00")).expect("assigned");
    assert_eq!(bench.file().payouts[0].amount_minor, 1200);
    assert_eq!(bench.staff("r1", Role::Reviewer, assign("1.00")), Err(Refusal::NotYours));
    let Found { delta_minor, .. } = missing_there(&channel_entries(bench.file())[0]);
    assert_eq!(delta_minor, -9999);
}
