//! Payouts that need finance: a second pair of eyes, or a push after something stuck.

use super::{Tab, tabs};
use crate::AppState;
use crate::page::{Page, Said, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::AppError;
use yuanlu_app::views::PayoutView;
use yuanlu_domain::ids::OrderId;

#[derive(Template)]
#[template(path = "staff/payouts.html")]
struct List {
    p: Page,
    tabs: Vec<Tab>,
    payouts: Vec<PayoutView>,
    next: Option<String>,
}

impl List {
    /// What a channel's code means to finance; the code itself where the pages do not know it.
    fn why(&self, code: &str) -> String {
        let key = format!("staff.channel_said.{code}");
        if self.p.locale.has(&key) { self.p.t(&key).to_owned() } else { code.to_owned() }
    }
}

/// `GET /staff/payouts`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    page(&state, &visitor, ask, None).await
}

async fn page(state: &AppState, visitor: &Visitor, ask: Ask, refused: Option<(AppError, StatusCode)>) -> Web {
    visitor.signed_in()?;
    let (who, page) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.payouts(&who, &page)).await?;
    let p = visitor.page(state, "staff.payouts.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let list = List { p, tabs: tabs(visitor, "/staff/payouts"), payouts: found.items, next: found.next };
    if code == StatusCode::OK { html(&list) } else { html_with(code, &list) }
}

async fn answer(state: &AppState, visitor: &Visitor, outcome: yuanlu_app::Result<PayoutView>, said: Said) -> Web {
    match done(outcome, "/staff/payouts", said) {
        Ok(answer) => answer,
        Err(refused) => page(state, visitor, Ask::default(), Some(refused)).await,
    }
}

fn number(text: &str) -> yuanlu_app::Result<u16> {
    text.parse().map_err(|_| AppError::NotFound)
}

/// `POST /staff/payouts/{order}/{payout}/approve`
pub async fn approve(State(state): State<AppState>, visitor: Visitor, Path(which): Path<(OrderId, String)>) -> Web {
    visitor.signed_in()?;
    let (who, payout) = (visitor.principal.clone(), number(&which.1)?);
    let outcome = state.run(move |app| app.approve_payout(&who, &which.0, payout)).await;
    answer(&state, &visitor, outcome, said("released")).await
}

/// `POST /staff/payouts/{order}/{payout}/resume`
pub async fn resume(State(state): State<AppState>, visitor: Visitor, Path(which): Path<(OrderId, String)>) -> Web {
    visitor.signed_in()?;
    let (who, payout) = (visitor.principal.clone(), number(&which.1)?);
    let outcome = state.run(move |app| app.resume_payout(&who, &which.0, payout)).await;
    answer(&state, &visitor, outcome, said("resumed")).await
}
