//! The support desk: one search box, people who wait for an answer, a conversation beside what it is about.

use crate::AppState;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Said, Web, go, go_and_say, html, html_with, said};
use crate::problem::{WebError, status};
use crate::seen::saw;
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done, first};
use crate::web::thread::mendable;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::inputs::{PrepareInput, ProgressInput, SayInput, SearchInput, SupportHoursInput};
use yuanlu_app::views::{
    ConversationSummary, ConversationView, HitView, SearchView, SupportHoursView, TextCheckView, UncoveredContactView,
};
use yuanlu_app::{App, AppError, Principal, Viewed};
use yuanlu_domain::case::Reason;
use yuanlu_domain::ids::{DeskId, OrderId};

#[derive(Template)]
#[template(path = "staff/support.html")]
struct Queue {
    p: Page,
    f: Fields,
    show: &'static str,
    waiting: u64,
    conversations: Vec<ConversationSummary>,
    next: Option<String>,
    found: Option<SearchView>,
    hours: SupportHoursView,
}

impl Queue {
    fn more(&self) -> String {
        format!("/staff/support?show={}&", self.show)
    }
}

/// `GET /staff/support?show=`: who waits; or, answered, whose turn it is themselves; or what is over.
pub async fn queue(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    html(&page(&state, &visitor, &ask, Fields::default(), None).await?)
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    ask: &Ask,
    f: Fields,
    found: Option<SearchView>,
) -> Result<Queue, WebError> {
    visitor.signed_in()?;
    let shows = ["waiting", "answered", "over"];
    let show = shows.into_iter().find(|show| ask.show.as_deref() == Some(show)).unwrap_or("waiting");
    let (who, rows) = (visitor.principal.clone(), ask.page());
    let (listed, waiting, hours) = state
        .run(move |app| {
            let listed = app.conversations(&who, show, &rows)?;
            Ok((listed, app.count_waiting_conversations(&who)?, app.support_hours()?))
        })
        .await?;
    Ok(Queue {
        p: visitor.page(state, "support.staff.title"),
        f,
        show,
        waiting,
        conversations: listed.items,
        next: listed.next,
        found,
        hours,
    })
}

/// `POST /staff/support`: a search. What was looked for stands in no address.
pub async fn search(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, input) = (visitor.principal.clone(), SearchInput { text: f.text("text").to_owned() });
    let found = state.run(move |app| app.search_support(&who, &input)).await;
    let ask = Ask::default();
    match found {
        Ok(found) => {
            for hit in &found.orders {
                saw(&state, &visitor, Viewed::Order(OrderId::new(hit.order.clone())));
            }
            html(&page(&state, &visitor, &ask, f, Some(found)).await?)
        }
        Err(error) if mendable(&error) => {
            let page = page(&state, &visitor, &ask, f, None).await?;
            let p = page.p.clone().refused(&error);
            html_with(status(&error), &Queue { p, ..page })
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "staff/support_order.html")]
struct One {
    p: Page,
    f: Fields,
    hit: HitView,
    contact: Option<UncoveredContactView>,
    reasons: Vec<&'static str>,
}

/// `GET /staff/support/orders/{order}`
pub async fn order(State(state): State<AppState>, visitor: Visitor, Path(order): Path<OrderId>) -> Web {
    html(&order_page(&state, &visitor, &order, Fields::default()).await?)
}

async fn order_page(state: &AppState, visitor: &Visitor, order: &OrderId, f: Fields) -> Result<One, WebError> {
    visitor.signed_in()?;
    let (who, id) = (visitor.principal.clone(), order.clone());
    let hit = state.run(move |app| app.support_order(&who, &id)).await?;
    saw(state, visitor, Viewed::Order(order.clone()));
    Ok(One {
        p: visitor.page(state, "support.staff.order").titled(order.as_str()),
        f,
        hit,
        contact: None,
        reasons: Reason::ALL
            .into_iter()
            .filter(|reason| *reason != Reason::DuplicateCharge)
            .map(Reason::code)
            .collect(),
    })
}

