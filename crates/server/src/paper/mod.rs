//! Papers in words: what a certificate and an evidence package say to people. What is signed and who may have it is
//! decided in `app`; how it is printed, in the crate `paper`.

pub mod certificate;
pub mod complaint;
pub mod package;
pub(crate) mod stream;

use crate::page::Page;
use crate::text::Locale;
use yuanlu_app::App;
use yuanlu_paper::Sheet;
use yuanlu_paper::sheet::PrintError;

/// One piece of a document, printed or written as plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A smaller one.
    Subheading(String),
    /// A paragraph.
    Text(String),
    /// A paragraph in small print.
    Note(String),
    /// A name and its value.
    Row(String, String),
    /// Names of columns with their shares of the width in percent, and rows.
    Table(Vec<(String, u8)>, Vec<Vec<String>>),
}

/// Prints blocks.
pub(crate) fn print(sheet: &mut Sheet, blocks: &[Block]) {
    for block in blocks {
        match block {
            Block::Heading(text) => sheet.heading(text),
            Block::Subheading(text) => sheet.subheading(text),
            Block::Text(text) => sheet.text(text),
            Block::Note(text) => sheet.note(text),
            Block::Row(name, value) => sheet.row(name, value),
            Block::Table(columns, rows) => {
                let columns: Vec<(&str, f32)> =
                    columns.iter().map(|(name, share)| (name.as_str(), f32::from(*share) / 100.0)).collect();
                sheet.table(&columns, rows);
            }
        }
    }
}

/// Blocks as a text file, to be copied from.
pub(crate) fn plain(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Heading(text) | Block::Subheading(text) => out.push_str(&format!("\r\n【{text}】\r\n")),
            Block::Text(text) | Block::Note(text) => out.push_str(&format!("{text}\r\n")),
            Block::Row(name, value) => out.push_str(&format!("{name}：{value}\r\n")),
            Block::Table(_, rows) => rows.iter().for_each(|row| out.push_str(&format!("{}\r\n", row.join("  ")))),
        }
    }
    out.trim_start().to_owned()
}

/// The words of documents: Chinese, and nobody looking.
pub(crate) fn words(app: &App) -> Page {
    let config = app.config();
    Page {
        locale: Locale::Zh,
        title: String::new(),
        platform: config.platform_name.clone(),
        path: "/".to_owned(),
        here: "/".to_owned(),
        theme: None,
        places: Vec::new(),
        desk: None,
        live: None,
        looker: None,
        guest: None,
        now: app.now(),
        demo: None,
        said: None,
        error: None,
        filing: None,
        wrong_field: None,
    }
}

/// A document that could not be printed is a fault of the program.
pub(crate) fn unprinted(error: PrintError) -> yuanlu_app::AppError {
    tracing::error!(error = %error, "a document was not printed");
    yuanlu_app::AppError::Unavailable
}
