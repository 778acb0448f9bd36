//! How many copies are found, and how many honest people would be accused.

use crate::{jpeg, look, png, screen};
use image::DynamicImage;
use image::imageops::FilterType;
use std::collections::BTreeMap;
use yuanlu_pictures::samples::{Chance, TEMPLATES, photograph};
use yuanlu_pictures::{Fingerprint, Index, Probe, Tiles, likeness};

fn probe(bytes: &[u8]) -> Probe {
    look(bytes).unwrap().picture.unwrap().probe
}

fn cut(picture: &DynamicImage, chance: &mut Chance) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    let (off_width, off_height) = (width / 10, height / 10);
    let x = chance.below(u64::from(off_width) + 1) as u32;
    let y = chance.below(u64::from(off_height) + 1) as u32;
    picture.crop_imm(x, y, width - off_width, height - off_height)
}

fn scaled(picture: &DynamicImage, chance: &mut Chance) -> DynamicImage {
    let percent = 50 + chance.below(100) as u32;
    picture.resize(picture.width() * percent / 100, picture.height() * percent / 100, FilterType::CatmullRom)
}

/// Copies of a picture, by the way they came about.
fn copies(picture: &DynamicImage, chance: &mut Chance) -> Vec<(&'static str, Vec<u8>)> {
    let quality = 40 + chance.below(51) as u8;
    vec![
        ("compressed again", jpeg(picture, quality)),
        ("compressed twice", jpeg(&image::load_from_memory(&jpeg(picture, quality)).unwrap(), 60)),
        ("scaled and compressed", jpeg(&scaled(picture, chance), quality)),
        ("cut by a tenth", png(&cut(picture, chance))),
        ("cut and compressed", jpeg(&cut(picture, chance), quality)),
        ("cut, scaled and compressed", jpeg(&scaled(&cut(picture, chance), chance), quality)),
    ]
}

/// 2,000 screens with `YUANLU_LONG`, otherwise 100; copies of 200 of them, or of 20.
#[test]
fn copies_are_found_and_honest_people_are_not_accused() {
    let long = std::env::var_os("YUANLU_LONG").is_some();
    let count: u64 = if long { 2_000 } else { 100 };
    let every = if long { 10 } else { 5 };
    let mut index = Index::new();
    let mut accused = Vec::new();
    for number in 0..count {
        let probe = probe(&png(&screen(number % TEMPLATES, 1_000 + number)));
        accused.extend(index.search(&probe).into_iter().map(|found| (number, found)));
        index.insert(number, probe.fingerprint());
    }
    println!("{count} different screens of {TEMPLATES} templates: {} taken for another", accused.len());
    assert!(accused.len() as u64 * 1000 <= count, "{accused:?}");

    let mut found: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut chance = Chance::new(7);
    for number in (0..count).filter(|number| (number / TEMPLATES).is_multiple_of(every)) {
        for (way, copy) in copies(&screen(number % TEMPLATES, 1_000 + number), &mut chance) {
            let matches = index.search(&probe(&copy));
            assert!(matches.iter().all(|found| found.id == number), "{way}: {number} taken for {matches:?}");
            let (hits, tries) = found.entry(way).or_default();
            *hits += u32::from(!matches.is_empty());
            *tries += 1;
        }
    }
    for (way, (hits, tries)) in found {
        println!("{way}: {hits} of {tries} found");
        let least = if way.starts_with("cut") { 80 } else { 95 };
        assert!(hits * 100 >= tries * least, "{way}: {hits} of {tries}");
    }
}

#[test]
fn photographs_are_known_again_too() {
    let mut index = Index::new();
    let pictures: Vec<DynamicImage> =
        (0..12).map(|seed| DynamicImage::ImageRgb8(photograph(1200, 900, seed))).collect();
    for (number, picture) in pictures.iter().enumerate() {
        let probe = probe(&jpeg(picture, 92));
        assert_eq!(index.search(&probe), []);
        index.insert(number, probe.fingerprint());
    }
    let mut chance = Chance::new(3);
    let (mut hits, mut tries) = (0, 0);
    for (number, picture) in pictures.iter().enumerate() {
        for (way, copy) in copies(picture, &mut chance) {
            let matches = index.search(&probe(&copy));
            assert!(matches.iter().all(|found| found.id == number), "{way}: {number} taken for {matches:?}");
            hits += u32::from(!matches.is_empty());
            tries += 1;
        }
    }
    assert!(hits * 100 >= tries * 90, "{hits} of {tries}");
}

