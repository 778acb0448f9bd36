//! Bills of the simulated channel: one JSON object a line, the first of which says whose bill it is and how many follow.

use crate::BillKind;
use crate::bill::{BillEntry, BillError, BillFault, BillLine};
use jiff::civil::Date;
use serde::Deserialize;
use std::io::BufRead;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

#[derive(Deserialize)]
struct Head {
    bill: Date,
    merchant: String,
    rows: u64,
}

#[derive(Deserialize)]
struct Row {
    row: String,
    at: i64,
    payment_no: String,
    payment_ref: String,
    refund_no: String,
    amount_minor: i64,
    currency: String,
    fee_minor: i64,
}

impl Row {
    fn line(self, line: u64, date: Date) -> Result<BillLine, BillFault> {
        let at = Instant::from_micros(self.at);
        if at.date() != date {
            return Err(BillFault::OtherDay);
        }
        let entry = match self.row.as_str() {
            "paid" => BillEntry::Payment,
            "refunded" => BillEntry::Refund,
            "returned" => BillEntry::RefundReturned,
            "remitted" => BillEntry::Remittance,
            _ => BillEntry::Other(self.row),
        };
        let currency: Currency = self.currency.parse().map_err(|_| BillFault::Cell("currency"))?;
        if self.amount_minor < 0 {
            return Err(BillFault::Cell("amount_minor"));
        }
        Ok(BillLine {
            line,
            entry,
            payment_no: ChannelNumber::new(self.payment_no),
            payment_ref: self.payment_ref,
            refund_no: ChannelNumber::new(self.refund_no),
            amount: Money::new(self.amount_minor, currency),
            fee_minor: self.fee_minor,
            at: Some(at),
            state: String::new(),
        })
    }
}

pub(super) fn read(
    kind: BillKind,
    date: Date,
    merchant: &str,
    file: &mut dyn BufRead,
    each: &mut dyn FnMut(BillLine),
) -> Result<(), BillError> {
    if kind == BillKind::Funds {
        return Err(BillError { line: 0, fault: BillFault::NoSuchBill });
    }
    let (mut bytes, mut expected, mut rows) = (Vec::new(), None, 0);
    for line in 1.. {
        let error = |fault| BillError { line, fault };
        bytes.clear();
        if file.read_until(b'\n', &mut bytes).map_err(|_| error(BillFault::Unreadable))? == 0 {
            break;
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| error(BillFault::Encoding))?;
        if expected.is_none() {
            let head: Head = serde_json::from_str(text).map_err(|_| error(BillFault::Shape))?;
            if head.bill != date {
                return Err(error(BillFault::OtherDay));
            }
            if head.merchant != merchant {
                return Err(error(BillFault::NotOurs));
            }
            expected = Some(head.rows);
            continue;
        }
        let row: Row = serde_json::from_str(text).map_err(|_| error(BillFault::Shape))?;
        each(row.line(line, date).map_err(error)?);
        rows += 1;
    }
    if expected == Some(rows) { Ok(()) } else { Err(BillError { line: 0, fault: BillFault::Truncated }) }
}
