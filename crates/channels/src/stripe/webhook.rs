//! Webhooks of Stripe: `Stripe-Signature: t=<seconds>,v1=<hex>[,v1=…]`, each an HMAC-SHA256 over time, a dot and the
//! exact body. While a secret is replaced there are several.

use super::StripeConfig;
use super::checkout::{IntentBody, SessionBody};
use super::dispute::Dispute;
use super::refund::RefundBody;
use crate::callback::{CallbackError, Verified};
use crate::wire::{code, header, unhex};
use ring::hmac;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::time::Instant;

/// A signature further from our clock than this, to either side, is not believed.
const WINDOW_SECONDS: u64 = 300;

/// The secrets that may sign.
pub(super) struct WebhookKeys(Vec<hmac::Key>);

impl WebhookKeys {
    pub(super) fn new(config: &StripeConfig) -> Self {
        let secrets = [&config.webhook_secret, &config.webhook_secret_before];
        let given = secrets.into_iter().filter(|secret| !secret.is_empty());
        Self(given.map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes())).collect())
    }

    pub(super) fn verify(&self, headers: &[(String, String)], body: &[u8], now: Instant) -> Result<(), CallbackError> {
        let told = header(headers, "stripe-signature").ok_or(CallbackError::Unsigned)?;
        let all = || told.split(',').filter_map(|part| part.trim().split_once('='));
        let timestamp = all().find(|(name, _)| *name == "t").map(|(_, at)| at).ok_or(CallbackError::Unsigned)?;
        let at: i64 = timestamp.parse().map_err(|_| CallbackError::Unsigned)?;
        let tags: Vec<_> = all().filter(|(name, _)| *name == "v1").filter_map(|(_, tag)| unhex(tag)).collect();
        if tags.is_empty() {
            return Err(CallbackError::Unsigned);
        }
        let signed = [timestamp.as_bytes(), b".", body].concat();
        let good = |key: &hmac::Key| tags.iter().any(|tag| hmac::verify(key, &signed, tag).is_ok());
        if !self.0.iter().any(good) {
            return Err(CallbackError::BadSignature);
        }
        if now.micros().div_euclid(1_000_000).abs_diff(at) > WINDOW_SECONDS {
            return Err(CallbackError::Stale);
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: String,
    livemode: bool,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: &'a RawValue,
}

fn parsed<T: DeserializeOwned>(object: &RawValue) -> Result<T, CallbackError> {
    serde_json::from_str(object.get()).map_err(|_| CallbackError::Malformed)
}

/// Reads an event whose signature was verified.
pub(super) fn read(body: &[u8], live: bool) -> Result<Verified, CallbackError> {
    let event: Event<'_> = serde_json::from_slice(body).map_err(|_| CallbackError::Malformed)?;
    if event.livemode != live {
        return Err(CallbackError::NotOurs);
    }
    let other = || Verified::Other { about: code(&event.kind) };
    let object = event.data.object;
    match event.kind.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
            let session: SessionBody = parsed(object)?;
            match (&session.client_reference_id, &session.payment_intent, session.payment_status.as_deref()) {
                (Some(no), Some(intent), Some("paid")) => Ok(Verified::PaymentSucceeded {
                    no: ChannelNumber::from(no.as_str()),
                    channel_ref: intent.clone(),
                    amount: session.amount().ok_or(CallbackError::Malformed)?,
                }),
                _ => Ok(other()),
            }
        }
        "checkout.session.async_payment_failed" | "checkout.session.expired" => {
            let declined = |no| Verified::PaymentDeclined { no, code: code(&event.kind.replace('.', "_")) };
            let session: SessionBody = parsed(object)?;
            Ok(session.client_reference_id.map_or_else(other, |no| declined(ChannelNumber::new(no))))
        }
        "payment_intent.succeeded" => {
            let intent: IntentBody = parsed(object)?;
            if intent.no().is_empty() {
                return Ok(other());
            }
            let amount = intent.received().ok_or(CallbackError::Malformed)?;
            let no = ChannelNumber::from(intent.no());
            Ok(Verified::PaymentSucceeded { no, channel_ref: intent.id, amount })
        }
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            let refund: RefundBody = parsed(object)?;
            if refund.no().is_empty() {
                return Ok(other());
            }
            let amount = refund.amount().ok_or(CallbackError::Malformed)?;
            Ok(Verified::Refund { no: ChannelNumber::from(refund.no()), amount, outcome: refund.outcome() })
        }
        kind if kind.starts_with("charge.dispute.") => {
            let dispute: Dispute = parsed(object)?;
            Ok(Verified::Complaint { number: dispute.id })
        }
        _ => Ok(other()),
    }
}
