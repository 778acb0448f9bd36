//! Finding, buying, paying, receiving.

use crate::app::App;
use crate::auth::Grant;
use crate::authorize::Action;
use crate::block::blocked_sellers;
use crate::errors::{AppError, Result};
use crate::inputs::{GuestInput, LineInput, Origin, Page, PartsInput, PlaceInput, ProductFilter};
use crate::limits::Tried;
use crate::lookup::Lookup;
use crate::order_view::terms_view;
use crate::principal::Principal;
use crate::seller::CURRENCY;
use crate::text;
use crate::views::{Listing, MOST_COUNTED, MoneyView, OrderRow, OrderView, PaymentToMake, ProductView};
use std::collections::BTreeMap;
use yuanlu_blobs::{Place, Secret};
use yuanlu_domain::catalogue::{DeliveryMode, ProductKind};
use yuanlu_domain::command::{Line, OrderAct, Parts};
use yuanlu_domain::event::Tender;
use yuanlu_domain::ids::{ChannelId, OrderId, ProductId, SellerId};
use yuanlu_domain::order_file::{OrderFile, OrderStatus, PaymentState, UnitState};
use yuanlu_domain::{Actor, Party, Refusal};
use yuanlu_storage::guest_access::{self, GuestAccess};
use yuanlu_storage::personal::PersonalRow;
use yuanlu_storage::product::Product;
use yuanlu_storage::{Reader, order_file, outside_complaint, product, session, stock};

const MOST_LINES: usize = 20;

/// Products of a seller shown on his page.
const MOST_OF_SELLER: u32 = 60;

impl App {
    /// Products on sale.
    pub fn list_products(&self, filter: &ProductFilter, page: &Page) -> Result<Listing<ProductView>> {
        let kind = match text::given(filter.kind.as_ref()) {
            None => "",
            Some(code) => ProductKind::ALL
                .into_iter()
                .find(|kind| kind.code() == code)
                .ok_or(AppError::invalid("kind", "unknown"))?
                .code(),
        };
        let words = text::line("text", filter.text.as_deref().unwrap_or_default(), 0, 100)?;
        let after = page.cursor.as_deref().unwrap_or_default();
        let (policy, now) = (self.policy_now()?, self.now());
        self.db().snapshot(|db| {
            let mut found = product::list_on_sale(db, after, kind, &words, page.rows() + 1)?;
            found.iter_mut().for_each(|product| policy.parameters().bind(&mut product.offer.terms));
            let blocked = blocked_sellers(db, found.iter().map(|product| &product.offer.seller), now)?;
            let mut listing = product_listing(db, found, page)?;
            listing.items.retain(|product| !blocked.iter().any(|seller| seller.as_str() == product.seller.id));
            Ok(listing)
        })
    }

    /// What a seller has on sale.
    pub fn products_of(&self, seller: &SellerId) -> Result<Vec<ProductView>> {
        let (policy, now) = (self.policy_now()?, self.now());
        self.db().snapshot(|db| {
            if !blocked_sellers(db, [seller], now)?.is_empty() {
                return Ok(Vec::new());
            }
            let mut found = product::list_of_seller(db, seller, "", MOST_OF_SELLER)?;
            found.retain(|one| one.on_sale);
            found.iter_mut().for_each(|product| policy.parameters().bind(&mut product.offer.terms));
            product_views(db, found)
        })
    }

    /// A product, on sale or not.
    pub fn load_product(&self, id: &ProductId) -> Result<ProductView> {
        let (policy, now) = (self.policy_now()?, self.now());
        self.db().snapshot(|db| {
            let mut found = product::find(db, id)?.ok_or(AppError::NotFound)?;
            policy.parameters().bind(&mut found.offer.terms);
            found.on_sale &= blocked_sellers(db, [&found.offer.seller], now)?.is_empty();
            product_views(db, vec![found])?.pop().ok_or(AppError::NotFound)
        })
    }

