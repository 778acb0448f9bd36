//! A seller's shop: products, codes, deliveries, answers to cases.

use super::extract::{Asked, At, Body, Key, NoBody, PageQuery, Paging, TextBody};
use super::inputs::{CreditedBody, ProductBody, RedeemedBody, unit};
use super::problem::ApiError;
use super::{Answer, ok, read, write, write_once};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::{DefaultBodyLimit, State};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::OrdersFilter;
use yuanlu_app::inputs::{ProductInput, StatementInput};
use yuanlu_app::views::{CaseSummary, CaseView, Listing, LoadedView, OrderRow, OrderView, ProductView, StockView};
use yuanlu_domain::ids::{CaseId, OrderId, ProductId};

/// Ten thousand codes with room to spare.
const CODES_MOST: usize = 2 * 1024 * 1024;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(load_codes))
        .layer(DefaultBodyLimit::max(CODES_MOST))
        .routes(routes!(list_own_products, create_product))
        .routes(routes!(load_own_product, change_product))
        .routes(routes!(stock))
        .routes(routes!(list_seller_orders))
        .routes(routes!(mark_credited))
        .routes(routes!(report_redemption))
        .routes(routes!(list_seller_cases))
        .routes(routes!(agree))
        .routes(routes!(contest))
}

/// My products, on sale or not.
#[utoipa::path(get, path = "/seller/products", tag = "seller", params(PageQuery),
    responses((status = 200, description = "One page of products.", body = Listing<ProductView>)))]
async fn list_own_products(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.list_own_products(&v.principal, &page))?)
}

/// Lists a new product.
#[utoipa::path(post, path = "/seller/products", tag = "seller", params(Key), request_body = ProductBody,
    responses((status = 201, description = "The product.", body = ProductView)))]
async fn create_product(State(s): State<AppState>, v: Visitor, key: Key, Body(body): Body<ProductBody>) -> Answer {
    let input = ProductInput::try_from(body)?;
    let product = write_once(&s, move |app| app.create_product(&v.principal, &input, key.get())).await?;
    product.created(&format!("/api/v1/seller/products/{}", product.value.id))
}

/// One of my products.
#[utoipa::path(get, path = "/seller/products/{product}", tag = "seller",
    params(("product" = String, Path, description = "Id of the product.")),
    responses((status = 200, description = "The product.", body = ProductView)))]
async fn load_own_product(State(s): State<AppState>, v: Visitor, At(product): At<ProductId>) -> Answer {
    ok(&read(&s, |app| app.load_own_product(&v.principal, &product))?)
}

/// Replaces a product's page by a new version. Orders keep the version they were placed on.
#[utoipa::path(put, path = "/seller/products/{product}", tag = "seller", request_body = ProductBody,
    params(("product" = String, Path, description = "Id of the product.")),
    responses((status = 200, description = "The new version.", body = ProductView)))]
async fn change_product(
    State(s): State<AppState>,
    v: Visitor,
    At(product): At<ProductId>,
    Body(body): Body<ProductBody>,
) -> Answer {
    let input = ProductInput::try_from(body)?;
    ok(&write(&s, move |app| app.save_product(&v.principal, Some(&product), &input)).await?)
}

/// Stock of a product.
#[utoipa::path(get, path = "/seller/products/{product}/stock", tag = "seller",
    params(("product" = String, Path, description = "Id of the product.")),
    responses((status = 200, description = "The counts.", body = StockView)))]
async fn stock(State(s): State<AppState>, v: Visitor, At(product): At<ProductId>) -> Answer {
    ok(&read(&s, |app| app.stock(&v.principal, &product))?)
}

/// Loads codes: one a line, or CSV whose first column is the code.
///
/// At most 10 000 lines. A code that is on the platform already is left out and its line named, so that sending a file
/// again loads nothing twice.
#[utoipa::path(post, path = "/seller/products/{product}/codes", tag = "seller",
    params(("product" = String, Path, description = "Id of the product.")),
    request_body(content((String = "text/plain"), (String = "text/csv"))),
    responses((status = 200, description = "What was loaded.", body = LoadedView)))]
async fn load_codes(State(s): State<AppState>, v: Visitor, At(product): At<ProductId>, body: TextBody) -> Answer {
    ok(&write(&s, move |app| app.load_codes(&v.principal, &product, &body.0)).await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OrdersQuery {
    /// `all` (the default) or `to_deliver`.
    filter: Option<String>,
}

/// Orders of my goods.
#[utoipa::path(get, path = "/seller/orders", tag = "seller", params(OrdersQuery, PageQuery),
    responses((status = 200, description = "One page of orders.", body = Listing<OrderRow>)))]
async fn list_seller_orders(
    State(s): State<AppState>,
    v: Visitor,
    Asked(query): Asked<OrdersQuery>,
    Paging(page): Paging,
) -> Answer {
    let filter = match query.filter.as_deref() {
        None | Some("all") => OrdersFilter::All,
        Some("to_deliver") => OrdersFilter::ToDeliver,
        Some(_) => return Err(ApiError::input("filter", "unknown")),
    };
    ok(&read(&s, |app| app.list_seller_orders(&v.principal, filter, &page))?)
}

/// Marks a top-up or membership as delivered, with the supplier's number.
#[utoipa::path(post, path = "/seller/orders/{order}/credited", tag = "seller", request_body = CreditedBody,
    params(("order" = String, Path, description = "Order number."), Key),
    responses((status = 200, description = "The order.", body = OrderView)))]
async fn mark_credited(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    key: Key,
    Body(input): Body<CreditedBody>,
) -> Answer {
    let unit = unit(input.unit)?;
    write_once(&s, move |app| app.mark_credited(&v.principal, &order, unit, &input.proof, key.get())).await?.ok()
}

/// Reports that a code was redeemed with its issuer.
#[utoipa::path(post, path = "/seller/orders/{order}/redeemed", tag = "seller", request_body = RedeemedBody,
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 200, description = "The order.", body = OrderView)))]
async fn report_redemption(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    Body(input): Body<RedeemedBody>,
) -> Answer {
    let unit = unit(input.unit)?;
    ok(&write(&s, move |app| app.report_redemption(&v.principal, &order, unit, &input.at)).await?)
}

/// Cases about my goods, answers due first.
#[utoipa::path(get, path = "/seller/cases", tag = "seller", params(PageQuery),
    responses((status = 200, description = "One page of cases.", body = Listing<CaseSummary>)))]
async fn list_seller_cases(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.list_seller_cases(&v.principal, &page))?)
}

/// Agrees to a refund.
#[utoipa::path(post, path = "/seller/cases/{case}/agree", tag = "seller",
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn agree(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>, key: Key, _: NoBody) -> Answer {
    write_once(&s, move |app| app.agree(&v.principal, &case, key.get())).await?.ok()
}

/// Contests a refund, with words and files.
#[utoipa::path(post, path = "/seller/cases/{case}/contest", tag = "seller", request_body = StatementInput,
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn contest(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    key: Key,
    Body(input): Body<StatementInput>,
) -> Answer {
    write_once(&s, move |app| app.contest(&v.principal, &case, &input, key.get())).await?.ok()
}
