//! Orders as their parties see them.

use crate::app::App;
use crate::authorize::{Action, Decision, Object, authorize};
use crate::errors::{AppError, Result};
use crate::lookup::Lookup;
use crate::principal::Principal;
use crate::rates::day_rate_view;
use crate::review::goods_reviewable;
use crate::review_view;
use crate::views::{
    AgreementRef, LineView, MoneyView, OrderRow, OrderView, PaymentView, SpecialView, TermsView, UnitView,
    UsedCouponView, ValueView, When,
};
use std::collections::BTreeMap;
use yuanlu_domain::Party;
use yuanlu_domain::catalogue::{DeliveryMode, Terms};
use yuanlu_domain::event::Tender;
use yuanlu_domain::ids::{OrderId, StockId};
use yuanlu_domain::order_file::{OrderFile, OrderStatus, Payment, PaymentState, Unit, UnitState};
use yuanlu_domain::rate::{BOOKS, DayRate};
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};
use yuanlu_storage::{Read, Reader, order_file, personal, stock};

/// What an order's rules say about the asker.
pub(crate) fn object(file: &OrderFile) -> Object<'_> {
    Object::File { buyer: &file.buyer, seller: &file.seller, judges: &[] }
}

/// Lets through, or says what a stranger, an outsider or somebody without second factor is told.
pub(crate) fn permit(who: &Principal, action: Action, object: &Object<'_>) -> Result<()> {
    match authorize(who, action, object) {
        Decision::Allow => Ok(()),
        Decision::NotFound => Err(AppError::NotFound),
        Decision::NeedsSecondFactor => Err(AppError::NeedsSecondFactor),
        Decision::Forbidden if matches!(who, Principal::Anonymous) => Err(AppError::NotSignedIn),
        Decision::Forbidden => Err(AppError::Forbidden),
    }
}

pub(crate) fn may(who: &Principal, action: Action, object: &Object<'_>) -> bool {
    authorize(who, action, object) == Decision::Allow
}

impl App {
    /// The file, if the asker may do this with it.
    pub(crate) fn file_for(&self, who: &Principal, action: Action, order: &OrderId) -> Result<OrderFile> {
        let stored = self.db().read(|db| order_file::find(db, order))?.ok_or(AppError::NotFound)?;
        permit(who, action, &object(&stored.aggregate))?;
        Ok(stored.aggregate)
    }

    /// The order as it stands now.
    pub(crate) fn show_order(&self, who: &Principal, order: &OrderId) -> Result<OrderView> {
        let now = self.now();
        self.db().snapshot(|db| {
            let file = order_file::find(db, order)?.ok_or(AppError::NotFound)?.aggregate;
            permit(who, Action::ViewOrder, &object(&file))?;
            let review = review_view::written_of_goods(db, order)?;
            self.order_view(db, &mut self.lookup().of(who), who, &file, review, now)
        })
    }

    pub(crate) fn order_view(
        &self,
        db: &Reader<'_>,
        lookup: &mut Lookup,
        who: &Principal,
        file: &OrderFile,
        review: Option<String>,
        now: Instant,
    ) -> Result<OrderView> {
        let asker = Asker::of(who, file);
        let last4 = codes_seen(db, file)?;
        let mut lines = Vec::new();
        for item in &file.items {
            let page = lookup.page(db, &item.terms)?;
            let recipient = match &item.recipient {
                Some(typed) => personal::find(db, &typed.id)?,
                None => None,
            };
            lines.push(LineView {
                product: item.terms.product.to_string(),
                title: page.title.clone(),
                description: page.description.clone(),
                how_to_use: page.how_to_use.clone(),
                quantity: item.quantity,
                terms: terms_view(&item.terms, file.currency),
                confirmed: item.confirmed,
                recipient,
            });
        }
        let units: Vec<UnitView> = file
            .units
            .iter()
            .map(|unit| {
                let title = lines.get(usize::from(unit.item)).map(|line| line.title.clone()).unwrap_or_default();
                unit_view(file, unit, title, &asker, &last4)
            })
            .collect();
        let cases = self.case_summaries(db, lookup, who, file, now)?;
        let mut actions = order_actions(file, &units, &asker, now);
        if asker.buyer && review.is_none() && goods_reviewable(file, now) {
            actions.push("review");
        }
        let mut agreements = Vec::new();
        for hash in &file.agreements {
            let found = lookup.agreement(db, hash)?;
            agreements.extend(found.map(|(kind, version)| AgreementRef { kind, version, hash: hash.clone() }));
        }
        let buyer_name = match &file.buyer {
            Party::Account(id) if asker.buyer => Some(lookup.login(db, id)?),
            Party::Account(id) => Some(masked_name(&lookup.login(db, id)?)),
            Party::Guest(_) | Party::Shop { .. } => None,
        };
        Ok(OrderView {
            order: file.order.to_string(),
            status: file.status.code(),
            buyer_is_guest: matches!(file.buyer, Party::Guest(_)),
            buyer_name,
            seller: lookup.seller(db, &file.seller)?,
            placed_at: file.placed_at.into(),
            policy: file.policy.clone(),
            paid_at: file.status.paid_at().map(When),
            price: MoneyView::new(file.price_minor(), file.currency),
            coupon: file.coupon.as_ref().map(|used| UsedCouponView {
                off: MoneyView::new(used.coupon.value_minor, file.currency),
                restored: used.restored,
            }),
            total: MoneyView::new(file.total_minor(), file.currency),
            due: MoneyView::new(file.due_minor(), file.currency),
            refundable: MoneyView::new(refundable(file), file.currency),
            lines,
            units,
            payments: file.payments.iter().map(|payment| payment_view(payment, file.currency)).collect(),
            cases,
            pay_until: match file.status {
                OrderStatus::AwaitingPayment { pay_until } => Some(pay_until.plus_micros(-1).into()),
                _ => None,
            },
            promised_until: promised_until(file),
            window_until: match &file.status {
                OrderStatus::Completed { window_until, .. } => Some(window_until.into()),
                _ => None,
            },
            review,
            agreements,
            actions,
        })
    }

