//! The administrator's bench: a text of the rules is checked, tried on past decisions, and published with notice.

use crate::AppState;
use crate::form::Fields;
use crate::page::{Page, Web, html, html_with, said};
use crate::visitor::Visitor;
use crate::web::desk::done;
use crate::web::policy_words as words;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use yuanlu_app::views::{
    ConditionView, MoneyView, ParameterChangeView, PolicyChangeView, PolicyVersion, ReplayGroup, ReplayView,
};
use yuanlu_app::{Action, AppError, Decision, Object, authorize};

#[derive(Template)]
#[template(path = "staff/policies.html")]
struct Policies {
    p: Page,
    versions: Vec<PolicyVersion>,
    text: String,
    from: String,
    problem: Option<String>,
    change: Option<PolicyChangeView>,
    replay: Option<ReplayView>,
}

impl Policies {
    fn word(&self, kind: &str, code: &str) -> String {
        self.p.t(&format!("policy.{kind}.{code}")).to_owned()
    }

    fn tone(&self, effect: &str) -> &'static str {
        match effect {
            "shrinks" => "bad",
            "unclear" => "warn",
            "widens" => "good",
            _ => "",
        }
    }

    fn value(&self, change: &ParameterChangeView, value: &Option<i64>) -> String {
        value.map_or_else(|| "—".to_owned(), |value| words::number(&self.p, &change.name, value))
    }

    fn example(&self, facts: &[ConditionView]) -> String {
        words::conditions(&self.p, facts)
    }

    fn days(&self, days: &[u32; 3]) -> String {
        let [from, to, latest] = days;
        format!("{from}–{to} / {latest}")
    }

    fn sums(&self, sums: &[MoneyView]) -> String {
        let sums: Vec<String> = sums.iter().map(|sum| self.p.money(sum)).collect();
        if sums.is_empty() { "—".to_owned() } else { sums.join(" + ") }
    }

    fn turns(&self, group: &ReplayGroup) -> String {
        format!("{} → {}", self.word("then", group.then_before), self.word("then", group.then_after))
    }
}

/// `GET /staff/policies`
pub async fn show(State(state): State<AppState>, visitor: Visitor) -> Web {
    page(&state, &visitor, &Fields::default(), None).await
}

/// `POST /staff/policies`: checks a text, or publishes it.
pub async fn prepare(State(state): State<AppState>, visitor: Visitor, f: Fields) -> Web {
    visitor.signed_in()?;
    if f.text("do") != "publish" {
        return page(&state, &visitor, &f, None).await;
    }
    let (who, text, from) = (visitor.principal.clone(), text_of(&f), f.optional("effective_from"));
    let outcome = state.run(move |app| app.publish_policy(&who, &text, from.as_deref())).await;
    match done(outcome, "/staff/policies", said("published")) {
        Ok(answer) => answer,
        Err(refused) => page(&state, &visitor, &f, Some(refused)).await,
    }
}

/// A browser sends line breaks as CR LF; a text published twice shall have one hash.
fn text_of(f: &Fields) -> String {
    f.raw("policy").replace("\r\n", "\n")
}

/// Whether this person prepares rules.
pub fn permitted(visitor: &Visitor) -> yuanlu_app::Result<()> {
    match authorize(&visitor.principal, Action::ManagePolicies, &Object::Nothing) {
        Decision::Allow => Ok(()),
        Decision::NeedsSecondFactor => Err(AppError::NeedsSecondFactor),
        Decision::NotFound | Decision::Forbidden => Err(AppError::Forbidden),
    }
}

async fn page(state: &AppState, visitor: &Visitor, f: &Fields, refused: Option<(AppError, StatusCode)>) -> Web {
    visitor.signed_in()?;
    permitted(visitor)?;
    let (who, given) = (visitor.principal.clone(), text_of(f));
    let (versions, text, check, replay) = state
        .run(move |app| {
            let versions = app.policy_versions()?;
            if given.trim().is_empty() {
                let latest = versions.first().map(|one| one.hash.clone()).unwrap_or_default();
                let text = app.policy_of(&latest)?.text().to_owned();
                return Ok((versions, text, None, None));
            }
            let check = app.check_policy(&who, &given)?;
            let tried = check.change.is_some().then(|| app.replay_policy(&who, &given)).transpose()?;
            Ok((versions, given, Some(check), tried))
        })
        .await?;
    let p = visitor.page(state, "policy.bench.title");
    let (p, code) = match refused {
        Some((error, code)) => (p.refused(&error), code),
        None => (p, StatusCode::OK),
    };
    let (problem, change) = check.map(|check| (check.problem, check.change)).unwrap_or_default();
    let code = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { code };
    let from = f.optional("effective_from").or(change.as_ref().map(|change| {
        // Dates of this form sort as days do.
        change.effective_from.clone().max(change.earliest.clone())
    }));
    let shown = Policies { p, versions, text, from: from.unwrap_or_default(), problem, change, replay };
    if code == StatusCode::OK { html(&shown) } else { html_with(code, &shown) }
}
