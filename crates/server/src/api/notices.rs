//! What reaches people outside the site: addresses, choices, webhooks, words of messages, what was sent.

use super::extract::{At, Body, NoBody, PageQuery, Paging};
use super::inputs::{AddressBody, CodeBody, ForgotBody, UrlBody, WordsOfTemplateBody};
use super::outputs::NewWebhookView;
use super::problem::ApiError;
use super::{Answer, created, nothing, ok, read, write};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{ChoicesInput, TemplateInput, TemplateKey};
use yuanlu_app::views::{
    ChoicesView, ContactsView, DispatchView, Listing, SuppressionView, TemplatePreview, TemplateRow, TemplateView,
    WebhookView,
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(contacts))
        .routes(routes!(add_contact, remove_contact))
        .routes(routes!(confirm_contact))
        .routes(routes!(notice_choices, choose_notices))
        .routes(routes!(own_dispatches))
        .routes(routes!(forgot_password))
        .routes(routes!(list_webhooks, add_webhook))
        .routes(routes!(remove_webhook))
        .routes(routes!(test_webhook))
        .routes(routes!(restart_webhook))
        .routes(routes!(webhook_dispatches))
        .routes(routes!(redeliver))
        .routes(routes!(list_templates))
        .routes(routes!(load_template, change_template, reset_template))
        .routes(routes!(preview_template))
        .routes(routes!(list_dispatches))
        .routes(routes!(list_suppressions))
        .routes(routes!(lift_suppression))
}

/// My addresses, and those that wait for their code.
#[utoipa::path(get, path = "/me/contacts", tag = "account",
    responses((status = 200, description = "The addresses, with their ends hidden.", body = ContactsView)))]
async fn contacts(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.contacts(&v.principal))?)
}

/// Says that an address is mine. A code goes there, which proves it.
#[utoipa::path(put, path = "/me/contacts/{way}", tag = "account", request_body = AddressBody,
    params(("way" = String, Path, description = "`mail` or `sms`.")),
    responses((status = 200, description = "The addresses.", body = ContactsView)))]
async fn add_contact(
    State(s): State<AppState>,
    v: Visitor,
    At(way): At<String>,
    Body(input): Body<AddressBody>,
) -> Answer {
    ok(&write(&s, move |app| app.add_contact(&v.principal, &way, &input.address)).await?)
}

/// Erases an address of mine.
#[utoipa::path(delete, path = "/me/contacts/{way}", tag = "account",
    params(("way" = String, Path, description = "`mail` or `sms`.")),
    responses((status = 204, description = "Erased.")))]
async fn remove_contact(State(s): State<AppState>, v: Visitor, At(way): At<String>) -> Answer {
    write(&s, move |app| app.remove_contact(&v.principal, &way)).await?;
    nothing()
}

/// Proves an address by the code that was sent there.
#[utoipa::path(post, path = "/me/contacts/{way}/confirm", tag = "account", request_body = CodeBody,
    params(("way" = String, Path, description = "`mail` or `sms`.")),
    responses((status = 200, description = "The addresses.", body = ContactsView)))]
async fn confirm_contact(
    State(s): State<AppState>,
    v: Visitor,
    At(way): At<String>,
    Body(input): Body<CodeBody>,
) -> Answer {
    ok(&write(&s, move |app| app.confirm_contact(&v.principal, &way, &input.code)).await?)
}

/// What reaches me, by which way, and when not.
#[utoipa::path(get, path = "/me/notices/choices", tag = "account",
    responses((status = 200, description = "The choices.", body = ChoicesView)))]
async fn notice_choices(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.notice_choices(&v.principal))?)
}

/// Sets what reaches me. Decisions, money and deadlines need one way at least.
#[utoipa::path(put, path = "/me/notices/choices", tag = "account", request_body = ChoicesInput,
    responses((status = 200, description = "The choices.", body = ChoicesView)))]
async fn choose_notices(State(s): State<AppState>, v: Visitor, Body(input): Body<ChoicesInput>) -> Answer {
    ok(&write(&s, move |app| app.choose_notices(&v.principal, &input)).await?)
}

/// What was sent to me, newest first.
#[utoipa::path(get, path = "/me/notices/dispatches", tag = "account", params(PageQuery),
    responses((status = 200, description = "One page of messages.", body = Listing<DispatchView>)))]
async fn own_dispatches(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.own_dispatches(&v.principal, &page))?)
}

