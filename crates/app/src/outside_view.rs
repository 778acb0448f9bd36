//! Outside complaints as staff see them, with the order beside them and answers drafted from templates.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::lookup::Lookup;
use crate::order_view::{may, permit};
use crate::outside::of_desk;
use crate::principal::Principal;
use crate::timeline::side;
use crate::views::{
    AttachmentView, DueView, MayAttach, MoneyView, OutsideCallView, OutsideCaseView, OutsideOrderView,
    OutsidePaymentView, OutsideRef, OutsideSummary, OutsideView, ReplyDraft, ReplyTemplate, TimelineStep,
};
use std::collections::{BTreeMap, HashMap};
use yuanlu_domain::calendar::Deadline;
use yuanlu_domain::case::PersonalRef;
use yuanlu_domain::desk::DeskEvent;
use yuanlu_domain::event::{Entry, Tender};
use yuanlu_domain::ids::{DeskId, OrderId, PersonalId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::outside_complaint::{
    Agency, Attachment, CallState, OutsideComplaint, OutsideEvent, OutsideState, Saying,
};
use yuanlu_domain::projection::case_rows;
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::attachment::{self, Kept};
use yuanlu_storage::{Read, Reader, desk, journal, order_file, outside_complaint, personal, setting};

type Texts = HashMap<PersonalId, String>;

const TEMPLATES: &str = "reply_templates";
const MOST_TEMPLATES: usize = 50;

impl App {
    pub(crate) fn show_outside(&self, who: &Principal, id: &DeskId) -> Result<OutsideView> {
        let view = self.read_outside_view(who, id)?;
        if !view.actions.contains(&"say") {
            return Ok(view);
        }
        Ok(OutsideView { may_attach: self.may_attach(&self.stored_outside(id)?)?, ..view })
    }

    fn read_outside_view(&self, who: &Principal, id: &DeskId) -> Result<OutsideView> {
        self.db().snapshot(|db| {
            let one = desk::find(db, id)?.and_then(of_desk).ok_or(AppError::NotFound)?;
            let texts: Texts = personal::list(db, Kind::Desk, id.as_str())?.into_iter().collect();
            let said = |reference: &Option<PersonalRef>| {
                reference.as_ref().and_then(|reference| texts.get(&reference.id).cloned())
            };
            let mut lookup = Lookup::default();
            let told = &one.registration;
            let file = match &told.concerns {
                Some(concerns) => order_file::find(db, &concerns.order)?.map(|stored| stored.aggregate),
                None => None,
            };
            let meant = told.concerns.as_ref().and_then(|concerns| concerns.case);
            let matched = file.as_ref().map(|file| order_beside(db, &mut lookup, file, meant)).transpose()?;
            let calls = one.calls.iter().map(|call| {
                let (state, code) = match &call.state {
                    CallState::Due { .. } => ("due", None),
                    CallState::Calling { .. } => ("calling", None),
                    CallState::Done { .. } => ("done", None),
                    CallState::Failed { code, .. } => ("failed", Some(code.clone())),
                };
                let (saying, words) = (call.saying.code(), said(&call.words));
                let (files, uploaded) = (call.attached.len(), call.uploaded.len());
                OutsideCallView { saying, state, code, attempts: call.attempts, words, files, uploaded }
            });
            Ok(OutsideView {
                complainant: said(&told.complainant),
                words: said(&told.words),
                found_by: told.concerns.as_ref().map(|concerns| concerns.by.code()),
                reply_due: (&one.reply_due).into(),
                finish: one.finish.as_ref().map(DueView::from),
                decision: one.decision.as_ref().map(DueView::from),
                accepted_on: one.accepted_on.map(Into::into),
                ends: one.ends.as_ref().map(DueView::from),
                first_reply_at: one.first_reply_at.map(Into::into),
                calls: calls.collect(),
                suggested: Vec::new(),
                timeline: timeline(db, &mut lookup, &one, &texts)?,
                attached: attached(&one, &attachment::list(db, id)?),
                may_attach: MayAttach::default(),
                drafts: drafts(&templates(db)?, &one, file.as_ref(), meant),
                sayings: told.agency.says().iter().map(|saying| saying.code()).collect(),
                actions: actions(who, &one),
                matched,
                summary: self.outside_summary(db, &one)?,
            })
        })
    }

    pub(crate) fn outside_summary(&self, db: &Reader<'_>, one: &OutsideComplaint) -> Result<OutsideSummary> {
        let (now, told) = (self.now(), &one.registration);
        let claim = one.state.claim().map(|claim| Lookup::default().login(db, &claim.by)).transpose()?;
        let due = one.state.due();
        let (result, closed_at) = match &one.state {
            OutsideState::Closed { result, at, .. } => (Some(result.code()), Some((*at).into())),
            _ => (None, None),
        };
        let concerns = told.concerns.as_ref();
        Ok(OutsideSummary {
            complaint: one.desk.to_string(),
            agency: told.agency.code(),
            number: told.number.clone(),
            state: one.state.code(),
            status: one.status.clone(),
            turn_who: one.timers().first().filter(|_| one.state.is_open()).map(|timer| timer.who.code()),
            due: due.map(DueView::from),
            overdue: one.state.escalations() > 0 || due.is_some_and(|due| due.is_over(now)),
            exposed: one.public && one.first_reply_at.is_none() && one.state.is_open(),
            order: concerns.map(|concerns| concerns.order.to_string()),
            case: concerns.and_then(|concerns| {
                concerns.case.map(|case| yuanlu_domain::ids::CaseId::of(&concerns.order, case).to_string())
            }),
            claimed: told.claimed_minor.map(|minor| MoneyView::new(minor, told.currency)),
            received_at: told.received_at.into(),
            result,
            closed_at,
            claimed_by: claim,
        })
    }

    /// Complaints about an order, as a case of it shows them.
    pub(crate) fn outside_refs(&self, db: &impl Read, order: &OrderId, staff: bool) -> Result<Vec<OutsideRef>> {
        let mut refs = Vec::new();
        for id in outside_complaint::of_order(db, order)? {
            let Some(one) = desk::find(db, &id)?.and_then(of_desk) else { continue };
            refs.push(OutsideRef {
                agency: one.registration.agency.code(),
                complaint: staff.then(|| id.to_string()),
                state: one.state.code(),
                received_at: one.registration.received_at.into(),
                result: match one.state {
                    OutsideState::Closed { result, .. } => Some(result.code()),
                    _ => None,
                },
            });
        }
        Ok(refs)
    }

    /// The templates for answers.
    pub fn reply_templates(&self, who: &Principal) -> Result<Vec<ReplyTemplate>> {
        permit(who, Action::ViewOutside, &Object::Nothing)?;
        self.db().read(|db| templates(db))
    }

    /// Replaces the templates for answers.
    pub fn change_reply_templates(&self, who: &Principal, new: &[ReplyTemplate]) -> Result<Vec<ReplyTemplate>> {
        permit(who, Action::HandleOutside, &Object::Nothing)?;
        if new.is_empty() || new.len() > MOST_TEMPLATES {
            return Err(AppError::invalid("templates", "too_large"));
        }
        for (index, one) in new.iter().enumerate() {
            crate::text::line("id", &one.id, 1, 40)?;
            crate::text::line("title_zh", &one.title_zh, 1, 80)?;
            crate::text::line("title_en", &one.title_en, 1, 120)?;
            crate::text::words("zh", &one.zh, 1, 2000)?;
            crate::text::words("en", &one.en, 1, 4000)?;
            if one.agency.as_deref().is_some_and(|agency| Agency::parse(agency).is_none()) {
                return Err(AppError::invalid("agency", "unknown"));
            }
            if new[..index].iter().any(|other| other.id == one.id) {
                return Err(AppError::invalid("id", "taken"));
            }
            if let Some(field) = unknown_field(&one.zh).or_else(|| unknown_field(&one.en)) {
                tracing::debug!(field, "a template names a field that nothing fills");
                return Err(AppError::invalid("zh", "unknown"));
            }
        }
        let value = serde_json::to_string(new).map_err(|_| AppError::Unavailable)?;
        let audit = self.audit_row(who, "change_reply_templates", TEMPLATES, serde_json::json!({ "n": new.len() }))?;
        self.write(move |tx, now| {
            setting::put(tx, TEMPLATES, &value, now)?;
            tx.run(&audit)?;
            Ok(())
        })?;
        self.reply_templates(who)
    }
}

fn templates(db: &impl Read) -> Result<Vec<ReplyTemplate>> {
    let stored = setting::find(db, TEMPLATES)?;
    let text = stored.as_deref().unwrap_or(include_str!("../data/reply-templates.json"));
    serde_json::from_str(text).map_err(|_| AppError::Unavailable)
}

/// Fields of templates.
const FIELDS: [&str; 9] = ["order", "case", "paid_at", "total", "state", "due", "approved", "refund_no", "number"];

/// A field in braces that nothing fills.
fn unknown_field(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        if !FIELDS.contains(&name) {
            return Some(name);
        }
        rest = tail;
    }
    None
}

