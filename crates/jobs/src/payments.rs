//! Payments whose callback never came: asked about at growing distances, so that nobody pays for nothing (T13). An
//! order that has expired meanwhile gives the money back by itself (R29).

use crate::calls::{OutgoingCall, Pending, Room};
use crate::shop::{Failure, Shop};
use crate::{Jobs, OpenPayment, PAGE};
use std::collections::VecDeque;
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

/// Which payments are to be asked about. Lost with the process, which costs one question about each open payment.
#[derive(Default)]
pub(crate) struct Asking {
    looked: Option<Instant>,
    waiting: VecDeque<OpenPayment>,
}

/// Spans of beginnings that have come to a point since the last look; after a start, everything that may be asked about.
fn spans(looked: Option<Instant>, now: Instant) -> Vec<(Instant, Instant)> {
    let back = |from: Instant, minutes: i64| from.plus_minutes(-minutes);
    let [first, .., last] = ASKED_AFTER_MINUTES;
    match looked {
        None => vec![(back(now, last), back(now, first))],
        Some(looked) => {
            ASKED_AFTER_MINUTES.iter().map(|minutes| (back(looked, *minutes), back(now, *minutes))).collect()
        }
    }
}

impl<S: Shop> Jobs<S> {
    /// Asks about open payments. Questions move nothing, so no attempt is stored for them.
    pub(crate) fn ask_payments(&mut self, now: Instant) -> Vec<OutgoingCall> {
        if self.asking.looked.is_none_or(|at| now >= at.plus_seconds(LOOK_SECONDS)) {
            match self.find_payments(now) {
                Ok(()) => self.asking.looked = Some(now),
                Err(failure) => failure.log("open payments cannot be listed"),
            }
        }
        let waiting = std::mem::take(&mut self.asking.waiting);
        waiting.into_iter().filter_map(|payment| self.ask_payment(payment, now)).collect()
    }

    fn find_payments(&mut self, now: Instant) -> Result<(), Failure> {
        for (from, before) in spans(self.asking.looked, now) {
            let mut after: Option<OpenPayment> = None;
            loop {
                let page = self.shop.open_payments(from, before, after.as_ref(), PAGE)?;
                after = page.last().cloned();
                if after.is_none() {
                    break;
                }
                let known = &mut self.asking.waiting;
                known.extend(page.into_iter().filter(|p| self.channels.get(&p.channel).is_some()));
            }
        }
        Ok(())
    }

    fn ask_payment(&mut self, payment: OpenPayment, now: Instant) -> Option<OutgoingCall> {
        let channel = self.channels.get(&payment.channel)?;
        let breaker = self.breakers.entry(payment.channel.clone()).or_default();
        if breaker.free_places(now) == 0 {
            self.asking.waiting.push_back(payment);
            return None;
        }
        let op = Op::QueryPayment { no: payment.no.clone(), since: payment.since };
        let paced = self.paced.entry(payment.channel.clone()).or_default();
        if !paced.ready(&channel.pace(), &op, now) {
            self.asking.waiting.push_back(payment);
            return None;
        }
        paced.said(&op, now);
        let request =
            channel.request(&op, now).inspect_err(|why| tracing::error!(%why, "a payment cannot be asked about"));
        let request = request.ok()?;
        breaker.taken();
        let pending = Pending::about_payment(payment.order, payment.channel.clone(), op, now);
        Some(OutgoingCall { ticket: self.ticket(pending), channel: payment.channel, request, room: Room::Small })
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
