//! Requests and answers of Alipay's gateway: what is signed, and over which bytes.

use super::Alipay;
use crate::Reply;
use crate::complaint::ComplaintFile;
use crate::multipart::{self, Part};
use crate::wire::{code, form};
use http::{Method, Request};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use yuanlu_domain::time::Instant;

/// Gateway code of a call that was understood; the business fields say what became of it.
pub(super) const OK: &str = "10000";

/// The text that is signed: `k=v` joined by `&`, by key, values as they are.
pub(super) fn signed_text<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let sorted: BTreeMap<&str, &str> = fields.collect();
    sorted.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&")
}

/// An answer of the gateway whose signature was verified.
pub(super) struct Answer(pub(super) Value);

/// Why there is no such answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// Provably not one byte left us.
    NotSent,
    /// Nobody knows.
    Unknown(String),
}

impl Answer {
    /// A text field; empty where it is missing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The code that decides: of the gateway, or of the business behind it.
    pub(super) fn sub_code(&self) -> &str {
        let sub = self.text("sub_code");
        if sub.is_empty() { self.text("code") } else { sub }
    }

    /// The call was understood and done.
    pub(super) fn is_ok(&self) -> bool {
        self.text("code") == OK
    }
}

impl Alipay {
    /// The signed parameters of a call.
    pub(super) fn parameters(
        &self,
        method: &str,
        content: &Value,
        urls: Option<&str>,
        now: Instant,
    ) -> Vec<(String, String)> {
        self.signed(method, vec![("biz_content", content.to_string())], urls, now)
    }

    /// The signed parameters of a call with fields of its own.
    fn signed(
        &self,
        method: &str,
        own: Vec<(&'static str, String)>,
        urls: Option<&str>,
        now: Instant,
    ) -> Vec<(String, String)> {
        let mut fields = vec![
            ("app_id", self.app_id.clone()),
            ("method", method.to_owned()),
            ("format", "JSON".to_owned()),
            ("charset", "utf-8".to_owned()),
            ("sign_type", "RSA2".to_owned()),
            ("timestamp", now.to_string()),
            ("version", "1.0".to_owned()),
        ];
        fields.extend(own);
        if let Some(serials) = &self.serials {
            fields.push(("app_cert_sn", serials.app.clone()));
            fields.push(("alipay_root_cert_sn", serials.root.clone()));
        }
        if let Some(return_url) = urls {
            fields.push(("notify_url", self.notify_url.clone()));
            fields.push(("return_url", return_url.to_owned()));
        }
        fields.retain(|(_, value)| !value.is_empty());
        let text = signed_text(fields.iter().map(|(k, v)| (*k, v.as_str())));
        fields.push(("sign", self.key.sign(text.as_bytes())));
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// A call: what is common to all in the address, the business in the body.
    pub(super) fn call(&self, method: &str, content: &Value, urls: Option<&str>, now: Instant) -> Request<Vec<u8>> {
        let (body, common): (Vec<_>, Vec<_>) =
            self.parameters(method, content, urls, now).into_iter().partition(|(name, _)| name == "biz_content");
        let mut request = Request::new(form(&body).into_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.address(&common);
        let kind = http::HeaderValue::from_static("application/x-www-form-urlencoded;charset=utf-8");
        request.headers_mut().insert(http::header::CONTENT_TYPE, kind);
        request
    }

    /// A call with a file. Everything but the file is signed.
    pub(super) fn upload(&self, method: &str, kind: &str, file: &ComplaintFile, now: Instant) -> Request<Vec<u8>> {
        let own = vec![("image_type", kind.to_owned())];
        let (own, common): (Vec<_>, Vec<_>) =
            self.signed(method, own, None, now).into_iter().partition(|(name, _)| name == "image_type");
        let mut parts: Vec<Part<'_>> = own
            .iter()
            .map(|(name, value)| Part { name, file: None, media_type: None, content: value.as_bytes() })
            .collect();
        let (name, media_type) = (Some(file.name.as_str()), Some(file.media_type.as_str()));
        parts.push(Part { name: "image_content", file: name, media_type, content: &file.content });
        let (content_type, body) = multipart::body(&parts);
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.address(&common);
        let kind = http::HeaderValue::from_str(&content_type).expect("letters, digits and signs");
        request.headers_mut().insert(http::header::CONTENT_TYPE, kind);
        request
    }

    /// The gateway's address with these parameters.
    pub(super) fn address(&self, fields: &[(String, String)]) -> http::Uri {
        let url = format!("{}?{}", self.base_url, form(fields));
        url.parse().expect("a checked address and percent-encoded text")
    }

    /// Whether Alipay's certificate counts at this time.
    pub(super) fn counts(&self, now: Instant) -> bool {
        self.valid.is_none_or(|(from, until)| (from..=until).contains(&now))
    }

    /// The answer to a call of this method, if Alipay signed its very bytes.
    pub(super) fn answer(&self, method: &str, reply: &Reply, now: Instant) -> Result<Answer, NoAnswer> {
        let unknown = |code: &str| Err(NoAnswer::Unknown(code.to_owned()));
        let body = match reply {
            Reply::NotSent => return Err(NoAnswer::NotSent),
            Reply::TimedOut => return unknown("timed_out"),
            Reply::ConnectionLost => return unknown("connection_lost"),
            Reply::Http { status: 200, body, .. } => body,
            Reply::Http { status, .. } => return unknown(&format!("http_{status}")),
        };
        let Ok(parts) = serde_json::from_slice::<BTreeMap<String, &RawValue>>(body) else {
            return unknown("unreadable");
        };
        let text = |name: &str| parts.get(name).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
        let name = format!("{}_response", method.replace('.', "_"));
        let Some(node) = parts.get(&name).or_else(|| parts.get("error_response")) else {
            return unknown("unreadable");
        };
        let other_key =
            self.serials.as_ref().is_some_and(|own| text("alipay_cert_sn").is_some_and(|sn| sn != own.alipay));
        let signed = text("sign").is_some_and(|sign| self.alipay_key.verify(node.get().as_bytes(), &sign));
        let Ok(answer) = serde_json::from_str::<Value>(node.get()).map(Answer) else { return unknown("unreadable") };
        match (signed, other_key) {
            (true, _) if !self.counts(now) => unknown("certificate_over"),
            (true, _) => Ok(answer),
            (false, true) => unknown("other_certificate"),
            // What the gateway complains about is worth reading, though it proves nothing.
            (false, false) if !answer.is_ok() => unknown(&format!("unsigned_{}", code(answer.sub_code()))),
            (false, false) => unknown("bad_signature"),
        }
    }
}
