//! The audit: are the rows what the journals amount to, and do the books balance?
//!
//! Every journal is read from its first entry: the chain of hashes, the fold of its events, the transfers they mean.
//! What comes out is compared with the stored states, lists, timers, calls, ledger, balances, codes, texts and seals.

mod archived;
mod audited;
mod books;
mod chains;
mod journals;
mod seals;
mod views;

use crate::db::Db;
use crate::error::Result;
use books::Books;
use std::fmt;
use yuanlu_domain::desk::DeskFile;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::seller_account::SellerAccount;
use yuanlu_domain::wallet::Wallet;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which check failed, as a code.
    pub check: &'static str,
    /// Where: the row, or the first bad entry as `kind:id:seq`.
    pub place: String,
    /// What was expected and what is there.
    pub detail: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.check, self.place, self.detail)
    }
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Journals read.
    pub journals: u64,
    /// Entries read.
    pub entries: u64,
    /// Transfers recomputed.
    pub transfers: u64,
    /// Personal texts whose digest was checked.
    pub texts: u64,
    /// Personal texts that were lawfully erased.
    pub erased: u64,
    /// Seals checked.
    pub seals: u64,
    /// Everything that is wrong; empty when all is well.
    pub differences: Vec<Difference>,
}

impl Report {
    fn differ(&mut self, check: &'static str, place: impl fmt::Display, detail: impl fmt::Display) {
        self.differences.push(Difference { check, place: place.to_string(), detail: detail.to_string() });
    }
}

/// Checks only the chains of the journals: that no entry was changed, removed or put elsewhere since it was written, which
/// is the first bad one, and that each ends where its row says. What the entries amount to is not looked at.
///
/// # Errors
/// When the database cannot be read. What it says wrongly is in the report.
pub fn verify_chains(db: &Db, mut progress: impl FnMut(u64)) -> Result<Report> {
    db.snapshot(|reader| {
        let mut report = Report::default();
        chains::check::<OrderFile>(db, reader, &mut report, &mut progress)?;
        archived::check(reader, &mut report)?;
        chains::check::<Wallet>(db, reader, &mut report, &mut progress)?;
        chains::check::<SellerAccount>(db, reader, &mut report, &mut progress)?;
        chains::check::<DeskFile>(db, reader, &mut report, &mut progress)?;
        views::check(reader, &mut report)?;
        Ok(report)
    })
}

/// Checks a whole database as it is at one moment. `seal_key` is the public key of the seals, where it is known;
/// `progress` is told how many entries were read.
///
/// # Errors
/// When the database cannot be read. What it says wrongly is in the report.
pub fn verify(db: &Db, seal_key: Option<&[u8]>, mut progress: impl FnMut(u64)) -> Result<Report> {
    db.snapshot(|reader| {
        let mut report = Report::default();
        let mut books = Books::default();
        journals::check::<OrderFile>(reader, &mut report, &mut books, &mut progress)?;
        archived::check(reader, &mut report)?;
        journals::check::<Wallet>(reader, &mut report, &mut books, &mut progress)?;
        journals::check::<SellerAccount>(reader, &mut report, &mut books, &mut progress)?;
        journals::check::<DeskFile>(reader, &mut report, &mut books, &mut progress)?;
        views::check(reader, &mut report)?;
        journals::count_rows(reader, &mut report, &books)?;
        books.check(reader, &mut report)?;
        seals::check(reader, seal_key, &mut report)?;
        Ok(report)
    })
}
