//! Writes that wait to be sent to a server together: rows of one statement become one statement over arrays, and all
//! statements go out at once, so that a commit of many commands costs few round trips.
//!
//! A row may be sent before rows that were handed over earlier only where nobody can tell: another table that neither
//! refers to its own nor is referred to, or another key of the same table.

use crate::schema::Table;
use crate::sent;
use crate::sql::Sql;
use crate::value::Value;
use std::collections::HashSet;
use std::fmt::Write;

/// What a statement does, as far as its order among others goes.
#[derive(Debug)]
pub(crate) struct Shape {
    table: Option<&'static Table>,
    /// The row it touches; `None` where the text does not say it.
    key: Option<Vec<Part>>,
    /// It may take or set free what must be unique beside the key.
    unique: bool,
    /// The text for many rows, before and after the arrays.
    many: Option<(String, String)>,
}

#[derive(Debug)]
enum Part {
    Argument(usize),
    Literal(String),
}

impl Part {
    fn of(text: &str) -> Self {
        match text.strip_prefix('$').and_then(|number| number.parse::<usize>().ok()) {
            Some(number) => Self::Argument(number - 1),
            None => Self::Literal(text.to_owned()),
        }
    }
}

impl Shape {
    /// Reads the text of a statement.
    pub(crate) fn of(sql: &Sql, text: &str) -> Self {
        let name = sql.written_table();
        let table = crate::tables().into_iter().find(|table| Some(table.name) == name);
        let assigned = assigned(text);
        let key = table.and_then(|table| {
            let given =
                |column: &str| assigned.iter().find(|(name, _)| *name == column).map(|(_, given)| Part::of(given));
            table.key.split(',').map(|column| given(column.trim())).collect()
        });
        let unique = table.is_none_or(|table| match text.split_once(" set ") {
            Some((update, rest)) if update.starts_with("update ") => {
                let set = rest.split(" where ").next().unwrap_or_default();
                table.is_unique_by(|column| set.split([' ', ',']).any(|word| word == column))
            }
            _ => table.is_unique_by(|_| true),
        });
        Self { table, key, unique, many: many(text) }
    }

    /// The text for rows whose arguments come as arrays of these types.
    pub(crate) fn many_text(&self, types: &[&str]) -> Option<String> {
        let (head, tail) = self.many.as_ref()?;
        let mut text = format!("{head}unnest(");
        for (n, ty) in (1..).zip(types) {
            // Writing into a string cannot fail.
            let _ = write!(text, "{}${n}::{ty}[]", if n == 1 { "" } else { ", " });
        }
        text.push_str(") as g(");
        for n in 1..=types.len() {
            let _ = write!(text, "{}p{n}", if n == 1 { "" } else { ", " });
        }
        text.push(')');
        text.push_str(tail);
        Some(text)
    }

    fn key(&self, args: &[Value<'_>]) -> Option<String> {
        let mut key = String::new();
        for part in self.key.as_ref()? {
            match part {
                Part::Literal(text) => key.push_str(text),
                Part::Argument(n) => match args.get(*n)? {
                    Value::Int(number) => {
                        let _ = write!(key, "{number}");
                    }
                    Value::Text(text) => {
                        let _ = write!(key, "{}:{text}", text.len());
                    }
                    Value::Null | Value::Blob(_) => return None,
                },
            }
            key.push('\n');
        }
        Some(key)
    }
}

/// Columns of an insert, or of the conditions of an update or delete, and what they are given as.
fn assigned(text: &str) -> Vec<(&str, &str)> {
    if let Some((into, rest)) = text.split_once(" values (") {
        let columns = into.split_once('(').and_then(|(_, columns)| columns.strip_suffix(')'));
        let values = closing(rest).map(|end| parts(&rest[..end]));
        return match (columns, values) {
            (Some(columns), Some(values)) => columns.split(',').map(str::trim).zip(values).collect(),
            _ => Vec::new(),
        };
    }
    if !text.starts_with("update ") && !text.starts_with("delete ") {
        return Vec::new();
    }
    let conditions = text.split_once(" where ").map_or("", |(_, conditions)| conditions);
    let simple = |condition: &'_ str| !condition.contains('(');
    if conditions.contains(" or ") {
        return Vec::new();
    }
    conditions.split(" and ").filter(|c| simple(c)).filter_map(|condition| condition.trim().split_once(" = ")).collect()
}

/// Where the parenthesis closes that is open at the beginning.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })
}

/// Expressions between commas.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts
}

