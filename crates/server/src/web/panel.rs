//! The panel room: what arbitrators of outside organisations see and do (R30, R35).

use super::desk::done;
use super::staff::cases::answers;
use crate::AppState;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Web, html, html_with, said};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use yuanlu_app::inputs::{RulingInput, VoteInput};
use yuanlu_app::views::{PanelCaseView, PanelRow};
use yuanlu_app::{App, AppError, Principal};
use yuanlu_domain::case::RejectCode;
use yuanlu_domain::ids::CaseId;
use yuanlu_domain::panel::Responsible;

/// Pages of arbitrators.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/panel", get(list))
        .route("/panel/{case}", get(show))
        .route("/panel/{case}/vote", post(vote))
        .route("/panel/{case}/ruling", post(rule))
}

#[derive(Template)]
#[template(path = "panel/list.html")]
struct List {
    p: Page,
    rows: Vec<PanelRow>,
}

/// `GET /panel`
async fn list(State(state): State<AppState>, visitor: Visitor) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let rows = state.run(move |app| app.panels(&who)).await?;
    html(&List { p: visitor.page(&state, "panel.title"), rows })
}

#[derive(Template)]
#[template(path = "panel/case.html")]
struct One {
    p: Page,
    c: PanelCaseView,
    f: Fields,
    key: String,
    responsible: Vec<&'static str>,
    codes: Vec<&'static str>,
}

impl One {
    /// What an invited arbitrator may decide: the acts of a first review, or of a remedy.
    fn verdicts(&self) -> Vec<&'static str> {
        ["approve", "reject", "uphold", "dismiss"].into_iter().filter(|act| self.c.actions.contains(act)).collect()
    }
}

/// `GET /panel/{case}`
async fn show(State(state): State<AppState>, visitor: Visitor, Path(case): Path<CaseId>) -> Web {
    page(&state, &visitor, case, Fields::default(), None).await
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    case: CaseId,
    f: Fields,
    refused: Option<(AppError, StatusCode)>,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let c = state.run(move |app| app.panel_case(&who, &case)).await?;
    let p = visitor.page(state, "panel.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let one = One {
        p: p.titled(&c.title),
        c,
        f,
        key: fresh_key(),
        responsible: Responsible::ALL.map(Responsible::code).to_vec(),
        codes: RejectCode::ALL.iter().map(|code| code.code()).collect(),
    };
    if code == StatusCode::OK { html(&one) } else { html_with(code, &one) }
}

async fn act<F>(state: AppState, visitor: Visitor, case: CaseId, f: Fields, message: &'static str, call: F) -> Web
where
    F: FnOnce(&App, &Principal, &CaseId, &Fields) -> yuanlu_app::Result<PanelCaseView> + Send + 'static,
{
    visitor.signed_in()?;
    let (who, id, fields) = (visitor.principal.clone(), case.clone(), f.clone());
    let outcome = state.run(move |app| call(app, &who, &id, &fields)).await;
    match done(outcome, &format!("/panel/{case}"), said(message)) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, case, f, Some(refused)).await,
    }
}

/// `POST /panel/{case}/vote`
async fn vote(State(state): State<AppState>, visitor: Visitor, Path(case): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, case, f, "voted", |app, who, case, f| {
        let input = VoteInput {
            responsible: f.optional("responsible").ok_or(AppError::invalid("responsible", "required"))?,
            amount: f.optional("amount"),
            reason: f.text("reason").to_owned(),
        };
        if input.reason.is_empty() {
            return Err(AppError::invalid("reason", "required"));
        }
        app.vote(who, case, &input, f.optional("key").as_deref())
    })
    .await
}

/// `POST /panel/{case}/ruling`
async fn rule(State(state): State<AppState>, visitor: Visitor, Path(case): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, case, f, "decided", |app, who, case, f| {
        let input = RulingInput {
            verdict: f.optional("verdict").ok_or(AppError::invalid("verdict", "required"))?,
            amount: f.optional("amount"),
            code: f.optional("code"),
            clause: None,
            answers: answers(f, "rule")?,
            words: f.text("words").to_owned(),
        };
        app.rule(who, case, &input, f.optional("key").as_deref())
    })
    .await
}
