use std::fmt;

/// Why a policy is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyError {
    /// The text is not a policy at all.
    Unreadable {
        /// What the reader said, with line and column.
        what: String,
    },
    /// A schema this program does not know.
    Schema {
        /// Its number.
        schema: u32,
    },
    /// Something about the policy as a whole.
    Envelope {
        /// The field.
        field: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A number outside of its range.
    Parameter {
        /// Its name.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// A table as a whole.
    Table {
        /// The table.
        table: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A row of a table.
    Row {
        /// The table.
        table: &'static str,
        /// The row.
        row: String,
        /// What is wrong.
        what: String,
    },
}

impl PolicyError {
    pub(super) fn unreadable(error: serde_json::Error) -> Self {
        Self::Unreadable { what: error.to_string() }
    }

    pub(super) fn envelope(field: &'static str, what: &str) -> Self {
        Self::Envelope { field, what: what.to_owned() }
    }

    pub(super) fn parameter(name: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Parameter { name: name.into(), what: what.into() }
    }

    pub(super) fn table(table: &'static str, what: impl Into<String>) -> Self {
        Self::Table { table, what: what.into() }
    }

    pub(super) fn row(table: &'static str, row: &str, what: impl Into<String>) -> Self {
        Self::Row { table, row: row.to_owned(), what: what.into() }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { what } => write!(f, "policy cannot be read: {what}"),
            Self::Schema { schema } => {
                write!(f, "policy schema {schema} is unknown to this version")
            }
            Self::Envelope { field, what } => write!(f, "policy: `{field}` {what}"),
            Self::Parameter { name, what } => write!(f, "policy parameter `{name}`: {what}"),
            Self::Table { table, what } => write!(f, "policy table `{table}`: {what}"),
            Self::Row { table, row, what } => {
                write!(f, "policy table `{table}`, row `{row}`: {what}")
            }
        }
    }
}

impl std::error::Error for PolicyError {}
