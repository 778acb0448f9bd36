//! Bills of WeChat: UTF-8 with a byte-order mark, a line of column names, rows whose cells each begin with a backtick
//! (so that a name may hold a comma), and two closing lines with the totals. Amounts are in yuan.

use super::WechatChannel;
use super::answer::{Answer, read as read_answer};
use crate::bill::{BillEntry, BillError, BillFault, BillLine, BillWord};
use crate::wire::header;
use crate::{BillKind, Reply};
use http::{Method, Uri};
use jiff::civil::Date;
use serde::Deserialize;
use std::io::BufRead;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

/// The path that asks for a bill.
pub(super) fn path(date: Date, kind: BillKind) -> String {
    match kind {
        BillKind::Trades => format!("/v3/bill/tradebill?bill_date={date}&bill_type=ALL"),
        BillKind::Funds => format!("/v3/bill/fundflowbill?bill_date={date}&account_type=BASIC"),
    }
}

#[derive(Deserialize)]
struct Where {
    hash_type: String,
    hash_value: String,
    download_url: String,
}

impl WechatChannel {
    pub(super) fn read_bill_answer(&self, reply: &Reply, now: Instant) -> BillWord {
        let unknown = |code: &str| BillWord::Unknown { code: code.to_owned() };
        // Of all answers only the file itself has no signature; its digest came with the signed answer before.
        if let Reply::Http { status: 200, headers, body } = reply
            && header(headers, "wechatpay-signature").is_none()
            && !body.starts_with(b"{")
        {
            return BillWord::File(body.clone());
        }
        match read_answer(&self.keys, reply, now) {
            Answer::Nothing(Outcome::FixRequest { code }) => BillWord::Refused { code },
            Answer::Nothing(Outcome::Unknown { code } | Outcome::RetrySameId { code }) => BillWord::Unknown { code },
            Answer::Nothing(_) => unknown("unreadable"),
            Answer::Error { status, code } => match code.as_str() {
                "NO_STATEMENT_EXIST" => BillWord::Empty,
                "STATEMENT_CREATING" => BillWord::NotYet,
                "FREQUENCY_LIMITED" => BillWord::Unknown { code },
                _ if status == 429 => BillWord::Unknown { code },
                _ => BillWord::Refused { code },
            },
            Answer::Done(bytes) => match serde_json::from_slice::<Where>(bytes) {
                Ok(found) if found.hash_type == "SHA1" => self.fetch(&found, now),
                _ => unknown("unreadable"),
            },
        }
    }

    fn fetch(&self, found: &Where, now: Instant) -> BillWord {
        match found.download_url.parse::<Uri>() {
            Ok(url) if self.is_theirs(&url) => {
                let request = self.keys.request(Method::GET, &url, Vec::new(), false, now);
                BillWord::Fetch { request: Box::new(request), sha1: Some(found.hash_value.to_ascii_lowercase()) }
            }
            _ => BillWord::Unknown { code: "strange_address".to_owned() },
        }
    }

    /// Our signature goes to WeChat only, whatever an answer says.
    fn is_theirs(&self, url: &Uri) -> bool {
        let ours: Option<Uri> = self.config.base_url.parse().ok();
        let same = ours.is_some_and(|base| base.scheme() == url.scheme() && base.authority() == url.authority());
        let known = url.host().is_some_and(|host| host.ends_with(".mch.weixin.qq.com"));
        same || (known && url.scheme_str() == Some("https"))
    }
}

macro_rules! columns {
    ($($id:ident = $name:literal,)*) => {
        /// A column that is read.
        #[derive(Clone, Copy)]
        enum Column { $($id),* }

        /// What columns are called in the file, in the order of [`Column`].
        const NAMES: &[&str] = &[$($name),*];
    };
}

columns! {
    TradedAt = "交易时间",
    Merchant = "商户号",
    OrderRef = "微信订单号",
    OrderNo = "商户订单号",
    TradeState = "交易状态",
    Settled = "应结订单金额",
    OrderSum = "订单金额",
    RefundNo = "商户退款单号",
    Refunded = "退款金额",
    RefundAsked = "申请退款金额",
    RefundState = "退款状态",
    Fee = "手续费",
    BookedAt = "记账时间",
    BusinessRef = "微信支付业务单号",
    BusinessName = "业务名称",
    BusinessKind = "业务类型",
    Direction = "收支类型",
    Moved = "收支金额(元)",
    VoucherNo = "业务凭证号",
}

