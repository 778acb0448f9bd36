//! Outside complaints that come by themselves: what a channel tells when it is asked, news that it must be asked, calls that
//! are due, and files of an agency's list.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::engine::{Envelope, Lane};
use crate::errors::{AppError, Result};
use crate::inputs::OutsideInput;
use crate::order_view::permit;
use crate::outside::{Prepared, channel_payment, latest_case, reference};
use crate::principal::Principal;
use crate::views::{ImportFault, OutsideImportView};
use serde_json::json;
use std::collections::BTreeSet;
use yuanlu_blobs::Secret;
use yuanlu_domain::case::PersonalRef;
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::desk::DeskAct;
use yuanlu_domain::ids::{ChannelId, DeskId};
use yuanlu_domain::outside_complaint::{
    Agency, Attachment, CallOutcome, Concerns, FoundBy, HeardComplaint, HeardMoney, OrderFacts, OutsideAct,
    Registration, Saying,
};
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Actor, Refusal};
use yuanlu_money::{Currency, Money};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::{attachment, order_file, outside_complaint, personal};

/// The largest file of a list.
const MOST_LINES: usize = 2000;
/// Columns of a file; the order is free, what is not needed may be absent.
const COLUMNS: [&str; 9] =
    ["agency", "number", "received_at", "reply_by", "complainant", "phone", "words", "order", "claimed"];

/// A call to a channel about an outside complaint that is due.
#[derive(Clone, Debug)]
pub struct DueSaying {
    /// Which channel.
    pub channel: ChannelId,
    /// The channel's number of the complaint.
    pub number: String,
    /// What is to be said.
    pub saying: Saying,
    /// In which words.
    pub words: String,
    /// The attempt that will be made.
    pub attempt: u16,
    /// First see whether it got there before.
    pub ask: bool,
    /// The file that the channel is to have first.
    pub upload: Option<DueFile>,
    /// The channel's names of the files that go along.
    pub files: Vec<String>,
    /// What the record says about the order.
    pub facts: OrderFacts,
}

/// A file that a channel is to have.
#[derive(Clone, Debug)]
pub struct DueFile {
    /// A plain name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Its bytes.
    pub content: Secret<Vec<u8>>,
}

impl App {
    /// Something happened to a complaint at a channel, and the channel is to be asked what.
    pub fn outside_stirred(&self, channel: &ChannelId, number: &str) -> Result<()> {
        let (channel, number) = (channel.clone(), number.to_owned());
        self.write(move |tx, now| Ok(outside_complaint::put_news(tx, &channel, &number, now)?))
    }

    /// Complaints that channels are to be asked about, with when that was said.
    pub fn outside_news(&self, limit: u32) -> Result<Vec<(ChannelId, String, Instant)>> {
        Ok(self.db().read(|db| outside_complaint::list_news(db, limit))?)
    }

    /// The channel was asked.
    pub fn forget_outside_news(&self, channel: &ChannelId, number: &str, seen_at: Instant) -> Result<()> {
        let (channel, number) = (channel.clone(), number.to_owned());
        self.write(move |tx, _| Ok(outside_complaint::forget_news(tx, &channel, &number, seen_at)?))
    }

    /// What a channel told about one of its complaints. Told again it is nothing new.
    pub fn outside_heard(&self, channel: &ChannelId, heard: &HeardComplaint) -> Result<()> {
        let Some(agency) = Agency::of_channel(channel) else { return Err(AppError::NotFound) };
        let known = self.db().read(|db| outside_complaint::find(db, agency, &heard.number))?;
        let desk = match known {
            Some(desk) => {
                let act =
                    OutsideAct::Report { status: heard.status.clone(), stage: heard.stage, reply_by: heard.reply_by };
                self.nothing_new(self.outside_by(channel, &desk, act))?;
                desk
            }
            None => self.register_heard(channel, agency, heard)?,
        };
        // Money last: whatever was interrupted is told again, and then found registered.
        self.heard_money(channel, &desk, heard)
    }

