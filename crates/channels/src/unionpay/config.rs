//! What is needed to be a merchant of UnionPay.

use crate::certificates::Certificate;
use crate::rsa::{PrivateKey, PublicKey};
use crate::secret::Secret;
use crate::settings::{BadSetting, Settings, Taking, check_base, check_notify};
use yuanlu_domain::time::Instant;

/// Where the gateway is.
const BASE_URL: &str = "https://gateway.95516.com";
/// Where bills are.
const FILE_URL: &str = "https://filedownload.95516.com";
/// In whose name UnionPay's signing certificate must be.
const SIGNER: &str = "中国银联股份有限公司";

/// The settings of the channel `unionpay`. Secrets are not shown by `Debug`.
///
/// UnionPay hands out a `.pfx`; key and certificate are taken out of it once, with
/// `openssl pkcs12 -in merchant.pfx -nodes`.
#[derive(Clone, Debug, Default)]
pub struct UnionPayConfig {
    /// Merchant number (`merId`), 15 digits.
    pub merchant_id: String,
    /// Our private key (PEM).
    pub private_key: Secret,
    /// Our signing certificate (PEM).
    pub certificate: String,
    /// UnionPay's root certificate (PEM).
    pub root_certificate: String,
    /// UnionPay's middle certificates (PEM), one after another.
    pub middle_certificate: String,
    /// In whose name UnionPay signs.
    pub signer: String,
    /// Where callbacks are sent.
    pub notify_url: String,
    /// Where the gateway is, without a slash at the end.
    pub base_url: String,
    /// Where bills are, without a slash at the end.
    pub file_url: String,
}

impl UnionPayConfig {
    /// Reads the settings of a section and of the environment. What is missing is found by [`UnionPayConfig::check`].
    ///
    /// # Errors
    /// Settings that nobody knows, and files that cannot be read.
    pub fn read(settings: &Settings<'_>) -> Result<Self, Vec<BadSetting>> {
        let mut take = Taking::new(settings);
        let config = Self {
            merchant_id: take.text("merchant_id"),
            private_key: take.secret("private_key"),
            certificate: take.text("certificate"),
            root_certificate: take.text("root_certificate"),
            middle_certificate: take.text("middle_certificate"),
            signer: take.text_or("signer", SIGNER),
            notify_url: take.text("notify_url"),
            base_url: take.text_or("base_url", BASE_URL),
            file_url: take.text_or("file_url", FILE_URL),
        };
        let faults = take.end();
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    /// What is wrong with the settings, without asking anybody; nothing when they can be used.
    pub fn check(&self, now: Instant) -> Vec<BadSetting> {
        let mut faults = Vec::new();
        let mut demand = |name: &str, good: bool, fault: &str| {
            if !good {
                faults.push(BadSetting::new(name, fault));
            }
        };
        let id = &self.merchant_id;
        let good = id.len() == 15 && id.bytes().all(|b| b.is_ascii_alphanumeric());
        demand("merchant_id", good, "does not have 15 digits");
        let key = PrivateKey::read(self.private_key.expose());
        demand("private_key", key.is_some(), "is not an RSA key of 2048 bits or more in PEM");
        let mut read = |name: &str, text: &str| {
            let all = Certificate::all(text).unwrap_or_default();
            demand(name, !all.is_empty(), "is not a certificate in PEM");
            let counts = all.is_empty() || all.iter().any(|one| one.counts(now));
            demand(name, counts, "has expired, or counts later");
            all
        };
        read("certificate", &self.certificate);
        let roots = read("root_certificate", &self.root_certificate);
        let middles = read("middle_certificate", &self.middle_certificate);
        let chained = roots.is_empty() || middles.iter().all(|m| roots.iter().any(|root| m.signed_by(root)));
        demand("middle_certificate", chained, "was not signed by the root");
        let pair = key.as_ref().zip(PublicKey::read(&self.certificate));
        let fits = pair.is_none_or(|(key, own)| own.verify(b"probe", &key.sign(b"probe")));
        demand("certificate", fits, "is not the certificate of the private key");
        demand("signer", !self.signer.is_empty(), "is empty");
        faults.extend(check_base("base_url", &self.base_url));
        faults.extend(check_base("file_url", &self.file_url));
        faults.extend(check_notify("notify_url", &self.notify_url));
        faults
    }
}
