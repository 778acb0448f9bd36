//! Findings about uploaded files: what was measured, for those who judge, and for the uploader where he can mend it (S03).
//! Which of them hint at forgery decides who looks (R32); only a person calls something forged (R23).

use crate::app::App;
use crate::conduct::Written;
use crate::errors::{AppError, Result};
use crate::stated::{self, Seen};
use crate::views::FindingView;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use yuanlu_domain::case::{EvidenceKind, EvidenceRef};
use yuanlu_domain::credit::FlagKind;
use yuanlu_domain::ids::EvidenceId;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_pictures::{Inspected, leads_to};
use yuanlu_storage::finding::Finding;
use yuanlu_storage::picture::Match;
use yuanlu_storage::{Read, Stmt, StorageError, evidence, finding, picture};

/// The same picture in another case.
pub(crate) const REUSED: &str = "reused";
/// What the uploader states differs from the record.
pub(crate) const CONTRADICTS: &str = "contradicts";
/// A program read in the picture what the record says otherwise.
pub(crate) const READS_OTHERWISE: &str = "reads_otherwise";
/// A QR code leads off the platform.
pub(crate) const LEADS_AWAY: &str = "leads_away";

/// Findings that somebody should look at before money moves.
fn hints(code: &str) -> bool {
    matches!(code, "editing_software" | "labelled_generated" | "impossible_date" | CONTRADICTS)
}

/// Findings that the uploader is told, because a better file or a second look mends them.
fn can_be_mended(code: &str) -> bool {
    matches!(code, "too_small" | "blurred" | "low_contrast" | "nearly_one_colour" | "cut_off" | CONTRADICTS)
}

/// Those of these files whose findings, or earlier use in another case, hint at forgery.
pub(crate) fn hinting(db: &impl Read, files: &[&str]) -> std::result::Result<HashSet<EvidenceId>, StorageError> {
    if files.is_empty() {
        return Ok(HashSet::new());
    }
    let mut found: HashSet<EvidenceId> = finding::list_hinting(db, files)?.into_iter().collect();
    let reused = picture::list_matches(db, files)?;
    if !reused.is_empty() {
        // A seller shows the same proof in many cases; a claim is what may rest on another's picture.
        let sides = evidence::list_these(db, files)?;
        let buyers: HashSet<EvidenceId> =
            sides.into_iter().filter(|row| row.side == "buyer").map(|row| row.id).collect();
        found.extend(reused.into_iter().map(|found| found.evidence).filter(|id| buyers.contains(id)));
    }
    Ok(found)
}

/// Findings of these files as they are shown to `reader`.
pub(crate) fn views(db: &impl Read, files: &[&str], reader: Reader) -> Result<BTreeMap<EvidenceId, Vec<FindingView>>> {
    let mut views: BTreeMap<EvidenceId, Vec<FindingView>> = BTreeMap::new();
    for found in finding::list(db, files)? {
        let mendable = can_be_mended(&found.code);
        if reader == Reader::Judge || (reader == Reader::Uploader && mendable) {
            let view = FindingView { params: params(&found.detail), mendable, hint: found.is_hint, code: found.code };
            views.entry(found.evidence).or_default().push(view);
        }
    }
    if reader == Reader::Judge {
        for found in picture::list_matches(db, files)? {
            views.entry(found.evidence.clone()).or_default().push(reused(&found));
        }
    }
    Ok(views)
}

/// Who reads findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Whoever judges sees everything.
    Judge,
    /// The uploader sees what he can mend.
    Uploader,
    /// Others see none.
    Other,
}

fn reused(found: &Match) -> FindingView {
    let mut params = BTreeMap::new();
    params.insert("other".to_owned(), found.other.to_string());
    params.insert("order".to_owned(), found.other_order.to_string());
    params.insert("compared".to_owned(), found.compared.to_string());
    params.insert("contradicted".to_owned(), found.contradicted.to_string());
    params.insert("shared".to_owned(), (found.shared / 10).to_string());
    let code = if found.is_exact { "reused_exactly" } else { REUSED };
    FindingView { code: code.to_owned(), params, mendable: false, hint: true }
}

/// The measured values by name, as text.
fn params(detail: &str) -> BTreeMap<String, String> {
    let Ok(Value::Object(detail)) = serde_json::from_str(detail) else { return BTreeMap::new() };
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    detail.into_iter().filter(|(name, _)| name != "code").map(|(name, value)| (name, text(value))).collect()
}

impl App {
    /// What was measured about a file, and what its uploader states against the record.
    pub(crate) fn measured(
        &self,
        id: &EvidenceId,
        side: &str,
        kind: EvidenceKind,
        inspected: &Inspected,
        seen: &Seen,
        file: Option<&OrderFile>,
    ) -> Result<Vec<Finding>> {
        let of_buyer = side == "buyer";
        let finding = |code: &str, detail: &Value| Finding {
            evidence: id.clone(),
            code: code.to_owned(),
            detail: detail.to_string(),
            is_hint: of_buyer && hints(code),
        };
        let mut found = Vec::new();
        for measured in &inspected.findings {
            let detail = serde_json::to_value(measured).map_err(|_| AppError::Unavailable)?;
            found.push(finding(measured.code(), &detail));
        }
        let own = self.public_host();
        let codes = inspected.picture.iter().flat_map(|picture| &picture.codes);
        let away: HashSet<String> = codes.filter_map(|text| leads_to(text)).filter(|host| *host != own).collect();
        found.extend(away.iter().map(|host| finding(LEADS_AWAY, &serde_json::json!({ "host": host }))));
        if let Some(file) = file {
            let contradictions = stated::contradictions(seen, kind, file)?;
            found.extend(contradictions.iter().map(|detail| finding(CONTRADICTS, detail)));
        }
        Ok(found)
    }

    /// Rows for the commit in which a case names files: that they are used, and flags on what hints at forgery.
    pub(crate) fn naming(&self, written: Written<'_>, named: &[EvidenceRef]) -> Result<Vec<Stmt>> {
        let now = self.now();
        let files: Vec<&str> = named.iter().map(|file| file.id.as_str()).collect();
        let hinting = self.db().read(|db| hinting(db, &files))?;
        let used = named.iter().map(|file| evidence::using(&file.id, now));
        let flags = named.iter().filter(|file| hinting.contains(&file.id));
        let flags = flags.map(|file| self.flag(written, FlagKind::ForgeryHint, file.id.as_str()));
        Ok(used.chain(flags).collect())
    }
}
