//! What goes along with something said to the outside. The bytes lie with the files; the journal says what they were.

use crate::ids::AttachmentId;
use serde::{Deserialize, Serialize};

/// What an attachment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentKind {
    /// The evidence package of the case, as an archive that can be checked.
    Package,
    /// The printable document of that package.
    Print,
    /// A picture of the case, drawn anew: without hidden metadata, and with what was blacked out.
    Picture,
}

impl AttachmentKind {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Print => "print",
            Self::Picture => "picture",
        }
    }

    /// The kind with this code.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Package, Self::Print, Self::Picture].into_iter().find(|kind| kind.code() == code)
    }
}

/// One file that goes along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Names the bytes as they were kept.
    pub id: AttachmentId,
    /// What it is.
    pub kind: AttachmentKind,
    /// What it was made of: id of the package, or of the picture.
    pub of: String,
    /// SHA-256 (hex) of exactly the bytes that go along.
    pub sha256: String,
    /// How many they are.
    pub size: u64,
}
