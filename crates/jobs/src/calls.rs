//! Calls to channels: the attempt is committed, then the call is handed out, then its answer is recorded under the
//! attempt's number. Whoever commits the attempt makes the call (T03, T07).

use crate::breaker::Breaker;
use crate::shop::{Failure, Shop};
use crate::{DueCall, Jobs, MOST_PAGES, PAGE, closing, program};
use std::collections::BTreeMap;
use std::path::PathBuf;
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
    /// Where the answer goes.
    pub room: Room,
}

/// How much an answer may say, and where that goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Room {
    /// Into the reply; a long one is not read.
    Small,
    /// Into the reply, also a long one.
    Large,
    /// Into this file; the reply has only how it begins.
    File(PathBuf),
}

/// How much of a downloaded file its reply has.
pub(crate) const HEAD: usize = 4096;

impl OutgoingCall {
    /// What becomes of a reply that came whole: the file of a download is written, and only its beginning stays.
    pub fn received(&self, reply: Reply) -> Reply {
        match (&self.room, reply) {
            (Room::File(path), Reply::Http { status: 200, headers, mut body }) => match std::fs::write(path, &body) {
                Ok(()) => {
                    body.truncate(HEAD);
                    Reply::Http { status: 200, headers, body }
                }
                Err(_) => Reply::ConnectionLost,
            },
            (_, reply) => reply,
        }
    }
}

/// For so long a claimed call is ours; an attempt that is stored ends the claim.
const LEASE_SECONDS: i64 = 30;
/// An answer that has not come by then never will: the transport broke its word.
const GIVE_UP_SECONDS: i64 = 120;

/// What a call is about, and what is done with its answer.
pub(crate) enum About {
    /// A payout of an order; with the number of the attempt.
    Payout(OrderId, u16, u16),
    /// A question about a payment.
    Payment,
    /// The way to a cashier; with how often it was asked in vain.
    Cashier(u32),
    /// A payment to be closed.
    Closing(closing::Stage),
}

/// A call whose answer is awaited.
pub(crate) struct Pending {
    pub(crate) channel: ChannelId,
    pub(crate) op: Op,
    about: About,
    give_up: Instant,
}

impl Pending {
    pub(crate) fn new(channel: ChannelId, op: Op, about: About, now: Instant) -> Self {
        Self { channel, op, about, give_up: now.plus_seconds(GIVE_UP_SECONDS) }
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
    pub(crate) fn record(&mut self, now: Instant, replies: Vec<(CallTicket, Reply)>) -> Vec<OutgoingCall> {
        let mut outgoing = Vec::new();
        let mut commands = std::mem::take(&mut self.unrecorded);
        self.hear_again(now);
        for (ticket, reply) in replies {
            if self.outside.awaits(ticket) {
                outgoing.extend(self.heard_outside(ticket, &reply, now));
                continue;
            }
            if self.probes.awaits(ticket) {
                self.heard_issuer(ticket, &reply, now);
                continue;
            }
            if self.bill_answered(ticket, &reply, now) {
                continue;
            }
            // A ticket of before a restart is unknown: its attempt runs out in its file and is asked about.
            let Some(pending) = self.pending.remove(&ticket) else { continue };
            self.breakers.entry(pending.channel.clone()).or_default().answered(&reply, now);
            self.paced.entry(pending.channel.clone()).or_default().touch(&pending.op, now);
            commands.extend(self.read(pending, &reply, now));
        }
        self.give_up(now);
        self.give_up_outside(now);
        self.give_up_probes(now);
        commands.append(&mut self.unrecorded);
        if commands.is_empty() {
            return outgoing;
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
        outgoing
    }

    /// What a reply means for a payout; other replies are dealt with at once.
    fn read(&mut self, pending: Pending, reply: &Reply, now: Instant) -> Option<Command> {
        let channels = self.channels.clone();
        let channel = channels.get(&pending.channel)?;
        match pending.about {
            About::Payout(order, payout, attempt) => {
                let outcome = channel.outcome(&pending.op, reply, now);
                let act = OrderAct::RecordOutcome { payout, attempt: Some(attempt), outcome };
                return Some(Command {
                    by: Actor::Channel { channel: pending.channel },
                    act: Act::Order { order, act },
                });
            }
            About::Payment => {
                self.payment_answered(channel, &pending.op, reply, now);
            }
            About::Cashier(tries) => self.cashier_answered(channel, &pending.op, tries, reply, now),
            About::Closing(stage) => self.closing_answered(channel, &pending.op, stage, reply, now),
        }
        None
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
        let ticket = self.next_ticket();
        self.pending.insert(ticket, pending);
        ticket
    }

    pub(crate) fn next_ticket(&mut self) -> CallTicket {
        self.tickets += 1;
        CallTicket(self.tickets)
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
            let attempt = due.call.attempts.saturating_add(1);
            let request = match request {
                Ok(request) => request,
                Err(why) => {
                    self.breakers.entry(channel.clone()).or_default().given_back();
                    let act = OrderAct::RecordOutcome {
                        payout: due.call.payout,
                        attempt: Some(attempt),
                        outcome: Outcome::FixRequest { code: why.code().to_owned() },
                    };
                    let act = Act::Order { order: due.order, act };
                    self.unrecorded.push(Command { by: Actor::Channel { channel }, act });
                    continue;
                }
            };
            let about = About::Payout(due.order, due.call.payout, attempt);
            let ticket = self.ticket(Pending::new(channel.clone(), op, about, now));
            outgoing.push(OutgoingCall { ticket, channel, request, room: Room::Small });
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
