//! `yuanlu archive`: journals of orders that have long been over, moved into the archive at once.

use crate::cli::{Archiving, Serving};
use crate::config::Effective;
use crate::{Problem, migrate, open};
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use std::process::ExitCode;
use std::time::Duration;
use yuanlu_app::archive::{Archived, Round, next};
use yuanlu_app::{AppError, OpenError};
use yuanlu_storage::{StorageError, archive};

/// Says what is old, asks, and moves it.
pub fn run(asked: &Archiving) -> Result<ExitCode, Problem> {
    let effective = Effective::read(&Serving { data: asked.data.clone(), ..Serving::default() }, "./yuanlu-data")?;
    let Some(days) = asked.older_than.or(effective.archive_after_days) else {
        return Err(Problem::new("archive_after_days says that nothing is ever archived; say --older-than DAYS"));
    };
    let db = open::inspect(&effective)?;
    let born = db.meta().born;
    let now = open::now(&db)?;
    let bar =
        ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg}").map_err(Problem::new)?);
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut found = Archived::default();
    let mut round = Round::new(now, days);
    while !round.is_over() {
        found.add(Archived::of(&next(&db, &mut round).map_err(words)?));
        bar.set_message(format!("{} orders found", HumanCount(found.orders)));
    }
    bar.finish_and_clear();
    let held = db.read(|db| archive::holdings(db)).map_err(|error: StorageError| Problem::new(open::chain(&error)))?;
    println!(
        "The archive holds {} journals ({} entries).",
        HumanCount(held.journals.unsigned_abs()),
        HumanCount(held.entries.unsigned_abs())
    );
    if found.orders == 0 {
        println!("No order has been over for {days} days that is not archived: nothing to do.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} have been over for {days} days: {}.", orders(found.orders), sizes(&found));
    println!("They are read, listed, verified and written as before; whoever writes meanwhile does not wait.");
    if asked.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if !asked.yes && !migrate::agreed()? {
        println!("Nothing was done.");
        return Ok(ExitCode::FAILURE);
    }
    let data = effective.data.display().to_string();
    let app = yuanlu_app::App::open(open::settings(&effective, born)?).map_err(|error| match error {
        OpenError::Storage(StorageError::Locked { .. }) => Problem::new(
            "the shop is being served, and archives by itself: a few orders each second, once a day. Nothing was done; \
             stop it to have it done now",
        ),
        other => open::sentence(&data, &other),
    })?;
    let bar = ProgressBar::new(found.orders)
        .with_style(ProgressStyle::with_template("{bar:30} {human_pos}/{human_len}").map_err(Problem::new)?);
    let mut done = Archived::default();
    let mut round = Round::new(now, days);
    while !round.is_over() {
        done.add(app.archive_next(&mut round).map_err(words)?);
        bar.set_position(done.orders);
    }
    bar.finish_and_clear();
    println!("Archived {}: {}.", orders(done.orders), sizes(&done));
    if effective.database().file().is_some() {
        println!(
            "The file keeps its size and uses the room again; a backup that is brought back is as small as it can be."
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn orders(count: u64) -> String {
    if count == 1 { "1 order".to_owned() } else { format!("{} orders", HumanCount(count)) }
}

fn sizes(of: &Archived) -> String {
    let (entries, before, after) = (HumanCount(of.entries), HumanBytes(of.size), HumanBytes(of.packed));
    format!("{entries} entries, {before} that take {after} in the archive")
}

fn words(error: AppError) -> Problem {
    Problem::new(format!("the archive cannot be written: {}", error.code()))
}