/// The text for many rows, before and after `unnest(…) as g(p1, …)`; `None` where it cannot be had from the text for one.
fn many(text: &str) -> Option<(String, String)> {
    if ["{", "select ", " returning ", " using "].iter().any(|word| text.contains(word)) {
        return None;
    }
    let row = |part: &str| part.replace('$', "g.p");
    if text.starts_with("insert into ") {
        let (into, rest) = text.split_once(" values (")?;
        let end = closing(rest)?;
        let (values, tail) = (&rest[..end], &rest[end + 1..]);
        let plain = !tail.contains('$') && !tail.trim_start().starts_with(',');
        return plain.then(|| (format!("{into} select {} from ", row(values)), tail.to_owned()));
    }
    let (what, conditions) = text.split_once(" where ")?;
    let with = if text.starts_with("update ") {
        "from"
    } else if text.starts_with("delete from ") {
        "using"
    } else {
        return None;
    };
    Some((format!("{} {with} ", row(what)), format!(" where {}", row(conditions))))
}

/// Rows of one statement.
pub(crate) struct Group {
    /// The statement.
    pub(crate) sql: &'static Sql,
    /// How many rows each of them must touch, where that matters.
    pub(crate) hits: Option<usize>,
    /// Their arguments.
    pub(crate) rows: Vec<Vec<Value<'static>>>,
    keys: HashSet<String>,
    /// Every row's key is among them.
    keyed: bool,
}

impl Group {
    pub(crate) fn as_sent(&self) -> sent::Statement {
        sent::Statement { sql: self.sql, rows: self.rows.clone() }
    }

    /// Whether a row of another statement, or of this one, may be sent before these.
    fn lets_pass(&self, shape: &Shape, key: Option<&String>) -> bool {
        let own = self.sql.shape();
        let (Some(mine), Some(its)) = (own.table, shape.table) else { return false };
        if mine.name != its.name {
            return !mine.refers_to(its) && !its.refers_to(mine);
        }
        !(own.unique && shape.unique) && self.keyed && key.is_some_and(|key| !self.keys.contains(key))
    }
}

/// The writes that wait.
#[derive(Default)]
pub(crate) struct Writes {
    groups: Vec<Group>,
}

