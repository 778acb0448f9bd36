//! That a journal is in the archive or in the journal, and not lost between them.

use super::Report;
use crate::db::Read;
use crate::error::Result;
use crate::{archive, order_file};

/// Looks for journals that are there twice, and for orders that have none. So far only journals of orders were counted.
pub(super) fn check(db: &impl Read, report: &mut Report) -> Result<()> {
    for (kind, id) in archive::twice(db)? {
        report.differ("archive", format!("{kind}:{id}"), "the journal lies in the archive and outside it");
    }
    // Names are looked for only where the numbers say that some are missing: it takes long.
    if u64::try_from(order_file::count(db)?).is_ok_and(|files| files > report.journals) {
        for order in order_file::without_journal(db)? {
            report.differ("journal", format!("order:{order}"), "its journal is gone");
        }
    }
    Ok(())
}
