//! What leaves the house: its words, its log, and addresses nothing goes to any more.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, go_and_say, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use yuanlu_app::inputs::{TemplateInput, TemplateKey};
use yuanlu_app::views::{DispatchView, Listing, SuppressionView, TemplatePreview, TemplateRow, TemplateView};

const TAB: &str = "/staff/templates";

#[derive(Template)]
#[template(path = "staff/templates.html")]
struct List {
    p: Page,
    templates: Vec<TemplateRow>,
}

#[derive(Template)]
#[template(path = "staff/template.html")]
struct One {
    p: Page,
    t: TemplateView,
    preview: TemplatePreview,
}

impl One {
    /// What is wrong with the words, as a sentence.
    fn fault(&self) -> Option<String> {
        let fault = self.preview.fault.as_ref()?;
        let why = self.p.say(&format!("code.template_fault.{}", fault.code)).with("detail", &fault.detail);
        let said = self.p.say("message.templates.refused").with("part", self.p.code("template_part", fault.part));
        let line = fault.line.map(|line| self.p.say("message.templates.line").with("n", line).to_string());
        Some([Some(said.with("why", why).to_string()), line].into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

#[derive(Template)]
#[template(path = "staff/messages.html")]
struct Log {
    p: Page,
    log: Listing<DispatchView>,
    stopped: Vec<SuppressionView>,
}

/// Which words are shown.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Which {
    way: Option<String>,
    language: Option<String>,
}

fn key(kind: String, which: Which) -> TemplateKey {
    let or = |given: Option<String>, default: &str| given.unwrap_or_else(|| default.to_owned());
    TemplateKey { kind, way: or(which.way, "mail"), language: or(which.language, "zh") }
}

/// `GET /staff/templates`
pub async fn templates(State(state): State<AppState>, visitor: Visitor) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let templates = state.run(move |app| app.templates(&who)).await?;
    html(&List { p: visitor.page(&state, "message.templates.title"), templates })
}

/// `GET /staff/templates/{kind}?way=&language=`
pub async fn template(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(kind): Path<String>,
    Query(which): Query<Which>,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let t = state.run(move |app| app.template(&who, &key(kind, which))).await?;
    let preview = t.preview.clone();
    html(&One { p: visitor.page(&state, "message.templates.title"), t, preview })
}

/// `POST /staff/templates/{kind}?way=&language=`: shows, keeps, or goes back to the program's own words.
pub async fn change(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(kind): Path<String>,
    Query(which): Query<Which>,
    f: Fields,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let key = key(kind, which);
    let path = format!("{TAB}/{}?way={}&language={}", key.kind, key.way, key.language);
    if f.text("do") == "reset" {
        state.run(move |app| app.reset_template(&who, &key)).await?;
        return Ok(go_and_say(&path, said("template_reset")));
    }
    let input = TemplateInput { key, subject: f.text("subject").to_owned(), body: f.raw("body").to_owned() };
    let keep = f.text("do") == "keep";
    let (mut t, preview, kept) = state
        .run(move |app| {
            let shown = app.template(&who, &input.key)?;
            let preview = app.preview_template(&who, &input)?;
            let kept = keep && preview.fault.is_none() && app.change_template(&who, &input)?.is_ok();
            Ok((TemplateView { subject: input.subject, body: input.body, ..shown }, preview, kept))
        })
        .await?;
    if kept {
        return Ok(go_and_say(&path, said("template")));
    }
    t.body = t.body.replace("\r\n", "\n");
    let code = if keep { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut page = One { p: visitor.page(&state, "message.templates.title"), t, preview };
    page.p.error = page.fault();
    page.p.wrong_field = page.preview.fault.as_ref().map(|fault| fault.part);
    html_with(code, &page)
}

/// `GET /staff/messages`
pub async fn log(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let (who, asked) = (visitor.principal.clone(), ask.page());
    let (log, stopped) = state.run(move |app| Ok((app.dispatches(&who, &asked)?, app.suppressions(&who)?))).await?;
    html(&Log { p: visitor.page(&state, "message.log.title"), log, stopped })
}

/// `POST /staff/messages/lift`
pub async fn lift(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let outcome = state.run(move |app| app.lift_suppression(&who, f.text("address"), f.text("way"))).await;
    match done(outcome, "/staff/messages", said("lifted")) {
        Ok(answer) => answer,
        Err((error, _)) => Err(error.into()),
    }
}
