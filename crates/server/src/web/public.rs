//! Pages for anyone: help, and the clock of a demo.

use crate::AppState;
use crate::form::{Fields, encode, own_path};
use crate::page::{Page, Web, go, html};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::{get, post};
use yuanlu_app::{AppError, MoveTo, Principal};

/// Pages for anyone.
pub fn router() -> Router<AppState> {
    Router::new().route("/help", get(help)).route("/demo/clock", post(move_clock))
}

#[derive(Template)]
#[template(path = "public/help.html")]
struct HelpPage {
    p: Page,
    topics: Vec<(String, String)>,
}

#[derive(Debug, Default, serde::Deserialize)]
struct HelpQuery {
    #[serde(default)]
    order: String,
}

/// With an order number: on to applying, by way of whatever proves that the order is his.
async fn help(State(state): State<AppState>, visitor: Visitor, Query(query): Query<HelpQuery>) -> Web {
    let order: String =
        query.order.trim().to_uppercase().chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    if !order.is_empty() {
        let form = format!("/o/{order}/refund");
        let known = match &visitor.principal {
            Principal::Person(_) => true,
            Principal::Guest(own) => own.as_str() == order,
            Principal::Anonymous | Principal::Program => false,
        };
        return Ok(go(&if known { form } else { format!("/find?order={order}&then={}", encode(&form)) }));
    }
    let topics = ["apply", "evidence", "time", "route", "balance", "person"]
        .map(|topic| ["q", "a"].map(|part| visitor.locale.t(&format!("rules.topic.{topic}.{part}")).to_owned()))
        .map(|[question, answer]| (question, answer));
    html(&HelpPage { p: visitor.page(&state, "rules.help.title"), topics: topics.to_vec() })
}

async fn move_clock(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    let to = match fields.text("to") {
        "next" => MoveTo::NextDeadline,
        "hour" => MoveTo::Hours(1),
        "day" => MoveTo::Hours(24),
        _ => return Err(AppError::invalid("to", "unknown").into()),
    };
    state.run(move |app| app.move_clock(&visitor.principal, to)).await?;
    Ok(go(own_path(fields.text("back"))))
}
