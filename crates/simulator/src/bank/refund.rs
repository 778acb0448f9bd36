//! Refunds and remittances: taken once per number, moved on by time.

use super::{Bank, DAY, HOUR, Notice, SECOND, Voice};
use crate::behaviour::Behaviour;
use crate::books::{Movement, What};
use serde::{Deserialize, Serialize};

/// Where a refund stands at the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Taken, not final.
    Accepted,
    /// With the payer.
    Arrived,
    /// Final; nothing moved.
    Refused,
    /// Left the merchant, not with the payer.
    Abnormal,
    /// Came back to the merchant.
    Bounced,
    /// A state that is in no document.
    Reversing,
}

/// To whom a remittance goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    /// The account.
    pub account: String,
    /// The name the merchant gave.
    pub name: String,
}

/// A refund; or a remittance, which has a payee and no payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The merchant's number.
    pub no: String,
    /// The payment's number.
    pub payment_no: String,
    /// The transaction it gives back.
    pub payment_ref: String,
    /// To whom, for a remittance.
    pub payee: Option<Payee>,
    /// The channel's number.
    pub channel_ref: String,
    /// How much.
    pub amount_minor: i64,
    /// In which currency.
    pub currency: String,
    /// What the merchant noted on it.
    pub note: String,
    /// When it was taken (µs UTC).
    pub taken_at: i64,
    /// Where it stands.
    pub status: Status,
    /// Since when it stands there (µs UTC).
    pub changed_at: i64,
    /// Whether money is away from the merchant for it.
    pub moved: bool,
    /// How it was chosen to behave.
    pub behaviour: Behaviour,
    /// What happens by itself, soonest first.
    pub(crate) plan: Vec<(i64, Status)>,
}

impl Refund {
    /// When it changes next.
    pub fn next_change(&self) -> Option<i64> {
        self.plan.first().map(|(at, _)| *at)
    }

    /// It counts against what can still be refunded.
    pub fn takes(&self) -> bool {
        !matches!(self.status, Status::Refused | Status::Bounced)
    }
}

/// What a merchant asks for, whatever the wire says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The merchant's number.
    pub no: String,
    /// The payment's number; empty where the wire names the transaction only, and for a remittance.
    pub payment_no: String,
    /// The transaction; empty where the wire names the payment only, and for a remittance.
    pub payment_ref: String,
    /// To whom, for a remittance.
    pub payee: Option<Payee>,
    /// How much.
    pub amount_minor: i64,
    /// What the merchant thinks the payment was, where the wire says it.
    pub total_minor: Option<i64>,
    /// In which currency.
    pub currency: String,
    /// What the merchant notes on it.
    pub note: String,
}

/// How an answer comes to the merchant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// At once and as it is.
    Prompt,
    /// The connection drops.
    Dropped,
    /// A system error is said instead.
    SystemError,
    /// It says "arrived" and has no signature.
    Unsigned,
    /// Later than anybody waits.
    Late,
}

/// Why a refund was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Something in it cannot be.
    Invalid,
    /// The number is known with another content.
    Changed,
    /// No such payment, or nothing was paid.
    PaymentNotFound,
    /// More than is left of the payment.
    TooMuch,
    /// The payer's account is closed, by the answer at once.
    AccountClosed,
    /// No such account for a remittance.
    NoSuchAccount,
    /// The account is in another name.
    OtherName,
    /// Ask again soon.
    Busy,
    /// The merchant's account is short.
    NotEnoughFunds,
    /// Not even recorded: the manner says the rest.
    Lost,
}

/// The answer to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is new, when it was taken or known; or why it was not.
    pub taken: Result<bool, Why>,
    /// How that is said.
    pub manner: Manner,
}

impl Answer {
    fn refused(why: Why) -> Self {
        Self { taken: Err(why), manner: Manner::Prompt }
    }
}

impl Bank {
    /// Lets time pass: whatever refunds do by themselves until `now`.
    pub fn advance(&mut self, now: i64) {
        loop {
            let due = self.refunds.values().filter(|r| r.next_change().is_some_and(|at| at <= now));
            let Some((at, no)) = due.filter_map(|r| Some((r.next_change()?, r.no.clone()))).min() else { return };
            if let Some(refund) = self.refunds.get_mut(&no) {
                let (_, status) = refund.plan.remove(0);
                self.change(&no, status, at);
            }
        }
    }