    pub(crate) fn order_row(&self, db: &impl Read, lookup: &mut Lookup, file: &OrderFile) -> Result<OrderRow> {
        let title = match file.items.first() {
            Some(item) => lookup.page(db, &item.terms)?.title.clone(),
            None => String::new(),
        };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(OrderRow {
            order: file.order.to_string(),
            status: file.status.code(),
            title,
            units: count(file.units.len()),
            awaiting: count(file.units.iter().filter(|unit| unit.state == UnitState::Awaiting).count()),
            seller: lookup.seller(db, &file.seller)?,
            total: MoneyView::new(file.total_minor(), file.currency),
            placed_at: file.placed_at.into(),
            open_cases: count(file.cases.iter().filter(|case| case.state.is_open()).count()),
        })
    }
}

/// Which sides of the order the asker is on.
struct Asker {
    buyer: bool,
    seller: bool,
    guest: bool,
}

impl Asker {
    fn of(who: &Principal, file: &OrderFile) -> Self {
        let object = object(file);
        Self {
            buyer: may(who, Action::RevealCode, &object),
            seller: may(who, Action::DeliverOrder, &object),
            guest: matches!(who, Principal::Guest(_)),
        }
    }
}

/// What can still go back of the whole order.
pub(crate) fn refundable(file: &OrderFile) -> i64 {
    if file.status.paid_at().is_none() { 0 } else { file.units.iter().map(Unit::refundable_minor).sum() }
}

pub(crate) fn terms_view(terms: &Terms, currency: Currency) -> TermsView {
    TermsView {
        kind: terms.kind.code(),
        delivery: match terms.delivery {
            DeliveryMode::Code => "code",
            DeliveryMode::Credit => "credit",
        },
        delivery_event: terms.delivery_event.code(),
        face: (terms.face_minor > 0).then(|| MoneyView::new(terms.face_minor, currency)),
        price: MoneyView::new(terms.price_minor, currency),
        promise_hours: terms.promise_hours,
        window_days: terms.window_days,
        warranty_days: terms.warranty_days,
        fee_basis_points: terms.fee_basis_points,
        special: terms.special.as_ref().map(|special| SpecialView {
            until: special.until.map(|event| event.code()),
            days: special.days,
            fee_basis_points: special.fee_basis_points,
        }),
        self_operated: terms.self_operated,
    }
}

/// The last characters of codes their buyer has seen.
fn codes_seen(db: &Reader<'_>, file: &OrderFile) -> Result<BTreeMap<StockId, String>> {
    let mut last4 = BTreeMap::new();
    for unit in &file.units {
        if let UnitState::Revealed { stock, .. } | UnitState::Redeemed { stock, revealed_at: Some(_), .. } = &unit.state
            && let Some(row) = stock::find(db, stock)?
        {
            last4.insert(stock.clone(), row.last4);
        }
    }
    Ok(last4)
}

/// The last characters of every code of an order, seen or not.
pub(crate) fn code_tails(db: &Reader<'_>, file: &OrderFile) -> Result<Vec<String>> {
    let mut tails = Vec::new();
    for stock in file.units.iter().filter_map(|unit| unit.state.stock()) {
        tails.extend(stock::find(db, stock)?.map(|row| row.last4));
    }
    Ok(tails)
}

