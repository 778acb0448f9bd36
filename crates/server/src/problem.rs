//! What went wrong, as a status code and one sentence that says what to do.

use crate::AppState;
use crate::page::{Page, html_with};
use crate::refill::Sent;
use crate::text::Locale;
use crate::visitor::Visitor;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use std::any::Any;
use std::net::SocketAddr;
use tower::ServiceExt;
use yuanlu_app::AppError;
use yuanlu_domain::Refusal;

/// When to ask again while the database is away.
const AWAY_SECONDS: u32 = 5;

/// Why a request gets no page. Rendered by [`show`], which knows the visitor and his language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebError {
    /// A use case said no.
    App(AppError),
    /// Another site sent it.
    ForeignOrigin,
    /// The form cannot be read.
    BadForm,
    /// The path does not take this method.
    Method,
    /// It took too long.
    TookTooLong,
    /// The program failed.
    Broken,
}

impl From<AppError> for WebError {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<Refusal> for WebError {
    fn from(refusal: Refusal) -> Self {
        Self::App(refusal.into())
    }
}

impl From<askama::Error> for WebError {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page could not be written");
        Self::Broken
    }
}

impl WebError {
    /// The status code.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::App(error) => status(error),
            Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::BadForm => StatusCode::BAD_REQUEST,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TookTooLong => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::App(error) => error.code(),
            Self::ForeignOrigin => "foreign_origin",
            Self::BadForm => "bad_form",
            Self::Method => "method",
            Self::TookTooLong => "took_too_long",
            Self::Broken => "broken",
        }
    }

    /// One sentence for people.
    pub fn sentence(&self, locale: Locale) -> String {
        match self {
            Self::App(error) => sentence(error, locale),
            other => locale.t(&format!("problem.{}", other.code())).to_owned(),
        }
    }
}

/// The bare answer; [`show`] makes a page of it for people, and the API a problem of its own.
impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Self::App(error) = &self
            && let Some(wait) = retry_after(error)
        {
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// When to try again, where that helps.
pub fn retry_after(error: &AppError) -> Option<HeaderValue> {
    match error {
        AppError::TooMany { retry_after_seconds } => Some(HeaderValue::from(*retry_after_seconds)),
        AppError::Unavailable => Some(HeaderValue::from(AWAY_SECONDS)),
        _ => None,
    }
}

/// The status code of an error.
pub fn status(error: &AppError) -> StatusCode {
    match error {
        AppError::Refused(Refusal::WrongState { .. } | Refusal::Duplicate { .. } | Refusal::AlreadyExists) => {
            StatusCode::CONFLICT
        }
        AppError::Refused(_) | AppError::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        AppError::NotFound => StatusCode::NOT_FOUND,
        AppError::Forbidden | AppError::NeedsSecondFactor | AppError::Blocked { .. } => StatusCode::FORBIDDEN,
        AppError::NotSignedIn | AppError::WrongCredentials => StatusCode::UNAUTHORIZED,
        AppError::KeyReused | AppError::Conflict => StatusCode::CONFLICT,
        AppError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        AppError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        AppError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// One sentence that says what to do.
pub fn sentence(error: &AppError, locale: Locale) -> String {
    match error {
        AppError::Refused(refusal) => refusal_sentence(refusal.code(), detail(refusal, locale), locale),
        AppError::Invalid { field, code } => {
            let label = locale.code_text("field", field);
            locale.say(&format!("problem.invalid.{code}")).with("field", label).into()
        }
        AppError::TooMany { retry_after_seconds } => {
            let minutes = retry_after_seconds.div_ceil(60);
            locale.say("problem.too_many").with("minutes", minutes).into()
        }
        AppError::Blocked { until } => locale.say("problem.blocked").with("at", until.minute_text()).into(),
        AppError::TooLarge { most } => locale.say("problem.too_large").with("most", size_text(*most)).into(),
        other => locale.t(&format!("problem.{}", other.code())).to_owned(),
    }
}

/// The sentence of a refusal's code, also where only code and value are known (forecasts).
pub fn refusal_sentence(code: &str, detail: Option<String>, locale: Locale) -> String {
    locale.say(&format!("refusal.{code}")).with("detail", detail.unwrap_or_default()).into()
}

fn detail(refusal: &Refusal, locale: Locale) -> Option<String> {
    match refusal {
        Refusal::WrongState { state } => Some(locale.code_text("anystate", state)),
        Refusal::Missing { field } => Some(locale.code_text("field", field)),
        Refusal::NotAccepted { missing } => Some(locale.code_text("missing", missing)),
        Refusal::TooLate { since } => Some(since.plus_micros(-1).minute_text()),
        other => other.detail(),
    }
}

/// `10 MB`, `512 kB`.
pub fn size_text(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576).replace(".0 ", " "),
    }
}

#[derive(askama::Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    p: Page,
    status: u16,
    heading: String,
    sentence: String,
    back: Option<String>,
}