    /// Places an order for somebody signed in; guests use [`App::place_order_as_guest`].
    pub fn place_order(
        &self,
        who: &Principal,
        input: &PlaceInput,
        key: Option<&str>,
        origin: &Origin,
    ) -> Result<OrderView> {
        let Principal::Person(person) = who else {
            return self.place_order_as_guest(input, key, origin).map(|(order, _)| order);
        };
        let buyer = Party::Account(person.account.clone());
        self.refuse_blocked(&buyer.to_string())?;
        let order = self.ids().order(self.now());
        let (lines, recipients) = self.lines(&order, &input.lines)?;
        let parts = parts(&input.parts)?;
        let tender = match input.tender.as_str() {
            "balance" => Tender::Balance { wallet: person.account.clone() },
            channel => Tender::Channel { channel: self.channel(channel)? },
        };
        let answer = self
            .order_request(
                who,
                Actor::Buyer { party: buyer.clone() },
                &order,
                OrderAct::Place { buyer, lines, parts, tender },
            )
            .once("place_order", key, &(&input.lines, &input.parts, &input.tender))?
            .with(recipients)
            .send()?;
        self.show_order(who, answer.order.as_ref().unwrap_or(&order))
    }

    /// Places an order for a guest, who is let in at once.
    pub fn place_order_as_guest(
        &self,
        input: &PlaceInput,
        key: Option<&str>,
        origin: &Origin,
    ) -> Result<(OrderView, Grant)> {
        self.limiter().take(Tried::GuestOrder, &origin.address, self.clock().real_now())?;
        let guest = input.guest.as_ref().ok_or(AppError::invalid("contact", "required"))?;
        let contact = checked_guest(guest)?;
        if input.tender == "balance" || input.parts != PartsInput::default() {
            return Err(Refusal::BalanceNeedsAccount.into());
        }
        let tender = Tender::Channel { channel: self.channel(&input.tender)? };
        let order = self.ids().order(self.now());
        let (lines, recipients) = self.lines(&order, &input.lines)?;
        let place = Place { table: "guest_access", row: order.as_str() };
        let sealed = self.vault().seal(place, contact.as_bytes()).map_err(|_| AppError::Unavailable)?;
        let access = GuestAccess {
            order: order.clone(),
            contact: sealed.ciphertext,
            key_version: sealed.key_version,
            password: self.hashing().hash(&guest.query_password)?,
            created_at: self.now(),
            language: if origin.language.is_empty() { "zh" } else { origin.language }.to_owned(),
        };
        let buyer = Party::Guest(order.clone());
        // Nobody gets another guest's answer by guessing his key: contact and password are part of whose key it is.
        let known_by = format!("{contact}\0{}", guest.query_password.expose());
        let answer = self
            .order_request(
                &Principal::Anonymous,
                Actor::Buyer { party: buyer.clone() },
                &order,
                OrderAct::Place { buyer, lines, parts: Parts::default(), tender },
            )
            .keyed_by(format!("guest:{}", self.vault().blind_index("guest key", known_by.as_bytes())))
            .once("place_order", key, &(&input.lines, &input.tender))?
            .with(recipients)
            .and([guest_access::adding(&access)])
            .and(self.contact_index(&contact).map(|index| outside_complaint::adding_phone(&index, &order, self.now())))
            .send()?;
        let order = answer.order.unwrap_or(order);
        let grant = self.guest_session(&order, origin)?;
        Ok((self.show_order(&grant.principal, &order)?, grant))
    }

    /// An order.
    pub fn load_order(&self, who: &Principal, order: &OrderId) -> Result<OrderView> {
        self.show_order(who, order)
    }

    /// One's orders, newest first; a guest's only one.
    pub fn list_orders(&self, who: &Principal, page: &Page) -> Result<Listing<OrderRow>> {
        let buyer = who.party().ok_or(AppError::NotSignedIn)?.to_string();
        let after = text::cursor(page)?;
        self.db().snapshot(|db| {
            let found = order_file::list_of_buyer(db, &buyer, &after, page.rows() + 1)?;
            self.order_listing(db, found.into_iter().map(|stored| stored.aggregate).collect(), page)
        })
    }

    pub(crate) fn order_listing(
        &self,
        db: &Reader<'_>,
        mut files: Vec<OrderFile>,
        page: &Page,
    ) -> Result<Listing<OrderRow>> {
        let next = text::cut(&mut files, page, |file| text::cursor_text(file.placed_at.micros(), file.order.as_str()));
        let mut lookup = self.lookup();
        let items = files.iter().map(|file| self.order_row(db, &mut lookup, file)).collect::<Result<_>>()?;
        Ok(Listing { items, next })
    }

