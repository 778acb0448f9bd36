//! The platform's people: reviewers, finance, administrators.

use super::extract::{At, Body, Key, NoBody, PageQuery, Paging};
use super::inputs::{ApproveBody, CreditBody, DepositBody, GrantCouponBody, RolesBody, SellerBody};
use super::outputs::{InvitedView, OneTimeLinkView, QueueView};
use super::{Answer, created, nothing, ok, read, write, write_once};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{ApproveInput, AskInput, CouponInput, DayRateInput, InviteInput, RejectInput};
use yuanlu_app::views::{
    AuditView, BalanceView, CaseSummary, CaseView, DayRateView, Listing, PayoutView, PersonView, SellerRef,
};
use yuanlu_domain::ids::{AccountId, CaseId, OrderId, SellerId};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(queue_counts))
        .routes(routes!(queue))
        .routes(routes!(claim_case))
        .routes(routes!(ask_material))
        .routes(routes!(pass_to_seller))
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(list_payouts))
        .routes(routes!(approve_payout))
        .routes(routes!(resume_payout))
        .routes(routes!(credit_balance))
        .routes(routes!(give_voucher))
        .routes(routes!(grant_coupon))
        .routes(routes!(day_rates, set_day_rate))
        .routes(routes!(list_people, invite))
        .routes(routes!(set_roles))
        .routes(routes!(reset_access))
        .routes(routes!(list_sellers, admit_seller))
        .routes(routes!(pay_deposit))
        .routes(routes!(audit_log))
}

/// How many cases wait at each desk.
#[utoipa::path(get, path = "/staff/queues", tag = "staff",
    responses((status = 200, description = "The desks.", body = Vec<QueueView>)))]
async fn queue_counts(State(s): State<AppState>, v: Visitor) -> Answer {
    let counts = read(&s, |app| app.queue_counts(&v.principal))?;
    let queues = counts.into_iter().map(|(desk, waiting)| QueueView { desk, waiting });
    ok(&queues.collect::<Vec<_>>())
}

/// The cases of a desk, due first.
#[utoipa::path(get, path = "/staff/queues/{desk}", tag = "staff",
    params(("desk" = String, Path, description = "`review`, `senior` or `risk`."), PageQuery),
    responses((status = 200, description = "One page of cases.", body = Listing<CaseSummary>)))]
async fn queue(State(s): State<AppState>, v: Visitor, At(desk): At<String>, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.queue(&v.principal, &desk, &page))?)
}

/// Takes a case to work on.
#[utoipa::path(post, path = "/staff/cases/{case}/claim", tag = "staff",
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn claim_case(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.claim(&v.principal, &case)).await?)
}

/// Asks the buyer for material.
#[utoipa::path(post, path = "/staff/cases/{case}/ask", tag = "staff", request_body = AskInput,
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn ask_material(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    Body(input): Body<AskInput>,
) -> Answer {
    ok(&write(&s, move |app| app.ask_material(&v.principal, &case, &input)).await?)
}

/// Passes a case to the seller.
#[utoipa::path(post, path = "/staff/cases/{case}/pass", tag = "staff",
    params(("case" = String, Path, description = "Case number.")),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn pass_to_seller(State(s): State<AppState>, v: Visitor, At(case): At<CaseId>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.pass_to_seller(&v.principal, &case)).await?)
}

/// Approves a case in full or in part.
#[utoipa::path(post, path = "/staff/cases/{case}/approve", tag = "staff", request_body = ApproveBody,
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn approve(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    key: Key,
    Body(body): Body<ApproveBody>,
) -> Answer {
    let input = ApproveInput::try_from(body)?;
    write_once(&s, move |app| app.approve(&v.principal, &case, &input, key.get())).await?.ok()
}

/// Rejects a case, with a reason.
#[utoipa::path(post, path = "/staff/cases/{case}/reject", tag = "staff", request_body = RejectInput,
    params(("case" = String, Path, description = "Case number."), Key),
    responses((status = 200, description = "The case.", body = CaseView)))]
