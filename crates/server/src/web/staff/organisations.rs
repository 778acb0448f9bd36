//! Outside organisations: administrators register and change them.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::done;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::AppError;
use yuanlu_app::inputs::OrganisationInput;
use yuanlu_app::views::OrganisationView;
use yuanlu_domain::ids::OrganisationId;

#[derive(Template)]
#[template(path = "staff/organisations.html")]
struct List {
    p: Page,
    organisations: Vec<OrganisationView>,
    f: Fields,
}

/// `GET /staff/organisations`
pub async fn list(State(state): State<AppState>, visitor: Visitor) -> Web {
    page(&state, &visitor, Fields::default().with("active", "1"), None).await
}

async fn page(state: &AppState, visitor: &Visitor, f: Fields, refused: Option<(AppError, StatusCode)>) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let organisations = state.run(move |app| app.list_organisations(&who)).await?;
    let p = visitor.page(state, "tip_off.organisations.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let list = List { p, organisations, f };
    if code == StatusCode::OK { html(&list) } else { html_with(code, &list) }
}

fn input_of(f: &Fields) -> OrganisationInput {
    OrganisationInput {
        name_zh: f.text("name_zh").to_owned(),
        name_en: f.text("name_en").to_owned(),
        registration_no: f.text("registration_no").to_owned(),
        contact: f.text("contact").to_owned(),
        active: f.ticked("active"),
    }
}

/// `POST /staff/organisations`
pub async fn register(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, input) = (visitor.principal.clone(), input_of(&f));
    let outcome = state.run(move |app| app.register_organisation(&who, &input)).await;
    match done(outcome, "/staff/organisations", said("organisation")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, f, Some(refused)).await,
    }
}

/// `POST /staff/organisations/{organisation}`
pub async fn change(State(state): State<AppState>, visitor: Visitor, Path(id): Path<OrganisationId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, input) = (visitor.principal.clone(), input_of(&f));
    let outcome = state.run(move |app| app.change_organisation(&who, &id, &input)).await;
    match done(outcome, "/staff/organisations", said("organisation")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, Fields::default().with("active", "1"), Some(refused)).await,
    }
}
