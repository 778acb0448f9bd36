//! Support looks for what somebody calls about (S22): one text, whatever it is. Everything is found by an index; what was
//! looked for is kept nowhere, that somebody looked is.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::codes::folded;
use crate::conversation::Side;
use crate::errors::{AppError, Result};
use crate::inputs::{PrepareInput, SearchInput};
use crate::limits::Tried;
use crate::lookup::Lookup;
use crate::order_view::{masked_name, object, permit};
use crate::outside::latest_case;
use crate::principal::Principal;
use crate::text;
use crate::views::{DraftView, HitView, MoneyView, SearchView, UncoveredContactView};
use serde_json::json;
use yuanlu_domain::case::Reason;
use yuanlu_domain::conversation::Conversation;
use yuanlu_domain::ids::{DeskId, OrderId, SellerId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::outside_complaint::FoundBy;
use yuanlu_domain::projection::case_rows;
use yuanlu_domain::turn::{Around, standing};
use yuanlu_storage::notice::{self, Notice};
use yuanlu_storage::order_file::Cursor;
use yuanlu_storage::{
    Reader, account, channel_entry, desk, guest_access, order_file, outside_complaint, refund_case, seller, stock,
};

/// Orders shown at most.
const MOST: usize = 30;
/// Orders of one person or shop, and people with one beginning of a name.
const MOST_OF_ONE: u32 = 10;
const MOST_NAMES: u32 = 5;

impl App {
    /// Looks for an order, case, receipt, number at a channel, telephone or other contact, code or its end, or a name.
    pub fn search_support(&self, who: &Principal, input: &SearchInput) -> Result<SearchView> {
        permit(who, Action::AnswerSupport, &Object::Nothing)?;
        let asked = text::line("text", &input.text, 3, 128)?;
        self.limiter().take(Tried::Search, &who.key(), self.clock().real_now())?;
        let view = self.db().snapshot(|db| {
            let mut found = Found::default();
            self.by_number(db, &asked, &mut found)?;
            self.by_secret(db, &asked, &mut found)?;
            by_name(db, &asked, &mut found)?;
            let more = found.orders.len() > MOST;
            let mut lookup = Lookup::default();
            let mut orders = Vec::new();
            for (order, by) in found.orders.iter().take(MOST) {
                if let Some(stored) = order_file::find(db, order)? {
                    orders.push(self.hit(db, &mut lookup, who, &stored.aggregate, by)?);
                }
            }
            let desk = desk::find(db, &DeskId::new(asked.trim().to_ascii_uppercase()))?;
            let conversation = desk.as_ref().and_then(|stored| Conversation::of_desk(&stored.aggregate));
            let conversations = conversation.map(|one| self.conversation_summary(db, &mut lookup, one, Side::Support));
            Ok::<_, AppError>(SearchView {
                orders,
                conversations: conversations.into_iter().collect::<Result<_>>()?,
                more,
            })
        })?;
        let kinds: Vec<&str> = view.orders.iter().map(|hit| hit.found_by).collect();
        let audit = self.audit_row(who, "search_support", "", json!({ "found": kinds.len(), "by": kinds.first() }))?;
        self.write(move |tx, _| Ok(tx.run(&audit).map(drop)?))?;
        Ok(view)
    }

    /// One order as support sees it.
    pub fn support_order(&self, who: &Principal, order: &OrderId) -> Result<HitView> {
        permit(who, Action::AnswerSupport, &Object::Nothing)?;
        self.db().snapshot(|db| {
            let file = order_file::find(db, order)?.ok_or(AppError::NotFound)?.aggregate;
            self.hit(db, &mut Lookup::default(), who, &file, "order")
        })
    }

    fn by_number(&self, db: &Reader<'_>, asked: &str, found: &mut Found) -> Result<()> {
        if let Some((file, case, by)) = self.concerned(db, asked)? {
            let by = match (by, case) {
                (FoundBy::ChannelNumber, _) => "channel_number",
                _ if asked.trim().len() > file.order.as_str().len() => "case",
                _ => "order",
            };
            found.add(file.order, by);
        }
        // Of a top-up it names an account, which is no order and finds nothing.
        let number = asked.trim();
        for entry in channel_entry::find_all(db, [number, number.to_ascii_uppercase().as_str()])? {
            found.add(OrderId::new(entry.owner), "channel_number");
        }
        for entry in channel_entry::find_by_reference(db, number, MOST_OF_ONE)? {
            found.add(OrderId::new(entry.owner), "channel_reference");
        }
        Ok(())
    }

    /// By what is kept as a keyed hash only.
    fn by_secret(&self, db: &Reader<'_>, asked: &str, found: &mut Found) -> Result<()> {
        let by = if self.phone_index(asked).is_some() { "phone" } else { "contact" };
        if let Some(index) = self.contact_index(asked) {
            for order in outside_complaint::by_phone(db, &index, MOST_OF_ONE)? {
                found.add(order, by);
            }
        }
        if let Some(owner) = stock::find_by_index(db, &self.code_index(&folded(asked)))?.and_then(|code| code.owner) {
            found.add(owner, "code");
        }
        if let Some(index) = self.read_out_index(asked) {
            for owner in stock::find_by_fragment(db, &index, MOST_OF_ONE)?.into_iter().filter_map(|code| code.owner) {
                found.add(owner, "code_end");
            }
        }
        Ok(())
    }

    fn hit(
        &self,
        db: &Reader<'_>,
        lookup: &mut Lookup,
        who: &Principal,
        file: &OrderFile,
        found_by: &'static str,
    ) -> Result<HitView> {
        let now = self.now();
        let title = match file.items.first() {
            Some(item) => lookup.page(db, &item.terms)?.title.clone(),
            None => String::new(),
        };
        let down = self.channels_down();
        let around = Around { now, calendar: self.calendar(), down: &down };
        let case = latest_case(file).and_then(|ordinal| file.case(ordinal));
        let rows = case_rows(file);
        let row = case.and_then(|case| rows.iter().find(|row| row.ordinal == case.ordinal));
        let shown = case.zip(row).map(|(case, row)| self.case_summary(db, lookup, who, file, case, row, now));
        let free = |unit: &&yuanlu_domain::order_file::Unit| {
            file.open_case_of(unit.no).is_none() && unit.refundable_minor() > 0
        };
        let paid = file.status.paid_at().is_some();
        Ok(HitView {
            order: file.order.to_string(),
            title,
            found_by,
            status: file.status.code(),
            total: MoneyView::new(file.total_minor(), file.currency),
            placed_at: file.placed_at.into(),
            buyer: match file.buyer.account() {
                Some(account) => Some(masked_name(&lookup.login(db, account)?)),
                None => None,
            },
            seller: lookup.seller(db, &file.seller)?.name,
            next: case.and_then(|case| standing(file, case, &around).next).map(|at| at.plus_micros(-1).into()),
            case: shown.transpose()?,
            units: file.units.iter().filter(|_| paid).filter(free).map(|unit| unit.no).collect(),
        })
    }

    /// Uncovers who a buyer is and how a guest is reached; the audit log keeps that somebody wanted to know, and why.
    pub fn reveal_contact(&self, who: &Principal, order: &OrderId, why: &str) -> Result<UncoveredContactView> {
        permit(who, Action::AnswerSupport, &Object::Nothing)?;
        let why = text::line("why", why, 2, 200)?;
        let (file, access) = self.db().snapshot(|db| {
            let file = order_file::find(db, order)?.ok_or(AppError::NotFound)?.aggregate;
            Ok::<_, AppError>((file, guest_access::find(db, order)?))
        })?;
        let login = match file.buyer.account() {
            Some(account) => Some(self.db().read(|db| Lookup::default().login(db, account))?),
            None => None,
        };
        let contact = access.map(|access| self.contact_of(&access)).transpose()?;
        let audit = self.audit_row(who, "reveal_contact", order.as_str(), json!({ "why": why }))?;
        self.write(move |tx, _| Ok(tx.run(&audit).map(drop)?))?;
        Ok(UncoveredContactView {
            order: order.to_string(),
            login,
            contact: contact.map(|contact| contact.expose().clone()),
        })
    }

    /// Prepares an application in a buyer's name: a draft of his, which is an application only once he has sent it.
    pub fn prepare_refund(&self, who: &Principal, order: &OrderId, input: &PrepareInput) -> Result<DraftView> {
        permit(who, Action::AnswerSupport, &Object::Nothing)?;
        let file = self.db().read(|db| order_file::find(db, order))?.ok_or(AppError::NotFound)?.aggregate;
        permit(who, Action::ViewOrder, &object(&file))?;
        if file.buyer.account().is_some() && file.buyer.account() == who.account() {
            return Err(AppError::Forbidden);
        }
        let reason = Reason::parse(&input.reason).ok_or(AppError::invalid("reason", "unknown"))?;
        let words = text::words("words", &input.words, 0, 2000)?;
        let words = self.without_codes(order, &words)?.into_owned();
        let fits = |no: &u16| {
            file.open_case_of(*no).is_none() && file.unit(*no).is_some_and(|unit| unit.refundable_minor() > 0)
        };
        if input.units.is_empty() || file.status.paid_at().is_none() {
            return Err(AppError::invalid("units", "required"));
        }
        if !input.units.iter().all(fits) {
            return Err(AppError::invalid("units", "unknown"));
        }
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut fields = vec![pair("reason", reason.code()), pair("text", &words), pair("prepared", "1")];
        fields.extend(input.units.iter().map(|no| pair("units", &no.to_string())));
        let now = self.now();
        let told = Notice {
            recipient: file.buyer.to_string(),
            id: self.ids().text(now),
            kind: "refund_prepared".to_owned(),
            order: order.to_string(),
            case: None,
            amount_minor: None,
            currency: file.currency.code().to_owned(),
            due: None,
            at: now,
            read_at: None,
        };
        let audit = self.audit_row(who, "prepare_refund", order.as_str(), json!({ "reason": reason.code() }))?;
        self.put_draft(&file.buyer.to_string(), order, &fields, move |tx| {
            notice::insert(tx, &told)?;
            Ok(tx.run(&audit).map(drop)?)
        })
    }
}

/// Orders in the order in which they were found, each once.
#[derive(Default)]
struct Found {
    orders: Vec<(OrderId, &'static str)>,
}

impl Found {
    fn add(&mut self, order: OrderId, by: &'static str) {
        if !self.orders.iter().any(|(known, _)| *known == order) {
            self.orders.push((order, by));
        }
    }
}

/// By the name of a buyer or of a shop.
fn by_name(db: &Reader<'_>, asked: &str, found: &mut Found) -> Result<()> {
    let name = asked.trim().to_lowercase();
    for person in account::list_beginning(db, &name, MOST_NAMES)? {
        let party = format!("acct:{}", person.id);
        for stored in order_file::list_of_buyer(db, &party, &Cursor::start(), MOST_OF_ONE)? {
            found.add(stored.aggregate.order, "buyer");
        }
    }
    if let Some(shop) = seller::find_by_name(db, asked.trim())? {
        let id: &SellerId = &shop.id;
        for row in refund_case::list_of_seller(db, id.as_str(), &Cursor::start(), MOST_OF_ONE)? {
            found.add(row.order, "seller");
        }
    }
    Ok(())
}
