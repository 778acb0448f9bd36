//! Conduct for those who judge it: flags, appeals, held listings, and one person's credit with its forms.

use crate::AppState;
use crate::form::{Fields, encode};
use crate::page::{Page, Said, Web, go, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{Ask, done};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::inputs::{BlockInput, FindingInput, JudgeFindingInput, Page as Paging, ReviewListingInput};
use yuanlu_app::views::{ConductFlagView, CreditEventView, CreditView, HeldListingView};
use yuanlu_app::{Action, App, AppError, Decision, Object, Principal, authorize};
use yuanlu_domain::credit::Ground;
use yuanlu_domain::ids::ProductId;

type Refused = Option<(AppError, StatusCode)>;

#[derive(Template)]
#[template(path = "staff/conduct.html")]
struct Queue {
    p: Page,
    flags: Vec<ConductFlagView>,
    next: Option<String>,
    appeals: Vec<CreditEventView>,
    listings: Vec<HeldListingView>,
    f: Fields,
    /// The row whose form is shown again.
    open: String,
}

impl Queue {
    /// Whether this row's form was refused and is shown again.
    fn is_open(&self, id: &str) -> bool {
        self.open == id
    }

    /// The words typed into it.
    fn typed(&self, id: &str) -> &str {
        if self.is_open(id) { self.f.text("words") } else { "" }
    }
}

fn may(visitor: &Visitor, action: Action) -> bool {
    authorize(&visitor.principal, action, &Object::Nothing) == Decision::Allow
}

/// `GET /staff/conduct`
pub async fn queue(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    queue_page(&state, &visitor, ask.page(), String::new(), Fields::default(), None).await
}

async fn queue_page(
    state: &AppState,
    visitor: &Visitor,
    paging: Paging,
    open: String,
    f: Fields,
    refused: Refused,
) -> Web {
    visitor.signed_in()?;
    let (who, reviews) = (visitor.principal.clone(), may(visitor, Action::ReviewListing));
    let (flags, appeals, listings) = state
        .run(move |app| {
            let first = Paging { cursor: None, limit: Some(100) };
            let listings = if reviews { app.held_listings(&who)? } else { Vec::new() };
            Ok((app.conduct_flags(&who, &paging)?, app.finding_appeals(&who, &first)?.items, listings))
        })
        .await?;
    let p = visitor.page(state, "staff.conduct.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let shown = Queue { p, flags: flags.items, next: flags.next, appeals, listings, f, open };
    if code == StatusCode::OK { html(&shown) } else { html_with(code, &shown) }
}

/// Does one thing from the queue, and shows it again.
async fn act<T, F>(state: AppState, visitor: Visitor, id: String, f: Fields, said: Said, call: F) -> Web
where
    T: Send + 'static,
    F: FnOnce(&App, &Principal, &str, &Fields) -> yuanlu_app::Result<T> + Send + 'static,
{
    visitor.signed_in()?;
    let (who, open, fields) = (visitor.principal.clone(), id.clone(), f.clone());
    let outcome = state.run(move |app| call(app, &who, &id, &fields).map(drop)).await;
    // From somebody's own page one goes back to it.
    let back = f.optional("subject").map_or("/staff/conduct".to_owned(), |subject| credit_path(&subject));
    match done(outcome, &back, said) {
        Ok(answer) => answer,
        Err(refused) => match f.optional("subject") {
            Some(subject) => credit_page(&state, &visitor, subject, open, f, Some(refused)).await,
            None => queue_page(&state, &visitor, Paging::default(), open, f, Some(refused)).await,
        },
    }
}

fn credit_path(subject: &str) -> String {
    format!("/staff/credit/{}", encode(subject))
}

/// `POST /staff/conduct/{flag}/confirm`
pub async fn confirm(State(state): State<AppState>, visitor: Visitor, Path(id): Path<String>, f: Fields) -> Web {
    act(state, visitor, id, f, said("finding"), |app, who, id, f| app.confirm_flag(who, id, f.text("words"))).await
}

/// `POST /staff/conduct/{flag}/dismiss`
pub async fn dismiss(State(state): State<AppState>, visitor: Visitor, Path(id): Path<String>, f: Fields) -> Web {
    act(state, visitor, id, f, said("dismissed"), |app, who, id, _| app.dismiss_flag(who, id)).await
}

/// `POST /staff/findings/{event}/judge`
pub async fn judge(State(state): State<AppState>, visitor: Visitor, Path(id): Path<String>, f: Fields) -> Web {
    act(state, visitor, id, f, said("finding_judged"), |app, who, id, f| {
        let uphold = match f.text("outcome") {
            "upheld" => true,
            "reversed" => false,
            _ => return Err(AppError::invalid("outcome", "required")),
        };
        app.judge_finding(who, id, &JudgeFindingInput { uphold, words: f.text("words").to_owned() })
    })
    .await
}

/// `POST /staff/findings/{event}/withdraw`
pub async fn withdraw(State(state): State<AppState>, visitor: Visitor, Path(id): Path<String>, f: Fields) -> Web {
    act(state, visitor, id, f, said("finding_withdrawn"), |app, who, id, f| {
        app.withdraw_finding(who, id, f.text("words"))
    })
    .await
}

/// `POST /staff/listings/{product}`
pub async fn review_listing(State(state): State<AppState>, visitor: Visitor, Path(id): Path<String>, f: Fields) -> Web {
    act(state, visitor, id, f, said("listing_reviewed"), |app, who, id, f| {
        let release = match f.text("outcome") {
            "released" => true,
            "refused" => false,
            _ => return Err(AppError::invalid("outcome", "required")),
        };
        let input = ReviewListingInput { release, words: f.text("words").to_owned() };
        app.review_listing(who, &ProductId::from(id), &input)
    })
    .await
}

#[derive(Template)]
#[template(path = "staff/credit.html")]
struct Credit {
    p: Page,
    c: CreditView,
    grounds: Vec<&'static str>,
    may_block: bool,
    f: Fields,
    open: String,
}

impl Credit {
    /// Whether this row's form was refused and is shown again.
    fn is_open(&self, id: &str) -> bool {
        self.open == id
    }

    /// The words typed into it.
    fn typed(&self, id: &str) -> &str {
        if self.is_open(id) { self.f.text("words") } else { "" }
    }
}

/// `GET /staff/credit?who=`: somebody by his login name.
pub async fn find(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    visitor.signed_in()?;
    let Some(typed) = ask.who else { return Ok(go("/staff/conduct")) };
    let who = visitor.principal.clone();
    match state.run(move |app| app.credit_of(&who, &typed)).await {
        Ok(found) => Ok(go(&credit_path(&found.subject))),
        Err(error) => match done::<()>(Err(error), "", said("saved")) {
            Ok(answer) => answer,
            Err(refused) => {
                queue_page(&state, &visitor, Paging::default(), String::new(), Fields::default(), Some(refused)).await
            }
        },
    }
}

/// `GET /staff/credit/{subject}`
pub async fn credit(State(state): State<AppState>, visitor: Visitor, Path(subject): Path<String>) -> Web {
    credit_page(&state, &visitor, subject, String::new(), Fields::default(), None).await
}

async fn credit_page(
    state: &AppState,
    visitor: &Visitor,
    subject: String,
    open: String,
    f: Fields,
    refused: Refused,
) -> Web {
    visitor.signed_in()?;
    let who = visitor.principal.clone();
    let c = state.run(move |app| app.credit_of(&who, &subject)).await?;
    let p = visitor.page(state, "staff.credit.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let concerned = authorize(&visitor.principal, Action::BlockPeople, &Object::Credit(&c.subject));
    let shown = Credit {
        p: p.titled(&c.name),
        grounds: Ground::ALL.iter().filter(|ground| ground.is_finding()).map(|ground| ground.code()).collect(),
        may_block: concerned == Decision::Allow && !c.subject.starts_with("guest:"),
        c,
        f,
        open,
    };
    if code == StatusCode::OK { html(&shown) } else { html_with(code, &shown) }
}

/// `POST /staff/credit/{subject}/finding`
pub async fn record(State(state): State<AppState>, visitor: Visitor, Path(subject): Path<String>, f: Fields) -> Web {
    let f = f.with("subject", &subject);
    act(state, visitor, "finding".to_owned(), f, said("finding"), move |app, who, _, f| {
        let ground = f.text("ground").to_owned();
        if ground.is_empty() {
            return Err(AppError::invalid("ground", "required"));
        }
        let input =
            FindingInput { subject, ground, words: f.text("words").to_owned(), case: f.optional("case"), flag: None };
        app.record_finding(who, &input)
    })
    .await
}

/// `POST /staff/credit/{subject}/block`
pub async fn block(State(state): State<AppState>, visitor: Visitor, Path(subject): Path<String>, f: Fields) -> Web {
    let f = f.with("subject", &subject);
    act(state, visitor, "block".to_owned(), f, said("blocked"), move |app, who, _, f| {
        app.block(who, &subject, &BlockInput { until: f.text("until").to_owned(), words: f.text("words").to_owned() })
    })
    .await
}
