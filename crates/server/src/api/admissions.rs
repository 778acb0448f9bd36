//! Admissions of sellers: somebody applies, staff decides, the deposit opens the shop.

use super::evidence::word;
use super::extract::{At, Body, Key, NoBody, PageQuery, Paging};
use super::inputs::FirstDepositBody;
use super::outputs::ProofForm;
use super::problem::ApiError;
use super::tip_offs::FORM_ROOM;
use super::{Answer, ok, read, write, write_once};
use crate::AppState;
use crate::form::receive;
use crate::problem::WebError;
use crate::visitor::Visitor;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::middleware::from_fn;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{AdmissionInput, FirstDepositInput, RejectAdmissionInput};
use yuanlu_app::views::{AdmissionSummary, AdmissionTerms, AdmissionView, IdentityView, Listing};
use yuanlu_app::{App, AppError, MAX_EVIDENCE_BYTES, NewFile};
use yuanlu_domain::Refusal;
use yuanlu_domain::ids::DeskId;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(admission_terms))
        .routes(routes!(own_admission, apply_for_admission))
        .routes(routes!(withdraw_admission))
        .routes(routes!(list_admissions))
        .routes(routes!(load_admission))
        .routes(routes!(open_identity))
        .routes(routes!(approve_admission))
        .routes(routes!(reject_admission))
        .routes(routes!(record_first_deposit))
}

/// Forms with a file.
pub(super) fn uploads() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(add_proof))
        .layer(DefaultBodyLimit::max(MAX_EVIDENCE_BYTES + FORM_ROOM))
        .layer(from_fn(crate::upload_time_limit))
}

/// What somebody is asked for who wants to sell.
#[utoipa::path(get, path = "/admission-terms", tag = "public", security(()),
    responses((status = 200, description = "Deposit, times and agreements.", body = AdmissionTerms)))]
async fn admission_terms(State(s): State<AppState>) -> Answer {
    ok(&read(&s, App::admission_terms)?)
}

/// One's own admission as a seller; `null` where one never applied.
#[utoipa::path(get, path = "/me/admission", tag = "account",
    responses((status = 200, description = "The admission.", body = Option<AdmissionView>)))]
async fn own_admission(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.own_admission(&v.principal))?)
}

/// Applies to sell, or applies again once the application before is over.
///
/// Everybody has one application at a time. Files are added to it afterwards, one by one.
#[utoipa::path(post, path = "/me/admission", tag = "account", request_body = AdmissionInput, params(Key),
    responses((status = 201, description = "The admission.", body = AdmissionView)))]
async fn apply_for_admission(
    State(s): State<AppState>,
    v: Visitor,
    key: Key,
    Body(input): Body<AdmissionInput>,
) -> Answer {
    let call = move |app: &App| app.apply_for_admission(&v.principal, &input, &[], key.get());
    write_once(&s, call).await?.created("/api/v1/me/admission")
}

/// Adds a file to one's own application while staff has it.
///
/// A form with `kind` and `file`, the file last. The content decides what it is.
#[utoipa::path(post, path = "/me/admission/files", tag = "account",
    request_body(content = inline(ProofForm), content_type = "multipart/form-data"),
    responses((status = 200, description = "The admission.", body = AdmissionView)))]
async fn add_proof(State(s): State<AppState>, v: Visitor, form: Result<Multipart, MultipartRejection>) -> Answer {
    let mut form = form.map_err(|_| ApiError::MediaType { wanted: "multipart/form-data" })?;
    let mut kind = None;
    while let Some(mut part) = form.next_field().await.map_err(|_| WebError::BadForm)? {
        match part.name().unwrap_or_default() {
            "kind" => kind = Some(word("kind", part).await?),
            "file" => {
                let kind = kind.ok_or(ApiError::input("kind", "required"))?;
                // Files of people who have no business here are not even read.
                let who = v.principal.clone();
                let open = read(&s, |app| app.own_admission(&who))?.ok_or(WebError::App(AppError::NotFound))?;
                if !open.actions.contains(&"add") {
                    return Err(WebError::App(Refusal::WrongState { state: open.summary.state }.into()).into());
                }
                let declared = part.content_type().map(str::to_owned);
                let content = receive(&s, &mut part).await?;
                let files = [NewFile { kind, content, declared, ..NewFile::default() }];
                return ok(&write(&s, move |app| app.add_to_admission(&v.principal, &files)).await?);
            }
            other => return Err(ApiError::input(other.chars().take(80).collect::<String>(), "unknown_field")),
        }
    }
    Err(ApiError::input("file", "required"))
}

