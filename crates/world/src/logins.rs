//! Who can sign in to a demo: made at random for each file, kept beside it, shown to whoever sits at this machine.

use serde::{Deserialize, Serialize};
use yuanlu_app::totp_code;
use yuanlu_domain::time::Instant;

/// A person of the demo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Role code.
    pub role: String,
    /// Login name.
    pub login: String,
    /// Password. Not a secret: a demo listens on this machine only and prints it.
    pub password: String,
    /// Secret of the second factor, for roles that need one.
    pub totp: Option<String>,
}

impl Login {
    /// The second factor's code at this moment of people's own clocks.
    pub fn code(&self, real_now: Instant) -> Option<String> {
        totp_code(&self.totp.as_deref()?.into(), real_now)
    }
}
