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
use yuanlu_jobs::{Direct, Jobs, Runner};
use yuanlu_storage::Born;
use yuanlu_world::providers::PROVIDERS_PATH;
use yuanlu_world::seed::{DAYS, ORDERS, seed};
use yuanlu_world::simulated::SIMULATOR_PATH;
use yuanlu_world::{Login, Providers, Simulated, World};

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
    let app = open::shop(config)?;
    let simulated = simulated.map_err(Problem::at(simulator_file.display()))?;
    let logins = read_logins(&effective.data)?;

    let jobs = Jobs::new(Held::new(&app), channels.clone());
    let (clock, channel_clock) = (app.clock().clone(), app.clock().clone());
    let (channel, others) = (simulated.clone(), providers.clone());
    let transport = Direct(move |request: http::Request<Vec<u8>>| {
        let now = channel_clock.now();
        if Providers::is_there(request.uri().path()) {
            others.answer(&request, now)
        } else {
            channel.answer(&request, now)
        }
    });
    let runner = Arc::new(Runner::start(jobs, transport, move || clock.now())?);

    let state = running::state(&app, channels.entrances(), &effective)?;
    let demo = Demo { app, simulated, providers, logins: Arc::new(logins) };
    let beside = Router::new()
        .route(&format!("{SIMULATOR_PATH}/{{*path}}"), any(at_channel))
        .route(&format!("{PROVIDERS_PATH}/{{*path}}"), any(at_channel))
        .route("/demo/logins", get(logins_page))
        .with_state(demo.clone());
    let router = yuanlu_server::router_with(state, beside);
    let router = router.layer(from_fn_with_state(Arc::clone(&runner), catch_up));
    greet(&effective, &demo.logins);
    runtime.spawn(deliver_callbacks(demo, router.clone(), Arc::clone(&runner)));
    runtime.block_on(running::until_told(listener, router))?;
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
    let mut rows = String::new();
    for login in demo.logins.iter() {
        let code = login.code(now).unwrap_or_default();
        rows.push_str(&format!(
            "<tr><td>{}</td><td><code>{}</code></td><td><code>{}</code></td><td><code>{code}</code></td></tr>\n",
            login.role, login.login, login.password
        ));
    }
    let page = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta http-equiv=\"refresh\" content=\"15\">\
         <title>演示账号 Demo logins</title>\
         <h1>演示账号 Demo logins</h1>\
         <p>动态验证码每 30 秒更换，本页自动刷新。 Codes change every 30 seconds; this page reloads by itself. \
         <a href=\"/login\">登录 Sign in</a></p>\
         <table><tr><th align=\"left\">角色 role</th><th align=\"left\">登录名 login</th>\
         <th align=\"left\">密码 password</th><th align=\"left\">验证码 code</th></tr>\n{rows}</table></html>"
    );
    ([(header::CACHE_CONTROL, "no-store")], Html(page)).into_response()
}
