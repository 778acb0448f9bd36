//! `yuanlu copy`: a shop from one database to another.

use crate::cli::Copying;
use crate::{Problem, open};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use yuanlu_storage::copy::{self, Progress};
use yuanlu_storage::{Db, Location, StorageError};

/// Says how long it will take, copies, and says what to do next.
pub fn run(asked: &Copying) -> Result<ExitCode, Problem> {
    let failed = |error: StorageError| Problem::new(open::chain(&error));
    let place = |text: &str| Location::parse(text).map(|place| place.vouched_by(asked.database_ca.clone()));
    let (from, to) = (place(&asked.from).map_err(failed)?, place(&asked.to).map_err(failed)?);
    let source = Db::inspect(&from).map_err(failed)?;
    let rows = copy::rows(&source).map_err(failed)?;
    let tried = copy::Rehearsal::new(&source, &to).map_err(|error| explain(&to, error))?;
    let began = Instant::now();
    let sent = tried.send().map_err(failed)?;
    let estimate = match sent {
        0 => Duration::ZERO,
        sent => began.elapsed().mul_f64(rows as f64 / sent as f64),
    };
    let rows_text = HumanCount(rows);
    println!("{rows_text} rows from {from} to {to}; the shop has to stand still for about {}.", spoken(estimate));
    if asked.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    let bar = ProgressBar::new(rows).with_style(
        ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} {msg} (about {eta} more)")
            .map_err(Problem::new)?,
    );
    let told = &mut |progress: Progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
        bar.set_message(progress.table);
    };
    let began = Instant::now();
    copy::copy(&source, &to, told).map_err(|error| explain(&to, error))?;
    bar.finish_and_clear();
    println!("Copied in {}. Now `yuanlu verify --database {to}`, then serve from there.", spoken(began.elapsed()));
    println!("Uploads and keys stay where they are: the data folder goes on being needed.");
    Ok(ExitCode::SUCCESS)
}

fn explain(to: &Location, error: StorageError) -> Problem {
    match error {
        StorageError::Conflict { .. } => {
            Problem::new(format!("there is a database at {to} already; nothing was copied"))
        }
        StorageError::Locked { .. } => Problem::new("the shop is being served; stop it first, nothing was copied"),
        error => Problem::new(open::chain(&error)),
    }
}

fn spoken(time: Duration) -> String {
    match time.as_secs() {
        0 => "a second".to_owned(),
        seconds @ 1..=119 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}
