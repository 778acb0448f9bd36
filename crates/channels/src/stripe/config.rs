//! What is needed to be a merchant of Stripe.

use crate::secret::Secret;
use crate::settings::{BadSetting, Settings, Taking, check_base};

/// Where Stripe is.
pub(super) const BASE_URL: &str = "https://api.stripe.com";

/// The settings of the channel `stripe`. Secrets are not shown by `Debug`.
#[derive(Clone, Debug, Default)]
pub struct StripeConfig {
    /// The key of our account, or one restricted to payments and refunds: `sk_live_…`, `rk_live_…`, `sk_test_…`.
    pub secret_key: Secret,
    /// What webhooks are signed with: `whsec_…`.
    pub webhook_secret: Secret,
    /// The secret before that, while it is being replaced.
    pub webhook_secret_before: Secret,
    /// Where Stripe is, without a slash at the end.
    pub base_url: String,
}

impl StripeConfig {
    /// Reads the settings of a section and of the environment. What is missing is found by [`StripeConfig::check`].
    ///
    /// # Errors
    /// Settings that nobody knows, and files that cannot be read.
    pub fn read(settings: &Settings<'_>) -> Result<Self, Vec<BadSetting>> {
        let mut take = Taking::new(settings);
        let config = Self {
            secret_key: take.secret("secret_key"),
            webhook_secret: take.secret("webhook_secret"),
            webhook_secret_before: take.secret("webhook_secret_before"),
            base_url: take.text_or("base_url", BASE_URL),
        };
        let faults = take.end();
        if faults.is_empty() { Ok(config) } else { Err(faults) }
    }

    /// Whether it is about real money.
    pub(super) fn is_live(&self) -> bool {
        self.secret_key.expose().contains("_live_")
    }

    /// What is wrong with the settings, without asking anybody; nothing when they can be used.
    pub fn check(&self) -> Vec<BadSetting> {
        let mut faults = Vec::new();
        let word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let key = self.secret_key.expose();
        let kinds = ["sk_live_", "sk_test_", "rk_live_", "rk_test_"];
        if !(kinds.iter().any(|kind| key.starts_with(kind)) && key.len() >= 16 && word(key)) {
            faults.push(BadSetting::new("secret_key", "is not a secret or restricted key of Stripe"));
        }
        let webhook = |secret: &Secret| secret.expose().starts_with("whsec_") && word(secret.expose());
        if !webhook(&self.webhook_secret) {
            faults.push(BadSetting::new("webhook_secret", "is not a webhook's signing secret"));
        }
        if !self.webhook_secret_before.is_empty() && !webhook(&self.webhook_secret_before) {
            faults.push(BadSetting::new("webhook_secret_before", "is not a webhook's signing secret"));
        }
        faults.extend(check_base("base_url", &self.base_url));
        faults
    }
}
