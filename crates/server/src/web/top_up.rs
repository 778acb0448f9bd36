//! One's balance: its lots, topping it up, and the way to the cashier.

use super::pay::Way;
use crate::AppState;
use crate::cashier::{Paying, ToPay, scene_of};
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Web, go, go_and_say, html, html_with, said};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use yuanlu_app::AppError;
use yuanlu_app::inputs::TopUpInput;
use yuanlu_app::views::{BalanceView, TopUpTerms, TopUpView};
use yuanlu_channels::callback::Scene;
use yuanlu_domain::ids::ChannelNumber;

/// Pages of a balance.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/account/balance", get(balance).post(begin))
        .route("/account/regrant", post(regrant))
        .route("/account/redeem", post(redeem))
        .route("/account/top-ups/{no}", get(pay).post(again))
        .route("/account/top-ups/{no}/code", post(by_code))
}

#[derive(Template)]
#[template(path = "account/balance.html")]
struct BalancePage {
    p: Page,
    balance: BalanceView,
    terms: TopUpTerms,
    top_ups: Vec<TopUpView>,
    f: Fields,
    key: String,
}

async fn load(state: &AppState, visitor: &Visitor, f: Fields) -> yuanlu_app::Result<BalancePage> {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let (balance, terms, top_ups) =
        state.run(move |app| Ok((app.balance(&who)?, app.top_up_terms()?, app.list_top_ups(&who)?))).await?;
    let p = visitor.page(state, "account.balance.title");
    Ok(BalancePage { p, balance, terms, top_ups, f, key: fresh_key() })
}

async fn balance(State(state): State<AppState>, visitor: Visitor) -> Web {
    html(&load(&state, &visitor, Fields::default()).await?)
}

async fn begin(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    let input = TopUpInput {
        amount: fields.text("amount").to_owned(),
        channel: fields.text("tender").to_owned(),
        confirmed: fields.ticked("confirmed"),
    };
    let (who, key) = (visitor.principal.clone(), fields.optional("key"));
    let (paying, scene) = (Paying::new(&state, &visitor), scene_of(&visitor.origin.user_agent));
    let begun = state
        .run(move |app| {
            let top_up = app.begin_top_up(&who, &input, key.as_deref())?;
            paying.cashier(app, &ToPay::top_up(&paying, &top_up)?, scene, true)?;
            Ok(top_up)
        })
        .await;
    match begun {
        Ok(top_up) => Ok(go(&format!("/account/top-ups/{}", top_up.no))),
        Err(error @ (AppError::Refused(_) | AppError::Invalid { .. } | AppError::Conflict)) => {
            let page = load(&state, &visitor, fields).await?;
            let p = page.p.clone().refused(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &BalancePage { p, ..page })
        }
        Err(error) => Err(error.into()),
    }
}

async fn regrant(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    let (who, lot) = (visitor.principal.clone(), fields.number("lot")?);
    state.run(move |app| app.regrant_lot(&who, lot)).await?;
    Ok(go_and_say("/account/balance", said("regranted")))
}

/// A redemption code becomes balance or a voucher. A refused one comes back in its field, to be mended.
async fn redeem(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    visitor.signed_in()?;
    let (who, code, key) = (visitor.principal.clone(), fields.text("code").to_owned(), fields.optional("key"));
    match state.run(move |app| app.redeem_code(&who, &code, key.as_deref())).await {
        Ok(_) => Ok(go_and_say("/account/balance", said("code_redeemed"))),
        Err(error @ (AppError::Refused(_) | AppError::Invalid { .. } | AppError::TooMany { .. })) => {
            let code = crate::problem::status(&error);
            let page = load(&state, &visitor, fields).await?;
            let p = page.p.clone().refused(&error);
            html_with(code, &BalancePage { p, ..page })
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "account/top_up.html")]
struct TopUpPage {
    p: Page,
    t: TopUpView,
    way: Way,
}

/// The way to the cashier; looks again by itself until the money is there.
async fn pay(State(state): State<AppState>, visitor: Visitor, Path(no): Path<String>) -> Web {
    visitor.signed_in()?;
    let (who, id) = (visitor.principal.clone(), ChannelNumber::new(no));
    let t = state.run(move |app| app.load_top_up(&who, &id)).await?;
    if t.state != "open" {
        let to = "/account/balance";
        return Ok(if t.paid_at.is_some() { go_and_say(to, said("topped_up")) } else { go(to) });
    }
    let p = visitor.page(&state, "account.top_up.pay");
    let scene = scene_of(&visitor.origin.user_agent);
    let paying = Paying::new(&state, &visitor);
    let to_pay = ToPay::top_up(&paying, &t)?;
    let (cashier, offers_code) = state
        .run(move |app| Ok((paying.cashier(app, &to_pay, scene, false)?, paying.has_code_too(app, &to_pay))))
        .await?;
    let way = Way::new(&p, &t.channel, cashier, scene == Scene::Mobile, offers_code);
    let policy = way.policy();
    let mut response = html(&TopUpPage { p, t, way })?;
    if let Some(policy) = policy {
        response.headers_mut().insert(axum::http::header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// The same way once more, where the channel refused.
async fn again(State(state): State<AppState>, visitor: Visitor, Path(no): Path<String>) -> Web {
    let scene = scene_of(&visitor.origin.user_agent);
    ask(&state, &visitor, no, scene).await
}

/// By a code to scan instead of the channel's page.
async fn by_code(State(state): State<AppState>, visitor: Visitor, Path(no): Path<String>) -> Web {
    ask(&state, &visitor, no, Scene::Qr).await
}

async fn ask(state: &AppState, visitor: &Visitor, no: String, scene: Scene) -> Web {
    visitor.signed_in()?;
    let (who, id) = (visitor.principal.clone(), ChannelNumber::new(no.clone()));
    let paying = Paying::new(state, visitor);
    state
        .run(move |app| {
            let top_up = app.load_top_up(&who, &id)?;
            paying.cashier(app, &ToPay::top_up(&paying, &top_up)?, scene, true).map(drop)
        })
        .await?;
    Ok(go(&format!("/account/top-ups/{no}")))
}
