//! Stories: text files that say what there is, who does what at which moment, and what is expected then (`yuanlu story`).
//!
//! [`Story::parse`] reads one and names every mistake; [`Story::play`] plays it on a fresh platform of its own, through
//! the same use cases, engine, jobs and simulated channels as everything else, and reports each expectation with what
//! really happened. `docs/stories.md` teaches the language; its words stand in `vocabulary`, each in one row.
//!
//! Deliberately absent: files, printing and threads. Whoever runs stories reads and shows them.

mod admissions;
mod cases;
mod clock;
mod codes;
mod conduct;
mod form;
mod funds;
mod goods;
mod grammar;
mod hearings;
mod incidents;
mod issuers;
mod line;
mod look;
mod mistake;
mod orders;
mod outside;
mod play;
mod routes;
mod staff;
mod stage;
mod support;
mod tip_offs;
mod value;
mod vocabulary;

pub use grammar::Story;
pub use mistake::Mistake;
pub use play::{Finding, Report, Verdict};
pub use vocabulary::reference;
