//! A seller's work: goods, codes, deliveries, answers.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::codes::{folded, read_codes};
use crate::conduct::Written;
use crate::errors::{AppError, Result};
use crate::goods::{read_page, read_terms};
use crate::inputs::{Page, ProductInput, StatementInput};
use crate::order_view::{may, permit};
use crate::principal::Principal;
use crate::random;
use crate::shop::{product_listing, product_views};
use crate::submit::{Once, keep};
use crate::text;
use crate::views::{CaseSummary, CaseView, Listing, LoadedView, OrderRow, OrderView, ProductView, StockView};
use yuanlu_blobs::{Place, Secret};
use yuanlu_domain::Role;
use yuanlu_domain::catalogue::{DeliveryMode, Offer};
use yuanlu_domain::command::OrderAct;
use yuanlu_domain::ids::{AccountId, CaseId, OrderId, ProductId, SellerId, StockId};
use yuanlu_domain::order_file::{OrderFile, UnitState};
use yuanlu_domain::time::Instant;
use yuanlu_money::Currency;
use yuanlu_storage::idempotency::Answered;
use yuanlu_storage::order_file::Cursor;
use yuanlu_storage::product::{self, NewVersion, ProductPage};
use yuanlu_storage::stock::{self, NewStock};
use yuanlu_storage::{listing_hold, order_file, refund_case, seller};

/// The currency in which goods are sold.
pub(crate) const CURRENCY: Currency = Currency::Cny;
/// Files looked through for one page of orders to deliver.
const MOST_LOOKED_AT: usize = 2000;

/// Which orders a seller lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrdersFilter {
    /// All of them.
    All,
    /// Those with something to credit.
    ToDeliver,
}

impl App {
    /// One's own products.
    pub fn list_own_products(&self, who: &Principal, page: &Page) -> Result<Listing<ProductView>> {
        let seller = own_seller(who)?;
        let after = page.cursor.as_deref().unwrap_or_default();
        self.db().snapshot(|db| {
            let found = product::list_of_seller(db, &seller, after, page.rows() + 1)?;
            product_listing(db, found, page)
        })
    }

    /// One of one's own products.
    pub fn load_own_product(&self, who: &Principal, id: &ProductId) -> Result<ProductView> {
        let found = self.own_product(who, Action::ViewShop, id)?;
        self.db().snapshot(|db| product_views(db, vec![found])?.pop().ok_or(AppError::NotFound))
    }

    /// Saves a new product, or the next version of one. Orders keep the version they were bought in.
    pub fn save_product(&self, who: &Principal, id: Option<&ProductId>, input: &ProductInput) -> Result<ProductView> {
        self.save(who, id, input, None)
    }

    /// Saves a new product once under a key.
    pub fn create_product(&self, who: &Principal, input: &ProductInput, key: Option<&str>) -> Result<ProductView> {
        permit(who, Action::ManageProducts, &Object::Shop(&own_seller(who)?))?;
        match self.once(who, "create_product", key, input)? {
            Once::Before(id) => self.load_own_product(who, &id.into()),
            Once::Now(key) => self.save(who, None, input, key),
        }
    }

    fn save(
        &self,
        who: &Principal,
        id: Option<&ProductId>,
        input: &ProductInput,
        key: Option<Answered>,
    ) -> Result<ProductView> {
        let seller = own_seller(who)?;
        permit(who, Action::ManageProducts, &Object::Shop(&seller))?;
        let account = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let before = id.map(|id| self.own_product(who, Action::ManageProducts, id)).transpose()?;
        let now = self.now();
        let id = id.cloned().unwrap_or_else(|| self.ids().text(now).into());
        let page = read_page(input)?;
        let text = serde_json::to_string(&page).map_err(|_| AppError::Unavailable)?;
        let policy = self.policy_now()?;
        if input.on_sale {
            self.refuse_blocked(&format!("seller:{seller}"))?;
        }
        // Below the credit that listings need, what is put on sale waits for a look (R23).
        let held = input.on_sale && self.holds_listings(&seller, policy.parameters())?;
        let shop = self.db().read(|db| seller::find(db, &seller))?.ok_or(AppError::NotFound)?;
        let (mut terms, currency) = read_terms(input, policy.parameters())?;
        terms.product = id.clone();
        terms.product_version = before.as_ref().map_or(1, |product| product.version + 1);
        terms.page_digest = random::sha256(text.as_bytes());
        terms.self_operated = shop.self_operated;
        terms.commission_basis_points = if shop.self_operated { 0 } else { self.config().commission_basis_points };
        if before.as_ref().is_some_and(|product| product.offer.terms.kind != terms.kind) {
            return Err(AppError::invalid("kind", "unchangeable"));
        }
        let offer = Offer {
            seller,
            currency,
            terms,
            needs_confirmation: input.needs_confirmation,
            on_sale: input.on_sale && !held,
        };
        self.save_version(id.clone(), offer, (text, page), account, (key, held))?;
        self.load_own_product(who, &id)
    }

