//! What is common to every answer of Stripe. They carry no signature: that they came over our own connection is all
//! there is, so every number and sum in them is compared.

use crate::Reply;
use crate::wire::{code, header};
use serde::Deserialize;
use yuanlu_domain::payout::Outcome;

/// An answer.
pub(super) enum Answer<'a> {
    /// Done (2xx).
    Done(&'a [u8]),
    /// Turned down (4xx).
    Error(Turned),
    /// No word of Stripe at all: what it means, whatever was asked.
    Nothing(Outcome),
}

/// How something was turned down.
pub(super) struct Turned {
    pub(super) status: u16,
    /// Stripe's kind of error.
    pub(super) kind: String,
    /// Its code; its kind where it gives none.
    pub(super) code: String,
    /// Its word on whether the same request may simply be made again.
    pub(super) retry: Option<bool>,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorFields,
}

#[derive(Deserialize)]
struct ErrorFields {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    code: Option<String>,
}

pub(super) fn read(reply: &Reply) -> Answer<'_> {
    let unknown = |code: String| Answer::Nothing(Outcome::Unknown { code });
    match reply {
        Reply::TimedOut => unknown("timed_out".to_owned()),
        Reply::ConnectionLost => unknown("connection_lost".to_owned()),
        // Nothing left us, so the same call may simply be made again; still under the same number.
        Reply::NotSent => Answer::Nothing(Outcome::RetrySameId { code: "not_sent".to_owned() }),
        Reply::Http { status: 200..=299, body, .. } => Answer::Done(body),
        Reply::Http { status: status @ 400..=499, headers, body } => match serde_json::from_slice::<ErrorBody>(body) {
            Ok(ErrorBody { error }) => Answer::Error(Turned {
                status: *status,
                code: code(error.code.as_deref().unwrap_or(&error.kind)),
                kind: error.kind,
                retry: header(headers, "stripe-should-retry").and_then(|word| word.parse().ok()),
            }),
            Err(_) if *status == 429 => Answer::Nothing(Outcome::RetrySameId { code: "http_429".to_owned() }),
            Err(_) => unknown(format!("http_{status}")),
        },
        // A 500 is kept under its key and said again for a day; asking is what ends it.
        Reply::Http { status, .. } => unknown(format!("http_{status}")),
    }
}

/// What a word of Stripe means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Unknown,
    RetrySameId,
    NeedFunds,
    FixRequest,
}

/// Codes, before kinds. None of them proves that nothing moved under the number, so none opens another way.
pub(super) const CODES: &[(&str, Class)] = &[
    ("balance_insufficient", Class::NeedFunds),
    ("insufficient_funds", Class::NeedFunds),
    ("idempotency_key_in_use", Class::RetrySameId),
    ("lock_timeout", Class::RetrySameId),
    ("rate_limit", Class::RetrySameId),
    // Somebody gave it back by hand, for our own refunds are looked for before they are sent again.
    ("charge_already_refunded", Class::FixRequest),
    ("amount_too_large", Class::FixRequest),
    ("amount_too_small", Class::FixRequest),
    ("charge_disputed", Class::FixRequest),
    ("refund_disputed_payment", Class::FixRequest),
    ("payment_intent_unexpected_state", Class::FixRequest),
    ("resource_missing", Class::FixRequest),
];

/// Kinds of errors.
pub(super) const KINDS: &[(&str, Class)] = &[
    ("api_error", Class::Unknown),
    ("card_error", Class::Unknown),
    ("rate_limit_error", Class::RetrySameId),
    ("idempotency_error", Class::FixRequest),
    ("invalid_request_error", Class::FixRequest),
    ("authentication_error", Class::FixRequest),
    ("permission_error", Class::FixRequest),
];

impl Turned {
    /// What it means for a refund.
    pub(super) fn outcome(self) -> Outcome {
        let find = |table: &[(&str, Class)], word: &str| table.iter().find(|(name, _)| *name == word).map(|(_, c)| *c);
        let known = find(CODES, &self.code).or_else(|| find(KINDS, &self.kind));
        let class = match (known, self.status, self.retry) {
            (Some(Class::NeedFunds), ..) => Class::NeedFunds,
            (_, 429 | 409, _) | (_, _, Some(true)) => Class::RetrySameId,
            (Some(class), ..) => class,
            (None, ..) => Class::Unknown,
        };
        let code = self.code;
        match class {
            Class::Unknown => Outcome::Unknown { code },
            Class::RetrySameId => Outcome::RetrySameId { code },
            Class::NeedFunds => Outcome::NeedFunds { code },
            Class::FixRequest => Outcome::FixRequest { code },
        }
    }
}
