//! Lists as files for those who run the platform: versions of the rules, days of bills, texts of answers.

use super::{export, whole};
use crate::AppState;
use crate::csv::Csv;
use crate::page::{Page, Web};
use crate::visitor::Visitor;
use crate::web::staff::policies;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use yuanlu_app::views::{BillDayView, PolicyVersion, ReplyTemplate, UnmatchedView};

/// Lists as files.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/staff/policies.csv", get(versions))
        .route("/staff/bills.csv", get(bill_days))
        .route("/staff/unmatched.csv", get(unmatched))
        .route("/staff/outside/templates.csv", get(templates))
}

/// `GET /staff/policies.csv`
async fn versions(State(state): State<AppState>, visitor: Visitor) -> Web {
    visitor.signed_in()?;
    policies::permitted(&visitor)?;
    export(state, visitor, "policies", |app, _, _| app.policy_versions().map(whole), version_rows).await
}

/// `GET /staff/bills.csv`: the days; `/staff/exceptions.csv` holds what differs.
async fn bill_days(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "bills", |app, who, _| app.bill_days(who).map(whole), bill_rows).await
}

/// `GET /staff/unmatched.csv`
async fn unmatched(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "unmatched", |app, who, _| app.unmatched(who).map(whole), unmatched_rows).await
}

/// `GET /staff/outside/templates.csv`
async fn templates(State(state): State<AppState>, visitor: Visitor) -> Web {
    export(state, visitor, "templates", |app, who, _| app.reply_templates(who).map(whole), template_rows).await
}

fn version_rows(p: &Page, rows: Vec<PolicyVersion>) -> Csv {
    let keys = ["rules.col_version", "rules.col_state", "rules.col_since", "rules.col_published", "rules.hash"];
    let mut csv = Csv::new(keys.map(|key| p.t(key)));
    for one in rows {
        let state = p.t(&format!("policy.state.{}", one.state)).to_owned();
        csv.row([one.version, state, p.date(&one.since), p.at(&one.published_at), one.hash]);
    }
    csv
}

/// A line a currency; a bill without entries has one line too.
fn bill_rows(p: &Page, rows: Vec<BillDayView>) -> Csv {
    let keys = ["bill.day", "case.route", "bill.kind", "bill.state", "bill.fault", "bill.lines", "bill.agree"];
    let sums = ["bill.differ", "bill.payments_n", "bill.payments", "bill.refunds_n", "bill.refunds", "common.currency"];
    let mut csv = Csv::new(keys.iter().chain(&sums).map(|key| p.t(key)));
    for one in rows {
        let known = [
            one.day,
            p.code("tender", &one.channel),
            p.code("bill_kind", one.kind),
            p.code("bill_state", one.state),
            one.fault.map(|fault| p.code("bill_fault", &fault)).unwrap_or_default(),
            one.lines.to_string(),
            one.matched.to_string(),
            one.differences.to_string(),
        ];
        let sums = one.theirs.into_iter().map(|sum| {
            let (payments, refunds) = (sum.payments.to_string(), sum.refunds.to_string());
            let currency = sum.payments_sum.currency.to_owned();
            [payments, sum.payments_sum.text, refunds, sum.refunds_sum.text, currency]
        });
        let mut sums: Vec<_> = sums.collect();
        sums.resize_with(sums.len().max(1), Default::default);
        for sum in sums {
            csv.row(known.iter().chain(&sum));
        }
    }
    csv
}

fn unmatched_rows(p: &Page, rows: Vec<UnmatchedView>) -> Csv {
    let keys = ["case.route", "bill.said", "bill.number", "bill.amount", "common.currency", "bill.seen"];
    let mut csv = Csv::new(keys.map(|key| p.t(key)));
    for one in rows {
        let (amount, currency) = one.amount.map(|sum| (sum.text, sum.currency.to_owned())).unwrap_or_default();
        csv.row([p.code("tender", &one.channel), one.about, one.number, amount, currency, p.at(&one.seen_at)]);
    }
    csv
}

fn template_rows(p: &Page, rows: Vec<ReplyTemplate>) -> Csv {
    let keys = ["outside.template_no", "outside.agency", "outside.template_title_zh", "outside.template_title_en"];
    let texts = ["outside.template_zh", "outside.template_en"];
    let mut csv = Csv::new(keys.iter().chain(&texts).map(|key| p.t(key)));
    for one in rows {
        let agency = one.agency.map_or_else(|| p.t("outside.every_agency").to_owned(), |code| p.code("agency", &code));
        csv.row([one.id, agency, one.title_zh, one.title_en, one.zh, one.en]);
    }
    csv
}