    /// A refund takes a state: money moves with it, and the merchant is told.
    fn change(&mut self, no: &str, status: Status, at: i64) {
        let Some(refund) = self.refunds.get_mut(no) else { return };
        let leaves = matches!(status, Status::Arrived | Status::Abnormal) && !refund.moved;
        let returns = status == Status::Bounced && refund.moved;
        refund.status = status;
        refund.changed_at = at;
        if leaves || returns {
            refund.moved = leaves;
            let movement = Movement {
                at,
                what: if leaves { What::Left } else { What::CameBack },
                payment_no: refund.payment_no.clone(),
                payment_ref: refund.payment_ref.clone(),
                refund_no: refund.no.clone(),
                amount_minor: refund.amount_minor,
                currency: refund.currency.clone(),
            };
            self.books.movements.push(movement);
        }
        self.tell_of_refund(no, at);
    }

    fn tell_of_refund(&mut self, no: &str, at: i64) {
        let Some(refund) = self.refunds.get(no).cloned() else { return };
        let (delay, copies) = match (refund.behaviour, refund.status) {
            (Behaviour::NoCallback, _) => return,
            (Behaviour::OutOfOrder, Status::Accepted) => (HOUR + 5 * SECOND, 0),
            (Behaviour::LateCallback, Status::Arrived) => (DAY, 0),
            (Behaviour::Duplicates, _) => (0, 2),
            _ => (0, 0),
        };
        if refund.behaviour == Behaviour::Forged && refund.status == Status::Accepted {
            let lie = Refund { status: Status::Refused, ..refund.clone() };
            self.tell(Notice::Refund(lie), at + 60 * SECOND, 0, Voice::Stranger);
            let lie = Refund { status: Status::Arrived, moved: true, ..refund.clone() };
            self.tell(Notice::Refund(lie), at + 120 * SECOND, 0, Voice::Replayed);
        }
        self.tell(Notice::Refund(refund), at + delay, copies, Voice::Channel);
    }

    /// A merchant asks for a refund or a remittance; what it then is, [`Bank::refund`] tells.
    pub fn take(&mut self, mut order: Order, now: i64) -> Answer {
        self.advance(now);
        if let Err(why) = self.complete(&mut order) {
            return Answer::refused(why);
        }
        if let Some(known) = self.refunds.get(&order.no) {
            let same = known.payment_no == order.payment_no
                && known.payment_ref == order.payment_ref
                && known.payee == order.payee
                && known.amount_minor == order.amount_minor
                && known.currency == order.currency;
            if same {
                return Answer { taken: Ok(false), manner: Manner::Prompt };
            }
            self.violation(format!("{}: another content under the same number", order.no));
            return Answer::refused(Why::Changed);
        }
        if let Err(why) = self.check(&order) {
            return Answer::refused(why);
        }
        if !self.sends.contains_key(&order.no)
            && !self.scripted.contains_key(&order.no)
            && let Some(behaviour) = self.next.pop_front()
        {
            self.script(&order.no, behaviour);
        }
        let (first, sends) = *self.sends.entry(order.no.clone()).and_modify(|s| s.1 += 1).or_insert((now, 1));
        let behaviour = self.scripted.get(&order.no).copied();
        let behaviour = behaviour.unwrap_or_else(|| self.chooser.choose(&order.no, order.amount_minor));
        let topped_up = self.topped_up_at.is_some_and(|at| at >= first);
        let lost = |manner| Answer { taken: Err(Why::Lost), manner };
        match behaviour {
            Behaviour::DropLost if sends == 1 => return lost(Manner::Dropped),
            Behaviour::SlowLost if sends == 1 => return lost(Manner::Late),
            Behaviour::ErrorLost if sends == 1 => return lost(Manner::SystemError),
            Behaviour::Busy if sends <= 2 => return Answer::refused(Why::Busy),
            Behaviour::NeedFunds if now < first + DAY && !topped_up => return Answer::refused(Why::NotEnoughFunds),
            _ => {}
        }
        self.record(order, behaviour, now);
        let manner = match behaviour {
            Behaviour::DropMoved => Manner::Dropped,
            Behaviour::ErrorMoved => Manner::SystemError,
            Behaviour::Unsigned => Manner::Unsigned,
            Behaviour::SlowMoved => Manner::Late,
            _ => Manner::Prompt,
        };
        Answer { taken: Ok(true), manner }
    }