/// Templates for this agency, filled in. One that needs an order is left out where there is none.
fn drafts(
    templates: &[ReplyTemplate],
    one: &OutsideComplaint,
    file: Option<&OrderFile>,
    meant: Option<u16>,
) -> Vec<ReplyDraft> {
    let agency = one.registration.agency.code();
    let mut fields: BTreeMap<&str, String> = BTreeMap::from([("number", one.registration.number.clone())]);
    if let Some(due) = one.state.due() {
        fields.insert("due", due.last_instant().minute_text());
    }
    if let Some(file) = file {
        let money = |minor| yuanlu_money::Money::new(minor, file.currency).to_string();
        fields.insert("order", file.order.to_string());
        fields.insert("total", money(file.total_minor()));
        if let Some(paid_at) = file.status.paid_at() {
            fields.insert("paid_at", paid_at.minute_text());
        }
        if let Some(case) = meant.and_then(|case| file.case(case)) {
            fields.insert("case", file.case_id(case.ordinal).to_string());
            fields.insert("state", case.state.code().replace('_', " "));
            if case.net_minor() > 0 {
                fields.insert("approved", money(case.net_minor()));
            }
            let numbers: Vec<String> =
                file.payouts_of(case.ordinal).filter(|p| p.holds_money()).map(|p| p.no.to_string()).collect();
            if !numbers.is_empty() {
                fields.insert("refund_no", numbers.join(", "));
            }
        }
    }
    let of_agency = templates.iter().filter(|one| one.agency.as_deref().is_none_or(|of| of == agency));
    of_agency
        .filter_map(|template| {
            Some(ReplyDraft {
                template: template.id.clone(),
                title_zh: template.title_zh.clone(),
                title_en: template.title_en.clone(),
                zh: fill(&template.zh, &fields)?,
                en: fill(&template.en, &fields)?,
            })
        })
        .collect()
}

