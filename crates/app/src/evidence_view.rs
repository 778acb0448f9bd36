//! Files as those on a case see them, with what was found about them.

use crate::authorize::{Action, Object};
use crate::errors::Result;
use crate::finding::{self, Reader};
use crate::order_view::may;
use crate::principal::Principal;
use crate::views::EvidenceView;
use std::collections::HashSet;
use yuanlu_domain::ids::EvidenceId;
use yuanlu_storage::Read;
use yuanlu_storage::evidence::Evidence;
use yuanlu_storage::evidence_copy::{self, Variant};

/// Files with the findings that this reader may see.
pub(crate) fn evidence_views(db: &impl Read, reader: Reader, rows: &[Evidence]) -> Result<Vec<EvidenceView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut findings = finding::views(db, &ids, reader)?;
    let released: HashSet<EvidenceId> =
        evidence_copy::list(db, Variant::Panel, &ids)?.into_iter().map(|copy| copy.evidence).collect();
    let view = |row: &Evidence| EvidenceView {
        findings: findings.remove(&row.id).unwrap_or_default(),
        released: released.contains(&row.id),
        ..evidence_view(row)
    };
    Ok(rows.iter().map(view).collect())
}

/// The same for whoever asks: those who judge see all, an uploader what he can mend in his own.
pub(crate) fn evidence_views_for(db: &impl Read, who: &Principal, rows: &[Evidence]) -> Result<Vec<EvidenceView>> {
    if may(who, Action::JudgeCase, &Object::Nothing) {
        return evidence_views(db, Reader::Judge, rows);
    }
    let key = who.key();
    let mut views = evidence_views(db, Reader::Uploader, rows)?;
    for (view, row) in views.iter_mut().zip(rows).filter(|(_, row)| row.uploaded_by != key) {
        debug_assert_eq!(view.id, row.id.as_str());
        view.findings.clear();
    }
    Ok(views)
}

/// A file without what was found.
pub(crate) fn evidence_view(row: &Evidence) -> EvidenceView {
    EvidenceView {
        id: row.id.to_string(),
        kind: row.kind.code(),
        media_type: row.media_type.clone(),
        size: row.size,
        sha256: row.sha256.clone(),
        by: match row.side.as_str() {
            "seller" => "seller",
            "staff" => "staff",
            "reporter" => "reporter",
            "applicant" => "applicant",
            _ => "buyer",
        },
        at: row.uploaded_at.into(),
        findings: Vec::new(),
        released: false,
    }
}
