//! An account, for its owner: balance, notices, devices, password, second factor, language.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, go, go_and_say, html, html_with, said};
use crate::text::Locale;
use crate::visitor::{Visitor, with_language, without_session};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use yuanlu_app::AppError;
use yuanlu_app::Secret;
use yuanlu_app::views::{BalanceView, Listing, MeView, NoticeView, SessionView};

/// Pages of an account.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/account", get(account))
        .route("/account/notices", post(read_notices))
        .route("/account/revoke", post(revoke))
        .route("/account/password", post(change_password))
        .route("/account/totp", post(enrol))
        .route("/account/totp/confirm", post(confirm_totp))
        .route("/account/language", post(language))
}

#[derive(Template)]
#[template(path = "account/index.html")]
struct AccountPage {
    p: Page,
    me: MeView,
    balance: BalanceView,
    notices: Listing<NoticeView>,
    sessions: Vec<SessionView>,
    totp: Option<Enrolment>,
}

/// A second factor that is being set up. The secret goes to and fro in the owner's own form until a code proves that
/// an authenticator has it.
struct Enrolment {
    token: String,
    secret: String,
    link: String,
}

impl AccountPage {
    fn unread(&self) -> bool {
        self.notices.items.iter().any(|notice| notice.read_at.is_none())
    }
}

async fn load(state: &AppState, visitor: &Visitor) -> yuanlu_app::Result<AccountPage> {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let current = visitor.session.as_ref().map(|session| session.id.clone()).unwrap_or_default();
    let (me, balance, notices, sessions) = state
        .run(move |app| {
            let notices = app.notices(&who, &yuanlu_app::inputs::Page::default())?;
            Ok((app.me(&who)?, app.balance(&who)?, notices, app.sessions(&who, &current)?))
        })
        .await?;
    Ok(AccountPage { p: visitor.page(state, "account.title"), me, balance, notices, sessions, totp: None })
}

async fn account(State(state): State<AppState>, visitor: Visitor) -> Web {
    html(&load(&state, &visitor).await?)
}

async fn read_notices(State(state): State<AppState>, visitor: Visitor) -> Web {
    state.run(move |app| app.read_notices(&visitor.principal)).await?;
    Ok(go_and_say("/account", said("read")))
}

async fn revoke(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    state.run(move |app| app.revoke(&visitor.principal, fields.text("session"))).await?;
    Ok(go_and_say("/account", said("revoked")))
}

/// Ends every session, this one included.
async fn change_password(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    let (who, origin) = (visitor.principal.clone(), visitor.origin.clone());
    let [old, new] = ["password", "new_password"].map(|name| Secret::new(fields.raw(name).to_owned()));
    match state.run(move |app| app.change_password(&who, &old, &new, &origin)).await {
        Ok(()) => Ok(without_session(&state, go_and_say("/login", said("password")))),
        Err(error) => refused(&state, &visitor, error, None).await,
    }
}

/// The page again with what is wrong, and the enrolment that is underway.
async fn refused(state: &AppState, visitor: &Visitor, error: AppError, totp: Option<Enrolment>) -> Web {
    match error {
        AppError::WrongCredentials | AppError::Invalid { .. } | AppError::Refused(_) => {
            let page = load(state, visitor).await?;
            let p = page.p.clone().refused(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &AccountPage { p, totp, ..page })
        }
        other => Err(other.into()),
    }
}

/// Shows the secret; it counts from the first code that proves an authenticator has it.
async fn enrol(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    let (who, origin) = (visitor.principal.clone(), visitor.origin.clone());
    let password = Secret::new(fields.raw("password").to_owned());
    match state.run(move |app| app.enrol_totp(&who, &password, &origin)).await {
        Ok(pending) => {
            let totp = Enrolment {
                token: pending.token.expose().clone(),
                secret: pending.enrolment.secret_base32.expose().clone(),
                link: pending.enrolment.otpauth_url.expose().clone(),
            };
            html(&AccountPage { totp: Some(totp), ..load(&state, &visitor).await? })
        }
        Err(error) => refused(&state, &visitor, error, None).await,
    }
}

/// Ends every session, so that the next one has passed the second factor.
async fn confirm_totp(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    let (who, token, code) =
        (visitor.principal.clone(), fields.text("token").to_owned(), fields.text("totp").to_owned());
    match state.run(move |app| app.confirm_totp(&who, &token, &code)).await {
        Ok(()) => Ok(without_session(&state, go_and_say("/login", said("totp")))),
        Err(error) => {
            let field = |name: &str| fields.text(name).to_owned();
            let link = Some(field("link")).filter(|link| link.starts_with("otpauth://")).unwrap_or_default();
            let totp = Enrolment { token: field("token"), secret: field("secret"), link };
            refused(&state, &visitor, error, Some(totp)).await
        }
    }
}

async fn language(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    let locale = Locale::parse(fields.text("language")).ok_or(AppError::invalid("language", "unknown"))?;
    state.run(move |app| app.set_language(&visitor.principal, locale.code())).await?;
    Ok(with_language(&state, locale, go("/account")))
}
