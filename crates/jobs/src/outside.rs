//! Complaints of payers at channels: asked for now and then, asked about when there is news of one, answered when staff
//! said something. News may come late or never, so the list is asked for all the same.

use crate::calls::{CallTicket, OutgoingCall, Room};
use crate::shop::{Failure, Shop};
use crate::{DueTimer, Jobs, Waiter};
use std::collections::BTreeMap;
use yuanlu_app::jobs::{DueFile, DueSaying, made_call, recorded_call};
use yuanlu_channels::complaint::{ComplaintFile, ComplaintOp, ComplaintWord};
use yuanlu_channels::{Reply, digest};
use yuanlu_domain::ids::{ChannelId, DeskId};
use yuanlu_domain::outside_complaint::{Agency, CallOutcome};
use yuanlu_domain::projection::Subject;
use yuanlu_domain::time::Instant;

/// How often a channel's list is asked for.
const LIST_SECONDS: i64 = 600;
/// How far back a list goes: no channel gives more at once.
const LIST_DAYS: i64 = 29;
/// A question about one complaint is not repeated sooner.
const NEWS_SECONDS: i64 = 30;
/// Questions about complaints at once.
const MOST_NEWS: u32 = 20;
/// Pages of one list.
const MOST_PAGES: u32 = 40;
const GIVE_UP_SECONDS: i64 = 120;

/// What is asked of channels about complaints, and not answered. Lost with the process, which costs a question.
#[derive(Default)]
pub(crate) struct Outside {
    listed: BTreeMap<ChannelId, Instant>,
    asked: BTreeMap<(ChannelId, String), Instant>,
    pending: BTreeMap<CallTicket, Asked>,
}

struct Asked {
    channel: ChannelId,
    op: ComplaintOp,
    about: About,
    give_up: Instant,
}

#[derive(Clone)]
enum About {
    /// The list.
    List,
    /// News that was seen then.
    News(String, Instant),
    /// A call of a desk: which, and which attempt.
    Call(DeskId, u16, u16),
}

impl Outside {
    /// The channel of a call that waits for its answer.
    pub(crate) fn awaits(&self, ticket: CallTicket) -> bool {
        self.pending.contains_key(&ticket)
    }
}

/// A timer that says that something is to be said to a channel.
pub(crate) fn is_call(timer: &DueTimer) -> bool {
    matches!(timer.subject, Subject::OutsideCall(_))
}

impl<S: Shop> Jobs<S> {
    /// Lists that are due, and complaints there is news of.
    pub(crate) fn ask_complaints(&mut self, now: Instant) -> Vec<OutgoingCall> {
        let mut outgoing = Vec::new();
        let channels: Vec<ChannelId> =
            self.channels.ids().filter(|id| Agency::of_channel(id).is_some()).cloned().collect();
        for channel in channels {
            let listed = self.outside.listed.get(&channel);
            if listed.is_none_or(|at| now >= at.plus_seconds(LIST_SECONDS)) {
                let from = now.plus_days(-LIST_DAYS);
                let op = ComplaintOp::List { from, until: now, page: 0, after: None };
                self.outside.listed.insert(channel.clone(), now);
                outgoing.extend(self.send_complaint(channel, op, About::List, now));
            }
        }
        self.outside.asked.retain(|_, at| now < at.plus_seconds(NEWS_SECONDS));
        match self.shop.outside_news(MOST_NEWS) {
            Ok(news) => {
                for (channel, number, seen) in news {
                    let key = (channel.clone(), number.clone());
                    if self.outside.asked.contains_key(&key) {
                        continue;
                    }
                    self.outside.asked.insert(key, now);
                    let op = ComplaintOp::Detail { number: number.clone() };
                    outgoing.extend(self.send_complaint(channel, op, About::News(number, seen), now));
                }
            }
            Err(failure) => failure.log("news of complaints cannot be listed"),
        }
        outgoing
    }

    /// Calls that desks want made: the attempt is committed, then the call goes out.
    pub(crate) fn say_outside(&mut self, timers: &[DueTimer], now: Instant) -> Vec<OutgoingCall> {
        timers.iter().filter_map(|timer| self.say_one(timer, now)).collect()
    }

