//! Payments: a Checkout session at Stripe, found again by our number in the payment intent's metadata.

use super::answer::{Answer, Turned};
use super::{StripeChannel, currency_word, fitting, minor, money};
use crate::callback::{Cashier, PaymentOp};
use crate::wire::{code, percent};
use crate::{CashierWord, Impossible, Op, PaymentWord};
use http::Request;
use serde::Deserialize;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::payout::Outcome;
use yuanlu_money::Money;

/// A session must be open for half an hour from its creation at least, and for a day at most.
pub(super) const LEAST_SECONDS: i64 = 31 * 60;
const MOST_SECONDS: i64 = 24 * 3600 - 60;

impl StripeChannel {
    /// Every field follows from the payment alone, for the same key must always say the same: a payer who comes back
    /// gets the same session. So it stays open half an hour longer than the order; what is paid then goes back (R29).
    pub(super) fn checkout_request(&self, op: &PaymentOp) -> Result<Request<Vec<u8>>, Impossible> {
        let no = fitting(&op.no)?;
        if op.subject.trim().is_empty() || op.return_url.is_empty() {
            return Err(Impossible::Text);
        }
        let seconds = |micros: i64| micros.div_euclid(1_000_000);
        let (since, until) = (seconds(op.since.micros()), seconds(op.pay_until.micros()));
        let expires = (until.max(since) + LEAST_SECONDS).min(since + MOST_SECONDS);
        let fields = [
            ("mode", "payment"),
            ("client_reference_id", no),
            ("success_url", &op.return_url),
            ("cancel_url", &op.return_url),
            ("expires_at", &expires.to_string()),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", &currency_word(op.amount.currency())),
            ("line_items[0][price_data][unit_amount]", &minor(op.amount)?.to_string()),
            ("line_items[0][price_data][product_data][name]", &op.subject),
            ("metadata[payment_no]", no),
            ("payment_intent_data[metadata][payment_no]", no),
            ("payment_intent_data[description]", &op.subject),
        ];
        self.post("/v1/checkout/sessions", &fields, &op.no)
    }

    /// About a session by its own name, which is always up to date; by our number where it is not known.
    pub(super) fn payment_request(
        &self,
        no: &ChannelNumber,
        session: Option<&str>,
    ) -> Result<Request<Vec<u8>>, Impossible> {
        match session {
            Some(session) => self.get(&session_path(session)?),
            None => self.search_request(no),
        }
    }

    /// Closes a session. The same key however often: Stripe says once more what became of it.
    pub(super) fn expire_request(
        &self,
        no: &ChannelNumber,
        session: Option<&str>,
    ) -> Result<Request<Vec<u8>>, Impossible> {
        let path = session_path(session.ok_or(Impossible::NoSuchOperation)?)?;
        self.post(&format!("{path}/expire"), &[], &format!("{}X", fitting(no)?).as_str().into())
    }

    fn search_request(&self, no: &ChannelNumber) -> Result<Request<Vec<u8>>, Impossible> {
        let query = format!("metadata[\"payment_no\"]:\"{}\"", fitting(no)?);
        self.get(&format!("/v1/payment_intents/search?query={}&limit=100", percent(&query)))
    }
}

fn session_path(session: &str) -> Result<String, Impossible> {
    let good = session.starts_with("cs_") && session.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if good { Ok(format!("/v1/checkout/sessions/{session}")) } else { Err(Impossible::Number) }
}

/// A session as Stripe describes it, in answers and webhooks alike.
#[derive(Deserialize)]
pub(super) struct SessionBody {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    pub(super) client_reference_id: Option<String>,
    #[serde(default)]
    pub(super) payment_intent: Option<String>,
    #[serde(default)]
    pub(super) payment_status: Option<String>,
    #[serde(default)]
    amount_total: Option<i64>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    status: Option<String>,
}

impl SessionBody {
    pub(super) fn amount(&self) -> Option<Money> {
        money(self.amount_total?, self.currency.as_deref()?).filter(|amount| amount.minor() > 0)
    }

