//! Conduct and credit: one's own, what staff finds, and a hint before a text is sent.

use super::extract::{At, Body, NoBody, PageQuery, Paging};
use super::{Answer, created, nothing, ok, read, write};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{BlockInput, FindingInput, JudgeFindingInput, ReviewListingInput, WordsInput};
use yuanlu_app::views::{ConductFlagView, CreditEventView, CreditView, HeldListingView, Listing, TextCheckView};
use yuanlu_domain::ids::ProductId;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(check_words))
        .routes(routes!(own_credit))
        .routes(routes!(shop_credit))
        .routes(routes!(appeal_finding))
        .routes(routes!(conduct_flags))
        .routes(routes!(confirm_flag))
        .routes(routes!(dismiss_flag))
        .routes(routes!(finding_appeals))
        .routes(routes!(credit_of))
        .routes(routes!(record_finding))
        .routes(routes!(judge_finding))
        .routes(routes!(withdraw_finding))
        .routes(routes!(block))
        .routes(routes!(held_listings))
        .routes(routes!(review_listing))
}

/// What is read in a text that one is about to send: promises, ways off the platform, abuse, threats. Nothing is kept.
#[utoipa::path(post, path = "/words", tag = "public", request_body = WordsInput,
    responses((status = 200, description = "What it holds. It can be sent all the same.", body = TextCheckView)))]
async fn check_words(State(s): State<AppState>, Body(input): Body<WordsInput>) -> Answer {
    ok(&read(&s, |app| app.check_text(&input.words))?)
}

/// My credit, with every event, its reason and its appeal. Guests see that of their order.
#[utoipa::path(get, path = "/me/credit", tag = "account",
    responses((status = 200, description = "The credit.", body = CreditView)))]
async fn own_credit(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.own_credit(&v.principal))?)
}

/// My shop's credit.
#[utoipa::path(get, path = "/seller/credit", tag = "seller",
    responses((status = 200, description = "The credit.", body = CreditView)))]
async fn shop_credit(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.shop_credit(&v.principal))?)
}

/// Appeals an event of my own or of my shop, once and in time. Left unanswered, the appeal is granted.
#[utoipa::path(post, path = "/me/credit/{event}/appeal", tag = "account", request_body = WordsInput,
    params(("event" = String, Path, description = "Id of the event.")),
    responses((status = 200, description = "The event.", body = CreditEventView)))]
async fn appeal_finding(
    State(s): State<AppState>,
    v: Visitor,
    At(event): At<String>,
    Body(input): Body<WordsInput>,
) -> Answer {
    ok(&write(&s, move |app| app.appeal_finding(&v.principal, &event, &input.words)).await?)
}

/// Conduct that waits for a person to judge it, the oldest first.
#[utoipa::path(get, path = "/staff/conduct/flags", tag = "staff", params(PageQuery),
    responses((status = 200, description = "One page of flags.", body = Listing<ConductFlagView>)))]
async fn conduct_flags(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.conduct_flags(&v.principal, &page))?)
}

/// Makes a finding of a flag.
#[utoipa::path(post, path = "/staff/conduct/flags/{flag}/confirm", tag = "staff", request_body = WordsInput,
    params(("flag" = String, Path, description = "Id of the flag.")),
    responses((status = 200, description = "The finding.", body = CreditEventView)))]
async fn confirm_flag(
    State(s): State<AppState>,
    v: Visitor,
    At(flag): At<String>,
    Body(input): Body<WordsInput>,
) -> Answer {
    ok(&write(&s, move |app| app.confirm_flag(&v.principal, &flag, &input.words)).await?)
}

/// Finds nothing wrong in what was flagged.
#[utoipa::path(post, path = "/staff/conduct/flags/{flag}/dismiss", tag = "staff",
    params(("flag" = String, Path, description = "Id of the flag.")),
    responses((status = 204, description = "Dismissed.")))]
async fn dismiss_flag(State(s): State<AppState>, v: Visitor, At(flag): At<String>, _: NoBody) -> Answer {
    write(&s, move |app| app.dismiss_flag(&v.principal, &flag)).await?;
    nothing()
}

