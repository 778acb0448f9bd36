//! The client of Stripe: forms over HTTPS with a bearer key, JSON answers without signatures, signed webhooks.
//!
//! A refund is made under an `Idempotency-Key`, our number, which Stripe keeps for a day; beyond that the number in the
//! refund's metadata is what counts, so a refund is always looked for before it is sent again.

mod answer;
mod bill;
mod checkout;
mod config;
mod dispute;
mod refund;
#[cfg(test)]
mod tests;
mod webhook;

pub use config::StripeConfig;

use crate::bill::{BillError, BillLine, BillWord};
use crate::callback::{CallbackError, Cashier, Entrance, PaymentOp, Scene, Verified};
use crate::complaint::{ComplaintOp, ComplaintWord};
use crate::multipart::{self, Part};
use crate::secret::Secret;
use crate::settings::BadSetting;
use crate::wire::percent;
use crate::{BillKind, CashierWord, Channel, Impossible, Op, Pace, PaymentWord, Reply};
use http::{HeaderValue, Method, Request};
use jiff::civil::Date;
use std::fmt;
use std::io::BufRead;
use webhook::WebhookKeys;
use yuanlu_domain::ids::{ChannelId, ChannelNumber};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

/// The version of the API whose words this client knows.
const VERSION: &str = "2026-10-28.endive";
/// Where Stripe takes files. Whatever stands in Stripe's place takes them at its own address.
const FILES_URL: &str = "https://files.stripe.com";

/// Stripe's client.
pub struct StripeChannel {
    id: ChannelId,
    secret_key: Secret,
    /// Real money, or a sandbox: news of the other kind is not ours.
    live: bool,
    webhook: WebhookKeys,
    base_url: String,
}

impl fmt::Debug for StripeChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeChannel").field("live", &self.live).finish_non_exhaustive()
    }
}

impl StripeChannel {
    /// A client.
    ///
    /// # Errors
    /// What [`StripeConfig::check`] finds.
    pub fn new(config: StripeConfig) -> Result<Self, Vec<BadSetting>> {
        let faults = config.check();
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            id: ChannelId::from("stripe"),
            live: config.is_live(),
            webhook: WebhookKeys::new(&config),
            secret_key: config.secret_key,
            base_url: config.base_url,
        })
    }

    fn get(&self, path: &str) -> Result<Request<Vec<u8>>, Impossible> {
        self.request_of(Method::GET, path, Vec::new())
    }

    /// A request that changes something, under a key that makes it happen once.
    fn post(&self, path: &str, fields: &[(&str, &str)], key: &ChannelNumber) -> Result<Request<Vec<u8>>, Impossible> {
        let each = fields.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value)));
        let body = each.collect::<Vec<_>>().join("&").into_bytes();
        let mut request = self.request_of(Method::POST, path, body)?;
        let headers = request.headers_mut();
        headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert("idempotency-key", HeaderValue::from_str(key.as_str()).map_err(|_| Impossible::Number)?);
        Ok(request)
    }

    fn request_of(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Request<Vec<u8>>, Impossible> {
        self.request_at(&self.base_url, method, path, body)
    }

    /// A file, at the address for files, under a key by which the same file is kept once.
    fn upload(&self, parts: &[Part<'_>], key: &ChannelNumber) -> Result<Request<Vec<u8>>, Impossible> {
        let (content_type, body) = multipart::body(parts);
        let base = if self.base_url == config::BASE_URL { FILES_URL } else { &self.base_url };
        let mut request = self.request_at(base, Method::POST, "/v1/files", body)?;
        let headers = request.headers_mut();
        headers.insert("content-type", HeaderValue::from_str(&content_type).map_err(|_| Impossible::File)?);
        headers.insert("idempotency-key", HeaderValue::from_str(key.as_str()).map_err(|_| Impossible::Number)?);
        Ok(request)
    }

    fn request_at(
        &self,
        base: &str,
        method: Method,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Request<Vec<u8>>, Impossible> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = format!("{base}{path}").parse().map_err(|_| Impossible::Number)?;
        let bearer = format!("Bearer {}", self.secret_key.expose());
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| Impossible::Text)?;
        bearer.set_sensitive(true);
        request.headers_mut().insert("authorization", bearer);
        request.headers_mut().insert("stripe-version", HeaderValue::from_static(VERSION));
        Ok(request)
    }
}

