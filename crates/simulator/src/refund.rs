//! Refunds: taken once per number, moved on by time.

use crate::behaviour::Behaviour;
use crate::books::{Movement, What};
use crate::seal::Signer;
use crate::{HOUR, SECOND, Simulator};
use http::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const DAY: i64 = 24 * HOUR;

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

impl Status {
    fn text(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Arrived => "arrived",
            Self::Refused => "refused",
            Self::Abnormal => "abnormal",
            Self::Bounced => "bounced",
            Self::Reversing => "reversing",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Refused => "payer_account_closed",
            Self::Abnormal => "card_closed",
            Self::Bounced => "returned_by_bank",
            Self::Accepted | Self::Arrived | Self::Reversing => "",
        }
    }
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The merchant's number.
    pub no: String,
    /// The payment's number.
    pub payment_no: String,
    /// The transaction it gives back.
    pub payment_ref: String,
    /// The channel's number.
    pub channel_ref: String,
    /// How much.
    pub amount_minor: i64,
    /// In which currency.
    pub currency: String,
    /// Where it stands.
    pub status: Status,
    /// Whether money is away from the merchant for it.
    pub moved: bool,
    /// How it was chosen to behave.
    pub behaviour: Behaviour,
    /// What happens by itself, soonest first.
    plan: Vec<(i64, Status)>,
}

impl Refund {
    /// When it changes next.
    pub fn next_change(&self) -> Option<i64> {
        self.plan.first().map(|(at, _)| *at)
    }

    fn body(&self) -> Value {
        json!({
            "no": self.no,
            "payment_no": self.payment_no,
            "channel_ref": self.channel_ref,
            "status": self.status.text(),
            "code": self.status.code(),
            "moved": self.moved,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
        })
    }

    /// It counts against what can still be refunded.
    fn takes(&self) -> bool {
        !matches!(self.status, Status::Refused | Status::Bounced)
    }
}

#[derive(Deserialize)]
struct Order {
    no: String,
    payment_no: String,
    payment_ref: String,
    amount_minor: i64,
    total_minor: i64,
    currency: String,
    #[serde(default, rename = "reason")]
    _reason: String,
}

fn good_number(no: &str) -> bool {
    (12..=32).contains(&no.len()) && no.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
}

impl Simulator {
    /// Lets time pass: whatever refunds do by themselves until `now`.
    pub(crate) fn advance(&mut self, now: i64) {
        loop {
            let due = self.state.refunds.values().filter(|r| r.next_change().is_some_and(|at| at <= now));
            let Some((at, no)) = due.filter_map(|r| Some((r.next_change()?, r.no.clone()))).min() else { return };
            if let Some(refund) = self.state.refunds.get_mut(&no) {
                let (_, status) = refund.plan.remove(0);
                self.change(&no, status, at);
            }
        }
    }

