//! A shop in a directory of its own, and people who use its pages without a browser.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tower::ServiceExt;
use yuanlu_app::inputs::{ApplyInput, InviteInput, LineInput, Origin, PartsInput, PlaceInput, RegisterInput};
use yuanlu_app::views::{CaseView, OrderView};
use yuanlu_app::{App, Born, Clock, Config, Limits, Principal, Secret, totp_code};
use yuanlu_channels::callback::Entrances;
use yuanlu_domain::ids::OrderId;
use yuanlu_domain::time::Instant;
use yuanlu_server::{AppState, ServerConfig, router};

const PASSWORD: &str = "correct horse 7 battery";

/// A red dot, as a file a browser would send.
pub const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4, 0x89, 0x00, 0x00, 0x00, 0x0d, 0x49,
    0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xfc, 0xcf, 0xc0, 0x50, 0x0f, 0x00, 0x04, 0x85, 0x01, 0x80, 0x84, 0xa9, 0x8c,
    0x21, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// Settings under which people can be reached; nothing is sent, for no postman goes.
fn mail_and_sms() -> yuanlu_notify::Settings {
    let section = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let sections = yuanlu_notify::settings::Sections::from([
        ("mail".to_owned(), section(&[("server", "mail.example"), ("from", "no-reply@shop.example")])),
        (
            "sms".to_owned(),
            section(&[
                ("provider", "aliyun"),
                ("key_id", "K"),
                ("key_secret", "S"),
                ("sign_name", "Yuanlu"),
                ("code_template", "SMS_1"),
            ]),
        ),
    ]);
    let around =
        yuanlu_notify::settings::Around { variable: &|_| None, file: &|_| Err(std::io::ErrorKind::NotFound.into()) };
    let (settings, faults) = yuanlu_notify::Settings::read(&sections, &around);
    assert_eq!(faults, []);
    settings
}

/// What came back.
pub struct Reply {
    pub status: StatusCode,
    pub location: String,
    pub body: String,
}

/// Somebody signed in.
pub struct Somebody {
    pub token: String,
    pub principal: Principal,
}

