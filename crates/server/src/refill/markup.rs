//! Just enough reading of markup to edit it in place: tags with their attributes, of pages that templates of ours wrote.

use std::ops::Range;

/// What is put where.
pub type Edit = (Range<usize>, String);

/// A page with these edits.
pub fn edited(html: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|(at, _)| (at.start, at.end));
    let (mut out, mut done) = (String::with_capacity(html.len() + 1024), 0);
    for (at, text) in edits {
        out.push_str(&html[done..at.start]);
        out.push_str(&text);
        done = at.end;
    }
    out.push_str(&html[done..]);
    out
}

/// A tag, and where it stands. A closing one's name begins with a slash.
#[derive(Debug)]
pub struct Tag<'a> {
    /// In small letters, as templates write it.
    pub name: &'a str,
    /// Where it stands.
    pub at: Range<usize>,
    /// What stands between name and end, and where it begins.
    inner: &'a str,
    begin: usize,
}

impl Tag<'_> {
    /// The attributes: name, and where the value stands with its quotes.
    fn attributes(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = &self.inner[at..];
            let begin = at + rest.find(|c: char| !c.is_whitespace() && c != '/')?;
            let rest = &self.inner[begin..];
            let length = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
            let name = &rest[..length];
            at = begin + length;
            if !self.inner[at..].starts_with("=\"") {
                return Some((name, at..at));
            }
            let end = self.inner[at + 2..].find('"').map_or(self.inner.len(), |end| at + 2 + end + 1);
            let value = at..end;
            at = end;
            Some((name, value))
        })
    }

    /// An attribute's value.
    pub fn value(&self, name: &str) -> Option<String> {
        let (_, at) = self.attributes().find(|(n, _)| *n == name)?;
        Some(decoded(self.inner.get(at.start + 2..at.end.saturating_sub(1)).unwrap_or_default()))
    }

    /// Whether an attribute has this value.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.value(name).as_deref() == Some(value)
    }

    /// Gives an attribute this value.
    pub fn set(&self, name: &str, value: &str, edits: &mut Vec<Edit>) {
        let text = format!("=\"{}\"", escaped(value));
        match self.attributes().find(|(n, _)| *n == name) {
            Some((_, at)) => edits.push((self.begin + at.start..self.begin + at.end, text)),
            None => edits.push((self.at.end - 1..self.at.end - 1, format!(" {name}{text}"))),
        }
    }

    /// Puts an attribute without a value there, or takes it away.
    pub fn flag(&self, name: &str, on: bool, edits: &mut Vec<Edit>) {
        let bare = name.split('=').next().unwrap_or(name);
        match self.attributes().find(|(n, _)| *n == bare) {
            Some((_, at)) if !on => {
                edits.push((self.begin + at.start - bare.len()..self.begin + at.end, String::new()));
            }
            None if on => edits.push((self.at.end - 1..self.at.end - 1, format!(" {name}"))),
            _ => {}
        }
    }
}

/// Every tag of a page.
pub fn tags(html: &str) -> Vec<Tag<'_>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(begin) = html[at..].find('<').map(|n| at + n) {
        let mut quoted = false;
        let is_end = |c: char| {
            quoted ^= c == '"';
            c == '>' && !quoted
        };
        let Some(end) = html[begin..].find(is_end).map(|n| begin + n) else { break };
        let text = &html[begin + 1..end];
        let length = text.find(char::is_whitespace).unwrap_or(text.len());
        found.push(Tag {
            name: &text[..length],
            at: begin..end + 1,
            inner: &text[length..],
            begin: begin + 1 + length,
        });
        at = end + 1;
    }
    found
}

/// Text as it stands in markup and attributes.
pub fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&#38;"),
            '<' => out.push_str("&#60;"),
            '>' => out.push_str("&#62;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}

/// What our own markup escapes, read back.
pub fn decoded(markup: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\"")];
    let text = pairs.iter().fold(markup.to_owned(), |text, (from, to)| text.replace(from, to));
    text.replace("&#39;", "'").replace("&amp;", "&").replace("&#38;", "&")
}
