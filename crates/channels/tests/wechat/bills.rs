//! Bills: from the question to the lines, and every way a file can be wrong.

use crate::loopback::call;
use crate::world::*;
use jiff::civil::{Date, date};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use yuanlu_channels::bill::{BillEntry, BillError, BillFault, BillLine, BillWord};
use yuanlu_channels::{BillKind, Channel, Op};
use yuanlu_simulator::Behaviour;
use yuanlu_simulator::bank::Flaw;

const DAY: Date = date(2026, 11, 22);
/// Ten in the morning of the day after.
const MORNING: i64 = 24 * 3600;

fn ask(world: &World, kind: BillKind, second: i64) -> BillWord {
    let op = Op::FetchBill { date: DAY, kind };
    world.channel.bill_word(&op, &world.reply(&op, second), at(second))
}

/// Asks for a bill and fetches it.
fn fetch(world: &World, kind: BillKind) -> Vec<u8> {
    let BillWord::Fetch { request, sha1 } = ask(world, kind, MORNING) else { panic!() };
    let op = Op::FetchBill { date: DAY, kind };
    let BillWord::File(bytes) = world.channel.bill_word(&op, &call(&request), at(MORNING)) else { panic!() };
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let hex: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(sha1, Some(hex));
    bytes
}

fn read(world: &World, kind: BillKind, mut file: &[u8]) -> Result<Vec<BillLine>, BillError> {
    let mut lines = Vec::new();
    world.channel.read_bill(kind, DAY, &mut file, &mut |line| lines.push(line)).map(|()| lines)
}

/// A payment of 50.00, of which 12.34 went back, and a remittance.
fn a_day() -> World {
    let world = World::paid(5000);
    world.ask(&world.refund(1234), 10);
    world
}

#[test]
fn a_bill_of_trades_has_a_line_for_every_payment_and_refund() {
    let world = a_day();
    let lines = read(&world, BillKind::Trades, &fetch(&world, BillKind::Trades)).unwrap();
    let [paid, refunded] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((&paid.entry, paid.amount.minor(), paid.fee_minor), (&BillEntry::Payment, 5000, 30));
    assert_eq!((paid.payment_no.as_str(), paid.refund_no.as_str()), (PAYMENT, ""));
    assert_eq!((&paid.payment_ref, paid.at, paid.line), (&world.reference(), Some(at(0)), 2));
    assert_eq!((&refunded.entry, refunded.amount.minor(), refunded.fee_minor), (&BillEntry::Refund, 1234, -7));
    assert_eq!((refunded.payment_no.as_str(), refunded.refund_no.as_str()), (PAYMENT, REFUND));
    assert_eq!((refunded.state.as_str(), refunded.at), ("SUCCESS", Some(at(10))));
}

/// A bounce is not in the trades, but the money came back to the account.
#[test]
fn a_bill_of_funds_has_every_movement() {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, Behaviour::Bounces);
    world.ask(&world.refund(5000), -10 * 3600 + 5);
    let lines = read(&world, BillKind::Funds, &fetch(&world, BillKind::Funds)).unwrap();
    let mut entries: Vec<_> = lines.iter().map(|l| (l.entry.clone(), l.amount.minor())).collect();
    entries.sort_by_key(|(_, minor)| *minor);
    let other = |name: &str, minor| (BillEntry::Other(name.to_owned()), minor);
    assert_eq!(entries[..2], [other("退还手续费", 30), other("扣除交易手续费", 30)]);
    assert!(entries.contains(&(BillEntry::Payment, 5000)) && entries.contains(&(BillEntry::Refund, 5000)));
    let refund = lines.iter().find(|line| line.entry == BillEntry::Refund).unwrap();
    assert_eq!(refund.refund_no.as_str(), REFUND);
}

