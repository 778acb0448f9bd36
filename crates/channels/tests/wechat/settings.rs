//! Settings from a file's section and the environment, and what is wrong with them.

use crate::world::*;
use std::collections::BTreeMap;
use std::io;
use yuanlu_channels::settings::Settings;
use yuanlu_channels::wechat::{WechatChannel, WechatConfig};
use yuanlu_simulator::practice;

fn files(path: &str) -> io::Result<String> {
    match path {
        "/keys/apiclient_key.pem" => Ok(practice::MERCHANT_KEY.to_owned()),
        "/keys/pub_key.pem" => Ok(practice::PLATFORM_PUBLIC.to_owned()),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

fn section() -> BTreeMap<String, String> {
    let pairs = [
        ("merchant_id", "1900006511"),
        ("app_id", "wxb4ba3c02aa476ea1"),
        ("merchant_serial", "7132D72A03E93CDDF8C03BBD1F37EEDF00000000"),
        ("merchant_key_file", "/keys/apiclient_key.pem"),
        ("public_key_id", "PUB_KEY_ID_0000000000000024101100397200000006"),
        ("public_key_file", "/keys/pub_key.pem"),
        ("notify_url", "https://shop.example/callbacks/wechat"),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[test]
fn the_environment_goes_before_the_file_and_files_hold_keys() {
    let environment = |name: &str| match name {
        "YUANLU_WECHAT_API_KEY" => Some(API_KEY.to_owned()),
        "YUANLU_WECHAT_MERCHANT_ID" => Some("1900000109".to_owned()),
        _ => None,
    };
    let section = section();
    let settings = Settings { prefix: "YUANLU_WECHAT_", section: &section, variable: &environment, file: &files };
    let config = WechatConfig::read(&settings).unwrap();
    assert_eq!(config.check(), []);
    assert_eq!(config.merchant_id, "1900000109");
    assert_eq!(config.base_url, "https://api.mch.weixin.qq.com");
    assert_eq!(config.api_key.expose(), API_KEY);
    let shown = format!("{config:?} {:?}", WechatChannel::new(config.clone()).unwrap());
    assert!(!shown.contains(API_KEY) && !shown.contains("PRIVATE KEY"), "{shown}");
}

#[test]
fn unknown_names_and_missing_files_are_told() {
    let mut section = section();
    section.insert("mch_id".into(), "1".into());
    section.insert("public_key_file".into(), "/keys/nothing.pem".into());
    let settings = Settings { prefix: "X_", section: &section, variable: &|_| None, file: &files };
    let faults: Vec<_> = WechatConfig::read(&settings).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        ["public_key_file: /keys/nothing.pem cannot be read: entity not found", "mch_id: there is no such setting"]
    );
}

#[test]
fn every_wrong_setting_is_named_and_none_is_shown() {
    type Change = fn(&mut WechatConfig);
    let cases: [(&str, Change); 16] = [
        ("merchant_id", |c| c.merchant_id = "19000065A1".into()),
        ("app_id", |c| c.app_id = "wx b4".into()),
        ("merchant_serial", |c| c.merchant_serial = "no hex".into()),
        ("merchant_key", |c| c.merchant_key = practice::MERCHANT_PUBLIC.into()),
        ("merchant_key", |c| c.merchant_key = "".into()),
        ("api_key", |c| c.api_key = "short".into()),
        ("public_key", |c| c.public_key.clear()),
        ("public_key", |c| c.public_key = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----".into()),
        ("public_key_id", |c| c.public_key_id = "KEY_1".into()),
        ("platform_certificates", |c| c.platform_certificates = practice::PLATFORM_PUBLIC.into()),
        ("public_key", |c| (c.public_key, c.public_key_id) = Default::default()),
        ("transfer_scene", |c| c.transfer_scene = "refund".into()),
        ("base_url", |c| c.base_url = "http://api.mch.weixin.qq.com".into()),
        ("base_url", |c| c.base_url = "api.mch.weixin.qq.com/".into()),
        ("notify_url", |c| c.notify_url = "https://shop.example/callbacks?channel=wechat".into()),
        ("notify_url", |c| c.notify_url = String::new()),
    ];
    for (name, change) in cases {
        let mut config = config("https://api.mch.weixin.qq.com");
        change(&mut config);
        let faults = config.check();
        assert!(faults.iter().any(|fault| fault.name == name), "{name}: {faults:?}");
        assert!(faults.iter().all(|fault| !fault.to_string().contains("short")), "{faults:?}");
        assert_eq!(WechatChannel::new(config).unwrap_err(), faults);
    }
}
