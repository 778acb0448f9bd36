//! Tip-offs: anybody reports, with or without account; risk answers. And the organisations that arbitrators come from.

use super::evidence::word;
use super::extract::{Asked, At, Body, Key, NoBody, PageQuery, Paging};
use super::inputs::{AccusedBody, QueryPasswordBody, WordsBody};
use super::outputs::TipOffFileForm;
use super::problem::ApiError;
use super::{Answer, created, nothing, ok, read, write, write_once};
use crate::AppState;
use crate::form::receive;
use crate::problem::WebError;
use crate::visitor::Visitor;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::middleware::from_fn;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{AddToTipOffInput, DecideTipOffInput, OrganisationInput, TipOffInput};
use yuanlu_app::views::{Listing, OrganisationView, TipOffSummary, TipOffView};
use yuanlu_app::{App, MAX_EVIDENCE_BYTES, NewFile, Secret};
use yuanlu_domain::ids::{DeskId, OrganisationId};

/// Room for the form around the file.
pub(super) const FORM_ROOM: usize = 64 * 1024;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(file_tip_off))
        .routes(routes!(load_tip_off))
        .routes(routes!(open_tip_off))
        .routes(routes!(add_to_tip_off))
        .routes(routes!(own_tip_offs))
        .routes(routes!(list_tip_offs))
        .routes(routes!(claim_tip_off))
        .routes(routes!(ask_reporter))
        .routes(routes!(name_accused))
        .routes(routes!(decide_tip_off))
        .routes(routes!(organisations))
        .routes(routes!(list_organisations, register_organisation))
        .routes(routes!(change_organisation))
}

/// Forms with a file.
pub(super) fn uploads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(add_file))
        .layer(DefaultBodyLimit::max(MAX_EVIDENCE_BYTES + FORM_ROOM))
        .layer(from_fn(crate::upload_time_limit))
}

/// Reports a product, a seller or a person of staff.
///
/// Whoever is not signed in chooses a query password, and finds the tip-off again by it and by its number. Files are added
/// afterwards, one by one.
#[utoipa::path(post, path = "/tip-offs", tag = "public", security(()), request_body = TipOffInput, params(Key),
    responses((status = 201, description = "The tip-off; its number is the receipt.", body = TipOffView)))]
async fn file_tip_off(State(s): State<AppState>, v: Visitor, key: Key, Body(input): Body<TipOffInput>) -> Answer {
    let call = move |app: &App| app.file_tip_off(&v.principal, &input, &[], key.get(), &v.origin);
    let filed = write_once(&s, call).await?;
    filed.created(&format!("/api/v1/tip-offs/{}", filed.value.summary.tip_off))
}

/// A tip-off one made oneself, or, for risk and administrators, of anybody.
///
/// Nobody finds one that is about himself or the seller he works for.
#[utoipa::path(get, path = "/tip-offs/{tip_off}", tag = "public",
    params(("tip_off" = String, Path, description = "Receipt number.")),
    responses((status = 200, description = "The tip-off.", body = TipOffView)))]
async fn load_tip_off(State(s): State<AppState>, v: Visitor, At(tip_off): At<DeskId>) -> Answer {
    ok(&read(&s, |app| app.load_tip_off(&v.principal, &tip_off, None, &v.origin))?)
}

/// Opens a stranger's tip-off by its query password.
#[utoipa::path(post, path = "/tip-offs/{tip_off}/open", tag = "public", security(()), request_body = QueryPasswordBody,
    params(("tip_off" = String, Path, description = "Receipt number.")),
    responses((status = 200, description = "The tip-off.", body = TipOffView)))]
async fn open_tip_off(
    State(s): State<AppState>,
    v: Visitor,
    At(tip_off): At<DeskId>,
    Body(input): Body<QueryPasswordBody>,
) -> Answer {
    let call = move |app: &App| app.load_tip_off(&v.principal, &tip_off, Some(&input.query_password), &v.origin);
    ok(&write(&s, call).await?)
}

