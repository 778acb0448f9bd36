//! Bills: fetched once a day from every channel that has them, compared, and what operators left to be compared.

use crate::Jobs;
use crate::calls::{CallTicket, OutgoingCall, Room};
use crate::shop::{Failure, Shop};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use yuanlu_app::App;
use yuanlu_app::bills::{BadBill, Bill, BillFile, NotReconciled, Progress};
use yuanlu_channels::bill::{BillError, BillLine, BillWord, sha1_hex};
use yuanlu_channels::{BillKind, Channel, Op, Reply};
use yuanlu_domain::ids::ChannelId;
use yuanlu_domain::time::Instant;

/// Between two looks for bills that are missing.
const LOOK_MINUTES: i64 = 10;
/// Before a bill that is not written yet, or could not be fetched, is asked for again.
const RETRY_MINUTES: i64 = 30;
/// Before a bill that cannot be used, or that the channel calls a wrong question, is asked for again.
const REFUSED_HOURS: i64 = 6;
/// A part of a bill that has not come by then never will.
const GIVE_UP_MINUTES: i64 = 30;

/// Bills on their way.
#[derive(Default)]
pub(crate) struct Bills {
    under_way: BTreeMap<ChannelId, Fetching>,
    tickets: BTreeMap<CallTicket, ChannelId>,
    not_before: BTreeMap<(ChannelId, BillKind), Instant>,
    next: Vec<OutgoingCall>,
}

struct Fetching {
    op: Op,
    day: Date,
    kind: BillKind,
    path: PathBuf,
    /// The body of the answer goes into the file by itself.
    downloading: bool,
    sha1: Option<String>,
    give_up: Instant,
}

/// What came of an answer.
enum Turn {
    Goes(Box<http::Request<Vec<u8>>>, Room),
    Whole { empty: bool },
    Later(i64),
}

impl<S: Shop> Jobs<S> {
    /// Compares what waits in the inbox, and asks for bills that are missing.
    pub(crate) fn fetch_bills(&mut self, now: Instant) -> Vec<OutgoingCall> {
        self.compare_inbox();
        let lost = self.bills.under_way.extract_if(.., |_, fetching| now >= fetching.give_up);
        for (channel, fetching) in lost.collect::<Vec<_>>() {
            tracing::warn!(%channel, day = %fetching.day, "a bill never came");
            self.bills.tickets.retain(|_, of| *of != channel);
            self.put_off(&channel, fetching.kind, now.plus_minutes(RETRY_MINUTES));
        }
        let ids: Vec<ChannelId> = self.channels.ids().cloned().collect();
        for channel in ids {
            for kind in [BillKind::Trades, BillKind::Funds] {
                if !self.bills.under_way.contains_key(&channel) {
                    self.ask_for_bill(&channel, kind, now);
                }
            }
        }
        std::mem::take(&mut self.bills.next)
    }

    fn put_off(&mut self, channel: &ChannelId, kind: BillKind, until: Instant) {
        self.bills.not_before.insert((channel.clone(), kind), until);
    }

    fn ask_for_bill(&mut self, channel: &ChannelId, kind: BillKind, now: Instant) {
        let key = (channel.clone(), kind);
        if self.bills.not_before.get(&key).is_some_and(|at| now < *at) || self.is_cut_off(channel) {
            return;
        }
        let Some(client) = self.channels.get(channel) else { return };
        let day = match self.shop.wanted_bill(channel, kind, now) {
            Ok(Some(day)) => day,
            Ok(None) => return self.put_off(channel, kind, now.plus_minutes(LOOK_MINUTES)),
            Err(failure) => {
                failure.log("missing bills cannot be listed");
                return self.put_off(channel, kind, now.plus_minutes(LOOK_MINUTES));
            }
        };
        let op = Op::FetchBill { date: day, kind };
        // A channel that has no such bill is not asked again before long.
        let Ok(request) = client.request(&op, now) else {
            return self.put_off(channel, kind, now.plus_hours(24));
        };
        let path = match fresh_file(&self.shop.bill_folder(), channel, kind) {
            Ok(path) => path,
            Err(error) => {
                tracing::error!(%error, "a bill cannot be kept");
                return self.put_off(channel, kind, now.plus_minutes(RETRY_MINUTES));
            }
        };
        let give_up = now.plus_minutes(GIVE_UP_MINUTES);
        let fetching = Fetching { op, day, kind, path, downloading: false, sha1: None, give_up };
        self.bills.under_way.insert(channel.clone(), fetching);
        self.hand_out_bill(channel, request, Room::Large);
    }

    fn hand_out_bill(&mut self, channel: &ChannelId, request: http::Request<Vec<u8>>, room: Room) {
        let ticket = self.next_ticket();
        self.bills.tickets.insert(ticket, channel.clone());
        self.bills.next.push(OutgoingCall { ticket, channel: channel.clone(), request, room });
    }