/// Turns the errors of pages into pages; people who are not signed in are sent to sign in.
///
/// `pages` answers once more for the page on which a refused form stood.
pub async fn show(State((state, pages)): State<(AppState, Router)>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let visitor = request.extensions().get::<Visitor>().cloned().unwrap_or_default();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let most = most_of(uri.path());
    let back = back_path(&request);
    let form = (method == Method::POST && !api).then(|| Refused {
        path: uri.path().to_owned(),
        back: back.clone(),
        headers: request.headers().clone(),
        peer: request.extensions().get::<ConnectInfo<SocketAddr>>().copied(),
        pages,
    });
    let (response, sent) = crate::refill::listen(next.run(request)).await;
    let error = response.extensions().get::<WebError>().cloned().or_else(|| unread(&response, most));
    let form = form.zip(sent);
    let Some(error) = error else {
        return match form {
            Some((form, sent)) if response.status().is_client_error() => {
                form.filled(response, &sent, visitor.locale).await
            }
            _ => response,
        };
    };
    if api {
        return crate::api::problem(&error, visitor.locale);
    }
    let next_page = match (&method, uri.path_and_query()) {
        (&Method::GET, Some(path)) => path.as_str().to_owned(),
        _ => back.clone().unwrap_or_else(|| "/".to_owned()),
    };
    match &error {
        WebError::App(AppError::NotSignedIn) => return to_login("/login", &next_page),
        WebError::App(AppError::NeedsSecondFactor) => return to_login("/login/second", &next_page),
        _ => {}
    }
    if let (WebError::App(refusal), Some((form, sent))) = (&error, form)
        && let Some(page) = form.again(&state, &visitor, refusal, &sent).await
    {
        return page;
    }
    let mut shown = page_of(&state, &visitor, &error, (method != Method::GET).then_some(back).flatten());
    if let Some(wait) = response.headers().get(header::RETRY_AFTER) {
        shown.headers_mut().insert(header::RETRY_AFTER, wait.clone());
    }
    shown
}

/// A form that was sent, for showing it again.
struct Refused {
    path: String,
    /// The page before.
    back: Option<String>,
    headers: HeaderMap,
    peer: Option<ConnectInfo<SocketAddr>>,
    pages: Router,
}