    fn outside_by(&self, channel: &ChannelId, desk: &DeskId, act: OutsideAct) -> crate::submit::Request<'_> {
        self.outside_request_of(Actor::Channel { channel: channel.clone() }, desk, act)
    }

    fn nothing_new(&self, request: crate::submit::Request<'_>) -> Result<()> {
        match request.send() {
            Ok(_) | Err(AppError::Refused(Refusal::NothingDue)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn register_heard(&self, channel: &ChannelId, agency: Agency, heard: &HeardComplaint) -> Result<DeskId> {
        let desk = self.ids().outside_complaint(self.now());
        let concerns = self.heard_about(heard)?;
        let (words_row, words) = self.channel_text(&desk, "complaint", &heard.words)?;
        let (complainant_row, complainant) =
            self.channel_text(&desk, "complainant", heard.complainant.as_deref().unwrap_or_default())?;
        let registration = Registration {
            agency,
            number: heard.number.clone(),
            received_at: heard.received_at.min(self.now()),
            reply_by: heard.reply_by,
            complainant,
            words,
            concerns,
            claimed_minor: heard.claimed.map(Money::minor).filter(|minor| *minor > 0),
            currency: heard.claimed.map_or(Currency::Cny, Money::currency),
            status: heard.status.clone(),
        };
        let act = OutsideAct::Register(Box::new(registration));
        match self.outside_by(channel, &desk, act).with(words_row).with(complainant_row).send() {
            Ok(_) => {
                // What was over before we heard of it is registered all the same, and over at once.
                let act = OutsideAct::Report { status: heard.status.clone(), stage: heard.stage, reply_by: None };
                self.nothing_new(self.outside_by(channel, &desk, act))?;
                Ok(desk)
            }
            // Another node was faster.
            Err(AppError::Conflict) => {
                let known = self.db().read(|db| outside_complaint::find(db, agency, &heard.number))?;
                known.ok_or(AppError::Conflict)
            }
            Err(error) => Err(error),
        }
    }

    fn channel_text(
        &self,
        desk: &DeskId,
        what: &'static str,
        text: &str,
    ) -> Result<(Option<yuanlu_storage::personal::PersonalRow>, Option<PersonalRef>)> {
        let text: String = text.chars().filter(|c| !c.is_control() || *c == '\n').take(4000).collect();
        Ok(self.personal_of(Kind::Desk, desk.as_str(), what, text.trim())?.unzip())
    }

    /// The order one of whose payments it names.
    fn heard_about(&self, heard: &HeardComplaint) -> Result<Option<Concerns>> {
        self.db().snapshot(|db| {
            for no in &heard.payments {
                if let Some((file, _, FoundBy::ChannelNumber)) = self.concerned(db, no.as_str())? {
                    let case = latest_case(&file);
                    return Ok(Some(Concerns { order: file.order, case, by: FoundBy::ChannelNumber }));
                }
            }
            Ok(None)
        })
    }

    /// T22: what the channel took back is recorded on the order's file, and what came back likewise.
    fn heard_money(&self, channel: &ChannelId, desk: &DeskId, heard: &HeardComplaint) -> Result<()> {
        let Some(money) = heard.money else { return Ok(()) };
        let complaint = self.stored_outside(desk)?;
        let reference = reference(&complaint.registration);
        let order = complaint.registration.concerns.map(|concerns| concerns.order);
        let Some(order) = order else {
            // Told again at every question; a person relates it, and then it is booked.
            tracing::warn!(channel = %channel, number = heard.number, "money in dispute of an unknown order");
            return Ok(());
        };
        let stored = self.db().read(|db| order_file::find(db, &order))?.ok_or(AppError::NotFound)?;
        let act = match money {
            HeardMoney::Returned => OrderAct::ReverseOutsidePayment { reference },
            HeardMoney::Taken(amount) => {
                let by = channel_payment(&stored.aggregate, Some((channel.as_str(), &heard.payments)));
                let Some(by) = by else {
                    tracing::warn!(channel = %channel, order = %order, "money in dispute that this order was not paid with");
                    return Ok(());
                };
                OrderAct::RecordOutsidePayment { reference, by, amount }
            }
        };
        let by = Actor::Channel { channel: channel.clone() };
        self.nothing_new(self.order_request(&Principal::Program, by, &order, act))
    }

    /// What a due call must say; `None` when it is not due any more.
    pub fn due_saying(&self, desk: &DeskId, call: u16) -> Result<Option<DueSaying>> {
        let complaint = self.stored_outside(desk)?;
        let Some((due, ask)) = complaint.due_call(call, self.now()) else { return Ok(None) };
        let Some(channel) = complaint.registration.agency.channel() else { return Ok(None) };
        let words = match &due.words {
            Some(words) => self.db().read(|db| personal::find(db, &words.id))?.unwrap_or_default(),
            None => String::new(),
        };
        let upload = match due.to_upload() {
            Some(attached) => Some(self.due_file(attached)?),
            None => None,
        };
        Ok(Some(DueSaying {
            channel,
            number: complaint.registration.number.clone(),
            saying: due.saying,
            words,
            attempt: due.attempts.saturating_add(1),
            ask,
            upload,
            files: due.uploaded.clone(),
            facts: self.order_facts(complaint.registration.concerns.as_ref())?,
        }))
    }

    fn due_file(&self, attached: &Attachment) -> Result<DueFile> {
        let kept = self.db().read(|db| attachment::find(db, &attached.id))?.ok_or(AppError::NotFound)?;
        Ok(DueFile { content: self.content(&kept.blob)?, name: kept.name, media_type: kept.media_type })
    }

    /// Reads a list of an agency (CSV with named columns) and registers what is not known yet. With one line wrong nothing is
    /// registered.
    pub fn import_outside(&self, who: &Principal, file: &str) -> Result<OutsideImportView> {
        permit(who, Action::HandleOutside, &Object::Nothing)?;
        let mut report = OutsideImportView::default();
        let lines = read_lines(file, &mut report.errors)?;
        let (mut ready, mut seen) = (Vec::new(), BTreeSet::new());
        for (line, input) in &lines {
            let desk = self.ids().outside_complaint(self.now());
            match self.read_outside(&desk, input) {
                Ok(Prepared { registration, .. })
                    if !seen.insert((registration.agency, registration.number.clone())) =>
                {
                    report.errors.push(ImportFault { line: *line, field: "number".into(), code: "taken" });
                }
                Ok(Prepared { registration, .. }) if self.known_outside(&registration)?.is_some() => report.known += 1,
                Ok(prepared) => ready.push((desk, prepared)),
                Err(AppError::Invalid { field, code }) => {
                    report.errors.push(ImportFault { line: *line, field: field.into(), code });
                }
                Err(error) => return Err(error),
            }
        }
        if !report.errors.is_empty() {
            return Ok(OutsideImportView { registered: 0, known: 0, ..report });
        }
        let by = who.as_staff(crate::authorize::OUTSIDE);
        let mut envelopes = Vec::new();
        for (desk, Prepared { registration, rows }) in ready {
            let audit = self.audit_row(who, "register_outside", desk.as_str(), json!({ "import": true }))?;
            let act = DeskAct::Outside(OutsideAct::Register(Box::new(registration)));
            envelopes.push(Envelope {
                command: Command { by: by.clone(), act: Act::Desk { desk, act } },
                principal: who.key(),
                idempotency: None,
                personal: rows,
                plain: vec![audit],
                lane: Lane::People,
            });
        }
        for outcome in self.engine().commands(envelopes) {
            match outcome.map_err(AppError::from) {
                Ok(_) => report.registered += 1,
                // Registered by somebody else in this very moment.
                Err(AppError::Conflict) => report.known += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }
}

/// The command that says what came of a call.
pub fn recorded_call(channel: &ChannelId, desk: &DeskId, call: u16, attempt: u16, outcome: CallOutcome) -> Command {
    let act = DeskAct::Outside(OutsideAct::RecordCall { call, attempt, outcome });
    Command { by: Actor::Channel { channel: channel.clone() }, act: Act::Desk { desk: desk.clone(), act } }
}

/// The command that claims a call.
pub fn made_call(desk: &DeskId, call: u16, digest: String) -> Command {
    let act = DeskAct::Outside(OutsideAct::MakeCall { call, digest });
    Command { by: Actor::Program, act: Act::Desk { desk: desk.clone(), act } }
}

fn read_lines(file: &str, errors: &mut Vec<ImportFault>) -> Result<Vec<(u32, OutsideInput)>> {
    let mut rows =
        csv_rows(file.trim_start_matches('\u{feff}')).ok_or(AppError::invalid("file", "unreadable"))?.into_iter();
    let (_, heading) = rows.next().ok_or(AppError::invalid("file", "required"))?;
    let heading: Vec<String> = heading.iter().map(|name| name.trim().to_lowercase()).collect();
    for name in heading.iter().filter(|name| !COLUMNS.contains(&name.as_str())) {
        errors.push(ImportFault { line: 1, field: name.chars().take(40).collect(), code: "unknown" });
    }
    for needed in COLUMNS.iter().take(3).filter(|needed| !heading.iter().any(|name| name == *needed)) {
        errors.push(ImportFault { line: 1, field: (*needed).to_owned(), code: "required" });
    }
    if !errors.is_empty() {
        return Ok(Vec::new());
    }
    let mut lines = Vec::new();
    for (line, cells) in rows {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if lines.len() >= MOST_LINES {
            return Err(AppError::invalid("file", "too_large"));
        }
        if cells.len() != heading.len() {
            errors.push(ImportFault { line, field: "file".to_owned(), code: "unreadable" });
            continue;
        }
        let cell = |name: &str| {
            let index = heading.iter().position(|known| known == name);
            index.map(|index| cells[index].trim().to_owned()).unwrap_or_default()
        };
        lines.push((
            line,
            OutsideInput {
                agency: cell("agency"),
                number: cell("number"),
                received_at: cell("received_at"),
                reply_by: cell("reply_by"),
                complainant: cell("complainant"),
                phone: cell("phone"),
                words: cell("words"),
                order: cell("order"),
                claimed: cell("claimed"),
            },
        ));
    }
    Ok(lines)
}

/// Rows of a CSV with the line each begins on: commas, quotes doubled inside quotes, line breaks inside quotes. `None` when a
/// quote is not closed.
fn csv_rows(text: &str) -> Option<Vec<(u32, Vec<String>)>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut begins, mut quoted) = (1, 1, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quoted) {
            ('"', true) if chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            ('"', true) => quoted = false,
            ('"', false) if cell.is_empty() => quoted = true,
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\r', false) if chars.peek() == Some(&'\n') => {}
            ('\n', false) => {
                row.push(std::mem::take(&mut cell));
                rows.push((begins, std::mem::take(&mut row)));
                line += 1;
                begins = line;
            }
            (other, _) => {
                line += u32::from(other == '\n');
                cell.push(other);
            }
        }
    }
    if quoted {
        return None;
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push((begins, row));
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_spreadsheets_write_it() {
        let text = "agency,number,words\r\nblackcat,1,\"says \"\"no\"\",\ntwice\"\n\ncourt,2,\n";
        let rows = csv_rows(text).unwrap();
        assert_eq!(rows[1], (2, vec!["blackcat".to_owned(), "1".into(), "says \"no\",\ntwice".into()]));
        assert_eq!(rows.last().unwrap().0, 5);
        assert!(csv_rows("a,\"b").is_none());
        let mut errors = Vec::new();
        read_lines("agency,who\nx,y", &mut errors).unwrap();
        let found: Vec<_> = errors.iter().map(|fault| (fault.field.as_str(), fault.code)).collect();
        assert_eq!(found, [("who", "unknown"), ("number", "required"), ("received_at", "required")]);
    }
}
