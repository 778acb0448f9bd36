//! A buyer's orders: receiving, finding again.

use super::desk::of_own_shop;
use crate::AppState;
use crate::form::{Fields, fresh_key, own_path};
use crate::page::{Page, Web, go, go_and_say, html, html_with, said};
use crate::problem::WebError;
use crate::seen::saw;
use crate::visitor::{Visitor, with_session};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use yuanlu_app::Secret;
use yuanlu_app::views::{Listing, OfferView, OrderRow, OrderView, ThreadView, UnitView};
use yuanlu_app::{AppError, Principal, Viewed};
use yuanlu_domain::ids::OrderId;

/// Pages of orders.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/orders", get(list))
        .route("/o/{order}", get(order))
        .route("/o/{order}/reveal/{unit}", post(reveal))
        .route("/o/{order}/confirm", post(confirm))
        .route("/o/{order}/claim", post(claim))
        .route("/find", get(find).post(find_order))
}

#[derive(Template)]
#[template(path = "order/list.html")]
struct ListPage {
    p: Page,
    orders: Listing<OrderRow>,
}

async fn list(State(state): State<AppState>, visitor: Visitor, Query(cursor): Query<super::Cursor>) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let orders = state.run(move |app| app.list_orders(&who, &cursor.page())).await?;
    html(&ListPage { p: visitor.page(&state, "order.list"), orders })
}

/// A code that was just revealed.
struct Revealed {
    unit: u16,
    text: String,
}

#[derive(Template)]
#[template(path = "order/order.html")]
struct OrderPage {
    p: Page,
    o: OrderView,
    t: ThreadView,
    revealed: Option<Revealed>,
    key: String,
}

impl OrderPage {
    /// What revealing means for a refund, where it is the delivery.
    fn reveal_sentence(&self, unit: &UnitView) -> Option<String> {
        let line = self.o.lines.iter().find(|line| line.title == unit.title)?;
        (line.terms.delivery_event == "code_revealed").then(|| self.p.code("delivery_event", line.terms.delivery_event))
    }

    fn thread(&self) -> String {
        format!("/orders/{}/thread", self.o.order)
    }

    fn offer(&self) -> Option<&OfferView> {
        self.t.offers.iter().find(|offer| offer.answerable)
    }
}

pub(super) async fn load(state: &AppState, visitor: &Visitor, order: &str) -> Result<OrderView, WebError> {
    let (who, order) = (visitor.principal.clone(), OrderId::new(order));
    Ok(state.run(move |app| app.load_order(&who, &order)).await?)
}

/// Notices lead everybody here; a seller's page of the order is another.
async fn order(State(state): State<AppState>, visitor: Visitor, Path(order): Path<String>) -> Web {
    let (who, id) = (visitor.principal.clone(), OrderId::new(order.clone()));
    let (o, t) = state.run(move |app| Ok((app.load_order(&who, &id)?, app.thread(&who, &id)?))).await?;
    if of_own_shop(&visitor, &o).is_ok() {
        return Ok(go(&format!("/seller/orders/{order}")));
    }
    html(&OrderPage { p: visitor.page(&state, "order.title"), o, t, revealed: None, key: fresh_key() })
}

/// Shows the code in the answer itself: it never stands in an address, a redirect or a cache.
async fn reveal(State(state): State<AppState>, visitor: Visitor, Path((order, unit)): Path<(String, u16)>) -> Web {
    let viewed = order.clone();
    let (who, id) = (visitor.principal.clone(), OrderId::new(order));
    let (code, o, t) = state
        .run(move |app| {
            let code = app.reveal(&who, &id, unit)?;
            Ok((code, app.load_order(&who, &id)?, app.thread(&who, &id)?))
        })
        .await?;
    saw(&state, &visitor, Viewed::Code(OrderId::new(viewed), unit));
    let revealed = Some(Revealed { unit, text: code.expose().clone() });
    html(&OrderPage { p: visitor.page(&state, "order.title"), o, t, revealed, key: fresh_key() })
}

async fn confirm(State(state): State<AppState>, visitor: Visitor, Path(order): Path<String>, fields: Fields) -> Web {
    let units = units_of(&fields)?;
    let (who, id) = (visitor.principal.clone(), OrderId::new(order.clone()));
    state.run(move |app| app.confirm_receipt(&who, &id, &units)).await?;
    Ok(go_and_say(&format!("/o/{order}"), said("confirmed")))
}

/// The units ticked in a form.
pub(super) fn units_of(fields: &Fields) -> Result<Vec<u16>, AppError> {
    let numbers = fields.all("units").map(|text| text.parse());
    numbers.collect::<Result<_, _>>().map_err(|_| AppError::invalid("units", "unknown"))
}

async fn claim(State(state): State<AppState>, visitor: Visitor, Path(order): Path<String>, fields: Fields) -> Web {
    claim_order(&state, &visitor, &order, &fields).await?;
    Ok(go_and_say(&format!("/o/{order}"), said("claimed")))
}

async fn claim_order(state: &AppState, visitor: &Visitor, order: &str, fields: &Fields) -> Result<(), AppError> {
    let (who, origin, id) = (visitor.principal.clone(), visitor.origin.clone(), OrderId::new(order));
    let password = Secret::new(fields.raw("query_password").to_owned());
    state.run(move |app| app.claim_order(&who, &id, &password, &origin)).await.map(drop)
}

#[derive(Template)]
#[template(path = "order/find.html")]
struct FindPage {
    p: Page,
    f: Fields,
}

#[derive(Debug, Default, serde::Deserialize)]
struct FindQuery {
    #[serde(default)]
    order: String,
    #[serde(default)]
    then: String,
}

async fn find(State(state): State<AppState>, visitor: Visitor, Query(query): Query<FindQuery>) -> Web {
    let f = Fields::default().with("order", query.order).with("then", query.then);
    html(&FindPage { p: visitor.page(&state, "order.find.title"), f })
}

/// Opens a guest's order, or takes it into the account of whoever is signed in.
async fn find_order(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    let order = fields.text("order").to_uppercase();
    let then = fields.text("then").replace("{order}", &order);
    let done = if then.is_empty() { format!("/o/{order}") } else { own_path(&then).to_owned() };
    let outcome = if matches!(visitor.principal, Principal::Person(_)) {
        claim_order(&state, &visitor, &order, &fields).await.map(|()| go_and_say(&done, said("claimed")))
    } else {
        let (origin, id) = (visitor.origin.clone(), OrderId::new(order));
        let password = Secret::new(fields.raw("query_password").to_owned());
        let grant = state.run(move |app| app.guest_open(&id, &password, &origin)).await;
        grant.map(|grant| with_session(&state, grant.token.expose(), go(&done)))
    };
    match outcome {
        Ok(response) => Ok(response),
        Err(
            error @ (AppError::WrongCredentials | AppError::NotFound | AppError::Invalid { .. } | AppError::Refused(_)),
        ) => {
            // One answer for an unknown number and a wrong password.
            let error = if error == AppError::NotFound { AppError::WrongCredentials } else { error };
            let p = visitor.page(&state, "order.find.title").refused_as(&error, "order.find.wrong");
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &FindPage { p, f: fields })
        }
        Err(error) => Err(error.into()),
    }
}
