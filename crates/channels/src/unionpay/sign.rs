//! Messages of UnionPay 5.1.0: fields, and the signature over the digest of them.

use super::UnionPay;
use crate::Reply;
use crate::certificates::Certificate;
use crate::rsa::PublicKey;
use crate::wire::{form, hex};
use http::{Method, Request};
use ring::digest::{SHA256, digest};
use std::collections::BTreeMap;
use yuanlu_domain::time::Instant;

/// The fields of a message.
pub(super) type Fields = BTreeMap<String, String>;

/// Why there is no message to read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// Provably not one byte left us.
    NotSent,
    /// Nobody knows.
    Unknown(String),
}

/// What is signed: the SHA-256, in lower-case hexadecimal, of every field but the signature, by name.
pub(super) fn signed_text(fields: &Fields) -> String {
    let kept = fields.iter().filter(|(name, _)| *name != "signature");
    let text: Vec<_> = kept.map(|(name, value)| format!("{name}={value}")).collect();
    hex(digest(&SHA256, text.join("&").as_bytes()).as_ref())
}

/// A reply's fields: not escaped, `&` inside braces is text.
fn raw_fields(body: &[u8]) -> Option<Fields> {
    let text = std::str::from_utf8(body).ok()?.trim_end_matches(['\r', '\n']);
    let mut fields = Fields::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (at, c) in text.char_indices().chain([(text.len(), '&')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            '&' if depth == 0 || at == text.len() => {
                let (name, value) = text[start..at].split_once('=')?;
                if fields.insert(name.to_owned(), value.to_owned()).is_some() {
                    return None;
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    Some(fields)
}

impl UnionPay {
    /// Fields that every message has, and these, signed.
    pub(super) fn signed<const N: usize>(&self, own: [(&str, &str); N]) -> Fields {
        let common = [
            ("version", "5.1.0"),
            ("encoding", "UTF-8"),
            ("signMethod", "01"),
            ("certId", &self.cert_id),
            ("merId", &self.merchant_id),
            ("accessType", "0"),
        ];
        let all = common.into_iter().chain(own).filter(|(_, value)| !value.is_empty());
        let mut fields: Fields = all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let signature = self.key.sign(signed_text(&fields).as_bytes());
        fields.insert("signature".to_owned(), signature);
        fields
    }

    /// A message as a request.
    pub(super) fn post(&self, url: &str, fields: Fields) -> Request<Vec<u8>> {
        let fields: Vec<_> = fields.into_iter().collect();
        let mut request = Request::new(form(&fields).into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url.parse().expect("a checked address and a path");
        let kind = http::HeaderValue::from_static("application/x-www-form-urlencoded;charset=UTF-8");
        request.headers_mut().insert(http::header::CONTENT_TYPE, kind);
        request
    }

    /// Whether UnionPay signed these fields. The certificate comes with the message, so whose it is decides: signed by
    /// a middle certificate of ours that the root signed, in UnionPay's name, and
    /// counting now.
    pub(super) fn trusts(&self, fields: &Fields, now: Instant) -> bool {
        let get = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let pem = get("signPubKeyCert");
        let Some(Ok([certificate])) = Certificate::all(pem).map(<[Certificate; 1]>::try_from) else { return false };
        let chained = self.middles.iter().any(|middle| certificate.signed_by(middle));
        let named = certificate.common_name.split('@').nth(2).unwrap_or(&certificate.common_name) == self.signer;
        let counts = certificate.counts(now);
        let key = PublicKey::read(pem);
        let signed = || key.is_some_and(|key| key.verify(signed_text(fields).as_bytes(), get("signature")));
        get("version") == "5.1.0" && get("signMethod") == "01" && chained && named && counts && signed()
    }

    /// The fields of a reply, if UnionPay signed them.
    pub(super) fn answer(&self, reply: &Reply, now: Instant) -> Result<Fields, NoAnswer> {
        let unknown = |code: &str| Err(NoAnswer::Unknown(code.to_owned()));
        let body = match reply {
            Reply::NotSent => return Err(NoAnswer::NotSent),
            Reply::TimedOut => return unknown("timed_out"),
            Reply::ConnectionLost => return unknown("connection_lost"),
            Reply::Http { status: 200, body, .. } => body,
            Reply::Http { status, .. } => return unknown(&format!("http_{status}")),
        };
        match raw_fields(body) {
            None => unknown("unreadable"),
            Some(fields) if self.trusts(&fields, now) => Ok(fields),
            Some(fields) => {
                let code = fields.get("respCode").filter(|code| *code != "00");
                unknown(
                    &code.map_or("bad_signature".to_owned(), |code| format!("unsigned_{}", crate::wire::code(code))),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inner_digest_matches_the_vector() {
        let text = "accessType=0&bizType=000201&merId=777290058110048&orderId=R20260101000001&txnAmt=100&\
                    txnSubType=00&txnType=04&version=5.1.0";
        let mut fields = raw_fields(text.as_bytes()).unwrap();
        fields.insert("signature".into(), "is no part of it".into());
        assert_eq!(signed_text(&fields), "186691b433aa9f6fb2a7dcdf1ec47c095c8f67f1e37266040d2fca73ae22c0d8");
    }

    #[test]
    fn a_reply_is_split_outside_braces_and_at_the_first_equals_sign() {
        let fields = raw_fields(b"respCode=00&customerInfo={a=1&b=2}&signature=a+b/c==\r\n").unwrap();
        assert_eq!(fields["customerInfo"], "{a=1&b=2}");
        assert_eq!(fields["signature"], "a+b/c==");
        assert_eq!(raw_fields(b"a=1&a=2"), None);
        assert_eq!(raw_fields(b"nothing"), None);
        assert_eq!(raw_fields(b"\xff=1"), None);
    }
}