/// `POST /staff/support/orders/{order}/contact`: shown once, on the answer itself.
pub async fn contact(State(state): State<AppState>, visitor: Visitor, Path(order): Path<OrderId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, id, why) = (visitor.principal.clone(), order.clone(), f.text("why").to_owned());
    let outcome = state.run(move |app| app.reveal_contact(&who, &id, &why)).await;
    let page = order_page(&state, &visitor, &order, f).await?;
    match outcome {
        Ok(contact) => html(&One { contact: Some(contact), ..page }),
        Err(error) if mendable(&error) => {
            let p = page.p.clone().refused(&error);
            html_with(status(&error), &One { p, ..page })
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /staff/support/orders/{order}/prepare`: an application that its buyer has still to send.
pub async fn prepare(State(state): State<AppState>, visitor: Visitor, Path(order): Path<OrderId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let units = f.all("units").map(str::parse).collect::<Result<Vec<u16>, _>>();
    let input = PrepareInput {
        units: units.map_err(|_| AppError::invalid("units", "not_a_number"))?,
        reason: f.text("reason").to_owned(),
        words: f.text("words").to_owned(),
    };
    let (who, id) = (visitor.principal.clone(), order.clone());
    let outcome = state.run(move |app| app.prepare_refund(&who, &id, &input)).await;
    match done(outcome, &format!("/staff/support/orders/{order}"), said("refund_prepared")) {
        Ok(answer) => answer,
        Err((error, code)) => {
            let page = order_page(&state, &visitor, &order, f).await?;
            let p = page.p.clone().refused(&error);
            html_with(code, &One { p, ..page })
        }
    }
}

#[derive(Template)]
#[template(path = "staff/conversation.html")]
struct Talk {
    p: Page,
    t: ConversationView,
    f: Fields,
    key: String,
    check: Option<TextCheckView>,
    /// The next that waits for an answer.
    next: Option<String>,
    /// Words were just sent: their draft is done with.
    sent: bool,
}

/// `GET /staff/support/{conversation}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>) -> Web {
    html(&load(&state, &visitor, &id, Fields::default()).await?)
}

async fn load(state: &AppState, visitor: &Visitor, id: &DeskId, f: Fields) -> Result<Talk, WebError> {
    visitor.signed_in()?;
    let (who, asked) = (visitor.principal.clone(), id.clone());
    let (t, next) = state
        .run(move |app| {
            let waiting = app.conversations(&who, "waiting", &first(2))?.items;
            let next = waiting.into_iter().map(|one| one.conversation).find(|other| *other != asked.as_str());
            Ok((app.load_conversation(&who, &asked, None)?, next))
        })
        .await?;
    let p = visitor.page(state, "support.staff.title");
    Ok(Talk { p, t, f, key: fresh_key(), check: None, next, sent: visitor.was_said("sent") })
}

async fn act(
    state: AppState,
    visitor: Visitor,
    id: DeskId,
    f: Fields,
    then: Option<Said>,
    call: impl FnOnce(&App, &Principal, &DeskId) -> yuanlu_app::Result<ConversationView> + Send + 'static,
) -> Web {
    visitor.signed_in()?;
    let (who, asked) = (visitor.principal.clone(), id.clone());
    match state.run(move |app| call(app, &who, &asked)).await {
        Ok(_) => {
            let path = format!("/staff/support/{id}");
            Ok(match then {
                Some(said) => go_and_say(&path, said),
                None => go(&format!("{path}#end")),
            })
        }
        Err(AppError::Invalid { field: "text", code: "hints" }) => {
            let text = f.text("text").to_owned();
            let check = state.run(move |app| app.check_text(&text)).await?;
            let page = load(&state, &visitor, &id, f).await?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &Talk { check: Some(check), ..page })
        }
        Err(error) if mendable(&error) => {
            let page = load(&state, &visitor, &id, f).await?;
            let p = page.p.clone().refused(&error);
            html_with(status(&error), &Talk { p, ..page })
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /staff/support/{conversation}`
pub async fn say(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let input = SayInput { text: f.text("text").to_owned(), hints_seen: f.ticked("hints_seen") };
    let (once, origin) = (f.optional("key"), visitor.origin.clone());
    act(state, visitor, id, f, Some(said("sent")), move |app, who, id| {
        app.say_in_conversation(who, id, None, &input, once.as_deref(), &origin)
    })
    .await
}

/// `POST /staff/support/{conversation}/claim`
pub async fn claim(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    act(state, visitor, id, f, Some(said("conversation_claimed")), |app, who, id| app.claim_conversation(who, id)).await
}

/// `POST /staff/support/{conversation}/progress`
pub async fn send_progress(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let input = ProgressInput { case: f.optional("case"), ..ProgressInput::default() };
    let origin = visitor.origin.clone();
    act(state, visitor, id, f, None, move |app, who, id| app.send_progress(who, id, None, &input, &origin)).await
}

/// `POST /staff/support/{conversation}/end`
pub async fn end(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let call = |app: &App, who: &Principal, id: &DeskId| app.end_conversation(who, id, None);
    act(state, visitor, id, f, Some(said("conversation_ended")), call).await
}

#[derive(Template)]
#[template(path = "staff/support_hours.html")]
struct Hours {
    p: Page,
    f: Fields,
    hours: SupportHoursView,
}

/// `GET /staff/support/hours`
pub async fn hours(State(state): State<AppState>, visitor: Visitor) -> Web {
    html(&hours_page(&state, &visitor, None).await?)
}

async fn hours_page(state: &AppState, visitor: &Visitor, typed: Option<Fields>) -> Result<Hours, WebError> {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let hours = state
        .run(move |app| {
            app.count_waiting_conversations(&who)?;
            app.support_hours()
        })
        .await?;
    let f = typed.unwrap_or_else(|| {
        let f = Fields::default()
            .with("opens", &hours.opens)
            .with("closes", &hours.closes)
            .with("answer_minutes", hours.answer_minutes)
            .with("idle_hours", hours.idle_hours);
        if hours.working_days_only { f.with("working_days_only", 1) } else { f }
    });
    let p = visitor.page(state, "support.hours.title");
    Ok(Hours { p, f, hours })
}

/// `POST /staff/support/hours`
pub async fn set_hours(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let input = SupportHoursInput {
        opens: f.text("opens").to_owned(),
        closes: f.text("closes").to_owned(),
        working_days_only: f.ticked("working_days_only"),
        answer_minutes: f.number("answer_minutes")?,
        idle_hours: f.number("idle_hours")?,
    };
    let who = visitor.principal.clone();
    let outcome = state.run(move |app| app.set_support_hours(&who, &input)).await;
    match done(outcome, "/staff/support/hours", said("saved")) {
        Ok(answer) => answer,
        Err((error, code)) => {
            let page = hours_page(&state, &visitor, Some(f)).await?;
            let p = page.p.clone().refused(&error);
            html_with(code, &Hours { p, ..page })
        }
    }
}
