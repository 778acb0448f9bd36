//! An issuer of codes to practise with: it answers whether a code was used, truthfully or badly.
//!
//! It shares no code with the client in `channels`, on purpose. Questions are `POST`s of JSON
//! `{"v":1,"nonce","asked_at","code"}` at any address; questions and answers carry `yuanlu-signature`, Ed25519 in
//! hexadecimal over `yuanlu code probe question` or `yuanlu code probe answer`, the whole address and the exact body, a
//! line each.
//!
//! A code that stands in its book is answered for from there. For any other the last character decides, so that a demo
//! has every kind: see [`Manner`].

use crate::BadSetup;
use crate::bank::SECOND;
use crate::loopback::Provider;
use http::{HeaderValue, Request, Response, StatusCode};
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const HEADER: &str = "yuanlu-signature";
const DAY_SECONDS: i64 = 86_400;

/// How it answers about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// Truthfully from its book; a code that is not there was not used. Every character but those below.
    Truthful,
    /// `7`: used thirty days before it is asked.
    UsedLongAgo,
    /// `8`: it has no such code.
    Unknown,
    /// `9`: no answer.
    Silent,
    /// A stranger's signature.
    Forged,
    /// No signature.
    Unsigned,
    /// The first answer it ever gave, again.
    Replayed,
    /// An answer an hour old.
    Stale,
    /// About another code.
    AnotherCode,
    /// A server error.
    Broken,
    /// Signed nonsense.
    Nonsense,
    /// Used tomorrow.
    Tomorrow,
    /// Elsewhere: a redirect.
    Elsewhere,
}

impl Manner {
    /// Every manner.
    pub const ALL: [Self; 13] = [
        Self::Truthful,
        Self::UsedLongAgo,
        Self::Unknown,
        Self::Silent,
        Self::Forged,
        Self::Unsigned,
        Self::Replayed,
        Self::Stale,
        Self::AnotherCode,
        Self::Broken,
        Self::Nonsense,
        Self::Tomorrow,
        Self::Elsewhere,
    ];

    fn of_code(code: &str) -> Self {
        match code.bytes().last() {
            Some(b'7') => Self::UsedLongAgo,
            Some(b'8') => Self::Unknown,
            Some(b'9') => Self::Silent,
            _ => Self::Truthful,
        }
    }
}

/// The simulated issuer.
pub struct Issuer {
    own: Ed25519KeyPair,
    stranger: Ed25519KeyPair,
    platform: Option<UnparsedPublicKey<Vec<u8>>>,
    /// Codes that were used: when (seconds UTC).
    used: BTreeMap<String, i64>,
    /// What codes are worth, where it is to say so.
    worth: BTreeMap<String, i64>,
    manner: Option<Manner>,
    first: Option<(Vec<u8>, String)>,
    /// Questions that were well signed.
    pub heard: u32,
    /// Questions that were not.
    pub refused: u32,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").field("used", &self.used.len()).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Asked {
    nonce: String,
    code: String,
}

impl Issuer {
    /// One whose signing key is made from these bytes.
    ///
    /// # Errors
    /// Never for 32 bytes.
    pub fn new(seed: [u8; 32]) -> Result<Self, BadSetup> {
        let pair = |seed: &[u8]| Ed25519KeyPair::from_seed_unchecked(seed).map_err(|e| BadSetup(e.to_string()));
        Ok(Self {
            own: pair(&seed)?,
            stranger: pair(&seed.map(|byte| !byte))?,
            platform: None,
            used: BTreeMap::new(),
            worth: BTreeMap::new(),
            manner: None,
            first: None,
            heard: 0,
            refused: 0,
        })
    }

    /// Its public key (hex), to be given to the platform.
    pub fn public_key(&self) -> String {
        hex(self.own.public_key().as_ref())
    }

    /// From now on only questions that this platform signed are answered.
    pub fn trust(&mut self, platform_key: &[u8]) {
        self.platform = Some(UnparsedPublicKey::new(&ED25519, platform_key.to_vec()));
    }

