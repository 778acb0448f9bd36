//! Alipay against its own SDK, and against one by others that knows certificates and callbacks.

use crate::Sdk;
use crate::loopback::{PATIENCE, call};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use yuanlu_channels::alipay::{Alipay, AlipayConfig};
use yuanlu_channels::callback::{CallbackError, Cashier, Entrance, PaymentOp, Scene, Verified};
use yuanlu_channels::complaint::{ComplaintFile, ComplaintOp};
use yuanlu_channels::{Channel, Op, Payee, Reply};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_simulator::alipay::{AlipaySetup, AlipaySimulator, Serials};
use yuanlu_simulator::loopback::Loopback;
use yuanlu_simulator::{Behaviour, Choice, Chooser, practice};

const PAYMENT: &str = "YL7Q261122ABCDEFGHJKP001";
const REFUND: &str = "YL7Q261122ABCDEFGHJKR001";
const APP: &str = "2021000000000001";

struct Town {
    sdk: Sdk,
    channel: Alipay,
    simulator: Arc<Mutex<AlipaySimulator>>,
    clock: Arc<AtomicI64>,
    server: Loopback,
}

impl Town {
    fn new(environment: &str, program: &str, by_certificate: bool) -> Option<Self> {
        let sdk = Sdk::start(environment, program)?;
        let setup = AlipaySetup {
            app_id: APP.into(),
            seller_id: "2088000000000001".into(),
            merchant_key: practice::MERCHANT_PUBLIC.into(),
            platform_key: practice::PLATFORM_KEY.into(),
            stranger_key: practice::STRANGER_KEY.into(),
            serials: by_certificate.then(|| Serials {
                app: practice::MERCHANT_CERTIFICATE_NUMBER.into(),
                alipay: practice::ALIPAY_CERTIFICATE_NUMBER.into(),
                root: practice::ALIPAY_ROOTS_NUMBER.into(),
            }),
            base_url: String::new(),
            notify_url: "https://shop.test/callbacks/alipay".into(),
            chooser: Chooser::Always(Behaviour::AtOnce),
        };
        let simulator = Arc::new(Mutex::new(AlipaySimulator::new(setup).unwrap()));
        let clock = Arc::new(AtomicI64::new(0));
        let server = Loopback::start(simulator.clone(), clock.clone(), PATIENCE * 2).unwrap();
        let mut config = AlipayConfig {
            app_id: APP.into(),
            private_key: practice::MERCHANT_KEY.into(),
            notify_url: "https://shop.test/callbacks/alipay".into(),
            base_url: format!("{}/gateway.do", server.url()),
            ..AlipayConfig::default()
        };
        if by_certificate {
            config.app_certificate = practice::MERCHANT_CERTIFICATE.into();
            config.alipay_certificate = practice::ALIPAY_CERTIFICATE.into();
            config.alipay_root_certificate = practice::ALIPAY_ROOTS.into();
        } else {
            config.alipay_public_key = practice::PLATFORM_PUBLIC.into();
        }
        let channel = Alipay::new(config, Instant::from_shanghai(2026, 11, 22, 10, 0, 0)).unwrap();
        Some(Self { sdk, channel, simulator, clock, server })
    }

    /// With the SDK as the merchant, at its own time, and a payment of 50 yuan.
    fn opened(environment: &str, program: &str, their_key: &str) -> Option<Self> {
        let mut town = Self::new(environment, program, false)?;
        let settings = json!({
            "url": format!("{}/gateway.do", town.server.url()), "app_id": APP,
            "own_key": practice::MERCHANT_KEY, "their_key": their_key,
        });
        let now = town.sdk.get("open", settings).as_i64().unwrap();
        town.clock.store(now * 1_000_000, Ordering::SeqCst);
        town.pay();
        Some(town)
    }

    fn now(&self) -> Instant {
        Instant::from_micros(self.clock.load(Ordering::SeqCst))
    }

