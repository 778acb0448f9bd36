//! Outside complaints: the register by their clock, one of them beside the order it is about, the form and the import.

use crate::AppState;
use crate::form::{Fields, fresh_key, read_in_memory};
use crate::page::{Page, Said, Web, go_and_say, html, html_with, said};
use crate::paper::complaint::Preview;
use crate::paper::package;
use crate::problem::WebError;
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use yuanlu_app::inputs::{OutsideCloseInput, OutsideInput, OutsidePaymentInput, OutsideSayInput};
use yuanlu_app::views::{OutsideImportView, OutsideSummary, OutsideView, ReplyTemplate};
use yuanlu_app::{Action, App, AppError, Decision, Object, PackageFacts, Principal, authorize};
use yuanlu_domain::ids::{DeskId, EvidenceId};
use yuanlu_domain::outside_complaint::{Agency, OutsideResult};

/// The most a list may hold.
const LIST_MOST: usize = 1024 * 1024;

#[derive(Template)]
#[template(path = "staff/outside_list.html")]
struct Register {
    p: Page,
    over: bool,
    complaints: Vec<OutsideSummary>,
    next: Option<String>,
    f: Fields,
    key: String,
    agencies: Vec<&'static str>,
    imported: Option<OutsideImportView>,
    handles: bool,
}

/// `GET /staff/outside?show=over`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    html(&register(&state, &visitor, &ask, Fields::default()).await?)
}

async fn register(state: &AppState, visitor: &Visitor, ask: &Ask, f: Fields) -> yuanlu_app::Result<Register> {
    visitor.signed_in()?;
    let over = ask.show.as_deref() == Some("over");
    let (who, page) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.outside_complaints(&who, over, &page)).await?;
    Ok(Register {
        p: visitor.page(state, "outside.title"),
        over,
        complaints: found.items,
        next: found.next,
        f,
        key: fresh_key(),
        agencies: Agency::ALL.iter().map(|agency| agency.code()).collect(),
        imported: None,
        handles: authorize(&visitor.principal, Action::HandleOutside, &Object::Nothing) == Decision::Allow,
    })
}

/// `POST /staff/outside`
pub async fn enter(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let text = |name: &str| f.text(name).to_owned();
    let input = OutsideInput {
        agency: text("agency"),
        number: text("number"),
        received_at: text("received_at").replace('T', " "),
        reply_by: text("reply_by").replace('T', " "),
        complainant: text("complainant"),
        phone: text("phone"),
        words: text("words"),
        order: text("order"),
        claimed: text("claimed"),
    };
    let (who, key) = (visitor.principal.clone(), f.optional("key"));
    match state.run(move |app| app.register_outside(&who, &input, key.as_deref())).await {
        Ok(one) => Ok(go_and_say(&format!("/staff/outside/{}", one.summary.complaint), said("outside_registered"))),
        Err(error) => {
            let code = crate::problem::status(&error);
            let page = register(&state, &visitor, &Ask::default(), f).await?;
            let p = page.p.clone().refused(&error);
            html_with(code, &Register { p, ..page })
        }
    }
}

/// `POST /staff/outside/import`: a file, or what was pasted.
pub async fn import(State(state): State<AppState>, visitor: Visitor, form: Multipart) -> Web {
    visitor.signed_in()?;
    let (fields, file) = read_in_memory(form, LIST_MOST).await?;
    let text = match file {
        file if file.is_empty() => fields.raw("csv").to_owned(),
        file => String::from_utf8(file).map_err(|_| AppError::invalid("file", "unreadable"))?,
    };
    let who = visitor.principal.clone();
    let outcome = state.run(move |app| app.import_outside(&who, &text)).await;
    let page = register(&state, &visitor, &Ask::default(), fields).await?;
    match outcome {
        Ok(imported) => {
            let code = if imported.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            html_with(code, &Register { imported: Some(imported), ..page })
        }
        Err(error) => {
            let p = page.p.clone().refused(&error);
            html_with(crate::problem::status(&error), &Register { p, ..page })
        }
    }
}

