//! Every word of WeChat's has its class, and the vectors that other software computed.

use super::answer::{Answer, ERRORS};
use super::sign::Keys;
use super::*;
use crate::rsa::PublicKey;
use yuanlu_simulator::practice;

const NO: &str = "YL7Q261122ABCDEFGHJKR001";

fn config() -> WechatConfig {
    WechatConfig {
        merchant_id: "1900006511".into(),
        app_id: "wxb4ba3c02aa476ea1".into(),
        merchant_serial: "7132D72A03E93CDDF8C03BBD1F37EEDF".into(),
        merchant_key: practice::MERCHANT_KEY.into(),
        api_key: "0123456789abcdef0123456789abcdef".into(),
        public_key_id: "PUB_KEY_ID_0000000000000024101100397200000006".into(),
        public_key: practice::PLATFORM_PUBLIC.into(),
        platform_certificates: String::new(),
        notify_url: "https://shop.example/callbacks/wechat".into(),
        base_url: "https://api.mch.weixin.qq.com".into(),
        transfer_scene: "1011".into(),
    }
}

fn class(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Arrived { .. } => "arrived",
        Outcome::Accepted { .. } => "accepted",
        Outcome::Unknown { .. } => "unknown",
        Outcome::NotFound => "not_found",
        Outcome::RetrySameId { .. } => "retry",
        Outcome::NeedFunds { .. } => "need_funds",
        Outcome::FixRequest { .. } => "fix",
        Outcome::OtherRoute { .. } => "other_route",
        Outcome::ManualAtChannel { .. } => "manual",
        Outcome::Bounced { .. } => "bounced",
    }
}

/// What an error means when money was to move, and when it was only asked about.
#[test]
fn every_error_code_has_its_class() {
    let table = [
        (500, "SYSTEM_ERROR", "unknown", "unknown"),
        (400, "BIZERR_NEED_RETRY", "unknown", "unknown"),
        (400, "ALREADY_EXISTS", "unknown", "unknown"),
        (429, "FREQUENCY_LIMITED", "retry", "retry"),
        (403, "FREQUENCY_LIMIT_EXCEED", "retry", "retry"),
        (429, "RATELIMIT_EXCEEDED", "retry", "retry"),
        (403, "NOT_ENOUGH", "need_funds", "need_funds"),
        (403, "USER_ACCOUNT_ABNORMAL", "other_route", "unknown"),
        (404, "RESOURCE_NOT_EXISTS", "fix", "not_found"),
        (404, "NOT_FOUND", "fix", "not_found"),
        (400, "INVALID_REQUEST", "fix", "fix"),
        (400, "PARAM_ERROR", "fix", "fix"),
        (404, "MCH_NOT_EXISTS", "fix", "fix"),
        (401, "SIGN_ERROR", "fix", "fix"),
        (403, "NO_AUTH", "fix", "fix"),
    ];
    let known: Vec<_> = ERRORS.iter().map(|(code, _)| *code).collect();
    assert_eq!(table.map(|(_, code, ..)| code).to_vec(), known);
    let more = [
        (400, "SOMETHING_NEW", "unknown", "unknown"),
        (429, "SOMETHING_NEW", "retry", "retry"),
        (400, "RESOURCE_NOT_EXISTS", "fix", "fix"),
    ];
    let (no, amount) = (ChannelNumber::from(NO), Money::cny(100));
    for (status, code, moving, asking) in table.into_iter().chain(more) {
        for (asked, expected) in [(false, moving), (true, asking)] {
            let answer = || Answer::Error { status, code: code.to_owned() };
            let refund = refund::outcome(answer(), &no, amount, asked);
            let transfer = transfer::outcome(answer(), &no, amount, asked);
            assert_eq!((class(&refund), &refund), (expected, &transfer), "{status} {code} {asked}");
        }
    }
}

