//! Files of a case: checked by what is in them, encrypted at rest, opened by those on the case only.

use crate::app::App;
use crate::authorize::Action;
use crate::errors::{AppError, Result};
use crate::evidence_copy::{copies, to_be_read};
use crate::finding::{READS_OTHERWISE, Reader};
use crate::limits::Tried;
use crate::order_view::{may, object, permit};
use crate::picture_text::differences;
use crate::principal::Principal;
use crate::random;
use crate::stated::Seen;
use crate::submit::{Once, keep};
use crate::views::EvidenceView;
use serde::Serialize;
use yuanlu_blobs::{Incoming, Received, Secret, to_hex};
use yuanlu_domain::case::EvidenceKind;
use yuanlu_domain::ids::{EvidenceId, OrderId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_pictures::{Inspected, Limits, Refused, inspect};
use yuanlu_storage::evidence::{self, Evidence};
use yuanlu_storage::finding::Finding;
use yuanlu_storage::picture::{self, Picture};
use yuanlu_storage::{Stmt, finding, order_file, personal};

/// The largest upload, in bytes.
pub const MAX_EVIDENCE_BYTES: usize = 10 * 1024 * 1024;
const MOST_PER_ORDER: i64 = 40;

/// A file somebody sends. Its name is not asked for: it may say who somebody is, and the content says what it is.
#[derive(Debug, Default)]
pub struct NewFile {
    /// Type code (S03).
    pub kind: String,
    /// Its content.
    pub content: Received,
    /// The media type it came under, where it came under one.
    pub declared: Option<String>,
    /// What its uploader says he sees in it.
    pub seen: Seen,
}

/// A file that was taken: its row, and the rows of what was found about it and of what is shown of it.
pub(crate) struct Taken {
    pub(crate) row: Evidence,
    pub(crate) beside: Vec<Stmt>,
}

/// Where a file comes from.
pub(crate) struct Source<'a> {
    /// The order, or the desk.
    pub(crate) of: &'a OrderId,
    /// `buyer`, `seller`, `reporter` or `applicant`.
    pub(crate) side: &'a str,
    /// The record it may contradict.
    pub(crate) file: Option<&'a OrderFile>,
}

impl App {
    /// Keeps a file for an order; it belongs to a case once an application or answer names it.
    pub fn upload(&self, who: &Principal, order: &OrderId, kind: &str, bytes: Vec<u8>) -> Result<EvidenceView> {
        self.upload_once(
            who,
            order,
            NewFile { kind: kind.to_owned(), content: bytes.into(), ..NewFile::default() },
            None,
        )
    }

    /// Keeps a file once under a key.
    pub fn upload_once(
        &self,
        who: &Principal,
        order: &OrderId,
        new: NewFile,
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
        let content_hash = new.content.sha256();
        let key =
            match self.once(who, "upload", key, &Sent { order, kind: &new.kind, content_hash, seen: &new.seen })? {
                Once::Before(id) => {
                    let found = self.db().read(|db| evidence::find(db, &id.into()))?;
                    return self.uploaded(found.ok_or(AppError::NotFound)?);
                }
                Once::Now(key) => key,
            };
        self.limiter().take(Tried::Upload, &who.key(), self.clock().real_now())?;
        if self.db().read(|db| evidence::count(db, order))? >= MOST_PER_ORDER {
            return Err(AppError::invalid("file", "too_many_files"));
        }
        let taken = self.take_file(who, &Source { of: order, side, file: Some(&file) }, &new)?;
        let row = taken.row.clone();
        self.write(move |tx, at| {
            keep(tx, key.as_ref(), taken.row.id.as_str(), at)?;
            tx.run(&evidence::adding(&taken.row))?;
            Ok(taken.beside.iter().try_for_each(|stmt| tx.run(stmt).map(drop))?)
        })?;
        self.uploaded(row)
    }

    /// A file that begins to come in. What exceeds a piece waits encrypted on disk, so that slow lines cost no memory.
    pub fn incoming(&self) -> Incoming {
        Incoming::new(&self.uploads_dir(), MAX_EVIDENCE_BYTES as u64)
    }

    fn uploaded(&self, row: Evidence) -> Result<EvidenceView> {
        let rows = [row];
        let mut views = self.db().read(|db| crate::evidence_view::evidence_views(db, Reader::Uploader, &rows))?;
        views.pop().ok_or(AppError::Unavailable)
    }

    /// Looks into a file and keeps its content; the rows are still to be written.
    pub(crate) fn take_file(&self, who: &Principal, from: &Source<'_>, new: &NewFile) -> Result<Taken> {
        let kind = EvidenceKind::parse(&new.kind).ok_or(AppError::invalid("kind", "unknown"))?;
        // Looking into a picture takes memory; only a few are looked into at a time, and the others wait.
        self.gate().pass(|| self.look_into_file(who, from, new, kind))
    }

