//! What the platform publishes about itself: figures, the ranking of sellers, who runs it, its agreements. And the
//! check-list of a first run.

use super::extract::{Asked, At, Body, NoBody, PageQuery, Paging};
use super::{Answer, ok, read, write};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::App;
use yuanlu_app::inputs::AgreementInput;
use yuanlu_app::views::{
    AgreementView, Operator, PerformanceView, PlatformView, RankingView, SellerPageView, SetupView,
};
use yuanlu_domain::ids::SellerId;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(performance))
        .routes(routes!(ranking))
        .routes(routes!(seller_page))
        .routes(routes!(platform))
        .routes(routes!(agreement))
        .routes(routes!(set_operator))
        .routes(routes!(publish_agreement))
        .routes(routes!(setup))
        .routes(routes!(confirm_key_copy))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PeriodQuery {
    /// 30 or 90; 30 when absent.
    days: Option<i64>,
}

/// How refunds went in the last 30 or 90 days, today included.
///
/// Shares and medians of fewer than `least` are absent.
#[utoipa::path(get, path = "/figures/performance", tag = "public", security(()), params(PeriodQuery),
    responses((status = 200, description = "The figures.", body = PerformanceView)))]
async fn performance(State(s): State<AppState>, Asked(query): Asked<PeriodQuery>) -> Answer {
    ok(&read(&s, |app| app.performance(query.days))?)
}

/// Sellers by how they deal with refunds, the best first; worked out anew every day.
#[utoipa::path(get, path = "/figures/sellers", tag = "public", security(()), params(PeriodQuery, PageQuery),
    responses((status = 200, description = "One page of sellers.", body = RankingView)))]
async fn ranking(State(s): State<AppState>, Asked(query): Asked<PeriodQuery>, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.seller_ranking(query.days, &page))?)
}

/// A seller as everybody sees him.
#[utoipa::path(get, path = "/sellers/{seller}", tag = "public", security(()),
    params(("seller" = String, Path, description = "Id of the seller.")),
    responses((status = 200, description = "The seller.", body = SellerPageView)))]
async fn seller_page(State(s): State<AppState>, At(seller): At<SellerId>) -> Answer {
    ok(&read(&s, |app| app.seller_page(&seller))?)
}

/// Who runs the platform, and every version of its agreements.
#[utoipa::path(get, path = "/platform", tag = "public", security(()),
    responses((status = 200, description = "The platform.", body = PlatformView)))]
async fn platform(State(s): State<AppState>) -> Answer {
    ok(&read(&s, App::platform)?)
}

/// A version of an agreement, with its texts.
#[utoipa::path(get, path = "/agreements/{hash}", tag = "public", security(()),
    params(("hash" = String, Path, description = "Hash of the version.")),
    responses((status = 200, description = "The agreement.", body = AgreementView)))]
async fn agreement(State(s): State<AppState>, At(hash): At<String>) -> Answer {
    ok(&read(&s, |app| app.agreement(&hash))?)
}

/// Says who runs the platform.
#[utoipa::path(put, path = "/staff/platform/operator", tag = "staff", request_body = Operator,
    responses((status = 200, description = "The platform.", body = PlatformView)))]
async fn set_operator(State(s): State<AppState>, v: Visitor, Body(input): Body<Operator>) -> Answer {
    ok(&write(&s, move |app| app.set_operator(&v.principal, &input)).await?)
}

/// Publishes a version of an agreement: the first of its kind holds at once, a change a week later, for new orders.
#[utoipa::path(post, path = "/staff/platform/agreements", tag = "staff", request_body = AgreementInput,
    responses((status = 200, description = "The version.", body = AgreementView)))]
async fn publish_agreement(State(s): State<AppState>, v: Visitor, Body(input): Body<AgreementInput>) -> Answer {
    ok(&write(&s, move |app| app.publish_agreement(&v.principal, &input)).await?)
}

/// What the platform still needs before it opens.
#[utoipa::path(get, path = "/staff/setup", tag = "staff",
    responses((status = 200, description = "The check-list.", body = SetupView)))]
async fn setup(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.setup(&v.principal))?)
}

/// Confirms that a copy of the key in use is kept elsewhere.
#[utoipa::path(post, path = "/staff/setup/key-copy", tag = "staff",
    responses((status = 200, description = "The check-list.", body = SetupView)))]
async fn confirm_key_copy(State(s): State<AppState>, v: Visitor, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.confirm_key_copy(&v.principal)).await?)
}
