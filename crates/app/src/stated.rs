//! What an uploader says he sees in a file, against the platform's own record (S03).

use crate::errors::{AppError, Result};
use crate::text;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use yuanlu_domain::case::EvidenceKind;
use yuanlu_domain::order_file::{OrderFile, PaymentState};
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

/// Clocks of phones and channels differ, and a receipt shows the minute only.
const MOST_APART_MINUTES: i64 = 10;
const MOST_NUMBER: usize = 64;

/// What somebody says he sees in a file. Everything may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Seen {
    /// The amount paid, as decimal text.
    pub amount: Option<String>,
    /// The number of the order or of the payment.
    pub number: Option<String>,
    /// When it was paid, Shanghai time: `2026-03-10 10:05`.
    pub at: Option<String>,
}

/// Differences between what is stated and what is on record: `what`, `stated`, `record`.
pub(crate) fn contradictions(seen: &Seen, kind: EvidenceKind, file: &OrderFile) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    if let Some(number) = text::given(seen.number.as_ref()) {
        let stated = text::line("seen_number", number, 4, MOST_NUMBER)?;
        if !numbers(file).any(|known| is_same_number(&known, &stated)) {
            found.push(json!({ "what": "number", "stated": stated, "record": file.order }));
        }
    }
    // Only a receipt shows the payment; other pictures may hold any amount and any time.
    let is_receipt = kind == EvidenceKind::PaymentReceipt;
    if let Some(amount) = text::given(seen.amount.as_ref()) {
        let stated = text::amount_or_zero("seen_amount", amount, file.currency)?;
        if is_receipt && !amounts(file).any(|minor| minor == stated.minor()) {
            let record = Money::new(total(file), file.currency);
            found.push(json!({ "what": "amount", "stated": stated.to_string(), "record": record.to_string() }));
        }
    }
    if let Some(at) = text::given(seen.at.as_ref()) {
        let stated = Instant::parse_shanghai(at).ok_or(AppError::invalid("seen_at", "unreadable"))?;
        let near = |at: &Instant| at.micros_since(stated).abs() <= MOST_APART_MINUTES * 60_000_000;
        // A date without a time of day names the whole day.
        let fits = |paid: &Instant| near(paid) || (at.len() <= 10 && paid.date() == stated.date());
        let paid: Vec<Instant> = paid_at(file).collect();
        if let Some(record) = paid.first().filter(|_| is_receipt && !paid.iter().any(fits)) {
            found.push(json!({ "what": "time", "stated": stated.minute_text(), "record": record.minute_text() }));
        }
    }
    Ok(found)
}

pub(crate) fn numbers(file: &OrderFile) -> impl Iterator<Item = String> {
    let payments = file.payments.iter().flat_map(|payment| {
        let channel_ref = match &payment.state {
            PaymentState::Paid { channel_ref, .. } | PaymentState::Extra { channel_ref, .. } => channel_ref.as_str(),
            PaymentState::Open | PaymentState::Declined { .. } | PaymentState::Closing | PaymentState::Closed => "",
        };
        [payment.no.to_string(), channel_ref.to_owned()]
    });
    std::iter::once(file.order.to_string()).chain(payments).filter(|number| !number.is_empty())
}

/// Screens break numbers into groups, and hide their middle with asterisks.
pub(crate) fn is_same_number(known: &str, stated: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '*').map(|c| c.to_ascii_uppercase()).collect()
    };
    let (known, stated) = (plain(known), plain(stated));
    match (stated.split_once('*'), stated.rsplit_once('*')) {
        (Some((head, _)), Some((_, tail))) => {
            head.len() + tail.len() >= 4 && known.starts_with(head) && known.ends_with(tail)
        }
        _ => known == stated,
    }
}

pub(crate) fn amounts(file: &OrderFile) -> impl Iterator<Item = i64> {
    file.payments.iter().map(|payment| payment.amount_minor).chain([total(file)])
}

pub(crate) fn total(file: &OrderFile) -> i64 {
    file.units.iter().map(|unit| unit.paid_minor).sum()
}

pub(crate) fn paid_at(file: &OrderFile) -> impl Iterator<Item = Instant> {
    file.payments.iter().filter_map(|payment| match payment.state {
        PaymentState::Paid { at, .. } | PaymentState::Extra { at, .. } => Some(at),
        PaymentState::Open | PaymentState::Declined { .. } | PaymentState::Closing | PaymentState::Closed => None,
    })
}

#[cfg(test)]
mod tests {
    use super::is_same_number;

    #[test]
    fn numbers_are_compared_as_screens_show_them() {
        for (known, stated, same) in [
            ("260310ABCDEFGHJK", "260310 ABCD EFGHJK", true),
            ("260310ABCDEFGHJK", "260310abcdefghjk", true),
            ("260310ABCDEFGHJK", "2603****HJK", true),
            ("260310ABCDEFGHJK", "2603****XXX", false),
            ("260310ABCDEFGHJK", "****", false),
            ("260310ABCDEFGHJK", "260310ABCDEFGHJX", false),
        ] {
            assert_eq!(is_same_number(known, stated), same, "{stated}");
        }
    }
}
