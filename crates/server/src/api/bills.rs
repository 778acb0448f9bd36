//! Reconciliation: days of bills and exceptions, for finance.

use super::extract::{At, Body, NoBody, PageQuery, Paging};
use super::{Answer, nothing, ok, read, write};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{CloseUnmatchedInput, SettleInput};
use yuanlu_app::views::{BillDayView, BillView, ExceptionSummary, ExceptionView, Listing, UnmatchedView};
use yuanlu_domain::ids::DeskId;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(bill_days))
        .routes(routes!(bill))
        .routes(routes!(exceptions))
        .routes(routes!(settled_exceptions))
        .routes(routes!(exception))
        .routes(routes!(claim_exception))
        .routes(routes!(settle_exception))
        .routes(routes!(list_unmatched))
        .routes(routes!(close_unmatched))
}

/// The last days of every channel, with those whose bill is missing.
#[utoipa::path(get, path = "/staff/bills", tag = "staff",
    responses((status = 200, description = "Days, the newest first.", body = Vec<BillDayView>)))]
async fn bill_days(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.bill_days(&v.principal))?)
}

/// A bill with its differences, and where the books stand.
#[utoipa::path(get, path = "/staff/bills/{bill}", tag = "staff",
    params(("bill" = i64, Path, description = "Its number.")),
    responses((status = 200, description = "The bill.", body = BillView)))]
async fn bill(State(s): State<AppState>, v: Visitor, At(id): At<i64>) -> Answer {
    ok(&read(&s, |app| app.bill(&v.principal, id))?)
}

/// Exceptions that wait, due first.
#[utoipa::path(get, path = "/staff/exceptions", tag = "staff", params(PageQuery),
    responses((status = 200, description = "One page of exceptions.", body = Listing<ExceptionSummary>)))]
async fn exceptions(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.exceptions(&v.principal, false, &page))?)
}

/// Exceptions that are settled, newest first.
#[utoipa::path(get, path = "/staff/exceptions/settled", tag = "staff", params(PageQuery),
    responses((status = 200, description = "One page of exceptions.", body = Listing<ExceptionSummary>)))]
async fn settled_exceptions(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.exceptions(&v.principal, true, &page))?)
}

/// An exception: both sides, and what can be done.
#[utoipa::path(get, path = "/staff/exceptions/{exception}", tag = "staff",
    params(("exception" = String, Path, description = "Its number.")),
    responses((status = 200, description = "The exception.", body = ExceptionView)))]
async fn exception(State(s): State<AppState>, v: Visitor, At(id): At<DeskId>) -> Answer {
    ok(&read(&s, |app| app.exception(&v.principal, &id))?)
}

/// Takes an exception.
#[utoipa::path(post, path = "/staff/exceptions/{exception}/claim", tag = "staff",
    params(("exception" = String, Path, description = "Its number.")),
    responses((status = 200, description = "The exception.", body = ExceptionView)))]
async fn claim_exception(State(s): State<AppState>, v: Visitor, At(id): At<DeskId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.claim_exception(&v.principal, &id)).await?)
}

/// Settles an exception, in one of the ways it offers.
#[utoipa::path(post, path = "/staff/exceptions/{exception}/settle", tag = "staff", request_body = SettleInput,
    params(("exception" = String, Path, description = "Its number.")),
    responses((status = 200, description = "The exception.", body = ExceptionView)))]
async fn settle_exception(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<DeskId>,
    Body(input): Body<SettleInput>,
) -> Answer {
    ok(&write(&s, move |app| app.settle_exception(&v.principal, &id, &input)).await?)
}

/// What channels said that fits nothing.
#[utoipa::path(get, path = "/staff/unmatched", tag = "staff",
    responses((status = 200, description = "The oldest first.", body = Vec<UnmatchedView>)))]
async fn list_unmatched(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.unmatched(&v.principal))?)
}

/// Closes something unmatched that was looked into.
#[utoipa::path(post, path = "/staff/unmatched/{unmatched}/close", tag = "staff", request_body = CloseUnmatchedInput,
    params(("unmatched" = String, Path, description = "Its id.")),
    responses((status = 204, description = "Closed.")))]
async fn close_unmatched(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<String>,
    Body(input): Body<CloseUnmatchedInput>,
) -> Answer {
    write(&s, move |app| app.close_unmatched(&v.principal, &id, &input)).await?;
    nothing()
}
