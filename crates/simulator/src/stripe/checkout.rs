//! Checkout sessions and the payment intents behind them.

use super::ask::Fields;
use super::{Fault, INVALID, MISSING, Said, StripeSimulator, seconds};
use crate::bank::{DAY, SECOND};
use crate::cashier::{Payment, PaymentStatus, Transaction};
use serde_json::{Value, json};

/// A session is open for half an hour at least.
const LEAST: i64 = 1800 * SECOND;

impl StripeSimulator {
    /// `POST /v1/checkout/sessions`.
    pub(super) fn open_session(&mut self, fields: &Fields, now: i64) -> Said {
        let item = |name: &str| fields.get(&format!("line_items[0][{name}]"));
        let no = fields.get("client_reference_id").ok_or(INVALID)?.to_owned();
        let amount = item("price_data][unit_amount").and_then(|n| n.parse().ok()).filter(|n: &i64| *n > 0);
        let currency = item("price_data][currency").ok_or(INVALID)?;
        let subject = item("price_data][product_data][name").ok_or(INVALID)?;
        let pay_until = fields.number("expires_at").map_or(now + DAY, |at| at * SECOND);
        let fits = (now + LEAST..=now + DAY).contains(&pay_until);
        if fields.get("mode") != Some("payment") || item("quantity") != Some("1") || !fits {
            return Err(INVALID);
        }
        let payment = Payment {
            no: no.clone(),
            amount_minor: amount.ok_or(INVALID)?,
            currency: currency.to_ascii_uppercase(),
            subject: subject.to_owned(),
            return_url: fields.get("success_url").ok_or(INVALID)?.to_owned(),
            pay_until,
            status: PaymentStatus::Open,
            transactions: Vec::new(),
        };
        self.desk.metadata.insert(no.clone(), fields.group("payment_intent_data[metadata]"));
        let opened = self.bank.open(payment).map_err(|_| INVALID)?.clone();
        Ok(self.session_body(&opened, None))
    }

    /// `GET /v1/checkout/sessions/{id}`.
    pub(super) fn tell_session(&self, id: &str) -> Said {
        let payment = id.strip_prefix("cs_test_").and_then(|no| self.bank.payment(no)).ok_or(MISSING)?;
        Ok(self.session_body(payment, payment.transactions.first()))
    }

    /// `POST /v1/checkout/sessions/{id}/expire`.
    pub(super) fn expire_session(&mut self, id: &str) -> Said {
        let no = id.strip_prefix("cs_test_").ok_or(MISSING)?;
        match self.bank.close(no) {
            Some(true) => self.tell_session(id),
            Some(false) => Err(Fault(400, "invalid_request_error", "resource_already_exists")),
            None => Err(MISSING),
        }
    }

    pub(super) fn session_body(&self, payment: &Payment, transaction: Option<&Transaction>) -> Value {
        let id = format!("cs_test_{}", payment.no);
        let status = match (transaction, &payment.status) {
            (Some(_), _) => "complete",
            (None, PaymentStatus::Closed) => "expired",
            (None, _) => "open",
        };
        json!({
            "id": id,
            "object": "checkout.session",
            "amount_total": payment.amount_minor,
            "client_reference_id": payment.no,
            "currency": payment.currency.to_ascii_lowercase(),
            "livemode": self.is_live(),
            "metadata": self.metadata(&payment.no),
            "mode": "payment",
            "payment_intent": transaction.map(|t| format!("pi_{}", t.channel_ref)),
            "payment_status": if transaction.is_some() { "paid" } else { "unpaid" },
            "status": status,
            "url": (status == "open").then(|| match self.desk.cashier_url.as_str() {
                "" => format!("https://checkout.stripe.example/c/pay/{id}"),
                own => format!("{own}?no={}", payment.no),
            }),
        })
    }

    /// `GET /v1/payment_intents/{id}`.
    pub(super) fn tell_intent(&self, id: &str) -> Said {
        let reference = id.strip_prefix("pi_").ok_or(MISSING)?;
        let found = self.bank.payments().find_map(|p| Some((p, p.transaction(reference)?)));
        found.map(|(payment, transaction)| self.intent_body(payment, Some(transaction))).ok_or(MISSING)
    }

    /// `GET /v1/payment_intents/search`: by one value of the metadata.
    pub(super) fn search(&self, fields: &Fields) -> Said {
        let query = fields.get("query").ok_or(INVALID)?;
        let (name, value) = query.strip_prefix("metadata[").and_then(|rest| rest.split_once("]:")).ok_or(INVALID)?;
        let bare = |text: &str| text.trim_matches(|c| c == '"' || c == '\'').to_owned();
        let (name, value) = (bare(name), bare(value));
        let of =
            |payment: &&Payment| self.desk.metadata.get(&payment.no).and_then(|all| all.get(&name)) == Some(&value);
        let mut data = Vec::new();
        for payment in self.bank.payments().filter(of) {
            data.extend(payment.transactions.iter().map(|t| self.intent_body(payment, Some(t))));
            if payment.status == PaymentStatus::Declined {
                data.push(self.intent_body(payment, None));
            }
        }
        Ok(json!({
            "object": "search_result", "url": "/v1/payment_intents/search", "has_more": false, "next_page": null,
            "data": data,
        }))
    }

    pub(super) fn intent_body(&self, payment: &Payment, transaction: Option<&Transaction>) -> Value {
        let reference = transaction.map_or(format!("declined{}", payment.no), |t| t.channel_ref.clone());
        json!({
            "id": format!("pi_{reference}"),
            "object": "payment_intent",
            "amount": payment.amount_minor,
            "amount_received": transaction.map_or(0, |t| t.amount_minor),
            "created": transaction.map_or(0, |t| seconds(t.at)),
            "currency": payment.currency.to_ascii_lowercase(),
            "latest_charge": transaction.map(|t| format!("ch_{}", t.channel_ref)),
            "livemode": self.is_live(),
            "metadata": self.metadata(&payment.no),
            "status": if transaction.is_some() { "succeeded" } else { "requires_payment_method" },
        })
    }
}