/// Sends a link to set a new password to the proved address of an account. The answer never says whether there is one.
#[utoipa::path(post, path = "/password/forgot", tag = "session", request_body = ForgotBody,
    responses((status = 204, description = "If there is such an account, a link is on its way.")))]
async fn forgot_password(State(s): State<AppState>, v: Visitor, Body(input): Body<ForgotBody>) -> Answer {
    write(&s, move |app| app.forgot_password(&input.login, &v.origin)).await?;
    nothing()
}

/// Webhooks of my shop.
#[utoipa::path(get, path = "/seller/webhooks", tag = "seller",
    responses((status = 200, description = "The webhooks.", body = Vec<WebhookView>)))]
async fn list_webhooks(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.webhooks(&v.principal))?)
}

/// Adds a webhook. The secret of its signatures is in this answer only.
#[utoipa::path(post, path = "/seller/webhooks", tag = "seller", request_body = UrlBody,
    responses((status = 201, description = "The webhook and its secret.", body = NewWebhookView)))]
async fn add_webhook(State(s): State<AppState>, v: Visitor, Body(input): Body<UrlBody>) -> Answer {
    let new = write(&s, move |app| app.add_webhook(&v.principal, &input.url)).await?;
    let at = format!("/api/v1/seller/webhooks/{}", new.webhook.id);
    created(&at, &NewWebhookView { webhook: new.webhook, secret: new.secret.expose().clone() })
}

/// Removes a webhook.
#[utoipa::path(delete, path = "/seller/webhooks/{webhook}", tag = "seller",
    params(("webhook" = String, Path, description = "Id of the webhook.")),
    responses((status = 204, description = "Removed.")))]
async fn remove_webhook(State(s): State<AppState>, v: Visitor, At(webhook): At<String>) -> Answer {
    write(&s, move |app| app.remove_webhook(&v.principal, &webhook)).await?;
    nothing()
}

/// Sends a webhook a message that says nothing.
#[utoipa::path(post, path = "/seller/webhooks/{webhook}/test", tag = "seller",
    params(("webhook" = String, Path, description = "Id of the webhook.")),
    responses((status = 204, description = "It is on its way.")))]
async fn test_webhook(State(s): State<AppState>, v: Visitor, At(webhook): At<String>, _: NoBody) -> Answer {
    write(&s, move |app| app.test_webhook(&v.principal, &webhook)).await?;
    nothing()
}

/// Calls a webhook again that was stopped.
#[utoipa::path(post, path = "/seller/webhooks/{webhook}/restart", tag = "seller",
    params(("webhook" = String, Path, description = "Id of the webhook.")),
    responses((status = 204, description = "It is called again.")))]
async fn restart_webhook(State(s): State<AppState>, v: Visitor, At(webhook): At<String>, _: NoBody) -> Answer {
    write(&s, move |app| app.restart_webhook(&v.principal, &webhook)).await?;
    nothing()
}

/// What a webhook was told, newest first.
#[utoipa::path(get, path = "/seller/webhooks/{webhook}/dispatches", tag = "seller",
    params(("webhook" = String, Path, description = "Id of the webhook."), PageQuery),
    responses((status = 200, description = "One page of messages.", body = Listing<DispatchView>)))]
async fn webhook_dispatches(
    State(s): State<AppState>,
    v: Visitor,
    At(webhook): At<String>,
    Paging(page): Paging,
) -> Answer {
    ok(&read(&s, |app| app.webhook_dispatches(&v.principal, &webhook, &page))?)
}

/// Sends a message that is over once more, under its id.
#[utoipa::path(post, path = "/seller/webhooks/{webhook}/dispatches/{message}/again", tag = "seller",
    params(("webhook" = String, Path, description = "Id of the webhook."),
        ("message" = String, Path, description = "Id of the message.")),
    responses((status = 204, description = "It is on its way.")))]
async fn redeliver(
    State(s): State<AppState>,
    v: Visitor,
    At((webhook, message)): At<(String, String)>,
    _: NoBody,
) -> Answer {
    write(&s, move |app| app.redeliver(&v.principal, &webhook, &message)).await?;
    nothing()
}

/// Every kind of message, and which words of it were changed.
#[utoipa::path(get, path = "/staff/templates", tag = "staff",
    responses((status = 200, description = "The kinds.", body = Vec<TemplateRow>)))]
async fn list_templates(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.templates(&v.principal))?)
}

