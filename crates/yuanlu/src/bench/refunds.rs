//! Complete refunds: in process, and as the bare statements they amount to.
//!
//! To a file the statements go one by one. To a server they go as the engine sends them: rows of one statement as one over
//! arrays, and all that goes out before an answer is waited for at once.

use super::place::Shop;
use super::{Figures, start};
use crate::{Problem, open};
use rusqlite::{Connection, TransactionBehavior};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use yuanlu_app::engine::{Answer, Engine, Envelope, IdempotencyKey, Lane};
use yuanlu_domain::case::Reason;
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::ids::Ids;
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Actor, Party};
use yuanlu_money::Money;
use yuanlu_storage::sent::{Sender, Trip};
use yuanlu_storage::sqlite::{STATEMENTS_CACHED, WRITER_PRAGMAS, steady_plans};
use yuanlu_storage::{Sql, StorageError, Value};
use yuanlu_world::crowd::Paid;

/// Ids of the refunds come from this.
const SEED: [u8; 32] = [9; 32];

/// The application of a buyer who changed his mind and takes balance, as the API hands it to the engine.
fn application(paid: &Paid) -> Envelope {
    application_because(paid, Reason::Personal)
}

/// The application of a buyer who takes balance, as the API hands it to the engine.
pub fn application_because(paid: &Paid, reason: Reason) -> Envelope {
    let party = Party::Account(paid.buyer.clone());
    let act = OrderAct::Apply {
        units: vec![1],
        reason,
        claimed: Money::cny(paid.price_minor),
        received_face: None,
        to_balance: true,
        text: None,
        evidence: Vec::new(),
    };
    Envelope {
        principal: format!("acct:{}", paid.buyer),
        idempotency: Some(IdempotencyKey {
            route: "apply",
            key: paid.order.to_string(),
            input_hash: yuanlu_blobs::to_hex(&[7; 32]),
        }),
        personal: Vec::new(),
        plain: Vec::new(),
        lane: Lane::People,
        command: Command { by: Actor::Buyer { party }, act: Act::Order { order: paid.order.clone(), act } },
    }
}

/// Refunds groups of orders; the waits of the commits.
fn refund(
    engine: &mut Engine,
    orders: &[Paid],
    group: usize,
    now: Instant,
    ids: &mut Ids,
) -> Result<Vec<Duration>, Problem> {
    let mut waits = Vec::new();
    let envelopes: Vec<Envelope> = orders.iter().map(application).collect();
    for commands in envelopes.chunks(group) {
        let (wait, answers) = step(engine, commands, now, ids)?;
        waits.push(wait);
        if answers.iter().any(|answer| answer.payouts.is_empty()) {
            return Err(Problem::new("a refund of the benchmark was not decided at once"));
        }
    }
    Ok(waits)
}

/// One commit: how long it took, and its answers.
pub fn step(
    engine: &mut Engine,
    commands: &[Envelope],
    now: Instant,
    ids: &mut Ids,
) -> Result<(Duration, Vec<Answer>), Problem> {
    let began = start();
    let outcomes = engine.step(commands, now, ids.bytes());
    let wait = began.elapsed();
    let answers = outcomes.into_iter().map(|outcome| outcome.map_err(Problem::at("a command of the benchmark")));
    Ok((wait, answers.collect::<Result<_, _>>()?))
}

/// Every order refunded, in groups: how long each commit took.
pub fn in_process(shop: &Shop, orders: &[Paid], now: Instant, group: usize) -> Result<Vec<Duration>, Problem> {
    refund(&mut shop.engine()?, orders, group, now, &mut Ids::new(SEED))
}

/// A statement with its arguments.
struct Statement {
    sql: &'static Sql,
    args: Vec<Value<'static>>,
    rows: usize,
}

/// The statements of refunds, group by group.
pub struct Captured {
    groups: Vec<Vec<Statement>>,
    /// How they went to a server.
    trips: Vec<Vec<Trip>>,
}

/// Runs refunds and keeps every statement.
pub fn capture(shop: &Shop, orders: &[Paid], now: Instant, group: usize) -> Result<Captured, Problem> {
    let envelopes: Vec<Envelope> = orders.iter().map(application).collect();
    capture_commands(shop, envelopes.chunks(group), now, &mut Ids::new(SEED))
}

