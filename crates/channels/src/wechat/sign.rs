//! Signatures and encryption of WeChat Pay v3. Signed texts are lines, each ended by a line feed:
//! - our request: method, path with query, timestamp, nonce, body;
//! - its reply and its callback: timestamp, nonce, body.

use super::WechatConfig;
use crate::callback::CallbackError;
use crate::rsa::{PrivateKey, PublicKey};
use crate::wire::{header, hex};
use crate::{base64, der};
use http::{HeaderValue, Method, Request};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::hmac;
use yuanlu_domain::time::Instant;

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// A signature further from our clock than this is not believed.
const WINDOW_SECONDS: u64 = 300;

/// A key that WeChat signs with.
#[derive(Clone, Debug)]
pub(super) struct PlatformKey {
    /// `PUB_KEY_ID_…`, or a certificate's serial number.
    pub(super) id: String,
    pub(super) key: PublicKey,
}

impl PlatformKey {
    /// Every key of a configuration, the one to encrypt with first; or the name of a setting that cannot be read.
    pub(super) fn all(config: &WechatConfig) -> Result<Vec<Self>, &'static str> {
        let mut keys = Vec::new();
        for (_, bytes) in der::blocks(&config.platform_certificates).ok_or("platform_certificates")? {
            if bytes.is_empty() {
                continue;
            }
            let key = PublicKey::read(&pem("CERTIFICATE", &bytes)).ok_or("platform_certificates")?;
            let (id, ..) = key.certificate.clone().ok_or("platform_certificates")?;
            keys.push(Self { id, key });
        }
        keys.sort_by_key(|k| std::cmp::Reverse(k.key.certificate.as_ref().map(|(_, _, until)| *until)));
        if !config.public_key.is_empty() {
            let key = PublicKey::read(&config.public_key).ok_or("public_key")?;
            keys.insert(0, Self { id: config.public_key_id.clone(), key });
        }
        Ok(keys)
    }

    fn is(&self, serial: &str) -> bool {
        match self.key.certificate {
            Some(_) => der::serial_text(serial) == self.id,
            None => serial == self.id,
        }
    }

    fn counts(&self, at: Instant) -> bool {
        self.key.certificate.as_ref().is_none_or(|(_, from, until)| (*from..=*until).contains(&at))
    }
}

pub(super) fn pem(label: &str, bytes: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", base64::encode(bytes))
}

/// Everything that signs, verifies, encrypts and decrypts.
pub(super) struct Keys {
    merchant_id: String,
    merchant_serial: String,
    own: PrivateKey,
    platform: Vec<PlatformKey>,
    api_key: LessSafeKey,
    /// Makes nonces and seeds that nobody else can foresee.
    drawing: hmac::Key,
}

