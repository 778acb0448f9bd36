//! Payers whose channel must be asked how they get to its cashier: application, jobs, WeChat's client and a simulated
//! WeChat together.

mod house;

use house::{Folder, person, sell_out};
use yuanlu_app::cashier::AskInput;
use yuanlu_app::inputs::{LineInput, Origin, PartsInput, PlaceInput};
use yuanlu_app::views::CashierView;
use yuanlu_app::{App, AppError, Born, Clock, Config, Principal};
use yuanlu_channels::callback::{Entrance, Verified};
use yuanlu_channels::wechat::{WechatChannel, WechatConfig};
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::Role;
use yuanlu_domain::ids::{ChannelId, OrderId};
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{CallTicket, Jobs, OutgoingCall, Tick};
use yuanlu_simulator::loopback::Provider;
use yuanlu_simulator::wechat::{WechatSetup, WechatSimulator};
use yuanlu_simulator::{Behaviour, Choice, Chooser, practice};

const PRICE: &str = "88.00";

fn start() -> Instant {
    Instant::from_shanghai(2026, 3, 10, 10, 0, 0)
}

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
        notify_url: "https://shop.test/callback/wechat".into(),
        base_url: "https://wechat.test".into(),
        transfer_scene: "1011".into(),
    }
}

/// A shop, WeChat, and nodes that do the shop's jobs.
struct Town {
    app: App,
    nodes: Vec<Jobs<App>>,
    replies: Vec<Vec<(CallTicket, Reply)>>,
    wechat: WechatSimulator,
    channel: WechatChannel,
    buyer: Principal,
    order: OrderId,
    now: Instant,
    /// Calls that asked for a way to the cashier.
    asked: Vec<http::Request<Vec<u8>>>,
    _folder: Folder,
}

impl Town {
    fn new(name: &str, nodes: usize) -> Self {
        let folder = Folder::new(name);
        let mut settings = Config::new(&folder.0, Born::Demo);
        settings.clock = Clock::manual(start());
        settings.seed = Some([9; 32]);
        settings.channels = vec!["wechat".into(), "alipay".into()];
        let app = App::open(settings).expect("opens");
        let channels = Channels::new().with(WechatChannel::new(config()).expect("good settings"));
        let own = config();
        let wechat = WechatSimulator::new(WechatSetup {
            merchant_id: own.merchant_id,
            app_id: own.app_id,
            merchant_serial: own.merchant_serial,
            merchant_key: practice::MERCHANT_PUBLIC.into(),
            api_key: "0123456789abcdef0123456789abcdef".into(),
            platform_key: practice::PLATFORM_KEY.into(),
            platform_serial: own.public_key_id,
            platform_certificate: String::new(),
            stranger_key: practice::STRANGER_KEY.into(),
            base_url: own.base_url,
            chooser: Chooser::Always(Behaviour::AtOnce),
        });
        let line = LineInput {
            product: sell_out(&app),
            quantity: 1,
            seen_price: PRICE.into(),
            confirmed: false,
            recipient: None,
        };
        let buyer = person("buyer", &[Role::Buyer], None);
        let place =
            PlaceInput { lines: vec![line], parts: PartsInput::default(), tender: "wechat".into(), guest: None };
        let order = app.place_order(&buyer, &place, None, &Origin::default()).expect("placed").order;
        Self {
            nodes: (0..nodes).map(|_| Jobs::new(app.clone(), channels.clone())).collect(),
            replies: vec![Vec::new(); nodes],
            wechat: wechat.expect("good keys"),
            channel: WechatChannel::new(config()).expect("good settings"),
            order: OrderId::new(order),
            now: start(),
            asked: Vec::new(),
            app,
            buyer,
            _folder: folder,
        }
    }

    fn ask(&self, scene: &str, again: bool) -> CashierView {
        let input = AskInput { scene: scene.into(), return_url: format!("http://shop.test/pay/{}", self.order), again };
        let origin = Origin { address: "203.0.113.7".into(), user_agent: String::new(), ..Origin::default() };
        self.app.ask_cashier(&self.buyer, &self.order, &"wechat".into(), &input, &origin).expect("can be asked")
    }

    fn seen(&self) -> CashierView {
        self.app.load_cashier(&self.buyer, &self.order, &"wechat".into()).expect("reads").expect("was asked")
    }

