//! Opening a shop for a command, with sentences for what can be wrong.

use crate::config::Effective;
use crate::tesseract::Tesseract;
use crate::{Problem, file_store};
use std::error::Error;
use std::fmt::Write;
use yuanlu_app::app::CLOCK_SHIFT;
use yuanlu_app::{App, Clock, Config, OpenError};
use yuanlu_blobs::{MasterKey, VaultError};
use yuanlu_channels::Channels;
use yuanlu_channels::configured::{Around, Fault};
use yuanlu_domain::time::Instant;
use yuanlu_storage::{Born, Db, Location, StorageError, setting};

/// The settings of a shop.
pub fn settings(effective: &Effective, born: Born) -> Result<Config, Problem> {
    let mut config = Config::new(&effective.data, born);
    config.database = Some(effective.database().clone());
    config.public_url.clone_from(&effective.public_url);
    config.platform_name.clone_from(&effective.platform_name);
    config.probe_hosts.clone_from(&effective.probe_hosts);
    config.archive_after_days = effective.archive_after_days;
    if born == Born::Demo {
        config.probe_hosts.push(yuanlu_world::issuer::ISSUER_HOST.to_owned());
    }
    config.store = file_store::store(effective)?;
    if let Some(program) = &effective.tesseract {
        config.picture_reader = Some(std::sync::Arc::new(Tesseract { program: program.clone() }));
    }
    if effective.master_key_file != config.key_file() {
        let key = MasterKey::read(&effective.master_key_file);
        config.master_key = Some(key.map_err(Problem::at(effective.master_key_file.display()))?);
    }
    Ok(config)
}

/// The payment channels that are configured, and everything that is wrong with the others. Names of files are taken from
/// the data folder.
pub fn channels(effective: &Effective, now: Instant) -> (Channels, Vec<Fault>) {
    let around = Around {
        public_url: &effective.public_url,
        variable: &|name| std::env::var(name).ok(),
        file: &|path| std::fs::read_to_string(effective.data.join(path)),
        now,
    };
    Channels::configured(&effective.channels, &around)
}

/// How messages leave, and everything that is wrong with it.
pub fn notify(effective: &Effective) -> (yuanlu_notify::Settings, Vec<yuanlu_notify::settings::Fault>) {
    let around = yuanlu_notify::settings::Around {
        variable: &|name| std::env::var(name).ok(),
        file: &|path| std::fs::read_to_string(effective.data.join(path)),
    };
    yuanlu_notify::Settings::read(&effective.notify, &around)
}

/// Opens a shop's database for reading, also while it is served.
pub fn inspect(effective: &Effective) -> Result<Db, Problem> {
    Db::inspect(effective.database()).map_err(|error| Problem::new(chain(&error)))
}

/// The shop's time; a demo's clock was moved.
pub fn now(db: &Db) -> Result<Instant, Problem> {
    let real = Clock::system().now();
    if db.meta().born == Born::Live {
        return Ok(real);
    }
    let shift = db.read(|db| setting::find(db, CLOCK_SHIFT));
    let shift = shift.map_err(|error: StorageError| Problem::new(chain(&error)))?;
    Ok(real.plus_micros(shift.and_then(|text| text.parse().ok()).unwrap_or(0)))
}

/// Whether there is a database at a place; a server must answer.
pub fn is_there(place: &Location) -> Result<bool, Problem> {
    Db::exists(place).map_err(|error| Problem::new(chain(&error)))
}

/// Opens a shop.
pub fn shop(config: Config) -> Result<App, Problem> {
    let data = config.data.display().to_string();
    App::open(config).map_err(|error| sentence(&data, &error))
}

/// What cannot be opened, and what to do.
pub fn sentence(data: &str, error: &OpenError) -> Problem {
    match error {
        OpenError::Storage(StorageError::Born { born: Born::Demo }) => Problem::new(format!(
            "{data} holds a demo, whose clock and payments are not real; `serve` never sells from it. \
             Use `yuanlu demo`, or another folder with --data."
        )),
        OpenError::Storage(StorageError::Born { born: Born::Live }) => {
            Problem::new(format!("{data} holds a real shop; `demo` never touches one. Use another folder with --data."))
        }
        OpenError::Storage(StorageError::Locked { .. }) => Problem::new(format!(
            "{data} is in use by another `yuanlu` process; one database has one writer. Stop that one first."
        )),
        OpenError::Vault(VaultError::WrongMasterKey) => {
            Problem::new(format!("the master key is not the one that {data} was encrypted with"))
        }
        other => Problem::new(format!("{data}: {}", chain(other))),
    }
}

/// An error with everything behind it.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        // Writing into a string cannot fail.
        let _ = write!(text, ": {source}");
        next = source.source();
    }
    text
}
