//! A whole database from one place to another, whatever engines they have.
//!
//! Rows go table by table in the order of their keys, some hundreds per commit. What is there already in the new place is
//! not sent again, so a copy that was interrupted goes on where it stopped. Until the last row has arrived, the new place
//! says that it is being copied into, and nothing else opens it.

use crate::Db;
use crate::connection::Connection;
use crate::db::{Read, Reader};
use crate::error::{Result, StorageError};
use crate::location::Location;
use crate::meta;
use crate::schema::Table;
use crate::sqlite;
use crate::value::Value;
use std::fs::File;
use std::path::Path;

/// Values of one statement; SQLite takes 32,766.
const VALUES: usize = 16_000;
const ROWS: usize = 500;
/// What a database is born as while it is being copied into.
const UNDER_WAY: &str = "copying";

/// How far a copy has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The table it is at.
    pub table: &'static str,
    /// Rows of all tables that have arrived, also in runs before.
    pub done: u64,
    /// Rows of all tables.
    pub total: u64,
}

/// Rows of a database.
///
/// # Errors
/// When the database cannot be read.
pub fn rows(from: &Db) -> Result<u64> {
    from.snapshot(|reader| {
        let mut total = 0;
        for table in crate::tables() {
            total += count(reader.connection(), table)?;
        }
        Ok(total)
    })
}

/// A first piece of a copy, sent and taken back, to see how fast it goes.
pub struct Rehearsal {
    target: Connection,
    rows: Vec<Vec<Value<'static>>>,
    table: &'static Table,
}

impl Rehearsal {
    /// Prepares the new place and reads some entries of journals, of which there are most.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when there is another database in the new place.
    pub fn new(from: &Db, to: &Location) -> Result<Self> {
        let target = Connection::for_copy(to)?;
        crate::migrate::run(&target, &mut |_| {})?;
        if meta::born(&target)?.is_some_and(|word| word != UNDER_WAY) {
            return Err(StorageError::Conflict { what: format!("there is a database at {to}") });
        }
        let table = &crate::journal::TABLES[0];
        let mut rows = Vec::new();
        from.snapshot(|reader| {
            scan(reader, table, None, Some(ROWS), &mut |row| {
                rows.push(row);
                Ok(())
            })
        })?;
        Ok(Self { target, rows, table })
    }

    /// Sends them, and takes them back; answers how many.
    ///
    /// # Errors
    /// When the new place does not take them.
    pub fn send(self) -> Result<u64> {
        self.target.batch("begin")?;
        let mut chunk = Chunk::new(self.table, &self.target);
        // What has arrived before would collide.
        self.target.batch(&format!("delete from {}", self.table.name))?;
        self.rows.into_iter().for_each(|row| {
            chunk.push(row);
        });
        let sent = chunk.send()?;
        self.target.batch("rollback")?;
        Ok(sent)
    }
}

/// Copies everything. Nobody may write to `from` meanwhile: rows that are there already are not looked at again.
///
/// # Errors
/// [`StorageError::Conflict`] when there is another database in the new place.
pub fn copy(from: &Db, to: &Location, told: &mut dyn FnMut(Progress)) -> Result<()> {
    let _lock = match from.location() {
        // A backup of a running server reads one snapshot instead.
        Location::Server(_) => None,
        Location::File(path) => Some(sqlite::lock(path)?),
    };
    let target = Connection::for_copy(to)?;
    crate::migrate::run(&target, &mut |_| {})?;
    match meta::born(&target)? {
        Some(word) if word == UNDER_WAY => {}
        Some(_) => return Err(StorageError::Conflict { what: format!("there is a database at {to}") }),
        None => {
            let text = "insert into meta (one, born, number_prefix, created_at) values (1, $1, $2, $3)";
            let birth = from.meta();
            let args = [Value::from(UNDER_WAY), Value::from(&birth.number_prefix), Value::from(birth.created_at)];
            target.run_text(text, &args)?;
        }
    }
    let total = rows(from)?;
    let mut done = 1;
    from.snapshot(|reader| {
        for table in crate::tables().into_iter().filter(|table| table.name != "meta") {
            done += count(&target, table)?;
            told(Progress { table: table.name, done: done.min(total), total });
            let mut chunk = Chunk::new(table, &target);
            scan(reader, table, last_key(&target, table)?.as_deref(), None, &mut |row| {
                if chunk.push(row) {
                    done += chunk.send()?;
                    told(Progress { table: table.name, done: done.min(total), total });
                }
                Ok(())
            })?;
            done += chunk.send()?;
        }
        Ok::<_, StorageError>(())
    })?;
    target.run_text("update meta set born = $1 where one = 1", &[Value::from(from.meta().born.code())])?;
    told(Progress { table: "meta", done: total, total });
    Ok(())
}