impl Column {
    fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// How a kind of bill is written.
struct Format {
    /// The first closing line begins with it; below it stands the number of rows.
    closing: &'static str,
    time: Column,
    /// Columns that must be there.
    columns: &'static [Column],
    line: fn(&Row<'_>) -> Result<BillLine, BillFault>,
}

const TRADES: Format = Format {
    closing: "总交易单数",
    time: Column::TradedAt,
    columns: &[
        Column::TradedAt,
        Column::Merchant,
        Column::OrderRef,
        Column::OrderNo,
        Column::TradeState,
        Column::Settled,
        Column::RefundNo,
        Column::Refunded,
        Column::RefundState,
        Column::Fee,
    ],
    line: trade_line,
};

const FUNDS: Format = Format {
    closing: "资金流水总笔数",
    time: Column::BookedAt,
    columns: &[
        Column::BookedAt,
        Column::BusinessRef,
        Column::BusinessName,
        Column::BusinessKind,
        Column::Direction,
        Column::Moved,
        Column::VoucherNo,
    ],
    line: funds_line,
};

/// Where each column stands in the rows of a file.
type Places = [Option<usize>; NAMES.len()];

/// A row, its cells by their columns.
struct Row<'a> {
    line: u64,
    places: &'a Places,
    cells: &'a [&'a str],
}

impl<'a> Row<'a> {
    fn get(&self, column: Column) -> Option<&'a str> {
        self.places[column as usize].and_then(|place| self.cells.get(place)).copied()
    }

    fn text(&self, column: Column) -> &'a str {
        self.get(column).unwrap_or_default()
    }

    /// Fen of a cell in yuan; an empty cell is nothing.
    fn fen(&self, column: Column) -> Result<i64, BillFault> {
        match self.text(column) {
            "" => Ok(0),
            text => hundredths(text).ok_or(BillFault::Cell(column.name())),
        }
    }

    /// The first of two columns that has a sum: newer bills have the sum of the order beside the one to be settled.
    fn sum(&self, first: Column, second: Column) -> Result<i64, BillFault> {
        if self.places[first as usize].is_some() { self.fen(first) } else { self.fen(second) }
    }

    fn at(&self, column: Column) -> Result<Instant, BillFault> {
        Instant::parse_shanghai(self.text(column)).ok_or(BillFault::Cell(column.name()))
    }
}

/// A decimal number of yuan in fen, rounded where it is finer: fees are written to the hundredth of a fen and below.
pub(super) fn hundredths(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all(whole) || !all(fraction) {
        return None;
    }
    let padded = format!("{fraction:0<3}");
    let thousandths: i64 = format!("{whole}{}", &padded[..3]).parse().ok()?;
    let fen = thousandths.checked_add(5)? / 10;
    Some(if negative { -fen } else { fen })
}

fn line(row: &Row<'_>, entry: BillEntry, refund_no: &str, fen: i64, at: Instant) -> BillLine {
    BillLine {
        line: row.line,
        entry,
        payment_no: ChannelNumber::from(""),
        payment_ref: String::new(),
        refund_no: ChannelNumber::from(refund_no),
        amount: Money::new(fen.abs(), Currency::Cny),
        fee_minor: 0,
        at: Some(at),
        state: String::new(),
    }
}

fn trade_line(row: &Row<'_>) -> Result<BillLine, BillFault> {
    let at = row.at(Column::TradedAt)?;
    let fee_minor = row.fen(Column::Fee)?;
    let mut read = match row.text(Column::TradeState) {
        "SUCCESS" => line(row, BillEntry::Payment, "", row.sum(Column::OrderSum, Column::Settled)?, at),
        "REFUND" => {
            let no = row.text(Column::RefundNo);
            line(row, BillEntry::Refund, no, row.sum(Column::RefundAsked, Column::Refunded)?, at)
        }
        other => line(row, BillEntry::Other(other.to_owned()), "", row.sum(Column::OrderSum, Column::Settled)?, at),
    };
    read.fee_minor = fee_minor;
    read.payment_no = ChannelNumber::from(row.text(Column::OrderNo));
    row.text(Column::OrderRef).clone_into(&mut read.payment_ref);
    row.text(Column::RefundState).clone_into(&mut read.state);
    Ok(read)
}

