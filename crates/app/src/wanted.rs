//! What helps a claim, by reason: kinds of material, each with a sentence in both languages. Data that an operator edits;
//! forms show it before anything is sent, and it is what a reviewer is offered when he asks for more.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::order_view::permit;
use crate::principal::Principal;
use crate::text;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use yuanlu_domain::case::{EvidenceKind, Reason};
use yuanlu_storage::setting;

const SETTING: &str = "wanted_material";
const BUILTIN: &str = include_str!("../data/wanted-default.json");
const MOST_KINDS: usize = 7;

/// One kind of material that helps a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Type code (S03).
    pub kind: String,
    /// What it should show, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// Wanted material by reason code.
pub type WantedByReason = BTreeMap<String, Vec<Wanted>>;

impl App {
    /// What helps a claim, by reason.
    pub fn wanted_material(&self) -> Result<WantedByReason> {
        let stored = self.db().read(|db| setting::find(db, SETTING))?;
        let read = |text: &str| serde_json::from_str(text).ok();
        Ok(stored.as_deref().and_then(read).or_else(|| read(BUILTIN)).unwrap_or_default())
    }

    /// Changes what helps a claim; reasons that are not named want nothing.
    pub fn set_wanted_material(&self, who: &Principal, wanted: &WantedByReason) -> Result<()> {
        permit(who, Action::ManagePolicies, &Object::Nothing)?;
        let mut checked = WantedByReason::new();
        for (reason, wanted) in wanted {
            Reason::parse(reason).ok_or(AppError::invalid("reason", "unknown"))?;
            if wanted.len() > MOST_KINDS {
                return Err(AppError::invalid("wanted", "too_large"));
            }
            let one = |one: &Wanted| {
                let kind = EvidenceKind::parse(&one.kind).ok_or(AppError::invalid("kind", "unknown"))?;
                let (zh, en) = (text::line("zh", &one.zh, 1, 200)?, text::line("en", &one.en, 1, 400)?);
                Ok(Wanted { kind: kind.code().to_owned(), zh, en })
            };
            checked.insert(reason.clone(), wanted.iter().map(one).collect::<Result<_>>()?);
        }
        let detail = json!({ "reasons": checked.keys().collect::<Vec<_>>() });
        let audit = self.audit_row(who, "set_wanted_material", SETTING, detail)?;
        let text = serde_json::to_string(&checked).map_err(|_| AppError::Unavailable)?;
        self.write(move |tx, now| {
            setting::put(tx, SETTING, &text, now)?;
            Ok(tx.run(&audit).map(drop)?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builtin_table_names_reasons_and_kinds_that_exist() {
        let table: WantedByReason = serde_json::from_str(BUILTIN).unwrap();
        for (reason, wanted) in &table {
            assert!(Reason::parse(reason).is_some(), "{reason}");
            assert!(wanted.iter().all(|one| EvidenceKind::parse(&one.kind).is_some()), "{reason}");
            assert!(wanted.iter().all(|one| !one.zh.is_empty() && !one.en.is_empty()), "{reason}");
        }
        assert!(table.contains_key("invalid_code") && table.contains_key("not_as_described"));
    }
}
