//! A seller's own programs: addresses, their secrets, what they were told.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::AppError;
use yuanlu_app::views::{DispatchView, Listing, WebhookView};

const HERE: &str = "/seller/webhooks";

#[derive(Template)]
#[template(path = "seller/webhooks.html")]
struct List {
    p: Page,
    hooks: Vec<WebhookView>,
    /// The secret of the one that was just added.
    secret: Option<(String, String)>,
    f: Fields,
}

#[derive(Template)]
#[template(path = "seller/webhook.html")]
struct One {
    p: Page,
    hook: WebhookView,
    log: Listing<DispatchView>,
}

/// `GET /seller/webhooks`
pub async fn list(State(state): State<AppState>, visitor: Visitor) -> Web {
    page(&state, &visitor, Fields::default(), None, None).await
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    f: Fields,
    secret: Option<(String, String)>,
    refused: Option<(AppError, StatusCode)>,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let hooks = state.run(move |app| app.webhooks(&who)).await?;
    let p = visitor.page(state, "message.webhook.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    html_with(code, &List { p, hooks, secret, f })
}

/// `POST /seller/webhooks`: the secret is shown in this answer and never again.
pub async fn add(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, url) = (visitor.principal.clone(), f.text("url").to_owned());
    match state.run(move |app| app.add_webhook(&who, &url)).await {
        Ok(new) => {
            let secret = (new.webhook.url, new.secret.expose().clone());
            page(&state, &visitor, Fields::default(), Some(secret), None).await
        }
        Err(error) => match done::<()>(Err(error), HERE, said("webhook")) {
            Ok(answer) => answer,
            Err(refused) => page(&state, &visitor, f, None, Some(refused)).await,
        },
    }
}

/// `GET /seller/webhooks/{webhook}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(id): Path<String>, ask: Ask) -> Web {
    visitor.signed_in()?;
    let (who, asked) = (visitor.principal.clone(), ask.page());
    let (hook, log) = state
        .run(move |app| {
            let hook = app.webhooks(&who)?.into_iter().find(|hook| hook.id == id).ok_or(AppError::NotFound)?;
            let log = app.webhook_dispatches(&who, &hook.id, &asked)?;
            Ok((hook, log))
        })
        .await?;
    html(&One { p: visitor.page(&state, "message.webhook.title"), hook, log })
}

/// `POST /seller/webhooks/{webhook}`: what the button says.
pub async fn act(State(state): State<AppState>, visitor: Visitor, Path(id): Path<String>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, path) = (visitor.principal.clone(), format!("{HERE}/{id}"));
    let (path, saying) = match f.text("do") {
        "remove" => (HERE.to_owned(), "webhook_gone"),
        "test" => (path, "webhook_test"),
        "restart" => (path, "webhook"),
        _ => (path, "redelivered"),
    };
    let deed = move |app: &yuanlu_app::App| match f.text("do") {
        "remove" => app.remove_webhook(&who, &id),
        "test" => app.test_webhook(&who, &id),
        "restart" => app.restart_webhook(&who, &id),
        _ => app.redeliver(&who, &id, f.text("message")),
    };
    match done(state.run(deed).await, &path, said(saying)) {
        Ok(answer) => answer,
        Err((error, _)) => Err(error.into()),
    }
}
