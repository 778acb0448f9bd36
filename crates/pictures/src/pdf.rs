//! PDF: shown by other programs, so only what does nothing by itself is taken.

use crate::kind;
use crate::refused::Refused;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

/// Names of what acts, and what they are called for people.
const ACTIVE: &[(&[u8], &str)] = &[
    (b"/JavaScript", "JavaScript"),
    (b"/Launch", "Launch"),
    (b"/EmbeddedFile", "EmbeddedFile"),
    (b"/EmbeddedFiles", "EmbeddedFiles"),
    (b"/RichMedia", "RichMedia"),
    (b"/XFA", "XFA"),
    (b"/SubmitForm", "SubmitForm"),
    (b"/ImportData", "ImportData"),
];
const MOST_UNPACKED: usize = 32 << 20;
/// A dictionary before a stream is looked for this far back.
const LONGEST_DICTIONARY: usize = 2048;

/// Refuses what is incomplete, encrypted, or acts when it is opened.
pub(crate) fn check(bytes: &[u8]) -> Result<(), Refused> {
    let tail = &bytes[bytes.len().saturating_sub(2048)..];
    if !tail.windows(5).any(|window| window == b"%%EOF") {
        return Err(Refused::Truncated);
    }
    if kind::ends_as_archive(bytes) {
        return Err(Refused::Polyglot { kind: "application/pdf", hidden: "application/zip" });
    }
    let plain = unescaped(bytes);
    if has_name(&plain, b"/Encrypt") {
        return Err(Refused::ClosedPdf);
    }
    refuse_active(&plain)?;
    let mut left = MOST_UNPACKED;
    for stream in object_streams(bytes) {
        // Objects packed in a way no ordinary program packs them are not looked into, and not taken.
        let objects = decompress_to_vec_zlib_with_limit(stream, left).map_err(|_| Refused::ClosedPdf)?;
        left -= objects.len();
        refuse_active(&unescaped(&objects))?;
    }
    Ok(())
}

fn refuse_active(plain: &[u8]) -> Result<(), Refused> {
    match ACTIVE.iter().find(|(name, _)| has_name(plain, name)) {
        Some((_, what)) => Err(Refused::ActivePdf { what }),
        None => Ok(()),
    }
}

fn has_name(bytes: &[u8], name: &[u8]) -> bool {
    let ends = |at: usize| bytes.get(at + name.len()).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    (0..bytes.len().saturating_sub(name.len() - 1))
        .any(|at| bytes[at] == b'/' && bytes[at..].starts_with(name) && ends(at))
}

/// Letters of names may be written as `#4A`.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'#', Some(high), Some(low)) => {
                plain.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    plain
}

/// Contents of the streams that hold packed objects.
fn object_streams(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    const WORD: &[u8] = b"stream";
    let starts = bytes.windows(WORD.len()).enumerate().filter(|(_, window)| *window == WORD).map(|(at, _)| at);
    starts.filter(|&at| !bytes[..at].ends_with(b"end")).filter_map(|at| {
        let before = &bytes[at.saturating_sub(LONGEST_DICTIONARY)..at];
        let from = before.windows(4).rposition(|window| window == b" obj").unwrap_or(0);
        let is_packed = has_name(&unescaped(&before[from..]), b"/ObjStm");
        let body = &bytes[at + WORD.len()..];
        let body = body.strip_prefix(b"\r\n").or_else(|| body.strip_prefix(b"\n")).unwrap_or(body);
        is_packed.then_some(body)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec_zlib;

    fn packed(objects: &[u8]) -> Vec<u8> {
        let body = compress_to_vec_zlib(objects, 6);
        let mut pdf = b"%PDF-1.7\n4 0 obj\n<< /Type /Obj#53tm /Filter /FlateDecode >>\nstream\r\n".to_vec();
        pdf.extend(body);
        pdf.extend(b"\nendstream\nendobj\n%%EOF\n");
        pdf
    }

    #[test]
    fn what_acts_is_found_also_when_packed_or_escaped() {
        let acts = |what| Err(Refused::ActivePdf { what });
        assert_eq!(check(b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\n%%EOF"), Ok(()));
        assert_eq!(check(b"%PDF-1.4\n<< /S /JavaScript /JS (app.alert(1)) >>\n%%EOF"), acts("JavaScript"));
        assert_eq!(check(b"%PDF-1.4\n<< /S /J#61vaScript /JS (1) >>\n%%EOF"), acts("JavaScript"));
        assert_eq!(check(b"%PDF-1.4\n<< /S/Launch/F(cmd.exe)>>\n%%EOF"), acts("Launch"));
        assert_eq!(check(b"%PDF-1.4\n<< /Names << /EmbeddedFiles 3 0 R >> >>\n%%EOF"), acts("EmbeddedFiles"));
        assert_eq!(check(b"%PDF-1.4\n<< /Launchpad 1 >>\n%%EOF"), Ok(()));
        assert_eq!(check(b"%PDF-1.4\ntrailer << /Encrypt 5 0 R >>\n%%EOF"), Err(Refused::ClosedPdf));
        assert_eq!(check(&packed(b"1 0 << /Type /Catalog >>")), Ok(()));
        assert_eq!(check(&packed(b"1 0 << /S /JavaScript /JS (x) >>")), acts("JavaScript"));
        assert_eq!(check(b"%PDF-1.4\nno end"), Err(Refused::Truncated));
        let broken = b"%PDF-1.7\n4 0 obj << /Type /ObjStm /Filter /LZWDecode >>\nstream\n\x80\x0b\nendstream\n%%EOF";
        assert_eq!(check(broken), Err(Refused::ClosedPdf));
    }

    #[test]
    fn a_bomb_of_objects_is_not_unpacked() {
        assert_eq!(check(&packed(&vec![b' '; MOST_UNPACKED + 1])), Err(Refused::ClosedPdf));
        let mut archive = packed(b"1 0 << >>");
        archive.extend(b"PK\x05\x06");
        archive.extend([0; 18]);
        assert!(matches!(check(&archive), Err(Refused::Polyglot { hidden: "application/zip", .. })));
    }
}
