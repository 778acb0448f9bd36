//! A payer's complaint from the simulated WeChat through jobs into the register, and the answer of staff back to it; a
//! dispute from the simulated Stripe onto the order's file (T22). On the real application and its database.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::path::PathBuf;
use yuanlu_app::inputs::{ApplyInput, LineInput, Origin, OutsideSayInput, Page, PartsInput, PlaceInput, ProductInput};
use yuanlu_app::views::{OrderView, OutsideView};
use yuanlu_app::{App, Born, Clock, Config, NewFile, PRINT, PackageFacts, Person, Principal, Rendered};
use yuanlu_channels::callback::{Entrance, Verified};
use yuanlu_channels::stripe::{StripeChannel, StripeConfig};
use yuanlu_channels::wechat::{WechatChannel, WechatConfig};
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::Role;
use yuanlu_domain::ids::{ChannelId, ChannelNumber, DeskId, ProductId, SellerId};
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{CallTicket, Jobs, OutgoingCall, Tick};
use yuanlu_money::{Currency, Money};
use yuanlu_simulator::loopback::Provider;
use yuanlu_simulator::stripe::{StripeSetup, StripeSimulator};
use yuanlu_simulator::wechat::{WechatSetup, WechatSimulator};
use yuanlu_simulator::{Behaviour, Chooser, practice};

/// A picture of a telephone's.
const RECEIPT: &[u8] = include_bytes!("../../yuanlu/tests/receipt.png");
const API_KEY: &str = "0123456789abcdef0123456789abcdef";
const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0000000000000024101100397200000006";

struct Town {
    app: App,
    clock: Clock,
    jobs: Jobs<App>,
    wechat: WechatSimulator,
    stripe: StripeSimulator,
    client: StripeChannel,
    dir: PathBuf,
}

impl Drop for Town {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn stripe_config() -> StripeConfig {
    StripeConfig {
        secret_key: "sk_test_0123456789abcdef".into(),
        webhook_secret: "whsec_test".into(),
        webhook_secret_before: "".into(),
        base_url: "http://127.0.0.1:1".into(),
    }
}

fn wechat_config() -> WechatConfig {
    WechatConfig {
        merchant_id: "1900006511".into(),
        app_id: "wxb4ba3c02aa476ea1".into(),
        merchant_serial: "7132D72A03E93CDDF8C03BBD1F37EEDF00000000".into(),
        merchant_key: practice::MERCHANT_KEY.into(),
        api_key: API_KEY.into(),
        public_key_id: PUBLIC_KEY_ID.into(),
        public_key: practice::PLATFORM_PUBLIC.into(),
        platform_certificates: String::new(),
        notify_url: "http://127.0.0.1:1/callbacks/wechat".into(),
        base_url: "http://127.0.0.1:1".into(),
        transfer_scene: "1011".into(),
    }
}

impl Town {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("yuanlu-jobs-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        let clock = Clock::manual(Instant::from_shanghai(2026, 11, 22, 10, 0, 0));
        let mut config = Config::new(&dir, Born::Live);
        config.clock = clock.clone();
        config.channels = vec![ChannelId::from("wechat"), ChannelId::from("stripe")];
        config.direct = true;
        let app = App::open(config).unwrap();
        let chooser = Chooser::Always(Behaviour::AtOnce);
        let wechat = WechatSimulator::new(WechatSetup {
            merchant_id: "1900006511".into(),
            app_id: "wxb4ba3c02aa476ea1".into(),
            merchant_serial: "7132D72A03E93CDDF8C03BBD1F37EEDF00000000".into(),
            merchant_key: practice::MERCHANT_PUBLIC.into(),
            api_key: API_KEY.into(),
            platform_key: practice::PLATFORM_KEY.into(),
            platform_serial: PUBLIC_KEY_ID.into(),
            platform_certificate: String::new(),
            stranger_key: practice::STRANGER_KEY.into(),
            base_url: "http://127.0.0.1:1".into(),
            chooser,
        })
        .unwrap();
        let stripe = StripeSimulator::new(StripeSetup {
            secret_key: "sk_test_0123456789abcdef".into(),
            webhook_secret: "whsec_test".into(),
            webhook_url: "http://127.0.0.1:1/callbacks/stripe".into(),
            chooser,
        });
        let channels = Channels::new()
            .with(WechatChannel::new(wechat_config()).unwrap())
            .with(StripeChannel::new(stripe_config()).unwrap());
        let jobs = Jobs::new(app.clone(), channels);
        Self { app, clock, jobs, wechat, stripe, client: StripeChannel::new(stripe_config()).unwrap(), dir }
    }

