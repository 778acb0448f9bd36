//! What is shown of a file: pictures drawn anew without hidden metadata, and, for arbitrators, with what identifies
//! blacked out by whoever judges. The original stays as it came.

use crate::admission;
use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::evidence::Opened;
use crate::order_view::{object, permit};
use crate::panel::without_names;
use crate::principal::Principal;
use crate::text;
use crate::tip_off;
use serde_json::json;
use yuanlu_blobs::{BlobId, Secret};
use yuanlu_domain::case::Case;
use yuanlu_domain::event::{Entry, OrderEvent};
use yuanlu_domain::ids::{DeskId, EvidenceId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::time::Instant;
use yuanlu_pictures::{Limits, Rect, Show, Shown, show};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::evidence::Evidence;
use yuanlu_storage::evidence_copy::{self, Copy, Variant};
use yuanlu_storage::{Stmt, evidence, journal, order_file};

/// The longer side of a picture in a list.
const SMALL: u32 = 320;
/// The longer side of a picture that is to be read.
const TO_BE_READ: u32 = 2400;
/// So many rectangles hide everything that can be hidden one by one.
const MOST_RECTS: usize = 60;
/// The longest excerpt of a file that cannot be blacked out.
const MOST_EXCERPT: usize = 20_000;

/// Draws what is shown of a picture and keeps it; the rows are still to be written.
pub(crate) fn copies(app: &App, id: &EvidenceId, bytes: &[u8], now: Instant) -> Result<[Stmt; 2]> {
    let clean = draw(bytes, &Show::default())?;
    let small = draw(&clean.bytes, &Show { longest: Some(SMALL), blacked_out: Vec::new() })?;
    let keep = |variant, shown: &Shown| app.keep_copy(id, variant, shown, "[]", "", now);
    Ok([keep(Variant::Clean, &clean)?, keep(Variant::Small, &small)?])
}

/// A picture drawn anew for a program that reads it: upright, without metadata, and no larger than a screen.
pub(crate) fn to_be_read(bytes: &[u8]) -> Option<Vec<u8>> {
    draw(bytes, &Show { longest: Some(TO_BE_READ), blacked_out: Vec::new() }).ok().map(|shown| shown.bytes)
}

/// A picture drawn anew for somebody outside, with its longer side so long at most.
pub(crate) fn redrawn(bytes: &[u8], longest: u32) -> Result<Shown> {
    draw(bytes, &Show { longest: Some(longest), blacked_out: Vec::new() })
}

fn draw(bytes: &[u8], how: &Show) -> Result<Shown> {
    show(bytes, how, &Limits { bytes: usize::MAX, ..Limits::default() })
        .map_err(|refused| AppError::invalid("file", refused.code()))
}

/// How somebody stands to a file.
enum Access {
    /// On the case.
    Party,
    /// On its panel.
    Panel,
}

impl App {
    fn keep_copy(
        &self,
        id: &EvidenceId,
        variant: Variant,
        shown: &Shown,
        rects: &str,
        made_by: &str,
        made_at: Instant,
    ) -> Result<Stmt> {
        let blob = self.blobs().put(self.vault(), &shown.bytes).map_err(|_| AppError::Unavailable)?;
        Ok(evidence_copy::putting(&Copy {
            evidence: id.clone(),
            variant,
            blob: blob.as_str().to_owned(),
            media_type: shown.media_type.to_owned(),
            width: shown.width,
            height: shown.height,
            rects: rects.to_owned(),
            made_by: made_by.to_owned(),
            made_at,
        }))
    }

    /// Opens a file as it is shown: whoever uploaded it, and, once a case names it, the parties and judges of the case;
    /// one of a message, those who talk in the thread; of a tip-off, its reporter and those who judge it. Arbitrators
    /// get what was released to them.
    pub fn open_evidence(&self, who: &Principal, id: &EvidenceId) -> Result<Opened> {
        self.open_variant(who, id, Variant::Clean)
    }

    /// The same, small.
    pub fn open_small(&self, who: &Principal, id: &EvidenceId) -> Result<Opened> {
        self.open_variant(who, id, Variant::Small)
    }

    fn open_variant(&self, who: &Principal, id: &EvidenceId, variant: Variant) -> Result<Opened> {
        let row = self.db().read(|db| evidence::find(db, id))?.ok_or(AppError::NotFound)?;
        let variant = match self.access(who, &row)? {
            Access::Party => variant,
            Access::Panel => Variant::Panel,
        };
        if let Some(copy) = self.db().read(|db| evidence_copy::find(db, id, variant))? {
            return Ok(opened(id, copy.media_type, self.content(&copy.blob)?));
        }
        match variant {
            Variant::Panel => Err(AppError::NotFound),
            Variant::Clean | Variant::Small => {
                let bytes = self.content(&row.blob)?;
                if !row.media_type.starts_with("image/") {
                    return Ok(opened(id, row.media_type, bytes));
                }
                let longest = (variant == Variant::Small).then_some(SMALL);
                let shown = self.gate().pass(|| draw(bytes.expose(), &Show { longest, blacked_out: Vec::new() }))?;
                Ok(opened(id, shown.media_type.to_owned(), Secret::new(shown.bytes)))
            }
        }
    }

    /// Opens a file as it came, for those who judge; who did is kept.
    pub fn open_original(&self, who: &Principal, id: &EvidenceId) -> Result<Opened> {
        let (row, _) = self.judged_evidence(who, id)?;
        let audit = self.audit_row(who, "open_original", id.as_str(), json!({ "order": row.order }))?;
        self.write(move |tx, _| Ok(tx.run(&audit).map(drop)?))?;
        let bytes = self.content(&row.blob)?;
        Ok(opened(id, row.media_type, bytes))
    }

    /// Blacks out what identifies in a file of a case, and so releases it to a panel. Of a text, what could name
    /// somebody is taken out. Doing it again replaces what was released.
    pub fn black_out(&self, who: &Principal, id: &EvidenceId, rects: &[Rect]) -> Result<()> {
        let (row, _) = self.judged_evidence(who, id)?;
        if rects.len() > MOST_RECTS {
            return Err(AppError::invalid("rects", "too_large"));
        }
        let bytes = self.content(&row.blob)?;
        let shown = match row.media_type.as_str() {
            "text/plain" => {
                let text = std::str::from_utf8(bytes.expose()).map_err(|_| AppError::Unavailable)?;
                Shown { media_type: "text/plain", bytes: without_names(text).into_bytes(), width: 0, height: 0 }
            }
            picture if picture.starts_with("image/") => {
                self.gate().pass(|| draw(bytes.expose(), &Show { longest: None, blacked_out: rects.to_vec() }))?
            }
            _ => return Err(AppError::invalid("file", "not_a_picture")),
        };
        let inside = |rect: &Rect| rect.width > 0 && rect.height > 0 && rect.x < shown.width && rect.y < shown.height;
        if shown.width > 0 && !rects.iter().all(inside) {
            return Err(AppError::invalid("rects", "outside"));
        }
        let by = who.key();
        let list = serde_json::to_string(rects).map_err(|_| AppError::Unavailable)?;
        let copy = self.keep_copy(id, Variant::Panel, &shown, &list, &by, self.now())?;
        let audit =
            self.audit_row(who, "black_out", id.as_str(), json!({ "order": row.order, "rects": rects.len() }))?;
        self.write(move |tx, _| {
            tx.run(&copy)?;
            Ok(tx.run(&audit).map(drop)?)
        })
    }

    /// Releases an excerpt of a file that cannot be blacked out, such as a PDF: in words, without what could name
    /// somebody. The file itself is never given to a panel. Doing it again replaces what was released.
    pub fn release_excerpt(&self, who: &Principal, id: &EvidenceId, words: &str) -> Result<()> {
        let (row, _) = self.judged_evidence(who, id)?;
        if row.media_type != "application/pdf" {
            return Err(AppError::invalid("excerpt", "not_needed"));
        }
        let words = text::words("excerpt", words, 1, MOST_EXCERPT)?;
        let bytes = without_names(&words).into_bytes();
        let shown = Shown { media_type: "text/plain", bytes, width: 0, height: 0 };
        let copy = self.keep_copy(id, Variant::Panel, &shown, "[]", &who.key(), self.now())?;
        let audit = self.audit_row(who, "release_excerpt", id.as_str(), json!({ "order": row.order }))?;
        self.write(move |tx, _| {
            tx.run(&copy)?;
            Ok(tx.run(&audit).map(drop)?)
        })
    }

    /// What is blacked out in a file so far, and the size of the picture it counts in.
    pub fn blacked_out(&self, who: &Principal, id: &EvidenceId) -> Result<BlackOutView> {
        let (row, file) = self.judged_evidence(who, id)?;
        let case = file.cases.iter().rfind(|case| names(case, id)).ok_or(AppError::NotFound)?;
        let case = file.case_id(case.ordinal).to_string();
        self.db().read(|db| {
            let released = evidence_copy::find(db, id, Variant::Panel)?;
            let clean = evidence_copy::find(db, id, Variant::Clean)?;
            Ok(BlackOutView {
                evidence: id.to_string(),
                case,
                kind: row.kind.code(),
                media_type: row.media_type.clone(),
                width: clean.as_ref().map_or(0, |copy| copy.width),
                height: clean.as_ref().map_or(0, |copy| copy.height),
                rects: released.as_ref().and_then(|copy| serde_json::from_str(&copy.rects).ok()).unwrap_or_default(),
                released: released.is_some(),
            })
        })
    }

    /// A file that a case names, for those who judge the case.
    fn judged_evidence(&self, who: &Principal, id: &EvidenceId) -> Result<(Evidence, OrderFile)> {
        let row = self.db().read(|db| evidence::find(db, id))?.ok_or(AppError::NotFound)?;
        if matches!(row.side.as_str(), "reporter" | admission::SIDE) {
            return Err(AppError::NotFound);
        }
        let file = self.db().read(|db| order_file::find(db, &row.order))?.ok_or(AppError::NotFound)?.aggregate;
        permit(who, Action::JudgeCase, &object(&file))?;
        if !is_named(&file, id) {
            return Err(AppError::NotFound);
        }
        Ok((row, file))
    }

    pub(crate) fn content(&self, blob: &str) -> Result<Secret<Vec<u8>>> {
        let blob = BlobId::parse(blob).ok_or(AppError::Unavailable)?;
        self.blobs().get(self.vault(), &blob).map_err(|_| AppError::Unavailable)
    }

    fn access(&self, who: &Principal, row: &Evidence) -> Result<Access> {
        if row.side == "reporter" {
            let desk = DeskId::from(row.order.as_str());
            permit(who, Action::ViewTipOff, &tip_off::object(&self.stored_tip_off(&desk)?))?;
            return Ok(Access::Party);
        }
        if row.side == admission::SIDE {
            self.seen_admission(who, &DeskId::from(row.order.as_str()))?;
            return Ok(Access::Party);
        }
        if row.uploaded_by == who.key() && !matches!(who, Principal::Anonymous) {
            return Ok(Access::Party);
        }
        let file = self.db().read(|db| order_file::find(db, &row.order))?.ok_or(AppError::NotFound)?.aggregate;
        if is_named(&file, &row.id) {
            if sits_on_panel(who, &file, &row.id) {
                return Ok(Access::Panel);
            }
            permit(who, Action::ViewEvidence, &object(&file))?;
        } else if is_paper(&file, &row.id) {
            permit(who, Action::ViewPayouts, &object(&file))?;
        } else if self.is_said(&file, &row.id)? {
            permit(who, Action::TalkInThread, &object(&file))?;
        } else {
            return Err(AppError::NotFound);
        }
        Ok(Access::Party)
    }

    /// Whether a message of the order's thread carries the file.
    fn is_said(&self, file: &OrderFile, id: &EvidenceId) -> Result<bool> {
        if file.thread.is_empty() {
            return Ok(false);
        }
        let lines = self.db().read(|db| journal::list(db, Kind::Order, file.order.as_str()))?;
        // Only lines that hold the id are read at all.
        let entries = lines.iter().filter(|line| line.body.contains(id.as_str()));
        let events = entries.filter_map(|line| serde_json::from_str::<Entry<OrderEvent>>(&line.body).ok());
        Ok(events.flat_map(|entry| entry.events).any(|event| {
            matches!(event, OrderEvent::MessageSent { evidence, .. } if evidence.iter().any(|named| named.id == *id))
        }))
    }
}

/// A file that is to be released to a panel.
#[derive(Clone, Debug)]
pub struct BlackOutView {
    /// Its id.
    pub evidence: String,
    /// The case that names it.
    pub case: String,
    /// Its type.
    pub kind: &'static str,
    /// Media type found in its content.
    pub media_type: String,
    /// Width of the picture; 0 of a text.
    pub width: u32,
    /// Height of the picture.
    pub height: u32,
    /// What is blacked out so far.
    pub rects: Vec<Rect>,
    /// Whether the panel may open it.
    pub released: bool,
}

fn names(case: &Case, id: &EvidenceId) -> bool {
    case.evidence.iter().any(|reference| reference.id == *id)
}

fn is_named(file: &OrderFile, id: &EvidenceId) -> bool {
    file.cases.iter().any(|case| names(case, id))
}

/// Papers about where money goes are the buyer's and finance's business only.
fn is_paper(file: &OrderFile, id: &EvidenceId) -> bool {
    file.cases.iter().flat_map(|case| &case.papers).any(|reference| reference.id == *id)
}

/// Whether he sits on a panel, or judges by invitation, in a case that names the file. He sees it without names only.
fn sits_on_panel(who: &Principal, file: &OrderFile, id: &EvidenceId) -> bool {
    let Some(account) = who.account().filter(|_| permit(who, Action::SitOnPanel, &Object::Nothing).is_ok()) else {
        return false;
    };
    file.cases.iter().filter(|case| names(case, id)).any(|case| {
        case.panel.as_ref().is_some_and(|panel| panel.seat(account).is_some())
            || case.sitting().is_some_and(|sitting| sitting.invited.as_ref() == Some(account))
    })
}

fn opened(id: &EvidenceId, media_type: String, bytes: Secret<Vec<u8>>) -> Opened {
    let extension = match media_type.as_str() {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        _ => "txt",
    };
    Opened { name: format!("{id}.{extension}"), media_type, bytes }
}
