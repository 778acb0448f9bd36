//! What reaches a person outside the site: his addresses, his choices, what was sent to him; and a new password by mail.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, go_and_say, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::done;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use std::collections::BTreeMap;
use yuanlu_app::inputs::{ChoicesInput, Page as Asked};
use yuanlu_app::views::{ChoicesView, ContactsView, DispatchView};
use yuanlu_app::{AppError, Principal};

const HERE: &str = "/account/notices";
/// Zones offered beside the person's own.
pub const ZONES: [&str; 9] = [
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Tokyo",
    "Asia/Singapore",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
];

/// Pages of addresses and choices.
pub fn router() -> Router<AppState> {
    Router::new()
        .route(HERE, get(show))
        .route("/account/notices/choices", post(choose))
        .route("/account/contacts", post(add))
        .route("/account/contacts/confirm", post(confirm))
        .route("/account/contacts/remove", post(remove))
        .route("/forgot", get(forgot).post(send_link))
}

#[derive(Template)]
#[template(path = "account/notices.html")]
struct Notices {
    p: Page,
    contacts: ContactsView,
    choices: ChoicesView,
    sent: Vec<DispatchView>,
    zones: Vec<String>,
    f: Fields,
}

async fn show(State(state): State<AppState>, visitor: Visitor) -> Web {
    page(&state, &visitor, Fields::default(), None).await
}

async fn page(state: &AppState, visitor: &Visitor, f: Fields, refused: Option<(AppError, StatusCode)>) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let (contacts, choices, sent) = state
        .run(move |app| {
            let sent = app.own_dispatches(&who, &Asked { cursor: None, limit: Some(10) })?;
            Ok((app.contacts(&who)?, app.notice_choices(&who)?, sent.items))
        })
        .await?;
    let mut zones: Vec<String> = ZONES.map(str::to_owned).to_vec();
    if !zones.contains(&choices.zone) {
        zones.insert(0, choices.zone.clone());
    }
    let p = visitor.page(state, "message.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    html_with(code, &Notices { p, contacts, choices, sent, zones, f })
}

/// Runs a form of the page; refused, the page says why and keeps what was typed.
async fn form<T: Send + 'static>(
    state: AppState,
    visitor: Visitor,
    f: Fields,
    saying: &'static str,
    act: impl FnOnce(&yuanlu_app::App, &Principal, &Fields) -> yuanlu_app::Result<T> + Send + 'static,
) -> Web {
    visitor.signed_in()?;
    let (who, fields) = (visitor.principal.clone(), f.clone());
    let outcome = state.run(move |app| act(app, &who, &fields)).await;
    match done(outcome, HERE, said(saying)) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, f, Some(refused)).await,
    }
}

async fn choose(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    form(state, visitor, f, "choices", |app, who, f| {
        let shown = app.notice_choices(who)?;
        let mut topics = BTreeMap::new();
        for topic in shown.topics.iter().filter(|_| !shown.ways.is_empty()) {
            let ways = shown.ways.iter().filter(|way| f.ticked(&format!("{}_{way}", topic.topic)));
            topics.insert(topic.topic.to_owned(), ways.map(|way| (*way).to_owned()).collect::<Vec<_>>());
        }
        let input = ChoicesInput {
            topics,
            quiet_from: f.optional("quiet_from"),
            quiet_until: f.optional("quiet_until"),
            zone: f.optional("zone"),
        };
        app.choose_notices(who, &input)
    })
    .await
}

async fn add(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    form(state, visitor, f, "code_sent", |app, who, f| app.add_contact(who, f.text("way"), f.text("address"))).await
}

async fn confirm(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    form(state, visitor, f, "contact", |app, who, f| app.confirm_contact(who, f.text("way"), f.text("code"))).await
}

async fn remove(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    form(state, visitor, f, "contact_gone", |app, who, f| app.remove_contact(who, f.text("way"))).await
}

#[derive(Template)]
#[template(path = "entry/forgot.html")]
struct Forgot {
    p: Page,
    by_mail: bool,
    f: Fields,
}

async fn forgot(State(state): State<AppState>, visitor: Visitor) -> Web {
    let by_mail = state.run(|app| Ok(app.resets_by_mail())).await?;
    html(&Forgot { p: visitor.page(&state, "message.forgot.title"), by_mail, f: Fields::default() })
}

/// Says the same whoever was named: nobody learns who has an account.
async fn send_link(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    let (named, origin) = (f.text("login").to_owned(), visitor.origin.clone());
    match state.run(move |app| app.forgot_password(&named, &origin)).await {
        Ok(()) => Ok(go_and_say("/login", said("link_sent"))),
        Err(error @ (AppError::Invalid { .. } | AppError::TooMany { .. })) => {
            let p = visitor.page(&state, "message.forgot.title").refused(&error);
            html_with(crate::problem::status(&error), &Forgot { p, by_mail: true, f })
        }
        Err(error) => Err(error.into()),
    }
}
