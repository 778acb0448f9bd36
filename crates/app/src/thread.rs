//! The order's own thread (S05): what is read in a text before it is sent, sending, reading.

use crate::app::App;
use crate::authorize::Action;
use crate::case_view::Texts;
use crate::conduct::Written;
use crate::errors::{AppError, Result};
use crate::evidence_view::evidence_view;
use crate::finding::LEADS_AWAY;
use crate::hearing_view::offer_view;
use crate::inputs::MessageInput;
use crate::limits::Tried;
use crate::principal::Principal;
use crate::text;
use crate::views::{HintView, MarkView, MessageView, TextCheckView, ThreadView, When, side_of};
use yuanlu_domain::case::EvidenceRef;
use yuanlu_domain::command::OrderAct;
use yuanlu_domain::conduct::{self, Found, Reading};
use yuanlu_domain::credit::FlagKind;
use yuanlu_domain::event::{Entry, OrderEvent};
use yuanlu_domain::ids::OrderId;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::thread::{Mark, Side};
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Actor, Refusal};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::{evidence, finding, journal, order_file, personal};

const MOST_TEXT: usize = 2000;
/// The mark of a picture with a QR code that leads off the platform.
const QR_CODE: &str = "qr_code";

impl App {
    /// The thread of an order, and one's place in it.
    pub fn thread(&self, who: &Principal, order: &OrderId) -> Result<ThreadView> {
        let now = self.now();
        self.db().snapshot(|db| {
            let file = order_file::find(db, order)?.ok_or(AppError::NotFound)?.aggregate;
            crate::order_view::permit(who, Action::TalkInThread, &crate::order_view::object(&file))?;
            let side = side_of(&file, who).ok_or(AppError::NotFound)?;
            let texts: Texts = personal::list(db, Kind::Order, order.as_str())?.into_iter().collect();
            let files = evidence::list(db, order)?;
            let mut messages = Vec::new();
            for line in journal::list(db, Kind::Order, order.as_str())? {
                let Ok(entry) = serde_json::from_str::<Entry<OrderEvent>>(&line.body) else { continue };
                for event in entry.events {
                    let OrderEvent::MessageSent { side: of, text, evidence, marks } = event else { continue };
                    let no = u32::try_from(messages.len() + 1).unwrap_or(u32::MAX);
                    messages.push(MessageView {
                        no,
                        at: entry.at.into(),
                        side: of.code(),
                        own: of == side,
                        text: text.and_then(|text| texts.get(&text.id).cloned()),
                        evidence: files
                            .iter()
                            .filter(|file| evidence.iter().any(|named| named.id == file.id))
                            .map(evidence_view)
                            .collect(),
                        marks: marks.iter().map(|mark| mark_view(mark, now)).collect(),
                        read: seen_by_others(&file, of, no),
                    });
                }
            }
            let early = file.offers.iter().filter(|offer| offer.case.is_none());
            let offers: Vec<_> = early.map(|offer| offer_view(who, &file, offer, &texts, now)).collect();
            let mut actions = vec!["say"];
            if side == Side::Seller && file.standing_offer(None).is_none() && file.status.paid_at().is_some() {
                actions.push("make_offer");
            }
            if offers.iter().any(|offer| offer.answerable) {
                actions.push("answer_offer");
            }
            let unread = file.thread.unread(side);
            Ok(ThreadView { order: order.to_string(), side: side.code(), unread, messages, offers, actions })
        })
    }

    /// What the program reads in a text, before it is sent. Nothing is written.
    pub fn check_text(&self, text: &str) -> Result<TextCheckView> {
        let text = text::words("text", text, 0, MOST_TEXT)?;
        let found = self.read_text(&text, self.now());
        Ok(TextCheckView {
            hints: found
                .warnings
                .iter()
                .map(|warning| HintView {
                    kind: warning.kind.code(),
                    words: text.get(warning.span.clone()).unwrap_or_default().to_owned(),
                })
                .collect(),
            promises: marks(&found)
                .iter()
                .filter(|mark| mark.kind.starts_with("promise"))
                .map(|mark| mark_view(mark, self.now()))
                .collect(),
        })
    }

    pub(crate) fn read_text(&self, text: &str, now: Instant) -> Found {
        let host = self.public_host();
        conduct::read(text, &Reading { now, calendar: self.calendar(), own_hosts: &[host.as_str()] })
    }

