//! A seller's statement: what the ledger says of his accounts, month by month, on a page and as CSV.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::inputs::StatementQuery;
use crate::lookup::Lookup;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::seller::own_seller;
use crate::views::{MoneyView, StatementLineView, StatementSumView, StatementView};
use std::fmt::Write;
use yuanlu_domain::ids::SellerId;
use yuanlu_domain::time::Instant;
use yuanlu_ledger::Account;
use yuanlu_money::{Currency, Money};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::transfer::{self, StatementLine};
use yuanlu_storage::{Read, account_balance, seller_account};

/// Lines of a page.
const LINES: u32 = 100;
/// How far pages reach; the file has everything.
const MOST_SKIPPED: u32 = 100_000;
/// Lines read at once for a file.
const CHUNK: u32 = 1000;

/// A month of a seller's account.
struct Month {
    account: Account,
    code: &'static str,
    currency: Currency,
    text: String,
    from: Instant,
    until: Instant,
}

impl App {
    /// One page of a month's statement of the shop one works for.
    pub fn own_statement(&self, who: &Principal, query: &StatementQuery) -> Result<StatementView> {
        self.seller_statement(who, &own_seller(who)?, query)
    }

    /// The same month as CSV, whole.
    pub fn own_statement_csv(&self, who: &Principal, query: &StatementQuery) -> Result<String> {
        self.seller_statement_csv(who, &own_seller(who)?, query)
    }

    /// One page of a month's statement.
    pub fn seller_statement(
        &self,
        who: &Principal,
        seller: &SellerId,
        query: &StatementQuery,
    ) -> Result<StatementView> {
        permit(who, Action::ViewSellerAccount, &Object::Shop(seller))?;
        let now = self.now();
        let after = query.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(read_cursor).transpose()?;
        self.db().snapshot(|db| {
            let month = month(db, seller, query, now)?;
            let (opening, sums) = opening(db, &month)?;
            let closing: i64 = opening + sums.iter().map(|sum| sum.amount.minor).sum::<i64>();
            let skipped = after.unwrap_or(0);
            let mut lines = lines(db, &month, skipped, LINES + 1)?;
            let more = lines.len() > LINES as usize;
            lines.truncate(LINES as usize);
            Ok(StatementView {
                seller: Lookup::default().seller(db, seller)?,
                account: month.code,
                before: month_text(month.from.plus_hours(-1)),
                after: (month.until <= now).then(|| month_text(month.until)),
                opening: MoneyView::new(opening, month.currency),
                closing: MoneyView::new(closing, month.currency),
                sums,
                lines: lines.iter().map(|line| line_view(line, &month.account)).collect(),
                next: more.then(|| (skipped + LINES).to_string()),
                month: month.text,
            })
        })
    }

    /// The whole month as CSV, with the balance after every line.
    pub fn seller_statement_csv(&self, who: &Principal, seller: &SellerId, query: &StatementQuery) -> Result<String> {
        permit(who, Action::ViewSellerAccount, &Object::Shop(seller))?;
        let now = self.now();
        self.db().snapshot(|db| {
            let month = month(db, seller, query, now)?;
            let (mut balance, _) = opening(db, &month)?;
            let mut csv = String::from("\u{feff}time,kind,order,amount,balance,currency\r\n");
            let mut after: Option<StatementLine> = None;
            loop {
                let chunk = transfer::statement(db, &month.account, (month.from, month.until), after.as_ref(), CHUNK)?;
                for line in &chunk {
                    let shown = line_view(line, &month.account);
                    balance += shown.amount.minor;
                    let (at, order) = (shown.at.to_rfc3339().to_string(), shown.order.unwrap_or_default());
                    let balance = Money::new(balance, month.currency);
                    let code = month.currency.code();
                    let _ = write!(csv, "{at},{},{order},{},{balance},{code}\r\n", shown.what, shown.amount.text);
                }
                if chunk.len() < CHUNK as usize {
                    return Ok(csv);
                }
                after = chunk.into_iter().last();
            }
        })
    }
}

