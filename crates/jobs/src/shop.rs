//! What jobs need of a shop.

use crate::{BroughtBill, DailyTask, compare_bill};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use yuanlu_app::archive::Round;
use yuanlu_app::bills::WaitingBill;
use yuanlu_app::cashier::{CashierAnswer, DueAsk};
use yuanlu_app::engine::EngineError;
use yuanlu_app::jobs::{
    DueCall, DueProbe, DueSaying, DueTimer, InHand, OpenPayment, PaymentClosing, PayoutDetails, ProbeHeard, RunStep,
};
use yuanlu_app::{App, AppError};
use yuanlu_channels::{BillKind, Channel};
use yuanlu_domain::command::Command;
use yuanlu_domain::ids::{ChannelId, ChannelNumber, DeskId, OrderId, SellerId};
use yuanlu_domain::outside_complaint::HeardComplaint;
use yuanlu_domain::refusal::Refusal;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

/// A shop as jobs see it. Every method is synchronous; what `submit` accepted is durable. None has a body of its own: whoever
/// stands in for a shop says what becomes of each.
pub trait Shop {
    /// Timers due at `now`, by due, owner and subject, after the given one.
    fn due_timers(&self, now: Instant, after: Option<&DueTimer>, limit: usize) -> Result<Vec<DueTimer>, Failure>;

    /// Sellers after the given one who are in debt, or whose earnings repay an advance.
    fn sellers_to_square(&self, after: Option<&SellerId>, limit: usize) -> Result<Vec<SellerId>, Failure>;

    /// Calls due at `now`, the longest due first. Nobody is given them again before `leased_until`, unless their payout
    /// has changed.
    fn claim_calls(&self, now: Instant, leased_until: Instant, limit: usize) -> Result<Vec<DueCall>, Failure>;

    /// What a call must say.
    fn payout_details(&self, order: &OrderId, payout: u16) -> Result<PayoutDetails, Failure>;

    /// Payments begun at channels from `from` until before `before` that nobody has heard of yet, of open and of expired
    /// orders, by begin, order and number, after the given one.
    fn open_payments(
        &self,
        from: Instant,
        before: Instant,
        after: Option<&OpenPayment>,
        limit: usize,
    ) -> Result<Vec<OpenPayment>, Failure>;

    /// Payers whose channel must be asked how they get to its cashier. Nobody is given them again before `leased_until`.
    fn claim_asks(&self, now: Instant, leased_until: Instant, limit: usize) -> Result<Vec<DueAsk>, Failure>;

    /// Keeps what a channel answered, for the payer's page.
    fn cashier_answered(&self, no: &ChannelNumber, answer: CashierAnswer) -> Result<(), Failure>;

    /// Payments that nobody is to make any more. Nobody is given them again before `leased_until`.
    fn claim_closings(&self, now: Instant, leased_until: Instant, limit: usize)
    -> Result<Vec<PaymentClosing>, Failure>;

    /// A payment could not be closed yet; it is looked at again at `until`.
    fn postpone_closing(&self, closing: &PaymentClosing, until: Instant) -> Result<(), Failure>;

    /// Keeps what a channel said about a payment when it was asked. Said again it is nothing new.
    fn hear(&self, channel: &ChannelId, no: &ChannelNumber, news: &PaymentNews, now: Instant) -> Result<(), Failure>;

    /// The same of top-ups, by begin and number.
    fn open_top_ups(
        &self,
        from: Instant,
        before: Instant,
        after: Option<&OpenPayment>,
        limit: usize,
    ) -> Result<Vec<OpenPayment>, Failure>;

    /// Decides and stores commands; one answer each, in order.
    fn submit(&self, commands: Vec<Command>, now: Instant) -> Vec<Result<(), Failure>>;

    /// Takes down since when channels cannot be reached; said whenever that changes.
    fn channels_down(&self, down: &BTreeMap<ChannelId, Instant>);

    /// Complaints that channels are to be asked about, with when that was said.
    fn outside_news(&self, limit: u32) -> Result<Vec<(ChannelId, String, Instant)>, Failure>;

    /// The channel was asked about a complaint.
    fn forget_outside_news(&self, channel: &ChannelId, number: &str, seen_at: Instant) -> Result<(), Failure>;

    /// What a channel told about one of its complaints; told again it is nothing new.
    fn outside_heard(&self, channel: &ChannelId, heard: &HeardComplaint) -> Result<(), Failure>;

    /// What a due call of a desk must say; `None` when it is not due any more.
    fn due_saying(&self, desk: &DeskId, call: u16) -> Result<Option<DueSaying>, Failure>;

    /// A question to an issuer that is due; `None` when it is not, or cannot be asked.
    fn due_probe(&self, order: &OrderId, probe: u16) -> Result<Option<DueProbe>, Failure>;

    /// Signs a question to an issuer.
    fn sign_probe(&self, question: &[u8]) -> Result<Vec<u8>, Failure>;