    /// Writes in the thread. A text with hints is sent only once they were seen.
    pub fn say(&self, who: &Principal, order: &OrderId, input: &MessageInput, key: Option<&str>) -> Result<ThreadView> {
        let file = self.file_for(who, Action::TalkInThread, order)?;
        let side = side_of(&file, who).ok_or(AppError::NotFound)?;
        self.refuse_blocked_writer(who, &file)?;
        self.limiter().take(Tried::Apply, &who.key(), self.clock().real_now())?;
        let text = text::words("text", &input.text, 0, MOST_TEXT)?;
        let found = self.read_text(&text, self.now());
        let statement = self.statement(who, &file, &text, &input.evidence)?;
        let led_away = self.codes_lead_away(&statement.evidence)?;
        if (led_away || !found.warnings.is_empty()) && !input.hints_seen {
            return Err(AppError::invalid("text", "hints"));
        }
        let mut marks = marks(&found);
        if led_away {
            marks.push(Mark { kind: QR_CODE.to_owned(), until: None });
        }
        let subject = match side {
            Side::Buyer => Some(file.buyer.to_string()),
            Side::Seller => Some(format!("seller:{}", file.seller)),
            Side::Platform => None,
        };
        let written = subject.as_deref().map(|subject| Written { subject, order: order.as_str(), case: "" });
        let mut flags = written.map(|written| self.flag_words(written, statement.rows.as_ref())).unwrap_or_default();
        // A picture is a way off the platform like any other, and a person judges it (R23).
        if let Some(written) = written.filter(|_| led_away && side == Side::Seller) {
            let picture = input.evidence.first().map(String::as_str).unwrap_or_default();
            flags.push(self.flag(written, FlagKind::Contact, picture));
        }
        let act = OrderAct::Say { text: statement.words, evidence: statement.evidence, marks };
        let by = match side {
            Side::Buyer => who.as_buyer(),
            Side::Seller => who.as_seller(&file.seller),
            Side::Platform => who.as_staff(crate::authorize::CASE_READERS),
        };
        self.order_request(who, by, order, act)
            .once("say", key, &(order, input))?
            .with(statement.rows)
            .and(flags)
            .send()?;
        self.thread(who, order)
    }

    /// Whether a picture holds a QR code that leads off the platform.
    fn codes_lead_away(&self, files: &[EvidenceRef]) -> Result<bool> {
        let files: Vec<&str> = files.iter().map(|file| file.id.as_str()).collect();
        let found = self.db().read(|db| finding::list(db, &files))?;
        Ok(found.iter().any(|found| found.code == LEADS_AWAY))
    }

    /// Notes how far one has read; reading the same again changes nothing.
    pub fn read_thread(&self, who: &Principal, order: &OrderId, message: u32) -> Result<()> {
        let file = self.file_for(who, Action::TalkInThread, order)?;
        let side = side_of(&file, who).ok_or(AppError::NotFound)?;
        let by: Actor = match side {
            Side::Buyer => who.as_buyer(),
            Side::Seller => who.as_seller(&file.seller),
            Side::Platform => who.as_staff(crate::authorize::CASE_READERS),
        };
        match self.order_request(who, by, order, OrderAct::ReadThread { message }).send() {
            Ok(_) | Err(AppError::Refused(Refusal::NothingDue)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

pub(crate) fn marks(found: &Found) -> Vec<Mark> {
    let promises = found
        .promises
        .iter()
        .map(|promise| Mark { kind: format!("promise_{}", promise.kind.code()), until: promise.until });
    let warnings = found.warnings.iter().map(|warning| Mark { kind: warning.kind.code().to_owned(), until: None });
    let mut marks: Vec<Mark> = promises.chain(warnings).collect();
    marks.dedup();
    marks
}

pub(crate) fn mark_view(mark: &Mark, now: Instant) -> MarkView {
    MarkView {
        kind: mark.kind.clone(),
        until: mark.until.map(|until| When(last_of(until))),
        over: mark.until.is_some_and(|until| until <= now),
    }
}

/// The end of a day is said as its last minute, a time of day as it is.
fn last_of(until: Instant) -> Instant {
    if until == Instant::start_of(until.date()) { until.plus_micros(-1) } else { until }
}

/// Buyer and seller see whether the other has read; what the platform writes is read when both have.
fn seen_by_others(file: &OrderFile, side: Side, no: u32) -> bool {
    match side {
        Side::Buyer => file.thread.read_by_seller >= no,
        Side::Seller => file.thread.read_by_buyer >= no,
        Side::Platform => file.thread.read_by_buyer >= no && file.thread.read_by_seller >= no,
    }
}