    /// A refund takes a state: money moves with it, and the merchant is told.
    fn change(&mut self, no: &str, status: Status, at: i64) {
        let Some(refund) = self.state.refunds.get_mut(no) else { return };
        let leaves = matches!(status, Status::Arrived | Status::Abnormal) && !refund.moved;
        let returns = status == Status::Bounced && refund.moved;
        refund.status = status;
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
            self.state.books.movements.push(movement);
        }
        self.tell_merchant(no, at);
    }

    fn tell_merchant(&mut self, no: &str, at: i64) {
        let Some(refund) = self.state.refunds.get(no) else { return };
        let (body, behaviour, status) = (refund.body(), refund.behaviour, refund.status);
        let (delay, copies) = match (behaviour, status) {
            (Behaviour::NoCallback, _) => return,
            (Behaviour::OutOfOrder, Status::Accepted) => (HOUR + 5 * SECOND, 0),
            (Behaviour::LateCallback, Status::Arrived) => (DAY, 0),
            (Behaviour::Duplicates, _) => (0, 2),
            _ => (0, 0),
        };
        if behaviour == Behaviour::Forged && status == Status::Accepted {
            let mut lie = body.clone();
            lie["status"] = json!("refused");
            lie["code"] = json!("payer_account_closed");
            self.queue("refund", &lie, at + 60 * SECOND, 0, Signer::Stranger);
            lie["status"] = json!("arrived");
            lie["moved"] = json!(true);
            self.queue("refund", &lie, at + 120 * SECOND, 0, Signer::Replayed);
        }
        self.queue("refund", &body, at + delay, copies, Signer::Channel);
    }

    /// `POST /v1/refunds`.
    pub(crate) fn take_refund(&mut self, body: &[u8], now: i64) -> Option<Response<Vec<u8>>> {
        let Ok(order) = serde_json::from_slice::<Order>(body) else {
            return Some(self.error(400, "", "invalid", now));
        };
        if let Some(known) = self.state.refunds.get(&order.no) {
            let same = known.payment_no == order.payment_no
                && known.payment_ref == order.payment_ref
                && known.amount_minor == order.amount_minor
                && known.currency == order.currency;
            let body = known.body();
            if same {
                return Some(self.reply(200, &body, now));
            }
            self.state.books.violations.push(format!("{}: another content under the same number", order.no));
            return Some(self.error(409, &order.no, "changed", now));
        }
        if let Err((status, code)) = self.check(&order) {
            return Some(self.error(status, &order.no, code, now));
        }
        if !self.state.sends.contains_key(&order.no)
            && !self.state.scripted.contains_key(&order.no)
            && let Some(behaviour) = self.state.next.pop_front()
        {
            self.script(&order.no, behaviour);
        }
        let (first, sends) = *self.state.sends.entry(order.no.clone()).and_modify(|s| s.1 += 1).or_insert((now, 1));
        let behaviour = self.state.scripted.get(&order.no).copied();
        let behaviour = behaviour.unwrap_or_else(|| self.state.setup.chooser.choose(&order.no, order.amount_minor));
        let topped_up = self.state.topped_up_at.is_some_and(|at| at >= first);
        match behaviour {
            Behaviour::DropLost if sends == 1 => return None,
            Behaviour::ErrorLost if sends == 1 => return Some(self.error(500, &order.no, "system_error", now)),
            Behaviour::Busy if sends <= 2 => return Some(self.error(429, &order.no, "busy", now)),
            Behaviour::NeedFunds if now < first + DAY && !topped_up => {
                return Some(self.error(403, &order.no, "not_enough_funds", now));
            }
            _ => {}
        }
        let no = order.no.clone();
        self.record(order, behaviour, now);
        match behaviour {
            Behaviour::DropMoved => None,
            Behaviour::ErrorMoved => Some(self.error(500, &no, "system_error", now)),
            Behaviour::Unsigned => {
                let mut lie = self.state.refunds[&no].body();
                lie["status"] = json!("arrived");
                lie["moved"] = json!(true);
                Some(Response::new(lie.to_string().into_bytes()))
            }
            _ => Some(self.tell_refund(&no, now)),
        }
    }

    fn check(&mut self, order: &Order) -> Result<(), (u16, &'static str)> {
        if !good_number(&order.no) || order.amount_minor < 1 {
            return Err((400, "invalid"));
        }
        let payment = self.state.payments.get(&order.payment_no).filter(|p| p.currency == order.currency);
        let transaction = payment.and_then(|p| p.transactions.iter().find(|t| t.channel_ref == order.payment_ref));
        let transaction = transaction.ok_or((404, "payment_not_found"))?;
        if transaction.amount_minor != order.total_minor {
            return Err((400, "invalid"));
        }
        let others = self.state.refunds.values().filter(|r| r.payment_ref == order.payment_ref && r.takes());
        let taken: i64 = others.map(|r| r.amount_minor).sum();
        if order.amount_minor > transaction.amount_minor - taken {
            self.state.books.violations.push(format!("{}: more than was paid", order.no));
            return Err((403, "too_much"));
        }
        Ok(())
    }

    fn record(&mut self, order: Order, behaviour: Behaviour, now: i64) {
        let (first, plan) = course(behaviour, now);
        let channel_ref = format!("SIMR{:010}", self.serial());
        let refund = Refund {
            no: order.no.clone(),
            payment_no: order.payment_no,
            payment_ref: order.payment_ref,
            channel_ref,
            amount_minor: order.amount_minor,
            currency: order.currency,
            status: first,
            moved: false,
            behaviour,
            plan,
        };
        self.state.refunds.insert(order.no.clone(), refund);
        self.change(&order.no, first, now);
    }

    /// `GET /v1/refunds/{no}`.
    pub(crate) fn tell_refund(&mut self, no: &str, now: i64) -> Response<Vec<u8>> {
        match self.state.refunds.get(no).map(Refund::body) {
            Some(body) => self.reply(200, &body, now),
            None => self.error(404, no, "not_found", now),
        }
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