    /// Begins to pay, or begins again: what the payer is sent to the channel with.
    pub fn open_payment(
        &self,
        who: &Principal,
        order: &OrderId,
        channel: Option<&ChannelId>,
        key: Option<&str>,
    ) -> Result<PaymentToMake> {
        let file = self.file_for(who, Action::PayOrder, order)?;
        let used = file.payments.iter().rev().find_map(|payment| match &payment.tender {
            Tender::Channel { channel } => Some(channel.clone()),
            Tender::Balance { .. } | Tender::Voucher { .. } => None,
        });
        let chosen = channel.cloned().or(used).or_else(|| self.channels().first().cloned());
        let channel = self.channel(chosen.ok_or(AppError::invalid("channel", "required"))?.as_str())?;
        let act = OrderAct::OpenPayment { channel: channel.clone() };
        let request =
            self.order_request(who, who.as_buyer(), order, act).once("open_payment", key, &(order, &channel))?;
        match request.send() {
            // One is open already: its number is used again.
            Ok(_) | Err(AppError::Refused(Refusal::NothingDue)) => {}
            Err(error) => return Err(error),
        }
        let file = self.file_for(who, Action::PayOrder, order)?;
        let OrderStatus::AwaitingPayment { pay_until } = file.status else {
            return Err(Refusal::WrongState { state: file.status.code() }.into());
        };
        let tender = Tender::Channel { channel: channel.clone() };
        let open = file.payments.iter().rfind(|p| p.state == PaymentState::Open && p.tender == tender);
        let payment = open.ok_or(AppError::Conflict)?;
        Ok(PaymentToMake {
            order: order.to_string(),
            channel: channel.to_string(),
            no: payment.no.to_string(),
            amount: MoneyView::new(payment.amount_minor, file.currency),
            pay_until: pay_until.into(),
            since: file.placed_at.into(),
        })
    }

    /// Reveals a code to its owner: first the event is durable, then the code is decrypted. Asked again, shown again.
    pub fn reveal(&self, who: &Principal, order: &OrderId, unit: u16) -> Result<Secret<String>> {
        let file = self.file_for(who, Action::RevealCode, order)?;
        let seen = matches!(
            file.unit(unit).map(|unit| &unit.state),
            Some(UnitState::Revealed { .. } | UnitState::Redeemed { revealed_at: Some(_), .. })
        );
        if !seen {
            self.order_request(who, who.as_buyer(), order, OrderAct::Reveal { unit }).send()?;
        }
        let file = self.file_for(who, Action::RevealCode, order)?;
        let id = match file.unit(unit).map(|unit| &unit.state) {
            Some(UnitState::Revealed { stock, .. } | UnitState::Redeemed { stock, revealed_at: Some(_), .. }) => stock,
            _ => return Err(AppError::Conflict),
        };
        let row = self.db().read(|db| stock::find(db, id))?.ok_or(AppError::Unavailable)?;
        if row.owner.as_ref() != Some(order) {
            return Err(AppError::Conflict);
        }
        let version = u32::try_from(row.key_version).map_err(|_| AppError::Unavailable)?;
        let place = Place { table: "stock", row: id.as_str() };
        let opened = self.vault().open_bytes(place, version, &row.ciphertext).map_err(|_| AppError::Unavailable)?;
        String::from_utf8(opened.expose().clone()).map(Secret::new).map_err(|_| AppError::Unavailable)
    }

    /// Confirms receipt of units.
    pub fn confirm_receipt(&self, who: &Principal, order: &OrderId, units: &[u16]) -> Result<OrderView> {
        self.file_for(who, Action::ConfirmReceipt, order)?;
        let act = OrderAct::ConfirmReceipt { units: units.to_vec() };
        self.order_request(who, who.as_buyer(), order, act).send()?;
        self.show_order(who, order)
    }

    /// Takes a guest's order into one's account; wants its query password. The guest's way in ends.
    pub fn claim_order(
        &self,
        who: &Principal,
        order: &OrderId,
        password: &Secret<String>,
        origin: &Origin,
    ) -> Result<OrderView> {
        let account = who.account().ok_or(AppError::NotSignedIn)?.clone();
        self.check_query_password(order, password, origin)?;
        let guest = Actor::Buyer { party: Party::Guest(order.clone()) };
        self.order_request(who, guest, order, OrderAct::Claim { account })
            .and([guest_access::ending(order), session::ending_guests(order)])
            .send()?;
        self.show_order(who, order)
    }

