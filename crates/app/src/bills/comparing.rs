//! The lines of a bill, a thousand at a time.

use super::exceptions::{exception_id, matter_of_line};
use super::{BillFile, NotReconciled, Progress, ReadLines, opened};
use crate::app::App;
use crate::engine::{EngineError, Envelope, Lane};
use crate::errors::{AppError, Result};
use std::collections::HashSet;
use yuanlu_domain::bill::{BillLine, ChannelEntry, Difference, Found, Remedy, Verdict, compare};
use yuanlu_domain::bill_exception::{ExceptionAct, Matter, Resolution};
use yuanlu_domain::command::{Act, Command, OrderAct, WalletAct};
use yuanlu_domain::desk::DeskAct;
use yuanlu_domain::ids::DeskId;
use yuanlu_domain::{Actor, Refusal};
use yuanlu_storage::bill::{self, Bill, Line};
use yuanlu_storage::{channel_entry, desk};

/// Lines of one commit.
const CHUNK: usize = 1000;
/// So close to the cut of a day, two clocks may put the same thing on different days.
pub(super) const CUT_HOURS: i64 = 1;

/// Agrees, on its own day.
const MATCHED: &str = "matched";
/// Agrees, close to the end of the day or on another day: looked up by number.
const NEAR: &str = "near";
/// Nothing to compare with.
const ASIDE: &str = "aside";

impl App {
    /// Compares the lines that were not compared before.
    pub(super) fn compare_lines(
        &self,
        file: &BillFile<'_>,
        bill: Bill,
        read: &ReadLines<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> std::result::Result<Bill, NotReconciled> {
        let mut run = Run { app: self, file, bill, chunk: Vec::with_capacity(CHUNK), failed: None };
        let (mut skip, of) = (run.bill.summary.lines, run.bill.summary.of);
        let done = read(&mut opened(file.path)?, &mut |line| {
            if skip > 0 {
                skip -= 1;
                return;
            }
            run.take(line);
            if run.chunk.is_empty() {
                progress(Progress::Compared(run.bill.summary.lines, of));
            }
        });
        run.finish();
        match (run.failed, done) {
            (Some(failed), _) => Err(NotReconciled::App(failed)),
            // It was whole a moment ago: somebody writes into it.
            (None, Err(bad)) => Err(NotReconciled::Bad(bad)),
            (None, Ok(())) => Ok(run.bill),
        }
    }
}

struct Run<'a> {
    app: &'a App,
    file: &'a BillFile<'a>,
    bill: Bill,
    chunk: Vec<BillLine>,
    failed: Option<AppError>,
}

