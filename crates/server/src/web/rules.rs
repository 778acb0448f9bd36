//! The rules for everybody, written from the policy itself: the version in force, and every other at its own address.

use super::policy_words::{self as words, SECTIONS};
use crate::AppState;
use crate::page::{Page, Web, html};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use yuanlu_app::views::{ArrivalView, FiguresView, PolicyVersion, PolicyView, RuleView, TermsView};

/// Pages of the rules.
pub fn router() -> Router<AppState> {
    Router::new().route("/rules", get(current)).route("/rules/{hash}", get(version))
}

#[derive(Template)]
#[template(path = "public/rules.html")]
struct RulesPage {
    p: Page,
    policy: PolicyView,
    versions: Vec<PolicyVersion>,
    figures: FiguresView,
    terms: TermsView,
    events: [&'static str; 3],
    /// Heading and sentences.
    sections: Vec<(String, Vec<String>)>,
}

impl RulesPage {
    fn sentence(&self, rule: &RuleView) -> String {
        words::sentence(&self.p, &self.policy, rule)
    }

    fn when(&self, rule: &RuleView) -> String {
        words::conditions(&self.p, &rule.when)
    }

    fn then(&self, rule: &RuleView) -> String {
        words::then(&self.p, rule.then)
    }

    fn rows_of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a RuleView> {
        self.policy.rules.iter().filter(move |rule| rule.table == table)
    }

    fn state(&self, state: &str) -> String {
        self.p.t(&format!("policy.state.{state}")).to_owned()
    }

    /// Versions that are published and not yet in force, the next first.
    fn coming(&self) -> Vec<&PolicyVersion> {
        self.versions.iter().rev().filter(|one| one.state == "coming" && one.hash != self.policy.hash).collect()
    }

    fn usual(&self, line: &ArrivalView) -> String {
        match (line.typical_from, line.typical_to) {
            (0, 0) => self.p.t("rules.at_once").to_owned(),
            (from, to) if from == to => self.p.say("rules.days").with("n", to).into(),
            (from, to) => self.p.say("rules.days").with("n", format!("{from}–{to}")).into(),
        }
    }

    fn latest(&self, line: &ArrivalView) -> String {
        match line.hard {
            0 => self.p.t("rules.at_once").to_owned(),
            days => self.p.say("rules.days").with("n", days).into(),
        }
    }

    /// A rule's anchor stands once, where the rule is first named.
    fn first_of(&self, rule: &RuleView, id: &str) -> bool {
        let first = self.policy.rules.iter().find(|r| r.rules.iter().any(|named| named == id));
        first.is_some_and(|first| std::ptr::eq(first, rule))
    }
}

/// `GET /rules`
async fn current(State(state): State<AppState>, visitor: Visitor) -> Web {
    show(&state, &visitor, None).await
}

/// `GET /rules/{hash}`
async fn version(State(state): State<AppState>, visitor: Visitor, Path(hash): Path<String>) -> Web {
    show(&state, &visitor, Some(hash)).await
}

async fn show(state: &AppState, visitor: &Visitor, hash: Option<String>) -> Web {
    let (policy, versions, figures) = state
        .run(move |app| {
            let policy = match &hash {
                Some(hash) => app.policy_version(hash)?,
                None => app.policy()?,
            };
            Ok((policy, app.policy_versions()?, app.figures()?))
        })
        .await?;
    let p = visitor.page(state, "rules.title");
    let section = |(name, lines): &(&str, &[&str])| {
        let told = lines.iter().filter_map(|key| words::line(&p, &policy, key)).collect();
        (p.t(&format!("rules.section.{name}")).to_owned(), told)
    };
    let sections = SECTIONS.iter().map(section).collect();
    let terms = words::plain_terms(&policy);
    let events = ["code_revealed", "code_generated", "credited"];
    html(&RulesPage { p, policy, versions, figures, terms, events, sections })
}
