//! Figures: `cargo run --release -p yuanlu-pictures --example figures [SCREENS] [STORED]`.
//!
//! Accuracy on generated payment screens, the search among 10,000 and 1,000,000 stored pictures, and the cost of one
//! photograph. Stored pictures beyond the drawn ones are made from those: what all screens of a template share stays,
//! every other mark and one tile in eight is changed.

use std::collections::HashMap;
use std::error::Error;
use std::io::Cursor;
use std::time::{Duration, Instant};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat};
use yuanlu_pictures::samples::{Chance, Payment, TEMPLATES, photograph, screenshot};
use yuanlu_pictures::{Fingerprint, Index, Limits, Probe, inspect};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).map(|number| number.parse::<u64>());
    let screens = arguments.next().transpose()?.unwrap_or(2_000);
    let stored = arguments.next().transpose()?.unwrap_or(1_000_000);
    photograph_cost()?;
    let fingerprints = accuracy(screens)?;
    search(&fingerprints, stored)
}

#[expect(clippy::disallowed_methods, reason = "figures are measured with the clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

fn probe(bytes: &[u8]) -> Outcome<Probe> {
    let at = jiff::civil::date(2026, 11, 20).at(12, 0, 0, 0);
    let picture = inspect(bytes, None, at, &Limits::default())?.picture;
    Ok(picture.ok_or("no picture")?.probe)
}

fn screen(number: u64) -> DynamicImage {
    DynamicImage::ImageRgb8(screenshot(number % TEMPLATES, &Payment::new(&mut Chance::new(number))))
}

fn png(picture: &DynamicImage) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
    Ok(bytes)
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(Cursor::new(&mut bytes), quality))?;
    Ok(bytes)
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn photograph_cost() -> Outcome<()> {
    let picture = DynamicImage::ImageRgb8(photograph(4000, 3000, 1));
    let files = [("JPEG", jpeg(&picture, 88)?), ("PNG", png(&picture)?)];
    drop(picture);
    for (name, bytes) in files.iter().filter(|(_, bytes)| bytes.len() <= Limits::default().bytes) {
        let mut times = Vec::new();
        for _ in 0..7 {
            let (probe, time) = timed(|| probe(bytes));
            probe?;
            times.push(time);
        }
        let size = bytes.len() >> 10;
        println!("12-megapixel {name} of {size} KiB: {:?} median, {:?} worst", percentile(&mut times, 50), times[6]);
    }
    println!("most memory so far: {}", most_memory());
    Ok(())
}

/// What the kernel says, where there is one that says it; the drawing of the photograph is in it too.
fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("unknown".to_owned(), |line| line.trim().to_owned())
}

fn accuracy(count: u64) -> Outcome<Vec<Fingerprint>> {
    let mut index = Index::new();
    let mut kept = Vec::new();
    let (mut accused, mut times) = (0, Vec::new());
    for number in 0..count {
        let probe = probe(&png(&screen(number))?)?;
        accused += u64::from(!index.search(&probe).is_empty());
        times.push(best_of_five(|| index.search(&probe)));
        index.insert(number, probe.fingerprint());
        kept.push(probe.fingerprint().clone());
    }
    println!(
        "{count} different screens of {TEMPLATES} templates: {accused} taken for another (target ≤ {})",
        count / 1000
    );
    let mut chance = Chance::new(1);
    let mut found: HashMap<&str, u64> = HashMap::new();
    let mut wrong = 0;
    let copied = count.min(400);
    for number in 0..copied {
        let picture = screen(number);
        let (width, height) = (picture.width(), picture.height());
        let (x, y) = (chance.below(u64::from(width / 10)) as u32, chance.below(u64::from(height / 10)) as u32);
        let cut = picture.crop_imm(x, y, width - width / 10, height - height / 10);
        let quality = 40 + chance.below(51) as u8;
        let percent = 50 + chance.below(100) as u32;
        let scaled = |picture: &DynamicImage| {
            let (width, height) = (picture.width() * percent / 100, picture.height() * percent / 100);
            picture.resize(width, height, FilterType::CatmullRom)
        };
        let copies = [
            ("compressed again (JPEG 40–90)", jpeg(&picture, quality)?),
            ("scaled 50–150 % and compressed", jpeg(&scaled(&picture), quality)?),
            ("cut by 10 % each way", png(&cut)?),
            ("cut by 10 % and compressed", jpeg(&cut, quality)?),
            ("cut, scaled and compressed", jpeg(&scaled(&cut), quality)?),
        ];
        for (way, copy) in copies {
            let matches = index.search(&probe(&copy)?);
            *found.entry(way).or_default() += u64::from(matches.iter().any(|found| found.id == number));
            wrong += u64::from(matches.iter().any(|found| found.id != number));
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable();
    for (way, hits) in found {
        println!("{way}: {hits} of {copied} found ({:.1} %)", hits as f64 * 100.0 / copied as f64);
    }
    println!("copies taken for another picture: {wrong}");
    println!("search among up to {count}: p50 {:?}, p99 {:?}", percentile(&mut times, 50), percentile(&mut times, 99));
    Ok(kept)
}

fn search(drawn: &[Fingerprint], most: u64) -> Outcome<()> {
    let mut shared: HashMap<(usize, u32), u32> = HashMap::new();
    for (number, fingerprint) in drawn.iter().enumerate() {
        for mark in &fingerprint.marks {
            *shared.entry((number % TEMPLATES as usize, mark.key)).or_default() += 1;
        }
    }
    let probes: Vec<(Probe, Probe)> = (0..200.min(drawn.len() as u64))
        .map(|number| Ok((probe(&png(&screen(5_000_000 + number))?)?, probe(&jpeg(&screen(number), 70)?)?)))
        .collect::<Outcome<_>>()?;
    let mut index = Index::new();
    let mut chance = Chance::new(99);
    let mut slowest = Duration::ZERO;
    for number in 0..most {
        let source = number as usize % drawn.len();
        let fingerprint = &drawn[source];
        if (number as usize) < drawn.len() {
            index.insert(number, fingerprint);
        } else {
            let template = source % TEMPLATES as usize;
            let other =
                changed(fingerprint, &mut chance, |key| shared.get(&(template, key)).is_some_and(|&count| count > 1));
            slowest = slowest.max(timed(|| index.insert(number, &other)).1);
        }
        if number + 1 == most || matches!(number + 1, 10_000 | 100_000) {
            report(&index, &probes, slowest);
        }
    }
    Ok(())
}

fn report(index: &Index<u64>, probes: &[(Probe, Probe)], slowest: Duration) {
    let (mut fresh, mut copies, mut accused, mut found) = (Vec::new(), Vec::new(), 0, 0);
    for (number, (other, copy)) in probes.iter().enumerate() {
        accused += usize::from(!index.search(other).is_empty());
        found += usize::from(index.search(copy).iter().any(|found| found.id == number as u64));
        fresh.push(best_of_five(|| index.search(other)));
        copies.push(best_of_five(|| index.search(copy)));
    }
    let (keys, tiles) = index.bytes();
    println!("among {} stored ({} MiB of keys, {} MiB of tiles):", index.len(), keys >> 20, tiles >> 20);
    println!(
        "  a new picture: p50 {:?}, p99 {:?}; {accused} of {} taken for another",
        percentile(&mut fresh, 50),
        percentile(&mut fresh, 99),
        fresh.len()
    );
    println!(
        "  a copy: p50 {:?}, p99 {:?}; {found} of {} found; slowest insert {slowest:?}",
        percentile(&mut copies, 50),
        percentile(&mut copies, 99),
        copies.len()
    );
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
