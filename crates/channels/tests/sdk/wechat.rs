//! WeChat Pay against `wechatpayv3`, with keys made for this run.

use crate::Sdk;
use crate::loopback::{PATIENCE, call, headers};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use yuanlu_channels::callback::{CallbackError, Entrance, PaymentOp, Scene, Verified};
use yuanlu_channels::complaint::{ComplaintFile, ComplaintOp, ComplaintWord};
use yuanlu_channels::wechat::{AbnormalTo, WechatChannel, WechatConfig};
use yuanlu_channels::{Channel, Op, Payee};
use yuanlu_domain::outside_complaint::CallOutcome;
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_simulator::loopback::Loopback;
use yuanlu_simulator::wechat::{WechatSetup, WechatSimulator};
use yuanlu_simulator::{Behaviour, Choice, Chooser};

const PAYMENT: &str = "YL7Q261122ABCDEFGHJKP001";
const REFUND: &str = "YL7Q261122ABCDEFGHJKR001";
const MERCHANT: &str = "1900006511";
const SERIAL: &str = "7132D72A03E93CDDF8C03BBD1F37EEDF";
const APP: &str = "wxb4ba3c02aa476ea1";
const API_KEY: &str = "0123456789abcdef0123456789abcdef";
const KEY_ID: &str = "PUB_KEY_ID_0000000000000024101100397200000006";
const NOTIFY: &str = "http://127.0.0.1:1/callbacks/wechat";

/// A simulated WeChat, our client and theirs, of one merchant.
struct Town {
    sdk: Sdk,
    keys: Value,
    channel: WechatChannel,
    simulator: Arc<Mutex<WechatSimulator>>,
    clock: Arc<AtomicI64>,
    _server: Loopback,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl Town {
    /// In public-key mode or by certificate; `signing` is the key that the simulator signs with.
    fn new(by_certificate: bool, signing: &str) -> Option<Self> {
        let mut sdk = Sdk::start("wechat-stripe", "wechat.py")?;
        let keys = sdk.get("keys", json!({}));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let only = |yes: bool, value: &Value| if yes { text(value) } else { String::new() };
        let channel = WechatChannel::new(WechatConfig {
            merchant_id: MERCHANT.into(),
            app_id: APP.into(),
            merchant_serial: SERIAL.into(),
            merchant_key: text(&keys["merchant_key"]).into(),
            api_key: API_KEY.into(),
            public_key_id: if by_certificate { "" } else { KEY_ID }.into(),
            public_key: only(!by_certificate, &keys["platform_public"]),
            platform_certificates: only(by_certificate, &keys["certificate"]),
            notify_url: NOTIFY.into(),
            base_url: url.clone(),
            transfer_scene: "1011".into(),
        });
        let setup = WechatSetup {
            merchant_id: MERCHANT.into(),
            app_id: APP.into(),
            merchant_serial: SERIAL.into(),
            merchant_key: text(&keys["merchant_public"]),
            api_key: API_KEY.into(),
            platform_key: text(&keys[signing]),
            platform_serial: if by_certificate { text(&keys["serial"]) } else { KEY_ID.into() },
            platform_certificate: only(by_certificate, &keys["certificate"]),
            stranger_key: text(&keys["stranger_key"]),
            base_url: url.clone(),
            chooser: Chooser::Always(Behaviour::AtOnce),
        };
        let simulator = Arc::new(Mutex::new(WechatSimulator::new(setup).unwrap()));
        let clock = Arc::new(AtomicI64::new(keys["now"].as_i64().unwrap() * 1_000_000));
        let server = Loopback::at(&listener, simulator.clone(), clock.clone(), PATIENCE * 2).unwrap();
        let mut open = json!({
            "base_url": url, "mchid": MERCHANT, "serial": SERIAL, "appid": APP, "api_key": API_KEY, "notify_url": NOTIFY,
        });
        if !by_certificate {
            open["public_key_id"] = KEY_ID.into();
        }
        sdk.get("open", open);
        Some(Self { sdk, keys, channel: channel.unwrap(), simulator, clock, _server: server })
    }

    fn now(&self) -> Instant {
        Instant::from_micros(self.clock.load(Ordering::SeqCst))
    }

    fn simulator(&self) -> MutexGuard<'_, WechatSimulator> {
        self.simulator.lock().unwrap()
    }

