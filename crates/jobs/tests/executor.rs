//! The one HTTP executor between the clients of real providers and their simulators: what was signed arrives as it was
//! signed, whatever the HTTP library makes of addresses and headers.

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use yuanlu_channels::bill::BillWord;
use yuanlu_channels::callback::{PaymentOp, Scene};
use yuanlu_channels::stripe::{StripeChannel, StripeConfig};
use yuanlu_channels::wechat::{WechatChannel, WechatConfig};
use yuanlu_channels::{BillKind, CashierWord, Channel, Op, PaymentWord, Reply};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_jobs::HttpTransport;
use yuanlu_money::{Currency, Money};
use yuanlu_simulator::loopback::Loopback;
use yuanlu_simulator::stripe::{StripeSetup, StripeSimulator};
use yuanlu_simulator::wechat::{WechatSetup, WechatSimulator};
use yuanlu_simulator::{Bank, Behaviour, Choice, Chooser, practice};

const PAYMENT: &str = "YL7Q261122ABCDEFGHJKP001";
const REFUND: &str = "YL7Q261122ABCDEFGHJKR001";

fn at(second: i64) -> Instant {
    Instant::from_shanghai(2026, 11, 24, 10, 0, 0).plus_seconds(second)
}

/// Does something with a simulator's bank.
type Reach<'a> = dyn FnMut(&mut dyn FnMut(&mut Bank)) + 'a;

/// A provider: our client, the executor, and a way to reach into the simulator's bank.
struct Town<'a> {
    channel: &'a dyn Channel,
    executor: HttpTransport,
    bank: &'a mut Reach<'a>,
    clock: Arc<AtomicI64>,
    amount: Money,
    /// What the channel puts before the bank's number of a transaction.
    prefix: &'static str,
}

impl Town<'_> {
    fn call(&self, op: &Op, now: Instant) -> Reply {
        self.clock.store(now.micros(), std::sync::atomic::Ordering::SeqCst);
        self.executor.call(self.channel.request(op, now).expect("can be said"))
    }

    fn refund(&mut self) -> (Op, Op) {
        let mut reference = String::new();
        (self.bank)(&mut |bank| {
            reference.clone_from(&bank.payment(PAYMENT).expect("is there").transactions[0].channel_ref);
        });
        let (no, payment_no) = (REFUND.into(), PAYMENT.into());
        let (amount, payment_ref) = (self.amount, format!("{}{reference}", self.prefix));
        let query = Op::QueryRefund { no, payment_no, payment_ref: payment_ref.clone(), amount, since: at(0) };
        let send = Op::Refund {
            no: REFUND.into(),
            payment_no: PAYMENT.into(),
            payment_ref,
            amount,
            total: amount,
            reason: "订单 261122".into(),
            since: at(0),
        };
        (send, query)
    }

    /// A payment, a refund whose answer is lost, the question about it, the payment after that, and the bill.
    fn lives(&mut self) {
        // Two days ago, so that there is a bill by now.
        let then = at(-2 * 86_400);
        let payment = PaymentOp {
            no: PAYMENT.into(),
            amount: self.amount,
            subject: "订单 & more, 261122".into(),
            return_url: "https://shop.example/订单?a=1&b=%20".into(),
            pay_until: then.plus_minutes(30),
            since: then,
            scene: Scene::Page,
            payer_ip: String::new(),
        };
        let word = self.channel.cashier_word(&payment, &self.call(&Op::Pay(payment.clone()), then), then);
        assert!(matches!(word, CashierWord::Ready(..)), "{word:?}");
        (self.bank)(&mut |bank| {
            bank.choose(PAYMENT, Choice::Pay, then.micros()).expect("can be paid");
            bank.script(REFUND, Behaviour::DropMoved);
        });
        let query = Op::QueryPayment { no: PAYMENT.into(), since: then, prepared: None };
        let word = self.channel.payment_word(&query, &self.call(&query, at(0)), at(0));
        assert!(matches!(word, PaymentWord::Succeeded { .. }), "{word:?}");
        let (send, ask) = self.refund();
        let lost = self.call(&send, at(10));
        assert_eq!(lost, Reply::ConnectionLost);
        assert!(matches!(self.channel.outcome(&send, &lost, at(10)), Outcome::Unknown { .. }));
        for op in [&ask, &send, &ask] {
            let outcome = self.channel.outcome(op, &self.call(op, at(80)), at(80));
            assert!(matches!(outcome, Outcome::Arrived { .. }), "{outcome:?}");
        }
        let bill = Op::FetchBill { date: then.date(), kind: BillKind::Trades };
        let mut reply = self.call(&bill, at(90));
        let file = loop {
            match self.channel.bill_word(&bill, &reply, at(90)) {
                BillWord::Fetch { request, .. } => reply = self.executor.call(*request),
                BillWord::File(file) => break file,
                other => panic!("{other:?}"),
            }
        };
        let mut lines = Vec::new();
        let read = self.channel.read_bill(BillKind::Trades, then.date(), &mut file.as_slice(), &mut |l| lines.push(l));
        read.expect("a good bill");
        assert_eq!((lines.len(), lines[0].payment_no.as_str(), lines[0].amount), (1, PAYMENT, self.amount));
    }
}

fn clock() -> Arc<AtomicI64> {
    Arc::new(AtomicI64::new(0))
}

#[test]
fn wechat_over_the_real_executor() {
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
        notify_url: "http://127.0.0.1:1/callbacks/wechat".into(),
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
        chooser: Chooser::Always(Behaviour::AtOnce),
    };
    let simulator = Arc::new(Mutex::new(WechatSimulator::new(setup).expect("good keys")));
    let clock = clock();
    let _server = Loopback::at(&listener, simulator.clone(), clock.clone(), Duration::ZERO).expect("a thread");
    let mut bank = |with: &mut dyn FnMut(&mut Bank)| with(simulator.lock().expect("whole").bank_mut());
    let channel = WechatChannel::new(config).expect("good settings");
    let executor = HttpTransport::new().expect("a thread");
    Town { channel: &channel, executor, bank: &mut bank, clock, amount: Money::cny(5000), prefix: "" }.lives();
}

#[test]
fn stripe_over_the_real_executor() {
    let key = "sk_test_0123456789abcdef";
    let simulator = Arc::new(Mutex::new(StripeSimulator::new(StripeSetup {
        secret_key: key.into(),
        webhook_secret: "whsec_1".into(),
        webhook_url: "http://127.0.0.1:1/callbacks/stripe".into(),
        chooser: Chooser::Always(Behaviour::AtOnce),
    })));
    let clock = clock();
    let server = Loopback::start(simulator.clone(), clock.clone(), Duration::ZERO).expect("a thread");
    let mut bank = |with: &mut dyn FnMut(&mut Bank)| with(simulator.lock().expect("whole").bank_mut());
    let config = StripeConfig {
        secret_key: key.into(),
        webhook_secret: "whsec_1".into(),
        webhook_secret_before: "".into(),
        base_url: server.url(),
    };
    let channel = StripeChannel::new(config).expect("good settings");
    let executor = HttpTransport::new().expect("a thread");
    let amount = Money::new(5000, Currency::Usd);
    Town { channel: &channel, executor, bank: &mut bank, clock, amount, prefix: "pi_" }.lives();
}

#[test]
fn nobody_there_is_not_sent() {
    let executor = HttpTransport::new().expect("a thread");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("has one"));
    drop(listener);
    assert_eq!(executor.call(http::Request::get(url).body(Vec::new()).expect("a request")), Reply::NotSent);
}
