//! Finance and redemption codes: batches that wait, codes shown once, what became of them.

use crate::AppState;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use yuanlu_app::inputs::CodeBatchInput;
use yuanlu_app::views::CodeBatchView;
use yuanlu_app::{AppError, Secret};
use yuanlu_domain::ids::DeskId;

type Refused = Option<(AppError, StatusCode)>;

#[derive(Template)]
#[template(path = "staff/codes.html")]
struct Codes {
    p: Page,
    f: Fields,
    key: String,
    batches: Vec<CodeBatchView>,
    next: Option<String>,
}

/// The codes of a batch, in the one answer that has them.
#[derive(Template)]
#[template(path = "staff/codes_taken.html")]
struct Taken {
    p: Page,
    batch: CodeBatchView,
    codes: Vec<Secret<String>>,
}

/// `GET /staff/codes`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    page(&state, &visitor, &ask, Fields::default(), None).await
}

async fn page(state: &AppState, visitor: &Visitor, ask: &Ask, f: Fields, refused: Refused) -> Web {
    visitor.signed_in()?;
    let (who, asked) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.code_batches(&who, &asked)).await?;
    let p = visitor.page(state, "staff.codes.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let shown = Codes { p, f, key: fresh_key(), batches: found.items, next: found.next };
    if code == StatusCode::OK { html(&shown) } else { html_with(code, &shown) }
}

/// `POST /staff/codes`
pub async fn ask(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, key) = (visitor.principal.clone(), f.optional("key"));
    let text = |name| f.text(name).to_owned();
    let outcome = match f.text("quantity").parse() {
        Ok(quantity) => {
            let input =
                CodeBatchInput { worth: text("worth"), amount: text("amount"), quantity, last_day: text("last_day") };
            state.run(move |app| app.ask_code_batch(&who, &input, key.as_deref())).await
        }
        Err(_) => Err(AppError::invalid("quantity", "not_a_number")),
    };
    match done(outcome, "/staff/codes", said("codes_asked")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, &Ask::default(), f, Some(refused)).await,
    }
}

/// `POST /staff/codes/{batch}/approve`
pub async fn approve(State(state): State<AppState>, visitor: Visitor, Path(batch): Path<DeskId>) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let outcome = state.run(move |app| app.approve_code_batch(&who, &batch)).await;
    match done(outcome, "/staff/codes", said("codes_approved")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, &Ask::default(), Fields::default(), Some(refused)).await,
    }
}

/// `POST /staff/codes/{batch}/withdraw`
pub async fn withdraw(State(state): State<AppState>, visitor: Visitor, Path(batch): Path<DeskId>) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let outcome = state.run(move |app| app.withdraw_code_batch(&who, &batch)).await;
    match done(outcome, "/staff/codes", said("codes_withdrawn")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, &Ask::default(), Fields::default(), Some(refused)).await,
    }
}

/// `POST /staff/codes/{batch}/take`: the codes on a page, or as a file. Nothing keeps the answer.
pub async fn take(State(state): State<AppState>, visitor: Visitor, Path(batch): Path<DeskId>, f: Fields) -> Web {
    visitor.signed_in()?;
    let (who, id) = (visitor.principal.clone(), batch.clone());
    let taken = state.run(move |app| Ok((app.take_codes(&who, &id)?, app.code_batch(&who, &id)?))).await;
    let (codes, batch) = match taken {
        Ok(taken) => taken,
        Err(error) => {
            return match done::<()>(Err(error), "/staff/codes", said("codes_asked")) {
                Ok(answer) => answer,
                Err(refused) => page(&state, &visitor, &Ask::default(), Fields::default(), Some(refused)).await,
            };
        }
    };
    let mut answer = if f.text("as") == "csv" {
        let file = HeaderValue::from_str(&format!("attachment; filename=\"codes-{}.csv\"", batch.batch));
        let file = file.map_err(|_| AppError::Unavailable)?;
        (
            [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
                (header::CONTENT_DISPOSITION, file),
            ],
            csv(&batch, &codes),
        )
            .into_response()
    } else {
        let p = visitor.page(&state, "staff.codes.taken");
        html(&Taken { p, batch, codes })?
    };
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// One code a line, with what it is worth.
fn csv(batch: &CodeBatchView, codes: &[Secret<String>]) -> String {
    let mut out = String::from("code,worth,amount,until\n");
    for code in codes {
        let (worth, amount) = (batch.worth, &batch.value.text);
        out.push_str(&format!("{},{worth},{amount},{}\n", code.expose(), batch.until.0.date()));
    }
    out
}
