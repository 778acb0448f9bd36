//! Reviews on the pages: written by whoever bought, read by everybody, answered by sellers, hidden and judged by staff.

use crate::AppState;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use yuanlu_app::inputs::{self, HideReviewInput, JudgeReviewInput, ReviewInput};
use yuanlu_app::views::{Listing, ProductView, RatingView, ReviewView, ReviewsView, SellerPageView};
use yuanlu_app::{App, AppError, Principal};
use yuanlu_domain::ids::{CaseId, DeskId, OrderId, ProductId, SellerId};
use yuanlu_domain::review::HideGround;

/// Pages of reviews.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/o/{order}/review", get(write_goods).post(send_goods))
        .route("/c/{case}/review", get(write_service).post(send_service))
        .route("/reviews", get(of_service))
        .route("/reviews/{review}", get(show))
        .route("/reviews/{review}/reply", post(reply))
        .route("/reviews/{review}/appeal", post(appeal))
        .route("/p/{product}/reviews", get(of_product))
        .route("/shops/{seller}", get(shop))
        .route("/shops/{seller}/reviews", get(of_seller))
        .route("/staff/reviews", get(desk))
        .route("/staff/reviews/{review}/hide", post(hide))
        .route("/staff/reviews/{review}/judge", post(judge))
}

type Refused = Option<(AppError, StatusCode)>;