/// Adds words to a tip-off of one's own, asked or not.
#[utoipa::path(post, path = "/tip-offs/{tip_off}/add", tag = "public", security(()), request_body = AddToTipOffInput,
    params(("tip_off" = String, Path, description = "Receipt number.")),
    responses((status = 200, description = "The tip-off.", body = TipOffView)))]
async fn add_to_tip_off(
    State(s): State<AppState>,
    v: Visitor,
    At(tip_off): At<DeskId>,
    Body(input): Body<AddToTipOffInput>,
) -> Answer {
    let call = move |app: &App| {
        let password = input.query_password.as_ref();
        app.add_to_tip_off(&v.principal, &tip_off, password, &input.words, &[], &v.origin)
    };
    ok(&write(&s, call).await?)
}

/// Adds a file to a tip-off of one's own.
///
/// A form with `query_password` (of strangers), `kind` and `file`, the file last. The content decides what it is.
#[utoipa::path(post, path = "/tip-offs/{tip_off}/files", tag = "public", security(()),
    params(("tip_off" = String, Path, description = "Receipt number.")),
    request_body(content = inline(TipOffFileForm), content_type = "multipart/form-data"),
    responses((status = 200, description = "The tip-off.", body = TipOffView)))]
async fn add_file(
    State(s): State<AppState>,
    v: Visitor,
    At(tip_off): At<DeskId>,
    form: Result<Multipart, MultipartRejection>,
) -> Answer {
    let mut form = form.map_err(|_| ApiError::MediaType { wanted: "multipart/form-data" })?;
    let (mut password, mut kind) = (None, None);
    while let Some(mut part) = form.next_field().await.map_err(|_| WebError::BadForm)? {
        match part.name().unwrap_or_default() {
            "query_password" => password = Some(Secret::new(word("query_password", part).await?)),
            "kind" => kind = Some(word("kind", part).await?),
            "file" => {
                let kind = kind.ok_or(ApiError::input("kind", "required"))?;
                // Files of people who have no business here are not even read.
                let (who, id, secret, origin) =
                    (v.principal.clone(), tip_off.clone(), password.clone(), v.origin.clone());
                write(&s, move |app| app.load_tip_off(&who, &id, secret.as_ref(), &origin)).await?;
                let declared = part.content_type().map(str::to_owned);
                let content = receive(&s, &mut part).await?;
                let files = [NewFile { kind, content, declared, ..NewFile::default() }];
                let call = move |app: &App| {
                    app.add_to_tip_off(&v.principal, &tip_off, password.as_ref(), "", &files, &v.origin)
                };
                return ok(&write(&s, call).await?);
            }
            other => return Err(ApiError::input(other.chars().take(80).collect::<String>(), "unknown_field")),
        }
    }
    Err(ApiError::input("file", "required"))
}

/// Tip-offs one made oneself, newest first.
#[utoipa::path(get, path = "/me/tip-offs", tag = "account", params(PageQuery),
    responses((status = 200, description = "One page of tip-offs.", body = Listing<TipOffSummary>)))]
async fn own_tip_offs(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.own_tip_offs(&v.principal, &page))?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OverQuery {
    /// Those that are decided, in place of those that wait.
    #[serde(default)]
    over: bool,
}

/// Tip-offs that wait for risk, due first; or those that are decided, newest first.
#[utoipa::path(get, path = "/staff/tip-offs", tag = "staff", params(OverQuery, PageQuery),
    responses((status = 200, description = "One page of tip-offs.", body = Listing<TipOffSummary>)))]
async fn list_tip_offs(
    State(s): State<AppState>,
    v: Visitor,
    Asked(query): Asked<OverQuery>,
    Paging(page): Paging,
) -> Answer {
    ok(&read(&s, |app| app.tip_offs(&v.principal, query.over, &page))?)
}

/// Takes a tip-off to work on.
#[utoipa::path(post, path = "/staff/tip-offs/{tip_off}/claim", tag = "staff",
    params(("tip_off" = String, Path, description = "Receipt number.")),
    responses((status = 200, description = "The tip-off.", body = TipOffView)))]
