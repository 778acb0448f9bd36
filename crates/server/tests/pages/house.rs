//! A shop in a temporary directory, and visitors who keep their cookies.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tower::ServiceExt;
use yuanlu_app::inputs::{
    AnswersInput, InviteInput, OrganisationInput, Origin, ProductInput, RejectInput, StatementInput,
};
use yuanlu_app::{App, Born, Clock, Config, Limits, Principal, Secret, totp_code};
use yuanlu_channels::callback::{CallbackError, Cashier, Entrance, Entrances, PaymentOp, Verified};
use yuanlu_domain::ids::{CaseId, ChannelId, ChannelNumber, ProductId};
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_server::{AppState, ServerConfig, router};

pub const PASSWORD: &str = "correct horse 7 battery";
pub const CODE: &str = "STAR-0001-ABCD-WXYZ";
/// The code that comes from stock in its place.
pub const SECOND_CODE: &str = "STAR-0002-EFGH-QRST";

/// A picture of one dot.
pub const DOT: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4, 0x89, 0x00, 0x00, 0x00, 0x0d, 0x49,
    0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xfc, 0xcf, 0xc0, 0x50, 0x0f, 0x00, 0x04, 0x85, 0x01, 0x80, 0x84, 0xa9, 0x8c,
    0x21, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// Everything speaks for it.
pub const ANSWERS: AnswersInput = AnswersInput { order_state: true, evidence: true, ground: true };

