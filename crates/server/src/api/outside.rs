//! Outside complaints: the register, answers, what they are about, money paid outside, templates.

use super::extract::{At, Body, Key, NoBody, PageQuery, Paging};
use super::{Answer, ok, read, write, write_once};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::App;
use yuanlu_app::inputs::{OutsideCloseInput, OutsideInput, OutsidePaymentInput, OutsideSayInput};
use yuanlu_app::views::{Listing, OutsideImportView, OutsideSummary, OutsideView, ReplyTemplate};
use yuanlu_domain::ids::DeskId;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_outside, register_outside))
        .routes(routes!(import_outside))
        .routes(routes!(reply_templates, change_reply_templates))
        .routes(routes!(load_outside))
        .routes(routes!(claim_outside))
        .routes(routes!(say_outside))
        .routes(routes!(load_attachment))
        .routes(routes!(relate_outside))
        .routes(routes!(accept_outside))
        .routes(routes!(close_outside))
        .routes(routes!(pay_outside))
}

/// Which part of the register.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OutsideQuery {
    /// `true` for complaints that are over, newest first; else those that wait, by their clock.
    #[serde(default)]
    over: bool,
}

/// What a complaint is about.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelateBody {
    /// Number of the order, of the case, or of the payment at its channel.
    order: String,
}

/// When the agency took it on.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptBody {
    /// Such as `2026-05-13 15:00` (Shanghai); absent: now.
    #[serde(default)]
    at: String,
}

/// Templates for answers.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplatesBody {
    /// All of them.
    templates: Vec<ReplyTemplate>,
}

/// A list of an agency.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportBody {
    /// CSV with named columns: `agency,number,received_at,reply_by,complainant,phone,words,order,claimed`.
    csv: String,
}

/// The register of outside complaints.
#[utoipa::path(get, path = "/staff/outside", tag = "staff", params(OutsideQuery, PageQuery),
    responses((status = 200, description = "One page of complaints.", body = Listing<OutsideSummary>)))]
async fn list_outside(
    State(s): State<AppState>,
    v: Visitor,
    super::extract::Asked(query): super::extract::Asked<OutsideQuery>,
    Paging(page): Paging,
) -> Answer {
    ok(&read(&s, |app| app.outside_complaints(&v.principal, query.over, &page))?)
}

/// Registers a complaint that came in by letter, telephone or an agency's own pages.
#[utoipa::path(post, path = "/staff/outside", tag = "staff", request_body = OutsideInput, params(Key),
    responses((status = 201, description = "The complaint.", body = OutsideView)))]
async fn register_outside(State(s): State<AppState>, v: Visitor, key: Key, Body(input): Body<OutsideInput>) -> Answer {
    let call = move |app: &App| app.register_outside(&v.principal, &input, key.get());
    let made = write_once(&s, call).await?;
    made.created(&format!("/api/v1/staff/outside/{}", made.value.summary.complaint))
}

/// Registers every complaint of a list that is not known yet. With one line wrong nothing is registered.
#[utoipa::path(post, path = "/staff/outside/import", tag = "staff", request_body = ImportBody,
    responses((status = 200, description = "What came of it.", body = OutsideImportView)))]
async fn import_outside(State(s): State<AppState>, v: Visitor, Body(input): Body<ImportBody>) -> Answer {
    ok(&write(&s, move |app| app.import_outside(&v.principal, &input.csv)).await?)
}

/// The templates for answers.
#[utoipa::path(get, path = "/staff/reply-templates", tag = "staff",
    responses((status = 200, description = "The templates.", body = Vec<ReplyTemplate>)))]
async fn reply_templates(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.reply_templates(&v.principal))?)
}

/// Replaces the templates for answers.
#[utoipa::path(put, path = "/staff/reply-templates", tag = "staff", request_body = TemplatesBody,
    responses((status = 200, description = "The templates.", body = Vec<ReplyTemplate>)))]
async fn change_reply_templates(State(s): State<AppState>, v: Visitor, Body(new): Body<TemplatesBody>) -> Answer {
    ok(&write(&s, move |app| app.change_reply_templates(&v.principal, &new.templates)).await?)
}