/// A text with its fields filled in; `None` where one has no value.
fn fill(text: &str, fields: &BTreeMap<&str, String>) -> Option<String> {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        filled.push_str(before);
        filled.push_str(fields.get(name)?);
        rest = tail;
    }
    filled.push_str(rest);
    Some(filled)
}

fn order_beside(
    db: &Reader<'_>,
    lookup: &mut Lookup,
    file: &OrderFile,
    meant: Option<u16>,
) -> Result<OutsideOrderView> {
    let money = |minor| MoneyView::new(minor, file.currency);
    let cases = case_rows(file);
    Ok(OutsideOrderView {
        order: file.order.to_string(),
        seller: lookup.seller(db, &file.seller)?.name,
        total: money(file.total_minor()),
        status: file.status.code(),
        paid_at: file.status.paid_at().map(Into::into),
        cases: cases
            .iter()
            .map(|row| OutsideCaseView {
                case: row.case.to_string(),
                reason: row.reason,
                state: row.state,
                claimed: money(row.claimed_minor),
                approved: money(row.approved_minor),
                meant: meant == Some(row.ordinal),
            })
            .collect(),
        paid_outside: file
            .outside_payments
            .iter()
            .map(|paid| OutsidePaymentView {
                reference: paid.reference.clone(),
                by: paid.by.code(),
                amount: money(paid.amount_minor),
                twice: Some(paid.covers.twice_minor).filter(|minor| *minor > 0).map(money),
                at: paid.at.into(),
                reversed_at: paid.reversed_at.map(Into::into),
            })
            .collect(),
        channels: file
            .payments
            .iter()
            .filter_map(|payment| match &payment.tender {
                Tender::Channel { channel } => Some(channel.to_string()),
                Tender::Balance { .. } | Tender::Voucher { .. } => None,
            })
            .collect(),
    })
}

/// What went along, in the order it did. The record says which; the rows know how they are called.
fn attached(one: &OutsideComplaint, kept: &[Kept]) -> Vec<AttachmentView> {
    let view = |(no, attached): (usize, &Attachment)| {
        let kept = kept.iter().find(|kept| kept.id == attached.id)?;
        Some(AttachmentView {
            no,
            kind: attached.kind.code(),
            of: attached.of.clone(),
            name: kept.name.clone(),
            media_type: kept.media_type.clone(),
            size: attached.size,
            sha256: attached.sha256.clone(),
            at: kept.made_at.into(),
        })
    };
    (1..).zip(&one.attached).filter_map(view).collect()
}

