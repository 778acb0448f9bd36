//! Pages of sellers: what is to be done, products and codes, orders, cases.

mod account;
mod cases;
mod orders;
mod probe;
mod products;
mod rules;
mod webhooks;

pub(super) use self::cases::refused as refused_case;
use super::desk::first;
use crate::AppState;
use crate::form::fresh_key;
use crate::page::{Page, Web, html};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use yuanlu_app::seller::OrdersFilter;
use yuanlu_app::views::{CaseSummary, LowStockView, OrderRow, SellerAccountView, SetUpStep};
use yuanlu_app::{App, Principal};

/// Pages of sellers.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/seller", get(duties))
        .route("/seller/products", get(products::list))
        .route("/seller/products/new", get(products::new).post(products::create))
        .route("/seller/products/{id}", get(products::edit).post(products::save))
        .route("/seller/products/{id}/probe", post(probe::set))
        .route("/seller/orders", get(orders::list))
        .route("/seller/orders/{order}", get(orders::show))
        .route("/seller/orders/{order}/credited", post(orders::credited))
        .route("/seller/orders/{order}/redeemed", post(orders::redeemed))
        .route("/seller/account", get(account::show))
        .route("/seller/account/escrow", get(account::escrow))
        .route("/seller/account/statement", get(account::statement))
        .route("/seller/account/statement.csv", get(account::statement_csv))
        .route("/seller/account/payout-account", post(account::set_payout_account))
        .route("/seller/account/withdrawals", post(account::withdraw))
        .route("/seller/account/withdrawals/{withdrawal}/cancel", post(account::cancel))
        .route("/seller/account/deposit", post(account::top_up))
        .route("/seller/rules", get(rules::show).post(rules::add))
        .route("/seller/rules/{rule}/end", post(rules::end))
        .route("/seller/cases/answers", post(cases::answer_many))
        .route("/seller/products/{id}/threshold", post(products::set_threshold))
        .route("/seller/webhooks", get(webhooks::list).post(webhooks::add))
        .route("/seller/webhooks/{webhook}", get(webhooks::show).post(webhooks::act))
        .route("/seller/cases", get(cases::list))
        .route("/seller/cases/{case}", get(cases::show))
        .route("/seller/cases/{case}/agree", post(cases::agree))
}

/// Forms with files.
pub fn uploads() -> Router<AppState> {
    Router::new()
        .route("/seller/products/{id}/codes", post(products::load_codes))
        .route("/seller/cases/{case}/contest", post(cases::contest))
        .route("/seller/cases/{case}/material", post(cases::material))
}

#[derive(Template)]
#[template(path = "seller/duties.html")]
struct Duties {
    p: Page,
    shop: String,
    answers: Vec<CaseSummary>,
    others: Vec<CaseSummary>,
    deliveries: Vec<OrderRow>,
    more_deliveries: bool,
    low: Vec<LowStockView>,
    steps: Vec<SetUpStep>,
    money: SellerAccountView,
    key: String,
}

impl Duties {
    /// Something is left that nothing is sold, or paid out, without.
    fn sets_up(&self) -> bool {
        self.steps.iter().any(|step| step.needed && !step.done)
    }

    /// Where a step is done.
    fn step_link(&self, step: &str) -> &'static str {
        match step {
            "deposit" | "payout_account" => "/seller/account",
            "rule" => "/seller/rules",
            _ => "/seller/products",
        }
    }
}

/// Name of the shop the person works for.
fn shop_name(app: &App, who: &Principal) -> yuanlu_app::Result<String> {
    Ok(app.me(who)?.seller.map(|seller| seller.name).unwrap_or_default())
}

async fn duties(State(state): State<AppState>, visitor: Visitor) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let (shop, cases, orders, low, steps, money) = state
        .run(move |app| {
            let cases = app.list_seller_cases(&who, &first(100))?;
            let orders = app.list_seller_orders(&who, OrdersFilter::ToDeliver, &first(20))?;
            let (low, steps, money) = (app.low_stock(&who)?, app.set_up_steps(&who)?, app.own_seller_account(&who)?);
            Ok((shop_name(app, &who)?, cases, orders, low, steps, money))
        })
        .await?;
    let (answers, others): (Vec<_>, Vec<_>) = cases.items.into_iter().partition(|case| case.turn_who == Some("seller"));
    let others = others.into_iter().filter(|case| case.turn_who.is_some()).take(10).collect();
    html(&Duties {
        p: visitor.page(&state, "seller.title"),
        shop,
        answers,
        others,
        deliveries: orders.items,
        more_deliveries: orders.next.is_some(),
        low,
        steps,
        money,
        key: fresh_key(),
    })
}
