//! Paying an order at a channel: the way to its cashier, the wait for it, another way.

use super::order::load;
use crate::AppState;
use crate::cashier::{Paying, ToPay, open_payment, scene_of};
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Web, go, go_and_say, html, said};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use yuanlu_app::views::{CashierView, OrderView};
use yuanlu_channels::callback::Scene;
use yuanlu_domain::ids::{ChannelId, OrderId};

/// Pages of paying.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/pay/{order}", get(pay))
        .route("/pay/{order}/code", post(by_code))
        .route("/o/{order}/pay", post(pay_again))
}

/// The way to a cashier as a page shows it.
pub(super) struct Way {
    pub(super) channel: String,
    pub(super) cashier: CashierView,
    /// The code to scan: what the channel gave, or the link that its own scene wants on a telephone.
    pub(super) code: Option<String>,
    /// The same code as an address, where it is one: a telephone opens it instead of scanning itself.
    pub(super) code_link: Option<String>,
    /// It can be paid by a code to scan as well.
    pub(super) offers_code: bool,
}

impl Way {
    pub(super) fn new(p: &Page, channel: &str, cashier: CashierView, phone: bool, offers_code: bool) -> Self {
        let for_phones = cashier.url.as_ref().filter(|_| cashier.scene == "mobile" && !phone);
        let text = cashier.qr.as_ref().or(for_phones);
        let label = p.say("order.pay.scan").with("channel", p.code("tender", channel)).to_string();
        let is_web = |text: &&String| text.starts_with("https://") || text.starts_with("http://");
        Self {
            channel: channel.to_owned(),
            code: text.and_then(|text| crate::qr::svg(text, &label)),
            code_link: cashier.qr.clone().filter(|text| is_web(&text)),
            offers_code: offers_code && !phone && cashier.qr.is_none(),
            cashier,
        }
    }

    /// What changes when there is something new to see.
    pub(super) fn mark(&self) -> String {
        let until = self.cashier.expires_at.map_or(0, |at| at.micros());
        format!("{}:{until}:{}", self.cashier.state, self.cashier.struggling)
    }

    /// Seconds until a page looks again: soon while the channel is asked.
    pub(super) fn look_again(&self) -> u32 {
        if self.cashier.state == "asked" { 2 } else { 8 }
    }

    /// The policy of a page that posts its form to the channel.
    pub(super) fn policy(&self) -> Option<axum::http::HeaderValue> {
        self.cashier.form.as_ref().and_then(|form| crate::guard::policy_with_form_to(&form.action))
    }
}

#[derive(Template)]
#[template(path = "order/pay.html")]
struct PayPage {
    p: Page,
    o: OrderView,
    way: Option<Way>,
    declined: bool,
    /// The channel that was tried last.
    last: String,
    channels: Vec<String>,
    key: String,
}

/// Which of several open payments.
#[derive(Debug, Default, serde::Deserialize)]
struct By {
    by: Option<String>,
}

/// The way to the cashier; looks again by itself until the money is there.
async fn pay(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(order): Path<String>,
    Query(By { by }): Query<By>,
) -> Web {
    let o = load(&state, &visitor, &order).await?;
    if o.status != "awaiting_payment" {
        let to = format!("/o/{}", o.order);
        return Ok(if o.paid_at.is_some() { go_and_say(&to, said("paid")) } else { go(&to) });
    }
    let p = visitor.page(&state, "order.pay.title");
    let scene = scene_of(&visitor.origin.user_agent);
    let way = match open_payment(&o, by.as_deref()) {
        None => None,
        Some(payment) => {
            let paying = Paying::new(&state, &visitor);
            let (to_pay, channel) = (ToPay::of_order(&paying, &o, payment)?, payment.how.clone());
            let (cashier, offers_code) = state
                .run(move |app| Ok((paying.cashier(app, &to_pay, scene, false)?, paying.has_code_too(app, &to_pay))))
                .await?;
            Some(Way::new(&p, &channel, cashier, scene == Scene::Mobile, offers_code))
        }
    };
    let policy = way.as_ref().and_then(Way::policy);
    let page = PayPage {
        declined: way.is_none() && o.payments.iter().any(|payment| payment.state == "declined"),
        last: o.payments.iter().rev().find(|p| p.how != "balance").map(|p| p.how.clone()).unwrap_or_default(),
        channels: state.app.channels().iter().map(ToString::to_string).collect(),
        key: fresh_key(),
        p,
        way,
        o,
    };
    let mut response = html(&page)?;
    if let Some(policy) = policy {
        response.headers_mut().insert(axum::http::header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// Another way, or the same once more.
async fn pay_again(State(state): State<AppState>, visitor: Visitor, Path(order): Path<String>, fields: Fields) -> Web {
    let (who, id) = (visitor.principal.clone(), OrderId::new(order.clone()));
    let (channel, key) = (fields.optional("tender").map(ChannelId::new), fields.optional("key"));
    let scene = scene_of(&visitor.origin.user_agent);
    let paying = Paying::new(&state, &visitor);
    let payment = state
        .run(move |app| {
            let payment = app.open_payment(&who, &id, channel.as_ref(), key.as_deref())?;
            paying.cashier(app, &ToPay::order(&paying, &payment)?, scene, true)?;
            Ok(payment)
        })
        .await?;
    Ok(go(&format!("/pay/{order}?by={}", payment.channel)))
}

/// By a code to scan instead of the channel's page.
async fn by_code(State(state): State<AppState>, visitor: Visitor, Path(order): Path<String>, fields: Fields) -> Web {
    let (who, id) = (visitor.principal.clone(), OrderId::new(order.clone()));
    let channel = fields.optional("tender").map(ChannelId::new);
    let paying = Paying::new(&state, &visitor);
    let payment = state
        .run(move |app| {
            let payment = app.open_payment(&who, &id, channel.as_ref(), None)?;
            paying.cashier(app, &ToPay::order(&paying, &payment)?, Scene::Qr, true)?;
            Ok(payment)
        })
        .await?;
    Ok(go(&format!("/pay/{order}?by={}", payment.channel)))
}
