//! One text per statement for both engines.
//!
//! Texts are written for PostgreSQL with `$1`, `$2`, …; SQLite gets `?1`, `?2`, …, because it would bind `$2 … $1` by
//! first appearance and silently swap them. Three tokens hide what else differs:
//! `{in $1}` (member of a list of texts), `{for update}` and `{skip locked}` (row locks; SQLite has a single writer).

use crate::writes::Shape;
use std::sync::OnceLock;

/// A statement, declared once with [`statements!`](crate::statements).
#[derive(Debug)]
pub struct Sql {
    name: &'static str,
    text: &'static str,
    sqlite: OnceLock<String>,
    shape: OnceLock<Shape>,
}

impl Sql {
    /// Used by [`statements!`](crate::statements) only.
    pub const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, sqlite: OnceLock::new(), shape: OnceLock::new() }
    }

    /// Its noun and name, for errors and listings.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The text as SQLite gets it.
    pub fn sqlite(&self) -> &str {
        self.sqlite.get_or_init(|| sqlite(self.text))
    }

    /// The text as PostgreSQL gets it, where rows are locked that will be written.
    pub fn postgres(&self) -> String {
        postgres(self.text)
    }

    /// The text as a session of PostgreSQL gets it that only reads, and so locks nothing.
    pub(crate) fn postgres_reading(&self) -> String {
        expand(self.text, any, "", "")
    }

    /// What it does, as far as its order among others goes.
    pub(crate) fn shape(&self) -> &Shape {
        self.shape.get_or_init(|| Shape::of(self, self.text))
    }

    /// The table a write goes to; `None` for a read.
    pub fn written_table(&self) -> Option<&'static str> {
        let mut words = self.text.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "into" | "update" => return words.next().map(|w| w.split('(').next().unwrap_or(w)),
                "delete" => return words.nth(1),
                _ => {}
            }
        }
        None
    }
}

fn sqlite(text: &str) -> String {
    expand(text, |number| format!("in (select value from json_each({number}))"), "", "").replace('$', "?")
}

fn postgres(text: &str) -> String {
    expand(text, any, "for update", "for update skip locked")
}

fn any(number: &str) -> String {
    format!("= any({number})")
}

fn expand(text: &str, member: impl Fn(&str) -> String, lock: &str, skip: &str) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (token, after) = after.split_once('}').expect("a token of a statement ends");
        out.push_str(before);
        match token.split_once(' ') {
            Some(("in", number)) => out.push_str(&member(number)),
            Some(("for", "update")) => out.push_str(lock),
            Some(("skip", "locked")) => out.push_str(skip),
            _ => panic!("unknown token in a statement: {token}"),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Declares the statements of a noun: `FIND = "select …";`. Each becomes a static [`Sql`], and `ALL` lists them, so that
/// every text is prepared on both engines by a test.
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $vis:vis $name:ident = $text:expr;)*) => {
        $($(#[$doc])* $vis static $name: $crate::sql::Sql =
            $crate::sql::Sql::new(concat!(module_path!(), "::", stringify!($name)), $text);)*
        /// Every statement of this noun.
        pub(crate) static ALL: &[&$crate::sql::Sql] = &[$(&$name),*];
    };
}

/// A write as data: what has to be committed together with something else is handed over like this.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// The statement.
    pub sql: &'static Sql,
    /// Its arguments.
    pub args: Vec<crate::Value<'static>>,
    /// How many rows it must touch; anything else is a [`Conflict`](crate::StorageError::Conflict).
    pub must_hit: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_become_what_each_engine_understands() {
        let text = "select a from t where a {in $1} and b = $2 order by a limit 3 {skip locked}";
        assert_eq!(
            sqlite(text),
            "select a from t where a in (select value from json_each(?1)) and b = ?2 order by a limit 3 "
        );
        assert_eq!(
            postgres(text),
            "select a from t where a = any($1) and b = $2 order by a limit 3 for update skip locked"
        );
    }

    /// SQLite numbers `$2 … $1` by first appearance: the trap that the translation avoids.
    #[test]
    fn arguments_are_bound_by_number_not_by_appearance() {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        let bind = |text: &str| db.query_row(text, ["a", "b"], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(bind("select $2 || '-' || $1"), "a-b");
        assert_eq!(bind(&sqlite("select $2 || '-' || $1")), "b-a");
    }

    #[test]
    fn a_write_names_its_table() {
        let table = |text| Sql::new("t", text).written_table();
        assert_eq!(table("insert into stock (a) values ($1)"), Some("stock"));
        assert_eq!(table("update stock set a = $1"), Some("stock"));
        assert_eq!(table("delete from stock where a = $1"), Some("stock"));
        assert_eq!(table("with c as (select a from s) update t set a = 1"), Some("t"));
        assert_eq!(table("select a from stock"), None);
    }
}
