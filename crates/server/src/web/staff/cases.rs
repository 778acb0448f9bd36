//! One case as a judge sees it: everything on one page, and what he can do with it.

use crate::AppState;
use crate::form::{Fields, fresh_key};
use crate::page::{Page, Said, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::{done, first};
use crate::web::refund::evidence_kinds;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use yuanlu_app::inputs::{AnswersInput, ApproveInput, AskInput, DismissInput, ManyInput, RejectInput, UpholdInput};
use yuanlu_app::views::{CaseSummary, CaseView, EvidenceView, OrganisationRef, TraceRow};
use yuanlu_app::{App, AppError, PreparedReason, Principal, Wanted};
use yuanlu_domain::Role;
use yuanlu_domain::case::RejectCode;
use yuanlu_domain::ids::{AccountId, CaseId};

#[derive(Template)]
#[template(path = "staff/case.html")]
struct One {
    p: Page,
    c: CaseView,
    f: Fields,
    key: String,
    kinds: Vec<&'static str>,
    codes: Vec<&'static str>,
    /// Rules a rejection can rest on.
    clauses: Vec<&'static str>,
    /// Cases about codes of the same batch that can be decided alike.
    alike: Vec<CaseSummary>,
    /// Arbitrators who can be invited: account, name, organisation.
    arbitrators: Vec<(String, String, OrganisationRef)>,
    facts: Option<String>,
    /// What helps a claim for this reason.
    wanted: Vec<Wanted>,
    /// Sentences that stand ready.
    prepared: Vec<PreparedReason>,
    /// The next case of the same desk that nobody works on.
    next: Option<String>,
}

impl One {
    /// Whether a kind is asked for: as ticked, or, on a fresh form, as the table for this reason says.
    fn asks_for(&self, kind: &str) -> bool {
        let fresh = self.f.0.is_empty();
        self.f.chosen("wanted", kind) || (fresh && self.lacks(kind))
    }

    /// Wanted for this reason, and not among the buyer's files.
    fn lacks(&self, kind: &str) -> bool {
        let given = self.c.evidence.iter().any(|file| file.by == "buyer" && file.kind == kind);
        !given && self.wanted.iter().any(|one| one.kind == kind)
    }

    /// The turn is one of the desks'.
    fn is_ours(&self) -> bool {
        self.c.turn.as_ref().is_some_and(|turn| matches!(turn.who, "reviewer" | "senior_reviewer" | "risk"))
    }

    /// What the program knows about a case that it leaves to a person: question and answer.
    fn known(&self) -> Vec<(&str, String)> {
        let (p, c) = (&self.p, &self.c);
        let yes = |held: bool| p.t(if held { "common.yes" } else { "common.no" }).to_owned();
        let units: Vec<_> = c.order.units.iter().filter(|unit| c.units.contains(&unit.no)).collect();
        let of = |n: usize| p.say("staff.known.of").with("n", n).with("all", units.len()).to_string();
        let files = |side: &str| c.evidence.iter().filter(|file| file.by == side).count();
        let window = match &c.order.window_until {
            Some(due) => yes(c.summary.applied_at <= due.at),
            None => p.t("staff.known.not_begun").to_owned(),
        };
        let fees = c.order.lines.iter().map(|line| p.percent(&line.terms.fee_basis_points));
        let answered = c.timeline.iter().any(|step| step.code == "seller_contested");
        vec![
            (p.t("staff.known.delivered"), of(units.iter().filter(|unit| unit.available_at.is_some()).count())),
            (p.t("staff.known.revealed"), of(units.iter().filter(|unit| unit.revealed_at.is_some()).count())),
            (p.t("staff.known.completed"), of(units.iter().filter(|unit| unit.completed_at.is_some()).count())),
            (p.t("staff.known.window"), window),
            (p.t("staff.known.confirmed"), yes(c.order.lines.iter().all(|line| line.confirmed))),
            (p.t("staff.known.fee"), fees.collect::<Vec<_>>().join(" / ")),
            (p.t("staff.known.contested"), yes(answered)),
            (
                p.t("staff.known.files"),
                p.say("staff.known.files_of").with("buyer", files("buyer")).with("seller", files("seller")).into(),
            ),
        ]
    }

    /// How a row of the policy fared.
    fn fared(&self, row: &TraceRow) -> String {
        crate::web::policy_words::fared(&self.p, row)
    }

    /// The units of a trace: `#1, #2`.
    fn numbers(&self, units: &[u16]) -> String {
        units.iter().map(|no| format!("#{no}")).collect::<Vec<_>>().join(", ")
    }

    fn can_pay(&self) -> bool {
        ["approve_payout", "resume_payout"].iter().any(|act| self.c.actions.contains(act))
    }

    fn can_judge(&self) -> bool {
        const ACTS: [&str; 10] = [
            "claim",
            "approve",
            "reject",
            "ask_material",
            "ask_issuers",
            "pass_to_seller",
            "uphold",
            "take_back",
            "refer_to_panel",
            "invite_arbitrator",
        ];
        ACTS.iter().any(|act| self.c.actions.contains(act)) || self.c.proposal.is_some()
    }

    /// The uploaded pictures, to be laid beside the page as it was sold.
    fn pictures(&self) -> impl Iterator<Item = &EvidenceView> {
        self.c.evidence.iter().filter(|file| file.media_type.starts_with("image/"))
    }

    fn is_objection(&self) -> bool {
        self.c.hearing == Some("objection")
    }
}

/// `GET /staff/cases/{case}`
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
    // A buyer's own case has another page; this one shows what only staff may see.
    if !visitor.signed_in()?.is_staff() {
        return Err(AppError::NotFound.into());
    }
    let who = visitor.principal.clone();
    let (c, arbitrators, alike, wanted, prepared, next) = state
        .run(move |app| {
            let c = app.load_case(&who, &id)?;
            let invites = c.actions.contains(&"invite_arbitrator");
            let arbitrators = if invites { app.arbitrators(&who)? } else { Vec::new() };
            let judges = c.actions.contains(&"approve");
            let alike = if judges { app.same_batch(&who, &id)? } else { Vec::new() };
            let wanted = app.wanted_material()?.remove(c.summary.reason).unwrap_or_default();
            let prepared = app.prepared_reasons()?;
            let next = next_of(app, &who, &c)?;
            Ok((c, arbitrators, alike, wanted, prepared, next))
        })
        .await?;
    let p = visitor.page(state, "staff.case.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let facts = c.decision.as_ref().and_then(|d| serde_json::to_string_pretty(&d.facts).ok());
    let one = One {
        key: fresh_key(),
        p: p.titled(&c.summary.title),
        c,
        f,
        kinds: evidence_kinds(),
        codes: RejectCode::ALL.iter().map(|code| code.code()).collect(),
        clauses: vec!["R5", "R7", "R8", "R9", "R11", "R12", "R22", "R23", "R25"],
        arbitrators,
        alike,
        wanted,
        prepared,
        next,
        facts: facts.filter(|text| text != "null" && text != "{}"),
    };
    if code == StatusCode::OK { html(&one) } else { html_with(code, &one) }
}

/// The most urgent case of the same desk, or of the one the judge sits at, that nobody else works on.
fn next_of(app: &App, who: &Principal, c: &CaseView) -> yuanlu_app::Result<Option<String>> {
    let desk = c.desk.unwrap_or(match who.person() {
        Some(person) if person.has(Role::SeniorReviewer) => "senior",
        Some(person) if person.has(Role::Risk) && !person.has(Role::Reviewer) => "risk",
        _ => "review",
    });
    let waiting = app.queue(who, desk, &first(20))?.items;
    let own = app.me(who)?.login;
    let free = |one: &&CaseSummary| {
        one.case != c.summary.case && one.claimed_by.as_ref().is_none_or(|claimed| *claimed == own)
    };
    Ok(waiting.iter().find(free).map(|one| one.case.clone()))
}

/// Does one thing to a case, and shows it again.
async fn act<F>(state: AppState, visitor: Visitor, id: CaseId, f: Fields, said: Said, call: F) -> Web
where
    F: FnOnce(&App, &Principal, &CaseId, &Fields) -> yuanlu_app::Result<CaseView> + Send + 'static,
{
    visitor.signed_in()?;
    let (who, case, fields) = (visitor.principal.clone(), id.clone(), f.clone());
    let outcome = state.run(move |app| call(app, &who, &case, &fields)).await;
    match done(outcome, &format!("/staff/cases/{id}"), said) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, id, f, Some(refused)).await,
    }
}