/// Our number, when it is one; Stripe would take any text.
fn fitting(no: &ChannelNumber) -> Result<&str, Impossible> {
    let text = no.as_str();
    let good = (6..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if good { Ok(text) } else { Err(Impossible::Number) }
}

/// Minor units, when it is something.
fn minor(amount: Money) -> Result<i64, Impossible> {
    if amount.minor() > 0 { Ok(amount.minor()) } else { Err(Impossible::Amount) }
}

/// Stripe writes currencies in small letters.
fn currency_word(currency: Currency) -> String {
    currency.code().to_ascii_lowercase()
}

/// A sum of Stripe's, when this program knows its currency.
fn money(minor: i64, currency: &str) -> Option<Money> {
    Currency::parse(&currency.to_ascii_uppercase()).ok().map(|currency| Money::new(minor, currency))
}

impl Channel for StripeChannel {
    fn request(&self, op: &Op, _: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        match op {
            Op::Pay(payment) => self.checkout_request(payment),
            Op::QueryPayment { no, prepared, .. } => self.payment_request(no, prepared.as_deref()),
            Op::ClosePayment { no, prepared, .. } => self.expire_request(no, prepared.as_deref()),
            Op::Refund { .. } => self.refund_request(op),
            Op::QueryRefund { payment_ref, .. } => self.get(&refund::list_path(payment_ref)?),
            Op::FetchBill { date, kind: BillKind::Trades } => self.get(&bill::path(*date, None)),
            // Stripe sends no money to strangers.
            Op::Remit { .. }
            | Op::QueryRemit { .. }
            | Op::Finish { .. }
            | Op::FetchBill { kind: BillKind::Funds, .. } => Err(Impossible::NoSuchOperation),
        }
    }

    fn outcome(&self, op: &Op, reply: &Reply, _: Instant) -> Outcome {
        match op {
            Op::Refund { no, amount, .. } => refund::outcome(answer::read(reply), no, *amount),
            Op::QueryRefund { no, amount, .. } => refund::found(answer::read(reply), no, *amount),
            _ => Outcome::FixRequest { code: "not_a_refund".to_owned() },
        }
    }

    fn payment_word(&self, op: &Op, reply: &Reply, _: Instant) -> PaymentWord {
        checkout::word(answer::read(reply), op)
    }

    fn cashier_word(&self, op: &PaymentOp, reply: &Reply, _: Instant) -> CashierWord {
        checkout::cashier_word(answer::read(reply), op)
    }

    /// A session says itself until when it is open; that is longer than anybody may pay.
    fn cashier_seconds(&self, _: Scene) -> i64 {
        checkout::LEAST_SECONDS
    }

    fn bill_word(&self, op: &Op, reply: &Reply, _: Instant) -> BillWord {
        let Op::FetchBill { date, .. } = op else { return BillWord::Refused { code: "not_a_bill".to_owned() } };
        bill::word(answer::read(reply), |last| self.get(&bill::path(*date, Some(last))))
    }

    fn read_bill(
        &self,
        _: BillKind,
        date: Date,
        file: &mut dyn BufRead,
        each: &mut dyn FnMut(BillLine),
    ) -> Result<(), BillError> {
        bill::read(date, file, each)
    }

    fn complaint_request(&self, op: &ComplaintOp, _: Instant) -> Result<Request<Vec<u8>>, Impossible> {
        self.dispute(op)
    }

    fn complaint_word(&self, op: &ComplaintOp, reply: &Reply, _: Instant) -> ComplaintWord {
        self.dispute_answer(op, reply)
    }

    /// A hundred calls a second with real money, a quarter of that in a sandbox; less, so that people have room, too.
    fn pace(&self) -> Pace {
        let per_second = if self.live { 80 } else { 20 };
        Pace { payment_gap_seconds: 0, first_question_seconds: 60, per_second }
    }
}

impl Entrance for StripeChannel {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn cashier(&self, _: &PaymentOp, _: Instant) -> Cashier {
        Cashier::Ask
    }

    fn callback(&self, headers: &[(String, String)], body: &[u8], now: Instant) -> Result<Verified, CallbackError> {
        self.webhook.verify(headers, body, now)?;
        webhook::read(body, self.live)
    }

    fn acknowledgement(&self) -> (u16, &'static str) {
        (200, "")
    }
}
