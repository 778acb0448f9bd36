//! Applications begun and not yet sent: kept with their files, on any device.

use super::refund::store_files;
use crate::AppState;
use crate::form::{Fields, read_multipart};
use crate::page::{Web, go_and_say, said};
use crate::visitor::Visitor;
use axum::Json;
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde_json::json;
use yuanlu_app::AppError;
use yuanlu_domain::ids::OrderId;

/// The header of a form that a script keeps.
const BY_SCRIPT: &str = "x-draft";

/// Fields that are of one sending, or of a file that is kept already.
fn is_kept(name: &str) -> bool {
    name != "key" && !["kind_", "seen_amount_", "seen_number_", "seen_at_"].iter().any(|slot| name.starts_with(slot))
}

/// `POST /o/{order}/refund/draft`: a form is shown again; a script gets the files that were kept, and what to mend.
pub async fn save(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(order): Path<String>,
    headers: HeaderMap,
    form: Multipart,
) -> Web {
    // Files of people who have no business here are not even read.
    let (who, id) = (visitor.principal.clone(), OrderId::new(order.clone()));
    let checked = id.clone();
    state.run(move |app| app.draft(&who, &checked)).await?;
    let (mut fields, files) = read_multipart(&state, form).await?;
    let before = fields.0.len();
    let stored = store_files(&state, &visitor, &id, &mut fields, files).await;
    let new: Vec<String> = fields.0[before..].iter().map(|(_, id)| id.clone()).collect();
    fields.0.retain(|(name, _)| is_kept(name));
    let (who, kept) = (visitor.principal.clone(), id.clone());
    let Fields(pairs) = fields;
    let outcome = state
        .run(move |app| {
            app.save_draft(&who, &kept, &pairs)?;
            app.own_uploads(&who, &kept, &new)
        })
        .await;
    let outcome = match stored {
        Ok(()) => outcome,
        Err(error) => Err(error),
    };
    if !headers.contains_key(BY_SCRIPT) {
        return match outcome {
            Ok(_) => Ok(go_and_say(&format!("/o/{order}/refund"), said("draft_saved"))),
            Err(error) => Err(error.into()),
        };
    }
    let page = visitor.page(&state, "refund.form.title");
    match outcome {
        Ok(files) => {
            let file = |file: &yuanlu_app::views::EvidenceView| {
                let findings: Vec<String> = file.findings.iter().map(|found| page.finding(found)).collect();
                json!({ "id": file.id, "name": page.code("evidence", file.kind), "findings": findings })
            };
            Ok(Json(json!({ "files": files.iter().map(file).collect::<Vec<_>>() })).into_response())
        }
        Err(error @ (AppError::Invalid { .. } | AppError::TooLarge { .. } | AppError::TooMany { .. })) => {
            let sentence = crate::problem::sentence(&error, visitor.locale);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "wrong": sentence }))).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
