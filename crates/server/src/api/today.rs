//! What people who work here have before them today: a seller's rules, bulk answers and stock; a judge's workload and the
//! sentences that stand ready for him.

use super::extract::{At, Body, Key, NoBody};
use super::{Answer, nothing, ok, read, write, write_once};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{BulkAnswerInput, SellerRuleInput};
use yuanlu_app::views::{BulkAnswer, LowStockView, SellerRuleView, SetUpStep, Workload};
use yuanlu_app::{App, PreparedReason};
use yuanlu_domain::ids::ProductId;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(seller_rules, add_seller_rule))
        .routes(routes!(end_seller_rule))
        .routes(routes!(answer_many))
        .routes(routes!(low_stock))
        .routes(routes!(set_stock_threshold))
        .routes(routes!(set_up_steps))
        .routes(routes!(workload))
        .routes(routes!(prepared_reasons, set_prepared_reasons))
}

/// Rules by which my shop agrees by itself, newest first.
#[utoipa::path(get, path = "/seller/rules", tag = "seller",
    responses((status = 200, description = "The rules.", body = Vec<SellerRuleView>)))]
async fn seller_rules(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.seller_rules(&v.principal))?)
}

/// Makes a rule: what fits it is agreed to as soon as it is the shop's turn.
#[utoipa::path(post, path = "/seller/rules", tag = "seller", request_body = SellerRuleInput,
    responses((status = 200, description = "The rules.", body = Vec<SellerRuleView>)))]
async fn add_seller_rule(State(s): State<AppState>, v: Visitor, Body(input): Body<SellerRuleInput>) -> Answer {
    ok(&write(&s, move |app| app.add_seller_rule(&v.principal, &input)).await?)
}

/// Ends a rule. What it agreed to stays agreed.
#[utoipa::path(post, path = "/seller/rules/{rule}/end", tag = "seller",
    params(("rule" = String, Path, description = "Id of the rule.")),
    responses((status = 200, description = "The rules.", body = Vec<SellerRuleView>)))]
async fn end_seller_rule(State(s): State<AppState>, v: Visitor, At(rule): At<String>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.end_seller_rule(&v.principal, &rule)).await?)
}

/// Answers many cases alike. Each is answered for itself; those that fail say why.
#[utoipa::path(post, path = "/seller/answers", tag = "seller", request_body = BulkAnswerInput, params(Key),
    responses((status = 200, description = "What came of each.", body = Vec<BulkAnswer>)))]
async fn answer_many(State(s): State<AppState>, v: Visitor, key: Key, Body(input): Body<BulkAnswerInput>) -> Answer {
    write_once(&s, move |app| app.answer_many(&v.principal, &input, key.get())).await?.ok()
}

/// My products that run low, the fewest codes first.
#[utoipa::path(get, path = "/seller/low-stock", tag = "seller",
    responses((status = 200, description = "The products.", body = Vec<LowStockView>)))]
async fn low_stock(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.low_stock(&v.principal))?)
}

/// From how few codes on a seller is told.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ThresholdBody {
    /// So many; zero for never.
    pub least: u32,
}

/// Sets from how few codes on a product counts as running low.
#[utoipa::path(put, path = "/seller/products/{product}/threshold", tag = "seller", request_body = ThresholdBody,
    params(("product" = String, Path, description = "Product id.")),
    responses((status = 204, description = "Set.")))]
async fn set_stock_threshold(
    State(s): State<AppState>,
    v: Visitor,
    At(product): At<ProductId>,
    Body(input): Body<ThresholdBody>,
) -> Answer {
    write(&s, move |app| app.set_stock_threshold(&v.principal, &product, input.least)).await?;
    nothing()
}

/// What my shop needs before it can sell and be paid.
#[utoipa::path(get, path = "/seller/set-up", tag = "seller",
    responses((status = 200, description = "The steps.", body = Vec<SetUpStep>)))]
async fn set_up_steps(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.set_up_steps(&v.principal))?)
}

/// What lies on the desks of judges, and what I decided today.
#[utoipa::path(get, path = "/staff/workload", tag = "staff",
    responses((status = 200, description = "The workload.", body = Workload)))]
async fn workload(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.workload(&v.principal))?)
}

/// Sentences for decisions that stand ready.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonsBody {
    /// Each for one code, in both languages.
    pub reasons: Vec<PreparedReason>,
}

/// Sentences for decisions that stand ready.
#[utoipa::path(get, path = "/prepared-reasons", tag = "public", security(()),
    responses((status = 200, description = "The sentences.", body = ReasonsBody)))]
async fn prepared_reasons(State(s): State<AppState>) -> Answer {
    ok(&ReasonsBody { reasons: read(&s, App::prepared_reasons)? })
}

/// Replaces them.
#[utoipa::path(put, path = "/prepared-reasons", tag = "staff", request_body = ReasonsBody,
    responses((status = 204, description = "Changed.")))]
async fn set_prepared_reasons(State(s): State<AppState>, v: Visitor, Body(input): Body<ReasonsBody>) -> Answer {
    write(&s, move |app| app.set_prepared_reasons(&v.principal, &input.reasons)).await?;
    nothing()
}
