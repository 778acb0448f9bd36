//! Prepared reasons for decisions: the operator's own sentences, which a judge takes and changes. Data, in both languages.

use crate::app::App;
use crate::authorize::{Action, JUDGES, Object};
use crate::errors::{AppError, Result};
use crate::order_view::permit;
use crate::principal::Principal;
use crate::text;
use crate::views::{MOST_COUNTED, Workload};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use yuanlu_domain::case::RejectCode;
use yuanlu_domain::time::Instant;
use yuanlu_domain::turn::Who;
use yuanlu_storage::{audit, refund_case, setting};

const SETTING: &str = "prepared_reasons";
const BUILTIN: &str = include_str!("../data/prepared-reasons.json");
const MOST: usize = 60;
/// Acts of staff that decide a case.
const DECISIONS: [&str; 5] = ["approve", "reject", "uphold", "dismiss", "refer_to_panel"];

/// A sentence that stands ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreparedReason {
    /// For which rejection, as a code; for an approval `approve`.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl App {
    /// Prepared reasons.
    pub fn prepared_reasons(&self) -> Result<Vec<PreparedReason>> {
        let stored = self.db().read(|db| setting::find(db, SETTING))?;
        let read = |text: &str| serde_json::from_str(text).ok();
        Ok(stored.as_deref().and_then(read).or_else(|| read(BUILTIN)).unwrap_or_default())
    }

    /// Replaces them.
    pub fn set_prepared_reasons(&self, who: &Principal, reasons: &[PreparedReason]) -> Result<()> {
        permit(who, Action::ManagePolicies, &Object::Nothing)?;
        if reasons.len() > MOST {
            return Err(AppError::invalid("reasons", "too_large"));
        }
        let checked = reasons.iter().map(|one| {
            if one.code != "approve" && RejectCode::parse(&one.code).is_none() {
                return Err(AppError::invalid("code", "unknown"));
            }
            let (zh, en) = (text::words("zh", &one.zh, 1, 1000)?, text::words("en", &one.en, 1, 2000)?);
            Ok(PreparedReason { code: one.code.clone(), zh, en })
        });
        let checked: Vec<PreparedReason> = checked.collect::<Result<_>>()?;
        let audit = self.audit_row(who, "set_prepared_reasons", SETTING, json!({ "n": checked.len() }))?;
        let value = serde_json::to_string(&checked).map_err(|_| AppError::Unavailable)?;
        self.write(move |tx, now| {
            setting::put(tx, SETTING, &value, now)?;
            Ok(tx.run(&audit).map(drop)?)
        })
    }

    /// What lies on the desks of judges, and what the asker has decided today.
    pub fn workload(&self, who: &Principal) -> Result<Workload> {
        permit(who, Action::ViewQueue, &Object::Nothing)?;
        let now = self.now();
        let today = Instant::start_of(now.date());
        let account = who.account().ok_or(AppError::NotSignedIn)?;
        self.db().snapshot(|db| {
            let count = |n: i64| u64::try_from(n).unwrap_or_default();
            let (mut waiting, mut overdue, mut next_due) = (0, 0, None);
            for desk in [Who::Reviewer, Who::SeniorReviewer, Who::Risk].map(Who::code) {
                waiting += refund_case::count_waiting(db, desk, MOST_COUNTED)?;
                overdue += refund_case::count_overdue(db, desk, now, MOST_COUNTED)?;
                next_due = [next_due, refund_case::next_due(db, desk)?].into_iter().flatten().min();
            }
            Ok(Workload {
                waiting: count(waiting.min(MOST_COUNTED.into())),
                overdue: count(overdue.min(MOST_COUNTED.into())),
                next_due: next_due.map(|due| due.plus_micros(-1).into()),
                decided_today: count(audit::count_acts(db, account, today, &DECISIONS)?),
                judges: who.person().is_some_and(|person| JUDGES.iter().any(|role| person.has(*role))),
            })
        })
    }
}
