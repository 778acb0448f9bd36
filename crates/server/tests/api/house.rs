//! A shop in a temporary directory, and a client that talks to its API.

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use tower::ServiceExt;
use yuanlu_app::{App, Born, Clock, Config, Limits, Secret, totp_code};
use yuanlu_channels::Channels;
use yuanlu_channels::sim::{SimChannel, SimConfig, public_key};
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::time::Instant;
use yuanlu_server::{AppState, ServerConfig, router};

static OPENED: AtomicU32 = AtomicU32::new(0);

/// An answer.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}: {}", self.status, self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The JSON of an answer that has to have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// The code of a problem that has to have this status.
    #[track_caller]
    pub fn problem(self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        let problem = self.json();
        for member in ["type", "title", "detail", "hint"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {problem}");
        }
        assert_eq!(problem["status"], status);
        problem["code"].as_str().unwrap().to_owned()
    }

    pub fn replayed(&self) -> bool {
        self.headers.get("idempotent-replayed").is_some_and(|value| value == "true")
    }
}

/// A request being put together.
pub struct Call<'a> {
    house: &'a House,
    builder: axum::http::request::Builder,
    body: Body,
}

impl Call<'_> {
    pub fn by(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    pub fn raw(self, media_type: &str, body: impl Into<Body>) -> Self {
        Self { body: body.into(), ..self.header("content-type", media_type) }
    }

    pub async fn send(self) -> Reply {
        // Everybody comes from an address of his own, so that one test's people do not slow each other down.
        let [_, a, b, c] = self.house.calls.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let peer = SocketAddr::from(([10, a, b, c], 4000));
        let request = self.builder.extension(ConnectInfo(peer)).body(self.body).unwrap();
        let response = self.house.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        Reply { status, headers, body }
    }
}

/// A shop.
pub struct House {
    pub app: App,
    pub router: Router,
    directory: PathBuf,
    calls: AtomicU32,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

pub const PASSWORD: &str = "correct horse battery";

impl House {
    pub fn open() -> Self {
        Self::open_as(Born::Live, Limits::none())
    }

    pub fn open_as(born: Born, limits: Limits) -> Self {
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("yuanlu-api-{}-{number}", std::process::id()));
        let mut config = Config::new(&directory, born);
        config.clock = Clock::manual(Instant::from_shanghai(2026, 11, 22, 10, 0, 0));
        config.limits = limits;
        config.channels = vec![ChannelId::new("sim")];
        let app = App::open(config).unwrap();
        let server = ServerConfig { public_url: "http://shop.test".to_owned(), trusted_proxies: Vec::new() };
        let sim = SimConfig {
            merchant: "yuanlu".to_owned(),
            base_url: "http://shop.test/sim".to_owned(),
            key_seed: [1; 32],
            channel_key: public_key(&[2; 32]),
        };
        let entrances = Channels::new().with(SimChannel::new(sim)).entrances();
        let router = router(AppState::new(app.clone(), entrances, server));
        Self { app, router, directory, calls: AtomicU32::new(1) }
    }

    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        let path = if path.starts_with("/problems") { path.to_owned() } else { format!("/api/v1{path}") };
        Call { house: self, builder: Request::builder().method(method).uri(path), body: Body::empty() }
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Call<'_> {
        self.call(Method::POST, path)
    }

    pub fn pass(&self, seconds: i64) {
        self.app.clock().set(self.app.now().plus_seconds(seconds));
    }

    /// The seconds in which a decision can be taken back pass, and what is due then is done.
    pub fn sent(&self) {
        self.pass(30);
        let due = self.app.due_timers(self.app.now(), None, 1000).unwrap();
        self.app.run_commands(due.iter().map(|timer| timer.wake()).collect());
    }

    /// Uses a one-time link; answers a token that passed the second factor, where there is one.
    pub async fn use_link(&self, link: &str) -> String {
        let offer = self.post("/links/open").json(&json!({ "link": link })).send().await.expect(200);
        let mut body = json!({ "link": link, "password": PASSWORD });
        if let Some(secret) = offer["totp"]["secret"].as_str() {
            let secret = Secret::new(secret.to_owned());
            body["totp"] = totp_code(&secret, self.app.now()).unwrap().into();
        }
        let grant = self.post("/links/use").json(&body).send().await.expect(201);
        grant["token"].as_str().unwrap().to_owned()
    }

    pub async fn register(&self, login: &str) -> String {
        let body = json!({ "login": login, "password": PASSWORD });
        let grant = self.post("/accounts").json(&body).send().await.expect(201);
        grant["token"].as_str().unwrap().to_owned()
    }

    pub async fn invite(&self, admin: &str, login: &str, role: &str, seller: Option<&str>) -> String {
        let body = json!({ "login": login, "roles": [role], "seller": seller });
        let invited = self.post("/staff/people").by(admin).json(&body).send().await.expect(201);
        self.use_link(invited["url"].as_str().unwrap().rsplit('/').next().unwrap()).await
    }

    pub async fn credit(&self, admin: &str, login: &str, amount: &str) {
        let body = json!({ "login": login, "amount": cny(amount) });
        self.post("/staff/balance").by(admin).json(&body).send().await.expect(200);
    }
}

pub fn cny(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "CNY" })
}

/// A shop with people, goods and codes.
pub struct Market {
    pub house: House,
    pub admin: String,
    pub reviewer: String,
    pub finance: String,
    pub seller: String,
    pub rival: String,
    pub buyer: String,
    pub stranger: String,
    pub card: String,
    pub top_up: String,
}

