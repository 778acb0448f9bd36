//! Where a channel's settings come from: the environment first, then the section of the configuration file. What is
//! asked for as `merchant_key` may also be given as `merchant_key_file`, the name of a file that holds it.

use crate::secret::Secret;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;

/// A setting that cannot be used. Its value is never shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSetting {
    /// Which.
    pub name: String,
    /// What is wrong with it.
    pub fault: String,
}

impl BadSetting {
    /// A fault of a setting.
    pub fn new(name: impl Into<String>, fault: impl Into<String>) -> Self {
        Self { name: name.into(), fault: fault.into() }
    }
}

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.fault)
    }
}

impl std::error::Error for BadSetting {}

/// The settings of one channel. Reads nothing by itself: environment and files are given as functions.
pub struct Settings<'a> {
    /// What stands before a name in the environment: `YUANLU_WECHAT_`.
    pub prefix: &'a str,
    /// The section of the configuration file.
    pub section: &'a BTreeMap<String, String>,
    /// Reads a variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a file.
    pub file: &'a dyn Fn(&str) -> io::Result<String>,
}

/// Takes settings one by one and remembers what was wrong.
pub(crate) struct Taking<'a> {
    from: &'a Settings<'a>,
    known: BTreeSet<String>,
    faults: Vec<BadSetting>,
}

impl<'a> Taking<'a> {
    pub(crate) fn new(from: &'a Settings<'a>) -> Self {
        Self { from, known: BTreeSet::new(), faults: Vec::new() }
    }

    fn given(&self, name: &str) -> Option<String> {
        let variable = format!("{}{}", self.from.prefix, name.to_ascii_uppercase());
        (self.from.variable)(&variable).or_else(|| self.from.section.get(name).cloned())
    }

    /// The setting, or what the file that is named in its place holds; empty when there is neither.
    pub(crate) fn text(&mut self, name: &str) -> String {
        let by_file = format!("{name}_file");
        let value = self.given(name).or_else(|| {
            let path = self.given(&by_file)?;
            match (self.from.file)(&path) {
                Ok(text) => Some(text),
                Err(error) => {
                    self.faults.push(BadSetting::new(&by_file, format!("{path} cannot be read: {}", error.kind())));
                    None
                }
            }
        });
        self.known.extend([name.to_owned(), by_file]);
        value.unwrap_or_default().trim().to_owned()
    }

    /// A setting that must not be seen.
    pub(crate) fn secret(&mut self, name: &str) -> Secret {
        self.text(name).into()
    }

    /// The setting, or this where there is none.
    pub(crate) fn text_or(&mut self, name: &str, default: &str) -> String {
        let text = self.text(name);
        if text.is_empty() { default.to_owned() } else { text }
    }

    /// What was wrong, names that nobody asked for among it.
    pub(crate) fn end(mut self) -> Vec<BadSetting> {
        let unknown = self.from.section.keys().filter(|name| !self.known.contains(*name));
        self.faults.extend(unknown.map(|name| BadSetting::new(name, "there is no such setting")));
        self.faults
    }
}

/// `https`, or plain to this machine only: where a provider may be reached.
pub(crate) fn check_base(name: &str, url: &str) -> Option<BadSetting> {
    let uri = url.parse::<http::Uri>().ok().filter(|uri| uri.query().is_none() && !url.ends_with('/'));
    let fault = match uri.as_ref().map(|uri| (uri.scheme_str(), uri.host())) {
        Some((Some("https"), Some(_)) | (Some("http"), Some("127.0.0.1" | "localhost" | "[::1]"))) => return None,
        Some((Some("http"), Some(_))) => "must be https",
        _ => "is no address of the form https://host",
    };
    Some(BadSetting::new(name, fault))
}

/// Where a provider sends callbacks: `https` without a query, or plain to this machine.
pub(crate) fn check_notify(name: &str, url: &str) -> Option<BadSetting> {
    if url.contains('?') || url.len() > 255 {
        return Some(BadSetting::new(name, "must have no query and at most 255 characters"));
    }
    check_base(name, url)
}
