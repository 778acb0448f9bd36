//! Bills and exceptions as finance sees and settles them.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::engine::Envelope;
use crate::errors::{AppError, Result};
use crate::inputs::{CloseUnmatchedInput, Page, SettleInput};
use crate::lookup::Lookup;
use crate::order_view::{may, permit};
use crate::principal::Principal;
use crate::submit::FINANCE;
use crate::text;
use crate::timeline::side;
use crate::views::{
    BillDayView, BillLineView, BillView, DueView, ExceptionSummary, ExceptionView, Listing, MoneyView, SideView,
    TimelineStep, TotalsView, UnmatchedView,
};
use jiff::civil::Date;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use yuanlu_domain::Refusal;
use yuanlu_domain::bill::{BillKind, Totals};
use yuanlu_domain::bill_exception::{BillException, ExceptionAct, ExceptionEvent, ExceptionState, Resolution, Side};
use yuanlu_domain::command::{Act, OrderAct};
use yuanlu_domain::desk::{DeskAct, DeskEvent, DeskFile};
use yuanlu_domain::event::Entry;
use yuanlu_domain::ids::{ChannelId, DeskId, OrderId, PersonalId};
use yuanlu_domain::time::Instant;
use yuanlu_ledger::Account;
use yuanlu_money::{Currency, Money};
use yuanlu_storage::aggregate::{Kind, Stored};
use yuanlu_storage::bill::{self, Bill, BillState};
use yuanlu_storage::{Read, account_balance, channel_entry, desk, journal, personal, unmatched};

/// The kind of desk that an exception is.
const KIND: &str = "bill_exception";
/// Days shown.
const DAYS_SHOWN: i64 = 14;
/// Differences shown with a bill.
const MOST_SHOWN: u32 = 200;

fn of_desk(stored: Stored<DeskFile>) -> Result<BillException> {
    match stored.aggregate {
        DeskFile::Exception(exception) => Ok(exception),
        _ => Err(AppError::NotFound),
    }
}

impl App {
    /// Days of every channel, the newest first, with those whose bill is missing.
    pub fn bill_days(&self, who: &Principal) -> Result<Vec<BillDayView>> {
        permit(who, Action::Reconcile, &Object::Nothing)?;
        let now = self.now();
        let (today, born) = (now.date(), self.db().meta().created_at.date());
        let first = now.plus_days(-DAYS_SHOWN).date().max(born);
        let bills = self.db().read(|db| bill::list_between(db, first, today))?;
        let mut days = Vec::new();
        let mut channels: BTreeSet<ChannelId> = self.channels().iter().cloned().collect();
        channels.extend(bills.iter().map(|bill| bill.channel.clone()));
        let expected = self.expected_from(&channels, first)?;
        let mut day = today;
        while day >= first {
            for channel in &channels {
                for kind in [BillKind::Trades, BillKind::Funds] {
                    let of_day = |bill: &&Bill| (bill.day, &bill.channel, bill.kind) == (day, channel, kind);
                    let newest = bills.iter().rfind(of_day);
                    let usable = bills.iter().rfind(|bill| of_day(bill) && bill.state == BillState::Done);
                    match usable.or(newest) {
                        Some(bill) => days.push(day_view(bill)),
                        None if kind == BillKind::Trades
                            && day < today
                            && expected.get(channel).is_some_and(|from| *from <= day) =>
                        {
                            days.push(self.missing_day(channel, day, now));
                        }
                        None => {}
                    }
                }
            }
            let Ok(before) = day.yesterday() else { break };
            day = before;
        }
        Ok(days)
    }

    /// From which day on a channel owes bills: since money first moved there.
    fn expected_from(&self, channels: &BTreeSet<ChannelId>, first: Date) -> Result<BTreeMap<ChannelId, Date>> {
        self.db().read(|db| {
            let mut expected = BTreeMap::new();
            for channel in channels {
                if let Some(at) = channel_entry::first_at(db, channel)? {
                    expected.insert(channel.clone(), at.date().max(first));
                }
            }
            Ok(expected)
        })
    }

    fn missing_day(&self, channel: &ChannelId, day: Date, now: Instant) -> BillDayView {
        // Half a day after it is usually written, somebody should ask where it is.
        let late = Instant::start_of(day).plus_hours(48) <= now;
        BillDayView {
            channel: channel.to_string(),
            day: day.to_string(),
            kind: BillKind::Trades.code(),
            state: if late { "missing" } else { "expected" },
            bill: None,
            lines: 0,
            compared: 0,
            matched: 0,
            aside: 0,
            differences: 0,
            theirs: Vec::new(),
            ours: Vec::new(),
            fault: None,
            fault_line: 0,
            fault_column: String::new(),
        }
    }

