//! Outside complaints as staff work on them: the register, answers, what they are about, and money paid outside (T22).

use crate::app::App;
use crate::authorize::{Action, OUTSIDE, Object};
use crate::errors::{AppError, Result};
use crate::inputs::{OutsideCloseInput, OutsideInput, OutsidePaymentInput, OutsideSayInput, Page};
use crate::order_view::permit;
use crate::package::{PackageFacts, Rendered};
use crate::principal::Principal;
use crate::submit::{FINANCE, Request};
use crate::text;
use crate::views::{Listing, OutsideSummary, OutsideView};
use serde_json::json;
use yuanlu_domain::Actor;
use yuanlu_domain::case::PersonalRef;
use yuanlu_domain::command::{Act, OrderAct};
use yuanlu_domain::desk::{DeskAct, DeskFile};
use yuanlu_domain::event::Tender;
use yuanlu_domain::ids::{CaseId, ChannelNumber, DeskId, OrderId};
use yuanlu_domain::order_file::{OrderFile, PaymentState};
use yuanlu_domain::outside_complaint::{
    Agency, Concerns, FoundBy, OutsideAct, OutsideComplaint, OutsideResult, Registration, Saying,
};
use yuanlu_domain::outside_payment::PaidBy;
use yuanlu_domain::time::Instant;
use yuanlu_money::Currency;
use yuanlu_storage::aggregate::{Kind, Stored};
use yuanlu_storage::personal::PersonalRow;
use yuanlu_storage::{Read, desk, order_file, outside_complaint};

/// The kind of these desks.
pub(crate) const KIND: &str = "outside_complaint";
/// The longest answer: what every channel takes is checked by the channel's client.
const MOST_WORDS: usize = 4000;

/// A registration that was read and not yet sent.
pub(crate) struct Prepared {
    pub(crate) registration: Registration,
    pub(crate) rows: Vec<PersonalRow>,
}

impl App {
    /// Registers a complaint that came in by letter, telephone or an agency's own pages.
    pub fn register_outside(&self, who: &Principal, input: &OutsideInput, key: Option<&str>) -> Result<OutsideView> {
        permit(who, Action::HandleOutside, &Object::Nothing)?;
        let desk = self.ids().outside_complaint(self.now());
        let Prepared { registration, rows } = self.read_outside(&desk, input)?;
        if self.known_outside(&registration)?.is_some() {
            return Err(AppError::invalid("number", "taken"));
        }
        let audit = self.audit_row(who, "register_outside", desk.as_str(), json!({ "agency": input.agency }))?;
        let act = OutsideAct::Register(Box::new(registration));
        let request = self.outside_request(who, &desk, act).once("register_outside", key, input)?;
        let desk = request.with(rows).and([audit]).send()?.desk.unwrap_or(desk);
        self.outside_complaint(who, &desk)
    }

    /// The register: complaints that wait, by their clock; or those that are over.
    pub fn outside_complaints(&self, who: &Principal, over: bool, page: &Page) -> Result<Listing<OutsideSummary>> {
        permit(who, Action::ViewOutside, &Object::Nothing)?;
        let after = text::cursor(page)?;
        self.db().snapshot(|db| {
            let (found, by_due) = match over {
                true => (desk::list_over(db, KIND, &after, page.rows() + 1)?, false),
                false => {
                    let after = page.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(|_| &after);
                    (desk::queue(db, KIND, after, page.rows() + 1)?, true)
                }
            };
            let mut found: Vec<OutsideComplaint> = found.into_iter().filter_map(of_desk).collect();
            let next = text::cut(&mut found, page, |one| {
                let due = one.timers().first().map_or(i64::MAX, |timer| timer.due.micros());
                text::cursor_text(if by_due { due } else { one.registered_at.micros() }, one.desk.as_str())
            });
            let items = found.iter().map(|one| self.outside_summary(db, one)).collect::<Result<_>>()?;
            Ok(Listing { items, next })
        })
    }

    /// One of them, with the order beside it.
    pub fn outside_complaint(&self, who: &Principal, desk: &DeskId) -> Result<OutsideView> {
        permit(who, Action::ViewOutside, &Object::Nothing)?;
        self.show_outside(who, desk)
    }

    /// Takes one.
    pub fn claim_outside(&self, who: &Principal, desk: &DeskId) -> Result<OutsideView> {
        self.act_outside(who, desk, "claim_outside", OutsideAct::Claim, None)
    }