pub fn product(kind: &str, price: &str) -> Value {
    json!({
        "title": format!("{kind} {price}"), "kind": kind, "face": cny("100.00"), "price": cny(price),
        "promise_hours": 24, "window_days": 7, "warranty_days": 7, "on_sale": true,
    })
}

impl Market {
    pub async fn open() -> Self {
        Self::within(House::open()).await
    }

    pub async fn within(house: House) -> Self {
        let link = house.app.create_first_admin("root").unwrap();
        let admin = house.use_link(link.expose()).await;
        let mut shops = Vec::new();
        for name in ["Star Cards", "Rival Cards"] {
            let body = json!({ "name": name });
            let shop = house.post("/staff/sellers").by(&admin).json(&body).send().await.expect(201);
            let id = shop["id"].as_str().unwrap().to_owned();
            let deposit = json!({ "amount": cny("5000.00") });
            let path = format!("/staff/sellers/{id}/deposit");
            house.post(&path).by(&admin).json(&deposit).send().await.expect(204);
            shops.push(id);
        }
        let seller = house.invite(&admin, "seller", "seller", Some(&shops[0])).await;
        let rival = house.invite(&admin, "rival", "seller", Some(&shops[1])).await;
        let reviewer = house.invite(&admin, "reviewer", "reviewer", None).await;
        let finance = house.invite(&admin, "finance", "finance", None).await;
        let buyer = house.register("buyer").await;
        let stranger = house.register("stranger").await;
        house.credit(&admin, "buyer", "1000.00").await;
        let mut ids = Vec::new();
        for kind in ["game_card", "direct_top_up"] {
            let listed = house.post("/seller/products").by(&seller).json(&product(kind, "95.00")).send().await;
            ids.push(listed.expect(201)["id"].as_str().unwrap().to_owned());
        }
        let codes: String = (0..40).map(|n| format!("CARD-{n:04}-ABCD\n")).collect();
        let path = format!("/seller/products/{}/codes", ids[0]);
        let loaded = house.post(&path).by(&seller).raw("text/plain", codes).send().await.expect(200);
        assert_eq!(loaded["loaded"], 40);
        let [card, top_up] = ids.try_into().unwrap();
        Self { house, admin, reviewer, finance, seller, rival, buyer, stranger, card, top_up }
    }

    pub fn order_of(product: &str, quantity: u16, tender: &str) -> Value {
        json!({
            "lines": [{ "product": product, "quantity": quantity, "seen_price": cny("95.00"), "confirmed": true, "recipient": "player-2048" }],
            "tender": tender,
        })
    }

    /// An order of cards, paid from balance.
    pub async fn buy(&self, quantity: u16) -> String {
        let body = Self::order_of(&self.card, quantity, "balance");
        let placed = self.house.post("/orders").by(&self.buyer).json(&body).send().await.expect(201);
        assert_eq!(placed["order"]["status"], "paid", "{placed}");
        placed["order"]["order"].as_str().unwrap().to_owned()
    }

    /// A guest's order of cards, paid at the channel: order number and token.
    pub async fn buy_as_guest(&self, quantity: u16) -> (String, String) {
        let mut body = Self::order_of(&self.card, quantity, "sim");
        body["guest"] = json!({ "contact": "guest@example.com", "query_password": "open-sesame" });
        let placed = self.house.post("/orders").json(&body).send().await.expect(201);
        let order = placed["order"]["order"].as_str().unwrap().to_owned();
        let token = placed["access"]["token"].as_str().unwrap().to_owned();
        self.pay(&placed["order"]);
        (order, token)
    }

    /// The channel says that the order was paid.
    pub fn pay(&self, order: &Value) {
        let no = yuanlu_domain::ids::ChannelNumber::new(order["payments"][0]["no"].as_str().unwrap());
        let amount = yuanlu_money::Money::cny(order["total"]["minor"].as_i64().unwrap());
        self.house.app.payment_succeeded(&ChannelId::new("sim"), &no, &format!("ref-{no}"), amount).unwrap();
    }

    /// A case about one unit of a fresh order, waiting for a person.
    pub async fn open_case(&self) -> (String, String) {
        let order = self.buy(1).await;
        let reveal = json!({ "unit": 1 });
        self.house.post(&format!("/orders/{order}/reveal")).by(&self.buyer).json(&reveal).send().await.expect(200);
        let body = json!({ "units": [1], "reason": "not_as_described", "text": "Only half of it arrived." });
        let path = format!("/orders/{order}/cases");
        let case = self.house.post(&path).by(&self.buyer).json(&body).send().await.expect(201);
        (order, case["summary"]["case"].as_str().unwrap().to_owned())
    }

    /// What the buyer reported about the seller's card.
    pub async fn tip_off(&self) -> String {
        let body = json!({
            "about": "product", "subject": self.card, "concern": "misleading", "words": "It is not what the page says.",
        });
        let filed = self.house.post("/tip-offs").by(&self.buyer).json(&body).send().await.expect(201);
        filed["tip_off"].as_str().unwrap().to_owned()
    }

    /// A file that the buyer uploaded for an order.
    pub async fn upload(&self, order: &str) -> String {
        let form = form(order, "other", b"a letter");
        let stored = self.house.post("/evidence").by(&self.buyer).raw(FORM, form).send().await.expect(201);
        stored["id"].as_str().unwrap().to_owned()
    }
}

pub const FORM: &str = "multipart/form-data; boundary=edge";

pub fn form(order: &str, kind: &str, file: &[u8]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, value) in [("order", order), ("kind", kind)] {
        form.extend(format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    let head = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n";
    form.extend(head.bytes());
    form.extend(file);
    form.extend(b"\r\n--edge--\r\n");
    form
}
