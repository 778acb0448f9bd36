//! One's own credit, as a buyer and as a shop: every event with its reason, and the way to appeal it.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::done;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use yuanlu_app::views::CreditView;
use yuanlu_app::{App, AppError, Principal};

/// Pages of one's own credit.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/account/credit", get(own))
        .route("/account/credit/{event}/appeal", post(appeal_own))
        .route("/seller/credit", get(shop))
        .route("/seller/credit/{event}/appeal", post(appeal_shop))
}

#[derive(Template)]
#[template(path = "credit/own.html")]
struct Own {
    p: Page,
    c: CreditView,
    f: Fields,
    /// The event whose form is shown again.
    open: String,
    path: &'static str,
    sells: bool,
}

impl Own {
    /// Whether this row's form was refused and is shown again.
    fn is_open(&self, id: &str) -> bool {
        self.open == id
    }

    /// The words typed into it.
    fn typed(&self, id: &str) -> &str {
        if self.is_open(id) { self.f.text("words") } else { "" }
    }
}

type Load = fn(&App, &Principal) -> yuanlu_app::Result<CreditView>;
type Refused = Option<(AppError, StatusCode)>;

const OWN: (&str, &str, Load) = ("/account/credit", "credit.title", App::own_credit);
const SHOP: (&str, &str, Load) = ("/seller/credit", "credit.shop_title", App::shop_credit);

async fn own(State(state): State<AppState>, visitor: Visitor) -> Web {
    page(&state, &visitor, OWN, String::new(), Fields::default(), None).await
}

async fn shop(State(state): State<AppState>, visitor: Visitor) -> Web {
    visitor.signed_in()?;
    page(&state, &visitor, SHOP, String::new(), Fields::default(), None).await
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    (path, title, load): (&'static str, &str, Load),
    open: String,
    f: Fields,
    refused: Refused,
) -> Web {
    let who = visitor.principal.clone();
    let c = state.run(move |app| load(app, &who)).await?;
    let p = visitor.page(state, title);
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let sells = visitor.principal.person().is_some_and(|person| person.seller.is_some());
    let shown = Own { p, c, f, open, path, sells };
    if code == StatusCode::OK { html(&shown) } else { html_with(code, &shown) }
}

async fn appeal_own(State(state): State<AppState>, visitor: Visitor, Path(event): Path<String>, f: Fields) -> Web {
    appeal(&state, &visitor, OWN, event, f).await
}

async fn appeal_shop(State(state): State<AppState>, visitor: Visitor, Path(event): Path<String>, f: Fields) -> Web {
    visitor.signed_in()?;
    appeal(&state, &visitor, SHOP, event, f).await
}

async fn appeal(
    state: &AppState,
    visitor: &Visitor,
    place: (&'static str, &'static str, Load),
    event: String,
    f: Fields,
) -> Web {
    let (who, id, words) = (visitor.principal.clone(), event.clone(), f.text("words").to_owned());
    let outcome = state.run(move |app| app.appeal_finding(&who, &id, &words)).await;
    match done(outcome, place.0, said("finding_appealed")) {
        Ok(answer) => answer,
        Err(refused) => page(state, visitor, place, event, f, Some(refused)).await,
    }
}