/// Words of one kind of message, with a preview.
#[utoipa::path(get, path = "/staff/templates/{kind}/{way}/{language}", tag = "staff",
    params(("kind" = String, Path, description = "Code of the notice."),
        ("way" = String, Path, description = "`mail` or `sms`."),
        ("language" = String, Path, description = "`zh` or `en`.")),
    responses((status = 200, description = "The words.", body = TemplateView)))]
async fn load_template(
    State(s): State<AppState>,
    v: Visitor,
    At((kind, way, language)): At<(String, String, String)>,
) -> Answer {
    ok(&read(&s, |app| app.template(&v.principal, &TemplateKey { kind, way, language }))?)
}

/// Changes words. Bad ones are refused, with their part and line.
#[utoipa::path(put, path = "/staff/templates/{kind}/{way}/{language}", tag = "staff",
    request_body = WordsOfTemplateBody,
    params(("kind" = String, Path, description = "Code of the notice."),
        ("way" = String, Path, description = "`mail` or `sms`."),
        ("language" = String, Path, description = "`zh` or `en`.")),
    responses((status = 200, description = "The words.", body = TemplateView)))]
async fn change_template(
    State(s): State<AppState>,
    v: Visitor,
    At((kind, way, language)): At<(String, String, String)>,
    Body(words): Body<WordsOfTemplateBody>,
) -> Answer {
    let key = TemplateKey { kind, way, language };
    let input = TemplateInput { key, subject: words.subject, body: words.body };
    match write(&s, move |app| app.change_template(&v.principal, &input)).await? {
        Ok(shown) => ok(&shown),
        Err(fault) => {
            let line = fault.line.map(|line| format!(":{line}")).unwrap_or_default();
            Err(ApiError::input(format!("{}{line}", fault.part), "bad_template"))
        }
    }
}

/// Goes back to the program's own words.
#[utoipa::path(delete, path = "/staff/templates/{kind}/{way}/{language}", tag = "staff",
    params(("kind" = String, Path, description = "Code of the notice."),
        ("way" = String, Path, description = "`mail` or `sms`."),
        ("language" = String, Path, description = "`zh` or `en`.")),
    responses((status = 200, description = "The words.", body = TemplateView)))]
async fn reset_template(
    State(s): State<AppState>,
    v: Visitor,
    At((kind, way, language)): At<(String, String, String)>,
) -> Answer {
    let key = TemplateKey { kind, way, language };
    ok(&write(&s, move |app| app.reset_template(&v.principal, &key)).await?)
}

/// What changed words would look like; nothing is kept.
#[utoipa::path(post, path = "/staff/templates/{kind}/{way}/{language}/preview", tag = "staff",
    request_body = WordsOfTemplateBody,
    params(("kind" = String, Path, description = "Code of the notice."),
        ("way" = String, Path, description = "`mail` or `sms`."),
        ("language" = String, Path, description = "`zh` or `en`.")),
    responses((status = 200, description = "What it looks like, or what is wrong.", body = TemplatePreview)))]
async fn preview_template(
    State(s): State<AppState>,
    v: Visitor,
    At((kind, way, language)): At<(String, String, String)>,
    Body(words): Body<WordsOfTemplateBody>,
) -> Answer {
    let key = TemplateKey { kind, way, language };
    let input = TemplateInput { key, subject: words.subject, body: words.body };
    ok(&read(&s, |app| app.preview_template(&v.principal, &input))?)
}

/// Everything that was sent, newest first.
#[utoipa::path(get, path = "/staff/messages", tag = "staff", params(PageQuery),
    responses((status = 200, description = "One page of messages.", body = Listing<DispatchView>)))]
async fn list_dispatches(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.dispatches(&v.principal, &page))?)
}

/// Addresses nothing is sent to any more.
#[utoipa::path(get, path = "/staff/messages/stopped", tag = "staff",
    responses((status = 200, description = "The addresses, with their ends hidden.", body = Vec<SuppressionView>)))]
async fn list_suppressions(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.suppressions(&v.principal))?)
}

/// Sends to an address again.
#[utoipa::path(delete, path = "/staff/messages/stopped/{way}/{address}", tag = "staff",
    params(("way" = String, Path, description = "`mail` or `sms`."),
        ("address" = String, Path, description = "The hash of the address.")),
    responses((status = 204, description = "Messages go there again.")))]
async fn lift_suppression(State(s): State<AppState>, v: Visitor, At((way, address)): At<(String, String)>) -> Answer {
    write(&s, move |app| app.lift_suppression(&v.principal, &address, &way)).await?;
    nothing()
}
