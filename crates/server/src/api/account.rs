//! The signed-in person about himself.

use super::extract::{At, Body, Key, NoBody, PageQuery, Paging};
use super::inputs::{EnrolBody, LanguageBody, PasswordBody, TotpBody};
use super::outputs::PendingTotpView;
use super::{Answer, nothing, ok, read, write, write_once};
use crate::AppState;
use crate::cashier::{Paying, ToPay, scene_of};
use crate::visitor::Visitor;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::TopUpInput;
use yuanlu_app::views::{BalanceView, CashierView, Listing, MeView, NoticeView, SessionView, TopUpTerms, TopUpView};
use yuanlu_app::{App, AppError};
use yuanlu_domain::ids::ChannelNumber;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(me))
        .routes(routes!(balance))
        .routes(routes!(regrant_lot))
        .routes(routes!(top_up_terms))
        .routes(routes!(begin_top_up, list_top_ups))
        .routes(routes!(load_top_up))
        .routes(routes!(load_top_up_cashier))
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

/// Within which limits I can top my balance up, and what balance is.
#[utoipa::path(get, path = "/me/top-ups/terms", tag = "account",
    responses((status = 200, description = "Limits and terms.", body = TopUpTerms)))]
async fn top_up_terms(State(s): State<AppState>, v: Visitor) -> Answer {
    v.signed_in()?;
    ok(&read(&s, App::top_up_terms)?)
}

/// Begins to top my balance up through a channel.
///
/// `confirmed` says that its owner has agreed to the terms: balance is spent here, expires and is granted again, and is
/// never paid out. Go on with `GET /me/top-ups/{no}/cashier`.
#[utoipa::path(post, path = "/me/top-ups", tag = "account", request_body = TopUpInput, params(Key),
    responses((status = 201, description = "The top-up.", body = TopUpView)))]
async fn begin_top_up(State(s): State<AppState>, v: Visitor, key: Key, Body(input): Body<TopUpInput>) -> Answer {
    let begun = write_once(&s, move |app| app.begin_top_up(&v.principal, &input, key.get())).await?;
    begun.created(&format!("/api/v1/me/top-ups/{}", begun.value.no))
}

/// My top-ups, newest first; at most twenty.
#[utoipa::path(get, path = "/me/top-ups", tag = "account",
    responses((status = 200, description = "The top-ups.", body = Vec<TopUpView>)))]
async fn list_top_ups(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.list_top_ups(&v.principal))?)
}

/// One of my top-ups.
#[utoipa::path(get, path = "/me/top-ups/{no}", tag = "account",
    params(("no" = String, Path, description = "Number of the top-up.")),
    responses((status = 200, description = "The top-up.", body = TopUpView)))]
async fn load_top_up(State(s): State<AppState>, v: Visitor, At(no): At<ChannelNumber>) -> Answer {
    ok(&read(&s, |app| app.load_top_up(&v.principal, &no))?)
}

/// How I get to the channel's cashier for an open top-up. While its `state` is `asked`, look again.
#[utoipa::path(get, path = "/me/top-ups/{no}/cashier", tag = "account",
    params(("no" = String, Path, description = "Number of the top-up.")),
    responses((status = 200, description = "The way to the cashier.", body = CashierView)))]
async fn load_top_up_cashier(State(s): State<AppState>, v: Visitor, At(no): At<ChannelNumber>) -> Answer {
    let way = Paying::new(&s, &v);
    let scene = scene_of(&v.origin.user_agent);
    let cashier = write(&s, move |app| {
        let top_up = app.load_top_up(&v.principal, &no)?;
        way.cashier(app, &ToPay::top_up(&way, &top_up)?, scene, false)
    });
    ok(&cashier.await?)
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
    let session = v.session.as_ref().ok_or(AppError::NotSignedIn)?;
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