/// One complaint, with the order beside it.
#[utoipa::path(get, path = "/staff/outside/{complaint}", tag = "staff",
    params(("complaint" = String, Path, description = "Our number.")),
    responses((status = 200, description = "The complaint.", body = OutsideView)))]
async fn load_outside(State(s): State<AppState>, v: Visitor, At(id): At<DeskId>) -> Answer {
    ok(&read(&s, |app| app.outside_complaint(&v.principal, &id))?)
}

/// Takes one to work on.
#[utoipa::path(post, path = "/staff/outside/{complaint}/claim", tag = "staff",
    params(("complaint" = String, Path, description = "Our number.")),
    responses((status = 200, description = "The complaint.", body = OutsideView)))]
async fn claim_outside(State(s): State<AppState>, v: Visitor, At(id): At<DeskId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.claim_outside(&v.principal, &id)).await?)
}

/// Says something to the outside; by the channel's interface where there is one.
#[utoipa::path(post, path = "/staff/outside/{complaint}/say", tag = "staff", request_body = OutsideSayInput,
    params(("complaint" = String, Path, description = "Our number.")),
    responses((status = 200, description = "The complaint.", body = OutsideView)))]
async fn say_outside(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<DeskId>,
    Body(input): Body<OutsideSayInput>,
) -> Answer {
    let call =
        move |app: &App| app.say_outside(&v.principal, &id, &input, |facts| crate::paper::package::render(app, facts));
    ok(&write(&s, call).await?)
}

/// What went along with an answer, byte for byte as it went: the package and its document, or pictures.
#[utoipa::path(get, path = "/staff/outside/{complaint}/files/{no}", tag = "staff",
    params(("complaint" = String, Path, description = "Our number."),
        ("no" = usize, Path, description = "Its number in the complaint, from 1.")),
    responses((status = 200, description = "The file.", body = Vec<u8>, content_type = "application/octet-stream")))]
async fn load_attachment(State(s): State<AppState>, v: Visitor, At((id, no)): At<(DeskId, usize)>) -> Answer {
    let opened = write(&s, move |app| app.open_attachment(&v.principal, &id, no)).await?;
    Ok(crate::web::paper::attachment(opened)?)
}

/// Says which order and case it is about.
#[utoipa::path(post, path = "/staff/outside/{complaint}/order", tag = "staff", request_body = RelateBody,
    params(("complaint" = String, Path, description = "Our number.")),
    responses((status = 200, description = "The complaint.", body = OutsideView)))]
async fn relate_outside(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<DeskId>,
    Body(input): Body<RelateBody>,
) -> Answer {
    ok(&write(&s, move |app| app.relate_outside(&v.principal, &id, &input.order)).await?)
}

/// The agency took it on.
#[utoipa::path(post, path = "/staff/outside/{complaint}/accepted", tag = "staff", request_body = AcceptBody,
    params(("complaint" = String, Path, description = "Our number.")),
    responses((status = 200, description = "The complaint.", body = OutsideView)))]
async fn accept_outside(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<DeskId>,
    Body(input): Body<AcceptBody>,
) -> Answer {
    ok(&write(&s, move |app| app.accept_outside(&v.principal, &id, &input.at)).await?)
}

/// Closes it with what came of it.
#[utoipa::path(post, path = "/staff/outside/{complaint}/close", tag = "staff", request_body = OutsideCloseInput,
    params(("complaint" = String, Path, description = "Our number.")),
    responses((status = 200, description = "The complaint.", body = OutsideView)))]
async fn close_outside(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<DeskId>,
    Body(input): Body<OutsideCloseInput>,
) -> Answer {
    ok(&write(&s, move |app| app.close_outside(&v.principal, &id, &input)).await?)
}

/// Records what was paid outside for the loss, or that it came back; the same loss is then not refunded again.
#[utoipa::path(post, path = "/staff/outside/{complaint}/payment", tag = "staff", request_body = OutsidePaymentInput,
    params(("complaint" = String, Path, description = "Our number.")),
    responses((status = 200, description = "The complaint.", body = OutsideView)))]
async fn pay_outside(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<DeskId>,
    Body(input): Body<OutsidePaymentInput>,
) -> Answer {
    ok(&write(&s, move |app| app.pay_outside(&v.principal, &id, &input)).await?)
}
