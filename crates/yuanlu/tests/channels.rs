//! Payment channels as an operator configures them: `doctor` says what is wrong and asks without moving money, `serve`
//! refuses to start half-configured.
#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

#[allow(dead_code, reason = "each test file uses its part")]
mod house;

use house::{House, run};
use std::path::Path;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use yuanlu_app::Clock;
use yuanlu_simulator::alipay::{AlipaySetup, AlipaySimulator};
use yuanlu_simulator::loopback::Loopback;
use yuanlu_simulator::{Behaviour, Chooser, practice};

fn alipay() -> (Loopback, Arc<Mutex<AlipaySimulator>>) {
    let setup = AlipaySetup {
        app_id: "2021000000000001".into(),
        seller_id: "2088000000000001".into(),
        merchant_key: practice::MERCHANT_PUBLIC.into(),
        platform_key: practice::PLATFORM_KEY.into(),
        stranger_key: practice::STRANGER_KEY.into(),
        serials: None,
        base_url: String::new(),
        notify_url: String::new(),
        chooser: Chooser::Always(Behaviour::AtOnce),
    };
    let simulator = Arc::new(Mutex::new(AlipaySimulator::new(setup).unwrap()));
    let clock = Arc::new(AtomicI64::new(Clock::system().now().micros()));
    (Loopback::start(simulator.clone(), clock, Duration::from_millis(10)).unwrap(), simulator)
}

fn configure(data: &Path, section: &str) {
    std::fs::create_dir_all(data).unwrap();
    std::fs::write(data.join("own.pem"), practice::MERCHANT_KEY).unwrap();
    std::fs::write(data.join("alipay.pem"), practice::PLATFORM_PUBLIC).unwrap();
    std::fs::write(data.join("yuanlu.toml"), format!("[channels.alipay]\n{section}")).unwrap();
}

fn doctor(data: &Path) -> String {
    let output = run(&["doctor", "--data"], data);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[test]
fn doctor_asks_a_channel_without_moving_money() {
    let house = House::new("channels");
    let (server, simulator) = alipay();
    let good = format!(
        "app_id = 2021000000000001\nprivate_key_file = \"own.pem\"\nalipay_public_key_file = \"alipay.pem\"\n\
         base_url = \"{}/gateway.do\"\n",
        server.url()
    );
    let data = house.folder("good");
    configure(&data, &good);
    let text = doctor(&data);
    assert!(text.contains("channel alipay: asked a question, its signed answer is good"), "{text}");
    assert!(!text.contains("PRIVATE"), "{text}");
    assert!(simulator.lock().unwrap().bank().books().movements.is_empty());

    // A key that Alipay does not know: the settings are well-formed, and the question shows it.
    std::fs::write(data.join("own.pem"), practice::STRANGER_KEY).unwrap();
    let text = doctor(&data);
    assert!(text.contains("not answered as it should be (unsigned_isv.invalid-signature)"), "{text}");

    // Nobody there.
    configure(&data, &good);
    drop(server);
    let text = doctor(&data);
    assert!(text.contains("not answered as it should be (not_sent)"), "{text}");
}

#[test]
fn what_is_wrong_is_named_and_serve_does_not_start() {
    let house = House::new("channels-wrong");
    let data = house.folder("wrong");
    configure(&data, "app_id = \"shop\"\nprivate_key_file = \"none.pem\"\nalipay_public_key_file = \"alipay.pem\"\n");
    let text = doctor(&data);
    assert!(text.contains("channel alipay: private_key_file: none.pem cannot be read"), "{text}");
    configure(&data, "app_id = \"shop\"\nprivate_key_file = \"own.pem\"\nalipay_public_key_file = \"alipay.pem\"\n");
    let text = doctor(&data);
    assert!(text.contains("channel alipay: app_id: is not a number"), "{text}");
    let output = run(&["serve", "--listen", "127.0.0.1:0", "--data"], &data);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("alipay app_id: is not a number"), "{error}");
    std::fs::write(data.join("yuanlu.toml"), "[channels.alypay]\napp_id = 1\n").unwrap();
    let text = doctor(&data);
    assert!(text.contains("channel alypay: alypay: there is no such channel"), "{text}");
}
