//! Bodies of several parts (`multipart/form-data`), taken apart as a server does it.

use http::Request;

/// One part.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    /// Its name.
    pub(crate) name: String,
    /// The name of its file.
    pub(crate) file: Option<String>,
    /// Its bytes.
    pub(crate) content: &'a [u8],
}

/// The parts of a request; `None` where it has none, or they cannot be told apart.
pub(crate) fn parts(request: &Request<Vec<u8>>) -> Option<Vec<Part<'_>>> {
    let kind = request.headers().get(http::header::CONTENT_TYPE)?.to_str().ok()?;
    let (kind, rest) = kind.split_once(';').unwrap_or((kind, ""));
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = match rest.split(';').find_map(|one| one.trim().strip_prefix("boundary=")) {
        Some(boundary) => boundary.trim_matches('"'),
        // Some clients leave it to be read from the first line, and providers do.
        None => {
            let line = request.body().strip_prefix(b"--")?;
            std::str::from_utf8(&line[..position(line, b"\r\n")?]).ok()?
        }
    };
    if boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let line = format!("--{boundary}").into_bytes();
    let between = [b"\r\n", line.as_slice()].concat();
    let mut rest = request.body().strip_prefix(line.as_slice())?;
    let mut found = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(found);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let end_of_head = position(rest, b"\r\n\r\n")?;
        let head = std::str::from_utf8(&rest[..end_of_head]).ok()?;
        let body = &rest[end_of_head + 4..];
        let end = position(body, &between)?;
        let told = head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
        })?;
        let value = |wanted: &str| {
            let of = |one: &str| Some(one.trim().strip_prefix(wanted)?.strip_prefix('=')?.trim_matches('"').to_owned());
            told.split(';').find_map(of)
        };
        found.push(Part { name: value("name")?, file: value("filename"), content: &body[..end] });
        rest = &body[end + between.len()..];
    }
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// What a file is by how it begins: `jpg`, `png`, `bmp`, `gif` or `pdf`.
pub(crate) fn kind(content: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 5] =
        [(b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"BM", "bmp"), (b"GIF8", "gif"), (b"%PDF-", "pdf")];
    known.into_iter().find(|(begin, _)| content.starts_with(begin)).map(|(_, kind)| kind)
}

/// What a file is known by: SHA-256 (hex).
pub(crate) fn sha256(content: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA256, content).as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

/// What becomes of the next uploads. Every way keeps or does not keep the file, and says nothing to a payer.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Uploads {
    /// So many are lost on the way.
    pub(crate) dropped: u32,
    /// So many are kept, and the answer gets lost.
    pub(crate) unanswered: u32,
    /// So many are kept, and the answer comes too late.
    pub(crate) late: u32,
}

/// How one upload goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Lost on the way.
    Dropped,
    /// Kept, and nobody hears of it.
    Unanswered,
    /// Kept, and told too late.
    Late,
    /// As it should.
    Well,
}

impl Uploads {
    /// How the next one goes.
    pub(crate) fn next(&mut self) -> Way {
        for (left, way) in
            [(&mut self.dropped, Way::Dropped), (&mut self.unanswered, Way::Unanswered), (&mut self.late, Way::Late)]
        {
            if *left > 0 {
                *left -= 1;
                return way;
            }
        }
        Way::Well
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(kind: &str, body: &[u8]) -> Request<Vec<u8>> {
        Request::builder().header("content-type", kind).body(body.to_vec()).unwrap()
    }

    #[test]
    fn parts_are_told_apart_and_what_is_broken_is_none() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n{}\r\n--x\r\ncontent-disposition: form-data; \
                     name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x89\r\n-x\r\n--x--\r\n";
        let kind = "multipart/form-data; boundary=x";
        let asked = request(kind, body);
        let found = parts(&asked).unwrap();
        assert_eq!((found[0].name.as_str(), found[0].content), ("meta", b"{}".as_slice()));
        assert_eq!(found[1].file.as_deref(), Some("a.png"));
        assert_eq!(found[1].content, b"\x89\r\n-x");
        for cut in 1..body.len() - 4 {
            assert_eq!(parts(&request(kind, &body[..cut])), None, "{cut}");
        }
        assert!(
            parts(&request("multipart/form-data", body)).is_some_and(|found| found.len() == 2),
            "by its first line"
        );
        assert!(parts(&request("multipart/form-data; boundary=y", body)).is_none());
        assert!(parts(&request("application/json", body)).is_none());
    }
}