fn month(db: &impl Read, seller: &SellerId, query: &StatementQuery, now: Instant) -> Result<Month> {
    let owner = || seller.to_string();
    let (code, account) = match query.account.as_deref() {
        None | Some("" | "payable") => ("payable", Account::SellerPayable(owner())),
        Some("deposit") => ("deposit", Account::SellerDeposit(owner())),
        Some("withdrawal") => ("withdrawal", Account::SellerWithdrawal(owner())),
        Some(_) => return Err(AppError::invalid("account", "unknown")),
    };
    let text = match query.month.as_deref().map(str::trim) {
        None | Some("") => month_text(now),
        Some(text) => text.to_owned(),
    };
    let unreadable = AppError::invalid("month", "unreadable");
    let fits = text.len() == 7 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let from = Instant::parse_shanghai(&format!("{text}-01 00:00")).filter(|_| fits).ok_or(unreadable)?;
    // 32 days after its first instant a month is over, and the next one has not ended.
    let until = Instant::parse_shanghai(&format!("{}-01 00:00", month_text(from.plus_days(32))));
    let until = until.ok_or(AppError::invalid("month", "unreadable"))?;
    let stored = seller_account::find(db, seller)?.ok_or(AppError::NotFound)?;
    Ok(Month { account, code, currency: stored.aggregate.currency, text, from, until })
}

fn month_text(at: Instant) -> String {
    let date = at.date();
    format!("{:04}-{:02}", date.year(), date.month())
}

/// What the account stood at when the month began, and what came and went in it.
fn opening(db: &impl Read, month: &Month) -> Result<(i64, Vec<StatementSumView>)> {
    let of = |range| -> Result<Vec<_>> {
        let sums = transfer::sums(db, &month.account, range)?;
        Ok(sums.into_iter().filter(|(_, net)| net.currency() == month.currency).collect())
    };
    let sums: Vec<(_, Money)> = of((month.from, month.until))?;
    let later: i64 = of((month.until, Instant::from_micros(i64::MAX)))?.iter().map(|(_, net)| net.minor()).sum();
    let during: i64 = sums.iter().map(|(_, net)| net.minor()).sum();
    let stands = match &month.account {
        account if account_balance::is_folded(account) => account_balance::find(db, account, month.currency)?,
        account => {
            let stored = seller_account::find(db, &SellerId::from(account.owner().unwrap_or_default()))?;
            stored.map_or(0, |stored| match account {
                Account::SellerDeposit(_) => stored.aggregate.deposit_minor,
                _ => stored.aggregate.reserved_minor(),
            })
        }
    };
    let sums = sums.into_iter().map(|(kind, net)| StatementSumView { what: kind.code(), amount: net.into() });
    Ok((stands - later - during, sums.collect()))
}

/// Lines of a month after the first `skipped`.
fn lines(db: &impl Read, month: &Month, skipped: u32, wanted: u32) -> Result<Vec<StatementLine>> {
    let range = (month.from, month.until);
    let mut found = transfer::statement(db, &month.account, range, None, skipped.saturating_add(wanted))?;
    found.drain(..found.len().min(skipped as usize));
    Ok(found)
}

fn read_cursor(text: &str) -> Result<u32> {
    text.parse().ok().filter(|skipped| *skipped <= MOST_SKIPPED).ok_or(AppError::invalid("cursor", "unreadable"))
}

fn line_view(line: &StatementLine, account: &Account) -> StatementLineView {
    let transfer = &line.posted.transfer;
    let minor = transfer.amount().minor();
    let net = if transfer.credit() == account { minor } else { -minor };
    StatementLineView {
        at: line.posted.at.into(),
        what: transfer.kind().code(),
        amount: MoneyView::new(net, transfer.amount().currency()),
        order: (line.kind == Kind::Order).then(|| line.aggregate_id.clone()),
    }
}
