//! A shop whose payouts by channels wait: after a restore, or since the database had gone back, until an operator compared the channels' bills. Everything
//! else goes on.

use crate::Problem;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::PathBuf;
use yuanlu_app::App;
use yuanlu_app::archive::Round;
use yuanlu_app::bills::WaitingBill;
use yuanlu_app::jobs::{DueCall, DueProbe, DueSaying, DueTimer, OpenPayment, PayoutDetails, ProbeHeard};
use yuanlu_channels::{BillKind, Channel};
use yuanlu_domain::command::Command;
use yuanlu_domain::ids::{ChannelId, ChannelNumber, DeskId, OrderId, SellerId};
use yuanlu_domain::outside_complaint::HeardComplaint;
use yuanlu_domain::time::Instant;
use yuanlu_jobs::{
    BroughtBill, CashierAnswer, DailyTask, DueAsk, Failure, InHand, PaymentClosing, PaymentNews, RunStep, Shop,
};

/// The shop, and whether its payouts wait.
pub struct Held {
    /// The shop.
    pub app: App,
    /// Payouts wait.
    pub held: bool,
}

impl Held {
    /// Reads whether payouts wait. That changes only while nobody serves, or where this node is stopped by it.
    pub fn new(app: &App) -> Result<Self, Problem> {
        let held = crate::backup::held(app.db())?.is_some();
        if held {
            tracing::warn!(
                "payouts by channels wait since a restore, or since the database had gone back; see `yuanlu doctor`"
            );
        }
        Ok(Self { app: app.clone(), held })
    }
}

impl Shop for Held {
    fn due_timers(&self, now: Instant, after: Option<&DueTimer>, limit: usize) -> Result<Vec<DueTimer>, Failure> {
        Shop::due_timers(&self.app, now, after, limit)
    }

    fn sellers_to_square(&self, after: Option<&SellerId>, limit: usize) -> Result<Vec<SellerId>, Failure> {
        Shop::sellers_to_square(&self.app, after, limit)
    }

    fn outside_news(&self, limit: u32) -> Result<Vec<(ChannelId, String, Instant)>, Failure> {
        Shop::outside_news(&self.app, limit)
    }

    fn forget_outside_news(&self, channel: &ChannelId, number: &str, seen_at: Instant) -> Result<(), Failure> {
        Shop::forget_outside_news(&self.app, channel, number, seen_at)
    }

    fn outside_heard(&self, channel: &ChannelId, heard: &HeardComplaint) -> Result<(), Failure> {
        Shop::outside_heard(&self.app, channel, heard)
    }

    fn due_saying(&self, desk: &DeskId, call: u16) -> Result<Option<DueSaying>, Failure> {
        Shop::due_saying(&self.app, desk, call)
    }

    fn spread_notices(&self) -> Result<(), Failure> {
        Shop::spread_notices(&self.app)
    }

    fn keep_views(&self) -> Result<(), Failure> {
        Shop::keep_views(&self.app)
    }

    fn run_incidents(&self, hand: &mut InHand, now: Instant, most: u32) -> Result<RunStep, Failure> {
        Shop::run_incidents(&self.app, hand, now, most)
    }

    fn claim_calls(&self, now: Instant, leased_until: Instant, limit: usize) -> Result<Vec<DueCall>, Failure> {
        if self.held { Ok(Vec::new()) } else { Shop::claim_calls(&self.app, now, leased_until, limit) }
    }

    fn payout_details(&self, order: &OrderId, payout: u16) -> Result<PayoutDetails, Failure> {
        Shop::payout_details(&self.app, order, payout)
    }

    fn open_payments(
        &self,
        from: Instant,
        before: Instant,
        after: Option<&OpenPayment>,
        limit: usize,
    ) -> Result<Vec<OpenPayment>, Failure> {
        Shop::open_payments(&self.app, from, before, after, limit)
    }

    fn open_top_ups(
        &self,
        from: Instant,
        before: Instant,
        after: Option<&OpenPayment>,
        limit: usize,
    ) -> Result<Vec<OpenPayment>, Failure> {
        Shop::open_top_ups(&self.app, from, before, after, limit)
    }

    fn due_probe(&self, order: &OrderId, probe: u16) -> Result<Option<DueProbe>, Failure> {
        Shop::due_probe(&self.app, order, probe)
    }

    fn sign_probe(&self, question: &[u8]) -> Result<Vec<u8>, Failure> {
        Shop::sign_probe(&self.app, question)
    }

    fn probe_heard(&self, order: &OrderId, probe: u16, attempt: u16, heard: ProbeHeard) -> Result<(), Failure> {
        Shop::probe_heard(&self.app, order, probe, attempt, heard)
    }

    fn claim_asks(&self, now: Instant, leased_until: Instant, limit: usize) -> Result<Vec<DueAsk>, Failure> {
        Shop::claim_asks(&self.app, now, leased_until, limit)
    }

    fn cashier_answered(&self, no: &ChannelNumber, answer: CashierAnswer) -> Result<(), Failure> {
        Shop::cashier_answered(&self.app, no, answer)
    }

    fn claim_closings(
        &self,
        now: Instant,
        leased_until: Instant,
        limit: usize,
    ) -> Result<Vec<PaymentClosing>, Failure> {
        Shop::claim_closings(&self.app, now, leased_until, limit)
    }

    fn postpone_closing(&self, closing: &PaymentClosing, until: Instant) -> Result<(), Failure> {
        Shop::postpone_closing(&self.app, closing, until)
    }

    fn hear(&self, channel: &ChannelId, no: &ChannelNumber, news: &PaymentNews, now: Instant) -> Result<(), Failure> {
        Shop::hear(&self.app, channel, no, news, now)
    }

    fn submit(&self, commands: Vec<Command>, now: Instant) -> Vec<Result<(), Failure>> {
        Shop::submit(&self.app, commands, now)
    }

    fn channels_down(&self, down: &BTreeMap<ChannelId, Instant>) {
        Shop::channels_down(&self.app, down);
    }

    fn daily(&self, task: DailyTask, now: Instant) -> Result<(), Failure> {
        Shop::daily(&self.app, task, now)
    }

    fn server_time(&self) -> Result<Option<Instant>, Failure> {
        Shop::server_time(&self.app)
    }

    fn archive_round(&self, now: Instant) -> Option<Round> {
        Shop::archive_round(&self.app, now)
    }

    fn archive_next(&self, round: &mut Round) -> Result<(), Failure> {
        Shop::archive_next(&self.app, round)
    }

    fn wanted_bill(&self, channel: &ChannelId, kind: BillKind, now: Instant) -> Result<Option<Date>, Failure> {
        Shop::wanted_bill(&self.app, channel, kind, now)
    }

    fn waiting_bills(&self) -> Vec<WaitingBill> {
        Shop::waiting_bills(&self.app)
    }

    fn bill_folder(&self) -> PathBuf {
        Shop::bill_folder(&self.app)
    }

    fn reconcile_bill(&self, channel: &dyn Channel, bill: &BroughtBill<'_>) -> Result<(), Failure> {
        Shop::reconcile_bill(&self.app, channel, bill)
    }
}