#[derive(Template)]
#[template(path = "staff/outside.html")]
struct One {
    p: Page,
    o: OutsideView,
    f: Fields,
    results: Vec<&'static str>,
    /// What the agency's form asks, to be copied; empty where nothing is filled in by hand.
    fields: Vec<(String, String)>,
}

impl One {
    /// Whether the box of a package is ticked: it is, until somebody unticks it.
    fn packs(&self) -> bool {
        self.f.optional("saying").is_none() || self.f.ticked("package")
    }

    fn picked(&self, id: &str) -> bool {
        self.f.all("picture").any(|picked| picked == id)
    }
}

/// `GET /staff/outside/{complaint}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>) -> Web {
    html(&load(&state, &visitor, id, Fields::default()).await?)
}

async fn load(state: &AppState, visitor: &Visitor, id: DeskId, f: Fields) -> yuanlu_app::Result<One> {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let (o, fields) = state
        .run(move |app| {
            let o = app.outside_complaint(&who, &id)?;
            let by_hand = o.actions.contains(&"say") && o.may_attach.package.is_some() && !o.may_attach.print_only;
            let facts = if by_hand { app.preview_outside_package(&who, &id)? } else { None };
            Ok((o, facts.map(|facts| filled(app, &facts)).unwrap_or_default()))
        })
        .await?;
    let results = OutsideResult::ALL.map(OutsideResult::code).to_vec();
    let title =
        format!("{} · {}", visitor.page(state, "outside.title").code("agency", o.summary.agency), o.summary.number);
    Ok(One { p: visitor.page(state, "outside.title").titled(&title), o, f, results, fields })
}

/// What stands in the agency's form; what only the complainant knows is left out.
fn filled(app: &App, facts: &PackageFacts) -> Vec<(String, String)> {
    let mut fields = Preview::of(app, facts).fields;
    fields.retain(|(_, value)| !value.chars().all(|c| matches!(c, '_' | '＿')));
    fields
}

async fn act(
    state: AppState,
    visitor: Visitor,
    id: DeskId,
    f: Fields,
    said: Said,
    call: impl FnOnce(&App, &Principal, &DeskId) -> yuanlu_app::Result<OutsideView> + Send + 'static,
) -> Web {
    visitor.signed_in()?;
    let (who, of) = (visitor.principal.clone(), id.clone());
    let outcome = state.run(move |app| call(app, &who, &of)).await;
    let refused: Result<Web, (AppError, StatusCode)> = done(outcome, &format!("/staff/outside/{id}"), said);
    match refused {
        Ok(answer) => answer,
        Err((error, code)) => {
            let page = load(&state, &visitor, id, f).await?;
            let p = page.p.clone().refused(&error);
            html_with(code, &One { p, ..page })
        }
    }
}

/// `POST /staff/outside/{complaint}/claim`
pub async fn claim(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("outside_claimed"), |app, who, id| app.claim_outside(who, id)).await
}

/// `POST /staff/outside/{complaint}/say`
pub async fn say(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let input = OutsideSayInput {
        saying: f.text("saying").to_owned(),
        words: f.text("words").to_owned(),
        package: f.ticked("package"),
        pictures: f.all("picture").map(str::to_owned).collect(),
    };
    let call = move |app: &App, who: &Principal, id: &DeskId| {
        app.say_outside(who, id, &input, |facts| package::render(app, facts))
    };
    act(state, visitor, id, f, said("outside_said"), call).await
}

/// `GET /staff/outside/{complaint}/files/{no}`: what went along with an answer, as it went.
pub async fn file(State(state): State<AppState>, visitor: Visitor, Path((id, no)): Path<(DeskId, usize)>) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let opened = state.run(move |app| app.open_attachment(&who, &id, no)).await?;
    crate::web::paper::attachment(opened)
}