#[test]
fn every_state_of_a_refund_has_its_class() {
    for (status, expected) in [
        ("SUCCESS", "arrived"),
        ("PROCESSING", "accepted"),
        ("CLOSED", "other_route"),
        ("ABNORMAL", "manual"),
        ("REVERSING", "unknown"),
        ("success", "unknown"),
        ("", "unknown"),
    ] {
        for field in ["status", "refund_status"] {
            let body = json!({
                "refund_id": "50000000382019052709732678859", "out_refund_no": NO, field: status,
                "amount": { "refund": 100, "total": 500, "currency": "CNY" }, "something": "new",
            });
            let bytes = body.to_string().into_bytes();
            let outcome = refund::outcome(Answer::Done(&bytes), &NO.into(), Money::cny(100), true);
            assert_eq!(class(&outcome), expected, "{status}");
        }
    }
}

#[test]
fn every_state_of_a_transfer_has_its_class() {
    for (state, expected) in [
        ("ACCEPTED", "accepted"),
        ("PROCESSING", "accepted"),
        ("WAIT_USER_CONFIRM", "accepted"),
        ("TRANSFERING", "accepted"),
        ("CANCELING", "accepted"),
        ("SUCCESS", "arrived"),
        ("FAIL", "other_route"),
        ("CANCELLED", "other_route"),
        ("RETURNING", "unknown"),
    ] {
        let body = json!({
            "out_bill_no": NO, "transfer_bill_no": "1330000071100999991182020050700019480001",
            "state": state, "fail_reason": "OPENID_INVALID", "transfer_amount": 100,
        });
        let bytes = body.to_string().into_bytes();
        let outcome = transfer::outcome(Answer::Done(&bytes), &NO.into(), Money::cny(100), true);
        assert_eq!(class(&outcome), expected, "{state}");
        let other = transfer::outcome(Answer::Done(&bytes), &NO.into(), Money::cny(101), false);
        assert_eq!(class(&other), "fix", "{state}");
    }
}

#[test]
fn every_state_of_a_payment_has_its_word() {
    let unknown = |code: &str| PaymentWord::Unknown { code: code.to_owned() };
    let transactions = vec![("1217752501201407033233368018".to_owned(), Money::cny(100))];
    let succeeded = PaymentWord::Succeeded { transactions };
    for (state, expected) in [
        ("SUCCESS", succeeded.clone()),
        ("REFUND", succeeded),
        ("NOTPAY", PaymentWord::Open),
        ("USERPAYING", PaymentWord::Open),
        ("ACCEPT", PaymentWord::Open),
        ("CLOSED", PaymentWord::NotFound),
        ("REVOKED", PaymentWord::NotFound),
        ("PAYERROR", PaymentWord::Declined { code: "PAYERROR".to_owned() }),
        ("NEW", unknown("state_NEW")),
    ] {
        let body = json!({
            "mchid": "1900006511", "out_trade_no": NO, "trade_state": state,
            "transaction_id": "1217752501201407033233368018", "amount": { "total": 100, "currency": "CNY" },
        });
        let bytes = body.to_string().into_bytes();
        let op = Op::QueryPayment { no: NO.into(), since: Instant::from_micros(0), prepared: None };
        assert_eq!(pay::word(Answer::Done(&bytes), &op, "1900006511"), expected, "{state}");
        assert_eq!(pay::word(Answer::Done(&bytes), &op, "1900006512"), unknown("other_merchant"));
    }
}

