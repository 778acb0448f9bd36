//! Pages for anyone: help, the rules in plain words, and the clock of a demo.

use crate::AppState;
use crate::form::{Fields, encode, own_path};
use crate::page::{Page, Web, go, html};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::{get, post};
use yuanlu_app::views::{FiguresView, PolicyView, RuleView};
use yuanlu_app::{AppError, MoveTo, Principal};

/// Pages for anyone.
pub fn router() -> Router<AppState> {
    Router::new().route("/help", get(help)).route("/rules", get(rules)).route("/demo/clock", post(move_clock))
}

#[derive(Template)]
#[template(path = "public/help.html")]
struct HelpPage {
    p: Page,
    topics: Vec<(String, String)>,
}

#[derive(Debug, Default, serde::Deserialize)]
struct HelpQuery {
    #[serde(default)]
    order: String,
}

/// With an order number: on to applying, by way of whatever proves that the order is his.
async fn help(State(state): State<AppState>, visitor: Visitor, Query(query): Query<HelpQuery>) -> Web {
    let order: String =
        query.order.trim().to_uppercase().chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    if !order.is_empty() {
        let form = format!("/o/{order}/refund");
        let known = match &visitor.principal {
            Principal::Person(_) => true,
            Principal::Guest(own) => own.as_str() == order,
            Principal::Anonymous | Principal::Program => false,
        };
        return Ok(go(&if known { form } else { format!("/find?order={order}&then={}", encode(&form)) }));
    }
    let topics = ["apply", "evidence", "time", "route", "balance", "person"]
        .map(|topic| ["q", "a"].map(|part| visitor.locale.t(&format!("rules.topic.{topic}.{part}")).to_owned()))
        .map(|[question, answer]| (question, answer));
    html(&HelpPage { p: visitor.page(&state, "rules.help.title"), topics: topics.to_vec() })
}

#[derive(Template)]
#[template(path = "public/rules.html")]
struct RulesPage {
    p: Page,
    policy: PolicyView,
    figures: FiguresView,
    plain: Vec<String>,
}

impl RulesPage {
    /// A row's sentence with words where a decision has its own amounts and dates.
    fn sentence(&self, rule: &RuleView) -> String {
        let fee = self.policy.text["parameters"]["fee_basis_points"].as_u64().and_then(|fee| u32::try_from(fee).ok());
        let until = self.p.t("rules.until_shown");
        let mut text = self.p.either(&rule.zh, &rule.en).to_owned();
        for (placeholder, words) in [
            ("{amount}", "X"),
            ("{fee}", "Y"),
            ("{fee_percent}", &fee.map(|fee| self.p.percent(&fee)).unwrap_or_default()),
            ("{promise_until}", until),
            ("{window_until}", until),
        ] {
            text = text.replace(placeholder, words);
        }
        text
    }

    /// A rule's anchor stands once, where the rule is first named.
    fn first_of(&self, rule: &RuleView, id: &str) -> bool {
        let first = self.policy.rules.iter().find(|r| r.rules.iter().any(|named| named == id));
        first.is_some_and(|first| first.row == rule.row)
    }
}

async fn rules(State(state): State<AppState>, visitor: Visitor) -> Web {
    let (policy, figures) = state.run(|app| Ok((app.policy()?, app.figures()?))).await?;
    let p = visitor.page(&state, "rules.title");
    let plain = plain_rules(&p, &policy.text);
    html(&RulesPage { p, policy, figures, plain })
}

/// The policy's numbers in sentences: key, and the placeholders with the parameters that fill them.
const PLAIN: &[(&str, &[(&str, &str)])] = &[
    ("window", &[("least", "least_window_days"), ("most", "most_window_days")]),
    ("completion", &[("hours", "completion_hours")]),
    ("fee", &[("fee", "most_fee_basis_points")]),
    ("unrevealed", &[("days", "without_confirmation_days")]),
    ("seller", &[("hours", "seller_answer_hours")]),
    ("review", &[("days", "review_working_days")]),
    ("supplement", &[("days", "supplement_working_days")]),
    ("appeal", &[("days", "appeal_working_days")]),
    ("route", &[]),
    ("balance", &[("years", "lot_years")]),
    ("settle", &[("days", "settlement_days")]),
];

/// A sentence whose number the policy does not hold is left out rather than shown with a gap.
fn plain_rules(p: &Page, policy: &serde_json::Value) -> Vec<String> {
    let parameter = |name: &str| policy["parameters"][name].as_u64();
    let sentence = |(key, values): &(&str, &[(&str, &str)])| {
        values.iter().try_fold(p.say(&format!("rules.line.{key}")), |sentence, (placeholder, name)| {
            let number = parameter(name)?;
            Some(match name.ends_with("basis_points") {
                true => sentence.with(placeholder, p.percent(&u32::try_from(number).ok()?)),
                false => sentence.with(placeholder, number),
            })
        })
    };
    PLAIN.iter().filter_map(sentence).map(String::from).collect()
}

async fn move_clock(State(state): State<AppState>, visitor: Visitor, fields: Fields) -> Web {
    let to = match fields.text("to") {
        "next" => MoveTo::NextDeadline,
        "hour" => MoveTo::Hours(1),
        "day" => MoveTo::Hours(24),
        _ => return Err(AppError::invalid("to", "unknown").into()),
    };
    state.run(move |app| app.move_clock(&visitor.principal, to)).await?;
    Ok(go(own_path(fields.text("back"))))
}