    /// Steps until nothing more is to be called.
    fn run(&mut self) {
        let mut replies: Vec<(CallTicket, Reply)> = Vec::new();
        for _ in 0..6 {
            let now = self.app.now();
            let calls = self.jobs.step(Tick::steady(now), std::mem::take(&mut replies));
            if calls.is_empty() {
                return;
            }
            replies = calls.iter().map(|call| (call.ticket, self.perform(call, now))).collect();
        }
    }

    fn perform(&mut self, call: &OutgoingCall, now: Instant) -> Reply {
        let answer = match call.channel.as_str() {
            "wechat" => Provider::handle(&mut self.wechat, &call.request, now.micros()),
            _ => Provider::handle(&mut self.stripe, &call.request, now.micros()),
        };
        answer.map_or(Reply::ConnectionLost, Reply::from_http)
    }

    fn pass(&mut self, seconds: i64) {
        self.clock.set(self.app.now().plus_seconds(seconds));
        self.run();
    }

    fn sold(&self, channel: &str) -> (OrderView, String) {
        let admin = person("admin", &[Role::Admin], None);
        let seller = self.app.admit_seller(&admin, channel, false).unwrap();
        let seller = person("seller", &[Role::Seller], Some(seller.id.as_str().into()));
        let product = ProductInput {
            title: "点卡".into(),
            description: String::new(),
            how_to_use: String::new(),
            kind: "game_card".into(),
            delivery_event: None,
            face: None,
            price: "88.00".into(),
            promise_hours: 24,
            window_days: 15,
            warranty_days: 0,
            fee_disclosed: true,
            special: None,
            needs_confirmation: false,
            on_sale: true,
        };
        let made = self.app.save_product(&seller, None, &product).unwrap();
        self.app.load_codes(&seller, &ProductId::from(made.id.as_str()), &format!("{channel}-CODE")).unwrap();
        let line = LineInput {
            product: made.id.clone(),
            quantity: 1,
            seen_price: "88.00".into(),
            confirmed: false,
            recipient: None,
        };
        let buyer = person("buyer", &[Role::Buyer], None);
        let input = PlaceInput { lines: vec![line], tender: channel.into(), guest: None, parts: PartsInput::default() };
        let origin = Origin { address: "203.0.113.7".into(), user_agent: "test".into(), ..Origin::default() };
        let order = self.app.place_order(&buyer, &input, None, &origin).unwrap();
        let no = order.payments[0].no.clone();
        (order, no)
    }

    fn one(&self, support: &Principal) -> OutsideView {
        let found = self.app.outside_complaints(support, false, &Page::default()).unwrap().items;
        self.app.outside_complaint(support, &DeskId::from(found[0].complaint.as_str())).unwrap()
    }
}

fn unprinted(_: &PackageFacts) -> yuanlu_app::Result<Rendered> {
    panic!("nothing is printed")
}

fn printed(facts: &PackageFacts) -> yuanlu_app::Result<Rendered> {
    Ok(vec![(PRINT.to_owned(), format!("%PDF-1.7 of {}", facts.about.case).into_bytes())])
}

impl Town {
    /// The buyer claims, with a picture.
    fn claim(&self, order: &OrderView) -> String {
        let buyer = person("buyer", &[Role::Buyer], None);
        let id = order.order.as_str().into();
        self.app.reveal(&buyer, &id, 1).unwrap();
        let new = NewFile { kind: "other".into(), content: RECEIPT.to_vec().into(), ..NewFile::default() };
        let file = self.app.upload_once(&buyer, &id, new, None).unwrap();
        let input = ApplyInput {
            units: vec![1],
            reason: "invalid_code".into(),
            amount: None,
            received_face: None,
            to_balance: false,
            text: "卡密无效".into(),
            evidence: vec![file.id.clone()],
        };
        let origin = Origin { address: "203.0.113.7".into(), user_agent: "test".into(), ..Origin::default() };
        self.app.apply(&buyer, &id, &input, None, &origin).unwrap();
        file.id
    }

