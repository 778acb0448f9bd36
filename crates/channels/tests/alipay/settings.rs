//! Settings: where they come from, what is wrong with them, what is never shown.

use super::world::{PAYMENT, World, at, certificates, class, config};
use std::collections::BTreeMap;
use std::io;
use yuanlu_channels::alipay::{Alipay, AlipayConfig};
use yuanlu_channels::settings::Settings;
use yuanlu_channels::{Channel, Op, PaymentWord};
use yuanlu_simulator::practice;

fn faults(change: impl FnOnce(&mut AlipayConfig)) -> Vec<String> {
    let mut config = config("https://openapi.alipay.com/gateway.do");
    change(&mut config);
    config.check(at(0)).into_iter().map(|fault| fault.name).collect()
}

#[test]
fn good_settings_have_no_fault_and_bad_ones_are_named() {
    assert_eq!(faults(|_| {}), Vec::<String>::new());
    assert_eq!(faults(|c| c.seller_id.clear()), Vec::<String>::new());
    assert_eq!(faults(|c| c.app_id = "app".into()), ["app_id"]);
    assert_eq!(faults(|c| c.seller_id = "1088000000000001".into()), ["seller_id"]);
    assert_eq!(faults(|c| c.private_key = "nonsense".into()), ["private_key"]);
    assert_eq!(faults(|c| c.private_key = practice::MERCHANT_PUBLIC.into()), ["private_key"]);
    assert_eq!(faults(|c| c.alipay_public_key.clear()), ["alipay_public_key"]);
    // The usual mistake: our own public key where theirs belongs.
    assert_eq!(faults(|c| c.alipay_public_key = practice::MERCHANT_PUBLIC.into()), ["alipay_public_key"]);
    assert_eq!(faults(|c| c.base_url = "http://openapi.alipay.com/gateway.do".into()), ["base_url"]);
    assert_eq!(faults(|c| c.notify_url = "https://shop.test/n?x=1".into()), ["notify_url"]);
    assert_eq!(faults(|c| c.alipay_certificate = practice::ALIPAY_CERTIFICATE.into()), ["app_certificate"]);
}

#[test]
fn certificates_are_checked_against_time_and_key() {
    let check = |change: fn(&mut AlipayConfig), second| {
        let mut config = certificates("https://openapi.alipay.com/gateway.do");
        change(&mut config);
        config.check(at(second)).into_iter().map(|fault| fault.name).collect::<Vec<_>>()
    };
    assert_eq!(check(|_| {}, 0), Vec::<String>::new());
    let expired = ["app_certificate", "alipay_certificate", "alipay_root_certificate"];
    assert_eq!(check(|_| {}, 86_400 * 365 * 40), expired);
    assert_eq!(check(|c| c.app_certificate = practice::ALIPAY_CERTIFICATE.into(), 0), ["app_certificate"]);
    assert_eq!(check(|c| c.alipay_public_key = practice::PLATFORM_PUBLIC.into(), 0), ["alipay_public_key"]);
    let torn = check(|c| c.alipay_root_certificate = "-----BEGIN CERTIFICATE-----".into(), 0);
    assert_eq!(torn, ["alipay_root_certificate", "alipay_certificate"]);
}

#[test]
fn certificate_mode_says_the_numbers_and_looks_at_theirs() {
    let world = World::of(true);
    world.pay(5000);
    assert_eq!(class(&world.ask(&world.refund(5000), 10)), "arrived");
    let request = world.channel.request(&world.query(5000), at(20)).unwrap();
    let query = request.uri().query().unwrap();
    assert!(query.contains(&format!("app_cert_sn={}", practice::MERCHANT_CERTIFICATE_NUMBER)), "{query}");
    assert!(query.contains(&format!("alipay_root_cert_sn={}", practice::ALIPAY_ROOTS_NUMBER)), "{query}");
    // A client with public keys is not known there.
    let plain = Alipay::new(config(&format!("{}/gateway.do", world.server.url())), at(0)).unwrap();
    let op = Op::QueryPayment { no: PAYMENT.into(), since: at(0), prepared: None };
    let reply = world.send(&plain.request(&op, at(30)).unwrap(), 30);
    let refused = PaymentWord::Unknown { code: "unsigned_isv.invalid-signature".into() };
    assert_eq!(plain.payment_word(&op, &reply, at(30)), refused);
}

#[test]
fn the_environment_comes_before_the_file_and_keys_may_lie_in_files() {
    let section: BTreeMap<String, String> = [
        ("app_id", "2021000000000009"),
        ("private_key_file", "/keys/own.pem"),
        ("alipay_public_key_file", "/keys/alipay.pem"),
        ("notify_url", "https://shop.test/callbacks/alipay"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let variable = |name: &str| (name == "YUANLU_ALIPAY_APP_ID").then(|| "2021000000000001".to_owned());
    let file = |path: &str| match path {
        "/keys/own.pem" => Ok(practice::MERCHANT_KEY.to_owned()),
        "/keys/alipay.pem" => Ok(practice::PLATFORM_PUBLIC.to_owned()),
        _ => Err(io::ErrorKind::NotFound.into()),
    };
    let read = |section: &BTreeMap<String, String>| {
        AlipayConfig::read(&Settings { prefix: "YUANLU_ALIPAY_", section, variable: &variable, file: &file })
    };
    let config = read(&section).unwrap();
    assert_eq!(config.app_id, "2021000000000001");
    assert_eq!(config.base_url, "https://openapi.alipay.com/gateway.do");
    assert_eq!(config.check(at(0)), vec![]);
    let shown = format!("{config:?} {:?}", Alipay::new(config.clone(), at(0)));
    assert!(!shown.contains("PRIVATE") && !shown.contains(&practice::MERCHANT_KEY[40..80]), "{shown}");
    let mut wrong = section.clone();
    wrong.insert("privat_key".into(), "x".into());
    wrong.insert("alipay_certificate_file".into(), "/keys/none.pem".into());
    let names: Vec<_> = read(&wrong).unwrap_err().into_iter().map(|fault| fault.name).collect();
    assert_eq!(names, ["alipay_certificate_file", "privat_key"]);
}
