//! Orders paid in parts, and what goes back to where (R13, R28).

use super::Bench;
use super::bench::{arrived, at, cny};
use crate::case::{CaseState, Reason};
use crate::command::{OrderAct, Parts, WalletAct};
use crate::event::Tender;
use crate::outside_payment::PaidBy;
use crate::payout::{Destination, Outcome};
use crate::rate::DayRate;
use crate::refusal::Refusal;
use proptest::prelude::*;
use yuanlu_money::{Currency, Money, Rate};

const COST: &str = "platform_cost";

fn channel() -> Tender {
    Tender::Channel { channel: "sim".into() }
}

fn coupon(value: &str, least: &str) -> WalletAct {
    let last_day = jiff::civil::date(2026, 3, 31);
    WalletAct::GrantCoupon { value: cny(value), least: cny(least), last_day }
}

impl Bench {
    /// Balance, a coupon and, if asked for, a voucher; and the wish to use all of them.
    pub fn everything_in_the_wallet(&mut self, voucher: bool) -> Parts {
        self.credit_wallet(cny("30.00"));
        self.give_wallet(coupon("10.00", "50.00")).expect("granted");
        if voucher {
            self.give_wallet(WalletAct::GiveVoucher { amount: cny("25.00") }).expect("given");
        }
        Parts { coupon: Some(1), voucher: voucher.then_some(2), balance_minor: 3000 }
    }

    /// ¥100.00 paid with a coupon of 10, balance of 30 and 60 at the channel.
    fn in_parts(&mut self) {
        self.offer.terms.price_minor = 10_000;
        let parts = self.everything_in_the_wallet(false);
        self.place_with(1, false, parts, channel()).expect("placed");
        assert_eq!((self.file().due_minor(), self.file().status.code()), (6000, "awaiting_payment"));
        self.pay("ch1").expect("paid");
        assert_eq!((self.file().escrow_minor, self.book(COST)), (10_000, -1000), "the platform pays the coupon");
    }

    fn parts_back(&self) -> Vec<(&'static str, i64)> {
        let name = |destination: &Destination| match destination {
            Destination::Balance { .. } => "balance",
            Destination::Voucher { .. } => "voucher",
            Destination::Original { .. } => "channel",
            Destination::Account { .. } => "account",
        };
        self.file().payouts.iter().map(|p| (name(&p.destination), p.amount_minor)).collect()
    }
}

#[test]
fn p19_each_part_goes_back_to_where_it_came_from_and_the_coupon_with_the_whole_order() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.in_parts();
    let case = bench.apply(Reason::InvalidCode, "90.00").expect("filed");
    bench.seller(OrderAct::SellerAgree { case }).expect("agreed");
    assert_eq!(bench.parts_back(), [("channel", 6000), ("balance", 3000)]);
    assert_eq!(bench.wallet().spendable_minor(bench.now), 3000);
    let restored: Vec<_> = bench.wallet().coupons.iter().map(|c| (c.ordinal, c.value_minor, c.expires_at)).collect();
    assert_eq!(restored, [(1, 1000, at("2026-04-01 00:00:00"))]);
    assert_eq!((bench.file().escrow_minor, bench.book(COST)), (0, 0), "the platform has its money again");
}

#[test]
fn r13_a_coupon_that_expired_meanwhile_is_issued_for_seven_days_more() {
    let mut bench = Bench::new("2026-03-30 10:00:00");
    bench.in_parts();
    bench.now = at("2026-04-02 09:00:00");
    let case = bench.apply(Reason::InvalidCode, "90.00").expect("filed");
    bench.seller(OrderAct::SellerAgree { case }).expect("agreed");
    assert_eq!(bench.wallet().coupons[0].expires_at, at("2026-04-10 00:00:00"));
}

/// T20.
#[test]
fn p20_a_part_refund_splits_over_the_tenders_and_keeps_the_coupon_spent() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.in_parts();
    bench.buyer(OrderAct::Reveal { unit: 1 }).expect("revealed");
    bench.seller(OrderAct::ReportRedemption { unit: 1, redeemed_at: bench.now }).expect("redeemed");
    let case = bench.apply_for(&[1], Reason::NotAsDescribed, "90.00", Some("50.00"), false).expect("filed");
    bench.seller(OrderAct::SellerAgree { case }).expect("agreed");
    assert_eq!(bench.parts_back(), [("channel", 3000), ("balance", 1500)]);
    assert_eq!((bench.net(case), bench.wallet().coupons.len()), (4500, 0));
    assert_eq!((bench.file().escrow_minor, bench.book(COST)), (5000, -500), "half the goods, half the coupon");
}

