//! Who runs the platform and by which agreements, for everybody; where an administrator says so; and the check-list of a
//! first run.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::done;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use yuanlu_app::inputs::AgreementInput;
use yuanlu_app::platform::AGREEMENTS;
use yuanlu_app::views::{AgreementView, Operator, PlatformView, SetupView};
use yuanlu_app::{App, AppError};

/// Pages about the platform.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/about", get(about))
        .route("/agreements/{hash}", get(agreement))
        .route("/staff/platform", get(edit).post(save))
        .route("/staff/platform/agreements", post(publish))
        .route("/staff/setup", get(setup))
        .route("/staff/setup/key", post(confirm_key))
}

type Refused = Option<(AppError, StatusCode)>;

#[derive(Template)]
#[template(path = "public/about.html")]
struct About {
    p: Page,
    about: PlatformView,
    kinds: [&'static str; 3],
}

/// Versions of one agreement.
pub fn versions<'a>(about: &'a PlatformView, kind: &str) -> Vec<&'a AgreementView> {
    about.agreements.iter().filter(|one| one.kind == kind).collect()
}

async fn about(State(state): State<AppState>, visitor: Visitor) -> Web {
    let about = state.run(App::platform).await?;
    html(&About { p: visitor.page(&state, "disclosure.about.title"), about, kinds: AGREEMENTS })
}

#[derive(Template)]
#[template(path = "public/agreement.html")]
struct Agreement {
    p: Page,
    a: AgreementView,
}

async fn agreement(State(state): State<AppState>, visitor: Visitor, Path(hash): Path<String>) -> Web {
    let a = state.run(move |app| app.agreement(&hash)).await?;
    let title = format!("disclosure.agreement.{}", a.kind);
    html(&Agreement { p: visitor.page(&state, &title), a })
}

#[derive(Template)]
#[template(path = "staff/platform.html")]
struct Edit {
    p: Page,
    f: Fields,
    /// The texts typed for each agreement.
    texts: Vec<(&'static str, String, String)>,
    about: PlatformView,
}

const FIELDS: [&str; 8] = ["name", "name_en", "registration_no", "icp", "licence", "address", "telephone", "email"];

async fn edit(State(state): State<AppState>, visitor: Visitor) -> Web {
    edit_page(&state, &visitor, None, None).await
}

async fn edit_page(state: &AppState, visitor: &Visitor, typed: Option<Fields>, refused: Refused) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let (about, in_force) = state
        .run(move |app| {
            app.setup(&who)?;
            let latest = |kind: &'static str| Ok((kind, app.agreement_in_force(kind)?));
            Ok((app.platform()?, AGREEMENTS.into_iter().map(latest).collect::<yuanlu_app::Result<Vec<_>>>()?))
        })
        .await?;
    let p = visitor.page(state, "disclosure.edit.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let kept = about.operator.clone().unwrap_or_default();
    let kept = [
        kept.name,
        kept.name_en,
        kept.registration_no,
        kept.icp,
        kept.licence,
        kept.address,
        kept.telephone,
        kept.email,
    ];
    let stored = FIELDS.iter().zip(kept).fold(Fields::default(), |f, (name, value)| f.with(name, value));
    let texts = in_force.into_iter().map(|(kind, one)| {
        let typed = typed.as_ref().filter(|f| f.text("kind") == kind);
        match (typed, one) {
            (Some(f), _) => (kind, f.text("zh").to_owned(), f.text("en").to_owned()),
            (None, Some(one)) => (kind, one.zh.unwrap_or_default(), one.en.unwrap_or_default()),
            (None, None) => (kind, String::new(), String::new()),
        }
    });
    let texts = texts.collect();
    let f = typed.filter(|f| f.text("kind").is_empty()).unwrap_or(stored);
    html_with(code, &Edit { p, f, texts, about })
}

async fn save(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let [name, name_en, registration_no, icp, licence, address, telephone, email] =
        FIELDS.map(|field| f.text(field).to_owned());
    let input = Operator { name, name_en, registration_no, icp, licence, address, telephone, email };
    let outcome = state.run(move |app| app.set_operator(&who, &input)).await;
    match done(outcome, "/staff/platform", said("saved")) {
        Ok(answer) => answer,
        Err(refused) => edit_page(&state, &visitor, Some(f), Some(refused)).await,
    }
}

async fn publish(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let [kind, zh, en] = ["kind", "zh", "en"].map(|field| f.text(field).to_owned());
    let outcome = state.run(move |app| app.publish_agreement(&who, &AgreementInput { kind, zh, en })).await;
    match done(outcome, "/staff/platform", said("agreement_published")) {
        Ok(answer) => answer,
        Err(refused) => edit_page(&state, &visitor, Some(f), Some(refused)).await,
    }
}

#[derive(Template)]
#[template(path = "staff/setup.html")]
struct Setup {
    p: Page,
    s: SetupView,
}

impl Setup {
    fn left(&self) -> usize {
        self.s.steps.iter().filter(|step| !step.done).count()
    }
}

async fn setup(State(state): State<AppState>, visitor: Visitor) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let s = state.run(move |app| app.setup(&who)).await?;
    html(&Setup { p: visitor.page(&state, "disclosure.setup.title"), s })
}

async fn confirm_key(State(state): State<AppState>, visitor: Visitor) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let outcome = state.run(move |app| app.confirm_key_copy(&who)).await;
    match done(outcome, "/staff/setup", said("key_copy")) {
        Ok(answer) => answer,
        Err((error, _)) => Err(error.into()),
    }
}
