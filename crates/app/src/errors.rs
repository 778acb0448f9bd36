//! Why a use case did not do what was asked, as closed codes. The server turns codes into sentences.

use std::fmt;
use yuanlu_domain::Refusal;
use yuanlu_domain::time::Instant;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppError {
    /// The rules refuse it; nothing was written.
    Refused(Refusal),
    /// No such thing, or a stranger's.
    NotFound,
    /// Known, and not allowed.
    Forbidden,
    /// Nobody is signed in, or the session is over.
    NotSignedIn,
    /// Allowed after the second factor.
    NeedsSecondFactor,
    /// Name, password or one-time code is wrong; never says which.
    WrongCredentials,
    /// An input is wrong.
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong: `required`, `too_long`, `too_short`, `not_a_number`, `not_positive`, `too_many_decimals`,
        /// `too_large`, `unknown`, `taken`, `too_common`, `wrong_type`, `unreadable`.
        code: &'static str,
    },
    /// Blocked from buying or selling anything new (R23).
    Blocked {
        /// The last instant of it.
        until: Instant,
    },
    /// The idempotency key was used for something else.
    KeyReused,
    /// Somebody was faster; load again.
    Conflict,
    /// Too often; wait.
    TooMany {
        /// For how long.
        retry_after_seconds: u32,
    },
    /// A file or text is larger than allowed.
    TooLarge {
        /// The most, in bytes.
        most: u64,
    },
    /// The store cannot answer now; nothing is known to be written.
    Unavailable,
}

impl AppError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::NotSignedIn => "not_signed_in",
            Self::NeedsSecondFactor => "needs_second_factor",
            Self::WrongCredentials => "wrong_credentials",
            Self::Invalid { .. } => "invalid",
            Self::Blocked { .. } => "blocked",
            Self::KeyReused => "key_reused",
            Self::Conflict => "conflict",
            Self::TooMany { .. } => "too_many",
            Self::TooLarge { .. } => "too_large",
            Self::Unavailable => "unavailable",
        }
    }

    /// An input that is wrong.
    pub const fn invalid(field: &'static str, code: &'static str) -> Self {
        Self::Invalid { field, code }
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::NotFound,
            Refusal::NotYours => Self::Forbidden,
            other => Self::Refused(other),
        }
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Invalid { field, code } => write!(f, "invalid: {field}: {code}"),
            _ => f.write_str(self.code()),
        }
    }
}

impl std::error::Error for AppError {}

/// What use cases answer.
pub type Result<T> = std::result::Result<T, AppError>;
