//! Which outside organisations are registered, for anybody.

use crate::AppState;
use crate::page::{Page, Web, html};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use yuanlu_app::App;
use yuanlu_app::views::OrganisationView;

/// The page of registered organisations.
pub fn router() -> Router<AppState> {
    Router::new().route("/organisations", get(list))
}

#[derive(Template)]
#[template(path = "public/organisations.html")]
struct List {
    p: Page,
    organisations: Vec<OrganisationView>,
}

async fn list(State(state): State<AppState>, visitor: Visitor) -> Web {
    let organisations = state.run(App::organisations).await?;
    html(&List { p: visitor.page(&state, "tip_off.organisations.title"), organisations })
}
