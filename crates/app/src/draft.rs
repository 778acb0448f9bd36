//! Applications begun and not yet sent: they wait for their author on any device, files included.

use crate::app::App;
use crate::authorize::Action;
use crate::errors::{AppError, Result};
use crate::evidence_view::evidence_views;
use crate::finding::Reader;
use crate::principal::Principal;
use crate::views::{DraftView, EvidenceView, When};
use yuanlu_domain::ids::OrderId;
use yuanlu_storage::draft::{self, Draft};
use yuanlu_storage::{Stmt, Tx, evidence};

/// Days after which nobody comes back.
const DRAFT_DAYS: i64 = 14;
const MOST_FIELDS: usize = 60;
const MOST_CHARACTERS: usize = 10_000;
const MOST_DRAFTS: i64 = 50;

impl App {
    /// Keeps an application as far as it was filled in, in place of what was kept before.
    pub fn save_draft(&self, who: &Principal, order: &OrderId, fields: &[(String, String)]) -> Result<DraftView> {
        self.file_for(who, Action::ActOnOwnCase, order)?;
        let characters: usize = fields.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
        if fields.len() > MOST_FIELDS || characters > MOST_CHARACTERS {
            return Err(AppError::invalid("text", "too_long"));
        }
        let (owner, subject, now) = (who.key(), subject(order), self.now());
        let known = self.db().read(|db| draft::find(db, &owner, &subject, now))?.is_some();
        if !known && self.db().read(|db| draft::count(db, &owner))? >= MOST_DRAFTS {
            return Err(AppError::TooMany { retry_after_seconds: 86_400 });
        }
        self.put_draft(&owner, order, fields, |_| Ok(()))
    }

    /// Keeps a draft for its owner, in place of the one before, and does something else in the same commit.
    pub(crate) fn put_draft(
        &self,
        owner: &str,
        order: &OrderId,
        fields: &[(String, String)],
        also: impl Fn(&Tx<'_>) -> Result<()> + Send + 'static,
    ) -> Result<DraftView> {
        let (owner, subject, now) = (owner.to_owned(), subject(order), self.now());
        let fields = serde_json::to_string(fields).map_err(|_| AppError::Unavailable)?;
        let new = Draft { fields, saved_at: now, expires_at: now.plus_days(DRAFT_DAYS) };
        let view = view(&new);
        self.write(move |tx, _| {
            draft::put(tx, &owner, &subject, &new)?;
            also(tx)
        })?;
        Ok(view)
    }

    /// What one began to apply for.
    pub fn draft(&self, who: &Principal, order: &OrderId) -> Result<Option<DraftView>> {
        self.file_for(who, Action::ActOnOwnCase, order)?;
        let now = self.now();
        let found = self.db().read(|db| draft::find(db, &who.key(), &subject(order), now))?;
        Ok(found.as_ref().map(view))
    }

    /// Throws it away.
    pub fn forget_draft(&self, who: &Principal, order: &OrderId) -> Result<()> {
        self.file_for(who, Action::ActOnOwnCase, order)?;
        let gone = self.draft_done(who, order);
        self.write(move |tx, _| Ok(tx.run(&gone).map(drop)?))
    }

    /// The draft of an application goes with the commit in which it is made.
    pub(crate) fn draft_done(&self, who: &Principal, order: &OrderId) -> Stmt {
        draft::deleting(&who.key(), &subject(order))
    }

    /// Forgets drafts nobody came back to; how many.
    pub fn expire_drafts(&self) -> Result<usize> {
        self.write(|tx, now| Ok(draft::expire(tx, now)?))
    }

    /// One's own uploads for an order among these, with what can be mended.
    pub fn own_uploads(&self, who: &Principal, order: &OrderId, ids: &[String]) -> Result<Vec<EvidenceView>> {
        let mut rows = self.db().read(|db| evidence::list_these(db, ids))?;
        let key = who.key();
        rows.retain(|row| row.order == *order && row.uploaded_by == key);
        self.db().read(|db| evidence_views(db, Reader::Uploader, &rows))
    }
}

fn subject(order: &OrderId) -> String {
    format!("apply:{order}")
}

fn view(draft: &Draft) -> DraftView {
    DraftView {
        fields: serde_json::from_str(&draft.fields).unwrap_or_default(),
        saved_at: When(draft.saved_at),
        expires_at: When(draft.expires_at),
    }
}
