//! What everybody may see, and a demo's clock.

use super::extract::{Asked, At, Body, PageQuery, Paging};
use super::inputs::ClockBody;
use super::openapi;
use super::outputs::ClockView;
use super::problem::ApiError;
use super::{Answer, ok, read, write};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::MoveTo;
use yuanlu_app::inputs::ProductFilter;
use yuanlu_app::views::{FiguresView, Listing, ProductView};
use yuanlu_domain::ids::ProductId;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(openapi::openapi))
        .routes(routes!(list_products))
        .routes(routes!(load_product))
        .routes(routes!(figures))
        .routes(routes!(move_clock))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ProductQuery {
    /// Kind code.
    kind: Option<String>,
    /// Words in title or description.
    text: Option<String>,
}

/// Products on sale.
#[utoipa::path(get, path = "/products", tag = "public", security(()), params(ProductQuery, PageQuery),
    responses((status = 200, description = "One page of products.", body = Listing<ProductView>)))]
async fn list_products(State(s): State<AppState>, Asked(query): Asked<ProductQuery>, Paging(page): Paging) -> Answer {
    let filter = ProductFilter { kind: query.kind, text: query.text };
    ok(&read(&s, |app| app.list_products(&filter, &page))?)
}

/// A product with its refund terms.
#[utoipa::path(get, path = "/products/{product}", tag = "public", security(()),
    params(("product" = String, Path, description = "Id of the product.")),
    responses((status = 200, description = "The product.", body = ProductView)))]
async fn load_product(State(s): State<AppState>, At(product): At<ProductId>) -> Answer {
    ok(&read(&s, |app| app.load_product(&product))?)
}

/// Public counts.
#[utoipa::path(get, path = "/figures", tag = "public", security(()),
    responses((status = 200, description = "The counts.", body = FiguresView)))]
async fn figures(State(s): State<AppState>) -> Answer {
    ok(&read(&s, |app| app.figures())?)
}

/// Moves the clock of a demo on.
///
/// Only a shop that was born a demo has a clock that moves.
#[utoipa::path(post, path = "/demo/clock", tag = "public", security(()), request_body = ClockBody,
    responses((status = 200, description = "The new time.", body = ClockView)))]
async fn move_clock(State(s): State<AppState>, v: Visitor, Body(input): Body<ClockBody>) -> Answer {
    let to = read_move(&input.to)?;
    let now = write(&s, move |app| app.move_clock(&v.principal, to)).await?;
    ok(&ClockView { now: now.into() })
}

fn read_move(to: &str) -> Result<MoveTo, ApiError> {
    let hours = |text: &str| match text.parse::<i64>() {
        Ok(hours @ 1..=8760) => Ok(MoveTo::Hours(hours)),
        _ => Err(ApiError::input("to", "not_a_number")),
    };
    match to {
        "next" => Ok(MoveTo::NextDeadline),
        "+1d" => Ok(MoveTo::Hours(24)),
        _ => match to.strip_prefix('+').and_then(|rest| rest.strip_suffix('h')) {
            Some(text) => hours(text),
            None => Err(ApiError::input("to", "unknown")),
        },
    }
}
