//! The web side: pages, JSON API, callbacks of channels, and the loop that accepts connections.
//!
//! A handler parses, calls one use case of `app`, and renders. Only this crate knows status codes and sentences for people.
//! Deliberately absent: SQL, and any way to call out; what is seen of `channels` is the reading of callbacks.

pub mod api;
pub mod assets;
pub mod cashier;
pub mod chart;
pub mod csv;
pub mod form;
pub mod guard;
pub mod journey;
pub mod limit;
pub mod listen;
pub mod page;
pub mod paper;
pub mod places;
pub mod problem;
pub mod proxy;
pub mod qr;
pub mod refill;
pub mod seen;
pub mod shared;
pub mod text;
pub mod visitor;
pub mod web;

pub use listen::{Limits, serve};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use shared::Share;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::trace::TraceLayer;
use yuanlu_app::{App, Health};
use yuanlu_channels::callback::Entrances;

/// What an operator decides about the web side.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where people reach the shop, without a slash at the end.
    pub public_url: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<proxy::Network>,
}

impl ServerConfig {
    /// Whether people come by https: then cookies are `Secure` and browsers are told to stay with it.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// What every handler can reach. Clones share it.
#[derive(Clone)]
pub struct AppState(Arc<Reach>);

/// What is shared by the clones of an [`AppState`].
pub struct Reach {
    /// The use cases.
    pub app: App,
    /// Cashier links and callbacks of the channels.
    pub entrances: Entrances,
    /// The operator's decisions.
    pub config: ServerConfig,
    /// Limit on posts of strangers.
    pub strangers: limit::Limiter,
    /// Held while the database is asked how it is.
    pub health: Arc<tokio::sync::Mutex<()>>,
}

impl AppState {
    /// The state of one server.
    pub fn new(app: App, entrances: Entrances, config: ServerConfig) -> Self {
        let strangers = limit::Limiter::new(60, 2);
        Self(Arc::new(Reach { app, entrances, config, strangers, health: Arc::default() }))
    }

    /// Calls a use case, which blocks until it is durable, on a thread where blocking is allowed.
    pub async fn run<T, F>(&self, call: F) -> yuanlu_app::Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&App) -> yuanlu_app::Result<T> + Send + 'static,
    {
        let app = self.app.clone();
        match tokio::task::spawn_blocking(move || call(&app)).await {
            Ok(answer) => answer,
            // Let the layer that catches panics answer, so that there is one place for it.
            Err(broken) if broken.is_panic() => std::panic::resume_unwind(broken.into_panic()),
            Err(_) => Err(yuanlu_app::AppError::Unavailable),
        }
    }
}

impl Deref for AppState {
    type Target = Reach;

    fn deref(&self) -> &Reach {
        &self.0
    }
}

/// Everything the server answers to.
pub fn router(state: AppState) -> Router {
    router_with(state, Router::new())
}

/// The same with more beside it, under the same headers: a demo's simulated cashier.
pub fn router_with(state: AppState, beside: Router<AppState>) -> Router {
    let people = Router::new().merge(web::router()).merge(api::router());
    let people = people
        .fallback(|| async { problem::WebError::App(yuanlu_app::AppError::NotFound) })
        .method_not_allowed_fallback(|| async { problem::WebError::Method })
        .layer((
            from_fn_with_state(state.clone(), guard::admit),
            Share,
            CatchPanicLayer::custom(problem::panicked),
            Share,
        ));
    let pages = people.clone().with_state(state.clone());
    let people = people.layer((
        from_fn_with_state(state.clone(), visitor::recognise),
        Share,
        from_fn_with_state((state.clone(), pages), problem::show),
        Share,
    ));
    Router::new()
        .route("/healthz", get(healthz))
        .route("/assets/{name}", get(assets::serve))
        .merge(web::callback::router().layer(from_fn(time_limit)))
        .merge(beside.layer(from_fn(time_limit)))
        .merge(people)
        .layer((
            TraceLayer::new_for_http().make_span_with(span).on_request(()).on_response(log_answer).on_failure(()),
            from_fn_with_state(state.clone(), guard::security_headers),
            Share,
            CompressionLayer::new(),
            Share,
        ))
        .with_state(state)
}

/// How long the database may take to answer before it counts as away.
const HEALTH: Duration = Duration::from_secs(3);

/// 200 where this node can serve people, 503 where its database cannot be read or written. One asks at a time; whoever
/// waits behind an answer that does not come has his own answer by that.
async fn healthz(State(state): State<AppState>) -> (StatusCode, &'static str) {
    let asked = async {
        let turn = Arc::clone(&state.health).lock_owned().await;
        let app = state.app.clone();
        tokio::task::spawn_blocking(move || {
            let health = app.health();
            drop(turn);
            health
        })
        .await
    };
    match tokio::time::timeout(HEALTH, asked).await {
        Ok(Ok(Health::Good)) => (StatusCode::OK, "ok\n"),
        Ok(Ok(Health::OnlyReads)) => (StatusCode::SERVICE_UNAVAILABLE, "the database takes no writes\n"),
        Ok(Ok(Health::GoneBack)) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database has gone back to an earlier state; nothing is written until this node is started again\n",
        ),
        Ok(Ok(Health::Away)) => (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be reached\n"),
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}

/// How long an ordinary request may take, its body included.
pub async fn time_limit(request: Request, next: axum::middleware::Next) -> axum::response::Response {
    within(Duration::from_secs(30), request, next).await
}

/// How long an upload may take over a slow line.
pub async fn upload_time_limit(request: Request, next: axum::middleware::Next) -> axum::response::Response {
    within(Duration::from_secs(300), request, next).await
}

async fn within(limit: Duration, request: Request, next: axum::middleware::Next) -> axum::response::Response {
    use axum::response::IntoResponse;
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => problem::WebError::TookTooLong.into_response(),
    }
}

/// Logs name the route, never the path: paths hold order numbers and one-time links.
fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("?", MatchedPath::as_str);
    tracing::info_span!("request", method = %request.method(), route)
}

fn log_answer<B>(response: &axum::http::Response<B>, took: Duration, _span: &tracing::Span) {
    let (status, ms) = (response.status().as_u16(), u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    if status >= 500 {
        tracing::error!(status, ms, "answered");
    } else {
        tracing::info!(status, ms, "answered");
    }
}