fn unit_view(
    file: &OrderFile,
    unit: &Unit,
    title: String,
    asker: &Asker,
    last4: &BTreeMap<StockId, String>,
) -> UnitView {
    let money = |minor| MoneyView::new(minor, file.currency);
    let paid = file.status.paid_at().is_some();
    let open_case = file.open_case_of(unit.no).map(|case| file.case_id(case.ordinal).to_string());
    let free = open_case.is_none();
    let available = unit.state.available_at();
    let sealed = matches!(unit.state, UnitState::Sealed { .. });
    let revealed = matches!(unit.state, UnitState::Revealed { .. });
    let by_credit = file.item_of(unit).is_some_and(|item| item.terms.delivery == DeliveryMode::Credit);
    let mut actions = Vec::new();
    let mut add = |allowed: bool, action| {
        if allowed {
            actions.push(action);
        }
    };
    add(asker.buyer && sealed && free, "reveal");
    add(asker.buyer && available.is_some() && unit.completed_at.is_none() && free, "confirm");
    add(asker.buyer && paid && free && unit.refundable_minor() > 0, "apply");
    add(asker.seller && unit.state == UnitState::Awaiting && by_credit && free, "mark_credited");
    add(asker.seller && (sealed || revealed), "report_redemption");
    UnitView {
        no: unit.no,
        title,
        state: unit.state.code(),
        available_at: available.map(When),
        revealed_at: match unit.state {
            UnitState::Revealed { revealed_at, .. } => Some(revealed_at.into()),
            UnitState::Redeemed { revealed_at, .. } => revealed_at.map(When),
            _ => None,
        },
        completed_at: unit.completed_at.map(When),
        paid: money(if paid { unit.paid_minor } else { 0 }),
        refunded: money(unit.refunded_minor),
        refundable: money(if paid { unit.refundable_minor() } else { 0 }),
        masked_code: unit.state.stock().and_then(|stock| last4.get(stock)).map(|last4| format!("****{last4}")),
        open_case,
        actions,
    }
}

/// What an amount is worth in the books.
pub(crate) fn value_view(minor: i64, currency: Currency, rate: &DayRate) -> ValueView {
    let value = rate.value(Money::new(minor, currency)).unwrap_or_default();
    ValueView { value: MoneyView::new(value, BOOKS), rate: day_rate_view(currency, rate) }
}

fn payment_view(payment: &Payment, currency: Currency) -> PaymentView {
    let (state, at) = match &payment.state {
        PaymentState::Open => ("open", None),
        PaymentState::Paid { at, .. } => ("paid", Some(*at)),
        PaymentState::Extra { at, .. } => ("extra", Some(*at)),
        PaymentState::Declined { .. } => ("declined", None),
        PaymentState::Closing => ("closing", None),
        PaymentState::Closed => ("closed", None),
    };
    PaymentView {
        no: payment.no.to_string(),
        how: match &payment.tender {
            Tender::Balance { .. } => "balance".to_owned(),
            Tender::Voucher { .. } => "voucher".to_owned(),
            Tender::Channel { channel } => channel.to_string(),
        },
        amount: MoneyView::new(payment.amount_minor, currency),
        value: payment.rate.as_ref().map(|rate| value_view(payment.amount_minor, currency, rate)),
        state,
        at: at.map(When),
    }
}

/// Until when delivery was promised, while something is not delivered (R24).
fn promised_until(file: &OrderFile) -> Option<When> {
    let paid_at = file.status.paid_at()?;
    file.units
        .iter()
        .filter(|unit| unit.state == UnitState::Awaiting)
        .filter_map(|unit| file.item_of(unit))
        .map(|item| paid_at.plus_hours(i64::from(item.terms.promise_hours)).into())
        .min()
}

fn order_actions(file: &OrderFile, units: &[UnitView], asker: &Asker, now: Instant) -> Vec<&'static str> {
    let payable = matches!(file.status, OrderStatus::AwaitingPayment { pay_until } if now < pay_until);
    let mut actions = Vec::new();
    if asker.buyer && payable {
        actions.push("pay");
    }
    for action in ["reveal", "confirm", "apply", "mark_credited", "report_redemption"] {
        if units.iter().any(|unit| unit.actions.contains(&action)) {
            actions.push(action);
        }
    }
    if asker.guest && matches!(file.buyer, Party::Guest(_)) {
        actions.push("claim");
    }
    actions
}

/// A name as the other side may see it.
pub(crate) fn masked_name(name: &str) -> String {
    let mut characters = name.chars();
    match (characters.next(), characters.next_back()) {
        (Some(first), Some(last)) => format!("{first}***{last}"),
        (Some(first), None) => format!("{first}***"),
        _ => String::new(),
    }
}
