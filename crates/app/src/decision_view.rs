//! Why a case was decided as it was, and how its money adds up.

use crate::payout_view::payout_view;
use crate::policy_view::trace_views;
use crate::principal::Principal;
use crate::views::{AwardView, BreakdownView, DecisionView, LineView, MoneyView};
use yuanlu_domain::case::{Case, DecidedBy, Decision, UnitAward};
use yuanlu_domain::order_file::{OrderFile, OrderStatus};
use yuanlu_domain::policy::{Policy, Text};
use yuanlu_domain::time::Instant;
use yuanlu_money::{BasisPoints, Money};

pub(crate) fn decision_view(
    file: &OrderFile,
    case: &Case,
    decision: &Decision,
    policy: &Policy,
    words: Option<String>,
    staff: bool,
) -> DecisionView {
    let text = policy.eligibility().rows().iter().find(|row| row.id == decision.row).map(|row| &row.text);
    let by_table = matches!(decision.by, DecidedBy::Automatic);
    let (sentence_zh, sentence_en) = match text.filter(|_| by_table) {
        Some(text) => {
            let sums = Sums::of(file, &case.units, &decision.awards);
            (sums.fill(&text.zh), sums.fill(&text.en))
        }
        None => (String::new(), String::new()),
    };
    DecisionView {
        at: decision.at.into(),
        by: decision.by.code(),
        row: decision.row.clone(),
        rules: decision.rules.clone(),
        sentence_zh,
        sentence_en,
        policy: decision.policy.clone(),
        facts: decision.facts.clone(),
        code: decision.code.map(|code| code.code()),
        words,
        answers: decision.answers.filter(|_| staff).map(|a| [a.order_state, a.evidence, a.ground]),
        trace: if staff { trace_views(policy, &decision.facts) } else { Vec::new() },
    }
}

/// The values of the placeholders in the policy's sentences.
pub(crate) struct Sums {
    amount: String,
    fee: String,
    fee_percent: String,
    promise_until: String,
    window_until: String,
    window_days: String,
}

impl Sums {
    pub(crate) fn of(file: &OrderFile, units: &[u16], awards: &[UnitAward]) -> Self {
        let fee: i64 = awards.iter().map(|award| award.fee_minor).sum();
        let net: i64 = awards.iter().map(|award| award.approved_minor).sum::<i64>() - fee;
        let terms = units.first().and_then(|no| file.unit(*no)).and_then(|unit| file.item_of(unit)).map(|i| &i.terms);
        let fee_percent = terms.and_then(|terms| BasisPoints::new(terms.fee_basis_points).ok());
        let promise = terms.zip(file.status.paid_at()).map(|(t, paid)| paid.plus_hours(i64::from(t.promise_hours)));
        let window = match &file.status {
            OrderStatus::Completed { window_until, .. } => Some(window_until.last_instant()),
            _ => None,
        };
        Self {
            amount: Money::new(net, file.currency).to_string(),
            fee: Money::new(fee, file.currency).to_string(),
            fee_percent: fee_percent.map(|percent| percent.to_string()).unwrap_or_default(),
            promise_until: promise.map(Instant::minute_text).unwrap_or_default(),
            window_until: window.map(Instant::minute_text).unwrap_or_default(),
            window_days: terms.map(|terms| terms.window_days.to_string()).unwrap_or_default(),
        }
    }

    pub(crate) fn fill(&self, sentence: &str) -> String {
        Text::fill(
            sentence,
            &[
                ("amount", &self.amount),
                ("fee", &self.fee),
                ("fee_percent", &self.fee_percent),
                ("promise_until", &self.promise_until),
                ("window_until", &self.window_until),
                ("window_days", &self.window_days),
            ],
        )
    }
}

pub(crate) fn breakdown(who: &Principal, file: &OrderFile, case: &Case, lines: &[LineView]) -> BreakdownView {
    let money = |minor| MoneyView::new(minor, file.currency);
    let award = |award: &UnitAward| {
        let unit = file.unit(award.unit);
        AwardView {
            unit: award.unit,
            title: unit.and_then(|u| lines.get(usize::from(u.item))).map(|l| l.title.clone()).unwrap_or_default(),
            paid: money(unit.map_or(award.refundable_minor, |unit| unit.paid_minor)),
            approved: money(award.approved_minor),
            fee: money(award.fee_minor),
        }
    };
    BreakdownView {
        lines: case.decisions.iter().flat_map(|decision| &decision.awards).map(award).collect(),
        gross: money(case.approved_minor()),
        fee: money(case.fee_minor()),
        net: money(case.net_minor()),
        refused: money(case.refused_minor()),
        destinations: file.payouts_of(case.ordinal).map(|payout| payout_view(who, file, payout)).collect(),
    }
}
