//! What the program points a person to: conduct that somebody has to judge. A flag alone means nothing.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::sql::Stmt;
use crate::value::Row;
use yuanlu_domain::credit::FlagKind;
use yuanlu_domain::ids::AccountId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "conduct_flag",
    columns: &[
        text("flag_id"),
        text("subject"),
        text("order_id"),
        text("case_id"),
        text("kind"),
        int("at"),
        text("message"),
        text("state"),
        text("by_account").null(),
        int("decided_at").null(),
        text("event_id").null(),
    ],
    key: "flag_id",
    large_rows: false,
    indexes: &[
        index("conduct_flag_open", "flag_id").only("state = 'open'"),
        index("conduct_flag_subject", "subject, flag_id"),
        index("conduct_flag_message", "message, kind").unique().only("message <> ''"),
    ],
    since: 1,
}];

crate::statements! {
    FIND = "select flag_id, subject, order_id, case_id, kind, at, message, state, by_account, decided_at, event_id \
            from conduct_flag where flag_id = $1";
    OPEN = "select flag_id, subject, order_id, case_id, kind, at, message, state, by_account, decided_at, event_id \
            from conduct_flag where state = 'open' and flag_id > $1 order by flag_id limit $2";
    OF = "select flag_id, subject, order_id, case_id, kind, at, message, state, by_account, decided_at, event_id \
          from conduct_flag where subject = $1 order by flag_id desc limit $2";
    COUNT = "select count(*) from conduct_flag where state = 'open'";
    INSERT = "insert into conduct_flag (flag_id, subject, order_id, case_id, kind, at, message, state) \
              values ($1, $2, $3, $4, $5, $6, $7, 'open') on conflict do nothing";
    DECIDE = "update conduct_flag set state = $2, by_account = $3, decided_at = $4, event_id = $5 \
              where flag_id = $1 and state = 'open'";
    MOVE = "update conduct_flag set subject = $2 where subject = $1";
}

/// A new flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFlag {
    /// Its id; sorts by time.
    pub id: String,
    /// Whose conduct: a buyer's party, or `seller:<id>`.
    pub subject: String,
    /// In which order.
    pub order: String,
    /// In which case; empty where in none.
    pub case: String,
    /// What.
    pub kind: FlagKind,
    /// When.
    pub at: Instant,
    /// The text or file it is about, by the id of its row; the text itself stays there.
    pub message: String,
}

/// A flag as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// What was flagged.
    pub new: NewFlag,
    /// `open`, `confirmed` or `dismissed`.
    pub state: String,
    /// Who judged it.
    pub by: Option<AccountId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// The event it became.
    pub event: Option<String>,
}

fn flag(row: &Row<'_>) -> Result<Flag> {
    let kind = row.text(4)?;
    Ok(Flag {
        new: NewFlag {
            id: row.text(0)?,
            subject: row.text(1)?,
            order: row.text(2)?,
            case: row.text(3)?,
            kind: FlagKind::parse(&kind).ok_or_else(|| crate::StorageError::inconsistent("conduct_flag", &kind))?,
            at: row.instant(5)?,
            message: row.text(6)?,
        },
        state: row.text(7)?,
        by: row.opt_text(8)?.map(AccountId::from),
        decided_at: row.opt_instant(9)?,
        event: row.opt_text(10)?,
    })
}

/// A flag.
pub fn find(db: &impl Read, id: &str) -> Result<Option<Flag>> {
    db.query_one(&FIND, &params![id], flag)
}

/// Open flags after an id, the oldest first.
pub fn list_open(db: &impl Read, after: &str, limit: u32) -> Result<Vec<Flag>> {
    db.query(&OPEN, &params![after, limit], flag)
}

/// Flags of somebody, newest first.
pub fn list_of(db: &impl Read, subject: &str, limit: u32) -> Result<Vec<Flag>> {
    db.query(&OF, &params![subject, limit], flag)
}

/// How many are open.
pub fn count_open(db: &impl Read) -> Result<i64> {
    Ok(db.query_one(&COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

/// Raises a flag, in the commit of what it is about; the same kind about the same text is raised once.
pub fn adding(new: &NewFlag) -> Stmt {
    let args = params![&new.id, &new.subject, &new.order, &new.case, new.kind.code(), new.at, &new.message];
    Stmt { sql: &INSERT, args: args.map(crate::Value::into_owned).to_vec(), must_hit: None }
}

/// Judges a flag: it became this event, or nothing. Misses one that was judged before.
pub fn decide(tx: &Tx<'_>, id: &str, by: &AccountId, at: Instant, event: Option<&str>) -> Result<()> {
    let state = if event.is_some() { "confirmed" } else { "dismissed" };
    tx.execute_one(&DECIDE, &params![id, state, by, at, event])
}

/// A guest's flags become those of the account that claimed his order.
pub fn move_to(tx: &Tx<'_>, from: &str, to: &str) -> Result<usize> {
    tx.execute(&MOVE, &params![from, to])
}
