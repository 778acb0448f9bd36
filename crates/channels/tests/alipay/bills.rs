//! The bill of a day: fetched, read, and refused when something is wrong with it.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use super::world::{PAYMENT, REFUND, SELLER, World, at};
use encoding_rs::GBK;
use yuanlu_channels::bill::{BillEntry, BillError, BillFault, BillLine, BillWord};
use yuanlu_channels::{BillKind, Channel, Op};
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_simulator::Behaviour;
use yuanlu_simulator::bank::Flaw;

const DAY: i64 = 86_400;

fn op(kind: BillKind) -> Op {
    Op::FetchBill { date: at(0).date(), kind }
}

fn read(world: &World, kind: BillKind, mut bytes: &[u8]) -> Result<Vec<BillLine>, BillError> {
    let mut lines = Vec::new();
    world.channel.read_bill(kind, at(0).date(), &mut bytes, &mut |line| lines.push(line))?;
    Ok(lines)
}

fn fetched(world: &World, kind: BillKind) -> Vec<u8> {
    let now = at(DAY);
    let word = world.channel.bill_word(&op(kind), &world.reply(&op(kind), DAY), now);
    let BillWord::Fetch { request, sha1: None } = word else { panic!("{word:?}") };
    let word = world.channel.bill_word(&op(kind), &world.send(&request, DAY + 5), now);
    let BillWord::File(bytes) = word else { panic!("{word:?}") };
    bytes
}

/// A payment, a refund that stays, one that a bank sends back.
fn world() -> World {
    let world = World::paid(5000);
    world.simulator().bank_mut().script("YL7Q261122ABCDEFGHJKR002", Behaviour::Later);
    world.ask(&world.refund(1999), 60);
    world.ask(&world.refund_of("YL7Q261122ABCDEFGHJKR002", 1), 120);
    world.simulator().bank_mut().advance(at(3 * 3600).micros());
    world
}

