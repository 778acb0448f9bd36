//! Offers, the order's thread, remedies, panels: how a case goes on once it is open.

use super::extract::{At, Body, Key, NoBody};
use super::inputs::{ManyBody, OfferBody, RemedyBody, RulingBody, UpholdBody, VoteBody};
use super::{Answer, nothing, ok, read, write, write_once};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{
    DismissInput, ManyInput, MessageInput, OfferInput, RemedyInput, RulingInput, UpholdInput, VoteInput,
};
use yuanlu_app::views::{CaseSummary, CaseView, DecidedView, PanelCaseView, PanelRow, TextCheckView, ThreadView};
use yuanlu_domain::ids::{AccountId, CaseId, OrderId};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(thread, say))
        .routes(routes!(check_text))
        .routes(routes!(read_thread))
        .routes(routes!(make_early_offer))
        .routes(routes!(make_offer))
        .routes(routes!(answer_offer))
        .routes(routes!(open_remedy))
        .routes(routes!(withdraw_remedy))
        .routes(routes!(same_batch))
        .routes(routes!(decide_many))
        .routes(routes!(uphold))
        .routes(routes!(dismiss))
        .routes(routes!(take_back))
        .routes(routes!(refer_to_panel))
        .routes(routes!(invite_arbitrator))
        .routes(routes!(panels))
        .routes(routes!(panel_case))
        .routes(routes!(vote))
        .routes(routes!(rule))
}

/// A text that is about to be sent.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TextBody {
    /// The text.
    text: String,
}

/// How far the thread was read.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadBody {
    /// The number of the last message seen.
    message: u32,
}

/// The answer to an offer.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnswerBody {
    /// Yes or no.
    accept: bool,
}

/// An invitation to judge.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InviteArbitratorBody {
    /// The arbitrator's account.
    account: String,
}

/// The thread of an order, oldest first, with what was recognised in it.
#[utoipa::path(get, path = "/orders/{order}/thread", tag = "thread",
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 200, description = "The thread.", body = ThreadView)))]
async fn thread(State(s): State<AppState>, v: Visitor, At(order): At<OrderId>) -> Answer {
    ok(&read(&s, |app| app.thread(&v.principal, &order))?)
}

/// Writes in the thread. A text with hints is refused with `hints` until `hints_seen` says that they were read.
#[utoipa::path(post, path = "/orders/{order}/thread", tag = "thread", request_body = MessageInput,
    params(("order" = String, Path, description = "Order number."), Key),
    responses((status = 200, description = "The thread.", body = ThreadView)))]
async fn say(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    key: Key,
    Body(input): Body<MessageInput>,
) -> Answer {
    write_once(&s, move |app| app.say(&v.principal, &order, &input, key.get())).await?.ok()
}

/// What would be recognised in a text: hints before sending, promises. Nothing is written.
#[utoipa::path(post, path = "/text-check", tag = "thread", request_body = TextBody, security(()),
    responses((status = 200, description = "What was recognised.", body = TextCheckView)))]
async fn check_text(State(s): State<AppState>, Body(body): Body<TextBody>) -> Answer {
    ok(&read(&s, |app| app.check_text(&body.text))?)
}

/// Notes how far one has read.
#[utoipa::path(post, path = "/orders/{order}/thread/read", tag = "thread", request_body = ReadBody,
    params(("order" = String, Path, description = "Order number.")),
    responses((status = 204, description = "Noted.")))]
async fn read_thread(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    Body(body): Body<ReadBody>,
) -> Answer {
    write(&s, move |app| app.read_thread(&v.principal, &order, body.message)).await?;
    nothing()
}

/// Offers something before any case, as the seller.
#[utoipa::path(post, path = "/orders/{order}/offers", tag = "seller", request_body = OfferBody,
    params(("order" = String, Path, description = "Order number."), Key),
    responses((status = 200, description = "The thread.", body = ThreadView)))]
async fn make_early_offer(
    State(s): State<AppState>,
    v: Visitor,
    At(order): At<OrderId>,
    key: Key,
    Body(body): Body<OfferBody>,
) -> Answer {
    let input = OfferInput::try_from(body)?;
    write_once(&s, move |app| app.make_early_offer(&v.principal, &order, &input, key.get())).await?.ok()
}

/// Offers something in a case, as the seller: at most two, the first spends his turn (R33).
#[utoipa::path(post, path = "/cases/{case}/offers", tag = "seller", request_body = OfferBody,
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn make_offer(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    key: Key,
    Body(body): Body<OfferBody>,
) -> Answer {
    let input = OfferInput::try_from(body)?;
    write_once(&s, move |app| app.make_offer(&v.principal, &case, &input, key.get())).await?.ok()
}

/// Accepts or declines an offer, in one step. The answer is the case it settled; `null` where there is none.
#[utoipa::path(post, path = "/orders/{order}/offers/{offer}/answer", tag = "cases", request_body = AnswerBody,
    params(("order" = String, Path, description = "Order number."), ("offer" = u16, Path, description = "Its ordinal."),
        Key),
    responses((status = 200, description = "The case, or `null`.", body = Option<CaseView>)))]