    fn simulator(&self) -> MutexGuard<'_, AlipaySimulator> {
        self.simulator.lock().unwrap()
    }

    fn link(&self) -> http::Uri {
        let op = PaymentOp {
            no: PAYMENT.into(),
            amount: Money::cny(5000),
            subject: "订单 & 更多".into(),
            return_url: "https://shop.test/o/1?a=b c".into(),
            pay_until: self.now().plus_minutes(30),
            since: self.now(),
            scene: Scene::Page,
            payer_ip: String::new(),
        };
        match self.channel.cashier(&op, self.now()) {
            Cashier::Link(url) => url.parse().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn pay(&self) {
        assert!(matches!(
            call(&http::Request::get(self.link()).body(vec![]).unwrap()),
            Reply::Http { status: 200, .. }
        ));
        self.simulator().bank_mut().choose(PAYMENT, Choice::Pay, self.now().micros()).unwrap();
    }

    fn trade_no(&self) -> String {
        self.simulator().bank().payment(PAYMENT).unwrap().transactions[0].channel_ref.clone()
    }

    fn refund(&self) -> Op {
        Op::Refund {
            no: REFUND.into(),
            payment_no: PAYMENT.into(),
            payment_ref: self.trade_no(),
            amount: Money::cny(1999),
            total: Money::cny(5000),
            reason: "订单 261122".into(),
            since: self.now(),
        }
    }
}

fn official(their_key: &str) -> Option<Town> {
    Town::opened("alipay", "alipay_official.py", their_key)
}

/// The parameters of a query or a form.
fn fields(text: &str) -> BTreeMap<String, String> {
    let plain = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            let hex = |rest: &mut std::str::Bytes<'_>| [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(match byte {
                b'%' => u8::from_str_radix(std::str::from_utf8(&hex(&mut rest)).unwrap(), 16).unwrap(),
                b'+' => b' ',
                byte => byte,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    text.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (plain(k), plain(v))).collect()
}

#[test]
fn their_client_is_understood_by_our_simulator_and_believes_it() {
    let Some(mut town) = official(practice::PLATFORM_PUBLIC) else { return };
    let arguments = json!({ "out_trade_no": PAYMENT, "trade_no": town.trade_no(), "refund_amount": "19.99",
        "out_request_no": REFUND, "refund_reason": "订单 261122" });
    let said = town.sdk.call("refund", arguments.clone()).unwrap();
    assert_eq!((said["code"].as_str(), said["fund_change"].as_str()), (Some("10000"), Some("Y")), "{said}");
    assert_eq!(said["refund_fee"], "19.99");
    assert_eq!(town.sdk.call("refund", arguments).unwrap()["fund_change"], "N");
    let query = json!({ "out_trade_no": PAYMENT, "out_request_no": REFUND });
    assert_eq!(town.sdk.call("refund.query", query).unwrap()["refund_status"], "REFUND_SUCCESS");
    let said = town.sdk.call("query", json!({ "out_trade_no": PAYMENT })).unwrap();
    assert_eq!((said["trade_status"].as_str(), said["total_amount"].as_str()), (Some("TRADE_SUCCESS"), Some("50.00")));
    assert_eq!(town.sdk.call("query", json!({ "out_trade_no": "X" })).unwrap()["sub_code"], "ACQ.TRADE_NOT_EXIST");
    assert_eq!(town.simulator().bank().books().gone(REFUND), 1999);
    // With another key in the place of Alipay's, nothing is believed.
    let Some(mut town) = official(practice::MERCHANT_PUBLIC) else { return };
    let said = town.sdk.call("query", json!({ "out_trade_no": PAYMENT }));
    assert!(said.as_ref().map_or(true, |said| said.get("refused").is_some()), "{said:?}");
}

