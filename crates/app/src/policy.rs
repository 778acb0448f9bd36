//! Policies: every version for everybody, and the administrator's bench on which a new one is checked, tried on past
//! decisions and published. A published text is never changed, and an order keeps the one it was placed under.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::order_view::permit;
use crate::policy_view::{arrival_views, change_view, rule_views};
use crate::principal::Principal;
use crate::views::{PolicyCheckView, PolicyVersion, PolicyView, ReplayView};
use serde_json::json;
use std::sync::Arc;
use yuanlu_domain::policy::{Comparison, Policy};
use yuanlu_domain::time::Instant;
use yuanlu_storage::policy::{self, Published};
use yuanlu_storage::{Db, Read, audit};

const HOURS_OF_A_DAY: i64 = 24;

/// A text that is a policy, beside the version it would follow.
struct Prepared {
    before: Policy,
    after: Policy,
    change: Comparison,
}

impl App {
    /// Every version of the rules, the latest first.
    pub fn policy_versions(&self) -> Result<Vec<PolicyVersion>> {
        versions(self.db(), self.now())
    }

    /// The policy for orders placed now.
    pub fn policy(&self) -> Result<PolicyView> {
        let policy = self.policy_now()?;
        self.policy_version(policy.hash().as_str())
    }

    /// One version of the rules.
    pub fn policy_version(&self, hash: &str) -> Result<PolicyView> {
        let known = self.policy_versions()?.into_iter().find(|known| known.hash == hash).ok_or(AppError::NotFound)?;
        let policy = self.policy_of(hash)?;
        Ok(policy_view(&policy, known))
    }

    /// What is wrong with a text, or what publishing it would change.
    pub fn check_policy(&self, who: &Principal, text: &str) -> Result<PolicyCheckView> {
        permit(who, Action::ManagePolicies, &Object::Nothing)?;
        check(self.db(), self.now(), text)
    }

    /// Past decisions by this text.
    pub fn replay_policy(&self, who: &Principal, text: &str) -> Result<ReplayView> {
        permit(who, Action::ManagePolicies, &Object::Nothing)?;
        let policy = Policy::load(text).map_err(|_| AppError::invalid("policy", "unreadable"))?;
        crate::policy_replay::replay(self.db(), &policy)
    }

    /// Publishes a text for orders placed from a day on; `None`: from the day the text names. The day of publication and
    /// that day are written into it.
    pub fn publish_policy(&self, who: &Principal, text: &str, from: Option<&str>) -> Result<PolicyVersion> {
        permit(who, Action::ManagePolicies, &Object::Nothing)?;
        let now = self.now();
        let unreadable = |_| AppError::invalid("policy", "unreadable");
        let named = Policy::load(text).map_err(unreadable)?.effective_from().date_text();
        let from = from.map(str::trim).filter(|day| !day.is_empty()).unwrap_or(&named);
        Instant::parse_shanghai(from).ok_or(AppError::invalid("effective_from", "not_a_date"))?;
        let text = Policy::dated(text, &now.date_text(), from).map_err(unreadable)?;
        // A day in the past makes a policy that would begin before it was published.
        let policy = Policy::load(&text).map_err(|_| AppError::invalid("effective_from", "too_soon"))?;
        let hash = policy.hash().to_string();
        let id = self.ids().text(now);
        let by = who.account().cloned().unwrap_or_else(|| "program".into());
        let login = who.person().map_or("program", |person| person.name.as_str()).to_owned();
        self.write(move |tx, now| {
            let Prepared { before, change, .. } = prepare(tx, policy.text())?;
            refuse(tx, &policy, &before, &change, now)?;
            policy::publish(tx, &policy, now, &login)?;
            let detail = json!({
                "version": policy.version(),
                "effective_from": policy.effective_from().date_text(),
                "notice_days": change.notice_days(),
                "before": before.hash().as_str(),
            });
            let object = policy.hash().to_string();
            let row = audit::Audit {
                id: id.clone(),
                at: now,
                account: by.clone(),
                act: "publish_policy".to_owned(),
                object,
                detail,
            };
            Ok(audit::insert(tx, &row)?)
        })?;
        self.policy_versions()?.into_iter().find(|known| known.hash == hash).ok_or(AppError::Unavailable)
    }
}

