//! Sellers and their deposits, balance that an administrator credits, and the audit log.

use crate::AppState;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::Value;
use yuanlu_app::inputs::{CouponInput, DayRateInput};
use yuanlu_app::views::{AuditView, DayRateView, SellerRef};
use yuanlu_app::{Action, AppError, Decision, Object, authorize};
use yuanlu_domain::ids::SellerId;

type Refused = Option<(AppError, StatusCode)>;

fn with_error(p: Page, refused: Refused) -> (Page, StatusCode) {
    match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    }
}

#[derive(Template)]
#[template(path = "staff/sellers.html")]
struct Sellers {
    p: Page,
    sellers: Vec<SellerRef>,
    f: Fields,
    key: String,
}

/// `GET /staff/sellers`
pub async fn sellers(State(state): State<AppState>, visitor: Visitor) -> Web {
    sellers_page(&state, &visitor, Fields::default(), None).await
}

async fn sellers_page(state: &AppState, visitor: &Visitor, f: Fields, refused: Refused) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let sellers = state.run(move |app| app.list_sellers(&who)).await?;
    let (p, code) = with_error(visitor.page(state, "staff.sellers.title"), refused);
    let shown = Sellers { p, sellers, f, key: fresh_key() };
    if code == StatusCode::OK { html(&shown) } else { html_with(code, &shown) }
}

/// `POST /staff/sellers`
pub async fn admit(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, name, own) = (visitor.principal.clone(), f.text("name").to_owned(), f.ticked("self_operated"));
    let outcome = match name.is_empty() {
        true => Err(AppError::invalid("name", "required")),
        false => state.run(move |app| app.admit_seller(&who, &name, own)).await,
    };
    match done(outcome, "/staff/sellers", said("admitted")) {
        Ok(answer) => answer,
        Err(refused) => sellers_page(&state, &visitor, f, Some(refused)).await,
    }
}

/// `POST /staff/sellers/{seller}/deposit`
pub async fn deposit(State(state): State<AppState>, visitor: Visitor, Path(id): Path<SellerId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, amount, key) = (visitor.principal.clone(), f.text("amount").to_owned(), f.optional("key"));
    let outcome = state.run(move |app| app.pay_deposit(&who, &id, &amount, key.as_deref())).await;
    match done(outcome, "/staff/sellers", said("deposit")) {
        Ok(answer) => answer,
        Err(refused) => sellers_page(&state, &visitor, Fields::default(), Some(refused)).await,
    }
}

#[derive(Template)]
#[template(path = "staff/balance.html")]
struct Balance {
    p: Page,
    f: Fields,
    key: String,
}

/// `GET /staff/balance`
pub async fn balance(State(state): State<AppState>, visitor: Visitor) -> Web {
    visitor.signed_in()?;
    // The page shows nobody's data, but who may not credit is told before he types.
    match authorize(&visitor.principal, Action::CreditBalance, &Object::Nothing) {
        Decision::Allow => {}
        Decision::NeedsSecondFactor => return Err(AppError::NeedsSecondFactor.into()),
        Decision::NotFound | Decision::Forbidden => return Err(AppError::Forbidden.into()),
    }
    balance_page(&state, &visitor, Fields::default(), None)
}

fn balance_page(state: &AppState, visitor: &Visitor, f: Fields, refused: Refused) -> Web {
    let (p, code) = with_error(visitor.page(state, "staff.balance.title"), refused);
    let shown = Balance { p, f, key: fresh_key() };
    if code == StatusCode::OK { html(&shown) } else { html_with(code, &shown) }
}

/// `POST /staff/balance`
pub async fn credit(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, key) = (visitor.principal.clone(), f.optional("key"));
    let (login, amount) = (f.text("login").to_owned(), f.text("amount").to_owned());
    let outcome = state.run(move |app| app.credit_balance(&who, &login, &amount, key.as_deref())).await;
    match done(outcome, "/staff/balance", said("credited")) {
        Ok(answer) => answer,
        Err(refused) => balance_page(&state, &visitor, f, Some(refused)),
    }
}

#[derive(Template)]
#[template(path = "staff/rates.html")]
struct Rates {
    p: Page,
    f: Fields,
    rates: Vec<DayRateView>,
}

/// `GET /staff/rates`
pub async fn rates(State(state): State<AppState>, visitor: Visitor) -> Web {
    visitor.signed_in()?;
    rates_page(&state, &visitor, Fields::default(), None).await
}

