//! Becoming a seller: what it takes, the application, where it stands.

use super::refund::{evidence_kinds, new_file};
use crate::AppState;
use crate::form::{Fields, Upload, fresh_key, read_multipart};
use crate::page::{Page, Web, go_and_say, html, html_with, said};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use yuanlu_app::inputs::AdmissionInput;
use yuanlu_app::views::{AdmissionTerms, AdmissionView, EvidenceView, TimelineStep};
use yuanlu_app::{AppError, NewFile, Secret};
use yuanlu_domain::admission::LegalForm;

/// Pages of becoming a seller.
pub fn router() -> Router<AppState> {
    Router::new().route("/sell", get(show)).route("/sell/withdraw", post(withdraw))
}

/// Forms with files.
pub fn uploads() -> Router<AppState> {
    Router::new().route("/sell", post(send)).route("/sell/add", post(add))
}

#[derive(Template)]
#[template(path = "admission/sell.html")]
struct Sell {
    p: Page,
    f: Fields,
    key: String,
    terms: AdmissionTerms,
    own: Option<AdmissionView>,
    /// He works for a shop already, however he came there.
    sells: bool,
    forms: Vec<&'static str>,
    evidence_kinds: Vec<&'static str>,
}

impl Sell {
    fn may(&self, action: &str) -> bool {
        self.own.as_ref().is_some_and(|own| own.actions.contains(&action))
    }

    fn applies(&self) -> bool {
        self.p.looker.is_some() && !self.sells && (self.own.is_none() || self.may("apply"))
    }

    fn proof(&self) -> &[EvidenceView] {
        self.own.as_ref().map_or(&[], |own| &own.evidence)
    }

    fn steps(&self) -> &[TimelineStep] {
        self.own.as_ref().map_or(&[], |own| &own.timeline)
    }

    fn commission(&self) -> String {
        self.p.percent(&self.terms.commission_basis_points)
    }
}

async fn show(State(state): State<AppState>, visitor: Visitor) -> Web {
    html(&load(&state, &visitor, None).await?)
}

async fn load(state: &AppState, visitor: &Visitor, sent: Option<Fields>) -> yuanlu_app::Result<Sell> {
    let who = visitor.principal.clone();
    let (terms, own, before) = state
        .run(move |app| {
            let terms = app.admission_terms()?;
            let (mut own, mut before) = (None, None);
            if who.person().is_some() {
                own = app.own_admission(&who)?;
                before = app.said_in_admission(&who)?;
            }
            Ok((terms, own, before))
        })
        .await?;
    let f = sent.unwrap_or_else(|| match (&own, before) {
        (Some(own), Some(before)) => Fields::default()
            .with("legal_form", own.summary.form)
            .with("legal_name", before.name)
            .with("contact", before.contact)
            .with("shop", &own.summary.shop)
            .with("goods", own.goods.clone().unwrap_or_default()),
        _ => Fields::default(),
    });
    Ok(Sell {
        p: visitor.page(state, "admission.title"),
        key: f.optional("key").unwrap_or_else(fresh_key),
        f,
        terms,
        own,
        sells: visitor.principal.person().is_some_and(|person| person.seller.is_some()),
        forms: LegalForm::ALL.map(LegalForm::code).to_vec(),
        evidence_kinds: evidence_kinds(),
    })
}

fn attachments(fields: &Fields, files: Vec<Upload>) -> Vec<NewFile> {
    let each = files.into_iter().map(|file| {
        let slot = file.field.strip_prefix("file_").unwrap_or_default().to_owned();
        new_file(fields, &slot, file)
    });
    each.collect()
}

/// Whether a form can be sent again, mended.
fn mendable(error: &AppError) -> bool {
    matches!(error, AppError::Refused(_) | AppError::Invalid { .. } | AppError::TooLarge { .. } | AppError::Conflict)
}

async fn send(State(state): State<AppState>, visitor: Visitor, form: Multipart) -> Web {
    visitor.signed_in()?;
    let (f, files) = read_multipart(&state, form).await?;
    let files = attachments(&f, files);
    let input = AdmissionInput {
        legal_form: f.text("legal_form").to_owned(),
        legal_name: f.text("legal_name").to_owned(),
        id_number: Secret::new(f.text("id_number").to_owned()),
        contact: f.text("contact").to_owned(),
        shop: f.text("shop").to_owned(),
        goods: f.text("goods").to_owned(),
        agreements: f.all("agreement").map(str::to_owned).collect(),
    };
    let (who, key) = (visitor.principal.clone(), f.optional("key"));
    let call = move |app: &yuanlu_app::App| app.apply_for_admission(&who, &input, &files, key.as_deref());
    answer(&state, &visitor, Some(f), state.run(call).await, "admission_applied").await
}

async fn add(State(state): State<AppState>, visitor: Visitor, form: Multipart) -> Web {
    visitor.signed_in()?;
    let (f, files) = read_multipart(&state, form).await?;
    let files = attachments(&f, files);
    let who = visitor.principal.clone();
    let outcome = state.run(move |app| app.add_to_admission(&who, &files)).await;
    answer(&state, &visitor, None, outcome, "admission_added").await
}

async fn withdraw(State(state): State<AppState>, visitor: Visitor) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let outcome = state.run(move |app| app.withdraw_admission(&who)).await;
    answer(&state, &visitor, None, outcome, "admission_withdrawn").await
}

async fn answer(
    state: &AppState,
    visitor: &Visitor,
    sent: Option<Fields>,
    outcome: yuanlu_app::Result<AdmissionView>,
    done: &'static str,
) -> Web {
    match outcome {
        Ok(_) => Ok(go_and_say("/sell", said(done))),
        Err(error) if mendable(&error) => {
            let page = load(state, visitor, sent).await?;
            let p = page.p.clone().refused(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &Sell { p, key: fresh_key(), ..page })
        }
        Err(error) => Err(error.into()),
    }
}