/// Runs groups of commands and keeps every statement.
pub fn capture_commands<'e>(
    shop: &Shop,
    commands: impl Iterator<Item = &'e [Envelope]>,
    now: Instant,
    ids: &mut Ids,
) -> Result<Captured, Problem> {
    let mut engine = shop.engine()?;
    let (mut groups, mut trips) = (Vec::new(), Vec::new());
    let (seen, heard) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let (sink, ear) = (Arc::clone(&seen), Arc::clone(&heard));
    engine.set_recorder(Some(Box::new(move |sql, args, rows| {
        let args = args.iter().cloned().map(Value::into_owned).collect();
        sink.lock().unwrap_or_else(PoisonError::into_inner).push(Statement { sql, args, rows });
    })));
    engine.set_listener(Some(Box::new(move |trip| {
        ear.lock().unwrap_or_else(PoisonError::into_inner).push(trip);
    })));
    for group in commands {
        step(&mut engine, group, now, ids)?;
        groups.push(std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner)));
        trips.push(std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner)));
    }
    Ok(Captured { groups, trips })
}

impl Captured {
    /// Does the same statements with nothing around them: how long each commit took.
    pub fn replay(&self, shop: &Shop) -> Result<Vec<Duration>, Problem> {
        match shop.database.file() {
            Some(file) => self.replay_to_file(file),
            None => self.replay_to_server(shop).map_err(|error| Problem::new(open::chain(&error))),
        }
    }

    fn replay_to_server(&self, shop: &Shop) -> Result<Vec<Duration>, StorageError> {
        let sender = Sender::open(&shop.database)?;
        let mut waits = Vec::new();
        for trips in &self.trips {
            let began = start();
            trips.iter().try_for_each(|trip| sender.send(trip))?;
            waits.push(began.elapsed());
        }
        Ok(waits)
    }

    fn replay_to_file(&self, file: &Path) -> Result<Vec<Duration>, Problem> {
        let failed = Problem::at::<rusqlite::Error>;
        let mut connection = Connection::open(file).map_err(failed("opening"))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        connection.execute_batch(WRITER_PRAGMAS).map_err(failed("pragmas"))?;
        steady_plans(&connection).map_err(failed("plans"))?;
        let mut waits = Vec::new();
        for group in &self.groups {
            let began = start();
            let inner = connection.transaction_with_behavior(TransactionBehavior::Immediate);
            let inner = inner.map_err(failed("beginning"))?;
            for statement in group {
                let mut prepared = inner.prepare_cached(statement.sql.sqlite()).map_err(failed("preparing"))?;
                let args = rusqlite::params_from_iter(&statement.args);
                if statement.sql.written_table().is_some() {
                    prepared.execute(args).map_err(failed(statement.sql.name()))?;
                } else {
                    let mut rows = prepared.query(args).map_err(failed(statement.sql.name()))?;
                    while rows.next().map_err(failed(statement.sql.name()))?.is_some() {}
                }
            }
            inner.commit().map_err(failed("committing"))?;
            waits.push(began.elapsed());
        }
        Ok(waits)
    }

    /// How often a commit waits for a server; rows written per refund, table by table, with their bytes.
    pub fn describe(&self, figures: &mut Figures<'_>, refunds: usize) {
        let trips: usize = self.trips.iter().map(Vec::len).sum();
        if trips > 0 {
            figures.add("trips_per_commit", trips as f64 / self.trips.len() as f64, "trips");
        }
        let mut tables: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for statement in self.groups.iter().flatten() {
            if let Some(table) = statement.sql.written_table() {
                let (rows, bytes) = tables.entry(table).or_default();
                *rows += statement.rows;
                *bytes += statement.args.iter().map(Value::bytes).sum::<usize>();
            }
        }
        let each = |count: usize| count as f64 / refunds as f64;
        figures.add("rows_per_refund", each(tables.values().map(|(rows, _)| rows).sum()), "rows");
        figures.add("bytes_per_refund", each(tables.values().map(|(_, bytes)| bytes).sum()), "bytes");
        for (table, (rows, bytes)) in tables {
            figures.add(format!("rows_{table}"), each(rows), "rows");
            figures.add(format!("bytes_{table}"), each(bytes), "bytes");
        }
    }
}
