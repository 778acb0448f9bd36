//! The application: everything a use case needs, behind one cheap handle.

use crate::clock::Clock;
use crate::engine::{Engine, EngineHandle, Lane};
use crate::errors::{AppError, Result};
use crate::gate::Gate;
use crate::known_pictures::KnownPictures;
use crate::limits::{Limiter, Limits};
use crate::lookup::{Lasting, Lookup};
use crate::password::Hashing;
use crate::picture_text::PictureReader;
use crate::random;
use crate::view_log::Views;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use yuanlu_blobs::{Blobs, MasterKey, Store, Vault, VaultError};
use yuanlu_domain::calendar::Calendar;
use yuanlu_domain::ids::{ChannelId, Ids};
use yuanlu_domain::policy::Policy;
use yuanlu_domain::route::Roads;
use yuanlu_domain::time::Instant;
use yuanlu_storage::db::Birth;
use yuanlu_storage::{Born, Db, Location, StorageError, Tx, policy, setting};

/// How an application is opened.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where its files are.
    pub data: PathBuf,
    /// Live or demo, for ever.
    pub born: Born,
    /// Where people reach it.
    pub public_url: String,
    /// What it calls itself.
    pub platform_name: String,
    /// Channels it sells through; none: against balance only.
    pub channels: Vec<ChannelId>,
    /// What they can do besides refunding.
    pub roads: Arc<Roads>,
    /// The clock; a demo's is shifted by what it remembers.
    pub clock: Clock,
    /// How often things may be tried.
    pub limits: Limits,
    /// Password hashes computed at the same time.
    pub parallel_hashes: usize,
    /// The master key, where it does not lie in the data directory.
    pub master_key: Option<MasterKey>,
    /// The source of ids; random unless a simulation says otherwise.
    pub seed: Option<[u8; 32]>,
    /// What the platform keeps of sellers' sales, in basis points.
    pub commission_basis_points: u32,
    /// The engine works in the caller's thread: tests and simulations.
    pub direct: bool,
    /// Where files lie, where not in the data directory; it gets ciphertexts only.
    pub store: Option<Arc<dyn Store>>,
    /// Mail, short messages and webhooks, as the operator configured.
    pub notify: Arc<yuanlu_notify::Settings>,
    /// Where the database is, where not in the data directory.
    pub database: Option<Location>,
    /// What reads the text in pictures of receipts, where something does.
    pub picture_reader: Option<Arc<dyn PictureReader>>,
    /// Hosts of issuers that may be asked about codes: `host`, `host:port`, or `http://host:port` in practice.
    pub probe_hosts: Vec<String>,
    /// Days after the last entry of an order that is over before its journal is archived; none: never.
    pub archive_after_days: Option<u32>,
    /// The working-day calendar; another one than the program's own only where one is tried out.
    pub calendar: &'static Calendar,
}

impl Config {
    /// The usual settings for a data directory.
    pub fn new(data: impl Into<PathBuf>, born: Born) -> Self {
        Self {
            data: data.into(),
            born,
            public_url: "http://127.0.0.1:8080".to_owned(),
            platform_name: "Yuanlu".to_owned(),
            channels: Vec::new(),
            roads: Arc::default(),
            clock: match born {
                Born::Live => Clock::system(),
                Born::Demo => Clock::shifted(0),
            },
            limits: Limits::default(),
            parallel_hashes: 2,
            master_key: None,
            seed: None,
            commission_basis_points: 300,
            direct: false,
            store: None,
            notify: Arc::default(),
            database: None,
            picture_reader: None,
            probe_hosts: Vec::new(),
            archive_after_days: Some(crate::archive::AFTER_DAYS),
            calendar: Calendar::builtin(),
        }
    }

    /// Where the database is.
    pub fn database(&self) -> Location {
        self.database.clone().unwrap_or_else(|| self.data.join("yuanlu.db").into())
    }

    /// The master key file, where the key lies beside the data.
    pub fn key_file(&self) -> PathBuf {
        self.data.join("master.key")
    }
}

