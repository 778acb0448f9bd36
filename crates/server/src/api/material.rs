//! Material: what helps a claim, drafts of applications, what a panel may see of a file, and who looked at what.

use super::evidence::sent;
use super::extract::{At, Body, NoBody};
use super::{Answer, nothing, ok, read, write};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::views::{DraftView, ViewEntry};
use yuanlu_app::{Rect, WantedByReason};
use yuanlu_domain::ids::{EvidenceId, OrderId};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(wanted_material))
        .routes(routes!(set_wanted_material))
        .routes(routes!(load_draft, save_draft, forget_draft))
        .routes(routes!(open_original))
        .routes(routes!(black_out))
        .routes(routes!(release_excerpt))
        .routes(routes!(views_of))
}

/// What helps a claim.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedBody {
    /// By reason code: kinds of material, each with a sentence in both languages.
    pub reasons: WantedByReason,
}

/// What helps a claim, by reason: kinds of material with a sentence each.
#[utoipa::path(get, path = "/wanted-material", tag = "public", security(()),
    responses((status = 200, description = "Material by reason.", body = WantedBody)))]
async fn wanted_material(State(s): State<AppState>) -> Answer {
    ok(&WantedBody { reasons: read(&s, yuanlu_app::App::wanted_material)? })
}

/// Changes what helps a claim. Reasons that are not named want nothing.
#[utoipa::path(put, path = "/staff/wanted-material", tag = "staff", request_body = WantedBody,
    responses((status = 204, description = "Changed.")))]
async fn set_wanted_material(State(s): State<AppState>, v: Visitor, Body(input): Body<WantedBody>) -> Answer {
    write(&s, move |app| app.set_wanted_material(&v.principal, &input.reasons)).await?;
    nothing()
}

/// Fields of an application as far as it was filled in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    /// Name and value, in the order of the form; a name may come several times.
    pub fields: Vec<(String, String)>,
}

/// The application one began for an order: its fields, and the files they name.
#[utoipa::path(get, path = "/orders/{order}/draft", tag = "cases",
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 200, description = "The draft, or null.", body = Option<DraftView>)))]
async fn load_draft(State(s): State<AppState>, v: Visitor, At(order): At<OrderId>) -> Answer {
    ok(&read(&s, |app| app.draft(&v.principal, &order))?)
}

/// Keeps an application for later, on any device. It is forgotten after 14 days, or with the application.
#[utoipa::path(put, path = "/orders/{order}/draft", tag = "cases", request_body = DraftBody,
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 200, description = "The draft.", body = DraftView)))]
async fn save_draft(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    Body(input): Body<DraftBody>,
) -> Answer {
    ok(&write(&s, move |app| app.save_draft(&v.principal, &order, &input.fields)).await?)
}

/// Throws a draft away.
#[utoipa::path(delete, path = "/orders/{order}/draft", tag = "cases",
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 204, description = "Gone.")))]
async fn forget_draft(State(s): State<AppState>, v: Visitor, At(order): At<OrderId>, _: NoBody) -> Answer {
    write(&s, move |app| app.forget_draft(&v.principal, &order)).await?;
    nothing()
}

/// Opens a file as it came, hidden metadata included. Who did is kept.
#[utoipa::path(get, path = "/evidence/{evidence}/original", tag = "staff",
    params(("evidence" = String, Path, description = "Id of the file.")),
    responses((status = 200, description = "The content.", body = Vec<u8>, content_type = "application/octet-stream")))]
async fn open_original(State(s): State<AppState>, v: Visitor, At(evidence): At<EvidenceId>) -> Answer {
    sent(write(&s, move |app| app.open_original(&v.principal, &evidence)).await?)
}

/// Rectangles of the upright picture, in its own pixels.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlackOutBody {
    /// What is blacked out; none where nothing identifies anybody.
    pub rects: Vec<RectBody>,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RectBody {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// Blacks out what identifies in a file of a case, and so releases it to a panel. Again replaces what was released.
#[utoipa::path(post, path = "/evidence/{evidence}/black-out", tag = "staff", request_body = BlackOutBody,
    params(("evidence" = String, Path, description = "Id of the file.")),
    responses((status = 204, description = "Released.")))]
async fn black_out(
    State(s): State<AppState>,
    v: Visitor,
    At(evidence): At<EvidenceId>,
    Body(input): Body<BlackOutBody>,
) -> Answer {
    let rect = |rect: RectBody| Rect { x: rect.x, y: rect.y, width: rect.width, height: rect.height };
    let rects: Vec<Rect> = input.rects.into_iter().map(rect).collect();
    write(&s, move |app| app.black_out(&v.principal, &evidence, &rects)).await?;
    nothing()
}

/// An excerpt of a file that cannot be blacked out.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExcerptBody {
    /// In words, without names.
    pub excerpt: String,
}

/// Releases an excerpt of a PDF of a case to a panel: the PDF itself is never given to one. Again replaces what was
/// released.
#[utoipa::path(post, path = "/evidence/{evidence}/excerpt", tag = "staff", request_body = ExcerptBody,
    params(("evidence" = String, Path, description = "Id of the file.")),
    responses((status = 204, description = "Released.")))]
async fn release_excerpt(
    State(s): State<AppState>,
    v: Visitor,
    At(evidence): At<EvidenceId>,
    Body(input): Body<ExcerptBody>,
) -> Answer {
    write(&s, move |app| app.release_excerpt(&v.principal, &evidence, &input.excerpt)).await?;
    nothing()
}

/// Who looked at an order and what belongs to it, once per session, object and hour.
#[utoipa::path(get, path = "/orders/{order}/views", tag = "staff",
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 200, description = "Views, the oldest first.", body = Vec<ViewEntry>)))]
async fn views_of(State(s): State<AppState>, v: Visitor, At(order): At<OrderId>) -> Answer {
    ok(&read(&s, |app| app.views_of(&v.principal, &order))?)
}