fn actions(who: &Principal, one: &OutsideComplaint) -> Vec<&'static str> {
    let handles = may(who, Action::HandleOutside, &Object::Nothing);
    let (open, ours) = (one.state.is_open(), one.state.claim().map(|claim| &claim.by) == who.account());
    let turn = matches!(one.state, OutsideState::Received { .. } | OutsideState::Answered { .. });
    [
        ("claim", handles && turn && !(ours && one.state.claim().is_some())),
        ("say", handles && open && !one.has_call_under_way()),
        ("relate", handles),
        ("accept", handles && open && one.accepted_on.is_none() && one.decision.is_some()),
        ("close", handles && open),
        ("pay", one.registration.concerns.is_some() && may(who, Action::RecordOutsidePayment, &Object::Nothing)),
    ]
    .into_iter()
    .filter_map(|(action, allowed)| allowed.then_some(action))
    .collect()
}

fn timeline(db: &Reader<'_>, lookup: &mut Lookup, one: &OutsideComplaint, texts: &Texts) -> Result<Vec<TimelineStep>> {
    let mut steps = Vec::new();
    for line in journal::list(db, Kind::Desk, one.desk.as_str())? {
        let entry: Entry<DeskEvent> = serde_json::from_str(&line.body).map_err(|_| AppError::Unavailable)?;
        for event in &entry.events {
            let DeskEvent::Outside(event) = event else { continue };
            if let Some((code, params, words)) = describe(db, lookup, event)? {
                steps.push(TimelineStep {
                    at: entry.at.into(),
                    by: if follows_from_rules(event) { "program" } else { side(&entry.by) },
                    code,
                    params,
                    words: words.and_then(|reference| texts.get(&reference.id).cloned()),
                });
            }
        }
    }
    Ok(steps)
}

fn follows_from_rules(event: &OutsideEvent) -> bool {
    matches!(event, OutsideEvent::Answered { .. } | OutsideEvent::Waiting { .. } | OutsideEvent::Escalated { .. })
}

type Described<'e> = (&'static str, BTreeMap<&'static str, String>, Option<&'e PersonalRef>);

fn describe<'e>(db: &impl Read, lookup: &mut Lookup, event: &'e OutsideEvent) -> Result<Option<Described<'e>>> {
    let until = |due: &Deadline| BTreeMap::from([("due", due.last_instant().minute_text())]);
    let saying = |saying: &Saying, files: &[Attachment]| {
        let mut params = BTreeMap::from([("saying", saying.code().to_owned())]);
        if !files.is_empty() {
            params.insert("files", files.len().to_string());
        }
        params
    };
    Ok(Some(match event {
        OutsideEvent::Registered { registration, due, .. } => {
            let mut params = until(due);
            params.insert("agency", registration.agency.code().to_owned());
            ("outside_registered", params, registration.words.as_ref())
        }
        OutsideEvent::Related { concerns } => {
            ("outside_related", BTreeMap::from([("order", concerns.order.to_string())]), None)
        }
        OutsideEvent::Claimed { by } => ("outside_claimed", BTreeMap::from([("name", lookup.login(db, by)?)]), None),
        OutsideEvent::CallPlanned { saying: what, words, attached, .. } => {
            let code = if attached.is_empty() { "outside_planned" } else { "outside_planned_with" };
            (code, saying(what, attached), words.as_ref())
        }
        OutsideEvent::Said { saying: what, words, attached } => {
            let code = if attached.is_empty() { "outside_said" } else { "outside_said_with" };
            (code, saying(what, attached), words.as_ref())
        }
        OutsideEvent::Answered { due } => ("outside_answered", until(due), None),
        OutsideEvent::Waiting { due } => ("outside_waiting", until(due), None),
        OutsideEvent::Reopened { due } => ("outside_reopened", until(due), None),
        OutsideEvent::Accepted { ends, .. } => ("outside_accepted", ends.as_ref().map(until).unwrap_or_default(), None),
        OutsideEvent::Escalated { due } => ("outside_escalated", until(due), None),
        OutsideEvent::Closed { result, words } => {
            let params = BTreeMap::from([("outside_result", result.code().to_owned())]);
            ("outside_closed", params, words.as_ref())
        }
        OutsideEvent::CallMade { .. }
        | OutsideEvent::CallAnswered { .. }
        | OutsideEvent::StatusSeen { .. }
        | OutsideEvent::Warned => return Ok(None),
    }))
}
