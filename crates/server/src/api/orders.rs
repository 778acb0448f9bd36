//! Buying: placing, paying, revealing, confirming, claiming.

use super::extract::{At, Body, Key, PageQuery, Paging};
use super::inputs::{PayBody, PlaceBody, QueryPasswordBody, UnitBody, UnitsBody, unit};
use super::outputs::{CodeView, GrantView, PaymentLinkView, PlacedView};
use super::problem::ApiError;
use super::{Answer, Once, created, ok, read, write, write_once};
use crate::AppState;
use crate::seen::saw;
use crate::visitor::Visitor;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::PlaceInput;
use yuanlu_app::views::{Listing, OrderRow, OrderView, PaymentToMake};
use yuanlu_app::{App, AppError, Principal, Viewed};
use yuanlu_channels::callback::{PaymentOp, Scene};
use yuanlu_domain::ids::{ChannelId, ChannelNumber, OrderId};
use yuanlu_money::{Currency, Money};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(place_order, list_orders))
        .routes(routes!(load_order))
        .routes(routes!(open_access))
        .routes(routes!(pay_order))
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
    let channel = input.channel.map(ChannelId::new);
    let opened = write_once(&s, move |app| app.open_payment(&v.principal, &order, channel.as_ref(), key.get())).await?;
    let cashier_url = cashier_url(&s, &opened.value)?;
    Once { value: PaymentLinkView { payment: opened.value, cashier_url }, replayed: opened.replayed }.ok()
}

fn cashier_url(s: &AppState, payment: &PaymentToMake) -> Result<String, ApiError> {
    let entrance = s.entrances.get(&ChannelId::new(&*payment.channel)).ok_or(AppError::Unavailable)?;
    let currency = Currency::parse(payment.amount.currency).map_err(|_| AppError::Unavailable)?;
    let op = PaymentOp {
        no: ChannelNumber::new(&*payment.no),
        amount: Money::new(payment.amount.minor, currency),
        subject: payment.order.clone(),
        return_url: format!("{}/o/{}", s.config.public_url, payment.order),
        pay_until: payment.pay_until.0,
        since: payment.since.0,
        scene: Scene::Page,
        payer_ip: String::new(),
    };
    entrance.cashier(&op, s.app.now()).link().ok_or(ApiError::from(AppError::Unavailable))
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
