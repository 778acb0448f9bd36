//! What is compared of each kind of aggregate beside its journal and state.

use super::Report;
use super::books::Books;
use crate::aggregate::Journaled;
use crate::db::Read;
use crate::error::Result;
use crate::{channel_entry, desk, incident, order_file, refund_case, review, seller_account, top_up, wallet};
use yuanlu_domain::desk::DeskFile;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::projection;
use yuanlu_domain::seller_account::SellerAccount;
use yuanlu_domain::top_up::rows;
use yuanlu_domain::wallet::Wallet;
use yuanlu_ledger::Account;

/// An aggregate as the audit sees it.
pub(super) trait Audited: Journaled {
    /// Compares the rows beside its state with it; `differ` is told a check and what is wrong.
    fn check_rows(&self, db: &impl Read, differ: &mut impl FnMut(&'static str, &str)) -> Result<()>;
    /// Says what the books must say of it.
    fn stand_in_books(&self, place: &str, books: &mut Books, report: &mut Report);
}

impl Audited for OrderFile {
    fn check_rows(&self, db: &impl Read, differ: &mut impl FnMut(&'static str, &str)) -> Result<()> {
        if order_file::find_columns(db, &self.order)? != Some(order_file::Columns::of(self)) {
            differ("order_file", "the row beside the state is wrong");
        }
        let mut cases = refund_case::list_of_order(db, &self.order)?;
        // When the row was last written depends on what else changed.
        cases.iter_mut().for_each(|row| row.updated_at = self.last_at);
        let expected = projection::case_rows(self);
        let expected: Vec<_> = expected.iter().map(|row| refund_case::Listed::of(self, row, self.last_at)).collect();
        if cases != expected {
            differ("refund_case", &format!("expected {expected:?}, found {cases:?}"));
        }
        let entries = channel_entry::list_of_owner(db, self.order.as_str())?;
        let expected = yuanlu_domain::bill::channel_entries(self);
        if entries != expected {
            differ("channel_entry", &format!("expected {expected:?}, found {entries:?}"));
        }
        Ok(())
    }

    fn stand_in_books(&self, place: &str, books: &mut Books, report: &mut Report) {
        books.check_order(self, place, report);
    }
}

impl Audited for Wallet {
    fn check_rows(&self, db: &impl Read, differ: &mut impl FnMut(&'static str, &str)) -> Result<()> {
        let expected = (self.held_minor(), self.currency.code().to_owned());
        if wallet::find_balance(db, &self.account)? != Some(expected) {
            differ("wallet", "the row beside the state is wrong");
        }
        let mut expected: Vec<_> = rows(self).iter().map(top_up::Listed::of).collect();
        expected.sort_by(|a, b| a.no.cmp(&b.no));
        if top_up::list_of(db, &self.account)? != expected {
            differ("top_up", "the rows of top-ups are wrong");
        }
        let mut entries = channel_entry::list_of_owner(db, self.account.as_str())?;
        entries.sort_by(|a, b| a.no.cmp(&b.no));
        let mut expected = yuanlu_domain::top_up::channel_entries(self);
        expected.sort_by(|a, b| a.no.cmp(&b.no));
        if entries != expected {
            differ("channel_entry", &format!("expected {expected:?}, found {entries:?}"));
        }
        Ok(())
    }

    fn stand_in_books(&self, _place: &str, books: &mut Books, _report: &mut Report) {
        books.expect(Account::BuyerBalance(self.account.to_string()), self.currency, self.held_minor());
        books.expect(Account::VoucherLiability(self.account.to_string()), self.currency, self.vouchers_minor());
    }
}

impl Audited for SellerAccount {
    fn check_rows(&self, db: &impl Read, differ: &mut impl FnMut(&'static str, &str)) -> Result<()> {
        if seller_account::find_columns(db, &self.seller)? != Some(seller_account::Columns::of(self)) {
            differ("seller_account", "the row beside the state is wrong");
        }
        Ok(())
    }

    fn stand_in_books(&self, _place: &str, books: &mut Books, _report: &mut Report) {
        let owner = || self.seller.to_string();
        books.expect(Account::SellerDeposit(owner()), self.currency, self.deposit_minor);
        books.expect(Account::SellerWithdrawal(owner()), self.currency, self.reserved_minor());
        books.expect_advance(Account::Recourse(owner()), self.currency, self.advance_minor);
    }
}

impl Audited for DeskFile {
    fn check_rows(&self, db: &impl Read, differ: &mut impl FnMut(&'static str, &str)) -> Result<()> {
        if desk::find_columns(db, self.id())? != Some(desk::Columns::of(self)) {
            differ("desk", "the row beside the state is wrong");
        }
        if let Self::Review(written) = self
            && !review::stands(db, written)?
        {
            differ("review_listing", "the rows of a review are wrong");
        }
        if let Self::Incident(found) = self {
            if !incident::is_related(db, found)? {
                differ("incident_run", "the row of the run is wrong");
            }
            // Orders that were written down never change, and there are neither more nor fewer.
            let written = found.forecast.as_ref().map(|forecast| (found.digest.clone(), forecast.orders));
            if written.is_some_and(|written| incident::digest(db, &found.desk).is_ok_and(|rows| rows != written)) {
                differ("incident_item", "other orders than those that were proposed");
            }
        }
        Ok(())
    }

    fn stand_in_books(&self, _place: &str, books: &mut Books, _report: &mut Report) {
        if let Self::Codes(batch) = self {
            books.expect(Account::CodeLiability(batch.desk.to_string()), batch.currency, batch.owed_minor());
        }
    }
}