async fn reject(
    State(s): State<AppState>,
    v: Visitor,
    At(case): At<CaseId>,
    key: Key,
    Body(input): Body<RejectInput>,
) -> Answer {
    write_once(&s, move |app| app.reject(&v.principal, &case, &input, key.get())).await?.ok()
}

/// Payouts that wait for finance.
#[utoipa::path(get, path = "/staff/payouts", tag = "staff", params(PageQuery),
    responses((status = 200, description = "One page of payouts.", body = Listing<PayoutView>)))]
async fn list_payouts(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.payouts(&v.principal, &page))?)
}

/// Releases a held payout, as a second person.
#[utoipa::path(post, path = "/staff/orders/{order}/payouts/{payout}/approve", tag = "staff",
    params(("order" = String, Path, description = "Order number."), ("payout" = u16, Path, description = "Its ordinal.")),
    responses((status = 200, description = "The payout.", body = PayoutView)))]
async fn approve_payout(
    State(s): State<AppState>,
    v: Visitor,
    At((order, payout)): At<(OrderId, u16)>,
    _: NoBody,
) -> Answer {
    ok(&write(&s, move |app| app.approve_payout(&v.principal, &order, payout)).await?)
}

/// Sends a stuck payout on, under the same number.
#[utoipa::path(post, path = "/staff/orders/{order}/payouts/{payout}/resume", tag = "staff",
    params(("order" = String, Path, description = "Order number."), ("payout" = u16, Path, description = "Its ordinal.")),
    responses((status = 200, description = "The payout.", body = PayoutView)))]
async fn resume_payout(
    State(s): State<AppState>,
    v: Visitor,
    At((order, payout)): At<(OrderId, u16)>,
    _: NoBody,
) -> Answer {
    ok(&write(&s, move |app| app.resume_payout(&v.principal, &order, payout)).await?)
}

/// Credits a buyer's balance.
#[utoipa::path(post, path = "/staff/balance", tag = "staff", request_body = CreditBody, params(Key),
    responses((status = 200, description = "His balance.", body = BalanceView)))]
async fn credit_balance(State(s): State<AppState>, v: Visitor, key: Key, Body(body): Body<CreditBody>) -> Answer {
    let amount = body.amount.positive("amount")?;
    write_once(&s, move |app| app.credit_balance(&v.principal, &body.login, &amount, key.get())).await?.ok()
}

/// Gives a buyer a voucher at the platform's cost.
#[utoipa::path(post, path = "/staff/vouchers", tag = "staff", request_body = CreditBody, params(Key),
    responses((status = 200, description = "His balance.", body = BalanceView)))]
async fn give_voucher(State(s): State<AppState>, v: Visitor, key: Key, Body(body): Body<CreditBody>) -> Answer {
    let amount = body.amount.positive("amount")?;
    write_once(&s, move |app| app.give_voucher(&v.principal, &body.login, &amount, key.get())).await?.ok()
}

/// Gives a buyer a coupon.
#[utoipa::path(post, path = "/staff/coupons", tag = "staff", request_body = GrantCouponBody, params(Key),
    responses((status = 200, description = "His balance.", body = BalanceView)))]
async fn grant_coupon(State(s): State<AppState>, v: Visitor, key: Key, Body(body): Body<GrantCouponBody>) -> Answer {
    let (amount, least) = (body.amount.positive("amount")?, body.least.positive("least")?);
    let input = CouponInput { amount, least, last_day: body.last_day };
    write_once(&s, move |app| app.grant_coupon(&v.principal, &body.login, &input, key.get())).await?.ok()
}

/// What foreign currencies are worth in the books, newest first.
#[utoipa::path(get, path = "/staff/rates", tag = "staff",
    responses((status = 200, description = "The newest rates.", body = Vec<DayRateView>)))]
async fn day_rates(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.day_rates(&v.principal))?)
}

/// Enters the rate of a day.
#[utoipa::path(post, path = "/staff/rates", tag = "staff", request_body = DayRateInput,
    responses((status = 200, description = "The rate.", body = DayRateView)))]
async fn set_day_rate(State(s): State<AppState>, v: Visitor, Body(body): Body<DayRateInput>) -> Answer {
    ok(&write(&s, move |app| app.set_day_rate(&v.principal, &body)).await?)
}

