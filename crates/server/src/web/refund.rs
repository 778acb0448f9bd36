//! Applying for a refund, and the list of a buyer's cases (退款记录).

use crate::AppState;
use crate::form::{Fields, Upload, fresh_key, read_multipart};
use crate::page::{Page, Web, go, html, html_with};
use crate::problem::WebError;
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use std::collections::HashMap;
use yuanlu_app::inputs::ApplyInput;
use yuanlu_app::views::{CaseSummary, DraftView, EvidenceView, ForecastView, Listing, OrderView};
use yuanlu_app::{AppError, NewFile, Opened, Principal, Seen, Wanted, WantedByReason};
use yuanlu_domain::case::{EvidenceKind, Reason};
use yuanlu_domain::ids::{CaseId, EvidenceId, OrderId};

/// Pages without files.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/o/{order}/refund", get(form))
        .route("/refunds", get(list))
        .route("/evidence/{evidence}", get(evidence))
        .route("/evidence/{evidence}/small", get(small))
        .route("/evidence/{evidence}/original", get(original))
}

/// Forms with files.
pub fn uploads() -> Router<AppState> {
    Router::new()
        .route("/o/{order}/refund", post(apply))
        .route("/o/{order}/refund/check", post(check))
        .route("/o/{order}/refund/draft", post(super::draft::save))
}

#[derive(Template)]
#[template(path = "refund/list.html")]
struct ListPage {
    p: Page,
    cases: Listing<CaseSummary>,
}

async fn list(State(state): State<AppState>, visitor: Visitor, Query(cursor): Query<super::Cursor>) -> Web {
    if visitor.principal == Principal::Anonymous {
        return Err(AppError::NotSignedIn.into());
    }
    let who = visitor.principal.clone();
    let cases = state.run(move |app| app.list_cases(&who, &cursor.page())).await?;
    html(&ListPage { p: visitor.page(&state, "refund.list"), cases })
}

#[derive(Template)]
#[template(path = "refund/form.html")]
struct FormPage {
    p: Page,
    o: OrderView,
    f: Fields,
    forecast: Option<ForecastView>,
    key: String,
    reasons: Vec<&'static str>,
    evidence_kinds: Vec<&'static str>,
    can_balance: bool,
    /// The case it is filled in from, and how that ended.
    again: Option<(String, &'static str)>,
    /// What stands in the form was just sent, so that no draft may cover it.
    filled: bool,
    /// When what stands in it was kept.
    draft: Option<DraftView>,
    /// Files that are kept, with what can be mended.
    kept: Vec<EvidenceView>,
    /// What helps a claim, by reason.
    wanted: WantedByReason,
}

impl FormPage {
    /// What helps a claim for the reason chosen and is not there yet.
    fn lacking(&self) -> Vec<&Wanted> {
        let wanted = self.wanted.get(self.f.text("reason")).map_or(&[][..], Vec::as_slice);
        wanted.iter().filter(|one| self.kept.iter().all(|file| file.kind != one.kind)).collect()
    }

    /// How the case it is filled in from ended.
    fn ended(&self, code: &str) -> String {
        self.p.code(if code.starts_with(char::is_uppercase) { "outcome" } else { "state" }, code)
    }
}

/// Files of an ended case that come along; the rest of an application's are new.
const KEPT_FILES: usize = 8;

/// Codes of evidence types, for selects.
pub(super) fn evidence_kinds() -> Vec<&'static str> {
    EvidenceKind::ALL.map(EvidenceKind::code).to_vec()
}

async fn form_page(state: &AppState, visitor: &Visitor, o: OrderView, f: Fields) -> Result<FormPage, AppError> {
    let (who, order) = (visitor.principal.clone(), OrderId::new(o.order.clone()));
    let ids: Vec<String> = f.all("evidence").map(str::to_owned).collect();
    let (kept, wanted) =
        state.run(move |app| Ok((app.own_uploads(&who, &order, &ids)?, app.wanted_material()?))).await?;
    Ok(FormPage {
        can_balance: visitor.principal.person().is_some() && o.payments.iter().any(|paid| paid.how != "balance"),
        key: f.optional("key").unwrap_or_else(fresh_key),
        reasons: Reason::ALL.map(Reason::code).to_vec(),
        evidence_kinds: evidence_kinds(),
        p: visitor.page(state, "refund.form.title"),
        forecast: None,
        again: None,
        filled: false,
        draft: None,
        kept,
        wanted,
        o,
        f,
    })
}

