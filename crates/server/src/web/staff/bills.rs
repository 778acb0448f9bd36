//! Reconciliation as finance sees it: days of bills, a bill's differences, and the exceptions to be settled.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Said, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::inputs::{CloseUnmatchedInput, SettleInput};
use yuanlu_app::views::{BillDayView, BillView, ExceptionSummary, ExceptionView, UnmatchedView};
use yuanlu_app::{App, AppError, Principal};
use yuanlu_domain::ids::DeskId;

#[derive(Template)]
#[template(path = "staff/bills.html")]
struct Days {
    p: Page,
    days: Vec<BillDayView>,
    exceptions: Vec<ExceptionSummary>,
    unmatched: Vec<UnmatchedView>,
    over: bool,
    next: Option<String>,
    f: Fields,
}

impl Days {
    /// Bills that say something.
    fn told(&self) -> impl Iterator<Item = &BillDayView> {
        self.days.iter().filter(|day| !is_quiet(day))
    }

    /// How many are empty, and nothing is wrong with them.
    fn quiet(&self) -> usize {
        self.days.iter().filter(|day| is_quiet(day)).count()
    }
}

fn is_quiet(day: &BillDayView) -> bool {
    day.lines == 0 && matches!(day.state, "done" | "expected")
}

/// `GET /staff/bills?show=over`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    days(&state, &visitor, ask, Fields::default(), None).await
}

async fn days(
    state: &AppState,
    visitor: &Visitor,
    ask: Ask,
    f: Fields,
    refused: Option<(AppError, StatusCode)>,
) -> Web {
    visitor.signed_in()?;
    let over = ask.show.as_deref() == Some("over");
    let (who, page) = (visitor.principal.clone(), ask.page());
    let (days, found, unmatched) = state
        .run(move |app| Ok((app.bill_days(&who)?, app.exceptions(&who, over, &page)?, app.unmatched(&who)?)))
        .await?;
    let p = visitor.page(state, "bill.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    html_with(code, &Days { p, days, exceptions: found.items, unmatched, over, next: found.next, f })
}

#[derive(Template)]
#[template(path = "staff/bill.html")]
struct One {
    p: Page,
    b: BillView,
}

/// `GET /staff/bills/{bill}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(bill): Path<String>) -> Web {
    visitor.signed_in()?;
    let id = bill.parse().map_err(|_| AppError::NotFound)?;
    let who = visitor.principal.clone();
    let b = state.run(move |app| app.bill(&who, id)).await?;
    html(&One { p: visitor.page(&state, "bill.title"), b })
}

#[derive(Template)]
#[template(path = "staff/exception.html")]
struct Exception {
    p: Page,
    e: ExceptionView,
    f: Fields,
}

/// `GET /staff/exceptions/{exception}`
pub async fn exception(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>) -> Web {
    html(&load(&state, &visitor, id, Fields::default()).await?)
}

async fn load(state: &AppState, visitor: &Visitor, id: DeskId, f: Fields) -> yuanlu_app::Result<Exception> {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let e = state.run(move |app| app.exception(&who, &id)).await?;
    Ok(Exception { p: visitor.page(state, "bill.exception"), e, f })
}

async fn act(
    state: AppState,
    visitor: Visitor,
    id: DeskId,
    f: Fields,
    said: Said,
    call: impl FnOnce(&App, &Principal, &DeskId) -> yuanlu_app::Result<ExceptionView> + Send + 'static,
) -> Web {
    visitor.signed_in()?;
    let (who, of) = (visitor.principal.clone(), id.clone());
    let outcome = state.run(move |app| call(app, &who, &of)).await;
    match done(outcome, &format!("/staff/exceptions/{id}"), said) {
        Ok(answer) => answer,
        Err((error, code)) => {
            let page = load(&state, &visitor, id, f).await?;
            let p = page.p.clone().refused(&error);
            html_with(code, &Exception { p, ..page })
        }
    }
}

/// `POST /staff/exceptions/{exception}/claim`
pub async fn claim(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("exception_claimed"), |app, who, id| app.claim_exception(who, id)).await
}

/// `POST /staff/exceptions/{exception}/settle`
pub async fn settle(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let input =
        SettleInput { way: f.text("way").to_owned(), words: f.text("words").to_owned(), order: f.optional("order") };
    let call = move |app: &App, who: &Principal, id: &DeskId| app.settle_exception(who, id, &input);
    act(state, visitor, id, f, said("exception_settled"), call).await
}

/// `POST /staff/unmatched/{unmatched}/close`
pub async fn close(State(state): State<AppState>, visitor: Visitor, Path(id): Path<String>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, input) = (visitor.principal.clone(), CloseUnmatchedInput { words: f.text("words").to_owned() });
    let outcome = state.run(move |app| app.close_unmatched(&who, &id, &input)).await;
    match done(outcome, "/staff/bills", said("unmatched_closed")) {
        Ok(answer) => answer,
        Err(refused) => days(&state, &visitor, Ask::default(), f, Some(refused)).await,
    }
}
