//! Calls to channels: the attempt is committed, then the call is handed out, then its answer is recorded under the
//! attempt's number. Whoever commits the attempt makes the call (T03, T07).

use crate::breaker::Breaker;
use crate::shop::{Failure, Shop};
use crate::{DueCall, Jobs, MOST_PAGES, PAGE, payments, program};
use std::collections::BTreeMap;
use yuanlu_app::jobs::PayoutDetails;
use yuanlu_channels::wechat::AbnormalTo;
use yuanlu_channels::{Impossible, Op, Payee, Reply, digest};
use yuanlu_domain::actor::Actor;
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::ids::{ChannelId, ChannelNumber, OrderId};
use yuanlu_domain::payout::{Outcome, Step};
use yuanlu_domain::time::Instant;

/// Names a call that was handed out. Means nothing after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallTicket(pub u64);

/// A call to be made now: its attempt is stored.
#[derive(Clone, Debug)]
pub struct OutgoingCall {
    /// Comes back with the reply.
    pub ticket: CallTicket,
    /// Which channel.
    pub channel: ChannelId,
    /// What to send, unchanged.
    pub request: http::Request<Vec<u8>>,
}

/// For so long a claimed call is ours; an attempt that is stored ends the claim.
const LEASE_SECONDS: i64 = 30;
/// An answer that has not come by then never will: the transport broke its word.
const GIVE_UP_SECONDS: i64 = 120;

/// A call whose answer is awaited.
pub(crate) struct Pending {
    pub(crate) order: OrderId,
    pub(crate) channel: ChannelId,
    op: Op,
    /// Payout and attempt; none for a question about a payment.
    attempt: Option<(u16, u16)>,
    give_up: Instant,
}

impl Pending {
    pub(crate) fn about_payment(order: OrderId, channel: ChannelId, op: Op, now: Instant) -> Self {
        Self { order, channel, op, attempt: None, give_up: now.plus_seconds(GIVE_UP_SECONDS) }
    }
}

/// What is said about a payout. An account that was erased meanwhile is one no channel takes.
fn operation(no: ChannelNumber, step: Step, details: PayoutDetails, order: &OrderId, now: Instant) -> Op {
    let PayoutDetails { payment_no, payment_ref, amount, total, remits, account, channel_ref, sent_at } = details;
    let since = sent_at.unwrap_or(now);
    let (holder, number, bank) = account.map(|named| (named.holder, named.number, named.bank)).unwrap_or_default();
    let reason = order.to_string();
    match step {
        Step::Ask if remits => Op::QueryRemit { no, amount },
        Step::Ask => Op::QueryRefund { no, payment_no, payment_ref, amount, since },
        Step::Send if remits => Op::Remit { no, payee: Payee { account: number, name: holder }, amount, reason },
        Step::Send => Op::Refund { no, payment_no, payment_ref, amount, total, reason, since },
        Step::Finish => {
            Op::Finish { no, refund_ref: channel_ref, amount, to: AbnormalTo { bank, account: number, name: holder } }
        }
    }
}

/// A call that is ready, before its attempt is stored.
struct Prepared {
    due: DueCall,
    op: Op,
    /// What the channel cannot be told goes to a person instead.
    request: Result<http::Request<Vec<u8>>, Impossible>,
}

impl<S: Shop> Jobs<S> {
    /// Reads replies and records what they mean. What cannot be stored now is kept for the next step.
    pub(crate) fn record(&mut self, now: Instant, replies: Vec<(CallTicket, Reply)>) {
        let mut commands = std::mem::take(&mut self.unrecorded);
        for (ticket, reply) in replies {
            // A ticket of before a restart is unknown: its attempt runs out in its file and is asked about.
            let Some(pending) = self.pending.remove(&ticket) else { continue };
            self.breakers.entry(pending.channel.clone()).or_default().answered(&reply, now);
            self.paced.entry(pending.channel.clone()).or_default().touch(&pending.op, now);
            commands.extend(self.read(pending, &reply, now));
        }
        self.give_up(now);
        if commands.is_empty() {
            return;
        }
        let answers = self.shop.submit(commands.clone(), now);
        for (command, answer) in commands.into_iter().zip(answers) {
            if let Err(failure) = answer {
                failure.log("an answer of a channel could not be recorded");
                if matches!(failure, Failure::Broken(_)) {
                    self.unrecorded.push(command);
                }
            }
        }
    }

    /// The commands that a reply means.
    fn read(&self, pending: Pending, reply: &Reply, now: Instant) -> Vec<Command> {
        let Some(channel) = self.channels.get(&pending.channel) else { return Vec::new() };
        let Some((payout, attempt)) = pending.attempt else {
            let Some(no) = pending.op.no() else { return Vec::new() };
            return payments::commands(&pending, no, channel.payment_word(&pending.op, reply, now));
        };
        let outcome = channel.outcome(&pending.op, reply, now);
        let act = OrderAct::RecordOutcome { payout, attempt: Some(attempt), outcome };
        vec![Command { by: Actor::Channel { channel: pending.channel }, act: Act::Order { order: pending.order, act } }]
    }