impl Keys {
    /// `None` for settings that [`WechatConfig::check`] turns down.
    pub(super) fn new(config: &WechatConfig) -> Option<Self> {
        let own = PrivateKey::read(config.merchant_key.expose())?;
        let drawn = own.sign(b"what nonces and seeds are drawn with");
        Some(Self {
            merchant_id: config.merchant_id.clone(),
            merchant_serial: config.merchant_serial.clone(),
            own,
            platform: PlatformKey::all(config).ok().filter(|keys| !keys.is_empty())?,
            api_key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, config.api_key.expose().as_bytes()).ok()?),
            drawing: hmac::Key::new(hmac::HMAC_SHA256, drawn.as_bytes()),
        })
    }

    /// A signed request. `encrypted` says that a field of the body is encrypted for WeChat.
    pub(super) fn request(
        &self,
        method: Method,
        url: &http::Uri,
        body: Vec<u8>,
        encrypted: bool,
        now: Instant,
    ) -> Request<Vec<u8>> {
        let authorization = self.authorization(&method, url, &body, now);
        self.request_of(method, url, "application/json", body, encrypted, &authorization)
    }

    /// A signed request with a file: of its parts only `meta` is signed.
    pub(super) fn upload(
        &self,
        url: &http::Uri,
        meta: &str,
        (content_type, body): (String, Vec<u8>),
        now: Instant,
    ) -> Request<Vec<u8>> {
        let authorization = self.authorization(&Method::POST, url, meta.as_bytes(), now);
        self.request_of(Method::POST, url, &content_type, body, false, &authorization)
    }

    fn authorization(&self, method: &Method, url: &http::Uri, signed: &[u8], now: Instant) -> String {
        let path = url.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let timestamp = seconds(now).to_string();
        let told = [format!("{method} {path} {}\n", now.micros()).as_bytes(), signed].concat();
        let nonce = hex(&digest(&SHA256, &told).as_ref()[..16]);
        let head = format!("{method}\n{path}\n{timestamp}\n{nonce}\n");
        let signature = self.own.sign(&[head.as_bytes(), signed, b"\n"].concat());
        format!(
            "{SCHEME} mchid=\"{}\",nonce_str=\"{nonce}\",signature=\"{signature}\",timestamp=\"{timestamp}\",serial_no=\"{}\"",
            self.merchant_id, self.merchant_serial
        )
    }

    fn request_of(
        &self,
        method: Method,
        url: &http::Uri,
        content_type: &str,
        body: Vec<u8>,
        encrypted: bool,
        authorization: &str,
    ) -> Request<Vec<u8>> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = url.clone();
        let mut put = |name: &'static str, value: &str| {
            let value = HeaderValue::from_str(value).expect("settings were checked: letters, digits and signs");
            request.headers_mut().insert(name, value);
        };
        put("accept", "application/json");
        put("content-type", content_type);
        put("authorization", authorization);
        let first = &self.platform[0];
        if encrypted || first.key.certificate.is_none() {
            put("wechatpay-serial", &first.id);
        }
        request
    }

    /// Encrypts a field for WeChat; `None` when it is too long. `about` tells one field from every other.
    pub(super) fn encrypt(&self, plain: &str, about: &str, now: Instant) -> Option<String> {
        let told = format!("{about}\n{}\n{plain}", now.micros());
        let mut seed = [0; 20];
        seed.copy_from_slice(&hmac::sign(&self.drawing, told.as_bytes()).as_ref()[..20]);
        self.platform.first()?.key.encrypt(plain.as_bytes(), &seed)
    }

    /// What a payer's page signs, or gets signed (`paySign`).
    pub(super) fn sign_lines(&self, lines: &[&str]) -> String {
        let text: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
        self.own.sign(text.as_bytes())
    }

    /// Whether WeChat signed these bytes, and just now.
    pub(super) fn verify(&self, headers: &[(String, String)], body: &[u8], now: Instant) -> Result<(), CallbackError> {
        let get = |name| header(headers, name).filter(|value| !value.is_empty()).ok_or(CallbackError::Unsigned);
        let (timestamp, nonce) = (get("wechatpay-timestamp")?, get("wechatpay-nonce")?);
        let (serial, signature) = (get("wechatpay-serial")?, get("wechatpay-signature")?);
        if header(headers, "wechatpay-signature-type").is_some_and(|scheme| scheme != SCHEME) {
            return Err(CallbackError::Unsigned);
        }
        let at: i64 = timestamp.parse().map_err(|_| CallbackError::Unsigned)?;
        let signed = [format!("{timestamp}\n{nonce}\n").as_bytes(), body, b"\n"].concat();
        let key = self.platform.iter().find(|key| key.is(serial)).ok_or(CallbackError::BadSignature)?;
        if !key.counts(Instant::from_micros(at.saturating_mul(1_000_000))) || !key.key.verify(&signed, signature) {
            return Err(CallbackError::BadSignature);
        }
        if seconds(now).abs_diff(at) >= WINDOW_SECONDS { Err(CallbackError::Stale) } else { Ok(()) }
    }

    /// Whether it is signed with a key that is not set: WeChat has changed its own, or somebody pretends.
    pub(super) fn is_strange(&self, headers: &[(String, String)]) -> bool {
        header(headers, "wechatpay-serial").is_some_and(|serial| !self.platform.iter().any(|key| key.is(serial)))
    }

    /// Opens an encrypted resource; `None` when it was not closed with our key, or was touched.
    pub(super) fn open(&self, ciphertext: &str, nonce: &str, associated: &str) -> Option<Vec<u8>> {
        let mut bytes = base64::decode(ciphertext)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).ok()?;
        let plain = self.api_key.open_in_place(nonce, Aad::from(associated.as_bytes()), &mut bytes).ok()?.len();
        bytes.truncate(plain);
        Some(bytes)
    }
}

fn seconds(at: Instant) -> i64 {
    at.micros().div_euclid(1_000_000)
}
