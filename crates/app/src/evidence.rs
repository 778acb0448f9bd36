//! Files of a case: checked by what is in them, encrypted at rest, opened by those on the case only.

use crate::app::App;
use crate::authorize::Action;
use crate::case_view::evidence_view;
use crate::errors::{AppError, Result};
use crate::limits::Tried;
use crate::order_view::{may, object, permit};
use crate::principal::Principal;
use crate::random;
use crate::submit::{Once, keep};
use crate::tip_off;
use crate::views::EvidenceView;
use image::{ImageFormat, ImageReader, Limits};
use std::io::Cursor;
use yuanlu_blobs::{BlobId, Secret, to_hex};
use yuanlu_domain::case::EvidenceKind;
use yuanlu_domain::event::{Entry, OrderEvent};
use yuanlu_domain::ids::{DeskId, EvidenceId, OrderId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::evidence::{self, Evidence};
use yuanlu_storage::{journal, order_file, personal};

/// The largest upload, in bytes.
pub const MAX_EVIDENCE_BYTES: usize = 10 * 1024 * 1024;
const MOST_PER_ORDER: i64 = 40;
const MOST_PIXELS_A_SIDE: u32 = 10_000;
const MOST_DECODED_BYTES: u64 = 128 * 1024 * 1024;
const MOST_TEXT_BYTES: usize = 512 * 1024;

/// A file somebody may read.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Media type found in its content.
    pub media_type: String,
    /// A name to save it under.
    pub name: String,
    /// Its content.
    pub bytes: Secret<Vec<u8>>,
}

impl App {
    /// Keeps a file for an order; it belongs to a case once an application or answer names it.
    pub fn upload(&self, who: &Principal, order: &OrderId, kind: &str, bytes: Vec<u8>) -> Result<EvidenceView> {
        self.upload_once(who, order, kind, bytes, None)
    }

    /// Keeps a file once under a key.
    pub fn upload_once(
        &self,
        who: &Principal,
        order: &OrderId,
        kind: &str,
        bytes: Vec<u8>,
        key: Option<&str>,
    ) -> Result<EvidenceView> {
        let file = self.db().read(|db| order_file::find(db, order))?.ok_or(AppError::NotFound)?.aggregate;
        let side = if may(who, Action::AnswerAsSeller, &object(&file)) {
            "seller"
        } else if may(who, Action::ApprovePayout, &object(&file)) && !may(who, Action::AddEvidence, &object(&file)) {
            "staff"
        } else {
            permit(who, Action::AddEvidence, &object(&file))?;
            "buyer"
        };
        let content_hash = random::sha256(&bytes);
        let key = match self.once(who, "upload", key, &(order, kind, &content_hash))? {
            Once::Before(id) => {
                let found = self.db().read(|db| evidence::find(db, &id.into()))?;
                return found.as_ref().map(evidence_view).ok_or(AppError::NotFound);
            }
            Once::Now(key) => key,
        };
        self.limiter().take(Tried::Upload, &who.key(), self.clock().real_now())?;
        let kind = EvidenceKind::parse(kind).ok_or(AppError::invalid("kind", "unknown"))?;
        if self.db().read(|db| evidence::count(db, order))? >= MOST_PER_ORDER {
            return Err(AppError::invalid("file", "too_large"));
        }
        let row = self.stored_file(who, order, side, kind, &bytes)?;
        let view = evidence_view(&row);
        self.write(move |tx, at| {
            keep(tx, key, row.id.as_str(), at)?;
            Ok(evidence::insert(tx, &row)?)
        })?;
        Ok(view)
    }

    /// Keeps the content of a file; its row is still to be written.
    pub(crate) fn stored_file(
        &self,
        who: &Principal,
        of: &OrderId,
        side: &str,
        kind: EvidenceKind,
        bytes: &[u8],
    ) -> Result<Evidence> {
        let media_type = media_type(bytes)?;
        let blob = self.blobs().put(self.vault(), bytes).map_err(|_| AppError::Unavailable)?;
        let content_hash = random::sha256(bytes);
        let salt = random::bytes::<16>()?;
        let now = self.now();
        Ok(Evidence {
            id: self.ids().text(now).into(),
            order: of.clone(),
            side: side.to_owned(),
            uploaded_by: who.key(),
            kind,
            media_type: media_type.to_owned(),
            size: bytes.len() as u64,
            digest: personal::digest(&salt, &content_hash),
            salt: to_hex(&salt),
            sha256: content_hash,
            blob: blob.as_str().to_owned(),
            uploaded_at: now,
        })
    }

