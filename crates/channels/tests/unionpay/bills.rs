//! The file of a settlement day: fetched, read, and refused when something is wrong with it.

use super::world::{MERCHANT, PAYMENT, REFUND, World, at};
use yuanlu_channels::bill::{BillEntry, BillError, BillFault, BillLine, BillWord};
use yuanlu_channels::{BillKind, Channel, Op};
use yuanlu_money::Money;
use yuanlu_simulator::bank::Flaw;

const DAY: i64 = 86_400;

fn op() -> Op {
    Op::FetchBill { date: at(0).date(), kind: BillKind::Trades }
}

fn read(world: &World, mut bytes: &[u8]) -> Result<Vec<BillLine>, BillError> {
    let mut lines = Vec::new();
    world.channel.read_bill(BillKind::Trades, at(0).date(), &mut bytes, &mut |line| lines.push(line))?;
    Ok(lines)
}

fn word(world: &World, second: i64) -> BillWord {
    world.channel.bill_word(&op(), &world.reply(&op(), second), at(second))
}

fn fetched(world: &World) -> Vec<u8> {
    match word(world, DAY) {
        BillWord::File(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

fn world() -> World {
    let world = World::paid(5000);
    world.ask(&world.refund(1999), 60);
    world
}

#[test]
fn the_file_says_what_happened() {
    let world = world();
    let lines = read(&world, &fetched(&world)).expect("a good file");
    let expected = [
        BillLine {
            line: 1,
            entry: BillEntry::Payment,
            payment_no: PAYMENT.into(),
            payment_ref: world.query_id(),
            refund_no: "".into(),
            amount: Money::cny(5000),
            fee_minor: 30,
            at: Some(at(0)),
            state: String::new(),
        },
        BillLine {
            line: 2,
            entry: BillEntry::Refund,
            payment_no: "".into(),
            payment_ref: world.query_id(),
            refund_no: REFUND.into(),
            amount: Money::cny(1999),
            fee_minor: -12,
            at: Some(at(60)),
            state: String::new(),
        },
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_file_is_asked_for_until_it_is_written() {
    let world = world();
    assert!(matches!(word(&world, 3600), BillWord::NotYet));
    world.simulator().bank_mut().add_flaw(Flaw::NotReady);
    assert!(matches!(word(&world, DAY), BillWord::NotYet));
    assert!(matches!(word(&world, 3 * DAY), BillWord::Empty));
    world.simulator().bank_mut().mend_bills();
    world.simulator().bank_mut().add_flaw(Flaw::Missing(REFUND.into()));
    assert_eq!(read(&world, &fetched(&world)).map(|lines| lines.len()), Ok(1));
    world.simulator().bank_mut().add_flaw(Flaw::OtherAmount(PAYMENT.into(), 1));
    assert_eq!(read(&world, &fetched(&world)).expect("readable")[0].amount, Money::cny(1));
}

/// The official sample has lines of 607 bytes; written here by hand from the widths.
fn line(order: &str, kind: &str) -> String {
    let mut text = " ".repeat(607);
    for (at, value) in [
        (0, "X56"),
        (35, "1122100000"),
        (66, "000000476800"),
        (87, "742026112200000000001"),
        (112, order),
        (166, "D000000002861"),
        (180, "C000000473939"),
        (215, kind),
        (293, MERCHANT),
    ] {
        text.replace_range(at..at + value.len(), value);
    }
    text + "\r\n"
}

#[test]
fn fields_lie_where_the_widths_say() {
    let world = world();
    let lines = read(&world, line(PAYMENT, "01").as_bytes()).expect("a line");
    assert_eq!(lines[0].payment_no, PAYMENT.into());
    assert_eq!((lines[0].amount, lines[0].fee_minor), (Money::cny(476_800), 2861));
    assert_eq!(lines[0].at, Some(at(0)));
    assert_eq!(lines[0].payment_ref, "742026112200000000001");
}

#[test]
fn a_broken_file_is_refused_with_the_line() {
    let world = world();
    let good = line(PAYMENT, "01");
    let read = |text: &str| read(&world, text.as_bytes()).map(|lines| lines.len());
    let fault = |line, fault| Err(BillError { line, fault });
    assert_eq!(read(&good), Ok(1));
    assert_eq!(read(&format!("{good}{}", good.trim_end())), fault(2, BillFault::Truncated));
    assert_eq!(read(&format!("{good}{}\r\n", &good[..600])), fault(2, BillFault::Shape));
    assert_eq!(read(&good.replacen("X56 ", "X56X", 1)), fault(1, BillFault::Shape));
    assert_eq!(read(&good.replace("000000476800", "00000047680X")), fault(1, BillFault::Cell("txnAmt")));
    assert_eq!(read(&good.replace("D000000002861", "X000000002861")), fault(1, BillFault::Cell("fee")));
    assert_eq!(read(&good.replace("1122100000", "1122230000")), fault(1, BillFault::OtherDay));
    assert_eq!(read(&good.replace(MERCHANT, "777290058110049")), fault(1, BillFault::NotOurs));
    assert_eq!(read("<html>\r\n"), fault(1, BillFault::Shape));
}

#[test]
fn a_broken_archive_is_refused() {
    let world = world();
    let archive = fetched(&world);
    for cut in (2..archive.len()).step_by(5) {
        assert!(read(&world, &archive[..cut]).is_err(), "{cut}");
    }
    let mut bytes: &[u8] = &archive;
    let tomorrow = at(DAY).date();
    let other = world.channel.read_bill(BillKind::Trades, tomorrow, &mut bytes, &mut |_| {});
    assert_eq!(other, Err(BillError { line: 0, fault: BillFault::OtherDay }));
    let mut bytes: &[u8] = &archive;
    let funds = world.channel.read_bill(BillKind::Funds, at(0).date(), &mut bytes, &mut |_| {});
    assert_eq!(funds, Err(BillError { line: 0, fault: BillFault::NoSuchBill }));
}
