//! Refunds of Stripe.

use super::ask::Fields;
use super::{Fault, INVALID, MISSING, Said, StripeSimulator, page, seconds};
use crate::bank::{Manner, Order, Refund, Status, Why};
use serde_json::{Value, json};

fn refusal(why: Why) -> Fault {
    let invalid = |code| Fault(400, "invalid_request_error", code);
    match why {
        Why::Invalid => INVALID,
        Why::Changed => Fault(400, "idempotency_error", "idempotency_error"),
        Why::PaymentNotFound => MISSING,
        Why::TooMuch => invalid("amount_too_large"),
        Why::AccountClosed | Why::NoSuchAccount | Why::OtherName => invalid("account_closed"),
        Why::Busy => Fault(429, "invalid_request_error", "rate_limit"),
        Why::NotEnoughFunds => invalid("balance_insufficient"),
        Why::Lost => Fault(500, "api_error", "internal"),
    }
}

impl StripeSimulator {
    /// `POST /v1/refunds`.
    pub(super) fn take_refund(&mut self, fields: &Fields, now: i64) -> (Manner, Said) {
        let intent = fields.get("payment_intent").and_then(|id| id.strip_prefix("pi_"));
        let reference = intent.or_else(|| fields.get("charge").and_then(|id| id.strip_prefix("ch_")));
        let Some(reference) = reference.map(str::to_owned) else { return (Manner::Prompt, Err(INVALID)) };
        let owner = self.bank.payments().find(|payment| payment.transaction(&reference).is_some());
        let Some(owner) = owner.cloned() else { return (Manner::Prompt, Err(MISSING)) };
        let metadata = fields.group("metadata");
        let named = metadata.get("refund_no").cloned().unwrap_or_else(|| format!("X{:012}", self.bank.serial()));
        // Stripe knows no number of the merchant's: what its keys have forgotten is done again.
        let no = match self.bank.refund(&named) {
            Some(_) => format!("{named}again{}", self.bank.serial()),
            None => named,
        };
        let order = Order {
            no: no.clone(),
            payment_no: owner.no,
            payment_ref: reference,
            payee: None,
            amount_minor: fields.number("amount").unwrap_or(owner.amount_minor),
            total_minor: None,
            currency: owner.currency,
            note: fields.get("reason").unwrap_or_default().to_owned(),
        };
        let answer = self.bank.take(order, now);
        if answer.taken.is_ok() {
            self.desk.metadata.insert(no.clone(), metadata);
        }
        let done = answer.taken.map_err(refusal);
        (answer.manner, done.and_then(|_| self.bank.refund(&no).map(|refund| self.refund_body(refund)).ok_or(MISSING)))
    }

    /// `GET /v1/refunds/{id}`.
    pub(super) fn tell_refund(&self, id: &str) -> Said {
        let reference = id.strip_prefix("re_").ok_or(MISSING)?;
        let found = self.bank.refunds().find(|refund| refund.channel_ref == reference);
        found.map(|refund| self.refund_body(refund)).ok_or(MISSING)
    }

    /// `GET /v1/refunds`.
    pub(super) fn list_refunds(&self, fields: &Fields) -> Said {
        let of = fields.get("payment_intent").or(fields.get("charge")).and_then(|id| Some(id.split_once('_')?.1));
        if of.is_some_and(|reference| self.bank.payments().all(|p| p.transaction(reference).is_none())) {
            return Err(MISSING);
        }
        let mut all: Vec<_> = self.bank.refunds().filter(|r| of.is_none_or(|of| r.payment_ref == of)).collect();
        all.sort_by_key(|refund| (refund.taken_at, refund.channel_ref.clone()));
        Ok(page(all.into_iter().map(|refund| self.refund_body(refund)).collect(), "/v1/refunds", fields))
    }

    pub(super) fn refund_body(&self, refund: &Refund) -> Value {
        let left = refund.moved || refund.status == Status::Bounced;
        let returned = refund.status == Status::Bounced;
        let status = status(refund.status);
        let mut body = json!({
            "id": format!("re_{}", refund.channel_ref),
            "object": "refund",
            "amount": refund.amount_minor,
            "balance_transaction": left.then(|| format!("txn_{}", refund.channel_ref)),
            "charge": format!("ch_{}", refund.payment_ref),
            "created": seconds(refund.taken_at),
            "currency": refund.currency.to_ascii_lowercase(),
            "metadata": self.metadata(&refund.no),
            "payment_intent": format!("pi_{}", refund.payment_ref),
            "reason": "requested_by_customer",
            "receipt_number": null,
            "status": status,
        });
        match status {
            "failed" => {
                body["failure_reason"] = "expired_or_canceled_card".into();
                body["failure_balance_transaction"] = json!(returned.then(|| format!("txn_{}f", refund.channel_ref)));
            }
            "pending" => body["pending_reason"] = "processing".into(),
            _ => {}
        }
        body
    }
}

/// Stripe's word for a state. A refund that got stuck waits for the payer's word on another account.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Accepted => "pending",
        Status::Arrived => "succeeded",
        Status::Refused | Status::Bounced => "failed",
        Status::Abnormal => "requires_action",
        Status::Reversing => "reversing",
    }
}
