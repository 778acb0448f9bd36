//! The rules of Yuanlu: what an order file is, who may do what when, and what follows from it.
//!
//! Everything here is pure. [`decide()`] turns aggregates and a command into events or a [`Refusal`];
//! [`evolve`](order_file::OrderFile::evolve) is the only way an aggregate changes; [`bookkeeping`] says which
//! ledger transfers an event means; [`projection`] says which rows, timers and calls a state amounts to.
//! Deliberately absent: clocks, randomness, SQL, HTTP, threads. Time, ids and looked-up facts come in through
//! [`Context`].

pub mod actor;
pub mod admission;
pub mod bill;
pub mod bill_day;
pub mod bill_exception;
pub mod bookkeeping;
pub mod calendar;
pub mod case;
pub mod catalogue;
pub mod code_batch;
pub mod code_probe;
pub mod command;
pub mod conduct;
pub mod conversation;
pub mod credit;
pub mod decide;
pub mod desk;
pub mod event;
pub mod figures;
pub mod hearing;
pub mod ids;
pub mod incident;
pub mod offer;
pub mod order_file;
pub mod outside_complaint;
pub mod outside_payment;
pub mod panel;
pub mod payout;
pub mod policy;
pub mod projection;
pub mod rate;
pub mod refusal;
pub mod remedy;
pub mod review;
pub mod route;
pub mod seller_account;
pub mod seller_rule;
pub mod stock;
pub mod support_hours;
pub mod thread;
pub mod time;
pub mod tip_off;
pub mod top_up;
pub mod turn;
pub mod wallet;
pub mod withdrawal;

pub use actor::{Actor, Party, Role};
pub use command::Command;
pub use decide::{Aggregates, Context, decide};
pub use event::Event;
pub use refusal::Refusal;
