//! Every way in which a bill and this program can differ, through the providers' own formats.

use super::providers::{self, Provider};
use super::shop::{PRICE, Shop, finance, morning};
use std::collections::BTreeMap;
use yuanlu_app::bills::BillState;
use yuanlu_app::inputs::{Page, SettleInput};
use yuanlu_app::views::ExceptionSummary;
use yuanlu_channels::BillKind;
use yuanlu_domain::order_file::PaymentState;
use yuanlu_domain::payout::PayoutState;
use yuanlu_simulator::bank::{BillRow, Flaw, Row};
use yuanlu_simulator::{Behaviour, Choice};

pub fn all(shop: &Shop, over: bool) -> Vec<ExceptionSummary> {
    let page = Page { limit: Some(100), ..Page::default() };
    shop.app.exceptions(&finance(), over, &page).expect("listed").items
}

fn strange(no: &str, at: i64) -> Flaw {
    Flaw::Extra(Box::new(BillRow {
        row: Row::Paid,
        at,
        payment_no: no.into(),
        payment_ref: format!("S{at}"),
        refund_no: String::new(),
        refund_ref: String::new(),
        subject: "nobody knows".into(),
        amount_minor: 3_000,
        currency: "CNY".into(),
        fee_minor: 18,
    }))
}

fn a_day_of(provider: Provider) {
    let mut shop = Shop::new("differing", provider);
    // As it should be; missing in the bill; another sum in the bill.
    let (_, good) = shop.sell();
    let (_, missing) = shop.sell();
    let (_, other_sum) = shop.sell();
    shop.work(12);
    // Paid twice, and we heard of one.
    let (twice, no) = shop.order();
    shop.pay(&no, Choice::Twice);
    shop.hear(&no);
    // The answer to the refund is lost, and then the machine sleeps.
    let (lost, lost_no) = shop.sell();
    shop.provider.bank(|bank| bank.script(&lost_no, Behaviour::DropMoved));
    let calls = shop.jobs.step(yuanlu_jobs::Tick::steady(shop.now), Vec::new());
    let answers: Vec<_> = calls.into_iter().map(|c| (c.ticket, shop.transport.fetch(c.request, &c.room))).collect();
    shop.jobs.step(yuanlu_jobs::Tick::steady(shop.now.plus_seconds(1)), answers);
    // Paid, and nobody told us.
    shop.set_clock(morning().plus_hours(10));
    let (unheard, no) = shop.order();
    shop.pay(&no, Choice::Pay);
    let prefix = shop.app.db().meta().number_prefix.clone();
    let at = shop.now.micros();
    shop.provider.bank(|bank| {
        assert_eq!(bank.books().gone(&good), PRICE);
        bank.add_flaw(Flaw::Missing(missing.clone()));
        bank.add_flaw(Flaw::OtherAmount(other_sum.clone(), 8_700));
        bank.add_flaw(strange("OTHERSHOP00000001", at));
        bank.add_flaw(strange(&format!("{prefix}260310ZZZZZZZZZZP001"), at + 1_000_000));
    });
    shop.set_clock(morning().plus_hours(25));
    let bill = shop.reconcile();
    assert_eq!(bill.state, BillState::Done);

    let open = all(&shop, false);
    let mut kinds: Vec<_> = open.iter().map(|e| (e.difference, e.entry.as_str(), e.delta.minor)).collect();
    kinds.sort_unstable();
    let expected = [
        ("amount", "refund", 100),
        ("foreign", "payment", 3_000),
        ("missing_here", "payment", 3_000),
        ("missing_there", "refund", PRICE),
    ];
    assert_eq!(kinds, expected, "{open:#?}");
    let settled: BTreeMap<_, _> = all(&shop, true).iter().map(|e| (e.difference, e.resolution)).collect();
    let by_itself = Some("by_itself");
    let expected = [("double_payment", by_itself), ("missing_here", by_itself), ("status", by_itself)];
    assert_eq!(settled, BTreeMap::from(expected));

    // P17: the second payment is on its way back; the unheard one was taken and is on its way back too, sold out.
    let file = shop.file(&twice);
    assert!(file.payments.iter().any(|p| matches!(p.state, PaymentState::Extra { .. })));
    assert_eq!(file.payouts.iter().map(|p| p.amount_minor).sum::<i64>(), 2 * PRICE);
    assert!(shop.file(&unheard).status.paid_at().is_some());
    // What left us is asked about, never taken for arrived.
    assert!(matches!(shop.file(&lost).payouts[0].state, PayoutState::Due { .. }));

    // What is aside keeps the channel's account as the channel says: everything it holds, less fees and what is still open.
    assert_eq!(shop.book("unmatched"), expected_aside());
    let net: i64 = bill.summary.theirs.iter().map(yuanlu_domain::bill::Totals::net_minor).sum();
    // What left there is not booked here before it arrives.
    let unbooked: i64 = [&twice, &lost]
        .into_iter()
        .flat_map(|order| shop.file(order).payouts)
        .filter(|p| !matches!(p.state, PayoutState::Arrived { .. }))
        .map(|p| shop.provider.bank(|bank| bank.books().gone(p.no.as_str())))
        .sum();
    assert_eq!(-shop.book(&format!("channel_clearing:{}", shop.provider.id)), net + unbooked);

    // Again changes nothing: neither the same file nor a second reading of it.
    let entries = shop.audit();
    assert_eq!(shop.reconcile(), bill);
    assert_eq!(shop.audit(), entries);

    // The channel corrects its bill: what it lacked is settled, what it says is compared anew, fees are booked once.
    shop.provider.bank(yuanlu_simulator::Bank::mend_bills);
    let mended = shop.reconcile();
    assert_ne!(mended.id, bill.id);
    assert_eq!(mended.summary.differences, 0, "{:?}", all(&shop, false));
    assert!(all(&shop, false).is_empty());
    assert_eq!(shop.book("unmatched"), 0);
    // T21: what the channel keeps is the platform's cost and nobody's refund.
    let fees: i64 = mended.summary.theirs.iter().map(|totals| totals.fees_minor).sum();
    assert_eq!(-shop.book("platform_cost"), fees);
    shop.audit();

    // The jobs go on: everything that was decided reaches its payer, once.
    shop.work(60);
    for order in [&twice, &lost, &unheard] {
        let file = shop.file(order);
        assert!(file.payouts.iter().all(|p| matches!(p.state, PayoutState::Arrived { .. })), "{:?}", file.payouts);
        for payout in &file.payouts {
            assert_eq!(payout.amount_minor, PRICE, "T21: what was paid goes back, no more and no less");
            let departures = shop.provider.bank(|bank| bank.books().departures(payout.no.as_str()));
            assert_eq!(departures, 1);
        }
    }
    shop.audit();
}

