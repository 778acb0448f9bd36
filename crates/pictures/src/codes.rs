//! QR codes in pictures: their texts, so that a link leading off the platform can be found.
//!
//! The reader tries every three corner patterns together, which takes for ever on a picture full of them. So the
//! patterns are counted first, in one pass, and a picture with more than a few codes is left alone.

use std::collections::HashSet;

use crate::decode::guarded;
use crate::raster::{Grey, Sums};

const MOST: usize = 4;
const LONGEST: usize = 2048;
/// Every code has three corner patterns.
const MOST_CORNERS: usize = 3 * MOST;
/// Rows on which something looks like a corner pattern; writing has some, too.
const MOST_HITS: usize = 20_000;
/// Levels of grey by which a dark pixel is below its surroundings.
const BELOW: f32 = 7.0;

/// Texts of the QR codes in a picture, or nothing where it is too full of corner patterns to look.
pub(crate) fn read(grey: &Grey) -> Option<Vec<String>> {
    let dark = darker_than_around(grey);
    let (corners, hits) = corners(&dark, grey.width);
    if corners > MOST_CORNERS || hits > MOST_HITS {
        return None;
    }
    if corners < 3 {
        return Some(Vec::new());
    }
    let texts = guarded(|| {
        let at = |x, y| dark[y * grey.width + x];
        let mut prepared = rqrr::PreparedImage::prepare_from_bitmap(grey.width, grey.height, at);
        let grids = prepared.detect_grids();
        grids.iter().filter_map(|grid| grid.decode().ok().map(|(_, text)| text)).collect::<Vec<_>>()
    });
    let mut texts = texts.unwrap_or_default();
    texts.retain(|text| text.len() <= LONGEST);
    texts.sort();
    texts.dedup();
    Some(texts)
}

fn darker_than_around(grey: &Grey) -> Vec<bool> {
    let sums = Sums::of(grey);
    let reach = (grey.width.min(grey.height) / 8).max(16);
    let mut dark = Vec::with_capacity(grey.pixels.len());
    for y in 0..grey.height {
        let (top, bottom) = (y.saturating_sub(reach), (y + reach).min(grey.height));
        for (x, &value) in grey.row(y).iter().enumerate() {
            let mean = sums.mean(x.saturating_sub(reach), top, (x + reach).min(grey.width), bottom);
            dark.push(f32::from(value) + BELOW < mean);
        }
    }
    dark
}

/// A run of dark pixels in a row, and the connected area it belongs to.
#[derive(Clone, Copy)]
struct Run {
    from: usize,
    to: usize,
    area: usize,
}

/// Connected dark areas: each points to another of the same area, the last one to itself.
#[derive(Default)]
struct Areas {
    parent: Vec<usize>,
    size: Vec<usize>,
}

impl Areas {
    fn begin(&mut self, size: usize) -> usize {
        self.parent.push(self.parent.len());
        self.size.push(size);
        self.parent.len() - 1
    }

    fn root(&mut self, mut area: usize) -> usize {
        while self.parent[area] != area {
            self.parent[area] = self.parent[self.parent[area]];
            area = self.parent[area];
        }
        area
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            let (small, large) = if self.size[a] < self.size[b] { (a, b) } else { (b, a) };
            self.parent[small] = large;
            self.size[large] += self.size[small];
        }
    }
}

/// How many corner patterns there are at most, and on how many places of rows something looks like one.
fn corners(dark: &[bool], width: usize) -> (usize, usize) {
    let mut areas = Areas::default();
    let mut above: Vec<Run> = Vec::new();
    let mut seen = Vec::new();
    for line in dark.chunks(width) {
        let runs = runs(line, &above, &mut areas);
        for five in runs.windows(3) {
            if looks_like_a_corner(five) {
                seen.push((five[0].area, five[1].area, five[2].area));
            }
        }
        above = runs;
    }
    let mut stones = HashSet::new();
    for &(left, stone, right) in &seen {
        let (left, stone, right) = (areas.root(left), areas.root(stone), areas.root(right));
        let share = areas.size[stone] * 100 / areas.size[right];
        if left == right && stone != right && (10..=70).contains(&share) {
            stones.insert(stone);
        }
    }
    (stones.len(), seen.len())
}

