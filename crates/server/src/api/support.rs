//! Support: whoever asks, with or without an account; the desk that answers; and what it looks for.

use super::extract::{Asked, At, Body, Key, NoBody, PageQuery, Paging};
use super::inputs::{ConversationKeyBody, ProgressBody, SayBody, WhyBody};
use super::{Answer, nothing, ok, read, write, write_once};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{ConversationInput, PrepareInput, ProgressInput, SearchInput, SupportHoursInput};
use yuanlu_app::views::{
    ConversationBegun, ConversationSummary, ConversationView, HitView, Listing, SearchView, ShownProgress,
    SupportHoursView, UncoveredContactView,
};
use yuanlu_app::{App, Viewed};
use yuanlu_domain::ids::{DeskId, OrderId};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(support_hours))
        .routes(routes!(set_support_hours))
        .routes(routes!(shown_progress))
        .routes(routes!(open_conversation))
        .routes(routes!(own_conversations))
        .routes(routes!(load_conversation))
        .routes(routes!(open_with_key))
        .routes(routes!(say_in_conversation))
        .routes(routes!(send_progress))
        .routes(routes!(end_conversation))
        .routes(routes!(list_conversations))
        .routes(routes!(claim_conversation))
        .routes(routes!(search_support))
        .routes(routes!(support_order))
        .routes(routes!(reveal_contact))
        .routes(routes!(prepare_refund))
}

/// When support answers.
#[utoipa::path(get, path = "/support/hours", tag = "public", security(()),
    responses((status = 200, description = "The hours.", body = SupportHoursView)))]
async fn support_hours(State(s): State<AppState>) -> Answer {
    ok(&read(&s, App::support_hours)?)
}

/// Sets when support answers.
#[utoipa::path(put, path = "/staff/support/hours", tag = "staff", request_body = SupportHoursInput,
    responses((status = 200, description = "The hours.", body = SupportHoursView)))]
async fn set_support_hours(State(s): State<AppState>, v: Visitor, Body(input): Body<SupportHoursInput>) -> Answer {
    ok(&write(&s, move |app| app.set_support_hours(&v.principal, &input)).await?)
}

/// How the refunds of an order stand, for whoever names its number, payment time and amount.
///
/// Masked: no amounts, names or codes. Whatever does not fit is answered alike, and wrong tries are counted.
#[utoipa::path(post, path = "/support/progress", tag = "public", security(()), request_body = ProgressInput,
    responses((status = 200, description = "The refunds.", body = ShownProgress)))]
async fn shown_progress(State(s): State<AppState>, v: Visitor, Body(input): Body<ProgressInput>) -> Answer {
    ok(&write(&s, move |app| app.shown_progress(&input, &v.origin)).await?)
}

/// Begins a conversation with support, with words or by asking how a refund stands.
///
/// How a refund stands is answered by the program at once. Whoever is not signed in gets a key, once, by which he comes
/// back. A text with hints (`422`, field `text`) is sent only with `hints_seen`.
#[utoipa::path(post, path = "/support/conversations", tag = "public", security(()), request_body = ConversationInput,
    params(Key), responses((status = 201, description = "The conversation.", body = ConversationBegun)))]
async fn open_conversation(
    State(s): State<AppState>,
    v: Visitor,
    key: Key,
    Body(input): Body<ConversationInput>,
) -> Answer {
    let call = move |app: &App| app.open_conversation(&v.principal, &input, key.get(), &v.origin);
    let begun = write_once(&s, call).await?;
    begun.created(&format!("/api/v1/support/conversations/{}", begun.value.conversation.summary.conversation))
}

/// One's own conversations with support, newest first.
#[utoipa::path(get, path = "/me/conversations", tag = "account", params(PageQuery),
    responses((status = 200, description = "One page of conversations.", body = Listing<ConversationSummary>)))]
async fn own_conversations(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.own_conversations(&v.principal, &page))?)
}

/// A conversation of one's own; or, for support, of anybody.
#[utoipa::path(get, path = "/support/conversations/{conversation}", tag = "public",
    params(("conversation" = String, Path, description = "Number of the conversation.")),
    responses((status = 200, description = "The conversation.", body = ConversationView)))]
async fn load_conversation(State(s): State<AppState>, v: Visitor, At(id): At<DeskId>) -> Answer {
    ok(&read(&s, |app| app.load_conversation(&v.principal, &id, None))?)
}

/// Opens a stranger's conversation by its key.
#[utoipa::path(post, path = "/support/conversations/{conversation}/open", tag = "public", security(()),
    request_body = ConversationKeyBody,
    params(("conversation" = String, Path, description = "Number of the conversation.")),
    responses((status = 200, description = "The conversation.", body = ConversationView)))]
async fn open_with_key(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<DeskId>,
    Body(input): Body<ConversationKeyBody>,
) -> Answer {
    ok(&read(&s, |app| app.load_conversation(&v.principal, &id, input.key.as_ref()))?)
}

/// Says something in a conversation, as whoever asks or as support.
#[utoipa::path(post, path = "/support/conversations/{conversation}/say", tag = "public", security(()),
    request_body = SayBody, params(("conversation" = String, Path, description = "Number of the conversation."), Key),
    responses((status = 200, description = "The conversation.", body = ConversationView)))]
