//! Why a file is not taken at all.

use serde::Serialize;

/// How much a file may cost. Everything is checked against what the file declares before anything is unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Pixels of the longer side.
    pub side: u32,
    /// Pixels in all.
    pub pixels: u64,
    /// Bytes of memory for decoding.
    pub memory: u64,
    /// Bytes of a plain text.
    pub text: usize,
}

impl Default for Limits {
    /// Enough for the cameras of today's phones: 40 million pixels, 256 MB while decoding.
    fn default() -> Self {
        Self { bytes: 10 << 20, side: 20_000, pixels: 40_000_000, memory: 256 << 20, text: 512 << 10 }
    }
}

/// Why a file is refused, with what was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refused {
    /// No content.
    Empty,
    /// More bytes than allowed.
    TooLarge {
        /// Bytes there are.
        bytes: u64,
        /// Bytes allowed.
        most: u64,
    },
    /// More pixels than allowed, by its own header.
    TooManyPixels {
        /// Declared width.
        width: u32,
        /// Declared height.
        height: u32,
        /// Pixels allowed.
        most: u64,
    },
    /// Unpacking would take more memory than allowed.
    TooMuchMemory {
        /// Bytes it would take at least.
        bytes: u64,
        /// Bytes allowed.
        most: u64,
    },
    /// A HEIC or HEIF picture: please send JPEG.
    Heic,
    /// A known type that is no evidence: archives, programs, films.
    UnsupportedType {
        /// What it is, as a media type.
        found: String,
    },
    /// No known type.
    UnknownType,
    /// HTML, SVG or XML.
    Markup,
    /// A script.
    Script,
    /// Two types in one file.
    Polyglot {
        /// The type it pretends to be.
        kind: &'static str,
        /// The type that hides in it.
        hidden: &'static str,
    },
    /// A PDF that does something when opened.
    ActivePdf {
        /// The name of what it does.
        what: &'static str,
    },
    /// A PDF that cannot be looked into: encrypted, or in a form no ordinary program writes.
    ClosedPdf,
    /// The end is missing.
    Truncated,
    /// It does not decode.
    Unreadable,
}

impl Refused {
    /// The key of its sentence for people.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyPixels { .. } => "too_many_pixels",
            Self::TooMuchMemory { .. } => "too_much_memory",
            Self::Heic => "heic",
            Self::UnsupportedType { .. } => "unsupported_type",
            Self::UnknownType => "unknown_type",
            Self::Markup => "markup",
            Self::Script => "script",
            Self::Polyglot { .. } => "polyglot",
            Self::ActivePdf { .. } => "active_pdf",
            Self::ClosedPdf => "closed_pdf",
            Self::Truncated => "truncated",
            Self::Unreadable => "unreadable",
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => out.write_str("the file is empty"),
            Self::TooLarge { bytes, most } => write!(out, "{bytes} bytes, at most {most} are taken"),
            Self::TooManyPixels { width, height, most } => {
                write!(out, "{width} × {height} pixels, at most {most} are taken")
            }
            Self::TooMuchMemory { bytes, most } => {
                write!(out, "unpacking takes {bytes} bytes, at most {most} are spent")
            }
            Self::Heic => out.write_str("HEIC pictures are not taken: send it as JPEG"),
            Self::UnsupportedType { found } => write!(out, "{found} is not taken: send a picture, a PDF or plain text"),
            Self::UnknownType => out.write_str("not a picture, a PDF or plain text"),
            Self::Markup => out.write_str("HTML, SVG and XML are not taken: send a picture of it"),
            Self::Script => out.write_str("scripts are not taken"),
            Self::Polyglot { kind, hidden } => write!(out, "{hidden} hides in {kind}"),
            Self::ActivePdf { what } => write!(out, "the PDF contains {what}: print it to a new PDF"),
            Self::ClosedPdf => out.write_str("the PDF cannot be looked into: print it to a new PDF"),
            Self::Truncated => out.write_str("the end of the file is missing: send it again"),
            Self::Unreadable => out.write_str("the file does not decode: send it again, or a screenshot of it"),
        }
    }
}

impl std::error::Error for Refused {}
