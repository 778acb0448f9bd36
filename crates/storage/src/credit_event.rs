//! Conduct of buyers and sellers as dated events (R23), each with its reason, its appeal, and who judged it. An event is
//! never deleted: what was wrong is reversed.

use crate::db::{Read, Tx};
use crate::error::Result;
use crate::params;
use crate::schema::{Table, index, int, text};
use crate::sql::Stmt;
use crate::value::Row;
use yuanlu_domain::credit::{Counted, Ground, Standing};
use yuanlu_domain::ids::AccountId;
use yuanlu_domain::time::Instant;

pub(crate) const TABLES: &[Table] = &[Table {
    name: "credit_event",
    columns: &[
        text("event_id"),
        text("subject"),
        int("at"),
        int("points"),
        text("reason"),
        text("case_id"),
        text("by_account").null(),
        text("words"),
        int("until").null(),
        text("state"),
        int("appeal_until"),
        int("appealed_at").null(),
        text("appeal_words").null(),
        int("due").null(),
        int("judged_at").null(),
        text("judged_by").null(),
        text("verdict").null(),
    ],
    key: "event_id",
    large_rows: true,
    indexes: &[
        index("credit_event_subject", "subject, at"),
        // The same reason in the same case counts once, unless it was reversed.
        index("credit_event_once", "subject, reason, case_id").unique().only("case_id <> '' and state <> 'reversed'"),
        index("credit_event_case", "case_id").only("case_id <> ''"),
        index("credit_event_appeal", "due, event_id").only("state = 'appealed'"),
        index("credit_event_block", "subject, until").only("until is not null"),
    ],
    since: 1,
}];

crate::statements! {
    FIND = "select event_id, subject, at, points, reason, case_id, by_account, words, until, state, appeal_until, \
            appealed_at, appeal_words, due, judged_at, judged_by, verdict from credit_event where event_id = $1";
    LIST = "select event_id, subject, at, points, reason, case_id, by_account, words, until, state, appeal_until, \
            appealed_at, appeal_words, due, judged_at, judged_by, verdict from credit_event \
            where subject = $1 and at >= $2 order by at desc, event_id desc limit $3";
    APPEALS = "select event_id, subject, at, points, reason, case_id, by_account, words, until, state, appeal_until, \
               appealed_at, appeal_words, due, judged_at, judged_by, verdict from credit_event \
               where state = 'appealed' and due > $1 and (due > $2 or (due = $2 and event_id > $3)) \
               order by due, event_id limit $4";
    BLOCKS = "select event_id, subject, at, points, reason, case_id, by_account, words, until, state, appeal_until, \
              appealed_at, appeal_words, due, judged_at, judged_by, verdict from credit_event \
              where subject {in $1} and until is not null and until > $2 and state <> 'reversed' \
              and (due is null or due > $2 or state <> 'appealed') order by until desc";
    CLAIMS = "select subject, at from credit_event where subject {in $1} and at >= $2 \
              and reason in ('forged_claim', 'disproved_claim') and state <> 'reversed' \
              and (state <> 'appealed' or due > $3)";
    INSERT = "insert into credit_event (event_id, subject, at, points, reason, case_id, by_account, words, until, state, \
              appeal_until) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'standing', $10) on conflict do nothing";
    APPEAL = "update credit_event set state = 'appealed', appealed_at = $2, appeal_words = $3, due = $4 \
              where event_id = $1 and state = 'standing' and appealed_at is null";
    JUDGE = "update credit_event set state = $2, judged_at = $3, judged_by = $4, verdict = $5 \
             where event_id = $1 and state = $6";
    REVERSE = "update credit_event set state = 'reversed', judged_at = $3 \
               where case_id = $1 and reason {in $2} and state <> 'reversed'";
    OF_CASES = "select distinct case_id from credit_event where case_id {in $1} and case_id <> '' and state <> 'reversed'";
    MOVE = "update credit_event set subject = $2 where subject = $1";
}

/// A new event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Its id.
    pub id: String,
    /// Whose: a buyer's party, or `seller:<id>`.
    pub subject: String,
    /// When.
    pub at: Instant,
    /// How much it takes.
    pub points: i64,
    /// Why.
    pub ground: Ground,
    /// In which case; empty where in none.
    pub case: String,
    /// Who found it; absent where the program saw it by itself.
    pub by: Option<AccountId>,
    /// In which words.
    pub words: String,
    /// Of a block: the first instant at which it is over.
    pub until: Option<Instant>,
    /// The first instant at which an appeal is too late.
    pub appeal_until: Instant,
}

/// An event as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditEvent {
    /// What was recorded.
    pub new: NewEvent,
    /// Where it stands.
    pub standing: Standing,
    /// When it was appealed.
    pub appealed_at: Option<Instant>,
    /// In which words.
    pub appeal_words: Option<String>,
    /// When it was judged.
    pub judged_at: Option<Instant>,
    /// By whom; absent where the decision of the case turned.
    pub judged_by: Option<AccountId>,
    /// In which words.
    pub verdict: Option<String>,
}

impl CreditEvent {
    /// As much of it as counting needs.
    pub fn counted(&self) -> Counted {
        Counted { at: self.new.at, points: self.new.points, standing: self.standing }
    }
}

