//! QR codes as SVG, drawn here so that a page needs no script and no other server.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write;

/// Light modules around a code; readers want four.
const MARGIN: usize = 4;

/// The code of a text; `None` when it is too long for one.
pub fn svg(text: &str, label: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, modules) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (row, line) in modules.chunks(width).enumerate() {
        let mut column = 0;
        // One stroke for every run of dark modules.
        for run in line.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                let (x, y, n) = (column + MARGIN, row + MARGIN, run.len());
                let _ = write!(path, "M{x} {y}h{n}v1h-{n}z");
            }
            column += run.len();
        }
    }
    let side = width + 2 * MARGIN;
    let label = label.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    Some(format!(
        "<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
         aria-label=\"{label}\" shape-rendering=\"crispEdges\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>\
         <path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws the path again, module by module, and compares it with the code itself.
    #[test]
    fn every_dark_module_is_drawn_and_no_other() {
        for text in ["a", "weixin://wxpay/bizpayurl?pr=YL7Q261122ABCDEFGHJKP001", &"长".repeat(200)] {
            let drawn = svg(text, "pay & <scan>").unwrap();
            assert!(drawn.contains("aria-label=\"pay &amp; &lt;scan>\""));
            let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
            let width = code.width();
            let mut seen = vec![Color::Light; width * width];
            let path = drawn.split("d=\"").nth(1).unwrap().split('"').next().unwrap();
            for stroke in path.split('M').filter(|stroke| !stroke.is_empty()) {
                let (place, rest) = stroke.split_once('h').unwrap();
                let (x, y) = place.split_once(' ').unwrap();
                let (x, y) = (x.parse::<usize>().unwrap() - MARGIN, y.parse::<usize>().unwrap() - MARGIN);
                let n: usize = rest.split('v').next().unwrap().parse().unwrap();
                seen[y * width + x..y * width + x + n].fill(Color::Dark);
            }
            assert!(seen == code.to_colors(), "{text}");
        }
        assert_eq!(svg(&"x".repeat(8000), ""), None);
    }
}