/// `POST /staff/cases/{case}/claim`
pub async fn claim(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("taken"), |app, who, case, _| app.claim(who, case)).await
}

/// `POST /staff/cases/{case}/ask`
pub async fn ask_material(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("asked"), |app, who, case, f| {
        let input =
            AskInput { wanted: f.all("wanted").map(str::to_owned).collect(), words: f.text("ask_words").to_owned() };
        if input.wanted.is_empty() {
            return Err(AppError::invalid("wanted", "required"));
        }
        app.ask_material(who, case, &input)
    })
    .await
}

/// `POST /staff/cases/{case}/issuers`
pub async fn ask_issuers(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("issuers_asked"), |app, who, case, _| app.ask_issuers(who, case)).await
}

/// `POST /staff/cases/{case}/pass`
pub async fn pass(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("passed"), |app, who, case, _| app.pass_to_seller(who, case)).await
}

/// The three answers, under names that begin with `prefix`. Each must be given: nothing is chosen beforehand.
pub(crate) fn answers(f: &Fields, prefix: &str) -> yuanlu_app::Result<AnswersInput> {
    let answer = |name: &str| match f.text(&format!("{prefix}_{name}")) {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(AppError::invalid("answers", "required")),
    };
    Ok(AnswersInput { order_state: answer("order_state")?, evidence: answer("evidence")?, ground: answer("ground")? })
}

