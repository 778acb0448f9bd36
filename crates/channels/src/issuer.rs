//! Asking an issuer or supplier whether a code was used (R25), in a form of our own that any issuer can offer.
//!
//! A question is one `POST` of JSON: `{"v":1,"nonce","asked_at","code"}`. Its answer, with status 200:
//! `{"v":1,"nonce","code_sha256","answered_at","state":"unused|used|unknown","used_at","face_minor","currency"}`; the
//! last three only where they apply. Times are whole seconds UTC; `code_sha256` is SHA-256 (hex) of the nonce, a colon
//! and the code, so that an answer names its code without showing it.
//!
//! Both carry `yuanlu-signature`: Ed25519, hexadecimal, over lines joined by `\n` and followed by the exact body.
//! - question: `yuanlu code probe question`, the whole address; signed by the platform with the key of its seals;
//! - answer: `yuanlu code probe answer`, the whole address; signed by the issuer.
//!
//! The code travels in the body only, never in an address or a header. Whatever is not signed, is about another
//! question, or comes from another time is no answer.

use crate::wire::{code, header, hex, unhex};
use crate::{Impossible, Reply};
use http::{Method, Request};
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use yuanlu_domain::code_probe::{CLOCK_SECONDS, ProbeWord};
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

/// The header with the signature, on both ways.
pub const SIGNATURE: &str = "yuanlu-signature";
/// A longer answer is none.
const MOST_ANSWER: usize = 8 * 1024;
const QUESTION: &str = "yuanlu code probe question";
const ANSWER: &str = "yuanlu code probe answer";

/// A question about one code.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Where the issuer is asked.
    pub url: &'a str,
    /// Never used before.
    pub nonce: &'a str,
    /// The code.
    pub code: &'a str,
    /// When it is asked.
    pub asked_at: Instant,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssuerWord {
    /// A believed answer.
    Said {
        /// What it says.
        word: ProbeWord,
        /// What the code is worth there, where it says so.
        face: Option<Money>,
        /// Address, answer, signature and the issuer's key, a line each: what anybody needs to check it again.
        text: String,
    },
    /// None, or none that can be believed.
    Failed {
        /// What was seen.
        code: String,
    },
}

#[derive(Serialize)]
struct QuestionBody<'a> {
    v: u8,
    nonce: &'a str,
    asked_at: i64,
    code: &'a str,
}

#[derive(Deserialize)]
struct AnswerBody {
    v: u8,
    nonce: String,
    code_sha256: String,
    answered_at: i64,
    state: String,
    used_at: Option<i64>,
    face_minor: Option<i64>,
    currency: Option<String>,
}

impl Question<'_> {
    fn body(&self) -> Vec<u8> {
        let asked_at = seconds(self.asked_at);
        let body = QuestionBody { v: 1, nonce: self.nonce, asked_at, code: self.code };
        serde_json::to_vec(&body).expect("text and numbers are JSON")
    }

    /// What the platform signs.
    pub fn signed_text(&self) -> Vec<u8> {
        signed_text(QUESTION, self.url, &self.body())
    }

    /// The request, with the platform's signature of [`Question::signed_text`].
    pub fn request(&self, signature: &[u8]) -> Result<Request<Vec<u8>>, Impossible> {
        Request::builder()
            .method(Method::POST)
            .uri(self.url)
            .header("content-type", "application/json")
            .header(SIGNATURE, hex(signature))
            .body(self.body())
            .map_err(|_| Impossible::Text)
    }

    /// What a reply means that came at `now`; `issuer_key` is the issuer's public key.
    pub fn read(&self, issuer_key: &[u8], reply: &Reply, now: Instant) -> IssuerWord {
        match self.believed(issuer_key, reply, now) {
            Ok((word, face, text)) => IssuerWord::Said { word, face, text },
            Err(code) => IssuerWord::Failed { code },
        }
    }

    fn believed(
        &self,
        issuer_key: &[u8],
        reply: &Reply,
        now: Instant,
    ) -> Result<(ProbeWord, Option<Money>, String), String> {
        let (headers, body) = match reply {
            Reply::Http { status: 200, headers, body } => (headers, body),
            Reply::Http { status, .. } => return Err(format!("http_{status}")),
            Reply::TimedOut => return Err("timed_out".to_owned()),
            Reply::ConnectionLost => return Err("connection_lost".to_owned()),
            Reply::NotSent => return Err("not_sent".to_owned()),
        };
        if body.len() > MOST_ANSWER {
            return Err("too_long".to_owned());
        }
        let signature = header(headers, SIGNATURE).ok_or("unsigned")?;
        let bytes = unhex(signature).ok_or("bad_signature")?;
        let text = signed_text(ANSWER, self.url, body);
        UnparsedPublicKey::new(&ED25519, issuer_key).verify(&text, &bytes).map_err(|_| "bad_signature")?;
        let answer: AnswerBody = serde_json::from_slice(body).map_err(|_| "unreadable")?;
        let text = String::from_utf8(body.clone()).map_err(|_| "unreadable")?;
        if answer.v != 1 || text.contains(self.code) {
            return Err("unreadable".to_owned());
        }
        if answer.nonce != self.nonce || answer.code_sha256 != code_digest(self.nonce, self.code) {
            return Err("another_question".to_owned());
        }
        if seconds(now).abs_diff(answer.answered_at) > CLOCK_SECONDS.unsigned_abs() {
            return Err("stale".to_owned());
        }
        let word = match (answer.state.as_str(), answer.used_at) {
            ("unused", None) => ProbeWord::Unused,
            ("unknown", None) => ProbeWord::Unknown,
            ("used", Some(at)) if at > 0 && at <= answer.answered_at => ProbeWord::Used { since: instant(at) },
            ("used" | "unused" | "unknown", _) => return Err("contradictory".to_owned()),
            (other, _) => return Err(code(other)),
        };
        let face = match (answer.face_minor, answer.currency.as_deref()) {
            (None, None) => None,
            (Some(minor), Some(currency)) if minor >= 0 => {
                Some(Money::new(minor, Currency::parse(currency).map_err(|_| "unreadable")?))
            }
            _ => return Err("unreadable".to_owned()),
        };
        let text = format!("{}\n{text}\n{signature}\n{}", self.url, hex(issuer_key));
        Ok((word, face, text))
    }
}

/// The Ed25519 public key that 64 hexadecimal digits are.
pub fn issuer_key(text: &str) -> Option<Vec<u8>> {
    unhex(text).filter(|key| key.len() == 32)
}

fn code_digest(nonce: &str, code: &str) -> String {
    hex(digest(&SHA256, format!("{nonce}:{code}").as_bytes()).as_ref())
}

fn signed_text(kind: &str, url: &str, body: &[u8]) -> Vec<u8> {
    [kind.as_bytes(), b"\n", url.as_bytes(), b"\n", body].concat()
}

fn seconds(at: Instant) -> i64 {
    at.micros().div_euclid(1_000_000)
}

fn instant(seconds: i64) -> Instant {
    Instant::from_micros(seconds.saturating_mul(1_000_000))
}
