//! Brings a database to the schema of this program, in place. Released steps are produced from the declarations and never
//! change; their history and checksums stand in the database.
//!
//! Everything is added, nothing is taken away, so who reads goes on reading. A file takes a step in one transaction,
//! beside which readers see what was before. A server takes it in two: new tables and columns, which are there at once but
//! need a moment without readers and are given up and tried again rather than make readers queue; then rows and indexes,
//! however long they take. Where two nodes begin at once, one waits for the other and finds the step done.

use crate::connection::Connection;
use crate::error::{Result, StorageError};
use crate::location::Location;
use crate::meta;
use crate::postgres::Purpose;
use crate::schema::{Change, Dialect, VERSION, changes, migration};
use crate::{Value, params, sqlite};
use refinery::Migration;
use std::time::Duration;

/// How often a step is tried that others are in the way of, and how long it waits in between.
const TRIES: u32 = 120;
const PAUSE: Duration = Duration::from_millis(250);
/// Where the versions stand that were applied.
const HISTORY: &str = "refinery_schema_history";
const NEW_HISTORY: &str = "create table if not exists refinery_schema_history \
    (version int4 primary key, name varchar(255), applied_on varchar(255), checksum varchar(255))";

/// What brings a database up to date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The schema it has; 0 where there is none.
    pub from: u32,
    /// The steps from there to the schema of this program.
    pub steps: Vec<Step>,
}

/// What one version of the schema adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The version.
    pub version: u32,
    /// New tables.
    pub tables: Vec<&'static str>,
    /// New columns: table and column.
    pub columns: Vec<(&'static str, &'static str)>,
    /// New indexes of tables that may have rows: index, table, and rows in it now.
    pub indexes: Vec<(&'static str, &'static str, u64)>,
    /// Values for rows that are there already.
    pub fills: bool,
}

/// What would be done; an empty plan where the schema is this program's.
///
/// # Errors
/// [`StorageError::Absent`] where there is no database, [`StorageError::Newer`] where this program is too old for it.
pub fn plan(location: impl Into<Location>) -> Result<Plan> {
    let location = location.into();
    #[cfg(any(test, feature = "testing"))]
    let location = crate::testing::instead_of(location, false)?;
    if location.file().is_some_and(|path| !path.exists()) {
        return Err(StorageError::Absent { path: location.to_string() });
    }
    let connection = Connection::open(&location, Purpose::Read)?;
    meta::born(&connection)?.ok_or_else(|| StorageError::Absent { path: location.to_string() })?;
    planned(&connection)
}

/// Does it; `told` of every step that is done.
///
/// # Errors
/// As [`plan`]; [`StorageError::Locked`] while the file is served; [`StorageError::Busy`] when others do not let go.
pub fn migrate(location: impl Into<Location>, told: &mut dyn FnMut(&Step)) -> Result<Plan> {
    let location = location.into();
    #[cfg(any(test, feature = "testing"))]
    let location = crate::testing::instead_of(location, false)?;
    let _lock = location.file().map(sqlite::lock).transpose()?;
    run(&Connection::open(&location, Purpose::Write)?, told)
}

/// Refuses to read a database with another schema than this program's.
pub(crate) fn check(connection: &Connection) -> Result<()> {
    match known(applied(connection)?)? {
        VERSION => Ok(()),
        found => Err(StorageError::Older { found }),
    }
}

/// Applies what is missing.
pub(crate) fn run(connection: &Connection, told: &mut dyn FnMut(&Step)) -> Result<Plan> {
    let plan = planned(connection)?;
    if let Connection::Postgres(session) = connection {
        session.take_time();
    }
    for step in &plan.steps {
        let mut tries = 1;
        while let Err(error) = apply(connection, step.version) {
            let in_the_way = matches!(
                error,
                StorageError::Busy { .. } | StorageError::Overtaken { .. } | StorageError::Conflict { .. }
            );
            if !in_the_way || tries == TRIES {
                return Err(error);
            }
            // Another node may have done it meanwhile.
            if known(applied(connection)?)? >= step.version {
                break;
            }
            tries += 1;
            std::thread::sleep(PAUSE);
        }
        told(step);
    }
    if let Connection::Postgres(session) = connection {
        session.hurry();
    }
    Ok(plan)
}

/// Applies the steps up to a version, as an older program did.
#[cfg(test)]
pub(crate) fn run_to(connection: &Connection, version: u32) -> Result<()> {
    (1..=version).try_for_each(|version| apply(connection, version))
}

fn known(found: u32) -> Result<u32> {
    if found > VERSION { Err(StorageError::Newer { found }) } else { Ok(found) }
}

