//! Where money goes when the original road is closed, and whether it arrived.

use super::extract::{At, Body, Key, NoBody};
use super::{Answer, ok, read, write, write_once};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{AccountInput, RouteInput};
use yuanlu_app::views::{AccountView, CaseView, PayoutView};
use yuanlu_domain::ids::{CaseId, OrderId};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(name_account))
        .routes(routes!(name_card))
        .routes(routes!(doubt_arrival))
        .routes(routes!(load_payout))
        .routes(routes!(act_on_route))
        .routes(routes!(reveal_account))
}

/// Names another account where the original one is closed.
///
/// With a proof of closure among the evidence. Finance checks the name, another person pays.
#[utoipa::path(post, path = "/cases/{case}/account", tag = "cases", request_body = AccountInput,
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn name_account(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    key: Key,
    Body(input): Body<AccountInput>,
) -> Answer {
    write_once(&s, move |app| app.name_account(&v.principal, &case, &input, key.get())).await?.ok()
}

/// Names a bank card for a refund that is abnormal at the channel.
#[utoipa::path(post, path = "/cases/{case}/payouts/{payout}/card", tag = "cases", request_body = AccountInput,
    params(("case" = String, Path, description = "Case number."), ("payout" = u16, Path, description = "Its ordinal."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn name_card(
    State(s): State<AppState>,
    v: Visitor,
    At((case, payout)): At<(CaseId, u16)>,
    key: Key,
    Body(input): Body<AccountInput>,
) -> Answer {
    write_once(&s, move |app| app.name_card(&v.principal, &case, payout, &input, key.get())).await?.ok()
}

/// Says that a refund has not arrived.
///
/// Within the time it may take the answer says until when to wait; after that it is looked for.
#[utoipa::path(post, path = "/cases/{case}/payouts/{payout}/doubt", tag = "cases",
    params(("case" = String, Path, description = "Case number."), ("payout" = u16, Path, description = "Its ordinal."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn doubt_arrival(
    State(s): State<AppState>,
    v: Visitor,
    At((case, payout)): At<(CaseId, u16)>,
    key: Key,
    _: NoBody,
) -> Answer {
    write_once(&s, move |app| app.doubt_arrival(&v.principal, &case, payout, key.get())).await?.ok()
}

/// A payout as finance sees it.
#[utoipa::path(get, path = "/staff/orders/{order}/payouts/{payout}", tag = "staff",
    params(("order" = String, Path, description = "Order number."), ("payout" = u16, Path, description = "Its ordinal.")),
    responses((status = 200, description = "The payout.", body = PayoutView)))]
async fn load_payout(State(s): State<AppState>, v: Visitor, At((order, payout)): At<(OrderId, u16)>) -> Answer {
    ok(&read(&s, |app| app.load_payout(&v.principal, &order, payout))?)
}

/// Does something about the road of a payout; `actions` of the payout says what is possible.
#[utoipa::path(post, path = "/staff/orders/{order}/payouts/{payout}/route", tag = "staff", request_body = RouteInput,
    params(("order" = String, Path, description = "Order number."), ("payout" = u16, Path, description = "Its ordinal."), Key),
    responses((status = 200, description = "The payout.", body = PayoutView)))]
async fn act_on_route(
    State(s): State<AppState>,
    v: Visitor,
    At((order, payout)): At<(OrderId, u16)>,
    key: Key,
    Body(input): Body<RouteInput>,
) -> Answer {
    write_once(&s, move |app| app.act_on_route(&v.principal, &order, payout, &input, key.get())).await?.ok()
}

/// The account a payout goes to, unmasked. Who looked stands in the audit log.
#[utoipa::path(post, path = "/staff/orders/{order}/payouts/{payout}/account", tag = "staff",
    params(("order" = String, Path, description = "Order number."), ("payout" = u16, Path, description = "Its ordinal.")),
    responses((status = 200, description = "The account.", body = AccountView)))]
async fn reveal_account(
    State(s): State<AppState>,
    v: Visitor,
    At((order, payout)): At<(OrderId, u16)>,
    _: NoBody,
) -> Answer {
    ok(&write(&s, move |app| app.reveal_account(&v.principal, &order, payout)).await?)
}
