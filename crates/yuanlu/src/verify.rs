//! `yuanlu verify`: are the rows what the journals amount to, and do the books balance?

use crate::cli::{DataFolder, Serving};
use crate::config::Effective;
use crate::{Problem, file_store, open};
use indicatif::ProgressBar;
use std::process::ExitCode;
use std::time::Duration;
use yuanlu_storage::verify::{Report, verify, verify_chains};
use yuanlu_storage::{Db, StorageError, setting};

/// The setting that holds the public key of the seals, hex.
const SEAL_PUBLIC_KEY: &str = "seal_public_key";

fn inspect(given: &DataFolder) -> Result<(Effective, Db, ProgressBar), Problem> {
    let effective = Effective::read(&Serving { data: given.clone(), ..Serving::default() }, "./yuanlu-data")?;
    let db = Db::inspect(effective.database()).map_err(|error| Problem::new(open::chain(&error)))?;
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok((effective, db, bar))
}

/// Checks only the chains of a shop, running or not; ends with 1 when something differs.
pub fn run_chains(given: &DataFolder) -> Result<ExitCode, Problem> {
    let (_, db, bar) = inspect(given)?;
    let report = verify_chains(&db, |entries| bar.set_message(format!("{entries} entries")));
    let report = report.map_err(|error| Problem::new(open::chain(&error)))?;
    bar.finish_and_clear();
    println!("{} journals, {} entries; `yuanlu verify` compares every row with them", report.journals, report.entries);
    Ok(conclude(&report, report.differences.len()))
}

/// Checks a shop, running or not; ends with 1 when something differs.
pub fn run(given: &DataFolder, files: bool) -> Result<ExitCode, Problem> {
    let (effective, db, bar) = inspect(given)?;
    let key = db.read(|db| setting::find(db, SEAL_PUBLIC_KEY));
    let key = key.map_err(|error: StorageError| Problem::new(open::chain(&error)))?;
    let key = key.and_then(|text| yuanlu_blobs::from_hex(&text));
    let report = verify(&db, key.as_deref(), |entries| bar.set_message(format!("{entries} entries")));
    let report = report.map_err(|error| Problem::new(open::chain(&error)))?;
    let looked = match files {
        true => Some(file_store::look_at_all(&effective, &db, |n| bar.set_message(format!("{n} files")))?),
        false => None,
    };
    bar.finish_and_clear();
    let mut found = report.differences.len();
    println!(
        "{} journals, {} entries, {} transfers, {} texts ({} erased), {} seals",
        report.journals, report.entries, report.transfers, report.texts, report.erased, report.seals
    );
    match looked {
        Some(looked) => {
            println!("{} files opened", looked.whole);
            for difference in &looked.differences {
                println!("DIFFERS {difference}");
            }
            found += looked.differences.len();
        }
        None => println!("files were not opened; `yuanlu verify --files` opens each"),
    }
    Ok(conclude(&report, found))
}

fn conclude(report: &Report, found: usize) -> ExitCode {
    for difference in &report.differences {
        println!("DIFFERS {difference}");
    }
    if found == 0 {
        println!("Everything agrees.");
        ExitCode::SUCCESS
    } else {
        println!("{found} differences");
        ExitCode::FAILURE
    }
}