    /// Takes an answer that is about a bill; says whether it was.
    pub(crate) fn bill_answered(&mut self, ticket: CallTicket, reply: &Reply, now: Instant) -> bool {
        let Some(id) = self.bills.tickets.remove(&ticket) else { return false };
        let Some(mut fetching) = self.bills.under_way.remove(&id) else { return true };
        let Some(channel) = self.channels.get(&id) else { return true };
        let word = channel.bill_word(&fetching.op, reply, now);
        let turn = fetching.follow(word).unwrap_or_else(|error| {
            tracing::error!(%error, "a bill cannot be kept");
            Turn::Later(RETRY_MINUTES)
        });
        match turn {
            Turn::Goes(request, room) => {
                fetching.downloading = matches!(room, Room::File(_));
                fetching.give_up = now.plus_minutes(GIVE_UP_MINUTES);
                self.bills.under_way.insert(id.clone(), fetching);
                self.hand_out_bill(&id, *request, room);
            }
            Turn::Whole { empty } => {
                let again = match self.shop.reconcile_bill(channel, &fetching.bill(&id, empty)) {
                    // There may be another day to ask for.
                    Ok(()) => now,
                    Err(failure) => {
                        failure.log("a bill could not be compared");
                        now.plus_hours(REFUSED_HOURS)
                    }
                };
                let _ = fs::remove_file(&fetching.path);
                self.put_off(&id, fetching.kind, again);
            }
            Turn::Later(minutes) => self.put_off(&id, fetching.kind, now.plus_minutes(minutes)),
        }
        true
    }

    fn compare_inbox(&mut self) {
        for waiting in self.shop.waiting_bills() {
            let Some(channel) = self.channels.get(&waiting.channel) else {
                tracing::error!(channel = %waiting.channel, "a bill of a channel that is not configured");
                let _ = fs::remove_file(&waiting.path);
                continue;
            };
            let bill = BroughtBill {
                channel: &waiting.channel,
                day: waiting.day,
                kind: waiting.kind,
                path: &waiting.path,
                empty: false,
                brought_by: "operator",
            };
            if let Err(failure) = self.shop.reconcile_bill(channel, &bill) {
                failure.log("a bill could not be compared");
            }
            let _ = fs::remove_file(&waiting.path);
        }
    }
}

impl Fetching {
    fn bill<'a>(&'a self, channel: &'a ChannelId, empty: bool) -> BroughtBill<'a> {
        let Self { day, kind, path, .. } = self;
        BroughtBill { channel, day: *day, kind: *kind, path, empty, brought_by: "channel" }
    }

    /// What a word about the bill asks for.
    fn follow(&mut self, word: BillWord) -> io::Result<Turn> {
        match word {
            BillWord::Fetch { request, sha1 } => {
                self.sha1 = sha1;
                Ok(Turn::Goes(request, Room::File(self.path.clone())))
            }
            BillWord::Part { bytes, next } => {
                self.append(&bytes)?;
                Ok(Turn::Goes(next, Room::Large))
            }
            BillWord::File(bytes) => {
                if !self.downloading {
                    self.append(&bytes)?;
                }
                let found = match &self.sha1 {
                    Some(_) => Some(sha1_hex(&mut File::open(&self.path)?)?),
                    None => None,
                };
                if found != self.sha1 {
                    tracing::warn!(day = %self.day, "a bill is not the file that the channel named");
                    return Ok(Turn::Later(RETRY_MINUTES));
                }
                Ok(Turn::Whole { empty: false })
            }
            BillWord::Empty => {
                File::create(&self.path)?;
                Ok(Turn::Whole { empty: true })
            }
            BillWord::NotYet => Ok(Turn::Later(RETRY_MINUTES)),
            BillWord::Unknown { code } => {
                tracing::warn!(day = %self.day, code, "a bill could not be fetched");
                Ok(Turn::Later(RETRY_MINUTES))
            }
            BillWord::Refused { code } => {
                tracing::error!(day = %self.day, code, "the channel gives no bill");
                Ok(Turn::Later(REFUSED_HOURS * 60))
            }
        }
    }

    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        OpenOptions::new().append(true).create(true).open(&self.path)?.write_all(bytes)
    }
}

fn fresh_file(folder: &Path, channel: &ChannelId, kind: BillKind) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{channel}-{}", kind.code()));
    File::create(&path)?;
    Ok(path)
}

/// A bill that was brought, by its channel or by an operator.
#[derive(Clone, Copy, Debug)]
pub struct BroughtBill<'a> {
    /// Whose.
    pub channel: &'a ChannelId,
    /// Of which day.
    pub day: Date,
    /// Which.
    pub kind: BillKind,
    /// The file, as it came.
    pub path: &'a Path,
    /// The channel says that nothing happened that day.
    pub empty: bool,
    /// `channel` or `operator`.
    pub brought_by: &'static str,
}

/// Compares a bill: what a channel's client reads, with what the application knows.
///
/// # Errors
/// As [`App::reconcile`].
pub fn compare_bill(
    app: &App,
    channel: &dyn Channel,
    bill: &BroughtBill<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Bill, NotReconciled> {
    let BroughtBill { channel: id, day, kind, path, empty, brought_by } = *bill;
    let file = BillFile { channel: id, day, kind, span: channel.day(day), path, brought_by };
    let read = |file: &mut dyn BufRead, each: &mut dyn FnMut(BillLine)| match empty {
        true => Ok(()),
        false => channel.read_bill(kind, day, file, each).map_err(|error| bad(&error)),
    };
    app.reconcile(&file, &read, progress)
}

/// What is wrong with a bill, in the application's words.
pub fn bad(error: &BillError) -> BadBill {
    BadBill { line: error.line, code: error.fault.code(), detail: error.fault.column().to_owned() }
}

impl From<NotReconciled> for Failure {
    fn from(error: NotReconciled) -> Self {
        match error {
            NotReconciled::App(error) => error.into(),
            other => Self::Broken(other.to_string()),
        }
    }
}