    /// A bill, with its differences.
    pub fn bill(&self, who: &Principal, id: i64) -> Result<BillView> {
        permit(who, Action::Reconcile, &Object::Nothing)?;
        self.db().snapshot(|db| {
            let bill = bill::find(db, id)?.ok_or(AppError::NotFound)?;
            let lines = bill::list_lines(db, id, true, i64::MIN, MOST_SHOWN)?;
            let currencies: BTreeSet<Currency> = bill.summary.theirs.iter().map(|totals| totals.currency).collect();
            let stands = |account: &Account| -> Result<Vec<MoneyView>> {
                let each = currencies.iter().map(|currency| {
                    let net = account_balance::find(db, account, *currency)?;
                    // What the channel holds grows on the debit side.
                    let minor = if matches!(account, Account::Unmatched) { net } else { -net };
                    Ok(MoneyView::new(minor, *currency))
                });
                each.collect()
            };
            Ok(BillView {
                differing: lines.iter().map(line_view).collect(),
                clearing: stands(&Account::ChannelClearing(bill.channel.to_string()))?,
                held: stands(&Account::Unmatched)?,
                day: day_view(&bill),
                sha256: bill.sha256,
                bytes: bill.summary.bytes,
                brought_by: bill.brought_by,
                began_at: bill.began_at.into(),
                changed_at: bill.changed_at.into(),
            })
        })
    }

    /// Exceptions: those that wait, the most urgent first; or those that are settled.
    pub fn exceptions(&self, who: &Principal, over: bool, page: &Page) -> Result<Listing<ExceptionSummary>> {
        permit(who, Action::Reconcile, &Object::Nothing)?;
        let after = text::cursor(page)?;
        self.db().snapshot(|db| {
            let given = page.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(|_| &after);
            let found = match over {
                true => desk::list_over(db, KIND, &after, page.rows() + 1)?,
                false => desk::queue(db, KIND, given, page.rows() + 1)?,
            };
            let mut found = found.into_iter().map(of_desk).collect::<Result<Vec<_>>>()?;
            let next = text::cut(&mut found, page, |exception| {
                let due = exception.timer().map_or(i64::MAX, |timer| timer.due.micros());
                text::cursor_text(if over { exception.raised_at.micros() } else { due }, exception.desk.as_str())
            });
            let mut lookup = Lookup::default();
            let items = found.iter().map(|exception| self.exception_summary(db, &mut lookup, exception));
            Ok(Listing { items: items.collect::<Result<_>>()?, next })
        })
    }

    /// An exception.
    pub fn exception(&self, who: &Principal, id: &DeskId) -> Result<ExceptionView> {
        permit(who, Action::Reconcile, &Object::Nothing)?;
        self.db().snapshot(|db| {
            let exception = of_desk(desk::find(db, id)?.ok_or(AppError::NotFound)?)?;
            let texts: HashMap<PersonalId, String> = personal::list(db, Kind::Desk, id.as_str())?.into_iter().collect();
            let mut lookup = Lookup::default();
            let open = exception.is_open() && may(who, Action::Reconcile, &Object::Nothing);
            let mine = matches!(&exception.state,
                ExceptionState::Open { claim: Some(claim), .. } if who.account() == Some(&claim.by));
            let words = match &exception.state {
                ExceptionState::Resolved { words: Some(words), .. } => texts.get(&words.id).cloned(),
                _ => None,
            };
            Ok(ExceptionView {
                channel_ref: exception.matter.channel_ref.clone(),
                ours: exception.matter.ours.as_ref().map(side_view),
                theirs: exception.matter.theirs.as_ref().map(side_view),
                words,
                timeline: timeline(db, &mut lookup, id, &texts)?,
                ways: if open { exception.ways().into_iter().map(Resolution::code).collect() } else { Vec::new() },
                can_claim: open && !mine,
                summary: self.exception_summary(db, &mut lookup, &exception)?,
            })
        })
    }

    fn exception_summary(
        &self,
        db: &impl Read,
        lookup: &mut Lookup,
        exception: &BillException,
    ) -> Result<ExceptionSummary> {
        let (matter, now) = (&exception.matter, self.now());
        let (due, escalated, claim, resolution, at) = match &exception.state {
            ExceptionState::Open { due, escalations, claim } => {
                (Some(due), *escalations > 0, claim.as_ref(), None, None)
            }
            ExceptionState::Resolved { resolution, at, .. } => (None, false, None, Some(resolution.code()), Some(*at)),
        };
        let amount = matter.theirs.as_ref().or(matter.ours.as_ref()).map_or(matter.delta, |side| side.amount);
        Ok(ExceptionSummary {
            exception: exception.desk.to_string(),
            channel: matter.channel.to_string(),
            day: matter.day.to_string(),
            difference: matter.difference.code(),
            entry: matter.entry.clone(),
            no: matter.no.to_string(),
            order: matter.order.as_ref().map(ToString::to_string),
            amount: amount.into(),
            delta: matter.delta.into(),
            state: exception.state.code(),
            turn_who: exception.timer().map(|timer| timer.who.code()),
            due: due.map(DueView::from),
            overdue: escalated || due.is_some_and(|due| due.is_over(now)),
            claimed_by: claim.map(|claim| lookup.login(db, &claim.by)).transpose()?,
            resolution,
            raised_at: exception.raised_at.into(),
            resolved_at: at.map(Into::into),
        })
    }

