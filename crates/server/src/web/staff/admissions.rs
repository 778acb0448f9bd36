//! Admissions of sellers as staff sees them: the queue, one of them, and what can be done with it.

use crate::AppState;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Said, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::inputs::{FirstDepositInput, RejectAdmissionInput};
use yuanlu_app::views::{AdmissionSummary, AdmissionView, IdentityView};
use yuanlu_app::{App, AppError, Principal};
use yuanlu_domain::ids::DeskId;

#[derive(Template)]
#[template(path = "staff/admissions.html")]
struct Queue {
    p: Page,
    admissions: Vec<AdmissionSummary>,
    next: Option<String>,
}

/// `GET /staff/admissions`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let (who, page) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.admissions(&who, &page)).await?;
    let p = visitor.page(&state, "admission.staff.title");
    html(&Queue { p, admissions: found.items, next: found.next })
}

#[derive(Template)]
#[template(path = "staff/admission.html")]
struct One {
    p: Page,
    a: AdmissionView,
    /// Who applies: masked, or in full where it was asked for.
    identity: Option<IdentityView>,
    key: String,
    f: Fields,
}

/// `GET /staff/admissions/{admission}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>) -> Web {
    html(&load(&state, &visitor, id, Fields::default()).await?)
}

async fn load(state: &AppState, visitor: &Visitor, id: DeskId, f: Fields) -> yuanlu_app::Result<One> {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let a = state.run(move |app| app.load_admission(&who, &id)).await?;
    let p = visitor.page(state, "admission.staff.title").titled(&a.summary.shop);
    Ok(One { p, identity: a.identity.clone(), a, key: f.optional("key").unwrap_or_else(fresh_key), f })
}

/// `POST /staff/admissions/{admission}/identity`: shown in the answer itself, and on record.
pub async fn identity(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>) -> Web {
    visitor.signed_in()?;
    let (who, asked) = (visitor.principal.clone(), id.clone());
    let identity = state.run(move |app| app.open_identity(&who, &asked)).await?;
    let page = load(&state, &visitor, id, Fields::default()).await?;
    html(&One { identity: Some(identity), ..page })
}

async fn act(
    state: AppState,
    visitor: Visitor,
    id: DeskId,
    f: Fields,
    said: Said,
    call: impl FnOnce(&App, &Principal, &DeskId) -> yuanlu_app::Result<()> + Send + 'static,
) -> Web {
    visitor.signed_in()?;
    let (who, asked) = (visitor.principal.clone(), id.clone());
    let outcome = state.run(move |app| call(app, &who, &asked)).await;
    let refused: Result<Web, (AppError, StatusCode)> = done(outcome, &format!("/staff/admissions/{id}"), said);
    match refused {
        Ok(answer) => answer,
        Err((error, code)) => {
            let page = load(&state, &visitor, id, f).await?;
            let p = page.p.clone().refused(&error);
            html_with(code, &One { p, key: fresh_key(), ..page })
        }
    }
}

/// `POST /staff/admissions/{admission}/approve`
pub async fn approve(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let call = |app: &App, who: &Principal, id: &DeskId| app.approve_admission(who, id).map(drop);
    act(state, visitor, id, f, said("admission_approved"), call).await
}

/// `POST /staff/admissions/{admission}/reject`
pub async fn reject(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let input = RejectAdmissionInput { words: f.text("words").to_owned(), mend: f.text("mend").to_owned() };
    let call = move |app: &App, who: &Principal, id: &DeskId| app.reject_admission(who, id, &input).map(drop);
    act(state, visitor, id, f, said("admission_rejected"), call).await
}

/// `POST /staff/admissions/{admission}/deposit`
pub async fn deposit(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let input = FirstDepositInput { amount: f.text("amount").to_owned(), shop: f.text("shop").to_owned() };
    let key = f.optional("key");
    let call = move |app: &App, who: &Principal, id: &DeskId| {
        app.record_first_deposit(who, id, &input, key.as_deref()).map(drop)
    };
    act(state, visitor, id, f, said("admission_opened"), call).await
}
