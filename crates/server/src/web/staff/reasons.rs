//! Prepared reasons: the operator's own sentences for decisions.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::done;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use yuanlu_app::{Action, AppError, Decision, Object, PreparedReason, authorize};
use yuanlu_domain::case::RejectCode;

/// Empty rows under those that are there.
const EMPTY_ROWS: usize = 3;

#[derive(Template)]
#[template(path = "staff/reasons.html")]
struct Reasons {
    p: Page,
    codes: Vec<&'static str>,
    rows: Vec<PreparedReason>,
}

/// `GET /staff/reasons`
pub async fn show(State(state): State<AppState>, visitor: Visitor) -> Web {
    let rows = state.run(yuanlu_app::App::prepared_reasons).await?;
    page(&state, &visitor, rows, None)
}

fn page(
    state: &AppState,
    visitor: &Visitor,
    mut rows: Vec<PreparedReason>,
    refused: Option<(AppError, StatusCode)>,
) -> Web {
    visitor.signed_in()?;
    match authorize(&visitor.principal, Action::ManagePolicies, &Object::Nothing) {
        Decision::Allow => {}
        Decision::NeedsSecondFactor => return Err(AppError::NeedsSecondFactor.into()),
        Decision::NotFound | Decision::Forbidden => return Err(AppError::Forbidden.into()),
    }
    let p = visitor.page(state, "staff.reasons.title");
    let (p, status) = match refused {
        Some((error, status)) => (p.refused(&error), status),
        None => (p, StatusCode::OK),
    };
    let empty = PreparedReason { code: String::new(), zh: String::new(), en: String::new() };
    rows.resize(rows.len() + EMPTY_ROWS, empty);
    let codes = std::iter::once("approve").chain(RejectCode::ALL.into_iter().map(RejectCode::code)).collect();
    html_with(status, &Reasons { p, codes, rows })
}

/// `POST /staff/reasons`: rows without a code are left out.
pub async fn save(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let texts = f.all("zh").zip(f.all("en"));
    let rows = f.all("code").zip(texts).filter(|(code, _)| !code.is_empty());
    let reasons: Vec<PreparedReason> = rows
        .map(|(code, (zh, en))| PreparedReason { code: code.to_owned(), zh: zh.to_owned(), en: en.to_owned() })
        .collect();
    let (who, sent) = (visitor.principal.clone(), reasons.clone());
    let outcome = state.run(move |app| app.set_prepared_reasons(&who, &sent)).await;
    match done(outcome, "/staff/reasons", said("saved")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, reasons, Some(refused)),
    }
}
