//! A seller's money, for him and for finance.

use super::extract::{Asked, At, Body, Key, NoBody, PageQuery, Paging};
use super::inputs::{BankedBody, DepositBody, ReferenceBody, WordsBody};
use super::{Answer, nothing, ok, read, write, write_once};
use crate::AppState;
use crate::visitor::Visitor;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use yuanlu_app::inputs::{PayoutAccountInput, StatementQuery};
use yuanlu_app::views::{
    EscrowView, Listing, PayoutAccountView, SellerAccountView, SellerFundsView, StatementView, WithdrawalView,
};
use yuanlu_domain::ids::SellerId;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(own_account))
        .routes(routes!(own_escrow))
        .routes(routes!(own_statement))
        .routes(routes!(own_statement_csv))
        .routes(routes!(set_payout_account))
        .routes(routes!(request_withdrawal))
        .routes(routes!(cancel_withdrawal))
        .routes(routes!(top_up_deposit))
        .routes(routes!(withdrawals))
        .routes(routes!(open_payout_account))
        .routes(routes!(approve_withdrawal))
        .routes(routes!(execute_withdrawal))
        .routes(routes!(refuse_withdrawal))
        .routes(routes!(debts))
        .routes(routes!(deposits))
        .routes(routes!(seller_account))
        .routes(routes!(seller_statement))
        .routes(routes!(return_deposit))
        .routes(routes!(repay_advance))
}

/// Which statement.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct StatementAsk {
    /// Which month, `2026-11`; this one when absent.
    month: Option<String>,
    /// `payable` (when absent), `deposit` or `withdrawal`.
    account: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl From<StatementAsk> for StatementQuery {
    fn from(ask: StatementAsk) -> Self {
        Self { month: ask.month, account: ask.account, cursor: ask.cursor }
    }
}

/// The money of my shop: held, earned, owed, deposited, withdrawn.
#[utoipa::path(get, path = "/seller/account", tag = "seller",
    responses((status = 200, description = "The account.", body = SellerAccountView)))]
async fn own_account(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.own_seller_account(&v.principal))?)
}

/// What is held for my orders, the next to be released first.
#[utoipa::path(get, path = "/seller/account/escrow", tag = "seller", params(PageQuery),
    responses((status = 200, description = "One page of orders.", body = Listing<EscrowView>)))]
async fn own_escrow(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.own_escrow(&v.principal, &page))?)
}

/// My statement of a month.
#[utoipa::path(get, path = "/seller/account/statement", tag = "seller", params(StatementAsk),
    responses((status = 200, description = "One page of the statement.", body = StatementView)))]
async fn own_statement(State(s): State<AppState>, v: Visitor, Asked(ask): Asked<StatementAsk>) -> Answer {
    ok(&read(&s, |app| app.own_statement(&v.principal, &ask.into()))?)
}

/// My statement of a month as CSV, whole.
#[utoipa::path(get, path = "/seller/account/statement.csv", tag = "seller", params(StatementAsk),
    responses((status = 200, description = "The statement.", body = String, content_type = "text/csv")))]
async fn own_statement_csv(State(s): State<AppState>, v: Visitor, Asked(ask): Asked<StatementAsk>) -> Answer {
    let csv = read(&s, |app| app.own_statement_csv(&v.principal, &ask.into()))?;
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], csv).into_response())
}

/// Names the bank account my shop is paid to.
#[utoipa::path(put, path = "/seller/account/payout-account", tag = "seller", request_body = PayoutAccountInput,
    responses((status = 200, description = "The account.", body = SellerAccountView)))]
async fn set_payout_account(State(s): State<AppState>, v: Visitor, Body(input): Body<PayoutAccountInput>) -> Answer {
    ok(&write(&s, move |app| app.set_payout_account(&v.principal, &input, &v.origin)).await?)
}

/// Asks for a withdrawal; its money is set aside at once.
#[utoipa::path(post, path = "/seller/account/withdrawals", tag = "seller", params(Key), request_body = DepositBody,
    responses((status = 200, description = "The account.", body = SellerAccountView)))]
