//! `yuanlu story`: plays stories and shows what came of them.

use crate::Problem;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use yuanlu_world::story::{Story, Verdict, reference};

/// Something differs, or could not be done.
const DIFFERS: u8 = 1;
/// A story cannot be read.
const UNREADABLE: u8 = 2;

/// Plays files and folders, several at the same time, and shows them in their order.
pub fn run(paths: &[PathBuf], quiet: bool) -> Result<ExitCode, Problem> {
    let files = stories(paths)?;
    let (next, shown) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(files.len());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((number, file)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|number| Some((number, files.get(number)?)))
                {
                    let played = play(file, quiet);
                    shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((number, played));
                }
            });
        }
    });
    let mut shown = shown.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    shown.sort_by_key(|(number, _)| *number);
    let count = |code: u8| shown.iter().filter(|(_, played)| played.code == code).count();
    for (_, played) in &shown {
        print!("{}", played.text);
    }
    let (good, differ, unreadable) = (count(0), count(DIFFERS), count(UNREADABLE));
    println!("played: {good} as expected, {differ} not; {unreadable} cannot be read");
    Ok(ExitCode::from(shown.iter().map(|(_, played)| played.code).max().unwrap_or_default()))
}

/// Prints the vocabulary.
pub fn words() -> Result<ExitCode, Problem> {
    print!("{}", reference());
    Ok(ExitCode::SUCCESS)
}

struct Played {
    text: String,
    code: u8,
}

fn play(file: &Path, quiet: bool) -> Played {
    let name = file.display();
    let read = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}\n"));
    let parsed = read.and_then(|text| {
        let shown = |mistakes: Vec<yuanlu_world::story::Mistake>| {
            mistakes.iter().fold(String::new(), |mut text, mistake| {
                let _ = writeln!(text, "{name}:{}: {}", mistake.line, mistake.what);
                text
            })
        };
        Story::parse(&text).map_err(shown)
    });
    let story = match parsed {
        Ok(story) => story,
        Err(text) => return Played { text, code: UNREADABLE },
    };
    let report = story.play(file.parent().unwrap_or(Path::new(".")));
    let mut text = format!("{name}  {}\n", story.title);
    for finding in report.findings.iter().filter(|finding| !quiet || finding.verdict != Verdict::Held) {
        let _ = writeln!(text, "{finding}");
    }
    let code = if report.holds() { 0 } else { DIFFERS };
    Played { text: if quiet && code == 0 { String::new() } else { text }, code }
}

/// The files themselves; of folders what ends with `.story`, by name.
fn stories(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Problem> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let at = || path.display().to_string();
        let entries = std::fs::read_dir(path).map_err(Problem::at(at()))?;
        let mut found = Vec::new();
        for entry in entries {
            found.push(entry.map_err(Problem::at(at()))?.path());
        }
        found.retain(|file| file.extension().is_some_and(|extension| extension == "story"));
        if found.is_empty() {
            return Err(Problem::new(format!("{}: no .story file in this folder", at())));
        }
        found.sort();
        files.extend(found);
    }
    Ok(files)
}
