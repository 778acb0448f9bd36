//! `yuanlu demo`: a marketplace with a past, a movable clock and a simulated payment channel, on this machine only.

use crate::cli::Serving;
use crate::config::{self, Effective};
use crate::held::Held;
use crate::{Problem, files, open, running};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};
use std::io::IsTerminal;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use yuanlu_app::App;
use yuanlu_app::Clock;
use yuanlu_app::Limits;
use yuanlu_domain::ids::Ids;
use yuanlu_jobs::{Direct, Jobs, Post, Postman, Runner};
use yuanlu_server::text::Locale;
use yuanlu_simulator::post_box::PostBox;
use yuanlu_storage::Born;
use yuanlu_world::providers::PROVIDERS_PATH;
use yuanlu_world::seed::{DAYS, ORDERS, seed};
use yuanlu_world::simulated::SIMULATOR_PATH;
use yuanlu_world::{Login, PracticeIssuer, Providers, Simulated, World};

const LOGINS: &str = "logins.json";
const SIMULATOR: &str = "simulated-channel.json";
const PROVIDERS: &str = "simulated-providers.json";
/// How often the simulated channel delivers its callbacks.
const CALLBACKS: Duration = Duration::from_millis(250);
/// A cashier's form is short.
const MOST_BODY: usize = 64 * 1024;

/// Makes the demo where there is none, then serves it until told to stop.
pub fn run(given: &Serving) -> Result<ExitCode, Problem> {
    let mut effective = Effective::read(given, "./yuanlu-demo")?;
    if !effective.listen.ip().is_loopback() {
        return Err(Problem::new(format!(
            "a demo gives goods away for simulated money, so it listens on this machine only; {} is not a loopback address",
            effective.listen
        )));
    }
    if !open::is_there(effective.database())? {
        make(&effective)?;
        start_afresh();
    }
    let runtime = running::runtime()?;
    let _inside = runtime.enter();
    let listener = runtime.block_on(running::listen(&effective))?;
    effective.bound(listener.local_addr()?);

    let simulator_file = effective.data.join(SIMULATOR);
    let simulated = Simulated::load(&simulator_file, &effective.public_url);
    let mut config = open::settings(&effective, Born::Demo)?;
    // Not before the database said what it is: a live one has no simulated channel, and must say so itself.
    let channels = simulated.as_ref().map(Simulated::channels).unwrap_or_default();
    let providers_file = effective.data.join(PROVIDERS);
    let providers =
        Providers::open(&providers_file, &effective.public_url).map_err(Problem::at(providers_file.display()))?;
    let (channels, left_out) = providers.add_to(channels, Clock::system().now());
    if !left_out.is_empty() {
        eprintln!("not offered in this demo: {}", left_out.join(", "));
    }
    config.channels = channels.ids().cloned().collect();
    config.roads = Arc::new(channels.roads());
    // Nothing leaves this machine: mail goes to a post box here, by the client that real mail goes by.
    let post_box = PostBox::start()?;
    config.notify = Arc::new(to_post_box(&post_box)?);
    let app = open::shop(config)?;
    let simulated = simulated.map_err(Problem::at(simulator_file.display()))?;
    let logins = read_logins(&effective.data)?;

    let jobs = Jobs::new(Held::new(&app)?, channels.clone());
    let (clock, channel_clock) = (app.clock().clone(), app.clock().clone());
    let (channel, others, issuer) = (simulated.clone(), providers.clone(), PracticeIssuer::default());
    let transport = Direct(move |request: http::Request<Vec<u8>>| {
        let now = channel_clock.now();
        if PracticeIssuer::is_asked(&request) {
            issuer.answer(&request, now)
        } else if Providers::is_there(request.uri().path()) {
            others.answer(&request, now)
        } else {
            channel.answer(&request, now)
        }
    });
    let runner = Arc::new(Runner::start(jobs, transport, move || clock.now())?);
    for login in &logins {
        app.vouch_contact(&login.login, &format!("{}@demo.example", login.login)).map_err(Problem::at("addresses"))?;
    }
    let postman = Postman::start(Post::new(&app)?)?;

    let state = running::state(&app, channels.entrances(), &effective)?;
    let demo = Demo { app, simulated, providers, logins: Arc::new(logins), post_box: Arc::new(post_box) };
    let beside = Router::new()
        .route(&format!("{SIMULATOR_PATH}/{{*path}}"), any(at_channel))
        .route(&format!("{PROVIDERS_PATH}/{{*path}}"), any(at_channel))
        .route("/demo/logins", get(logins_page))
        .route("/demo/mail", get(mail_page))
        .with_state(demo.clone());
    let router = yuanlu_server::router_with(state, beside);
    let router = router.layer(from_fn_with_state(Arc::clone(&runner), catch_up));
    greet(&effective, &demo.logins);
    runtime.spawn(deliver_callbacks(demo, router.clone(), Arc::clone(&runner)));
    runtime.block_on(running::until_told(listener, router))?;
    drop(postman);
    drop(runner);
    Ok(ExitCode::SUCCESS)
}

