//! `yuanlu backup` and `yuanlu restore`: a whole shop as one file, and back.

use crate::cli::{DataFolder, ReleasePayouts, Serving};
use crate::config::{self, Effective};
use crate::tar::{self, Manifest, Member};
use crate::{Problem, file_store, files, open};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufReader, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use yuanlu_app::Clock;
use yuanlu_app::bills::unaccounted;
use yuanlu_app::{Config, OpenError};
use yuanlu_blobs::{MasterKey, Secret};
use yuanlu_domain::ids::DeskId;
use yuanlu_domain::time::Instant;
use yuanlu_storage::audit::{self, Audit};
use yuanlu_storage::db::Birth;
use yuanlu_storage::{Born, Db, Location, StorageError, Tx, setting};

/// Remembers the last backup, for `doctor`.
const LAST: &str = "last-backup.json";
/// Files of a demo beside its database.
const DEMO_FILES: &[&str] = &["logins.json", "simulated-channel.json"];

/// What is remembered of the last backup.
#[derive(Debug, Serialize, Deserialize)]
pub struct LastBackup {
    /// When (microseconds since 1970 UTC).
    pub at: i64,
    /// Which file.
    pub file: String,
}

/// When the last backup was made.
pub fn last(data: &Path) -> Option<(Instant, String)> {
    let last: LastBackup = serde_json::from_slice(&std::fs::read(data.join(LAST)).ok()?).ok()?;
    Some((Instant::from_micros(last.at), last.file))
}

