//! Versions of the rules, and the administrator's bench.

use super::extract::{At, Body};
use super::inputs::{PolicyBody, PublishBody};
use super::{Answer, created, ok, read, write};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::views::{PolicyCheckView, PolicyVersion, PolicyView, ReplayView};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(policy))
        .routes(routes!(list_policies))
        .routes(routes!(load_policy))
        .routes(routes!(publish_policy))
        .routes(routes!(check_policy))
        .routes(routes!(replay_policy))
}

/// The refund policy in force.
#[utoipa::path(get, path = "/policy", tag = "public", security(()),
    responses((status = 200, description = "The policy, whole and in words.", body = PolicyView)))]
async fn policy(State(s): State<AppState>) -> Answer {
    ok(&read(&s, |app| app.policy())?)
}

/// Every version of the refund policy: coming, in force and past, the latest first.
#[utoipa::path(get, path = "/policies", tag = "public", security(()),
    responses((status = 200, description = "The versions.", body = Vec<PolicyVersion>)))]
async fn list_policies(State(s): State<AppState>) -> Answer {
    ok(&read(&s, |app| app.policy_versions())?)
}

/// One version of the refund policy.
#[utoipa::path(get, path = "/policies/{policy}", tag = "public", security(()),
    params(("policy" = String, Path, description = "Hash of the version.")),
    responses((status = 200, description = "The policy, whole and in words.", body = PolicyView)))]
async fn load_policy(State(s): State<AppState>, At(policy): At<String>) -> Answer {
    ok(&read(&s, |app| app.policy_version(&policy))?)
}

/// Publishes a policy, for orders placed from a day on.
///
/// It takes fifteen days of notice where anybody's rights shrink or may, else seven.
#[utoipa::path(post, path = "/staff/policies", tag = "staff", request_body = PublishBody,
    responses((status = 201, description = "The version.", body = PolicyVersion)))]
async fn publish_policy(State(s): State<AppState>, v: Visitor, Body(input): Body<PublishBody>) -> Answer {
    let publish =
        move |app: &yuanlu_app::App| app.publish_policy(&v.principal, &input.policy, input.effective_from.as_deref());
    let version = write(&s, publish).await?;
    created(&format!("/api/v1/policies/{}", version.hash), &version)
}

/// Says what is wrong with a policy, or what publishing it would change.
#[utoipa::path(post, path = "/staff/policies/check", tag = "staff", request_body = PolicyBody,
    responses((status = 200, description = "The problem, or the changes.", body = PolicyCheckView)))]
async fn check_policy(State(s): State<AppState>, v: Visitor, Body(input): Body<PolicyBody>) -> Answer {
    ok(&write(&s, move |app| app.check_policy(&v.principal, &input.policy)).await?)
}

/// Judges past decisions by another policy.
///
/// The facts stored with each decision are judged again; both verdicts are priced by the same figures of the order.
#[utoipa::path(post, path = "/staff/policies/replay", tag = "staff", request_body = PolicyBody,
    responses((status = 200, description = "What would come out otherwise.", body = ReplayView)))]
async fn replay_policy(State(s): State<AppState>, v: Visitor, Body(input): Body<PolicyBody>) -> Answer {
    ok(&write(&s, move |app| app.replay_policy(&v.principal, &input.policy)).await?)
}
