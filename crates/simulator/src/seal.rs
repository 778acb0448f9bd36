//! Signatures, as this side reads and writes them: Ed25519, hexadecimal, over lines joined by `\n` and followed by the
//! exact body.
//!
//! | what | lines before the body | who signs |
//! |---|---|---|
//! | request | `request`, method, path with query, `sim-timestamp`, `sim-nonce` | merchant |
//! | reply | `reply`, status, `sim-timestamp`, `sim-nonce` | channel |
//! | callback | `callback`, `sim-timestamp`, `sim-nonce` | channel |
//! | cashier link | `cashier`; the body is the query before `&sign=` | merchant |
//!
//! The first line keeps a signature of one kind from passing for another. There is no memory of nonces: every request
//! may be repeated without harm, which is what numbers are for.

use crate::bank::{HOUR, SECOND, Voice};
use http::{HeaderMap, HeaderValue, Request, Response};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// A request further from our clock than this is not believed.
const WINDOW_SECONDS: i64 = 300;

/// The channel's keys, and what it knows of the merchant's.
pub(crate) struct Keys {
    own: Ed25519KeyPair,
    /// A stranger's key, for forged callbacks.
    stranger: Ed25519KeyPair,
    merchant: UnparsedPublicKey<Vec<u8>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl Keys {
    pub(crate) fn new(seed: &str, merchant_key: &str) -> Result<Self, String> {
        let seed = from_hex(seed).filter(|s| s.len() == 32).ok_or("the key seed is not 32 bytes of hex")?;
        let merchant = from_hex(merchant_key).filter(|k| k.len() == 32);
        let merchant = merchant.ok_or("the merchant's key is not 32 bytes of hex")?;
        let turned: Vec<u8> = seed.iter().map(|b| !b).collect();
        let pair = |seed: &[u8]| Ed25519KeyPair::from_seed_unchecked(seed).map_err(|e| e.to_string());
        Ok(Self { own: pair(&seed)?, stranger: pair(&turned)?, merchant: UnparsedPublicKey::new(&ED25519, merchant) })
    }

    pub(crate) fn public_key(&self) -> [u8; 32] {
        let mut key = [0; 32];
        key.copy_from_slice(self.own.public_key().as_ref());
        key
    }

    /// Whether a request is the merchant's, unchanged and recent.
    pub(crate) fn trusts(&self, request: &Request<Vec<u8>>, merchant: &str, now: i64) -> bool {
        let get = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let (timestamp, nonce) = (get("sim-timestamp"), get("sim-nonce"));
        let recent =
            timestamp.parse::<i64>().is_ok_and(|at| (now / SECOND).abs_diff(at) <= WINDOW_SECONDS.unsigned_abs());
        let path = request.uri().path_and_query().map_or("", |p| p.as_str());
        let head = format!("request\n{}\n{path}\n{timestamp}\n{nonce}\n", request.method());
        recent && get("sim-merchant") == merchant && self.by_merchant(&head, request.body(), get("sim-signature"))
    }

    /// Whether a cashier link's query is the merchant's.
    pub(crate) fn trusts_link(&self, query: &str, signature: &str) -> bool {
        self.by_merchant("cashier\n", query.as_bytes(), signature)
    }

    fn by_merchant(&self, head: &str, body: &[u8], signature: &str) -> bool {
        let text = [head.as_bytes(), body].concat();
        from_hex(signature).is_some_and(|signature| self.merchant.verify(&text, &signature).is_ok())
    }

    /// A signed reply.
    pub(crate) fn reply(&self, status: u16, body: Vec<u8>, nonce: &str, now: i64) -> Response<Vec<u8>> {
        let timestamp = (now / SECOND).to_string();
        let head = format!("reply\n{status}\n{timestamp}\n{nonce}\n");
        let signature = to_hex(self.own.sign(&[head.as_bytes(), &body].concat()).as_ref());
        let mut response = Response::new(body);
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
        put(response.headers_mut(), &timestamp, nonce, &signature);
        response
    }

    /// A callback with its headers.
    pub(crate) fn callback(&self, url: &str, body: &str, nonce: &str, by: Voice, now: i64) -> Request<Vec<u8>> {
        let at = if by == Voice::Replayed { now - HOUR } else { now };
        let timestamp = (at / SECOND).to_string();
        let text = format!("callback\n{timestamp}\n{nonce}\n{body}");
        let pair = if by == Voice::Stranger { &self.stranger } else { &self.own };
        let signature = to_hex(pair.sign(text.as_bytes()).as_ref());
        let mut request = Request::new(body.as_bytes().to_vec());
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = url.parse().unwrap_or_default();
        put(request.headers_mut(), &timestamp, nonce, &signature);
        request
    }
}

fn put(headers: &mut HeaderMap, timestamp: &str, nonce: &str, signature: &str) {
    let all = [
        ("content-type", "application/json"),
        ("sim-timestamp", timestamp),
        ("sim-nonce", nonce),
        ("sim-signature", signature),
    ];
    for (name, value) in all {
        headers.insert(name, HeaderValue::from_str(value).expect("digits and letters"));
    }
}
