//! Issuers that can be asked whether a code was used.

use super::extract::{At, Body, NoBody};
use super::{Answer, ok, read, write};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::AppError;
use yuanlu_app::inputs::CodeProbeInput;
use yuanlu_app::views::{CaseView, ProbeSettingView};
use yuanlu_domain::ids::{CaseId, ProductId};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(product_probe, set_product_probe, remove_product_probe))
        .routes(routes!(ask_issuers))
}

/// Where a product's issuer is asked whether a code was used.
#[utoipa::path(get, path = "/seller/products/{product}/probe", tag = "seller",
    params(("product" = String, Path, description = "Id of the product.")),
    responses((status = 200, description = "Address and key.", body = ProbeSettingView)))]
async fn product_probe(State(s): State<AppState>, v: Visitor, At(product): At<ProductId>) -> Answer {
    ok(&read(&s, |app| app.product_probe(&v.principal, &product)?.ok_or(AppError::NotFound))?)
}

/// Sets where a product's issuer is asked: on a host that the operator approved.
#[utoipa::path(put, path = "/seller/products/{product}/probe", tag = "seller", request_body = CodeProbeInput,
    params(("product" = String, Path, description = "Id of the product.")),
    responses((status = 200, description = "Address and key.", body = ProbeSettingView)))]
async fn set_product_probe(
    State(s): State<AppState>,
    v: Visitor,
    At(product): At<ProductId>,
    Body(input): Body<CodeProbeInput>,
) -> Answer {
    let set = write(&s, move |app| {
        app.set_product_probe(&v.principal, &product, &input)?;
        app.product_probe(&v.principal, &product)?.ok_or(AppError::NotFound)
    });
    ok(&set.await?)
}

/// Has a product's issuer asked no more.
#[utoipa::path(delete, path = "/seller/products/{product}/probe", tag = "seller",
    params(("product" = String, Path, description = "Id of the product.")),
    responses((status = 204, description = "It is asked no more.")))]
async fn remove_product_probe(State(s): State<AppState>, v: Visitor, At(product): At<ProductId>, _: NoBody) -> Answer {
    write(&s, move |app| app.remove_product_probe(&v.principal, &product)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Has the issuers of a case's codes asked whether they were used.
#[utoipa::path(post, path = "/staff/cases/{case}/issuers", tag = "staff",
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn ask_issuers(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.ask_issuers(&v.principal, &case)).await?)
}
