//! Cases of a seller: agree, or contest with words and files.

use crate::AppState;
use crate::form::{Fields, Upload, fresh_key, read_multipart};
use crate::page::{Page, Web, html, html_with, said};
use crate::problem::status;
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done, of_own_shop};
use crate::web::refund::{evidence_kinds, store_files};
use askama::Template;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use yuanlu_app::inputs::{BulkAnswerInput, StatementInput};
use yuanlu_app::views::{BulkAnswer, CaseSummary, CaseView, RemedyTermsView};
use yuanlu_app::{App, AppError, Principal};
use yuanlu_domain::ids::{CaseId, ProductId};

#[derive(Template)]
#[template(path = "seller/cases.html")]
struct List {
    p: Page,
    cases: Vec<CaseSummary>,
    next: Option<String>,
}

/// `GET /seller/cases`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let (who, page) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.list_seller_cases(&who, &page)).await?;
    html(&List { p: visitor.page(&state, "seller.cases.title"), cases: found.items, next: found.next })
}

#[derive(Template)]
#[template(path = "seller/case.html")]
struct One {
    p: Page,
    c: CaseView,
    f: Fields,
    key: String,
    evidence_kinds: Vec<&'static str>,
    terms: RemedyTermsView,
    /// Codes of the product that can be sold, counted as far as 1,000; none where it has no stock.
    in_stock: Option<u32>,
    /// What was just sent: its draft is done with.
    sent: Option<&'static str>,
}

impl One {
    fn is_ours(&self) -> bool {
        self.c.turn.as_ref().is_some_and(|turn| turn.who == "seller")
    }

    /// The form about this was just refused.
    fn refused(&self, form: &str) -> bool {
        self.p.error.is_some() && self.f.text("form") == form
    }

    fn post(&self, to: &str) -> String {
        format!("/seller/cases/{}/{to}", self.c.summary.case)
    }

    fn thread(&self) -> String {
        format!("/seller/orders/{}/thread", self.c.order.order)
    }
}

/// `GET /seller/cases/{case}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>) -> Web {
    page(&state, &visitor, id, Fields::default(), None).await
}

async fn page(
    state: &AppState,
    visitor: &Visitor,
    id: CaseId,
    f: Fields,
    refused: Option<(AppError, StatusCode)>,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let (c, terms, in_stock) = state
        .run(move |app| {
            let c = app.load_case(&who, &id)?;
            let terms = app.remedy_terms(&who, &id)?;
            Ok((stock_of(app, &who, &c), c, terms))
        })
        .await
        .map(|(in_stock, c, terms)| (c, terms, in_stock))?;
    of_own_shop(visitor, &c.order)?;
    let p = visitor.page(state, "seller.case.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let p = p.titled(&c.summary.title);
    let sent = [("contested", "contest"), ("objection", "objection")];
    let sent = sent.into_iter().find(|(said, _)| visitor.was_said(said)).map(|(_, draft)| draft);
    let one = One { p, c, f, key: fresh_key(), evidence_kinds: evidence_kinds(), terms, in_stock, sent };
    if code == StatusCode::OK { html(&one) } else { html_with(code, &one) }
}

/// Codes left of what the case is about, where it can be replaced at all.
fn stock_of(app: &App, who: &Principal, c: &CaseView) -> Option<u32> {
    let unit = c.order.units.iter().find(|unit| c.units.contains(&unit.no))?;
    let line = c.order.lines.iter().find(|line| line.title == unit.title && line.terms.delivery == "code")?;
    app.load_own_product(who, &ProductId::new(line.product.clone())).ok()?.in_stock
}

/// The page again with what is wrong, as the form was filled in.
pub async fn refused(state: &AppState, visitor: &Visitor, id: CaseId, f: Fields, error: AppError) -> Web {
    let code = status(&error);
    page(state, visitor, id, f, Some((error, code))).await
}

/// `POST /seller/cases/{case}/agree`
pub async fn agree(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, case, key) = (visitor.principal.clone(), id.clone(), f.optional("key"));
    let outcome = state.run(move |app| app.agree(&who, &case, key.as_deref())).await;
    match done(outcome, &format!("/seller/cases/{id}"), said("agreed")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, id, f, Some(refused)).await,
    }
}

#[derive(Template)]
#[template(path = "seller/answers.html")]
struct Answers {
    p: Page,
    answers: Vec<BulkAnswer>,
}

impl Answers {
    fn failed(&self) -> usize {
        self.answers.iter().filter(|answer| answer.refused.is_some()).count()
    }

    fn sentence(&self, error: &AppError) -> String {
        crate::problem::sentence(error, self.p.locale)
    }
}

/// `POST /seller/cases/answers`: one answer to every case that was ticked; what came of each is named.
pub async fn answer_many(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let input = BulkAnswerInput {
        cases: f.all("cases").map(str::to_owned).collect(),
        answer: f.text("answer").to_owned(),
        words: f.text("words").to_owned(),
    };
    let (who, key) = (visitor.principal.clone(), f.optional("key"));
    let answers = state.run(move |app| app.answer_many(&who, &input, key.as_deref())).await?;
    html(&Answers { p: visitor.page(&state, "seller.bulk.result"), answers })
}

/// `POST /seller/cases/{case}/contest`
pub async fn contest(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, body: Multipart) -> Web {
    visitor.signed_in()?;
    let (mut f, files) = read_multipart(&state, body).await?;
    let outcome = match f.text("words").is_empty() {
        true => Err(AppError::invalid("words", "required")),
        false => statement(&state, &visitor, &id, &mut f, files, App::contest).await,
    };
    match done(outcome, &format!("/seller/cases/{id}"), said("contested")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, id, f, Some(refused)).await,
    }
}

/// `POST /seller/cases/{case}/material`: in an objection, or while a panel collects.
pub async fn material(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, body: Multipart) -> Web {
    visitor.signed_in()?;
    let (mut f, files) = read_multipart(&state, body).await?;
    let outcome = statement(&state, &visitor, &id, &mut f, files, App::give_material).await;
    match done(outcome, &format!("/seller/cases/{id}"), said("material")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, id, f, Some(refused)).await,
    }
}

type Saying = fn(&App, &Principal, &CaseId, &StatementInput, Option<&str>) -> yuanlu_app::Result<CaseView>;

async fn statement(
    state: &AppState,
    visitor: &Visitor,
    id: &CaseId,
    f: &mut Fields,
    files: Vec<Upload>,
    say: Saying,
) -> yuanlu_app::Result<CaseView> {
    let (order, _) = id.parts().ok_or(AppError::NotFound)?;
    store_files(state, visitor, &order, f, files).await?;
    let evidence = f.all("evidence").map(str::to_owned).collect();
    let input = StatementInput { words: f.text("words").to_owned(), evidence };
    let (who, case, key) = (visitor.principal.clone(), id.clone(), f.optional("key"));
    state.run(move |app| say(app, &who, &case, &input, key.as_deref())).await
}
