//! Payments that nobody is to make any more: looked at, closed at their channel, looked at once more. Whoever paid in that
//! moment gets the money back (R29), so nothing here decides anything: it asks, closes, and says what it heard.

use crate::calls::{About, OutgoingCall};
use crate::payments::{Heard, NotNow};
use crate::shop::{PaymentNews, Shop};
use crate::{Jobs, PAGE, PaymentClosing};
use std::collections::VecDeque;
use yuanlu_channels::{Channel, Op, PaymentWord, Reply};
use yuanlu_domain::time::Instant;

/// How often such payments are looked for.
const LOOK_SECONDS: i64 = 5;
/// For so long a closing is ours.
const LEASE_SECONDS: i64 = 300;
/// The shortest and the longest distance between two tries; between them they grow with the age of the payment.
const WAITS: (i64, i64) = (300, 12 * 3600);
/// From this age on nobody can pay under a number that its channel has never heard of, or cannot close: every cashier
/// has closed by itself.
const OVER_HOURS: i64 = 25;

/// How far a closing has come.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    due: PaymentClosing,
    at: At,
    /// What the first look said: the channel did not know it.
    unheard_of: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Look,
    Close,
    LookAgain,
}

/// Closings under way. Lost with the process, which costs a look at each.
#[derive(Default)]
pub(crate) struct Closing {
    looked: Option<Instant>,
    waiting: VecDeque<Stage>,
}

impl<S: Shop> Jobs<S> {
    /// Looks at payments to be closed, and makes the next call about each.
    pub(crate) fn close_payments(&mut self, now: Instant) -> Vec<OutgoingCall> {
        if self.closing.looked.is_none_or(|at| now >= at.plus_seconds(LOOK_SECONDS) || now < at) {
            match self.shop.claim_closings(now, now.plus_seconds(LEASE_SECONDS), PAGE) {
                Ok(claimed) => {
                    self.closing.looked = Some(now);
                    let stages = claimed.into_iter().map(|due| Stage { due, at: At::Look, unheard_of: false });
                    self.closing.waiting.extend(stages);
                }
                Err(failure) => failure.log("payments to be closed cannot be listed"),
            }
        }
        let waiting = std::mem::take(&mut self.closing.waiting);
        waiting.into_iter().filter_map(|stage| self.next_of_closing(stage, now)).collect()
    }

    fn next_of_closing(&mut self, stage: Stage, now: Instant) -> Option<OutgoingCall> {
        let closing = stage.due.closing.clone();
        let (no, since, prepared) = (closing.no, closing.since, stage.due.prepared.clone());
        let op = match stage.at {
            At::Look | At::LookAgain => Op::QueryPayment { no, since, prepared },
            At::Close => Op::ClosePayment { no, since, prepared },
        };
        match self.prepare_question(&closing.channel, &op, now) {
            Ok(request) => Some(self.going_out(closing.channel, op, About::Closing(stage), request, now)),
            Err(NotNow::Later) => {
                self.closing.waiting.push_back(stage);
                None
            }
            Err(NotNow::Never(_)) => {
                // This channel closes nothing for us; its cashiers close by themselves.
                if is_over(&stage, now) && stage.at == At::Close {
                    self.closed(&stage, now)
                } else {
                    self.postpone(&stage, now)
                }
                None
            }
        }
    }

    /// Goes on with a closing.
    pub(crate) fn closing_answered(
        &mut self,
        channel: &dyn Channel,
        op: &Op,
        stage: Stage,
        reply: &Reply,
        now: Instant,
    ) {
        let word = match stage.at {
            At::Close => channel.payment_word(op, reply, now),
            // A payment that could not be stored must not count as closed.
            At::Look | At::LookAgain => match self.payment_answered(channel, op, reply, now) {
                Some(word) => word,
                None => return self.postpone(&stage, now),
            },
        };
        let over = is_over(&stage, now);
        match (stage.at, word) {
            (At::Look | At::LookAgain, PaymentWord::Succeeded { .. }) => self.closed(&stage, now),
            (At::Look, PaymentWord::Open | PaymentWord::Declined { .. }) => self.go_on(stage, At::Close, false),
            (At::Look, PaymentWord::NotFound) if over => self.closed(&stage, now),
            (At::Look, PaymentWord::NotFound) => self.go_on(stage, At::Close, true),
            // Whatever closing answered, the second look tells: closed, or paid in that very moment.
            (At::Close, _) => {
                let unheard_of = stage.unheard_of;
                self.go_on(stage, At::LookAgain, unheard_of);
            }
            (At::LookAgain, PaymentWord::NotFound) if over || !stage.unheard_of => self.closed(&stage, now),
            (At::LookAgain, PaymentWord::Open | PaymentWord::Declined { .. }) if over => self.closed(&stage, now),
            (At::Look | At::LookAgain, _) => self.postpone(&stage, now),
        }
    }

    fn go_on(&mut self, stage: Stage, at: At, unheard_of: bool) {
        self.closing.waiting.push_back(Stage { at, unheard_of, ..stage });
    }

    fn closed(&mut self, stage: &Stage, now: Instant) {
        let closing = &stage.due.closing;
        let heard = Heard { channel: closing.channel.clone(), no: closing.no.clone(), news: PaymentNews::Closed };
        self.hear(heard, now);
    }

    fn postpone(&self, stage: &Stage, now: Instant) {
        let age = now.micros_since(stage.due.closing.since) / 1_000_000;
        let until = now.plus_seconds(age.clamp(WAITS.0, WAITS.1));
        if let Err(failure) = self.shop.postpone_closing(&stage.due, until) {
            failure.log("a payment's closing could not be put off");
        }
    }
}

fn is_over(stage: &Stage, now: Instant) -> bool {
    now >= stage.due.closing.since.plus_hours(OVER_HOURS)
}
