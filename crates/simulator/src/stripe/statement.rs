//! Balance transactions: what moved our account at Stripe.

use super::ask::Fields;
use super::{INVALID, Said, StripeSimulator, page, seconds};
use crate::bank::{BillRow, Row, SECOND};
use serde_json::{Value, json};

impl StripeSimulator {
    /// `GET /v1/balance_transactions`.
    pub(super) fn list_transactions(&self, fields: &Fields) -> Said {
        let from = fields.number("created[gte]").unwrap_or(0).saturating_mul(SECOND);
        let until = fields.number("created[lt]").unwrap_or(i64::MAX / SECOND).saturating_mul(SECOND);
        let rows = self.bank.bill(from, until).ok_or(INVALID)?;
        let whole = fields.get("expand[]") == Some("data.source") || fields.get("expand[0]") == Some("data.source");
        let each = rows.iter().enumerate().map(|(i, row)| self.transaction_body(i, row, whole));
        Ok(page(each.collect(), "/v1/balance_transactions", fields))
    }

    fn transaction_body(&self, place: usize, row: &BillRow, whole: bool) -> Value {
        let (kind, sign, source) = match row.row {
            Row::Paid => ("charge", 1, format!("ch_{}", row.payment_ref)),
            Row::Refunded => ("refund", -1, format!("re_{}", row.refund_ref)),
            Row::Returned => ("refund_failure", 1, format!("re_{}", row.refund_ref)),
            Row::Remitted => ("transfer", -1, format!("tr_{}", row.refund_ref)),
        };
        // Stripe keeps its fee when money goes back.
        let fee = if row.row == Row::Paid { row.fee_minor } else { 0 };
        let amount = sign * row.amount_minor;
        let metadata = match row.row {
            Row::Paid => json!({ "payment_no": row.payment_no }),
            _ => json!({ "payment_no": row.payment_no, "refund_no": row.refund_no }),
        };
        let object = json!({
            "id": source,
            "object": if row.row == Row::Paid { "charge" } else { "refund" },
            "amount": row.amount_minor,
            "currency": row.currency.to_ascii_lowercase(),
            "metadata": metadata,
            "payment_intent": format!("pi_{}", row.payment_ref),
        });
        json!({
            "id": format!("txn_{}_{place}", seconds(row.at)),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": seconds(row.at),
            "created": seconds(row.at),
            "currency": row.currency.to_ascii_lowercase(),
            "exchange_rate": null,
            "fee": fee,
            "net": amount - fee,
            "reporting_category": kind,
            "source": if whole { object } else { json!(source) },
            "status": "available",
            "type": kind,
        })
    }
}