async fn claim_tip_off(State(s): State<AppState>, v: Visitor, At(tip_off): At<DeskId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.claim_tip_off(&v.principal, &tip_off)).await?)
}

/// Asks its reporter for more, once.
#[utoipa::path(post, path = "/staff/tip-offs/{tip_off}/ask", tag = "staff", request_body = WordsBody,
    params(("tip_off" = String, Path, description = "Receipt number.")),
    responses((status = 200, description = "The tip-off.", body = TipOffView)))]
async fn ask_reporter(
    State(s): State<AppState>,
    v: Visitor,
    At(tip_off): At<DeskId>,
    Body(input): Body<WordsBody>,
) -> Answer {
    ok(&write(&s, move |app| app.ask_reporter(&v.principal, &tip_off, &input.words)).await?)
}

/// Says whom of staff a tip-off means; from then on he does not find it any more.
#[utoipa::path(post, path = "/staff/tip-offs/{tip_off}/accused", tag = "staff", request_body = AccusedBody,
    params(("tip_off" = String, Path, description = "Receipt number.")),
    responses((status = 204, description = "Noted.")))]
async fn name_accused(
    State(s): State<AppState>,
    v: Visitor,
    At(tip_off): At<DeskId>,
    Body(input): Body<AccusedBody>,
) -> Answer {
    write(&s, move |app| app.name_accused(&v.principal, &tip_off, &input.login)).await?;
    nothing()
}

/// Decides a tip-off, with words to its reporter.
#[utoipa::path(post, path = "/staff/tip-offs/{tip_off}/decide", tag = "staff", request_body = DecideTipOffInput,
    params(("tip_off" = String, Path, description = "Receipt number.")),
    responses((status = 200, description = "The tip-off.", body = TipOffView)))]
async fn decide_tip_off(
    State(s): State<AppState>,
    v: Visitor,
    At(tip_off): At<DeskId>,
    Body(input): Body<DecideTipOffInput>,
) -> Answer {
    ok(&write(&s, move |app| app.decide_tip_off(&v.principal, &tip_off, &input)).await?)
}

/// Registered outside organisations whose arbitrators sit on panels.
#[utoipa::path(get, path = "/organisations", tag = "public", security(()),
    responses((status = 200, description = "The organisations.", body = Vec<OrganisationView>)))]
async fn organisations(State(s): State<AppState>) -> Answer {
    ok(&read(&s, App::organisations)?)
}

/// Every registered organisation, with its contact.
#[utoipa::path(get, path = "/staff/organisations", tag = "staff",
    responses((status = 200, description = "The organisations.", body = Vec<OrganisationView>)))]
async fn list_organisations(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.list_organisations(&v.principal))?)
}

/// Registers an outside organisation.
///
/// A registration number is registered once, so that sending it again makes no second organisation.
#[utoipa::path(post, path = "/staff/organisations", tag = "staff", request_body = OrganisationInput,
    responses((status = 201, description = "The organisation.", body = OrganisationView)))]
async fn register_organisation(State(s): State<AppState>, v: Visitor, Body(input): Body<OrganisationInput>) -> Answer {
    let made = write(&s, move |app| app.register_organisation(&v.principal, &input)).await?;
    created("/api/v1/staff/organisations", &made)
}

/// Changes an organisation.
#[utoipa::path(put, path = "/staff/organisations/{organisation}", tag = "staff", request_body = OrganisationInput,
    params(("organisation" = String, Path, description = "Id of the organisation.")),
    responses((status = 200, description = "The organisation.", body = OrganisationView)))]
async fn change_organisation(
    State(s): State<AppState>,
    v: Visitor,
    At(organisation): At<OrganisationId>,
    Body(input): Body<OrganisationInput>,
) -> Answer {
    ok(&write(&s, move |app| app.change_organisation(&v.principal, &organisation, &input)).await?)
}
