//! `yuanlu verify`: are the rows what the journals amount to, and do the books balance?

use crate::cli::{DataFolder, Serving};
use crate::config::Effective;
use crate::{Problem, open};
use std::process::ExitCode;
use std::time::Duration;
use yuanlu_storage::{Db, StorageError, setting};

/// The setting that holds the public key of the seals, hex.
const SEAL_PUBLIC_KEY: &str = "seal_public_key";

/// Checks a shop, running or not; ends with 1 when something differs.
pub fn run(given: &DataFolder) -> Result<ExitCode, Problem> {
    let effective = Effective::read(&Serving { data: given.clone(), ..Serving::default() }, "./yuanlu-data")?;
    let db = Db::inspect(effective.database()).map_err(|error| Problem::new(open::chain(&error)))?;
    let bar = indicatif::ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(200));
    let key = db.read(|db| setting::find(db, SEAL_PUBLIC_KEY));
    let key = key.map_err(|error: StorageError| Problem::new(open::chain(&error)))?;
    let key = key.and_then(|text| yuanlu_blobs::from_hex(&text));
    let report =
        yuanlu_storage::verify::verify(&db, key.as_deref(), |entries| bar.set_message(format!("{entries} entries")));
    bar.finish_and_clear();
    let report = report.map_err(|error| Problem::new(open::chain(&error)))?;
    println!(
        "{} journals, {} entries, {} transfers, {} texts ({} erased), {} seals",
        report.journals, report.entries, report.transfers, report.texts, report.erased, report.seals
    );
    for difference in &report.differences {
        println!("DIFFERS {difference}");
    }
    if report.differences.is_empty() {
        println!("Everything agrees.");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("{} differences", report.differences.len());
        Ok(ExitCode::FAILURE)
    }
}
