//! Bills of Stripe: its balance transactions of a day, page by page. A file of them is one transaction of Stripe's JSON
//! a line, and a last line that says it is whole.

use super::answer::{Answer, Turned};
use super::money;
use crate::Impossible;
use crate::bill::{BillEntry, BillError, BillFault, BillLine, BillWord};
use crate::wire::percent;
use http::Request;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;
use std::io::BufRead;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;

/// The last line.
const END: &str = "{\"object\":\"end\"}";

/// A page of a day's transactions, after the last one of the page before.
pub(super) fn path(date: Date, after: Option<&str>) -> String {
    let seconds = |date: Date| Instant::start_of(date).micros() / 1_000_000;
    let until = date.tomorrow().map_or(i64::MAX, seconds);
    let next = after.map_or(String::new(), |id| format!("&starting_after={}", percent(id)));
    let (gte, lt, expand) = (percent("created[gte]"), percent("created[lt]"), percent("expand[]"));
    let from = seconds(date);
    format!("/v1/balance_transactions?{gte}={from}&{lt}={until}&limit=100&{expand}=data.source{next}")
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Value>,
    has_more: bool,
}

pub(super) fn word(answer: Answer<'_>, next: impl FnOnce(&str) -> Result<Request<Vec<u8>>, Impossible>) -> BillWord {
    let unreadable = || BillWord::Unknown { code: "unreadable".to_owned() };
    let bytes = match answer {
        Answer::Nothing(Outcome::Unknown { code } | Outcome::RetrySameId { code }) => {
            return BillWord::Unknown { code };
        }
        Answer::Nothing(_) => return unreadable(),
        Answer::Error(Turned { status: 429 | 409, code, .. }) => return BillWord::Unknown { code },
        Answer::Error(Turned { code, .. }) => return BillWord::Refused { code },
        Answer::Done(bytes) => bytes,
    };
    let Ok(page) = serde_json::from_slice::<Page>(bytes) else { return unreadable() };
    let mut lines: String = page.data.iter().flat_map(|each| [each.to_string(), "\n".to_owned()]).collect();
    if !page.has_more {
        lines.push_str(END);
        lines.push('\n');
        return BillWord::File(lines.into_bytes());
    }
    let last = page.data.last().and_then(|each| each["id"].as_str());
    match last.map(next) {
        Some(Ok(next)) => BillWord::Part { bytes: lines.into_bytes(), next: Box::new(next) },
        _ => unreadable(),
    }
}

#[derive(Deserialize)]
struct Transaction {
    #[serde(rename = "type")]
    kind: String,
    amount: i64,
    #[serde(default)]
    fee: i64,
    currency: String,
    created: i64,
    #[serde(default)]
    status: String,
    #[serde(default)]
    source: Value,
}

impl Transaction {
    fn line(&self, line: u64) -> Result<BillLine, BillFault> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let source = &self.source;
        let numbers = &source["metadata"];
        let entry = match self.kind.as_str() {
            "charge" | "payment" => BillEntry::Payment,
            "refund" | "payment_refund" => BillEntry::Refund,
            "refund_failure" | "payment_failure_refund" => BillEntry::RefundReturned,
            other => BillEntry::Other(other.to_owned()),
        };
        // Our own account may be kept in another currency than the payer paid in; what counts is what he paid.
        let own = money(self.amount, &self.currency);
        let payers = money(source["amount"].as_i64().unwrap_or(0), source["currency"].as_str().unwrap_or_default());
        let amount = payers.filter(|sum| sum.minor() != 0).or(own).ok_or(BillFault::Cell("currency"))?;
        let same = own.is_some_and(|own| own.currency() == amount.currency());
        Ok(BillLine {
            line,
            entry,
            payment_no: ChannelNumber::new(text(&numbers["payment_no"])),
            payment_ref: text(&source["payment_intent"]),
            refund_no: ChannelNumber::new(text(&numbers["refund_no"])),
            amount: yuanlu_money::Money::new(amount.minor().abs(), amount.currency()),
            fee_minor: if same { self.fee } else { 0 },
            at: Some(Instant::from_micros(self.created.saturating_mul(1_000_000))),
            state: self.status.clone(),
        })
    }
}

/// Reads a file of balance transactions.
pub(super) fn read(date: Date, file: &mut dyn BufRead, each: &mut dyn FnMut(BillLine)) -> Result<(), BillError> {
    let mut buffer = Vec::new();
    for line in 1.. {
        let error = |fault| BillError { line, fault };
        buffer.clear();
        if file.read_until(b'\n', &mut buffer).map_err(|_| error(BillFault::Unreadable))? == 0 {
            break;
        }
        let text = std::str::from_utf8(&buffer).map_err(|_| error(BillFault::Encoding))?.trim_end();
        if text == END {
            return Ok(());
        }
        let read: Transaction = serde_json::from_str(text).map_err(|_| error(BillFault::Shape))?;
        if Instant::from_micros(read.created.saturating_mul(1_000_000)).date() != date {
            return Err(error(BillFault::OtherDay));
        }
        each(read.line(line).map_err(error)?);
    }
    Err(BillError { line: 0, fault: BillFault::Truncated })
}