    /// Takes an exception.
    pub fn claim_exception(&self, who: &Principal, id: &DeskId) -> Result<ExceptionView> {
        permit(who, Action::Reconcile, &Object::Nothing)?;
        let audit = self.audit_row(who, "claim_exception", id.as_str(), json!({}))?;
        let act = Act::Desk { desk: id.clone(), act: DeskAct::Exception(ExceptionAct::Claim) };
        self.request(who, who.as_staff(FINANCE), act).and([audit]).send()?;
        self.exception(who, id)
    }

    /// Settles an exception, with words.
    pub fn settle_exception(&self, who: &Principal, id: &DeskId, input: &SettleInput) -> Result<ExceptionView> {
        permit(who, Action::Reconcile, &Object::Nothing)?;
        let resolution = Resolution::parse(&input.way).ok_or(AppError::invalid("way", "unknown"))?;
        let words = text::words("words", &input.words, 1, 2000)?;
        let stored = self.db().read(|db| desk::find(db, id))?.ok_or(AppError::NotFound)?;
        let exception = of_desk(stored)?;
        if exception.is_open() && !exception.ways().contains(&resolution) {
            return Err(AppError::invalid("way", "unknown"));
        }
        if resolution == Resolution::Assigned && exception.is_open() {
            self.assign(who, &exception, text::given(input.order.as_ref()))?;
        }
        let (row, words) = self
            .personal_of(Kind::Desk, id.as_str(), "words", &words)?
            .ok_or(AppError::invalid("words", "required"))?;
        let audit = self.audit_row(who, "settle_exception", id.as_str(), json!({ "way": resolution.code() }))?;
        let act = DeskAct::Exception(ExceptionAct::Resolve { resolution, words: Some(words) });
        let act = Act::Desk { desk: id.clone(), act };
        self.request(who, who.as_staff(FINANCE), act).with([row]).and([audit]).send()?;
        self.exception(who, id)
    }

    /// Records a found payment with the order it belongs to. Done before the exception is settled: should the second step
    /// fail, the first one said again is nothing new.
    fn assign(&self, who: &Principal, exception: &BillException, order: Option<&str>) -> Result<()> {
        let matter = &exception.matter;
        let order = OrderId::from(order.ok_or(AppError::invalid("order", "required"))?.trim());
        let amount = matter.theirs.as_ref().map(|side| side.amount).ok_or(AppError::Conflict)?;
        let act = OrderAct::AssignPayment {
            no: matter.no.clone(),
            channel: matter.channel.clone(),
            channel_ref: matter.channel_ref.clone(),
            amount,
        };
        let audit =
            self.audit_row(who, "assign_payment", order.as_str(), json!({ "exception": exception.desk.as_str() }))?;
        match self.order_request(who, who.as_staff(FINANCE), &order, act).and([audit]).send() {
            Ok(_) | Err(AppError::Refused(Refusal::NothingDue)) => Ok(()),
            Err(AppError::NotFound) => Err(AppError::invalid("order", "unknown")),
            Err(error) => Err(error),
        }
    }

    /// What channels said that fits nothing and that is no payment.
    pub fn unmatched(&self, who: &Principal) -> Result<Vec<UnmatchedView>> {
        permit(who, Action::Reconcile, &Object::Nothing)?;
        let open = self.db().read(|db| unmatched::list_open(db, 100))?;
        let each = open.into_iter().map(|row| UnmatchedView {
            unmatched: row.id,
            channel: row.channel,
            about: row.about,
            number: row.number,
            amount: row
                .amount_minor
                .zip(row.currency.parse().ok())
                .map(|(minor, currency)| MoneyView::new(minor, currency)),
            seen_at: row.seen_at.into(),
        });
        Ok(each.collect())
    }