impl Run<'_> {
    fn take(&mut self, line: BillLine) {
        if self.failed.is_some() {
            return;
        }
        self.chunk.push(line);
        if self.chunk.len() >= CHUNK {
            self.finish();
        }
    }

    fn finish(&mut self) {
        if self.failed.is_none() && !self.chunk.is_empty() {
            self.failed = self.compare_chunk().err();
        }
        self.chunk.clear();
    }

    fn compare_chunk(&mut self) -> Result<()> {
        let app = self.app;
        let numbers = self.chunk.iter().map(|line| line.no().as_str()).filter(|no| !no.is_empty());
        let known = app.db().read(|db| channel_entry::find_all(db, numbers))?;
        let prefix = &app.db().meta().number_prefix;
        let mut rows = Vec::with_capacity(self.chunk.len());
        let mut differing = Vec::new();
        let mut late = Vec::new();
        for line in &self.chunk {
            let verdict =
                compare(self.file.channel, self.file.kind, line, of_number(&known, line.no().as_str()), prefix);
            let summary = &mut self.bill.summary;
            let code = match verdict {
                Verdict::Aside => {
                    summary.aside += 1;
                    ASIDE
                }
                Verdict::Matched(at) => {
                    summary.matched += 1;
                    let span = &self.file.span;
                    let calm = span.start..span.end.plus_hours(-CUT_HOURS);
                    if at.is_none_or(|at| calm.contains(&at)) {
                        MATCHED
                    } else {
                        late.push(exception_id(self.file.channel, Difference::MissingThere, line));
                        NEAR
                    }
                }
                Verdict::Differs(found) => {
                    summary.differences += 1;
                    let code = found.difference.code();
                    differing.push((rows.len(), *found));
                    code
                }
            };
            rows.push(row(line, code));
        }
        if !differing.is_empty() {
            self.settle(differing, &mut rows)?;
        }
        if !late.is_empty() {
            app.resolve_exceptions(late, Resolution::LaterBill)?;
        }
        self.bill.summary.lines += rows.len() as u64;
        self.bill.changed_at = app.now();
        let bill = self.bill.clone();
        app.engine().write(Lane::Bulk, move |tx, _| {
            bill::put_lines(tx, bill.id, &rows)?;
            Ok(bill::update(tx, &bill)?)
        })
    }

    /// Tells orders what they do not know, and raises an exception for every difference.
    fn settle(&self, differing: Vec<(usize, Found)>, rows: &mut [Line]) -> Result<()> {
        let told = differing.iter().map(|(place, found)| self.telling(&self.chunk[*place], found));
        let told: Vec<Option<Command>> = told.collect();
        let envelopes = told.iter().flatten().cloned().map(Envelope::program).collect();
        let mut answers = self.app.engine().commands(envelopes).into_iter();
        let mut raised = Vec::new();
        for ((place, found), told) in differing.into_iter().zip(told) {
            let line = &self.chunk[place];
            let settled = match told.and_then(|_| answers.next()) {
                Some(Ok(_)) => true,
                // Somebody was faster, or it is a repetition after a crash.
                Some(Err(EngineError::Refused(Refusal::NothingDue))) => true,
                Some(Err(EngineError::Refused(_) | EngineError::Panicked)) | None => false,
                Some(Err(error)) => return Err(error.into()),
            };
            let desk = exception_id(self.file.channel, found.difference, line);
            rows[place].exception = Some(desk.clone());
            let matter = matter_of_line(self.file, line, &found, &self.app.db().meta().number_prefix);
            raised.push((desk, matter, settled));
        }
        self.app.raise_exceptions(raised)
    }

    fn telling(&self, line: &BillLine, found: &Found) -> Option<Command> {
        let by = Actor::Channel { channel: self.file.channel.clone() };
        let (order, act) = match &found.remedy {
            Remedy::TellTopUp(account) => {
                let (no, channel_ref) = (line.payment_no.clone(), line.payment_ref.clone());
                let act = WalletAct::TopUpSucceeded { no, channel_ref, amount: line.amount };
                return Some(Command { by, act: Act::Wallet { account: account.clone(), act } });
            }
            Remedy::TellPayment(order) => {
                let (no, channel_ref) = (line.payment_no.clone(), line.payment_ref.clone());
                (order, OrderAct::PaymentSucceeded { no, channel_ref, amount: line.amount })
            }
            Remedy::TellPayout(order, payout, outcome) => {
                (order, OrderAct::RecordOutcome { payout: *payout, attempt: None, outcome: outcome.clone() })
            }
            Remedy::Person => return None,
        };
        Some(Command { by, act: Act::Order { order: order.clone(), act } })
    }
}

impl App {
    /// Raises exceptions; one that is there already stays as it is.
    pub(super) fn raise_exceptions(&self, raised: Vec<(DeskId, Matter, bool)>) -> Result<()> {
        let envelopes = raised.into_iter().map(|(desk, matter, settled)| {
            let act = DeskAct::Exception(ExceptionAct::Raise { matter: Box::new(matter), settled });
            Envelope::program(Command { by: Actor::Program, act: Act::Desk { desk, act } })
        });
        self.harmless(envelopes.collect())
    }

    /// The program settles those of these exceptions that are open.
    pub(super) fn resolve_exceptions(&self, desks: Vec<DeskId>, resolution: Resolution) -> Result<()> {
        let ids: Vec<&str> = desks.iter().map(DeskId::as_str).collect();
        let there = self.db().read(|db| desk::load(db, &ids))?;
        let there: HashSet<&DeskId> = there.iter().map(|stored| stored.aggregate.id()).collect();
        let envelopes = desks.iter().filter(|desk| there.contains(desk)).map(|desk| {
            let act = DeskAct::Exception(ExceptionAct::Resolve { resolution, words: None });
            Envelope::program(Command { by: Actor::Program, act: Act::Desk { desk: desk.clone(), act } })
        });
        self.harmless(envelopes.collect())
    }

    /// Commands that say nothing new where they were given before.
    pub(super) fn harmless(&self, envelopes: Vec<Envelope>) -> Result<()> {
        for outcome in self.engine().commands(envelopes) {
            match outcome {
                Ok(_) | Err(EngineError::Refused(Refusal::NothingDue)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Those of a number, of entries in the order of their numbers.
fn of_number<'k>(known: &'k [ChannelEntry], no: &str) -> &'k [ChannelEntry] {
    let from = known.partition_point(|entry| entry.no.as_str() < no);
    let rest = &known[from..];
    &rest[..rest.partition_point(|entry| entry.no.as_str() == no)]
}

fn row(line: &BillLine, verdict: &str) -> Line {
    Line {
        line: i64::try_from(line.line).unwrap_or(i64::MAX),
        entry: line.entry.code().to_owned(),
        no: line.no().to_string(),
        channel_ref: line.payment_ref.clone(),
        amount_minor: line.amount.minor(),
        currency: line.amount.currency().code().to_owned(),
        fee_minor: line.fee_minor,
        verdict: verdict.to_owned(),
        exception: None,
    }
}