/// 1.00 and 88.00 that did not leave, two payments of 30.00.
fn expected_aside() -> i64 {
    100 + PRICE + 3_000 + 3_000
}

#[test]
fn alipay() {
    a_day_of(providers::alipay(morning()));
}

#[test]
fn wechat() {
    a_day_of(providers::wechat());
}

#[test]
fn unionpay() {
    a_day_of(providers::unionpay(morning()));
}

#[test]
fn stripe() {
    a_day_of(providers::stripe());
}

/// T12: a refund that came back is heard of by the bill that has movements of the account.
fn bounced(provider: Provider, kind: BillKind) {
    let mut shop = Shop::new("bounced", provider);
    let (order, no) = shop.sell();
    shop.provider.bank(|bank| bank.script(&no, Behaviour::Bounces));
    shop.work(3);
    assert!(matches!(shop.file(&order).payouts[0].state, PayoutState::Arrived { .. }));
    shop.set_clock(morning().plus_hours(50));
    let next = morning().plus_hours(24);
    let path = shop.fetch(next, kind).expect("there is one");
    let bill = shop.compare(&path, next, kind).expect("a good bill");
    assert_eq!(bill.summary.differences, 1);
    let file = shop.file(&order);
    assert!(matches!(file.payouts[0].state, PayoutState::Refused { .. }), "{:?}", file.payouts[0]);
    assert!(all(&shop, false).is_empty());
    assert_eq!(all(&shop, true)[0].difference, "bounced");
    // The bill of the day on which it left agrees, and so does a second look at the day it came back.
    assert_eq!(shop.reconcile().summary.differences, 0);
    shop.audit();
}

#[test]
fn a_bounce_at_stripe() {
    bounced(providers::stripe(), BillKind::Trades);
}

#[test]
fn a_bounce_at_wechat() {
    bounced(providers::wechat(), BillKind::Funds);
}

/// Somebody paid without any order of ours: finance finds the order, and what it does not need goes back (R29).
#[test]
fn a_stranger_payment_is_assigned_to_its_order() {
    let mut shop = Shop::new("assigned", providers::wechat());
    let (order, _) = shop.sell();
    let at = shop.now.micros();
    shop.provider.bank(|bank| bank.add_flaw(strange("OTHERSHOP00000001", at)));
    shop.work(3);
    shop.set_clock(morning().plus_hours(25));
    shop.reconcile();
    let found = all(&shop, false);
    let id = found[0].exception.as_str().into();
    let settle =
        |way: &str, order: Option<String>| SettleInput { way: way.into(), words: "看了转账凭证".into(), order };
    let wrong = shop.app.settle_exception(&finance(), &id, &settle("assigned", Some("260310QQQQQQQQQQ".into())));
    assert!(wrong.is_err());
    assert!(shop.app.settle_exception(&finance(), &id, &settle("by_itself", None)).is_err());
    let done = shop.app.settle_exception(&finance(), &id, &settle("assigned", Some(order.to_string())));
    assert_eq!(done.expect("settled").summary.resolution, Some("assigned"));
    let file = shop.file(&order);
    assert_eq!(file.payouts.last().map(|p| p.amount_minor), Some(3_000));
    assert_eq!(shop.book("unmatched"), 0);
    shop.audit();
}
