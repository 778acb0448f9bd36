//! Stored fingerprints, and the search among them.
//!
//! A search takes three steps. The keys of the fresh picture, for each zoom and with the most doubtful bits flipped,
//! are looked up; pictures that share rare keys are the candidates. For each candidate the pairs of marks say where
//! the one lies on the other. Then the tiles decide, and nothing else does.
//!
//! The same in SQL: one row `(key, picture, x, y)` a mark with an index by `key`, one row a picture with
//! [`Tiles`](crate::Tiles) as bytes and `copy_of`. The candidates are
//! `select picture, key, x, y from picture_mark where key in (…)` over [`Probe::keys`](crate::Probe::keys), without
//! the keys that more than [`COMMON`](crate::COMMON) pictures share; [`likeness`] confirms each of them.

use std::collections::HashMap;
use std::hash::Hash;

use crate::fingerprint::{Fingerprint, Match, Probe};
use crate::likeness::{self, Likeness, Pair};
use crate::marks::{Look, Mark, ZOOMS, is_kept};
use crate::postings::{Entry, Postings};
use crate::tiles::Tiles;

/// So many candidates are laid over the fresh picture at most.
const MOST_CANDIDATES: usize = 5;
/// A candidate must share keys worth at least this many that nobody else has.
const LEAST_SCORE: f32 = 1.5;

/// Near-duplicate search over stored fingerprints.
#[derive(Clone, Debug)]
pub struct Index<Id> {
    postings: Postings,
    slots: Vec<Slot<Id>>,
    by_id: HashMap<Id, u32>,
    by_content: HashMap<[u8; 32], u32>,
}

#[derive(Clone, Debug)]
struct Slot<Id> {
    id: Id,
    content: [u8; 32],
    /// None for a copy, which stands behind its original, and for what was removed.
    tiles: Option<Tiles>,
    copies: Vec<u32>,
    /// The original, of a copy.
    behind: Option<u32>,
    removed: bool,
}

/// A key to look up, and the mark of the fresh picture it stands for.
struct Wanted {
    key: u32,
    zoom: f32,
    place: (f32, f32),
}

struct Shared {
    slot: u32,
    worth: f32,
    pair: Pair,
}

impl<Id: Clone + Eq + Hash> Default for Index<Id> {
    fn default() -> Self {
        Self { postings: Postings::new(), slots: Vec::new(), by_id: HashMap::new(), by_content: HashMap::new() }
    }
}

impl<Id: Clone + Eq + Hash> Index<Id> {
    /// An index with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many pictures it knows.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Does it know none?
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Adds a picture that is not a copy of one already there; one known by this id stays as it is.
    pub fn insert(&mut self, id: Id, fingerprint: &Fingerprint) {
        if let Some(slot) = self.take_slot(id, fingerprint.content, Some(fingerprint.tiles.clone())) {
            for mark in &fingerprint.marks {
                self.postings.insert(mark.key, slot, mark.x, mark.y);
            }
        }
    }

    /// Adds a copy: it is found through its original, and its keys do not become common by being uploaded often.
    ///
    /// The original may be a copy itself. Without it this is the same as [`insert`](Self::insert).
    pub fn insert_copy(&mut self, id: Id, fingerprint: &Fingerprint, original: &Id) {
        let Some(&behind) = self.by_id.get(original) else { return self.insert(id, fingerprint) };
        if let Some(slot) = self.take_slot(id, fingerprint.content, None) {
            let behind = self.slots[behind as usize].behind.unwrap_or(behind);
            self.slots[slot as usize].behind = Some(behind);
            self.slots[behind as usize].copies.push(slot);
        }
    }

    fn take_slot(&mut self, id: Id, content: [u8; 32], tiles: Option<Tiles>) -> Option<u32> {
        if self.by_id.contains_key(&id) {
            return None;
        }
        let slot = self.slots.len() as u32;
        self.by_id.insert(id.clone(), slot);
        self.by_content.entry(content).or_insert(slot);
        self.slots.push(Slot { id, content, tiles, copies: Vec::new(), behind: None, removed: false });
        Some(slot)
    }

    /// Forgets a picture, as an erasure demands. Copies behind it are still found through its keys.
    pub fn remove(&mut self, id: &Id) {
        if let Some(slot) = self.by_id.remove(id) {
            let gone = &mut self.slots[slot as usize];
            gone.removed = true;
            if gone.copies.is_empty() {
                gone.tiles = None;
            }
            if self.by_content.get(&gone.content) == Some(&slot) {
                self.by_content.remove(&gone.content);
            }
        }
    }

    /// The stored pictures that are the same as this one, the most alike first.
    pub fn search(&self, probe: &Probe) -> Vec<Match<Id>> {
        let shared = self.shared(probe);
        let mut matches = Vec::new();
        for candidate in best_candidates(&shared) {
            let slot = &self.slots[candidate[0].slot as usize];
            let pairs: Vec<Pair> = candidate.iter().map(|shared| shared.pair).collect();
            let Some(tiles) = &slot.tiles else { continue };
            let Some(likeness) = likeness::fit(&pairs).map(|pose| likeness::compare(&probe.sums, tiles, pose)) else {
                continue;
            };
            if likeness.is_same() {
                // Copies stand behind their original, so one family is all there is to find.
                self.add_family(slot, likeness, &probe.fingerprint.content, &mut matches);
                break;
            }
        }
        self.add_exact(probe, &mut matches);
        matches
            .sort_by_key(|found| (!found.exact, found.likeness.contradicted * 1000 / found.likeness.compared.max(1)));
        matches
    }

