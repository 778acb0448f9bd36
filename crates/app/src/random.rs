//! Randomness for tokens and salts.

use crate::errors::{AppError, Result};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use yuanlu_blobs::{Secret, to_hex};

/// Fresh random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut out = [0; N];
    SystemRandom::new().fill(&mut out).map_err(|_| AppError::Unavailable)?;
    Ok(out)
}

/// A token of 256 bits.
pub(crate) fn token() -> Result<Secret<String>> {
    Ok(Secret::new(to_hex(&bytes::<32>()?)))
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(content: &[u8]) -> String {
    to_hex(digest(&SHA256, content).as_ref())
}
