//! What a camera or a program wrote beside the pixels.

use crate::container::Container;
use exif::{In, Tag, Value};
use image::metadata::Orientation;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// A name or a text longer than this is cut.
const LONGEST: usize = 120;
const MOST: usize = 32;

/// What stands beside the pixels, as far as it says something about the picture's history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Programs and devices that name themselves, with the field they stand in.
    pub software: Vec<(String, String)>,
    /// Dates with the field they stand in, as written.
    pub dates: Vec<(String, String)>,
    /// Maker and model of the camera.
    pub camera: Option<String>,
    /// It says where it was taken. The place itself is not read.
    pub has_place: bool,
    /// A label that says a machine generated the picture.
    pub generated: Option<String>,
}

/// How the camera was held, and everything else.
pub(crate) fn read(container: &Container<'_>) -> (Orientation, Metadata) {
    let mut metadata = Metadata::default();
    let orientation = container.exif.map_or(Orientation::NoTransforms, |raw| read_exif(raw, &mut metadata));
    if let Some(xmp) = &container.xmp {
        read_xmp(xmp, &mut metadata);
    }
    for (name, text) in &container.texts {
        match name.as_str() {
            "Software" | "Comment" | "Creator" => metadata.software(name, text),
            "Creation Time" | "date:create" | "date:modify" => metadata.date(name, text),
            "parameters" | "prompt" | "workflow" => metadata.generated = Some(cut(name)),
            _ => {}
        }
        if name.contains("AIGC") || text.contains("\"AIGC\"") {
            metadata.generated = Some("AIGC".to_owned());
        }
    }
    (orientation, metadata)
}

impl Metadata {
    fn software(&mut self, field: &str, name: &str) {
        if !name.is_empty() && self.software.len() < MOST {
            self.software.push((field.to_owned(), cut(name)));
        }
    }

    fn date(&mut self, field: &str, date: &str) {
        if self.dates.len() < MOST {
            self.dates.push((field.to_owned(), cut(date)));
        }
    }
}

fn cut(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(LONGEST).collect::<String>().trim().to_owned()
}

fn read_exif(raw: &[u8], metadata: &mut Metadata) -> Orientation {
    let Ok(exif) = exif::Reader::new().read_raw(raw.to_vec()) else { return Orientation::NoTransforms };
    let ascii = |tag| match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(lines) => Some(String::from_utf8_lossy(lines.first()?).trim_matches(['\0', ' ']).to_owned()),
        _ => None,
    };
    for (tag, field) in
        [(Tag::Software, "Exif.Software"), (Tag(exif::Context::Tiff, 0x000B), "Exif.ProcessingSoftware")]
    {
        if let Some(name) = ascii(tag) {
            metadata.software(field, &name);
        }
    }
    for (tag, field) in [
        (Tag::DateTimeOriginal, "Exif.DateTimeOriginal"),
        (Tag::DateTimeDigitized, "Exif.DateTimeDigitized"),
        (Tag::DateTime, "Exif.DateTime"),
    ] {
        if let Some(date) = ascii(tag) {
            metadata.date(field, &date);
        }
    }
    let camera = [ascii(Tag::Make), ascii(Tag::Model)].into_iter().flatten().collect::<Vec<_>>().join(" ");
    metadata.camera = Some(cut(&camera)).filter(|camera| !camera.is_empty());
    metadata.has_place = exif.get_field(Tag::GPSLatitude, In::PRIMARY).is_some();
    let code = exif.get_field(Tag::Orientation, In::PRIMARY).and_then(|field| field.value.get_uint(0));
    code.and_then(|code| Orientation::from_exif(u8::try_from(code).ok()?)).unwrap_or(Orientation::NoTransforms)
}

/// XMP is XML, but only a few values are wanted, which stand as attributes or as elements.
fn read_xmp(xmp: &str, metadata: &mut Metadata) {
    for field in ["xmp:CreatorTool", "stEvt:softwareAgent", "pdf:Producer"] {
        values(xmp, field).for_each(|name| metadata.software(field, name));
    }
    for field in ["xmp:CreateDate", "xmp:ModifyDate", "photoshop:DateCreated"] {
        values(xmp, field).for_each(|date| metadata.date(field, date));
    }
    for label in ["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "AIGC"] {
        if xmp.contains(label) {
            metadata.generated = Some(label.to_owned());
        }
    }
}

fn values<'a>(xmp: &'a str, field: &'a str) -> impl Iterator<Item = &'a str> {
    xmp.match_indices(field).take(MOST).filter_map(move |(at, _)| {
        let rest = xmp[at + field.len()..].trim_start();
        match rest.strip_prefix('=') {
            Some(quoted) => {
                let quoted = quoted.trim_start();
                let quote = quoted.chars().next().filter(|sign| matches!(sign, '"' | '\''))?;
                quoted[1..].split(quote).next()
            }
            None => rest.strip_prefix('>')?.split('<').next(),
        }
    })
}

/// Reads the ways in which dates are written: `2026:03:14 09:26:53`, ISO 8601 with or without a zone.
pub(crate) fn parse_date(text: &str) -> Option<DateTime> {
    let figures = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let small = |from: usize| i8::try_from(figures(from, from + 2)?).ok();
    let day = jiff::civil::Date::new(figures(0, 4)?, small(5)?, small(8)?).ok()?;
    let time = if text.len() > 10 {
        let second = if text.as_bytes().get(16) == Some(&b':') { small(17)? } else { 0 };
        jiff::civil::Time::new(small(11)?, small(14)?, second, 0).ok()?
    } else {
        jiff::civil::Time::midnight()
    };
    Some(day.to_datetime(time))
}

/// A camera without a set clock writes zeros or blanks, which is no date and no lie.
pub(crate) fn is_unset(text: &str) -> bool {
    text.chars().all(|sign| matches!(sign, '0' | ':' | '-' | ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_spelling() {
        let date = |text: &str| parse_date(text).map(|date| date.to_string());
        assert_eq!(date("2026:03:14 09:26:53").as_deref(), Some("2026-03-14T09:26:53"));
        assert_eq!(date("2026-03-14T09:26:53+08:00").as_deref(), Some("2026-03-14T09:26:53"));
        assert_eq!(date("2026-03-14T09:26Z").as_deref(), Some("2026-03-14T09:26:00"));
        assert_eq!(date("2026-03-14").as_deref(), Some("2026-03-14T00:00:00"));
        for wrong in ["2026:02:30 00:00:00", "2026:03:14 25:00:00", "14.3.2026", "", "二〇二六"] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
        assert!(is_unset("0000:00:00 00:00:00") && is_unset("") && is_unset("    :  :     :  :  "));
    }

    #[test]
    fn xmp_is_read_as_attribute_and_as_element() {
        let mut metadata = Metadata::default();
        read_xmp(
            r#"<x xmp:CreatorTool="Adobe Photoshop 25.0" xmp:ModifyDate='2026-01-02T03:04:05+08:00'>
               <stEvt:softwareAgent>Snapseed</stEvt:softwareAgent></x>"#,
            &mut metadata,
        );
        let software: Vec<&str> = metadata.software.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(software, ["Adobe Photoshop 25.0", "Snapseed"]);
        assert_eq!(metadata.dates, [("xmp:ModifyDate".to_owned(), "2026-01-02T03:04:05+08:00".to_owned())]);
    }
}