/// Takes one's own application back.
#[utoipa::path(post, path = "/me/admission/withdraw", tag = "account",
    responses((status = 200, description = "The admission.", body = AdmissionView)))]
async fn withdraw_admission(State(s): State<AppState>, v: Visitor, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.withdraw_admission(&v.principal)).await?)
}

/// Admissions: those that wait, due first, then those that are over.
#[utoipa::path(get, path = "/staff/admissions", tag = "staff", params(PageQuery),
    responses((status = 200, description = "One page of admissions.", body = Listing<AdmissionSummary>)))]
async fn list_admissions(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.admissions(&v.principal, &page))?)
}

/// An admission.
#[utoipa::path(get, path = "/staff/admissions/{admission}", tag = "staff",
    params(("admission" = String, Path, description = "Number of the admission.")),
    responses((status = 200, description = "The admission.", body = AdmissionView)))]
async fn load_admission(State(s): State<AppState>, v: Visitor, At(admission): At<DeskId>) -> Answer {
    ok(&read(&s, |app| app.load_admission(&v.principal, &admission))?)
}

/// Who applies, in full; that it was looked at is on record.
#[utoipa::path(post, path = "/staff/admissions/{admission}/identity", tag = "staff",
    params(("admission" = String, Path, description = "Number of the admission.")),
    responses((status = 200, description = "Who applies.", body = IdentityView)))]
async fn open_identity(State(s): State<AppState>, v: Visitor, At(admission): At<DeskId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.open_identity(&v.principal, &admission)).await?)
}

/// Approves an application. The deposit is awaited then; where none is asked for, the shop opens.
#[utoipa::path(post, path = "/staff/admissions/{admission}/approve", tag = "staff",
    params(("admission" = String, Path, description = "Number of the admission.")),
    responses((status = 200, description = "The admission.", body = AdmissionView)))]
async fn approve_admission(State(s): State<AppState>, v: Visitor, At(admission): At<DeskId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.approve_admission(&v.principal, &admission)).await?)
}

/// Rejects an application, with the reason and what would change it.
#[utoipa::path(post, path = "/staff/admissions/{admission}/reject", tag = "staff", request_body = RejectAdmissionInput,
    params(("admission" = String, Path, description = "Number of the admission.")),
    responses((status = 200, description = "The admission.", body = AdmissionView)))]
async fn reject_admission(
    State(s): State<AppState>,
    v: Visitor,
    At(admission): At<DeskId>,
    Body(input): Body<RejectAdmissionInput>,
) -> Answer {
    ok(&write(&s, move |app| app.reject_admission(&v.principal, &admission, &input)).await?)
}

/// Records that the deposit came in, which opens the shop.
#[utoipa::path(post, path = "/staff/admissions/{admission}/deposit", tag = "staff", request_body = FirstDepositBody,
    params(("admission" = String, Path, description = "Number of the admission."), Key),
    responses((status = 200, description = "The admission.", body = AdmissionView)))]
async fn record_first_deposit(
    State(s): State<AppState>,
    v: Visitor,
    At(admission): At<DeskId>,
    key: Key,
    Body(body): Body<FirstDepositBody>,
) -> Answer {
    let input = FirstDepositInput { amount: body.amount.positive("amount")?, shop: body.shop };
    let call = move |app: &App| app.record_first_deposit(&v.principal, &admission, &input, key.get());
    let recorded = write_once(&s, call).await?;
    let answer = ok(&recorded.value);
    recorded.mark(answer)
}