fn planned(connection: &Connection) -> Result<Plan> {
    let from = known(applied(connection)?)?;
    let (tables, dialect) = (crate::tables(), connection.dialect());
    let mut plan = Plan { from, steps: Vec::new() };
    for version in from + 1..=VERSION {
        let (mut new, mut columns, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
        for change in changes(&tables, version) {
            match change {
                Change::Table(table) => new.push(table.name),
                Change::Column(table, column) => columns.push((table.name, column.name())),
                Change::Index(table, index) if table.since <= from => {
                    let mut rows = 0;
                    connection.scan_text(&format!("select count(*) from {}", table.name), &[], &mut |row| {
                        rows = row.narrow(0)?;
                        Ok(())
                    })?;
                    indexes.push((index.name(), table.name, rows));
                }
                Change::Index(..) => {}
            }
        }
        let fills = from > 0 && !fill(version, dialect).is_empty();
        plan.steps.push(Step { version, tables: new, columns, indexes, fills });
    }
    Ok(plan)
}

/// What rows of before mean in tables and columns that are new in a version.
pub(crate) fn fill(version: u32, dialect: Dialect) -> &'static str {
    match (version, dialect) {
        (3, Dialect::Sqlite) => crate::order_file::FILL_SQLITE,
        (3, Dialect::Postgres) => crate::order_file::FILL_POSTGRES,
        (5, _) => crate::day_tally::FILL,
        _ => "",
    }
}

/// The checksum of a step as it was released.
pub(crate) fn checksum(version: u32, dialect: Dialect) -> Result<String> {
    let mut text = migration(&crate::tables(), version, dialect);
    text.push_str(fill(version, dialect));
    let step = Migration::unapplied(&format!("V{version}__schema"), &text);
    step.map(|step| step.checksum().to_string()).map_err(|e| StorageError::driver("reading the schema", e))
}

/// The version a database has, 0 where it has none. A step that was applied in another form than this program knows is an
/// error: what is there cannot be told.
fn applied(connection: &Connection) -> Result<u32> {
    let there = match connection.dialect() {
        Dialect::Sqlite => "select count(*) from sqlite_schema where name = $1",
        Dialect::Postgres => "select count(*) from pg_class where oid = to_regclass($1)",
    };
    let mut found = false;
    connection.scan_text(there, &params![HISTORY], &mut |row| {
        found = row.int(0)? > 0;
        Ok(())
    })?;
    let mut history = Vec::new();
    if found {
        let text = format!("select version, checksum from {HISTORY} order by version");
        connection.scan_text(&text, &[], &mut |row| {
            history.push((row.narrow::<u32>(0)?, row.text(1)?));
            Ok(())
        })?;
    }
    for (version, sum) in history.iter().filter(|(version, _)| *version <= VERSION) {
        if *sum != checksum(*version, connection.dialect())? {
            let what = format!("schema {version} of this database is not the one that was released");
            return Err(StorageError::driver("reading the schema", what));
        }
    }
    Ok(history.last().map_or(0, |(version, _)| *version))
}

/// Applies one step.
fn apply(connection: &Connection, version: u32) -> Result<()> {
    let dialect = connection.dialect();
    connection.batch(NEW_HISTORY)?;
    match dialect {
        Dialect::Sqlite => within(connection, "begin immediate", || {
            connection.batch(&migration(&crate::tables(), version, dialect))?;
            connection.batch(fill(version, dialect))?;
            note(connection, version)
        }),
        Dialect::Postgres => {
            let (mut there, mut after) = (String::new(), String::new());
            for change in changes(&crate::tables(), version) {
                let text = if matches!(change, Change::Index(..)) { &mut after } else { &mut there };
                text.push_str(&change.unless_there(version));
            }
            within(connection, "begin; set local lock_timeout = '1s'; set local statement_timeout = 0", || {
                connection.batch(&there)
            })?;
            within(connection, "begin; set local lock_timeout = '20s'; set local statement_timeout = 0", || {
                // Another node that is at it is waited for here.
                note(connection, version)?;
                connection.batch(fill(version, dialect))?;
                connection.batch(&after)
            })
        }
    }
}

/// Writes down that a step is applied.
fn note(connection: &Connection, version: u32) -> Result<()> {
    let now = match connection.dialect() {
        Dialect::Sqlite => "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')",
        Dialect::Postgres => "to_char(now() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
    };
    let sum = checksum(version, connection.dialect())?;
    let text =
        format!("insert into {HISTORY} (version, name, applied_on, checksum) values ({version}, 'schema', {now}, $1)");
    connection.run_text(&text, &[Value::from(sum)]).map(drop)
}

/// All or nothing.
fn within(connection: &Connection, begin: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    connection.batch(begin)?;
    let done = work().and_then(|()| connection.batch("commit"));
    if done.is_err() {
        // A lost session has rolled back by itself.
        let _ = connection.batch("rollback");
    }
    done
}
