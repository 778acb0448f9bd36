//! Offers of sellers, before a case and in one, and the buyer's one-step answer.

use super::thread::{self, Of, mendable};
use super::{case, order, seller};
use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, go_and_say, said};
use crate::visitor::Visitor;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::post;
use yuanlu_app::inputs::OfferInput;
use yuanlu_app::views::{CaseView, MoneyView, OfferView, OrderView};
use yuanlu_app::{AppError, Result};
use yuanlu_domain::ids::{CaseId, OrderId};
use yuanlu_money::{Currency, Money};

/// Forms about offers.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/orders/{order}/offers/{offer}", post(answer))
        .route("/seller/orders/{order}/offers", post(offer_early))
        .route("/seller/cases/{case}/offers", post(offer_in_case))
}

/// What follows from accepting, in plain words.
pub fn if_accepted(p: &Page, order: &OrderView, offer: &OfferView, case: &Option<&CaseView>) -> Vec<String> {
    let mut sentences = Vec::new();
    match (offer.kind, &offer.amount, &offer.until) {
        ("refund", Some(amount), _) => {
            let road = road(p, order, case.is_some_and(|case| case.to_balance));
            sentences.push(p.say("thread.offer.refund").with("amount", p.money(amount)).with("road", road).into());
            if let Some(case) = case {
                let less = case.summary.claimed.minor - amount.minor;
                sentences.push(match Currency::parse(amount.currency) {
                    Ok(currency) if less > 0 => {
                        let less = p.money(&MoneyView::new(less, currency));
                        p.say("thread.offer.refund_less").with("less", less).into()
                    }
                    _ => p.t("thread.offer.refund_all").to_owned(),
                });
            }
        }
        ("more_time", _, Some(until)) => {
            sentences.push(p.say("thread.offer.more_time").with("until", p.at(until)).into());
        }
        _ => sentences.push(p.t("thread.offer.replacement").to_owned()),
    }
    sentences
}

/// What follows from declining, or from saying nothing.
pub fn if_declined<'a>(p: &'a Page, offer: &OfferView, case: &Option<&CaseView>) -> &'a str {
    match case {
        Some(case) if case.summary.state == "offer_made" => p.t("thread.offer.decline_turn"),
        _ if offer.case.is_some() => p.t("thread.offer.decline_review"),
        _ => p.t("thread.offer.decline_early"),
    }
}

/// By which road money goes back: each paid tender, or the balance where he asked for that.
fn road(p: &Page, order: &OrderView, to_balance: bool) -> String {
    if to_balance {
        return p.code("tender", "balance");
    }
    let paid = order.payments.iter().filter(|payment| payment.state == "paid");
    let roads: Vec<String> = paid.map(|payment| p.code("tender", &payment.how)).collect();
    roads.join(p.either("、", ", "))
}

async fn answer(
    State(state): State<AppState>,
    visitor: Visitor,
    Path((order, offer)): Path<(String, u16)>,
    fields: Fields,
) -> Web {
    let accept = match fields.text("answer") {
        "accept" => true,
        "decline" => false,
        _ => return Err(AppError::invalid("answer", "unknown").into()),
    };
    let (who, id, key) = (visitor.principal.clone(), OrderId::new(order.clone()), fields.optional("key"));
    let outcome = state.run(move |app| app.answer_offer(&who, &id, offer, accept, key.as_deref())).await;
    let done = if accept { said("offer_accepted") } else { said("offer_declined") };
    match outcome {
        Ok(Some(case)) => Ok(go_and_say(&format!("/c/{}", case.summary.case), done)),
        Ok(None) => Ok(go_and_say(&format!("/orders/{order}/thread"), done)),
        Err(error) if mendable(&error) => match fields.optional("case") {
            Some(case) => case::refused(&state, &visitor, &case, Fields::default(), error).await,
            None => thread::refused(&state, &visitor, &order, Of::Buyer, Fields::default(), error).await,
        },
        Err(error) => Err(error.into()),
    }
}

/// What the form says; all of it means `most`.
fn input_of(f: &Fields, most: Option<String>) -> Result<OfferInput> {
    let (kind, amount) = match f.text("kind") {
        "full" => ("refund", most),
        "part" => ("refund", Some(f.optional("amount").ok_or(AppError::invalid("amount", "required"))?)),
        "" => return Err(AppError::invalid("kind", "required")),
        other => (other, None),
    };
    Ok(OfferInput {
        kind: kind.to_owned(),
        amount,
        until: f.optional("until").filter(|_| kind == "more_time"),
        units: Vec::new(),
        reason: None,
        words: f.text("words").to_owned(),
    })
}

async fn offer_in_case(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, case, form) = (visitor.principal.clone(), id.clone(), f.clone());
    let outcome = state
        .run(move |app| {
            let most = app.remedy_terms(&who, &case)?.offer_most.text;
            app.make_offer(&who, &case, &input_of(&form, Some(most))?, form.optional("key").as_deref())
        })
        .await;
    match outcome {
        Ok(_) => Ok(go_and_say(&format!("/seller/cases/{id}"), said("offer_made"))),
        Err(error) if mendable(&error) => seller::refused_case(&state, &visitor, id, f, error).await,
        Err(error) => Err(error.into()),
    }
}

async fn offer_early(State(state): State<AppState>, visitor: Visitor, Path(id): Path<String>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, order, form) = (visitor.principal.clone(), OrderId::new(id.clone()), f.clone());
    let outcome = state
        .run(move |app| {
            let units = order::units_of(&form)?;
            let shown = app.load_order(&who, &order)?;
            let chosen = shown.units.iter().filter(|unit| units.contains(&unit.no));
            let whole: i64 = chosen.map(|unit| unit.refundable.minor).sum();
            let currency = Currency::parse(shown.total.currency).map_err(|_| AppError::Unavailable)?;
            let most = (whole > 0).then(|| Money::new(whole, currency).to_string());
            let reason = form.optional("reason");
            let input = OfferInput { units, reason, ..input_of(&form, most)? };
            app.make_early_offer(&who, &order, &input, form.optional("key").as_deref())
        })
        .await;
    match outcome {
        Ok(_) => Ok(go_and_say(&format!("/seller/orders/{id}/thread"), said("offer_made"))),
        Err(error) => thread::refused(&state, &visitor, &id, Of::Seller, f, error).await,
    }
}
