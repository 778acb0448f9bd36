//! Webhooks signed as Standard Webhooks describes: HMAC-SHA256 over id, time and body, under a secret of the receiver.

use crate::encode::{base64, from_base64, hmac_sha256};
use crate::{Outcome, Secret};
use http::{Request, Uri};
use yuanlu_domain::time::Instant;

const PREFIX: &str = "whsec_";
/// Seconds by which a receiver's clock may differ.
pub const TOLERANCE_SECONDS: i64 = 300;

/// A secret from random bytes, in the form receivers paste.
pub fn secret_of(random: &[u8; 32]) -> Secret {
    format!("{PREFIX}{}", base64(random)).into()
}

/// The signature, as it stands in `webhook-signature`; `None` when the secret is none.
pub fn sign(secret: &Secret, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
    let key = from_base64(secret.expose().strip_prefix(PREFIX).unwrap_or(secret.expose()))?;
    let mut content = format!("{id}.{seconds}.").into_bytes();
    content.extend_from_slice(body);
    Some(format!("v1,{}", base64(hmac_sha256(&key, &content).as_ref())))
}

/// A call with its signature. The id stays the same at every attempt.
pub fn request(url: &Uri, secret: &Secret, id: &str, now: Instant, body: Vec<u8>) -> Option<Request<Vec<u8>>> {
    let seconds = now.micros().div_euclid(1_000_000);
    let signature = sign(secret, id, seconds, &body)?;
    Request::post(url.clone())
        .header("content-type", "application/json; charset=utf-8")
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds.to_string())
        .header("webhook-signature", signature)
        .body(body)
        .ok()
}

/// What an answer means: any 2xx is enough, and 410 asks never to be called again.
pub fn read(status: u16) -> Outcome {
    match status {
        200..=299 => Outcome::Accepted(None),
        410 => Outcome::Nobody("http_410".to_owned()),
        status => Outcome::Later(format!("http_{status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_published_example() {
        let secret = Secret::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let signature = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_call_carries_id_time_and_signature() {
        let secret = secret_of(&[7; 32]);
        assert!(!format!("{secret:?}").contains("whsec"));
        let url = "https://hooks.example.com/a".parse().unwrap();
        let call = request(&url, &secret, "d1", Instant::from_micros(1_700_000_000_500_000), b"{}".to_vec()).unwrap();
        assert_eq!(call.headers()["webhook-timestamp"], "1700000000");
        let expected = sign(&secret, "d1", 1_700_000_000, b"{}").unwrap();
        assert_eq!(call.headers()["webhook-signature"], expected.as_str());
        assert_eq!(read(204), Outcome::Accepted(None));
        assert_eq!(read(302), Outcome::Later("http_302".to_owned()), "redirects are not followed");
    }
}