#[test]
fn a_bill_comes_on_the_next_morning_or_not_at_all() {
    let world = a_day();
    assert!(matches!(ask(&world, BillKind::Trades, 3600), BillWord::NotYet));
    assert!(matches!(ask(&world, BillKind::Trades, MORNING), BillWord::Fetch { .. }));
    world.simulator().bank_mut().add_flaw(Flaw::NotReady);
    assert!(matches!(ask(&world, BillKind::Trades, MORNING), BillWord::NotYet));
    assert!(matches!(ask(&World::new(), BillKind::Trades, MORNING), BillWord::Empty));
    // An address that has run out is refused.
    world.simulator().bank_mut().mend_bills();
    let BillWord::Fetch { request, .. } = ask(&world, BillKind::Trades, MORNING) else { panic!() };
    let late = world.send(&request, MORNING + 299);
    assert!(matches!(late, yuanlu_channels::Reply::Http { status: 200, .. }));
    let op = Op::FetchBill { date: DAY, kind: BillKind::Trades };
    let gone = world.send(&request, MORNING + 301);
    assert!(!matches!(world.channel.bill_word(&op, &gone, at(MORNING)), BillWord::File(_)));
}

/// The errors of bills that reconciliation has to find are read as they are.
#[test]
fn what_is_wrong_with_the_numbers_is_read_as_it_stands() {
    for (flaw, count, refunded) in [
        (Flaw::Missing(REFUND.into()), 1, None),
        (Flaw::OtherAmount(REFUND.into(), 999), 2, Some(999)),
        (Flaw::Double(REFUND.into()), 3, Some(1234)),
    ] {
        let world = a_day();
        world.simulator().bank_mut().add_flaw(flaw.clone());
        let lines = read(&world, BillKind::Trades, &fetch(&world, BillKind::Trades)).unwrap();
        assert_eq!(lines.len(), count, "{flaw:?}");
        let refund = lines.iter().find(|line| line.entry == BillEntry::Refund);
        assert_eq!(refund.map(|line| line.amount.minor()), refunded, "{flaw:?}");
    }
}

#[test]
fn a_file_that_is_not_a_whole_bill_is_refused() {
    let world = a_day();
    let file = fetch(&world, BillKind::Trades);
    let text = String::from_utf8(file.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let fault = |text: &str| read(&world, BillKind::Trades, text.as_bytes()).unwrap_err();
    let cut = |count: usize| lines[..count].join("\n");
    assert_eq!(fault(""), BillError { line: 0, fault: BillFault::Truncated });
    // Cut after any line: the totals are missing, or count more than came.
    for count in 1..lines.len() {
        assert_eq!(fault(&cut(count)).fault, BillFault::Truncated, "{count}");
    }
    let without = [lines[0], lines[1], lines[3], lines[4]].join("\n");
    assert_eq!(fault(&without), BillError { line: 4, fault: BillFault::Truncated });
    let changes: [(&str, &str, u64, BillFault); 6] = [
        ("商户退款单号", "退款单号", 1, BillFault::MissingColumn("商户退款单号")),
        ("`2026-11-22 10:00:10", "`2026-11-23 10:00:10", 3, BillFault::OtherDay),
        ("`2026-11-22 10:00:10", "`yesterday", 3, BillFault::Cell("交易时间")),
        ("`1900006511", "`1900000109", 2, BillFault::NotOurs),
        (",`NATIVE", "", 2, BillFault::Shape),
        ("`12.34", "`12,34", 3, BillFault::Cell("申请退款金额")),
    ];
    for (from, to, line, expected) in changes {
        assert!(text.contains(from), "{from}");
        assert_eq!(fault(&text.replace(from, to)), BillError { line, fault: expected }, "{from}");
    }
    let mut foreign = file;
    foreign[200] = 0xff;
    let error = read(&world, BillKind::Trades, &foreign).unwrap_err();
    assert_eq!(error, BillError { line: 1, fault: BillFault::Encoding });
    let error = read(&world, BillKind::Funds, text.as_bytes()).unwrap_err();
    assert_eq!(error.fault, BillFault::MissingColumn("记账时间"));
}
