//! Desks of one kind as staff looks at them: those that wait by their time, and after the last of them those that are over.

use crate::errors::Result;
use crate::inputs::Page;
use crate::text;
use yuanlu_domain::desk::DeskFile;
use yuanlu_storage::aggregate::Stored;
use yuanlu_storage::order_file::Cursor;
use yuanlu_storage::{Read, desk};

/// Most desks that are over and still shown.
const SHOWN: u32 = 50;

/// A page of them, and where the next one begins.
pub(crate) fn open_then_over(
    db: &impl Read,
    kind: &str,
    page: &Page,
) -> Result<(Vec<Stored<DeskFile>>, Option<String>)> {
    let cursor = match page.cursor.as_deref() {
        None | Some("") => None,
        Some(_) => Some(text::cursor(page)?),
    };
    let mut found = desk::queue(db, kind, cursor.as_ref(), page.rows() + 1)?;
    let next = text::cut(&mut found, page, |stored| {
        let due = stored.aggregate.turn().map_or(i64::MAX, |(_, due)| due.micros());
        text::cursor_text(due, stored.aggregate.id().as_str())
    });
    if cursor.is_none() && next.is_none() {
        found.extend(desk::list_over(db, kind, &Cursor { at: i64::MAX, id: "~".to_owned() }, SHOWN)?);
    }
    Ok((found, next))
}
