//! Chance, and what it does to messages.

use yuanlu_domain::time::Instant;

/// SplitMix64: the same seed gives the same town.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = usize::try_from(self.below(u64::try_from(i + 1).unwrap())).unwrap();
            items.swap(i, j);
        }
    }
}

/// What becomes of a call.
pub enum Fate {
    Good,
    /// The network delivers it twice.
    Twice,
    NeverSent,
    /// Lost on the way there; we see a time-out.
    LostBefore,
    /// Done there, the answer is lost.
    LostAfter,
    /// We see a time-out, and it arrives there minutes later.
    Late,
    /// Done there, and we never hear anything, not even an error.
    NoReply,
}

/// Percentages; all zero is a good network.
#[derive(Default)]
pub struct Network {
    pub call_loss: u64,
    pub callback_loss: u64,
    pub crash: u64,
    pub disorder: bool,
    late: Vec<(Instant, http::Request<Vec<u8>>)>,
}

impl Network {
    pub fn bad(rng: &mut Rng) -> Self {
        Self {
            call_loss: rng.below(80),
            callback_loss: rng.below(95),
            crash: rng.below(20),
            disorder: true,
            late: Vec::new(),
        }
    }

    pub fn fate(&self, rng: &mut Rng) -> Fate {
        if !rng.chance(self.call_loss) {
            return if rng.chance(self.call_loss / 4) { Fate::Twice } else { Fate::Good };
        }
        match rng.below(5) {
            0 => Fate::NeverSent,
            1 => Fate::LostBefore,
            2 => Fate::LostAfter,
            3 => Fate::Late,
            _ => Fate::NoReply,
        }
    }

    pub fn delay(&mut self, at: Instant, request: http::Request<Vec<u8>>) {
        self.late.push((at, request));
    }

    pub fn next_arrival(&self) -> Option<Instant> {
        self.late.iter().map(|(at, _)| *at).min()
    }

    pub fn late_arrivals(&mut self, now: Instant) -> Vec<http::Request<Vec<u8>>> {
        let (here, later) = std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now);
        self.late = later;
        let here: Vec<(Instant, http::Request<Vec<u8>>)> = here;
        here.into_iter().map(|(_, request)| request).collect()
    }

    /// From now on everything works; what is on its way still arrives.
    pub fn heal(&mut self) {
        *self = Self { late: std::mem::take(&mut self.late), ..Self::default() };
    }
}
