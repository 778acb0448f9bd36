//! Papers for outside: certificate, evidence package, and the published log.

use super::extract::{Asked, At, Body};
use super::problem::ApiError;
use super::{Answer, ok, write};
use crate::AppState;
use crate::visitor::Visitor;
use crate::web::paper::{download, stream};
use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::views::PaperView;
use yuanlu_app::{AppError, Variant};
use yuanlu_domain::ids::CaseId;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(transparency))
        .routes(routes!(load_seal))
        .routes(routes!(consistency))
        .routes(routes!(certificate))
        .routes(routes!(find_certificate))
        .routes(routes!(list_papers))
        .routes(routes!(make_package))
}

/// The published log: the platform's public key, every daily seal, and the signed head.
#[utoipa::path(get, path = "/transparency", tag = "public", security(()),
    responses((status = 200, description = "The log.", body = serde_json::Value)))]
async fn transparency(State(s): State<AppState>) -> Answer {
    ok(&write(&s, |app| app.transparency()).await?)
}

/// One daily seal.
#[utoipa::path(get, path = "/transparency/seals/{n}", tag = "public", security(()),
    params(("n" = String, Path, description = "Its number, from 1.")),
    responses((status = 200, description = "The seal.", body = serde_json::Value)))]
async fn load_seal(State(s): State<AppState>, At(n): At<String>) -> Answer {
    let log = write(&s, |app| app.transparency()).await?;
    let seal = log.seals.into_iter().find(|seal| seal.n.to_string() == n);
    ok(&seal.ok_or(AppError::NotFound)?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Between {
    /// Seals in the older head.
    from: u64,
    /// Seals in the newer head; all of them by default.
    to: Option<u64>,
}

/// Proves that a newer head of the log only adds to an older one (RFC 6962).
#[utoipa::path(get, path = "/transparency/consistency", tag = "public", security(()), params(Between),
    responses((status = 200, description = "Both signed heads and the path.", body = serde_json::Value)))]
async fn consistency(State(s): State<AppState>, Asked(between): Asked<Between>) -> Answer {
    ok(&write(&s, move |app| app.log_consistency(between.from, between.to)).await?)
}

/// The refund certificate of a case, signed, once the channel has accepted a refund.
#[utoipa::path(get, path = "/cases/{case}/certificate", tag = "cases",
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The certificate.", body = serde_json::Value)))]
async fn certificate(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>) -> Answer {
    ok(&write(&s, move |app| app.certificate(&v.principal, &case)).await?)
}

/// A certificate by the short id that stands on it.
#[utoipa::path(get, path = "/certificates/{id}", tag = "public", security(()),
    params(("id" = String, Path, description = "Its short id.")),
    responses((status = 200, description = "The certificate as issued.", body = serde_json::Value)))]
async fn find_certificate(State(s): State<AppState>, At(id): At<String>) -> Answer {
    ok(&write(&s, move |app| app.find_certificate(&id)).await?.document)
}

/// Certificates and packages made of a case; buyers and sellers see their own.
#[utoipa::path(get, path = "/cases/{case}/papers", tag = "cases",
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The newest first.", body = Vec<PaperView>)))]
async fn list_papers(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>) -> Answer {
    ok(&write(&s, move |app| app.list_papers(&v.principal, &case)).await?)
}

/// For whom a package is made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PackageBody {
    /// `buyer`, `12315`, `heimao`, `association`, `court`, `police`, `card`; for sellers `seller`.
    variant: String,
    /// Fraud is suspected: the stronger package with advice.
    #[serde(default)]
    fraud: bool,
}

/// Makes an evidence package: everything about the case that its side may see, with proofs.
///
/// Every export is kept with who made it.
#[utoipa::path(post, path = "/cases/{case}/package", tag = "cases", request_body = PackageBody,
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The archive.", body = Vec<u8>, content_type = "application/zip")))]
async fn make_package(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    Body(body): Body<PackageBody>,
) -> Answer {
    let variant = Variant::parse(&body.variant).ok_or(ApiError::input("variant", "unknown"))?;
    let name = format!("evidence-{case}-{}.zip", variant.code());
    let archive = stream(&s, v.principal.clone(), case, variant, body.fraud).await?;
    Ok(download("application/zip", &name, archive)?)
}
