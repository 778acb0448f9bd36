//! Passwords: slow on purpose, at most a few at a time, and equally slow whether the name exists or not.

use crate::errors::{AppError, Result};
use crate::random;
use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordVerifier, Version};
use std::sync::{Condvar, Mutex, PoisonError};
use yuanlu_blobs::Secret;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// What unknown names are compared with: the same work. The password was random and is not kept.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$hwuKsWqsijc9J3Sy9NYI6w$JnrjJPnVJkuurjFw+yLrVkhzcWdjEtEI39QlGyezW5s";
/// Whoever comes when so many wait is told to come back: hashing must not eat the machine.
const MOST_WAITING: usize = 64;

/// Hashes and compares passwords, a limited number in parallel.
pub(crate) struct Hashing {
    argon2: Argon2<'static>,
    most_parallel: usize,
    load: Mutex<Load>,
    freed: Condvar,
}

#[derive(Default)]
struct Load {
    running: usize,
    waiting: usize,
}

impl Hashing {
    pub(crate) fn new(most_parallel: usize) -> Self {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("19 MiB, 2 passes and 1 lane are in range");
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            most_parallel: most_parallel.max(1),
            load: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// The hash to store.
    pub(crate) fn hash(&self, password: &Secret<String>) -> Result<String> {
        let salt: [u8; 16] = random::bytes()?;
        let _turn = self.turn()?;
        let hash: PasswordHash = self
            .argon2
            .hash_password_with_salt(password.expose().as_bytes(), &salt)
            .map_err(|_| AppError::Unavailable)?;
        Ok(hash.to_string())
    }

    /// Whether the password is the one that was hashed. Without a hash the same work is done for nothing.
    pub(crate) fn verify(&self, password: &Secret<String>, stored: Option<&str>) -> Result<bool> {
        let Ok(hash) = PasswordHash::new(stored.unwrap_or(DECOY)) else { return Err(AppError::Unavailable) };
        let _turn = self.turn()?;
        let fits = self.argon2.verify_password(password.expose().as_bytes(), &hash).is_ok();
        Ok(fits && stored.is_some())
    }

    fn turn(&self) -> Result<Turn<'_>> {
        let mut load = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        if load.waiting >= MOST_WAITING {
            return Err(AppError::TooMany { retry_after_seconds: 2 });
        }
        load.waiting += 1;
        while load.running >= self.most_parallel {
            load = self.freed.wait(load).unwrap_or_else(PoisonError::into_inner);
        }
        load.waiting -= 1;
        load.running += 1;
        Ok(Turn(self))
    }
}

struct Turn<'a>(&'a Hashing);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.load.lock().unwrap_or_else(PoisonError::into_inner).running -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_only_the_right_password_and_never_without_a_hash() {
        let hashing = Hashing::new(2);
        let stored = hashing.hash(&"correct horse".into()).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(hashing.verify(&"correct horse".into(), Some(&stored)).unwrap());
        assert!(!hashing.verify(&"wrong horse".into(), Some(&stored)).unwrap());
        assert!(!hashing.verify(&"correct horse".into(), None).unwrap());
        assert!(DECOY.starts_with(&stored[..31]), "the same work");
        assert_ne!(hashing.hash(&"correct horse".into()).unwrap(), stored);
    }
}