async fn say_in_conversation(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<DeskId>,
    key: Key,
    Body(body): Body<SayBody>,
) -> Answer {
    let call = move |app: &App| {
        let (secret, input) = body.parts();
        app.say_in_conversation(&v.principal, &id, secret.as_ref(), &input, key.get(), &v.origin)
    };
    write_once(&s, call).await?.ok()
}

/// Sends into a conversation how a refund stands.
///
/// Its buyer names the case; a stranger names order, payment time and amount and hears no amounts; support names a case
/// of whoever asks.
#[utoipa::path(post, path = "/support/conversations/{conversation}/progress", tag = "public", security(()),
    request_body = ProgressBody,
    params(("conversation" = String, Path, description = "Number of the conversation.")),
    responses((status = 200, description = "The conversation.", body = ConversationView)))]
async fn send_progress(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<DeskId>,
    Body(body): Body<ProgressBody>,
) -> Answer {
    let call = move |app: &App| {
        let (secret, input) = body.parts();
        app.send_progress(&v.principal, &id, secret.as_ref(), &input, &v.origin)
    };
    ok(&write(&s, call).await?)
}

/// Ends a conversation, from either side.
#[utoipa::path(post, path = "/support/conversations/{conversation}/end", tag = "public", security(()),
    request_body = ConversationKeyBody,
    params(("conversation" = String, Path, description = "Number of the conversation.")),
    responses((status = 200, description = "The conversation.", body = ConversationView)))]
async fn end_conversation(
    State(s): State<AppState>,
    v: Visitor,
    At(id): At<DeskId>,
    Body(input): Body<ConversationKeyBody>,
) -> Answer {
    ok(&write(&s, move |app| app.end_conversation(&v.principal, &id, input.key.as_ref())).await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ShowQuery {
    /// `waiting` for an answer (the default), `answered`, or `over`.
    #[serde(default)]
    show: Option<String>,
}

/// Conversations for support, due first.
#[utoipa::path(get, path = "/staff/support/conversations", tag = "staff", params(ShowQuery, PageQuery),
    responses((status = 200, description = "One page of conversations.", body = Listing<ConversationSummary>)))]
async fn list_conversations(
    State(s): State<AppState>,
    v: Visitor,
    Asked(query): Asked<ShowQuery>,
    Paging(page): Paging,
) -> Answer {
    let show = query.show.as_deref().unwrap_or("waiting");
    ok(&read(&s, |app| app.conversations(&v.principal, show, &page))?)
}

/// Takes a conversation.
#[utoipa::path(post, path = "/staff/support/conversations/{conversation}/claim", tag = "staff",
    params(("conversation" = String, Path, description = "Number of the conversation.")),
    responses((status = 200, description = "The conversation.", body = ConversationView)))]
async fn claim_conversation(State(s): State<AppState>, v: Visitor, At(id): At<DeskId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.claim_conversation(&v.principal, &id)).await?)
}

/// Looks for an order by whatever is known of it.
///
/// A number, telephone, contact, code or its end, or a name. The audit log keeps that somebody searched, not for what.
#[utoipa::path(post, path = "/staff/support/search", tag = "staff", request_body = SearchInput,
    responses((status = 200, description = "What was found.", body = SearchView)))]
async fn search_support(State(s): State<AppState>, v: Visitor, Body(input): Body<SearchInput>) -> Answer {
    let visitor = v.clone();
    let found = write(&s, move |app| app.search_support(&v.principal, &input)).await?;
    for hit in &found.orders {
        crate::seen::saw(&s, &visitor, Viewed::Order(OrderId::new(hit.order.clone())));
    }
    ok(&found)
}

/// An order as support sees it: where its refund stands on top.
#[utoipa::path(get, path = "/staff/support/orders/{order}", tag = "staff",
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 200, description = "The order.", body = HitView)))]
async fn support_order(State(s): State<AppState>, v: Visitor, At(order): At<OrderId>) -> Answer {
    let found = read(&s, |app| app.support_order(&v.principal, &order))?;
    crate::seen::saw(&s, &v, Viewed::Order(order));
    ok(&found)
}

/// Uncovers who a buyer is and how he is reached; the audit log keeps why.
#[utoipa::path(post, path = "/staff/support/orders/{order}/contact", tag = "staff", request_body = WhyBody,
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 200, description = "Account and contact.", body = UncoveredContactView)))]
async fn reveal_contact(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    Body(input): Body<WhyBody>,
) -> Answer {
    ok(&write(&s, move |app| app.reveal_contact(&v.principal, &order, &input.why)).await?)
}

/// Prepares an application for a buyer: a draft, which is an application only once he has sent it.
#[utoipa::path(post, path = "/staff/support/orders/{order}/prepare", tag = "staff", request_body = PrepareInput,
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 204, description = "The buyer was told.")))]
async fn prepare_refund(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    Body(input): Body<PrepareInput>,
) -> Answer {
    write(&s, move |app| app.prepare_refund(&v.principal, &order, &input).map(drop)).await?;
    nothing()
}
