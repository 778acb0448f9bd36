//! The pages. Every handler parses, calls one use case, and renders; a form that was accepted answers with 303.

pub mod account;
pub mod admission;
pub mod callback;
pub mod case;
pub mod credit;
mod design;
pub mod desk;
mod draft;
pub mod entry;
mod export;
pub mod figures;
pub mod notices;
pub mod offer;
pub mod order;
pub mod organisations;
pub mod panel;
pub mod paper;
pub mod pay;
pub mod platform;
pub mod policy_words;
pub mod public;
pub mod refund;
pub mod remedy;
pub mod review;
pub mod route;
pub mod rules;
pub mod seller;
pub mod shop;
pub mod staff;
pub mod support;
pub mod thread;
pub mod tip_off;
pub mod top_up;

use crate::AppState;
use crate::form::UPLOAD_FORM_MOST;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;

/// Every page. Forms with files have a longer time and a larger body.
pub fn router() -> Router<AppState> {
    let pages = Router::new()
        .merge(shop::router())
        .merge(order::router())
        .merge(pay::router())
        .merge(refund::router())
        .merge(case::router())
        .merge(route::router())
        .merge(offer::router())
        .merge(remedy::router())
        .merge(thread::router())
        .merge(entry::router())
        .merge(account::router())
        .merge(notices::router())
        .merge(credit::router())
        .merge(public::router())
        .merge(support::router())
        .merge(design::router())
        .merge(export::router())
        .merge(organisations::router())
        .merge(panel::router())
        .merge(paper::router())
        .merge(admission::router())
        .merge(tip_off::router())
        .merge(top_up::router())
        .merge(rules::router())
        .merge(review::router())
        .merge(figures::router())
        .merge(platform::router())
        .merge(seller::router())
        .merge(staff::router())
        .layer(from_fn(crate::time_limit));
    let uploads = Router::new()
        .merge(refund::uploads())
        .merge(case::uploads())
        .merge(route::uploads())
        .merge(remedy::uploads())
        .merge(thread::uploads())
        .merge(admission::uploads())
        .merge(tip_off::uploads())
        .merge(paper::uploads())
        .merge(seller::uploads())
        .merge(staff::uploads())
        .layer(DefaultBodyLimit::max(UPLOAD_FORM_MOST))
        .layer(from_fn(crate::upload_time_limit));
    pages.merge(uploads)
}

/// A query parameter that says which page of a list.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct Cursor {
    /// `next` of the page before.
    pub cursor: Option<String>,
}

impl Cursor {
    /// As the use cases take it.
    pub fn page(self) -> yuanlu_app::inputs::Page {
        yuanlu_app::inputs::Page { cursor: self.cursor.filter(|c| !c.is_empty()), limit: None }
    }
}
