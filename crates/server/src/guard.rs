//! What stands before and behind every handler: where an unsafe request may come from, and the headers of answers.

use crate::AppState;
use crate::problem::WebError;
use crate::proxy::client_address;
use crate::visitor::Visitor;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const FEATURES: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/// The policy of a page with one form for a payment channel: that form may be posted there, and nowhere else.
pub fn policy_with_form_to(action: &str) -> Option<HeaderValue> {
    let (scheme, rest) = action.split_once("://")?;
    let host = rest
        .split(['/', '?'])
        .next()
        .filter(|host| host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b)))?;
    HeaderValue::try_from(POLICY.replace("form-action 'self'", &format!("form-action 'self' {scheme}://{host}"))).ok()
}

/// Sets the headers every answer carries.
pub async fn security_headers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::HeaderName::from_static("permissions-policy"), FEATURES);
    set(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if state.config.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Refuses unsafe requests that another site made a browser send, slows down those of people we do not know, per address,
/// and notes what is shown to whom. Programs send no header of a browser and pass the first; cookies are `SameSite=Lax`
/// besides. Callbacks of channels do not go through here.
pub async fn admit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && !is_own(request.headers(), &state.config.public_url) {
        return WebError::ForeignOrigin.into_response();
    }
    let known = request.extensions().get::<Visitor>().is_some_and(|v| v.session.is_some());
    if !safe && !known {
        let address = address_of(&request, &state);
        if let Err(retry_after_seconds) = state.strangers.take(address, state.app.clock().real_now()) {
            return WebError::App(yuanlu_app::AppError::TooMany { retry_after_seconds }).into_response();
        }
    }
    crate::seen::note(&state, request, next).await
}

fn is_own(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            origin == origin_of(public_url) || (host.is_some() && host == text("host"))
        }
        (None, None) => true,
    }
}

fn origin_of(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let end = url[after_scheme..].find('/').map_or(url.len(), |at| after_scheme + at);
    &url[..end]
}

/// Where a request comes from. Requests made in process (tests, the demo's own) come from this machine.
pub fn address_of<B>(request: &axum::http::Request<B>, state: &AppState) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(peer)| peer.ip());
    client_address(peer, request.headers(), &state.config.trusted_proxies)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        is_own(&headers, "https://shop.example/base")
    }

    #[test]
    fn only_our_own_pages_may_post() {
        assert!(own(&[]));
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("origin", "https://shop.example")]));
        assert!(own(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]));
        assert!(!own(&[("sec-fetch-site", "cross-site"), ("origin", "https://shop.example")]));
        assert!(!own(&[("sec-fetch-site", "same-site")]));
        assert!(!own(&[("origin", "https://shop.example.evil")]));
        assert!(!own(&[("origin", "null"), ("host", "null")]));
    }
}