    /// A channel that is configured.
    fn channel(&self, code: &str) -> Result<ChannelId> {
        let found = self.channels().iter().find(|channel| channel.as_str() == code);
        found.cloned().ok_or(AppError::invalid("tender", "unknown"))
    }

    /// The lines of a new order, and the rows of whom to credit.
    fn lines(&self, order: &OrderId, lines: &[LineInput]) -> Result<(Vec<Line>, Vec<PersonalRow>)> {
        if lines.is_empty() {
            return Err(AppError::invalid("lines", "required"));
        }
        if lines.len() > MOST_LINES {
            return Err(AppError::invalid("lines", "too_large"));
        }
        let ids: Vec<ProductId> = lines.iter().map(|line| line.product.as_str().into()).collect();
        let offers: BTreeMap<_, _> = self.db().read(|db| product::offers(db, &ids))?.into_iter().collect();
        let now = self.now();
        let sellers = offers.values().map(|offer| &offer.seller);
        if !self.db().read(|db| blocked_sellers(db, sellers, now))?.is_empty() {
            return Err(Refusal::NotForSale.into());
        }
        let (mut wanted, mut rows) = (Vec::new(), Vec::new());
        for (line, id) in lines.iter().zip(ids) {
            let offer = offers.get(&id).ok_or(AppError::NotFound)?;
            let recipient = match (offer.terms.delivery, &line.recipient) {
                (DeliveryMode::Credit, Some(typed)) if !typed.trim().is_empty() => {
                    self.personal(order, "recipient", &text::line("recipient", typed, 2, 64)?)?
                }
                (DeliveryMode::Credit, _) => return Err(AppError::invalid("recipient", "required")),
                (DeliveryMode::Code, _) => None,
            };
            let (row, recipient) = recipient.unzip();
            rows.extend(row);
            wanted.push(Line {
                quantity: line.quantity,
                seen_price: text::amount_in_any("seen_price", &line.seen_price, offer.currency)?,
                confirmed: line.confirmed,
                recipient,
                product: id,
            });
        }
        Ok((wanted, rows))
    }
}

fn checked_guest(guest: &GuestInput) -> Result<String> {
    let contact = text::line("contact", &guest.contact, 5, 100)?.to_lowercase();
    let mail = contact.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let phone = contact.chars().all(|c| c.is_ascii_digit() || "+- ".contains(c));
    if !mail && !phone {
        return Err(AppError::invalid("contact", "unreadable"));
    }
    match guest.query_password.expose().chars().count() {
        0 => Err(AppError::invalid("query_password", "required")),
        1..=5 => Err(AppError::invalid("query_password", "too_short")),
        6..=64 => Ok(contact),
        _ => Err(AppError::invalid("query_password", "too_long")),
    }
}

/// What is to be paid from the wallet first.
fn parts(input: &PartsInput) -> Result<Parts> {
    let balance_minor = match text::given(input.balance.as_ref()) {
        Some(amount) => text::amount("balance", amount, CURRENCY)?.minor(),
        None => 0,
    };
    Ok(Parts { coupon: input.coupon, voucher: input.voucher, balance_minor })
}

pub(crate) fn product_listing(db: &Reader<'_>, mut found: Vec<Product>, page: &Page) -> Result<Listing<ProductView>> {
    let next = text::cut(&mut found, page, |product| product.id.to_string());
    Ok(Listing { items: product_views(db, found)?, next })
}

pub(crate) fn product_views(db: &Reader<'_>, products: Vec<Product>) -> Result<Vec<ProductView>> {
    let wanted: Vec<_> = products.iter().map(|product| (&product.id, MOST_COUNTED)).collect();
    let counts = stock::count_free(db, &wanted)?;
    let mut lookup = Lookup::default();
    let view = |(product, free): (&Product, u32)| {
        let offer = &product.offer;
        Ok(ProductView {
            id: product.id.to_string(),
            version: product.version,
            title: product.page.title.clone(),
            description: product.page.description.clone(),
            how_to_use: product.page.how_to_use.clone(),
            terms: terms_view(&offer.terms, offer.currency),
            needs_confirmation: offer.needs_confirmation,
            seller: lookup.seller(db, &offer.seller)?,
            in_stock: (offer.terms.delivery == DeliveryMode::Code).then_some(free),
            on_sale: product.on_sale,
        })
    };
    products.iter().zip(counts).map(view).collect()
}