async fn form(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(order): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Web {
    let o = load(&state, &visitor, &order).await?;
    if let Some(case) = query.get("again") {
        return again(&state, &visitor, o, case).await;
    }
    let (who, id) = (visitor.principal.clone(), OrderId::new(order));
    if let Some(draft) = state.run(move |app| app.draft(&who, &id)).await? {
        let page = form_page(&state, &visitor, o, Fields(draft.fields.clone())).await?;
        return html(&FormPage { draft: Some(draft), filled: true, ..page });
    }
    let open: Vec<u16> = o.units.iter().filter(|u| u.actions.contains(&"apply")).map(|u| u.no).collect();
    let asked = query.get("unit").and_then(|unit| unit.parse().ok());
    let chosen = asked.or_else(|| open.first().copied().filter(|_| open.len() == 1));
    let fields = chosen.map(|unit| Fields::default().with("units", unit)).unwrap_or_default();
    html(&form_page(&state, &visitor, o, fields).await?)
}

/// The form filled in from a case that ended, to be mended and filed anew.
async fn again(state: &AppState, visitor: &Visitor, o: OrderView, case: &str) -> Web {
    let (who, id) = (visitor.principal.clone(), CaseId::new(case));
    let c = state.run(move |app| app.load_case(&who, &id)).await?;
    if c.order.order != o.order {
        return Err(AppError::NotFound.into());
    }
    let mut f = Fields::default().with("reason", c.summary.reason).with("text", c.text.unwrap_or_default());
    let open = |unit: &&u16| o.units.iter().any(|u| u.no == **unit && u.actions.contains(&"apply"));
    if !c.units.iter().any(|unit| open(&unit)) {
        return Ok(go(&format!("/c/{case}")));
    }
    for unit in c.units.iter().filter(open) {
        f = f.with("units", unit);
    }
    if let Some(face) = c.received_face {
        f = f.with("received_face", face.text);
    }
    for file in c.evidence.iter().filter(|file| file.by == "buyer").take(KEPT_FILES) {
        f = f.with("evidence", &file.id);
    }
    let again = Some((c.summary.case, c.summary.outcome_code.unwrap_or(c.summary.state)));
    html(&FormPage { again, filled: true, ..form_page(state, visitor, o, f).await? })
}

async fn load(state: &AppState, visitor: &Visitor, order: &str) -> Result<OrderView, WebError> {
    let (who, order) = (visitor.principal.clone(), OrderId::new(order));
    Ok(state.run(move |app| app.load_order(&who, &order)).await?)
}

fn input_of(fields: &Fields) -> Result<ApplyInput, AppError> {
    Ok(ApplyInput {
        units: super::order::units_of(fields)?,
        reason: fields.text("reason").to_owned(),
        amount: fields.optional("amount"),
        received_face: fields.optional("received_face"),
        to_balance: fields.ticked("to_balance"),
        text: fields.text("text").to_owned(),
        evidence: fields.all("evidence").map(str::to_owned).collect(),
    })
}

/// Stores the files of a form and adds their ids to its fields, so that a form shown again still has them.
pub(super) async fn store_files(
    state: &AppState,
    visitor: &Visitor,
    order: &OrderId,
    fields: &mut Fields,
    files: Vec<Upload>,
) -> Result<(), AppError> {
    for file in files {
        let slot = file.field.strip_prefix("file_").unwrap_or_default().to_owned();
        let new = new_file(fields, &slot, file);
        let (who, order) = (visitor.principal.clone(), order.clone());
        let stored = state.run(move |app| app.upload_once(&who, &order, new, None)).await?;
        fields.0.push(("evidence".to_owned(), stored.id));
    }
    Ok(())
}

/// A file with what its slot of the form says of it.
pub(super) fn new_file(fields: &Fields, slot: &str, file: Upload) -> NewFile {
    let given = |name: &str| fields.optional(&format!("{name}_{slot}"));
    NewFile {
        kind: given("kind").unwrap_or_else(|| "other".to_owned()),
        content: file.content,
        declared: file.declared,
        seen: Seen { amount: given("seen_amount"), number: given("seen_number"), at: given("seen_at") },
    }
}

/// What the rules are likely to say; files are kept, nothing else is written.
async fn check(State(state): State<AppState>, visitor: Visitor, Path(order): Path<String>, form: Multipart) -> Web {
    let o = load(&state, &visitor, &order).await?;
    let (mut fields, files) = read_multipart(&state, form).await?;
    let id = OrderId::new(order);
    let stored = store_files(&state, &visitor, &id, &mut fields, files).await;
    let outcome = match stored.and_then(|()| input_of(&fields)) {
        Ok(input) => {
            let who = visitor.principal.clone();
            state.run(move |app| app.forecast(&who, &id, &input)).await
        }
        Err(error) => Err(error),
    };
    let page = form_page(&state, &visitor, o, fields).await?;
    match outcome {
        Ok(forecast) => html(&FormPage { forecast: Some(forecast), filled: true, ..page }),
        Err(error) => refused(page, error),
    }
}

async fn apply(State(state): State<AppState>, visitor: Visitor, Path(order): Path<String>, form: Multipart) -> Web {
    // Files of people who have no business here are not even read.
    load(&state, &visitor, &order).await?;
    let (mut fields, files) = read_multipart(&state, form).await?;
    let id = OrderId::new(order.clone());
    let stored = store_files(&state, &visitor, &id, &mut fields, files).await;
    let outcome = match stored.and_then(|()| input_of(&fields)) {
        Ok(input) => {
            let (who, origin, key) = (visitor.principal.clone(), visitor.origin.clone(), fields.optional("key"));
            state.run(move |app| app.apply(&who, &id, &input, key.as_deref(), &origin)).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(case) => Ok(go(&format!("/c/{}?said=applied", case.summary.case))),
        Err(error) => {
            let o = load(&state, &visitor, &order).await?;
            refused(form_page(&state, &visitor, o, fields).await?, error)
        }
    }
}

/// The form again, as it was filled in, with what is wrong; everything else is a page of its own.
fn refused(page: FormPage, error: AppError) -> Web {
    match error {
        AppError::Refused(_) | AppError::Invalid { .. } | AppError::TooLarge { .. } | AppError::Conflict => {
            // Another try may be another application: a new key, unless the answer to the old one is lost.
            let p = page.p.clone().refused(&error);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { p, key: fresh_key(), filled: true, ..page })
        }
        other => Err(other.into()),
    }
}

/// An uploaded file, for those on the case. Shown as what its content is, and never as a page of ours.
async fn evidence(State(state): State<AppState>, visitor: Visitor, Path(evidence): Path<String>) -> Web {
    let who = visitor.principal.clone();
    opened(state.run(move |app| app.open_evidence(&who, &EvidenceId::new(evidence))).await?)
}

/// The same, small.
async fn small(State(state): State<AppState>, visitor: Visitor, Path(evidence): Path<String>) -> Web {
    let who = visitor.principal.clone();
    opened(state.run(move |app| app.open_small(&who, &EvidenceId::new(evidence))).await?)
}

/// The file as it came, for those who judge.
async fn original(State(state): State<AppState>, visitor: Visitor, Path(evidence): Path<String>) -> Web {
    let who = visitor.principal.clone();
    opened(state.run(move |app| app.open_original(&who, &EvidenceId::new(evidence))).await?)
}

pub(crate) fn opened(file: Opened) -> Web {
    let kind = match file.media_type.as_str() {
        "image/jpeg" => "image/jpeg",
        "image/png" => "image/png",
        "image/webp" => "image/webp",
        "application/pdf" => "application/pdf",
        _ => "application/octet-stream",
    };
    let shown = if kind.starts_with("image/") { "inline" } else { "attachment" };
    let name = HeaderValue::from_str(&format!("{shown}; filename=\"{}\"", plain_name(&file.name)));
    let mut response = ([(header::CONTENT_TYPE, kind)], file.bytes.expose().clone()).into_response();
    if let Ok(name) = name {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn plain_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect()
}
