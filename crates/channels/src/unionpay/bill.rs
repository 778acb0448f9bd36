//! UnionPay's bill: lines of fixed width (`…ZM_…`), zipped, deflated and in base64.

use super::sign::{Fields, NoAnswer};
use crate::bill::{BillEntry, BillError, BillFault, BillLine, BillWord};
use crate::wire::code;
use crate::{BillKind, Op, base64, zip};
use flate2::read::ZlibDecoder;
use jiff::civil::Date;
use std::io::{BufRead, BufReader, Read};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

/// A bill is written by noon of the next day, or there is none.
const WRITTEN_AFTER_HOURS: i64 = 36;
/// A larger archive is none.
const MOST_BYTES: u64 = 512 << 20;

/// Widths of a line's fields; one space stands between two.
pub(super) const WIDTHS: [usize; 41] = [
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13,
    13, 8, 32, 13, 13, 12, 2, 1, 131,
];
const LENGTH: usize = 607;

/// What an answer on the way to a bill means.
pub(super) fn word(op: &Op, answer: Result<Fields, NoAnswer>, now: Instant) -> BillWord {
    let unknown = |code: &str| BillWord::Unknown { code: code.to_owned() };
    let Op::FetchBill { date, .. } = op else { return unknown("not_a_bill") };
    let fields = match answer {
        Ok(fields) => fields,
        Err(NoAnswer::NotSent) => return unknown("not_sent"),
        Err(NoAnswer::Unknown(code)) => return unknown(&code),
    };
    let get = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    match get("respCode") {
        "00" => match unpacked(get("fileContent")) {
            Some(archive) => BillWord::File(archive),
            None => unknown("unreadable"),
        },
        "98" if now < Instant::start_of(*date).plus_hours(WRITTEN_AFTER_HOURS) => BillWord::NotYet,
        "98" => BillWord::Empty,
        said @ ("10" | "11" | "13" | "31" | "32" | "43") => BillWord::Refused { code: format!("resp_{said}") },
        said => BillWord::Unknown { code: format!("resp_{}", code(said)) },
    }
}

fn unpacked(content: &str) -> Option<Vec<u8>> {
    let packed = base64::decode(content)?;
    let mut archive = Vec::new();
    ZlibDecoder::new(packed.as_slice()).take(MOST_BYTES).read_to_end(&mut archive).ok()?;
    Some(archive)
}

/// Reads a bill: the archive as it was fetched, or the file that was taken out of it.
pub(super) fn read(
    kind: BillKind,
    date: Date,
    merchant: &str,
    file: &mut dyn BufRead,
    each: &mut dyn FnMut(BillLine),
) -> Result<(), BillError> {
    let whole = |fault| BillError { line: 0, fault };
    if kind == BillKind::Funds {
        return Err(whole(BillFault::NoSuchBill));
    }
    let packed = file.fill_buf().map_err(|_| whole(BillFault::Unreadable))?.starts_with(b"PK");
    if !packed {
        return lines(date, merchant, file, each);
    }
    let is_list = |name: &[u8]| String::from_utf8_lossy(name).contains("ZM_");
    let read = zip::read_file(&mut file.take(MOST_BYTES), is_list, |name, list| {
        named(date, merchant, &String::from_utf8_lossy(name)).map_err(whole)?;
        lines(date, merchant, &mut BufReader::with_capacity(1 << 16, list), each)
    });
    read.map_err(|_| whole(BillFault::Unreadable))?.ok_or_else(|| whole(BillFault::Unreadable))?
}

/// Whether a list is ours and of the day, by its name: INN, the day in six digits, two more digits, ZM_ and the merchant.
fn named(date: Date, merchant: &str, name: &str) -> Result<(), BillFault> {
    let (before, owner) = name.split_once("ZM_").unwrap_or_default();
    if !owner.starts_with(merchant) {
        return Err(BillFault::NotOurs);
    }
    let day = date.strftime("%y%m%d").to_string();
    if before.contains(&format!("INN{day}")) { Ok(()) } else { Err(BillFault::OtherDay) }
}