/// Becomes a new process, without the memory that thirty days took. Where that fails, this one goes on.
fn start_afresh() {
    if let Ok(program) = std::env::current_exe() {
        let error = std::process::Command::new(program).args(std::env::args_os().skip(1)).exec();
        tracing::debug!(%error, "not started afresh");
    }
}

/// What the demo's own pages need.
#[derive(Clone)]
struct Demo {
    app: App,
    simulated: Simulated,
    providers: Providers,
    logins: Arc<Vec<Login>>,
    post_box: Arc<PostBox>,
}

/// Lives the past in a folder beside, so that a demo is there whole or not at all.
fn make(effective: &Effective) -> Result<(), Problem> {
    let orders = match std::env::var("YUANLU_DEMO_ORDERS") {
        Ok(text) => text.parse().map_err(|_| Problem::new(format!("YUANLU_DEMO_ORDERS is not a number: `{text}`")))?,
        Err(_) => ORDERS,
    };
    let beside = beside(&effective.data);
    if beside.exists() {
        std::fs::remove_dir_all(&beside).map_err(Problem::at(beside.display()))?;
    }
    files::private_folder(&beside).map_err(Problem::at(beside.display()))?;
    let logins = live_the_past(effective, &beside, orders)?;
    files::replace(&beside.join(LOGINS), &serde_json::to_vec_pretty(&logins).map_err(Problem::new)?)?;
    files::private_folder(&effective.data).map_err(Problem::at(effective.data.display()))?;
    let mut parts: Vec<PathBuf> =
        std::fs::read_dir(&beside)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    // The database last: where it is, the rest is.
    parts.sort_by_key(|part| part.file_name().is_some_and(|name| name == config::DATABASE));
    for part in parts {
        if let Some(name) = part.file_name() {
            std::fs::rename(&part, effective.data.join(name)).map_err(Problem::at(part.display()))?;
        }
    }
    std::fs::remove_dir(&beside).map_err(Problem::at(beside.display()))
}

fn beside(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push(".making");
    data.with_file_name(name)
}

fn live_the_past(effective: &Effective, folder: &Path, orders: usize) -> Result<Vec<Login>, Problem> {
    let start = Clock::system().now().plus_days(-DAYS);
    let random = random_seed()?;
    let mut ids = Ids::new(random);
    let mut simulated = Simulated::new(ids.bytes(), ids.bytes(), &effective.public_url).map_err(Problem::new)?;
    let mut config = open::settings(effective, Born::Demo)?;
    config.data = folder.to_owned();
    if effective.database().file().is_some() {
        config.database = None;
    }
    config.store = None;
    config.clock = Clock::manual(start);
    config.limits = Limits::none();
    config.channels = simulated.channels().ids().cloned().collect();
    config.roads = Arc::new(simulated.channels().roads());
    let app = open::shop(config)?;
    let mut world = World::new(app, simulated.clone());
    let bar = progress_bar(orders);
    let mut show = |done: u64, whole: u64| {
        bar.set_length(whole);
        bar.set_position(done);
    };
    let logins = seed(&mut world, random, orders, &mut show).map_err(Problem::at("making the demo"))?;
    bar.finish_and_clear();
    simulated.keep_in(&folder.join(SIMULATOR))?;
    Ok(logins)
}

