//! WeChat's signatures and encryption, from its side.

use super::WechatSetup;
use crate::BadSetup;
use crate::clock::seconds;
use crate::rsa::{Signer, Verifier, to_base64};
use http::{HeaderMap, HeaderValue, Request, Response};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::{Value, json};

/// A request further from our clock than this is not believed.
const WINDOW_SECONDS: u64 = 300;

/// The platform's keys, and what it knows of the merchant's.
pub(super) struct Seal {
    own: Signer,
    stranger: Signer,
    merchant: Verifier,
    api_key: LessSafeKey,
    serial: String,
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    pub(super) fn new(setup: &WechatSetup) -> Result<Self, BadSetup> {
        let bad = |what: &str| BadSetup(format!("{what} cannot be read"));
        let api_key = UnboundKey::new(&AES_256_GCM, setup.api_key.as_bytes()).map_err(|_| bad("the API key"))?;
        Ok(Self {
            own: Signer::read(&setup.platform_key).ok_or_else(|| bad("the platform's key"))?,
            stranger: Signer::read(&setup.stranger_key).ok_or_else(|| bad("the stranger's key"))?,
            merchant: Verifier::read(&setup.merchant_key).ok_or_else(|| bad("the merchant's key"))?,
            api_key: LessSafeKey::new(api_key),
            serial: setup.platform_serial.clone(),
        })
    }

    /// Whether a request is the merchant's, unchanged and recent; `body` is what is signed of it.
    pub(super) fn trusts(&self, request: &Request<Vec<u8>>, body: &[u8], setup: &WechatSetup, now: i64) -> bool {
        let text = request.headers().get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let Some(fields) = text.strip_prefix("WECHATPAY2-SHA256-RSA2048 ") else { return false };
        let get = |name: &str| {
            let of =
                |part: &str| Some(part.trim().strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"')?.to_owned());
            fields.split(',').find_map(of).unwrap_or_default()
        };
        let (timestamp, nonce) = (get("timestamp"), get("nonce_str"));
        let recent = timestamp.parse::<i64>().is_ok_and(|at| seconds(now).abs_diff(at) < WINDOW_SECONDS);
        let path = request.uri().path_and_query().map_or("", |path| path.as_str());
        let mut signed = format!("{}\n{path}\n{timestamp}\n{nonce}\n", request.method()).into_bytes();
        signed.extend_from_slice(body);
        signed.push(b'\n');
        recent
            && get("mchid") == setup.merchant_id
            && get("serial_no").eq_ignore_ascii_case(&setup.merchant_serial)
            && self.merchant.trusts(&signed, &get("signature"))
    }

    /// Whether the merchant says that it encrypted for our key.
    pub(super) fn is_addressed(&self, headers: &HeaderMap) -> bool {
        headers.get("wechatpay-serial").is_some_and(|serial| serial.as_bytes() == self.serial.as_bytes())
    }

    /// Opens a field that the merchant encrypted.
    pub(super) fn open(&self, sealed: &str) -> Option<String> {
        self.own.open(sealed)
    }

    /// Signs an answer.
    pub(super) fn put(&self, response: &mut Response<Vec<u8>>, serial: u64, now: i64) {
        let body = response.body().clone();
        let headers = self.headers(&body, serial, now, &self.own);
        response.headers_mut().extend(headers);
    }

    /// Signs news; a stranger signs with his own key, under our number.
    pub(super) fn sign_news(&self, body: &[u8], serial: u64, at: i64, stranger: bool) -> HeaderMap {
        self.headers(body, serial, at, if stranger { &self.stranger } else { &self.own })
    }

    fn headers(&self, body: &[u8], serial: u64, at: i64, signer: &Signer) -> HeaderMap {
        let timestamp = seconds(at).to_string();
        let nonce = format!("N{serial:031}");
        let signed = [timestamp.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body, b"\n"].concat();
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("request-id", format!("08{serial:020}-0")),
            ("wechatpay-nonce", nonce),
            ("wechatpay-signature", signer.sign(&signed)),
            ("wechatpay-signature-type", "WECHATPAY2-SHA256-RSA2048".to_owned()),
            ("wechatpay-serial", self.serial.clone()),
            ("wechatpay-timestamp", timestamp),
        ] {
            headers.insert(name, HeaderValue::from_str(&value).expect("letters, digits and signs"));
        }
        headers
    }

    /// Encrypts a resource. `serial` must be new every time.
    pub(super) fn close(&self, plain: &str, about: &str, serial: u64) -> Value {
        let nonce = format!("{serial:012}");
        let mut bytes = plain.as_bytes().to_vec();
        if let Ok(unique) = Nonce::try_assume_unique_for_key(nonce.as_bytes()) {
            let sealed = self.api_key.seal_in_place_append_tag(unique, Aad::from(about.as_bytes()), &mut bytes);
            sealed.expect("a short text can be encrypted");
        }
        json!({
            "original_type": about,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": to_base64(&bytes),
            "associated_data": about,
            "nonce": nonce,
        })
    }
}
