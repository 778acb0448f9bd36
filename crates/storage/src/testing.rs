//! For tests only: with `YUANLU_TEST_ENGINE=postgres` a file that a test names becomes a schema of the server at
//! `YUANLU_TEST_POSTGRES`, so that the same tests run on both engines. The file holds the schema's name. With
//! `YUANLU_TEST_STRICT=SEED` the server is as [`strict`] makes it.

pub mod strict;

use crate::error::{Result, StorageError};
use crate::location::Location;
use crate::postgres::{Purpose, Session};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

const MARK: &str = "schema of the test server: ";

/// An empty schema of the test server, for what needs a server. Without one the test does not run, and says so; where
/// `YUANLU_REQUIRE_POSTGRES` is set, it fails.
pub fn server_schema() -> Option<Location> {
    if std::env::var("YUANLU_TEST_POSTGRES").is_err() {
        assert!(std::env::var("YUANLU_REQUIRE_POSTGRES").is_err(), "YUANLU_TEST_POSTGRES is not set");
        eprintln!("NOT RUN: YUANLU_TEST_POSTGRES is not set");
        return None;
    }
    let schema = fresh(Path::new("server")).and_then(|schema| within(&schema));
    Some(schema.unwrap_or_else(|error| panic!("no schema of the test server: {error:?}")))
}

/// An empty schema of the test server, behind one that is as strict and as bad as asked.
#[cfg(test)]
pub(crate) fn strict_schema(seed: u64, rates: strict::Rates) -> Option<(Location, std::sync::Arc<strict::Happened>)> {
    server_schema()?;
    let schema = fresh(Path::new("strict")).unwrap_or_else(|error| panic!("no schema of the test server: {error:?}"));
    let url = server().unwrap_or_else(|error| panic!("{error:?}"));
    let (url, happened) = strict::in_front_of(&url, seed, rates).unwrap_or_else(|error| panic!("{error}"));
    Some((at(&url, &schema).unwrap_or_else(|error| panic!("{error:?}")), happened))
}

/// Where a test's database really is.
pub(crate) fn instead_of(location: Location, create: bool) -> Result<Location> {
    let Location::File(path) = &location else { return Ok(location) };
    let failed = |e| StorageError::driver("finding a test's schema", e);
    if path.exists() {
        let content = std::fs::read(path).map_err(failed)?;
        return match std::str::from_utf8(&content).ok().and_then(|text| text.strip_prefix(MARK)) {
            Some(schema) => within(schema),
            None => Ok(location),
        };
    }
    if !create || std::env::var("YUANLU_TEST_ENGINE").as_deref() != Ok("postgres") {
        return Ok(location);
    }
    let schema = fresh(path)?;
    std::fs::write(path, format!("{MARK}{schema}")).map_err(failed)?;
    within(&schema)
}

fn server() -> Result<String> {
    std::env::var("YUANLU_TEST_POSTGRES").map_err(|e| StorageError::driver("reading YUANLU_TEST_POSTGRES", e))
}

/// The address through which tests reach the server.
fn reached() -> Result<String> {
    static FRONT: OnceLock<std::result::Result<String, String>> = OnceLock::new();
    let Some(seed) = std::env::var("YUANLU_TEST_STRICT").ok().and_then(|text| text.parse().ok()) else {
        return server();
    };
    let url = server()?;
    let stand = || strict::in_front_of(&url, seed, strict::Rates::BAD).map(|(url, _)| url).map_err(|e| e.to_string());
    FRONT.get_or_init(stand).clone().map_err(|e| StorageError::driver("standing in front of the test server", e))
}

fn within(schema: &str) -> Result<Location> {
    at(&reached()?, schema)
}

/// A schema of a server at this address.
pub(crate) fn at(url: &str, schema: &str) -> Result<Location> {
    let join = if url.contains('?') { '&' } else { '?' };
    Location::parse(&format!("{url}{join}options=-csearch_path%3D{schema}"))
}