    /// Opens a file: whoever uploaded it, and, once a case names it, the parties and judges of the case; one of a message,
    /// those who talk in the thread; of a tip-off, its reporter and those who judge it.
    pub fn open_evidence(&self, who: &Principal, id: &EvidenceId) -> Result<Opened> {
        let row = self.db().read(|db| evidence::find(db, id))?.ok_or(AppError::NotFound)?;
        let own = row.uploaded_by == who.key() && !matches!(who, Principal::Anonymous);
        if let Some(desk) = Some(DeskId::from(row.order.as_str())).filter(|_| row.side == "reporter") {
            permit(who, Action::ViewTipOff, &tip_off::object(&self.stored_tip_off(&desk)?))?;
        } else if !own {
            let file = self.db().read(|db| order_file::find(db, &row.order))?.ok_or(AppError::NotFound)?.aggregate;
            let action = if is_named(&file, id) {
                Action::ViewEvidence
            } else if is_paper(&file, id) {
                Action::ViewPayouts
            } else if self.is_said(&file, id)? {
                Action::TalkInThread
            } else {
                return Err(AppError::NotFound);
            };
            permit(who, action, &object(&file))?;
        }
        let blob = BlobId::parse(&row.blob).ok_or(AppError::Unavailable)?;
        let bytes = self.blobs().get(self.vault(), &blob).map_err(|_| AppError::Unavailable)?;
        let extension = match row.media_type.as_str() {
            "image/jpeg" => "jpg",
            "image/png" => "png",
            "image/webp" => "webp",
            "application/pdf" => "pdf",
            _ => "txt",
        };
        Ok(Opened { media_type: row.media_type, name: format!("{id}.{extension}"), bytes })
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

fn is_named(file: &OrderFile, id: &EvidenceId) -> bool {
    file.cases.iter().flat_map(|case| &case.evidence).any(|reference| reference.id == *id)
}

/// Papers about where money goes are the buyer's and finance's business only.
fn is_paper(file: &OrderFile, id: &EvidenceId) -> bool {
    file.cases.iter().flat_map(|case| &case.papers).any(|reference| reference.id == *id)
}

/// What the content is; a name or a claimed type counts for nothing. Pictures must really decode.
fn media_type(bytes: &[u8]) -> Result<&'static str> {
    if bytes.len() > MAX_EVIDENCE_BYTES {
        return Err(AppError::TooLarge { most: MAX_EVIDENCE_BYTES as u64 });
    }
    if bytes.is_empty() {
        return Err(AppError::invalid("file", "required"));
    }
    match infer::get(bytes).map(|found| found.mime_type()) {
        Some("image/jpeg") => decodes(bytes, ImageFormat::Jpeg).map(|()| "image/jpeg"),
        Some("image/png") => decodes(bytes, ImageFormat::Png).map(|()| "image/png"),
        Some("image/webp") => decodes(bytes, ImageFormat::WebP).map(|()| "image/webp"),
        Some("application/pdf") => {
            let end = &bytes[bytes.len().saturating_sub(2048)..];
            let whole = bytes.starts_with(b"%PDF-") && end.windows(5).any(|window| window == b"%%EOF");
            if whole { Ok("application/pdf") } else { Err(AppError::invalid("file", "unreadable")) }
        }
        None if is_text(bytes) => Ok("text/plain"),
        Some(_) | None => Err(AppError::invalid("file", "wrong_type")),
    }
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.len() <= MOST_TEXT_BYTES
        && std::str::from_utf8(bytes)
            .is_ok_and(|text| text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')))
}

fn decodes(bytes: &[u8], format: ImageFormat) -> Result<()> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS_A_SIDE);
    limits.max_image_height = Some(MOST_PIXELS_A_SIDE);
    limits.max_alloc = Some(MOST_DECODED_BYTES);
    reader.limits(limits);
    reader.decode().map(drop).map_err(|_| AppError::invalid("file", "unreadable"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(side: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        image::RgbImage::new(side, side).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn the_content_decides_not_the_name() {
        assert_eq!(media_type(&png(3)), Ok("image/png"));
        assert_eq!(media_type("充值失败，见截图\n".as_bytes()), Ok("text/plain"));
        let half = &png(40)[..60];
        assert_eq!(media_type(half), Err(AppError::invalid("file", "unreadable")));
        assert_eq!(media_type(b"%PDF-1.7 without an end"), Err(AppError::invalid("file", "unreadable")));
        assert_eq!(media_type(b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"), Ok("application/pdf"));
        assert_eq!(media_type(b"MZ\x90\0\x03\0\0\0"), Err(AppError::invalid("file", "wrong_type")));
        assert_eq!(media_type(b"\x7fELF\x02\x01\x01\0"), Err(AppError::invalid("file", "wrong_type")));
        assert_eq!(media_type(b""), Err(AppError::invalid("file", "required")));
        let large = vec![b'a'; MAX_EVIDENCE_BYTES + 1];
        assert_eq!(media_type(&large), Err(AppError::TooLarge { most: 10 * 1024 * 1024 }));
    }

    #[test]
    fn a_picture_that_would_fill_the_memory_is_not_decoded() {
        assert_eq!(media_type(&png(MOST_PIXELS_A_SIDE + 1)), Err(AppError::invalid("file", "unreadable")));
    }
}
