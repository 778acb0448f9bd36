//! Reporting a product, a seller or a person of staff, and what became of it. Strangers come back with the receipt number and
//! their query password; nothing of that stays in the browser.

use super::refund::{evidence_kinds, new_file};
use crate::AppState;
use crate::form::{Fields, Upload, fresh_key, read_multipart};
use crate::page::{Page, Web, go, go_and_say, html, html_with, said};
use crate::problem::status;
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use yuanlu_app::inputs::{self, TipOffInput};
use yuanlu_app::views::{TipOffSummary, TipOffView};
use yuanlu_app::{AppError, NewFile, Secret};
use yuanlu_domain::ids::DeskId;
use yuanlu_domain::tip_off::Concern;

/// Pages of tip-offs.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/tip-off", get(form))
        .route("/tip-off/find", get(find).post(open))
        .route("/tip-off/{tip_off}", get(show))
}

/// Forms with files.
pub fn uploads() -> Router<AppState> {
    Router::new().route("/tip-off", post(send)).route("/tip-off/{tip_off}/add", post(add))
}

#[derive(Template)]
#[template(path = "tip_off/form.html")]
struct FormPage {
    p: Page,
    f: Fields,
    key: String,
    days: u64,
    concerns: Vec<&'static str>,
    evidence_kinds: Vec<&'static str>,
    own: Vec<TipOffSummary>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Asked {
    about: String,
    subject: String,
}

async fn form(State(state): State<AppState>, visitor: Visitor, Query(asked): Query<Asked>) -> Web {
    let about = if asked.about.is_empty() { "seller".to_owned() } else { asked.about };
    let f = Fields::default().with("about", about).with("subject", asked.subject);
    html(&form_page(&state, &visitor, f).await?)
}

async fn form_page(state: &AppState, visitor: &Visitor, f: Fields) -> yuanlu_app::Result<FormPage> {
    let who = visitor.principal.clone();
    let (days, own) = state
        .run(move |app| {
            let policy = app.policy()?.text;
            let days = policy["parameters"]["complaint_decision_working_days"].as_u64().unwrap_or_default();
            let first = inputs::Page { cursor: None, limit: Some(20) };
            let own = if who.person().is_some() { app.own_tip_offs(&who, &first)?.items } else { Vec::new() };
            Ok((days, own))
        })
        .await?;
    Ok(FormPage {
        key: f.optional("key").unwrap_or_else(fresh_key),
        p: visitor.page(state, "tip_off.title"),
        days,
        concerns: Concern::ALL.map(Concern::code).to_vec(),
        evidence_kinds: evidence_kinds(),
        own,
        f,
    })
}

fn attachments(fields: &Fields, files: Vec<Upload>) -> Vec<NewFile> {
    let each = files.into_iter().map(|file| {
        let slot = file.field.strip_prefix("file_").unwrap_or_default().to_owned();
        new_file(fields, &slot, file)
    });
    each.collect()
}

fn password_of(fields: &Fields) -> Option<Secret<String>> {
    Some(fields.raw("query_password")).filter(|text| !text.is_empty()).map(|text| Secret::new(text.to_owned()))
}

/// Whether a form can be sent again, mended.
fn mendable(error: &AppError) -> bool {
    matches!(
        error,
        AppError::Refused(_)
            | AppError::Invalid { .. }
            | AppError::TooLarge { .. }
            | AppError::Conflict
            | AppError::WrongCredentials
    )
}

async fn send(State(state): State<AppState>, visitor: Visitor, form: Multipart) -> Web {
    let (f, files) = read_multipart(&state, form).await?;
    let files = attachments(&f, files);
    let signed_in = visitor.principal.person().is_some();
    let input = TipOffInput {
        about: f.text("about").to_owned(),
        subject: f.text("subject").to_owned(),
        concern: f.text("concern").to_owned(),
        words: f.text("words").to_owned(),
        query_password: password_of(&f),
    };
    let (who, origin, key) = (visitor.principal.clone(), visitor.origin.clone(), f.optional("key"));
    match state.run(move |app| app.file_tip_off(&who, &input, &files, key.as_deref(), &origin)).await {
        Ok(t) if signed_in => Ok(go(&format!("/tip-off/{}?said=tip_off_filed", t.summary.tip_off))),
        // Shown in the answer itself: a stranger has nothing but number and password.
        Ok(t) => html(&Receipt::of(&state, &visitor, t, true)),
        Err(error) if mendable(&error) => {
            // Another try may be another report: a new key.
            let page = form_page(&state, &visitor, f).await?;
            let p = page.p.clone().refused(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { p, key: fresh_key(), ..page })
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "tip_off/receipt.html")]
struct Receipt {
    p: Page,
    t: TipOffView,
    /// It was made just now.
    fresh: bool,
    /// He is known by his account; a stranger gives his query password with whatever he adds.
    signed_in: bool,
    evidence_kinds: Vec<&'static str>,
}

impl Receipt {
    fn of(state: &AppState, visitor: &Visitor, t: TipOffView, fresh: bool) -> Self {
        let signed_in = visitor.principal.person().is_some();
        let p = visitor.page(state, "tip_off.title");
        Self { p, t, fresh, signed_in, evidence_kinds: evidence_kinds() }
    }
}

#[derive(Template)]
#[template(path = "tip_off/find.html")]
struct FindPage {
    p: Page,
    f: Fields,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Number {
    no: String,
}

async fn find(State(state): State<AppState>, visitor: Visitor, Query(query): Query<Number>) -> Web {
    let f = Fields::default().with("no", query.no);
    html(&FindPage { p: visitor.page(&state, "tip_off.find"), f })
}

fn number_of(text: &str) -> DeskId {
    DeskId::new(text.trim().to_uppercase().chars().filter(char::is_ascii_alphanumeric).take(24).collect::<String>())
}

async fn open(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    let (who, origin, id) = (visitor.principal.clone(), visitor.origin.clone(), number_of(f.text("no")));
    let password = password_of(&f).unwrap_or_else(|| Secret::new(String::new()));
    match state.run(move |app| app.load_tip_off(&who, &id, Some(&password), &origin)).await {
        Ok(t) => html(&Receipt { signed_in: false, ..Receipt::of(&state, &visitor, t, false) }),
        Err(error) if mendable(&error) => {
            let p = visitor.page(&state, "tip_off.find").refused_as(&error, "tip_off.wrong");
            html_with(status(&error), &FindPage { p, f })
        }
        Err(error) => Err(error.into()),
    }
}

/// Signed in, one's own; everybody else is asked for the query password, whether there is such a number or not.
async fn show(State(state): State<AppState>, visitor: Visitor, Path(tip_off): Path<String>) -> Web {
    let id = number_of(&tip_off);
    if visitor.principal.person().is_none() {
        return Ok(go(&format!("/tip-off/find?no={id}")));
    }
    let (who, origin, asked) = (visitor.principal.clone(), visitor.origin.clone(), id.clone());
    let t = state.run(move |app| app.load_tip_off(&who, &asked, None, &origin)).await?;
    if t.actions.iter().any(|action| *action != "add") {
        return Ok(go(&format!("/staff/tip-offs/{id}")));
    }
    html(&Receipt::of(&state, &visitor, t, false))
}

async fn add(State(state): State<AppState>, visitor: Visitor, Path(tip_off): Path<String>, form: Multipart) -> Web {
    let (f, files) = read_multipart(&state, form).await?;
    let (id, password, files) = (number_of(&tip_off), password_of(&f), attachments(&f, files));
    let stranger = password.is_some();
    let (who, origin, words) = (visitor.principal.clone(), visitor.origin.clone(), f.text("words").to_owned());
    let (asked, secret) = (id.clone(), password.clone());
    let call = move |app: &yuanlu_app::App| app.add_to_tip_off(&who, &asked, secret.as_ref(), &words, &files, &origin);
    match state.run(call).await {
        Ok(_) if !stranger => Ok(go_and_say(&format!("/tip-off/{id}"), said("tip_off_added"))),
        Ok(t) => html(&Receipt { signed_in: false, ..Receipt::of(&state, &visitor, t, false) }),
        Err(error) if mendable(&error) => {
            let f = Fields::default().with("no", &id);
            match again(&state, &visitor, id, password).await {
                Some(t) => {
                    let page = Receipt { signed_in: !stranger, ..Receipt::of(&state, &visitor, t, false) };
                    let p = page.p.clone().refused(&error);
                    html_with(StatusCode::UNPROCESSABLE_ENTITY, &Receipt { p, ..page })
                }
                None => {
                    let p = visitor.page(&state, "tip_off.find").refused_as(&error, "tip_off.wrong");
                    html_with(status(&error), &FindPage { p, f })
                }
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// The tip-off to be shown again with what is wrong, if the asker may see it.
async fn again(
    state: &AppState,
    visitor: &Visitor,
    id: DeskId,
    password: Option<Secret<String>>,
) -> Option<TipOffView> {
    let (who, origin) = (visitor.principal.clone(), visitor.origin.clone());
    state.run(move |app| app.load_tip_off(&who, &id, password.as_ref(), &origin)).await.ok()
}
