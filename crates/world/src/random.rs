//! Chance that can be repeated: the same seed draws the same. Good enough for secrets when the seed is one.

use yuanlu_domain::ids::Ids;

/// A source of chance.
#[derive(Clone, Debug)]
pub struct Random(Ids);

impl Random {
    /// From a seed.
    pub fn new(seed: [u8; 32]) -> Self {
        Self(Ids::new(seed))
    }

    /// 32 bytes.
    pub fn bytes(&mut self) -> [u8; 32] {
        self.0.bytes()
    }

    /// A number below `below` (0 when that is 0).
    pub fn below(&mut self, below: usize) -> usize {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0.bytes()[..8]);
        let below = u64::try_from(below).unwrap_or(u64::MAX).max(1);
        usize::try_from(u64::from_le_bytes(first) % below).unwrap_or_default()
    }

    /// From `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = usize::try_from(most - least).map_or(0, |span| span + 1);
        least + i64::try_from(self.below(span)).unwrap_or_default()
    }

    /// `n` characters from an alphabet without look-alikes.
    pub fn characters(&mut self, n: usize) -> String {
        const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
        (0..n).map(|_| char::from(ALPHABET[self.below(ALPHABET.len())])).collect()
    }

    /// Puts things into an order of its own.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }
}
