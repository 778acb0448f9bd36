//! QR codes in pictures: their texts, so that a link leading off the platform can be found.

use crate::decode::guarded;
use crate::raster::Grey;

const MOST: usize = 8;
const LONGEST: usize = 2048;

/// Texts of the QR codes in a picture, at most eight.
pub(crate) fn read(grey: &Grey) -> Vec<String> {
    let read = guarded(|| {
        let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(grey.width, grey.height, |x, y| {
            grey.pixels[y * grey.width + x]
        });
        let grids = prepared.detect_grids();
        grids.iter().take(4 * MOST).filter_map(|grid| grid.decode().ok().map(|(_, text)| text)).collect::<Vec<_>>()
    });
    let mut texts = read.unwrap_or_default();
    texts.retain(|text| text.len() <= LONGEST);
    texts.sort();
    texts.dedup();
    texts.truncate(MOST);
    texts
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
