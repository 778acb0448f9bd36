//! Payouts that need finance: a second pair of eyes, or a push after something stuck.

use crate::AppState;
use crate::form::{Fields, fresh_key, read_multipart};
use crate::page::{Page, Said, Web, html, html_with, said};
use crate::problem::status;
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use crate::web::refund::store_files;
use crate::web::thread::mendable;
use askama::Template;
use axum::Router;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use yuanlu_app::AppError;
use yuanlu_app::inputs::RouteInput;
use yuanlu_app::views::{AccountView, CaseView, PayoutView};
use yuanlu_domain::ids::{CaseId, OrderId};

#[derive(Template)]
#[template(path = "staff/payouts.html")]
struct List {
    p: Page,
    payouts: Vec<PayoutView>,
    next: Option<String>,
}

impl List {
    fn why(&self, code: &str) -> String {
        why(&self.p, code)
    }
}

/// What a channel's code means to finance; the code itself where the pages do not know it.
fn why(p: &Page, code: &str) -> String {
    let key = format!("staff.channel_said.{code}");
    if p.locale.has(&key) { p.t(&key).to_owned() } else { code.to_owned() }
}

/// `GET /staff/payouts`
pub async fn list(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    page(&state, &visitor, ask, None).await
}

async fn page(state: &AppState, visitor: &Visitor, ask: Ask, refused: Option<(AppError, StatusCode)>) -> Web {
    visitor.signed_in()?;
    let (who, page) = (visitor.principal.clone(), ask.page());
    let found = state.run(move |app| app.payouts(&who, &page)).await?;
    let p = visitor.page(state, "staff.payouts.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let list = List { p, payouts: found.items, next: found.next };
    if code == StatusCode::OK { html(&list) } else { html_with(code, &list) }
}

async fn answer(state: &AppState, visitor: &Visitor, outcome: yuanlu_app::Result<PayoutView>, said: Said) -> Web {
    match done(outcome, "/staff/payouts", said) {
        Ok(answer) => answer,
        Err(refused) => page(state, visitor, Ask::default(), Some(refused)).await,
    }
}

fn number(text: &str) -> yuanlu_app::Result<u16> {
    text.parse().map_err(|_| AppError::NotFound)
}

/// `POST /staff/payouts/{order}/{payout}/approve`
pub async fn approve(State(state): State<AppState>, visitor: Visitor, Path(which): Path<(OrderId, String)>) -> Web {
    visitor.signed_in()?;
    let (who, payout) = (visitor.principal.clone(), number(&which.1)?);
    let outcome = state.run(move |app| app.approve_payout(&who, &which.0, payout)).await;
    answer(&state, &visitor, outcome, said("released")).await
}

/// `POST /staff/payouts/{order}/{payout}/resume`
pub async fn resume(State(state): State<AppState>, visitor: Visitor, Path(which): Path<(OrderId, String)>) -> Web {
    visitor.signed_in()?;
    let (who, payout) = (visitor.principal.clone(), number(&which.1)?);
    let outcome = state.run(move |app| app.resume_payout(&who, &which.0, payout)).await;
    answer(&state, &visitor, outcome, said("resumed")).await
}

/// Acts on the road of a payout, with what each needs.
const ACTS: [&str; 11] = [
    "check_account",
    "refuse_account",
    "remit",
    "record_transfer",
    "record_arrival",
    "record_release",
    "refuse_release",
    "finish_at_channel",
    "record_return",
    "answer_doubt",
    "reverse_switch",
];

/// Forms with files.
pub fn uploads() -> Router<AppState> {
    Router::new().route("/staff/payouts/{order}/{payout}/route", post(act))
}

#[derive(Template)]
#[template(path = "staff/payout.html")]
struct One {
    p: Page,
    d: PayoutView,
    c: CaseView,
    /// Masked, unless it was just revealed.
    account: Option<AccountView>,
    revealed: bool,
    f: Fields,
    key: String,
}

impl One {
    fn why(&self, code: &str) -> String {
        why(&self.p, code)
    }

    fn acts(&self) -> Vec<&'static str> {
        ACTS.into_iter().filter(|act| self.d.actions.contains(act)).collect()
    }

    /// What has to be done, and how.
    fn leads(&self) -> Vec<&'static str> {
        let has = |act| self.d.actions.contains(&act);
        [
            (self.d.hold == Some("name_check"), "staff.payouts.name_check_lead"),
            (self.d.hold == Some("execution"), "staff.payouts.execution_lead"),
            (self.d.hold == Some("agent_release"), "staff.payouts.agent_release_lead"),
            (self.d.state == "stuck" && has("record_return"), "staff.payouts.abnormal_lead"),
            (self.d.state == "at_bank", "staff.payouts.at_bank_lead"),
            (self.d.doubted.is_some(), "staff.payouts.doubt_lead"),
            (has("reverse_switch"), "staff.payouts.switch_lead"),
        ]
        .into_iter()
        .filter_map(|(shown, key)| shown.then_some(key))
        .collect()
    }

    fn is(&self, act: &str, wanted: &str) -> bool {
        act == wanted
    }

    fn wants_words(&self, act: &str) -> bool {
        matches!(act, "refuse_account" | "refuse_release" | "answer_doubt" | "reverse_switch")
    }

    fn wants_proof(&self, act: &str) -> bool {
        matches!(act, "record_arrival" | "record_return" | "record_release")
    }
}

