//! The only crate that speaks SQL. [`Db`] hides the engine: a file of SQLite, or a PostgreSQL server.
//!
//! A noun is a module: its tables, its statements, and functions over [`Read`] (a [`Reader`] or a transaction) or
//! [`Tx`]. To add one: write the module with `TABLES` and [`statements!`], and name it in `NOUNS` below. Deliberately absent: rules, clocks, async.

pub mod account;
pub mod account_balance;
pub mod aggregate;
pub mod agreement;
pub mod ahead;
pub mod archive;
mod argument;
mod aside;
pub mod attachment;
pub mod attempt;
pub mod audit;
pub mod bill;
pub mod cashier;
pub mod channel_entry;
pub mod code_probe;
pub mod commit_mark;
pub mod conduct_flag;
mod connection;
pub mod contact;
pub mod copy;
pub mod credit_event;
pub mod day_rate;
pub mod day_tally;
pub mod db;
pub mod desk;
pub mod desk_access;
pub mod dispatch;
pub mod draft;
pub mod error;
pub mod evidence;
pub mod evidence_copy;
pub mod finding;
pub mod guest_access;
pub mod idempotency;
pub mod incident;
pub mod journal;
pub mod listing_hold;
pub mod location;
pub mod merkle;
pub mod meta;
pub mod migrate;
pub mod notice;
pub mod notice_choice;
pub mod notice_template;
pub mod order_file;
pub mod organisation;
pub mod outbox;
pub mod outside_complaint;
pub mod paper;
pub mod payer;
pub mod personal;
pub mod picture;
pub mod planned_notice;
pub mod policy;
mod postgres;
pub mod product;
mod reach;
pub mod redemption_code;
pub mod refund_case;
pub mod review;
pub mod schema;
pub mod seal;
pub mod seat;
pub mod seller;
pub mod seller_account;
pub mod seller_rank;
pub mod seller_rule;
pub mod sent;
pub mod session;
pub mod setting;
pub mod sql;
pub mod sqlite;
pub mod stock;
pub mod stock_alert;
pub mod tally;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod timer;
pub mod top_up;
pub mod transfer;
pub mod unmatched;
pub mod value;
pub mod verify;
pub mod view_log;
mod waiting;
pub mod wallet;
pub mod webhook;
mod writer;
mod writes;

pub use db::{Db, Read, Reader, Tx, Writer};
pub use error::{Result, StorageError};
pub use location::Location;
pub use meta::{Born, Meta};
pub use sql::{Sql, Stmt};
pub use value::{Row, Value};

/// Tables and statements of one noun.
pub(crate) struct Noun {
    pub(crate) tables: &'static [schema::Table],
    pub(crate) statements: &'static [&'static Sql],
}

macro_rules! nouns {
    ($($noun:ident),* $(,)?) => {
        /// Every noun; a referenced table comes before the tables that refer to it.
        pub(crate) static NOUNS: &[Noun] = &[$(Noun { tables: $noun::TABLES, statements: $noun::ALL }),*];
        #[cfg(test)]
        const NOUN_NAMES: &[&str] = &[$(stringify!($noun)),*];
    };
}
nouns![
    meta,
    commit_mark,
    setting,
    day_rate,
    seller,
    organisation,
    account,
    seat,
    product,
    code_probe,
    session,
    attempt,
    evidence,
    evidence_copy,
    attachment,
    finding,
    picture,
    draft,
    view_log,
    audit,
    cashier,
    guest_access,
    unmatched,
    payer,
    credit_event,
    conduct_flag,
    listing_hold,
    order_file,
    wallet,
    top_up,
    seller_account,
    desk,
    desk_access,
    redemption_code,
    incident,
    outside_complaint,
    channel_entry,
    bill,
    journal,
    archive,
    personal,
    refund_case,
    tally,
    timer,
    outbox,
    paper,
    transfer,
    account_balance,
    stock,
    stock_alert,
    seller_rule,
    idempotency,
    notice,
    notice_choice,
    notice_template,
    planned_notice,
    contact,
    dispatch,
    webhook,
    policy,
    seal,
    review,
    day_tally,
    seller_rank,
    agreement
];

/// Every table, in an order in which they can be created.
pub(crate) fn tables() -> Vec<&'static schema::Table> {
    NOUNS.iter().flat_map(|noun| noun.tables).collect()
}

/// Every statement of the program.
pub fn all_statements() -> impl Iterator<Item = &'static Sql> {
    NOUNS.iter().flat_map(|noun| noun.statements.iter().copied())
}

#[cfg(test)]
mod tests;
