//! Cases of a seller: agree, or contest with words and files.

use crate::AppState;
use crate::form::{Fields, Upload, fresh_key, read_multipart};
use crate::page::{Page, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done, of_own_shop};
use crate::web::refund::{evidence_kinds, store_files};
use askama::Template;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use yuanlu_app::AppError;
use yuanlu_app::inputs::StatementInput;
use yuanlu_app::views::{CaseSummary, CaseView};
use yuanlu_domain::ids::CaseId;

#[derive(Template)]
#[template(path = "seller/cases.html")]
struct List {
    p: Page,
    cases: Vec<CaseSummary>,
    next: Option<String>,
}

/// `GET /seller/cases`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let (who, page) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.list_seller_cases(&who, &page)).await?;
    html(&List { p: visitor.page(&state, "seller.cases.title"), cases: found.items, next: found.next })
}

#[derive(Template)]
#[template(path = "seller/case.html")]
struct One {
    p: Page,
    c: CaseView,
    f: Fields,
    key: String,
    evidence_kinds: Vec<&'static str>,
}

impl One {
    fn is_ours(&self) -> bool {
        self.c.turn.as_ref().is_some_and(|turn| turn.who == "seller")
    }
}

/// `GET /seller/cases/{case}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>) -> Web {
    page(&state, &visitor, id, Fields::default(), None).await
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    id: CaseId,
    f: Fields,
    refused: Option<(AppError, StatusCode)>,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let c = state.run(move |app| app.load_case(&who, &id)).await?;
    of_own_shop(visitor, &c.order)?;
    let p = visitor.page(state, "seller.case.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let p = p.titled(&c.summary.title);
    let one = One { p, c, f, key: fresh_key(), evidence_kinds: evidence_kinds() };
    if code == StatusCode::OK { html(&one) } else { html_with(code, &one) }
}

/// `POST /seller/cases/{case}/agree`
pub async fn agree(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, case, key) = (visitor.principal.clone(), id.clone(), f.optional("key"));
    let outcome = state.run(move |app| app.agree(&who, &case, key.as_deref())).await;
    match done(outcome, &format!("/seller/cases/{id}"), said("agreed")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, id, f, Some(refused)).await,
    }
}

/// `POST /seller/cases/{case}/contest`
pub async fn contest(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, body: Multipart) -> Web {
    visitor.signed_in()?;
    let (mut f, files) = read_multipart(body).await?;
    let outcome = statement(&state, &visitor, &id, &mut f, files).await;
    match done(outcome, &format!("/seller/cases/{id}"), said("contested")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, id, f, Some(refused)).await,
    }
}

async fn statement(
    state: &AppState,
    visitor: &Visitor,
    id: &CaseId,
    f: &mut Fields,
    files: Vec<Upload>,
) -> yuanlu_app::Result<CaseView> {
    if f.text("words").is_empty() {
        return Err(AppError::invalid("words", "required"));
    }
    let (order, _) = id.parts().ok_or(AppError::NotFound)?;
    store_files(state, visitor, &order, f, files).await?;
    let evidence = f.all("evidence").map(str::to_owned).collect();
    let input = StatementInput { words: f.text("words").to_owned(), evidence };
    let (who, case, key) = (visitor.principal.clone(), id.clone(), f.optional("key"));
    state.run(move |app| app.contest(&who, &case, &input, key.as_deref())).await
}