/// A new schema; those that tests of ended processes left are dropped.
fn fresh(path: &Path) -> Result<String> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Location::Server(server) = Location::parse(&server()?)? else {
        return Err(StorageError::driver("reading YUANLU_TEST_POSTGRES", path.display().to_string()));
    };
    let session = Session::connect(&server, Purpose::Write)?;
    let mut left = Vec::new();
    session.scan_text("select nspname::text from pg_namespace where nspname like 't\\_%'", &[], &mut |row| {
        left.push(row.text(0)?);
        Ok(())
    })?;
    let ended = |name: &&String| {
        let process = name.split('_').nth(1);
        process.is_some_and(|id| !Path::new("/proc").join(id).exists())
    };
    for schema in left.iter().filter(ended).take(3) {
        // Another test may be faster.
        let _ = session.batch(&format!("drop schema if exists {schema} cascade"));
    }
    let schema = format!("t_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    session.batch(&format!("drop schema if exists {schema} cascade; create schema {schema}"))?;
    Ok(schema)
}

/// A schema of the test server whose owner is not its master, so that limits on connections and on writing hold for him.
pub struct OwnSchema {
    /// Its name, and its owner's.
    pub name: String,
    /// Where the server listens on this machine.
    pub port: u16,
}

/// The password in addresses of [`OwnSchema`], which nobody is ever to see.
pub const PASSWORD: &str = "not-for-logs";

impl OwnSchema {
    /// A new one; `None` where there is no test server, see [`server_schema`].
    ///
    /// # Panics
    /// When the server does not do it.
    pub fn new(most_connections: i32) -> Option<Self> {
        server_schema()?;
        let made = || -> Result<Self> {
            let name = fresh(Path::new("owned"))?;
            on_server(&format!(
                "drop role if exists {name}; \
                 create role {name} login password '{PASSWORD}' connection limit {most_connections}; \
                 alter schema {name} owner to {name}"
            ))?;
            let Location::Server(server) = Location::parse(&server()?)? else { unreachable!("it was one before") };
            let port = server.config()?.get_ports().first().copied().unwrap_or(5432);
            Ok(Self { name, port })
        };
        Some(made().unwrap_or_else(|error| panic!("no schema of the test server: {error:?}")))
    }

    /// Its address by a port that leads to the server.
    pub fn address(&self, port: u16) -> String {
        let name = &self.name;
        format!("postgres://{name}:{PASSWORD}@127.0.0.1:{port}/postgres?options=-csearch_path%3D{name}")
    }

    /// Does something as the server's master, inside the schema.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn run(&self, text: &str) {
        let done = on_server(&format!("set search_path = {}; {text}", self.name));
        done.unwrap_or_else(|error| panic!("{text}: {error:?}"));
    }

    /// Does something as the server's master that no transaction can hold.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn run_alone(&self, text: &str) {
        on_server(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    }

    /// Keeps everything as it is now, for [`OwnSchema::go_back`].
    ///
    /// # Panics
    /// When the server refuses.
    pub fn keep(&self) {
        let name = &self.name;
        self.run(&format!(
            "create schema {name}_kept authorization {name}; do $$ declare t text; begin \
             for t in select tablename from pg_tables where schemaname = '{name}' loop \
             execute format('create table {name}_kept.%I (like {name}.%I including all)', t, t); \
             execute format('insert into {name}_kept.%I select * from {name}.%I', t, t); \
             execute format('alter table {name}_kept.%I owner to {name}', t); end loop; end $$"
        ));
    }

    /// Everything is as it was when it was kept, and sessions end, as when another server takes over.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn go_back(&self) {
        let name = &self.name;
        self.run(&format!("alter schema {name} rename to {name}_gone; alter schema {name}_kept rename to {name}"));
        self.end_sessions();
    }

    /// Ends every session of the owner.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn end_sessions(&self) {
        self.run(&format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = '{}'", self.name));
    }
}

fn on_server(text: &str) -> Result<()> {
    let Location::Server(server) = Location::parse(&server()?)? else { return Ok(()) };
    Session::connect(&server, Purpose::Write)?.batch(text)
}
