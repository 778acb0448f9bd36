//! The shop: list, product, checkout.

use crate::AppState;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Web, go, html, html_with};
use crate::visitor::{Visitor, with_session};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use std::collections::HashMap;
use yuanlu_app::Secret;
use yuanlu_app::inputs::{self, GuestInput, LineInput, PartsInput, PlaceInput, ProductFilter};
use yuanlu_app::views::{BalanceView, CouponView, Listing, LotView, MoneyView, OrderView, ProductView, ReviewsView};
use yuanlu_app::{AppError, Principal};
use yuanlu_domain::catalogue::ProductKind;
use yuanlu_domain::ids::ProductId;

/// Pages of the shop.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/", get(index))
        .route("/p/{product}", get(product))
        .route("/checkout", get(checkout).post(place))
}

#[derive(Template)]
#[template(path = "shop/index.html")]
struct IndexPage {
    p: Page,
    products: Listing<ProductView>,
    kinds: [&'static str; 5],
    kind: String,
    text: String,
    balance_only: bool,
}

async fn index(State(state): State<AppState>, visitor: Visitor, Query(query): Query<HashMap<String, String>>) -> Web {
    let value = |name: &str| query.get(name).map(|v| v.trim().chars().take(60).collect::<String>()).unwrap_or_default();
    let (kind, text) = (value("kind"), value("q"));
    let kinds = ProductKind::ALL.map(ProductKind::code);
    let kind = kinds.into_iter().find(|k| *k == kind).unwrap_or_default().to_owned();
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let filter = ProductFilter { kind: given(&kind), text: given(&text) };
    let cursor = super::Cursor { cursor: query.get("cursor").cloned() };
    let products = state.run(move |app| app.list_products(&filter, &cursor.page())).await?;
    let balance_only = state.app.channels().is_empty();
    html(&IndexPage { p: visitor.page(&state, "shop.title"), products, kinds, kind, text, balance_only })
}

#[derive(Template)]
#[template(path = "shop/product.html")]
struct ProductPage {
    p: Page,
    g: ProductView,
    r: ReviewsView,
}

async fn product(State(state): State<AppState>, visitor: Visitor, Path(product): Path<ProductId>) -> Web {
    let who = visitor.principal.clone();
    let (g, r) = state
        .run(move |app| {
            let first = inputs::Page { cursor: None, limit: Some(3) };
            Ok((app.load_product(&product)?, app.product_reviews(&who, &product, false, &first)?))
        })
        .await?;
    html(&ProductPage { p: visitor.page(&state, "shop.title").titled(&g.title), g, r })
}

#[derive(Template)]
#[template(path = "shop/checkout.html")]
struct CheckoutPage {
    p: Page,
    g: ProductView,
    f: Fields,
    key: String,
    channels: Vec<String>,
    balance: Option<BalanceView>,
    total: Option<MoneyView>,
    sums: Option<Sums>,
}

/// What an order would cost with what the buyer takes from his wallet.
struct Sums {
    coupon: MoneyView,
    voucher: MoneyView,
    balance: MoneyView,
    rest: MoneyView,
}

impl Sums {
    /// `None` where nothing is chosen, or it does not fit: placing the order says why.
    fn of(total: &MoneyView, wallet: &BalanceView, f: &Fields) -> Option<Self> {
        let currency = yuanlu_money::Currency::parse(total.currency).ok()?;
        let number = |name: &str| f.text(name).parse::<u32>().ok();
        let coupon = wallet.coupons.iter().find(|c| number("coupon") == Some(c.coupon)).map_or(0, |c| c.off.minor);
        let voucher = wallet
            .lots
            .iter()
            .find(|lot| lot.voucher && number("voucher") == Some(lot.lot))
            .map_or(0, |l| l.left.minor);
        let balance = match f.text("balance").trim() {
            "" => 0,
            text => yuanlu_money::Money::parse(text, currency).ok()?.minor(),
        };
        let rest = total.minor - coupon - voucher - balance;
        let money = |minor| MoneyView::new(minor, currency);
        (rest >= 0 && balance >= 0 && rest != total.minor).then(|| Self {
            coupon: money(coupon),
            voucher: money(voucher),
            balance: money(balance),
            rest: money(rest),
        })
    }
}

impl CheckoutPage {
    /// Vouchers that can be used.
    fn vouchers(&self) -> Vec<&LotView> {
        self.balance.iter().flat_map(|wallet| &wallet.lots).filter(|lot| lot.voucher && !lot.expired).collect()
    }

