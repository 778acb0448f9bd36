//! The issuer of every platform that is played: it is asked at an address that leads nowhere else.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use yuanlu_channels::Reply;
use yuanlu_domain::time::Instant;
use yuanlu_simulator::issuer::Issuer;

/// The host that is approved for it.
pub const ISSUER_HOST: &str = "issuer.practice";
/// Where it is asked. Questions are answered in this process.
pub const ISSUER_URL: &str = "https://issuer.practice/v1/codes";

/// The issuer to practise with. Clones share it.
#[derive(Clone, Debug)]
pub struct PracticeIssuer(Arc<Mutex<Issuer>>);

impl Default for PracticeIssuer {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Issuer::new([83; 32]).expect("32 bytes are a seed"))))
    }
}

impl PracticeIssuer {
    /// The issuer.
    pub fn lock(&self) -> MutexGuard<'_, Issuer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a request is for it.
    pub fn is_asked(request: &http::Request<Vec<u8>>) -> bool {
        request.uri().host() == Some(ISSUER_HOST)
    }

    /// Answers a question.
    pub fn answer(&self, request: &http::Request<Vec<u8>>, now: Instant) -> Reply {
        let answer = self.lock().answer(&request.uri().to_string(), request, now.micros());
        answer.map_or(Reply::TimedOut, Reply::from_http)
    }
}