    fn paid(&mut self, channel: &str, no: &str) {
        let amount = Money::new(8_800, Currency::Cny);
        self.app.payment_succeeded(&ChannelId::from(channel), &ChannelNumber::from(no), "pi_x", amount).unwrap();
        self.run();
    }
}

fn person(account: &str, roles: &[Role], seller: Option<SellerId>) -> Principal {
    let roles = roles.iter().copied().collect();
    Principal::Person(Person { account: account.into(), name: account.into(), roles, seller, second_factor: true })
}

#[test]
fn a_complaint_at_wechat_is_heard_answered_once_and_finished() {
    let mut town = Town::new("outside-wechat");
    let support = person("cs", &[Role::Support], None);
    let (order, no) = town.sold("wechat");
    town.run();
    let id = town.wechat.complain(&no, "卡密无效", town.app.now().micros());
    town.pass(601);
    let one = town.one(&support);
    assert_eq!((one.summary.agency, one.summary.number.as_str()), ("wechat", id.as_str()));
    assert_eq!(one.summary.order.as_deref(), Some(order.order.as_str()));
    assert_eq!(one.words.as_deref().map(|words| words.contains("卡密无效")), Some(true));
    let desk = DeskId::from(one.summary.complaint.as_str());

    // The answer to the answer gets lost: it is looked for in the history, and not given twice.
    town.wechat.lose_complaint_answers(1);
    let say = |saying: &str, words: &str| OutsideSayInput {
        saying: saying.into(),
        words: words.into(),
        ..OutsideSayInput::default()
    };
    town.app.say_outside(&support, &desk, &say("reply", "正在核实"), unprinted).unwrap();
    town.pass(5);
    assert_eq!(town.one(&support).summary.state, "received", "nobody knows yet");
    town.pass(90);
    town.pass(90);
    assert_eq!(town.one(&support).summary.state, "answered");
    let replies = town.wechat.negotiation(&id);
    assert_eq!(replies.iter().filter(|(kind, _)| kind == "MERCHANT_RESPONSE").count(), 1);

    town.app.say_outside(&support, &desk, &say("complete", ""), unprinted).unwrap();
    town.pass(5);
    town.pass(601);
    let closed = town.app.outside_complaint(&support, &desk).unwrap();
    assert_eq!((closed.summary.state, closed.summary.result), ("closed", Some("settled")));
    // The payer is not content: the same complaint, a new turn.
    town.wechat.complain_again(&id, "还是没解决", town.app.now().micros());
    town.pass(601);
    assert_eq!(town.one(&support).summary.state, "received");
}

#[test]
fn t22_a_dispute_at_stripe_is_heard_by_webhook_and_booked_once() {
    let mut town = Town::new("outside-stripe");
    let support = person("cs", &[Role::Support], None);
    let (order, no) = town.sold("stripe");
    let amount = Money::new(8_800, Currency::Cny);
    town.app.payment_succeeded(&ChannelId::from("stripe"), &ChannelNumber::from(no.as_str()), "pi_x", amount).unwrap();
    town.run();
    let id = town.stripe.dispute(&no, 8_800, town.app.now().micros());
    let now = town.app.now();
    let webhook = town.stripe.dispute_webhook(&id, "charge.dispute.created", now.micros(), false);
    let headers: Vec<(String, String)> =
        webhook.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let told = town.client.callback(&headers, webhook.body(), now).unwrap();
    let Verified::Complaint { number } = told else { panic!("{told:?}") };
    town.app.outside_stirred(&ChannelId::from("stripe"), &number).unwrap();
    town.pass(1);
    assert!(town.app.outside_news(10).unwrap().is_empty(), "asked, and put away");
    let one = town.one(&support);
    assert_eq!((one.summary.agency, one.summary.number.as_str()), ("stripe", id.as_str()));
    // The simulated Stripe knows of no payment under this number, so a person says which order it is.
    let related = match one.summary.order {
        Some(_) => one,
        None => town.app.relate_outside(&support, &DeskId::from(one.summary.complaint.as_str()), &order.order).unwrap(),
    };
    town.pass(601);
    let view = town.app.outside_complaint(&support, &DeskId::from(related.summary.complaint.as_str())).unwrap();
    let paid = view.matched.unwrap().paid_outside;
    assert_eq!((paid.len(), paid[0].amount.minor, paid[0].twice.is_none()), (1, 8_800, true));
    town.pass(601);
    assert_eq!(town.one(&support).matched.unwrap().paid_outside.len(), 1, "heard again it is nothing new");
}

#[test]
fn pictures_are_uploaded_first_whatever_gets_lost_and_go_along_once() {
    let mut town = Town::new("outside-pictures");
    let support = person("cs", &[Role::Support], None);
    let (order, no) = town.sold("wechat");
    town.paid("wechat", &no);
    let picture = town.claim(&order);
    let id = town.wechat.complain(&no, "卡密无效", town.app.now().micros());
    town.pass(601);
    let one = town.one(&support);
    let desk = DeskId::from(one.summary.complaint.as_str());
    assert_eq!(one.may_attach.pictures.len(), 1);
    // An upload lost on the way, one whose answer gets lost, and then the answer to what was said.
    town.wechat.lose_uploads(1, 1, 0);
    town.wechat.lose_complaint_answers(1);
    let say =
        OutsideSayInput {
            saying: "reply".into(), words: "请看截图".into(), package: true, pictures: vec![picture]
        };
    let view = town.app.say_outside(&support, &desk, &say, unprinted).unwrap();
    let sha256 = view.attached[0].sha256.clone();
    town.pass(5);
    assert!(town.wechat.negotiation(&id).iter().all(|(kind, _)| kind != "MERCHANT_RESPONSE"), "nothing is said yet");
    for _ in 0..6 {
        town.pass(130);
    }
    let one = town.app.outside_complaint(&support, &desk).unwrap();
    assert_eq!((one.summary.state, one.calls[0].state, one.calls[0].uploaded), ("answered", "done", 1));
    let replies = town.wechat.negotiation(&id);
    assert_eq!(replies.iter().filter(|(kind, _)| kind == "MERCHANT_RESPONSE").count(), 1, "said once");
    assert_eq!(town.wechat.pictures(&id), [sha256], "exactly the bytes that are kept");
}

#[test]
fn the_document_of_a_dispute_reaches_stripe_as_it_is_kept() {
    let mut town = Town::new("outside-document");
    let support = person("cs", &[Role::Support], None);
    let (order, no) = town.sold("stripe");
    town.paid("stripe", &no);
    town.claim(&order);
    let id = town.stripe.dispute(&no, 8_800, town.app.now().micros());
    town.pass(601);
    let one = town.one(&support);
    let desk = DeskId::from(one.summary.complaint.as_str());
    if one.summary.case.is_none() {
        let case = format!("{}C1", order.order);
        town.app.relate_outside(&support, &desk, &case).unwrap();
    }
    town.stripe.lose_uploads(1, 1, 0);
    town.stripe.lose_dispute_answers(1);
    let say = OutsideSayInput {
        saying: "reply".into(),
        words: "The code was delivered at once.".into(),
        package: true,
        pictures: Vec::new(),
    };
    let view = town.app.say_outside(&support, &desk, &say, printed).unwrap();
    let sha256 = view.attached[0].sha256.clone();
    for _ in 0..6 {
        town.pass(130);
    }
    let one = town.app.outside_complaint(&support, &desk).unwrap();
    assert_eq!((one.calls[0].state, one.calls[0].code.as_deref()), ("done", None));
    assert_eq!(town.stripe.evidence_file(&id), Some(sha256));
    assert_eq!(town.stripe.evidence(&id).len(), 1);
    let told = town.stripe.evidence_fields(&id);
    assert_eq!(told["product_description"], "1 x 点卡 (digital goods)");
    assert_eq!(told["service_date"], "2026-11-22");
    assert!(told["access_activity_log"].contains("seen by the buyer 2026-11-22T"), "{told:?}");
    assert!(told["refund_policy_disclosure"].contains("/rules") && !format!("{told:?}").contains("CODE"), "{told:?}");
}