async fn rates_page(state: &AppState, visitor: &Visitor, f: Fields, refused: Refused) -> Web {
    let who = visitor.principal.clone();
    let rates = state.run(move |app| app.day_rates(&who)).await?;
    let (p, code) = with_error(visitor.page(state, "staff.rates.title"), refused);
    let shown = Rates { p, f, rates };
    if code == StatusCode::OK { html(&shown) } else { html_with(code, &shown) }
}

/// `POST /staff/rates`
pub async fn set_rate(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let text = |name| f.text(name).to_owned();
    let input =
        DayRateInput { currency: text("currency"), rate: text("rate"), day: text("day"), source: text("source") };
    let outcome = state.run(move |app| app.set_day_rate(&who, &input)).await;
    match done(outcome, "/staff/rates", said("rate_set")) {
        Ok(answer) => answer,
        Err(refused) => rates_page(&state, &visitor, f, Some(refused)).await,
    }
}

/// `POST /staff/balance/voucher`
pub async fn voucher(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, key) = (visitor.principal.clone(), f.optional("key"));
    let (login, amount) = (f.text("login").to_owned(), f.text("amount").to_owned());
    let outcome = state.run(move |app| app.give_voucher(&who, &login, &amount, key.as_deref())).await;
    match done(outcome, "/staff/balance", said("gave_voucher")) {
        Ok(answer) => answer,
        Err(refused) => balance_page(&state, &visitor, f, Some(refused)),
    }
}

/// `POST /staff/balance/coupon`
pub async fn coupon(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, key, login) = (visitor.principal.clone(), f.optional("key"), f.text("login").to_owned());
    let text = |name| f.text(name).to_owned();
    let input = CouponInput { amount: text("amount"), least: text("least"), last_day: text("last_day") };
    let outcome = state.run(move |app| app.grant_coupon(&who, &login, &input, key.as_deref())).await;
    match done(outcome, "/staff/balance", said("gave_coupon")) {
        Ok(answer) => answer,
        Err(refused) => balance_page(&state, &visitor, f, Some(refused)),
    }
}

#[derive(Template)]
#[template(path = "staff/audit.html")]
struct Audit {
    p: Page,
    acts: Vec<AuditView>,
    next: Option<String>,
}

impl Audit {
    fn act(&self, act: &AuditView) -> String {
        act_text(&self.p, act)
    }

    fn who(&self, act: &AuditView) -> String {
        who_text(&self.p, act)
    }

    fn detail(&self, act: &AuditView) -> String {
        detail_text(&self.p, act)
    }
}

/// What was done, in words.
pub(crate) fn act_text(p: &Page, act: &AuditView) -> String {
    let key = format!("staff.act_of.{}", act.act);
    if p.locale.has(&key) { p.t(&key).to_owned() } else { act.act.clone() }
}

/// Who did it.
pub(crate) fn who_text(p: &Page, act: &AuditView) -> String {
    if act.login == "program" { p.code("who", "program") } else { act.login.clone() }
}

/// The kinds of codes that a detail of this name may be.
fn kinds_of(name: &str) -> &'static [&'static str] {
    match name {
        "roles" => &["role"],
        "ground" => &["hide_ground", "ground"],
        "reason" => &["reason"],
        "agency" => &["agency"],
        "way" => &["exception_way", "message_way"],
        "kind" => &["mark", "flag"],
        "by" | "found" => &["search_by"],
        _ => &[],
    }
}

/// Details as `name: value`, codes in words, and nothing where there are none.
pub(crate) fn detail_text(p: &Page, act: &AuditView) -> String {
    let Value::Object(details) = &act.detail else { return String::new() };
    let text = |name: &str, value: &Value| match value {
        Value::String(text) => p.code_of(kinds_of(name), text),
        Value::Bool(yes) => p.t(if *yes { "common.yes" } else { "common.no" }).to_owned(),
        other => other.to_string(),
    };
    let pair = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Array(items) => items.iter().map(|item| text(name, item)).collect::<Vec<_>>().join(", "),
            Value::Null => return None,
            one => text(name, one),
        };
        Some(format!("{}: {value}", p.code("field", name)))
    };
    details.iter().filter_map(pair).collect::<Vec<_>>().join(" · ")
}

/// `GET /staff/audit`
pub async fn audit(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let (who, page) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.audit_log(&who, &page)).await?;
    html(&Audit { p: visitor.page(&state, "staff.audit.title"), acts: found.items, next: found.next })
}
