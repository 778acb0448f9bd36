//! Payments whose callback never came: asked about at growing distances, so that nobody pays for nothing (T13). An
//! order that has expired meanwhile gives the money back by itself (R29).

use crate::calls::{About, OutgoingCall, Pending, Room};
use crate::shop::{Failure, PaymentNews, Shop};
use crate::{Jobs, OpenPayment, PAGE};
use std::collections::VecDeque;
use yuanlu_channels::{Channel, Impossible, Op, PaymentWord, Reply};
use yuanlu_domain::ids::{ChannelId, ChannelNumber};
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
            for list in [S::open_payments, S::open_top_ups] {
                let mut after: Option<OpenPayment> = None;
                loop {
                    let page = list(&self.shop, from, before, after.as_ref(), PAGE)?;
                    after = page.last().cloned();
                    if after.is_none() {
                        break;
                    }
                    let known = &mut self.asking.waiting;
                    known.extend(page.into_iter().filter(|p| self.channels.get(&p.channel).is_some()));
                }
            }
        }
        Ok(())
    }

    fn ask_payment(&mut self, payment: OpenPayment, now: Instant) -> Option<OutgoingCall> {
        let op = Op::QueryPayment { no: payment.no.clone(), since: payment.since, prepared: None };
        match self.prepare_question(&payment.channel, &op, now) {
            Ok(request) => Some(self.going_out(payment.channel, op, About::Payment, request, now)),
            Err(NotNow::Later) => {
                self.asking.waiting.push_back(payment);
                None
            }
            Err(NotNow::Never(why)) => {
                tracing::error!(%why, "a payment cannot be asked about");
                None
            }
        }
    }

    /// The request of a call that moves no money, when the channel has room for it; no attempt is stored for it.
    pub(crate) fn prepare_question(
        &mut self,
        channel: &ChannelId,
        op: &Op,
        now: Instant,
    ) -> Result<http::Request<Vec<u8>>, NotNow> {
        let client = self.channels.get(channel).ok_or(NotNow::Never(Impossible::NoSuchOperation))?;
        let breaker = self.breakers.entry(channel.clone()).or_default();
        let paced = self.paced.entry(channel.clone()).or_default();
        if breaker.free_places(now) == 0 || !paced.ready(&client.pace(), op, now) {
            return Err(NotNow::Later);
        }
        let request = client.request(op, now).map_err(NotNow::Never)?;
        paced.said(op, now);
        breaker.taken();
        Ok(request)
    }

    /// Hands out a prepared call.
    pub(crate) fn going_out(
        &mut self,
        channel: ChannelId,
        op: Op,
        about: About,
        request: http::Request<Vec<u8>>,
        now: Instant,
    ) -> OutgoingCall {
        let ticket = self.ticket(Pending::new(channel.clone(), op, about, now));
        OutgoingCall { ticket, channel, request, room: Room::Small }
    }

    /// Tells the shop what an answer about a payment means. The word itself is given back, unless the shop could not keep
    /// it.
    pub(crate) fn payment_answered(
        &mut self,
        channel: &dyn Channel,
        op: &Op,
        reply: &Reply,
        now: Instant,
    ) -> Option<PaymentWord> {
        let word = channel.payment_word(op, reply, now);
        let no = op.no()?;
        let news = match &word {
            PaymentWord::Succeeded { transactions } => {
                let payer = channel.payer_named(op, reply, now).map(PaymentNews::Payer);
                let paid = transactions.iter().map(|(channel_ref, amount)| PaymentNews::Succeeded {
                    channel_ref: channel_ref.clone(),
                    amount: *amount,
                });
                paid.chain(payer).collect()
            }
            PaymentWord::Declined { code } => vec![PaymentNews::Declined { code: code.clone() }],
            PaymentWord::Open | PaymentWord::NotFound | PaymentWord::Unknown { .. } => Vec::new(),
        };
        let mut kept = true;
        for news in news {
            kept &= self.hear(Heard { channel: channel.id().clone(), no: no.clone(), news }, now);
        }
        kept.then_some(word)
    }

    /// Tells the shop; what it cannot store now it is told again. Whether it is stored.
    pub(crate) fn hear(&mut self, heard: Heard, now: Instant) -> bool {
        let Err(failure) = self.shop.hear(&heard.channel, &heard.no, &heard.news, now) else { return true };
        failure.log("news of a payment could not be recorded");
        let broken = matches!(failure, Failure::Broken(_));
        if broken {
            self.unheard.push(heard);
        }
        !broken
    }

    pub(crate) fn hear_again(&mut self, now: Instant) {
        for heard in std::mem::take(&mut self.unheard) {
            self.hear(heard, now);
        }
    }
}

/// What a channel said, and about which payment.
pub(crate) struct Heard {
    pub(crate) channel: ChannelId,
    pub(crate) no: ChannelNumber,
    pub(crate) news: PaymentNews,
}

/// Why a call is not made now.
pub(crate) enum NotNow {
    /// The channel has no room: a moment later.
    Later,
    /// It cannot be said to this channel.
    Never(Impossible),
}
