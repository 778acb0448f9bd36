//! Finance and the money of sellers: withdrawals that wait, debts, deposits.

use crate::AppState;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Said, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::AppError;
use yuanlu_app::inputs::BankedInput;
use yuanlu_app::views::{PayoutAccountView, SellerAccountView, SellerFundsView, WithdrawalView};
use yuanlu_domain::ids::SellerId;

type Refused = Option<(AppError, StatusCode)>;
type Which = (SellerId, String);

/// The account a withdrawal goes to, shown once on request.
struct Opened {
    which: (String, u32),
    account: PayoutAccountView,
}

#[derive(Template)]
#[template(path = "staff/withdrawals.html")]
struct Withdrawals {
    p: Page,
    withdrawals: Vec<WithdrawalView>,
    opened: Option<Opened>,
    f: Fields,
}

impl Withdrawals {
    /// The account in full, if it was asked for in this answer.
    fn account(&self, row: &WithdrawalView) -> Option<&PayoutAccountView> {
        let opened = self.opened.as_ref()?;
        (opened.which.0 == row.seller.id && opened.which.1 == row.withdrawal).then_some(&opened.account)
    }

    /// Where a form of this row posts to.
    fn post(&self, row: &WithdrawalView, what: &str) -> String {
        format!("/staff/withdrawals/{}/{}/{what}", row.seller.id, row.withdrawal)
    }
}

/// `GET /staff/withdrawals`
pub async fn withdrawals(State(state): State<AppState>, visitor: Visitor) -> Web {
    withdrawals_page(&state, &visitor, None, Fields::default(), None).await
}

async fn withdrawals_page(
    state: &AppState,
    visitor: &Visitor,
    opened: Option<Opened>,
    f: Fields,
    refused: Refused,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let withdrawals = state.run(move |app| app.withdrawals(&who)).await?;
    let p = visitor.page(state, "funds.queue.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let shown = Withdrawals { p, withdrawals, opened, f };
    if code == StatusCode::OK { html(&shown) } else { html_with(code, &shown) }
}

fn number(text: &str) -> yuanlu_app::Result<u32> {
    text.parse().map_err(|_| AppError::NotFound)
}

async fn withdrawal_answer(
    state: &AppState,
    visitor: &Visitor,
    f: Fields,
    outcome: yuanlu_app::Result<()>,
    said: Said,
) -> Web {
    match done(outcome, "/staff/withdrawals", said) {
        Ok(answer) => answer,
        Err(refused) => withdrawals_page(state, visitor, None, f, Some(refused)).await,
    }
}

/// `POST /staff/withdrawals/{seller}/{withdrawal}/account`
pub async fn open_account(State(state): State<AppState>, visitor: Visitor, Path((seller, no)): Path<Which>) -> Web {
    visitor.signed_in()?;
    let (who, no) = (visitor.principal.clone(), number(&no)?);
    let id = seller.to_string();
    let account = state.run(move |app| app.open_payout_account(&who, &seller, no)).await?;
    withdrawals_page(&state, &visitor, Some(Opened { which: (id, no), account }), Fields::default(), None).await
}

/// `POST /staff/withdrawals/{seller}/{withdrawal}/approve`
pub async fn approve(State(state): State<AppState>, visitor: Visitor, Path((seller, no)): Path<Which>) -> Web {
    visitor.signed_in()?;
    let (who, no) = (visitor.principal.clone(), number(&no)?);
    let outcome = state.run(move |app| app.approve_withdrawal(&who, &seller, no)).await;
    withdrawal_answer(&state, &visitor, Fields::default(), outcome, said("withdrawal_approved")).await
}

/// `POST /staff/withdrawals/{seller}/{withdrawal}/execute`
pub async fn execute(
    State(state): State<AppState>,
    visitor: Visitor,
    Path((seller, no)): Path<Which>,
    f: Fields,
) -> Web {
    visitor.signed_in()?;
    let (who, no, reference) = (visitor.principal.clone(), number(&no)?, f.text("reference").to_owned());
    let outcome = state.run(move |app| app.execute_withdrawal(&who, &seller, no, &reference)).await;
    withdrawal_answer(&state, &visitor, f, outcome, said("withdrawal_executed")).await
}

/// `POST /staff/withdrawals/{seller}/{withdrawal}/refuse`
pub async fn refuse(
    State(state): State<AppState>,
    visitor: Visitor,
    Path((seller, no)): Path<Which>,
    f: Fields,
) -> Web {
    visitor.signed_in()?;
    let (who, no, words) = (visitor.principal.clone(), number(&no)?, f.text("words").to_owned());
    let outcome = state.run(move |app| app.refuse_withdrawal(&who, &seller, no, &words)).await;
    withdrawal_answer(&state, &visitor, f, outcome, said("withdrawal_refused")).await
}

#[derive(Template)]
#[template(path = "staff/funds.html")]
struct Funds {
    p: Page,
    debts: Vec<SellerFundsView>,
    deposits: Vec<SellerFundsView>,
    next: Option<String>,
}

/// `GET /staff/funds`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let (who, page) = (visitor.principal.clone(), ask.page());
    let (debts, deposits) = state.run(move |app| Ok((app.debts(&who)?, app.deposits(&who, &page)?))).await?;
    html(&Funds {
        p: visitor.page(&state, "funds.finance.title"),
        debts,
        deposits: deposits.items,
        next: deposits.next,
    })
}