/// Their client uploads a picture at our simulator; what we sign of an upload is what they verify.
#[test]
fn their_uploads_are_understood_and_ours_are_signed_as_theirs() {
    let Some(mut town) = official(practice::PLATFORM_PUBLIC) else { return };
    let picture = [b"\xff\xd8\xff\xe0\r\n--\r\n".as_slice(), &[7; 2000]].concat();
    let said = town.sdk.get("upload", json!({ "image_type": "jpg", "content": picture }));
    assert!(said["code"] == "10000" && said["image_id"].is_string(), "{said}");
    let said = town.sdk.get("upload", json!({ "image_type": "png", "content": picture }));
    assert_eq!(said["sub_code"], "PARAM_ILLEGAL", "not what it says it is");

    let file = ComplaintFile { name: "a.jpg".into(), media_type: "image/jpeg".into(), content: picture };
    let request =
        town.channel.complaint_request(&ComplaintOp::Upload { number: "1".into(), file }, town.now()).unwrap();
    let mut parameters = fields(request.uri().query().unwrap());
    parameters.insert("image_type".into(), "jpg".into());
    let mut verify = |parameters: &BTreeMap<String, String>| {
        let asked = json!({ "fields": parameters, "key": practice::MERCHANT_PUBLIC });
        town.sdk.get("verify", asked).as_bool().unwrap()
    };
    assert!(verify(&parameters), "{parameters:?}");
    parameters.insert("image_type".into(), "png".into());
    assert!(!verify(&parameters));
}

#[test]
fn their_verification_accepts_our_requests_and_no_changed_one() {
    let Some(mut town) = official(practice::PLATFORM_PUBLIC) else { return };
    let now = town.now();
    let ops = [
        town.refund(),
        Op::QueryPayment { no: PAYMENT.into(), since: now, prepared: None },
        Op::Remit {
            no: "YL7Q261122ABCDEFGHJKM001".into(),
            payee: Payee { account: "zhang@example.com".into(), name: "张三".into() },
            amount: Money::cny(100),
            reason: "订单 261122".into(),
        },
    ];
    let mut all: Vec<BTreeMap<String, String>> = ops
        .iter()
        .map(|op| {
            let request = town.channel.request(op, now).unwrap();
            let body = String::from_utf8(request.body().clone()).unwrap();
            fields(&format!("{}&{body}", request.uri().query().unwrap()))
        })
        .collect();
    all.push(fields(town.link().query().unwrap()));
    for parameters in all {
        let mut verify = |parameters: &BTreeMap<String, String>, key: &str| {
            town.sdk.get("verify", json!({ "fields": parameters, "key": key })).as_bool().unwrap()
        };
        assert!(verify(&parameters, practice::MERCHANT_PUBLIC), "{parameters:?}");
        assert!(!verify(&parameters, practice::PLATFORM_PUBLIC));
        for name in parameters.keys().filter(|name| *name != "sign") {
            let mut changed = parameters.clone();
            changed.get_mut(name).unwrap().push('1');
            assert!(!verify(&changed, practice::MERCHANT_PUBLIC), "{name}");
        }
    }
}

