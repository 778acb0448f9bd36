//! Past decisions by another policy (S30): the facts stored with each are judged again, and both verdicts are priced by
//! the same figures of the order. What people decided beyond the tables is not part of either sum.

use crate::errors::Result;
use crate::policy_view::Then;
use crate::views::{MoneyView, ReplayGroup, ReplayView};
use std::collections::{BTreeMap, HashMap};
use yuanlu_domain::case::{Case, Decision, Reason, UnitGround};
use yuanlu_domain::order_file::{OrderFile, Unit};
use yuanlu_domain::policy::{Basis, Facts, Outcome, Policy};
use yuanlu_money::{BasisPoints, Currency, Money};
use yuanlu_storage::{Db, Reader, order_file, policy};

/// Cases read at a time.
const BATCH: u32 = 256;
/// Cases named for each change.
const MOST_NAMED: usize = 20;

type GroupKey = (&'static str, String, String, &'static str, &'static str, Currency);

/// What is summed up on the way.
#[derive(Default)]
struct Sums {
    decisions: u64,
    left_out: u64,
    units: u64,
    changed: u64,
    paid: BTreeMap<&'static str, (Currency, i64, i64)>,
    groups: BTreeMap<(u8, String, String), (GroupKey, Group)>,
}

#[derive(Default)]
struct Group {
    units: u64,
    before: i64,
    after: i64,
    cases: Vec<String>,
}

/// Judges every stored decision again.
pub fn replay(db: &Db, new: &Policy) -> Result<ReplayView> {
    let mut sums = Sums::default();
    let mut known = HashMap::new();
    db.snapshot(|db| {
        let (mut after, mut last_order) = (String::new(), None);
        loop {
            let found = policy::list_cases(db, &after, BATCH)?;
            let Some((last, _)) = found.last() else { return Ok::<(), crate::AppError>(()) };
            after.clone_from(last);
            for (_, order) in &found {
                if last_order.as_ref() == Some(order) {
                    continue;
                }
                last_order = Some(order.clone());
                let Some(stored) = order_file::find(db, order)? else { continue };
                sums.file(db, &mut known, &stored.aggregate, new)?;
            }
        }
    })?;
    Ok(sums.view())
}

impl Sums {
    fn file(
        &mut self,
        db: &Reader<'_>,
        known: &mut HashMap<String, Option<Policy>>,
        file: &OrderFile,
        new: &Policy,
    ) -> Result<()> {
        for case in &file.cases {
            // Later decisions of a case are people's, on what the first was about.
            let with_facts = case.decisions.iter().find(|decision| !decision.facts.is_empty());
            let Some(decision) = with_facts.or(case.decisions.first()) else { continue };
            self.decisions += 1;
            if !known.contains_key(&decision.policy) {
                let text = policy::find(db, &decision.policy)?;
                known.insert(decision.policy.clone(), text.and_then(|text| Policy::load(&text).ok()));
            }
            match known.get(&decision.policy) {
                Some(Some(old)) if !decision.facts.is_empty() => self.decision(file, case, decision, old, new),
                _ => self.left_out += 1,
            }
        }
        Ok(())
    }

    fn decision(&mut self, file: &OrderFile, case: &Case, decision: &Decision, old: &Policy, new: &Policy) {
        let (mut left_before, mut left_after) = (case.claimed_minor, case.claimed_minor);
        for ground in &decision.facts {
            let facts = facts_under(ground, new);
            let (was, will) = (old.judge(&ground.facts), new.judge(&facts));
            let (asked, would_ask) = (old.route(&ground.facts), new.route(&facts));
            for unit in ground.units.iter().filter_map(|no| file.unit(*no)) {
                let paid = |outcome, left: &mut i64| net(file, case, decision, unit, outcome, left);
                let before = paid(was.outcome, &mut left_before);
                let after = paid(will.outcome, &mut left_after);
                self.units += 1;
                let sum = self.paid.entry(file.currency.code()).or_insert((file.currency, 0, 0));
                sum.1 += before;
                sum.2 += after;
                let (then, would) = (was.outcome.then(), will.outcome.then());
                let judged = ("eligibility", was.row.to_owned(), will.row.to_owned(), then, would, file.currency);
                let routes = (asked.to.then(), would_ask.to.then());
                let routed =
                    ("routing", asked.row.to_owned(), would_ask.row.to_owned(), routes.0, routes.1, file.currency);
                let other_verdict = was.outcome != will.outcome || before != after;
                let other_route = asked.to != would_ask.to;
                self.changed += u64::from(other_verdict || other_route);
                for (changed, key) in [(other_verdict, judged), (other_route, routed)] {
                    if changed {
                        self.group(key, before, after, file.case_id(case.ordinal).to_string());
                    }
                }
            }
        }
    }

    fn group(&mut self, key: GroupKey, before: i64, after: i64, case: String) {
        let order = (u8::from(key.0 == "routing"), format!("{} {}", key.1, key.5.code()), key.2.clone());
        let (_, group) = self.groups.entry(order).or_insert_with(|| (key, Group::default()));
        group.units += 1;
        group.before += before;
        group.after += after;
        if group.cases.len() < MOST_NAMED && group.cases.last() != Some(&case) {
            group.cases.push(case);
        }
    }

    fn view(self) -> ReplayView {
        let group = |(key, group): (GroupKey, Group)| ReplayGroup {
            table: key.0,
            before: key.1,
            after: key.2,
            then_before: key.3,
            then_after: key.4,
            units: group.units,
            paid_before: MoneyView::new(group.before, key.5),
            paid_after: MoneyView::new(group.after, key.5),
            cases: group.cases,
        };
        ReplayView {
            decisions: self.decisions,
            left_out: self.left_out,
            units: self.units,
            changed: self.changed,
            groups: self.groups.into_values().map(group).collect(),
            paid_before: self.paid.values().map(|(currency, before, _)| MoneyView::new(*before, *currency)).collect(),
            paid_after: self.paid.values().map(|(currency, _, after)| MoneyView::new(*after, *currency)).collect(),
        }
    }
}

/// The stored facts, with what a policy's numbers alone make of an amount.
fn facts_under(ground: &UnitGround, policy: &Policy) -> Facts {
    Facts { large_amount: policy.parameters().is_large(ground.facts.amount_minor), ..ground.facts }
}

/// What an outcome pays for a unit, within what is left of the claim; a change of mind is about the whole price.
fn net(file: &OrderFile, case: &Case, decision: &Decision, unit: &Unit, outcome: Outcome, left: &mut i64) -> i64 {
    let Some(item) = file.item_of(unit) else { return 0 };
    let money = |minor| Money::new(minor, file.currency);
    let rate = |points| BasisPoints::new(points).unwrap_or(BasisPoints::ZERO);
    let face = item.terms.face_minor;
    let basis = Basis {
        paid: money(unit.paid_minor),
        refundable: money(refundable_at(file, decision, unit)),
        missing_of_promised: case.received_face_minor.filter(|_| face > 0).map(|received| (face - received, face)),
        disclosed_fee: rate(item.terms.fee_basis_points),
        special_fee: rate(item.terms.special.as_ref().map_or(0, |special| special.fee_basis_points)),
    };
    let Ok(award) = outcome.award(&basis) else { return 0 };
    let approved = match case.reason {
        Reason::Personal => award.approved.minor(),
        _ => award.approved.minor().min(*left),
    };
    *left -= approved;
    approved - award.fee.minor().min(approved)
}

/// What could still go back of a unit when the case was decided.
fn refundable_at(file: &OrderFile, decision: &Decision, unit: &Unit) -> i64 {
    let decided = file.cases.iter().flat_map(|case| &case.decisions).filter(|other| other.at < decision.at);
    let awards = decided.flat_map(|other| &other.awards).filter(|award| award.unit == unit.no);
    (unit.paid_minor - awards.map(|award| award.approved_minor).sum::<i64>()).max(0)
}