async fn request_withdrawal(State(s): State<AppState>, v: Visitor, key: Key, Body(body): Body<DepositBody>) -> Answer {
    let amount = body.amount.positive("amount")?;
    write_once(&s, move |app| app.request_withdrawal(&v.principal, &amount, key.get())).await?.ok()
}

/// Takes a withdrawal back that was not executed yet.
#[utoipa::path(post, path = "/seller/account/withdrawals/{withdrawal}/cancel", tag = "seller",
    params(("withdrawal" = u32, Path, description = "Ordinal of the withdrawal.")),
    responses((status = 200, description = "The account.", body = SellerAccountView)))]
async fn cancel_withdrawal(State(s): State<AppState>, v: Visitor, At(withdrawal): At<u32>, _: NoBody) -> Answer {
    ok(&write(&s, move |app| app.cancel_withdrawal(&v.principal, withdrawal)).await?)
}

/// Raises the deposit from earnings.
#[utoipa::path(post, path = "/seller/account/deposit", tag = "seller", params(Key), request_body = DepositBody,
    responses((status = 200, description = "The account.", body = SellerAccountView)))]
async fn top_up_deposit(State(s): State<AppState>, v: Visitor, key: Key, Body(body): Body<DepositBody>) -> Answer {
    let amount = body.amount.positive("amount")?;
    write_once(&s, move |app| app.top_up_deposit(&v.principal, &amount, key.get())).await?.ok()
}

/// Withdrawals that wait for finance.
#[utoipa::path(get, path = "/staff/withdrawals", tag = "staff",
    responses((status = 200, description = "All of them.", body = Vec<WithdrawalView>)))]
async fn withdrawals(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.withdrawals(&v.principal))?)
}

/// The account a withdrawal goes to, in full. It is on record who asked.
#[utoipa::path(post, path = "/staff/withdrawals/{seller}/{withdrawal}/account", tag = "staff",
    params(("seller" = String, Path, description = "Id of the seller."),
        ("withdrawal" = u32, Path, description = "Ordinal of the withdrawal.")),
    responses((status = 200, description = "The account.", body = PayoutAccountView)))]
async fn open_payout_account(
    State(s): State<AppState>,
    v: Visitor,
    At((seller, withdrawal)): At<(SellerId, u32)>,
    _: NoBody,
) -> Answer {
    ok(&write(&s, move |app| app.open_payout_account(&v.principal, &seller, withdrawal)).await?)
}

/// Releases a withdrawal that needs two people; a second person executes it.
#[utoipa::path(post, path = "/staff/withdrawals/{seller}/{withdrawal}/approve", tag = "staff",
    params(("seller" = String, Path, description = "Id of the seller."),
        ("withdrawal" = u32, Path, description = "Ordinal of the withdrawal.")),
    responses((status = 204, description = "Released.")))]
async fn approve_withdrawal(
    State(s): State<AppState>,
    v: Visitor,
    At((seller, withdrawal)): At<(SellerId, u32)>,
    _: NoBody,
) -> Answer {
    write(&s, move |app| app.approve_withdrawal(&v.principal, &seller, withdrawal)).await?;
    nothing()
}

/// Records that a withdrawal was executed at the bank.
#[utoipa::path(post, path = "/staff/withdrawals/{seller}/{withdrawal}/execute", tag = "staff",
    request_body = ReferenceBody,
    params(("seller" = String, Path, description = "Id of the seller."),
        ("withdrawal" = u32, Path, description = "Ordinal of the withdrawal.")),
    responses((status = 204, description = "Recorded.")))]
async fn execute_withdrawal(
    State(s): State<AppState>,
    v: Visitor,
    At((seller, withdrawal)): At<(SellerId, u32)>,
    Body(body): Body<ReferenceBody>,
) -> Answer {
    write(&s, move |app| app.execute_withdrawal(&v.principal, &seller, withdrawal, &body.reference)).await?;
    nothing()
}

