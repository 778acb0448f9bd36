//! Appeals and complaints of buyers, objections of sellers: what they take, said before the form, and the form.

use super::desk::of_own_shop;
use super::refund::{evidence_kinds, store_files};
use super::thread::mendable;
use crate::AppState;
use crate::form::{Fields, fresh_key, read_multipart};
use crate::page::{Page, Said, Web, go_and_say, html, html_with, said};
use crate::problem::{WebError, status};
use crate::text::Sentence;
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Multipart, Path, State};
use axum::routing::{get, post};
use yuanlu_app::AppError;
use yuanlu_app::inputs::RemedyInput;
use yuanlu_app::views::{CaseView, RemedyTermsView};
use yuanlu_domain::case::RemedyGround;
use yuanlu_domain::hearing::Hearing;
use yuanlu_domain::ids::CaseId;

/// Rules that can be named as applied wrongly or broken; each has a sentence.
pub const RULES: &[&str] = &[
    "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15", "R16", "R17", "R18", "R22", "R24", "R25",
    "R26", "R29", "R30", "R31", "R33", "R35",
];

/// Pages, and forms without files.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/c/{case}/appeal", get(appeal))
        .route("/c/{case}/complaint", get(complaint))
        .route("/seller/cases/{case}/objection", get(objection))
        .route("/c/{case}/remedy/withdraw", post(withdraw))
        .route("/seller/cases/{case}/objection/withdraw", post(withdraw_objection))
}

/// Forms with files.
pub fn uploads() -> Router<AppState> {
    Router::new()
        .route("/c/{case}/appeal", post(send_appeal))
        .route("/c/{case}/complaint", post(send_complaint))
        .route("/seller/cases/{case}/objection", post(send_objection))
}

/// Key of the sentence that a hearing is on, or of what is said beside it.
pub fn open_key(hearing: &str, part: &str) -> &'static str {
    match (hearing, part) {
        ("appeal", "") => "hearing.open.appeal",
        ("complaint", "") => "hearing.open.complaint",
        (_, "") => "hearing.open.objection",
        ("appeal", _) => "hearing.open.lead_appeal",
        ("complaint", _) => "hearing.open.lead_complaint",
        _ => "hearing.open.lead_objection",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Appeal,
    Complaint,
    Objection,
}

impl Kind {
    fn code(self) -> &'static str {
        match self {
            Self::Appeal => "appeal",
            Self::Complaint => "complaint",
            Self::Objection => "objection",
        }
    }

    /// The action a case names when it is open to this.
    fn action(self) -> &'static str {
        match self {
            Self::Appeal => "appeal",
            Self::Complaint => "complain",
            Self::Objection => "object",
        }
    }

    fn hearing(self) -> Hearing {
        match self {
            Self::Appeal => Hearing::Appeal,
            Self::Complaint => Hearing::Complaint,
            Self::Objection => Hearing::Objection,
        }
    }

    fn done(self) -> Said {
        match self {
            Self::Appeal => said("appeal"),
            Self::Complaint => said("complaint"),
            Self::Objection => said("objection"),
        }
    }

    fn grounds(self) -> Vec<&'static str> {
        let grounds = RemedyGround::ALL.into_iter().filter(|ground| ground.hearing() == self.hearing());
        grounds.map(RemedyGround::code).collect()
    }

    /// The page of the case on this side.
    fn case_page(self, case: &str) -> String {
        match self {
            Self::Appeal | Self::Complaint => format!("/c/{case}"),
            Self::Objection => format!("/seller/cases/{case}"),
        }
    }
}

#[derive(Template)]
#[template(path = "hearing/form.html")]
struct FormPage {
    p: Page,
    c: CaseView,
    terms: RemedyTermsView,
    f: Fields,
    key: String,
    kind: &'static str,
    grounds: Vec<&'static str>,
    evidence_kinds: Vec<&'static str>,
    /// The page of the case, and before `/{kind}` the address of this one.
    base: String,
    open: bool,
    /// What stands in the form was just sent, so that no draft may cover it.
    filled: bool,
}

impl FormPage {
    fn text(&self, part: &str) -> Sentence {
        self.p.say(&format!("hearing.{}.{part}", self.kind))
    }

    fn amount_hint(&self) -> String {
        let refused = self.c.breakdown.as_ref().map_or(&self.c.summary.claimed, |money| &money.refused);
        match self.kind {
            "objection" => self.p.t("hearing.form.amount_objection").to_owned(),
            _ => self.p.say("hearing.form.amount_hint").with("amount", self.p.money(refused)).into(),
        }
    }

    /// Rules the decision rests on, as far as they can be named.
    fn decided(&self) -> Vec<&'static str> {
        let named =
            |rule: &&&'static str| self.c.decision.as_ref().is_some_and(|d| d.rules.iter().any(|r| r == **rule));
        RULES.iter().filter(named).copied().collect()
    }

    fn others(&self) -> Vec<&'static str> {
        let decided = self.decided();
        RULES.iter().filter(|rule| !decided.contains(rule)).copied().collect()
    }
}

