//! Files for those who judge: the original, and what arbitrators may see of it.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::done;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::{App, AppError, BlackOutView, Rect};
use yuanlu_domain::ids::EvidenceId;

/// Empty rows of a form, so that it works where nobody can drag.
const EMPTY_ROWS: usize = 6;

#[derive(Template)]
#[template(path = "staff/black_out.html")]
struct BlackOut {
    p: Page,
    e: BlackOutView,
    /// Left, top, width, height, as typed.
    rows: Vec<[String; 4]>,
}

/// `GET /staff/evidence/{evidence}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(id): Path<EvidenceId>) -> Web {
    page(&state, &visitor, id, None).await
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    id: EvidenceId,
    refused: Option<(Fields, AppError, StatusCode)>,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let e = state.run(move |app| app.blacked_out(&who, &id)).await?;
    let p = visitor.page(state, "finding.black_out.title");
    let (p, mut rows, status) = match refused {
        Some((f, error, status)) => (p.refused(&error), typed(&f), status),
        None => {
            let row = |rect: &Rect| [rect.x, rect.y, rect.width, rect.height].map(|number| number.to_string());
            (p, e.rects.iter().map(row).collect(), StatusCode::OK)
        }
    };
    rows.resize_with(rows.len() + EMPTY_ROWS, Default::default);
    html_with(status, &BlackOut { p, e, rows })
}

/// The rows in which something was typed.
fn typed(f: &Fields) -> Vec<[String; 4]> {
    let columns = ["x", "y", "width", "height"].map(|name| f.all(name).collect::<Vec<_>>());
    let row = |n: usize| [0, 1, 2, 3].map(|c: usize| columns[c].get(n).copied().unwrap_or_default().to_owned());
    let rows = (0..columns[0].len()).map(row);
    rows.filter(|row| row.iter().any(|number| !number.is_empty())).collect()
}

fn rects(f: &Fields) -> Result<Vec<Rect>, AppError> {
    let wrong = AppError::invalid("rects", "not_a_number");
    let read = |row: [String; 4]| {
        let [x, y, width, height] = row.map(|number| number.parse::<u32>().ok());
        Some(Rect { x: x?, y: y?, width: width?, height: height? })
    };
    let rects = typed(f).into_iter().map(read).collect::<Option<Vec<_>>>().ok_or(wrong)?;
    // Releasing a picture as it is has to be meant.
    if rects.is_empty() && !f.ticked("none") { Err(AppError::invalid("rects", "required")) } else { Ok(rects) }
}

/// `POST /staff/evidence/{evidence}`
pub async fn black_out(State(state): State<AppState>, visitor: Visitor, Path(id): Path<EvidenceId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, file, read) = (visitor.principal.clone(), id.clone(), rects(&f));
    let excerpt = f.0.iter().any(|(name, _)| name == "excerpt").then(|| f.raw("excerpt").to_owned());
    let release = move |app: &App| match excerpt {
        Some(words) => app.release_excerpt(&who, &file, &words),
        None => app.black_out(&who, &file, &read?),
    };
    let outcome = state.run(release).await;
    match done(outcome, &format!("/staff/evidence/{id}"), said("saved")) {
        Ok(answer) => answer,
        Err((error, status)) => page(&state, &visitor, id, Some((f, error, status))).await,
    }
}
