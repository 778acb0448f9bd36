//! News of an order, a case and a conversation as server-sent events. One look a second per node, for everything that anybody
//! watches.

use super::extract::{Asked, At};
use super::problem::ApiError;
use super::read;
use crate::AppState;
use crate::visitor::Visitor;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::{AppError, Watched};
use yuanlu_domain::ids::{CaseId, DeskId, OrderId};

/// Most streams of one node.
const MOST: usize = 2_000;
/// A stream ends after this; the client asks again, and is asked again who he is.
const LONGEST: Duration = Duration::from_secs(600);

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(watch_case))
        .routes(routes!(watch_order))
        .routes(routes!(watch_conversation))
        .layer(Extension(Watch::new()))
}

/// The files that are being watched, with the version last seen.
#[derive(Clone)]
pub(super) struct Watch(Arc<Inner>);

struct Inner {
    files: Mutex<HashMap<Watched, watch::Sender<i64>>>,
    permits: Arc<Semaphore>,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner { files: Mutex::default(), permits: Arc::new(Semaphore::new(MOST)) }))
    }

    /// Watches a file; the first watcher of all starts the looking, which ends with the last.
    fn file(&self, state: &AppState, watched: Watched, version: i64) -> watch::Receiver<i64> {
        let mut files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.is_empty() {
            tokio::spawn(look(self.clone(), state.clone()));
        }
        files.entry(watched).or_insert_with(|| watch::Sender::new(version)).subscribe()
    }

    /// Forgets files nobody watches any more; the rest is looked at.
    fn watched(&self) -> Vec<Watched> {
        let mut files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|_, sender| sender.receiver_count() > 0);
        files.keys().cloned().collect()
    }

    /// The stream of one listener.
    fn stream(&self, s: &AppState, watched: Watched, known: Option<i64>) -> Result<Response, ApiError> {
        let permit = self.0.permits.clone().try_acquire_owned().map_err(|_| AppError::Unavailable)?;
        let found = read(s, |app| app.versions(std::slice::from_ref(&watched)))?;
        let version = found.first().map_or(0, |(_, version)| *version);
        let mut receiver = self.file(s, watched, version);
        if known.is_some_and(|known| known != version) {
            receiver.mark_changed();
        }
        let changes = Changes::new(receiver, permit);
        Ok(Sse::new(changes).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response())
    }

    fn seen(&self, versions: Vec<(Watched, i64)>) {
        let files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        for (watched, version) in versions {
            if let Some(sender) = files.get(&watched) {
                sender.send_if_modified(|known| std::mem::replace(known, version) != version);
            }
        }
    }
}

async fn look(watch: Watch, state: AppState) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let watched = watch.watched();
        if watched.is_empty() {
            return;
        }
        match state.run(move |app| app.versions(&watched)).await {
            Ok(versions) => watch.seen(versions),
            Err(error) => tracing::warn!(%error, "could not look for changes"),
        }
    }
}

/// What a listener knew when it was last heard of.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Known {
    /// The version the listener has: when there is a newer one by now, it is told at once.
    known: Option<i64>,
}

/// Tells when a case changes.
///
/// `event: changed` with the file's version, which is also the event's id; load the case again then. The stream ends after
/// ten minutes: ask again. Who asks with the version he knows, or with `Last-Event-ID`, misses nothing in between.
#[utoipa::path(get, path = "/cases/{case}/events", tag = "cases",
    params(("case" = String, Path, description = "Case number."), Known),
    responses((status = 200, description = "Server-sent events.", body = String, content_type = "text/event-stream")))]
async fn watch_case(
    State(s): State<AppState>,
    Extension(watch): Extension<Watch>,
    v: Visitor,
    At(case): At<CaseId>,
    Asked(known): Asked<Known>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    read(&s, |app| app.load_case(&v.principal, &case))?;
    let (order, _) = case.parts().ok_or(AppError::NotFound)?;
    watch.stream(&s, Watched::Order(order), last_known(&known, &headers))
}

/// Tells when an order, its thread or a case of it changes, as `/cases/{case}/events` does.
#[utoipa::path(get, path = "/orders/{order}/events", tag = "orders",
    params(("order" = String, Path, description = "Order number."), Known),
    responses((status = 200, description = "Server-sent events.", body = String, content_type = "text/event-stream")))]
async fn watch_order(
    State(s): State<AppState>,
    Extension(watch): Extension<Watch>,
    v: Visitor,
    At(order): At<OrderId>,
    Asked(known): Asked<Known>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    read(&s, |app| app.load_order(&v.principal, &order))?;
    watch.stream(&s, Watched::Order(order), last_known(&known, &headers))
}

/// Tells when something is said in a conversation with support, as `/cases/{case}/events` does.
///
/// A stranger's browser is known by the cookie that it got when it began the conversation on a page.
#[utoipa::path(get, path = "/support/conversations/{conversation}/events", tag = "public",
    params(("conversation" = String, Path, description = "Its number."), Known),
    responses((status = 200, description = "Server-sent events.", body = String, content_type = "text/event-stream")))]
async fn watch_conversation(
    State(s): State<AppState>,
    Extension(watch): Extension<Watch>,
    v: Visitor,
    At(desk): At<DeskId>,
    Asked(known): Asked<Known>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let key = v.talk_key(&desk);
    read(&s, |app| app.load_conversation(&v.principal, &desk, key.as_ref()))?;
    watch.stream(&s, Watched::Desk(desk), last_known(&known, &headers))
}

/// What a browser heard last goes before what its page was made of.
fn last_known(known: &Known, headers: &HeaderMap) -> Option<i64> {
    let heard = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    heard.or(known.known)
}

type Next = Pin<Box<dyn Future<Output = Option<(watch::Receiver<i64>, i64)>> + Send>>;

/// The stream of one client.
struct Changes {
    next: Next,
    over: Pin<Box<tokio::time::Sleep>>,
    _permit: OwnedSemaphorePermit,
}

impl Changes {
    fn new(receiver: watch::Receiver<i64>, permit: OwnedSemaphorePermit) -> Self {
        Self { next: Box::pin(change(receiver)), over: Box::pin(tokio::time::sleep(LONGEST)), _permit: permit }
    }
}

async fn change(mut receiver: watch::Receiver<i64>) -> Option<(watch::Receiver<i64>, i64)> {
    receiver.changed().await.ok()?;
    let version = *receiver.borrow_and_update();
    Some((receiver, version))
}

impl futures_core::Stream for Changes {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        match self.next.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some((receiver, version))) => {
                self.next = Box::pin(change(receiver));
                Poll::Ready(Some(Ok(Event::default()
                    .event("changed")
                    .data(version.to_string())
                    .id(version.to_string()))))
            }
        }
    }
}