/// Why a text cannot be published now.
fn refuse(db: &impl Read, policy: &Policy, before: &Policy, change: &Comparison, now: Instant) -> Result<()> {
    let published = policy::list(db)?;
    if change.is_empty() {
        return Err(AppError::invalid("policy", "unchanged"));
    }
    if published.iter().any(|known| known.version == policy.version()) {
        return Err(AppError::invalid("version", "taken"));
    }
    // The change was told against the latest one, so it has to follow it.
    if policy.effective_from() <= before.effective_from() {
        return Err(AppError::invalid("effective_from", "before_the_last"));
    }
    if policy.effective_from() < earliest(before, change, now) {
        return Err(AppError::invalid("effective_from", "too_soon"));
    }
    Ok(())
}

/// The first midnight that leaves the notice whole.
fn earliest(before: &Policy, change: &Comparison, now: Instant) -> Instant {
    let noticed = now.plus_hours(HOURS_OF_A_DAY * i64::from(change.notice_days()));
    let after_the_last = before.effective_from().plus_hours(HOURS_OF_A_DAY);
    let at = noticed.max(after_the_last);
    let day = Instant::start_of(at.date());
    if day == at { day } else { Instant::start_of(day.plus_hours(HOURS_OF_A_DAY).date()) }
}

fn prepare(db: &impl Read, text: &str) -> Result<Prepared> {
    let after = Policy::load(text).map_err(|_| AppError::invalid("policy", "unreadable"))?;
    let before = match policy::list(db)?.first() {
        Some(latest) => load(db, &latest.hash)?,
        None => Policy::builtin().clone(),
    };
    let change = after.compare(&before).map_err(|_| AppError::invalid("policy", "too_large"))?;
    Ok(Prepared { before, after, change })
}

fn load(db: &impl Read, hash: &str) -> Result<Policy> {
    let text = policy::find(db, hash)?.ok_or(AppError::NotFound)?;
    Policy::load(&text).map_err(|_| AppError::Unavailable)
}

/// What is wrong with a text, or what publishing it at an instant would change.
pub fn check(db: &Db, now: Instant, text: &str) -> Result<PolicyCheckView> {
    if let Err(problem) = Policy::load(text) {
        return Ok(PolicyCheckView { problem: Some(problem.to_string()), change: None });
    }
    db.snapshot(|db| {
        let Prepared { before, after, change } = prepare(db, text)?;
        let earliest = earliest(&before, &change, now);
        Ok(PolicyCheckView { problem: None, change: Some(change_view(&before, &after, &change, earliest)) })
    })
}

/// Every version of the rules, the latest first.
pub fn versions(db: &Db, now: Instant) -> Result<Vec<PolicyVersion>> {
    let published = db.read(|db| policy::list(db))?;
    // Before the first version begins it holds all the same: there is no other.
    let first = published.last().map(|first| first.hash.clone());
    let current = published.iter().find(|one| one.effective_from <= now).map(|one| one.hash.clone()).or(first);
    let mut until = None;
    let mut seen_current = false;
    let mut view = |one: Published| {
        let is_current = current.as_ref() == Some(&one.hash);
        seen_current |= is_current;
        let state = match (is_current, seen_current) {
            (true, _) => "current",
            (false, true) => "past",
            (false, false) => "coming",
        };
        PolicyVersion {
            hash: one.hash,
            version: one.version,
            state,
            since: one.effective_from.into(),
            until: until.replace(one.effective_from).map(Into::into),
            published_at: one.published_at.into(),
        }
    };
    Ok(published.into_iter().map(&mut view).collect())
}

/// One version's text and what it says, from a database that another process may be serving.
pub fn version(db: &Db, now: Instant, hash: &str) -> Result<(Policy, PolicyVersion)> {
    let mut named = versions(db, now)?.into_iter().filter(|known| known.hash.starts_with(hash) && !hash.is_empty());
    let known = named.next().ok_or(AppError::NotFound)?;
    if named.next().is_some() {
        return Err(AppError::invalid("policy", "too_short"));
    }
    Ok((db.read(|db| load(db, &known.hash))?, known))
}

fn policy_view(policy: &Arc<Policy>, known: PolicyVersion) -> PolicyView {
    PolicyView {
        hash: known.hash,
        version: known.version,
        state: known.state,
        since: known.since,
        until: known.until,
        published_at: known.published_at,
        parameters: policy.parameters().by_name(),
        text: serde_json::from_str(Policy::text(policy)).unwrap_or_default(),
        rules: rule_views(policy),
        arrivals: arrival_views(policy),
    }
}
