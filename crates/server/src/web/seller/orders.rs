//! Orders of a seller: what is to be delivered, and what was.

use crate::AppState;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Said, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done, of_own_shop};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::AppError;
use yuanlu_app::seller::OrdersFilter;
use yuanlu_app::views::{OrderRow, OrderView, ThreadView};
use yuanlu_domain::ids::OrderId;

#[derive(Template)]
#[template(path = "seller/orders.html")]
struct List {
    p: Page,
    orders: Vec<OrderRow>,
    next: Option<String>,
    to_deliver: bool,
}

/// `GET /seller/orders`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let to_deliver = ask.show.as_deref() == Some("deliver");
    let filter = if to_deliver { OrdersFilter::ToDeliver } else { OrdersFilter::All };
    let (who, page) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.list_seller_orders(&who, filter, &page)).await?;
    html(&List { p: visitor.page(&state, "seller.orders.title"), orders: found.items, next: found.next, to_deliver })
}

#[derive(Template)]
#[template(path = "seller/order.html")]
struct One {
    p: Page,
    o: OrderView,
    t: ThreadView,
    f: Fields,
    key: String,
}

impl One {
    fn thread(&self) -> String {
        format!("/seller/orders/{}/thread", self.o.order)
    }
}

/// `GET /seller/orders/{order}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(id): Path<OrderId>) -> Web {
    page(&state, &visitor, id, Fields::default(), None).await
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    id: OrderId,
    f: Fields,
    refused: Option<(AppError, StatusCode)>,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let (o, t) = state.run(move |app| Ok((app.load_order(&who, &id)?, app.thread(&who, &id)?))).await?;
    of_own_shop(visitor, &o)?;
    let p = visitor.page(state, "seller.order.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let one = One { p, o, t, f, key: fresh_key() };
    if code == StatusCode::OK { html(&one) } else { html_with(code, &one) }
}

/// `POST /seller/orders/{order}/credited`: a top-up or membership has arrived, with the supplier's number.
pub async fn credited(State(state): State<AppState>, visitor: Visitor, Path(id): Path<OrderId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let unit: u16 = f.number("unit")?;
    let (who, order, proof, key) =
        (visitor.principal.clone(), id.clone(), f.text("proof").to_owned(), f.optional("key"));
    let outcome = match proof.is_empty() {
        true => Err(AppError::invalid("proof", "required")),
        false => state.run(move |app| app.mark_credited(&who, &order, unit, &proof, key.as_deref())).await,
    };
    answer(&state, &visitor, id, f, outcome, said("delivered")).await
}

/// `POST /seller/orders/{order}/redeemed`: the issuer reports when a code was used.
pub async fn redeemed(State(state): State<AppState>, visitor: Visitor, Path(id): Path<OrderId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let unit: u16 = f.number("unit")?;
    let (who, order, at) = (visitor.principal.clone(), id.clone(), f.text("at").to_owned());
    let outcome = state.run(move |app| app.report_redemption(&who, &order, unit, &at)).await;
    answer(&state, &visitor, id, f, outcome, said("redeemed")).await
}

async fn answer(
    state: &AppState,
    visitor: &Visitor,
    id: OrderId,
    f: Fields,
    outcome: yuanlu_app::Result<OrderView>,
    said: Said,
) -> Web {
    match done(outcome, &format!("/seller/orders/{id}"), said) {
        Ok(answer) => answer,
        Err(refused) => page(state, visitor, id, f, Some(refused)).await,
    }
}
