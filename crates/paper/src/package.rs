//! The evidence package: an archive whose manifest names every file by its SHA-256 and is signed line by line.

use crate::canonical;
use crate::certificate;
use crate::finding::Report;
use crate::hash::{hex, sha256, sha256_hex, unhex};
use crate::proof::Journal;
use crate::stamp::{self, Sign, Stamp};
use crate::zip;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::io::{self, Write};

const WHAT: &str = "package";
const FILE: &str = "file:";
/// The manifest, always the last file.
pub const MANIFEST: &str = "manifest.json";
/// The journal with its proof.
pub const JOURNAL: &str = "journal.json";
/// Who looked, as a journal of its own.
pub const VIEWS: &str = "views.json";
/// Texts that the journal names by digest.
pub const TEXTS: &str = "texts.json";
/// The certificate as JSON.
pub const CERTIFICATE: &str = "certificate.json";
/// The certificate as PDF.
pub const CERTIFICATE_PDF: &str = "certificate.pdf";

/// What a package says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Its id.
    pub id: String,
    /// For whom: a code of the platform's variants.
    pub variant: String,
    /// It is the stronger one (R21).
    pub strong: bool,
    /// Who made it: `buyer`, `seller` or `staff`.
    pub made_by: String,
    /// When, in Shanghai.
    pub made_at: String,
    /// The platform's name.
    pub platform: String,
    /// Where the platform is.
    pub url: String,
    /// Order number.
    pub order: String,
    /// Case number.
    pub case: String,
}

/// A text or a file that the journal names by a salted digest: with the salt anybody can follow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// What it is: `text`, or the path of a file in the package.
    pub what: String,
    /// The salt, hex.
    pub salt: String,
    /// The text; for a file the SHA-256 (hex) of its content.
    pub text: String,
    /// What the journal keeps: SHA-256 (hex) over salt and text.
    pub digest: String,
}

impl Opened {
    fn fits(&self, journal: &Journal) -> bool {
        let digest = unhex(&self.salt).map(|salt| hex(&sha256(&[&salt, self.text.as_bytes()])));
        digest.as_ref() == Some(&self.digest) && journal.entries.iter().any(|entry| entry.body.contains(&self.digest))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    yuanlu: String,
    v: u32,
    fields: Map<String, Value>,
    stamp: Stamp,
}

/// Writes a package; only one file is held at a time.
pub struct Writer<W> {
    archive: zip::Writer<W>,
    fields: Map<String, Value>,
}

impl<W: Write> Writer<W> {
    /// An empty package.
    pub fn new(out: W) -> Self {
        Self { archive: zip::Writer::new(out), fields: Map::new() }
    }

    /// Adds a file.
    ///
    /// # Errors
    /// When writing fails, or a file has that name.
    pub fn add(&mut self, path: &str, content: &[u8]) -> io::Result<()> {
        let listed = json!({ "sha256": sha256_hex(content), "size": content.len() });
        if path == MANIFEST || self.fields.insert(format!("{FILE}{path}"), listed).is_some() {
            return Err(io::Error::other("two files of one name"));
        }
        self.archive.add(path, content)
    }

    /// The files so far, each with its SHA-256 (hex).
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        let each = self.fields.iter();
        each.filter_map(|(name, listed)| Some((name.strip_prefix(FILE)?, listed["sha256"].as_str()?)))
    }

    /// Signs the manifest, writes it, and gives the writer back with the SHA-256 (hex) of the manifest.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self, about: &About, by: &impl Sign) -> io::Result<(W, String)> {
        let other = |_| io::Error::other("the manifest cannot be written");
        self.fields.insert(WHAT.to_owned(), serde_json::to_value(about).map_err(io::Error::other)?);
        let stamp = stamp::stamp(WHAT, &self.fields, by).map_err(other)?;
        let manifest = Manifest { yuanlu: WHAT.to_owned(), v: 1, fields: self.fields, stamp };
        let text = canonical::of(&manifest).map_err(other)? + "\n";
        self.archive.add(MANIFEST, text.as_bytes())?;
        Ok((self.archive.finish()?, sha256_hex(text.as_bytes())))
    }
}