impl Writes {
    /// Adds a row; `hits` is how many it must touch.
    pub(crate) fn push(&mut self, sql: &'static Sql, args: &[Value<'_>], hits: Option<usize>) {
        let shape = sql.shape();
        let key = shape.key(args);
        let row: Vec<_> = args.iter().cloned().map(Value::into_owned).collect();
        let mut found = None;
        for (n, group) in self.groups.iter_mut().enumerate().rev() {
            if std::ptr::eq(group.sql, sql) && group.hits == hits {
                let fits = shape.many.is_some() && key.as_ref().is_some_and(|key| !group.keys.contains(key));
                found = fits.then_some(n);
                break;
            }
            if !group.lets_pass(shape, key.as_ref()) {
                break;
            }
        }
        let n = found.unwrap_or_else(|| {
            self.groups.push(Group { sql, hits, rows: Vec::new(), keys: HashSet::new(), keyed: true });
            self.groups.len() - 1
        });
        let group = &mut self.groups[n];
        group.rows.push(row);
        group.keyed &= key.is_some();
        group.keys.extend(key);
    }

    /// In the order in which they have to be sent.
    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params;

    crate::statements! {
        PUT_TIMER = "insert into timer (kind, aggregate_id, subject, who, due, on_silence) values ($1, $2, $3, $4, $5, $6) \
                     on conflict (kind, aggregate_id, subject) do update set who = excluded.who";
        END_TIMER = "delete from timer where kind = $1 and aggregate_id = $2 and subject = $3";
        PUT_CALL = "insert into outbox (kind, aggregate_id, subject, body, attempt, due, leased_until, created_at) \
                    values ($1, $2, $3, $4, $5, $6, 0, $7)";
        OWN = "update stock set state = 'owned', owner_order = $2, unit = $3 where stock_id = $1 and state = 'free'";
        GIVE_UP = "update stock set state = $3, owner_order = null where stock_id = $1 and owner_order = $2";
        OF_BUYER = "update order_file set buyer = $2 where seller = $1";
        BEGIN = "insert into account (account_id, login) values ($1, $2)";
        SIT = "insert into seat (account_id, case_id, at) values ($1, $2, $3) on conflict (account_id, case_id) do nothing";
    }

    #[test]
    fn the_statements_of_this_test_are_read_as_they_are_meant() {
        assert!(ALL.iter().all(|sql| sql.shape().table.is_some() && sql.shape().many.is_some()));
    }

    fn sent(writes: &Writes) -> Vec<(&'static str, usize)> {
        let short = |group: &Group| (group.sql.name().rsplit("::").next().unwrap_or_default(), group.rows.len());
        writes.groups().iter().map(short).collect()
    }

    #[test]
    fn a_text_for_one_row_becomes_one_for_many() {
        let many = |sql: &Sql, types: &[&str]| sql.shape().many_text(types).unwrap();
        assert_eq!(
            many(&PUT_CALL, &["text", "text", "text", "text", "int8", "int8", "int8"]),
            "insert into outbox (kind, aggregate_id, subject, body, attempt, due, leased_until, created_at) \
             select g.p1, g.p2, g.p3, g.p4, g.p5, g.p6, 0, g.p7 from unnest($1::text[], $2::text[], $3::text[], \
             $4::text[], $5::int8[], $6::int8[], $7::int8[]) as g(p1, p2, p3, p4, p5, p6, p7)"
        );
        assert_eq!(
            many(&OWN, &["text", "text", "int8"]),
            "update stock set state = 'owned', owner_order = g.p2, unit = g.p3 from unnest($1::text[], $2::text[], \
             $3::int8[]) as g(p1, p2, p3) where stock_id = g.p1 and state = 'free'"
        );
        assert_eq!(
            many(&END_TIMER, &["text", "text", "text"]),
            "delete from timer using unnest($1::text[], $2::text[], $3::text[]) as g(p1, p2, p3) \
             where kind = g.p1 and aggregate_id = g.p2 and subject = g.p3"
        );
        assert_eq!(
            Sql::new("t", "update stock set unit = 1 where stock_id {in $1}").shape().many_text(&["text"]),
            None
        );
    }

    #[test]
    fn rows_of_a_statement_go_together_and_nothing_overtakes_its_own_row() {
        let mut writes = Writes::default();
        let timer = |id: &'static str| params!["order", id, "payment", "buyer", 1i64, "expire"];
        let end = |id: &'static str| params!["order", id, "payment"];
        for id in ["a", "b", "c"] {
            writes.push(&END_TIMER, &end(id), Some(1));
            writes.push(&PUT_TIMER, &timer(id), Some(1));
        }
        assert_eq!(sent(&writes), [("END_TIMER", 3), ("PUT_TIMER", 3)]);
        // The same row again waits for what was done to it before.
        writes.push(&END_TIMER, &end("b"), Some(1));
        writes.push(&END_TIMER, &end("d"), Some(1));
        writes.push(&PUT_TIMER, &timer("b"), Some(1));
        writes.push(&PUT_TIMER, &timer("b"), Some(1));
        let expected = [("END_TIMER", 3), ("PUT_TIMER", 3), ("END_TIMER", 2), ("PUT_TIMER", 1), ("PUT_TIMER", 1)];
        assert_eq!(sent(&writes), expected);
    }

    #[test]
    fn codes_are_given_and_taken_in_two_statements() {
        let mut writes = Writes::default();
        for id in ["a", "b", "c"] {
            writes.push(&OWN, &params![id, "order", 1i64], Some(1));
            writes.push(&GIVE_UP, &params![format!("{id}-old"), "order", "free"], Some(1));
        }
        assert_eq!(sent(&writes), [("OWN", 3), ("GIVE_UP", 3)]);
        writes.push(&GIVE_UP, &params!["a", "order", "free"], Some(1));
        writes.push(&OWN, &params!["a", "other", 1i64], Some(1));
        assert_eq!(sent(&writes), [("OWN", 3), ("GIVE_UP", 4), ("OWN", 1)]);
    }

    #[test]
    fn what_names_no_row_or_a_row_of_another_table_is_not_overtaken() {
        let mut writes = Writes::default();
        writes.push(&OF_BUYER, &params!["seller", "b1"], None);
        writes.push(&OF_BUYER, &params!["seller", "b2"], None);
        assert_eq!(sent(&writes), [("OF_BUYER", 1), ("OF_BUYER", 1)]);
        let mut writes = Writes::default();
        writes.push(&SIT, &params!["a1", "c1", 1i64], None);
        writes.push(&BEGIN, &params!["a2", "login"], Some(1));
        writes.push(&SIT, &params!["a2", "c2", 1i64], None);
        assert_eq!(sent(&writes), [("SIT", 1), ("BEGIN", 1), ("SIT", 1)]);
    }
}
