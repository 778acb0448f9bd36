//! `yuanlu migrate`: the database of a stopped shop, brought to the schema of this program.

use crate::cli::{Migrating, Serving};
use crate::config::Effective;
use crate::running::say;
use crate::{Problem, open};
use indicatif::HumanCount;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use yuanlu_storage::migrate::{self, Plan, Step};
use yuanlu_storage::{Location, StorageError};

/// Says what has to be done, asks, and does it.
pub fn run(asked: &Migrating) -> Result<ExitCode, Problem> {
    let effective = Effective::read(&Serving { data: asked.data.clone(), ..Serving::default() }, "./yuanlu-data")?;
    let place = effective.database();
    let plan = migrate::plan(place).map_err(|error| explain(place, &error))?;
    let Some(last) = plan.steps.last() else {
        println!("{place} has schema {}, which is this program's: nothing to do.", plan.from);
        return Ok(ExitCode::SUCCESS);
    };
    println!("{place}: from schema {} to schema {}", plan.from, last.version);
    plan.steps.iter().for_each(|step| println!("  {}", spoken(step)));
    println!("Nothing is taken away. Who reads goes on reading; no program may write meanwhile. Make a backup first.");
    if asked.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if !asked.yes && !agreed()? {
        println!("Nothing was done.");
        return Ok(ExitCode::FAILURE);
    }
    let done = migrate::migrate(place, &mut |step| println!("Schema {} is done.", step.version));
    done.map_err(|error| explain(place, &error))?;
    println!("Now `yuanlu verify`, then serve with this program, on every node.");
    Ok(ExitCode::SUCCESS)
}

/// What opening the database has done to it, where it was not new.
pub fn told(plan: &Plan) {
    if plan.from > 0 && !plan.steps.is_empty() {
        say(&format!("The database had schema {} and was brought up to date:", plan.from));
        plan.steps.iter().for_each(|step| say(&format!("  {}", spoken(step))));
    }
}

/// Asks whether to go on.
pub fn agreed() -> Result<bool, Problem> {
    if !std::io::stdin().is_terminal() {
        return Err(Problem::new("nobody is there to be asked; nothing was done. Say --yes to do it"));
    }
    print!("Go on? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn spoken(step: &Step) -> String {
    let mut parts = Vec::new();
    if !step.tables.is_empty() {
        parts.push(format!("new tables {}", step.tables.join(", ")));
    }
    if !step.columns.is_empty() {
        let columns: Vec<_> = step.columns.iter().map(|(table, column)| format!("{table}.{column}")).collect();
        parts.push(format!("new columns {}", columns.join(", ")));
    }
    if step.fills {
        parts.push("values for the rows that are there".to_owned());
    }
    if !step.indexes.is_empty() {
        let index = |(name, _, rows): &(&str, &str, u64)| format!("{name} ({} rows)", HumanCount(*rows));
        let indexes: Vec<_> = step.indexes.iter().map(index).collect();
        parts.push(format!("new indexes {}", indexes.join(", ")));
    }
    format!("{}: {}", step.version, parts.join("; "))
}

fn explain(place: &Location, error: &StorageError) -> Problem {
    match error {
        StorageError::Absent { .. } => Problem::new(format!("there is no database at {place}; nothing was done")),
        StorageError::Locked { .. } => Problem::new("the shop is being served; stop it first, nothing was done"),
        error => Problem::new(open::chain(error)),
    }
}
