//! `yuanlu verify certificate|package|log` and `yuanlu export`: papers for outside, made and checked.

use crate::cli::{Serving, VerifyPaper};
use crate::config::Effective;
use crate::{Problem, open};
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use yuanlu_app::{AppError, Principal, Variant};
use yuanlu_domain::ids::CaseId;
use yuanlu_paper::seal::Log;
use yuanlu_paper::{Report, certificate, package, zip};
use yuanlu_storage::Db;

/// The most a paper may hold.
const MOST_BYTES: u64 = 2 << 30;

/// Checks a paper without a shop; ends with 1 when something differs.
pub fn verify(paper: &VerifyPaper) -> Result<ExitCode, Problem> {
    let (report, key) = match paper {
        VerifyPaper::Certificate { file, key } => {
            let (report, document) = certificate::check(&read(file)?, key.as_deref());
            if let Some(says) = document.and_then(|document| document.certificate()) {
                println!("Certificate {} of {}, case {}", says.id, says.issued_at, says.case);
                println!("{} {} refunded, issued by {} ({})", says.currency, says.refunded, says.platform, says.url);
            }
            (report, key)
        }
        VerifyPaper::Package { file, key } => {
            let (report, about) = if file.is_dir() {
                let files = folder(file)?;
                let files: Vec<_> = files.iter().map(|(name, content)| zip::File { name, content }).collect();
                let mut report = Report::default();
                let about = package::check_files(&files, key.as_deref(), &mut report);
                (report, about)
            } else {
                package::check(&read(file)?, key.as_deref())
            };
            if let Some(about) = about {
                println!("Package {} for `{}`, made {} of case {}", about.id, about.variant, about.made_at, about.case);
                println!("issued by {} ({})", about.platform, about.url);
            }
            (report, key)
        }
        VerifyPaper::Log { file, kept, key } => {
            let log = read_log(file)?;
            let kept = kept.as_deref().map(read_log).transpose()?;
            let mut report = Report::default();
            log.check(kept.as_ref(), &mut report);
            if key.as_ref().is_some_and(|key| *key != log.key) {
                report.find("foreign_key", "log");
            }
            (report, key)
        }
    };
    println!("{} files, {} entries, {} proofs checked", report.files, report.entries, report.proofs);
    for finding in &report.findings {
        println!("DIFFERS {finding}");
    }
    if !report.is_whole() {
        return Ok(ExitCode::FAILURE);
    }
    println!("Everything is as it was issued.");
    if let (Some(signer), None) = (&report.key, key) {
        println!("Signed with {signer}");
        println!("hint: compare this key with the one on the platform's transparency page, or give it as --key");
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(Problem::at(file.display()))?;
    opened.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(Problem::at(file.display()))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Problem::new(format!("{}: too large for a paper", file.display())));
    }
    Ok(bytes)
}

fn read_log(file: &Path) -> Result<Log, Problem> {
    serde_json::from_slice(&read(file)?).map_err(Problem::at(format!("{}: not a log", file.display())))
}

/// Every file of an unpacked package, by its path in it.
fn folder(root: &Path) -> Result<Vec<(String, Vec<u8>)>, Problem> {
    let (mut files, mut open) = (Vec::new(), vec![root.to_owned()]);
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).map_err(Problem::at(at.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(name) = path.strip_prefix(root) {
                files.push((name.to_string_lossy().into_owned(), read(&path)?));
            }
        }
    }
    Ok(files)
}

/// Makes the package of a case.
pub fn export(
    case: &str,
    variant: &str,
    fraud: bool,
    output: Option<PathBuf>,
    given: &Serving,
) -> Result<ExitCode, Problem> {
    let known = Variant::ALL.map(Variant::code).join(", ");
    let chosen = Variant::parse(variant).ok_or(Problem::new(format!("no variant `{variant}`; there are {known}")))?;
    let effective = Effective::read(given, "./yuanlu-data")?;
    let born = Db::inspect(effective.database()).map_err(|error| Problem::new(open::chain(&error)))?.meta().born;
    let app = open::shop(open::settings(&effective, born)?)?;
    let path = output.unwrap_or_else(|| PathBuf::from(format!("evidence-{case}-{variant}.zip")));
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let out = BufWriter::new(file.map_err(Problem::at(path.display()))?);
    let made = yuanlu_server::paper::package::write(&app, &Principal::Program, &CaseId::new(case), chosen, fraud, out);
    match made {
        Ok((_, paper)) => {
            println!("{}: package {}, manifest SHA-256 {}", path.display(), paper.id, paper.digest);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            let _ = fs::remove_file(&path);
            Err(match error {
                AppError::NotFound => Problem::new(format!("there is no case `{case}`")),
                other => Problem::new(format!("{case}: {other}")),
            })
        }
    }
}
