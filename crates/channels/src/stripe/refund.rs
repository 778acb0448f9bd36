//! Refunds of Stripe: made under our number, found again by it among the refunds of the payment.

use super::answer::Answer;
use super::{StripeChannel, fitting, minor, money};
use crate::wire::{code, percent};
use crate::{Impossible, Op};
use http::Request;
use serde::Deserialize;
use serde_json::Value;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_money::Money;

const PATH: &str = "/v1/refunds";

/// A payment is known by its intent; older ones by their charge.
fn payment_field(payment_ref: &str) -> Result<&'static str, Impossible> {
    let word = payment_ref.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && payment_ref.len() <= 255;
    match payment_ref.split_once('_') {
        Some(("pi", id)) if word && !id.is_empty() => Ok("payment_intent"),
        Some(("ch" | "py", id)) if word && !id.is_empty() => Ok("charge"),
        _ => Err(Impossible::Number),
    }
}

/// The refunds of a payment; a hundred are as many as are looked through.
pub(super) fn list_path(payment_ref: &str) -> Result<String, Impossible> {
    Ok(format!("{PATH}?{}={}&limit=100", payment_field(payment_ref)?, percent(payment_ref)))
}

impl StripeChannel {
    pub(super) fn refund_request(&self, op: &Op) -> Result<Request<Vec<u8>>, Impossible> {
        let Op::Refund { no, payment_no, payment_ref, amount, total, reason, .. } = op else {
            return Err(Impossible::NoSuchOperation);
        };
        if amount.currency() != total.currency() {
            return Err(Impossible::Currency);
        }
        if amount.minor() > total.minor() {
            return Err(Impossible::Amount);
        }
        let fields = [
            (payment_field(payment_ref)?, payment_ref.as_str()),
            ("amount", &minor(*amount)?.to_string()),
            ("reason", "requested_by_customer"),
            ("metadata[refund_no]", fitting(no)?),
            ("metadata[payment_no]", fitting(payment_no)?),
            ("metadata[order]", reason),
        ];
        self.post(PATH, &fields, no)
    }
}

/// A refund as Stripe describes it, in answers and webhooks alike.
#[derive(Deserialize)]
pub(super) struct RefundBody {
    id: String,
    status: String,
    amount: i64,
    currency: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    pending_reason: Option<String>,
    #[serde(default)]
    failure_reason: Option<String>,
    /// Where it took the money from our account; a number, or the whole of it.
    #[serde(default)]
    balance_transaction: Value,
    /// Where the money came back to our account.
    #[serde(default)]
    failure_balance_transaction: Value,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    refund_no: String,
}

impl RefundBody {
    /// Our number; empty for refunds that were not made from here.
    pub(super) fn no(&self) -> &str {
        &self.metadata.refund_no
    }

    pub(super) fn amount(&self) -> Option<Money> {
        money(self.amount, &self.currency).filter(|amount| amount.minor() > 0)
    }

    pub(super) fn outcome(self) -> Outcome {
        let left = !self.balance_transaction.is_null();
        let returned = !self.failure_balance_transaction.is_null();
        let channel_ref = self.id;
        match self.status.as_str() {
            "succeeded" => Outcome::Arrived { channel_ref },
            // Waits for our account to be filled; nothing has to be sent again.
            "pending" if self.pending_reason.as_deref() == Some("insufficient_funds") => {
                Outcome::NeedFunds { code: "insufficient_funds".to_owned() }
            }
            "pending" | "requires_action" => Outcome::Accepted { channel_ref },
            word @ ("failed" | "canceled") => {
                let code = self.failure_reason.as_deref().map_or(word.to_owned(), code);
                match (left, returned) {
                    (_, true) => Outcome::Bounced { code },
                    (false, false) => Outcome::OtherRoute { code },
                    (true, false) => Outcome::ManualAtChannel { code },
                }
            }
            status => Outcome::Unknown { code: format!("status_{}", code(status)) },
        }
    }

    fn checked(self, no: &ChannelNumber, amount: Money) -> Outcome {
        if self.no() != no.as_str() {
            Outcome::Unknown { code: "other_number".to_owned() }
        } else if self.amount() != Some(amount) {
            Outcome::FixRequest { code: "other_amount".to_owned() }
        } else {
            self.outcome()
        }
    }
}

/// What the answer to a refund means.
pub(super) fn outcome(answer: Answer<'_>, no: &ChannelNumber, amount: Money) -> Outcome {
    match answer {
        Answer::Nothing(outcome) => outcome,
        Answer::Error(turned) => turned.outcome(),
        Answer::Done(bytes) => match serde_json::from_slice::<RefundBody>(bytes) {
            Ok(body) => body.checked(no, amount),
            Err(_) => Outcome::Unknown { code: "unreadable".to_owned() },
        },
    }
}

#[derive(Deserialize)]
struct List {
    data: Vec<Value>,
    has_more: bool,
}

/// What the list of a payment's refunds says about one number.
pub(super) fn found(answer: Answer<'_>, no: &ChannelNumber, amount: Money) -> Outcome {
    let unknown = |code: &str| Outcome::Unknown { code: code.to_owned() };
    let bytes = match answer {
        Answer::Nothing(outcome) => return outcome,
        Answer::Error(turned) => return turned.outcome(),
        Answer::Done(bytes) => bytes,
    };
    let Ok(list) = serde_json::from_slice::<List>(bytes) else { return unknown("unreadable") };
    let read = list.data.into_iter().map(serde_json::from_value::<RefundBody>).collect::<Result<Vec<_>, _>>();
    // One that cannot be read may be the one.
    let Ok(all) = read else { return unknown("unreadable") };
    let mut ours = all.into_iter().filter(|refund| refund.no() == no.as_str());
    match (ours.next(), ours.next()) {
        (Some(one), None) => one.checked(no, amount),
        (Some(_), Some(_)) => Outcome::FixRequest { code: "two_refunds".to_owned() },
        (None, _) if list.has_more => unknown("too_many_refunds"),
        (None, _) => Outcome::NotFound,
    }
}