#[test]
fn the_bill_of_trades_says_what_happened() {
    let world = world();
    let lines = read(&world, BillKind::Trades, &fetched(&world, BillKind::Trades)).unwrap();
    let trade = world.trade_no();
    let line = |line, entry, refund: &str, minor, fee_minor, at| BillLine {
        line,
        entry,
        payment_no: PAYMENT.into(),
        payment_ref: trade.clone(),
        refund_no: refund.into(),
        amount: Money::cny(minor),
        fee_minor,
        at: Some(at),
        state: String::new(),
    };
    let expected = [
        line(6, BillEntry::Payment, "", 5000, 30, at(0)),
        line(7, BillEntry::Refund, REFUND, 1999, -12, at(60)),
        line(8, BillEntry::Refund, "YL7Q261122ABCDEFGHJKR002", 1, 0, at(120 + 7200)),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn the_bill_of_funds_says_what_left_us() {
    let world = world();
    let lines = read(&world, BillKind::Funds, &fetched(&world, BillKind::Funds)).unwrap();
    let seen: Vec<_> = lines.iter().map(|l| (l.entry.clone(), l.payment_no.as_str(), l.amount.minor())).collect();
    let expected =
        [(BillEntry::Payment, PAYMENT, 5000), (BillEntry::Refund, PAYMENT, 1999), (BillEntry::Refund, PAYMENT, 1)];
    assert_eq!(seen, expected);
}

#[test]
fn a_bill_is_asked_for_until_it_is_written_and_fetched_within_half_a_minute() {
    let world = world();
    let op = op(BillKind::Trades);
    let early = world.channel.bill_word(&op, &world.reply(&op, 3600), at(3600));
    assert!(matches!(early, BillWord::NotYet), "{early:?}");
    world.simulator().bank_mut().add_flaw(Flaw::NotReady);
    assert!(matches!(world.channel.bill_word(&op, &world.reply(&op, DAY), at(DAY)), BillWord::NotYet));
    // Two days later there will be none.
    let late = world.channel.bill_word(&op, &world.reply(&op, 2 * DAY), at(2 * DAY));
    assert!(matches!(late, BillWord::Empty), "{late:?}");
    world.simulator().bank_mut().mend_bills();
    let word = world.channel.bill_word(&op, &world.reply(&op, DAY), at(DAY));
    let BillWord::Fetch { request, .. } = word else { panic!("{word:?}") };
    let expired = world.channel.bill_word(&op, &world.send(&request, DAY + 31), at(DAY + 31));
    assert!(matches!(expired, BillWord::Unknown { .. }), "{expired:?}");
}

#[test]
fn errors_of_the_channel_are_read_as_they_are() {
    let world = world();
    let read = || read(&world, BillKind::Trades, &fetched(&world, BillKind::Trades)).unwrap();
    world.simulator().bank_mut().add_flaw(Flaw::Missing(REFUND.into()));
    assert_eq!(read().len(), 2);
    world.simulator().bank_mut().mend_bills();
    world.simulator().bank_mut().add_flaw(Flaw::OtherAmount(REFUND.into(), 2000));
    assert_eq!(read()[1].amount, Money::cny(2000));
    world.simulator().bank_mut().add_flaw(Flaw::Double(REFUND.into()));
    assert_eq!(read().len(), 4);
}

fn sample(world: &World) -> String {
    let archive = fetched(world, BillKind::Trades);
    let start = archive.windows(4).rposition(|w| w == b"PK\x03\x04").unwrap();
    let name = usize::from(u16::from_le_bytes([archive[start + 26], archive[start + 27]]));
    let mut text = Vec::new();
    let mut inflate = flate2::read::DeflateDecoder::new(&archive[start + 30 + name..]);
    std::io::Read::read_to_end(&mut inflate, &mut text).unwrap();
    GBK.decode(&text).0.into_owned()
}

#[test]
fn a_broken_bill_is_refused_with_the_line() {
    let world = world();
    let text = sample(&world);
    let read = |text: &str| read(&world, BillKind::Trades, &GBK.encode(text).0).map(|lines| lines.len());
    let fault = |line, fault| Err(BillError { line, fault });
    assert_eq!(read(&text), Ok(3));
    assert_eq!(read(&text.replace("商户订单号", "订单号")), fault(5, BillFault::MissingColumn("商户订单号")));
    assert_eq!(read(&text.replace("2026年11月22日", "2026年11月21日")), fault(3, BillFault::OtherDay));
    assert_eq!(read(&text.replace("2026-11-22 10:01:00", "2026-11-21 10:01:00")), fault(7, BillFault::OtherDay));
    assert_eq!(read(&text.replace(SELLER, "2088000000000009")), fault(2, BillFault::NotOurs));
    assert_eq!(read(&text.replace("-19.99", "-19.9x")), fault(7, BillFault::Cell("订单金额（元）")));
    assert_eq!(read(&text.replace("-19.99\t,", "")), fault(7, BillFault::Shape));
    assert_eq!(read(""), fault(0, BillFault::Truncated));
    assert_eq!(read("<html>"), fault(1, BillFault::MissingColumn("支付宝交易号")));
    // Cut off after any line: the closing lines are missing.
    let lines: Vec<&str> = text.split_inclusive("\r\n").collect();
    for kept in 0..8 {
        let whole = lines[..kept].concat();
        assert_eq!(read(&whole), fault(0, BillFault::Truncated), "{kept}");
    }
    // One row less than the closing lines say, one more, columns in another order and new ones.
    let less: String = lines.iter().enumerate().filter(|(at, _)| *at != 6).map(|(_, line)| *line).collect();
    assert_eq!(read(&less), fault(0, BillFault::Truncated));
    let more = text.replace(lines[6], &lines[6].repeat(2));
    assert_eq!(read(&more), fault(0, BillFault::Truncated));
    let new: String =
        text.lines().map(|l| if l.starts_with('#') { format!("{l}\r\n") } else { format!("新列\t,{l}\r\n") }).collect();
    assert_eq!(read(&new), Ok(3));
    // Not GBK.
    let mut utf8: &[u8] = text.as_bytes();
    let refused = world.channel.read_bill(BillKind::Trades, at(0).date(), &mut utf8, &mut |_| {});
    assert!(refused.is_err());
}

#[test]
fn a_broken_archive_is_refused() {
    let world = world();
    let archive = fetched(&world, BillKind::Trades);
    assert_eq!(read(&world, BillKind::Trades, &archive).map(|lines| lines.len()), Ok(3));
    for cut in (2..archive.len()).step_by(7) {
        assert!(read(&world, BillKind::Trades, &archive[..cut]).is_err(), "{cut}");
    }
    let mut changed = 0;
    for at in 0..archive.len() {
        let mut bytes = archive.clone();
        bytes[at] ^= 0x10;
        if let Ok(lines) = read(&world, BillKind::Trades, &bytes) {
            // Times, versions and names of files may say what they like.
            assert_eq!(lines.len(), 3, "{at}");
        } else {
            changed += 1;
        }
    }
    assert!(changed > 300, "{changed}");
}

#[test]
fn a_day_without_trades_has_a_bill_without_rows() {
    let world = World::new();
    assert_eq!(read(&world, BillKind::Trades, &fetched(&world, BillKind::Trades)), Ok(vec![]));
    assert_eq!(Instant::start_of(at(0).date()).date(), at(0).date());
}
