//! Desks as stored: what is settled outside any order.

use crate::aggregate::{Head, Stored, state_text};
use crate::ahead::Question;
use crate::db::{Read, Tx};
use crate::error::Result;
use crate::journal::{hex, parse_head};
use crate::order_file::Cursor;
use crate::schema::{Table, index, int, text};
use crate::{Value, incident, outside_complaint, params, review};
use yuanlu_domain::desk::DeskFile;
use yuanlu_domain::ids::DeskId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "desk",
    columns: &[
        text("desk_id"),
        int("version"),
        text("head"),
        text("kind"),
        text("status"),
        text("turn_who").null(),
        int("turn_due").null(),
        int("begun_at"),
        text("begun_by").null(),
        int("unsealed"),
        text("state"),
    ],
    key: "desk_id",
    large_rows: true,
    indexes: &[
        index("desk_unsealed", "desk_id").only("unsealed = 1"),
        index("desk_turn", "kind, turn_due, desk_id").only("turn_who is not null"),
        index("desk_over", "kind, begun_at, desk_id").only("turn_who is null"),
        index("desk_begun_by", "begun_by, begun_at, desk_id").only("begun_by is not null"),
    ],
    since: 2,
}];

crate::statements! {
    HEADS = "select desk_id, version, head from desk where desk_id {in $1}";
    LOAD = "select version, head, state from desk where desk_id {in $1} order by desk_id {for update}";
    FIND = "select version, head, state from desk where desk_id = $1";
    VERSIONS = "select desk_id, version from desk where desk_id {in $1}";
    THOSE_OF = "select desk_id from desk where desk_id in ($1, $2)";
    INSERT = "insert into desk (desk_id, version, head, kind, status, turn_who, turn_due, begun_at, begun_by, unsealed, state) \
              values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)";
    UPDATE = "update desk set version = $3, head = $4, status = $5, turn_who = $6, turn_due = $7, unsealed = 1, state = $8 \
              where desk_id = $1 and version = $2";
    COLUMNS = "select kind, status, turn_who, turn_due, begun_at, begun_by from desk where desk_id = $1";
    QUEUE = "select version, head, state from desk where kind = $1 and turn_who is not null \
             and (turn_due, desk_id) > ($2, $3) order by turn_due, desk_id limit $4";
    OVER = "select version, head, state from desk where kind = $1 and turn_who is null \
            and (begun_at, desk_id) < ($2, $3) order by begun_at desc, desk_id desc limit $4";
    BEGUN_BY = "select version, head, state from desk where begun_by = $1 and kind = $2 \
                  and (begun_at, desk_id) < ($3, $4) order by begun_at desc, desk_id desc limit $5";
    WAITING = "select version, head, state from desk where kind = $1 and turn_who is not null and turn_who {in $5} \
               and (turn_due, desk_id) > ($2, $3) order by turn_due, desk_id limit $4";
    COUNT_WAITING = "select count(*) from desk where kind = $1 and turn_who is not null and turn_who {in $2}";
    COUNT = "select count(*) from desk";
}

/// Where the journals of these ids end.
pub(crate) fn heads(db: &impl Read, ids: &[&str]) -> Result<Vec<(String, Head)>> {
    db.query(&HEADS, &[Value::list(ids.iter().copied())], |row| {
        Ok((row.text(0)?, parse_head("desk", row.int(1)?, row.str(2)?)?))
    })
}

/// What stands beside the state, for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    kind: String,
    status: String,
    turn: Option<(String, Instant)>,
    begun_at: Instant,
    begun_by: Option<String>,
}

impl Columns {
    /// What a desk amounts to.
    pub(crate) fn of(desk: &DeskFile) -> Self {
        Self {
            kind: desk.kind().to_owned(),
            status: desk.state().to_owned(),
            turn: desk.turn().map(|(who, due)| (who.code().to_owned(), due)),
            begun_at: desk.begun_at(),
            begun_by: desk.begun_by(),
        }
    }
}

/// The desks with these ids that exist, for deciding on them.
pub fn load(db: &impl Read, desks: &[&str]) -> Result<Vec<Stored<DeskFile>>> {
    db.query(&LOAD, &[Value::list(desks)], stored)
}

/// What [`those_of`] asks.
pub fn asking_those_of(desks: &[DeskId; 2]) -> Question {
    Question::new(&THOSE_OF, &params![&desks[0], &desks[1]])
}

/// Those of two desks that there are.
pub fn those_of(db: &impl Read, desks: &[DeskId; 2]) -> Result<Vec<DeskId>> {
    db.query(&THOSE_OF, &params![&desks[0], &desks[1]], |row| Ok(row.str(0)?.into()))
}

/// One desk.
pub fn find(db: &impl Read, desk: &DeskId) -> Result<Option<Stored<DeskFile>>> {
    db.query_one(&FIND, &params![desk], stored)
}

/// Those of these desks that there are, to be read only.
pub fn find_all<'d>(db: &impl Read, desks: impl IntoIterator<Item = &'d DeskId>) -> Result<Vec<Stored<DeskFile>>> {
    let lists: Vec<_> = desks.into_iter().map(|desk| params![desk].to_vec()).collect();
    Ok(db.query_each(&FIND, &lists, stored)?.into_iter().flatten().collect())
}

