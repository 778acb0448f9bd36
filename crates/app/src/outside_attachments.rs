//! What goes along with an answer to the outside: the evidence package of the case, made for who reads it, or pictures of
//! the case. The bytes are kept as they went, so that exactly they can be shown again.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::evidence::Opened;
use crate::evidence_copy::redrawn;
use crate::inputs::OutsideSayInput;
use crate::order_view::permit;
use crate::package::{PRINT, PackageFacts, Rendered, Variant, eyes_of};
use crate::principal::Principal;
use crate::views::{EvidenceView, MayAttach};
use serde_json::json;
use std::io::{self, Write};
use yuanlu_blobs::Secret;
use yuanlu_domain::ids::{AttachmentId, CaseId, DeskId, EvidenceId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::outside_complaint::{Agency, Attachment, AttachmentKind, OutsideComplaint, Saying, Takes};
use yuanlu_paper::hash::sha256_hex;
use yuanlu_storage::attachment::{self, Kept};
use yuanlu_storage::evidence_copy::{self, Variant as Shown};
use yuanlu_storage::{Stmt, evidence, order_file};

/// The largest archive that is kept with an answer.
const MOST_PACKAGE: usize = 64 * 1024 * 1024;
/// The largest document that a card scheme takes.
const MOST_PRINT: usize = 5 * 1024 * 1024;
/// The largest picture that every channel takes.
const MOST_PICTURE: usize = 2 * 1024 * 1024;
/// A picture that is too large is drawn with its longer side so long, until it fits.
const SMALLER: [u32; 4] = [2400, 1600, 1200, 800];

/// What goes along, and the rows to be kept in the same commit.
#[derive(Default)]
pub(crate) struct Along {
    pub(crate) attached: Vec<Attachment>,
    pub(crate) rows: Vec<Stmt>,
}

/// For whom a package is made that goes to an agency; none where the agency takes none.
fn variant_for(agency: Agency) -> Option<Variant> {
    match agency {
        Agency::Hotline | Agency::Regulator => Some(Variant::Regulator),
        Agency::ConsumerAssociation => Some(Variant::Association),
        Agency::Blackcat => Some(Variant::Heimao),
        Agency::Court => Some(Variant::Court),
        Agency::Stripe => Some(Variant::Card),
        Agency::Wechat | Agency::Alipay => None,
    }
}

/// Whether a picture of a case may leave the house: a file of the case that its buyer sees, drawn anew.
fn is_picture(view: &EvidenceView) -> bool {
    view.media_type.starts_with("image/")
}

/// Bytes up to a limit; more are refused.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl App {
    /// What goes along with what is about to be said. Nothing is made for what will be refused anyway.
    pub(crate) fn attach(
        &self,
        who: &Principal,
        complaint: &OutsideComplaint,
        saying: Saying,
        input: &OutsideSayInput,
        print: impl FnOnce(&PackageFacts) -> Result<Rendered>,
    ) -> Result<Along> {
        let takes = complaint.registration.agency.takes(saying);
        if takes != Takes::Pictures && !input.pictures.is_empty() {
            return Err(AppError::invalid("pictures", "not_taken"));
        }
        if input.pictures.len() > takes.most().max(1) {
            return Err(AppError::invalid("pictures", "too_large"));
        }
        let hopeless = !complaint.state.is_open() || complaint.has_call_under_way();
        if hopeless || (takes == Takes::Pictures && input.pictures.is_empty()) {
            return Ok(Along::default());
        }
        let found = self.case_of(complaint)?;
        match (takes, found, variant_for(complaint.registration.agency)) {
            (Takes::Package | Takes::Print, Some((file, case)), Some(variant)) if input.package => {
                self.attach_package(who, complaint, &file, &case, variant, takes, print)
            }
            (Takes::Pictures, Some((file, case)), _) => {
                self.attach_pictures(who, complaint, &file, &case, &input.pictures)
            }
            (Takes::Pictures, None, _) => Err(AppError::invalid("pictures", "unknown")),
            _ => Ok(Along::default()),
        }
    }

    /// The case that a complaint concerns, where its buyer is somebody for whom papers can be made.
    fn case_of(&self, complaint: &OutsideComplaint) -> Result<Option<(OrderFile, CaseId)>> {
        let Some(concerns) = &complaint.registration.concerns else { return Ok(None) };
        let Some(case) = concerns.case else { return Ok(None) };
        let stored = self.db().read(|db| order_file::find(db, &concerns.order))?.ok_or(AppError::NotFound)?;
        let file = stored.aggregate;
        let fits = file.case(case).is_some() && eyes_of(&file, Variant::Buyer).is_some();
        let id = file.case_id(case);
        Ok(fits.then_some((file, id)))
    }

    /// What could go along with the next answer.
    pub(crate) fn may_attach(&self, complaint: &OutsideComplaint) -> Result<MayAttach> {
        let agency = complaint.registration.agency;
        let Some((file, case)) = self.case_of(complaint)? else { return Ok(MayAttach::default()) };
        let takes = agency.takes(Saying::Reply);
        let pictures = if takes == Takes::Pictures { self.pictures_of(&file, &case)? } else { Vec::new() };
        Ok(MayAttach {
            package: variant_for(agency).map(Variant::code),
            print_only: takes == Takes::Print,
            most_pictures: if pictures.is_empty() { 0 } else { takes.most() },
            pictures,
        })
    }

    /// Pictures of a case that its buyer sees, and that may leave the house as they are drawn.
    fn pictures_of(&self, file: &OrderFile, case: &CaseId) -> Result<Vec<EvidenceView>> {
        let eyes = eyes_of(file, Variant::Buyer).ok_or(AppError::NotFound)?;
        Ok(self.load_case(&eyes, case)?.evidence.into_iter().filter(is_picture).collect())
    }

    /// A picture exactly as it would go along with an answer.
    pub fn open_outside_picture(&self, who: &Principal, desk: &DeskId, id: &EvidenceId) -> Result<Opened> {
        permit(who, Action::HandleOutside, &Object::Nothing)?;
        let complaint = self.stored_outside(desk)?;
        if complaint.registration.agency.takes(Saying::Reply) != Takes::Pictures {
            return Err(AppError::NotFound);
        }
        let (file, case) = self.case_of(&complaint)?.ok_or(AppError::NotFound)?;
        let known = self.pictures_of(&file, &case)?;
        let view = known.iter().find(|view| view.id == id.as_str()).ok_or(AppError::NotFound)?;
        let (media_type, bytes) = self.picture_to_send(view)?;
        let name = format!("{id}.{}", if media_type == "image/png" { "png" } else { "jpg" });
        Ok(Opened { name, media_type: media_type.to_owned(), bytes: Secret::new(bytes) })
    }

    /// What a package for the agency of a complaint says, for its fields to be copied; none where none is made.
    pub fn preview_outside_package(&self, who: &Principal, desk: &DeskId) -> Result<Option<PackageFacts>> {
        permit(who, Action::HandleOutside, &Object::Nothing)?;
        let complaint = self.stored_outside(desk)?;
        let agency = complaint.registration.agency;
        let by_hand = agency.takes(Saying::Reply) == Takes::Package && complaint.state.is_open();
        match (self.case_of(&complaint)?, variant_for(agency)) {
            (Some((file, case)), Some(variant)) if by_hand => {
                self.package_facts(&file, &case, variant, false, "staff").map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Opens what went along with an answer, byte for byte; who did is kept.
    pub fn open_attachment(&self, who: &Principal, desk: &DeskId, no: usize) -> Result<Opened> {
        permit(who, Action::HandleOutside, &Object::Nothing)?;
        let complaint = self.stored_outside(desk)?;
        let attached = no.checked_sub(1).and_then(|index| complaint.attached.get(index)).ok_or(AppError::NotFound)?;
        let kept = self.db().read(|db| attachment::find(db, &attached.id))?.ok_or(AppError::NotFound)?;
        let bytes = self.content(&kept.blob)?;
        if sha256_hex(bytes.expose()) != attached.sha256 {
            tracing::error!(complaint = %desk, no, "what went along is not what is kept");
            return Err(AppError::Unavailable);
        }
        let detail = json!({ "no": no, "sha256": attached.sha256 });
        let audit = self.audit_row(who, "open_attachment", desk.as_str(), detail)?;
        self.write(move |tx, _| Ok(tx.run(&audit).map(drop)?))?;
        Ok(Opened { name: kept.name, media_type: kept.media_type, bytes })
    }

    #[expect(clippy::too_many_arguments, reason = "what a package is made of, and for whom")]
    fn attach_package(
        &self,
        who: &Principal,
        complaint: &OutsideComplaint,
        file: &OrderFile,
        case: &CaseId,
        variant: Variant,
        takes: Takes,
        print: impl FnOnce(&PackageFacts) -> Result<Rendered>,
    ) -> Result<Along> {
        let too_large = || AppError::invalid("package", "too_large");
        let facts = self.package_facts(file, case, variant, false, "staff")?;
        let rendered = print(&facts)?;
        let document = rendered.iter().find(|(path, _)| path == PRINT).map(|(_, content)| content.clone());
        if takes == Takes::Print && document.as_ref().is_some_and(|document| document.len() > MOST_PRINT) {
            return Err(too_large());
        }
        let out = Bounded { bytes: Vec::new(), most: MOST_PACKAGE };
        let (out, digest) = self.write_package(&facts, rendered, out).map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => too_large(),
            _ => {
                tracing::warn!(case = %case, error = %error, "a package was not written to its end");
                AppError::Unavailable
            }
        })?;
        let (paper, rows) = self.made_package(who, case, &facts, "staff", digest)?;
        let mut along = Along { attached: Vec::new(), rows };
        let mut keep = Keeping { app: self, who, desk: &complaint.desk, along: &mut along };
        let name = format!("evidence-{case}-{}", variant.code());
        if takes == Takes::Package {
            keep.keep(AttachmentKind::Package, &paper.id, format!("{name}.zip"), "application/zip", &out.bytes)?;
        }
        if let Some(document) = document {
            keep.keep(AttachmentKind::Print, &paper.id, format!("{name}.pdf"), "application/pdf", &document)?;
        }
        Ok(along)
    }

    fn attach_pictures(
        &self,
        who: &Principal,
        complaint: &OutsideComplaint,
        file: &OrderFile,
        case: &CaseId,
        wanted: &[String],
    ) -> Result<Along> {
        let known = self.pictures_of(file, case)?;
        let mut along = Along::default();
        for (index, id) in wanted.iter().enumerate() {
            let twice = wanted[..index].contains(id);
            let view = known.iter().find(|view| view.id == *id && !twice);
            let view = view.ok_or(AppError::invalid("pictures", "unknown"))?;
            let (media_type, bytes) = self.picture_to_send(view)?;
            let ending = if media_type == "image/png" { "png" } else { "jpg" };
            let mut keep = Keeping { app: self, who, desk: &complaint.desk, along: &mut along };
            keep.keep(AttachmentKind::Picture, id, format!("picture-{}.{ending}", index + 1), media_type, &bytes)?;
        }
        Ok(along)
    }

    /// A picture as it may leave the house: with what was blacked out, else without hidden metadata; never as it came.
    fn picture_to_send(&self, view: &EvidenceView) -> Result<(&'static str, Vec<u8>)> {
        let id = EvidenceId::from(view.id.as_str());
        let variant = if view.released { Shown::Panel } else { Shown::Clean };
        let copy = self.db().read(|db| evidence_copy::find(db, &id, variant))?;
        let bytes = match &copy {
            Some(copy) => self.content(&copy.blob)?,
            None if variant == Shown::Panel => return Err(AppError::Unavailable),
            None => self.content(&self.db().read(|db| evidence::find(db, &id))?.ok_or(AppError::NotFound)?.blob)?,
        };
        if let Some(copy) = &copy
            && bytes.expose().len() <= MOST_PICTURE
            && let Some(media_type) = ["image/jpeg", "image/png"].into_iter().find(|one| *one == copy.media_type)
        {
            return Ok((media_type, bytes.expose().clone()));
        }
        self.gate().pass(|| {
            for longest in SMALLER {
                let shown = redrawn(bytes.expose(), longest)?;
                if shown.bytes.len() <= MOST_PICTURE && matches!(shown.media_type, "image/jpeg" | "image/png") {
                    return Ok((shown.media_type, shown.bytes));
                }
            }
            Err(AppError::invalid("pictures", "too_large"))
        })
    }
}

/// Files being kept for one answer.
struct Keeping<'a> {
    app: &'a App,
    who: &'a Principal,
    desk: &'a DeskId,
    along: &'a mut Along,
}

impl Keeping<'_> {
    fn keep(
        &mut self,
        kind: AttachmentKind,
        of: &str,
        name: String,
        media_type: &'static str,
        bytes: &[u8],
    ) -> Result<()> {
        let (app, now) = (self.app, self.app.now());
        let blob = app.blobs().put(app.vault(), bytes).map_err(|_| AppError::Unavailable)?;
        let id = AttachmentId::from(app.ids().text(now));
        let (sha256, size) = (sha256_hex(bytes), bytes.len() as u64);
        self.along.rows.push(attachment::adding(&Kept {
            id: id.clone(),
            desk: self.desk.clone(),
            kind,
            of: of.to_owned(),
            name,
            media_type: media_type.to_owned(),
            size,
            sha256: sha256.clone(),
            blob: blob.as_str().to_owned(),
            made_by: self.who.key(),
            made_at: now,
        }));
        self.along.attached.push(Attachment { id, kind, of: of.to_owned(), sha256, size });
        Ok(())
    }
}