fn progress_bar(orders: usize) -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new(1);
    if let Ok(style) = indicatif::ProgressStyle::with_template("{msg} {bar:40} {percent} % {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(format!("{DAYS} days of a marketplace with {orders} orders"));
    if !std::io::stderr().is_terminal() {
        eprintln!("making {DAYS} days of a marketplace with {orders} orders …");
    }
    bar
}

fn random_seed() -> Result<[u8; 32], Problem> {
    let mut seed = [0; 32];
    let filled = ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut seed);
    filled.map_err(|_| Problem::new("the system has no randomness"))?;
    Ok(seed)
}

fn read_logins(data: &Path) -> Result<Vec<Login>, Problem> {
    let file = data.join(LOGINS);
    let text = std::fs::read(&file).map_err(Problem::at(file.display()))?;
    serde_json::from_slice(&text).map_err(Problem::at(file.display()))
}

/// One login for each role, the first of it.
fn one_of_each(logins: &[Login]) -> Vec<&Login> {
    let mut shown: Vec<&Login> = Vec::new();
    for login in logins {
        // The first seller is the platform's own shop; the second one answers cases.
        let typical = login.role != "seller" || login.login == "seller";
        if typical && !shown.iter().any(|other| other.role == login.role) {
            shown.push(login);
        }
    }
    shown
}

fn greet(effective: &Effective, logins: &[Login]) {
    let url = &effective.public_url;
    let mut lines = vec![
        format!("\n  Yuanlu demo: {url}  (data: {})\n", effective.data.display()),
        format!("  {:<16} {:<10} {:<16} second factor", "role", "login", "password"),
    ];
    for login in one_of_each(logins) {
        let secret = login.totp.as_deref().unwrap_or("-");
        lines.push(format!("  {:<16} {:<10} {:<16} {secret}", login.role, login.login, login.password));
    }
    lines.push(format!("\n  All logins, with the codes of this moment: {url}/demo/logins"));
    lines.push(format!("  Mail that people get: {url}/demo/mail"));
    lines.push("  Stop with Ctrl-C; started again, it goes on where it was.\n".to_owned());
    running::say(&lines.join("\n"));
}