    /// Somebody uses a code (µs UTC).
    pub fn use_code(&mut self, code: &str, at: i64) {
        self.used.insert(code.to_owned(), at.div_euclid(SECOND));
    }

    /// From now on it says what this code is worth (minor units of CNY).
    pub fn set_worth(&mut self, code: &str, minor: i64) {
        self.worth.insert(code.to_owned(), minor);
    }

    /// From now on it answers so, whatever the code; `None`: by book and code.
    pub fn behave(&mut self, manner: Option<Manner>) {
        self.manner = manner;
    }

    fn trusts(&self, url: &str, request: &Request<Vec<u8>>) -> bool {
        let Some(platform) = &self.platform else { return true };
        let signature = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).and_then(unhex);
        let text = [b"yuanlu code probe question\n", url.as_bytes(), b"\n", request.body()].concat();
        signature.is_some_and(|signature| platform.verify(&text, &signature).is_ok())
    }

    /// Answers a question that came to this address; `None` when nothing comes back.
    pub fn answer(&mut self, url: &str, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        if !self.trusts(url, request) {
            self.refused += 1;
            return Some(plain(401));
        }
        let Ok(asked) = serde_json::from_slice::<Asked>(request.body()) else { return Some(plain(400)) };
        self.heard += 1;
        let now = now.div_euclid(SECOND);
        let known = self.used.contains_key(&asked.code) || self.worth.contains_key(&asked.code);
        let manner = self.manner.unwrap_or(if known { Manner::Truthful } else { Manner::of_code(&asked.code) });
        let at = if manner == Manner::Stale { now - 3600 } else { now };
        let code = if manner == Manner::AnotherCode { "another" } else { asked.code.as_str() };
        let used_at = match manner {
            Manner::UsedLongAgo => Some(now - 30 * DAY_SECONDS),
            Manner::Tomorrow => Some(now + DAY_SECONDS),
            // Liars say what would help somebody.
            Manner::Forged | Manner::Unsigned | Manner::Stale | Manner::AnotherCode => Some(at - DAY_SECONDS),
            _ => self.used.get(&asked.code).copied(),
        };
        let state = match (manner, used_at) {
            (Manner::Unknown, _) => "unknown",
            (Manner::Nonsense, _) => "perhaps",
            (_, Some(_)) => "used",
            (_, None) => "unused",
        };
        let mut body = serde_json::json!({
            "v": 1,
            "nonce": asked.nonce,
            "code_sha256": hex(digest(&SHA256, format!("{}:{code}", asked.nonce).as_bytes()).as_ref()),
            "answered_at": at,
            "state": state,
        });
        if let Some(used_at) = used_at.filter(|_| state == "used") {
            body["used_at"] = used_at.into();
        }
        if let Some(minor) = self.worth.get(&asked.code) {
            body["face_minor"] = (*minor).into();
            body["currency"] = "CNY".into();
        }
        let body = body.to_string().into_bytes();
        let text = [b"yuanlu code probe answer\n", url.as_bytes(), b"\n", body.as_slice()].concat();
        let pair = if manner == Manner::Forged { &self.stranger } else { &self.own };
        let signature = hex(pair.sign(&text).as_ref());
        let first = self.first.get_or_insert_with(|| (body.clone(), signature.clone())).clone();
        match manner {
            Manner::Silent => None,
            Manner::Broken => Some(plain(503)),
            Manner::Elsewhere => {
                let mut response = plain(302);
                response.headers_mut().insert("location", HeaderValue::from_static("http://127.0.0.1:1/"));
                Some(response)
            }
            Manner::Replayed => Some(signed(first.0, &first.1)),
            Manner::Unsigned => Some(signed(body, "")),
            _ => Some(signed(body, &signature)),
        }
    }
}

impl Provider for Issuer {
    fn handle(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>> {
        let host = request.headers().get("host").and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
        let path = request.uri().path().to_owned();
        self.answer(&format!("http://{host}{path}"), request, now)
    }
}

fn signed(body: Vec<u8>, signature: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    if let Ok(value) = HeaderValue::from_str(signature)
        && !signature.is_empty()
    {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

fn plain(status: u16) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}