/// Encrypted by another library, with the same key.
#[test]
fn the_vector_of_encryption() {
    let keys = Keys::new(&config()).unwrap();
    let sealed = "Eu672q2QA7c8b4ZwfuwrHWYT6Er6wyoITZxD3mn+X74jj2o2VYLZY4ujLA==";
    let plain = keys.open(sealed, "abcdefghijkl", "refund").unwrap();
    assert_eq!(plain, br#"{"refund_status":"SUCCESS"}"#);
    assert_eq!(keys.open(sealed, "abcdefghijkl", ""), None);
    assert_eq!(keys.open(sealed, "abcdefghijkm", "refund"), None);
    assert_eq!(keys.open(sealed, "abcdefghijk", "refund"), None);
    assert_eq!(keys.open(&sealed[4..], "abcdefghijkl", "refund"), None);
    assert_eq!(keys.open("", "abcdefghijkl", "refund"), None);
}

/// The signed text is rebuilt here from the parts of the request, as the documents have it.
#[test]
fn a_request_is_signed_over_what_is_sent() {
    let channel = WechatChannel::new(config()).unwrap();
    let now = Instant::from_micros(1_700_000_000_000_000);
    let query = Op::QueryPayment { no: NO.into(), since: now, prepared: None };
    let close = Op::ClosePayment { no: NO.into(), since: now, prepared: None };
    let merchant = PublicKey::read(practice::MERCHANT_PUBLIC).unwrap();
    for (op, path) in [
        (query, format!("/v3/pay/transactions/out-trade-no/{NO}?mchid=1900006511")),
        (close, format!("/v3/pay/transactions/out-trade-no/{NO}/close")),
    ] {
        let request = channel.request(&op, now).unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        let get = |name: &str| authorization.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap();
        assert!(authorization.starts_with("WECHATPAY2-SHA256-RSA2048 mchid=\"1900006511\","));
        assert_eq!((get("timestamp"), get("nonce_str").len()), ("1700000000", 32));
        let body = String::from_utf8(request.body().clone()).unwrap();
        let text = format!("{}\n{path}\n1700000000\n{}\n{body}\n", request.method(), get("nonce_str"));
        assert!(merchant.verify(text.as_bytes(), get("signature")), "{text}");
        assert_eq!(request.headers()["wechatpay-serial"], config().public_key_id);
    }
}

#[test]
fn amounts_of_bills_are_read_to_the_fen() {
    for (text, fen) in [
        ("0.00", Some(0)),
        ("12.34", Some(1234)),
        ("12.3", Some(1230)),
        ("12", Some(1200)),
        ("-0.07", Some(-7)),
        ("0.07000", Some(7)),
        ("0.00500", Some(1)),
        ("0.00499", Some(0)),
        ("-0.00500", Some(-1)),
        ("92233720368547758.07", None),
        ("", None),
        (".5", None),
        ("-", None),
        ("1,234.00", None),
        ("1e3", None),
        ("¥1", None),
    ] {
        assert_eq!(bill::hundredths(text), fen, "{text}");
    }
}

proptest::proptest! {
    /// Even signed noise is no news: nothing in it moves money, and nothing breaks.
    #[test]
    fn noise_says_nothing(bytes: Vec<u8>, text in "[a-zA-Z0-9\"{}:,_\\[\\]]{0,60}") {
        let query = Op::QueryPayment { no: NO.into(), since: Instant::from_micros(0), prepared: None };
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            let refund = refund::outcome(Answer::Done(bytes), &NO.into(), Money::cny(100), true);
            proptest::prop_assert_eq!(class(&refund), "unknown");
            let transfer = transfer::outcome(Answer::Done(bytes), &NO.into(), Money::cny(100), true);
            proptest::prop_assert_eq!(class(&transfer), "unknown");
            let word = pay::word(Answer::Done(bytes), &query, "1900006511");
            proptest::prop_assert_eq!(word, PaymentWord::Unknown { code: "unreadable".into() });
        }
    }

    #[test]
    fn a_bill_of_noise_is_refused(bytes: Vec<u8>, lines in "([`,0-9:. -]{0,12}\n){0,6}") {
        let date = Date::new(2026, 11, 22).unwrap();
        let head = bill_head();
        for file in [bytes, lines.clone().into_bytes(), format!("{head}\n{lines}").into_bytes()] {
            let read = bill::read(BillKind::Trades, date, "1900006511", &mut file.as_slice(), &mut |_| {});
            proptest::prop_assert!(read.is_err());
        }
    }
}

fn bill_head() -> String {
    "交易时间,商户号,微信订单号,商户订单号,交易状态,应结订单金额,商户退款单号,退款金额,退款状态,手续费".to_owned()
}
