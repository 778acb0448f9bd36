//! What the pages about policies share: conditions, facts, outcomes and numbers in words.

use crate::page::Page;
use serde_json::Value;
use yuanlu_app::views::{ConditionView, MoneyView, PolicyView, RuleView, TermsView, TraceRow};
use yuanlu_money::Currency;

/// The sentences of the rules page by sections; each names the numbers it holds as `{parameter}`.
pub const SECTIONS: &[(&str, &[&str])] = &[
    ("time", &["payment", "promise", "completion", "window", "warranty", "unrevealed"]),
    ("fee", &["fee"]),
    (
        "who",
        &["seller", "offers", "review", "idle", "take_back", "supplement", "withdraw", "large", "second", "reminder"],
    ),
    ("no", &["person", "appeal", "complaint", "panel", "objection", "small_house"]),
    ("money", &["route", "coupon", "balance", "top_up", "settle", "deposit", "withdrawal"]),
    ("conduct", &["credit", "buyer_points", "conduct", "restricted", "payers", "seller_points"]),
];

/// A number of the policy as people read it.
pub fn number(p: &Page, name: &str, value: i64) -> String {
    match name {
        _ if name.ends_with("_basis_points") => p.percent(&u32::try_from(value).unwrap_or_default()),
        _ if name.ends_with("_minor") => p.money(&MoneyView::new(value, Currency::Cny)),
        _ if name.ends_with("_points") => value.abs().to_string(),
        _ => value.to_string(),
    }
}

/// A sentence of the rules page; none where the policy does not hold one of its numbers.
pub fn line(p: &Page, policy: &PolicyView, key: &str) -> Option<String> {
    let text = p.t(&format!("rules.line.{key}")).to_owned();
    let filled = policy.parameters.iter().fold(text, |text, (name, value)| {
        let place = format!("{{{name}}}");
        if text.contains(&place) { text.replace(&place, &number(p, name, *value)) } else { text }
    });
    (!filled.contains('{')).then_some(filled)
}

/// The value of a fact.
pub fn value(p: &Page, fact: &str, value: &Value) -> String {
    match (fact, value) {
        ("reason", Value::String(code)) => p.code("reason", code),
        ("unit_state", Value::String(code)) => p.code("unit", code),
        ("delivery_event", Value::String(code)) => p.t(&format!("policy.event.{code}")).to_owned(),
        (_, Value::String(code)) => code.clone(),
        (_, Value::Bool(yes)) => p.t(if *yes { "common.yes" } else { "common.no" }).to_owned(),
        ("amount_minor", Value::Number(number)) => {
            p.money(&MoneyView::new(number.as_i64().unwrap_or_default(), Currency::Cny))
        }
        (name, Value::Number(number)) if name.ends_with("_bp") => {
            p.percent(&number.as_u64().and_then(|bp| u32::try_from(bp).ok()).unwrap_or_default())
        }
        (_, other) => other.to_string(),
    }
}

/// A condition: `Reason: Changed my mind`.
pub fn condition(p: &Page, c: &ConditionView) -> String {
    let values: Vec<String> = c.values.iter().map(|v| value(p, c.fact, v)).collect();
    let text = p.say(&format!("policy.op.{}", c.op)).with("fact", p.either(c.zh, c.en));
    text.with("value", values.join(p.t("policy.op.or"))).into()
}

/// Several conditions, all of which hold.
pub fn conditions(p: &Page, all: &[ConditionView]) -> String {
    let words: Vec<String> = all.iter().map(|one| condition(p, one)).collect();
    if words.is_empty() { p.t("policy.op.always").to_owned() } else { words.join(p.t("policy.op.and")) }
}

/// What follows from a row.
pub fn then(p: &Page, code: &str) -> String {
    p.t(&format!("policy.then.{code}")).to_owned()
}

/// How a row fared.
pub fn fared(p: &Page, row: &TraceRow) -> String {
    match (&row.failed, &row.found) {
        (Some(failed), Some(found)) => {
            let sentence = p.say("policy.bench.failed").with("condition", condition(p, failed));
            sentence.with("found", value(p, failed.fact, found)).into()
        }
        _ => p.t("policy.bench.fits").to_owned(),
    }
}

/// A row's sentence with words where a decision has its own amounts and dates.
pub fn sentence(p: &Page, policy: &PolicyView, rule: &RuleView) -> String {
    let of = |name: &str| policy.parameters.get(name).map(|value| number(p, name, *value)).unwrap_or_default();
    let until = p.t("rules.until_shown");
    let text = p.either(&rule.zh, &rule.en).to_owned();
    [
        ("{amount}", "X"),
        ("{fee}", "Y"),
        ("{fee_percent}", &of("fee_basis_points")),
        ("{window_days}", &of("window_days")),
        ("{promise_until}", until),
        ("{window_until}", until),
    ]
    .into_iter()
    .fold(text, |text, (placeholder, words)| text.replace(placeholder, words))
}

/// The terms of a product that says nothing of its own, to be shown as every product's are.
pub fn plain_terms(policy: &PolicyView) -> TermsView {
    let of = |name: &str| policy.parameters.get(name).and_then(|value| u32::try_from(*value).ok()).unwrap_or_default();
    TermsView {
        kind: "game_card",
        delivery: "code",
        delivery_event: "code_revealed",
        face: None,
        price: MoneyView::new(0, Currency::Cny),
        promise_hours: of("promise_hours"),
        window_days: of("window_days"),
        warranty_days: 0,
        fee_basis_points: of("fee_basis_points"),
        special: None,
        self_operated: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Locale;
    use yuanlu_domain::policy::{Fact, FactKind, Policy};

    /// A number that the policy holds and the page does not tell would be a rule nobody can know.
    #[test]
    fn every_number_has_its_sentence_in_both_languages() {
        for locale in Locale::ALL {
            let lines: Vec<&str> = SECTIONS.iter().flat_map(|(_, lines)| *lines).copied().collect();
            let all: String = lines.iter().map(|key| locale.t(&format!("rules.line.{key}")).to_owned()).collect();
            let untold: Vec<String> = Policy::builtin()
                .parameters()
                .by_name()
                .into_keys()
                .filter(|name| !all.contains(&format!("{{{name}}}")))
                .collect();
            assert!(untold.is_empty(), "write a sentence `rules.line.…` for {untold:?} and list it in SECTIONS");
        }
    }

    #[test]
    fn every_value_of_a_fact_has_a_word() {
        for fact in Fact::ALL {
            let FactKind::OneOf(codes) = fact.kind() else { continue };
            for code in codes {
                let key = match fact.id() {
                    "reason" => format!("code.reason.{code}"),
                    "unit_state" => format!("code.unit.{code}"),
                    "delivery_event" => format!("policy.event.{code}"),
                    other => panic!("say how values of {other} are written"),
                };
                assert!(Locale::Zh.has(&key), "{key}");
            }
        }
    }
}