/// Tenths of a star as people read them: `4.3`.
pub fn tenths_text(tenths: &u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// How many gave five stars, four, … one.
pub fn bars(rating: &RatingView) -> Vec<(usize, u64)> {
    (1..).zip(rating.by_stars.iter().copied()).collect::<Vec<_>>().into_iter().rev().collect()
}

/// So many stars in a row.
pub fn row_of(n: &str) -> String {
    let n = n.parse().unwrap_or(0).min(5);
    "★".repeat(n) + &"☆".repeat(5 - n)
}

#[derive(Template)]
#[template(path = "review/write.html")]
struct Write {
    p: Page,
    f: Fields,
    key: String,
    /// Where the form goes.
    to: String,
    /// The order or case it is about: address and number.
    back: (String, String),
}

fn write_page(state: &AppState, visitor: &Visitor, of: Of, f: Fields, refused: Refused) -> Web {
    let (title, back) = match &of {
        Of::Goods(order) => ("review.write.title", (format!("/o/{order}"), order.to_string())),
        Of::Service(case) => ("review.write.service_title", (format!("/c/{case}"), case.to_string())),
    };
    let p = visitor.page(state, title);
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let key = f.optional("key").unwrap_or_else(fresh_key);
    html_with(code, &Write { p, key, to: format!("{}/review", back.0), back, f })
}

/// What is to be reviewed.
#[derive(Clone)]
enum Of {
    Goods(OrderId),
    Service(CaseId),
}

async fn write_goods(State(state): State<AppState>, visitor: Visitor, Path(order): Path<OrderId>) -> Web {
    let (who, id) = (visitor.principal.clone(), order.clone());
    let found = state.run(move |app| app.load_order(&who, &id)).await?;
    match found.review {
        Some(review) => Ok(crate::page::go(&format!("/reviews/{review}"))),
        None => write_page(&state, &visitor, Of::Goods(order), Fields::default(), None),
    }
}

async fn write_service(State(state): State<AppState>, visitor: Visitor, Path(case): Path<CaseId>) -> Web {
    let (who, id) = (visitor.principal.clone(), case.clone());
    let found = state.run(move |app| app.load_case(&who, &id)).await?;
    match found.review {
        Some(review) => Ok(crate::page::go(&format!("/reviews/{review}"))),
        None => write_page(&state, &visitor, Of::Service(case), Fields::default(), None),
    }
}

async fn send_goods(State(state): State<AppState>, visitor: Visitor, Path(order): Path<OrderId>, f: Fields) -> Web {
    send(state, visitor, Of::Goods(order), f).await
}

async fn send_service(State(state): State<AppState>, visitor: Visitor, Path(case): Path<CaseId>, f: Fields) -> Web {
    send(state, visitor, Of::Service(case), f).await
}

async fn send(state: AppState, visitor: Visitor, of: Of, f: Fields) -> Web {
    let input = ReviewInput { stars: f.text("stars").parse().unwrap_or(0), words: f.text("words").to_owned() };
    let (who, key, about) = (visitor.principal.clone(), f.optional("key"), of.clone());
    let written = state
        .run(move |app| match &about {
            Of::Goods(order) => app.review_goods(&who, order, &input, key.as_deref()),
            Of::Service(case) => app.review_service(&who, case, &input, key.as_deref()),
        })
        .await;
    let to = written.as_ref().map(|review| format!("/reviews/{}", review.review)).unwrap_or_default();
    match done(written, &to, said("review_written")) {
        Ok(answer) => answer,
        Err(refused) => write_page(&state, &visitor, of, f, Some(refused)),
    }
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Asked {
    hidden: bool,
    cursor: Option<String>,
}

impl Asked {
    fn page(&self) -> inputs::Page {
        inputs::Page { cursor: self.cursor.clone().filter(|cursor| !cursor.is_empty()), limit: Some(20) }
    }
}

#[derive(Template)]
#[template(path = "review/list.html")]
struct List {
    p: Page,
    reviews: ReviewsView,
    hidden: bool,
    service: bool,
    path: String,
    back: (String, String),
}

impl List {
    fn more(&self) -> String {
        format!("{}?{}", self.path, if self.hidden { "hidden=true&" } else { "" })
    }
}

fn list(list: &List) -> Web {
    html(list)
}

async fn of_service(State(state): State<AppState>, visitor: Visitor, Query(asked): Query<Asked>) -> Web {
    let (who, page, hidden) = (visitor.principal.clone(), asked.page(), asked.hidden);
    let reviews = state.run(move |app| app.service_reviews(&who, hidden, &page)).await?;
    let p = visitor.page(&state, "review.of_service");
    let back = ("/figures".to_owned(), p.t("disclosure.figures.title").to_owned());
    list(&List { p, reviews, hidden, service: true, path: "/reviews".to_owned(), back })
}

async fn of_product(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(product): Path<ProductId>,
    Query(asked): Query<Asked>,
) -> Web {
    let (who, page, hidden, id) = (visitor.principal.clone(), asked.page(), asked.hidden, product.clone());
    let (product, reviews) =
        state.run(move |app| Ok((app.load_product(&id)?, app.product_reviews(&who, &id, hidden, &page)?))).await?;
    let p = visitor.page(&state, "review.of_product");
    let (at, name) = (format!("/p/{}", product.id), product.title);
    list(&List { p, reviews, hidden, service: false, path: format!("{at}/reviews"), back: (at, name) })
}

async fn of_seller(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(seller): Path<SellerId>,
    Query(asked): Query<Asked>,
) -> Web {
    let (who, page, hidden, id) = (visitor.principal.clone(), asked.page(), asked.hidden, seller.clone());
    let (shop, reviews) =
        state.run(move |app| Ok((app.seller_page(&id)?, app.seller_reviews(&who, &id, hidden, &page)?))).await?;
    let p = visitor.page(&state, "review.of_seller");
    let at = format!("/shops/{}", shop.seller.id);
    let path = format!("{at}/reviews");
    list(&List { p, reviews, hidden, service: false, path, back: (at, shop.seller.name) })
}

#[derive(Template)]
#[template(path = "public/shop.html")]
struct Shop {
    p: Page,
    s: SellerPageView,
    reviews: ReviewsView,
    products: Vec<ProductView>,
    least: i64,
}

async fn shop(State(state): State<AppState>, visitor: Visitor, Path(seller): Path<SellerId>) -> Web {
    let who = visitor.principal.clone();
    let (s, reviews, products) = state
        .run(move |app| {
            let first = inputs::Page { cursor: None, limit: Some(3) };
            let reviews = app.seller_reviews(&who, &seller, false, &first)?;
            Ok((app.seller_page(&seller)?, reviews, app.products_of(&seller)?))
        })
        .await?;
    let p = visitor.page(&state, "shop.seller").titled(&s.seller.name);
    html(&Shop { p, s, reviews, products, least: yuanlu_domain::figures::LEAST })
}

#[derive(Template)]
#[template(path = "review/show.html")]
struct Show {
    p: Page,
    r: ReviewView,
    f: Fields,
    grounds: Vec<&'static str>,
}

async fn show(State(state): State<AppState>, visitor: Visitor, Path(review): Path<DeskId>) -> Web {
    show_page(&state, &visitor, review, Fields::default(), None).await
}

async fn show_page(state: &AppState, visitor: &Visitor, review: DeskId, f: Fields, refused: Refused) -> Web {
    let who = visitor.principal.clone();
    let r = state.run(move |app| app.load_review(&who, &review)).await?;
    let title = if r.about == "service" { "review.of_service" } else { "review.title" };
    let p = visitor.page(state, title);
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let grounds = HideGround::ALL.iter().map(|ground| ground.code()).collect();
    html_with(code, &Show { p, r, f, grounds })
}

/// What is done to a review on its page.
async fn act(
    state: AppState,
    visitor: Visitor,
    review: DeskId,
    f: Fields,
    told: &'static str,
    call: impl FnOnce(&App, &Principal, &DeskId, &Fields) -> yuanlu_app::Result<ReviewView> + Send + 'static,
) -> Web {
    let (who, id, fields) = (visitor.principal.clone(), review.clone(), f.clone());
    let outcome = state.run(move |app| call(app, &who, &id, &fields)).await;
    match done(outcome, &format!("/reviews/{review}"), said(told)) {
        Ok(answer) => answer,
        Err(refused) => show_page(&state, &visitor, review, f, Some(refused)).await,
    }
}

async fn reply(State(state): State<AppState>, visitor: Visitor, Path(review): Path<DeskId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let call = |app: &App, who: &Principal, id: &DeskId, f: &Fields| app.reply_to_review(who, id, f.text("words"));
    act(state, visitor, review, f, "review_replied", call).await
}

async fn appeal(State(state): State<AppState>, visitor: Visitor, Path(review): Path<DeskId>, f: Fields) -> Web {
    let call = |app: &App, who: &Principal, id: &DeskId, f: &Fields| app.appeal_review(who, id, f.text("words"));
    act(state, visitor, review, f, "review_appealed", call).await
}

async fn hide(State(state): State<AppState>, visitor: Visitor, Path(review): Path<DeskId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let call = |app: &App, who: &Principal, id: &DeskId, f: &Fields| {
        let input = HideReviewInput { ground: f.text("ground").to_owned(), words: f.text("words").to_owned() };
        app.hide_review(who, id, &input)
    };
    act(state, visitor, review, f, "review_hidden", call).await
}

async fn judge(State(state): State<AppState>, visitor: Visitor, Path(review): Path<DeskId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let call = |app: &App, who: &Principal, id: &DeskId, f: &Fields| {
        let input = JudgeReviewInput { keep: f.text("do") == "keep", words: f.text("words").to_owned() };
        app.judge_review(who, id, &input)
    };
    act(state, visitor, review, f, "review_judged", call).await
}

#[derive(Template)]
#[template(path = "staff/reviews.html")]
struct Desk {
    p: Page,
    over: bool,
    reviews: Vec<ReviewView>,
    next: Option<String>,
}

/// `GET /staff/reviews?show=over`
async fn desk(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let (who, page, over) = (visitor.principal.clone(), ask.page(), ask.show.as_deref() == Some("over"));
    let Listing { items: reviews, next } = state.run(move |app| app.review_desk(&who, over, &page)).await?;
    html(&Desk { p: visitor.page(&state, "review.staff.title"), over, reviews, next })
}