    /// What an issuer said; what nobody waits for any more is refused.
    fn probe_heard(&self, order: &OrderId, probe: u16, attempt: u16, heard: ProbeHeard) -> Result<(), Failure>;

    /// Writes what readers left in memory: who looked at what.
    fn keep_views(&self) -> Result<(), Failure>;

    /// Decides which ways notices go that nobody has decided on yet, and says what was planned for now.
    fn spread_notices(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Refunds the next orders of mass incidents that run: at most `most` of each, and no more than its rate allows. `hand`
    /// is what earlier calls claimed.
    fn run_incidents(&self, hand: &mut InHand, now: Instant, most: u32) -> Result<RunStep, Failure>;

    /// Work of a day; doing it again must be harmless.
    fn daily(&self, task: DailyTask, now: Instant) -> Result<(), Failure>;

    /// What time it is on the database's server; none where the database is a file.
    fn server_time(&self) -> Result<Option<Instant>, Failure>;

    /// A round through orders that are old enough for the archive; none where nothing ever is.
    fn archive_round(&self, now: Instant) -> Option<Round>;

    /// Archives the next of them.
    fn archive_next(&self, round: &mut Round) -> Result<(), Failure>;

    /// The oldest day of which a channel should have a bill by now that was not compared yet; a shop that compares none
    /// wants none.
    fn wanted_bill(&self, channel: &ChannelId, kind: BillKind, now: Instant) -> Result<Option<Date>, Failure>;

    /// Bills that an operator left to be compared.
    fn waiting_bills(&self) -> Vec<WaitingBill>;

    /// Where bills are kept while they are fetched.
    fn bill_folder(&self) -> PathBuf;

    /// Compares a bill and does what follows from it; doing it again must be harmless.
    fn reconcile_bill(&self, channel: &dyn Channel, bill: &BroughtBill<'_>) -> Result<(), Failure>;
}

/// What a channel said about a payment when it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentNews {
    /// It was made. Another number of the channel under the same number of ours is a second payment (R29).
    Succeeded {
        /// The channel's number.
        channel_ref: String,
        /// How much.
        amount: Money,
    },
    /// Who made it, as the channel names him. Kept as a keyed hash only.
    Payer(String),
    /// It was declined.
    Declined {
        /// The channel's code.
        code: String,
    },
    /// It is closed: no money came under its number.
    Closed,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The rules say no; often because somebody else was faster.
    Refused(Refusal),
    /// The store or the program failed; it is tried again.
    Broken(String),
}

impl Failure {
    /// Logs what a person should know; a timer or call that somebody else handled is nothing.
    pub(crate) fn log(&self, what: &str) {
        match self {
            Self::Refused(Refusal::NothingDue) => {}
            Self::Refused(Refusal::Inconsistent { .. }) | Self::Broken(_) => tracing::error!(why = %self, "{what}"),
            Self::Refused(_) => tracing::warn!(why = %self, "{what}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Failure {}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Broken(other.code().to_owned()),
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Broken(other.to_string()),
        }
    }
}

impl Shop for App {
    fn due_timers(&self, now: Instant, after: Option<&DueTimer>, limit: usize) -> Result<Vec<DueTimer>, Failure> {
        Ok(Self::due_timers(self, now, after, limit)?)
    }

    fn sellers_to_square(&self, after: Option<&SellerId>, limit: usize) -> Result<Vec<SellerId>, Failure> {
        Ok(Self::sellers_to_square(self, after, limit)?)
    }

    fn claim_calls(&self, now: Instant, leased_until: Instant, limit: usize) -> Result<Vec<DueCall>, Failure> {
        Ok(Self::claim_calls(self, now, leased_until, limit)?)
    }

    fn payout_details(&self, order: &OrderId, payout: u16) -> Result<PayoutDetails, Failure> {
        Ok(Self::payout_details(self, order, payout)?)
    }

    fn open_payments(
        &self,
        from: Instant,
        before: Instant,
        after: Option<&OpenPayment>,
        limit: usize,
    ) -> Result<Vec<OpenPayment>, Failure> {
        Ok(Self::open_payments(self, from, before, after, limit)?)
    }

    fn outside_news(&self, limit: u32) -> Result<Vec<(ChannelId, String, Instant)>, Failure> {
        Ok(Self::outside_news(self, limit)?)
    }

    fn forget_outside_news(&self, channel: &ChannelId, number: &str, seen_at: Instant) -> Result<(), Failure> {
        Ok(Self::forget_outside_news(self, channel, number, seen_at)?)
    }

    fn outside_heard(&self, channel: &ChannelId, heard: &HeardComplaint) -> Result<(), Failure> {
        Ok(Self::outside_heard(self, channel, heard)?)
    }

    fn due_saying(&self, desk: &DeskId, call: u16) -> Result<Option<DueSaying>, Failure> {
        Ok(Self::due_saying(self, desk, call)?)
    }

