//! What every simulated channel has in common, whatever it speaks: payments, refunds and remittances that behave well
//! or badly, news for the merchant, and the auditor's books. No wire format, no signature, no clock.

mod abnormal;
mod bill;
mod news;
mod refund;

pub use bill::{BillRow, Flaw, Row};
pub use news::{MOST_TRIES, News, Notice, Voice};
pub use refund::{Answer, Manner, Order, Payee, Refund, Status, Why};

use crate::behaviour::{Behaviour, Chooser};
use crate::books::{Books, Movement, What};
use crate::cashier::{CashierError, Choice, Payment, PaymentStatus, Transaction};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// The longest name of a payer account.
const MOST_PAYER: usize = 64;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const HOUR: i64 = 3600 * SECOND;
pub(crate) const DAY: i64 = 24 * HOUR;

/// The state of a simulated channel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bank {
    /// How refunds behave.
    pub chooser: Chooser,
    /// Before the serial number in the channel's own numbers.
    prefix: String,
    /// Numbers with a behaviour of their own.
    scripted: BTreeMap<String, Behaviour>,
    /// How the next new refund numbers will behave, in the order in which they come.
    #[serde(default)]
    next: VecDeque<Behaviour>,
    payments: BTreeMap<String, Payment>,
    refunds: BTreeMap<String, Refund>,
    /// First send and sends so far, by refund number, recorded or not.
    sends: BTreeMap<String, (i64, u32)>,
    news: Vec<News>,
    books: Books,
    /// When the merchant last put money into its account here.
    topped_up_at: Option<i64>,
    /// Names on accounts that exist; when there are none, every account exists and any name is right.
    accounts: BTreeMap<String, String>,
    flaws: Vec<Flaw>,
    serial: u64,
}

impl Bank {
    /// Without any payment. The channel's own numbers begin with `prefix`.
    pub fn new(prefix: &str, chooser: Chooser) -> Self {
        Self {
            chooser,
            prefix: prefix.to_owned(),
            scripted: BTreeMap::new(),
            next: VecDeque::new(),
            payments: BTreeMap::new(),
            refunds: BTreeMap::new(),
            sends: BTreeMap::new(),
            news: Vec::new(),
            books: Books::default(),
            topped_up_at: None,
            accounts: BTreeMap::new(),
            flaws: Vec::new(),
            serial: 0,
        }
    }

    /// A number never given before.
    pub fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// A number of the channel's own: prefix, letter, ten digits.
    pub(crate) fn own_number(&mut self, letter: char) -> String {
        let serial = self.serial();
        format!("{}{letter}{serial:010}", self.prefix)
    }

    /// Fixes how one refund or remittance will behave.
    pub fn script(&mut self, no: &str, behaviour: Behaviour) {
        self.scripted.insert(no.to_owned(), behaviour);
    }

    /// Fixes how the next refund number that is new here will behave; said again, the one after it.
    pub fn script_next(&mut self, behaviour: Behaviour) {
        self.next.push_back(behaviour);
    }

    /// The merchant puts money into its account: refunds that lacked funds can be sent again.
    pub fn top_up(&mut self, now: i64) {
        self.topped_up_at = Some(now);
    }

    /// Makes an account known, in this name.
    pub fn add_account(&mut self, account: &str, name: &str) {
        self.accounts.insert(account.to_owned(), name.to_owned());
    }

    /// What money really did.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// Records what a careful client would never have asked for.
    pub fn violation(&mut self, text: String) {
        self.books.violations.push(text);
    }

    /// A payment by the merchant's number.
    pub fn payment(&self, no: &str) -> Option<&Payment> {
        self.payments.get(no)
    }

    /// Every payment.
    pub fn payments(&self) -> impl Iterator<Item = &Payment> {
        self.payments.values()
    }

    /// A refund or a remittance by the merchant's number.
    pub fn refund(&self, no: &str) -> Option<&Refund> {
        self.refunds.get(no)
    }

    /// Every refund and remittance.
    pub fn refunds(&self) -> impl Iterator<Item = &Refund> {
        self.refunds.values()
    }

    /// When something next happens by itself: a refund moves on or news is due.
    pub fn next_due(&self) -> Option<i64> {
        let refunds = self.refunds.values().filter_map(Refund::next_change);
        refunds.chain(self.news.iter().map(|news| news.due)).min()
    }

    /// Opens a payment, or finds it again; another sum under a known number is refused.
    pub fn open(&mut self, payment: Payment) -> Result<&Payment, CashierError> {
        let known = self.payments.entry(payment.no.clone()).or_insert_with(|| payment.clone());
        if (known.amount_minor, &known.currency) != (payment.amount_minor, &payment.currency) {
            return Err(CashierError::Changed);
        }
        Ok(known)
    }

    /// Closes a payment that nobody has made; says whether it is closed now.
    pub fn close(&mut self, no: &str) -> Option<bool> {
        let payment = self.payments.get_mut(no)?;
        if matches!(payment.status, PaymentStatus::Open | PaymentStatus::Silent | PaymentStatus::Declined) {
            payment.status = PaymentStatus::Closed;
        }
        Some(payment.status == PaymentStatus::Closed)
    }

    /// The payer chooses.
    pub fn choose(&mut self, no: &str, choice: Choice, now: i64) -> Result<(), CashierError> {
        self.choose_as(no, choice, "", now)
    }

    /// The payer chooses, with the account he names; with none, he has one that nobody else uses.
    pub fn choose_as(&mut self, no: &str, choice: Choice, payer: &str, now: i64) -> Result<(), CashierError> {
        self.advance(now);
        let payment = self.payments.get_mut(no).ok_or(CashierError::BadLink)?;
        match payment.status {
            PaymentStatus::Open if now >= payment.pay_until => return Err(CashierError::Expired),
            PaymentStatus::Open => {}
            PaymentStatus::Silent | PaymentStatus::Declined | PaymentStatus::Paid | PaymentStatus::Closed => {
                return Err(CashierError::Finished);
            }
        }
        match choice {
            Choice::Silent => payment.status = PaymentStatus::Silent,
            Choice::Decline => {
                payment.status = PaymentStatus::Declined;
                let notice = Notice::Declined(payment.clone());
                self.tell(notice, now, 0, Voice::Channel);
            }
            Choice::Pay => self.pay(no, payer, now, 0),
            Choice::Late => self.pay(no, payer, now, 2 * HOUR),
            Choice::Twice => {
                self.pay(no, payer, now, 0);
                self.pay(no, payer, now, 0);
            }
        }
        Ok(())
    }

    fn pay(&mut self, no: &str, payer: &str, now: i64, news_after: i64) {
        let named: String = payer.trim().chars().filter(|c| !c.is_control()).take(MOST_PAYER).collect();
        let payer = if named.is_empty() { format!("of {no}") } else { named };
        let channel_ref = self.own_number('P');
        let Some(payment) = self.payments.get_mut(no) else { return };
        let transaction = Transaction { channel_ref, amount_minor: payment.amount_minor, at: now, payer };
        payment.status = PaymentStatus::Paid;
        payment.transactions.push(transaction.clone());
        let payment = payment.clone();
        self.books.movements.push(Movement {
            at: now,
            what: What::PaidIn,
            payment_no: no.to_owned(),
            payment_ref: transaction.channel_ref.clone(),
            refund_no: String::new(),
            amount_minor: transaction.amount_minor,
            currency: payment.currency.clone(),
        });
        self.tell(Notice::Paid(payment, transaction), now + news_after, 0, Voice::Channel);
    }
}
