//! What is compared of each kind of aggregate beside its journal and state.

use super::Report;
use super::books::Books;
use crate::aggregate::Journaled;
use crate::db::Read;
use crate::error::Result;
use crate::{desk, order_file, refund_case, seller_account, wallet};
use yuanlu_domain::desk::DeskFile;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::projection;
use yuanlu_domain::seller_account::SellerAccount;
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
        Ok(())
    }

    fn stand_in_books(&self, _place: &str, books: &mut Books, _report: &mut Report) {
        books.expect(Account::BuyerBalance(self.account.to_string()), self.currency, self.held_minor());
        books.expect(Account::VoucherLiability(self.account.to_string()), self.currency, self.vouchers_minor());
    }
}

impl Audited for SellerAccount {
    fn check_rows(&self, db: &impl Read, differ: &mut impl FnMut(&'static str, &str)) -> Result<()> {
        if seller_account::find_deposit(db, &self.seller)? != Some(self.deposit_minor) {
            differ("seller_account", "the row beside the state is wrong");
        }
        Ok(())
    }

    fn stand_in_books(&self, _place: &str, books: &mut Books, _report: &mut Report) {
        books.expect(Account::SellerDeposit(self.seller.to_string()), self.currency, self.deposit_minor);
    }
}

impl Audited for DeskFile {
    fn check_rows(&self, db: &impl Read, differ: &mut impl FnMut(&'static str, &str)) -> Result<()> {
        if desk::find_columns(db, self.id())? != Some(desk::Columns::of(self)) {
            differ("desk", "the row beside the state is wrong");
        }
        Ok(())
    }

    fn stand_in_books(&self, _place: &str, _books: &mut Books, _report: &mut Report) {}
}
