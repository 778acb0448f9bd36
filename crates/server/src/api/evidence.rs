//! Files of cases: taken in piece by piece, never more than allowed; given out only to those on the case.

use super::extract::{At, Key};
use super::outputs::EvidenceForm;
use super::problem::ApiError;
use super::{Answer, write, write_once};
use crate::AppState;
use crate::form::receive;
use crate::problem::WebError;
use crate::visitor::Visitor;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::{HeaderValue, header};
use axum::middleware::from_fn;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::views::EvidenceView;
use yuanlu_app::{App, AppError, MAX_EVIDENCE_BYTES, NewFile, Opened, Seen};
use yuanlu_domain::ids::{EvidenceId, OrderId};

/// Room for the form around the file.
const FORM_ROOM: usize = 64 * 1024;
const WORD_MOST: usize = 128;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(upload))
        .layer(DefaultBodyLimit::max(MAX_EVIDENCE_BYTES + FORM_ROOM))
        .routes(routes!(open_evidence))
        .layer(from_fn(crate::upload_time_limit))
}

/// Uploads a file for an order, to be named in an application or a statement.
///
/// A form with `order`, `kind` and `file`, in this order. Before the file may stand what its uploader sees in it:
/// `seen_amount`, `seen_number`, `seen_at`; what contradicts the platform's record becomes a finding. The content decides what the file is, not its name.
#[utoipa::path(post, path = "/evidence", tag = "cases", params(Key),
    request_body(content = inline(EvidenceForm), content_type = "multipart/form-data"),
    responses((status = 201, description = "The stored file.", body = EvidenceView)))]
async fn upload(
    State(s): State<AppState>,
    v: Visitor,
    key: Key,
    form: Result<Multipart, MultipartRejection>,
) -> Answer {
    let mut form = form.map_err(|_| ApiError::MediaType { wanted: "multipart/form-data" })?;
    let (mut order, mut kind, mut seen) = (None, None, Seen::default());
    while let Some(mut part) = form.next_field().await.map_err(|error| broken(&error))? {
        match part.name().unwrap_or_default() {
            "order" => order = Some(word("order", part).await?),
            "kind" => kind = Some(word("kind", part).await?),
            "seen_amount" => seen.amount = Some(word("seen_amount", part).await?),
            "seen_number" => seen.number = Some(word("seen_number", part).await?),
            "seen_at" => seen.at = Some(word("seen_at", part).await?),
            "file" => {
                let order = OrderId::new(order.ok_or(ApiError::input("order", "required"))?);
                let kind = kind.ok_or(ApiError::input("kind", "required"))?;
                let declared = part.content_type().map(str::to_owned);
                let new = NewFile { kind, content: receive(&s, &mut part).await?, declared, seen };
                let call = move |app: &App| app.upload_once(&v.principal, &order, new, key.get());
                let stored = write_once(&s, call).await?;
                return stored.created(&format!("/api/v1/evidence/{}", stored.value.id));
            }
            other => return Err(ApiError::input(other.chars().take(80).collect::<String>(), "unknown_field")),
        }
    }
    Err(ApiError::input("file", "required"))
}

pub(super) async fn word(name: &'static str, part: Field<'_>) -> Result<String, ApiError> {
    let bytes = content(part, WORD_MOST).await.map_err(|error| match error {
        ApiError::Web(WebError::App(AppError::TooLarge { .. })) => ApiError::input(name, "too_long"),
        other => other,
    })?;
    String::from_utf8(bytes).map_err(|_| ApiError::input(name, "unreadable"))
}

pub(super) async fn content(mut part: Field<'_>, most: usize) -> Result<Vec<u8>, ApiError> {
    let mut content = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
        if content.len() + chunk.len() > most {
            return Err(AppError::TooLarge { most: most as u64 }.into());
        }
        content.extend_from_slice(&chunk);
    }
    Ok(content)
}

fn broken(error: &MultipartError) -> ApiError {
    match error.status().as_u16() {
        413 => AppError::TooLarge { most: MAX_EVIDENCE_BYTES as u64 }.into(),
        _ => WebError::BadForm.into(),
    }
}

/// Opens a file of a case: a picture drawn anew without its hidden metadata. Arbitrators get what was released to them.
#[utoipa::path(get, path = "/evidence/{evidence}", tag = "cases",
    params(("evidence" = String, Path, description = "Id of the file.")),
    responses((status = 200, description = "The content.", body = Vec<u8>, content_type = "application/octet-stream")))]
async fn open_evidence(State(s): State<AppState>, v: Visitor, At(evidence): At<EvidenceId>) -> Answer {
    sent(write(&s, move |app| app.open_evidence(&v.principal, &evidence)).await?)
}

/// A file as an answer.
pub(super) fn sent(opened: Opened) -> Answer {
    let media_type = HeaderValue::from_str(&opened.media_type).map_err(|_| WebError::Broken)?;
    let disposition = HeaderValue::from_static("attachment");
    let headers = [(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, opened.bytes.expose().clone()).into_response())
}
