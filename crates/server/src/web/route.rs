//! What a buyer does about where his money goes: another account, a card, "it has not arrived".

use super::case::refused;
use super::refund::store_files;
use super::thread::mendable;
use crate::AppState;
use crate::form::{Fields, read_multipart};
use crate::page::{Said, Web, go_and_say, said};
use crate::visitor::Visitor;
use axum::Router;
use axum::extract::{Multipart, Path, State};
use axum::routing::post;
use yuanlu_app::AppError;
use yuanlu_app::inputs::AccountInput;
use yuanlu_app::views::CaseView;
use yuanlu_domain::ids::CaseId;

/// Forms without files.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/c/{case}/payouts/{payout}/doubt", post(doubt))
        .route("/c/{case}/payouts/{payout}/card", post(card))
}

/// Forms with files.
pub fn uploads() -> Router<AppState> {
    Router::new().route("/c/{case}/account", post(account))
}

fn input_of(fields: &Fields) -> AccountInput {
    let own = |name: &str| fields.text(name).to_owned();
    AccountInput {
        kind: own("kind"),
        holder: own("holder"),
        number: own("number"),
        bank: own("bank"),
        evidence: fields.all("evidence").map(str::to_owned).collect(),
    }
}

/// On to the case, or the case again with what is wrong over it. Account numbers are not written back into the page.
async fn answer(
    state: &AppState,
    visitor: &Visitor,
    case: &str,
    outcome: yuanlu_app::Result<CaseView>,
    fields: Fields,
    done: Said,
) -> Web {
    match outcome {
        Ok(_) => Ok(go_and_say(&format!("/c/{case}"), done)),
        Err(error) if mendable(&error) => refused(state, visitor, case, fields, error).await,
        Err(error) => Err(error.into()),
    }
}

async fn account(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>, form: Multipart) -> Web {
    let id = CaseId::new(case.clone());
    let (who, seen) = (visitor.principal.clone(), id.clone());
    // Files of people who have no business here are not even read.
    state.run(move |app| app.load_case(&who, &seen)).await?;
    let (mut fields, files) = read_multipart(&state, form).await?;
    let (order, _) = id.parts().ok_or(AppError::NotFound)?;
    let outcome = match store_files(&state, &visitor, &order, &mut fields, files).await {
        Ok(()) => {
            let (who, input, key) = (visitor.principal.clone(), input_of(&fields), fields.optional("key"));
            state.run(move |app| app.name_account(&who, &id, &input, key.as_deref())).await
        }
        Err(error) => Err(error),
    };
    answer(&state, &visitor, &case, outcome, fields, said("account_named")).await
}

async fn card(
    State(state): State<AppState>,
    visitor: Visitor,
    Path((case, payout)): Path<(String, u16)>,
    fields: Fields,
) -> Web {
    let (who, id) = (visitor.principal.clone(), CaseId::new(case.clone()));
    let (input, key) = (input_of(&fields), fields.optional("key"));
    let outcome = state.run(move |app| app.name_card(&who, &id, payout, &input, key.as_deref())).await;
    answer(&state, &visitor, &case, outcome, fields, said("card_named")).await
}

async fn doubt(
    State(state): State<AppState>,
    visitor: Visitor,
    Path((case, payout)): Path<(String, u16)>,
    fields: Fields,
) -> Web {
    let (who, id, key) = (visitor.principal.clone(), CaseId::new(case.clone()), fields.optional("key"));
    let outcome = state.run(move |app| app.doubt_arrival(&who, &id, payout, key.as_deref())).await;
    answer(&state, &visitor, &case, outcome, fields, said("doubted")).await
}
