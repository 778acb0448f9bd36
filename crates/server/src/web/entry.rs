//! Signing in and out, registering, one-time links.

use crate::AppState;
use crate::form::{Fields, own_path};
use crate::page::{Page, Web, go, go_and_say, html, html_with, said};
use crate::visitor::{Visitor, with_session, without_session};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use yuanlu_app::Secret;
use yuanlu_app::inputs::{LoginInput, RegisterInput};
use yuanlu_app::{AppError, LinkView, SessionKind};

/// Pages of signing in.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/login", get(login).post(sign_in))
        .route("/login/second", get(second))
        .route("/register", get(register).post(sign_up))
        .route("/logout", post(sign_out))
        .route("/link/{token}", get(link).post(use_link))
}

#[derive(Template)]
#[template(path = "entry/login.html")]
struct LoginPage {
    p: Page,
    f: Fields,
    needs_code: bool,
}

#[derive(Debug, Default, serde::Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

async fn login(State(state): State<AppState>, visitor: Visitor, Query(query): Query<Next>) -> Web {
    if visitor.principal.person().is_some() {
        return Ok(go(own_path(&query.next)));
    }
    let f = Fields::default().with("next", query.next);
    html(&LoginPage { p: visitor.page(&state, "account.login.title"), f, needs_code: false })
}

/// Signing in again with the second factor, for somebody whose session has not passed it.
async fn second(State(state): State<AppState>, visitor: Visitor, Query(query): Query<Next>) -> Web {
    let name = visitor.principal.person().map(|person| person.name.clone()).unwrap_or_default();
    let f = Fields::default().with("next", query.next).with("login", name);
    html(&LoginPage { p: visitor.page(&state, "account.login.title"), f, needs_code: true })
}

async fn sign_in(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    let input = LoginInput {
        login: fields.text("login").to_owned(),
        password: Secret::new(fields.raw("password").to_owned()),
        totp: fields.optional("totp"),
    };
    let origin = visitor.origin.clone();
    match state.run(move |app| app.login(&input, SessionKind::Web, &origin)).await {
        Ok(grant) => {
            end_old(&state, &visitor).await;
            let next = own_path(fields.text("next"));
            Ok(with_session(&state, grant.token.expose(), go_and_say(next, said("welcome"))))
        }
        Err(AppError::NeedsSecondFactor) => {
            let p = visitor.page(&state, "account.login.title");
            html_with(StatusCode::UNAUTHORIZED, &LoginPage { p, f: fields, needs_code: true })
        }
        Err(error @ (AppError::WrongCredentials | AppError::Invalid { .. })) => {
            let p = visitor.page(&state, "account.login.title").refused(&error);
            let needs_code = fields.0.iter().any(|(name, _)| name == "totp");
            html_with(crate::problem::status(&error), &LoginPage { p, f: fields, needs_code })
        }
        Err(error) => Err(error.into()),
    }
}

/// The session before this one is over: a token never survives signing in.
async fn end_old(state: &AppState, visitor: &Visitor) {
    if let Some(old) = visitor.session.clone().filter(|_| !visitor.bearer) {
        // Left over, it would end by itself; signing in goes on.
        if state.run(move |app| app.logout(&old.token)).await.is_err() {
            tracing::warn!("an old session could not be ended");
        }
    }
}

#[derive(Template)]
#[template(path = "entry/register.html")]
struct RegisterPage {
    p: Page,
    f: Fields,
}

async fn register(State(state): State<AppState>, visitor: Visitor, Query(query): Query<Next>) -> Web {
    let f = Fields::default().with("next", query.next);
    html(&RegisterPage { p: visitor.page(&state, "account.register.title"), f })
}

async fn sign_up(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    let input = RegisterInput {
        login: fields.text("login").to_owned(),
        password: Secret::new(fields.raw("password").to_owned()),
    };
    let (origin, language) = (visitor.origin.clone(), visitor.locale.code());
    let outcome = state.run(move |app| {
        let grant = app.register(&input, &origin)?;
        app.set_language(&grant.principal, language)?;
        Ok(grant)
    });
    match outcome.await {
        Ok(grant) => {
            let next = own_path(fields.text("next"));
            Ok(with_session(&state, grant.token.expose(), go_and_say(next, said("registered"))))
        }
        Err(error @ AppError::Invalid { .. }) => {
            let p = visitor.page(&state, "account.register.title").refused(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &RegisterPage { p, f: fields })
        }
        Err(error) => Err(error.into()),
    }
}

async fn sign_out(State(state): State<AppState>, visitor: Visitor) -> Web {
    if let Some(session) = visitor.session.clone() {
        state.run(move |app| app.logout(&session.token)).await?;
    }
    Ok(without_session(&state, go_and_say("/", said("bye"))))
}

#[derive(Template)]
#[template(path = "entry/link.html")]
struct LinkPage {
    p: Page,
    link: LinkView,
}

async fn link_page(state: &AppState, visitor: &Visitor, token: String) -> yuanlu_app::Result<LinkPage> {
    let link = state.run(move |app| app.open_link(&token)).await?;
    Ok(LinkPage { p: visitor.page(state, "account.link.title"), link })
}

async fn link(State(state): State<AppState>, visitor: Visitor, Path(token): Path<String>) -> Web {
    html(&link_page(&state, &visitor, token).await?)
}

async fn use_link(State(state): State<AppState>, visitor: Visitor, Path(token): Path<String>, fields: Fields) -> Web {
    let password = Secret::new(fields.raw("password").to_owned());
    let (code, origin, used) = (fields.optional("totp"), visitor.origin.clone(), token.clone());
    match state.run(move |app| app.use_link(&used, &password, code.as_deref(), &origin)).await {
        Ok(grant) => Ok(with_session(&state, grant.token.expose(), go_and_say("/", said("welcome")))),
        Err(error @ (AppError::WrongCredentials | AppError::Invalid { .. } | AppError::NeedsSecondFactor)) => {
            let page = link_page(&state, &visitor, token).await?;
            let p = page.p.clone().refused(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &LinkPage { p, ..page })
        }
        Err(error) => Err(error.into()),
    }
}
