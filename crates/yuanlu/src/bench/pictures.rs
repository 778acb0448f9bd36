//! Pictures: accuracy on generated payment screens, the search among 10,000 and more stored fingerprints, and the cost of
//! one photograph. Stored pictures beyond the drawn ones are made from those: what all screens of a template share stays,
//! every other mark and one tile in eight is changed.

use super::{Figures, start};
use crate::Problem;
use std::collections::HashMap;
use std::io::Cursor;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat};
use yuanlu_pictures::samples::{Chance, Payment, TEMPLATES, photograph, screenshot};
use yuanlu_pictures::{Fingerprint, Index, Limits, Probe, inspect};

type Outcome<T> = Result<T, Problem>;

/// Screens of which copies are made.
const COPIED: u64 = 400;
/// Fresh pictures and copies that are looked for.
const LOOKED_FOR: u64 = 200;

/// Measures on so many screens, then among so many stored fingerprints.
pub fn measure(screens: u64, stored: u64, figures: &mut Figures<'_>) -> Outcome<()> {
    photograph_cost(figures)?;
    let fingerprints = accuracy(screens, figures)?;
    search(&fingerprints, stored, figures)
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = start();
    let done = work();
    (done, began.elapsed())
}

fn probe(bytes: &[u8]) -> Outcome<Probe> {
    let at = jiff::civil::date(2026, 11, 20).at(12, 0, 0, 0);
    let inspected = inspect(bytes, None, at, &Limits::default());
    let picture = inspected.map_err(|refused| Problem::new(refused.code()))?.picture;
    picture.map(|picture| picture.probe).ok_or_else(|| Problem::new("no picture"))
}

fn screen(number: u64) -> DynamicImage {
    DynamicImage::ImageRgb8(screenshot(number % TEMPLATES, &Payment::new(&mut Chance::new(number))))
}

fn png(picture: &DynamicImage) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).map_err(Problem::new)?;
    Ok(bytes)
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(Cursor::new(&mut bytes), quality);
    picture.write_with_encoder(encoder).map_err(Problem::new)?;
    Ok(bytes)
}

fn photograph_cost(figures: &mut Figures<'_>) -> Outcome<()> {
    let picture = DynamicImage::ImageRgb8(photograph(4000, 3000, 1));
    let bytes = jpeg(&picture, 88)?;
    drop(picture);
    let mut times = Vec::new();
    for _ in 0..7 {
        let (probe, time) = timed(|| probe(&bytes));
        probe?;
        times.push(time);
    }
    figures.waits("picture_photo_12mp", times);
    Ok(())
}

fn accuracy(count: u64, figures: &mut Figures<'_>) -> Outcome<Vec<Fingerprint>> {
    eprintln!("{count} screens …");
    let mut index = Index::new();
    let mut kept = Vec::new();
    let mut accused = 0_u32;
    for number in 0..count {
        let probe = probe(&png(&screen(number))?)?;
        accused += u32::from(!index.search(&probe).is_empty());
        index.insert(number, probe.fingerprint());
        kept.push(probe.fingerprint().clone());
    }
    figures.add("picture_screens", count as f64, "");
    figures.add("picture_accused", f64::from(accused) * 100.0 / count as f64, "% (≤ 0.1)");
    let mut chance = Chance::new(1);
    let copied = count.min(COPIED);
    let (mut compressed, mut cropped, mut wrong) = (0_u32, 0_u32, 0_u32);
    for number in 0..copied {
        let picture = screen(number);
        let (width, height) = (picture.width(), picture.height());
        let (x, y) = (chance.below(u64::from(width / 10)) as u32, chance.below(u64::from(height / 10)) as u32);
        let cut = picture.crop_imm(x, y, width - width / 10, height - height / 10);
        let quality = 40 + chance.below(51) as u8;
        for (copy, hits) in [(jpeg(&picture, quality)?, &mut compressed), (png(&cut)?, &mut cropped)] {
            let matches = index.search(&probe(&copy)?);
            *hits += u32::from(matches.iter().any(|found| found.id == number));
            wrong += u32::from(matches.iter().any(|found| found.id != number));
        }
    }
    let percent = |hits: u32| f64::from(hits) * 100.0 / copied as f64;
    figures.add("picture_compressed_found", percent(compressed), "% (≥ 95)");
    figures.add("picture_cropped_found", percent(cropped), "% (≥ 80)");
    figures.add("picture_copies_mistaken", f64::from(wrong), "");
    Ok(kept)
}