    fn due_probe(&self, order: &OrderId, probe: u16) -> Result<Option<DueProbe>, Failure> {
        Ok(Self::due_probe(self, order, probe)?)
    }

    fn sign_probe(&self, question: &[u8]) -> Result<Vec<u8>, Failure> {
        Ok(Self::sign_probe(self, question)?)
    }

    fn probe_heard(&self, order: &OrderId, probe: u16, attempt: u16, heard: ProbeHeard) -> Result<(), Failure> {
        Ok(Self::probe_heard(self, order, probe, attempt, heard)?)
    }

    fn claim_asks(&self, now: Instant, leased_until: Instant, limit: usize) -> Result<Vec<DueAsk>, Failure> {
        Ok(Self::claim_asks(self, now, leased_until, limit)?)
    }

    fn cashier_answered(&self, no: &ChannelNumber, answer: CashierAnswer) -> Result<(), Failure> {
        Ok(Self::cashier_answered(self, no, answer)?)
    }

    fn claim_closings(
        &self,
        now: Instant,
        leased_until: Instant,
        limit: usize,
    ) -> Result<Vec<PaymentClosing>, Failure> {
        Ok(Self::claim_closings(self, now, leased_until, limit)?)
    }

    fn postpone_closing(&self, closing: &PaymentClosing, until: Instant) -> Result<(), Failure> {
        Ok(Self::postpone_closing(self, closing, until)?)
    }

    fn open_top_ups(
        &self,
        from: Instant,
        before: Instant,
        after: Option<&OpenPayment>,
        limit: usize,
    ) -> Result<Vec<OpenPayment>, Failure> {
        Ok(Self::open_top_ups(self, from, before, after, limit)?)
    }

    /// The same doors that callbacks come in by.
    fn hear(&self, channel: &ChannelId, no: &ChannelNumber, news: &PaymentNews, _: Instant) -> Result<(), Failure> {
        Ok(match news {
            PaymentNews::Succeeded { channel_ref, amount } => self.payment_succeeded(channel, no, channel_ref, *amount),
            PaymentNews::Payer(payer) => self.payer_named(channel, no, payer),
            PaymentNews::Declined { code } => self.payment_declined(channel, no, code),
            PaymentNews::Closed => self.payment_closed(channel, no),
        }?)
    }

    /// The engine asks the shop's clock itself.
    fn submit(&self, commands: Vec<Command>, _: Instant) -> Vec<Result<(), Failure>> {
        self.run_commands(commands).into_iter().map(|answer| answer.map_err(Failure::from)).collect()
    }

    fn channels_down(&self, down: &BTreeMap<ChannelId, Instant>) {
        self.set_channels_down(down.clone());
    }

    fn keep_views(&self) -> Result<(), Failure> {
        Self::keep_views(self)?;
        Ok(())
    }

    fn spread_notices(&self) -> Result<(), Failure> {
        Self::spread_notices(self)?;
        Ok(())
    }

    fn run_incidents(&self, hand: &mut InHand, now: Instant, most: u32) -> Result<RunStep, Failure> {
        Ok(Self::run_incidents(self, hand, now, most)?)
    }

    fn daily(&self, task: DailyTask, now: Instant) -> Result<(), Failure> {
        match task {
            DailyTask::SendDigests => drop(self.send_digests(now)?),
            DailyTask::RankSellers => drop(self.rank_sellers()?),
            DailyTask::ForgetMessages { before } => drop(self.forget_messages(before)?),
            DailyTask::Seal => {
                Self::keep_views(self)?;
                self.seal_journals()?;
            }
            DailyTask::ForgetDrafts => drop(self.expire_drafts()?),
            DailyTask::ForgetKeys { before } => drop(self.forget_keys(before)?),
            DailyTask::EndSessions => drop(self.end_sessions()?),
        }
        Ok(())
    }

    fn server_time(&self) -> Result<Option<Instant>, Failure> {
        Ok(Self::server_time(self)?)
    }

    fn archive_round(&self, now: Instant) -> Option<Round> {
        Self::archive_round(self, now)
    }

    fn archive_next(&self, round: &mut Round) -> Result<(), Failure> {
        Self::archive_next(self, round)?;
        Ok(())
    }

    fn wanted_bill(&self, channel: &ChannelId, kind: BillKind, now: Instant) -> Result<Option<Date>, Failure> {
        Ok(Self::wanted_bill(self, channel, kind, now)?)
    }

    fn waiting_bills(&self) -> Vec<WaitingBill> {
        Self::waiting_bills(self)
    }

    fn bill_folder(&self) -> PathBuf {
        Self::bill_folder(self)
    }

    fn reconcile_bill(&self, channel: &dyn Channel, bill: &BroughtBill<'_>) -> Result<(), Failure> {
        let done = compare_bill(self, channel, bill, &mut |_| {})?;
        let summary = &done.summary;
        tracing::info!(channel = %done.channel, day = %done.day, lines = summary.of, differences = summary.differences, "a bill was compared");
        Ok(())
    }
}
