//! Payments whose callback never came: asked about at growing distances, so that nobody pays for nothing (T13). An
//! order that has expired meanwhile gives the money back by itself (R29).

use crate::calls::{OutgoingCall, Pending};
use crate::shop::{OpenPayment, Shop};
use crate::{Jobs, MOST_PAGES, PAGE};
use std::collections::BTreeMap;
use yuanlu_channels::{Op, PaymentWord};
use yuanlu_domain::actor::Actor;
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::time::Instant;

/// Minutes after a payment was begun at which the channel is asked: most payers finish within five; the last ones are
/// for orders that have expired meanwhile. What comes later comes with the channel's bill.
const ASKED_AFTER_MINUTES: [i64; 10] = [2, 5, 10, 20, 60, 180, 720, 1450, 2880, 4320];
/// How often open payments are looked for.
const LOOK_SECONDS: i64 = 30;

/// When each open payment was asked about last. Lost with the process, which costs one question each.
#[derive(Default)]
pub(crate) struct Asked {
    at: BTreeMap<ChannelNumber, Instant>,
    looked: Option<Instant>,
}

impl Asked {
    fn is_due(&self, payment: &OpenPayment, now: Instant) -> bool {
        let points = ASKED_AFTER_MINUTES.iter().map(|minutes| payment.since.plus_minutes(*minutes));
        let last_point = points.filter(|point| *point <= now).max();
        last_point.is_some_and(|point| self.at.get(&payment.no).is_none_or(|asked| *asked < point))
    }
}

impl<S: Shop> Jobs<S> {
    /// Asks about open payments. Questions move nothing, so no attempt is stored for them.
    pub(crate) fn ask_payments(&mut self, now: Instant) -> Vec<OutgoingCall> {
        if self.asked.looked.is_some_and(|at| now < at.plus_seconds(LOOK_SECONDS)) {
            return Vec::new();
        }
        self.asked.looked = Some(now);
        // One look more than the last point, for what could not be asked in time.
        let since = now.plus_minutes(-ASKED_AFTER_MINUTES[ASKED_AFTER_MINUTES.len() - 1]).plus_days(-1);
        let mut outgoing = Vec::new();
        let mut after: Option<OpenPayment> = None;
        for _ in 0..MOST_PAGES {
            let page = match self.shop.open_payments(since, after.as_ref(), PAGE) {
                Ok(page) => page,
                Err(failure) => {
                    failure.log("open payments cannot be listed");
                    break;
                }
            };
            let full = page.len() == PAGE;
            after = page.last().cloned();
            outgoing.extend(page.into_iter().filter_map(|payment| self.ask_payment(payment, now)));
            if !full {
                break;
            }
        }
        self.asked.at.retain(|_, asked| *asked > since);
        outgoing
    }

    fn ask_payment(&mut self, payment: OpenPayment, now: Instant) -> Option<OutgoingCall> {
        let channel = self.channels.get(&payment.channel).filter(|_| self.asked.is_due(&payment, now))?;
        let breaker = self.breakers.entry(payment.channel.clone()).or_default();
        if breaker.free_places(now) == 0 {
            return None;
        }
        let op = Op::QueryPayment { no: payment.no.clone() };
        let request = channel.request(&op, now);
        breaker.taken();
        self.asked.at.insert(payment.no, now);
        let pending = Pending::about_payment(payment.order, payment.channel.clone(), op, now);
        Some(OutgoingCall { ticket: self.ticket(pending), channel: payment.channel, request })
    }
}

/// The commands that an answer means; none where nothing is known.
pub(crate) fn commands(pending: &Pending, no: &ChannelNumber, word: PaymentWord) -> Vec<Command> {
    let acts = match word {
        PaymentWord::Succeeded { transactions } => {
            let each = transactions.into_iter();
            each.map(|(channel_ref, amount)| OrderAct::PaymentSucceeded { no: no.clone(), channel_ref, amount })
                .collect()
        }
        PaymentWord::Declined { code } => vec![OrderAct::PaymentDeclined { no: no.clone(), code }],
        PaymentWord::Open | PaymentWord::NotFound | PaymentWord::Unknown { .. } => Vec::new(),
    };
    let by = Actor::Channel { channel: pending.channel.clone() };
    let order = &pending.order;
    acts.into_iter().map(|act| Command { by: by.clone(), act: Act::Order { order: order.clone(), act } }).collect()
}