#[test]
fn a_voucher_is_spent_whole_and_comes_back_as_a_voucher() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.price_minor = 10_000;
    let parts = bench.everything_in_the_wallet(true);
    let small = Parts { voucher: Some(2), ..Parts::default() };
    bench.offer.terms.price_minor = 2_000;
    assert_eq!(bench.place_with(1, false, small, channel()), Err(Refusal::BelowLeast { least: cny("25.00") }));
    bench.offer.terms.price_minor = 10_000;
    bench.place_with(1, false, parts, channel()).expect("placed");
    assert_eq!((bench.file().due_minor(), bench.wallet().vouchers_minor()), (3500, 0));
    bench.pay("ch1").expect("paid");
    let case = bench.apply(Reason::InvalidCode, "90.00").expect("filed");
    bench.seller(OrderAct::SellerAgree { case }).expect("agreed");
    assert_eq!(bench.parts_back(), [("channel", 3500), ("voucher", 2500), ("balance", 3000)]);
    assert_eq!((bench.wallet().vouchers_minor(), bench.wallet().held_minor()), (2500, 3000));
}

#[test]
fn the_wallet_alone_can_pay_the_whole_order() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.price_minor = 6_500;
    let parts = bench.everything_in_the_wallet(true);
    bench.place_with(1, false, parts, channel()).expect("paid with coupon, voucher and balance");
    assert_eq!((bench.file().status.code(), bench.file().payments.len()), ("paid", 2));
    assert!(bench.file().units[0].state.stock().is_some(), "and delivered in the same commit");
}

#[test]
fn what_was_set_aside_comes_back_when_the_rest_is_not_paid_in_time() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.price_minor = 10_000;
    let parts = bench.everything_in_the_wallet(true);
    bench.place_with(1, false, parts, channel()).expect("placed");
    assert_eq!((bench.wallet().held_minor(), bench.wallet().coupons.len()), (0, 0), "set aside");
    bench.pass_to("2026-03-10 11:00:01");
    assert_eq!((bench.file().status.code(), bench.file().escrow_minor), ("expired", 0));
    let wallet = bench.wallet();
    assert_eq!((wallet.held_minor(), wallet.vouchers_minor(), wallet.coupons.len()), (3000, 2500, 1));
    bench.pay("late").expect("kept and returned");
    assert_eq!(bench.parts_back(), [("channel", 3500)], "R29: only what came late goes back by the channel");
}

#[test]
fn parts_that_do_not_fit_are_refused_and_change_nothing() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.price_minor = 4_000;
    let all = bench.everything_in_the_wallet(false);
    let mut refused = |parts: Parts, why: Refusal| {
        let before = bench.files.clone();
        assert_eq!(bench.place_with(1, false, parts, channel()), Err(why));
        assert_eq!(bench.files, before);
    };
    refused(all, Refusal::BelowLeast { least: cny("50.00") });
    refused(Parts { coupon: Some(2), ..Parts::default() }, Refusal::NotUsable { what: "coupon" });
    refused(Parts { voucher: Some(1), ..Parts::default() }, Refusal::NotUsable { what: "voucher" });
    let short = Refusal::NotEnoughBalance { spendable: cny("30.00") };
    refused(Parts { balance_minor: 3001, ..Parts::default() }, short);
    refused(Parts { balance_minor: 4001, ..Parts::default() }, Refusal::BadAmount);
    refused(Parts { balance_minor: -1, ..Parts::default() }, Refusal::BadAmount);
    assert_eq!(bench.give_wallet(coupon("10.00", "10.00")), Err(Refusal::BadAmount), "it would pay for everything");
    let mut guest = Bench::new("2026-03-10 10:00:00");
    guest.buyer = crate::actor::Party::Guest(super::bench::ORDER.into());
    let parts = Parts { balance_minor: 1, ..Parts::default() };
    assert_eq!(guest.place_with(1, false, parts, channel()), Err(Refusal::BalanceNeedsAccount));
}

#[test]
fn p22_a_closed_account_waits_for_the_buyer_who_may_choose_a_voucher() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    bench.offer.terms.price_minor = 4_000;
    bench.paid(1);
    let case = bench.apply(Reason::Personal, "40.00").expect("approved");
    bench.call(1, Outcome::OtherRoute { code: "USER_ACCOUNT_ABNORMAL".into() }).expect("refused");
    bench.call(1, Outcome::NotFound).expect("proven");
    assert!(matches!(bench.state(case), CaseState::AwaitingRoute { .. }));
    bench.buyer(OrderAct::ChooseVoucher { case }).expect("chosen");
    assert!(matches!(bench.state(case), CaseState::Completed { .. }));
    assert_eq!((bench.wallet().vouchers_minor(), bench.wallet().held_minor()), (bench.net(case), 0));
}