/// Why an application does not open.
#[derive(Debug)]
pub enum OpenError {
    /// The data directory.
    Data(io::Error),
    /// The database.
    Storage(StorageError),
    /// The keys.
    Vault(VaultError),
    /// Anything later.
    App(AppError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(_) => f.write_str("the data directory cannot be used"),
            Self::Storage(error) => error.fmt(f),
            Self::Vault(error) => error.fmt(f),
            Self::App(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Data(error) => Some(error),
            Self::Storage(error) => error.source(),
            Self::Vault(error) => error.source(),
            Self::App(_) => None,
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Data(error)
    }
}

impl From<StorageError> for OpenError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<VaultError> for OpenError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl From<AppError> for OpenError {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

/// The application. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    db: Db,
    engine: EngineHandle,
    vault: Vault,
    blobs: Blobs,
    known_pictures: KnownPictures,
    gate: Gate,
    views: Views,
    limiter: Limiter,
    hashing: Hashing,
    ids: Mutex<Ids>,
    policies: Mutex<HashMap<String, Arc<Policy>>>,
    lasting: Lasting,
    down: Mutex<BTreeMap<ChannelId, Instant>>,
}

/// The setting that holds how far a demo's clock was moved, in microseconds.
pub const CLOCK_SHIFT: &str = "clock_shift";
/// Pictures looked into at the same time, each in up to 256 MB.
const PICTURES_AT_ONCE: usize = 2;
const DATA_KEYS: &str = "data_keys";
/// The setting that says that every file's payments and payouts are listed by number.
const CHANNEL_ENTRIES: &str = "channel_entries";
/// The same, of top-ups.
const TOP_UP_ENTRIES: &str = "top_up_entries";

impl App {
    /// The host of the public address: links to it lead nowhere else.
    pub(crate) fn public_host(&self) -> String {
        let url = self.0.config.public_url.as_str();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split(['/', ':']).next().unwrap_or_default().to_owned()
    }

    /// Opens a data directory, and makes it where there is none.
    ///
    /// # Errors
    /// When another process has it, it was born as the other kind, or the master key does not fit.
    pub fn open(config: Config) -> std::result::Result<Self, OpenError> {
        private_dir(&config.data)?;
        let mut ids = Ids::new(match config.seed {
            Some(seed) => seed,
            None => random::bytes()?,
        });
        let birth = Birth {
            born: config.born,
            number_prefix: ids.text(config.clock.now()).chars().rev().take(4).collect(),
            created_at: config.clock.now(),
        };
        let db = Db::open(config.database(), &birth)?;
        if config.born == Born::Demo
            && let Some(shift) = db.read(|db| setting::find(db, CLOCK_SHIFT))?.and_then(|text| text.parse().ok())
        {
            config.clock.set(config.clock.real_now().plus_micros(shift));
        }
        let master = match &config.master_key {
            Some(key) => key.clone(),
            None => MasterKey::read_or_create(&config.key_file())?,
        };
        let wrapped = db.read(|db| setting::find(db, DATA_KEYS))?;
        let vault = match &wrapped {
            Some(wrapped) => Vault::open(&master, wrapped)?,
            None => Vault::create(&master)?,
        };
        let blobs = match &config.store {
            Some(store) => Blobs::over(Arc::clone(store)),
            None => Blobs::open(&config.data.join("blobs"))?,
        };
        private_dir(&config.data.join("uploads"))?;
        let engine = start_engine(&db, &config, ids.bytes())?;
        let app = Self(Arc::new(Inner {
            known_pictures: KnownPictures::default(),
            gate: Gate::new(PICTURES_AT_ONCE),
            views: Views::default(),
            limiter: Limiter::new(config.limits.clone()),
            hashing: Hashing::new(config.parallel_hashes),
            ids: Mutex::new(ids),
            policies: Mutex::default(),
            lasting: Lasting::default(),
            down: Mutex::default(),
            config,
            db,
            engine,
            vault,
            blobs,
        }));
        if app.db().read(|db| setting::find(db, CHANNEL_ENTRIES))?.is_none() {
            // Files from before the table was there.
            app.write(|tx, now| {
                yuanlu_storage::channel_entry::build(tx)?;
                Ok(setting::put(tx, CHANNEL_ENTRIES, "built", now)?)
            })?;
        }
        app.build_support_index()?;
        if app.db().read(|db| setting::find(db, TOP_UP_ENTRIES))?.is_none() {
            app.write(|tx, now| {
                yuanlu_storage::channel_entry::build_top_ups(tx)?;
                Ok(setting::put(tx, TOP_UP_ENTRIES, "built", now)?)
            })?;
        }
        if wrapped.is_none() {
            let keys = app.vault().wrapped().to_owned();
            app.write(move |tx, now| Ok(setting::put(tx, DATA_KEYS, &keys, now)?))?;
        }
        Ok(app)
    }

