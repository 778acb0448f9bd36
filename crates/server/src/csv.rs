//! Lists as files for a spreadsheet. What people wrote must not be run there: a cell that a spreadsheet would take for a
//! formula begins with an apostrophe.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// Most rows of one file.
pub const MOST_ROWS: usize = 10_000;

/// A file being written.
#[derive(Clone, Debug)]
pub struct Csv(String);

impl Csv {
    /// A file whose first line names its columns. The mark at its beginning tells spreadsheets that it is UTF-8.
    pub fn new<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut csv = Self("\u{feff}".to_owned());
        csv.row(columns);
        csv
    }

    /// One more line.
    pub fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        for (i, cell) in cells.into_iter().enumerate() {
            if i > 0 {
                self.0.push(',');
            }
            self.0.push_str(&cell_text(cell.as_ref()));
        }
        self.0.push_str("\r\n");
    }

    /// The text of the file.
    pub fn text(self) -> String {
        self.0
    }

    /// An answer that a browser saves under this name.
    pub fn download(self, name: &str) -> Response {
        let name = HeaderValue::try_from(format!("attachment; filename=\"{name}.csv\""))
            .unwrap_or(HeaderValue::from_static("attachment"));
        let kind = HeaderValue::from_static("text/csv; charset=utf-8");
        ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], self.0).into_response()
    }
}

/// A cell as it stands in the file. Plain numbers stay numbers, also below zero.
pub fn cell_text(text: &str) -> String {
    let is_number = text.strip_prefix(['-', '+']).unwrap_or(text).bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && !is_number;
    let is_formula = is_formula || text.starts_with(['\t', '\r', '\n']);
    let guarded = if is_formula { format!("'{text}") } else { text.to_owned() };
    if guarded.contains(['"', ',', '\n', '\r', ';', '\t']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_formula() {
        for (text, cell) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"so\"", "\"say \"\"so\"\"\""),
            ("=1+1", "'=1+1"),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\t=1", "\"'\t=1\""),
            ("＝1+1", "'＝1+1"),
            ("-12.50", "-12.50"),
            ("+86 138", "'+86 138"),
            ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
            ("2026-11-22 10:00", "2026-11-22 10:00"),
            ("", ""),
        ] {
            assert_eq!(cell_text(text), cell, "{text:?}");
        }
        let mut csv = Csv::new(["a", "b"]);
        csv.row(["1", "=2"]);
        assert_eq!(csv.text(), "\u{feff}a,b\r\n1,'=2\r\n");
    }
}
