//! The outer form of picture files: where the picture ends, and what stands beside its pixels.

use crate::kind::Kind;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

const LONGEST_TEXT: usize = 64 << 10;
const MOST_TEXTS: usize = 64;

/// A picture file, walked through once.
#[derive(Debug, Default)]
pub(crate) struct Container<'a> {
    /// The end marker was found.
    pub(crate) complete: bool,
    /// Where the picture ends; what follows is not part of it.
    pub(crate) end: usize,
    /// A JPEG that keeps all its coefficients in memory while it is read.
    pub(crate) progressive: bool,
    pub(crate) exif: Option<&'a [u8]>,
    pub(crate) xmp: Option<String>,
    /// Named texts and comments.
    pub(crate) texts: Vec<(String, String)>,
}

pub(crate) fn walk(kind: Kind, bytes: &[u8]) -> Container<'_> {
    let mut container = Container { end: bytes.len(), ..Container::default() };
    match kind {
        Kind::Jpeg => jpeg(bytes, &mut container),
        Kind::Png => png(bytes, &mut container),
        Kind::Webp => webp(bytes, &mut container),
        Kind::Pdf | Kind::Text => {}
    }
    container
}

impl Container<'_> {
    fn text(&mut self, name: &[u8], value: &[u8]) {
        if self.texts.len() < MOST_TEXTS {
            let value = &value[..value.len().min(LONGEST_TEXT)];
            self.texts.push((lossy(name), lossy(value)));
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_matches(['\0', ' ', '\n', '\r']).to_owned()
}

fn jpeg<'a>(bytes: &'a [u8], container: &mut Container<'a>) {
    const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
    let mut at = 2;
    loop {
        // Anything up to the next marker is picture data (or padding).
        let Some(skipped) = bytes.get(at..).and_then(|rest| {
            rest.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF))
        }) else {
            return;
        };
        at += skipped + 2;
        let marker = bytes[at - 1];
        if marker == 0xD9 {
            container.complete = true;
            container.end = at;
            return;
        }
        if matches!(marker, 0x01 | 0xD8) {
            continue;
        }
        let Some(&[high, low]) = bytes.get(at..at + 2) else { return };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let Some(body) = bytes.get(at + 2..at + length.max(2)) else { return };
        match marker {
            0xC2 | 0xC6 | 0xCA | 0xCE => container.progressive = true,
            0xE1 if body.starts_with(b"Exif\0\0") => container.exif = container.exif.or(Some(&body[6..])),
            0xE1 if body.starts_with(XMP) => container.xmp = Some(lossy(&body[XMP.len()..])),
            0xFE => container.text(b"Comment", body),
            _ => {}
        }
        at += length.max(2);
    }
}

fn png<'a>(bytes: &'a [u8], container: &mut Container<'a>) {
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(body) = bytes.get(at + 8..(at + 8).saturating_add(length)) else { return };
        let split = body.iter().position(|&byte| byte == 0).map(|end| (&body[..end], &body[end + 1..]));
        match (&head[4..], split) {
            (b"IEND", _) => {
                container.end = (at + 12).min(bytes.len());
                container.complete = at + 12 <= bytes.len();
                return;
            }
            (b"eXIf", _) => container.exif = container.exif.or(Some(body)),
            (b"tEXt", Some((name, value))) => container.text(name, value),
            (b"zTXt", Some((name, value))) => {
                let unpacked = value.get(1..).map(|packed| decompress_to_vec_zlib_with_limit(packed, LONGEST_TEXT));
                if let Some(Ok(value)) = unpacked {
                    container.text(name, &value);
                }
            }
            (b"iTXt", Some((name, value))) => international(name, value, container),
            _ => {}
        }
        at = at.saturating_add(12 + length);
    }
}

fn international(name: &[u8], value: &[u8], container: &mut Container<'_>) {
    let Some((&[packed, _method], rest)) = value.split_first_chunk::<2>() else { return };
    let mut parts = rest.splitn(3, |&byte| byte == 0);
    let Some(text) = parts.nth(2) else { return };
    let unpacked;
    let text = if packed == 1 {
        let Ok(plain) = decompress_to_vec_zlib_with_limit(text, LONGEST_TEXT) else { return };
        unpacked = plain;
        unpacked.as_slice()
    } else {
        text
    };
    if name == b"XML:com.adobe.xmp" {
        container.xmp = Some(lossy(&text[..text.len().min(LONGEST_TEXT)]));
    } else {
        container.text(name, text);
    }
}

fn webp<'a>(bytes: &'a [u8], container: &mut Container<'a>) {
    let Some(size) = bytes.get(4..8) else { return };
    let size = u32::from_le_bytes([size[0], size[1], size[2], size[3]]) as usize;
    container.complete = size.saturating_add(8) <= bytes.len();
    container.end = size.saturating_add(8).min(bytes.len());
    let mut at = 12;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let Some(body) = bytes.get(at + 8..(at + 8).saturating_add(length)) else { return };
        match &head[..4] {
            b"EXIF" => container.exif = Some(body.strip_prefix(b"Exif\0\0").unwrap_or(body)),
            b"XMP " => container.xmp = Some(lossy(&body[..body.len().min(LONGEST_TEXT)])),
            _ => {}
        }
        at = at.saturating_add(8 + length + length % 2);
    }
}