async fn one(
    state: &AppState,
    visitor: &Visitor,
    which: &(OrderId, String),
    f: Fields,
    reveal: bool,
) -> yuanlu_app::Result<One> {
    visitor.signed_in()?;
    let (who, order, payout) = (visitor.principal.clone(), which.0.clone(), number(&which.1)?);
    let (d, c, account) = state
        .run(move |app| {
            let account = if reveal { Some(app.reveal_account(&who, &order, payout)?) } else { None };
            let d = app.load_payout(&who, &order, payout)?;
            let c = app.load_case(&who, &CaseId::new(d.case.clone()))?;
            Ok((d, c, account))
        })
        .await?;
    let p = visitor.page(state, "staff.payouts.title");
    let account = account.or_else(|| d.account.clone());
    Ok(One { p, d, c, account, revealed: reveal, f, key: fresh_key() })
}

/// `GET /staff/payouts/{order}/{payout}`
pub async fn show(State(state): State<AppState>, visitor: Visitor, Path(which): Path<(OrderId, String)>) -> Web {
    html(&one(&state, &visitor, &which, Fields::default(), false).await?)
}

/// `POST /staff/payouts/{order}/{payout}/account`: shown once, on record for ever.
pub async fn reveal(State(state): State<AppState>, visitor: Visitor, Path(which): Path<(OrderId, String)>) -> Web {
    html(&one(&state, &visitor, &which, Fields::default(), true).await?)
}

async fn act(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(which): Path<(OrderId, String)>,
    form: Multipart,
) -> Web {
    // Files of people who have no business here are not even read.
    one(&state, &visitor, &which, Fields::default(), false).await?;
    let (mut fields, files) = read_multipart(&state, form).await?;
    let (order, payout) = (which.0.clone(), number(&which.1)?);
    let outcome = match store_files(&state, &visitor, &order, &mut fields, files).await {
        Ok(()) => {
            let own = |name: &str| fields.text(name).to_owned();
            let input = RouteInput {
                act: own("act"),
                words: own("words"),
                channel: own("channel"),
                reference: own("reference"),
                evidence: fields.all("evidence").map(str::to_owned).collect(),
            };
            let (who, key) = (visitor.principal.clone(), fields.optional("key"));
            state.run(move |app| app.act_on_route(&who, &order, payout, &input, key.as_deref())).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Err(error) if mendable(&error) => {
            let page = one(&state, &visitor, &which, fields, false).await?;
            let p = page.p.clone().refused(&error);
            html_with(status(&error), &One { p, ..page })
        }
        outcome => answer(&state, &visitor, outcome, said("route")).await,
    }
}
