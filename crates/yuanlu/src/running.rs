//! What `serve` and `demo` have in common: the runtime, the listener, the orderly end.

use crate::Problem;
use crate::config::Effective;
use axum::Router;
use std::future::Future;
use std::io::Write;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use yuanlu_app::App;
use yuanlu_channels::callback::Entrances;
use yuanlu_server::{AppState, Limits, ServerConfig};

/// What the web side needs to know.
pub fn state(app: &App, entrances: Entrances, effective: &Effective) -> Result<AppState, Problem> {
    let trusted = effective.trusted_proxy.iter().map(|text| text.parse());
    let trusted_proxies = trusted.collect::<Result<_, String>>().map_err(Problem::at("--trusted-proxy"))?;
    let config = ServerConfig { public_url: effective.public_url.clone(), trusted_proxies };
    Ok(AppState::new(app.clone(), entrances, config))
}

/// The runtime of the web side.
pub fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(64).build();
    built.map_err(Problem::at("the runtime cannot start"))
}

/// Takes the address.
pub async fn listen(effective: &Effective) -> Result<TcpListener, Problem> {
    let address = effective.listen;
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            Problem::new(format!("{address} is taken; choose another with --listen, such as --listen 127.0.0.1:0"))
        }
        _ => Problem::new(format!("cannot listen at {address}: {error}")),
    })
}

/// Serves until SIGINT or SIGTERM, then lets what is underway finish.
pub async fn until_told(listener: TcpListener, router: Router) -> Result<(), Problem> {
    let told = told()?;
    yuanlu_server::serve(listener, router, Limits::default(), told).await.map_err(Problem::from)
}

fn told() -> Result<impl Future<Output = ()>, Problem> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        eprintln!("stopping …");
    })
}

/// Tells whoever started it; a server goes on when nobody listens any more.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
