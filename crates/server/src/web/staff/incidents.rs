//! Mass incidents: chosen and foreseen, agreed to by a second person, watched while they run, and reported.

use crate::AppState;
use crate::csv::Csv;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Said, Web, html, html_with, said};
use crate::problem::status;
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use yuanlu_app::inputs::{IncidentInput, SelectionInput};
use yuanlu_app::views::{IncidentChoices, IncidentForecastView, IncidentItemView, IncidentView};
use yuanlu_app::{App, AppError, Principal};
use yuanlu_domain::ids::DeskId;

/// Reasons that can befall many orders at once.
const REASONS: [&str; 6] =
    ["invalid_code", "not_delivered", "not_credited", "late_delivery", "not_as_described", "system_fault"];
/// Orders a second, as offered; the slowest leaves most room for everybody else.
const RATES: [u32; 5] = [5, 20, 50, 200, 0];

#[derive(Template)]
#[template(path = "staff/incidents.html")]
struct Incidents {
    p: Page,
    incidents: Vec<IncidentView>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "staff/incident_new.html")]
struct NewIncident {
    p: Page,
    f: Fields,
    key: String,
    choices: IncidentChoices,
    forecast: Option<IncidentForecastView>,
    reasons: [&'static str; 6],
    rates: [u32; 5],
}

#[derive(Template)]
#[template(path = "staff/incident.html")]
struct Incident {
    p: Page,
    i: IncidentView,
    items: Vec<IncidentItemView>,
    show: String,
    next: Option<String>,
    rates: [u32; 5],
}

impl Incident {
    /// What changes while it runs: the page is looked at again, and shown anew where this is another.
    fn mark(&self) -> String {
        let progress = &self.i.progress;
        format!("{}-{}-{}", self.i.state, progress.left, progress.failed)
    }

    /// Where the next page of orders is.
    fn path(&self) -> String {
        format!("/staff/incidents/{}?show={}&", self.i.incident, self.show)
    }

    /// Something may happen without anybody on this page.
    fn is_live(&self) -> bool {
        matches!(self.i.state, "running" | "paused") || (self.i.state == "cancelled" && self.i.finished_at.is_none())
    }
}

/// `GET /staff/incidents`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let (who, asked) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.incidents(&who, &asked)).await?;
    let p = visitor.page(&state, "staff.incidents.title");
    html(&Incidents { p, incidents: found.items, next: found.next })
}

/// What a form says.
fn input(f: &Fields) -> Result<IncidentInput, AppError> {
    let rate = f.text("rate");
    let rate = if rate.is_empty() { Ok(0) } else { rate.parse() };
    Ok(IncidentInput {
        selection: SelectionInput {
            seller: f.optional("seller"),
            product: f.optional("product"),
            batch: f.optional("batch"),
            channel: f.optional("channel"),
            from: f.optional("from"),
            until: f.optional("until"),
            used: f.ticked("used"),
        },
        reason: f.text("reason").to_owned(),
        bearer: f.text("bearer").to_owned(),
        words: f.text("words").to_owned(),
        rate: rate.map_err(|_| AppError::invalid("rate", "not_a_number"))?,
    })
}

async fn form(
    state: &AppState,
    visitor: &Visitor,
    f: Fields,
    forecast: Option<IncidentForecastView>,
    refused: Option<(AppError, StatusCode)>,
) -> Web {
    let (who, seller, product) = (visitor.principal.clone(), f.optional("seller"), f.optional("product"));
    let choices = state.run(move |app| app.incident_choices(&who, seller.as_deref(), product.as_deref())).await?;
    let p = visitor.page(state, "staff.incidents.new");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let key = f.optional("key").unwrap_or_else(fresh_key);
    let page = NewIncident { p, f, key, choices, forecast, reasons: REASONS, rates: RATES };
    if code == StatusCode::OK { html(&page) } else { html_with(code, &page) }
}

/// `GET /staff/incidents/new`: what can be chosen, by what was chosen before.
pub async fn new(State(state): State<AppState>, visitor: Visitor, Query(asked): Query<Vec<(String, String)>>) -> Web {
    visitor.signed_in()?;
    form(&state, &visitor, Fields(asked), None, None).await
}