fn runs(line: &[bool], above: &[Run], areas: &mut Areas) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut at = 0;
    let mut over = 0;
    for same in line.chunk_by(|a, b| a == b) {
        let (from, to) = (at, at + same.len());
        at = to;
        if !same[0] {
            continue;
        }
        let area = areas.begin(to - from);
        while above.get(over).is_some_and(|run| run.to <= from) {
            over += 1;
        }
        above[over..].iter().take_while(|run| run.from < to).for_each(|run| areas.join(run.area, area));
        runs.push(Run { from, to, area });
    }
    runs
}

/// Dark, light, dark, light, dark as 1 : 1 : 3 : 1 : 1, as generously as the reader takes it.
fn looks_like_a_corner(dark: &[Run]) -> bool {
    let lengths = [
        dark[0].to - dark[0].from,
        dark[1].from - dark[0].to,
        dark[1].to - dark[1].from,
        dark[2].from - dark[1].to,
        dark[2].to - dark[2].from,
    ];
    let one = (lengths[0] + lengths[1] + lengths[3] + lengths[4]) / 4;
    let off = one * 3 / 4;
    lengths
        .iter()
        .zip([1, 1, 3, 1, 1])
        .all(|(&length, share)| length + off >= share * one && length <= share * one + off)
}

/// The host that a text of a QR code leads to; for links that open another program, its scheme.
///
/// `https://a.example/x` leads to `a.example`, `weixin://pay` to `weixin:`, and plain words lead nowhere.
pub fn leads_to(text: &str) -> Option<String> {
    let (scheme, rest) = text.trim().split_once(':')?;
    let is_scheme = scheme.starts_with(|sign: char| sign.is_ascii_alphabetic())
        && scheme.chars().all(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '+' | '-' | '.'));
    if !is_scheme {
        return None;
    }
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return Some(format!("{scheme}:"));
    }
    let authority = rest.trim_start_matches(['/', '\\']).split(['/', '\\', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = if host.starts_with('[') { host.split_inclusive(']').next()? } else { host.split(':').next()? };
    let host = host.trim_end_matches('.').to_lowercase();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corner_patterns(count: usize) -> Grey {
        let (scale, width) = (3, 900);
        let mut pixels = vec![255; width * width];
        let across = width / (9 * scale);
        for number in 0..count {
            let (left, top) = (number % across * 9 * scale, number / across * 9 * scale);
            for (x, y) in (0..7 * scale).flat_map(|y| (0..7 * scale).map(move |x| (x, y))) {
                let away = (x / scale).abs_diff(3).max((y / scale).abs_diff(3));
                if away == 3 || away <= 1 {
                    pixels[(top + y) * width + left + x] = 0;
                }
            }
        }
        Grey { width, height: width, pixels }
    }

    #[test]
    fn corner_patterns_are_counted() {
        for count in [0, 1, 3, 12, 13, 400] {
            let picture = corner_patterns(count);
            assert_eq!(corners(&darker_than_around(&picture), picture.width).0, count);
            assert_eq!(read(&picture), (count <= MOST_CORNERS).then(Vec::new), "{count} patterns without codes");
        }
    }

    #[test]
    fn links_lead_to_their_host() {
        let table = [
            ("https://Pay.Example.com/x?y=z", Some("pay.example.com")),
            ("HTTP://user@evil.example:8080/", Some("evil.example")),
            ("https://yuanlu.example@evil.example", Some("evil.example")),
            ("https:\\\\evil.example\\x", Some("evil.example")),
            ("http://[2001:db8::1]:80/", Some("[2001:db8::1]")),
            ("weixin://wxpay/bizpayurl?pr=abc", Some("weixin:")),
            ("一句话：没有链接", None),
            ("12:30 见", None),
            ("https://", None),
        ];
        for (text, host) in table {
            assert_eq!(leads_to(text).as_deref(), host, "{text}");
        }
    }
}