    /// Says something to the outside, with the package of the case or pictures of it; by the channel's interface where
    /// there is one. `print` answers the package's files in words.
    pub fn say_outside(
        &self,
        who: &Principal,
        desk: &DeskId,
        input: &OutsideSayInput,
        print: impl FnOnce(&PackageFacts) -> Result<Rendered>,
    ) -> Result<OutsideView> {
        permit(who, Action::HandleOutside, &Object::Nothing)?;
        let saying = Saying::parse(&input.saying).ok_or(AppError::invalid("saying", "unknown"))?;
        let least = usize::from(saying.needs_words());
        let (row, words) = self.outside_text(desk, "answer", &input.words, least)?;
        let complaint = self.stored_outside(desk)?;
        let along = self.attach(who, &complaint, saying, input, print)?;
        let files: Vec<&str> = along.attached.iter().map(|one| one.sha256.as_str()).collect();
        let detail = if files.is_empty() { json!({}) } else { json!({ "files": files }) };
        let audit = self.audit_row(who, "say_outside", desk.as_str(), detail)?;
        let act = OutsideAct::Say { saying, words, attached: along.attached };
        self.outside_request(who, desk, act).with(row).and(along.rows).and([audit]).send()?;
        self.show_outside(who, desk)
    }

    /// Says which order and case it is about.
    pub fn relate_outside(&self, who: &Principal, desk: &DeskId, number: &str) -> Result<OutsideView> {
        permit(who, Action::HandleOutside, &Object::Nothing)?;
        let found = self.db().snapshot(|db| self.concerned(db, number))?;
        let (order, case) =
            found.map(|(file, case, _)| (file.order, case)).ok_or(AppError::invalid("order", "unknown"))?;
        self.act_outside(who, desk, "relate_outside", OutsideAct::Relate { order, case }, None)
    }

    /// The agency took it on, on that day.
    pub fn accept_outside(&self, who: &Principal, desk: &DeskId, on: &str) -> Result<OutsideView> {
        let at = match on.trim() {
            "" => self.now(),
            on => Instant::parse_shanghai(on).ok_or(AppError::invalid("at", "unreadable"))?,
        };
        self.act_outside(who, desk, "accept_outside", OutsideAct::Accept { at }, None)
    }

    /// Closes it with what came of it.
    pub fn close_outside(&self, who: &Principal, desk: &DeskId, input: &OutsideCloseInput) -> Result<OutsideView> {
        let result = OutsideResult::parse(&input.result).ok_or(AppError::invalid("result", "unknown"))?;
        let (row, words) = self.outside_text(desk, "result", &input.words, 0)?;
        self.act_outside(who, desk, "close_outside", OutsideAct::Close { result, words }, row)
    }

    /// Finance records what was paid outside for the loss a complaint is about, or that it came back (T22).
    pub fn pay_outside(&self, who: &Principal, desk: &DeskId, input: &OutsidePaymentInput) -> Result<OutsideView> {
        permit(who, Action::RecordOutsidePayment, &Object::Nothing)?;
        if !input.returned {
            // What cannot be read is refused before anything is looked up.
            text::amount("amount", &input.amount, Currency::Cny)?;
            if !["channel", "platform", "seller"].contains(&input.by.as_str()) {
                return Err(AppError::invalid("by", "unknown"));
            }
        }
        let complaint = self.stored_outside(desk)?;
        let concerns = complaint.registration.concerns.as_ref().ok_or(AppError::invalid("order", "required"))?;
        let stored = self.db().read(|db| order_file::find(db, &concerns.order))?.ok_or(AppError::NotFound)?;
        let file = stored.aggregate;
        let reference = reference(&complaint.registration);
        let act = if input.returned {
            OrderAct::ReverseOutsidePayment { reference }
        } else {
            let by = match input.by.as_str() {
                "channel" => channel_payment(&file, None).ok_or(AppError::invalid("by", "unknown"))?,
                "platform" => PaidBy::Platform,
                "seller" => PaidBy::Seller,
                _ => return Err(AppError::invalid("by", "unknown")),
            };
            let amount = text::amount("amount", &input.amount, file.currency)?;
            OrderAct::RecordOutsidePayment { reference, by, amount }
        };
        let audit = self.audit_row(who, "pay_outside", desk.as_str(), json!({ "returned": input.returned }))?;
        self.order_request(who, who.as_staff(FINANCE), &file.order, act).and([audit]).send()?;
        self.show_outside(who, desk)
    }