async fn answer_offer(
    State(s): State<AppState>,
    v: Visitor,
    At((order, offer)): At<(OrderId, u16)>,
    key: Key,
    Body(body): Body<AnswerBody>,
) -> Answer {
    write_once(&s, move |app| app.answer_offer(&v.principal, &order, offer, body.accept, key.get())).await?.ok()
}

/// Opens an appeal or a complaint as the buyer, an objection as the seller (R19, R20, R34).
#[utoipa::path(post, path = "/cases/{case}/remedies", tag = "cases", request_body = RemedyBody,
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn open_remedy(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    key: Key,
    Body(body): Body<RemedyBody>,
) -> Answer {
    let input = RemedyInput::try_from(body)?;
    write_once(&s, move |app| app.open_remedy(&v.principal, &case, &input, key.get())).await?.ok()
}

/// Withdraws one's appeal, complaint or objection.
#[utoipa::path(post, path = "/cases/{case}/remedies/withdraw", tag = "cases",
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn withdraw_remedy(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>, key: Key, _: NoBody) -> Answer {
    write_once(&s, move |app| app.withdraw_remedy(&v.principal, &case, key.get())).await?.ok()
}

/// Other cases about codes of the same batch that wait at the same desk.
#[utoipa::path(get, path = "/staff/cases/{case}/alike", tag = "staff",
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The cases.", body = Vec<CaseSummary>)))]
async fn same_batch(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>) -> Answer {
    ok(&read(&s, |app| app.same_batch(&v.principal, &case))?)
}

/// Decides many cases alike, each on its own: what is refused for one leaves the others decided.
#[utoipa::path(post, path = "/staff/decisions", tag = "staff", request_body = ManyBody, params(Key),
    responses((status = 200, description = "What became of each.", body = Vec<DecidedView>)))]
async fn decide_many(State(s): State<AppState>, v: Visitor, key: Key, Body(body): Body<ManyBody>) -> Answer {
    let input = ManyInput::try_from(body)?;
    write_once(&s, move |app| app.decide_many(&v.principal, &input, key.get())).await?.ok()
}

/// Finds an appeal, a complaint or an objection right. It is sent when it can no longer be taken back.
#[utoipa::path(post, path = "/staff/cases/{case}/uphold", tag = "staff", request_body = UpholdBody,
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn uphold(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    key: Key,
    Body(body): Body<UpholdBody>,
) -> Answer {
    let input = UpholdInput::try_from(body)?;
    write_once(&s, move |app| app.uphold(&v.principal, &case, &input, key.get())).await?.ok()
}

/// Finds an appeal, a complaint or an objection wrong, with words whoever opened it can understand.
#[utoipa::path(post, path = "/staff/cases/{case}/dismiss", tag = "staff", request_body = DismissInput,
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn dismiss(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    key: Key,
    Body(input): Body<DismissInput>,
) -> Answer {
    write_once(&s, move |app| app.dismiss(&v.principal, &case, &input, key.get())).await?.ok()
}

/// Takes one's own decision back before it is sent.
#[utoipa::path(post, path = "/staff/cases/{case}/take-back", tag = "staff",
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn take_back(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.take_back(&v.principal, &case)).await?)
}

/// Sends a case to a panel of outside arbitrators, drawn by lot without conflict of interest (R30).
#[utoipa::path(post, path = "/staff/cases/{case}/panel", tag = "staff",
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn refer_to_panel(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.refer_to_panel(&v.principal, &case)).await?)
}

/// Invites an arbitrator where nobody of the house may judge (R35).
#[utoipa::path(post, path = "/staff/cases/{case}/arbitrator", tag = "staff", request_body = InviteArbitratorBody,
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn invite_arbitrator(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    Body(body): Body<InviteArbitratorBody>,
) -> Answer {
    let arbitrator = AccountId::from(body.account);
    ok(&write(&s, move |app| app.invite_arbitrator(&v.principal, &case, &arbitrator)).await?)
}

/// The cases one sits on as an arbitrator, the newest first.
#[utoipa::path(get, path = "/panels", tag = "panel",
    responses((status = 200, description = "The cases.", body = Vec<PanelRow>)))]
async fn panels(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.panels(&v.principal))?)
}

/// A case as its arbitrators see it: without names and codes.
#[utoipa::path(get, path = "/panels/{case}", tag = "panel",
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The case.", body = PanelCaseView)))]
async fn panel_case(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>) -> Answer {
    ok(&read(&s, |app| app.panel_case(&v.principal, &case))?)
}

/// Votes, once; others see it only in the ruling.
#[utoipa::path(post, path = "/panels/{case}/vote", tag = "panel", request_body = VoteBody,
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = PanelCaseView)))]
async fn vote(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    key: Key,
    Body(body): Body<VoteBody>,
) -> Answer {
    let input = VoteInput::try_from(body)?;
    write_once(&s, move |app| app.vote(&v.principal, &case, &input, key.get())).await?.ok()
}

/// Judges by invitation, where nobody of the house may (R35).
#[utoipa::path(post, path = "/panels/{case}/ruling", tag = "panel", request_body = RulingBody,
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = PanelCaseView)))]
async fn rule(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    key: Key,
    Body(body): Body<RulingBody>,
) -> Answer {
    let input = RulingInput::try_from(body)?;
    write_once(&s, move |app| app.rule(&v.principal, &case, &input, key.get())).await?.ok()
}