fn funds_line(row: &Row<'_>) -> Result<BillLine, BillFault> {
    let at = row.at(Column::BookedAt)?;
    let fen = row.fen(Column::Moved)?;
    let out = match row.text(Column::Direction) {
        "支出" => true,
        "收入" => false,
        _ => return Err(BillFault::Cell(Column::Direction.name())),
    };
    let (no, theirs) = (row.text(Column::VoucherNo), row.text(Column::BusinessRef));
    let kind = row.text(Column::BusinessKind);
    let (entry, refund_no) = match (kind, out) {
        ("交易", false) => (BillEntry::Payment, ""),
        ("退款", true) => (BillEntry::Refund, no),
        ("退款" | "退款退回", false) => (BillEntry::RefundReturned, no),
        ("商家转账", true) => (BillEntry::Remittance, no),
        _ => (BillEntry::Other(kind.to_owned()), ""),
    };
    let payment = entry == BillEntry::Payment;
    let mut read = line(row, entry, refund_no, fen, at);
    if payment {
        read.payment_no = ChannelNumber::from(no);
        theirs.clone_into(&mut read.payment_ref);
    }
    Ok(read)
}

/// The cells of a row: each begins with a backtick.
fn cells(text: &str) -> Option<Vec<&str>> {
    Some(text.strip_prefix('`')?.split(",`").map(str::trim).collect())
}

/// Reads a bill line by line.
pub(super) fn read(
    kind: BillKind,
    date: Date,
    merchant_id: &str,
    file: &mut dyn BufRead,
    each: &mut dyn FnMut(BillLine),
) -> Result<(), BillError> {
    let format = match kind {
        BillKind::Trades => &TRADES,
        BillKind::Funds => &FUNDS,
    };
    let mut lines = Lines { file, buffer: Vec::new(), number: 0 };
    let (_, names) = lines.next()?.ok_or(BillError { line: 0, fault: BillFault::Truncated })?;
    let names = names.trim_start_matches('\u{feff}');
    let named: Vec<&str> = names.split(',').map(|name| name.trim().trim_start_matches('`')).collect();
    let (width, mut places) = (named.len(), Places::default());
    for (place, name) in places.iter_mut().zip(NAMES) {
        *place = named.iter().position(|found| found == name);
    }
    if let Some(missing) = format.columns.iter().find(|column| places[**column as usize].is_none()) {
        return Err(BillError { line: 1, fault: BillFault::MissingColumn(missing.name()) });
    }
    let day = date.to_string();
    let mut rows = 0_u64;
    loop {
        let Some((number, text)) = lines.next()? else {
            return Err(BillError { line: 0, fault: BillFault::Truncated });
        };
        if text.trim_start_matches('`').starts_with(format.closing) {
            break;
        }
        let at = |fault| BillError { line: number, fault };
        let cells = cells(text).filter(|cells| cells.len() == width).ok_or(at(BillFault::Shape))?;
        let row = Row { line: number, places: &places, cells: &cells };
        if !row.text(format.time).starts_with(&day) {
            let readable = row.at(format.time).is_ok();
            return Err(at(if readable { BillFault::OtherDay } else { BillFault::Cell(format.time.name()) }));
        }
        if row.get(Column::Merchant).is_some_and(|id| id != merchant_id) {
            return Err(at(BillFault::NotOurs));
        }
        each((format.line)(&row).map_err(at)?);
        rows += 1;
    }
    let totals = lines.next()?.and_then(|(_, text)| cells(text)?.first()?.parse::<u64>().ok());
    match totals {
        Some(said) if said == rows => Ok(()),
        _ => Err(BillError { line: lines.number, fault: BillFault::Truncated }),
    }
}

/// Lines of a file, one buffer for all.
struct Lines<'a> {
    file: &'a mut dyn BufRead,
    buffer: Vec<u8>,
    number: u64,
}

impl Lines<'_> {
    /// The next line that is not empty, with its number.
    fn next(&mut self) -> Result<Option<(u64, &str)>, BillError> {
        loop {
            self.buffer.clear();
            self.number += 1;
            let error = |fault| BillError { line: self.number, fault };
            let read = self.file.read_until(b'\n', &mut self.buffer).map_err(|_| error(BillFault::Unreadable))?;
            if read == 0 {
                return Ok(None);
            }
            if !self.buffer.trim_ascii().is_empty() {
                break;
            }
        }
        let error = BillError { line: self.number, fault: BillFault::Encoding };
        std::str::from_utf8(&self.buffer).map(|text| Some((self.number, text.trim_end()))).map_err(|_| error)
    }
}
