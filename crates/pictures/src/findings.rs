//! Findings: what was measured, never what it means. Only a person calls something forged.

use crate::metadata::{Metadata, is_unset, parse_date};
use crate::raster::{Grey, Sums};
use jiff::civil::DateTime;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

/// Shortest side, in pixels, on which writing of a screen can still be read.
pub const LEAST_SIDE: u32 = 300;
/// Sharpness, in thousandths, below which a picture is called blurred. See [`Finding::Blurred`].
pub const LEAST_SHARPNESS: u32 = 80;
/// Levels of grey, of 256, between the darkest and the lightest hundredth.
pub const LEAST_CONTRAST: u32 = 40;
/// Share of one colour, in thousandths, from which a picture is called empty.
pub const MOST_OF_ONE_COLOUR: u32 = 997;
/// Part of the height, in thousandths, from which a tail of one tone is called missing.
pub const LEAST_TAIL: u32 = 80;
/// No camera or telephone wrote dates into pictures before this year.
const FIRST_YEAR: i16 = 1995;

/// Programs whose purpose is to change pictures, as they name themselves (in small letters).
const EDITORS: &[&str] = &[
    "photoshop",
    "gimp",
    "lightroom",
    "snapseed",
    "picsart",
    "meitu",
    "美图",
    "醒图",
    "xingtu",
    "canva",
    "pixelmator",
    "affinity",
    "paint.net",
    "paintshop",
    "facetune",
    "faceapp",
    "vsco",
    "fotor",
    "befunky",
    "photopea",
    "krita",
    "inkscape",
    "coreldraw",
    "acdsee",
    "polarr",
    "pixlr",
    "camera raw",
    "轻颜",
    "黄油相机",
    "稿定",
    "imagemagick",
    "luminar",
    "capture one",
    "darktable",
    "rawtherapee",
    "photoscape",
    "photodirector",
    "inshot",
    "ps express",
    "remini",
    "稿定设计",
    "图怪兽",
    "天天p图",
    "美颜",
    "apowersoft",
    "截图王",
];

/// One thing measured about a file that a reviewer, and the uploader where he can mend it, should see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Finding {
    /// Fewer pixels than writing needs.
    TooSmall {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
        /// Least shorter side.
        least: u32,
    },
    /// Edges are soft: how much neighbours differ (variance of the Laplacian) for how much the place varies at all,
    /// in thousandths, in the sharpest tenth of the places that show something.
    Blurred {
        /// Measured.
        sharpness: u32,
        /// Least.
        least: u32,
    },
    /// Too little between dark and light to be read.
    LowContrast {
        /// Levels measured, of 256.
        levels: u32,
        /// Least.
        least: u32,
    },
    /// Nearly one colour.
    NearlyOneColour {
        /// Share in thousandths.
        share: u32,
    },
    /// The end of the data is missing, or the lower part is of one tone under a cut edge.
    CutOff {
        /// The end marker of the file is missing.
        end_missing: bool,
        /// Height of the tail, in thousandths of the picture.
        tail: u32,
    },
    /// A program for changing pictures names itself.
    EditingSoftware {
        /// Where.
        field: String,
        /// As written.
        software: String,
    },
    /// A label says that a machine generated the picture.
    LabelledGenerated {
        /// As written.
        label: String,
    },
    /// A date that cannot be.
    ImpossibleDate {
        /// Where.
        field: String,
        /// As written.
        date: String,
        /// Why it cannot be.
        why: ImpossibleDate,
    },
    /// So full of the corner patterns of QR codes that the codes were not read.
    TooManyCodes,
    /// The content is of another type than declared.
    NotAsDeclared {
        /// What was declared.
        declared: String,
        /// What it is.
        found: String,
    },
}

/// Why a date cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImpossibleDate {
    /// No day of the calendar or time of day.
    NoDate,
    /// More than a day after the upload.
    Future,
    /// Before there were such pictures.
    TooEarly,
    /// Changed before it was taken.
    ChangedBeforeTaken,
}

impl Finding {
    /// The key of its sentence for people.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooSmall { .. } => "too_small",
            Self::Blurred { .. } => "blurred",
            Self::LowContrast { .. } => "low_contrast",
            Self::NearlyOneColour { .. } => "nearly_one_colour",
            Self::CutOff { .. } => "cut_off",
            Self::EditingSoftware { .. } => "editing_software",
            Self::LabelledGenerated { .. } => "labelled_generated",
            Self::ImpossibleDate { .. } => "impossible_date",
            Self::TooManyCodes => "too_many_codes",
            Self::NotAsDeclared { .. } => "not_as_declared",
        }
    }

    /// Can the uploader mend it by sending a better file?
    pub const fn can_be_mended(&self) -> bool {
        matches!(
            self,
            Self::TooSmall { .. }
                | Self::Blurred { .. }
                | Self::LowContrast { .. }
                | Self::NearlyOneColour { .. }
                | Self::CutOff { .. }
        )
    }
}

