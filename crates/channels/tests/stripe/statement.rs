//! The statement of a day, page by page.

use crate::world::*;
use jiff::civil::{Date, date};
use yuanlu_channels::bill::{BillEntry, BillError, BillFault, BillLine, BillWord};
use yuanlu_channels::{BillKind, Channel, Op};
use yuanlu_money::Currency;
use yuanlu_simulator::Behaviour;
use yuanlu_simulator::bank::Flaw;

const DAY: Date = date(2026, 11, 22);

fn fetch(world: &World, date: Date) -> Vec<u8> {
    let op = Op::FetchBill { date, kind: BillKind::Trades };
    let mut file = Vec::new();
    let mut request = world.channel.request(&op, at(0)).unwrap();
    loop {
        let second = at(30 * 3600);
        match world.channel.bill_word(&op, &world.send(&request, 30 * 3600), second) {
            BillWord::Part { bytes, next } => {
                file.extend(bytes);
                request = *next;
            }
            BillWord::File(bytes) => {
                file.extend(bytes);
                return file;
            }
            other => panic!("{other:?}"),
        }
    }
}

fn read(world: &World, date: Date, mut file: &[u8]) -> Result<Vec<BillLine>, BillError> {
    let mut lines = Vec::new();
    world.channel.read_bill(BillKind::Trades, date, &mut file, &mut |line| lines.push(line)).map(|()| lines)
}

/// A payment, and refunds of a cent each: more than a page of them.
fn a_day(refunds: i64) -> World {
    let world = World::paid(5000);
    let reference = world.reference();
    for n in 1..=refunds {
        let op = refund(&format!("YL7Q261122ABCDEFGHJKR{n:03}"), &reference, 1);
        assert_eq!(class(&world.ask(&op, 10 + n)), "arrived");
    }
    world
}

#[test]
fn every_line_of_every_page_is_read() {
    let world = a_day(150);
    let lines = read(&world, DAY, &fetch(&world, DAY)).unwrap();
    assert_eq!(lines.len(), 151);
    let refunds: std::collections::BTreeSet<_> = lines.iter().map(|line| line.refund_no.clone()).collect();
    assert_eq!(refunds.len(), 151);
    let paid = lines.iter().find(|line| line.entry == BillEntry::Payment).unwrap();
    assert_eq!((paid.payment_no.as_str(), paid.amount, paid.fee_minor), (PAYMENT, usd(5000), 30));
    assert_eq!((&paid.payment_ref, paid.at), (&world.reference(), Some(at(0))));
    let refund = lines.iter().find(|line| line.refund_no.as_str().ends_with("R150")).unwrap();
    assert_eq!((&refund.entry, refund.amount, refund.payment_no.as_str()), (&BillEntry::Refund, usd(1), PAYMENT));
    // Nothing happened on the day after.
    let after = DAY.tomorrow().unwrap();
    assert_eq!(read(&world, after, &fetch(&world, after)), Ok(vec![]));
}

#[test]
fn a_refund_that_comes_back_is_a_line_of_its_own() {
    let world = World::paid(5000);
    world.simulator().bank_mut().script(REFUND, Behaviour::Bounces);
    world.ask(&world.refund(5000), 10);
    world.simulator().bank_mut().advance(at(25 * 3600).micros());
    let lines = read(&world, DAY.tomorrow().unwrap(), &fetch(&world, DAY.tomorrow().unwrap())).unwrap();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((&line.entry, line.refund_no.as_str(), line.amount), (&BillEntry::RefundReturned, REFUND, usd(5000)));
}

#[test]
fn errors_of_the_other_side_are_read_as_they_stand() {
    let world = a_day(2);
    let missing = Flaw::Missing("YL7Q261122ABCDEFGHJKR001".into());
    world.simulator().bank_mut().add_flaw(missing);
    assert_eq!(read(&world, DAY, &fetch(&world, DAY)).unwrap().len(), 2);
}

#[test]
fn a_file_that_is_not_a_whole_statement_is_refused() {
    let world = a_day(2);
    let file = String::from_utf8(fetch(&world, DAY)).unwrap();
    let lines: Vec<&str> = file.lines().collect();
    let fault = |text: &str| read(&world, DAY, text.as_bytes()).unwrap_err();
    for count in 0..lines.len() {
        let cut = lines[..count].iter().map(|line| format!("{line}\n")).collect::<String>();
        assert_eq!(fault(&cut), BillError { line: 0, fault: BillFault::Truncated }, "{count}");
    }
    let half = format!("{}\n{}", lines[0], &lines[1][..40]);
    assert_eq!(fault(&half), BillError { line: 2, fault: BillFault::Shape });
    let error = read(&world, DAY.tomorrow().unwrap(), file.as_bytes()).unwrap_err();
    assert_eq!(error, BillError { line: 1, fault: BillFault::OtherDay });
    assert_eq!(fault(&file.replace("\"usd\"", "\"xau\"")), BillError { line: 1, fault: BillFault::Cell("currency") });
    let mut foreign = file.into_bytes();
    foreign[20] = 0xff;
    assert_eq!(read(&world, DAY, &foreign).unwrap_err().fault, BillFault::Encoding);
}

/// Paid in dollars, kept in euros: what counts is what the payer paid.
#[test]
fn the_sum_is_the_payers() {
    let world = World::new();
    let line = r#"{"type":"charge","amount":4500,"fee":160,"currency":"eur","created":1795320000,"status":"available","source":{"amount":5000,"currency":"usd","payment_intent":"pi_1","metadata":{"payment_no":"P1"}}}"#;
    let file = format!("{line}\n{{\"object\":\"end\"}}\n");
    let date = yuanlu_domain::time::Instant::from_micros(1_795_320_000_000_000).date();
    let read = read(&world, date, file.as_bytes()).unwrap().remove(0);
    assert_eq!((read.amount.minor(), read.amount.currency(), read.fee_minor), (5000, Currency::Usd, 0));
}
