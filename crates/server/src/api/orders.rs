//! Buying: placing, paying, revealing, confirming, claiming.

use super::extract::{At, Body, Key, PageQuery, Paging};
use super::inputs::{PayBody, PlaceBody, QueryPasswordBody, UnitBody, UnitsBody, unit};
use super::outputs::{CodeView, GrantView, PaymentLinkView, PlacedView};
use super::problem::ApiError;
use super::{Answer, Once, created, ok, read, write, write_once};
use crate::AppState;
use crate::cashier::{Paying, ToPay};
use crate::seen::saw;
use crate::visitor::Visitor;
use axum::extract::{Query, State};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::PlaceInput;
use yuanlu_app::views::{CashierView, Listing, OrderRow, OrderView};
use yuanlu_app::{App, AppError, Principal, Viewed};
use yuanlu_channels::callback::Scene;
use yuanlu_domain::ids::{ChannelId, OrderId};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(place_order, list_orders))
        .routes(routes!(load_order))
        .routes(routes!(open_access))
        .routes(routes!(pay_order))
        .routes(routes!(load_cashier))
        .routes(routes!(reveal_code))
        .routes(routes!(confirm_receipt))
        .routes(routes!(claim_order))
}

/// Places an order.
///
/// With `tender` `balance` it is paid at once; with a channel's id, go on with `POST /orders/{order}/pay`. Without an
/// account, send `guest`; the answer then holds a token that opens this order and nothing else.
#[utoipa::path(post, path = "/orders", tag = "orders", security((), ("bearer" = []), ("session" = [])),
    params(Key), request_body = PlaceBody,
    responses((status = 201, description = "The order.", body = PlacedView)))]
async fn place_order(State(s): State<AppState>, v: Visitor, key: Key, Body(body): Body<PlaceBody>) -> Answer {
    let input = PlaceInput::try_from(body)?;
    let call = move |app: &App| match &v.principal {
        Principal::Person(_) | Principal::Program => {
            let order = app.place_order(&v.principal, &input, key.get(), &v.origin)?;
            Ok(PlacedView { order, access: None })
        }
        Principal::Anonymous | Principal::Guest(_) => {
            let (order, grant) = app.place_order_as_guest(&input, key.get(), &v.origin)?;
            Ok(PlacedView { order, access: Some((&grant).into()) })
        }
    };
    let placed: Once<PlacedView> = write_once(&s, call).await?;
    placed.created(&format!("/api/v1/orders/{}", placed.value.order.order))
}

/// My orders, newest first.
#[utoipa::path(get, path = "/orders", tag = "orders", params(PageQuery),
    responses((status = 200, description = "One page of orders.", body = Listing<OrderRow>)))]
async fn list_orders(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.list_orders(&v.principal, &page))?)
}

/// An order: its buyer, its seller and staff may see it.
#[utoipa::path(get, path = "/orders/{order}", tag = "orders",
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 200, description = "The order.", body = OrderView)))]
async fn load_order(State(s): State<AppState>, v: Visitor, At(order): At<OrderId>) -> Answer {
    ok(&read(&s, |app| app.load_order(&v.principal, &order))?)
}

/// Opens a guest's order with its query password.
///
/// Unknown orders and wrong passwords are answered alike. The token opens this order and nothing else.
#[utoipa::path(post, path = "/orders/{order}/access", tag = "orders", security(()), request_body = QueryPasswordBody,
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 201, description = "Access to the order.", body = GrantView)))]
async fn open_access(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    Body(input): Body<QueryPasswordBody>,
) -> Answer {
    let location = format!("/api/v1/orders/{}", crate::form::encode(order.as_str()));
    let grant = write(&s, move |app| app.guest_open(&order, &input.query_password, &v.origin)).await?;
    created(&location, &GrantView::from(&grant))
}

/// Opens a payment at a channel.
///
/// Some channels must be asked first how the payer gets to their cashier; then `cashier.state` is `asked`, and
/// `GET /orders/{order}/cashier` has the answer a moment later. Opened again, the payment keeps its number.
#[utoipa::path(post, path = "/orders/{order}/pay", tag = "orders", request_body = PayBody,
    params(("order" = String, Path, description = "Order number."), Key),
    responses((status = 200, description = "Where to send the payer.", body = PaymentLinkView)))]
async fn pay_order(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    key: Key,
    Body(input): Body<PayBody>,
) -> Answer {
    let scene = match input.scene.as_deref() {
        None => Scene::Page,
        Some(code) => Scene::parse(code).ok_or(ApiError::input("scene", "unknown"))?,
    };
    let (channel, way) = (input.channel.map(ChannelId::new), Paying::new(&s, &v));
    let opened = write_once(&s, move |app| {
        let payment = app.open_payment(&v.principal, &order, channel.as_ref(), key.get())?;
        let cashier = way.cashier(app, &ToPay::order(&way, &payment)?, scene, true)?;
        Ok(PaymentLinkView { payment, cashier_url: cashier.url.clone(), cashier })
    });
    opened.await?.ok()
}

/// How the payer of an open payment gets to the channel's cashier.
///
/// Answers 404 where no payment is open at that channel. An answer that has expired is asked for anew.
#[utoipa::path(get, path = "/orders/{order}/cashier", tag = "orders",
    params(("order" = String, Path, description = "Order number."), ChannelQuery),
    responses((status = 200, description = "The way to the cashier.", body = CashierView)))]
async fn load_cashier(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    Query(query): Query<ChannelQuery>,
) -> Answer {
    let way = Paying::new(&s, &v);
    let cashier = write(&s, move |app| {
        let view = app.load_order(&v.principal, &order)?;
        let payment = crate::cashier::open_payment(&view, query.channel.as_deref()).ok_or(AppError::NotFound)?;
        way.cashier(app, &ToPay::of_order(&way, &view, payment)?, Scene::Page, false)
    });
    ok(&cashier.await?)
}

/// Which of several open payments.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ChannelQuery {
    /// The channel; absent: the one chosen last.
    channel: Option<String>,
}

/// Reveals the code of a unit. From then on it counts as received.
#[utoipa::path(post, path = "/orders/{order}/reveal", tag = "orders", request_body = UnitBody,
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 200, description = "The code.", body = CodeView)))]
async fn reveal_code(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    Body(input): Body<UnitBody>,
) -> Answer {
    let unit = unit(input.unit)?;
    let (who, id) = (v.principal.clone(), order.clone());
    let code = write(&s, move |app| app.reveal(&who, &id, unit)).await?;
    saw(&s, &v, Viewed::Code(order, unit));
    ok(&CodeView { unit, code: code.expose().clone() })
}

/// Confirms receipt of units.
#[utoipa::path(post, path = "/orders/{order}/confirm", tag = "orders", request_body = UnitsBody,
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 200, description = "The order.", body = OrderView)))]
async fn confirm_receipt(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    Body(input): Body<UnitsBody>,
) -> Answer {
    if input.units.is_empty() {
        return Err(ApiError::input("units", "required"));
    }
    ok(&write(&s, move |app| app.confirm_receipt(&v.principal, &order, &input.units)).await?)
}

/// Takes a guest's order into my account.
#[utoipa::path(post, path = "/orders/{order}/claim", tag = "orders", request_body = QueryPasswordBody,
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 200, description = "The order.", body = OrderView)))]
async fn claim_order(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    Body(input): Body<QueryPasswordBody>,
) -> Answer {
    ok(&write(&s, move |app| app.claim_order(&v.principal, &order, &input.query_password, &v.origin)).await?)
}
