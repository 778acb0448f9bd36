//! Payers whose channel must be asked how they get to its cashier: the call is made, and its answer kept for their page.
//! Asked again, whoever asks and however often, it is the same number and the same content, so that the channel prepares
//! one payment.

use crate::calls::{About, OutgoingCall};
use crate::payments::NotNow;
use crate::shop::Shop;
use crate::{CashierAnswer, DueAsk, Jobs, PAGE, Way};
use yuanlu_channels::callback::{Cashier, PaymentOp, Scene};
use yuanlu_channels::{CashierWord, Channel, Op, Reply};
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::time::Instant;

/// For so long an ask is ours; somebody waits before a page, so it is short.
const LEASE_SECONDS: i64 = 20;
/// The longest distance between two tries.
const MOST_WAIT_SECONDS: i64 = 60;
/// While a channel is cut off, it is looked at again after this.
const CUT_OFF_SECONDS: i64 = 5;

impl<S: Shop> Jobs<S> {
    /// Asks on behalf of payers. Nothing moves yet, so no attempt is stored.
    pub(crate) fn ask_cashiers(&mut self, now: Instant) -> Vec<OutgoingCall> {
        let claimed = match self.shop.claim_asks(now, now.plus_seconds(LEASE_SECONDS), PAGE) {
            Ok(claimed) => claimed,
            Err(failure) => {
                failure.log("payers' channels cannot be listed");
                return Vec::new();
            }
        };
        claimed.into_iter().filter_map(|ask| self.ask_cashier(&ask, now)).collect()
    }

    fn ask_cashier(&mut self, due: &DueAsk, now: Instant) -> Option<OutgoingCall> {
        let op = Op::Pay(payment_op(due));
        match self.prepare_question(&due.channel, &op, now) {
            Ok(request) => Some(self.going_out(due.channel.clone(), op, About::Cashier(due.tries), request, now)),
            Err(NotNow::Later) => {
                // The payer is told that it may take longer; a channel that is only busy has him wait for the lease.
                if self.is_cut_off(&due.channel) {
                    let code = "cut_off".to_owned();
                    self.keep(&due.no, CashierAnswer::Later { code, due: now.plus_seconds(CUT_OFF_SECONDS) });
                }
                None
            }
            Err(NotNow::Never(why)) => {
                self.keep(&due.no, CashierAnswer::Refused { code: why.code().to_owned() });
                None
            }
        }
    }

    /// Keeps what the channel answered.
    pub(crate) fn cashier_answered(&mut self, channel: &dyn Channel, op: &Op, tries: u32, reply: &Reply, now: Instant) {
        let Op::Pay(payment) = op else { return };
        let expires_at = now.plus_seconds(channel.cashier_seconds(payment.scene)).min(payment.pay_until);
        let ready = |way, reference| CashierAnswer::Ready { way, reference, expires_at };
        let answer = match channel.cashier_word(payment, reply, now) {
            CashierWord::Ready(Cashier::Link(url), name) => ready(Way::Link(url), name),
            CashierWord::Ready(Cashier::Qr(text), name) => ready(Way::Qr(text), name),
            CashierWord::Ready(Cashier::Form { action, fields }, name) => ready(Way::Form(action, fields), name),
            CashierWord::Ready(Cashier::Ask, _) => CashierAnswer::Refused { code: "no_way".to_owned() },
            CashierWord::Ready(Cashier::Closed(why), _) => CashierAnswer::Refused { code: why.code().to_owned() },
            CashierWord::Refused { code } => CashierAnswer::Refused { code },
            CashierWord::Unknown { code } => {
                let wait = 1_i64.checked_shl(tries.min(6)).unwrap_or(MOST_WAIT_SECONDS).min(MOST_WAIT_SECONDS);
                CashierAnswer::Later { code, due: now.plus_seconds(wait) }
            }
        };
        if let CashierAnswer::Refused { code } | CashierAnswer::Later { code, .. } = &answer {
            tracing::warn!(channel = %channel.id(), code, "a channel gave no way to its cashier");
        }
        self.keep(&payment.no, answer);
    }

    /// What cannot be kept is asked for again when the lease has ended.
    fn keep(&self, no: &ChannelNumber, answer: CashierAnswer) {
        if let Err(failure) = self.shop.cashier_answered(no, answer) {
            failure.log("a way to a cashier could not be kept");
        }
    }
}

fn payment_op(due: &DueAsk) -> PaymentOp {
    let ask = &due.ask;
    PaymentOp {
        no: due.no.clone(),
        amount: ask.amount,
        subject: ask.subject.clone(),
        return_url: ask.return_url.clone(),
        pay_until: ask.pay_until,
        since: ask.since,
        scene: Scene::parse(&ask.scene).unwrap_or_default(),
        payer_ip: ask.payer_ip.clone(),
    }
}