    fn say_one(&mut self, timer: &DueTimer, now: Instant) -> Option<OutgoingCall> {
        let (Waiter::Desk(desk), Subject::OutsideCall(call)) = (&timer.of, &timer.subject) else { return None };
        let due = match self.shop.due_saying(desk, *call) {
            Ok(due) => due?,
            Err(failure) => {
                failure.log("something to be said to a channel cannot be read");
                return None;
            }
        };
        let DueSaying { channel, number, saying, words, attempt, ask, upload, files, facts } = due;
        let client = self.channels.get(&channel)?;
        if self.breakers.entry(channel.clone()).or_default().free_places(now) == 0 {
            return None;
        }
        let op = match upload {
            // What goes along has to be there first; it says nothing to anybody, so it is never asked about.
            Some(DueFile { name, media_type, content }) => {
                let file = ComplaintFile { name, media_type, content: content.expose().clone() };
                ComplaintOp::Upload { number, file }
            }
            None if ask => ComplaintOp::Said { number, saying, words },
            None => ComplaintOp::Say { number, saying, words, files, facts },
        };
        let request = client.complaint_request(&op, now);
        let stored = match &request {
            Ok(request) => digest(request),
            Err(why) => why.code().to_owned(),
        };
        let answer = self.shop.submit(vec![made_call(desk, *call, stored)], now).pop();
        if let Some(Err(failure)) = answer {
            failure.log("an attempt to say something to a channel could not be stored");
            return None;
        }
        match request {
            Ok(request) => Some(self.hand_out(channel, op, About::Call(desk.clone(), *call, attempt), request, now)),
            Err(why) => {
                let outcome = CallOutcome::Refused { code: why.code().to_owned() };
                self.unrecorded.push(recorded_call(&channel, desk, *call, attempt, outcome));
                None
            }
        }
    }

    fn send_complaint(
        &mut self,
        channel: ChannelId,
        op: ComplaintOp,
        about: About,
        now: Instant,
    ) -> Option<OutgoingCall> {
        if self.breakers.entry(channel.clone()).or_default().free_places(now) == 0 {
            return None;
        }
        let request = self.channels.get(&channel)?.complaint_request(&op, now);
        let request = request.inspect_err(|why| tracing::debug!(%channel, %why, "this channel tells of no complaints"));
        let request = request.ok()?;
        Some(self.hand_out(channel, op, about, request, now))
    }

    fn hand_out(
        &mut self,
        channel: ChannelId,
        mut op: ComplaintOp,
        about: About,
        request: http::Request<Vec<u8>>,
        now: Instant,
    ) -> OutgoingCall {
        self.breakers.entry(channel.clone()).or_default().taken();
        let ticket = self.next_ticket();
        let give_up = now.plus_seconds(GIVE_UP_SECONDS);
        if let ComplaintOp::Upload { file, .. } = &mut op {
            // The request has the bytes; the answer is read without them.
            file.content = Vec::new();
        }
        self.outside.pending.insert(ticket, Asked { channel: channel.clone(), op, about, give_up });
        OutgoingCall { ticket, channel, request, room: Room::Small }
    }

    /// Reads an answer about complaints; answers the next page to be asked for, where there is one.
    pub(crate) fn heard_outside(&mut self, ticket: CallTicket, reply: &Reply, now: Instant) -> Option<OutgoingCall> {
        let Asked { channel, op, about, .. } = self.outside.pending.remove(&ticket)?;
        self.breakers.entry(channel.clone()).or_default().answered(reply, now);
        let word = self.channels.get(&channel)?.complaint_word(&op, reply, now);
        match (word, about) {
            (ComplaintWord::Call(outcome), About::Call(desk, call, attempt)) => {
                self.unrecorded.push(recorded_call(&channel, &desk, call, attempt, outcome));
                None
            }
            (ComplaintWord::Heard { complaints, more }, about) => {
                let after = complaints.last().map(|one| one.number.clone());
                let mut kept = true;
                for one in &complaints {
                    if let Err(failure) = self.shop.outside_heard(&channel, one) {
                        failure.log("a complaint of a channel could not be stored");
                        kept &= !matches!(failure, Failure::Broken(_));
                    }
                }
                match (about, &op) {
                    (About::News(number, seen), _) if kept => {
                        if let Err(failure) = self.shop.forget_outside_news(&channel, &number, seen) {
                            failure.log("news of a complaint could not be put away");
                        }
                        None
                    }
                    (About::List, ComplaintOp::List { from, until, page, .. }) if more && *page < MOST_PAGES => {
                        let op = ComplaintOp::List { from: *from, until: *until, page: page + 1, after };
                        self.send_complaint(channel, op, About::List, now)
                    }
                    _ => None,
                }
            }
            (ComplaintWord::Unknown { code }, _) => {
                tracing::warn!(%channel, code, "a question about complaints was not answered");
                None
            }
            (ComplaintWord::Call(_), _) => None,
        }
    }

    /// Forgets questions that were never answered; calls of desks have run out there.
    pub(crate) fn give_up_outside(&mut self, now: Instant) {
        let lost = self.outside.pending.extract_if(.., |_, asked| now >= asked.give_up);
        for (_, asked) in lost {
            self.breakers.entry(asked.channel).or_default().answered(&Reply::TimedOut, now);
        }
    }
}