    fn act_outside(
        &self,
        who: &Principal,
        desk: &DeskId,
        route: &'static str,
        act: OutsideAct,
        row: Option<PersonalRow>,
    ) -> Result<OutsideView> {
        permit(who, Action::HandleOutside, &Object::Nothing)?;
        self.stored_outside(desk)?;
        let audit = self.audit_row(who, route, desk.as_str(), json!({}))?;
        self.outside_request(who, desk, act).with(row).and([audit]).send()?;
        self.show_outside(who, desk)
    }

    pub(crate) fn outside_request(&self, who: &Principal, desk: &DeskId, act: OutsideAct) -> Request<'_> {
        self.request(who, who.as_staff(OUTSIDE), Act::Desk { desk: desk.clone(), act: DeskAct::Outside(act) })
    }

    pub(crate) fn outside_request_of(&self, by: Actor, desk: &DeskId, act: OutsideAct) -> Request<'_> {
        self.request(&Principal::Program, by, Act::Desk { desk: desk.clone(), act: DeskAct::Outside(act) })
    }

    fn outside_text(
        &self,
        desk: &DeskId,
        what: &'static str,
        words: &str,
        least: usize,
    ) -> Result<(Option<PersonalRow>, Option<PersonalRef>)> {
        let words = text::words("words", words, least, MOST_WORDS)?;
        Ok(self.personal_of(Kind::Desk, desk.as_str(), what, &words)?.unzip())
    }

    pub(crate) fn stored_outside(&self, desk: &DeskId) -> Result<OutsideComplaint> {
        self.db().read(|db| desk::find(db, desk))?.and_then(of_desk).ok_or(AppError::NotFound)
    }

    /// Our number of what an agency's number was registered under before.
    pub(crate) fn known_outside(&self, told: &Registration) -> Result<Option<DeskId>> {
        Ok(self.db().read(|db| outside_complaint::find(db, told.agency, &told.number))?)
    }

    /// Reads a form, and finds what it is about.
    pub(crate) fn read_outside(&self, desk: &DeskId, input: &OutsideInput) -> Result<Prepared> {
        let agency = Agency::parse(input.agency.trim()).ok_or(AppError::invalid("agency", "unknown"))?;
        let number = text::line("number", &input.number, 1, 64)?;
        let time =
            |field, text: &str| Instant::parse_shanghai(text.trim()).ok_or(AppError::invalid(field, "unreadable"));
        let received_at = time("received_at", &input.received_at)?;
        if received_at > self.now() {
            return Err(AppError::invalid("received_at", "in_future"));
        }
        let reply_by = match input.reply_by.trim() {
            "" => None,
            named => Some(time("reply_by", named)?),
        };
        let words = text::words("words", &input.words, 0, MOST_WORDS)?;
        let complainant = text::line("complainant", &input.complainant, 0, 200)?;
        let phone = text::line("phone", &input.phone, 0, 40)?;
        let found = self.db().snapshot(|db| self.match_outside(db, &input.order, &phone))?;
        if !input.order.trim().is_empty() && !matches!(&found, Some((_, _, by)) if *by != FoundBy::Phone) {
            return Err(AppError::invalid("order", "unknown"));
        }
        let currency = found.as_ref().map_or(Currency::Cny, |(file, ..)| file.currency);
        let claimed_minor = match input.claimed.trim() {
            "" => None,
            claimed => Some(text::amount("claimed", claimed, currency)?.minor()),
        };
        let concerns = found.map(|(file, case, by)| Concerns { order: file.order, case, by });
        let (complainant_row, complainant) =
            self.personal_of(Kind::Desk, desk.as_str(), "complainant", &complainant)?.unzip();
        let (words_row, words) = self.personal_of(Kind::Desk, desk.as_str(), "complaint", &words)?.unzip();
        Ok(Prepared {
            registration: Registration {
                agency,
                number,
                received_at,
                reply_by,
                complainant,
                words,
                concerns,
                claimed_minor,
                currency,
                status: String::new(),
            },
            rows: complainant_row.into_iter().chain(words_row).collect(),
        })
    }

    /// By a number somebody named, else by a telephone that one order alone was placed with.
    pub(crate) fn match_outside(
        &self,
        db: &impl Read,
        number: &str,
        phone: &str,
    ) -> Result<Option<(OrderFile, Option<u16>, FoundBy)>> {
        if let Some(found) = self.concerned(db, number)? {
            return Ok(Some(found));
        }
        let Some(index) = self.phone_index(phone) else { return Ok(None) };
        match outside_complaint::by_phone(db, &index, 2)?.as_slice() {
            [order] => Ok(order_file::find(db, order)?.map(|stored| {
                let case = latest_case(&stored.aggregate);
                (stored.aggregate, case, FoundBy::Phone)
            })),
            _ => Ok(None),
        }
    }

    /// What a number means: a case's, an order's, or a payment's at its channel.
    pub(crate) fn concerned(&self, db: &impl Read, number: &str) -> Result<Option<(OrderFile, Option<u16>, FoundBy)>> {
        let number = number.trim().to_ascii_uppercase();
        let of = |order: &OrderId| -> Result<Option<OrderFile>> {
            Ok(order_file::find(db, order)?.map(|stored| stored.aggregate))
        };
        if let Some((order, case)) = CaseId::new(number.clone()).parts()
            && let Some(file) = of(&order)?.filter(|file| file.case(case).is_some())
        {
            return Ok(Some((file, Some(case), FoundBy::OrderNumber)));
        }
        if let Some(file) = of(&OrderId::from(number.as_str()))? {
            let case = latest_case(&file);
            return Ok(Some((file, case, FoundBy::OrderNumber)));
        }
        let no = ChannelNumber::new(number);
        if let Some(order) = no.order(&self.db().meta().number_prefix)
            && let Some(file) = of(&order)?
                .filter(|file| file.payments.iter().any(|p| p.no == no) || file.payouts.iter().any(|p| p.no == no))
        {
            let case = latest_case(&file);
            return Ok(Some((file, case, FoundBy::ChannelNumber)));
        }
        Ok(None)
    }

    /// The keyed hash of a telephone number; `None` for what is none.
    pub(crate) fn phone_index(&self, phone: &str) -> Option<String> {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        let local = digits.strip_prefix("0086").or(digits.strip_prefix("86").filter(|rest| rest.len() == 11));
        let digits = local.unwrap_or(&digits);
        let fits = (7..=15).contains(&digits.len()) && phone.chars().all(|c| c.is_ascii_digit() || "+- ()".contains(c));
        fits.then(|| self.vault().blind_index("phone", digits.as_bytes()))
    }
}