fn lines(date: Date, merchant: &str, file: &mut dyn BufRead, each: &mut dyn FnMut(BillLine)) -> Result<(), BillError> {
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let at = |fault| BillError { line, fault };
        if file.read_until(b'\n', &mut bytes).map_err(|_| at(BillFault::Unreadable))? == 0 {
            break;
        }
        if !bytes.ends_with(b"\n") {
            return Err(at(BillFault::Truncated));
        }
        let text = bytes.strip_suffix(b"\r\n").or(bytes.strip_suffix(b"\n")).unwrap_or(&bytes);
        each(row(line, date, merchant, text).map_err(at)?);
    }
    Ok(())
}

/// The fields of a line, without the spaces that fill them.
fn fields(text: &[u8]) -> Result<Vec<&str>, BillFault> {
    if text.len() != LENGTH {
        return Err(BillFault::Shape);
    }
    let mut start = 0;
    let mut found = Vec::with_capacity(WIDTHS.len());
    for width in WIDTHS {
        let end = start + width;
        if text.get(end).is_some_and(|between| *between != b' ') {
            return Err(BillFault::Shape);
        }
        // Names of merchants may be in another encoding; what is needed is plain.
        found.push(std::str::from_utf8(&text[start..end]).map_or("", str::trim));
        start = end + 1;
    }
    Ok(found)
}

fn row(line: u64, date: Date, merchant: &str, text: &[u8]) -> Result<BillLine, BillFault> {
    let fields = fields(text)?;
    let field = |number: usize| fields[number - 1];
    if field(28) != merchant {
        return Err(BillFault::NotOurs);
    }
    let amount: i64 = digits(field(7)).ok_or(BillFault::Cell("txnAmt"))?;
    let fee_minor = sided(field(16)).ok_or(BillFault::Cell("fee"))?;
    let number = ChannelNumber::new(field(12));
    let none = || ChannelNumber::new("");
    let (entry, payment_no, refund_no, payment_ref) = match field(20) {
        "01" => (BillEntry::Payment, number, none(), field(10)),
        "04" | "31" => (BillEntry::Refund, none(), number, field(27)),
        other => (BillEntry::Other(format!("txn_{}", code(other))), number, none(), field(10)),
    };
    Ok(BillLine {
        line,
        entry,
        payment_no,
        payment_ref: payment_ref.to_owned(),
        refund_no,
        amount: Money::cny(amount),
        fee_minor,
        at: Some(time(field(5), date)?),
        state: String::new(),
    })
}

fn digits(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()))
}

/// `D` leaves the merchant, `C` comes to it.
fn sided(text: &str) -> Option<i64> {
    match text.split_at_checked(1)? {
        ("D", rest) => digits(rest),
        ("C", rest) => digits(rest).map(|minor| -minor),
        _ => None,
    }
}

/// `MMDDhhmmss` within a settlement day, which begins at 23:00 of the day before. There is no year: on the first of
/// January, December is of the year before.
fn time(text: &str, date: Date) -> Result<Instant, BillFault> {
    const BAD: BillFault = BillFault::Cell("time");
    if text.len() != 10 || digits(text).is_none() {
        return Err(BAD);
    }
    let year = if text.starts_with("12") && date.month() == 1 { date.year() - 1 } else { date.year() };
    let part = |at: usize| &text[at..at + 2];
    let written = format!("{year:04}-{}-{}T{}:{}:{}", part(0), part(2), part(4), part(6), part(8));
    let at = Instant::parse_shanghai(&written).ok_or(BAD)?;
    let end = Instant::start_of(date).plus_hours(23);
    if (end.plus_hours(-24)..end).contains(&at) { Ok(at) } else { Err(BillFault::OtherDay) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_make_a_line() {
        assert_eq!(WIDTHS.iter().sum::<usize>() + WIDTHS.len() - 1, LENGTH);
    }

    #[test]
    fn december_read_in_january_is_of_the_year_before() {
        let first = jiff::civil::date(2027, 1, 1);
        assert_eq!(time("1231233000", first), Ok(Instant::from_shanghai(2026, 12, 31, 23, 30, 0)));
        assert_eq!(time("0101100000", first), Ok(Instant::from_shanghai(2027, 1, 1, 10, 0, 0)));
        assert_eq!(time("0101230000", first), Err(BillFault::OtherDay));
        assert_eq!(time("0230100000", first), Err(BillFault::Cell("time")));
    }
}