/// Checks a package; answers what it says about itself, where that can be read at all.
pub fn check(bytes: &[u8], trusted: Option<&str>) -> (Report, Option<About>) {
    let mut report = Report::default();
    let Some(archive) = zip::read(bytes) else {
        report.find("unreadable", WHAT);
        return (report, None);
    };
    for bent in &archive.bent {
        report.find("container", bent);
    }
    let about = check_files(&archive.files, trusted, &mut report);
    (report, about)
}

/// Checks the files of a package, wherever they lie.
pub fn check_files(files: &[zip::File<'_>], trusted: Option<&str>, report: &mut Report) -> Option<About> {
    let find = |name: &str| files.iter().find(|file| file.name == name).map(|file| file.content);
    let mut seen = BTreeSet::new();
    for file in files {
        report.files += 1;
        if !seen.insert(file.name) {
            report.find("unlisted", file.name);
        }
    }
    let Some(text) = find(MANIFEST) else {
        report.find("missing", MANIFEST);
        return None;
    };
    let Some(manifest) = serde_json::from_slice::<Manifest>(text).ok().filter(|m| m.yuanlu == WHAT && m.v == 1) else {
        report.find("unreadable", MANIFEST);
        return None;
    };
    if canonical::of(&manifest).is_ok_and(|spelt| format!("{spelt}\n").as_bytes() != text) {
        report.find("changed", MANIFEST);
    }
    manifest.stamp.check(WHAT, &manifest.fields, trusted, report);
    for (name, listed) in &manifest.fields {
        let Some(path) = name.strip_prefix(FILE) else { continue };
        match find(path) {
            Some(content) if listed["sha256"].as_str() == Some(&sha256_hex(content)) => {}
            Some(_) => report.find("changed", path),
            None => report.find("missing", path),
        }
    }
    for file in files {
        if file.name != MANIFEST && !manifest.fields.contains_key(&format!("{FILE}{}", file.name)) {
            report.find("unlisted", file.name);
        }
    }
    check_inside(&find, &manifest.stamp.key, report);
    manifest.fields.get(WHAT).and_then(|about| serde_json::from_value(about.clone()).ok())
}

/// What files of a package say of each other: the certificate's signature, the journal's chain and its place in the log,
/// and the texts that it names.
fn check_inside<'a>(find: &impl Fn(&str) -> Option<&'a [u8]>, key: &str, report: &mut Report) {
    for name in [CERTIFICATE, CERTIFICATE_PDF] {
        let Some(content) = find(name) else { continue };
        let (inner, _) = certificate::check(content, Some(key));
        report.proofs += inner.proofs;
        for finding in inner.findings {
            report.find(finding.code, format!("{name}: {}", finding.place));
        }
    }
    check_journal(find, VIEWS, key, report);
    let Some(journal) = check_journal(find, JOURNAL, key, report) else { return };
    let Some(content) = find(TEXTS) else { return };
    let Ok(opened) = serde_json::from_slice::<Vec<Opened>>(content) else { return report.find("unreadable", TEXTS) };
    for (n, one) in (1..).zip(&opened) {
        let file_fits = one.what == "text" || find(&one.what).is_none_or(|content| sha256_hex(content) == one.text);
        if !one.fits(&journal) || !file_fits {
            report.find("text", format!("{TEXTS}: {n}"));
        }
    }
}

/// Follows a journal's chain and its proof; answers the journal where there is one.
fn check_journal<'a>(
    find: &impl Fn(&str) -> Option<&'a [u8]>,
    name: &str,
    key: &str,
    report: &mut Report,
) -> Option<Journal> {
    let Ok(journal) = serde_json::from_slice::<Journal>(find(name)?) else {
        report.find("unreadable", name);
        return None;
    };
    match journal.first_bad() {
        Some(seq) => report.find("chain", format!("{name}: {}:{}:{seq}", journal.kind, journal.id)),
        None => report.entries += journal.entries.len() as u64,
    }
    match (&journal.proof, journal.is_proved(key)) {
        (Some(_), true) => report.proofs += 1,
        (Some(_), false) => report.find("proof", name),
        (None, _) => {}
    }
    Some(journal)
}