    fn number(&self) -> String {
        self.app.load_order(&self.buyer, &self.order).expect("shown").payments[0].no.clone()
    }

    /// One round of every node; `carry` makes their calls.
    fn round(&mut self, mut carry: impl FnMut(&mut WechatSimulator, &OutgoingCall, i64) -> Reply) {
        self.app.clock().set(self.now);
        for node in 0..self.nodes.len() {
            let replies = std::mem::take(&mut self.replies[node]);
            for call in self.nodes[node].step(Tick::steady(self.now), replies) {
                if asks(&call) {
                    self.asked.push(call.request.clone());
                }
                let reply = carry(&mut self.wechat, &call, self.now.micros());
                self.replies[node].push((call.ticket, reply));
            }
        }
    }

    /// Rounds of a second each, over a network that works.
    fn seconds(&mut self, n: i64) {
        for _ in 0..n {
            self.round(answered);
            self.now = self.now.plus_seconds(1);
        }
    }

    fn callbacks(&mut self) {
        for (event, request) in self.wechat.due_callbacks(self.now.micros()) {
            let headers: Vec<_> = request
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
                .collect();
            let Ok(Verified::PaymentSucceeded { no, channel_ref, amount }) =
                self.channel.callback(&headers, request.body(), self.now)
            else {
                continue;
            };
            self.app.payment_succeeded(&"wechat".into(), &no, &channel_ref, amount).expect("kept");
            self.wechat.delivered(&event, 200);
        }
    }
}

/// Whether a call asks for a way to the cashier.
fn asks(call: &OutgoingCall) -> bool {
    let path = call.request.uri().path();
    path.starts_with("/v3/pay/transactions/") && !path.ends_with("/close") && call.request.method() == "POST"
}

fn answered(wechat: &mut WechatSimulator, call: &OutgoingCall, now: i64) -> Reply {
    wechat.handle(&call.request, now).map_or(Reply::ConnectionLost, Reply::from_http)
}

#[test]
fn asked_at_two_nodes_and_by_two_clicks_it_is_one_call_and_one_session() {
    let mut town = Town::new("once", 2);
    assert_eq!(town.ask("page", true).state, "asked");
    assert_eq!(town.ask("mobile", true).scene, "page", "what is said under a number never changes");
    town.seconds(3);
    let seen = town.seen();
    assert_eq!((seen.state, seen.scene.as_str(), town.asked.len()), ("ready", "page", 1));
    assert!(seen.qr.as_ref().is_some_and(|text| text.contains(&town.number())), "{seen:?}");
    assert_eq!(town.ask("page", true), seen, "the answer stands");
    town.seconds(60);
    assert_eq!(town.asked.len(), 1);
    // The payer pays by it; nothing was in stock, so the order is paid, given back and over.
    let no = town.number();
    town.wechat.bank_mut().choose(&no, Choice::Pay, town.now.micros()).expect("can be paid");
    town.callbacks();
    assert_eq!(town.app.load_order(&town.buyer, &town.order).expect("shown").status, "completed");
    let stranger = person("somebody", &[Role::Buyer], None);
    let peek = town.app.load_cashier(&stranger, &town.order, &"wechat".into());
    assert_eq!(peek, Err(AppError::NotFound));
}

#[test]
fn no_answer_is_asked_for_again_with_the_same_content_and_the_payer_is_told() {
    let mut town = Town::new("again", 1);
    town.ask("page", false);
    let mut lost = 2;
    for _ in 0..12 {
        town.round(|wechat, call, now| {
            let reply = answered(wechat, call, now);
            if !asks(call) {
                return reply;
            }
            // The first answers get lost after WeChat has acted.
            lost -= 1;
            if lost >= 0 { Reply::TimedOut } else { reply }
        });
        if lost == 0 {
            let seen = town.seen();
            assert!(seen.state == "asked" && seen.qr.is_none());
        }
        town.now = town.now.plus_seconds(1);
    }
    assert_eq!(town.seen().state, "ready");
    assert_eq!(town.asked.len(), 3);
    assert!(town.asked.iter().all(|request| request.body() == town.asked[0].body()), "one number, one content");
    assert_eq!(town.wechat.bank().payments().count(), 1);
}

