//! What is needed to be a merchant of WeChat Pay.

use super::sign::PlatformKey;
use crate::rsa::PrivateKey;
use crate::secret::Secret;
use crate::settings::{BadSetting, Settings, Taking, check_base, check_notify};

/// Where WeChat Pay is.
const BASE_URL: &str = "https://api.mch.weixin.qq.com";
/// The transfer scene for compensating a buyer (企业赔付).
const TRANSFER_SCENE: &str = "1011";

/// The settings of the channel `wechat`. Secrets are not shown by `Debug`.
///
/// WeChat signs either with a platform certificate or, at newer merchants, with its public key; while a merchant
/// changes over, both are in use, and both may be given.
#[derive(Clone, Debug, Default)]
pub struct WechatConfig {
    /// Merchant number (`mchid`), digits.
    pub merchant_id: String,
    /// The app that payers pay in (`appid`).
    pub app_id: String,
    /// Serial number of our merchant certificate, hexadecimal.
    pub merchant_serial: String,
    /// Our private key: `apiclient_key.pem`.
    pub merchant_key: Secret,
    /// The 32 characters that callbacks are encrypted with (APIv3 key).
    pub api_key: Secret,
    /// Number of WeChat's public key: `PUB_KEY_ID_…`; empty in certificate mode.
    pub public_key_id: String,
    /// WeChat's public key: `pub_key.pem`.
    pub public_key: String,
    /// WeChat's platform certificates, one PEM block after another; empty in public-key mode.
    pub platform_certificates: String,
    /// Where callbacks are sent.
    pub notify_url: String,
    /// Where WeChat Pay is, without a slash at the end.
    pub base_url: String,
    /// The scene under which remittances are made.
    pub transfer_scene: String,
}

impl WechatConfig {
    /// Reads the settings of a section and of the environment. What is missing is found by [`WechatConfig::check`].
    ///
    /// # Errors
    /// Settings that nobody knows, and files that cannot be read.
    pub fn read(settings: &Settings<'_>) -> Result<Self, Vec<BadSetting>> {
        let mut take = Taking::new(settings);
        let config = Self {
            merchant_id: take.text("merchant_id"),
            app_id: take.text("app_id"),
            merchant_serial: take.text("merchant_serial"),
            merchant_key: take.secret("merchant_key"),
            api_key: take.secret("api_key"),
            public_key_id: take.text("public_key_id"),
            public_key: take.text("public_key"),
            platform_certificates: take.text("platform_certificates"),
            notify_url: take.text("notify_url"),
            base_url: take.text_or("base_url", BASE_URL),
            transfer_scene: take.text_or("transfer_scene", TRANSFER_SCENE),
        };
        let faults = take.end();
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    /// What is wrong with the settings, without asking anybody; nothing when they can be used.
    pub fn check(&self) -> Vec<BadSetting> {
        let mut faults = Vec::new();
        let mut demand = |name: &str, good: bool, fault: &str| {
            if !good {
                faults.push(BadSetting::new(name, fault));
            }
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
        let (id, app, serial) = (&self.merchant_id, &self.app_id, &self.merchant_serial);
        demand("merchant_id", (8..=32).contains(&id.len()) && digits(id), "is not a number of 8 to 32 digits");
        let plain = app.bytes().all(|b| b.is_ascii_alphanumeric());
        demand("app_id", (8..=32).contains(&app.len()) && plain, "is not an app's id");
        let good = (8..=64).contains(&serial.len()) && hex(serial);
        demand("merchant_serial", good, "is not a serial number in hexadecimal");
        let key = PrivateKey::read(self.merchant_key.expose());
        demand("merchant_key", key.is_some(), "is not an RSA key of 2048 bits or more");
        demand("api_key", self.api_key.expose().len() == 32, "does not have 32 characters");
        let paired = self.public_key.is_empty() == self.public_key_id.is_empty();
        demand("public_key", paired, "key and number of the key belong together");
        let number = self.public_key_id.strip_prefix("PUB_KEY_ID_");
        let good = self.public_key_id.is_empty() || number.is_some_and(|n| !n.is_empty() && digits(n));
        demand("public_key_id", good, "is not of the form PUB_KEY_ID_ and digits");
        match PlatformKey::all(self) {
            Ok(keys) => demand("public_key", !keys.is_empty(), "neither a public key nor a platform certificate"),
            Err(name) => demand(name, false, "cannot be read"),
        }
        let good = !self.transfer_scene.is_empty() && digits(&self.transfer_scene);
        demand("transfer_scene", good, "is not a scene's number");
        faults.extend(check_base("base_url", &self.base_url));
        faults.extend(check_notify("notify_url", &self.notify_url));
        faults
    }
}