/// `GET /staff/outside/{complaint}/pictures/{evidence}`: a picture exactly as it would go along.
pub async fn picture(
    State(state): State<AppState>,
    visitor: Visitor,
    Path((id, evidence)): Path<(DeskId, EvidenceId)>,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    crate::web::refund::opened(state.run(move |app| app.open_outside_picture(&who, &id, &evidence)).await?)
}

/// `POST /staff/outside/{complaint}/relate`
pub async fn relate(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let number = f.text("order").to_owned();
    act(state, visitor, id, f, said("saved"), move |app, who, id| app.relate_outside(who, id, &number)).await
}

/// `POST /staff/outside/{complaint}/accept`
pub async fn accept(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let on = f.text("at").replace('T', " ");
    act(state, visitor, id, f, said("saved"), move |app, who, id| app.accept_outside(who, id, &on)).await
}

/// `POST /staff/outside/{complaint}/close`
pub async fn close(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let input = OutsideCloseInput { result: f.text("result").to_owned(), words: f.text("close_words").to_owned() };
    act(state, visitor, id, f, said("outside_closed"), move |app, who, id| app.close_outside(who, id, &input)).await
}

/// `POST /staff/outside/{complaint}/payment`
pub async fn payment(State(state): State<AppState>, visitor: Visitor, Path(id): Path<DeskId>, f: Fields) -> Web {
    let input = OutsidePaymentInput {
        by: f.text("by").to_owned(),
        amount: f.text("amount").to_owned(),
        returned: f.ticked("returned"),
    };
    act(state, visitor, id, f, said("saved"), move |app, who, id| app.pay_outside(who, id, &input)).await
}

#[derive(Template)]
#[template(path = "staff/outside_templates.html")]
struct Templates {
    p: Page,
    templates: Vec<ReplyTemplate>,
    agencies: Vec<&'static str>,
}

/// `GET /staff/outside/templates`
pub async fn templates(State(state): State<AppState>, visitor: Visitor) -> Web {
    html(&load_templates(&state, &visitor).await?)
}

async fn load_templates(state: &AppState, visitor: &Visitor) -> yuanlu_app::Result<Templates> {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let mut templates = state.run(move |app| app.reply_templates(&who)).await?;
    // Room for one more.
    let blank = String::new;
    templates.push(ReplyTemplate {
        id: blank(),
        agency: None,
        title_zh: blank(),
        title_en: blank(),
        zh: blank(),
        en: blank(),
    });
    let agencies = Agency::ALL.iter().map(|agency| agency.code()).collect();
    Ok(Templates { p: visitor.page(state, "outside.templates"), templates, agencies })
}

/// `POST /staff/outside/templates`: those without an id are left out.
pub async fn change_templates(
    State(state): State<AppState>,
    visitor: Visitor,
    f: Fields,
) -> Result<axum::response::Response, WebError> {
    visitor.signed_in()?;
    let columns = ["id", "agency", "title_zh", "title_en", "zh", "en"]
        .map(|name| f.all(name).map(str::to_owned).collect::<Vec<_>>());
    let cell = |column: usize, row: usize| columns[column].get(row).cloned().unwrap_or_default();
    let new: Vec<ReplyTemplate> = (0..columns[0].len())
        .filter(|row| !cell(0, *row).is_empty())
        .map(|row| ReplyTemplate {
            id: cell(0, row),
            agency: Some(cell(1, row)).filter(|agency| !agency.is_empty()),
            title_zh: cell(2, row),
            title_en: cell(3, row),
            zh: cell(4, row),
            en: cell(5, row),
        })
        .collect();
    let (who, given) = (visitor.principal.clone(), new.clone());
    match state.run(move |app| app.change_reply_templates(&who, &given)).await {
        Ok(_) => Ok(go_and_say("/staff/outside/templates", said("saved"))),
        Err(error) => {
            let page = load_templates(&state, &visitor).await?;
            let p = page.p.clone().refused(&error);
            html_with(crate::problem::status(&error), &Templates { p, templates: new, ..page })
        }
    }
}
