//! Reading requests of programs strictly: what is not understood is refused by name, never guessed.

use super::problem::ApiError;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use yuanlu_app::AppError;
use yuanlu_app::inputs::Page;

/// The most a JSON body may hold.
pub const JSON_MOST: usize = 256 * 1024;

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::MediaType { wanted: "application/json" });
        }
        parse(&bytes(request, state).await?).map(Self)
    }
}

/// No body, or an empty object.
#[derive(Clone, Copy, Debug)]
pub struct NoBody;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl<S: Send + Sync> FromRequest<S> for NoBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = bytes(request, state).await?;
        if !bytes.is_empty() {
            parse::<Nothing>(&bytes)?;
        }
        Ok(Self)
    }
}

/// A body of plain text or CSV.
#[derive(Clone, Debug)]
pub struct TextBody(pub String);

impl<S: Send + Sync> FromRequest<S> for TextBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !matches!(media_type(request.headers()).as_deref(), Some("text/plain" | "text/csv")) {
            return Err(ApiError::MediaType { wanted: "text/plain, text/csv" });
        }
        let bytes = bytes(request, state).await?;
        String::from_utf8(bytes.into()).map(Self).map_err(|_| AppError::invalid("codes", "unreadable").into())
    }
}

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status().as_u16() {
        413 => AppError::TooLarge { most: JSON_MOST as u64 }.into(),
        _ => ApiError::NotJson,
    })
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|kind| kind == "application/json" || kind.ends_with("+json"))
}

/// Reads JSON; what is wrong is named by its path.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // An array would be read as the fields of an object in their order.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        let read = serde_json::from_slice::<serde::de::IgnoredAny>(bytes);
        return Err(read.map_or(ApiError::NotJson, |_| ApiError::input("body", "wrong_json_type")));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| wrong(&error))?;
    reader.end().map_err(|_| ApiError::NotJson)?;
    Ok(value)
}

fn wrong(error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    if !error.inner().is_data() {
        return ApiError::NotJson;
    }
    let (path, text) = (error.path().to_string(), error.inner().to_string());
    let named = text.split('`').nth(1).unwrap_or_default();
    let below = |name: &str| match path.as_str() {
        "." => name.to_owned(),
        path if path.rsplit('.').next() == Some(name) => path.to_owned(),
        path => format!("{path}.{name}"),
    };
    let (field, why) = if text.starts_with("missing field") {
        (below(named), "required")
    } else if text.starts_with("unknown field") {
        (below(named), "unknown_field")
    } else if text.starts_with("duplicate field") {
        (below(named), "twice")
    } else if text.starts_with("invalid value: integer `-") {
        (path, "not_positive")
    } else if text.starts_with("invalid value: integer") {
        (path, "too_large")
    } else {
        (path, "wrong_json_type")
    };
    let field = if field == "." { "body".to_owned() } else { field.chars().take(80).collect() };
    ApiError::input(field, why)
}

/// Ids out of the path. What cannot be one is not found.
#[derive(Clone, Debug)]
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        // No id holds a zero byte, and PostgreSQL takes none in a text.
        if parts.uri.path().contains("%00") {
            return Err(AppError::NotFound.into());
        }
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(ids)) => Ok(Self(ids)),
            Err(_) => Err(AppError::NotFound.into()),
        }
    }
}

/// The `Idempotency-Key` header.
#[derive(Clone, Debug, Default, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct Key {
    /// Chosen by the caller, new for every new request: the same key with the same body gets the first answer again
    /// (`Idempotent-Replayed: true`) and does nothing twice; with another body it is refused.
    #[param(rename = "Idempotency-Key", required = false, max_length = 128)]
    pub value: Option<String>,
}

impl Key {
    /// The key, if there is one.
    pub fn get(&self) -> Option<&str> {
        self.value.as_deref()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let (first, second) = (values.next(), values.next());
        let Some(first) = first else { return Ok(Self::default()) };
        let text = first.to_str().ok().map(|text| text.trim().trim_matches('"'));
        let good = |text: &&str| (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        match text.filter(good) {
            Some(text) if second.is_none() => Ok(Self { value: Some(text.to_owned()) }),
            _ => Err(ApiError::Header { name: "Idempotency-Key" }),
        }
    }
}

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows, 30 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<String>,
}

impl PageQuery {
    fn page(self) -> Result<Page, ApiError> {
        let limit = match self.limit.as_deref().map(str::parse::<i64>) {
            None => None,
            Some(Ok(n @ 1..=100)) => u32::try_from(n).ok(),
            Some(Ok(..=0)) => return Err(ApiError::input("limit", "not_positive")),
            Some(Ok(_)) => return Err(ApiError::input("limit", "too_large")),
            Some(Err(_)) => return Err(ApiError::input("limit", "not_a_number")),
        };
        Ok(Page { cursor: self.cursor.filter(|cursor| !cursor.is_empty()), limit })
    }
}

/// A page asked for by `cursor` and `limit`.
#[derive(Clone, Debug)]
pub struct Paging(pub Page);

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Asked(query) = Asked::<PageQuery>::from_request_parts(parts, state).await?;
        query.page().map(Self)
    }
}

/// What stands after the `?`.
#[derive(Clone, Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(_) => Err(ApiError::input("query", "unreadable")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Outer {
        lines: Vec<Inner>,
        amount: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        quantity: u16,
    }

    fn refused(text: &str) -> (String, &'static str) {
        match parse::<Outer>(text.as_bytes()) {
            Err(ApiError::Input { field, why }) => (field, why),
            Err(other) => (String::new(), other.code()),
            Ok(value) => panic!("{value:?}"),
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        for (text, field, why) in [
            ("", "", "not_json"),
            ("{", "", "not_json"),
            ("{\"lines\":[]} x", "", "not_json"),
            ("[]", "body", "wrong_json_type"),
            ("null", "body", "wrong_json_type"),
            ("{}", "lines", "required"),
            ("{\"lines\":[],\"lines\":[]}", "lines", "twice"),
            ("{\"lines\":[],\"x\":1}", "x", "unknown_field"),
            ("{\"lines\":[{}]}", "lines[0].quantity", "required"),
            ("{\"lines\":[{\"quantity\":1,\"y\":2}]}", "lines[0].y", "unknown_field"),
            ("{\"lines\":[{\"quantity\":-1}]}", "lines[0].quantity", "not_positive"),
            ("{\"lines\":[{\"quantity\":70000}]}", "lines[0].quantity", "too_large"),
            ("{\"lines\":[{\"quantity\":1.5}]}", "lines[0].quantity", "wrong_json_type"),
            ("{\"lines\":[{\"quantity\":\"1\"}]}", "lines[0].quantity", "wrong_json_type"),
            ("{\"lines\":[{\"quantity\":1e400}]}", "", "not_json"),
            ("{\"lines\":[],\"amount\":95.5}", "amount", "wrong_json_type"),
        ] {
            assert_eq!(refused(text), (field.to_owned(), why), "{text}");
        }
    }
}
