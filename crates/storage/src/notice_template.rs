//! Words of messages that an operator changed.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, int, text};
use crate::value::Row;
use yuanlu_domain::ids::AccountId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "notice_template",
    columns: &[
        text("kind"),
        text("way"),
        text("language"),
        text("subject"),
        text("body"),
        text("account_id"),
        int("changed_at"),
    ],
    key: "kind, way, language",
    large_rows: true,
    indexes: &[],
    since: 4,
}];

crate::statements! {
    FIND = "select kind, way, language, subject, body, account_id, changed_at from notice_template \
            where kind = $1 and way = $2 and language = $3";
    LIST = "select kind, way, language, subject, body, account_id, changed_at from notice_template \
            order by kind, way, language";
    PUT = "insert into notice_template (kind, way, language, subject, body, account_id, changed_at) \
           values ($1, $2, $3, $4, $5, $6, $7) on conflict (kind, way, language) do update set \
           subject = excluded.subject, body = excluded.body, account_id = excluded.account_id, \
           changed_at = excluded.changed_at";
    DELETE = "delete from notice_template where kind = $1 and way = $2 and language = $3";
}

/// Changed words: of a mail its subject and body, of a short message the provider's template and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeTemplate {
    /// Of which notices.
    pub kind: String,
    /// `mail` or `sms`.
    pub way: String,
    /// `zh` or `en`.
    pub language: String,
    /// Subject, or the provider's template.
    pub subject: String,
    /// Text, or one value a line.
    pub body: String,
    /// Who changed them.
    pub account: AccountId,
    /// When.
    pub changed_at: Instant,
}

fn template(row: &Row<'_>) -> Result<NoticeTemplate> {
    Ok(NoticeTemplate {
        kind: row.text(0)?,
        way: row.text(1)?,
        language: row.text(2)?,
        subject: row.text(3)?,
        body: row.text(4)?,
        account: row.text(5)?.into(),
        changed_at: row.instant(6)?,
    })
}

/// Changed words, where there are any.
pub fn find(db: &impl Read, kind: &str, way: &str, language: &str) -> Result<Option<NoticeTemplate>> {
    db.query_one(&FIND, &params![kind, way, language], template)
}

/// Everything that was changed.
pub fn list(db: &impl Read) -> Result<Vec<NoticeTemplate>> {
    db.query(&LIST, &[], template)
}

/// Keeps changed words.
pub fn put(tx: &Tx<'_>, new: &NoticeTemplate) -> Result<()> {
    let args = params![&new.kind, &new.way, &new.language, &new.subject, &new.body, &new.account, new.changed_at];
    tx.execute_one(&PUT, &args)
}

/// Goes back to the program's own words; false when nothing was changed.
pub fn delete(tx: &Tx<'_>, kind: &str, way: &str, language: &str) -> Result<bool> {
    Ok(tx.execute(&DELETE, &params![kind, way, language])? == 1)
}