impl Refused {
    /// The page on which the form stood, with what was typed and what is wrong; nothing where that page is no more, or
    /// where sending it again could not help.
    async fn again(self, state: &AppState, visitor: &Visitor, error: &AppError, sent: &Sent) -> Option<Response> {
        if !is_mendable(error) {
            return None;
        }
        let (mut found, mut lost_files) = (None, false);
        for from in crate::refill::pages_of(&self.path, sent, self.back.as_deref()) {
            let Some(html) = self.page(visitor, &from).await else { continue };
            let p = visitor.page(state, "problem.title").refused(error);
            if let Some(filled) = crate::refill::refill(&html, (&self.path, Some(&from)), sent, Some(&p)) {
                lost_files = filled.lost_files;
                found = Some((filled.html, p));
                break;
            }
            // Perhaps the form is no more, for somebody did what it is for; its page says how things are now.
            found = found.or(Some((html, Page { wrong_field: None, ..p })));
        }
        let (html, p) = found?;
        let mut html = crate::refill::with_summary(&html, &p)?;
        if lost_files {
            html = crate::refill::remind(&html, p.t("common.choose_again"))?;
        }
        let mut shown = (status(error), [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
        if let Some(wait) = retry_after(error) {
            shown.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        Some(shown)
    }

    /// A page of ours as this visitor would get it.
    async fn page(&self, visitor: &Visitor, path: &str) -> Option<String> {
        let mut request = Request::get(path).body(Body::empty()).ok()?;
        *request.headers_mut() = self.headers.clone();
        for of_body in [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::TRANSFER_ENCODING] {
            request.headers_mut().remove(of_body);
        }
        request.extensions_mut().insert(visitor.clone().at(path));
        self.peer.map(|peer| request.extensions_mut().insert(peer));
        let page = self.pages.clone().oneshot(request).await.ok()?;
        if page.status() != StatusCode::OK || !is_page(&page) {
            return None;
        }
        text_of(page.into_body()).await
    }

    /// The page that a handler drew again itself, with whatever it left out.
    async fn filled(self, response: Response, sent: &Sent, locale: Locale) -> Response {
        if !is_page(&response) {
            return response;
        }
        let from = crate::refill::page_of(sent, self.back.as_deref());
        let (mut parts, body) = response.into_parts();
        let Some(html) = text_of(body).await else { return WebError::Broken.into_response() };
        let filled = crate::refill::refill(&html, (&self.path, from.as_deref()), sent, None);
        parts.headers.remove(header::CONTENT_LENGTH);
        let html = match filled {
            Some(filled) if filled.lost_files => {
                crate::refill::remind(&filled.html, locale.t("common.choose_again")).unwrap_or(filled.html)
            }
            Some(filled) => filled.html,
            None => html,
        };
        Response::from_parts(parts, Body::from(html))
    }
}

/// Whether the same form, mended or sent again, might be taken.
fn is_mendable(error: &AppError) -> bool {
    matches!(
        error,
        AppError::Refused(_)
            | AppError::Invalid { .. }
            | AppError::WrongCredentials
            | AppError::Conflict
            | AppError::KeyReused
            | AppError::TooMany { .. }
            | AppError::TooLarge { .. }
            | AppError::Blocked { .. }
    )
}

fn is_page(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

async fn text_of(body: Body) -> Option<String> {
    let bytes = axum::body::to_bytes(body, usize::MAX).await.ok()?;
    String::from_utf8(bytes.into()).ok()
}

/// The field of a form that an error is about.
pub fn field_of(error: &AppError) -> Option<&'static str> {
    match error {
        AppError::Invalid { field, .. } => Some(field),
        AppError::WrongCredentials => Some("password"),
        AppError::Refused(refusal) => match refusal {
            Refusal::Missing { field } => Some(field),
            Refusal::NotAccepted { missing: "named_rule" } => Some("rule"),
            Refusal::NotAccepted { missing: "new_material" } => Some("file"),
            Refusal::NotAccepted { .. } => Some("ground"),
            Refusal::NotUsable { what } => Some(what),
            Refusal::Quantity { .. } => Some("quantity"),
            Refusal::ConfirmationNeeded => Some("confirmed"),
            Refusal::CodeUnknown | Refusal::CodeUsed | Refusal::CodeExpired | Refusal::CodeWithdrawn => Some("code"),
            Refusal::BadAmount
            | Refusal::TopUpAmount { .. }
            | Refusal::BalanceFull { .. }
            | Refusal::NotEnoughEarned { .. }
            | Refusal::AboveOwed { .. }
            | Refusal::BelowDeposit { .. }
            | Refusal::AboveRefundable { .. } => Some("amount"),
            _ => None,
        },
        _ => None,
    }
}

/// An error as whoever asks can read it: a problem for programs, a page for people.
pub fn answer(state: &AppState, visitor: &Visitor, error: AppError, api: bool) -> Response {
    let (wait, error) = (retry_after(&error), WebError::App(error));
    if api {
        return crate::api::problem(&error, visitor.locale);
    }
    let mut shown = page_of(state, visitor, &error, None);
    if let Some(wait) = wait {
        shown.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    shown
}

fn page_of(state: &AppState, visitor: &Visitor, error: &WebError, back: Option<String>) -> Response {
    let status = error.status();
    let page = ProblemPage {
        heading: heading(status, visitor.locale),
        sentence: error.sentence(visitor.locale),
        status: status.as_u16(),
        back,
        p: visitor.page(state, "problem.title"),
    };
    html_with(status, &page).unwrap_or_else(|_| status.into_response())
}

/// The most a body may hold at a path, as its extractor counts. Forms with files say so themselves, part by part.
fn most_of(path: &str) -> u64 {
    match path.strip_prefix("/api/") {
        Some(rest) if rest.ends_with("/evidence") || rest.ends_with("/files") => yuanlu_app::MAX_EVIDENCE_BYTES as u64,
        Some(_) => crate::api::JSON_MOST as u64,
        None => crate::form::FORM_MOST,
    }
}

/// What the framework's own extractors refuse, which answer in plain text: an id that is no number, a query that cannot be
/// read, too large a body. What we refuse ourselves has said so already.
fn unread(response: &Response, most: u64) -> Option<WebError> {
    let plain =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    match response.status().as_u16() {
        413 if plain => Some(WebError::App(AppError::TooLarge { most })),
        400..=499 if plain => Some(WebError::BadForm),
        _ => None,
    }
}

fn to_login(page: &str, next: &str) -> Response {
    Redirect::to(&format!("{page}?next={}", crate::form::encode(next))).into_response()
}

fn heading(status: StatusCode, locale: Locale) -> String {
    let key = match status.as_u16() {
        404 => "problem.head.not_found",
        401 | 403 => "problem.head.forbidden",
        429 => "problem.head.too_many",
        500.. => "problem.head.broken",
        _ => "problem.head.refused",
    };
    locale.t(key).to_owned()
}

/// The page of ours that the form stood on.
fn back_path(request: &Request) -> Option<String> {
    let referer = request.headers().get(header::REFERER)?.to_str().ok()?;
    let rest = referer.split_once("://")?.1;
    let (host, path) = rest.split_at(rest.find('/')?);
    let ours = Some(host) == request.headers().get(header::HOST)?.to_str().ok();
    ours.then(|| crate::form::own_path(path).to_owned())
}

/// The answer of the layer that catches panics.
pub fn panicked(_what: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    WebError::Broken.into_response()
}