    /// Somebody has looked at it.
    pub fn close_unmatched(&self, who: &Principal, id: &str, input: &CloseUnmatchedInput) -> Result<()> {
        permit(who, Action::Reconcile, &Object::Nothing)?;
        let words = text::words("words", &input.words, 1, 500)?;
        let audit = self.audit_row(who, "close_unmatched", id, json!({ "words": words }))?;
        let id = id.to_owned();
        self.write(move |tx, now| {
            if !unmatched::close(tx, &id, now)? {
                return Err(AppError::NotFound);
            }
            Ok(tx.run(&audit).map(drop)?)
        })
    }

    /// Raises an exception for a payment that a channel told us of and that fits nothing, so that finance can find its
    /// order or give it back. The channel's bill will name the same one.
    pub(crate) fn raise_stranger(&self, channel: &ChannelId, no: &str, channel_ref: &str, amount: Money) -> Result<()> {
        use super::exceptions::{matter_of_stranger, stranger_id};
        use yuanlu_domain::bill::Difference;
        let now = self.now();
        let known = yuanlu_domain::ids::ChannelNumber::from(no).order(&self.db().meta().number_prefix);
        let difference = if known.is_some() { Difference::MissingHere } else { Difference::Foreign };
        let mut matter = matter_of_stranger((channel, now.date()), difference, (no, channel_ref), amount, now);
        matter.order = known;
        let act = DeskAct::Exception(ExceptionAct::Raise { matter: Box::new(matter), settled: false });
        let act = Act::Desk { desk: stranger_id(channel, difference, no, channel_ref), act };
        let by = yuanlu_domain::Actor::Program;
        self.harmless(vec![Envelope::program(yuanlu_domain::Command { by, act })])
    }
}

fn totals_view(totals: &Totals) -> TotalsView {
    let money = |minor| MoneyView::new(minor, totals.currency);
    TotalsView {
        payments: totals.payments,
        payments_sum: money(totals.payments_minor),
        refunds: totals.refunds,
        refunds_sum: money(totals.refunds_minor),
        returned: totals.returned,
        returned_sum: money(totals.returned_minor),
        fees: money(totals.fees_minor),
        net: money(totals.net_minor()),
    }
}

fn day_view(bill: &Bill) -> BillDayView {
    let summary = &bill.summary;
    BillDayView {
        channel: bill.channel.to_string(),
        day: bill.day.to_string(),
        kind: bill.kind.code(),
        state: bill.state.code(),
        bill: Some(bill.id),
        lines: summary.of,
        compared: summary.lines,
        matched: summary.matched,
        aside: summary.aside,
        differences: summary.differences,
        theirs: summary.theirs.iter().map(totals_view).collect(),
        ours: summary.ours.iter().map(totals_view).collect(),
        fault: summary.fault.clone(),
        fault_line: summary.fault_line,
        fault_column: summary.fault_detail.clone(),
    }
}

fn line_view(line: &bill::Line) -> BillLineView {
    BillLineView {
        line: (line.line > 0).then_some(line.line),
        entry: line.entry.clone(),
        no: line.no.clone(),
        channel_ref: line.channel_ref.clone(),
        amount: MoneyView::new(line.amount_minor, line.currency.parse().unwrap_or(Currency::Cny)),
        difference: line.verdict.clone(),
        exception: line.exception.as_ref().map(ToString::to_string),
    }
}

fn side_view(side: &Side) -> SideView {
    SideView { amount: side.amount.into(), state: side.state.clone(), at: side.at.map(Into::into) }
}

fn timeline(
    db: &impl Read,
    lookup: &mut Lookup,
    id: &DeskId,
    texts: &HashMap<PersonalId, String>,
) -> Result<Vec<TimelineStep>> {
    let mut steps = Vec::new();
    for line in journal::list(db, Kind::Desk, id.as_str())? {
        let entry: Entry<DeskEvent> = serde_json::from_str(&line.body).map_err(|_| AppError::Unavailable)?;
        for event in &entry.events {
            let DeskEvent::Exception(event) = event else { continue };
            let until =
                |due: &yuanlu_domain::calendar::Deadline| BTreeMap::from([("due", due.last_instant().minute_text())]);
            let (code, params, words) = match event {
                ExceptionEvent::Raised { due, .. } => ("exception_raised", until(due), None),
                ExceptionEvent::Claimed { by } => {
                    ("exception_claimed", BTreeMap::from([("name", lookup.login(db, by)?)]), None)
                }
                ExceptionEvent::Escalated { due } => ("exception_escalated", until(due), None),
                ExceptionEvent::Resolved { resolution, words } => {
                    let params = BTreeMap::from([("resolution", resolution.code().to_owned())]);
                    ("exception_resolved", params, words.as_ref())
                }
            };
            steps.push(TimelineStep {
                at: entry.at.into(),
                by: side(&entry.by),
                code,
                params,
                words: words.and_then(|reference| texts.get(&reference.id).cloned()),
            });
        }
    }
    Ok(steps)
}
