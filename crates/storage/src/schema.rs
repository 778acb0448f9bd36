//! Tables, declared once; the texts of both engines come from the declaration.
//!
//! A table or column says since which schema version it exists, so that every migration can be produced again exactly as
//! it was released. A released version never changes.

use std::fmt::Write;

/// The schema version this program writes.
pub const VERSION: u32 = 7;

/// The two engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// One file beside the program.
    Sqlite,
    /// A server, any number of nodes.
    Postgres,
}

#[derive(Clone, Copy, Debug)]
enum Type {
    Text,
    Int,
    Blob,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    name: &'static str,
    ty: Type,
    nullable: bool,
    unique: bool,
    references: Option<&'static str>,
    default: Option<&'static str>,
    since: u32,
}

impl Column {
    const fn new(name: &'static str, ty: Type) -> Self {
        Self { name, ty, nullable: false, unique: false, references: None, default: None, since: 1 }
    }

    /// May be absent.
    pub const fn null(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// No two rows alike.
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Must exist there: `table (column)`.
    pub const fn references(mut self, target: &'static str) -> Self {
        self.references = Some(target);
        self
    }

    /// What rows get that were there before the column.
    pub const fn default(mut self, literal: &'static str) -> Self {
        self.default = Some(literal);
        self
    }

    /// Exists since this schema version.
    pub const fn since(mut self, version: u32) -> Self {
        self.since = version;
        self
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it exists in this schema version.
    #[cfg(test)]
    pub(crate) fn is_in(&self, version: u32) -> bool {
        self.since <= version
    }

    fn ddl(&self, dialect: Dialect) -> String {
        let ty = match (self.ty, dialect) {
            (Type::Text, Dialect::Sqlite) => "text",
            // Sorted by bytes, as on SQLite, whatever the server's language.
            (Type::Text, Dialect::Postgres) => "text collate \"C\"",
            (Type::Int, Dialect::Sqlite) => "integer",
            (Type::Int, Dialect::Postgres) => "bigint",
            (Type::Blob, Dialect::Sqlite) => "blob",
            (Type::Blob, Dialect::Postgres) => "bytea",
        };
        let mut out = format!("{} {ty}", self.name);
        if !self.nullable {
            out.push_str(" not null");
        }
        if let Some(default) = self.default {
            let _ = write!(out, " default {default}");
        }
        if self.unique {
            out.push_str(" unique");
        }
        if let Some(target) = self.references {
            let _ = write!(out, " references {target}");
        }
        out
    }
}

/// Ids, codes, JSON.
pub const fn text(name: &'static str) -> Column {
    Column::new(name, Type::Text)
}

/// Amounts, counts, times, yes and no.
pub const fn int(name: &'static str) -> Column {
    Column::new(name, Type::Int)
}

/// Bytes.
pub const fn blob(name: &'static str) -> Column {
    Column::new(name, Type::Blob)
}

/// An index.
#[derive(Clone, Copy, Debug)]
pub struct Index {
    name: &'static str,
    on: &'static str,
    unique: bool,
    only: Option<&'static str>,
    since: u32,
}

/// An index on these columns.
pub const fn index(name: &'static str, on: &'static str) -> Index {
    Index { name, on, unique: false, only: None, since: 1 }
}

impl Index {
    /// No two rows alike.
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Only of rows that fulfil this.
    pub const fn only(mut self, condition: &'static str) -> Self {
        self.only = Some(condition);
        self
    }

    /// Exists since this schema version.
    pub const fn since(mut self, version: u32) -> Self {
        self.since = version;
        self
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
    /// Its primary key.
    pub key: &'static str,
    /// Small rows live in the key's own tree on SQLite; rows with large texts do not.
    pub large_rows: bool,
    /// Its indexes.
    pub indexes: &'static [Index],
    /// Exists since this schema version.
    pub since: u32,
}

impl Table {
    /// Whether rows of it name rows of another.
    pub(crate) fn refers_to(&self, other: &Self) -> bool {
        let name = |target: &'static str| target.split(' ').next();
        self.columns.iter().filter_map(|column| column.references.and_then(name)).any(|target| target == other.name)
    }

    /// Whether anything beside the key must be unique that one of these columns decides about.
    pub(crate) fn is_unique_by(&self, decides: impl FnMut(&str) -> bool) -> bool {
        let columns = self.columns.iter().filter(|column| column.unique).map(|column| column.name);
        let indexes = self.indexes.iter().filter(|index| index.unique);
        let words =
            indexes.flat_map(|index| [Some(index.on), index.only]).flatten().flat_map(|text| text.split([' ', ',']));
        columns.chain(words).any(decides)
    }

    fn create(&self, version: u32, dialect: Dialect) -> String {
        let columns = self.columns.iter().filter(|c| c.since <= version);
        let lines: Vec<_> = columns.map(|c| format!("  {},\n", c.ddl(dialect))).collect();
        let tail = match (dialect, self.large_rows) {
            (Dialect::Sqlite, false) => " strict, without rowid",
            (Dialect::Sqlite, true) => " strict",
            (Dialect::Postgres, _) => "",
        };
        format!("create table {} (\n{}  primary key ({})\n){tail};\n", self.name, lines.concat(), self.key)
    }
}

/// What a version adds.
pub(crate) enum Change<'t> {
    Table(&'t Table),
    Column(&'t Table, &'t Column),
    Index(&'t Table, &'t Index),
}

impl Change<'_> {
    fn ddl(&self, version: u32, dialect: Dialect) -> String {
        match self {
            Self::Table(table) => table.create(version, dialect),
            Self::Column(table, column) => format!("alter table {} add column {};\n", table.name, column.ddl(dialect)),
            Self::Index(table, index) => {
                let unique = if index.unique { "unique " } else { "" };
                let only = index.only.map(|c| format!(" where {c}")).unwrap_or_default();
                format!("create {unique}index {} on {} ({}){only};\n", index.name, table.name, index.on)
            }
        }
    }

    /// The text for PostgreSQL that finds nothing to do when it is done again.
    pub(crate) fn unless_there(&self, version: u32) -> String {
        let text = self.ddl(version, Dialect::Postgres);
        let word = match self {
            Self::Table(_) => "create table ",
            Self::Column(..) => "add column ",
            Self::Index(..) => "index ",
        };
        text.replacen(word, &format!("{word}if not exists "), 1)
    }
}

/// Everything that a version adds, in an order in which it can be added.
pub(crate) fn changes<'t>(tables: &[&'t Table], version: u32) -> Vec<Change<'t>> {
    let mut changes = Vec::new();
    for table in tables.iter().copied().filter(|t| t.since <= version) {
        if table.since == version {
            changes.push(Change::Table(table));
        } else {
            let columns = table.columns.iter().filter(|c| c.since == version);
            changes.extend(columns.map(|column| Change::Column(table, column)));
        }
        let indexes = table.indexes.iter().filter(|i| i.since.max(table.since) == version);
        changes.extend(indexes.map(|index| Change::Index(table, index)));
    }
    changes
}

/// The text that brings a database from the version before to this one, as it was released.
pub fn migration(tables: &[&Table], version: u32, dialect: Dialect) -> String {
    changes(tables, version).iter().map(|change| change.ddl(version, dialect)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_declaration_gives_both_texts_and_every_step_between_versions() {
        const T: Table = Table {
            name: "t",
            columns: &[text("id"), int("n").null(), blob("b").since(2).default("''")],
            key: "id",
            large_rows: false,
            indexes: &[index("t_n", "n, id").only("n > 0")],
            since: 1,
        };
        assert_eq!(
            migration(&[&T], 1, Dialect::Sqlite),
            "create table t (\n  id text not null,\n  n integer,\n  primary key (id)\n) strict, without rowid;\n\
             create index t_n on t (n, id) where n > 0;\n"
        );
        assert_eq!(migration(&[&T], 2, Dialect::Postgres), "alter table t add column b bytea not null default '';\n");
    }
}