/// What the pixels say.
pub(crate) fn of_pixels(grey: &Grey, (width, height): (u32, u32), end_missing: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    if width.min(height) < LEAST_SIDE {
        findings.push(Finding::TooSmall { width, height, least: LEAST_SIDE });
    }
    let tail = tail(grey);
    if end_missing || tail >= LEAST_TAIL {
        findings.push(Finding::CutOff { end_missing, tail });
    }
    let share = share_of_one_colour(grey);
    if share >= MOST_OF_ONE_COLOUR {
        findings.push(Finding::NearlyOneColour { share });
        return findings;
    }
    let levels = contrast(grey);
    if levels < LEAST_CONTRAST {
        findings.push(Finding::LowContrast { levels, least: LEAST_CONTRAST });
    }
    if let Some(sharpness) = sharpness(grey).filter(|&sharpness| sharpness < LEAST_SHARPNESS) {
        findings.push(Finding::Blurred { sharpness, least: LEAST_SHARPNESS });
    }
    findings
}

/// What the metadata say; `at` is when the file was uploaded, in any zone.
pub(crate) fn of_metadata(metadata: &Metadata, at: DateTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (field, software) in &metadata.software {
        let small = software.to_lowercase();
        if EDITORS.iter().any(|editor| small.contains(editor)) {
            findings.push(Finding::EditingSoftware { field: field.clone(), software: software.clone() });
        }
    }
    if let Some(label) = &metadata.generated {
        findings.push(Finding::LabelledGenerated { label: label.clone() });
    }
    let day: Span = 1.day();
    let latest = at.saturating_add(day);
    let taken = metadata.dates.iter().find(|(field, _)| field == "Exif.DateTimeOriginal");
    let taken = taken.and_then(|(_, date)| parse_date(date));
    for (field, text) in metadata.dates.iter().filter(|(_, text)| !is_unset(text)) {
        let date = parse_date(text);
        let changed = matches!(field.as_str(), "Exif.DateTime" | "xmp:ModifyDate");
        let why = match date {
            None if field.starts_with("date:") || field == "Creation Time" => continue,
            None => ImpossibleDate::NoDate,
            Some(date) if date > latest => ImpossibleDate::Future,
            Some(date) if date.year() < FIRST_YEAR => ImpossibleDate::TooEarly,
            Some(date) if changed && taken.is_some_and(|taken| date.saturating_add(day) < taken) => {
                ImpossibleDate::ChangedBeforeTaken
            }
            Some(_) => continue,
        };
        findings.push(Finding::ImpossibleDate { field: field.clone(), date: text.clone(), why });
    }
    findings
}

fn histogram(grey: &Grey) -> [u32; 256] {
    let mut counts = [0; 256];
    grey.pixels.iter().for_each(|&value| counts[usize::from(value)] += 1);
    counts
}

/// The largest share, in thousandths, of pixels within a few levels of each other.
fn share_of_one_colour(grey: &Grey) -> u32 {
    let counts = histogram(grey);
    let most = counts.windows(9).map(|near| near.iter().map(|&count| u64::from(count)).sum::<u64>()).max();
    (most.unwrap_or(0) * 1000 / grey.pixels.len().max(1) as u64) as u32
}

/// Levels between the darkest and the lightest hundredth; writing on paper is rarely less than that.
fn contrast(grey: &Grey) -> u32 {
    let counts = histogram(grey);
    let skip = (grey.pixels.len() / 250) as u32;
    let beyond = |seen: &mut u32, level: usize| {
        *seen += counts[level];
        Some((*seen > skip).then_some(level))
    };
    let dark = (0..256).scan(0, beyond).flatten().next().unwrap_or(0);
    let light = (0..256).rev().scan(0, beyond).flatten().next().unwrap_or(255);
    light.saturating_sub(dark) as u32
}