    fn look_into_file(&self, who: &Principal, from: &Source<'_>, new: &NewFile, kind: EvidenceKind) -> Result<Taken> {
        let now = self.now();
        let content = new.content.read().map_err(|_| AppError::Unavailable)?;
        let bytes = content.expose();
        let inspected = look_into(bytes, new.declared.as_deref(), now)?;
        let id: EvidenceId = self.ids().text(now).into();
        let findings = self.measured(&id, from.side, kind, &inspected, &new.seen, from.file)?;
        let mut beside = finding::adding(&findings);
        if let Some(picture) = &inspected.picture {
            let (matches, copy_of) = self.known_pictures().search(self.db(), &picture.probe, &id, from.of)?;
            let fingerprint = picture.probe.fingerprint().to_bytes();
            let row = Picture { evidence: id.clone(), order: from.of.clone(), uploaded_at: now, fingerprint, copy_of };
            beside.extend(picture::adding(&row, &matches));
            beside.extend(copies(self, &id, bytes, now)?);
            if let Some(file) = from.file.filter(|_| kind == EvidenceKind::PaymentReceipt) {
                beside.extend(finding::adding(&self.read_otherwise(&id, bytes, file)));
            }
        }
        let blob = self.blobs().put(self.vault(), bytes).map_err(|_| AppError::Unavailable)?;
        let salt = random::bytes::<16>()?;
        let row = Evidence {
            id,
            order: from.of.clone(),
            side: from.side.to_owned(),
            uploaded_by: who.key(),
            kind,
            media_type: inspected.kind.media_type().to_owned(),
            size: new.content.len(),
            digest: personal::digest(&salt, new.content.sha256()),
            salt: to_hex(&salt),
            sha256: new.content.sha256().to_owned(),
            blob: blob.as_str().to_owned(),
            uploaded_at: now,
        };
        Ok(Taken { row, beside })
    }
}

impl App {
    /// What a program reads in a receipt that the record says otherwise; nothing where none reads, or it fails.
    fn read_otherwise(&self, id: &EvidenceId, bytes: &[u8], file: &OrderFile) -> Vec<Finding> {
        let Some(reader) = &self.config().picture_reader else { return Vec::new() };
        let read = to_be_read(bytes).and_then(|picture| {
            reader.read(&picture).inspect_err(|error| tracing::warn!(%error, "a receipt was not read")).ok()
        });
        let differences = read.map(|text| differences(&text, file)).unwrap_or_default();
        let each = differences.into_iter().map(|detail| Finding {
            evidence: id.clone(),
            code: READS_OTHERWISE.to_owned(),
            detail: detail.to_string(),
            is_hint: false,
        });
        each.collect()
    }
}

/// What an idempotency key of an upload stands for.
#[derive(Serialize)]
struct Sent<'a> {
    order: &'a OrderId,
    kind: &'a str,
    content_hash: &'a str,
    seen: &'a Seen,
}

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

/// What the content is; a name or a claimed type counts for nothing. Pictures must really decode.
fn look_into(bytes: &[u8], declared: Option<&str>, now: yuanlu_domain::time::Instant) -> Result<Inspected> {
    inspect(bytes, declared, now.local(), &Limits::default()).map_err(|refused| match refused {
        Refused::TooLarge { most, .. } => AppError::TooLarge { most },
        refused => AppError::invalid("file", refused.code()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use yuanlu_domain::time::Instant;

    fn refused(bytes: &[u8]) -> AppError {
        look_into(bytes, None, Instant::from_shanghai(2026, 3, 10, 10, 0, 0)).unwrap_err()
    }

    fn crc(bytes: &[u8]) -> u32 {
        let bit = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
    }

    #[test]
    fn a_file_is_refused_by_the_name_of_what_is_wrong() {
        let mut header = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        header.extend(100_000u32.to_be_bytes());
        header.extend(100_000u32.to_be_bytes());
        header.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
        header.truncate(header.len() - 4);
        header.extend(crc(&header[12..]).to_be_bytes());
        for name in [b"IDAT", b"IEND"] {
            header.extend([&[0; 4], &name[..], &crc(name).to_be_bytes()].concat());
        }
        for (bytes, code) in [
            (&b""[..], "empty"),
            (b"MZ\x90\0\x03\0\0\0", "unsupported_type"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "markup"),
            (b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF", "active_pdf"),
            (&header, "too_many_pixels"),
        ] {
            assert_eq!(refused(bytes), AppError::invalid("file", code));
        }
        let large = vec![b'a'; MAX_EVIDENCE_BYTES + 1];
        assert_eq!(refused(&large), AppError::TooLarge { most: MAX_EVIDENCE_BYTES as u64 });
        assert_eq!(MAX_EVIDENCE_BYTES, Limits::default().bytes);
    }
}