/// Copies everything, as it is at one moment, into a new file.
pub(crate) fn into_file(from: &Db, path: &Path) -> Result<()> {
    let failed = |e| StorageError::driver("backing up", e);
    if path.exists() {
        return Err(failed(std::io::Error::from(std::io::ErrorKind::AlreadyExists)));
    }
    // One snapshot: the copy reads in it while the platform goes on writing.
    copy(from, &Location::from(path), &mut |_| {})?;
    File::open(path).and_then(|file| file.sync_all()).map_err(failed)
}

fn count(connection: &Connection, table: &Table) -> Result<u64> {
    let mut counted = 0;
    connection.scan_text(&format!("select count(*) from {}", table.name), &[], &mut |row| {
        counted = row.narrow(0)?;
        Ok(())
    })?;
    Ok(counted)
}

fn key(table: &'static Table) -> Vec<&'static str> {
    table.key.split(',').map(str::trim).collect()
}

/// The key of the last row that has arrived.
fn last_key(target: &Connection, table: &'static Table) -> Result<Option<Vec<Value<'static>>>> {
    let columns = key(table);
    let descending: Vec<_> = columns.iter().map(|column| format!("{column} desc")).collect();
    let text = format!("select {} from {} order by {} limit 1", table.key, table.name, descending.join(", "));
    let mut found = None;
    target.scan_text(&text, &[], &mut |row| {
        let values = (0..columns.len()).map(|n| row.value(n).map(Value::into_owned));
        found = Some(values.collect::<Result<Vec<_>>>()?);
        Ok(())
    })?;
    Ok(found)
}

/// Every row after a key, in the order of keys.
fn scan(
    reader: &Reader<'_>,
    table: &'static Table,
    after: Option<&[Value<'static>]>,
    most: Option<usize>,
    each: &mut dyn FnMut(Vec<Value<'static>>) -> Result<()>,
) -> Result<()> {
    let columns: Vec<_> = table.columns.iter().map(|column| column.name()).collect();
    let numbers: Vec<_> = (1..=key(table).len()).map(|n| format!("${n}")).collect();
    let from = after.map(|_| format!(" where ({}) > ({})", table.key, numbers.join(", ")));
    let text = format!(
        "select {} from {}{} order by {}{}",
        columns.join(", "),
        table.name,
        from.unwrap_or_default(),
        table.key,
        most.map(|most| format!(" limit {most}")).unwrap_or_default()
    );
    reader.connection().scan_text(&text, after.unwrap_or_default(), &mut |row| {
        each((0..columns.len()).map(|n| row.value(n).map(Value::into_owned)).collect::<Result<_>>()?)
    })
}

/// Rows that go together.
struct Chunk<'a> {
    table: &'static Table,
    target: &'a Connection,
    most: usize,
    values: Vec<Value<'static>>,
}

impl<'a> Chunk<'a> {
    fn new(table: &'static Table, target: &'a Connection) -> Self {
        let most = (VALUES / table.columns.len()).min(ROWS);
        Self { table, target, most, values: Vec::new() }
    }

    /// Adds a row; true once it is full.
    fn push(&mut self, row: Vec<Value<'static>>) -> bool {
        self.values.extend(row);
        self.values.len() >= self.most * self.table.columns.len()
    }

    /// Sends the rows; answers how many.
    fn send(&mut self) -> Result<u64> {
        let width = self.table.columns.len();
        let rows = self.values.len() / width;
        if rows == 0 {
            return Ok(0);
        }
        let columns: Vec<_> = self.table.columns.iter().map(|column| column.name()).collect();
        let row = |n: usize| {
            let numbers: Vec<_> = (1..=width).map(|column| format!("${}", n * width + column)).collect();
            format!("({})", numbers.join(", "))
        };
        let all: Vec<_> = (0..rows).map(row).collect();
        let text = format!("insert into {} ({}) values {}", self.table.name, columns.join(", "), all.join(", "));
        self.target.run_text(&text, &self.values)?;
        self.values.clear();
        Ok(rows as u64)
    }
}
