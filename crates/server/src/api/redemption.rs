//! Redemption codes: batches, for finance, and the use of a code.

use super::extract::{At, Body, Key, NoBody, PageQuery, Paging};
use super::inputs::CodeBatchBody;
use super::{Answer, ok, read, write, write_once};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{CodeBatchInput, RedeemInput};
use yuanlu_app::views::{CodeBatchView, Listing, RedeemedView};
use yuanlu_domain::ids::DeskId;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(ask_code_batch))
        .routes(routes!(code_batches))
        .routes(routes!(approve_code_batch))
        .routes(routes!(take_codes))
        .routes(routes!(withdraw_code_batch))
        .routes(routes!(redeem_code))
}

/// Codes, in the one answer that has them.
#[derive(Serialize, ToSchema)]
struct TakenCodes {
    /// The codes.
    codes: Vec<String>,
}

/// Asks for a batch of redemption codes. What is worth much waits for a second person.
#[utoipa::path(post, path = "/staff/code-batches", tag = "staff", request_body = CodeBatchBody, params(Key),
    responses((status = 200, description = "The batch.", body = CodeBatchView)))]
async fn ask_code_batch(State(s): State<AppState>, v: Visitor, key: Key, Body(body): Body<CodeBatchBody>) -> Answer {
    let amount = body.amount.positive("amount")?;
    let input = CodeBatchInput { worth: body.worth, amount, quantity: body.quantity, last_day: body.last_day };
    write_once(&s, move |app| app.ask_code_batch(&v.principal, &input, key.get())).await?.ok()
}

/// Batches that wait or whose codes are out, and, after the last of them, those that are over.
#[utoipa::path(get, path = "/staff/code-batches", tag = "staff", params(PageQuery),
    responses((status = 200, description = "One page of batches.", body = Listing<CodeBatchView>)))]
async fn code_batches(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.code_batches(&v.principal, &page))?)
}

/// Agrees to a batch as a second person.
#[utoipa::path(post, path = "/staff/code-batches/{batch}/approve", tag = "staff",
    params(("batch" = String, Path, description = "Number of the batch.")),
    responses((status = 200, description = "The batch.", body = CodeBatchView)))]
async fn approve_code_batch(State(s): State<AppState>, v: Visitor, At(batch): At<DeskId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.approve_code_batch(&v.principal, &batch)).await?)
}

/// Makes the codes of a batch. They are answered this once and can never be read again.
#[utoipa::path(post, path = "/staff/code-batches/{batch}/codes", tag = "staff",
    params(("batch" = String, Path, description = "Number of the batch.")),
    responses((status = 200, description = "The codes.", body = TakenCodes)))]
async fn take_codes(State(s): State<AppState>, v: Visitor, At(batch): At<DeskId>, _: NoBody) -> Answer {
    let codes = write(&s, move |app| app.take_codes(&v.principal, &batch)).await?;
    let mut answer = ok(&TakenCodes { codes: codes.iter().map(|code| code.expose().clone()).collect() })?;
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// Withdraws whatever of a batch nobody has used.
#[utoipa::path(post, path = "/staff/code-batches/{batch}/withdraw", tag = "staff",
    params(("batch" = String, Path, description = "Number of the batch.")),
    responses((status = 200, description = "The batch.", body = CodeBatchView)))]
async fn withdraw_code_batch(State(s): State<AppState>, v: Visitor, At(batch): At<DeskId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.withdraw_code_batch(&v.principal, &batch)).await?)
}

/// Uses a redemption code: what it is worth goes into my wallet, once.
///
/// Refused as `code_unknown`, `code_used`, `code_expired` or `code_withdrawn`. Wrong codes are counted; after ten within
/// an hour the answer is 429.
#[utoipa::path(post, path = "/me/redemptions", tag = "account", request_body = RedeemInput, params(Key),
    responses((status = 200, description = "What it was worth.", body = RedeemedView)))]
async fn redeem_code(State(s): State<AppState>, v: Visitor, key: Key, Body(input): Body<RedeemInput>) -> Answer {
    write_once(&s, move |app| app.redeem_code(&v.principal, &input.code, key.get())).await?.ok()
}