#[test]
fn our_client_believes_what_they_signed_and_nothing_changed() {
    let Some(mut town) = official(practice::PLATFORM_PUBLIC) else { return };
    let op = town.refund();
    let node = json!({ "code": "10000", "msg": "Success", "out_trade_no": PAYMENT, "trade_no": town.trade_no(),
        "fund_change": "Y", "refund_fee": "19.99", "buyer_logon_id": "张三/138****0000" })
    .to_string();
    let signed = |town: &mut Town, key: &str| {
        let sign = town.sdk.get("sign_text", json!({ "text": node, "key": key }));
        format!("{{\"alipay_trade_refund_response\":{node},\"sign\":{sign}}}")
    };
    let read = |town: &Town, body: String| {
        let reply = Reply::Http { status: 200, headers: vec![], body: body.into_bytes() };
        town.channel.outcome(&op, &reply, town.now())
    };
    let good = signed(&mut town, practice::PLATFORM_KEY);
    assert_eq!(read(&town, good.clone()), Outcome::Arrived { channel_ref: town.trade_no() });
    assert!(matches!(read(&town, good.replace("19.99", "19.98")), Outcome::Unknown { .. }));
    let forged = signed(&mut town, practice::STRANGER_KEY);
    assert!(matches!(read(&town, forged), Outcome::Unknown { .. }));

    // A callback: signed without `sign_type`, as Alipay does it.
    let mut notice: BTreeMap<&str, String> = [
        ("app_id", APP),
        ("notify_type", "trade_status_sync"),
        ("out_trade_no", PAYMENT),
        ("trade_status", "TRADE_SUCCESS"),
        ("total_amount", "50.00"),
        ("subject", "订单 & 更多=1"),
        ("passback_params", ""),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into();
    notice.insert("trade_no", town.trade_no());
    for key in [practice::PLATFORM_KEY, practice::STRANGER_KEY] {
        let sign = town.sdk.get("sign", json!({ "fields": notice, "key": key }));
        let form = |notice: &BTreeMap<&str, String>| {
            let escape = |text: &str| text.bytes().map(|b| format!("%{b:02x}")).collect::<String>();
            let pairs: Vec<_> = notice.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
            format!("{}&sign_type=RSA2&sign={}", pairs.join("&"), escape(sign.as_str().unwrap()))
        };
        let heard = town.channel.callback(&[], form(&notice).as_bytes(), town.now());
        if key == practice::STRANGER_KEY {
            assert_eq!(heard, Err(CallbackError::BadSignature));
            continue;
        }
        let channel_ref = town.trade_no();
        let paid = Verified::PaymentSucceeded { no: PAYMENT.into(), channel_ref, amount: Money::cny(5000) };
        assert_eq!(heard, Ok(paid));
        let mut changed = notice.clone();
        changed.insert("total_amount", "5000.00".into());
        let heard = town.channel.callback(&[], form(&changed).as_bytes(), town.now());
        assert_eq!(heard, Err(CallbackError::BadSignature));
    }
}

#[test]
fn another_sdk_believes_our_simulators_answers_and_callbacks() {
    let Some(mut town) = Town::opened("alipay-other", "alipay_other.py", practice::PLATFORM_PUBLIC) else { return };
    let said = town.sdk.call(
        "api_alipay_trade_refund",
        json!({ "refund_amount": "19.99", "out_trade_no": PAYMENT, "trade_no": town.trade_no(), "out_request_no": REFUND }),
    );
    assert_eq!(said.unwrap()["fund_change"], "Y");
    let query = json!({ "out_request_no": REFUND, "out_trade_no": PAYMENT });
    let said = town.sdk.call("api_alipay_trade_fastpay_refund_query", query);
    assert_eq!(said.unwrap()["refund_status"], "REFUND_SUCCESS");
    let now = town.now().micros();
    let due = town.simulator().due_callbacks(now);
    assert_eq!(due.len(), 2);
    for (_, request) in due {
        let body = String::from_utf8(request.body().clone()).unwrap();
        assert_eq!(town.sdk.get("callback", json!({ "body": body })), Value::Bool(true), "{body}");
        let changed = body.replace("50.00", "50.01");
        assert_ne!(body, changed);
        assert_eq!(town.sdk.get("callback", json!({ "body": changed })), Value::Bool(false));
    }
}

#[test]
fn another_sdk_reckons_the_same_numbers_of_certificates() {
    let Some(mut town) = Town::new("alipay-other", "alipay_other.py", true) else { return };
    let settings = json!({
        "url": format!("{}/gateway.do", town.server.url()), "app_id": APP, "own_key": practice::MERCHANT_KEY,
        "own": practice::MERCHANT_CERTIFICATE, "theirs": practice::ALIPAY_CERTIFICATE, "roots": practice::ALIPAY_ROOTS,
    });
    let numbers = town.sdk.get("open_with_certificates", settings);
    let request = town
        .channel
        .request(&Op::QueryPayment { no: PAYMENT.into(), since: town.now(), prepared: None }, town.now())
        .unwrap();
    let own = fields(request.uri().query().unwrap());
    assert_eq!(numbers, json!([own["app_cert_sn"], own["alipay_root_cert_sn"], practice::ALIPAY_CERTIFICATE_NUMBER]));
}