/// See [`Finding::Blurred`]; none if no place varies enough to tell.
fn sharpness(grey: &Grey) -> Option<u32> {
    const PLACE: usize = 32;
    let sums = Sums::of(grey);
    let mut places = Vec::new();
    for top in (1..grey.height.saturating_sub(PLACE)).step_by(PLACE) {
        for left in (1..grey.width.saturating_sub(PLACE)).step_by(PLACE) {
            let mean = sums.mean(left, top, left + PLACE, top + PLACE);
            let (mut varies, mut differs) = (0.0, 0.0);
            for y in top..top + PLACE {
                let (above, row, below) = (grey.row(y - 1), grey.row(y), grey.row(y + 1));
                for x in left..left + PLACE {
                    let value = f32::from(row[x]);
                    let around =
                        f32::from(above[x]) + f32::from(below[x]) + f32::from(row[x - 1]) + f32::from(row[x + 1]);
                    varies += (value - mean) * (value - mean);
                    differs += (around - 4.0 * value) * (around - 4.0 * value);
                }
            }
            if varies > (PLACE * PLACE) as f32 * 64.0 {
                places.push(differs / varies);
            }
        }
    }
    if places.len() < 4 {
        return None;
    }
    places.sort_by(f32::total_cmp);
    Some((places[places.len() * 9 / 10] * 1000.0) as u32)
}

/// Height, in thousandths, of a lower part that is black or half grey to the last pixel and begins across the picture.
fn tail(grey: &Grey) -> u32 {
    let Some(&tone) = grey.pixels.last() else { return 0 };
    if !(tone <= 2 || (126..=130).contains(&tone)) {
        return 0;
    }
    let is_tone = |value: &u8| value.abs_diff(tone) <= 1;
    let rows = (0..grey.height).rev().take_while(|&y| grey.row(y).iter().all(is_tone)).count();
    let begins = grey.height - rows;
    if begins < 4 {
        return 0;
    }
    // A dark page ends softly: under its last line of writing most of the width is already dark.
    let above = begins - 3..begins - 1;
    let lit = (0..grey.width).filter(|&x| above.clone().any(|y| grey.row(y)[x].abs_diff(tone) > 8)).count();
    if lit * 10 < grey.width * 7 { 0 } else { (rows * 1000 / grey.height) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(software: &str, dates: &[(&str, &str)]) -> Metadata {
        Metadata {
            software: vec![("Exif.Software".to_owned(), software.to_owned())],
            dates: dates.iter().map(|(field, date)| ((*field).to_owned(), (*date).to_owned())).collect(),
            ..Metadata::default()
        }
    }

    #[test]
    fn editors_are_named_and_cameras_are_not() {
        let at = jiff::civil::date(2026, 3, 14).at(12, 0, 0, 0);
        for editor in ["Adobe Photoshop 25.0 (Windows)", "GIMP 2.10.36", "美图秀秀", "Snapseed 2.0", "Picsart"] {
            let findings = of_metadata(&metadata(editor, &[]), at);
            assert_eq!(findings.iter().map(Finding::code).collect::<Vec<_>>(), ["editing_software"], "{editor}");
        }
        for device in ["HUAWEI Mate50 204.1.0", "17.5.1", "MIUI Camera", "Android UP1A.231005.007", "HDR+ 1.0.5", ""] {
            assert_eq!(of_metadata(&metadata(device, &[]), at), [], "{device}");
        }
    }

    #[test]
    fn only_dates_that_cannot_be_are_found() {
        let at = jiff::civil::date(2026, 3, 14).at(12, 0, 0, 0);
        let why = |dates: &[(&str, &str)]| {
            let findings = of_metadata(&metadata("", dates), at);
            let why = findings.into_iter().map(|finding| match finding {
                Finding::ImpossibleDate { why, .. } => why,
                other => panic!("{other:?}"),
            });
            why.collect::<Vec<_>>()
        };
        let (taken, changed) = ("Exif.DateTimeOriginal", "Exif.DateTime");
        assert_eq!(why(&[(taken, "2026:03:15 11:00:00")]), [], "another zone is no lie");
        assert_eq!(why(&[(taken, "2026:03:16 12:00:01")]), [ImpossibleDate::Future]);
        assert_eq!(why(&[(taken, "1984:01:01 00:00:00")]), [ImpossibleDate::TooEarly]);
        assert_eq!(why(&[(taken, "2026:02:31 00:00:00")]), [ImpossibleDate::NoDate]);
        assert_eq!(why(&[(taken, "0000:00:00 00:00:00")]), []);
        assert_eq!(why(&[(taken, "2026:03:10 10:00:00"), (changed, "2026:03:12 10:00:00")]), []);
        let back = [(taken, "2026:03:10 10:00:00"), (changed, "2026:03:02 10:00:00")];
        assert_eq!(why(&back), [ImpossibleDate::ChangedBeforeTaken]);
    }

    #[test]
    fn a_finding_is_kept_as_json() {
        let finding = Finding::Blurred { sharpness: 12, least: LEAST_SHARPNESS };
        let json = serde_json::to_string(&finding).unwrap();
        assert_eq!(json, r#"{"code":"blurred","sharpness":12,"least":80}"#);
        assert_eq!(serde_json::from_str::<Finding>(&json).unwrap(), finding);
    }
}