/// One screen with one figure changed: that is another picture, also when nothing else is known.
#[test]
fn the_first_two_screens_of_an_app_are_two() {
    for template in (0..TEMPLATES).step_by(3) {
        let mut index = Index::new();
        index.insert(1, probe(&png(&screen(template, 1))).fingerprint());
        assert_eq!(index.search(&probe(&png(&screen(template, 2)))), [], "template {template}");
        assert_eq!(index.search(&probe(&jpeg(&screen(template, 1), 70))).len(), 1, "template {template}");
    }
}

/// People cut away the bars above and below: the width stays, and with it the scale.
#[test]
fn a_screen_cut_in_its_height_is_known_again() {
    for template in [3, 8, 14] {
        let picture = screen(template, 6);
        let (width, height) = (picture.width(), picture.height());
        let mut index = Index::new();
        index.insert("whole", probe(&png(&picture)).fingerprint());
        let part = picture.crop_imm(0, height / 8, width, height * 6 / 10);
        assert_eq!(index.search(&probe(&jpeg(&part, 75))).len(), 1, "template {template}");
    }
}

#[test]
fn the_same_pixels_are_the_same_whatever_the_file() {
    let picture = screen(3, 5);
    let mut index = Index::new();
    index.insert("first", probe(&png(&picture)).fingerprint());
    let found = index.search(&probe(&crate::with_chunk(&png(&picture), b"tEXt", b"Software\0x")));
    assert_eq!(found.iter().map(|found| (found.id, found.exact)).collect::<Vec<_>>(), [("first", true)]);
    let plain = DynamicImage::ImageRgb8(image::RgbImage::from_pixel(500, 500, image::Rgb([9, 9, 9])));
    assert_eq!(index.search(&probe(&png(&plain))), [], "a blank page is like no other");
}

/// One picture sent again and again stays known, and an erased one is not found.
#[test]
fn copies_stand_behind_their_original() {
    let picture = screen(4, 8);
    let first = probe(&png(&picture));
    let mut index = Index::new();
    index.insert(0, first.fingerprint());
    let copy = probe(&jpeg(&picture, 75));
    for number in 1..200 {
        let original = index.search(&copy)[0].id;
        index.insert_copy(number, copy.fingerprint(), &original);
    }
    assert_eq!(index.len(), 200);
    assert_eq!(index.search(&first).len(), 200);
    assert!(index.search(&first)[0].exact);
    index.remove(&0);
    let ids: Vec<i32> = index.search(&copy).into_iter().map(|found| found.id).collect();
    assert_eq!(ids.len(), 199);
    assert!(!ids.contains(&0));
}

/// What storage does with rows: keys lead to candidates, tiles read back from bytes confirm them.
#[test]
fn rows_give_the_same_answer_as_the_index() {
    let stored: Vec<Vec<u8>> =
        (0..24).map(|number| probe(&png(&screen(number % 8, number))).fingerprint().to_bytes()).collect();
    let rows: Vec<Fingerprint> = stored.iter().map(|bytes| Fingerprint::from_bytes(bytes).unwrap()).collect();
    let fresh = probe(&jpeg(&screen(3, 11), 60));
    let keys = fresh.keys();
    let mut same = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let marks: Vec<_> = row.marks.iter().filter(|mark| keys.binary_search(&mark.key).is_ok()).copied().collect();
        let tiles = Tiles::from_bytes(&row.tiles.to_bytes()).unwrap();
        if likeness(&fresh, &marks, &tiles).is_some_and(|likeness| likeness.is_same()) {
            same.push(number);
        }
    }
    assert_eq!(same, [11]);
    for end in 0..stored[0].len() {
        assert_eq!(Fingerprint::from_bytes(&stored[0][..end]), None);
    }
}
