//! Rules by which a seller agrees by himself.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{done, first};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::AppError;
use yuanlu_app::inputs::SellerRuleInput;
use yuanlu_app::views::{ProductView, SellerRuleView};
use yuanlu_domain::case::Reason;

#[derive(Template)]
#[template(path = "seller/rules.html")]
struct Rules {
    p: Page,
    f: Fields,
    rules: Vec<SellerRuleView>,
    products: Vec<ProductView>,
    reasons: Vec<&'static str>,
}

/// `GET /seller/rules`
pub async fn show(State(state): State<AppState>, visitor: Visitor) -> Web {
    page(&state, &visitor, Fields::default(), None).await
}

async fn page(state: &AppState, visitor: &Visitor, f: Fields, refused: Option<(AppError, StatusCode)>) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let (rules, products) =
        state.run(move |app| Ok((app.seller_rules(&who)?, app.list_own_products(&who, &first(100))?.items))).await?;
    let p = visitor.page(state, "seller.rules.title");
    // A duplicate charge is the platform's matter, and never the seller's to agree to.
    let reasons = Reason::ALL.into_iter().filter(|reason| *reason != Reason::DuplicateCharge).map(Reason::code);
    let reasons = reasons.collect();
    match refused {
        Some((error, code)) => html_with(code, &Rules { p: p.refused(&error), f, rules, products, reasons }),
        None => html(&Rules { p, f, rules, products, reasons }),
    }
}

/// `POST /seller/rules`
pub async fn add(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let input = SellerRuleInput {
        most: f.text("most").to_owned(),
        reasons: f.all("reasons").map(str::to_owned).collect(),
        product: f.optional("product"),
    };
    let who = visitor.principal.clone();
    let outcome = state.run(move |app| app.add_seller_rule(&who, &input)).await;
    match done(outcome, "/seller/rules", said("saved")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, f, Some(refused)).await,
    }
}

/// `POST /seller/rules/{rule}/end`
pub async fn end(State(state): State<AppState>, visitor: Visitor, Path(rule): Path<String>) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let outcome = state.run(move |app| app.end_seller_rule(&who, &rule)).await;
    match done(outcome, "/seller/rules", said("rule_ended")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, Fields::default(), Some(refused)).await,
    }
}