    /// Forgets calls that were never answered; their attempts have run out.
    fn give_up(&mut self, now: Instant) {
        let lost = self.pending.extract_if(.., |_, pending| now >= pending.give_up);
        for (_, pending) in lost {
            tracing::warn!(channel = %pending.channel, "a call was never answered");
            self.breakers.entry(pending.channel).or_default().answered(&Reply::TimedOut, now);
        }
    }

    pub(crate) fn ticket(&mut self, pending: Pending) -> CallTicket {
        self.tickets += 1;
        let ticket = CallTicket(self.tickets);
        self.pending.insert(ticket, pending);
        ticket
    }

    /// Commits attempts for due calls and hands the calls out.
    pub(crate) fn call(&mut self, now: Instant) -> Vec<OutgoingCall> {
        let mut outgoing = Vec::new();
        for _ in 0..MOST_PAGES {
            let limit = self.free_places(now).min(PAGE);
            if limit == 0 {
                break;
            }
            let page = match self.shop.claim_calls(now, now.plus_seconds(LEASE_SECONDS), limit) {
                Ok(page) => page,
                Err(failure) => {
                    failure.log("calls cannot be listed");
                    break;
                }
            };
            let full = page.len() == limit;
            let prepared: Vec<_> = page.into_iter().filter_map(|due| self.prepare(due, now)).collect();
            outgoing.extend(self.commit(prepared, now));
            if !full {
                break;
            }
        }
        outgoing
    }

    /// How many calls may be made now, all channels together.
    fn free_places(&self, now: Instant) -> usize {
        let fresh = Breaker::default();
        self.channels.ids().map(|id| self.breakers.get(id).unwrap_or(&fresh).free_places(now)).sum()
    }

    /// What cannot be called now is given to us again when the lease has ended.
    fn prepare(&mut self, due: DueCall, now: Instant) -> Option<Prepared> {
        let Some(channel) = self.channels.get(&due.call.channel) else {
            tracing::error!(channel = %due.call.channel, "a refund waits for a channel that is not configured");
            return None;
        };
        let breaker = self.breakers.entry(due.call.channel.clone()).or_default();
        if breaker.free_places(now) == 0 {
            return None;
        }
        let details = match self.shop.payout_details(&due.order, due.call.payout) {
            Ok(details) => details,
            Err(failure) => {
                failure.log("a refund cannot be read");
                return None;
            }
        };
        let no = due.call.no.clone();
        let op = operation(no, due.call.step, details, &due.order, now);
        let paced = self.paced.entry(due.call.channel.clone()).or_default();
        if !paced.ready(&channel.pace(), &op, now) {
            return None;
        }
        paced.said(&op, now);
        let request = channel.request(&op, now);
        breaker.taken();
        Some(Prepared { due, op, request })
    }

    /// Stores the attempts; only calls whose attempt is stored go out.
    fn commit(&mut self, prepared: Vec<Prepared>, now: Instant) -> Vec<OutgoingCall> {
        let commands = prepared.iter().map(|p| {
            let (payout, step) = (p.due.call.payout, p.due.call.step);
            let digest = p.request.as_ref().map_or_else(|why| why.code().to_owned(), digest);
            program(&p.due.order, OrderAct::MakeAttempt { payout, step, digest })
        });
        let answers = self.shop.submit(commands.collect(), now);
        let mut outgoing = Vec::new();
        for (Prepared { due, op, request }, answer) in prepared.into_iter().zip(answers) {
            let channel = due.call.channel.clone();
            if let Err(failure) = answer {
                // Somebody else was faster, or the store is down: nothing was sent.
                failure.log("an attempt could not be stored");
                self.breakers.entry(channel).or_default().given_back();
                continue;
            }
            // If another node stored attempts in between, the number is another one and the answer is not taken for
            // it: the attempt runs out and is asked about. Late, never twice.
            let attempt = Some((due.call.payout, due.call.attempts.saturating_add(1)));
            let request = match request {
                Ok(request) => request,
                Err(why) => {
                    self.breakers.entry(channel.clone()).or_default().given_back();
                    let act = OrderAct::RecordOutcome {
                        payout: due.call.payout,
                        attempt: attempt.map(|(_, attempt)| attempt),
                        outcome: Outcome::FixRequest { code: why.code().to_owned() },
                    };
                    let act = Act::Order { order: due.order, act };
                    self.unrecorded.push(Command { by: Actor::Channel { channel }, act });
                    continue;
                }
            };
            let give_up = now.plus_seconds(GIVE_UP_SECONDS);
            let ticket = self.ticket(Pending { order: due.order, channel: channel.clone(), op, attempt, give_up });
            outgoing.push(OutgoingCall { ticket, channel, request });
        }
        outgoing
    }

    /// Tells the shop which channels cannot be reached, when that changed.
    pub(crate) fn tell_down(&mut self, now: Instant) {
        let open = |id: &&ChannelId| self.breakers.get(*id).is_some_and(Breaker::is_open);
        let since = |id: &ChannelId| (id.clone(), *self.down.get(id).unwrap_or(&now));
        let down: BTreeMap<_, _> = self.channels.ids().filter(open).map(since).collect();
        if down != self.down {
            self.shop.channels_down(&down);
            self.down = down;
        }
    }

    /// Whether a channel's breaker is open.
    pub fn is_cut_off(&self, channel: &ChannelId) -> bool {
        self.breakers.get(channel).is_some_and(Breaker::is_open)
    }
}
