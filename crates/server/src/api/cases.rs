//! Refunds: forecast, application, tracking, and what the buyer can still do.

use super::extract::{At, Body, Key, NoBody, PageQuery, Paging};
use super::inputs::ApplyBody;
use super::{Answer, ok, read, write, write_once};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{ApplyInput, StatementInput};
use yuanlu_app::views::{CaseSummary, CaseView, ForecastView, Listing};
use yuanlu_domain::ids::{CaseId, OrderId};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(forecast))
        .routes(routes!(apply))
        .routes(routes!(list_cases))
        .routes(routes!(load_case))
        .routes(routes!(withdraw))
        .routes(routes!(give_material))
        .routes(routes!(ask_person))
        .routes(routes!(choose_balance))
        .routes(routes!(choose_voucher))
}

/// Says what the rules would answer to an application, and what it still lacks. Nothing is written.
#[utoipa::path(post, path = "/orders/{order}/forecast", tag = "cases", request_body = ApplyBody,
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 200, description = "The forecast.", body = ForecastView)))]
async fn forecast(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    Body(body): Body<ApplyBody>,
) -> Answer {
    let input = ApplyInput::try_from(body)?;
    ok(&write(&s, move |app| app.forecast(&v.principal, &order, &input)).await?)
}

/// Applies for a refund.
///
/// What the rules let the program decide is decided in the answer, with rule, facts and policy version.
#[utoipa::path(post, path = "/orders/{order}/cases", tag = "cases", request_body = ApplyBody,
    params(("order" = String, Path, description = "Order number."), Key),
    responses((status = 201, description = "The case.", body = CaseView)))]
async fn apply(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    key: Key,
    Body(body): Body<ApplyBody>,
) -> Answer {
    let input = ApplyInput::try_from(body)?;
    let case = write_once(&s, move |app| app.apply(&v.principal, &order, &input, key.get(), &v.origin)).await?;
    case.created(&format!("/api/v1/cases/{}", case.value.summary.case))
}

/// My refunds, newest first.
#[utoipa::path(get, path = "/cases", tag = "cases", params(PageQuery),
    responses((status = 200, description = "One page of cases.", body = Listing<CaseSummary>)))]
async fn list_cases(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.list_cases(&v.principal, &page))?)
}

/// Where a case stands: whose turn, until when, how much, by when, and its history.
#[utoipa::path(get, path = "/cases/{case}", tag = "cases",
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn load_case(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>) -> Answer {
    ok(&read(&s, |app| app.load_case(&v.principal, &case))?)
}

/// Withdraws an application.
#[utoipa::path(post, path = "/cases/{case}/withdraw", tag = "cases",
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn withdraw(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>, key: Key, _: NoBody) -> Answer {
    write_once(&s, move |app| app.withdraw(&v.principal, &case, key.get())).await?.ok()
}

/// Gives material that was asked for.
#[utoipa::path(post, path = "/cases/{case}/material", tag = "cases", request_body = StatementInput,
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn give_material(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    key: Key,
    Body(input): Body<StatementInput>,
) -> Answer {
    write_once(&s, move |app| app.give_material(&v.principal, &case, &input, key.get())).await?.ok()
}

/// Asks for a person to look at an automatic decision.
#[utoipa::path(post, path = "/cases/{case}/person", tag = "cases",
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn ask_person(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>, key: Key, _: NoBody) -> Answer {
    write_once(&s, move |app| app.ask_person(&v.principal, &case, key.get())).await?.ok()
}

/// Takes the refund as a voucher of equal value where the original route is closed.
#[utoipa::path(post, path = "/cases/{case}/voucher", tag = "cases",
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn choose_voucher(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>, key: Key, _: NoBody) -> Answer {
    write_once(&s, move |app| app.choose_voucher(&v.principal, &case, key.get())).await?.ok()
}

/// Takes the refund to balance where the original route is closed.
#[utoipa::path(post, path = "/cases/{case}/balance", tag = "cases",
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn choose_balance(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>, key: Key, _: NoBody) -> Answer {
    write_once(&s, move |app| app.choose_balance(&v.principal, &case, key.get())).await?.ok()
}