/// Copies a shop, running or not, into one new file.
pub fn make(file: &Path, with_master_key: bool, given: &DataFolder) -> Result<ExitCode, Problem> {
    let effective = Effective::read(&Serving { data: given.clone(), ..Serving::default() }, "./yuanlu-data")?;
    let data = &effective.data;
    if file.exists() {
        return Err(Problem::new(format!("{} exists; a backup never replaces a file", file.display())));
    }
    let db = Db::inspect(effective.database()).map_err(|error| Problem::new(open::chain(&error)))?;
    let copy = data.join(format!("backup-{}.db", std::process::id()));
    let made = write_archive(&db, &copy, file, with_master_key.then_some(&effective.master_key_file), data);
    let _ = std::fs::remove_file(&copy);
    let manifest = made?;
    let now = Clock::system().now();
    let last = LastBackup { at: now.micros(), file: file.display().to_string() };
    files::replace(&data.join(LAST), &serde_json::to_vec(&last).map_err(Problem::new)?)?;
    let bytes: u64 = manifest.members.iter().map(|member| member.size).sum();
    println!("{}: {} files, {bytes} bytes", file.display(), manifest.members.len());
    if let Some(bucket) = &effective.files {
        println!(
            "Uploaded files lie in {}, and are not inside: {} are named by this backup. Keep versions or a copy there; \
             what is removed there cannot be brought back from here.",
            file_store::place(bucket),
            file_store::names(&db)?.len()
        );
    }
    if manifest.master_key {
        println!("The master key is inside: whoever has this file can read everything in it.");
    } else {
        println!(
            "Without the master key ({}) it cannot be read; keep that elsewhere.",
            effective.master_key_file.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn write_archive(
    db: &Db,
    copy: &Path,
    file: &Path,
    master_key: Option<&PathBuf>,
    data: &Path,
) -> Result<Manifest, Problem> {
    // The database first: whatever file it names is there already, and files never change.
    db.backup_to(copy).map_err(|error| Problem::new(open::chain(&error)))?;
    let mut parts = vec![(config::DATABASE.to_owned(), copy.to_owned())];
    let blobs = data.join("blobs");
    if blobs.exists() {
        collect(&blobs, "blobs", &mut parts)?;
    }
    let beside = DEMO_FILES.iter().chain([&config::FILE]);
    parts.extend(beside.map(|name| ((*name).to_owned(), data.join(name))).filter(|(_, path)| path.exists()));
    if let Some(key) = master_key {
        parts.push((config::MASTER_KEY.to_owned(), key.clone()));
    }
    let members: Result<Vec<Member>, _> = parts.iter().map(|(name, path)| tar::describe(name, path)).collect();
    let manifest = Manifest {
        format: 1,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        born: db.meta().born.code().to_owned(),
        made_at: Clock::system().now().to_rfc3339().to_string(),
        master_key: master_key.is_some(),
        members: members?,
    };
    let unfinished = file.with_extension("unfinished");
    let _ = std::fs::remove_file(&unfinished);
    let mut out = BufWriter::new(files::private_file(&unfinished).map_err(Problem::at(unfinished.display()))?);
    let paths: Vec<PathBuf> = parts.into_iter().map(|(_, path)| path).collect();
    tar::write(&mut out, &manifest, &paths)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    std::fs::rename(&unfinished, file)?;
    Ok(manifest)
}

fn collect(folder: &Path, name: &str, parts: &mut Vec<(String, PathBuf)>) -> Result<(), Problem> {
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if path.is_dir() {
            collect(&path, &name, parts)?;
        } else if path.extension().is_none() {
            // A name with an extension is a file that is just being written.
            parts.push((name, path));
        }
    }
    Ok(())
}

/// Brings a backup back into an empty folder.
pub fn restore(file: &Path, master_key: Option<&Path>, given: &DataFolder) -> Result<ExitCode, Problem> {
    let data = config::data_folder(given, "./yuanlu-data");
    let empty = std::fs::read_dir(&data).map_or(true, |mut entries| entries.next().is_none());
    if !empty {
        return Err(Problem::new(format!("{} is not empty; a restore never replaces data", data.display())));
    }
    files::private_folder(&data).map_err(Problem::at(data.display()))?;
    let mut input = BufReader::new(File::open(file).map_err(Problem::at(file.display()))?);
    let manifest = tar::read(&mut input, |_| Ok(data.clone())).map_err(Problem::at(file.display()))?;
    let key_file = data.join(config::MASTER_KEY);
    if !manifest.master_key {
        ask_master_key(master_key)?.write(&key_file).map_err(|error| Problem::new(open::chain(&error)))?;
    }
    // Opening proves that the key fits before anybody believes in the restore.
    let held = hold_payouts(&data, &manifest);
    if let Err(problem) = held {
        let _ = std::fs::remove_file(&key_file);
        return Err(Problem::new(format!("{problem}; {} holds the files, without a key", data.display())));
    }
    println!("{} brought back from {}, as it was {}.", data.display(), file.display(), manifest.made_at);
    let effective = Effective::read(&Serving { data: given.clone(), ..Serving::default() }, "./yuanlu-data");
    if let Err(why) = &effective {
        println!("The settings brought back are not complete: {why}.");
    }
    if let Some(bucket) = effective.ok().and_then(|effective| effective.files) {
        println!(
            "Uploaded files were not inside: they are read from {}. `yuanlu verify --files` opens each and names what is \
             missing.",
            file_store::place(&bucket)
        );
    }
    println!("Payouts wait: compare the channels' bills since then, and let them go with `yuanlu release-payouts`.");
    Ok(ExitCode::SUCCESS)
}

fn ask_master_key(given: Option<&Path>) -> Result<MasterKey, Problem> {
    if let Some(path) = given {
        let unreadable = |error| Problem::new(format!("{}: {}", path.display(), open::chain(&error)));
        return MasterKey::read(path).map_err(unreadable);
    }
    if std::io::stdin().is_terminal() {
        eprint!("Master key (64 hexadecimal digits): ");
    }
    let mut text = String::new();
    std::io::stdin().read_line(&mut text)?;
    MasterKey::parse(Secret::new(text).expose())
        .map_err(|_| Problem::new("this backup is without its master key; give it with --master-key FILE"))
}

/// Remembers in the database that payouts wait, and proves that the master key fits.
fn hold_payouts(data: &Path, manifest: &Manifest) -> Result<(), Problem> {
    let born = &manifest.born;
    let born = Born::parse(born).ok_or_else(|| Problem::new(format!("the backup calls itself `{born}`")))?;
    let made_at: jiff::Timestamp =
        manifest.made_at.parse().map_err(|_| Problem::new("the backup does not say when it was made"))?;
    let made_at = Instant::from_micros(made_at.as_microsecond());
    let now = Clock::system().now();
    change(data.join(config::DATABASE), born, now, |tx| setting::hold_payouts(tx, made_at, now))?;
    let app = open::shop(Config::new(data, born))?;
    drop(app);
    Ok(())
}

/// One change of the database of a shop that is not served.
fn change(
    place: impl Into<Location>,
    born: Born,
    now: Instant,
    what: impl FnMut(&Tx<'_>) -> Result<(), StorageError>,
) -> Result<(), Problem> {
    let birth = Birth { born, number_prefix: String::new(), created_at: now };
    let place = place.into();
    let explain = |error| open::sentence(&place.to_string(), &OpenError::Storage(error));
    let db = Db::open(&place, &birth).map_err(explain)?;
    let mut writer = db.take_writer().ok_or_else(|| Problem::new("the database is open for reading only"))?;
    writer.transaction(what).map_err(explain)
}

/// Whether payouts wait, after a restore or since the database had gone back. Who cannot find out must not go on as if not.
pub fn held(db: &Db) -> Result<Option<setting::Held>, Problem> {
    let unknown = |error| Problem::new(format!("whether payouts wait cannot be read: {}", open::chain(&error)));
    db.read(|db| setting::held(db)).map_err(|error: StorageError| unknown(error))
}

/// What is not accounted for since the backup, in sentences; `None` while no payouts are held.
pub fn missing_since_backup(db: &Db) -> Result<Option<Vec<String>>, Problem> {
    let Some(held) = held(db)? else { return Ok(None) };
    let found = unaccounted(db, held.as_of, held.since);
    let found = found.map_err(|error| Problem::new(format!("the bills could not be looked at: {error}")))?;
    let bill = |(channel, day): &(_, jiff::civil::Date)| format!("no bill of {channel} for {day} was compared");
    let lost = |desk: &DeskId| format!("exception {desk} is open: the channel paid out what the books do not know");
    Ok(Some(found.bills.iter().map(bill).chain(found.exceptions.iter().map(lost)).collect()))
}

/// Lets payouts go again, once the bills of the days that were lost are compared; or expressly without them.
pub fn release_payouts(asked: &ReleasePayouts) -> Result<ExitCode, Problem> {
    let effective = Effective::read(&Serving { data: asked.data.clone(), ..Serving::default() }, "./yuanlu-data")?;
    let db = Db::inspect(effective.database()).map_err(|error| Problem::new(open::chain(&error)))?;
    let born = db.meta().born;
    let Some(missing) = missing_since_backup(&db)? else {
        println!("No payouts are held.");
        return Ok(ExitCode::SUCCESS);
    };
    drop(db);
    let why = asked.without_bills.as_deref().map(str::trim).filter(|why| !why.is_empty());
    if !missing.is_empty() && why.is_none() {
        missing.iter().for_each(|sentence| println!("{sentence}"));
        println!(
            "Payouts still wait. A refund that was lost may have been paid; the bills of those days show it. \
             Serve the shop until they are fetched, or bring them with `yuanlu reconcile FILE`, and settle the exceptions at \
             /staff/bills. Where a bill cannot be had, ask the channel yourself and let payouts go with --without-bills WHY."
        );
        return Ok(ExitCode::FAILURE);
    }
    let now = Clock::system().now();
    let audit = Audit {
        id: format!("{:016x}-release-payouts", now.micros()),
        at: now,
        account: "operator".into(),
        act: "release_payouts".to_owned(),
        object: "payouts".to_owned(),
        detail: serde_json::json!({ "missing": missing, "why": why.filter(|_| !missing.is_empty()) }),
    };
    change(effective.database(), born, now, |tx| {
        setting::release_payouts(tx, now)?;
        audit::insert(tx, &audit)
    })?;
    println!("Payouts go on with the next start.");
    Ok(ExitCode::SUCCESS)
}
