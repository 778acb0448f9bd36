//! Bodies of several parts (`multipart/form-data`), for files.

use crate::wire::hex;
use ring::digest::{SHA256, digest};

/// One part.
pub(crate) struct Part<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// A file's name: of letters, digits, `-`, `_` and `.`, for it is ours.
    pub(crate) file: Option<&'a str>,
    /// What it is; nothing for plain text.
    pub(crate) media_type: Option<&'a str>,
    /// Its bytes.
    pub(crate) content: &'a [u8],
}

/// The body, and what the header `content-type` says about it. The same parts give the same bytes.
pub(crate) fn body(parts: &[Part<'_>]) -> (String, Vec<u8>) {
    // A line that nothing can contain that was not made from this very line.
    let told: Vec<u8> =
        parts.iter().flat_map(|part| [part.name.as_bytes(), b"\n", part.content, b"\n"].concat()).collect();
    let boundary = format!("yuanlu{}", &hex(digest(&SHA256, &told).as_ref())[..32]);
    let mut body = Vec::with_capacity(told.len() + 400);
    for part in parts {
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", part.name);
        if let Some(file) = part.file {
            head.push_str(&format!("; filename=\"{file}\""));
        }
        if let Some(media_type) = part.media_type {
            head.push_str(&format!("\r\nContent-Type: {media_type}"));
        }
        head.push_str("\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(part.content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}