    fn save_version(
        &self,
        id: ProductId,
        offer: Offer,
        (text, page): (String, ProductPage),
        by: AccountId,
        (key, held): (Option<Answered>, bool),
    ) -> Result<()> {
        let search = format!("{} {}", page.title, page.description).to_lowercase();
        self.write(move |tx, at| {
            keep(tx, key.as_ref(), id.as_str(), at)?;
            product::save(tx, &NewVersion { id: &id, offer: &offer, page: &text, search: &search, by: &by, at })?;
            match held {
                true => listing_hold::put(tx, &id, &offer.seller, offer.terms.product_version, at)?,
                false => drop(listing_hold::drop(tx, &id)?),
            }
            Ok(())
        })
    }

    /// How many codes a product has.
    pub fn stock(&self, who: &Principal, id: &ProductId) -> Result<StockView> {
        self.own_product(who, Action::ViewShop, id)?;
        self.stock_of(id)
    }

    /// Loads codes: one a line, or CSV whose first column is the code. All lines that can be taken are taken at once.
    pub fn load_codes(&self, who: &Principal, id: &ProductId, text: &str) -> Result<LoadedView> {
        let found = self.own_product(who, Action::LoadCodes, id)?;
        if found.offer.terms.delivery != DeliveryMode::Code {
            return Err(AppError::invalid("codes", "wrong_type"));
        }
        let read = read_codes(text)?;
        let mut rows = Vec::new();
        for (line, code) in &read.codes {
            rows.push((*line, self.new_stock(id, code)?));
        }
        let (loaded, duplicates) = self.write(move |tx, now| {
            let (mut loaded, mut duplicates) = (0, Vec::new());
            for (line, row) in &rows {
                if stock::insert(tx, row, now)? {
                    loaded += 1;
                } else {
                    duplicates.push(*line);
                }
            }
            Ok((loaded, duplicates))
        })?;
        Ok(LoadedView { loaded, duplicates, bad_lines: read.bad_lines, stock: self.stock_of(id)? })
    }

    fn new_stock(&self, product: &ProductId, code: &Secret<String>) -> Result<NewStock> {
        let id = StockId::from(self.ids().text(self.now()));
        let place = Place { table: "stock", row: id.as_str() };
        let text = code.expose();
        let (ciphertext, version) =
            self.vault().seal_bytes(place, text.as_bytes()).map_err(|_| AppError::Unavailable)?;
        let shown = (text.chars().count() / 2).min(4);
        let last: Vec<char> = text.chars().rev().take(shown).collect();
        Ok(NewStock {
            id,
            product: product.clone(),
            blind_index: self.code_index(&folded(text)),
            ends: self.end_indexes(text),
            ciphertext,
            key_version: version.into(),
            last4: last.into_iter().rev().collect(),
        })
    }

    fn stock_of(&self, id: &ProductId) -> Result<StockView> {
        let counts = self.db().read(|db| stock::count(db, &[id.as_str()]))?;
        let of = counts.get(id).copied().unwrap_or_default();
        let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(StockView { free: count(of.free), owned: count(of.owned), quarantined: count(of.quarantined) })
    }

    /// Orders of one's goods, newest first.
    pub fn list_seller_orders(&self, who: &Principal, filter: OrdersFilter, page: &Page) -> Result<Listing<OrderRow>> {
        let seller = own_seller(who)?;
        let mut after = text::cursor(page)?;
        let wanted = page.rows() as usize + 1;
        self.db().snapshot(|db| {
            let (mut files, mut looked_at) = (Vec::new(), 0);
            while files.len() < wanted && looked_at < MOST_LOOKED_AT {
                let found = order_file::list_of_seller(db, seller.as_str(), &after, 100)?;
                let full = found.len() == 100;
                looked_at += found.len();
                if let Some(last) = found.last() {
                    after = Cursor { at: last.aggregate.placed_at.micros(), id: last.aggregate.order.to_string() };
                }
                files.extend(found.into_iter().map(|stored| stored.aggregate).filter(|file| fits(filter, file)));
                if !full {
                    break;
                }
            }
            files.truncate(wanted);
            self.order_listing(db, files, page)
        })
    }

