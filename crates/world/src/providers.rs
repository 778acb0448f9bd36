//! WeChat Pay, Alipay, UnionPay and Stripe to practise with: the shop's real clients, and simulators that answer in each
//! provider's own wire format below the shop's own address. Keys are the public ones for practice; no money is real.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use yuanlu_channels::alipay::{Alipay, AlipayConfig};
use yuanlu_channels::stripe::{StripeChannel, StripeConfig};
use yuanlu_channels::unionpay::{UnionPay, UnionPayConfig};
use yuanlu_channels::wechat::{WechatChannel, WechatConfig};
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::time::Instant;
use yuanlu_simulator::alipay::{AlipaySetup, AlipaySimulator};
use yuanlu_simulator::loopback::Provider;
use yuanlu_simulator::stripe::{StripeSetup, StripeSimulator};
use yuanlu_simulator::unionpay::{UnionPaySetup, UnionPaySimulator};
use yuanlu_simulator::wechat::{WechatSetup, WechatSimulator};
use yuanlu_simulator::{BadSetup, Bank, Chooser, practice};

/// Where the providers stand below the shop's address, each under its own name.
pub const PROVIDERS_PATH: &str = "/practice";
const WECHAT_MERCHANT: &str = "1900006511";
const WECHAT_APP: &str = "wxb4ba3c02aa476ea1";
const WECHAT_SERIAL: &str = "7132D72A03E93CDDF8C03BBD1F37EEDF";
const WECHAT_API_KEY: &str = "0123456789abcdef0123456789abcdef";
const WECHAT_KEY_ID: &str = "PUB_KEY_ID_0000000000000024101100397200000006";
const ALIPAY_APP: &str = "2021000000000001";
const ALIPAY_SELLER: &str = "2088000000000001";
const UNIONPAY_MERCHANT: &str = "777290058110048";
const STRIPE_KEY: &str = "sk_test_practice_0123456789";
const STRIPE_WEBHOOK: &str = "whsec_practice";

/// The simulated providers of one shop. Clones share them.
#[derive(Clone)]
pub struct Providers {
    all: Arc<Mutex<All>>,
    public_url: String,
    file: Option<PathBuf>,
}

struct All {
    wechat: WechatSimulator,
    alipay: AlipaySimulator,
    unionpay: UnionPaySimulator,
    stripe: StripeSimulator,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    wechat: String,
    alipay: String,
    unionpay: String,
    stripe: String,
}

/// A callback on its way: which provider, its event there, and what is posted.
pub type Callback = (ChannelId, String, http::Request<Vec<u8>>);

impl Providers {
    /// New ones for a shop at this address.
    ///
    /// # Errors
    /// Never for the practice keys; the simulators check them all the same.
    pub fn new(public_url: &str) -> Result<Self, BadSetup> {
        let chooser = Chooser::Digits;
        let base = |name: &str| format!("{public_url}{PROVIDERS_PATH}/{name}");
        let mut all = All {
            wechat: WechatSimulator::new(WechatSetup {
                merchant_id: WECHAT_MERCHANT.into(),
                app_id: WECHAT_APP.into(),
                merchant_serial: WECHAT_SERIAL.into(),
                merchant_key: practice::MERCHANT_PUBLIC.into(),
                api_key: WECHAT_API_KEY.into(),
                platform_key: practice::PLATFORM_KEY.into(),
                platform_serial: WECHAT_KEY_ID.into(),
                platform_certificate: String::new(),
                stranger_key: practice::STRANGER_KEY.into(),
                base_url: base("wechat"),
                chooser,
            })?,
            alipay: AlipaySimulator::new(AlipaySetup {
                app_id: ALIPAY_APP.into(),
                seller_id: ALIPAY_SELLER.into(),
                merchant_key: practice::MERCHANT_PUBLIC.into(),
                platform_key: practice::PLATFORM_KEY.into(),
                stranger_key: practice::STRANGER_KEY.into(),
                serials: None,
                base_url: base("alipay"),
                notify_url: format!("{public_url}/callback/alipay"),
                chooser,
            })?,
            unionpay: UnionPaySimulator::new(UnionPaySetup {
                merchant_id: UNIONPAY_MERCHANT.into(),
                merchant_certificate: practice::MERCHANT_CERTIFICATE.into(),
                merchant_serial: practice::MERCHANT_CERTIFICATE_SERIAL.into(),
                platform_key: practice::PLATFORM_KEY.into(),
                platform_certificate: practice::UNIONPAY_CERTIFICATE.into(),
                stranger_key: practice::STRANGER_KEY.into(),
                stranger_certificate: practice::STRANGER_CERTIFICATE.into(),
                chooser,
            })?,
            stripe: StripeSimulator::new(StripeSetup {
                secret_key: STRIPE_KEY.into(),
                webhook_secret: STRIPE_WEBHOOK.into(),
                webhook_url: format!("{public_url}/callback/stripe"),
                chooser,
            }),
        };
        all.stand_at(public_url);
        Ok(Self { all: Arc::new(Mutex::new(all)), public_url: public_url.to_owned(), file: None })
    }