    fn add_family(&self, slot: &Slot<Id>, likeness: Likeness, content: &[u8; 32], matches: &mut Vec<Match<Id>>) {
        let copies = slot.copies.iter().map(|&copy| &self.slots[copy as usize]);
        let family = std::iter::once(slot).chain(copies).filter(|slot| !slot.removed);
        matches.extend(family.map(|slot| Match { id: slot.id.clone(), exact: slot.content == *content, likeness }));
    }

    /// The same pixels are the same picture even where nothing stands out.
    fn add_exact(&self, probe: &Probe, matches: &mut Vec<Match<Id>>) {
        let Some(&slot) = self.by_content.get(&probe.fingerprint.content) else { return };
        let slot = &self.slots[slot as usize];
        if !slot.removed && matches.iter().all(|found| found.id != slot.id) {
            let shown = probe.fingerprint.tiles.shown() as u32;
            let likeness = Likeness { compared: shown, contradicted: 0, shared: 1000, zoom: 1000 };
            matches.push(Match { id: slot.id.clone(), exact: true, likeness });
        }
    }

    /// Every stored mark that has a key of the fresh picture, by picture.
    fn shared(&self, probe: &Probe) -> Vec<Shared> {
        let wanted = wanted(probe);
        let chains: Vec<_> = wanted.iter().map(|wanted| self.postings.chain(wanted.key)).collect();
        let mut shared = Vec::new();
        let mut found: Vec<Entry> = Vec::new();
        for (wanted, chain) in wanted.iter().zip(chains) {
            found.clear();
            self.postings.entries(chain, &mut found);
            let worth = 1.0 / found.len() as f32;
            shared.extend(found.iter().map(|entry| Shared {
                slot: entry.slot,
                worth,
                pair: Pair {
                    fresh: wanted.place,
                    stored: (f32::from(entry.x) / 4.0, f32::from(entry.y) / 4.0),
                    zoom: wanted.zoom,
                },
            }));
        }
        shared.sort_by_key(|shared| shared.slot);
        shared
    }

    /// Bytes the keys take, and the bytes the tiles take.
    pub fn bytes(&self) -> (usize, usize) {
        let tiles = self.slots.iter().filter_map(|slot| slot.tiles.as_ref());
        (self.postings.bytes(), tiles.map(|tiles| tiles.shown.len() + 2 * tiles.codes.len()).sum())
    }
}

fn best_candidates(shared: &[Shared]) -> Vec<&[Shared]> {
    let score = |group: &[Shared]| group.iter().map(|shared| shared.worth).sum::<f32>();
    let mut groups: Vec<(f32, &[Shared])> = shared
        .chunk_by(|a, b| a.slot == b.slot)
        .map(|group| (score(group), group))
        .filter(|(score, _)| *score >= LEAST_SCORE)
        .collect();
    groups.sort_by(|a, b| b.0.total_cmp(&a.0));
    groups.truncate(MOST_CANDIDATES);
    groups.into_iter().map(|(_, group)| group).collect()
}

/// All keys of a look with up to `flips` doubtful bits flipped in every combination.
fn keys(look: &Look, flips: usize) -> impl Iterator<Item = u32> {
    (0..1_u32 << flips).map(move |choice| {
        (0..flips).filter(|flip| choice & (1 << flip) != 0).fold(look.key, |key, flip| key ^ 1 << look.doubtful[flip])
    })
}

fn wanted(probe: &Probe) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for (number, (looks, &zoom)) in probe.looks.iter().zip(&ZOOMS).enumerate() {
        let flips = if number == 0 { 2 } else { 1 };
        for look in looks {
            let kept = keys(look, flips).filter(|&key| is_kept(key));
            wanted.extend(kept.map(|key| Wanted { key, zoom, place: (look.x, look.y) }));
        }
    }
    wanted
}

impl Probe {
    /// The keys to look up where storage searches: without zoom, and with the two most doubtful bits either way.
    pub fn keys(&self) -> Vec<u32> {
        let mut all: Vec<u32> =
            self.looks[0].iter().flat_map(|look| keys(look, 2)).filter(|&key| is_kept(key)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Compares a fresh picture with a stored one, given those of its marks whose key was among [`Probe::keys`].
pub fn likeness(probe: &Probe, marks: &[Mark], tiles: &Tiles) -> Option<Likeness> {
    let mut stored: HashMap<u32, Vec<&Mark>> = HashMap::new();
    for mark in marks {
        stored.entry(mark.key).or_default().push(mark);
    }
    let pairs: Vec<Pair> = wanted(probe)
        .iter()
        .flat_map(|wanted| stored.get(&wanted.key).into_iter().flatten().map(move |mark| (wanted, mark)))
        .map(|(wanted, mark)| Pair {
            fresh: wanted.place,
            stored: (f32::from(mark.x) / 4.0, f32::from(mark.y) / 4.0),
            zoom: wanted.zoom,
        })
        .collect();
    likeness::fit(&pairs).map(|pose| likeness::compare(&probe.sums, tiles, pose))
}