    /// Marks a top-up or membership as credited, with the supplier's number.
    pub fn mark_credited(
        &self,
        who: &Principal,
        order: &OrderId,
        unit: u16,
        proof: &str,
        key: Option<&str>,
    ) -> Result<OrderView> {
        let file = self.file_for(who, Action::DeliverOrder, order)?;
        let number = text::line("proof", proof, 1, 200)?;
        let (row, reference) = self.personal(order, "proof", &number)?.ok_or(AppError::invalid("proof", "required"))?;
        let act = OrderAct::MarkCredited { unit, proof: reference };
        self.order_request(who, who.as_seller(&file.seller), order, act)
            .once("mark_credited", key, &(order, unit, &number))?
            .with([row])
            .send()?;
        self.show_order(who, order)
    }

    /// Reports that a code was used, at a Shanghai time (`2026-11-22 10:00`).
    pub fn report_redemption(&self, who: &Principal, order: &OrderId, unit: u16, at: &str) -> Result<OrderView> {
        let file = self.file_for(who, Action::DeliverOrder, order)?;
        let redeemed_at = Instant::parse_shanghai(at.trim()).ok_or(AppError::invalid("at", "unreadable"))?;
        if file.status.paid_at().is_none_or(|paid_at| redeemed_at < paid_at.plus_days(-3650)) {
            return Err(AppError::invalid("at", "too_large"));
        }
        let act = OrderAct::ReportRedemption { unit, redeemed_at };
        self.order_request(who, who.as_seller(&file.seller), order, act).send()?;
        self.show_order(who, order)
    }

    /// Cases about one's goods: on the first page those that wait for an answer, the most urgent first.
    pub fn list_seller_cases(&self, who: &Principal, page: &Page) -> Result<Listing<CaseSummary>> {
        let seller = own_seller(who)?;
        let after = text::cursor(page)?;
        self.db().snapshot(|db| {
            let waiting = match page.cursor.as_deref() {
                None | Some("") => refund_case::queue_of_seller(db, seller.as_str(), 100)?,
                Some(_) => Vec::new(),
            };
            let whole = Page { cursor: None, limit: Some(100) };
            let mut items = self.case_listing(db, who, waiting, &whole, |_| String::new())?.items;
            let found = refund_case::list_of_seller(db, seller.as_str(), &after, page.rows() + 1)?;
            let others = self.case_listing(db, who, found, page, |row| {
                text::cursor_text(row.applied_at.micros(), row.case.as_str())
            })?;
            items.extend(others.items.into_iter().filter(|row| row.turn_who != Some("seller")));
            Ok(Listing { items, next: others.next })
        })
    }

    /// Agrees to what the rules give.
    pub fn agree(&self, who: &Principal, case: &CaseId, key: Option<&str>) -> Result<CaseView> {
        let (file, ordinal) = self.case_file(who, Action::AnswerAsSeller, case)?;
        self.order_request(who, who.as_seller(&file.seller), &file.order, OrderAct::SellerAgree { case: ordinal })
            .once("agree", key, case)?
            .send()?;
        self.load_case(who, case)
    }

    /// Contests, with words and files.
    pub fn contest(
        &self,
        who: &Principal,
        case: &CaseId,
        input: &StatementInput,
        key: Option<&str>,
    ) -> Result<CaseView> {
        let (file, ordinal) = self.case_file(who, Action::AnswerAsSeller, case)?;
        let statement = self.statement(who, &file, &input.words, &input.evidence)?;
        let written =
            Written { subject: &format!("seller:{}", file.seller), order: file.order.as_str(), case: case.as_str() };
        let rows = self.said(written, &statement)?;
        let act = OrderAct::SellerContest { case: ordinal, words: statement.words, evidence: statement.evidence };
        self.order_request(who, who.as_seller(&file.seller), &file.order, act)
            .once("contest", key, &(case, input))?
            .with(statement.rows)
            .and(rows)
            .send()?;
        self.load_case(who, case)
    }

    fn own_product(&self, who: &Principal, action: Action, id: &ProductId) -> Result<product::Product> {
        let found = self.db().read(|db| product::find(db, id))?.ok_or(AppError::NotFound)?;
        permit(who, action, &Object::Shop(&found.offer.seller))?;
        Ok(found)
    }
}

/// The seller somebody works for.
pub(crate) fn own_seller(who: &Principal) -> Result<SellerId> {
    let person = who.person().ok_or(AppError::NotSignedIn)?;
    let seller = person.seller.clone().filter(|_| person.has(Role::Seller)).ok_or(AppError::Forbidden)?;
    debug_assert!(may(who, Action::ViewShop, &Object::Shop(&seller)));
    Ok(seller)
}

fn fits(filter: OrdersFilter, file: &OrderFile) -> bool {
    match filter {
        OrdersFilter::All => true,
        OrdersFilter::ToDeliver => file.units.iter().any(|unit| {
            let by_credit = file.item_of(unit).is_some_and(|item| item.terms.delivery == DeliveryMode::Credit);
            by_credit && unit.state == UnitState::Awaiting && file.open_case_of(unit.no).is_none()
        }),
    }
}
