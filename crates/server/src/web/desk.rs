//! What the pages of sellers and staff share: what a list is asked for, and how a form is answered.

use crate::page::{Said, Web, go_and_say};
use crate::problem::{WebError, status};
use crate::visitor::Visitor;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use std::convert::Infallible;
use yuanlu_app::views::OrderView;
use yuanlu_app::{AppError, inputs};

/// What a list is asked for. A query that cannot be read asks for nothing in particular.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Ask {
    /// Where the page begins.
    pub cursor: Option<String>,
    /// Which desk.
    pub desk: Option<String>,
    /// Which part of the list.
    pub show: Option<String>,
    /// About whom.
    pub who: Option<String>,
}

impl Ask {
    /// The page asked for.
    pub fn page(&self) -> inputs::Page {
        inputs::Page { cursor: self.cursor.clone(), limit: None }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ask {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Query::<Self>::try_from_uri(&parts.uri).map(|Query(ask)| ask).unwrap_or_default())
    }
}

/// The first `limit` rows.
pub fn first(limit: u32) -> inputs::Page {
    inputs::Page { cursor: None, limit: Some(limit) }
}

/// After a form: on to `path` with a sentence; or, refused, the error and its status for the page that shows the form
/// again. Errors that no form can mend stay errors.
pub fn done<T>(outcome: yuanlu_app::Result<T>, path: &str, said: Said) -> Result<Web, (AppError, StatusCode)> {
    match outcome {
        Ok(_) => Ok(Ok(go_and_say(path, said))),
        Err(
            error @ (AppError::NotFound | AppError::Forbidden | AppError::NotSignedIn | AppError::NeedsSecondFactor),
        ) => Ok(Err(error.into())),
        Err(error) => Err((error.clone(), status(&error))),
    }
}

/// The pages of a shop show its own orders only, also to somebody who may see the order for another reason.
pub fn of_own_shop(visitor: &Visitor, order: &OrderView) -> yuanlu_app::Result<()> {
    let seller = visitor.signed_in()?.seller.as_ref();
    if seller.is_some_and(|seller| seller.as_str() == order.seller.id) { Ok(()) } else { Err(AppError::NotFound) }
}

/// Percent as people write it, in basis points: `5`, `2.5%`.
pub fn percent_of(text: &str, field: &'static str) -> Result<u32, WebError> {
    let wrong = || WebError::App(AppError::invalid(field, "not_a_number"));
    let text = text.trim().trim_end_matches(['%', '％']).trim_end();
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 2 {
        return Err(AppError::invalid(field, "too_many_decimals").into());
    }
    if whole.is_empty() || !(whole.bytes().chain(rest.bytes())).all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let (whole, rest): (u32, u32) =
        (whole.parse().map_err(|_| wrong())?, format!("{rest:0<2}").parse().map_err(|_| wrong())?);
    match whole.checked_mul(100).map(|w| w + rest) {
        Some(points) if points <= 10_000 => Ok(points),
        _ => Err(AppError::invalid(field, "too_large").into()),
    }
}

/// Basis points as a field holds them: `5`, `2.5`.
pub fn percent_text(points: u32) -> String {
    match (points / 100, points % 100) {
        (whole, 0) => whole.to_string(),
        (whole, rest) => format!("{whole}.{rest:02}").trim_end_matches('0').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_is_read_and_written() {
        for (text, points) in [("5", 500), ("2.5%", 250), ("0", 0), ("12.34", 1234), ("100", 10_000), (" 3 % ", 300)] {
            assert_eq!(percent_of(text, "fee_basis_points"), Ok(points), "{text}");
        }
        for text in ["", "-1", "1.234", "100.01", "abc", "1,5", "99999999999", ".5"] {
            assert!(percent_of(text, "fee_basis_points").is_err(), "{text}");
        }
        assert_eq!([500, 250, 1234, 5].map(percent_text), ["5", "2.5", "12.34", "0.05"]);
    }
}
