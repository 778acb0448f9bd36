//! People: invitations, roles, and access given anew. A one-time link is shown once, on the answer that made it.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::AppError;
use yuanlu_app::inputs::InviteInput;
use yuanlu_app::views::{OrganisationView, PersonView, SellerRef};
use yuanlu_domain::Role;
use yuanlu_domain::ids::AccountId;

#[derive(Template)]
#[template(path = "staff/people.html")]
struct List {
    p: Page,
    people: Vec<PersonView>,
    next: Option<String>,
    sellers: Vec<SellerRef>,
    organisations: Vec<OrganisationView>,
    roles: Vec<&'static str>,
    f: Fields,
    fresh: Option<Fresh>,
}

/// A one-time link, on the only page that ever shows it.
struct Fresh {
    login: String,
    link: String,
}

/// `GET /staff/people`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    page(&state, &visitor, ask, Fields::default(), None, None).await
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    ask: Ask,
    f: Fields,
    fresh: Option<Fresh>,
    refused: Option<(AppError, StatusCode)>,
) -> Web {
    visitor.signed_in()?;
    let (who, page) = (visitor.principal.clone(), ask.page());
    let (found, sellers, organisations) = state
        .run(move |app| Ok((app.people(&who, &page)?, app.list_sellers(&who)?, app.list_organisations(&who)?)))
        .await?;
    let p = visitor.page(state, "staff.people.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let list = List {
        p,
        people: found.items,
        next: found.next,
        sellers,
        organisations,
        roles: Role::ALL.iter().filter(|role| **role != Role::Buyer).map(|role| role.code()).collect(),
        f,
        fresh,
    };
    if code == StatusCode::OK { html(&list) } else { html_with(code, &list) }
}

fn link(state: &AppState, token: &str) -> String {
    format!("{}/link/{token}", state.config.public_url)
}

/// `POST /staff/people`: a new person, or a new role for one who is known.
pub async fn invite(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let input = InviteInput {
        login: f.text("login").to_owned(),
        roles: f.all("roles").filter(|role| !role.is_empty()).map(str::to_owned).collect(),
        seller: f.optional("seller"),
        organisation: f.optional("organisation"),
    };
    let who = visitor.principal.clone();
    match state.run(move |app| app.invite(&who, &input)).await {
        Ok(invited) => {
            let fresh = Fresh { login: invited.person.login, link: link(&state, invited.link.expose()) };
            page(&state, &visitor, Ask::default(), Fields::default(), Some(fresh), None).await
        }
        Err(error) => match done::<()>(Err(error), "", said("saved")) {
            Ok(answer) => answer,
            Err(refused) => page(&state, &visitor, Ask::default(), f, None, Some(refused)).await,
        },
    }
}

/// `POST /staff/people/{account}/roles`
pub async fn roles(State(state): State<AppState>, visitor: Visitor, Path(id): Path<AccountId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let roles: Vec<String> = f.all("roles").filter(|role| !role.is_empty()).map(str::to_owned).collect();
    let (who, seller, organisation) = (visitor.principal.clone(), f.optional("seller"), f.optional("organisation"));
    let call =
        move |app: &yuanlu_app::App| app.set_roles(&who, &id, &roles, seller.as_deref(), organisation.as_deref());
    let outcome = state.run(call).await;
    match done(outcome, "/staff/people", said("roles")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, Ask::default(), Fields::default(), None, Some(refused)).await,
    }
}

/// `POST /staff/people/{account}/reset`: password and second factor are set anew by a one-time link.
pub async fn reset(State(state): State<AppState>, visitor: Visitor, Path(id): Path<AccountId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    match state.run(move |app| app.reset_access(&who, &id)).await {
        Ok(token) => {
            let fresh = Fresh { login: f.text("login").to_owned(), link: link(&state, token.expose()) };
            page(&state, &visitor, Ask::default(), Fields::default(), Some(fresh), None).await
        }
        Err(error) => match done::<()>(Err(error), "", said("saved")) {
            Ok(answer) => answer,
            Err(refused) => page(&state, &visitor, Ask::default(), Fields::default(), None, Some(refused)).await,
        },
    }
}
