//! Every provider on a socket of this machine, with our client in front of it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use yuanlu_channels::Channels;
use yuanlu_channels::alipay::{Alipay, AlipayConfig};
use yuanlu_channels::stripe::{StripeChannel, StripeConfig};
use yuanlu_channels::unionpay::{UnionPay, UnionPayConfig};
use yuanlu_channels::wechat::{WechatChannel, WechatConfig};
use yuanlu_domain::time::Instant;
use yuanlu_simulator::alipay::{AlipaySetup, AlipaySimulator};
use yuanlu_simulator::loopback::{Loopback, Provider as Answers};
use yuanlu_simulator::stripe::{StripeSetup, StripeSimulator};
use yuanlu_simulator::unionpay::{UnionPaySetup, UnionPaySimulator};
use yuanlu_simulator::wechat::{WechatSetup, WechatSimulator};
use yuanlu_simulator::{Bank, Behaviour, Chooser, practice};

type Reach = Box<dyn Fn(&mut dyn FnMut(&mut Bank))>;

/// A provider and the shop's client of it.
pub struct Provider {
    pub id: &'static str,
    pub channels: Channels,
    reach: Reach,
    clock: Arc<AtomicI64>,
    /// What it puts before the bank's number of a transaction.
    pub prefix: &'static str,
    _server: Loopback,
}

impl Provider {
    pub fn bank<T>(&self, work: impl FnOnce(&mut Bank) -> T) -> T {
        let (mut work, mut answer) = (Some(work), None);
        (self.reach)(&mut |bank| answer = work.take().map(|work| work(bank)));
        answer.expect("the bank was reached")
    }

    pub fn set_clock(&self, now: Instant) {
        self.clock.store(now.micros(), Ordering::SeqCst);
    }
}

const ALWAYS: Chooser = Chooser::Always(Behaviour::AtOnce);

fn served<P: Answers>(provider: &Arc<Mutex<P>>) -> (Arc<AtomicI64>, Loopback) {
    let clock = Arc::new(AtomicI64::new(0));
    let server = Loopback::start(provider.clone(), clock.clone(), Duration::ZERO).expect("a thread");
    (clock, server)
}

fn reaching<P: 'static>(provider: &Arc<Mutex<P>>, bank: fn(&mut P) -> &mut Bank) -> Reach {
    let provider = provider.clone();
    Box::new(move |with| with(bank(&mut provider.lock().expect("whole"))))
}

pub fn alipay(now: Instant) -> Provider {
    let simulator = AlipaySimulator::new(AlipaySetup {
        app_id: "2021000000000001".into(),
        seller_id: "2088000000000001".into(),
        merchant_key: practice::MERCHANT_PUBLIC.into(),
        platform_key: practice::PLATFORM_KEY.into(),
        stranger_key: practice::STRANGER_KEY.into(),
        serials: None,
        base_url: String::new(),
        notify_url: "https://shop.test/callback/alipay".into(),
        chooser: ALWAYS,
    });
    let simulator = Arc::new(Mutex::new(simulator.expect("good keys")));
    let (clock, server) = served(&simulator);
    simulator.lock().expect("whole").set_base_url(&server.url());
    let config = AlipayConfig {
        app_id: "2021000000000001".into(),
        seller_id: "2088000000000001".into(),
        private_key: practice::MERCHANT_KEY.into(),
        alipay_public_key: practice::PLATFORM_PUBLIC.into(),
        notify_url: "https://shop.test/callback/alipay".into(),
        base_url: format!("{}/gateway.do", server.url()),
        ..AlipayConfig::default()
    };
    let channels = Channels::new().with(Alipay::new(config, now).expect("good settings"));
    let reach = reaching(&simulator, AlipaySimulator::bank_mut);
    Provider { id: "alipay", channels, reach, clock, prefix: "", _server: server }
}

