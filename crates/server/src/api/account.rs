//! The signed-in person about himself.

use super::extract::{At, Body, NoBody, PageQuery, Paging};
use super::inputs::{EnrolBody, LanguageBody, PasswordBody, TotpBody};
use super::outputs::PendingTotpView;
use super::{Answer, nothing, ok, read, write};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::AppError;
use yuanlu_app::views::{BalanceView, Listing, MeView, NoticeView, SessionView};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(me))
        .routes(routes!(balance))
        .routes(routes!(regrant_lot))
        .routes(routes!(list_notices))
        .routes(routes!(read_notices))
        .routes(routes!(list_sessions))
        .routes(routes!(revoke_session))
        .routes(routes!(set_language))
        .routes(routes!(change_password))
        .routes(routes!(enrol_totp))
        .routes(routes!(confirm_totp))
}

/// Who I am.
#[utoipa::path(get, path = "/me", tag = "account", responses((status = 200, description = "The account.", body = MeView)))]
async fn me(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.me(&v.principal))?)
}

/// My balance and its lots.
#[utoipa::path(get, path = "/me/balance", tag = "account",
    responses((status = 200, description = "The balance.", body = BalanceView)))]
async fn balance(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.balance(&v.principal))?)
}

/// Has an expired lot of the balance granted again.
#[utoipa::path(post, path = "/me/balance/lots/{lot}/regrant", tag = "account",
    params(("lot" = u32, Path, description = "Ordinal of the lot.")),
    responses((status = 200, description = "The balance.", body = BalanceView)))]
async fn regrant_lot(State(s): State<AppState>, v: Visitor, At(lot): At<u32>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.regrant_lot(&v.principal, lot)).await?)
}

/// My notices, newest first.
#[utoipa::path(get, path = "/me/notices", tag = "account", params(PageQuery),
    responses((status = 200, description = "One page of notices.", body = Listing<NoticeView>)))]
async fn list_notices(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.notices(&v.principal, &page))?)
}

/// Marks all notices as read.
#[utoipa::path(post, path = "/me/notices/read", tag = "account", responses((status = 204, description = "Done.")))]
async fn read_notices(State(s): State<AppState>, v: Visitor, _: NoBody) -> Answer {
    write(&s, move |app| app.read_notices(&v.principal)).await?;
    nothing()
}

/// My signed-in devices and tokens.
#[utoipa::path(get, path = "/me/sessions", tag = "account",
    responses((status = 200, description = "The sessions.", body = Vec<SessionView>)))]
async fn list_sessions(State(s): State<AppState>, v: Visitor) -> Answer {
    let session = v.session.ok_or(AppError::NotSignedIn)?;
    ok(&read(&s, |app| app.sessions(&v.principal, &session.id))?)
}

/// Ends one of my sessions.
#[utoipa::path(delete, path = "/me/sessions/{session}", tag = "account",
    params(("session" = String, Path, description = "Id of the session.")),
    responses((status = 204, description = "It is over.")))]
async fn revoke_session(State(s): State<AppState>, v: Visitor, At(session): At<String>) -> Answer {
    write(&s, move |app| app.revoke(&v.principal, &session)).await?;
    nothing()
}

/// Sets the language of my notices.
#[utoipa::path(put, path = "/me/language", tag = "account", request_body = LanguageBody,
    responses((status = 204, description = "Set.")))]
async fn set_language(State(s): State<AppState>, v: Visitor, Body(input): Body<LanguageBody>) -> Answer {
    write(&s, move |app| app.set_language(&v.principal, &input.language)).await?;
    nothing()
}

/// Changes my password. Every session ends, this one too.
#[utoipa::path(put, path = "/me/password", tag = "account", request_body = PasswordBody,
    responses((status = 204, description = "Changed; sign in again.")))]
async fn change_password(State(s): State<AppState>, v: Visitor, Body(input): Body<PasswordBody>) -> Answer {
    write(&s, move |app| app.change_password(&v.principal, &input.old, &input.new, &v.origin)).await?;
    nothing()
}

/// Begins to set up a second factor.
#[utoipa::path(post, path = "/me/totp", tag = "account", request_body = EnrolBody,
    responses((status = 200, description = "Put the secret into an authenticator.", body = PendingTotpView)))]
async fn enrol_totp(State(s): State<AppState>, v: Visitor, Body(input): Body<EnrolBody>) -> Answer {
    let pending = write(&s, move |app| app.enrol_totp(&v.principal, &input.password, &v.origin)).await?;
    ok(&PendingTotpView { token: pending.token.expose().clone(), totp: (&pending.enrolment).into() })
}

/// Finishes setting up the second factor. Every session ends, this one too.
#[utoipa::path(post, path = "/me/totp/confirm", tag = "account", request_body = TotpBody,
    responses((status = 204, description = "Set up; sign in again.")))]
async fn confirm_totp(State(s): State<AppState>, v: Visitor, Body(input): Body<TotpBody>) -> Answer {
    write(&s, move |app| app.confirm_totp(&v.principal, input.token.expose(), &input.code)).await?;
    nothing()
}
