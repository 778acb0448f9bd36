//! What helps a claim, by reason: the operator's own words.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::done;
use crate::web::refund::evidence_kinds;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use yuanlu_app::{Action, AppError, Decision, Object, Wanted, WantedByReason, authorize};
use yuanlu_domain::case::Reason;

/// Empty rows for each reason.
const EMPTY_ROWS: usize = 2;

#[derive(Template)]
#[template(path = "staff/wanted.html")]
struct WantedPage {
    p: Page,
    kinds: Vec<&'static str>,
    reasons: Vec<(&'static str, Vec<Wanted>)>,
}

/// `GET /staff/wanted`
pub async fn show(State(state): State<AppState>, visitor: Visitor) -> Web {
    let wanted = state.run(yuanlu_app::App::wanted_material).await?;
    page(&state, &visitor, wanted, None)
}

fn page(
    state: &AppState,
    visitor: &Visitor,
    mut wanted: WantedByReason,
    refused: Option<(AppError, StatusCode)>,
) -> Web {
    visitor.signed_in()?;
    match authorize(&visitor.principal, Action::ManagePolicies, &Object::Nothing) {
        Decision::Allow => {}
        Decision::NeedsSecondFactor => return Err(AppError::NeedsSecondFactor.into()),
        Decision::NotFound | Decision::Forbidden => return Err(AppError::Forbidden.into()),
    }
    let p = visitor.page(state, "staff.wanted.title");
    let (p, status) = match refused {
        Some((error, status)) => (p.refused(&error), status),
        None => (p, StatusCode::OK),
    };
    let empty = Wanted { kind: String::new(), zh: String::new(), en: String::new() };
    let rows = |reason: Reason| {
        let mut rows = wanted.remove(reason.code()).unwrap_or_default();
        rows.resize(rows.len() + EMPTY_ROWS, empty.clone());
        (reason.code(), rows)
    };
    let reasons = Reason::ALL.map(rows).into();
    html_with(status, &WantedPage { kinds: evidence_kinds(), p, reasons })
}

fn read(f: &Fields) -> WantedByReason {
    let of = |reason: Reason| {
        let column = |name: &str| f.all(&format!("{name}.{}", reason.code())).map(str::to_owned).collect::<Vec<_>>();
        let texts = column("zh").into_iter().zip(column("en"));
        let rows = column("kind").into_iter().zip(texts).map(|(kind, (zh, en))| Wanted { kind, zh, en });
        (reason.code().to_owned(), rows.filter(|row| !row.kind.is_empty()).collect::<Vec<_>>())
    };
    Reason::ALL.into_iter().map(of).filter(|(_, rows)| !rows.is_empty()).collect()
}

/// `POST /staff/wanted`
pub async fn save(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, wanted) = (visitor.principal.clone(), read(&f));
    let sent = wanted.clone();
    let outcome = state.run(move |app| app.set_wanted_material(&who, &sent)).await;
    match done(outcome, "/staff/wanted", said("saved")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, wanted, Some(refused)),
    }
}
