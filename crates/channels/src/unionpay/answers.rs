//! What UnionPay's answers mean. A code nobody knows is `Unknown` and asked about.

use super::sign::Fields;
use crate::callback::{CallbackError, Verified};
use crate::wire::code;
use crate::{Op, PaymentWord};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_money::Money;

/// The class of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Good,
    Unknown,
    Retry,
    Missing,
    Fix,
    OtherRoute,
}

/// Codes of the gateway.
const CODES: &[(&str, Class)] = &[
    ("00", Class::Good),
    ("A6", Class::Good),
    ("01", Class::Fix),
    ("02", Class::Retry),
    ("03", Class::Unknown),
    ("04", Class::Unknown),
    ("05", Class::Unknown),
    ("06", Class::Retry),
    ("10", Class::Fix),
    ("11", Class::Fix),
    // The number is known already: asking tells what became of it.
    ("12", Class::Unknown),
    ("13", Class::Fix),
    ("30", Class::OtherRoute),
    ("31", Class::Fix),
    ("32", Class::Fix),
    ("33", Class::Fix),
    ("34", Class::Missing),
    ("35", Class::Fix),
    ("36", Class::Fix),
    ("37", Class::Retry),
    ("38", Class::Fix),
    ("39", Class::Retry),
    ("43", Class::Fix),
    ("44", Class::OtherRoute),
    ("60", Class::OtherRoute),
    ("61", Class::OtherRoute),
    ("62", Class::OtherRoute),
    ("63", Class::OtherRoute),
    ("68", Class::OtherRoute),
];

/// Numbers in the message that say more than the code.
const INNER: &[(&str, Class)] =
    &[("[2010002]", Class::Unknown), ("[2011000]", Class::Fix), ("[4040007]", Class::OtherRoute)];

fn get<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map(String::as_str).unwrap_or_default()
}

fn class(code: &str, message: &str) -> Class {
    let inner = INNER.iter().find(|(number, _)| message.contains(number));
    let known = CODES.iter().find(|(known, _)| *known == code);
    inner.or(known).map_or(Class::Unknown, |(_, class)| *class)
}

/// Fen above nothing.
fn money(text: &str) -> Option<Money> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|fen| digits && *fen > 0).map(Money::cny)
}

fn failed(class: Class, said: &str) -> Outcome {
    let code = format!("resp_{}", code(said));
    match class {
        Class::Good | Class::Unknown | Class::Missing => Outcome::Unknown { code },
        Class::Retry => Outcome::RetrySameId { code },
        Class::Fix => Outcome::FixRequest { code },
        Class::OtherRoute => Outcome::OtherRoute { code },
    }
}

/// What an answer to a refund, or to a question about one, means.
pub(super) fn outcome(op: &Op, fields: &Fields) -> Outcome {
    let unknown = |code: &str| Outcome::Unknown { code: code.to_owned() };
    let (Op::Refund { no, amount, .. } | Op::QueryRefund { no, amount, .. }) = op else {
        return Outcome::FixRequest { code: "not_a_refund".to_owned() };
    };
    if get(fields, "orderId") != no.as_str() {
        return unknown("other_number");
    }
    let (said, message) = (get(fields, "respCode"), get(fields, "respMsg"));
    let channel_ref = get(fields, "queryId").to_owned();
    match (op, class(said, message)) {
        (_, Class::Good) if money(get(fields, "txnAmt")).is_some_and(|other| other != *amount) => {
            Outcome::FixRequest { code: "other_amount".to_owned() }
        }
        (Op::Refund { .. }, Class::Good) => Outcome::Accepted { channel_ref },
        (Op::Refund { .. }, Class::Missing) => failed(Class::Fix, said),
        (Op::Refund { .. }, class) => failed(class, said),
        // The question was answered; what became of the refund is another code.
        (_, Class::Good) if get(fields, "txnType") != "04" && !get(fields, "txnType").is_empty() => {
            unknown("other_kind")
        }
        (_, Class::Good) => match class_of_original(fields) {
            // No word ever comes when the card is credited: this is the last there is.
            Class::Good if money(get(fields, "txnAmt")) == Some(*amount) => Outcome::Arrived { channel_ref },
            Class::Good => unknown("unreadable"),
            Class::Missing => Outcome::NotFound,
            class => failed(class, get(fields, "origRespCode")),
        },
        (_, Class::Missing) => Outcome::NotFound,
        // That the question failed says nothing about the refund.
        (_, Class::OtherRoute) => unknown(&format!("resp_{}", code(said))),
        (_, class) => failed(class, said),
    }
}

fn class_of_original(fields: &Fields) -> Class {
    class(get(fields, "origRespCode"), get(fields, "origRespMsg"))
}

/// What an answer to a question about a payment means.
pub(super) fn payment(no: &ChannelNumber, fields: &Fields) -> PaymentWord {
    let unknown = |code: String| PaymentWord::Unknown { code };
    let said = get(fields, "respCode");
    match class(said, get(fields, "respMsg")) {
        _ if get(fields, "orderId") != no.as_str() => unknown("other_number".to_owned()),
        Class::Missing => PaymentWord::NotFound,
        Class::Good => match class_of_original(fields) {
            Class::Good => match money(get(fields, "txnAmt")) {
                Some(amount) if !get(fields, "queryId").is_empty() => {
                    PaymentWord::Succeeded { transactions: vec![(get(fields, "queryId").to_owned(), amount)] }
                }
                _ => unknown("unreadable".to_owned()),
            },
            Class::Unknown | Class::Retry => PaymentWord::Open,
            Class::Missing => PaymentWord::NotFound,
            Class::Fix | Class::OtherRoute => {
                PaymentWord::Declined { code: format!("resp_{}", code(get(fields, "origRespCode"))) }
            }
        },
        _ => unknown(format!("resp_{}", code(said))),
    }
}

/// What a verified callback says.
pub(super) fn news(fields: &Fields) -> Result<Verified, CallbackError> {
    let no = ChannelNumber::new(get(fields, "orderId"));
    let channel_ref = get(fields, "queryId").to_owned();
    let said = get(fields, "respCode");
    let class = class(said, get(fields, "respMsg"));
    if no.as_str().is_empty() {
        return Err(CallbackError::Malformed);
    }
    let amount = || money(get(fields, "txnAmt")).ok_or(CallbackError::Malformed);
    match (get(fields, "txnType"), class) {
        ("01", Class::Good) if channel_ref.is_empty() => Err(CallbackError::Malformed),
        ("01", Class::Good) => Ok(Verified::PaymentSucceeded { no, channel_ref, amount: amount()? }),
        ("01", Class::Fix | Class::OtherRoute) => {
            Ok(Verified::PaymentDeclined { no, code: format!("resp_{}", code(said)) })
        }
        ("04", Class::Good) => {
            Ok(Verified::Refund { no, amount: amount()?, outcome: Outcome::Arrived { channel_ref } })
        }
        ("04", class) => Ok(Verified::Refund { no, amount: amount()?, outcome: failed(class, said) }),
        (kind, _) => Ok(Verified::Other { about: format!("txn_{}", code(kind)) }),
    }
}

#[cfg(test)]
mod tests;
