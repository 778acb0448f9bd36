//! Papers that left the house.

use super::When;
use serde::Serialize;
use utoipa::ToSchema;
use yuanlu_storage::paper::Paper;

/// A certificate or a package that was made of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PaperView {
    /// Its short id.
    pub id: String,
    /// `certificate` or `package`.
    pub kind: String,
    /// For whom a package is: `buyer`, `12315`, `heimao`, `association`, `court`, `police`, `card`, `seller`.
    pub variant: String,
    /// Who had it made: `buyer`, `seller`, `staff` or `program`.
    pub by: String,
    /// When.
    pub at: When,
    /// SHA-256 (hex): of a certificate's signature, of a package's manifest.
    pub digest: String,
}

impl From<Paper> for PaperView {
    fn from(paper: Paper) -> Self {
        Self {
            id: paper.id,
            kind: paper.kind,
            variant: paper.variant,
            by: paper.side,
            at: paper.made_at.into(),
            digest: paper.digest,
        }
    }
}