/// Appeals against findings, the first due first.
#[utoipa::path(get, path = "/staff/conduct/appeals", tag = "staff", params(PageQuery),
    responses((status = 200, description = "One page of appealed events.", body = Listing<CreditEventView>)))]
async fn finding_appeals(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.finding_appeals(&v.principal, &page))?)
}

/// Somebody's credit.
#[utoipa::path(get, path = "/staff/credit/{subject}", tag = "staff",
    params(("subject" = String, Path, description = "`acct:`, `seller:` or `guest:` and an id, or a login name.")),
    responses((status = 200, description = "The credit.", body = CreditView)))]
async fn credit_of(State(s): State<AppState>, v: Visitor, At(subject): At<String>) -> Answer {
    ok(&read(&s, |app| app.credit_of(&v.principal, &subject))?)
}

/// Records a finding about somebody's conduct.
#[utoipa::path(post, path = "/staff/findings", tag = "staff", request_body = FindingInput,
    responses((status = 201, description = "The finding.", body = CreditEventView)))]
async fn record_finding(State(s): State<AppState>, v: Visitor, Body(input): Body<FindingInput>) -> Answer {
    let found = write(&s, move |app| app.record_finding(&v.principal, &input)).await?;
    created(&format!("/api/v1/staff/credit/{}", found.subject), &found)
}

/// Judges an appeal against a finding; whoever made it does not.
#[utoipa::path(post, path = "/staff/findings/{event}/judge", tag = "staff", request_body = JudgeFindingInput,
    params(("event" = String, Path, description = "Id of the event.")),
    responses((status = 200, description = "The event.", body = CreditEventView)))]
async fn judge_finding(
    State(s): State<AppState>,
    v: Visitor,
    At(event): At<String>,
    Body(input): Body<JudgeFindingInput>,
) -> Answer {
    ok(&write(&s, move |app| app.judge_finding(&v.principal, &event, &input)).await?)
}

/// Takes a finding or a block back without an appeal.
#[utoipa::path(post, path = "/staff/findings/{event}/withdraw", tag = "staff", request_body = WordsInput,
    params(("event" = String, Path, description = "Id of the event.")),
    responses((status = 200, description = "The event.", body = CreditEventView)))]
async fn withdraw_finding(
    State(s): State<AppState>,
    v: Visitor,
    At(event): At<String>,
    Body(input): Body<WordsInput>,
) -> Answer {
    ok(&write(&s, move |app| app.withdraw_finding(&v.principal, &event, &input.words)).await?)
}

/// Blocks an account or a shop until a day. What is open goes on.
#[utoipa::path(post, path = "/staff/credit/{subject}/block", tag = "staff", request_body = BlockInput,
    params(("subject" = String, Path, description = "`acct:` or `seller:` and an id, or a login name.")),
    responses((status = 201, description = "The block.", body = CreditEventView)))]
async fn block(
    State(s): State<AppState>,
    v: Visitor,
    At(subject): At<String>,
    Body(input): Body<BlockInput>,
) -> Answer {
    let block = write(&s, move |app| app.block(&v.principal, &subject, &input)).await?;
    created(&format!("/api/v1/staff/credit/{}", block.subject), &block)
}

/// Listings of shops with low credit that wait for a look.
#[utoipa::path(get, path = "/staff/listings", tag = "staff",
    responses((status = 200, description = "The listings, the oldest first.", body = Vec<HeldListingView>)))]
async fn held_listings(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.held_listings(&v.principal))?)
}

/// Puts a held listing on sale, or refuses it.
#[utoipa::path(post, path = "/staff/listings/{product}", tag = "staff", request_body = ReviewListingInput,
    params(("product" = String, Path, description = "Id of the product.")),
    responses((status = 204, description = "Done.")))]
async fn review_listing(
    State(s): State<AppState>,
    v: Visitor,
    At(product): At<ProductId>,
    Body(input): Body<ReviewListingInput>,
) -> Answer {
    write(&s, move |app| app.review_listing(&v.principal, &product, &input)).await?;
    nothing()
}