/// People with an account.
#[utoipa::path(get, path = "/staff/people", tag = "staff", params(PageQuery),
    responses((status = 200, description = "One page of people.", body = Listing<PersonView>)))]
async fn list_people(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.people(&v.principal, &page))?)
}

/// Invites a person by a one-time link.
///
/// A login name is invited once, so that sending it again makes no second account.
#[utoipa::path(post, path = "/staff/people", tag = "staff", request_body = InviteInput,
    responses((status = 201, description = "The person and the link.", body = InvitedView)))]
async fn invite(State(s): State<AppState>, v: Visitor, Body(input): Body<InviteInput>) -> Answer {
    let invited = write(&s, move |app| app.invite(&v.principal, &input)).await?;
    let url = link_url(&s, invited.link.expose());
    created("/api/v1/staff/people", &InvitedView { person: invited.person, url })
}

fn link_url(s: &AppState, token: &str) -> String {
    format!("{}/link/{token}", s.config.public_url)
}

/// Sets a person's roles. His sessions end.
#[utoipa::path(put, path = "/staff/people/{account}/roles", tag = "staff", request_body = RolesBody,
    params(("account" = String, Path, description = "Id of the account.")),
    responses((status = 200, description = "The person.", body = PersonView)))]
async fn set_roles(
    State(s): State<AppState>,
    v: Visitor,
    At(account): At<AccountId>,
    Body(input): Body<RolesBody>,
) -> Answer {
    let call = move |app: &yuanlu_app::App| {
        app.set_roles(&v.principal, &account, &input.roles, input.seller.as_deref(), input.organisation.as_deref())
    };
    ok(&write(&s, call).await?)
}

/// Resets a person's password and second factor by a one-time link.
#[utoipa::path(post, path = "/staff/people/{account}/reset", tag = "staff",
    params(("account" = String, Path, description = "Id of the account.")),
    responses((status = 200, description = "The link.", body = OneTimeLinkView)))]
async fn reset_access(State(s): State<AppState>, v: Visitor, At(account): At<AccountId>, _: NoBody) -> Answer {
    let link = write(&s, move |app| app.reset_access(&v.principal, &account)).await?;
    ok(&OneTimeLinkView { url: link_url(&s, link.expose()) })
}

/// Sellers.
#[utoipa::path(get, path = "/staff/sellers", tag = "staff",
    responses((status = 200, description = "All sellers.", body = Vec<SellerRef>)))]
async fn list_sellers(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.list_sellers(&v.principal))?)
}

/// Admits a seller.
#[utoipa::path(post, path = "/staff/sellers", tag = "staff", request_body = SellerBody,
    responses((status = 201, description = "The seller.", body = SellerRef)))]
async fn admit_seller(State(s): State<AppState>, v: Visitor, Body(input): Body<SellerBody>) -> Answer {
    let seller = write(&s, move |app| app.admit_seller(&v.principal, &input.name, input.self_operated)).await?;
    created("/api/v1/staff/sellers", &seller)
}

/// Records a deposit that a seller paid in.
#[utoipa::path(post, path = "/staff/sellers/{seller}/deposit", tag = "staff", request_body = DepositBody,
    params(("seller" = String, Path, description = "Id of the seller."), Key),
    responses((status = 204, description = "Recorded.")))]
async fn pay_deposit(
    State(s): State<AppState>,
    v: Visitor,
    At(seller): At<SellerId>,
    key: Key,
    Body(body): Body<DepositBody>,
) -> Answer {
    let amount = body.amount.positive("amount")?;
    let paid = write_once(&s, move |app| app.pay_deposit(&v.principal, &seller, &amount, key.get())).await?;
    paid.mark(nothing())
}

/// The audit log of staff acts, newest first.
#[utoipa::path(get, path = "/staff/audit", tag = "staff", params(PageQuery),
    responses((status = 200, description = "One page of acts.", body = Listing<AuditView>)))]
async fn audit_log(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.audit_log(&v.principal, &page))?)
}