    /// Calls the SDK: status and content.
    fn sdk(&mut self, name: &str, arguments: Value) -> (i64, Value) {
        let answer = self.sdk.call(name, arguments).unwrap();
        let body = text(&answer[1]);
        (answer[0].as_i64().unwrap(), serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    /// Pays 50.00 through our client.
    fn pay(&self) {
        let op = PaymentOp {
            no: PAYMENT.into(),
            amount: Money::cny(5000),
            subject: "订单 261122ABCDEFGHJK".into(),
            return_url: "https://shop.example/".into(),
            pay_until: self.now().plus_minutes(30),
            since: self.now(),
            scene: Scene::Qr,
            payer_ip: String::new(),
        };
        call(&self.channel.request(&Op::Pay(op), self.now()).unwrap());
        self.simulator().bank_mut().choose(PAYMENT, Choice::Pay, self.now().micros()).unwrap();
    }

    fn reference(&self) -> String {
        self.simulator().bank().payment(PAYMENT).unwrap().transactions[0].channel_ref.clone()
    }

    fn refund(&self) -> Op {
        Op::Refund {
            no: REFUND.into(),
            payment_no: PAYMENT.into(),
            payment_ref: self.reference(),
            amount: Money::cny(5000),
            total: Money::cny(5000),
            reason: "261122ABCDEFGHJK".into(),
            since: self.now(),
        }
    }
}

/// Their client pays, asks, refunds and closes at our simulator: it accepts every answer's signature, and its own are
/// accepted. In certificate mode it also fetches the platform's certificate.
#[test]
fn their_client_lives_with_our_simulator() {
    for by_certificate in [false, true] {
        let Some(mut town) = Town::new(by_certificate, "platform_key") else { return };
        let pay = json!({ "description": "订单, \"A\"", "out_trade_no": PAYMENT, "amount": { "total": 5000 } });
        let (status, prepared) = town.sdk("pay", pay);
        assert_eq!((status, prepared["code_url"].is_string()), (200, true), "{prepared}");
        let query = json!({ "out_trade_no": PAYMENT, "mchid": MERCHANT });
        assert_eq!(town.sdk("query", query.clone()).1["trade_state"], "NOTPAY");
        let now = town.now().micros();
        town.simulator().bank_mut().choose(PAYMENT, Choice::Pay, now).unwrap();
        assert_eq!(town.sdk("query", query).1["trade_state"], "SUCCESS");
        let refund = json!({
            "out_refund_no": REFUND, "transaction_id": town.reference(), "reason": "退款",
            "amount": { "refund": 1234, "total": 5000, "currency": "CNY" },
        });
        for _ in 0..2 {
            let (status, refunded) = town.sdk("refund", refund.clone());
            assert_eq!(
                (status, &refunded["status"], &refunded["amount"]["refund"]),
                (200, &json!("SUCCESS"), &json!(1234))
            );
        }
        assert_eq!(town.sdk("query_refund", json!({ "out_refund_no": REFUND })).1["status"], "SUCCESS");
        let (status, missing) = town.sdk("query_refund", json!({ "out_refund_no": "R2" }));
        assert_eq!((status, &missing["code"]), (404, &json!("RESOURCE_NOT_EXISTS")));
        assert_eq!(town.simulator().bank().books().gone(REFUND), 1234);
        assert_eq!(town.sdk("close", json!({ "out_trade_no": PAYMENT })).1["code"], "ORDERPAID");
    }
}

/// Their client uploads a picture and answers a complaint with it at our simulator; what we sign of an upload is what they
/// sign.
#[test]
fn their_uploads_are_understood_and_ours_are_signed_as_theirs() {
    let Some(mut town) = Town::new(false, "platform_key") else { return };
    town.pay();
    let now = town.now();
    let id = town.simulator().complain(PAYMENT, "卡密无效", now.micros());
    let picture = [b"\xff\xd8\xff\xe0\r\n--\r\n".as_slice(), &[7; 2000]].concat();
    let upload = json!({ "name": "complaint_image_upload", "content": picture, "filename": "a.jpg" });
    let answer = town.sdk.get("upload", upload);
    let said: Value = serde_json::from_str(answer[1].as_str().unwrap()).unwrap();
    assert_eq!(answer[0], 200, "{said}");
    let reply = json!({ "complaint_id": id, "response_content": "请看截图", "response_images": [said["media_id"]] });
    assert_eq!(town.sdk("complaint_response", reply).0, 204);
    let digest = ring::digest::digest(&ring::digest::SHA256, &picture);
    let sha256: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(town.simulator().pictures(&id), [sha256]);
    let unknown = json!({ "complaint_id": id, "response_content": "x", "response_images": ["of-nobody"] });
    assert_eq!(town.sdk("complaint_response", unknown).1["code"], "PARAM_ERROR");

    let file = ComplaintFile { name: "a.jpg".into(), media_type: "image/jpeg".into(), content: picture };
    let op = ComplaintOp::Upload { number: id, file };
    let request = town.channel.complaint_request(&op, now).unwrap();
    let body = String::from_utf8_lossy(request.body());
    let meta = body.split("\r\n\r\n").nth(1).unwrap().split("\r\n").next().unwrap();
    let authorization = request.headers()["authorization"].to_str().unwrap();
    let nonce = authorization.split_once("nonce_str=\"").unwrap().1.split('"').next().unwrap();
    let asked = json!({
        "method": "POST", "path": request.uri().path(), "body": meta, "mchid": MERCHANT, "serial": SERIAL,
        "nonce": nonce, "timestamp": now.micros() / 1_000_000,
    });
    assert_eq!(town.sdk.get("authorization", asked), authorization);
    let word = town.channel.complaint_word(&op, &call(&request), now);
    assert!(matches!(word, ComplaintWord::Call(CallOutcome::Uploaded { .. })), "{word:?}");
}

/// Their client encrypts a name, which our simulator reads; they fetch a bill that our client reads.
#[test]
fn their_transfers_and_bills_are_ours() {
    let Some(mut town) = Town::new(false, "platform_key") else { return };
    town.simulator().bank_mut().add_account("openid", "李四");
    for (no, name, state) in [("T1", "李四", "SUCCESS"), ("T2", "张三", "FAIL")] {
        let transfer = json!({
            "out_bill_no": no, "transfer_scene_id": "1011", "openid": "openid", "transfer_amount": 200_000,
            "transfer_remark": "退款", "user_name": name,
            "transfer_scene_report_infos": [{ "info_type": "赔付原因", "info_content": "订单退款" }],
        });
        assert_eq!(town.sdk("mch_transfer_bills", transfer).1["state"], state, "{name}");
        assert_eq!(town.sdk("mch_transfer_bills_query", json!({ "out_bill_no": no })).1["state"], state);
    }
    let now = town.now();
    let before = Instant::from_micros(now.micros() - 2 * 86_400_000_000);
    town.clock.store(before.micros(), Ordering::SeqCst);
    town.pay();
    town.clock.store(now.micros(), Ordering::SeqCst);
    let (status, offered) = town.sdk("trade_bill", json!({ "bill_date": before.date().to_string(), "tar_type": null }));
    assert_eq!(status, 200, "{offered}");
    let file = town.sdk("download_bill", json!({ "url": offered["download_url"] })).1;
    let mut lines = Vec::new();
    let text = text(&file);
    let read =
        town.channel.read_bill(yuanlu_channels::BillKind::Trades, before.date(), &mut text.as_bytes(), &mut |l| {
            lines.push(l.payment_no.to_string());
        });
    assert_eq!((read, lines), (Ok(()), vec![PAYMENT.to_owned()]));
}

/// An abnormal refund is finished by their client at our simulator: it reads what they encrypted.
#[test]
fn their_client_finishes_an_abnormal_refund() {
    let Some(mut town) = Town::new(false, "platform_key") else { return };
    town.pay();
    town.simulator().bank_mut().script(REFUND, Behaviour::Abnormal);
    let send = town.refund();
    let Outcome::Accepted { channel_ref } =
        town.channel.outcome(&send, &call(&town.channel.request(&send, town.now()).unwrap()), town.now())
    else {
        panic!()
    };
    let now = town.now().micros();
    town.simulator().bank_mut().advance(now + 3_600_000_000);
    let finish = json!({
        "refund_id": channel_ref, "out_refund_no": REFUND, "type": "USER_BANK_CARD", "bank_type": "ICBC_DEBIT",
        "bank_account": "6222021234567890123", "real_name": "张三丰",
    });
    let (status, finished) = town.sdk("abnormal_refund", finish);
    assert_eq!((status, &finished["status"]), (200, &json!("PROCESSING")), "{finished}");
}

/// The same text, key, time and nonce give the same header in their hands.
#[test]
fn our_requests_are_signed_as_theirs_are() {
    let Some(mut town) = Town::new(false, "platform_key") else { return };
    town.pay();
    let no = || REFUND.into();
    let payee = Payee { account: "openid".into(), name: "李四".into() };
    let ops = [
        town.refund(),
        Op::QueryPayment { no: no(), since: town.now(), prepared: None },
        Op::ClosePayment { no: no(), since: town.now(), prepared: None },
        Op::Remit { no: no(), payee, amount: Money::cny(200_000), reason: "订单".into() },
    ];
    for op in ops {
        let request = town.channel.request(&op, town.now()).unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        let nonce = authorization.split_once("nonce_str=\"").unwrap().1.split('"').next().unwrap();
        let theirs = town.sdk.get(
            "authorization",
            json!({
                "method": request.method().as_str(), "path": request.uri().path_and_query().unwrap().as_str(),
                "body": String::from_utf8(request.body().clone()).unwrap(), "mchid": MERCHANT, "serial": SERIAL,
                "nonce": nonce, "timestamp": town.now().micros() / 1_000_000,
            }),
        );
        assert_eq!(theirs, authorization, "{op:?}");
    }
}

#[test]
fn what_we_encrypt_they_open() {
    let Some(mut town) = Town::new(false, "platform_key") else { return };
    let now = town.now();
    let payee = Payee { account: "openid".into(), name: "欧阳锋·Ωμέγα".into() };
    let remit = Op::Remit { no: REFUND.into(), payee, amount: Money::cny(100), reason: "订单".into() };
    let card =
        AbnormalTo { bank: "ICBC_DEBIT".into(), account: "6222021234567890123".into(), name: "张三丰".into() };
    let body = |request: http::Request<Vec<u8>>| serde_json::from_slice::<Value>(request.body()).unwrap();
    let remit = body(town.channel.request(&remit, now).unwrap());
    let finish = body(town.channel.finish_abnormal(&REFUND.into(), "50000", &card, now).unwrap());
    for (sealed, plain) in [
        (&remit["user_name"], "欧阳锋·Ωμέγα"),
        (&finish["bank_account"], "6222021234567890123"),
        (&finish["real_name"], "张三丰"),
    ] {
        assert_eq!(town.sdk.get("decrypt", json!({ "sealed": sealed })), plain);
    }
}

/// What the page inside WeChat is given has the signature that they would give it.
#[test]
fn the_pages_signature_is_theirs() {
    let Some(mut town) = Town::new(false, "platform_key") else { return };
    let op = PaymentOp {
        no: PAYMENT.into(),
        amount: Money::cny(1),
        subject: "订单".into(),
        return_url: String::new(),
        pay_until: town.now().plus_minutes(30),
        since: town.now(),
        scene: Scene::Mobile,
        payer_ip: String::new(),
    };
    let reply = call(&town.channel.jsapi_request(&op, "openid", town.now()).unwrap());
    let page = town.channel.jsapi_pay(&reply, town.now()).unwrap();
    let lines = json!([page.app_id, page.timestamp, page.nonce, page.package]);
    assert_eq!(town.sdk.get("pay_sign", json!({ "text": lines, "signature": page.signature })), true);
    let lines = json!([page.app_id, page.timestamp, page.nonce, "prepay_id=another"]);
    assert_eq!(town.sdk.get("pay_sign", json!({ "text": lines, "signature": page.signature })), false);
}

/// Callbacks that they sign and encrypt are believed by us; touched or signed by another, they are not.
#[test]
fn their_callbacks_are_believed() {
    for by_certificate in [false, true] {
        let Some(mut town) = Town::new(by_certificate, "platform_key") else { return };
        let now = town.now();
        let serial = if by_certificate { text(&town.keys["serial"]) } else { KEY_ID.to_owned() };
        let plain = json!({
            "mchid": MERCHANT, "out_trade_no": PAYMENT, "transaction_id": "1", "out_refund_no": REFUND, "refund_id": "5",
            "refund_status": "ABNORMAL", "amount": { "total": 5000, "refund": 1234 },
        });
        let mut notify = |key: &str, api_key: &str, age: i64| {
            let told = town.sdk.get(
                "notification",
                json!({
                    "key": key, "serial": serial, "api_key": api_key, "event": "REFUND.ABNORMAL", "about": "refund",
                    "plain": plain, "timestamp": now.micros() / 1_000_000 - age,
                }),
            );
            let headers: Vec<_> =
                told["headers"].as_object().unwrap().iter().map(|(name, v)| (name.clone(), text(v))).collect();
            (headers, text(&told["body"]))
        };
        let (headers, body) = notify("platform", API_KEY, 0);
        let news = town.channel.callback(&headers, body.as_bytes(), now);
        let outcome = Outcome::ManualAtChannel { code: "ABNORMAL".into() };
        assert_eq!(news, Ok(Verified::Refund { no: REFUND.into(), amount: Money::cny(1234), outcome }));
        for place in 0..body.len() {
            let mut changed = body.clone().into_bytes();
            changed[place] ^= 1;
            assert_eq!(town.channel.callback(&headers, &changed, now), Err(CallbackError::BadSignature), "{place}");
        }
        for (key, api_key, age, expected) in [
            ("stranger", API_KEY, 0, CallbackError::BadSignature),
            ("merchant", API_KEY, 0, CallbackError::BadSignature),
            ("platform", "another-key-of-thirty-two-letter", 0, CallbackError::NotOurs),
            ("platform", API_KEY, 3600, CallbackError::Stale),
        ] {
            let (headers, body) = notify(key, api_key, age);
            assert_eq!(town.channel.callback(&headers, body.as_bytes(), now), Err(expected), "{key} {age}");
        }
    }
}

/// Callbacks of our simulator are believed by them; touched or forged, they are not.
#[test]
fn our_simulators_callbacks_are_believed_by_them() {
    for by_certificate in [false, true] {
        let Some(mut town) = Town::new(by_certificate, "platform_key") else { return };
        town.pay();
        town.simulator().bank_mut().script(REFUND, Behaviour::Forged);
        call(&town.channel.request(&town.refund(), town.now()).unwrap());
        let now = town.now().micros();
        let due: Vec<_> = [0, 61, 7300]
            .iter()
            .flat_map(|second| town.simulator().due_callbacks(now + second * 1_000_000))
            .map(|(_, request)| request)
            .collect();
        let mut believed = Vec::new();
        for request in &due {
            let headers: serde_json::Map<String, Value> =
                headers(request).into_iter().map(|(name, value)| (name, value.into())).collect();
            let body = String::from_utf8(request.body().clone()).unwrap();
            let news = town.sdk.get("callback", json!({ "headers": headers, "body": body }));
            if !news.is_null() {
                believed.push(text(&news["event_type"]));
                let resource = &news["resource"];
                assert_eq!(resource["out_trade_no"], PAYMENT, "{resource}");
                let changed = body.replace("\"id\"", "\"ID\"");
                let refused = town.sdk.ask("callback", json!({ "headers": headers, "body": changed }));
                assert_eq!(refused, Ok(Value::Null));
            }
        }
        believed.sort();
        believed.dedup();
        assert_eq!(believed, ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]);
        assert!(due.len() > believed.len());
    }
}

/// An answer that another key signed is believed by neither client.
#[test]
fn a_forged_answer_is_refused_on_both_sides() {
    let Some(mut town) = Town::new(false, "stranger_key") else { return };
    town.pay();
    let refused = town.sdk.call("query", json!({ "out_trade_no": PAYMENT, "mchid": MERCHANT })).unwrap_err();
    assert!(refused.contains("failed to verify the signature"), "{refused}");
    let send = town.refund();
    let outcome = town.channel.outcome(&send, &call(&town.channel.request(&send, town.now()).unwrap()), town.now());
    assert_eq!(outcome, Outcome::Unknown { code: "bad_signature".into() });
}