/// `POST /staff/incidents`: foreseen first, proposed when asked for.
pub async fn propose(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let input = match input(&f) {
        Ok(input) => input,
        Err(error) => {
            let code = status(&error);
            return form(&state, &visitor, f, None, Some((error, code))).await;
        }
    };
    if f.text("do") != "propose" {
        let foreseen = state.run(move |app| app.preview_incident(&who, &input)).await;
        return match foreseen {
            Ok(forecast) => form(&state, &visitor, f, Some(forecast), None).await,
            Err(error @ (AppError::Invalid { .. } | AppError::Refused(_))) => {
                let code = status(&error);
                form(&state, &visitor, f, None, Some((error, code))).await
            }
            Err(error) => Err(error.into()),
        };
    }
    let key = f.optional("key");
    let outcome = state.run(move |app| app.propose_incident(&who, &input, key.as_deref())).await;
    let path = match &outcome {
        Ok(incident) => format!("/staff/incidents/{}", incident.incident),
        Err(_) => String::new(),
    };
    match done(outcome, &path, said("incident_proposed")) {
        Ok(answer) => answer,
        Err(refused) => form(&state, &visitor, f, None, Some(refused)).await,
    }
}

/// `GET /staff/incidents/{incident}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, ask: Ask) -> Web {
    page(&state, &visitor, id, &ask, None).await
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    id: DeskId,
    ask: &Ask,
    refused: Option<(AppError, StatusCode)>,
) -> Web {
    visitor.signed_in()?;
    let (who, asked, show) = (visitor.principal.clone(), ask.page(), ask.show.clone().unwrap_or_default());
    let state_code =
        Some(show.clone()).filter(|show| matches!(show.as_str(), "pending" | "done" | "skipped" | "failed"));
    let (i, items) = state
        .run(move |app| {
            let i = app.incident(&who, &id)?;
            Ok((i, app.incident_items(&who, &id, state_code.as_deref(), &asked)?))
        })
        .await?;
    let p = visitor.page(state, "staff.incidents.one");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let page = Incident { p, i, items: items.items, show, next: items.next, rates: RATES };
    if code == StatusCode::OK { html(&page) } else { html_with(code, &page) }
}

async fn act(
    state: AppState,
    visitor: Visitor,
    id: DeskId,
    said: Said,
    call: impl FnOnce(&App, &Principal, &DeskId) -> yuanlu_app::Result<IncidentView> + Send + 'static,
) -> Web {
    visitor.signed_in()?;
    let (who, of) = (visitor.principal.clone(), id.clone());
    let outcome = state.run(move |app| call(app, &who, &of)).await;
    match done(outcome, &format!("/staff/incidents/{id}"), said) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, id, &Ask::default(), Some(refused)).await,
    }
}

/// `POST /staff/incidents/{incident}/approve`
pub async fn approve(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>) -> Web {
    act(state, visitor, id, said("incident_approved"), |app, who, id| app.approve_incident(who, id)).await
}

/// `POST /staff/incidents/{incident}/pause`
pub async fn pause(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>) -> Web {
    act(state, visitor, id, said("incident_paused"), |app, who, id| app.pause_incident(who, id)).await
}

/// `POST /staff/incidents/{incident}/resume`
pub async fn resume(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>) -> Web {
    act(state, visitor, id, said("incident_resumed"), |app, who, id| app.resume_incident(who, id)).await
}

/// `POST /staff/incidents/{incident}/cancel`
pub async fn cancel(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>) -> Web {
    act(state, visitor, id, said("incident_cancelled"), |app, who, id| app.cancel_incident(who, id)).await
}

/// `POST /staff/incidents/{incident}/rate`
pub async fn set_rate(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let rate = f.text("rate").parse().map_err(|_| AppError::invalid("rate", "not_a_number"));
    act(state, visitor, id, said("incident_rate"), move |app, who, id| app.set_incident_rate(who, id, rate?)).await
}

/// `GET /staff/incidents/{incident}/report.csv`: every order, with what became of it.
pub async fn report(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>) -> Web {
    visitor.signed_in()?;
    let (who, of) = (visitor.principal.clone(), id.clone());
    let p = visitor.page(&state, "staff.incidents.title");
    let csv = state.run(move |app| report_csv(app, &who, &of, &p)).await?;
    Ok(csv.download(&format!("incident-{id}")))
}

fn report_csv(app: &App, who: &Principal, id: &DeskId, p: &Page) -> yuanlu_app::Result<Csv> {
    let columns = ["order", "seller", "state", "why", "planned", "refunded", "case", "at"];
    let named: Vec<String> =
        columns.iter().map(|column| p.t(&format!("staff.incidents.col.{column}")).to_owned()).collect();
    let mut csv = Csv::new(named.iter().map(String::as_str));
    app.incident_report(who, id, &mut |item| {
        let why = if item.why.is_empty() { String::new() } else { p.code("incident_why", &item.why) };
        csv.row([
            item.order.clone(),
            item.seller.name.clone(),
            p.code("incident_item", item.state),
            why,
            item.planned.text.clone(),
            item.refunded.text.clone(),
            item.case.clone().unwrap_or_default(),
            item.at.map(|at| at.minute_text()).unwrap_or_default(),
        ]);
    })?;
    Ok(csv)
}
