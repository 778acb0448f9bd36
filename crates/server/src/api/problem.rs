//! What went wrong, for programs: RFC 9457 problems with stable codes, one mapping for the whole API.

use crate::problem::{WebError, retry_after};
use crate::text::Locale;
use crate::visitor::Visitor;
use axum::extract::{Path, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use yuanlu_app::AppError;
use yuanlu_domain::Refusal;

/// The media type of problems.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request of the API is not answered with what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// A use case, or a layer before the handlers, said no.
    Web(WebError),
    /// A field of the body or of the query cannot be what it is.
    Input {
        /// Path of the field, `lines[0].quantity`.
        field: String,
        /// Code of the reason.
        why: &'static str,
    },
    /// The body is not JSON.
    NotJson,
    /// The body is of another media type than the route takes.
    MediaType {
        /// What it takes.
        wanted: &'static str,
    },
    /// A header cannot be read.
    Header {
        /// Which.
        name: &'static str,
    },
    /// A token came along that opens nothing (any more).
    BadToken,
}

impl<E: Into<WebError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self::Web(error.into())
    }
}

impl ApiError {
    /// A field that is wrong.
    pub fn input(field: impl Into<String>, why: &'static str) -> Self {
        Self::Input { field: field.into(), why }
    }

    /// The status code.
    pub fn status(&self) -> StatusCode {
        match self {
            // The key stands for another request: the request itself is wrong, and no retry will cure it.
            Self::Web(WebError::App(AppError::KeyReused)) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Web(WebError::App(AppError::Invalid {
                code: "unsupported_type" | "unknown_type" | "markup" | "script" | "heic",
                ..
            })) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Web(error) => error.status(),
            Self::Input { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotJson | Self::Header { .. } => StatusCode::BAD_REQUEST,
            Self::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BadToken => StatusCode::UNAUTHORIZED,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Web(error) => error.code(),
            Self::Input { .. } => "invalid",
            Self::NotJson => "not_json",
            Self::MediaType { .. } => "media_type",
            Self::Header { .. } => "bad_header",
            Self::BadToken => "bad_token",
        }
    }

    /// One sentence for people.
    fn sentence(&self, locale: Locale) -> String {
        match self {
            Self::Web(error) => error.sentence(locale),
            Self::Input { field, why } => {
                locale.say(&format!("problem.invalid.{why}")).with("field", label(field, locale)).into()
            }
            Self::MediaType { wanted } => locale.say("api.media_type").with("wanted", wanted).into(),
            Self::Header { name } => locale.say("api.bad_header").with("name", name).into(),
            Self::NotJson | Self::BadToken => locale.t(&format!("api.{}", self.code())).to_owned(),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Web(WebError::App(
                AppError::Invalid { field, .. } | AppError::Refused(Refusal::Missing { field }),
            )) => Some((*field).to_owned()),
            Self::Input { field, .. } => Some(field.clone()),
            Self::Header { name } => Some((*name).to_owned()),
            _ => None,
        }
    }

    fn why(&self) -> Option<&'static str> {
        match self {
            Self::Web(WebError::App(AppError::Invalid { code, .. })) => Some(code),
            Self::Input { why, .. } => Some(why),
            _ => None,
        }
    }

    fn value(&self) -> Option<String> {
        match self {
            Self::Web(WebError::App(AppError::Refused(refusal))) => refusal.detail(),
            _ => None,
        }
    }
}

/// The word for a field, and its path where the word alone would not find it.
fn label(field: &str, locale: Locale) -> String {
    let last = field.rsplit('.').next().unwrap_or(field);
    let word = locale.code_text("field", last);
    if word == field { word } else { format!("{word} ({field})") }
}

/// The answer before anybody's language is known; [`speak`] writes the problem.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Web(error) = self {
            return error.into_response();
        }
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Where the kind of problem is explained: `/problems/{code}`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The class of problem in a few words.
    pub title: String,
    /// The status code.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// One sentence for people, in the language of `Accept-Language`.
    pub detail: String,
    /// What a program should do about it.
    pub hint: String,
    /// The field it is about, as a path into the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The code of what is wrong with the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
    /// The value the refusal turns on: a state, a case number, the most that is possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Problem {
    /// The problem of an error.
    pub fn of(error: &ApiError, locale: Locale) -> Self {
        let (status, code) = (error.status().as_u16(), error.code());
        Self {
            kind: format!("/problems/{code}"),
            title: title(status, locale),
            status,
            code,
            detail: error.sentence(locale),
            hint: hint(code, status, locale),
            field: error.field(),
            why: error.why(),
            value: error.value(),
        }
    }
}

fn title(status: u16, locale: Locale) -> String {
    locale.t(&format!("api.title.s{status}")).to_owned()
}

fn hint(code: &str, status: u16, locale: Locale) -> String {
    let own = format!("api.hint.{code}");
    if locale.has(&own) { locale.t(&own).to_owned() } else { locale.t(&format!("api.hint.s{status}")).to_owned() }
}

