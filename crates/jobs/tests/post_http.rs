//! Short messages and webhooks over HTTP, against a receiver in another language that checks every signature itself.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod house;

use house::{Folder, person};
use ring::hmac;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use yuanlu_app::engine::Lane;
use yuanlu_app::inputs::{Origin, Page, RegisterInput, TemplateInput, TemplateKey};
use yuanlu_app::{App, AppError, Born, Clock, Config, Limits, Principal};
use yuanlu_domain::Role;
use yuanlu_domain::time::Instant;
use yuanlu_jobs::Post;
use yuanlu_notify::Settings;
use yuanlu_notify::guard::Reach;
use yuanlu_notify::settings::{Around, Sections};
use yuanlu_storage::notice::{self, Notice};

struct Other {
    child: Child,
    lines: Receiver<Value>,
    url: String,
}

impl Other {
    fn start() -> Option<Self> {
        let Ok(folder) = std::env::var("YUANLU_TEST_SDKS") else {
            assert!(std::env::var("YUANLU_REQUIRE_SDKS").is_err(), "YUANLU_TEST_SDKS is not set");
            eprintln!("NOT RUN: nothing was called, because YUANLU_TEST_SDKS is not set");
            return None;
        };
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sdk/receiver.py");
        let mut child = Command::new(Path::new(&folder).join("mail/bin/python"))
            .arg(program)
            .arg("sms-word")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).expect("it writes JSON"));
            }
        });
        let first: Value = lines.recv_timeout(Duration::from_secs(60)).expect("it listens");
        Some(Self { child, lines, url: format!("http://127.0.0.1:{}", first["port"]) })
    }

    fn said(&self) -> Vec<Value> {
        std::thread::sleep(Duration::from_millis(150));
        self.lines.try_iter().collect()
    }

    fn sms(&self, provider: &str) -> Settings {
        let sms = [
            ("provider", provider),
            ("base", &self.url),
            ("key_id", "AKID"),
            ("key_secret", "sms-word"),
            ("sign_name", "原路"),
            ("app_id", "1400"),
            ("code_template", "T-CODE"),
        ];
        let sms = sms.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let around = Around { variable: &|_| None, file: &|_| Err(std::io::ErrorKind::NotFound.into()) };
        let (settings, faults) = Settings::read(&Sections::from([("sms".to_owned(), sms)]), &around);
        assert_eq!(faults, []);
        settings
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn shop(folder: &Folder, settings: Settings) -> App {
    let mut config = Config::new(&folder.0, Born::Live);
    config.clock = Clock::manual(Instant::from_shanghai(2026, 3, 10, 10, 0, 0));
    config.limits = Limits::none();
    config.public_url = "https://shop.example".into();
    config.notify = Arc::new(settings);
    App::open(config).unwrap()
}

fn tell(app: &App, recipient: String, kind: &str, order: &str) {
    let now = app.now();
    let told = Notice {
        recipient,
        id: format!("{:020}-{kind}-{order}", now.micros()),
        kind: kind.into(),
        order: order.into(),
        case: Some(1),
        amount_minor: Some(9_500),
        currency: "CNY".into(),
        due: Some(now.plus_hours(24)),
        at: now,
        read_at: None,
    };
    app.engine().write(Lane::Bulk, move |tx, _| notice::insert(tx, &told)).unwrap();
    app.spread_notices().unwrap();
}

fn later(app: &App, seconds: i64) {
    app.clock().set(app.now().plus_seconds(seconds));
}

#[test]
fn both_providers_believe_the_signature_and_a_number_is_proved() {
    for provider in ["aliyun", "tencent"] {
        let Some(other) = Other::start() else { return };
        let folder = Folder::new(&format!("sms-{provider}"));
        let app = shop(&folder, other.sms(provider));
        let post = Post::new(&app).unwrap();
        let input = RegisterInput { login: "lilei".into(), password: "a long enough password".to_owned().into() };
        let buyer = app.register(&input, &Origin::default()).unwrap().principal;
        let key = |kind: &str| TemplateKey { kind: kind.into(), way: "sms".into(), language: "zh".into() };
        // Whoever may change words is somebody with an account.
        let admin = person(buyer.account().unwrap().as_str(), &[Role::Admin], None);

        assert_eq!(app.add_contact(&buyer, "mail", "a@b.cn").unwrap_err(), AppError::invalid("way", "unknown"));
        app.add_contact(&buyer, "sms", "138 1234 1111").unwrap();
        post.step();
        assert_eq!(other.said().len(), 1, "it is told to wait");
        later(&app, 31);
        post.step();
        let call = other.said().remove(0);
        assert_eq!(
            (&call["by"], &call["template"], &call["sign"]),
            (&json!(provider), &json!("T-CODE"), &json!("原路"))
        );
        let value = if provider == "aliyun" { &call["values"]["code"] } else { &call["values"][0] };
        app.confirm_contact(&buyer, "sms", value.as_str().unwrap()).unwrap();
        assert_eq!(app.contacts(&buyer).unwrap().contacts[0].hint, "138****1111");

        let recipient = buyer.party().unwrap().to_string();
        tell(&app, recipient.clone(), "reminder", "O-1");
        assert_eq!(post.step(), 0, "no template is approved for it");
        let bad = TemplateInput {
            key: key("reminder"),
            subject: "T-7".into(),
            body: "amount = {{ amount }}\nx = {{ y }}".into(),
        };
        let fault = app.change_template(&admin, &bad).unwrap().unwrap_err();
        assert_eq!((fault.code, fault.line), ("unknown_name", Some(2)));
        let good = TemplateInput { body: "amount = {{ amount }}\nuntil={{ due }}".into(), ..bad };
        let shown = app.change_template(&admin, &good).unwrap().unwrap();
        assert!(shown.preview.body.starts_with("amount = ¥95.00"), "{}", shown.preview.body);
        later(&app, 1);
        tell(&app, recipient.clone(), "reminder", "O-2");
        assert_eq!(post.step(), 1);
        let call = other.said().remove(0);
        assert_eq!((&call["template"], &call["action"]), (&json!("T-7"), &json!("SendSms")));
        match provider {
            "aliyun" => {
                assert_eq!(call["values"], json!({ "amount": "¥95.00", "until": "2026-03-11 10:00" }));
                assert_eq!(call["to"], "13812341111");
            }
            _ => {
                assert_eq!(call["values"], json!(["¥95.00", "2026-03-11 10:00"]));
                assert_eq!((&call["to"], &call["app"]), (&json!("+8613812341111"), &json!("1400")));
            }
        }
        assert_eq!(app.own_dispatches(&buyer, &Page::default()).unwrap().items[0].id, call["id"].as_str().unwrap());

        app.add_contact(&buyer, "sms", "13812340000").unwrap();
        post.step();
        assert_eq!(app.suppressions(&admin).unwrap()[0].hint, "138****0000");
        assert!(other.said().iter().all(|call| call.get("wrong").is_none()));
    }
}

#[test]
fn a_sellers_program_is_told_signed_until_it_answers() {
    let Some(other) = Other::start() else { return };
    let folder = Folder::new("webhooks");
    let app = shop(&folder, Settings { reach: Reach::Any, ..Settings::default() });
    let post = Post::new(&app).unwrap();
    let admin = person("admin", &[Role::Admin], None);
    let admitted = app.admit_seller(&admin, "卡券小店", false).unwrap();
    let seller: Principal = person("seller", &[Role::Seller], Some(admitted.id.as_str().into()));
    let stranger = person("other", &[Role::Buyer], None);
    assert!(app.add_webhook(&stranger, &other.url).is_err());
    let recipient = format!("seller:{}", admitted.id);

    let good = app.add_webhook(&seller, &format!("{}/hook", other.url)).unwrap();
    assert!(good.secret.expose().starts_with("whsec_"));
    tell(&app, recipient.clone(), "seller_asked", "O-1");
    assert_eq!(post.step(), 1);
    let call = other.said().remove(0);
    assert_eq!(call["body"]["type"], "seller_asked");
    assert_eq!(call["body"]["data"]["order"], "O-1");
    assert_eq!(
        (&call["body"]["data"]["amount_minor"], &call["body"]["data"]["currency"]),
        (&json!(9_500), &json!("CNY"))
    );
    // The signature over what arrived, by the secret that was shown.
    let key = decoded(good.secret.expose().strip_prefix("whsec_").unwrap());
    let signature = decoded(call["signature"].as_str().unwrap().strip_prefix("v1,").unwrap());
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    hmac::verify(&key, &decoded(call["signed"].as_str().unwrap()), &signature).unwrap();
    assert_eq!(call["time"].as_i64().unwrap() * 1_000_000, app.now().micros());

    // Sent again under its id.
    let sent = app.webhook_dispatches(&seller, &good.webhook.id, &Page::default()).unwrap().items.remove(0);
    assert_eq!((sent.state.as_str(), sent.id.as_str()), ("sent", call["id"].as_str().unwrap()));
    app.redeliver(&seller, &good.webhook.id, &sent.id).unwrap();
    post.step();
    assert_eq!(other.said()[0]["id"], call["id"]);
    assert_eq!(app.redeliver(&seller, &good.webhook.id, "nothing").unwrap_err(), AppError::NotFound);
    app.remove_webhook(&seller, &good.webhook.id).unwrap();

    // It fails, or its answer is lost: the same id, until it answers.
    for (path, code) in [("broken", "http_500"), ("silent", "connection_lost")] {
        later(&app, 1);
        let hook = app.add_webhook(&seller, &format!("{}/hook/{path}", other.url)).unwrap().webhook;
        app.test_webhook(&seller, &hook.id).unwrap();
        post.step();
        let first = other.said();
        let log = |app: &App| app.webhook_dispatches(&seller, &hook.id, &Page::default()).unwrap().items.remove(0);
        assert_eq!((log(&app).state.as_str(), log(&app).why.as_deref()), ("retrying", Some(code)));
        later(&app, 31);
        post.step();
        let again = other.said();
        assert_eq!(first.last().unwrap()["id"], again[0]["id"]);
        assert_eq!(log(&app).state, "sent");
        app.remove_webhook(&seller, &hook.id).unwrap();
    }

    // A redirect is not followed; 410 ends it.
    let away = app.add_webhook(&seller, &format!("{}/hook/away", other.url)).unwrap().webhook;
    app.test_webhook(&seller, &away.id).unwrap();
    post.step();
    assert_eq!(other.said().len(), 1);
    app.remove_webhook(&seller, &away.id).unwrap();
    let gone = app.add_webhook(&seller, &format!("{}/hook/gone", other.url)).unwrap().webhook;
    app.test_webhook(&seller, &gone.id).unwrap();
    post.step();
    assert_eq!(app.webhooks(&seller).unwrap()[0].stopped.as_deref(), Some("gone"));
    tell(&app, recipient, "seller_asked", "O-2");
    assert_eq!(post.step(), 0, "nothing goes there any more");
    app.restart_webhook(&seller, &gone.id).unwrap();
    assert_eq!(app.webhooks(&seller).unwrap()[0].stopped, None);
}

#[test]
fn nobody_is_called_inside_the_network() {
    let Some(other) = Other::start() else { return };
    let folder = Folder::new("webhooks-inside");
    let app = shop(&folder, Settings::default());
    let admin = person("admin", &[Role::Admin], None);
    let admitted = app.admit_seller(&admin, "卡券小店", false).unwrap();
    let seller: Principal = person("seller", &[Role::Seller], Some(admitted.id.as_str().into()));
    for (url, code) in [
        (other.url.as_str(), "not_https"),
        ("https://127.0.0.1/hook", "private_address"),
        ("https://169.254.169.254/latest", "private_address"),
        ("not a url", "not_an_address"),
    ] {
        assert_eq!(app.add_webhook(&seller, url).map(|_| ()).unwrap_err(), AppError::invalid("url", code), "{url}");
    }
    // Named while the operator allowed it, and called after he does not any more.
    drop(app);
    let app = shop(&folder, Settings { reach: Reach::Any, ..Settings::default() });
    let hook = app.add_webhook(&seller, &format!("{}/hook", other.url)).unwrap().webhook;
    app.test_webhook(&seller, &hook.id).unwrap();
    drop(app);
    let app = shop(&folder, Settings::default());
    assert_eq!(Post::new(&app).unwrap().step(), 0);
    assert_eq!(other.said().len(), 0);
    let log = app.webhook_dispatches(&seller, &hook.id, &Page::default()).unwrap().items.remove(0);
    assert_eq!((log.state.as_str(), log.why.as_deref()), ("failed", Some("private_address")));
}

fn decoded(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut held, mut bits) = (Vec::new(), 0u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        held = held << 6 | u32::try_from(ALPHABET.iter().position(|letter| *letter == byte).unwrap()).unwrap();
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits & 0xff) as u8);
        }
    }
    out
}