#[derive(Template)]
#[template(path = "staff/seller_funds.html")]
struct One {
    p: Page,
    a: SellerAccountView,
    f: Fields,
    key: String,
    /// Which form is shown again.
    open: &'static str,
}

impl One {
    fn may(&self, action: &str) -> bool {
        self.a.actions.contains(&action)
    }

    /// What was typed into a form that is shown again.
    fn typed(&self, form: &str, name: &str) -> &str {
        if self.open == form { self.f.text(name) } else { "" }
    }
}

/// `GET /staff/funds/{seller}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(seller): Path<SellerId>) -> Web {
    one(&state, &visitor, seller, ("", Fields::default()), None).await
}

async fn one(
    state: &AppState,
    visitor: &Visitor,
    seller: SellerId,
    (open, f): (&'static str, Fields),
    refused: Refused,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let a = state.run(move |app| app.seller_account(&who, &seller)).await?;
    let p = visitor.page(state, "funds.finance.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let shown = One { p, a, f, key: fresh_key(), open };
    if code == StatusCode::OK { html(&shown) } else { html_with(code, &shown) }
}

async fn funds_answer(
    state: &AppState,
    visitor: &Visitor,
    seller: SellerId,
    form: (&'static str, Fields),
    outcome: yuanlu_app::Result<()>,
    said: Said,
) -> Web {
    match done(outcome, &format!("/staff/funds/{seller}"), said) {
        Ok(answer) => answer,
        Err(refused) => one(state, visitor, seller, form, Some(refused)).await,
    }
}

fn banked(f: &Fields) -> BankedInput {
    BankedInput { amount: f.text("amount").to_owned(), reference: f.text("reference").to_owned() }
}

/// `POST /staff/funds/{seller}/deposit`
pub async fn pay_deposit(State(state): State<AppState>, visitor: Visitor, Path(id): Path<SellerId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, seller, amount) = (visitor.principal.clone(), id.clone(), f.text("amount").to_owned());
    let key = f.optional("key");
    let outcome = state.run(move |app| app.pay_deposit(&who, &seller, &amount, key.as_deref())).await;
    funds_answer(&state, &visitor, id, ("pay", f), outcome, said("deposit")).await
}

/// `POST /staff/funds/{seller}/deposit/return`
pub async fn return_deposit(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<SellerId>,
    f: Fields,
) -> Web {
    visitor.signed_in()?;
    let (who, seller, input) = (visitor.principal.clone(), id.clone(), banked(&f));
    let key = f.optional("key");
    let outcome = state.run(move |app| app.return_deposit(&who, &seller, &input, key.as_deref())).await;
    funds_answer(&state, &visitor, id, ("return", f), outcome, said("deposit_returned")).await
}

/// `POST /staff/funds/{seller}/advance/repay`
pub async fn repay_advance(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(id): Path<SellerId>,
    f: Fields,
) -> Web {
    visitor.signed_in()?;
    let (who, seller, input) = (visitor.principal.clone(), id.clone(), banked(&f));
    let key = f.optional("key");
    let outcome = state.run(move |app| app.repay_advance(&who, &seller, &input, key.as_deref())).await;
    funds_answer(&state, &visitor, id, ("repay", f), outcome, said("advance_repaid")).await
}