pub(crate) fn of_desk(stored: Stored<DeskFile>) -> Option<OutsideComplaint> {
    match stored.aggregate {
        DeskFile::Outside(complaint) => Some(*complaint),
        DeskFile::TipOff(_)
        | DeskFile::Admission(_)
        | DeskFile::Day(_)
        | DeskFile::Exception(_)
        | DeskFile::Codes(_)
        | DeskFile::Review(_)
        | DeskFile::Incident(_)
        | DeskFile::Conversation(_) => None,
    }
}

/// The case that is open, else the last.
pub(crate) fn latest_case(file: &OrderFile) -> Option<u16> {
    let open = file.cases.iter().rev().find(|case| case.is_open());
    open.or(file.cases.last()).map(|case| case.ordinal)
}

/// What an outside payment is known by.
pub(crate) fn reference(told: &Registration) -> String {
    format!("{}:{}", told.agency.code(), told.number)
}

/// The payment that a channel can have taken back: the one of this number, else the one that paid the order.
pub(crate) fn channel_payment(file: &OrderFile, numbers: Option<(&str, &[ChannelNumber])>) -> Option<PaidBy> {
    let paid = |payment: &&yuanlu_domain::order_file::Payment| {
        matches!(payment.state, PaymentState::Paid { .. } | PaymentState::Extra { .. })
    };
    let mut of_channel = file.payments.iter().filter(paid).filter_map(|payment| match &payment.tender {
        Tender::Channel { channel } => Some((payment, channel)),
        Tender::Balance { .. } | Tender::Voucher { .. } => None,
    });
    let found = match numbers {
        Some((at, numbers)) => {
            let mut here = of_channel.filter(|(_, channel)| channel.as_str() == at).collect::<Vec<_>>();
            let named = here.iter().position(|(payment, _)| numbers.contains(&payment.no));
            if here.is_empty() { None } else { Some(here.swap_remove(named.unwrap_or(0))) }
        }
        None => of_channel.next(),
    };
    found.map(|(payment, channel)| PaidBy::Channel { payment: payment.ordinal, channel: channel.clone() })
}