#[test]
fn p23_the_difference_between_two_rates_is_the_platforms() {
    let mut bench = Bench::new("2026-03-10 10:00:00");
    let day = |rate: &str| DayRate {
        rate: Rate::parse(rate).expect("a rate"),
        day: jiff::civil::date(2026, 3, 10),
        source: "bank".into(),
    };
    bench.offer.currency = Currency::Usd;
    bench.offer.terms.price_minor = 1_399;
    bench.facts.day_rate = Some(day("7.2500"));
    bench.paid(1);
    bench.facts.day_rate = Some(day("7.1000"));
    let money = Money::new(1_399, Currency::Usd);
    let act = OrderAct::Apply {
        units: vec![1],
        reason: Reason::InvalidCode,
        claimed: money,
        received_face: None,
        to_balance: false,
        text: None,
        evidence: vec![super::bench::screenshot()],
    };
    bench.buyer(act).expect("filed");
    bench.seller(OrderAct::SellerAgree { case: 1 }).expect("agreed");
    bench.call(1, arrived()).expect("arrived");
    assert_eq!((bench.net(1), bench.book("fx_gain_loss")), (1_399, 210), "101.43 came, 99.33 went");
}

/// R28, T22: a chargeback leaves at the day's rate like a refund; won again, the money stands where it stood.
#[test]
fn the_difference_of_a_chargeback_is_the_platforms_and_a_dispute_won_undoes_it() {
    let day = |rate: &str| DayRate {
        rate: Rate::parse(rate).expect("a rate"),
        day: jiff::civil::date(2026, 3, 10),
        source: "bank".into(),
    };
    let money = |minor| Money::new(minor, Currency::Usd);
    let take = |minor| OrderAct::RecordOutsidePayment {
        reference: "stripe:dp_1".into(),
        by: PaidBy::Channel { payment: 1, channel: "sim".into() },
        amount: money(minor),
    };
    for (then, gain) in [("7.1000", 210), ("7.4000", -210)] {
        let mut bench = Bench::new("2026-03-10 10:00:00");
        bench.offer.currency = Currency::Usd;
        bench.offer.terms.price_minor = 1_399;
        bench.facts.day_rate = Some(day("7.2500"));
        bench.paid(1);
        let held = bench.book("foreign_value:sim");
        bench.facts.day_rate = Some(day(then));
        bench.channel(take(1_399)).expect("taken back");
        assert_eq!(bench.book("fx_gain_loss"), gain);
        assert_eq!(
            (bench.book("channel_clearing:sim"), bench.book("foreign_position")),
            (0, 0),
            "nothing is held any more"
        );
        bench.channel(OrderAct::ReverseOutsidePayment { reference: "stripe:dp_1".into() }).expect("won");
        assert_eq!((bench.book("fx_gain_loss"), bench.book("foreign_value:sim")), (0, held));
    }
}

proptest! {
    /// T18: in any order of part refunds nobody gets more than he paid, every part fits, and in the end all is back.
    #[test]
    fn any_order_of_part_refunds_gives_every_tender_back_to_the_fen(
        price in 6_600i64..20_000,
        voucher in any::<bool>(),
        sums in prop::collection::vec(1i64..4_000, 1..12),
    ) {
        let mut bench = Bench::new("2026-03-10 10:00:00");
        bench.offer.terms.price_minor = price;
        let parts = bench.everything_in_the_wallet(voucher);
        bench.place_with(1, false, parts, channel()).expect("placed");
        bench.pay("ch1").expect("paid");
        for sum in sums.into_iter().chain([price]) {
            let left = bench.file().units[0].refundable_minor();
            if left == 0 {
                break;
            }
            let terms = crate::offer::OfferTerms::Refund { amount_minor: sum.min(left) };
            let (units, reason) = (vec![1], Some(Reason::InvalidCode));
            bench.seller(OrderAct::MakeOffer { case: None, units, reason, terms, words: None }).expect("offered");
            let offer = u16::try_from(bench.file().offers.len()).expect("few");
            bench.buyer(OrderAct::AnswerOffer { offer, accept: true }).expect("accepted");
            for payout in 1..=u16::try_from(bench.file().payouts.len()).expect("few") {
                if bench.next_step(payout).is_some() {
                    bench.call(payout, arrived()).expect("arrived");
                }
            }
        }
        let file = bench.file();
        prop_assert!(file.is_refunded_in_full());
        prop_assert!(file.payments.iter().all(|p| p.returned_minor == p.amount_minor));
        prop_assert_eq!((file.escrow_minor, bench.book(COST)), (0, if voucher { -2500 } else { 0 }));
        prop_assert_eq!(bench.wallet().coupons.len(), 1);
    }
}
