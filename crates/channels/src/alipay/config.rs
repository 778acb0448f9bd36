//! What is needed to be a merchant of Alipay.

use crate::certificates::Certificate;
use crate::rsa::{PrivateKey, PublicKey};
use crate::secret::Secret;
use crate::settings::{BadSetting, Settings, Taking, check_base, check_notify};
use md5::{Digest, Md5};
use yuanlu_domain::time::Instant;

/// Where Alipay is.
const BASE_URL: &str = "https://openapi.alipay.com/gateway.do";

/// The settings of the channel `alipay`. Secrets are not shown by `Debug`.
///
/// Either `alipay_public_key` (public-key mode) or the three certificates (certificate mode, which remittances need).
#[derive(Clone, Debug, Default)]
pub struct AlipayConfig {
    /// The app's number (`app_id`).
    pub app_id: String,
    /// The merchant's number (`2088…`): callbacks and bills of another one are refused. May be empty.
    pub seller_id: String,
    /// Our private key, PKCS #8 or PKCS #1, PEM or bare base64.
    pub private_key: Secret,
    /// Alipay's public key; empty in certificate mode.
    pub alipay_public_key: String,
    /// Our certificate (`appCertPublicKey_….crt`).
    pub app_certificate: String,
    /// Alipay's certificate (`alipayCertPublicKey_RSA2.crt`).
    pub alipay_certificate: String,
    /// Alipay's root certificates (`alipayRootCert.crt`).
    pub alipay_root_certificate: String,
    /// Where callbacks are sent.
    pub notify_url: String,
    /// Where Alipay is.
    pub base_url: String,
}

/// The numbers of certificate mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Serials {
    pub(super) app: String,
    pub(super) alipay: String,
    pub(super) root: String,
}

impl AlipayConfig {
    /// Reads the settings of a section and of the environment. What is missing is found by [`AlipayConfig::check`].
    ///
    /// # Errors
    /// Settings that nobody knows, and files that cannot be read.
    pub fn read(settings: &Settings<'_>) -> Result<Self, Vec<BadSetting>> {
        let mut take = Taking::new(settings);
        let config = Self {
            app_id: take.text("app_id"),
            seller_id: take.text("seller_id"),
            private_key: take.secret("private_key"),
            alipay_public_key: take.text("alipay_public_key"),
            app_certificate: take.text("app_certificate"),
            alipay_certificate: take.text("alipay_certificate"),
            alipay_root_certificate: take.text("alipay_root_certificate"),
            notify_url: take.text("notify_url"),
            base_url: take.text_or("base_url", BASE_URL),
        };
        let faults = take.end();
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    /// Whether certificates are used.
    pub fn by_certificate(&self) -> bool {
        !self.app_certificate.is_empty()
    }

    /// What is wrong with the settings, without asking anybody; nothing when they can be used.
    pub fn check(&self, now: Instant) -> Vec<BadSetting> {
        let mut faults = Vec::new();
        let mut demand = |name: &str, good: bool, fault: &str| {
            if !good {
                faults.push(BadSetting::new(name, fault));
            }
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let app = &self.app_id;
        demand("app_id", (8..=32).contains(&app.len()) && digits(app), "is not a number of 8 to 32 digits");
        let seller = &self.seller_id;
        let good = seller.is_empty() || (seller.len() == 16 && seller.starts_with("2088") && digits(seller));
        demand("seller_id", good, "is not a number of 16 digits that begins with 2088");
        let key = PrivateKey::read(self.private_key.expose());
        demand("private_key", key.is_some(), "is not an RSA key of 2048 bits or more");
        if self.by_certificate() {
            demand("alipay_public_key", self.alipay_public_key.is_empty(), "has no use beside certificates");
            for (name, text) in [
                ("app_certificate", &self.app_certificate),
                ("alipay_certificate", &self.alipay_certificate),
                ("alipay_root_certificate", &self.alipay_root_certificate),
            ] {
                match Certificate::all(text) {
                    None => demand(name, false, "is not a certificate in PEM"),
                    Some(all) => demand(name, all.iter().any(|one| one.counts(now)), "has expired, or counts later"),
                }
            }
            let own = PublicKey::read(&self.app_certificate);
            let pair = key.as_ref().zip(own);
            let fits = pair.is_none_or(|(key, own)| own.verify(b"probe", &key.sign(b"probe")));
            demand("app_certificate", fits, "is not the certificate of the private key");
            let readable = self.serials().is_some() && PublicKey::read(&self.alipay_certificate).is_some();
            demand("alipay_certificate", readable, "does not hold an RSA key, or the roots hold no RSA certificate");
        } else {
            let certificates = [&self.alipay_certificate, &self.alipay_root_certificate];
            demand("app_certificate", certificates.iter().all(|c| c.is_empty()), "is missing beside the others");
            let theirs = PublicKey::read(&self.alipay_public_key);
            demand("alipay_public_key", theirs.is_some(), "is neither a public RSA key, nor are there certificates");
            let ours =
                key.as_ref().zip(theirs).is_some_and(|(key, theirs)| theirs.verify(b"probe", &key.sign(b"probe")));
            demand("alipay_public_key", !ours, "is our own public key; Alipay shows its key beside it");
        }
        faults.extend(check_base("base_url", &self.base_url));
        faults.extend(check_notify("notify_url", &self.notify_url));
        faults
    }

    /// The key that verifies what Alipay says.
    pub(super) fn verifying_key(&self) -> Option<PublicKey> {
        let text = if self.by_certificate() { &self.alipay_certificate } else { &self.alipay_public_key };
        PublicKey::read(text)
    }

    /// First and last instant at which Alipay's certificate counts; none in public-key mode.
    pub(super) fn valid(&self) -> Option<(Instant, Instant)> {
        Certificate::all(&self.alipay_certificate)?.first().map(|one| one.valid)
    }

    /// The numbers of certificate mode; none in public-key mode.
    pub(super) fn serials(&self) -> Option<Serials> {
        let first = |text: &str| Certificate::all(text)?.first().map(serial);
        let roots = Certificate::all(&self.alipay_root_certificate)?;
        let roots: Vec<_> = roots.iter().filter(|root| root.signed_with_rsa()).map(serial).collect();
        Some(Serials {
            app: first(&self.app_certificate)?,
            alipay: first(&self.alipay_certificate)?,
            root: Some(roots.join("_")).filter(|text| !text.is_empty())?,
        })
    }
}

/// The number Alipay knows a certificate by.
fn serial(certificate: &Certificate) -> String {
    crate::wire::hex(&Md5::digest(format!("{}{}", certificate.issuer, certificate.serial)))
}
