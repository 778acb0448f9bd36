//! The second factor: six digits every 30 seconds, each counted once.

use crate::app::App;
use crate::errors::{AppError, Result};
use crate::random;
use totp_rs::{Algorithm, Builder, Totp};
use yuanlu_blobs::{Place, Sealed, Secret};
use yuanlu_domain::ids::AccountId;
use yuanlu_domain::time::Instant;

/// What a person puts into an authenticator.
#[derive(Clone, Debug)]
pub struct TotpEnrolment {
    /// The secret as people type it.
    pub secret_base32: Secret<String>,
    /// The same as a link or QR code.
    pub otpauth_url: Secret<String>,
}

/// A new secret, encrypted, and how to show it.
pub(crate) struct NewTotp {
    pub(crate) sealed: Sealed,
    pub(crate) enrolment: TotpEnrolment,
}

impl App {
    pub(crate) fn new_totp(&self, account: &AccountId, login: &str) -> Result<NewTotp> {
        let secret = Secret::new(random::bytes::<20>()?);
        let sealed = self.vault().seal(place(account), secret.expose()).map_err(|_| AppError::Unavailable)?;
        Ok(NewTotp { sealed, enrolment: self.enrolment(secret.expose(), login)? })
    }

    pub(crate) fn shown_totp(&self, account: &AccountId, login: &str, sealed: &Sealed) -> Result<TotpEnrolment> {
        let secret = self.vault().open_record(place(account), sealed).map_err(|_| AppError::Unavailable)?;
        self.enrolment(secret.expose(), login)
    }

    /// The time step a code belongs to, if it is right now (one step early or late allowed).
    pub(crate) fn totp_step(
        &self,
        account: &AccountId,
        sealed: &Sealed,
        code: &str,
        now: Instant,
    ) -> Result<Option<i64>> {
        let secret = self.vault().open_record(place(account), sealed).map_err(|_| AppError::Unavailable)?;
        let seconds = u64::try_from(now.micros() / 1_000_000).unwrap_or_default();
        let step = totp(secret.expose())?.check(code.trim(), seconds);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    fn enrolment(&self, secret: &[u8], login: &str) -> Result<TotpEnrolment> {
        let base32 = totp(secret)?.secret().to_base32();
        let issuer = url_text(&self.config().platform_name);
        let url = format!(
            "otpauth://totp/{issuer}:{}?secret={base32}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
            url_text(login)
        );
        Ok(TotpEnrolment { secret_base32: base32.into(), otpauth_url: url.into() })
    }
}

/// The code a secret shows at an instant: for tests and for the demo's own logins.
pub fn totp_code(secret_base32: &Secret<String>, now: Instant) -> Option<String> {
    let secret = totp_rs::Secret::try_from_base32(secret_base32.expose()).ok()?;
    let seconds = u64::try_from(now.micros() / 1_000_000).ok()?;
    Some(totp(secret.as_bytes()).ok()?.generate(seconds).to_string())
}

fn place(account: &AccountId) -> Place<'_> {
    Place { table: "account.totp", row: account.as_str() }
}

fn totp(secret: &[u8]) -> Result<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret)
        .build()
        .map_err(|_| AppError::Unavailable)
}

fn url_text(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
