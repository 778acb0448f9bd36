//! A seller's money: what is held, earned, owed and deposited; withdrawals; the statement, also as a file.

use super::shop_name;
use crate::AppState;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Said, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done, first};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::IntoResponse;
use yuanlu_app::inputs::{PayoutAccountInput, StatementQuery};
use yuanlu_app::views::{EscrowView, SellerAccountView, StatementView};
use yuanlu_app::{AppError, Secret};

const HERE: &str = "/seller/account";

#[derive(Template)]
#[template(path = "seller/account.html")]
struct Account {
    p: Page,
    shop: String,
    a: SellerAccountView,
    escrow: Vec<EscrowView>,
    more_escrow: bool,
    f: Fields,
    key: String,
    /// Which form is shown again.
    open: &'static str,
}

impl Account {
    fn may(&self, action: &str) -> bool {
        self.a.actions.contains(&action)
    }
}

/// `GET /seller/account`
pub async fn show(State(state): State<AppState>, visitor: Visitor) -> Web {
    page(&state, &visitor, "", Fields::default(), None).await
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    open: &'static str,
    f: Fields,
    refused: Option<(AppError, StatusCode)>,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let (shop, a, escrow) = state
        .run(move |app| Ok((shop_name(app, &who)?, app.own_seller_account(&who)?, app.own_escrow(&who, &first(5))?)))
        .await?;
    let p = visitor.page(state, "funds.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused_as(&error, "funds.wrong_password"), code),
        None => (p, StatusCode::OK),
    };
    let (more_escrow, escrow) = (escrow.next.is_some(), escrow.items);
    let shown = Account { p, shop, a, escrow, more_escrow, f, key: fresh_key(), open };
    if code == StatusCode::OK { html(&shown) } else { html_with(code, &shown) }
}

async fn answer<T>(
    state: &AppState,
    visitor: &Visitor,
    form: (&'static str, Fields),
    outcome: yuanlu_app::Result<T>,
    said: Said,
) -> Web {
    match done(outcome, HERE, said) {
        Ok(answer) => answer,
        Err(refused) => page(state, visitor, form.0, form.1, Some(refused)).await,
    }
}

/// `POST /seller/account/payout-account`
pub async fn set_payout_account(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, origin) = (visitor.principal.clone(), visitor.origin.clone());
    let input = PayoutAccountInput {
        holder: f.text("holder").to_owned(),
        bank: f.text("bank").to_owned(),
        number: Secret::new(f.text("number").to_owned()),
        password: Secret::new(f.raw("password").to_owned()),
    };
    let outcome = state.run(move |app| app.set_payout_account(&who, &input, &origin)).await;
    answer(&state, &visitor, ("payout_account", f), outcome, said("payout_account")).await
}

/// `POST /seller/account/withdrawals`
pub async fn withdraw(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, amount, key) = (visitor.principal.clone(), f.text("amount").to_owned(), f.optional("key"));
    let outcome = state.run(move |app| app.request_withdrawal(&who, &amount, key.as_deref())).await;
    answer(&state, &visitor, ("withdraw", f), outcome, said("withdrawal")).await
}

/// `POST /seller/account/withdrawals/{withdrawal}/cancel`
pub async fn cancel(State(state): State<AppState>, visitor: Visitor, Path(withdrawal): Path<String>) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let withdrawal: u32 = withdrawal.parse().map_err(|_| AppError::NotFound)?;
    let outcome = state.run(move |app| app.cancel_withdrawal(&who, withdrawal)).await;
    answer(&state, &visitor, ("", Fields::default()), outcome, said("withdrawal_cancelled")).await
}

/// `POST /seller/account/deposit`
pub async fn top_up(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, amount, key) = (visitor.principal.clone(), f.text("amount").to_owned(), f.optional("key"));
    let outcome = state.run(move |app| app.top_up_deposit(&who, &amount, key.as_deref())).await;
    answer(&state, &visitor, ("top_up", f), outcome, said("deposit_topped_up")).await
}

#[derive(Template)]
#[template(path = "seller/escrow.html")]
struct Escrow {
    p: Page,
    escrow: Vec<EscrowView>,
    next: Option<String>,
}

/// `GET /seller/account/escrow`
pub async fn escrow(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let (who, page) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.own_escrow(&who, &page)).await?;
    html(&Escrow { p: visitor.page(&state, "funds.escrow.title"), escrow: found.items, next: found.next })
}

#[derive(Template)]
#[template(path = "seller/statement.html")]
struct Statement {
    p: Page,
    s: StatementView,
}

/// A query that cannot be read asks for nothing in particular.
fn asked(uri: &Uri) -> StatementQuery {
    Query::try_from_uri(uri).map(|Query(query)| query).unwrap_or_default()
}

/// `GET /seller/account/statement`
pub async fn statement(State(state): State<AppState>, visitor: Visitor, uri: Uri) -> Web {
    visitor.signed_in()?;
    let (who, query) = (visitor.principal.clone(), asked(&uri));
    let s = state.run(move |app| app.own_statement(&who, &query)).await?;
    html(&Statement { p: visitor.page(&state, "funds.statement.title"), s })
}

/// `GET /seller/account/statement.csv`
pub async fn statement_csv(State(state): State<AppState>, visitor: Visitor, uri: Uri) -> Web {
    visitor.signed_in()?;
    let (who, query) = (visitor.principal.clone(), asked(&uri));
    let csv = state.run(move |app| app.own_statement_csv(&who, &query)).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"statement.csv\"")),
    ];
    Ok((headers, csv).into_response())
}