/// `POST /staff/cases/{case}/approve`
pub async fn approve(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("approved"), |app, who, case, f| {
        let input = ApproveInput {
            amount: f.optional("amount"),
            answers: answers(f, "approve")?,
            words: words_of(f, "approve"),
        };
        let key = f.optional("key");
        let decided = app.approve(who, case, &input, key.as_deref())?;
        let ApproveInput { amount, answers, words } = input;
        also(app, who, f, ManyInput { verdict: "approve".to_owned(), amount, answers, words, ..many(f) }, key)?;
        Ok(decided)
    })
    .await
}

/// `POST /staff/cases/{case}/reject`
pub async fn reject(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("rejected"), |app, who, case, f| {
        let input = RejectInput {
            clause: f.optional("clause"),
            code: f.text("code").to_owned(),
            answers: answers(f, "reject")?,
            words: words_of(f, "reject"),
        };
        match (input.code.is_empty(), input.words.is_empty()) {
            (true, _) => Err(AppError::invalid("code", "required")),
            (_, true) => Err(AppError::invalid("words", "required")),
            _ => {
                let key = f.optional("key");
                let decided = app.reject(who, case, &input, key.as_deref())?;
                let RejectInput { code, clause, answers, words } = input;
                let alike =
                    ManyInput { verdict: "reject".to_owned(), code: Some(code), clause, answers, words, ..many(f) };
                also(app, who, f, alike, key)?;
                Ok(decided)
            }
        }
    })
    .await
}

/// What was written; else the prepared sentence that was chosen, where no script had put it in its place.
fn words_of(f: &Fields, form: &str) -> String {
    let (written, prepared) = (f.text(&format!("{form}_words")), f.text(&format!("{form}_prepared")));
    if written.is_empty() { prepared.to_owned() } else { written.to_owned() }
}

/// Cases of the same batch that were ticked in this form.
fn many(f: &Fields) -> ManyInput {
    ManyInput {
        cases: f.all("also").map(str::to_owned).collect(),
        verdict: String::new(),
        amount: None,
        code: None,
        clause: None,
        answers: AnswersInput { order_state: false, evidence: false, ground: false },
        words: String::new(),
    }
}

/// Decides the ticked cases alike. What is refused for one of them stays in its queue.
fn also(app: &App, who: &Principal, f: &Fields, alike: ManyInput, key: Option<String>) -> yuanlu_app::Result<()> {
    match f.all("also").next() {
        Some(_) => app.decide_many(who, &alike, key.as_deref()).map(drop),
        None => Ok(()),
    }
}

/// `POST /staff/cases/{case}/uphold`
pub async fn uphold(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("decided"), |app, who, case, f| {
        let input = UpholdInput {
            amount: f.text("uphold_amount").to_owned(),
            answers: answers(f, "uphold")?,
            words: f.text("uphold_words").to_owned(),
        };
        app.uphold(who, case, &input, f.optional("key").as_deref())
    })
    .await
}

/// `POST /staff/cases/{case}/dismiss`
pub async fn dismiss(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("decided"), |app, who, case, f| {
        let input = DismissInput { answers: answers(f, "dismiss")?, words: f.text("dismiss_words").to_owned() };
        if input.words.is_empty() {
            return Err(AppError::invalid("words", "required"));
        }
        app.dismiss(who, case, &input, f.optional("key").as_deref())
    })
    .await
}

/// `POST /staff/cases/{case}/take-back`
pub async fn take_back(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("taken_back"), |app, who, case, _| app.take_back(who, case)).await
}

/// `POST /staff/cases/{case}/panel`
pub async fn refer(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("referred"), |app, who, case, _| app.refer_to_panel(who, case)).await
}

/// `POST /staff/cases/{case}/arbitrator`
pub async fn invite(State(state): State<AppState>, visitor: Visitor, Path(id): Path<CaseId>, f: Fields) -> Web {
    act(state, visitor, id, f, said("invited_arbitrator"), |app, who, case, f| {
        let arbitrator = f.optional("arbitrator").ok_or(AppError::invalid("arbitrator", "required"))?;
        app.invite_arbitrator(who, case, &AccountId::from(arbitrator))
    })
    .await
}
