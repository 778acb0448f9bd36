//! Settings from a file's section and the environment, and what is wrong with them.

use crate::world::*;
use std::collections::BTreeMap;
use yuanlu_channels::settings::Settings;
use yuanlu_channels::stripe::{StripeChannel, StripeConfig};

#[test]
fn secrets_come_from_the_environment_and_are_not_shown() {
    let section = BTreeMap::from([("webhook_secret".to_owned(), "whsec_of_the_file".to_owned())]);
    let environment = |name: &str| match name {
        "YUANLU_STRIPE_SECRET_KEY" => Some("rk_live_0123456789abcdef".to_owned()),
        "YUANLU_STRIPE_WEBHOOK_SECRET_BEFORE_FILE" => Some("/secrets/before".to_owned()),
        _ => None,
    };
    let file = |path: &str| Ok(format!("whsec_before\n{}", if path == "/secrets/before" { "" } else { "?" }));
    let settings = Settings { prefix: "YUANLU_STRIPE_", section: &section, variable: &environment, file: &file };
    let config = StripeConfig::read(&settings).unwrap();
    assert_eq!(config.check(), []);
    assert_eq!(config.webhook_secret_before.expose(), "whsec_before");
    let shown = format!("{config:?} {:?}", StripeChannel::new(config.clone()).unwrap());
    assert!(shown.contains("live: true"));
    for secret in ["0123456789abcdef", "of_the_file", "before\"", "whsec"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn every_wrong_setting_is_named() {
    type Change = fn(&mut StripeConfig);
    let cases: [(&str, Change); 6] = [
        ("secret_key", |c| c.secret_key = "pk_live_0123456789abcdef".into()),
        ("secret_key", |c| c.secret_key = "sk_live_1".into()),
        ("secret_key", |c| c.secret_key = "sk_live_0123456789abc\r\nx: y".into()),
        ("webhook_secret", |c| c.webhook_secret = "".into()),
        ("webhook_secret_before", |c| c.webhook_secret_before = "sk_live_0123456789abcdef".into()),
        ("base_url", |c| c.base_url = "http://api.stripe.com".into()),
    ];
    for (name, change) in cases {
        let mut config = config("https://api.stripe.com");
        assert_eq!(config.check(), []);
        change(&mut config);
        let faults: Vec<_> = config.check().into_iter().map(|fault| fault.name).collect();
        assert_eq!(faults, [name]);
        assert!(StripeChannel::new(config).is_err());
    }
}
