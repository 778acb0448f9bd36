//! Which picture has which key: a hash table with chained entries, in parts that grow one at a time.

/// A key that so many pictures share belongs to the screen, not to a picture, and is forgotten.
pub const COMMON: usize = 48;

const PARTS: usize = 256;
const NONE: u32 = u32::MAX;
/// Stands for "common" in place of a picture.
const EVERYBODY: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    key: u32,
    pub(crate) slot: u32,
    pub(crate) x: u16,
    pub(crate) y: u16,
    next: u32,
}

#[derive(Clone, Debug)]
struct Part {
    heads: Vec<u32>,
    entries: Vec<Entry>,
    free: u32,
    used: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Postings {
    parts: Vec<Part>,
}

/// Where a key's chain begins.
#[derive(Clone, Copy)]
pub(crate) struct Chain {
    key: u32,
    part: u8,
    head: u32,
}

fn spread(key: u32) -> u64 {
    u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Postings {
    pub(crate) fn new() -> Self {
        let part = Part { heads: vec![NONE; 16], entries: Vec::new(), free: NONE, used: 0 };
        Self { parts: vec![part; PARTS] }
    }

    pub(crate) fn insert(&mut self, key: u32, slot: u32, x: u16, y: u16) {
        let spread = spread(key);
        self.parts[(spread >> 56) as usize].insert(spread, Entry { key, slot, x, y, next: NONE });
    }

    /// First of two steps, so that many look-ups wait for memory together.
    pub(crate) fn chain(&self, key: u32) -> Chain {
        let spread = spread(key);
        let part = (spread >> 56) as u8;
        let heads = &self.parts[usize::from(part)].heads;
        Chain { key, part, head: heads[bucket(spread, heads.len())] }
    }

    /// The pictures with this key; none if it is common.
    pub(crate) fn entries(&self, chain: Chain, found: &mut Vec<Entry>) {
        let entries = &self.parts[usize::from(chain.part)].entries;
        let start = found.len();
        let mut at = chain.head;
        while at != NONE {
            let entry = entries[at as usize];
            if entry.key == chain.key {
                if entry.slot == EVERYBODY {
                    found.truncate(start);
                    return;
                }
                found.push(entry);
            }
            at = entry.next;
        }
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        self.parts.iter().map(|part| part.heads.capacity() * 4 + part.entries.capacity() * size_of::<Entry>()).sum()
    }
}

fn bucket(spread: u64, buckets: usize) -> usize {
    (spread >> 24) as usize & (buckets - 1)
}

impl Part {
    fn insert(&mut self, spread: u64, mut entry: Entry) {
        let place = bucket(spread, self.heads.len());
        let mut same = 0;
        let mut at = self.heads[place];
        while at != NONE {
            let found = self.entries[at as usize];
            if found.key == entry.key {
                if found.slot == EVERYBODY || found.slot == entry.slot {
                    return;
                }
                same += 1;
            }
            at = found.next;
        }
        if same >= COMMON {
            self.unlink(place, entry.key);
            entry.slot = EVERYBODY;
        }
        self.link(place, entry);
        if self.used > 2 * self.heads.len() {
            self.grow();
        }
    }

    fn link(&mut self, place: usize, mut entry: Entry) {
        entry.next = self.heads[place];
        let at = if self.free == NONE {
            if self.entries.len() == self.entries.capacity() {
                self.entries.reserve_exact(64 + self.entries.len() / 4);
            }
            self.entries.push(entry);
            self.entries.len() as u32 - 1
        } else {
            let at = self.free;
            self.free = self.entries[at as usize].next;
            self.entries[at as usize] = entry;
            at
        };
        self.heads[place] = at;
        self.used += 1;
    }

    /// Takes all entries of a key out of its chain, for others to use their room.
    fn unlink(&mut self, place: usize, key: u32) {
        let mut at = std::mem::replace(&mut self.heads[place], NONE);
        while at != NONE {
            let next = self.entries[at as usize].next;
            let list = if self.entries[at as usize].key == key {
                self.used -= 1;
                &mut self.free
            } else {
                &mut self.heads[place]
            };
            self.entries[at as usize].next = std::mem::replace(list, at);
            at = next;
        }
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.heads);
        self.heads = vec![NONE; old.len() * 2];
        for mut at in old {
            while at != NONE {
                let entry = &mut self.entries[at as usize];
                let place = bucket(spread(entry.key), self.heads.len());
                let next = std::mem::replace(&mut entry.next, self.heads[place]);
                self.heads[place] = at;
                at = next;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(postings: &Postings, key: u32) -> Vec<u32> {
        let mut found = Vec::new();
        postings.entries(postings.chain(key), &mut found);
        let mut slots: Vec<u32> = found.iter().map(|entry| entry.slot).collect();
        slots.sort_unstable();
        slots
    }

    #[test]
    fn keys_are_found_until_they_are_common() {
        let mut postings = Postings::new();
        for slot in 0..20_000 {
            postings.insert(slot * 7, slot, 1, 2);
            postings.insert(slot * 7, slot, 3, 4);
            postings.insert(slot % 1000, slot, 0, 0);
        }
        assert_eq!(slots(&postings, 7 * 19_999), [19_999], "and a key twice in one picture counts once");
        let others: Vec<u32> = (0..20).map(|round| 5 + 1000 * round).collect();
        assert_eq!(slots(&postings, 5), others);
        let used: usize = postings.parts.iter().map(|part| part.used).sum();
        for slot in 0..COMMON as u32 {
            postings.insert(5, 30_000 + slot, 0, 0);
        }
        assert_eq!(slots(&postings, 5), [] as [u32; 0], "a key of everybody names nobody");
        postings.insert(5, 99_999, 0, 0);
        assert_eq!(slots(&postings, 5), [] as [u32; 0]);
        assert_eq!(postings.parts.iter().map(|part| part.used).sum::<usize>(), used - 20 + 1);
        assert_eq!(slots(&postings, 6).len(), 20, "neighbours stay");
    }
}