    /// What channels can do besides refunding.
    pub fn roads(&self) -> &Roads {
        &self.0.config.roads
    }

    /// Since when channels cannot be reached; the jobs say so.
    pub fn channels_down(&self) -> BTreeMap<ChannelId, Instant> {
        self.0.down.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes down since when channels cannot be reached.
    pub fn set_channels_down(&self, down: BTreeMap<ChannelId, Instant>) {
        *self.0.down.lock().unwrap_or_else(PoisonError::into_inner) = down;
    }

    /// What the shop calls now.
    pub fn now(&self) -> Instant {
        self.clock().now()
    }

    /// Live or demo.
    pub fn born(&self) -> Born {
        self.0.config.born
    }

    /// How it was opened.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.config.clock
    }

    /// Channels it sells through.
    pub fn channels(&self) -> &[ChannelId] {
        &self.0.config.channels
    }

    /// The engine, through which everything is written.
    pub fn engine(&self) -> &EngineHandle {
        &self.0.engine
    }

    /// For reading.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The working-day calendar.
    pub fn calendar(&self) -> &'static Calendar {
        self.0.config.calendar
    }

    /// The policy with this hash.
    pub fn policy_of(&self, hash: &str) -> Result<Arc<Policy>> {
        let mut known = self.0.policies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(policy) = known.get(hash) {
            return Ok(Arc::clone(policy));
        }
        let text = self.db().read(|db| policy::find(db, hash))?.ok_or(AppError::Unavailable)?;
        let policy = Arc::new(Policy::load(&text).map_err(|_| AppError::Unavailable)?);
        known.insert(hash.to_owned(), Arc::clone(&policy));
        Ok(policy)
    }

    /// Names and pages to look up for one answer.
    pub(crate) fn lookup(&self) -> Lookup {
        Lookup::knowing(&self.0.lasting)
    }

    /// The policy in force for orders placed now.
    pub fn policy_now(&self) -> Result<Arc<Policy>> {
        let now = self.now();
        let hash = self.db().read(|db| policy::in_force(db, now))?;
        self.policy_of(&hash.unwrap_or_else(|| Policy::builtin().hash().to_string()))
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.0.vault
    }

    pub(crate) fn blobs(&self) -> &Blobs {
        &self.0.blobs
    }

    /// Where uploads wait that are not complete; its files have no names.
    pub(crate) fn uploads_dir(&self) -> PathBuf {
        self.0.config.data.join("uploads")
    }

    pub(crate) fn known_pictures(&self) -> &KnownPictures {
        &self.0.known_pictures
    }

    pub(crate) fn views(&self) -> &Views {
        &self.0.views
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(crate) fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    pub(crate) fn hashing(&self) -> &Hashing {
        &self.0.hashing
    }

    pub(crate) fn ids(&self) -> MutexGuard<'_, Ids> {
        self.0.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes plain rows, in the group commit of whatever else is waiting.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Tx<'_>, Instant) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.engine.write(Lane::People, work)
    }

    pub(crate) fn remember_clock(&self, shift: i64) -> Result<()> {
        self.write(move |tx, now| Ok(setting::put(tx, CLOCK_SHIFT, &shift.to_string(), now)?))
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("config", &self.0.config).finish_non_exhaustive()
    }
}

fn start_engine(db: &Db, config: &Config, seed: [u8; 32]) -> std::result::Result<EngineHandle, OpenError> {
    let engine = Engine::new(db)?.by_calendar(config.calendar).with_roads(Arc::clone(&config.roads));
    let clock = config.clock.clone();
    let seeds = Mutex::new(Ids::new(seed));
    let next_seed = move || seeds.lock().unwrap_or_else(PoisonError::into_inner).bytes();
    if config.direct {
        return Ok(EngineHandle::direct(engine, move || clock.now(), next_seed));
    }
    Ok(EngineHandle::spawn(engine, move || clock.now(), next_seed)?)
}

/// The directory, for its owner only.
fn private_dir(dir: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let mode = fs::metadata(dir)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