    /// Fills in the half of payment number and transaction that the wire did not say.
    fn complete(&self, order: &mut Order) -> Result<(), Why> {
        if order.no.is_empty() || order.amount_minor < 1 {
            return Err(Why::Invalid);
        }
        if order.payee.is_some() {
            return Ok(());
        }
        if order.payment_no.is_empty() {
            let owner = self.payments.values().find(|p| p.transaction(&order.payment_ref).is_some());
            order.payment_no = owner.ok_or(Why::PaymentNotFound)?.no.clone();
        } else if order.payment_ref.is_empty() {
            let first = self.payments.get(&order.payment_no).and_then(|p| p.transactions.first());
            order.payment_ref = first.ok_or(Why::PaymentNotFound)?.channel_ref.clone();
        }
        Ok(())
    }

    fn check(&mut self, order: &Order) -> Result<(), Why> {
        if let Some(payee) = &order.payee {
            return match self.accounts.get(&payee.account) {
                None if self.accounts.is_empty() => Ok(()),
                None => Err(Why::NoSuchAccount),
                Some(name) if *name == payee.name => Ok(()),
                Some(_) => Err(Why::OtherName),
            };
        }
        let payment = self.payments.get(&order.payment_no).filter(|p| p.currency == order.currency);
        let transaction = payment.and_then(|p| p.transaction(&order.payment_ref)).ok_or(Why::PaymentNotFound)?;
        if order.total_minor.is_some_and(|total| total != transaction.amount_minor) {
            return Err(Why::Invalid);
        }
        let others = self.refunds.values().filter(|r| r.payment_ref == order.payment_ref && r.takes());
        let taken: i64 = others.map(|r| r.amount_minor).sum();
        if order.amount_minor > transaction.amount_minor - taken {
            self.violation(format!("{}: more than was paid", order.no));
            return Err(Why::TooMuch);
        }
        Ok(())
    }

    /// Given back of a transaction so far, or on its way: what counts against what can still be refunded.
    pub fn refunded(&self, payment_ref: &str) -> i64 {
        let all = self.refunds.values().filter(|r| r.payment_ref == payment_ref && r.moved);
        all.map(|r| r.amount_minor).sum()
    }

    fn record(&mut self, order: Order, behaviour: Behaviour, now: i64) {
        let (first, plan) = course(behaviour, now);
        let channel_ref = self.own_number('R');
        let refund = Refund {
            no: order.no.clone(),
            payment_no: order.payment_no,
            payment_ref: order.payment_ref,
            payee: order.payee,
            channel_ref,
            amount_minor: order.amount_minor,
            currency: order.currency,
            note: order.note,
            taken_at: now,
            status: first,
            changed_at: now,
            moved: false,
            behaviour,
            plan,
        };
        self.refunds.insert(order.no.clone(), refund);
        self.change(&order.no, first, now);
    }
}

/// The first state of a recorded refund and what follows.
fn course(behaviour: Behaviour, now: i64) -> (Status, Vec<(i64, Status)>) {
    use Status::{Abnormal, Accepted, Arrived, Bounced, Refused, Reversing};
    let hours = |n: i64| now + n * HOUR;
    match behaviour {
        Behaviour::AtOnce
        | Behaviour::DropMoved
        | Behaviour::DropLost
        | Behaviour::ErrorMoved
        | Behaviour::ErrorLost
        | Behaviour::NeedFunds
        | Behaviour::SlowMoved
        | Behaviour::SlowLost
        | Behaviour::Busy => (Arrived, vec![]),
        Behaviour::Later | Behaviour::Forged => (Accepted, vec![(hours(2), Arrived)]),
        Behaviour::Duplicates
        | Behaviour::OutOfOrder
        | Behaviour::Unsigned
        | Behaviour::LateCallback
        | Behaviour::NoCallback => (Accepted, vec![(hours(1), Arrived)]),
        Behaviour::Refused => (Refused, vec![]),
        Behaviour::RefusedLater => (Accepted, vec![(hours(1), Refused)]),
        Behaviour::Abnormal => (Accepted, vec![(hours(1), Abnormal), (hours(72), Arrived)]),
        Behaviour::Bounces => (Arrived, vec![(hours(24), Bounced)]),
        Behaviour::NewStatus => (Reversing, vec![(hours(1), Arrived)]),
        Behaviour::Stalled => (Accepted, vec![(hours(30 * 24), Arrived)]),
    }
}
