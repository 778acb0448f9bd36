//! Notes who was shown an order, a case or a file (S04). It never holds an answer up, and never fails one.

use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use yuanlu_app::Viewed;

/// Routes that show something, under the pages and under the API. Of `{case}` and its like the path holds the id.
const SHOWN: &[&str] = &[
    "/o/{order}",
    "/orders/{order}/thread",
    "/seller/orders/{order}",
    "/seller/orders/{order}/thread",
    "/c/{case}",
    "/seller/cases/{case}",
    "/staff/cases/{case}",
    "/panel/{case}",
    "/evidence/{evidence}",
    "/evidence/{evidence}/original",
    "/api/v1/orders/{order}",
    "/api/v1/orders/{order}/thread",
    "/api/v1/cases/{case}",
    "/api/v1/cases/{case}/events",
    "/api/v1/panel/{case}",
    "/api/v1/evidence/{evidence}",
    "/api/v1/evidence/{evidence}/original",
];

/// Looks on while an answer is made.
pub async fn note(state: &AppState, request: Request, next: Next) -> Response {
    let what = shown(&request);
    let visitor = what.as_ref().and_then(|_| request.extensions().get::<Visitor>().cloned());
    let response = next.run(request).await;
    if let (Some(what), Some(visitor), true) = (what, visitor, response.status().is_success()) {
        saw(state, &visitor, what);
    }
    response
}

/// Notes that he was shown something.
pub fn saw(state: &AppState, visitor: &Visitor, what: Viewed) {
    let session = visitor.session.as_ref().map_or("", |session| session.id.as_str());
    state.app.saw(&visitor.principal, session, &visitor.origin, what);
}

fn shown(request: &Request) -> Option<Viewed> {
    let route = request.extensions().get::<MatchedPath>()?.as_str();
    if request.method() != Method::GET || !SHOWN.contains(&route) {
        return None;
    }
    let (name, id) = route.split('/').zip(request.uri().path().split('/')).find(|(name, _)| name.starts_with('{'))?;
    match name {
        "{order}" => Some(Viewed::Order(id.into())),
        "{case}" => Some(Viewed::Case(id.into())),
        _ => Some(Viewed::Evidence(id.into())),
    }
}