/// The versions of those of these desks that exist.
pub fn versions(db: &impl Read, ids: &[&str]) -> Result<Vec<(DeskId, i64)>> {
    db.query(&VERSIONS, &[crate::Value::list(ids.iter().copied())], |row| Ok((row.str(0)?.into(), row.int(1)?)))
}

/// Writes a new desk.
pub fn insert(tx: &Tx<'_>, desk: &DeskFile, head: &Head) -> Result<()> {
    let state = state_text("desk", desk)?;
    let (who, due) = desk.turn().unzip();
    let args = params![
        desk.id(),
        head.version,
        hex(&head.hash),
        desk.kind(),
        desk.state(),
        who.map(|who| who.code()),
        due,
        desk.begun_at(),
        desk.begun_by(),
        state,
    ];
    tx.execute_one(&INSERT, &args)?;
    match desk {
        DeskFile::Outside(complaint) => outside_complaint::insert(tx, complaint),
        DeskFile::Review(written) => review::insert(tx, written),
        DeskFile::Incident(found) => incident::relate(tx, found),
        DeskFile::TipOff(_)
        | DeskFile::Day(_)
        | DeskFile::Exception(_)
        | DeskFile::Codes(_)
        | DeskFile::Admission(_)
        | DeskFile::Conversation(_) => Ok(()),
    }
}

/// Writes what a desk has become since `version`.
pub fn update(tx: &Tx<'_>, desk: &DeskFile, version: i64, head: &Head) -> Result<()> {
    let state = state_text("desk", desk)?;
    let (who, due) = desk.turn().unzip();
    let who = who.map(|who| who.code());
    let args = params![desk.id(), version, head.version, hex(&head.hash), desk.state(), who, due, state];
    tx.execute_one(&UPDATE, &args)?;
    match desk {
        DeskFile::Outside(complaint) => outside_complaint::relate(tx, complaint),
        DeskFile::Review(written) => review::update(tx, written),
        DeskFile::Incident(found) => incident::relate(tx, found),
        DeskFile::TipOff(_)
        | DeskFile::Day(_)
        | DeskFile::Exception(_)
        | DeskFile::Codes(_)
        | DeskFile::Admission(_)
        | DeskFile::Conversation(_) => Ok(()),
    }
}

/// Desks of a kind that wait for somebody, the most urgent first, after the given place.
pub fn queue(db: &impl Read, kind: &str, after: Option<&Cursor>, limit: u32) -> Result<Vec<Stored<DeskFile>>> {
    let (due, id) = after.map_or((i64::MIN, ""), |cursor| (cursor.at, cursor.id.as_str()));
    db.query(&QUEUE, &params![kind, due, id, limit], stored)
}

/// Desks of a kind that are over, newest first, after the given place.
pub fn list_over(db: &impl Read, kind: &str, after: &Cursor, limit: u32) -> Result<Vec<Stored<DeskFile>>> {
    db.query(&OVER, &params![kind, after.at, &after.id, limit], stored)
}

/// Desks of a kind that somebody began (an account's id, or another party's key), newest first, after the given place.
pub fn list_begun_by(
    db: &impl Read,
    by: &str,
    kind: &str,
    after: &Cursor,
    limit: u32,
) -> Result<Vec<Stored<DeskFile>>> {
    db.query(&BEGUN_BY, &params![by, kind, after.at, &after.id, limit], stored)
}

/// Desks of a kind that wait for one party (code), the most urgent first, after the given place.
pub fn list_waiting_for(
    db: &impl Read,
    kind: &str,
    who: &[&str],
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Stored<DeskFile>>> {
    let (due, id) = after.map_or((i64::MIN, ""), |cursor| (cursor.at, cursor.id.as_str()));
    db.query(&WAITING, &[kind.into(), due.into(), id.into(), limit.into(), Value::list(who)], stored)
}

/// How many desks of a kind wait for these parties (codes).
pub fn count_waiting_for(db: &impl Read, kind: &str, who: &[&str]) -> Result<i64> {
    let args = [kind.into(), Value::list(who)];
    Ok(db.query_one(&COUNT_WAITING, &args, |row| row.int(0))?.unwrap_or(0))
}

/// The columns beside a desk's state.
pub(crate) fn find_columns(db: &impl Read, desk: &DeskId) -> Result<Option<Columns>> {
    db.query_one(&COLUMNS, &params![desk], |row| {
        Ok(Columns {
            kind: row.text(0)?,
            status: row.text(1)?,
            turn: row.opt_text(2)?.zip(row.opt_instant(3)?),
            begun_at: row.instant(4)?,
            begun_by: row.opt_text(5)?,
        })
    })
}

/// How many there are.
pub(crate) fn count(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

fn stored(row: &crate::Row<'_>) -> Result<Stored<DeskFile>> {
    Ok(Stored { head: parse_head("desk", row.int(0)?, row.str(1)?)?, aggregate: row.json(2)? })
}
