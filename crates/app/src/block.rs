//! Blocks (R23): somebody may buy or sell nothing new until a date. What is open goes on, and so does every right that
//! comes with it.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::credit::subject_notice;
use crate::errors::{AppError, Result};
use crate::inputs::BlockInput;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::text;
use crate::views::CreditEventView;
use serde_json::json;
use yuanlu_domain::credit::Ground;
use yuanlu_domain::ids::SellerId;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::time::Instant;
use yuanlu_storage::credit_event::{self, CreditEvent, NewEvent};
use yuanlu_storage::{Read, audit, notice};

/// The longest block, in days.
const MOST_DAYS: i64 = 366;

impl App {
    /// Blocks an account or a shop until a day, with a reason. It is a finding like any other: it can be appealed.
    pub fn block(&self, who: &Principal, subject: &str, input: &BlockInput) -> Result<CreditEventView> {
        permit(who, Action::BlockPeople, &Object::Nothing)?;
        let subject = self.read_subject(subject)?;
        permit(who, Action::BlockPeople, &Object::Credit(&subject))?;
        // A guest buys once: there is nothing to block.
        if subject.starts_with("guest:") {
            return Err(AppError::invalid("subject", "unknown"));
        }
        let by = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let words = text::words("words", &input.words, 1, 2000)?;
        let now = self.now();
        let until = read_until(&input.until, now)?;
        let policy = self.policy_now()?;
        let new = NewEvent {
            id: self.ids().text(now),
            subject: subject.clone(),
            at: now,
            points: Ground::Blocked.points(policy.parameters()),
            ground: Ground::Blocked,
            case: String::new(),
            by: Some(by),
            words,
            until: Some(until),
            appeal_until: self.appeal_until(policy.parameters(), now),
        };
        let audit = self.audit_row_of(who, "block", &subject, json!({ "until": until.date_text() }));
        let told = subject_notice(&subject, "blocked", Some(until), now, self.ids().text(now));
        let id = new.id.clone();
        self.write(move |tx, _| {
            credit_event::insert(tx, &new)?;
            notice::insert(tx, &told)?;
            Ok(audit::insert(tx, &audit)?)
        })?;
        self.event_for(who, &id)
    }

    /// Refuses what a blocked account may not do.
    pub(crate) fn refuse_blocked(&self, subject: &str) -> Result<()> {
        let now = self.now();
        match self.db().read(|db| standing_block(db, subject, now))?.and_then(|block| block.new.until) {
            Some(until) => Err(AppError::Blocked { until: until.plus_micros(-1) }),
            None => Ok(()),
        }
    }

    /// Refuses messages of a blocked buyer on an order that he placed while he was blocked, as somebody else perhaps. Once
    /// there is a case, nothing is refused.
    pub(crate) fn refuse_blocked_writer(&self, who: &Principal, file: &OrderFile) -> Result<()> {
        let (Some(party), true) = (who.party(), file.cases.is_empty()) else { return Ok(()) };
        let now = self.now();
        let block = self.db().read(|db| standing_block(db, &party.to_string(), now))?;
        match block.filter(|block| block.new.at < file.placed_at).and_then(|block| block.new.until) {
            Some(until) if file.buyer == party => Err(AppError::Blocked { until: until.plus_micros(-1) }),
            _ => Ok(()),
        }
    }
}

/// The longest block of somebody that stands now.
pub(crate) fn standing_block(db: &impl Read, subject: &str, now: Instant) -> Result<Option<CreditEvent>> {
    Ok(credit_event::blocks(db, &[subject], now)?.into_iter().next())
}

/// Those of these sellers that are blocked now.
pub(crate) fn blocked_sellers<'a>(
    db: &impl Read,
    sellers: impl IntoIterator<Item = &'a SellerId>,
    now: Instant,
) -> Result<Vec<SellerId>> {
    let subjects: Vec<String> = sellers.into_iter().map(|seller| format!("seller:{seller}")).collect();
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let found = credit_event::blocks(db, &subjects, now)?;
    Ok(found.iter().filter_map(|block| block.new.subject.strip_prefix("seller:")).map(SellerId::from).collect())
}

/// The first instant after the last day of a block.
fn read_until(typed: &str, now: Instant) -> Result<Instant> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(AppError::invalid("until", "required"));
    }
    let day = Instant::parse_shanghai(typed).ok_or(AppError::invalid("until", "unreadable"))?.date();
    let until = Instant::start_of(day.tomorrow().map_err(|_| AppError::invalid("until", "too_large"))?);
    match until {
        until if until <= now => Err(AppError::invalid("until", "too_small")),
        until if until > now.plus_days(MOST_DAYS) => Err(AppError::invalid("until", "too_large")),
        until => Ok(until),
    }
}