fn event(row: &Row<'_>) -> Result<CreditEvent> {
    let reason = row.text(4)?;
    let state = row.text(9)?;
    let unfit = |what: &str| crate::StorageError::inconsistent("credit_event", what);
    Ok(CreditEvent {
        new: NewEvent {
            id: row.text(0)?,
            subject: row.text(1)?,
            at: row.instant(2)?,
            points: row.int(3)?,
            ground: Ground::parse(&reason).ok_or_else(|| unfit(&reason))?,
            case: row.text(5)?,
            by: row.opt_text(6)?.map(AccountId::from),
            words: row.text(7)?,
            until: row.opt_instant(8)?,
            appeal_until: row.instant(10)?,
        },
        standing: match state.as_str() {
            "standing" => Standing::Standing,
            "appealed" => Standing::Appealed { due: row.opt_instant(13)?.ok_or_else(|| unfit("due"))? },
            "upheld" => Standing::Upheld,
            "reversed" => Standing::Reversed,
            other => return Err(unfit(other)),
        },
        appealed_at: row.opt_instant(11)?,
        appeal_words: row.opt_text(12)?,
        judged_at: row.opt_instant(14)?,
        judged_by: row.opt_text(15)?.map(AccountId::from),
        verdict: row.opt_text(16)?,
    })
}

/// An event.
pub fn find(db: &impl Read, id: &str) -> Result<Option<CreditEvent>> {
    db.query_one(&FIND, &params![id], event)
}

/// Events of somebody since an instant, newest first.
pub fn list(db: &impl Read, subject: &str, since: Instant, limit: u32) -> Result<Vec<CreditEvent>> {
    db.query(&LIST, &params![subject, since, limit], event)
}

/// The same of several, in their order.
pub fn list_each(db: &impl Read, subjects: &[String], since: Instant, limit: u32) -> Result<Vec<Vec<CreditEvent>>> {
    let lists: Vec<_> = subjects.iter().map(|subject| params![subject, since, limit].to_vec()).collect();
    db.query_each(&LIST, &lists, event)
}

/// Events that wait for somebody to judge their appeal, the first due first, after a due instant and id.
pub fn list_appeals(db: &impl Read, now: Instant, after: (Instant, &str), limit: u32) -> Result<Vec<CreditEvent>> {
    db.query(&APPEALS, &params![now, after.0, after.1, limit], event)
}

/// Blocks of these that stand now, the longest first.
pub fn blocks(db: &impl Read, subjects: &[&str], now: Instant) -> Result<Vec<CreditEvent>> {
    db.query(&BLOCKS, &[crate::Value::list(subjects), now.into()], event)
}

/// When claims of these buyers were found forged or disproved since an instant, as far as it stands (R23).
pub fn list_bad_claims(
    db: &impl Read,
    subjects: &[&str],
    since: Instant,
    now: Instant,
) -> Result<Vec<(String, Instant)>> {
    let args = [crate::Value::list(subjects), since.into(), now.into()];
    db.query(&CLAIMS, &args, |row| Ok((row.text(0)?, row.instant(1)?)))
}

/// Records an event; the same reason in the same case counts once.
pub fn insert(tx: &Tx<'_>, new: &NewEvent) -> Result<bool> {
    Ok(tx.run(&adding(new))? == 1)
}

/// Appeals an event. Misses one that was appealed before, or reversed.
pub fn appeal(tx: &Tx<'_>, id: &str, at: Instant, words: &str, due: Instant) -> Result<()> {
    tx.execute_one(&APPEAL, &params![id, at, words, due])
}

/// What a person says of an event.
#[derive(Clone, Copy, Debug)]
pub struct Verdict<'a> {
    /// It stands, or is reversed.
    pub upheld: bool,
    /// When.
    pub at: Instant,
    /// Who.
    pub by: &'a AccountId,
    /// In which words.
    pub words: &'a str,
}

/// Judges an event that stands as `before`. Misses one that somebody judged in between.
pub fn judge(tx: &Tx<'_>, id: &str, before: Standing, verdict: &Verdict<'_>) -> Result<()> {
    let state = if verdict.upheld { "upheld" } else { "reversed" };
    tx.execute_one(&JUDGE, &params![id, state, verdict.at, verdict.by, verdict.words, code(before)])
}

/// Those of these cases in which something was found that still counts.
pub fn cases_with_events<'c>(db: &impl Read, cases: impl IntoIterator<Item = &'c str>) -> Result<Vec<String>> {
    db.query(&OF_CASES, &[crate::Value::list(cases)], |row| row.text(0))
}

/// Reverses what a decision of a case had found, for the case was decided otherwise.
pub fn reverse(tx: &Tx<'_>, case: &str, grounds: &[Ground], at: Instant) -> Result<usize> {
    let codes: Vec<&str> = grounds.iter().map(|ground| ground.code()).collect();
    tx.execute(&REVERSE, &[case.into(), crate::Value::list(codes), at.into()])
}

/// A guest's events become those of the account that claimed his order.
pub fn move_to(tx: &Tx<'_>, from: &str, to: &str) -> Result<usize> {
    tx.execute(&MOVE, &params![from, to])
}

/// The stored word for where an event stands.
pub fn code(standing: Standing) -> &'static str {
    match standing {
        Standing::Standing => "standing",
        Standing::Appealed { .. } => "appealed",
        Standing::Upheld => "upheld",
        Standing::Reversed => "reversed",
    }
}

/// Records an event, in the commit of something else.
pub fn adding(new: &NewEvent) -> Stmt {
    let args = params![
        &new.id,
        &new.subject,
        new.at,
        new.points,
        new.ground.code(),
        &new.case,
        new.by.as_ref(),
        &new.words,
        new.until,
        new.appeal_until,
    ];
    Stmt { sql: &INSERT, args: args.map(crate::Value::into_owned).to_vec(), must_hit: None }
}