/// Refuses a withdrawal, with words to the seller; its money is his to spend again.
#[utoipa::path(post, path = "/staff/withdrawals/{seller}/{withdrawal}/refuse", tag = "staff", request_body = WordsBody,
    params(("seller" = String, Path, description = "Id of the seller."),
        ("withdrawal" = u32, Path, description = "Ordinal of the withdrawal.")),
    responses((status = 204, description = "Refused.")))]
async fn refuse_withdrawal(
    State(s): State<AppState>,
    v: Visitor,
    At((seller, withdrawal)): At<(SellerId, u32)>,
    Body(body): Body<WordsBody>,
) -> Answer {
    write(&s, move |app| app.refuse_withdrawal(&v.principal, &seller, withdrawal, &body.words)).await?;
    nothing()
}

/// Sellers who owe money.
#[utoipa::path(get, path = "/staff/debts", tag = "staff",
    responses((status = 200, description = "All of them.", body = Vec<SellerFundsView>)))]
async fn debts(State(s): State<AppState>, v: Visitor) -> Answer {
    ok(&read(&s, |app| app.debts(&v.principal))?)
}

/// Deposits of sellers, and what is asked of them.
#[utoipa::path(get, path = "/staff/deposits", tag = "staff", params(PageQuery),
    responses((status = 200, description = "One page of sellers.", body = Listing<SellerFundsView>)))]
async fn deposits(State(s): State<AppState>, v: Visitor, Paging(page): Paging) -> Answer {
    ok(&read(&s, |app| app.deposits(&v.principal, &page))?)
}

/// The money of a seller.
#[utoipa::path(get, path = "/staff/sellers/{seller}/account", tag = "staff",
    params(("seller" = String, Path, description = "Id of the seller.")),
    responses((status = 200, description = "The account.", body = SellerAccountView)))]
async fn seller_account(State(s): State<AppState>, v: Visitor, At(seller): At<SellerId>) -> Answer {
    ok(&read(&s, |app| app.seller_account(&v.principal, &seller))?)
}

/// A seller's statement of a month.
#[utoipa::path(get, path = "/staff/sellers/{seller}/statement", tag = "staff",
    params(("seller" = String, Path, description = "Id of the seller."), StatementAsk),
    responses((status = 200, description = "One page of the statement.", body = StatementView)))]
async fn seller_statement(
    State(s): State<AppState>,
    v: Visitor,
    At(seller): At<SellerId>,
    Asked(ask): Asked<StatementAsk>,
) -> Answer {
    ok(&read(&s, |app| app.seller_statement(&v.principal, &seller, &ask.into()))?)
}

/// Records that deposit went back to a seller.
#[utoipa::path(post, path = "/staff/sellers/{seller}/deposit/return", tag = "staff", request_body = BankedBody,
    params(("seller" = String, Path, description = "Id of the seller."), Key),
    responses((status = 204, description = "Recorded.")))]
async fn return_deposit(
    State(s): State<AppState>,
    v: Visitor,
    At(seller): At<SellerId>,
    key: Key,
    Body(body): Body<BankedBody>,
) -> Answer {
    let input = body.read()?;
    let done = write_once(&s, move |app| app.return_deposit(&v.principal, &seller, &input, key.get())).await?;
    done.mark(nothing())
}

/// Records that a seller paid an advance back.
#[utoipa::path(post, path = "/staff/sellers/{seller}/advance/repay", tag = "staff", request_body = BankedBody,
    params(("seller" = String, Path, description = "Id of the seller."), Key),
    responses((status = 204, description = "Recorded.")))]
async fn repay_advance(
    State(s): State<AppState>,
    v: Visitor,
    At(seller): At<SellerId>,
    key: Key,
    Body(body): Body<BankedBody>,
) -> Answer {
    let input = body.read()?;
    let done = write_once(&s, move |app| app.repay_advance(&v.principal, &seller, &input, key.get())).await?;
    done.mark(nothing())
}
