//! Alipay's bills: CSV in GBK, zipped, cells padded with tabs, lines about the bill beginning with `#`.

use super::{Alipay, answers, method};
use crate::bill::{BillEntry, BillError, BillFault, BillLine, BillWord};
use crate::wire::code;
use crate::{BillKind, Op, Reply, zip};
use encoding_rs::GBK;
use jiff::civil::Date;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

/// A bill is written by noon of the next day, or there is none.
const WRITTEN_AFTER_HOURS: i64 = 36;
/// A larger archive is none.
const MOST_BYTES: u64 = 512 << 20;

/// What an answer on the way to a bill means.
pub(super) fn word(alipay: &Alipay, op: &Op, reply: &Reply, now: Instant) -> BillWord {
    let unknown = |code: &str| BillWord::Unknown { code: code.to_owned() };
    let Op::FetchBill { date, .. } = op else { return unknown("not_a_bill") };
    // The file itself is not signed: its address was.
    if let Reply::Http { status: 200, body, .. } = reply
        && body.starts_with(b"PK")
    {
        return BillWord::File(body.clone());
    }
    let answer = match alipay.answer(method(op), reply, now) {
        Ok(answer) => answer,
        Err(super::NoAnswer::NotSent) => return unknown("not_sent"),
        Err(super::NoAnswer::Unknown(code)) => return unknown(&code),
    };
    if answer.is_ok() {
        let request = http::Request::get(answer.text("bill_download_url")).body(Vec::new());
        return match request {
            Ok(request) if request.uri().host().is_some() => BillWord::Fetch { request: Box::new(request), sha1: None },
            _ => unknown("unreadable"),
        };
    }
    let code = code(answer.sub_code());
    match code.as_str() {
        "NO_BILL_DATA" | "BILL_DATE_BEFORE_REGISTRATION" => BillWord::Empty,
        "BILL_NOT_EXIST" | "isp.bill_not_exist" => {
            let written = Instant::start_of(*date).plus_hours(WRITTEN_AFTER_HOURS);
            if now < written { BillWord::NotYet } else { BillWord::Empty }
        }
        "INVAILID_ARGUMENTS" | "TYPE_NOT_SUPPORTED" => BillWord::Refused { code },
        _ => match answers::is_ours_to_fix(&answer) {
            true => BillWord::Refused { code },
            false => BillWord::Unknown { code },
        },
    }
}

/// Reads a bill: the archive as it was fetched, or the CSV that was taken out of it.
pub(super) fn read(
    kind: BillKind,
    date: Date,
    seller: &str,
    file: &mut dyn BufRead,
    each: &mut dyn FnMut(BillLine),
) -> Result<(), BillError> {
    let whole = |fault| BillError { line: 0, fault };
    let unreadable = |_| whole(BillFault::Unreadable);
    let packed = file.fill_buf().map_err(unreadable)?.starts_with(b"PK");
    let mut reading = Reading { kind, date, seller, columns: None, ended: false, counted: None, rows: 0 };
    if !packed {
        return reading.all(file, each);
    }
    // Beside the list there is a summary, and both have Chinese names.
    let is_list = |name: &[u8]| {
        let (name, _, _) = GBK.decode(name);
        name.ends_with(".csv") && !name.contains("汇总")
    };
    let read = zip::read_file(&mut file.take(MOST_BYTES), is_list, |_, list| {
        reading.all(&mut BufReader::with_capacity(1 << 16, list), each)
    });
    read.map_err(unreadable)?.ok_or_else(|| whole(BillFault::Unreadable))?
}

/// A column, by the name it has in the file and by the one it has in errors.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Column(&'static str);

