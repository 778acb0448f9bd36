//! Reviews of goods and of the refund service.

use super::extract::{Asked, At, Body, Key, PageQuery, Paging};
use super::inputs::WordsBody;
use super::{Answer, ok, read, write, write_once};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{HideReviewInput, JudgeReviewInput, ReviewInput};
use yuanlu_app::views::{Listing, ReviewView, ReviewsView};
use yuanlu_domain::ids::{CaseId, DeskId, OrderId, ProductId, SellerId};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(review_goods))
        .routes(routes!(review_service))
        .routes(routes!(load_review))
        .routes(routes!(reply_to_review))
        .routes(routes!(appeal_review))
        .routes(routes!(product_reviews))
        .routes(routes!(seller_reviews))
        .routes(routes!(service_reviews))
        .routes(routes!(review_desk))
        .routes(routes!(hide_review))
        .routes(routes!(judge_review))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReviewQuery {
    /// Those that are hidden, with the reason in place of what they say.
    #[serde(default)]
    hidden: bool,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DeskQuery {
    /// All reviews that wait for nobody, newest first, in place of the appeals that do.
    #[serde(default)]
    over: bool,
}

/// Reviews the goods of an order, once: when it was settled, or every case of it has ended.
///
/// Codes of the order, telephone numbers, accounts, addresses and links in the words are masked.
#[utoipa::path(post, path = "/orders/{order}/review", tag = "orders", request_body = ReviewInput,
    params(("order" = String, Path, description = "Order number."), Key),
    responses((status = 200, description = "The review.", body = ReviewView)))]
async fn review_goods(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    key: Key,
    Body(input): Body<ReviewInput>,
) -> Answer {
    write_once(&s, move |app| app.review_goods(&v.principal, &order, &input, key.get())).await?.ok()
}

/// Reviews how a case was handled, once, when it has ended.
#[utoipa::path(post, path = "/cases/{case}/review", tag = "cases", request_body = ReviewInput,
    params(("case" = String, Path, description = "Number of the case."), Key),
    responses((status = 200, description = "The review.", body = ReviewView)))]
async fn review_service(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    key: Key,
    Body(input): Body<ReviewInput>,
) -> Answer {
    write_once(&s, move |app| app.review_service(&v.principal, &case, &input, key.get())).await?.ok()
}

/// A review. Of a hidden one, only its writer, its seller and staff see what it says; everybody sees why it is hidden.
#[utoipa::path(get, path = "/reviews/{review}", tag = "public", security(()),
    params(("review" = String, Path, description = "Number of the review.")),
    responses((status = 200, description = "The review.", body = ReviewView)))]
async fn load_review(State(s): State<AppState>, v: Visitor, At(review): At<DeskId>) -> Answer {
    ok(&read(&s, |app| app.load_review(&v.principal, &review))?)
}

/// The seller answers a review of his goods, once.
#[utoipa::path(post, path = "/reviews/{review}/reply", tag = "seller", request_body = WordsBody,
    params(("review" = String, Path, description = "Number of the review.")),
    responses((status = 200, description = "The review.", body = ReviewView)))]
async fn reply_to_review(
    State(s): State<AppState>,
    v: Visitor,
    At(review): At<DeskId>,
    Body(input): Body<WordsBody>,
) -> Answer {
    ok(&write(&s, move |app| app.reply_to_review(&v.principal, &review, &input.words)).await?)
}

/// The writer of a hidden review appeals, once. Somebody else looks; if nobody does in time, it is shown again.
#[utoipa::path(post, path = "/reviews/{review}/appeal", tag = "orders", request_body = WordsBody,
    params(("review" = String, Path, description = "Number of the review.")),
    responses((status = 200, description = "The review.", body = ReviewView)))]
async fn appeal_review(
    State(s): State<AppState>,
    v: Visitor,
    At(review): At<DeskId>,
    Body(input): Body<WordsBody>,
) -> Answer {
    ok(&write(&s, move |app| app.appeal_review(&v.principal, &review, &input.words)).await?)
}

/// Reviews of a product, newest first, with what people gave.
#[utoipa::path(get, path = "/products/{product}/reviews", tag = "public", security(()),
    params(("product" = String, Path, description = "Id of the product."), ReviewQuery, PageQuery),
    responses((status = 200, description = "One page of reviews.", body = ReviewsView)))]
async fn product_reviews(
    State(s): State<AppState>,
    v: Visitor,
    At(product): At<ProductId>,
    Asked(query): Asked<ReviewQuery>,
    Paging(page): Paging,
) -> Answer {
    ok(&read(&s, |app| app.product_reviews(&v.principal, &product, query.hidden, &page))?)
}

/// Reviews of all goods of a seller, newest first, with what people gave.
#[utoipa::path(get, path = "/sellers/{seller}/reviews", tag = "public", security(()),
    params(("seller" = String, Path, description = "Id of the seller."), ReviewQuery, PageQuery),
    responses((status = 200, description = "One page of reviews.", body = ReviewsView)))]
async fn seller_reviews(
    State(s): State<AppState>,
    v: Visitor,
    At(seller): At<SellerId>,
    Asked(query): Asked<ReviewQuery>,
    Paging(page): Paging,
) -> Answer {
    ok(&read(&s, |app| app.seller_reviews(&v.principal, &seller, query.hidden, &page))?)
}

/// Reviews of the refund service by people who had a case, newest first, with what they gave.
#[utoipa::path(get, path = "/reviews", tag = "public", security(()), params(ReviewQuery, PageQuery),
    responses((status = 200, description = "One page of reviews.", body = ReviewsView)))]
async fn service_reviews(
    State(s): State<AppState>,
    v: Visitor,
    Asked(query): Asked<ReviewQuery>,
    Paging(page): Paging,
) -> Answer {
    ok(&read(&s, |app| app.service_reviews(&v.principal, query.hidden, &page))?)
}

/// Appeals of writers whose reviews were hidden, the most urgent first.
#[utoipa::path(get, path = "/staff/reviews", tag = "staff", params(DeskQuery, PageQuery),
    responses((status = 200, description = "One page of reviews.", body = Listing<ReviewView>)))]
async fn review_desk(
    State(s): State<AppState>,
    v: Visitor,
    Asked(query): Asked<DeskQuery>,
    Paging(page): Paging,
) -> Answer {
    ok(&read(&s, |app| app.review_desk(&v.principal, query.over, &page))?)
}

/// Hides a review, for a reason that everybody sees.
#[utoipa::path(post, path = "/staff/reviews/{review}/hide", tag = "staff", request_body = HideReviewInput,
    params(("review" = String, Path, description = "Number of the review.")),
    responses((status = 200, description = "The review.", body = ReviewView)))]
async fn hide_review(
    State(s): State<AppState>,
    v: Visitor,
    At(review): At<DeskId>,
    Body(input): Body<HideReviewInput>,
) -> Answer {
    ok(&write(&s, move |app| app.hide_review(&v.principal, &review, &input)).await?)
}

/// Shows a hidden review again; or, on appeal and by somebody else than whoever hid it, keeps it hidden.
#[utoipa::path(post, path = "/staff/reviews/{review}/judge", tag = "staff", request_body = JudgeReviewInput,
    params(("review" = String, Path, description = "Number of the review.")),
    responses((status = 200, description = "The review.", body = ReviewView)))]
async fn judge_review(
    State(s): State<AppState>,
    v: Visitor,
    At(review): At<DeskId>,
    Body(input): Body<JudgeReviewInput>,
) -> Answer {
    ok(&write(&s, move |app| app.judge_review(&v.principal, &review, &input)).await?)
}
