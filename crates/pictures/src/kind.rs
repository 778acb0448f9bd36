//! What a file is by its content, and what must not hide in it.

use crate::container::Container;
use crate::refused::{Limits, Refused};

/// The types that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JPEG picture.
    Jpeg,
    /// PNG picture.
    Png,
    /// WebP picture.
    Webp,
    /// PDF document.
    Pdf,
    /// Plain text in UTF-8.
    Text,
}

impl Kind {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain",
        }
    }

    /// Is it a picture?
    pub const fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Webp)
    }

    /// Does a declared media type mean this? Saying nothing, or "bytes", is no contradiction.
    pub(crate) fn agrees(self, declared: &str) -> bool {
        let declared = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match declared.as_str() {
            "" | "application/octet-stream" | "binary/octet-stream" => true,
            "image/jpg" | "image/pjpeg" => self == Self::Jpeg,
            "image/x-png" | "image/apng" => self == Self::Png,
            declared if self == Self::Text => declared.starts_with("text/"),
            declared => declared == self.media_type(),
        }
    }
}

const MARKUP: &[&[u8]] = &[b"<script", b"<html", b"<svg", b"<?php", b"<!doctype html", b"<iframe"];

/// Finds the type by content.
pub(crate) fn sniff(bytes: &[u8], limits: &Limits) -> Result<Kind, Refused> {
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    if bytes.len() > limits.bytes {
        return Err(Refused::TooLarge { bytes: bytes.len() as u64, most: limits.bytes as u64 });
    }
    if is_heif(bytes) {
        return Err(Refused::Heic);
    }
    if is_script(bytes) {
        return Err(Refused::Script);
    }
    match infer::get(bytes).map(|found| found.mime_type()) {
        Some("image/jpeg") => Ok(Kind::Jpeg),
        Some("image/png") => Ok(Kind::Png),
        Some("image/webp") => Ok(Kind::Webp),
        Some("application/pdf") if bytes.starts_with(b"%PDF-") => Ok(Kind::Pdf),
        Some("text/html" | "text/xml" | "image/svg+xml") => Err(Refused::Markup),
        Some(found) => Err(Refused::UnsupportedType { found: found.to_owned() }),
        None => text(bytes, limits),
    }
}

fn text(bytes: &[u8], limits: &Limits) -> Result<Kind, Refused> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Err(Refused::UnknownType) };
    if text.chars().any(|sign| sign.is_control() && !matches!(sign, '\n' | '\r' | '\t')) {
        return Err(Refused::UnknownType);
    }
    let begin = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    if begin.starts_with('<') || finds_markup(bytes) {
        return Err(Refused::Markup);
    }
    if bytes.len() > limits.text {
        return Err(Refused::TooLarge { bytes: bytes.len() as u64, most: limits.text as u64 });
    }
    Ok(Kind::Text)
}

/// The families of ISO files that hold HEVC or AV1 pictures.
fn is_heif(bytes: &[u8]) -> bool {
    const BRANDS: &[&[u8]] =
        &[b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"];
    bytes.get(4..8) == Some(b"ftyp") && bytes.get(8..12).is_some_and(|brand| BRANDS.contains(&brand))
}

fn is_script(bytes: &[u8]) -> bool {
    bytes.starts_with(b"#!") || bytes.starts_with(b"<?php")
}

fn finds_markup(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&byte| byte == b'<') {
        rest = &rest[at..];
        let starts = |markup: &&[u8]| rest.get(..markup.len()).is_some_and(|head| head.eq_ignore_ascii_case(markup));
        if MARKUP.iter().any(starts) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

/// Does something else hide in a picture, that another program would find there?
pub(crate) fn hidden(kind: Kind, bytes: &[u8], container: &Container<'_>) -> Option<Refused> {
    let found = |hidden| Some(Refused::Polyglot { kind: kind.media_type(), hidden });
    if finds_markup(bytes) {
        return found("text/html");
    }
    if ends_as_archive(bytes) {
        return found("application/zip");
    }
    if bytes[..bytes.len().min(1024)].windows(5).any(|window| window == b"%PDF-") {
        return found("application/pdf");
    }
    // Phones append films and second pictures to a picture; programs and documents nobody appends by accident.
    let trailer = &bytes[container.end..];
    let trailer = &trailer[trailer.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != 0).unwrap_or(0)..];
    match infer::get(trailer).map(|found| found.matcher_type()) {
        Some(infer::MatcherType::App) => found("application/x-executable"),
        Some(infer::MatcherType::Archive) => found("application/x-archive"),
        Some(infer::MatcherType::Doc) => found("application/x-document"),
        _ if trailer.starts_with(b"%PDF-") => found("application/pdf"),
        _ if is_script(trailer) => found("text/x-script"),
        _ => None,
    }
}

/// A ZIP is read from its end: its last record may stand behind anything.
pub(crate) fn ends_as_archive(bytes: &[u8]) -> bool {
    const RECORD: usize = 22;
    let from = bytes.len().saturating_sub(RECORD + usize::from(u16::MAX));
    bytes[from..].windows(RECORD).enumerate().any(|(at, record)| {
        let comment = usize::from(u16::from_le_bytes([record[20], record[21]]));
        record.starts_with(b"PK\x05\x06") && from + at + RECORD + comment <= bytes.len()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_names_the_type() {
        let limits = Limits::default();
        let table: &[(&[u8], Result<Kind, Refused>)] = &[
            (b"", Err(Refused::Empty)),
            ("充值失败，见截图\n".as_bytes(), Ok(Kind::Text)),
            ("5 < 6, so <not> markup".as_bytes(), Ok(Kind::Text)),
            (b"\xef\xbb\xbf  <svg xmlns='http://www.w3.org/2000/svg'/>", Err(Refused::Markup)),
            (b"hello <ScRiPt>alert(1)</script>", Err(Refused::Markup)),
            (b"<!DOCTYPE html><p>x", Err(Refused::Markup)),
            (b"<?xml version='1.0'?><x/>", Err(Refused::Markup)),
            (b"#!/bin/sh\nrm -rf /\n", Err(Refused::Script)),
            (b"<?php system($_GET['c']);", Err(Refused::Script)),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Err(Refused::Heic)),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", Err(Refused::Heic)),
            (b"PK\x03\x04\x14\0", Err(Refused::UnsupportedType { found: "application/zip".into() })),
            (b"GIF89a\x01\0\x01\0", Err(Refused::UnsupportedType { found: "image/gif".into() })),
            (b"\x01\x02\x03\xff", Err(Refused::UnknownType)),
            (b"with a zero \0 inside", Err(Refused::UnknownType)),
            (b"%PDF-1.7\n%%EOF", Ok(Kind::Pdf)),
        ];
        for (bytes, expected) in table {
            assert_eq!(sniff(bytes, &limits), *expected, "{}", String::from_utf8_lossy(bytes));
        }
        let long = vec![b'a'; limits.text + 1];
        assert!(matches!(sniff(&long, &limits), Err(Refused::TooLarge { .. })));
    }

    #[test]
    fn declared_types_are_read_kindly() {
        assert!(Kind::Jpeg.agrees("image/jpg") && Kind::Jpeg.agrees("IMAGE/JPEG; q=1") && Kind::Png.agrees(""));
        assert!(Kind::Text.agrees("text/csv") && Kind::Pdf.agrees("application/octet-stream"));
        assert!(!Kind::Jpeg.agrees("image/png") && !Kind::Png.agrees("application/pdf"));
    }
}