const TRADE_NO: Column = Column("支付宝交易号");
const OUT_TRADE_NO: Column = Column("商户订单号");
const BUSINESS: Column = Column("业务类型");
const FINISHED: Column = Column("完成时间");
const ORDER_AMOUNT: Column = Column("订单金额（元）");
const REQUEST_NO: Column = Column("退款批次号/请求号");
const FEE: Column = Column("服务费（元）");
const FLOW_NO: Column = Column("业务流水号");
const HAPPENED: Column = Column("发生时间");
const INCOME: Column = Column("收入金额（+元）");
const EXPENSE: Column = Column("支出金额（-元）");

const TRADES: &[Column] = &[TRADE_NO, OUT_TRADE_NO, BUSINESS, FINISHED, ORDER_AMOUNT, REQUEST_NO, FEE];
const FUNDS: &[Column] = &[FLOW_NO, OUT_TRADE_NO, BUSINESS, HAPPENED, INCOME, EXPENSE];

struct Reading<'a> {
    kind: BillKind,
    date: Date,
    seller: &'a str,
    /// How many cells a row has, and where each column is.
    columns: Option<(usize, BTreeMap<Column, usize>)>,
    /// The rule below the list was seen.
    ended: bool,
    /// Rows that the closing lines speak of.
    counted: Option<u64>,
    rows: u64,
}

impl Reading<'_> {
    fn all(&mut self, file: &mut dyn BufRead, each: &mut dyn FnMut(BillLine)) -> Result<(), BillError> {
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            let at = |fault| BillError { line, fault };
            // No second byte of a GBK character is a line feed, a comma or a quotation mark.
            let read = file.read_until(b'\n', &mut bytes).map_err(|_| at(BillFault::Unreadable))?;
            if read == 0 {
                break;
            }
            let text = decode(bytes.trim_ascii_end()).map_err(at)?;
            self.line(line, &text, each).map_err(at)?;
        }
        let complete = self.columns.is_some() && self.ended && self.counted.is_none_or(|count| count == self.rows);
        if complete { Ok(()) } else { Err(BillError { line: 0, fault: BillFault::Truncated }) }
    }

    fn line(&mut self, line: u64, text: &str, each: &mut dyn FnMut(BillLine)) -> Result<(), BillFault> {
        if text.trim_start_matches('\u{feff}').starts_with('#') {
            return self.remark(text);
        }
        if text.is_empty() {
            return Ok(());
        }
        let cells = cells(text);
        let Some((width, columns)) = &self.columns else {
            self.columns = Some((cells.len(), self.header(&cells)?));
            return Ok(());
        };
        if self.ended || cells.len() < *width {
            return Err(BillFault::Shape);
        }
        let row = Row { columns, cells: &cells };
        let found = match self.kind {
            BillKind::Trades => trade(line, &row)?,
            BillKind::Funds => movement(line, &row)?,
        };
        let day = found.at.ok_or(BillFault::Cell("time"))?.date();
        if day != self.date {
            return Err(BillFault::OtherDay);
        }
        self.rows += 1;
        each(found);
        Ok(())
    }

    fn header(&self, cells: &[Cow<'_, str>]) -> Result<BTreeMap<Column, usize>, BillFault> {
        let wanted = match self.kind {
            BillKind::Trades => TRADES,
            BillKind::Funds => FUNDS,
        };
        // Columns were added over time: only the name counts.
        let find = |column: &Column| {
            let found = cells.iter().position(|cell| cell == column.0);
            found.map(|at| (*column, at)).ok_or(BillFault::MissingColumn(column.0))
        };
        wanted.iter().map(find).collect()
    }

    fn remark(&mut self, text: &str) -> Result<(), BillFault> {
        let bracket = |after: &str| {
            let (_, rest) = text.split_once(after)?;
            Some(rest.split_once('[')?.1.split_once(']')?.0.to_owned())
        };
        if let Some(account) = bracket("账号：")
            && !self.seller.is_empty()
            && account.get(..16).is_some_and(|number| number != self.seller)
        {
            return Err(BillFault::NotOurs);
        }
        let day = self.date.strftime("%Y年%m月%d日").to_string();
        if bracket("起始日期：").is_some_and(|start| !start.starts_with(&day)) {
            return Err(BillFault::OtherDay);
        }
        self.ended |= text.contains("列表结束");
        for total in ["交易合计：", "退款合计："] {
            if let Some((_, rest)) = text.split_once(total) {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                let count: u64 = digits.parse().map_err(|_| BillFault::Cell("合计"))?;
                self.counted = Some(self.counted.unwrap_or(0) + count);
            }
        }
        Ok(())
    }
}

fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, BillFault> {
    GBK.decode_without_bom_handling_and_without_replacement(bytes).ok_or(BillFault::Encoding)
}

/// Cells without the tabs around them; commas inside quotation marks are text.
fn cells(line: &str) -> Vec<Cow<'_, str>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    for (at, c) in line.char_indices().chain([(line.len(), ',')]) {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted || at == line.len() => {
                let cell = line[start..at].trim_matches(|c: char| c == '\t' || c == ' ');
                let inner = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
                found.push(inner.map_or(Cow::Borrowed(cell), |inner| Cow::Owned(inner.replace("\"\"", "\""))));
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

struct Row<'a> {
    columns: &'a BTreeMap<Column, usize>,
    cells: &'a [Cow<'a, str>],
}

impl Row<'_> {
    fn text(&self, column: Column) -> &str {
        self.columns.get(&column).and_then(|at| self.cells.get(*at)).map_or("", |cell| cell.trim())
    }

    fn time(&self, column: Column) -> Option<Instant> {
        Instant::parse_shanghai(self.text(column))
    }

    /// Fen with sign.
    fn minor(&self, column: Column) -> Result<i64, BillFault> {
        let text = self.text(column);
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let money = if digits.is_empty() { Ok(Money::cny(0)) } else { Money::parse(digits, Currency::Cny) };
        money.map(|money| sign * money.minor()).map_err(|_| BillFault::Cell(column.0))
    }
}

fn trade(line: u64, row: &Row<'_>) -> Result<BillLine, BillFault> {
    let entry = match row.text(BUSINESS) {
        "交易" => BillEntry::Payment,
        "退款" => BillEntry::Refund,
        other => BillEntry::Other(other.to_owned()),
    };
    let refund_no = if entry == BillEntry::Refund { row.text(REQUEST_NO) } else { "" };
    Ok(BillLine {
        line,
        entry,
        payment_no: ChannelNumber::new(row.text(OUT_TRADE_NO)),
        payment_ref: row.text(TRADE_NO).to_owned(),
        refund_no: ChannelNumber::new(refund_no),
        amount: Money::cny(row.minor(ORDER_AMOUNT)?.abs()),
        // What leaves us is negative there.
        fee_minor: -row.minor(FEE)?,
        at: row.time(FINISHED),
        state: String::new(),
    })
}

fn movement(line: u64, row: &Row<'_>) -> Result<BillLine, BillFault> {
    let (income, expense) = (row.minor(INCOME)?.abs(), row.minor(EXPENSE)?.abs());
    let entry = match row.text(BUSINESS) {
        "在线支付" | "交易付款" if income > 0 => BillEntry::Payment,
        "交易退款" if income > 0 => BillEntry::RefundReturned,
        "交易退款" => BillEntry::Refund,
        "转账" | "单笔转账" if expense > 0 => BillEntry::Remittance,
        other => BillEntry::Other(other.to_owned()),
    };
    let number = ChannelNumber::new(row.text(OUT_TRADE_NO));
    let (payment_no, refund_no) = match entry {
        BillEntry::Remittance => (ChannelNumber::new(""), number),
        _ => (number, ChannelNumber::new("")),
    };
    Ok(BillLine {
        line,
        entry,
        payment_no,
        payment_ref: row.text(FLOW_NO).to_owned(),
        refund_no,
        amount: Money::cny(income.max(expense)),
        fee_minor: 0,
        at: row.time(HAPPENED),
        state: String::new(),
    })
}
