//! What is common to every answer of WeChat: believed only with its signature, errors by their code.

use super::sign::Keys;
use crate::Reply;
use crate::callback::CallbackError;
use crate::wire::code;
use serde::Deserialize;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;

/// An answer, as far as it can be believed.
pub(super) enum Answer<'a> {
    /// Done (2xx), signed.
    Done(&'a [u8]),
    /// Turned down (4xx), signed; with WeChat's code.
    Error { status: u16, code: String },
    /// No word of WeChat at all: what it means, whatever was asked.
    Nothing(Outcome),
}

#[derive(Deserialize)]
struct ErrorBody {
    code: String,
}

/// Reads an answer that came now.
pub(super) fn read<'a>(keys: &Keys, reply: &'a Reply, now: Instant) -> Answer<'a> {
    let unknown = |code: String| Answer::Nothing(Outcome::Unknown { code });
    match reply {
        Reply::TimedOut => unknown("timed_out".to_owned()),
        Reply::ConnectionLost => unknown("connection_lost".to_owned()),
        // Nothing left us, so the same call may simply be made again; still under the same number.
        Reply::NotSent => Answer::Nothing(Outcome::RetrySameId { code: "not_sent".to_owned() }),
        Reply::Http { status, headers, body } => {
            let verified = keys.verify(headers, body, now);
            let signed = verified.is_ok();
            let error =
                || serde_json::from_slice::<ErrorBody>(body).map_or(format!("http_{status}"), |e| code(&e.code));
            match status {
                200..=299 if signed => Answer::Done(body),
                400..=499 if signed => Answer::Error { status: *status, code: error() },
                // Said at the gate, before anybody looked at the request: without a signature, and without an effect.
                401 => Answer::Nothing(Outcome::FixRequest { code: error() }),
                429 => Answer::Nothing(Outcome::RetrySameId { code: error() }),
                200..=499 if keys.is_strange(headers) => unknown("unknown_key".to_owned()),
                200..=499 if verified == Err(CallbackError::Stale) => unknown("stale".to_owned()),
                200..=499 => unknown("bad_signature".to_owned()),
                _ => unknown(error()),
            }
        }
    }
}

/// What a code of WeChat means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Unknown,
    RetrySameId,
    NeedFunds,
    FixRequest,
    OtherRoute,
    /// Never heard of: our mistake when it is about what we refer to, an answer when it is what we asked.
    Missing,
}

/// The codes of refunds and transfers. An error leaves the number as it was: nothing moved by this call, and what an
/// earlier one did is found by asking.
pub(super) const ERRORS: &[(&str, Class)] = &[
    ("SYSTEM_ERROR", Class::Unknown),
    ("BIZERR_NEED_RETRY", Class::Unknown),
    ("ALREADY_EXISTS", Class::Unknown),
    ("FREQUENCY_LIMITED", Class::RetrySameId),
    ("FREQUENCY_LIMIT_EXCEED", Class::RetrySameId),
    ("RATELIMIT_EXCEEDED", Class::RetrySameId),
    ("NOT_ENOUGH", Class::NeedFunds),
    ("USER_ACCOUNT_ABNORMAL", Class::OtherRoute),
    ("RESOURCE_NOT_EXISTS", Class::Missing),
    ("NOT_FOUND", Class::Missing),
    ("INVALID_REQUEST", Class::FixRequest),
    ("PARAM_ERROR", Class::FixRequest),
    ("MCH_NOT_EXISTS", Class::FixRequest),
    ("SIGN_ERROR", Class::FixRequest),
    ("NO_AUTH", Class::FixRequest),
];

/// What an error means for a refund or a transfer; `asked` when it answers a question about one.
pub(super) fn error_outcome(status: u16, code: String, asked: bool) -> Outcome {
    let known = ERRORS.iter().find(|(name, _)| *name == code).map(|(_, class)| *class);
    let class = match known {
        Some(class) => class,
        None if status == 429 => Class::RetrySameId,
        None => Class::Unknown,
    };
    match class {
        Class::Unknown => Outcome::Unknown { code },
        Class::RetrySameId => Outcome::RetrySameId { code },
        Class::NeedFunds => Outcome::NeedFunds { code },
        Class::Missing if asked && status == 404 => Outcome::NotFound,
        Class::Missing | Class::FixRequest => Outcome::FixRequest { code },
        // A question about a number cannot be told that the payer is gone.
        Class::OtherRoute if asked => Outcome::Unknown { code },
        Class::OtherRoute => Outcome::OtherRoute { code },
    }
}