/// The simulated channel: its cashier for people, its interface for the shop.
async fn at_channel(State(demo): State<Demo>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MOST_BODY).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let request = http::Request::from_parts(parts, body.to_vec());
    let answered = tokio::task::spawn_blocking(move || {
        if Providers::is_there(request.uri().path()) {
            demo.providers.handle(&request, demo.app.now())
        } else {
            demo.simulated.handle(&request, demo.app.now())
        }
    })
    .await;
    match answered {
        Ok(Some(response)) => response.map(Body::from),
        Ok(None) => StatusCode::BAD_GATEWAY.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// After the clock was moved, what fell due is done at once.
async fn catch_up(State(runner): State<Arc<Runner>>, request: Request, next: Next) -> Response {
    let moves = request.method() == Method::POST && request.uri().path() == "/demo/clock";
    let response = next.run(request).await;
    if moves {
        runner.nudge();
    }
    response
}

/// Brings the channels' callbacks to the shop, through the same door that real channels use.
async fn deliver_callbacks(demo: Demo, shop: Router, runner: Arc<Runner>) {
    let mut pause = tokio::time::interval(CALLBACKS);
    loop {
        pause.tick().await;
        let now = demo.app.now();
        let mut answers = Vec::new();
        for request in demo.simulated.due_callbacks(now) {
            let (status, _) = post(&shop, request.clone()).await;
            answers.push((request, status));
        }
        let mut others = Vec::new();
        for (channel, event, request) in demo.providers.due_callbacks(now) {
            let (status, body) = post(&shop, request).await;
            others.push((channel, event, status, body));
        }
        if answers.is_empty() && others.is_empty() {
            continue;
        }
        runner.nudge();
        let kept = demo.simulated.delivered(&answers);
        if let Err(error) = kept.and_then(|()| demo.providers.delivered(&others)) {
            tracing::error!(%error, "the simulated channels cannot be saved");
        }
    }
}

/// Posts a callback in process; its status and body.
async fn post(shop: &Router, request: http::Request<Vec<u8>>) -> (u16, Vec<u8>) {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let mut inner = http::Request::from_parts(parts, Body::from(body));
    *inner.uri_mut() = path.parse().unwrap_or_default();
    let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    inner.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    match shop.clone().oneshot(inner).await {
        Ok(response) => {
            let status = response.status().as_u16();
            (status, to_bytes(response.into_body(), MOST_BODY).await.unwrap_or_default().to_vec())
        }
        Err(never) => match never {},
    }
}

/// Who can sign in, with the codes of this moment: for whoever sits at this machine.
async fn logins_page(State(demo): State<Demo>) -> Response {
    let now = demo.app.clock().real_now();
    let (mut rows, mut codes) = (String::new(), String::new());
    for login in demo.logins.iter() {
        let code = login.code(now).unwrap_or_default();
        let role = |locale: Locale| locale.code_text("role", &login.role);
        rows.push_str(&format!(
            "<tr><td class=\"head\">{} {}</td><td data-label=\"登录名\"><code>{}</code></td>\
             <td data-label=\"密码\"><code>{}</code></td><td data-label=\"验证码\"><code>{code}</code></td></tr>\n",
            role(Locale::Zh),
            role(Locale::En),
            login.login,
            login.password
        ));
        codes.push_str(&code);
    }
    let table = format!(
        "<p class=\"lead\">动态验证码每 30 秒更换。 <span lang=\"en\">Codes change every 30 seconds.</span> \
         <a href=\"/login\">登录 Sign in</a> · <a href=\"/demo/mail\">收到的邮件 Mail that was sent</a></p>\
         <section class=\"card\"><table class=\"table\"><thead><tr><th>角色 Role</th><th>登录名 Login</th>\
         <th>密码 Password</th><th>验证码 Code</th></tr></thead><tbody>\n{rows}</tbody></table></section>"
    );
    let page = framed("演示账号 Demo logins", &table, &codes);
    ([(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

fn to_post_box(post_box: &PostBox) -> Result<yuanlu_notify::Settings, Problem> {
    let mail = [
        ("server", "127.0.0.1".to_owned()),
        ("port", post_box.port().to_string()),
        ("security", "none".to_owned()),
        ("from", "no-reply@demo.example".to_owned()),
    ];
    let mail = mail.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let sections = yuanlu_notify::settings::Sections::from([("mail".to_owned(), mail)]);
    let around =
        yuanlu_notify::settings::Around { variable: &|_| None, file: &|_| Err(std::io::ErrorKind::NotFound.into()) };
    let (mut settings, faults) = yuanlu_notify::Settings::read(&sections, &around);
    if let Some(fault) = faults.first() {
        return Err(Problem::new(fault.to_string()));
    }
    settings.reach = yuanlu_notify::guard::Reach::ThisMachine;
    Ok(settings)
}

/// What people got by mail, for whoever sits at this machine.
async fn mail_page(State(demo): State<Demo>) -> Response {
    let mut rows = String::new();
    for mail in demo.post_box.mails().iter().rev() {
        rows.push_str(&format!(
            "<article class=\"card\"><h2>{}</h2><p class=\"soft small\">{} → {}</p><pre>{}</pre></article>\n",
            escaped(&mail.subject),
            escaped(&mail.from),
            escaped(&mail.to),
            escaped(&mail.body)
        ));
    }
    if rows.is_empty() {
        rows.push_str("<p class=\"soft\">还没有邮件。 Nothing yet.</p>");
    }
    let mails = format!(
        "<p class=\"lead\">演示不会向外发送任何邮件；这里是每个人本会收到的，重启后清空。 <span lang=\"en\">A demo sends nothing out; \
         this is what people would get, until it stops.</span> <a href=\"/demo/logins\">账号 Logins</a></p>\n{rows}"
    );
    let page = framed("演示邮件 Demo mail", &mails, &demo.post_box.mails().len().to_string());
    ([(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

/// A page of the demo's own in the frame of the others. The script looks again, and loads anew when `state` is another.
fn framed(title: &str, inner: &str, state: &str) -> String {
    let (style, script) = (yuanlu_server::assets::style(), yuanlu_server::assets::script());
    format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"/assets/{style}\"><script src=\"/assets/{script}\" defer></script></head>\
         <body><main id=\"main\" data-wait=\"{state}\" data-every=\"10\"><div class=\"wrap\"><div class=\"stack wide\">\
         <h1>{title}</h1>{inner}</div></div></main></body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