/// A shop.
pub struct House {
    pub app: App,
    pub admin: Somebody,
    router: Router,
    dir: PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl House {
    /// The seconds in which a decision can be taken back pass, and what is due then is done.
    pub fn sent(&self) {
        self.app.clock().set(self.app.now().plus_seconds(30));
        let due = self.app.due_timers(self.app.now(), None, 1000).unwrap();
        self.app.run_commands(due.iter().map(|timer| timer.wake()).collect());
    }

    /// A new shop with an administrator, on Monday 2026-03-02 at ten.
    pub fn open() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("yuanlu-desk-{}-{n}", std::process::id()));
        let config = Config {
            clock: Clock::manual(Instant::from_shanghai(2026, 3, 2, 10, 0, 0)),
            limits: Limits::none(),
            seed: Some([7; 32]),
            notify: Arc::new(mail_and_sms()),
            ..Config::new(&dir, Born::Live)
        };
        let app = App::open(config).unwrap();
        let web = ServerConfig { public_url: "http://shop.test".to_owned(), trusted_proxies: Vec::new() };
        let router = router(AppState::new(app.clone(), Entrances::new(), web));
        let link = app.create_first_admin("root").unwrap();
        let admin = enter(&app, link.expose());
        Self { app, admin, router, dir }
    }

    /// A new person with these roles, signed in by his one-time link.
    pub fn hire(&self, login: &str, roles: &[&str], seller: Option<&str>) -> Somebody {
        let input = InviteInput {
            login: login.to_owned(),
            roles: roles.iter().map(ToString::to_string).collect(),
            seller: seller.map(str::to_owned),
            organisation: None,
        };
        let invited = self.app.invite(&self.admin.principal, &input).unwrap();
        enter(&self.app, invited.link.expose())
    }

    /// Whoever holds this one-time link.
    pub fn enter(&self, link: &str) -> Somebody {
        enter(&self.app, link)
    }

    /// A buyer with balance.
    pub fn buyer(&self, login: &str, balance: &str) -> Somebody {
        let input = RegisterInput { login: login.to_owned(), password: Secret::new(PASSWORD.to_owned()) };
        let grant = self.app.register(&input, &Origin::default()).unwrap();
        self.app.credit_balance(&self.admin.principal, login, balance, None).unwrap();
        Somebody { token: grant.token.expose().clone(), principal: grant.principal }
    }

    /// A shop on the platform, and the person who runs it.
    pub fn seller(&self, name: &str, login: &str) -> Somebody {
        let shop = self.app.admit_seller(&self.admin.principal, name, false).unwrap();
        self.hire(login, &["seller"], Some(&shop.id))
    }

    /// An order of one unit, paid from balance.
    pub fn buys(&self, buyer: &Somebody, product: &str, price: &str) -> OrderView {
        let line = LineInput {
            product: product.to_owned(),
            quantity: 1,
            seen_price: price.to_owned(),
            confirmed: false,
            recipient: Some("player-2048".into()),
        };
        let input =
            PlaceInput { lines: vec![line], parts: PartsInput::default(), tender: "balance".to_owned(), guest: None };
        self.app.place_order(&buyer.principal, &input, None, &Origin::default()).unwrap()
    }

    /// A case about a revealed code that does not work.
    pub fn complains(&self, buyer: &Somebody, order: &OrderView) -> CaseView {
        let id = OrderId::new(order.order.clone());
        self.app.reveal(&buyer.principal, &id, 1).unwrap();
        let file = self.app.upload(&buyer.principal, &id, "failure_popup", PNG.to_vec()).unwrap();
        let input = ApplyInput {
            units: vec![1],
            reason: "invalid_code".to_owned(),
            amount: None,
            received_face: None,
            to_balance: false,
            text: "the issuer says the code was used before <b>me</b>".to_owned(),
            evidence: vec![file.id],
        };
        self.app.apply(&buyer.principal, &id, &input, None, &Origin::default()).unwrap()
    }

    pub async fn get(&self, who: Option<&Somebody>, path: &str) -> Reply {
        self.send(who, Request::get(path), Body::empty()).await
    }

    pub async fn post(&self, who: Option<&Somebody>, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body: Vec<String> = fields.iter().map(|(n, v)| format!("{n}={}", escaped(v))).collect();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(who, request, Body::from(body.join("&"))).await
    }

    /// A form that stands on this page; a browser that keeps that to itself says nothing of the page.
    pub async fn post_from(
        &self,
        who: Option<&Somebody>,
        page: Option<&str>,
        path: &str,
        fields: &[(&str, &str)],
        files: Option<&[(&str, &str, &[u8])]>,
    ) -> Reply {
        let mut request = Request::post(path).header(header::HOST, "shop.test");
        if let Some(page) = page {
            request = request.header(header::REFERER, format!("http://shop.test{page}"));
        }
        if let Some(files) = files {
            return self.send(who, multipart(request), Body::from(parts(fields, files))).await;
        }
        let body: Vec<String> = fields.iter().map(|(n, v)| format!("{}={}", escaped(n), escaped(v))).collect();
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(who, request, Body::from(body.join("&"))).await
    }

    /// A form with files: `(field, file name, content)`.
    pub async fn post_files(
        &self,
        who: Option<&Somebody>,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Reply {
        self.send(who, multipart(Request::post(path)), Body::from(parts(fields, files))).await
    }

    async fn send(&self, who: Option<&Somebody>, request: axum::http::request::Builder, body: Body) -> Reply {
        let request = match who {
            Some(who) => request.header(header::COOKIE, format!("yuanlu={}; lang=en", who.token)),
            None => request.header(header::COOKIE, "lang=en"),
        };
        let response: Response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status();
        let location = response.headers().get(header::LOCATION).map(|l| l.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body(), 4 * 1024 * 1024).await.unwrap();
        Reply { status, location: location.unwrap_or_default(), body: String::from_utf8_lossy(&body).into_owned() }
    }
}

fn enter(app: &App, link: &str) -> Somebody {
    let view = app.open_link(link).unwrap();
    let code = view.totp.map(|totp| totp_code(&totp.secret_base32, app.clock().real_now()).unwrap());
    let grant = app.use_link(link, &Secret::new(PASSWORD.to_owned()), code.as_deref(), &Origin::default()).unwrap();
    Somebody { token: grant.token.expose().clone(), principal: grant.principal }
}

fn multipart(request: axum::http::request::Builder) -> axum::http::request::Builder {
    request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
}

/// The body of a form with files.
fn parts(fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (name, file, content) in files {
        let head = format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"");
        body.extend_from_slice(format!("--edge\r\n{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge--\r\n");
    body
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

impl Reply {
    /// The page, which must have been answered with 200 and hold all of these.
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

    /// A form that was accepted: on to another page.
    #[track_caller]
    pub fn goes_to(&self, path: &str) {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        assert!(self.location.starts_with(path), "to {}", self.location);
    }

    /// A form that was refused, shown again with a sentence.
    #[track_caller]
    pub fn refuses(&self, sentence: &str) {
        assert!(self.status.is_client_error(), "{}", self.status);
        self.holds(&[sentence, "role=\"alert\""]);
    }
}
