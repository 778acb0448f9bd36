//! What a check found.

use std::fmt;

/// Something that is not as it was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong, as a stable code.
    pub code: &'static str,
    /// Where: a file, a field, an entry.
    pub place: String,
}

impl Finding {
    /// The finding in plain English.
    pub fn sentence(&self) -> String {
        let place = &self.place;
        match self.code {
            "unreadable" => format!("{place}: cannot be read"),
            "signature" => format!("{place}: the signature does not fit what is signed"),
            "foreign_key" => format!("{place}: signed with another key than the platform's"),
            "changed" => format!("{place}: was changed after it was issued"),
            "missing" => format!("{place}: is missing"),
            "unlisted" => format!("{place}: was added after it was issued"),
            "container" => format!("{place}: the archive itself was changed here"),
            "chain" => format!("{place}: does not follow from the entry before"),
            "text" => format!("{place}: is not the text that the journal names"),
            "proof" => format!("{place}: the proof does not lead to the published log"),
            "print" => format!("{place}: the printed pages were changed after they were issued"),
            other => format!("{place}: {other}"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

/// Every code a finding can have.
pub const CODES: [&str; 11] = [
    "unreadable",
    "signature",
    "foreign_key",
    "changed",
    "missing",
    "unlisted",
    "container",
    "chain",
    "text",
    "proof",
    "print",
];

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Everything that is wrong, the first place first; empty when all is as issued.
    pub findings: Vec<Finding>,
    /// What was looked at, counted: files, entries, texts, proofs.
    pub files: u64,
    /// Journal entries whose chain was followed.
    pub entries: u64,
    /// Proofs that lead to a signed head of the log.
    pub proofs: u64,
    /// The public key that signed, hex, where there is one.
    pub key: Option<String>,
}

impl Report {
    /// Nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }

    /// Notes something that is wrong.
    pub fn find(&mut self, code: &'static str, place: impl fmt::Display) {
        let finding = Finding { code, place: place.to_string() };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}
