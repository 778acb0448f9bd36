//! Support, for whoever asks: signed in, with a guest's session, or nobody known. And where money is, channel by channel.

use super::thread::mendable;
use crate::AppState;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Web, go, html, html_with};
use crate::problem::{WebError, status};
use crate::visitor::{Visitor, with_talk};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::{get, post};
use yuanlu_app::inputs::{self, ConversationInput, ProgressInput, SayInput};
use yuanlu_app::views::{
    CaseSummary, ConversationSummary, ConversationView, ShownProgress, SupportHoursView, TextCheckView,
};
use yuanlu_app::{App, AppError, Principal, Secret};
use yuanlu_domain::ids::DeskId;

/// Refunds whose proof can be had from the first page.
const MOST_CASES: u32 = 5;
/// Roads by which money comes back, in the order in which people know them.
const ARRIVALS: [&str; 6] = ["alipay", "wechat", "bank_card", "unionpay", "stripe", "balance"];

/// Pages of support.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/support", get(home).post(open))
        .route("/support/progress", get(ask_progress).post(progress))
        .route("/support/{conversation}", get(show).post(say))
        .route("/support/{conversation}/progress", post(send_progress))
        .route("/support/{conversation}/end", post(end))
        .route("/money", get(money))
}

#[derive(Template)]
#[template(path = "support/home.html")]
struct Home {
    p: Page,
    f: Fields,
    key: String,
    hours: SupportHoursView,
    /// Refunds of whoever is known.
    cases: Vec<CaseSummary>,
    own: Vec<ConversationSummary>,
    /// A stranger's conversation of before.
    talk: Option<String>,
    known: bool,
    check: Option<TextCheckView>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct About {
    order: String,
}

async fn home(State(state): State<AppState>, visitor: Visitor, Query(about): Query<About>) -> Web {
    let order: String = about.order.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    let f = Fields::default().with("order", order);
    html(&home_page(&state, &visitor, f, None).await?)
}

async fn home_page(
    state: &AppState,
    visitor: &Visitor,
    f: Fields,
    check: Option<TextCheckView>,
) -> Result<Home, WebError> {
    let who = visitor.principal.clone();
    let known = who.party().is_some();
    let (hours, cases, own) = state
        .run(move |app| {
            let first = |limit| inputs::Page { cursor: None, limit: Some(limit) };
            let hours = app.support_hours()?;
            if !known {
                return Ok((hours, Vec::new(), Vec::new()));
            }
            Ok((hours, app.list_cases(&who, &first(MOST_CASES))?.items, app.own_conversations(&who, &first(10))?.items))
        })
        .await?;
    let talk = visitor.talk.as_ref().map(|(id, _)| id.clone()).filter(|_| !known);
    let p = visitor.page(state, "support.title");
    Ok(Home { p, key: f.optional("key").unwrap_or_else(fresh_key), f, hours, cases, own, talk, known, check })
}

/// What a form says of the refund somebody wants to know about.
fn progress_of(f: &Fields) -> ProgressInput {
    ProgressInput {
        case: f.optional("case"),
        order: f.optional("order"),
        paid_at: f.optional("paid_at"),
        amount: f.optional("amount"),
    }
}

/// Where a conversation goes on; what was written and sent is no draft any more.
fn talk_path(id: impl std::fmt::Display, sent: bool) -> String {
    format!("/support/{id}{}#end", if sent { "?said=sent" } else { "" })
}

/// `POST /support`: with words; or, by the button, asking how a refund stands.
async fn open(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    let wants_progress = f.ticked("progress");
    let input = ConversationInput {
        text: if wants_progress { String::new() } else { f.text("text").to_owned() },
        order: f.optional("order").filter(|_| visitor.principal.party().is_some() && !wants_progress),
        progress: wants_progress.then(|| progress_of(&f)),
        hints_seen: f.ticked("hints_seen"),
    };
    let (who, origin, key) = (visitor.principal.clone(), visitor.origin.clone(), f.optional("key"));
    match state.run(move |app| app.open_conversation(&who, &input, key.as_deref(), &origin)).await {
        Ok(begun) => {
            let id = begun.conversation.summary.conversation;
            let answer = go(&talk_path(&id, !wants_progress));
            Ok(match begun.key {
                Some(key) => with_talk(&state, &id, &key, answer),
                None => answer,
            })
        }
        Err(AppError::Invalid { field: "text", code: "hints" }) => {
            let text = f.text("text").to_owned();
            let check = state.run(move |app| app.check_text(&text)).await?;
            let page = home_page(&state, &visitor, f, Some(check)).await?;
            html_with(axum::http::StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) if mendable(&error) || error == AppError::WrongCredentials => {
            let page = home_page(&state, &visitor, f, None).await?;
            let p = page.p.clone().refused_as(&error, "support.progress.wrong");
            html_with(status(&error), &Home { p, key: fresh_key(), ..page })
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "support/conversation.html")]
struct Talk {
    p: Page,
    t: ConversationView,
    f: Fields,
    key: String,
    check: Option<TextCheckView>,
    /// Words were just sent: their draft is done with.
    sent: bool,
}

async fn load(state: &AppState, visitor: &Visitor, id: &DeskId, f: Fields) -> Result<Talk, WebError> {
    let (who, asked, key) = (visitor.principal.clone(), id.clone(), visitor.talk_key(id));
    let t = state.run(move |app| app.load_conversation(&who, &asked, key.as_ref())).await?;
    Ok(Talk {
        p: visitor.page(state, "support.title"),
        t,
        f,
        key: fresh_key(),
        check: None,
        sent: visitor.was_said("sent"),
    })
}

/// Support's own page of it is another.
async fn show(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>) -> Web {
    match load(&state, &visitor, &id, Fields::default()).await {
        Ok(page) if page.t.summary.claimed_by.is_some() || page.t.actions.contains(&"claim") => {
            Ok(go(&format!("/staff/support/{id}")))
        }
        Ok(page) => html(&page),
        // Nobody known: his session may be over, or his key gone with another device.
        Err(WebError::App(AppError::NotFound | AppError::NotSignedIn)) if visitor.principal == Principal::Anonymous => {
            Ok(go("/support"))
        }
        Err(error) => Err(error),
    }
}

/// Does something in a conversation and shows it, or the form with what is wrong.
async fn act(
    state: AppState,
    visitor: Visitor,
    id: DeskId,
    f: Fields,
    sent: bool,
    call: impl FnOnce(&App, &Principal, &DeskId, Option<&Secret<String>>) -> yuanlu_app::Result<ConversationView>
    + Send
    + 'static,
) -> Web {
    let (who, asked, key) = (visitor.principal.clone(), id.clone(), visitor.talk_key(&id));
    match state.run(move |app| call(app, &who, &asked, key.as_ref())).await {
        Ok(_) => Ok(go(&talk_path(&id, sent))),
        Err(AppError::Invalid { field: "text", code: "hints" }) => {
            let text = f.text("text").to_owned();
            let check = state.run(move |app| app.check_text(&text)).await?;
            let page = load(&state, &visitor, &id, f).await?;
            html_with(axum::http::StatusCode::UNPROCESSABLE_ENTITY, &Talk { check: Some(check), ..page })
        }
        Err(error) if mendable(&error) || error == AppError::WrongCredentials => {
            let page = load(&state, &visitor, &id, f).await?;
            let p = page.p.clone().refused_as(&error, "support.progress.wrong");
            html_with(status(&error), &Talk { p, ..page })
        }
        Err(error) => Err(error.into()),
    }
}

async fn say(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let input = SayInput { text: f.text("text").to_owned(), hints_seen: f.ticked("hints_seen") };
    let (once, origin) = (f.optional("key"), visitor.origin.clone());
    act(state, visitor, id, f, true, move |app, who, id, key| {
        app.say_in_conversation(who, id, key, &input, once.as_deref(), &origin)
    })
    .await
}

async fn send_progress(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let (input, origin) = (progress_of(&f), visitor.origin.clone());
    act(state, visitor, id, f, false, move |app, who, id, key| app.send_progress(who, id, key, &input, &origin)).await
}

async fn end(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    act(state, visitor, id, f, false, move |app, who, id, key| app.end_conversation(who, id, key)).await
}

#[derive(Template)]
#[template(path = "support/progress.html")]
struct ProgressPage {
    p: Page,
    f: Fields,
    found: Option<ShownProgress>,
}

async fn ask_progress(State(state): State<AppState>, visitor: Visitor) -> Web {
    let p = visitor.page(&state, "support.progress.title");
    html(&ProgressPage { p, f: Fields::default(), found: None })
}

/// `POST /support/progress`: what a payer is told without being known. Nothing of it is in an address.
async fn progress(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    let (input, origin) = (progress_of(&f), visitor.origin.clone());
    let p = visitor.page(&state, "support.progress.title");
    match state.run(move |app| app.shown_progress(&input, &origin)).await {
        Ok(found) => html(&ProgressPage { p, f, found: Some(found) }),
        Err(error) if mendable(&error) || error == AppError::WrongCredentials => {
            let p = p.refused_as(&error, "support.progress.wrong");
            html_with(status(&error), &ProgressPage { p, f, found: None })
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "support/money.html")]
struct MoneyPage {
    p: Page,
    /// Channels, with how long each takes.
    arrivals: Vec<Arrival>,
    known: bool,
    hours: SupportHoursView,
}

/// Working days in which money comes by a road.
struct Arrival {
    kind: &'static str,
    from: u64,
    to: u64,
    hard: u64,
}

/// `GET /money`: how long each channel takes, and where to look in its bill.
async fn money(State(state): State<AppState>, visitor: Visitor) -> Web {
    let (policy, hours) = state.run(|app| Ok((app.policy()?.text, app.support_hours()?))).await?;
    let lines = policy["tables"]["arrival"].as_array().cloned().unwrap_or_default();
    let arrivals = ARRIVALS.map(|kind| {
        let line = lines.iter().find(|line| line["kind"] == kind);
        let days = |which: &str| line.and_then(|line| line[which].as_u64()).unwrap_or_default();
        Arrival { kind, from: days("typical_from"), to: days("typical_to"), hard: days("hard") }
    });
    html(&MoneyPage {
        p: visitor.page(&state, "support.money.title"),
        arrivals: arrivals.into(),
        known: visitor.principal.party().is_some(),
        hours,
    })
}