pub fn unionpay(now: Instant) -> Provider {
    let simulator = UnionPaySimulator::new(UnionPaySetup {
        merchant_id: "777290058110048".into(),
        merchant_certificate: practice::MERCHANT_CERTIFICATE.into(),
        merchant_serial: practice::MERCHANT_CERTIFICATE_SERIAL.into(),
        platform_key: practice::PLATFORM_KEY.into(),
        platform_certificate: practice::UNIONPAY_CERTIFICATE.into(),
        stranger_key: practice::STRANGER_KEY.into(),
        stranger_certificate: practice::STRANGER_CERTIFICATE.into(),
        chooser: ALWAYS,
    });
    let simulator = Arc::new(Mutex::new(simulator.expect("good keys")));
    let (clock, server) = served(&simulator);
    let config = UnionPayConfig {
        merchant_id: "777290058110048".into(),
        private_key: practice::MERCHANT_KEY.into(),
        certificate: practice::MERCHANT_CERTIFICATE.into(),
        root_certificate: practice::ROOT_CERTIFICATE.into(),
        middle_certificate: practice::MIDDLE_CERTIFICATE.into(),
        signer: "中国银联股份有限公司".into(),
        notify_url: "https://shop.test/callback/unionpay".into(),
        base_url: server.url(),
        file_url: server.url(),
    };
    let channels = Channels::new().with(UnionPay::new(config, now).expect("good settings"));
    let reach = reaching(&simulator, UnionPaySimulator::bank_mut);
    Provider { id: "unionpay", channels, reach, clock, prefix: "", _server: server }
}

pub fn stripe() -> Provider {
    let (key, secret) = ("sk_test_0123456789abcdef", "whsec_1");
    let simulator = Arc::new(Mutex::new(StripeSimulator::new(StripeSetup {
        secret_key: key.into(),
        webhook_secret: secret.into(),
        webhook_url: "https://shop.test/callback/stripe".into(),
        chooser: ALWAYS,
    })));
    let (clock, server) = served(&simulator);
    let config = StripeConfig {
        secret_key: key.into(),
        webhook_secret: secret.into(),
        webhook_secret_before: "".into(),
        base_url: server.url(),
    };
    let channels = Channels::new().with(StripeChannel::new(config).expect("good settings"));
    let reach = reaching(&simulator, StripeSimulator::bank_mut);
    Provider { id: "stripe", channels, reach, clock, prefix: "pi_", _server: server }
}

pub fn wechat() -> Provider {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let base_url = format!("http://{}", listener.local_addr().expect("has one"));
    let config = WechatConfig {
        merchant_id: "1900006511".into(),
        app_id: "wxb4ba3c02aa476ea1".into(),
        merchant_serial: "7132D72A03E93CDDF8C03BBD1F37EEDF".into(),
        merchant_key: practice::MERCHANT_KEY.into(),
        api_key: "0123456789abcdef0123456789abcdef".into(),
        public_key_id: "PUB_KEY_ID_0000000000000024101100397200000006".into(),
        public_key: practice::PLATFORM_PUBLIC.into(),
        platform_certificates: String::new(),
        notify_url: "https://shop.test/callback/wechat".into(),
        base_url: base_url.clone(),
        transfer_scene: "1011".into(),
    };
    let setup = WechatSetup {
        merchant_id: config.merchant_id.clone(),
        app_id: config.app_id.clone(),
        merchant_serial: config.merchant_serial.clone(),
        merchant_key: practice::MERCHANT_PUBLIC.into(),
        api_key: "0123456789abcdef0123456789abcdef".into(),
        platform_key: practice::PLATFORM_KEY.into(),
        platform_serial: config.public_key_id.clone(),
        platform_certificate: String::new(),
        stranger_key: practice::STRANGER_KEY.into(),
        base_url,
        chooser: ALWAYS,
    };
    let simulator = Arc::new(Mutex::new(WechatSimulator::new(setup).expect("good keys")));
    let clock = Arc::new(AtomicI64::new(0));
    let server = Loopback::at(&listener, simulator.clone(), clock.clone(), Duration::ZERO).expect("a thread");
    let channels = Channels::new().with(WechatChannel::new(config).expect("good settings"));
    let reach = reaching(&simulator, WechatSimulator::bank_mut);
    Provider { id: "wechat", channels, reach, clock, prefix: "", _server: server }
}
