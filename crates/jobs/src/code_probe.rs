//! Questions to issuers whether a code was used: the attempt is committed, the question goes out signed, and what is
//! believed of the answer is recorded. What cannot be asked or is not answered ends by its timer.

use crate::calls::{CallTicket, OutgoingCall, Room};
use crate::shop::Shop;
use crate::{DueTimer, Jobs, Waiter, program};
use std::collections::BTreeMap;
use yuanlu_app::jobs::{DueProbe, ProbeHeard};
use yuanlu_channels::issuer::{IssuerWord, Question};
use yuanlu_channels::{Reply, digest};
use yuanlu_domain::code_probe::{ANSWER_SECONDS, ProbeAct};
use yuanlu_domain::command::OrderAct;
use yuanlu_domain::ids::{ChannelId, OrderId};
use yuanlu_domain::projection::Subject;
use yuanlu_domain::time::Instant;

/// What the id of an issuer's calls begins with; its host follows.
pub const ISSUER: &str = "issuer ";

/// Questions that were asked and not answered. Lost with the process, which costs a try.
#[derive(Default)]
pub(crate) struct Probes {
    pending: BTreeMap<CallTicket, Asked>,
}

struct Asked {
    order: OrderId,
    probe: u16,
    due: DueProbe,
    asked_at: Instant,
}

impl Asked {
    fn issuer(&self) -> ChannelId {
        issuer(&self.due)
    }
}

fn issuer(due: &DueProbe) -> ChannelId {
    ChannelId::new(format!("{ISSUER}{}", due.host))
}

fn question(due: &DueProbe, asked_at: Instant) -> Question<'_> {
    Question { url: &due.url, nonce: &due.nonce, code: due.code.expose(), asked_at }
}

impl Probes {
    /// Whether an answer with this ticket is an issuer's.
    pub(crate) fn awaits(&self, ticket: CallTicket) -> bool {
        self.pending.contains_key(&ticket)
    }
}

/// A timer that says that an issuer is to be asked, or did not answer.
pub(crate) fn is_probe(timer: &DueTimer) -> bool {
    matches!(timer.subject, Subject::Probe(_))
}

impl<S: Shop> Jobs<S> {
    /// Asks issuers; timers of what cannot be asked are given back, to be woken.
    pub(crate) fn ask_issuers<'t>(
        &mut self,
        timers: Vec<&'t DueTimer>,
        now: Instant,
    ) -> (Vec<OutgoingCall>, Vec<&'t DueTimer>) {
        let (mut outgoing, mut left) = (Vec::new(), Vec::new());
        for timer in timers {
            match self.ask_issuer(timer, now) {
                Some(call) => outgoing.push(call),
                None => left.push(timer),
            }
        }
        (outgoing, left)
    }

    fn ask_issuer(&mut self, timer: &DueTimer, now: Instant) -> Option<OutgoingCall> {
        let (Waiter::Order(order), Subject::Probe(probe)) = (&timer.of, &timer.subject) else { return None };
        let due = match self.shop.due_probe(order, *probe) {
            Ok(due) => due?,
            Err(failure) => {
                failure.log("a question to an issuer cannot be read");
                return None;
            }
        };
        let channel = issuer(&due);
        if self.breakers.entry(channel.clone()).or_default().free_places(now) == 0 {
            return None;
        }
        let asked = question(&due, now);
        let signature = match self.shop.sign_probe(&asked.signed_text()) {
            Ok(signature) => signature,
            Err(failure) => {
                failure.log("a question to an issuer cannot be signed");
                return None;
            }
        };
        let request = asked.request(&signature).ok()?;
        let act = OrderAct::Probe(ProbeAct::Attempt { probe: *probe, digest: digest(&request) });
        if let Some(Err(failure)) = self.shop.submit(vec![program(order, act)], now).pop() {
            failure.log("an attempt to ask an issuer could not be stored");
            return None;
        }
        self.breakers.entry(channel.clone()).or_default().taken();
        let ticket = self.next_ticket();
        let asked = Asked { order: order.clone(), probe: *probe, due, asked_at: now };
        self.probes.pending.insert(ticket, asked);
        Some(OutgoingCall { ticket, channel, request, room: Room::Small })
    }

    /// Reads an issuer's answer and records what is believed of it.
    pub(crate) fn heard_issuer(&mut self, ticket: CallTicket, reply: &Reply, now: Instant) {
        let Some(asked) = self.probes.pending.remove(&ticket) else { return };
        self.breakers.entry(asked.issuer()).or_default().answered(reply, now);
        let heard = match question(&asked.due, asked.asked_at).read(&asked.due.issuer_key, reply, now) {
            IssuerWord::Said { word, face, text } => ProbeHeard::Said { word, face, text },
            IssuerWord::Failed { code } => {
                tracing::warn!(code, "an issuer gave no answer that can be believed");
                ProbeHeard::Failed { code }
            }
        };
        if let Err(failure) = self.shop.probe_heard(&asked.order, asked.probe, asked.due.attempt, heard) {
            failure.log("an answer of an issuer could not be stored");
        }
    }

    /// Forgets questions that were never answered; their attempts have run out.
    pub(crate) fn give_up_probes(&mut self, now: Instant) {
        let over = |asked: &Asked| now >= asked.asked_at.plus_seconds(ANSWER_SECONDS);
        let lost: Vec<_> = self.probes.pending.extract_if(.., |_, asked| over(asked)).collect();
        for (_, asked) in lost {
            self.breakers.entry(asked.issuer()).or_default().answered(&Reply::TimedOut, now);
        }
    }
}