async fn load(state: &AppState, visitor: &Visitor, case: &str, kind: Kind, f: Fields) -> Result<FormPage, WebError> {
    let (who, id) = (visitor.principal.clone(), CaseId::new(case));
    if kind == Kind::Objection {
        visitor.signed_in()?;
    }
    let (c, terms) = state.run(move |app| Ok((app.load_case(&who, &id)?, app.remedy_terms(&who, &id)?))).await?;
    if kind == Kind::Objection {
        of_own_shop(visitor, &c.order)?;
    }
    let p = visitor.page(state, &format!("hearing.{}.title", kind.code()));
    Ok(FormPage {
        p,
        open: c.actions.contains(&kind.action()),
        c,
        terms,
        key: fresh_key(),
        kind: kind.code(),
        grounds: kind.grounds(),
        evidence_kinds: evidence_kinds(),
        base: kind.case_page(case),
        filled: false,
        f,
    })
}

async fn appeal(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>) -> Web {
    html(&load(&state, &visitor, &case, Kind::Appeal, Fields::default()).await?)
}

async fn complaint(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>) -> Web {
    html(&load(&state, &visitor, &case, Kind::Complaint, Fields::default()).await?)
}

async fn objection(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>) -> Web {
    html(&load(&state, &visitor, &case, Kind::Objection, Fields::default()).await?)
}

async fn send_appeal(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(case): Path<String>,
    form: Multipart,
) -> Web {
    send(&state, &visitor, &case, Kind::Appeal, form).await
}

async fn send_complaint(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(case): Path<String>,
    form: Multipart,
) -> Web {
    send(&state, &visitor, &case, Kind::Complaint, form).await
}

async fn send_objection(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(case): Path<String>,
    form: Multipart,
) -> Web {
    send(&state, &visitor, &case, Kind::Objection, form).await
}

fn input_of(kind: Kind, f: &Fields) -> yuanlu_app::Result<RemedyInput> {
    let ground = match kind {
        Kind::Objection => RemedyGround::LostDecision.code().to_owned(),
        Kind::Appeal | Kind::Complaint => f.optional("ground").ok_or(AppError::invalid("ground", "required"))?,
    };
    // An appeal's form takes no complaint.
    if !kind.grounds().contains(&ground.as_str()) {
        return Err(AppError::invalid("ground", "unknown"));
    }
    let named = RemedyGround::parse(&ground).is_some_and(RemedyGround::needs_rule);
    Ok(RemedyInput {
        ground,
        rule: f.optional("rule").filter(|_| named),
        amount: f.optional("amount"),
        words: f.text("words").to_owned(),
        evidence: f.all("evidence").map(str::to_owned).collect(),
    })
}

async fn send(state: &AppState, visitor: &Visitor, case: &str, kind: Kind, form: Multipart) -> Web {
    // Files of people who have no business here are not even read.
    load(state, visitor, case, kind, Fields::default()).await?;
    let (mut fields, files) = read_multipart(state, form).await?;
    let id = CaseId::new(case);
    let (order, _) = id.parts().ok_or(AppError::NotFound)?;
    let stored = store_files(state, visitor, &order, &mut fields, files).await;
    let outcome = match stored.and_then(|()| input_of(kind, &fields)) {
        Ok(input) => {
            let (who, key) = (visitor.principal.clone(), fields.optional("key"));
            state.run(move |app| app.open_remedy(&who, &id, &input, key.as_deref())).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => Ok(go_and_say(&kind.case_page(case), kind.done())),
        Err(error) if mendable(&error) => {
            let page = load(state, visitor, case, kind, fields).await?;
            let p = page.p.clone().refused(&error);
            html_with(status(&error), &FormPage { p, open: true, filled: true, ..page })
        }
        Err(error) => Err(error.into()),
    }
}

async fn withdraw(State(state): State<AppState>, visitor: Visitor, Path(case): Path<String>, fields: Fields) -> Web {
    take_back(&state, &visitor, &case, Kind::Appeal, &fields).await
}

async fn withdraw_objection(
    State(state): State<AppState>,
    visitor: Visitor,
    Path(case): Path<String>,
    fields: Fields,
) -> Web {
    visitor.signed_in()?;
    take_back(&state, &visitor, &case, Kind::Objection, &fields).await
}

async fn take_back(state: &AppState, visitor: &Visitor, case: &str, kind: Kind, fields: &Fields) -> Web {
    let (who, id, key) = (visitor.principal.clone(), CaseId::new(case), fields.optional("key"));
    state.run(move |app| app.withdraw_remedy(&who, &id, key.as_deref())).await?;
    Ok(go_and_say(&kind.case_page(case), said("remedy_withdrawn")))
}
