//! Tip-offs as risk sees them: the queue, one of them, and what can be done with it.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Said, Web, go_and_say, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::inputs::DecideTipOffInput;
use yuanlu_app::views::{TipOffSummary, TipOffView};
use yuanlu_app::{App, AppError, Principal};
use yuanlu_domain::ids::DeskId;
use yuanlu_domain::tip_off::TipOffOutcome;

#[derive(Template)]
#[template(path = "staff/tip_offs.html")]
struct Queue {
    p: Page,
    over: bool,
    tip_offs: Vec<TipOffSummary>,
    next: Option<String>,
}

/// `GET /staff/tip-offs?show=over`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let over = ask.show.as_deref() == Some("over");
    let (who, page) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.tip_offs(&who, over, &page)).await?;
    let p = visitor.page(&state, "tip_off.staff.title");
    html(&Queue { p, over, tip_offs: found.items, next: found.next })
}

#[derive(Template)]
#[template(path = "staff/tip_off.html")]
struct One {
    p: Page,
    t: TipOffView,
    f: Fields,
    outcomes: Vec<&'static str>,
}

/// `GET /staff/tip-offs/{tip_off}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(tip_off): Path<DeskId>) -> Web {
    html(&load(&state, &visitor, tip_off, Fields::default()).await?)
}

async fn load(state: &AppState, visitor: &Visitor, tip_off: DeskId, f: Fields) -> yuanlu_app::Result<One> {
    visitor.signed_in()?;
    let (who, origin) = (visitor.principal.clone(), visitor.origin.clone());
    let t = state.run(move |app| app.load_tip_off(&who, &tip_off, None, &origin)).await?;
    let outcomes = TipOffOutcome::ALL.map(TipOffOutcome::code).to_vec();
    let title = t.summary.subject.clone();
    Ok(One { p: visitor.page(state, "tip_off.staff.title").titled(&title), t, f, outcomes })
}

/// Does something with a tip-off and shows it again, or the form with what is wrong.
async fn act(
    state: AppState,
    visitor: Visitor,
    tip_off: DeskId,
    f: Fields,
    said: Said,
    call: impl FnOnce(&App, &Principal, &DeskId) -> yuanlu_app::Result<()> + Send + 'static,
) -> Web {
    visitor.signed_in()?;
    let (who, id) = (visitor.principal.clone(), tip_off.clone());
    let outcome = state.run(move |app| call(app, &who, &id)).await;
    let refused: Result<Web, (AppError, StatusCode)> = done(outcome, &format!("/staff/tip-offs/{tip_off}"), said);
    match refused {
        Ok(answer) => answer,
        Err((error, code)) => {
            let page = load(&state, &visitor, tip_off, f).await?;
            let p = page.p.clone().refused(&error);
            html_with(code, &One { p, ..page })
        }
    }
}

/// `POST /staff/tip-offs/{tip_off}/claim`
pub async fn claim(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("tip_off_claimed"), |app, who, id| app.claim_tip_off(who, id).map(drop)).await
}

/// `POST /staff/tip-offs/{tip_off}/ask`
pub async fn ask(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let words = f.text("ask_words").to_owned();
    let call = move |app: &App, who: &Principal, id: &DeskId| app.ask_reporter(who, id, &words).map(drop);
    act(state, visitor, id, f, said("tip_off_asked"), call).await
}

/// `POST /staff/tip-offs/{tip_off}/accused`: on to the queue, for it may be the asker himself.
pub async fn name(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, named, login) = (visitor.principal.clone(), id.clone(), f.text("login").to_owned());
    match state.run(move |app| app.name_accused(&who, &named, &login)).await {
        Ok(()) => Ok(go_and_say("/staff/tip-offs", said("tip_off_named"))),
        Err(error) => act(state, visitor, id, f, said("tip_off_named"), move |_, _, _| Err(error)).await,
    }
}

/// `POST /staff/tip-offs/{tip_off}/decide`
pub async fn decide(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let input = DecideTipOffInput { outcome: f.text("outcome").to_owned(), words: f.text("decide_words").to_owned() };
    let call = move |app: &App, who: &Principal, id: &DeskId| app.decide_tip_off(who, id, &input).map(drop);
    act(state, visitor, id, f, said("tip_off_decided"), call).await
}
