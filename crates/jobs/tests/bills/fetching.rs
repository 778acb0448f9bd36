//! Jobs fetch bills by themselves, once, when they are written; and compare what an operator left.

use super::providers::{self, Provider};
use super::shop::{Shop, finance, morning};
use yuanlu_app::bills::{inbox, inbox_name};
use yuanlu_channels::BillKind;
use yuanlu_simulator::bank::Flaw;

fn fetched_once(provider: Provider) {
    let mut shop = Shop::new("fetching", provider);
    shop.sell();
    shop.work(3);
    // The channel is late today; Stripe's list is never late.
    if shop.provider.id != "stripe" {
        shop.provider.bank(|bank| bank.add_flaw(Flaw::NotReady));
    }
    shop.set_clock(morning().plus_hours(24));
    shop.work(10);
    let state = |shop: &Shop| shop.app.bill_days(&finance()).expect("listed").first().map(|day| day.state);
    assert_eq!(state(&shop), Some(if shop.provider.id == "stripe" { "done" } else { "expected" }));
    shop.provider.bank(yuanlu_simulator::Bank::mend_bills);
    shop.work(40);
    let days = shop.app.bill_days(&finance()).expect("listed");
    let day = days.iter().find(|day| day.kind == "trades").expect("there");
    assert_eq!((day.state, day.lines, day.matched, day.differences), ("done", 2, 2, 0), "{days:?}");
    assert_eq!(day.theirs[0].payments_sum, day.ours[0].payments_sum);
    let view = shop.app.bill(&finance(), day.bill.expect("a bill")).expect("shown");
    assert_eq!(view.brought_by, "channel");
    let entries = shop.audit();
    shop.work(60);
    assert_eq!(shop.audit(), entries, "once is enough");
    let left: Vec<_> = std::fs::read_dir(shop.app.bill_folder()).expect("there").collect();
    assert!(left.is_empty(), "nothing in the clear is left behind: {left:?}");
}

#[test]
fn alipay() {
    fetched_once(providers::alipay(morning()));
}

#[test]
fn wechat() {
    fetched_once(providers::wechat());
}

#[test]
fn unionpay() {
    fetched_once(providers::unionpay(morning()));
}

#[test]
fn stripe() {
    fetched_once(providers::stripe());
}

#[test]
fn a_day_without_a_bill_is_shown_missing() {
    let mut shop = Shop::new("missing", providers::wechat());
    shop.sell();
    shop.work(3);
    shop.set_clock(morning().plus_hours(72));
    let days = shop.app.bill_days(&finance()).expect("listed");
    let states: Vec<_> = days.iter().map(|day| (day.day.as_str(), day.state)).collect();
    assert_eq!(states, [("2026-03-12", "expected"), ("2026-03-11", "missing"), ("2026-03-10", "missing")]);
}

#[test]
fn what_an_operator_left_is_compared_by_whoever_serves() {
    let mut shop = Shop::new("inbox", providers::wechat());
    shop.sell();
    shop.work(3);
    shop.set_clock(morning().plus_hours(23));
    let file = shop.fetch(morning(), BillKind::Trades).expect("there is one");
    let folder = inbox(&shop.app.bill_folder());
    std::fs::create_dir_all(&folder).expect("made");
    let name = inbox_name(&shop.id(), morning().date(), BillKind::Trades);
    std::fs::rename(file, folder.join(name)).expect("left");
    shop.work(1);
    let days = shop.app.bill_days(&finance()).expect("listed");
    assert_eq!((days[0].state, days[0].matched), ("done", 2));
    assert_eq!(std::fs::read_dir(folder).expect("there").count(), 0);
}
