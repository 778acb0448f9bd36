//! Mail addresses, links, bare domains, however their dots are dressed.

use super::WarningKind;
use super::contact::is_for_goods;
use super::glyphs::{Glyphs, ends_sentence};

/// Domains whose ending is no word of a language.
const ENDINGS: &[&str] = &[
    "com", "cn", "net", "org", "cc", "xyz", "io", "tk", "ru", "hk", "tw", "jp", "uk", "de", "fr", "biz", "ltd", "icu",
    "wang", "ml", "gg", "ly", "gl",
];
/// Domains whose ending is a word: only with a path, or under `www`.
const WORD_ENDINGS: &[&str] = &[
    "me", "top", "vip", "shop", "link", "live", "pro", "site", "online", "app", "club", "info", "fun", "store", "co",
    "la",
];
/// Where people complain to: never a way off the platform that is held against anybody.
const COMPLAINTS: &[&str] = &["gov.cn", "12315.cn", "tousu.sina.com.cn", "cca.org.cn", "12321.cn"];

/// A mail address, a link, a bare domain: where it ends, and what it is unless it is one of ours.
pub(super) fn address(glyphs: &Glyphs, i: usize, own_hosts: &[&str]) -> Option<(usize, Option<WarningKind>)> {
    let c = glyphs.at(i);
    if !c.is_ascii_alphanumeric() || is_name(glyphs.before(i)) {
        return None;
    }
    let mut end = i;
    while is_name(glyphs.at(end)) && end - i < 64 {
        end += 1;
    }
    if let Some(host) = after_at(glyphs, end) {
        let (host_end, name, ending) = host_at(glyphs, host)?;
        let known = ENDINGS.contains(&ending.as_str()) || WORD_ENDINGS.contains(&ending.as_str());
        let ours = is_own(&name, own_hosts) || is_for_goods(glyphs, i);
        return known.then_some((host_end, (!ours).then_some(WarningKind::Email)));
    }
    let scheme = glyphs.word(i, "https").or_else(|| glyphs.word(i, "http"));
    let start = match scheme {
        Some(colon) if glyphs.at(colon) == ':' && glyphs.at(colon + 1) == '/' => pass(glyphs, colon, ":/ "),
        _ => i,
    };
    let (host_end, name, ending) = host_at(glyphs, start)?;
    let path = glyphs.at(host_end) == '/' && !ends_sentence(glyphs.at(host_end + 1)) && glyphs.at(host_end + 1) != ' ';
    let sure = start > i || name.starts_with("www.");
    let named =
        name.split('.').next().is_some_and(|label| label.bytes().any(|b| b.is_ascii_alphabetic()) || label.len() > 2);
    let fits = (sure && !ending.is_empty())
        || (ENDINGS.contains(&ending.as_str()) && named)
        || (WORD_ENDINGS.contains(&ending.as_str()) && path);
    let mut end = host_end;
    while end < glyphs.len() && end - host_end < 200 && is_path(glyphs.at(end)) && path {
        end += 1;
    }
    fits.then(|| (end, (!is_own(&name, own_hosts)).then_some(WarningKind::Link)))
}

/// A host that begins here: its end, its name, and its ending. `点` and `。` stand for dots before an ending.
fn host_at(glyphs: &Glyphs, start: usize) -> Option<(usize, String, String)> {
    let (mut end, mut name) = (start, String::new());
    let mut ending = None;
    while name.len() < 80 {
        let label: String =
            (end..end + 40).map(|k| glyphs.at(k)).take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        if label.is_empty() {
            break;
        }
        (end, ending) = (end + label.len(), Some(label.clone()).filter(|_| !name.is_empty()));
        name.push_str(&label);
        let Some(after) = dot_at(glyphs, end) else { break };
        name.push('.');
        end = after;
    }
    // A full stop at the end of a sentence is none of the host.
    if name.ends_with('.') {
        name.pop();
        end = end.checked_sub(1)?;
    }
    let ending = ending.filter(|label| label.len() >= 2 && label.bytes().all(|b| b.is_ascii_alphabetic()))?;
    Some((end, name, ending))
}

/// After a dot in any of its forms, where a label follows.
fn dot_at(glyphs: &Glyphs, i: usize) -> Option<usize> {
    let ending = |k: usize| ENDINGS.iter().any(|ending| glyphs.word(k, ending).is_some()).then_some(k);
    match glyphs.at(i) {
        '.' => glyphs.at(i + 1).is_ascii_alphanumeric().then_some(i + 1),
        '。' | '点' | '丶' | '·' => ending(i + 1),
        ' ' | '(' | '[' => {
            let word = pass(glyphs, i, " ([");
            let after = glyphs.any(word, &["dot", "点"])?;
            ending(pass(glyphs, after, " )]"))
        }
        _ => None,
    }
}

/// After an at sign in any of its forms.
fn after_at(glyphs: &Glyphs, i: usize) -> Option<usize> {
    let k = pass(glyphs, i, " ([");
    let dressed = glyphs.any(k, &["艾特", "at"]).filter(|_| matches!(glyphs.at(i), '(' | '[' | '艾'));
    match glyphs.at(k) {
        '@' => Some(pass(glyphs, k + 1, " )")),
        _ => dressed.map(|after| pass(glyphs, after, " )]")),
    }
}

fn is_own(name: &str, own_hosts: &[&str]) -> bool {
    own_hosts
        .iter()
        .chain(COMPLAINTS)
        .any(|own| name == *own || name.strip_suffix(own).is_some_and(|sub| sub.ends_with('.')))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn is_path(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_whitespace() && !matches!(c, '"' | '<' | '>' | ')')
}

/// Passes over at most eight of these characters.
fn pass(glyphs: &Glyphs, from: usize, over: &str) -> usize {
    (from..from + 8).find(|i| *i >= glyphs.len() || !over.contains(glyphs.at(*i))).unwrap_or(from + 8)
}
