//! `yuanlu policy`: rules are checked, tried on the past and published.

use crate::Problem;
use crate::cli::{PolicyCommand, Serving};
use crate::config::Effective;
use crate::open::{self, inspect, now};
use std::fmt::Display;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use yuanlu_app::policy::{check, version, versions};
use yuanlu_app::policy_replay::replay;
use yuanlu_app::views::{MoneyView, PolicyChangeView, ReplayView};
use yuanlu_app::{AppError, Principal};
use yuanlu_domain::policy::{Policy, PolicyHash};

/// The most a policy's text may hold.
const MOST_BYTES: u64 = 1 << 20;

/// Runs one of the commands; ends with 1 where the text is no policy.
pub fn run(command: &PolicyCommand) -> Result<ExitCode, Problem> {
    match command {
        PolicyCommand::Check { file, data } => {
            let (text, effective) = (read(file)?, effective(data)?);
            let Some(policy) = loaded(&text) else { return Ok(ExitCode::FAILURE) };
            println!("{}: a policy, version {}, {}", file.display(), policy.version(), policy.hash());
            if !open::is_there(effective.database())? {
                println!("There is no shop at {}, so nothing to compare it with.", effective.data.display());
                return Ok(ExitCode::SUCCESS);
            }
            let db = inspect(&effective)?;
            let found = check(&db, now(&db)?, &text).map_err(words)?;
            found.change.iter().for_each(print_change);
            Ok(ExitCode::SUCCESS)
        }
        PolicyCommand::Publish { file, from, data } => publish(file, from.as_deref(), &effective(data)?),
        PolicyCommand::List(data) => {
            let db = inspect(&effective(data)?)?;
            for one in versions(&db, now(&db)?).map_err(words)? {
                println!("{}  {:<8}  from {}  {}", &one.hash[..16], one.state, one.since.date_text(), one.version);
            }
            Ok(ExitCode::SUCCESS)
        }
        PolicyCommand::Show { hash, data } => {
            let db = inspect(&effective(data)?)?;
            let (policy, _) = version(&db, now(&db)?, hash).map_err(|error| match error {
                AppError::NotFound => Problem::new(format!("no version's hash begins with `{hash}`")),
                AppError::Invalid { .. } => {
                    Problem::new(format!("several versions begin with `{hash}`; give more of it"))
                }
                other => words(other),
            })?;
            print!("{}", policy.text());
            Ok(ExitCode::SUCCESS)
        }
        PolicyCommand::Replay { file, data } => {
            let text = read(file)?;
            let Some(policy) = loaded(&text) else { return Ok(ExitCode::FAILURE) };
            let db = inspect(&effective(data)?)?;
            print_replay(&replay(&db, &policy).map_err(words)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn publish(file: &Path, from: Option<&str>, effective: &Effective) -> Result<ExitCode, Problem> {
    let text = read(file)?;
    if loaded(&text).is_none() {
        return Ok(ExitCode::FAILURE);
    }
    let born = inspect(effective)?.meta().born;
    let app = open::shop(open::settings(effective, born)?)?;
    let found = check(app.db(), app.now(), &text).map_err(words)?;
    let Some(change) = found.change else { return Err(Problem::new("the text is no policy")) };
    print_change(&change);
    let version = app.publish_policy(&Principal::Program, &text, from).map_err(|error| match error {
        AppError::Invalid { field: "effective_from", code: "not_a_date" } => {
            Problem::new("--from takes a day such as 2027-01-31")
        }
        AppError::Invalid { field: "effective_from", .. } => Problem::new(format!(
            "it cannot take effect on {}: {} days of notice are needed, so not before {} (--from {})",
            from.unwrap_or(&change.effective_from),
            change.notice_days,
            change.earliest,
            change.earliest
        )),
        AppError::Invalid { field: "version", .. } => {
            Problem::new(format!("there is a version named `{}` already; name this one otherwise", change.version))
        }
        AppError::Invalid { code: "unchanged", .. } => Problem::new("it is the same as the latest version"),
        other => words(other),
    })?;
    println!("Published. Orders placed from {} on go by it; earlier ones keep theirs.", version.since.date_text());
    println!("{}/rules/{}", effective.public_url, version.hash);
    if version.hash != PolicyHash::of(&text).as_str() {
        println!(
            "The dates in the text were set; `yuanlu policy show {}` prints it as published.",
            &version.hash[..16]
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The policy; what is wrong with it is printed.
fn loaded(text: &str) -> Option<Policy> {
    Policy::load(text).inspect_err(|problem| eprintln!("{problem}")).ok()
}

fn read(file: &Path) -> Result<String, Problem> {
    let mut text = String::new();
    let opened = std::fs::File::open(file).map_err(Problem::at(file.display()))?;
    opened.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(Problem::at(file.display()))?;
    if text.len() as u64 > MOST_BYTES {
        return Err(Problem::new(format!("{}: no policy is larger than a megabyte", file.display())));
    }
    Ok(text)
}

fn effective(data: &crate::cli::DataFolder) -> Result<Effective, Problem> {
    Ok(Effective::read(&Serving { data: data.clone(), ..Serving::default() }, "./yuanlu-data")?)
}

fn words(error: impl Display) -> Problem {
    Problem::new(format!("the shop cannot be read: {error}"))
}

fn print_change(change: &PolicyChangeView) {
    if change.same {
        println!("The same as version {}.", change.against_version);
        return;
    }
    println!("Against version {} ({}):", change.against_version, &change.against[..16]);
    let number = |value: &Option<i64>| value.map_or_else(|| "—".to_owned(), |value| value.to_string());
    for one in &change.parameters {
        println!("  {:<32} {} → {}  {}", one.name, number(&one.before), number(&one.after), one.effect);
    }
    for one in &change.outcomes {
        println!(
            "  {} {} ({}) → {} ({})  {}",
            one.table, one.before, one.then_before, one.after, one.then_after, one.effect
        );
        let facts = one.example.iter().map(|fact| {
            let values: Vec<String> = fact.values.iter().map(|value| value.to_string().replace('"', "")).collect();
            format!("{} = {}", fact.fact, values.join(", "))
        });
        println!("      such as {}", facts.collect::<Vec<_>>().join(", "));
    }
    for one in &change.arrivals {
        println!("  arrival {} {:?} → {:?}  {}", one.kind, one.before, one.after, one.effect);
    }
    for one in &change.rows {
        println!("  row {}/{} {}", one.table, one.row, one.edit);
    }
    let why = if change.shrinks { "rights shrink, or may" } else { "no rights shrink" };
    println!("{} days of notice ({why}): not before {}.", change.notice_days, change.earliest);
}

fn print_replay(view: &ReplayView) {
    let sums = |sums: &[MoneyView]| {
        let sums: Vec<String> = sums.iter().map(|sum| format!("{} {}", sum.text, sum.currency)).collect();
        if sums.is_empty() { "nothing".to_owned() } else { sums.join(", ") }
    };
    println!("{} decided cases, {} units; {} would come out otherwise.", view.decisions, view.units, view.changed);
    if view.left_out > 0 {
        println!("{} of them hold no facts and were left out.", view.left_out);
    }
    println!("Paid by the tables: {} → {}", sums(&view.paid_before), sums(&view.paid_after));
    for group in &view.groups {
        println!(
            "  {} {} ({}) → {} ({}): {} units, {} → {} {}",
            group.table,
            group.before,
            group.then_before,
            group.after,
            group.then_after,
            group.units,
            group.paid_before.text,
            group.paid_after.text,
            group.paid_before.currency
        );
        println!("      {}", group.cases.join(" "));
    }
}
