//! Where a product's issuer is asked whether a code was used.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Web, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::done;
use crate::web::seller::products;
use axum::extract::{Path, State};
use yuanlu_app::inputs::CodeProbeInput;
use yuanlu_domain::ids::ProductId;

/// `POST /seller/products/{id}/probe`: sets the address and the key, or has nobody asked any more.
pub async fn set(State(state): State<AppState>, visitor: Visitor, Path(id): Path<ProductId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, product) = (visitor.principal.clone(), id.clone());
    let input = CodeProbeInput { url: f.text("url").to_owned(), issuer_key: f.text("issuer_key").to_owned() };
    let remove = f.ticked("remove");
    let outcome = state
        .run(move |app| match remove {
            true => app.remove_product_probe(&who, &product),
            false => app.set_product_probe(&who, &product, &input),
        })
        .await;
    match done(outcome, &format!("/seller/products/{id}"), said("saved")) {
        Ok(answer) => answer,
        Err((error, status)) => {
            let page = visitor.page(&state, "seller.product.edit").refused(&error);
            html_with(status, &products::with_probe(&state, &visitor, page, &id, f).await?)
        }
    }
}
