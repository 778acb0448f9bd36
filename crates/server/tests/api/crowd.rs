//! Many at once against a shop that listens on a socket: buyers, sellers, a reviewer, finance and the channel.

use super::house::{Market, cny};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use yuanlu_channels::callback::{Entrance, PaymentOp, Scene};
use yuanlu_channels::sim::{SimChannel, SimConfig, public_key};
use yuanlu_channels::{Channel, Op};
use yuanlu_domain::Actor;
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::ids::{ChannelNumber, OrderId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::{PayoutState, Step};
use yuanlu_money::Money;
use yuanlu_simulator::{Behaviour, Choice, Chooser, Setup, Simulator};
use yuanlu_storage::{order_file, verify};

const ORDERS: usize = 40;
const PRICE: i64 = 9_500;

/// The channel that the house of these tests believes.
pub fn simulator(key_seed: u8, merchant: &str) -> Simulator {
    let setup = Setup {
        key_seed: format!("{key_seed:02x}").repeat(32),
        merchant: merchant.to_owned(),
        merchant_key: public_key(&[1; 32]).iter().map(|byte| format!("{byte:02x}")).collect(),
        notify_url: "http://shop.test/callback/sim".to_owned(),
        chooser: Chooser::Always(Behaviour::AtOnce),
    };
    Simulator::new(setup).unwrap()
}

/// The shop's own client of it.
pub fn client(merchant: &str) -> SimChannel {
    SimChannel::new(SimConfig {
        merchant: merchant.to_owned(),
        base_url: "http://shop.test/sim".to_owned(),
        key_seed: [1; 32],
        channel_key: public_key(&[2; 32]),
    })
}

/// Somebody pays a number at the channel; answers the callbacks about it.
pub fn paid_at(
    simulator: &mut Simulator,
    merchant: &str,
    no: &str,
    market: &Market,
) -> Vec<axum::http::Request<Vec<u8>>> {
    let now = market.house.app.now();
    let op = PaymentOp {
        no: ChannelNumber::new(no),
        amount: Money::cny(PRICE),
        subject: "cards".to_owned(),
        return_url: "http://shop.test/".to_owned(),
        pay_until: now.plus_hours(1),
        since: now,
        scene: Scene::Page,
        payer_ip: String::new(),
    };
    let link = client(merchant).cashier(&op, now).link().unwrap();
    simulator.open(link.split_once('?').unwrap().1).unwrap();
    simulator.choose(no, Choice::Pay, now.micros()).unwrap();
    simulator.due_callbacks(now.micros())
}

/// One request on a connection of its own.
#[derive(Clone)]
struct Shot {
    what: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Shot {
    fn api(what: &'static str, path: String, token: &str, body: &Value) -> Self {
        let headers = vec![
            ("authorization".to_owned(), format!("Bearer {token}")),
            ("content-type".to_owned(), "application/json".to_owned()),
        ];
        Self { what, path: format!("/api/v1{path}"), headers, body: body.to_string().into_bytes() }
    }

    fn callback(what: &'static str, request: &axum::http::Request<Vec<u8>>) -> Self {
        let headers =
            request.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        Self { what, path: "/callback/sim".to_owned(), headers: headers.collect(), body: request.body().clone() }
    }

    fn forged(request: &axum::http::Request<Vec<u8>>) -> Self {
        let mut shot = Self::callback("forged", request);
        shot.body = String::from_utf8(shot.body).unwrap().replace("9500", "9501").into_bytes();
        shot
    }

    async fn fire(self, address: SocketAddr) -> (&'static str, u16) {
        let mut text = format!("POST {} HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n", self.path);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n", self.body.len()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        // In one piece: what is answered before its body has come may be cut off.
        let mut whole = text.into_bytes();
        whole.extend_from_slice(&self.body);
        stream.write_all(&whole).await.unwrap();
        let mut answer = Vec::new();
        let ended = stream.read_to_end(&mut answer).await;
        assert!(ended.is_ok() || !answer.is_empty(), "{}: {ended:?}", self.what);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        (self.what, answer.split(' ').nth(1).unwrap_or_else(|| panic!("{answer:?}")).parse().unwrap())
    }
}

/// All of them at once; what each kind was answered.
async fn volley(address: SocketAddr, shots: Vec<Shot>) -> Vec<(&'static str, u16)> {
    let under_way: Vec<_> = shots.into_iter().map(|shot| tokio::spawn(shot.fire(address))).collect();
    let mut answers = Vec::new();
    for shot in under_way {
        answers.push(shot.await.unwrap());
    }
    for (what, status) in &answers {
        assert!(*status < 500 && *status != 429, "{what}: {status}");
    }
    answers
}

fn statuses(answers: &[(&'static str, u16)], of: &str) -> BTreeSet<u16> {
    answers.iter().filter(|(what, _)| *what == of).map(|(_, status)| *status).collect()
}

fn file(market: &Market, order: &str) -> OrderFile {
    market.house.app.db().read(|db| order_file::find(db, &OrderId::from(order))).unwrap().unwrap().aggregate
}

/// T01, T40: nothing beyond what was paid, no refund under two cases, and the books fit the journals.
fn check(market: &Market, orders: &[String]) {
    for order in orders {
        let file = file(market, order);
        let sent: i64 = file.payouts.iter().map(|payout| payout.amount_minor).sum();
        assert!(sent <= PRICE && file.payouts.len() <= 1, "{order}: {:?}", file.payouts);
        assert_eq!(file.payments.iter().map(|payment| payment.returned_minor).sum::<i64>(), sent);
        assert_eq!(file.cases.iter().map(|case| case.net_minor()).sum::<i64>(), sent, "{order}");
        assert!(file.cases.iter().filter(|case| case.is_open()).count() <= 1, "{order}");
    }
    let report = verify::verify(market.house.app.db(), None, |_| {}).unwrap();
    assert!(report.differences.is_empty(), "{:#?}", report.differences);
}

async fn listen(market: &Market) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = yuanlu_server::Limits { connections: 512, ..yuanlu_server::Limits::default() };
    tokio::spawn(yuanlu_server::serve(listener, market.house.router.clone(), limits, std::future::pending()));
    address
}

/// T01, T02, T04, T14, T19, T40.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_at_once_for_each_of_forty_orders() {
    let market = Market::open().await;
    let house = &market.house;
    let mut simulator = simulator(2, "yuanlu");
    let address = listen(&market).await;

    // Everybody pays, and hears of it again and again, while others try their luck.
    let (mut orders, mut shots) = (Vec::new(), Vec::new());
    for _ in 0..ORDERS {
        let body = Market::order_of(&market.card, 1, "sim");
        let placed = house.post("/orders").by(&market.buyer).json(&body).send().await.expect(201);
        let order = placed["order"]["order"].as_str().unwrap().to_owned();
        let no = placed["order"]["payments"][0]["no"].as_str().unwrap();
        let news = paid_at(&mut simulator, "yuanlu", no, &market);
        let news = news.iter().find(|news| String::from_utf8_lossy(news.body()).contains(no)).unwrap();
        for event in simulator.undelivered().iter().map(|news| news.event.clone()).collect::<Vec<_>>() {
            simulator.delivered(&event, 200);
        }
        let steal = json!({ "units": [1], "reason": "personal" });
        let cases = format!("/orders/{order}/cases");
        shots.extend(vec![Shot::callback("paid", news); 4]);
        shots.extend(vec![Shot::forged(news); 2]);
        shots.push(Shot::api("stranger", cases, &market.stranger, &steal));
        shots.push(Shot::api("pay", format!("/orders/{order}/pay"), &market.buyer, &json!({})));
        orders.push(order);
    }
    let answers = volley(address, shots).await;
    assert_eq!(statuses(&answers, "paid"), [200].into());
    assert_eq!(statuses(&answers, "forged"), [400].into());
    assert_eq!(statuses(&answers, "stranger"), [404].into());
    for order in &orders {
        let file = file(&market, order);
        assert_eq!((file.status.code(), file.payments.len(), file.cases.len()), ("paid", 1, 0), "T14");
    }

    // Each code was seen and is disputed; now everybody acts on the same case at the same moment.
    let mut shots = Vec::new();
    for order in &orders {
        let reveal = json!({ "unit": 1 });
        house.post(&format!("/orders/{order}/reveal")).by(&market.buyer).json(&reveal).send().await.expect(200);
        let claim = json!({ "units": [1], "reason": "not_as_described", "text": "Only half of it arrived." });
        let cases = format!("/orders/{order}/cases");
        let case = house.post(&cases).by(&market.buyer).json(&claim).send().await.expect(201);
        let case = case["summary"]["case"].as_str().unwrap().to_owned();
        let answers = json!({ "order_state": true, "evidence": true, "ground": true });
        let approve = json!({ "amount": cny("95.00"), "answers": answers, "words": "So it is." });
        let words = json!({ "words": "The code was whole." });
        let agree = Shot::api("agree", format!("/seller/cases/{case}/agree"), &market.seller, &json!({}));
        let apply = Shot::api("apply", cases, &market.buyer, &claim);
        shots.extend([agree.clone(), apply.clone(), agree, apply]);
        shots.push(Shot::api("contest", format!("/seller/cases/{case}/contest"), &market.seller, &words));
        shots.push(Shot::api("withdraw", format!("/cases/{case}/withdraw"), &market.buyer, &json!({})));
        shots.push(Shot::api("approve", format!("/staff/cases/{case}/approve"), &market.reviewer, &approve));
        shots.push(Shot::api("rival", format!("/seller/cases/{case}/agree"), &market.rival, &json!({})));
    }
    let answers = volley(address, shots).await;
    assert_eq!(statuses(&answers, "rival"), [404].into());
    check(&market, &orders);
    house.sent();
    check(&market, &orders);

    // What was decided is sent once, and the channel says so over and over, together with lies.
    let mut shots = Vec::new();
    let refunded: Vec<_> = orders.iter().filter(|order| !file(&market, order).payouts.is_empty()).cloned().collect();
    assert!(!refunded.is_empty(), "nobody agreed: the test shows nothing");
    for order in &refunded {
        let id = OrderId::from(order.as_str());
        let act = OrderAct::MakeAttempt { payout: 1, step: Step::Send, digest: "d".to_owned() };
        let command = Command { by: Actor::Program, act: Act::Order { order: id.clone(), act } };
        // T02: of two nodes that claim the call, one makes it.
        let claims = house.app.run_commands(vec![command.clone(), command]);
        assert_eq!(claims.iter().filter(|claim| claim.is_ok()).count(), 1);
        let details = house.app.payout_details(&id, 1).unwrap();
        let op = Op::Refund {
            no: file(&market, order).payouts[0].no.clone(),
            payment_no: details.payment_no,
            payment_ref: details.payment_ref,
            amount: details.amount,
            total: details.total,
            reason: order.clone(),
            since: house.app.now(),
        };
        let request = client("yuanlu").request(&op, house.app.now()).unwrap();
        simulator.handle(&request, house.app.now().micros()).unwrap();
    }
    house.pass(7_200);
    let news = simulator.due_callbacks(house.app.now().micros());
    for order in &refunded {
        let no = file(&market, order).payouts[0].no.clone();
        let news = news.iter().find(|news| String::from_utf8_lossy(news.body()).contains(no.as_str())).unwrap();
        shots.extend(vec![Shot::callback("refunded", news); 4]);
        shots.extend(vec![Shot::forged(news); 2]);
        let resume = format!("/staff/orders/{order}/payouts/1/resume");
        shots.push(Shot::api("resume", resume, &market.finance, &json!({})));
        let again = json!({ "units": [1], "reason": "invalid_code", "text": "Once more." });
        shots.push(Shot::api("apply", format!("/orders/{order}/cases"), &market.buyer, &again));
    }
    let answers = volley(address, shots).await;
    assert_eq!(statuses(&answers, "refunded"), [200].into());
    assert_eq!(statuses(&answers, "forged"), [400].into());
    check(&market, &orders);
    for order in &refunded {
        let file = file(&market, order);
        assert!(matches!(file.payouts[0].state, PayoutState::Arrived { .. }), "{:?}", file.payouts[0].state);
        assert_eq!(simulator.ledger().departures(file.payouts[0].no.as_str()), 1);
    }
}