#[test]
fn a_channel_that_is_down_is_said_and_another_way_is_open() {
    let mut town = Town::new("down", 1);
    town.ask("page", false);
    for _ in 0..60 {
        town.round(|_, _, _| Reply::NotSent);
        town.now = town.now.plus_seconds(1);
    }
    let seen = town.seen();
    assert!(seen.state == "asked" && seen.struggling, "{seen:?}");
    assert!(town.asked.len() < 12, "a channel that is cut off is left alone: {}", town.asked.len());
    let another = town.app.open_payment(&town.buyer, &town.order, Some(&"alipay".into()), None).expect("opened");
    assert!(another.channel == "alipay" && another.no != town.number());
    // It comes back, and the first way is there after all.
    town.seconds(90);
    assert_eq!(town.seen().state, "ready");
}

#[test]
fn a_link_that_has_expired_is_asked_for_anew_under_the_same_number() {
    let mut town = Town::new("anew", 1);
    town.ask("mobile", false);
    town.seconds(2);
    let first = town.seen();
    assert!(first.url.as_ref().is_some_and(|url| url.contains("redirect_url=")), "{first:?}");
    assert_eq!(first.expires_at.map(|at| *at > town.now), Some(true));
    town.seconds(200);
    assert_eq!((town.ask("mobile", false).state, town.asked.len()), ("ready", 1));
    town.seconds(100);
    assert_eq!(town.ask("mobile", false).state, "asked", "its five minutes are over");
    town.seconds(2);
    assert_eq!((town.seen().state, town.asked.len()), ("ready", 2));
    assert_eq!(town.asked[0].body(), town.asked[1].body());
    // A telephone whose address nobody knows cannot be sent there.
    let mut other = Town::new("nowhere", 1);
    let input = AskInput { scene: "mobile".into(), return_url: "http://shop.test/".into(), again: false };
    let origin = Origin::default();
    other.app.ask_cashier(&other.buyer, &other.order, &"wechat".into(), &input, &origin).expect("noted");
    other.seconds(2);
    assert_eq!(other.seen().state, "refused");
    assert!(other.asked.is_empty());
}

/// T13, T15: paid another way, the open payment is closed at WeChat; who pays it in that moment gets the money back.
#[test]
fn t15_what_is_paid_another_way_is_closed_and_a_race_with_the_close_goes_back() {
    for pays_between in [false, true] {
        let mut town = Town::new(if pays_between { "race" } else { "closed" }, 1);
        town.ask("page", false);
        town.seconds(2);
        let (no, alipay) = (town.number(), ChannelId::from("alipay"));
        let other = town.app.open_payment(&town.buyer, &town.order, Some(&alipay), None).expect("opened");
        let amount = yuanlu_money::Money::cny(8_800);
        town.app.payment_succeeded(&alipay, &other.no.as_str().into(), "2026A", amount).expect("kept");
        let states = |town: &Town| -> Vec<_> {
            let order = town.app.load_order(&town.buyer, &town.order).expect("shown");
            order.payments.iter().map(|payment| payment.state).collect()
        };
        assert_eq!(states(&town), ["closing", "paid"]);
        for _ in 0..20 {
            town.round(|wechat, call, now| {
                if pays_between && call.request.uri().path().ends_with("/close") {
                    // Between the look and the close.
                    let _ = wechat.bank_mut().choose(&no, Choice::Pay, now);
                }
                answered(wechat, call, now)
            });
            town.now = town.now.plus_seconds(1);
        }
        let choice = town.wechat.bank_mut().choose(&no, Choice::Pay, town.now.micros());
        assert!(choice.is_err(), "nobody can pay it any more");
        let order = town.app.load_order(&town.buyer, &town.order).expect("shown");
        let duplicates = order.cases.iter().filter(|case| case.reason == "duplicate_charge").count();
        if pays_between {
            assert_eq!(states(&town), ["closed", "paid", "extra"]);
            assert_eq!(duplicates, 1, "R29: it goes back by itself");
            town.seconds(70);
            assert_eq!(town.wechat.bank().books().returned(&no), 8_800);
        } else {
            assert_eq!(states(&town), ["closed", "paid"]);
            assert_eq!((duplicates, town.wechat.bank().books().movements.len()), (0, 0));
        }
    }
}
