//! Mass incidents, for risk and finance.

use super::extract::{Asked, At, Body, Key, NoBody, PageQuery, Paging};
use super::{Answer, ok, read, write, write_once};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{IncidentInput, RateInput};
use yuanlu_app::views::{IncidentForecastView, IncidentItemView, IncidentView, Listing, StockBatchView};
use yuanlu_domain::ids::{DeskId, ProductId};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(incidents))
        .routes(routes!(propose_incident))
        .routes(routes!(preview_incident))
        .routes(routes!(incident))
        .routes(routes!(incident_items))
        .routes(routes!(approve_incident))
        .routes(routes!(pause_incident))
        .routes(routes!(resume_incident))
        .routes(routes!(set_incident_rate))
        .routes(routes!(cancel_incident))
        .routes(routes!(stock_batches))
}

/// Which orders of an incident.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ItemsAsk {
    /// `pending`, `done`, `skipped` or `failed`; every order when absent.
    state: Option<String>,
}

/// Incidents that wait or run, and, after the last of them, those that are over.
#[utoipa::path(get, path = "/staff/incidents", tag = "staff", params(PageQuery),
    responses((status = 200, description = "One page of incidents.", body = Listing<IncidentView>)))]
async fn incidents(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.incidents(&v.principal, &page))?)
}

/// Proposes an incident: its orders are written down and never change; a second person agrees before anything is refunded.
#[utoipa::path(post, path = "/staff/incidents", tag = "staff", request_body = IncidentInput, params(Key),
    responses((status = 200, description = "The incident.", body = IncidentView)))]
async fn propose_incident(State(s): State<AppState>, v: Visitor, key: Key, Body(input): Body<IncidentInput>) -> Answer {
    write_once(&s, move |app| app.propose_incident(&v.principal, &input, key.get())).await?.ok()
}

/// What an incident would come to: how many orders, how much goes which way, what it does to each seller's money. Nothing
/// is written.
#[utoipa::path(post, path = "/staff/incidents/preview", tag = "staff", request_body = IncidentInput,
    responses((status = 200, description = "The forecast.", body = IncidentForecastView)))]
async fn preview_incident(State(s): State<AppState>, v: Visitor, Body(input): Body<IncidentInput>) -> Answer {
    ok(&write(&s, move |app| app.preview_incident(&v.principal, &input)).await?)
}

/// An incident, and how far it has come.
#[utoipa::path(get, path = "/staff/incidents/{incident}", tag = "staff",
    params(("incident" = String, Path, description = "Its number.")),
    responses((status = 200, description = "The incident.", body = IncidentView)))]
async fn incident(State(s): State<AppState>, v: Visitor, At(id): At<DeskId>) -> Answer {
    ok(&read(&s, |app| app.incident(&v.principal, &id))?)
}

/// Orders of an incident, by number, with what became of each.
#[utoipa::path(get, path = "/staff/incidents/{incident}/orders", tag = "staff",
    params(("incident" = String, Path, description = "Its number."), ItemsAsk, PageQuery),
    responses((status = 200, description = "One page of orders.", body = Listing<IncidentItemView>)))]
async fn incident_items(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<DeskId>,
    Asked(ask): Asked<ItemsAsk>,
    Paging(page): Paging,
) -> Answer {
    ok(&read(&s, |app| app.incident_items(&v.principal, &id, ask.state.as_deref(), &page))?)
}

/// Agrees to an incident as a second person: it runs.
#[utoipa::path(post, path = "/staff/incidents/{incident}/approve", tag = "staff",
    params(("incident" = String, Path, description = "Its number.")),
    responses((status = 200, description = "The incident.", body = IncidentView)))]
async fn approve_incident(State(s): State<AppState>, v: Visitor, At(id): At<DeskId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.approve_incident(&v.principal, &id)).await?)
}

/// Stops an incident for a while. What was refunded stays refunded; after the answer nothing more is.
#[utoipa::path(post, path = "/staff/incidents/{incident}/pause", tag = "staff",
    params(("incident" = String, Path, description = "Its number.")),
    responses((status = 200, description = "The incident.", body = IncidentView)))]
async fn pause_incident(State(s): State<AppState>, v: Visitor, At(id): At<DeskId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.pause_incident(&v.principal, &id)).await?)
}

/// Lets a paused incident go on.
#[utoipa::path(post, path = "/staff/incidents/{incident}/resume", tag = "staff",
    params(("incident" = String, Path, description = "Its number.")),
    responses((status = 200, description = "The incident.", body = IncidentView)))]
async fn resume_incident(State(s): State<AppState>, v: Visitor, At(id): At<DeskId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.resume_incident(&v.principal, &id)).await?)
}

/// Lets an incident go faster or slower.
#[utoipa::path(post, path = "/staff/incidents/{incident}/rate", tag = "staff", request_body = RateInput,
    params(("incident" = String, Path, description = "Its number.")),
    responses((status = 200, description = "The incident.", body = IncidentView)))]
async fn set_incident_rate(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<DeskId>,
    Body(input): Body<RateInput>,
) -> Answer {
    ok(&write(&s, move |app| app.set_incident_rate(&v.principal, &id, input.rate)).await?)
}

/// Gives up whatever was not refunded yet.
#[utoipa::path(post, path = "/staff/incidents/{incident}/cancel", tag = "staff",
    params(("incident" = String, Path, description = "Its number.")),
    responses((status = 200, description = "The incident.", body = IncidentView)))]
async fn cancel_incident(State(s): State<AppState>, v: Visitor, At(id): At<DeskId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.cancel_incident(&v.principal, &id)).await?)
}

/// Batches of codes of a product, newest first, as a proposal names them.
#[utoipa::path(get, path = "/staff/products/{product}/batches", tag = "staff",
    params(("product" = String, Path, description = "Id of the product.")),
    responses((status = 200, description = "The batches.", body = Vec<StockBatchView>)))]
async fn stock_batches(State(s): State<AppState>, v: Visitor, At(product): At<ProductId>) -> Answer {
    ok(&read(&s, |app| app.stock_batches(&v.principal, &product))?)
}
