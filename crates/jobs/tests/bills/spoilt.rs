//! Bills that cannot be used: the fault and its line are named, and nothing of them is applied.

use super::providers::{self, Provider};
use super::shop::{Shop, finance, morning};
use yuanlu_app::bills::{BadBill, NotReconciled};
use yuanlu_channels::BillKind;
use yuanlu_simulator::Choice;
use yuanlu_simulator::bank::Flaw;

/// A day on which a payment was not heard of: a bill that is used would change the order.
fn a_day(provider: Provider) -> (Shop, Vec<u8>, String) {
    let mut shop = Shop::new("spoilt", provider);
    let (_, refund) = shop.sell();
    shop.work(3);
    let (_, no) = shop.order();
    shop.pay(&no, Choice::Pay);
    shop.set_clock(morning().plus_hours(25));
    let path = shop.fetch(morning(), BillKind::Trades).expect("there is one");
    let file = std::fs::read(path).expect("read");
    (shop, file, refund)
}

/// What is wrong with a file; nothing has changed.
fn refused(shop: &Shop, file: &[u8]) -> BadBill {
    let before = shop.audit();
    let path = shop.app.bill_folder().with_extension("spoilt");
    std::fs::write(&path, file).expect("written");
    let bad = match shop.compare(&path, morning(), BillKind::Trades) {
        Err(NotReconciled::Bad(bad)) => bad,
        other => panic!("{other:?}"),
    };
    assert_eq!(shop.audit(), before, "nothing is applied by halves");
    let days = shop.app.bill_days(&finance()).expect("listed");
    assert_eq!((days[0].state, days[0].fault.as_deref()), ("refused", Some(bad.code)));
    bad
}

fn named(bad: &BadBill) -> (u64, &'static str) {
    (bad.line, bad.code)
}

#[test]
fn wechat() {
    let (shop, file, refund) = a_day(providers::wechat());
    let text = String::from_utf8(file.clone()).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(named(&refused(&shop, lines[..3].join("\n").as_bytes())), (0, "truncated"));
    assert_eq!(named(&refused(&shop, b"")), (0, "truncated"));
    let other_day = text.replace("2026-03-10 ", "2026-03-09 ");
    assert_eq!(named(&refused(&shop, other_day.as_bytes())), (2, "other_day"));
    let mut wrong_encoding = file.clone();
    wrong_encoding[text.find("`2026").expect("a row")] = 0xff;
    assert_eq!(named(&refused(&shop, &wrong_encoding)), (2, "encoding"));
    // The bank writes a line twice, and counts it twice.
    shop.provider.bank(|bank| bank.add_flaw(Flaw::Double(refund)));
    let path = shop.fetch(morning(), BillKind::Trades).expect("there is one");
    let twice = std::fs::read(path).expect("read");
    assert_eq!(named(&refused(&shop, &twice)), (4, "duplicate"));
    // Afterwards the good one is taken.
    let path = shop.app.bill_folder().with_extension("good");
    std::fs::write(&path, &file).expect("written");
    let bill = shop.compare(&path, morning(), BillKind::Trades).expect("a good bill");
    assert_eq!((bill.summary.of, bill.summary.matched, bill.summary.differences), (3, 2, 1));
    let mut kept = Vec::new();
    shop.app
        .bill_file(&bill, |piece| {
            kept.extend_from_slice(piece);
            Ok(())
        })
        .expect("kept");
    assert_eq!(kept, file, "the file is kept as it came");
}

#[test]
fn alipay() {
    let (shop, file, refund) = a_day(providers::alipay(morning()));
    assert_eq!(named(&refused(&shop, &file[..file.len() / 2])), (0, "unreadable"));
    let mut bent = file.clone();
    let middle = file.len() / 3;
    bent[middle] ^= 0x55;
    let bad = refused(&shop, &bent);
    assert!(["unreadable", "shape", "encoding", "cell", "missing_column"].contains(&bad.code), "{bad:?}");
    shop.provider.bank(|bank| bank.add_flaw(Flaw::Double(refund)));
    let path = shop.fetch(morning(), BillKind::Trades).expect("there is one");
    let twice = std::fs::read(path).expect("read");
    let bad = refused(&shop, &twice);
    assert!(bad.line > 0 && bad.code == "duplicate", "{bad:?}");
    let next_day = morning().plus_hours(24);
    let other = shop.compare(&shop.app.bill_folder().with_extension("spoilt"), next_day, BillKind::Trades);
    assert!(matches!(other, Err(NotReconciled::Bad(BadBill { code: "other_day", .. }))), "{other:?}");
}

#[test]
fn unionpay() {
    let (shop, file, refund) = a_day(providers::unionpay(morning()));
    assert_eq!(named(&refused(&shop, &file[..file.len() / 2])), (0, "unreadable"));
    shop.provider.bank(|bank| bank.add_flaw(Flaw::Double(refund)));
    let path = shop.fetch(morning(), BillKind::Trades).expect("there is one");
    let twice = std::fs::read(path).expect("read");
    assert_eq!(named(&refused(&shop, &twice)), (3, "duplicate"));
}

#[test]
fn stripe() {
    let (shop, file, refund) = a_day(providers::stripe());
    let text = String::from_utf8(file).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(named(&refused(&shop, lines[..2].join("\n").as_bytes())), (0, "truncated"));
    assert_eq!(named(&refused(&shop, text.replacen('{', "[", 1).as_bytes())), (1, "shape"));
    shop.provider.bank(|bank| bank.add_flaw(Flaw::Double(refund)));
    let path = shop.fetch(morning(), BillKind::Trades).expect("there is one");
    let twice = std::fs::read(path).expect("read");
    assert_eq!(refused(&shop, &twice).code, "duplicate");
}
