//! A case as its buyer follows it.

use super::desk::of_own_shop;
use super::refund::{evidence_kinds, store_files};
use super::thread::mendable;
use crate::AppState;
use crate::form::{Fields, fresh_key, read_multipart};
use crate::page::{Page, Said, Web, go, go_and_say, html, html_with, said};
use crate::problem::status;
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Multipart, Path, State};
use axum::routing::{get, post};
use yuanlu_app::inputs::StatementInput;
use yuanlu_app::views::{CaseView, RemedyTermsView, UnitView};
use yuanlu_app::{App, AppError, Principal};
use yuanlu_domain::ids::CaseId;

/// Pages of a case.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/c/{case}", get(case))
        .route("/c/{case}/withdraw", post(withdraw))
        .route("/c/{case}/person", post(person))
        .route("/c/{case}/balance", post(balance))
        .route("/c/{case}/voucher", post(voucher))
}

/// Forms with files.
pub fn uploads() -> Router<AppState> {
    Router::new().route("/c/{case}/material", post(material))
}

#[derive(Template)]
#[template(path = "refund/case.html")]
struct CasePage {
    p: Page,
    c: CaseView,
    f: Fields,
    key: String,
    evidence_kinds: Vec<&'static str>,
    terms: RemedyTermsView,
    applied: bool,
    /// An appeal or a complaint was just sent: its draft is done with.
    sent: Option<&'static str>,
}

impl CasePage {
    fn yours(&self) -> bool {
        self.c.turn.as_ref().is_some_and(|turn| turn.who == "buyer")
    }

    /// An ended case whose goods can be applied for again.
    fn again(&self) -> bool {
        let ended = matches!(self.c.summary.state, "rejected" | "closed" | "withdrawn");
        let open = |unit: &UnitView| self.c.units.contains(&unit.no) && unit.actions.contains(&"apply");
        ended && self.c.order.units.iter().any(open)
    }

    /// A way on is open now, or was refused and is worth explaining at once.
    fn explains(&self) -> bool {
        self.c.summary.state == "rejected"
            || self.c.actions.iter().any(|action| matches!(*action, "appeal" | "complain"))
    }

    fn post(&self, to: &str) -> String {
        format!("/c/{}/{to}", self.c.summary.case)
    }

    fn thread(&self) -> String {
        format!("/orders/{}/thread", self.c.order.order)
    }

    fn heard(&self, hearing: &str) -> bool {
        self.c.remedies.iter().any(|remedy| remedy.result.is_none() && remedy.hearing == hearing)
    }
}

async fn load(state: &AppState, visitor: &Visitor, case: &str, f: Fields) -> yuanlu_app::Result<CasePage> {
    let (who, id) = (visitor.principal.clone(), CaseId::new(case));
    let (c, terms) = state.run(move |app| Ok((app.load_case(&who, &id)?, app.remedy_terms(&who, &id)?))).await?;
    let p = visitor.page(state, "case.title").titled(&c.summary.title);
    let applied = visitor.was_said("applied");
    let sent = ["appeal", "complaint"].into_iter().find(|kind| visitor.was_said(kind));
    Ok(CasePage { p, c, f, key: fresh_key(), evidence_kinds: evidence_kinds(), terms, applied, sent })
}

/// Notices lead everybody here; a seller's page of the case is another.
async fn case(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>) -> Web {
    let page = load(&state, &visitor, &case, Fields::default()).await?;
    if of_own_shop(&visitor, &page.c.order).is_ok() {
        return Ok(go(&format!("/seller/cases/{case}")));
    }
    html(&page)
}

/// The page again, with what is wrong over it.
pub(super) async fn refused(state: &AppState, visitor: &Visitor, case: &str, fields: Fields, error: AppError) -> Web {
    let page = load(state, visitor, case, fields).await?;
    let p = page.p.clone().refused(&error);
    html_with(status(&error), &CasePage { p, ..page })
}

type Step = fn(&App, &Principal, &CaseId, Option<&str>) -> yuanlu_app::Result<CaseView>;

async fn step(state: AppState, visitor: Visitor, case: String, fields: Fields, step: Step, done: Said) -> Web {
    let (who, id, key) = (visitor.principal.clone(), CaseId::new(case.clone()), fields.optional("key"));
    state.run(move |app| step(app, &who, &id, key.as_deref())).await?;
    Ok(go_and_say(&format!("/c/{case}"), done))
}

async fn withdraw(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>, fields: Fields) -> Web {
    step(state, visitor, case, fields, App::withdraw, said("withdrawn")).await
}

async fn person(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>, fields: Fields) -> Web {
    step(state, visitor, case, fields, App::ask_person, said("person")).await
}

async fn balance(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>, fields: Fields) -> Web {
    if !fields.ticked("agree") {
        return Err(yuanlu_domain::Refusal::ConfirmationNeeded.into());
    }
    step(state, visitor, case, fields, App::choose_balance, said("balance")).await
}

async fn voucher(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>, fields: Fields) -> Web {
    if !fields.ticked("agree") {
        return Err(yuanlu_domain::Refusal::ConfirmationNeeded.into());
    }
    step(state, visitor, case, fields, App::choose_voucher, said("voucher")).await
}

async fn material(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>, form: Multipart) -> Web {
    // Files of people who have no business here are not even read.
    load(&state, &visitor, &case, Fields::default()).await?;
    let (mut fields, files) = read_multipart(&state, form).await?;
    let id = CaseId::new(case.clone());
    let (order, _) = id.parts().ok_or(AppError::NotFound)?;
    let outcome = match store_files(&state, &visitor, &order, &mut fields, files).await {
        Ok(()) => {
            let input = StatementInput {
                words: fields.text("words").to_owned(),
                evidence: fields.all("evidence").map(str::to_owned).collect(),
            };
            let (who, key) = (visitor.principal.clone(), fields.optional("key"));
            state.run(move |app| app.give_material(&who, &id, &input, key.as_deref())).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => Ok(go_and_say(&format!("/c/{case}"), said("material"))),
        Err(error) if mendable(&error) => refused(&state, &visitor, &case, fields, error).await,
        Err(error) => Err(error.into()),
    }
}
