//! When support answers: a setting of the operator, and what it means now.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::inputs::SupportHoursInput;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::views::{DueView, SupportHoursView};
use serde_json::json;
use yuanlu_domain::support_hours::SupportHours;
use yuanlu_storage::setting;

const SETTING: &str = "support_hours";

impl App {
    /// When support answers.
    pub fn support_hours(&self) -> Result<SupportHoursView> {
        let hours = self.hours_of_support()?;
        let (now, calendar) = (self.now(), self.calendar());
        let open = hours.is_open(calendar, now);
        Ok(SupportHoursView {
            opens: time_text(hours.opens_minute),
            closes: time_text(hours.closes_minute),
            working_days_only: hours.working_days_only,
            answer_minutes: hours.answer_minutes,
            idle_hours: hours.idle_hours,
            open,
            opens_at: hours.opens_at(calendar, now).filter(|_| !open).map(Into::into),
            answer_by: DueView::from(&hours.answer_due(calendar, now)),
        })
    }

    /// Sets when support answers. Conversations that are open keep the hours they were begun under.
    pub fn set_support_hours(&self, who: &Principal, input: &SupportHoursInput) -> Result<SupportHoursView> {
        permit(who, Action::ManageSupport, &Object::Nothing)?;
        let hours = SupportHours {
            opens_minute: minute("opens", &input.opens)?,
            closes_minute: minute("closes", &input.closes)?,
            working_days_only: input.working_days_only,
            answer_minutes: input.answer_minutes,
            idle_hours: input.idle_hours,
        };
        if let Some(field) = hours.wrong() {
            return Err(AppError::invalid(field, "too_large"));
        }
        let value = serde_json::to_string(&hours).map_err(|_| AppError::Unavailable)?;
        let detail = json!({ "opens": time_text(hours.opens_minute), "closes": time_text(hours.closes_minute) });
        let audit = self.audit_row(who, "set_support_hours", SETTING, detail)?;
        self.write(move |tx, now| {
            setting::put(tx, SETTING, &value, now)?;
            Ok(tx.run(&audit).map(drop)?)
        })?;
        self.support_hours()
    }

    pub(crate) fn hours_of_support(&self) -> Result<SupportHours> {
        let stored = self.db().read(|db| setting::find(db, SETTING))?;
        Ok(stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }
}

fn time_text(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Reads `09:00`; `24:00` is the end of the day.
fn minute(field: &'static str, text: &str) -> Result<u16> {
    let unreadable = AppError::invalid(field, "unreadable");
    let (hour, minute) = text.trim().split_once(':').ok_or(unreadable.clone())?;
    let number = |text: &str| text.parse::<u16>().map_err(|_| unreadable.clone());
    match (number(hour)?, number(minute)?) {
        (hour @ 0..=23, minute @ 0..=59) => Ok(hour * 60 + minute),
        (24, 0) => Ok(24 * 60),
        _ => Err(unreadable),
    }
}