    /// Reads what was written to this file, or begins anew where nothing was; the shop may have moved. Every change
    /// from now on is written to it, and nothing before: the file may be another program's, which still runs.
    ///
    /// # Errors
    /// When the file is not what was written.
    pub fn open(file: &Path, public_url: &str) -> std::io::Result<Self> {
        let mut providers = Self::new(public_url).map_err(std::io::Error::other)?;
        if file.exists() {
            let saved: Saved = serde_json::from_str(&std::fs::read_to_string(file)?)?;
            let mut all = All {
                wechat: WechatSimulator::load(&saved.wechat).map_err(std::io::Error::other)?,
                alipay: AlipaySimulator::load(&saved.alipay).map_err(std::io::Error::other)?,
                unionpay: UnionPaySimulator::load(&saved.unionpay).map_err(std::io::Error::other)?,
                stripe: StripeSimulator::load(&saved.stripe).map_err(std::io::Error::other)?,
            };
            all.stand_at(public_url);
            providers.all = Arc::new(Mutex::new(all));
        }
        providers.file = Some(file.to_owned());
        Ok(providers)
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, all: &All) -> std::io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let saved = Saved {
            wechat: all.wechat.save(),
            alipay: all.alipay.save(),
            unionpay: all.unionpay.save(),
            stripe: all.stripe.save(),
        };
        let beside = file.with_extension("new");
        std::fs::write(&beside, serde_json::to_vec(&saved)?)?;
        std::fs::rename(beside, file)
    }

    /// Adds the shop's real clients of the providers. One that cannot be used is left out and named.
    pub fn add_to(&self, channels: Channels, now: Instant) -> (Channels, Vec<&'static str>) {
        let base = |name: &str| format!("{}{PROVIDERS_PATH}/{name}", self.public_url);
        let notify = |name: &str| format!("{}/callback/{name}", self.public_url);
        let mut left_out = Vec::new();
        let channels = match WechatChannel::new(wechat(base("wechat"), notify("wechat"))) {
            Ok(client) => channels.with(client),
            Err(_) => {
                left_out.push("wechat");
                channels
            }
        };
        let channels = match Alipay::new(alipay(base("alipay"), notify("alipay")), now) {
            Ok(client) => channels.with(client),
            Err(_) => {
                left_out.push("alipay");
                channels
            }
        };
        let channels = match UnionPay::new(unionpay(&base("unionpay"), notify("unionpay")), now) {
            Ok(client) => channels.with(client),
            Err(_) => {
                left_out.push("unionpay");
                channels
            }
        };
        let stripe = StripeConfig {
            secret_key: STRIPE_KEY.into(),
            webhook_secret: STRIPE_WEBHOOK.into(),
            webhook_secret_before: "".into(),
            base_url: base("stripe"),
        };
        match StripeChannel::new(stripe) {
            Ok(client) => (channels.with(client), left_out),
            Err(_) => {
                left_out.push("stripe");
                (channels, left_out)
            }
        }
    }

    /// Whether a path below the shop's address is a provider's.
    pub fn is_there(path: &str) -> bool {
        path.strip_prefix(PROVIDERS_PATH).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Answers a request to a provider, of a payer's browser or of the shop; `None` when the connection drops.
    pub fn handle(&self, request: &http::Request<Vec<u8>>, now: Instant) -> Option<http::Response<Vec<u8>>> {
        let path = request.uri().path();
        let name = path.strip_prefix(PROVIDERS_PATH)?.trim_start_matches('/').split('/').next()?.to_owned();
        let mut all = self.lock();
        let answer = match name.as_str() {
            "wechat" => Provider::handle(&mut all.wechat, request, now.micros()),
            "alipay" => Provider::handle(&mut all.alipay, request, now.micros()),
            "unionpay" => Provider::handle(&mut all.unionpay, request, now.micros()),
            "stripe" => Provider::handle(&mut all.stripe, request, now.micros()),
            _ => return None,
        };
        // A provider that forgets would be worse than one that is away.
        self.save(&all).ok().and(answer)
    }

    /// Answers a call of the shop.
    pub fn answer(&self, request: &http::Request<Vec<u8>>, now: Instant) -> Reply {
        self.handle(request, now).map_or(Reply::ConnectionLost, Reply::from_http)
    }

    /// Does something with a provider's bank: pays, scripts a behaviour.
    pub fn with_bank<T>(&self, name: &str, work: impl FnOnce(&mut Bank) -> T) -> Option<T> {
        let mut all = self.lock();
        Some(match name {
            "wechat" => work(all.wechat.bank_mut()),
            "alipay" => work(all.alipay.bank_mut()),
            "unionpay" => work(all.unionpay.bank_mut()),
            "stripe" => work(all.stripe.bank_mut()),
            _ => return None,
        })
    }

    /// Callbacks due now; report each with [`Providers::delivered`].
    pub fn due_callbacks(&self, now: Instant) -> Vec<Callback> {
        let (now, mut all) = (now.micros(), self.lock());
        let of = |name: &str, due: Vec<(String, http::Request<Vec<u8>>)>| -> Vec<Callback> {
            due.into_iter().map(|(event, request)| (ChannelId::from(name), event, request)).collect()
        };
        let mut due = of("wechat", all.wechat.due_callbacks(now));
        due.extend(of("alipay", all.alipay.due_callbacks(now)));
        due.extend(of("unionpay", all.unionpay.due_callbacks(now)));
        due.extend(of("stripe", all.stripe.due_callbacks(now)));
        due
    }

    /// Says how callbacks were answered: provider, event, status and body.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn delivered(&self, answers: &[(ChannelId, String, u16, Vec<u8>)]) -> std::io::Result<()> {
        let mut all = self.lock();
        for (channel, event, status, body) in answers {
            match channel.as_str() {
                "wechat" => all.wechat.delivered(event, *status),
                "alipay" => all.alipay.delivered(event, *status, body),
                "unionpay" => all.unionpay.delivered(event, *status),
                _ => all.stripe.delivered(event, *status),
            }
        }
        self.save(&all)
    }
}