/// The answer that carries a problem.
pub fn respond(error: &ApiError, locale: Locale) -> Response {
    let status = error.status();
    let mut response = (status, axum::Json(Problem::of(error, locale))).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag()));
    if let ApiError::Web(WebError::App(error)) = error
        && let Some(wait) = retry_after(error)
    {
        headers.insert(header::RETRY_AFTER, wait);
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// Writes the API's own errors in the asker's language, and stops tokens that open nothing.
pub async fn speak(request: Request, next: Next) -> Response {
    let visitor = request.extensions().get::<Visitor>().cloned().unwrap_or_default();
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let locale = accepted.and_then(Locale::accepted).unwrap_or(visitor.locale);
    let signs_in = request.method() == axum::http::Method::POST && request.uri().path() == "/api/v1/session";
    if visitor.bearer && visitor.session.is_none() && !signs_in {
        return respond(&ApiError::BadToken, locale);
    }
    let response = next.run(request).await;
    let own = response.extensions().get::<ApiError>().cloned();
    match own.or_else(|| response.extensions().get::<WebError>().cloned().map(ApiError::Web)) {
        Some(error) => respond(&error, locale),
        None => response,
    }
}

/// Every code a problem can have.
pub const CODES: &[&str] = &[
    "not_found",
    "forbidden",
    "not_signed_in",
    "needs_second_factor",
    "wrong_credentials",
    "invalid",
    "key_reused",
    "blocked",
    "conflict",
    "too_many",
    "too_large",
    "unavailable",
    "foreign_origin",
    "bad_form",
    "method",
    "took_too_long",
    "broken",
    "not_json",
    "media_type",
    "bad_header",
    "bad_token",
    "already_exists",
    "wrong_state",
    "not_yours",
    "price_changed",
    "not_for_sale",
    "quantity",
    "confirmation_needed",
    "not_enough_balance",
    "top_up_amount",
    "balance_full",
    "bad_amount",
    "not_enough_earned",
    "in_debt",
    "above_owed",
    "below_deposit",
    "open_cases",
    "not_before",
    "second_person_needed",
    "above_refundable",
    "nothing_left",
    "not_yet_due",
    "on_its_way",
    "duplicate",
    "too_many_applications",
    "nothing_new",
    "delivery_blocked",
    "conflicted",
    "claimed_by_other",
    "only_once",
    "missing",
    "balance_needs_account",
    "code_unknown",
    "code_used",
    "code_expired",
    "code_withdrawn",
    "nothing_due",
    "inconsistent",
];

/// The explanation of a kind of problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Explanation {
    code: &'static str,
    zh: String,
    en: String,
}

/// `GET /problems/{code}`: what the `type` of a problem points to.
pub async fn explain(Path(code): Path<String>) -> Result<Response, WebError> {
    let code = CODES.iter().find(|known| **known == code).ok_or(AppError::NotFound)?;
    let text = |locale: Locale| {
        let keys = ["refusal", "problem", "api"].map(|area| format!("{area}.{code}"));
        let found = keys.iter().find(|name| locale.has(name)).map_or(String::new(), |name| locale.t(name).to_owned());
        let text = if *code == "invalid" { locale.t("api.invalid").to_owned() } else { found };
        blanks(&text)
    };
    Ok(axum::Json(Explanation { code, zh: text(Locale::Zh), en: text(Locale::En) }).into_response())
}

/// `…` where a sentence has a value to fill in.
fn blanks(text: &str) -> String {
    let mut parts = text.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + "…" + part.split_once('}').map_or(part, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_and_every_status_has_title_and_hint() {
        for code in CODES {
            for locale in Locale::ALL {
                let keys = ["refusal", "problem", "api"].map(|area| format!("{area}.{code}"));
                assert!(keys.iter().any(|name| locale.has(name)), "{code}");
            }
        }
        for status in [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503] {
            assert!(Locale::En.has(&format!("api.title.s{status}")), "{status}");
            assert!(Locale::En.has(&format!("api.hint.s{status}")), "{status}");
        }
    }

    #[test]
    fn a_problem_names_field_reason_and_value() {
        let error = ApiError::from(AppError::invalid("amount", "not_positive"));
        let problem = Problem::of(&error, Locale::En);
        assert_eq!((problem.status, problem.code, problem.why), (422, "invalid", Some("not_positive")));
        assert_eq!(problem.field.as_deref(), Some("amount"));
        assert_eq!(problem.kind, "/problems/invalid");
        let error = ApiError::from(Refusal::WrongState { state: "completed" });
        let problem = Problem::of(&error, Locale::Zh);
        assert_eq!((problem.status, problem.code, problem.value.as_deref()), (409, "wrong_state", Some("completed")));
        assert_eq!(ApiError::from(AppError::KeyReused).status(), 422);
        let nested = Problem::of(&ApiError::input("lines[0].quantity", "too_large"), Locale::En);
        assert!(nested.detail.contains("lines[0].quantity"), "{}", nested.detail);
    }
}