    /// What became of the payment. Only an expired session proves that nobody can pay any more.
    fn word(&self) -> PaymentWord {
        let paid = self.payment_status.as_deref() == Some("paid");
        match (self.status.as_deref(), &self.payment_intent, self.amount()) {
            (Some("complete"), Some(intent), Some(amount)) if paid => {
                PaymentWord::Succeeded { transactions: vec![(intent.clone(), amount)] }
            }
            (Some("expired"), ..) if !paid => PaymentWord::NotFound,
            (Some("open" | "complete"), ..) if !paid => PaymentWord::Open,
            _ => PaymentWord::Unknown { code: "unreadable".to_owned() },
        }
    }
}

pub(super) fn cashier_word(answer: Answer<'_>, op: &PaymentOp) -> CashierWord {
    let unknown = |code: &str| CashierWord::Unknown { code: code.to_owned() };
    let turned = match answer {
        Answer::Nothing(Outcome::Unknown { code } | Outcome::RetrySameId { code }) => return unknown(&code),
        Answer::Nothing(_) => return unknown("unreadable"),
        Answer::Error(turned) => turned,
        Answer::Done(bytes) => {
            return match serde_json::from_slice::<SessionBody>(bytes) {
                Err(_) => unknown("unreadable"),
                Ok(body) if body.client_reference_id.as_deref() != Some(op.no.as_str()) => unknown("other_number"),
                Ok(body) if body.amount() != Some(op.amount) => {
                    CashierWord::Refused { code: "other_amount".to_owned() }
                }
                Ok(SessionBody { url: Some(url), id, .. }) => CashierWord::Ready(Cashier::Link(url), id),
                Ok(body) => {
                    let status = body.status.unwrap_or_default();
                    CashierWord::Refused { code: format!("status_{}", code(&status)) }
                }
            };
        }
    };
    match turned.outcome() {
        Outcome::FixRequest { code } | Outcome::NeedFunds { code } => CashierWord::Refused { code },
        Outcome::Unknown { code } | Outcome::RetrySameId { code } => CashierWord::Unknown { code },
        _ => unknown("unreadable"),
    }
}

/// A payment intent as Stripe describes it, in answers and webhooks alike.
#[derive(Deserialize)]
pub(super) struct IntentBody {
    pub(super) id: String,
    status: String,
    #[serde(default)]
    amount_received: i64,
    currency: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    payment_no: String,
}

impl IntentBody {
    /// Our number; empty for payments that were not begun here.
    pub(super) fn no(&self) -> &str {
        &self.metadata.payment_no
    }

    pub(super) fn received(&self) -> Option<Money> {
        let paid = self.status == "succeeded";
        money(self.amount_received, &self.currency).filter(|amount| paid && amount.minor() > 0)
    }
}

#[derive(Deserialize)]
struct Found {
    data: Vec<IntentBody>,
}

/// What was found under a number. Finding nothing proves nothing: a payer who has not chosen how to pay has no intent
/// yet, and the search lags behind.
pub(super) fn word(answer: Answer<'_>, op: &Op) -> PaymentWord {
    let unknown = |code: String| PaymentWord::Unknown { code };
    let bytes = match answer {
        Answer::Nothing(Outcome::Unknown { code } | Outcome::RetrySameId { code } | Outcome::FixRequest { code }) => {
            return unknown(code);
        }
        Answer::Nothing(_) => return unknown("unreadable".to_owned()),
        Answer::Error(Turned { code, .. }) => return unknown(code),
        Answer::Done(bytes) => bytes,
    };
    let no = op.no().map(ChannelNumber::as_str);
    if let Op::QueryPayment { prepared: Some(_), .. } | Op::ClosePayment { .. } = op {
        return match serde_json::from_slice::<SessionBody>(bytes) {
            Ok(session) if session.client_reference_id.as_deref() == no => session.word(),
            Ok(_) => unknown("other_number".to_owned()),
            Err(_) => unknown("unreadable".to_owned()),
        };
    }
    let Ok(found) = serde_json::from_slice::<Found>(bytes) else { return unknown("unreadable".to_owned()) };
    let ours = found.data.into_iter().filter(|intent| Some(intent.no()) == no);
    let transactions: Vec<_> = ours.filter_map(|i| i.received().map(|amount| (i.id, amount))).collect();
    if transactions.is_empty() { PaymentWord::Open } else { PaymentWord::Succeeded { transactions } }
}
