//! The JSON API under `/api/v1`: whatever the pages can do, programs can do.
//!
//! A handler reads, calls one use case and writes its view as JSON. The OpenAPI description is made from the same
//! declarations as the routes; what holds for every route (problems, security) is added in the module `openapi`.

mod account;
mod admissions;
mod bills;
mod cases;
mod code_probe;
mod conduct;
mod disclosure;
mod events;
mod evidence;
pub mod extract;
mod funds;
mod hearings;
mod incidents;
pub mod inputs;
mod material;
mod notices;
mod openapi;
mod orders;
pub mod outputs;
mod outside;
mod papers;
mod policies;
pub mod problem;
mod public;
mod redemption;
mod reviews;
mod route;
mod seller;
mod session;
mod staff;
mod support;
mod tip_offs;
mod today;

pub use extract::JSON_MOST;
pub use openapi::document;

use crate::AppState;
use crate::problem::WebError;
use crate::shared::Share;
use crate::text::Locale;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use problem::ApiError;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use yuanlu_app::App;

/// What handlers of the API answer.
pub type Answer = Result<Response, ApiError>;

/// Everything under `/api/v1`, and the explanations of problems.
pub fn router() -> Router<AppState> {
    let (router, _) = routes().split_for_parts();
    router
        .layer((from_fn(problem::speak), Share, DefaultBodyLimit::max(extract::JSON_MOST)))
        .route("/problems/{code}", get(problem::explain))
}

fn routes() -> OpenApiRouter<AppState> {
    let quick = OpenApiRouter::new()
        .merge(public::routes())
        .merge(policies::routes())
        .merge(session::routes())
        .merge(account::routes())
        .merge(notices::routes())
        .merge(orders::routes())
        .merge(cases::routes())
        .merge(papers::routes())
        .merge(hearings::routes())
        .merge(route::routes())
        .merge(seller::routes())
        .merge(code_probe::routes())
        .merge(funds::routes())
        .merge(staff::routes())
        .merge(conduct::routes())
        .merge(material::routes())
        .merge(admissions::routes())
        .merge(tip_offs::routes())
        .merge(support::routes())
        .merge(today::routes())
        .merge(outside::routes())
        .merge(bills::routes())
        .merge(redemption::routes())
        .merge(reviews::routes())
        .merge(disclosure::routes())
        .merge(incidents::routes())
        .layer((from_fn(crate::time_limit), Share));
    let api =
        quick.merge(evidence::routes()).merge(tip_offs::uploads()).merge(admissions::uploads()).merge(events::routes());
    openapi::blank().nest("/api/v1", api)
}

/// An error of pages and layers as a problem.
pub fn problem(error: &WebError, locale: Locale) -> Response {
    problem::respond(&ApiError::Web(error.clone()), locale)
}

/// Calls a use case that only reads. It stays on this thread: handing it over costs more than the query.
fn read<T>(state: &AppState, call: impl FnOnce(&App) -> yuanlu_app::Result<T>) -> Result<T, ApiError> {
    Ok(call(&state.app)?)
}

/// Calls a use case that writes, on a thread that may wait for the commit.
async fn write<T, F>(state: &AppState, call: F) -> Result<T, ApiError>
where
    T: Send + 'static,
    F: FnOnce(&App) -> yuanlu_app::Result<T> + Send + 'static,
{
    Ok(state.run(call).await?)
}

/// Calls a use case that writes under an idempotency key. The flag says that it was done before.
async fn write_once<T, F>(state: &AppState, call: F) -> Result<Once<T>, ApiError>
where
    T: Send + 'static,
    F: FnOnce(&App) -> yuanlu_app::Result<T> + Send + 'static,
{
    let call = move |app: &App| {
        let (value, replayed) = yuanlu_app::noticing_replay(|| call(app));
        value.map(|value| Once { value, replayed })
    };
    Ok(state.run(call).await?)
}

/// An answer, and whether it was given before.
struct Once<T> {
    value: T,
    replayed: bool,
}

impl<T: Serialize> Once<T> {
    fn ok(&self) -> Answer {
        self.mark(ok(&self.value))
    }

    fn created(&self, location: &str) -> Answer {
        self.mark(created(location, &self.value))
    }

    fn mark(&self, answer: Answer) -> Answer {
        let mut answer = answer?;
        if self.replayed {
            let name = HeaderName::from_static("idempotent-replayed");
            answer.headers_mut().insert(name, HeaderValue::from_static("true"));
        }
        Ok(answer)
    }
}

/// Room for most answers, so that they need not be moved while they are written.
const USUAL: usize = 8 * 1024;

fn ok(view: &impl Serialize) -> Answer {
    let mut body = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut body, view).map_err(|error| {
        tracing::error!(%error, "a view could not be written");
        WebError::Broken
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

fn created(location: &str, view: &impl Serialize) -> Answer {
    let location = HeaderValue::from_str(location).map_err(|_| WebError::Broken)?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], ok(view)?).into_response())
}

fn nothing() -> Answer {
    Ok(StatusCode::NO_CONTENT.into_response())
}