impl All {
    /// Payers come to the simulation's own cashiers: codes and links must lead somewhere.
    fn stand_at(&mut self, public_url: &str) {
        let cashier = |name: &str| format!("{public_url}{PROVIDERS_PATH}/{name}/cashier");
        self.wechat.set_cashier_url(&cashier("wechat"));
        self.alipay.set_cashier_url(&cashier("alipay"));
        self.alipay.set_base_url(&format!("{public_url}{PROVIDERS_PATH}/alipay"));
        self.stripe.set_cashier_url(&cashier("stripe"));
    }
}

fn wechat(base_url: String, notify_url: String) -> WechatConfig {
    WechatConfig {
        merchant_id: WECHAT_MERCHANT.into(),
        app_id: WECHAT_APP.into(),
        merchant_serial: WECHAT_SERIAL.into(),
        merchant_key: practice::MERCHANT_KEY.into(),
        api_key: WECHAT_API_KEY.into(),
        public_key_id: WECHAT_KEY_ID.into(),
        public_key: practice::PLATFORM_PUBLIC.into(),
        platform_certificates: String::new(),
        notify_url,
        base_url,
        transfer_scene: "1011".into(),
    }
}

fn alipay(base_url: String, notify_url: String) -> AlipayConfig {
    AlipayConfig {
        app_id: ALIPAY_APP.into(),
        seller_id: ALIPAY_SELLER.into(),
        private_key: practice::MERCHANT_KEY.into(),
        alipay_public_key: practice::PLATFORM_PUBLIC.into(),
        notify_url,
        base_url: format!("{base_url}/gateway.do"),
        ..AlipayConfig::default()
    }
}

fn unionpay(base_url: &str, notify_url: String) -> UnionPayConfig {
    UnionPayConfig {
        merchant_id: UNIONPAY_MERCHANT.into(),
        private_key: practice::MERCHANT_KEY.into(),
        certificate: practice::MERCHANT_CERTIFICATE.into(),
        root_certificate: practice::ROOT_CERTIFICATE.into(),
        middle_certificate: practice::MIDDLE_CERTIFICATE.into(),
        signer: "中国银联股份有限公司".into(),
        notify_url,
        base_url: base_url.to_owned(),
        file_url: base_url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opening_writes_nothing_and_every_change_is_kept() {
        let folder = std::env::temp_dir().join(format!("yuanlu-providers-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("providers.json");
        let providers = Providers::open(&file, "http://127.0.0.1:1").unwrap();
        assert!(!file.exists(), "another program may be using it");
        let request = http::Request::post("/practice/alipay/gateway.do").body(Vec::new()).unwrap();
        providers.answer(&request, Instant::from_micros(0));
        let kept = std::fs::read_to_string(&file).unwrap();
        Providers::open(&file, "http://127.0.0.1:2").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
