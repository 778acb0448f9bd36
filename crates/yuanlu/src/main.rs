//! The program: reads the command line, wires the crates together, and runs one command.
//!
//! Deliberately absent: anything that decides about orders or money.

mod admin;
mod archive;
mod backup;
mod bench;
mod cli;
mod config;
mod copy;
mod demo;
mod doctor;
mod file_store;
mod files;
mod frugal;
mod held;
mod incident;
mod migrate;
mod open;
mod paper;
mod policy;
mod reconcile;
mod running;
mod serve;
mod steering;
mod story;
mod tar;
mod tesseract;
mod verify;

use clap::Parser;
use cli::{Admin, Cli, Command};
use std::fmt;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Why a command did not do what it was asked, in one sentence for people.
#[derive(Debug)]
pub struct Problem(String);

impl Problem {
    /// A problem in words.
    pub fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }

    /// What was being done, and what came of it.
    pub fn at<E: fmt::Display>(what: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{what}: {error}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Command::Serve(_) | Command::Demo(_)) {
        frugal::begin_again();
    }
    start_logging(&cli.command);
    let done = match cli.command {
        Command::Serve(given) => serve::run(&given),
        Command::Demo(given) => demo::run(&given),
        Command::Admin(Admin::Create { login, serving }) => admin::create(&login, &serving),
        Command::Admin(Admin::ComplaintNews { register, serving }) => admin::complaint_news(register, &serving),
        Command::Doctor(data) => doctor::run(&data),
        Command::Backup { file, with_master_key, data } => backup::make(&file, with_master_key, &data),
        Command::Restore { file, master_key, data } => backup::restore(&file, master_key.as_deref(), &data),
        Command::ReleasePayouts(data) => backup::release_payouts(&data),
        Command::Policy(command) => policy::run(&command),
        Command::Verify(cli::Verify { paper: None, files, chains, data }) => match chains {
            true => verify::run_chains(&data),
            false => verify::run(&data, files),
        },
        Command::Verify(cli::Verify { paper: Some(paper), .. }) => paper::verify(&paper),
        Command::Export(cli::Export::Case { case, variant, fraud, output, serving }) => {
            paper::export(&case, &variant, fraud, output, &serving)
        }
        Command::Copy(asked) => copy::run(&asked),
        Command::Migrate(asked) => migrate::run(&asked),
        Command::Archive(asked) => archive::run(&asked),
        Command::Incident(command) => incident::run(&command),
        Command::Reconcile(asked) => reconcile::run(&asked),
        Command::Bench(options) => bench::run(&options),
        Command::Story(cli::Story::Run { paths, quiet }) => story::run(&paths, quiet),
        Command::Story(cli::Story::Words) => story::words(),
    };
    match done {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Logs go to stderr; `YUANLU_LOG` filters them, `YUANLU_LOG_JSON` makes them JSON. They hold codes, numbers of routes
/// and times, never what people wrote.
fn start_logging(command: &Command) {
    use tracing_subscriber::EnvFilter;
    let usual = match command {
        Command::Serve(_) => "info",
        // What goes wrong in a story is part of it.
        Command::Story(_) => "off",
        _ => "warn",
    };
    let filter = EnvFilter::try_from_env("YUANLU_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var_os("YUANLU_LOG_JSON").is_some() {
        logs.json().init();
    } else {
        logs.init();
    }
}