    /// Coupons that can be used.
    fn coupons(&self) -> Vec<&CouponView> {
        self.balance.iter().flat_map(|wallet| &wallet.coupons).filter(|coupon| !coupon.expired).collect()
    }

    /// Whether the wallet holds anything to pay with.
    fn has_wallet(&self) -> bool {
        self.balance.as_ref().is_some_and(|wallet| wallet.spendable.minor > 0)
            || !self.vouchers().is_empty()
            || !self.coupons().is_empty()
    }
}

async fn checkout(
    State(state): State<AppState>,
    visitor: Visitor,
    Query(query): Query<HashMap<String, String>>,
) -> Web {
    let value = |name: &str, default: &str| query.get(name).cloned().unwrap_or_else(|| default.to_owned());
    let fields = Fields::default().with("product", value("product", "")).with("quantity", value("quantity", "1"));
    html(&checkout_page(&state, &visitor, fields, None).await?)
}

async fn checkout_page(
    state: &AppState,
    visitor: &Visitor,
    f: Fields,
    error: Option<&AppError>,
) -> yuanlu_app::Result<CheckoutPage> {
    let (who, product) = (visitor.principal.clone(), ProductId::new(f.text("product")));
    let (g, balance) = state
        .run(move |app| {
            let balance = who.person().map(|_| app.balance(&who)).transpose()?;
            Ok((app.load_product(&product)?, balance))
        })
        .await?;
    let quantity = f.text("quantity").parse::<i64>().ok().filter(|n| (1..=200).contains(n));
    let price = &g.terms.price;
    let total = quantity.and_then(|n| {
        let currency = yuanlu_money::Currency::parse(price.currency).ok()?;
        Some(MoneyView::new(price.minor.checked_mul(n)?, currency))
    });
    let channels = state.app.channels().iter().map(ToString::to_string).collect();
    let page = visitor.page(state, "shop.checkout.title");
    let p = match error {
        Some(error) => page.refused(error),
        None => page,
    };
    let sums = total.as_ref().zip(balance.as_ref()).and_then(|(total, wallet)| Sums::of(total, wallet, &f));
    Ok(CheckoutPage { p, g, f, key: fresh_key(), channels, balance, total, sums })
}

async fn place(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    if fields.ticked("reckon") {
        return html(&checkout_page(&state, &visitor, fields, None).await?);
    }
    match try_place(&state, &visitor, &fields).await {
        Ok((order, token)) => {
            let next = match order.status {
                "awaiting_payment" => format!("/pay/{}", order.order),
                _ => format!("/o/{}?said=placed", order.order),
            };
            let response = go(&next);
            Ok(match token {
                Some(token) => with_session(&state, token.expose(), response),
                None => response,
            })
        }
        Err(error @ (AppError::Refused(_) | AppError::Invalid { .. } | AppError::Conflict)) => {
            let page = checkout_page(&state, &visitor, fields, Some(&error)).await?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

async fn try_place(
    state: &AppState,
    visitor: &Visitor,
    fields: &Fields,
) -> yuanlu_app::Result<(OrderView, Option<Secret<String>>)> {
    let line = LineInput {
        product: fields.text("product").to_owned(),
        quantity: fields.text("quantity").parse().map_err(|_| AppError::invalid("quantity", "not_a_number"))?,
        seen_price: fields.text("seen_price").to_owned(),
        confirmed: fields.ticked("confirmed"),
        recipient: fields.optional("recipient"),
    };
    let person = matches!(visitor.principal, Principal::Person(_));
    let guest = (!person).then(|| GuestInput {
        contact: fields.text("contact").to_owned(),
        query_password: Secret::new(fields.raw("query_password").to_owned()),
    });
    let number = |name: &'static str| {
        let chosen = fields.optional(name);
        chosen.map(|text| text.parse().map_err(|_| AppError::invalid(name, "unknown"))).transpose()
    };
    let parts =
        PartsInput { coupon: number("coupon")?, voucher: number("voucher")?, balance: fields.optional("balance") };
    let input = PlaceInput { lines: vec![line], parts, tender: fields.text("tender").to_owned(), guest };
    let (who, origin, key) = (visitor.principal.clone(), visitor.origin.clone(), fields.optional("key"));
    state
        .run(move |app| {
            if person {
                return app.place_order(&who, &input, key.as_deref(), &origin).map(|order| (order, None));
            }
            let (order, grant) = app.place_order_as_guest(&input, key.as_deref(), &origin)?;
            Ok((order, Some(grant.token)))
        })
        .await
}