/// A shop with one seller and some products.
pub struct House {
    pub app: App,
    pub admin: Principal,
    /// Who works for the seller.
    pub seller: Principal,
    pub state: AppState,
    /// A card whose delivery is its revelation, with a fee.
    pub card: String,
    /// A card that wants a confirmation.
    pub confirmed: String,
    /// A top-up.
    pub topup: String,
    dir: PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// A channel whose callbacks are `number reference minor`, signed by being sent with a header `signed`.
/// The payer comes by a link, or by a form that is posted to this address; with an empty one the channel must be asked.
struct Paper(ChannelId, Option<&'static str>);

impl Entrance for Paper {
    fn id(&self) -> &ChannelId {
        &self.0
    }

    fn cashier(&self, op: &PaymentOp, _now: Instant) -> Cashier {
        match self.1 {
            None => Cashier::Link(format!("/paper/{}?amount={}", op.no, op.amount.minor())),
            Some("") => Cashier::Ask,
            Some(action) => {
                let fields =
                    [("no", op.no.to_string()), ("amount", op.amount.to_string()), ("back", op.return_url.clone())];
                let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                Cashier::Form { action: action.to_owned(), fields }
            }
        }
    }

    fn callback(&self, headers: &[(String, String)], body: &[u8], _now: Instant) -> Result<Verified, CallbackError> {
        if !headers.iter().any(|(name, _)| name == "signed") {
            return Err(CallbackError::Unsigned);
        }
        let text = std::str::from_utf8(body).map_err(|_| CallbackError::Malformed)?;
        let mut parts = text.split(' ').map(str::to_owned);
        let mut part = || parts.next().ok_or(CallbackError::Malformed);
        Ok(Verified::PaymentSucceeded {
            no: ChannelNumber::new(part()?),
            channel_ref: part()?,
            amount: Money::cny(part()?.parse().map_err(|_| CallbackError::Malformed)?),
        })
    }

    fn acknowledgement(&self) -> (u16, &'static str) {
        (200, "filed")
    }
}

fn product(title: &str, kind: &str) -> ProductInput {
    ProductInput {
        title: title.to_owned(),
        description: "二十字以内的介绍 <b>不是标签</b>".to_owned(),
        how_to_use: "在官网输入卡密".to_owned(),
        kind: kind.to_owned(),
        delivery_event: None,
        face: Some("100.00".to_owned()),
        price: "95.00".to_owned(),
        promise_hours: 24,
        window_days: 15,
        warranty_days: 0,
        fee_disclosed: true,
        special: None,
        needs_confirmation: false,
        on_sale: true,
    }
}

impl House {
    pub fn open() -> Self {
        Self::open_at("http://shop.test")
    }

    /// A new shop that people reach at this address.
    pub fn open_at(public_url: &str) -> Self {
        Self::open_with(public_url, Entrances::new())
    }

    /// A new shop that sells through a channel named `paper`.
    pub fn with_channel() -> Self {
        Self::open_with("http://shop.test", Entrances::new().with(Arc::new(Paper("paper".into(), None))))
    }

    /// A new shop that sells through a channel named `paper`, which must be asked how payers get to its cashier.
    pub fn that_asks() -> Self {
        Self::open_with("http://shop.test", Entrances::new().with(Arc::new(Paper("paper".into(), Some("")))))
    }

    /// A new shop that sells through a channel named `paper`, to which the payer's browser posts a form.
    pub fn with_form() -> Self {
        let paper = Paper("paper".into(), Some("https://gateway.test:8443/pay?v=1"));
        Self::open_with("http://shop.test", Entrances::new().with(Arc::new(paper)))
    }

    fn open_with(public_url: &str, entrances: Entrances) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("yuanlu-pages-{}-{n}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        let config = Config {
            clock: Clock::manual(Instant::from_shanghai(2026, 3, 2, 10, 0, 0)),
            limits: Limits::none(),
            channels: ["paper".into()].into_iter().filter(|id| entrances.get(id).is_some()).collect(),
            seed: Some([9; 32]),
            probe_hosts: vec!["issuer.test".to_owned()],
            ..Config::new(&dir, Born::Demo)
        };
        let app = App::open(config).unwrap();
        let link = app.create_first_admin("root").unwrap();
        let admin = enter(&app, link.expose());
        let shop = app.admit_seller(&admin, "星河点卡", false).unwrap();
        let invite = InviteInput {
            login: "seller".to_owned(),
            roles: vec!["seller".to_owned()],
            seller: Some(shop.id.clone()),
            organisation: None,
        };
        let seller = enter(&app, app.invite(&admin, &invite).unwrap().link.expose());
        let sell = |input: &ProductInput, codes: &str| {
            let id = app.save_product(&seller, None, input).unwrap().id;
            if !codes.is_empty() {
                app.load_codes(&seller, &ProductId::new(id.clone()), codes).unwrap();
            }
            id
        };
        let card = sell(&product("星河点卡 100 元", "game_card"), &format!("{CODE}\n{SECOND_CODE}"));
        let confirmation =
            ProductInput { needs_confirmation: true, ..product("需确认的点卡", "software_licence") };
        let confirmed = sell(&confirmation, "CONF-0001-ABCD-0001\nCONF-0001-ABCD-0002");
        let topup = sell(&product("话费直充", "direct_top_up"), "");
        let config = ServerConfig { public_url: public_url.to_owned(), trusted_proxies: Vec::new() };
        let state = AppState::new(app.clone(), entrances, config);
        Self { app, admin, seller, state, card, confirmed, topup, dir }
    }

    /// Somebody at the door, who reads this language.
    pub fn visitor(&self, language: &str) -> Visitor {
        Visitor { router: router(self.state.clone()), cookies: vec![("lang".to_owned(), language.to_owned())] }
    }

    /// The token of a one-time link for a new person.
    pub fn invites(&self, login: &str, role: &str) -> String {
        let invite =
            InviteInput { login: login.to_owned(), roles: vec![role.to_owned()], seller: None, organisation: None };
        self.app.invite(&self.admin, &invite).unwrap().link.expose().clone()
    }

    /// A buyer with an account and balance, signed in by the pages.
    pub async fn buyer(&self, login: &str, language: &str) -> Visitor {
        let mut visitor = self.visitor(language);
        visitor.post("/register", &[("login", login), ("password", PASSWORD)]).await.goes_to("/");
        self.app.credit_balance(&self.admin, login, "500.00", None).unwrap();
        visitor
    }

    /// The seller, signed in by the pages.
    pub async fn seller(&self, language: &str) -> Visitor {
        let mut visitor = self.visitor(language);
        visitor.post("/login", &[("login", "seller"), ("password", PASSWORD)]).await.goes_to("/");
        visitor
    }

    /// Somebody of the house with this role, and an organisation of his own where he is an arbitrator.
    pub fn staff(&self, login: &str, role: &str) -> Principal {
        let organisation = (role == "arbitrator").then(|| {
            let input = OrganisationInput {
                name_zh: format!("{login} 调解中心"),
                name_en: format!("{login} Mediation"),
                registration_no: format!("REG-{login}"),
                contact: "010-12345678".to_owned(),
                active: true,
            };
            self.app.register_organisation(&self.admin, &input).unwrap().id
        });
        let roles = vec![role.to_owned()];
        let invite = InviteInput { login: login.to_owned(), roles, seller: None, organisation };
        enter(&self.app, self.app.invite(&self.admin, &invite).unwrap().link.expose())
    }

    /// Time passes, and every timer that is due acts.
    pub fn pass(&self, seconds: i64) {
        let clock = self.app.clock();
        clock.set(clock.now().plus_seconds(seconds));
        let due = self.app.due_timers(self.app.now(), None, 1000).unwrap();
        self.app.run_commands(due.iter().map(|timer| timer.wake()).collect());
    }

    /// A revealed card that is said not to work: order and case.
    pub async fn claims(&self, buyer: &mut Visitor) -> (String, String) {
        let order = self.buys(buyer, &self.card).await;
        buyer.post(&format!("/o/{order}/reveal/1"), &[]).await.shows(&[]);
        let fields = [("units", "1"), ("reason", "invalid_code"), ("text", "官网提示已被使用")];
        let applied = buyer.post_files(&format!("/o/{order}/refund"), &fields, &[("file_1", DOT)]).await;
        applied.goes_to("/c/");
        let case = applied.location.trim_start_matches("/c/").split('?').next().unwrap().to_owned();
        (order, case)
    }

    /// The same, contested by the seller and rejected by a reviewer, whose words are final for now.
    pub async fn rejected(&self, buyer: &mut Visitor, reviewer: &Principal) -> (String, String) {
        let (order, case) = self.claims(buyer).await;
        let id = CaseId::new(case.clone());
        let words = StatementInput { words: "卡密有效".to_owned(), evidence: Vec::new() };
        self.app.contest(&self.seller, &id, &words, None).unwrap();
        let no = RejectInput {
            code: "REJECT_NO_FAULT".to_owned(),
            clause: Some("R25".to_owned()),
            answers: ANSWERS,
            words: "日志显示卡密有效".to_owned(),
        };
        self.app.reject(reviewer, &id, &no, None).unwrap();
        self.pass(31);
        (order, case)
    }

    /// Buys one unit from balance and gives the order's number.
    pub async fn buys(&self, buyer: &mut Visitor, product: &str) -> String {
        let fields = [
            ("product", product),
            ("quantity", "1"),
            ("seen_price", "95.00"),
            ("tender", "balance"),
            ("confirmed", "1"),
            ("recipient", "player-2048"),
        ];
        let reply = buyer.post("/checkout", &fields).await;
        reply.goes_to("/o/");
        reply.location.trim_start_matches("/o/").split('?').next().unwrap().to_owned()
    }
}

fn enter(app: &App, link: &str) -> Principal {
    let view = app.open_link(link).unwrap();
    let code = view.totp.map(|totp| totp_code(&totp.secret_base32, app.clock().real_now()).unwrap());
    app.use_link(link, &Secret::from(PASSWORD), code.as_deref(), &Origin::default()).unwrap().principal
}

/// Somebody with a browser.
#[derive(Clone)]
pub struct Visitor {
    router: Router,
    pub cookies: Vec<(String, String)>,
}

impl Visitor {
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path), Body::empty()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body.join("&"))).await
    }

    /// A form with files: `(field, content)`.
    pub async fn post_files(&mut self, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Reply {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for (name, content) in files {
            let head = format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"x.png\"");
            body.extend_from_slice(format!("--edge\r\n{head}\r\n\r\n").as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        let request = Request::post(path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
        self.send(request, Body::from(body)).await
    }

    pub async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Reply {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(n, _)| n != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let location = headers.get(header::LOCATION).map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default();
        let body = to_bytes(response.into_body(), 4 * 1024 * 1024).await.unwrap();
        Reply { status, headers, location, body: String::from_utf8_lossy(&body).into_owned() }
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// What came back.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub location: String,
    pub body: String,
}

impl Reply {
    #[track_caller]
    pub fn shows(&self, wanted: &[&str]) -> &Self {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.holds(wanted)
    }

    #[track_caller]
    pub fn holds(&self, wanted: &[&str]) -> &Self {
        for text in wanted {
            assert!(self.body.contains(text), "no `{text}` in\n{}", self.body);
        }
        self
    }

    #[track_caller]
    pub fn hides(&self, unwanted: &[&str]) -> &Self {
        for text in unwanted {
            assert!(!self.body.contains(text), "`{text}` in\n{}", self.body);
        }
        self
    }

    #[track_caller]
    pub fn goes_to(&self, path: &str) {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        assert!(self.location.starts_with(path), "to {}", self.location);
    }

    /// Refused with this status and sentence.
    #[track_caller]
    pub fn refuses(&self, status: u16, sentence: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.holds(&[sentence]);
    }
}