fn search(drawn: &[Fingerprint], most: u64, figures: &mut Figures<'_>) -> Outcome<()> {
    eprintln!("{most} stored fingerprints …");
    let mut shared: HashMap<(usize, u32), u32> = HashMap::new();
    for (number, fingerprint) in drawn.iter().enumerate() {
        for mark in &fingerprint.marks {
            *shared.entry((number % TEMPLATES as usize, mark.key)).or_default() += 1;
        }
    }
    let probes: Vec<(Probe, Probe)> = (0..LOOKED_FOR.min(drawn.len() as u64))
        .map(|number| Ok((probe(&png(&screen(5_000_000 + number))?)?, probe(&jpeg(&screen(number), 70)?)?)))
        .collect::<Outcome<_>>()?;
    let mut index = Index::new();
    let mut chance = Chance::new(99);
    for number in 0..most {
        let source = number as usize % drawn.len();
        let fingerprint = &drawn[source];
        if (number as usize) < drawn.len() {
            index.insert(number, fingerprint);
        } else {
            let template = source % TEMPLATES as usize;
            let other =
                changed(fingerprint, &mut chance, |key| shared.get(&(template, key)).is_some_and(|&count| count > 1));
            index.insert(number, &other);
        }
        if number + 1 == most || matches!(number + 1, 10_000 | 100_000) {
            report(&index, &probes, figures);
        }
    }
    Ok(())
}

/// Waits for an answer about a picture that is new, and about one that is stored.
fn report(index: &Index<u64>, probes: &[(Probe, Probe)], figures: &mut Figures<'_>) {
    let fresh = probes.iter().map(|(other, _)| best_of_five(|| index.search(other)));
    let copies = probes.iter().map(|(_, copy)| best_of_five(|| index.search(copy)));
    figures.waits(&format!("picture_search_{}", index.len()), fresh.chain(copies).collect());
    let found = probes.iter().enumerate();
    let found = found.filter(|(n, (_, copy))| index.search(copy).iter().any(|found| found.id == *n as u64)).count();
    figures.add(format!("picture_found_{}", index.len()), found as f64 * 100.0 / probes.len().max(1) as f64, "%");
}

/// Others share the machine, so the best of five tells what the search itself takes.
fn best_of_five<T>(mut work: impl FnMut() -> T) -> Duration {
    (0..5).map(|_| timed(&mut work).1).min().unwrap_or_default()
}

/// Another picture of the same template: its own marks and some tiles are others.
fn changed(fingerprint: &Fingerprint, chance: &mut Chance, is_shared: impl Fn(u32) -> bool) -> Fingerprint {
    let mut other = fingerprint.clone();
    for place in other.content.chunks_mut(8) {
        place.copy_from_slice(&chance.any().to_be_bytes());
    }
    for mark in &mut other.marks {
        if !is_shared(mark.key) {
            (0..6).for_each(|_| mark.key ^= 1 << chance.below(32));
        }
    }
    let mut bytes = other.tiles.to_bytes();
    let codes = bytes.len() - 2 * other.tiles.kept();
    for place in (codes..bytes.len()).step_by(16) {
        bytes[place] = chance.any() as u8;
    }
    other.tiles = yuanlu_pictures::Tiles::from_bytes(&bytes).unwrap_or(other.tiles);
    other
}
