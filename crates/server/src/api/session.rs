//! Signing in and out, new accounts, one-time links.

use super::extract::Body;
use super::inputs::{LinkBody, UseLinkBody};
use super::outputs::{GrantView, LinkOfferView};
use super::{Answer, created, nothing, ok, write};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{LoginInput, RegisterInput};
use yuanlu_app::{AppError, Grant, SessionKind};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, sign_out))
        .routes(routes!(register))
        .routes(routes!(open_link))
        .routes(routes!(use_link))
}

fn granted(grant: &Grant) -> Answer {
    created("/api/v1/me", &GrantView::from(grant))
}

/// Signs in and gives a bearer token.
///
/// Unknown names and wrong passwords are answered alike. People with a second factor send `totp`.
#[utoipa::path(post, path = "/session", tag = "session", security(()), request_body = LoginInput,
    responses((status = 201, description = "Signed in.", body = GrantView)))]
async fn sign_in(State(s): State<AppState>, v: Visitor, Body(input): Body<LoginInput>) -> Answer {
    granted(&write(&s, move |app| app.login(&input, SessionKind::Api, &v.origin)).await?)
}

/// Ends the session of this token or cookie.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204, description = "It is over.")))]
async fn sign_out(State(s): State<AppState>, v: Visitor) -> Answer {
    let session = v.session.clone().ok_or(AppError::NotSignedIn)?;
    write(&s, move |app| app.logout(&session.token)).await?;
    nothing()
}

/// Opens a buyer's account and signs in.
#[utoipa::path(post, path = "/accounts", tag = "session", security(()), request_body = RegisterInput,
    responses((status = 201, description = "Opened and signed in.", body = GrantView)))]
async fn register(State(s): State<AppState>, v: Visitor, Body(input): Body<RegisterInput>) -> Answer {
    granted(&write(&s, move |app| app.register(&input, &v.origin)).await?)
}

/// Shows what a one-time link offers; it is not used up.
#[utoipa::path(post, path = "/links/open", tag = "session", security(()), request_body = LinkBody,
    responses((status = 200, description = "What it sets up.", body = LinkOfferView)))]
async fn open_link(State(s): State<AppState>, Body(input): Body<LinkBody>) -> Answer {
    let offer = write(&s, move |app| app.open_link(input.link.expose())).await?;
    let totp = offer.totp.as_ref().map(Into::into);
    ok(&LinkOfferView { login: offer.login, roles: offer.roles, totp })
}

/// Uses a one-time link: sets password and second factor, and signs in.
#[utoipa::path(post, path = "/links/use", tag = "session", security(()), request_body = UseLinkBody,
    responses((status = 201, description = "Set up and signed in.", body = GrantView)))]
async fn use_link(State(s): State<AppState>, v: Visitor, Body(input): Body<UseLinkBody>) -> Answer {
    let call = move |app: &yuanlu_app::App| {
        app.use_link(input.link.expose(), &input.password, input.totp.as_deref(), &v.origin)
    };
    granted(&write(&s, call).await?)
}
