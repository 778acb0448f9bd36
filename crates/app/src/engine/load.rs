//! What a batch needs to know before it decides: one query per table.

use super::Envelope;
use super::slot::Slots;
use crate::platform::SELLERS;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use yuanlu_domain::Role;
use yuanlu_domain::catalogue::{DeliveryMode, Offer};
use yuanlu_domain::code_batch::CodesAct;
use yuanlu_domain::code_probe::ProbeAct;
use yuanlu_domain::command::{Act, OrderAct, SellerAct};
use yuanlu_domain::desk::{DeskAct, DeskFile};
use yuanlu_domain::event::Tender;
use yuanlu_domain::ids::{AccountId, DeskId, EvidenceId, OrganisationId, ProductId, SellerId, StockId};
use yuanlu_domain::incident::Incident;
use yuanlu_domain::incident::IncidentAct;
use yuanlu_domain::offer::OfferTerms;
use yuanlu_domain::order_file::{OrderFile, UnitState};
use yuanlu_domain::panel::Arbitrator;
use yuanlu_domain::policy::Policy;
use yuanlu_domain::projection::{Subject, wallet_of};
use yuanlu_domain::rate::{BOOKS, DayRate};
use yuanlu_domain::seller_rule::SellerRule;
use yuanlu_domain::time::Instant;
use yuanlu_domain::tip_off::TipOffAct;
use yuanlu_money::Currency;
use yuanlu_storage::payer::Sharing;
use yuanlu_storage::{
    Read, StorageError, Tx, account, agreement, code_probe, credit_event, desk, idempotency, organisation, payer,
    policy, product, seller_rule, stock,
};

/// What a batch decides by beside its aggregates. One does not hang on another, so that all are read together.
pub(super) struct Known {
    /// Keys answered before, and by this batch.
    pub(super) answered: HashMap<String, (String, String)>,
    /// When claims of buyers were found bad, by party.
    pub(super) bad_claims: HashMap<String, Vec<Instant>>,
    /// Rules by which sellers agree by themselves.
    pub(super) seller_rules: Vec<(SellerId, SellerRule)>,
    /// Accounts that share a payer, by order.
    pub(super) sharing: HashMap<String, Vec<Sharing>>,
    /// Files of applications with a finding that hints at forgery.
    pub(super) hinting: HashSet<EvidenceId>,
    /// Products whose issuer can be asked about a code.
    pub(super) probed: BTreeSet<ProductId>,
    /// Everybody of staff, where a command asks for it.
    pub(super) staff: Option<Staff>,
    /// Incidents that orders are refunded for.
    pub(super) incidents: HashMap<DeskId, Incident>,
    /// The day's rates, by currency.
    pub(super) day_rates: HashMap<Currency, DayRate>,
    /// Arbitrators and conflicts of interest, where a command asks for them.
    pub(super) outside: Outside,
    /// Hashes of the agreements in force.
    pub(super) agreements: Vec<String>,
}

impl Known {
    pub(super) fn load(
        tx: &Tx<'_>,
        commands: &[Envelope],
        orders: &Slots<OrderFile>,
        offers: &BTreeMap<ProductId, Offer>,
        now: Instant,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            answered: answered(tx, commands)?,
            bad_claims: bad_claims(tx, commands, orders, now)?,
            seller_rules: seller_rules(tx, commands, orders)?,
            sharing: sharing(tx, commands, orders, now)?,
            hinting: hinting(tx, commands)?,
            probed: probed(tx, commands, orders)?,
            staff: staff(tx, commands, orders)?,
            incidents: incidents(tx, commands)?,
            day_rates: day_rates(tx, orders, offers, now)?,
            outside: outside(tx, commands, orders)?,
            agreements: agreements(tx, commands, now)?,
        })
    }
}

/// People of staff with their roles.
pub(super) type Staff = Vec<(AccountId, Vec<Role>)>;

pub(super) fn order_id(envelope: &Envelope) -> Option<&str> {
    match &envelope.command.act {
        Act::Order { order, .. } => Some(order.as_str()),
        Act::Wallet { .. } | Act::Seller { .. } | Act::Desk { .. } => None,
    }
}

pub(super) fn seller_id(envelope: &Envelope) -> Option<&str> {
    match &envelope.command.act {
        Act::Seller { seller, .. } => Some(seller.as_str()),
        Act::Desk { act: DeskAct::Admission(act), .. } => act.seller().map(SellerId::as_str),
        Act::Order { .. } | Act::Wallet { .. } | Act::Desk { .. } => None,
    }
}

pub(super) fn desk_id(envelope: &Envelope) -> Option<&str> {
    match &envelope.command.act {
        Act::Desk { desk, .. } => Some(desk.as_str()),
        Act::Order { .. } | Act::Wallet { .. } | Act::Seller { .. } => None,
    }
}

/// Everybody of staff, where a command asks who might judge, who is meant, or whether there is a second person.
fn staff(tx: &Tx<'_>, commands: &[Envelope], orders: &Slots<OrderFile>) -> Result<Option<Staff>, StorageError> {
    let asks = |envelope: &Envelope| match &envelope.command.act {
        Act::Desk { act: DeskAct::TipOff(act), .. } => {
            matches!(act, TipOffAct::Name { .. } | TipOffAct::Wake { .. })
        }
        Act::Order { order, act } => {
            asks_for_staff(act, orders.get(order.as_str()).and_then(|slot| slot.current.as_ref()))
        }
        Act::Desk { act: DeskAct::Codes(act), .. } => matches!(act, CodesAct::Approve),
        Act::Desk { act: DeskAct::Incident(act), .. } => matches!(**act, IncidentAct::Approve),
        Act::Seller { act, .. } => matches!(act, SellerAct::ExecuteWithdrawal { .. }),
        Act::Wallet { .. } | Act::Desk { .. } => false,
    };
    commands.iter().any(asks).then(|| account::staff_accounts(tx)).transpose()
}

/// Incidents that orders are refunded for, without what is long in them. Read and not locked: refunds of one incident do not
/// wait for each other.
fn incidents(tx: &Tx<'_>, commands: &[Envelope]) -> Result<HashMap<DeskId, Incident>, StorageError> {
    let named = commands.iter().filter_map(|envelope| match &envelope.command.act {
        Act::Order { act: OrderAct::RefundIncident { incident, .. }, .. } => Some(incident),
        _ => None,
    });
    let named: BTreeSet<&DeskId> = named.collect();
    let mut incidents = HashMap::new();
    if named.is_empty() {
        return Ok(incidents);
    }
    for stored in desk::find_all(tx, named)? {
        if let DeskFile::Incident(mut found) = stored.aggregate {
            (found.forecast, found.result) = (None, None);
            incidents.insert(found.desk.clone(), *found);
        }
    }
    Ok(incidents)
}

/// Acts that begin, judge or end a hearing, or that need four eyes.
fn asks_for_staff(act: &OrderAct, file: Option<&OrderFile>) -> bool {
    match act {
        OrderAct::SellerContest { .. }
        | OrderAct::GiveMaterial { .. }
        | OrderAct::AskPerson { .. }
        | OrderAct::ClaimCase { .. }
        | OrderAct::AskMaterial { .. }
        | OrderAct::PassToSeller { .. }
        | OrderAct::Approve { .. }
        | OrderAct::Reject { .. }
        | OrderAct::Uphold { .. }
        | OrderAct::Dismiss { .. }
        | OrderAct::ReferToPanel { .. }
        | OrderAct::Vote { .. }
        | OrderAct::InviteArbitrator { .. }
        | OrderAct::OpenRemedy { .. }
        | OrderAct::AnswerOffer { .. }
        | OrderAct::Probe(ProbeAct::Ask { .. })
        | OrderAct::ApprovePayout { .. } => true,
        OrderAct::Route(act) => act.needs_four_eyes(),
        // The first review of a new case: only goods of the house itself can be short of judges.
        OrderAct::Apply { .. } => file.is_some_and(|file| file.items.iter().any(|item| item.terms.self_operated)),
        OrderAct::Wake { subject } => {
            matches!(subject, Subject::Case(_) | Subject::Remedy(_) | Subject::Offer(_))
        }
        _ => false,
    }
}

/// Who may be drawn for panels, and to which organisations the parties and judges of each file belong.
#[derive(Default)]
pub(super) struct Outside {
    pub(super) arbitrators: Vec<Arbitrator>,
    pub(super) conflicted: HashMap<String, BTreeSet<OrganisationId>>,
}

fn outside(tx: &Tx<'_>, commands: &[Envelope], orders: &Slots<OrderFile>) -> Result<Outside, StorageError> {
    let mut outside = Outside::default();
    for envelope in commands {
        let Act::Order { order, act: OrderAct::ReferToPanel { case } | OrderAct::InviteArbitrator { case, .. } } =
            &envelope.command.act
        else {
            continue;
        };
        let Some(file) = orders.get(order.as_str()).and_then(|slot| slot.current.as_ref()) else { continue };
        if outside.arbitrators.is_empty() {
            let found = organisation::eligible_arbitrators(tx)?.into_iter();
            outside.arbitrators = found.map(|(account, organisation)| Arbitrator { account, organisation }).collect();
        }
        let mut close: Vec<AccountId> = account::of_seller(tx, &file.seller)?;
        close.extend(file.buyer.account().cloned());
        close.extend(file.case(*case).into_iter().flat_map(|case| case.judges.iter().cloned()));
        let organisations = organisation::organisations_of(tx, &close)?;
        outside.conflicted.entry(order.to_string()).or_default().extend(organisations.into_iter().map(|(_, id)| id));
    }
    Ok(outside)
}

/// The wallet a command may touch: its own, the one that pays a new order, the one a redemption code goes to, or the one
/// its file names.
pub(super) fn wallet_id(envelope: &Envelope, orders: &Slots<OrderFile>) -> Option<String> {
    match &envelope.command.act {
        Act::Wallet { account, .. } => Some(account.to_string()),
        Act::Desk { act: DeskAct::Codes(CodesAct::Redeem { account, .. }), .. } => Some(account.to_string()),
        Act::Seller { .. } | Act::Desk { .. } => None,
        Act::Order { act: OrderAct::Place { buyer, parts, tender, .. }, .. }
            if tender.wallet().is_some() || !parts.is_empty() =>
        {
            buyer.account().map(|account| account.to_string())
        }
        Act::Order {
            act: OrderAct::Place { .. } | OrderAct::Reveal { .. } | OrderAct::ConfirmReceipt { .. }, ..
        } => None,
        Act::Order { order, .. } => {
            let file = orders.get(order.as_str())?.current.as_ref()?;
            wallet_of(file).map(|account| account.to_string())
        }
    }
}

pub(super) fn policies(
    tx: &Tx<'_>,
    commands: &[Envelope],
    orders: &Slots<OrderFile>,
    policies: &mut HashMap<String, Arc<Policy>>,
    now: Instant,
) -> Result<Option<Arc<Policy>>, StorageError> {
    for file in orders.values() {
        load_policy(tx, &file.policy, policies)?;
    }
    let needs_current =
        commands.iter().any(|c| order_id(c).is_none_or(|id| orders.get(id).is_none_or(|s| s.current.is_none())));
    if !needs_current {
        return Ok(None);
    }
    let hash = policy::in_force(tx, now)?.unwrap_or_else(|| Policy::builtin().hash().as_str().to_owned());
    load_policy(tx, &hash, policies)?;
    Ok(policies.get(&hash).cloned())
}

fn load_policy(tx: &Tx<'_>, hash: &str, policies: &mut HashMap<String, Arc<Policy>>) -> Result<(), StorageError> {
    if !policies.contains_key(hash) {
        let unfit = || StorageError::inconsistent("policy", hash);
        let text = policy::find(tx, hash)?.ok_or_else(unfit)?;
        let policy = Policy::load(&text).map_err(|_| unfit())?;
        policies.insert(hash.to_owned(), Arc::new(policy));
    }
    Ok(())
}

/// Hashes of the agreements in force with buyers, where an order is placed.
fn agreements(tx: &Tx<'_>, commands: &[Envelope], now: Instant) -> Result<Vec<String>, StorageError> {
    let places = |c: &Envelope| matches!(&c.command.act, Act::Order { act: OrderAct::Place { .. }, .. });
    if commands.iter().any(places) { agreement::in_force_but(tx, now, SELLERS) } else { Ok(Vec::new()) }
}

pub(super) fn offers(tx: &Tx<'_>, commands: &[Envelope]) -> Result<BTreeMap<ProductId, Offer>, StorageError> {
    let mut products: Vec<&ProductId> = Vec::new();
    for envelope in commands {
        if let Act::Order { act: OrderAct::Place { lines, .. }, .. } = &envelope.command.act {
            products.extend(lines.iter().map(|line| &line.product));
        }
    }
    products.sort_unstable();
    products.dedup();
    if products.is_empty() {
        return Ok(BTreeMap::new());
    }
    Ok(product::offers(tx, products)?.into_iter().collect())
}

/// How many codes of which products a command may give out.
pub(super) fn wanted_codes(
    act: &OrderAct,
    file: Option<&OrderFile>,
    offers: &BTreeMap<ProductId, Offer>,
) -> BTreeMap<ProductId, usize> {
    let mut wanted = BTreeMap::new();
    match (act, file) {
        // What comes out of the wallet may pay for everything at once.
        (OrderAct::Place { lines, parts, tender, .. }, _) if tender.wallet().is_some() || !parts.is_empty() => {
            let by_code =
                |product: &ProductId| offers.get(product).is_some_and(|o| o.terms.delivery == DeliveryMode::Code);
            for line in lines.iter().filter(|line| by_code(&line.product)) {
                *wanted.entry(line.product.clone()).or_default() += usize::from(line.quantity);
            }
        }
        (OrderAct::AnswerOffer { offer, accept: true }, Some(file)) => {
            let replaced = file.offer(*offer).filter(|offer| offer.terms == OfferTerms::Replacement);
            for unit in replaced.iter().flat_map(|offer| &offer.units).filter_map(|no| file.unit(*no)) {
                if let Some(item) = file.item_of(unit) {
                    *wanted.entry(item.terms.product.clone()).or_default() += 1;
                }
            }
        }
        (OrderAct::PaymentSucceeded { .. } | OrderAct::IssueCodes, Some(file)) => {
            for unit in file.units.iter().filter(|u| matches!(u.state, UnitState::Unpaid | UnitState::Awaiting)) {
                if let Some(item) = file.item_of(unit).filter(|item| item.terms.delivery == DeliveryMode::Code) {
                    *wanted.entry(item.terms.product.clone()).or_default() += 1;
                }
            }
        }
        _ => {}
    }
    wanted
}

pub(super) fn free(
    tx: &Tx<'_>,
    commands: &[Envelope],
    orders: &Slots<OrderFile>,
    offers: &BTreeMap<ProductId, Offer>,
) -> Result<BTreeMap<ProductId, VecDeque<StockId>>, StorageError> {
    let mut wanted: BTreeMap<ProductId, usize> = BTreeMap::new();
    for envelope in commands {
        if let Act::Order { order, act } = &envelope.command.act {
            let file = orders.get(order.as_str()).and_then(|slot| slot.current.as_ref());
            for (product, count) in wanted_codes(act, file, offers) {
                *wanted.entry(product).or_default() += count;
            }
        }
    }
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let picked = stock::pick_free(tx, &wanted)?;
    Ok(wanted.into_keys().zip(picked.into_iter().map(VecDeque::from)).collect())
}

fn bad_claims(
    tx: &Tx<'_>,
    commands: &[Envelope],
    orders: &Slots<OrderFile>,
    now: Instant,
) -> Result<HashMap<String, Vec<Instant>>, StorageError> {
    let judged = commands.iter().filter_map(|envelope| match &envelope.command.act {
        Act::Order {
            order,
            act:
                OrderAct::Apply { .. }
                | OrderAct::Wake { subject: Subject::Case(_) }
                | OrderAct::Probe(ProbeAct::Record { .. }),
        } => Some(orders.get(order.as_str())?.current.as_ref()?.buyer.to_string()),
        _ => None,
    });
    let mut buyers: Vec<String> = judged.collect();
    buyers.sort_unstable();
    buyers.dedup();
    let mut claims: HashMap<String, Vec<Instant>> = HashMap::new();
    if !buyers.is_empty() {
        let buyers: Vec<&str> = buyers.iter().map(String::as_str).collect();
        // The longest window a policy may set.
        for (buyer, at) in credit_event::list_bad_claims(tx, &buyers, now.plus_days(-365), now)? {
            claims.entry(buyer).or_default().push(at);
        }
    }
    Ok(claims)
}

/// Rules of the sellers who are about to be asked (S08).
fn seller_rules(
    tx: &Tx<'_>,
    commands: &[Envelope],
    orders: &Slots<OrderFile>,
) -> Result<Vec<(SellerId, SellerRule)>, StorageError> {
    let asked = commands.iter().filter_map(|envelope| match &envelope.command.act {
        Act::Order { order, act: OrderAct::Apply { .. } | OrderAct::PassToSeller { .. } } => {
            Some(orders.get(order.as_str())?.current.as_ref()?.seller.as_str())
        }
        _ => None,
    });
    let asked: BTreeSet<&str> = asked.collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    seller_rule::standing(tx, &asked.into_iter().collect::<Vec<_>>())
}

/// Accounts that share the payer of an order whose case is about to be judged.
fn sharing(
    tx: &Tx<'_>,
    commands: &[Envelope],
    orders: &Slots<OrderFile>,
    now: Instant,
) -> Result<HashMap<String, Vec<Sharing>>, StorageError> {
    let judged = commands.iter().filter_map(|envelope| match &envelope.command.act {
        Act::Order {
            order,
            act:
                OrderAct::Apply { .. }
                | OrderAct::Wake { subject: Subject::Case(_) }
                | OrderAct::Probe(ProbeAct::Record { .. }),
        } => {
            let file = orders.get(order.as_str())?.current.as_ref()?;
            file.payments.iter().any(|payment| matches!(payment.tender, Tender::Channel { .. })).then(|| order.as_str())
        }
        _ => None,
    });
    let mut judged: Vec<&str> = judged.collect();
    judged.sort_unstable();
    judged.dedup();
    let mut sharing: HashMap<String, Vec<Sharing>> = HashMap::new();
    if !judged.is_empty() {
        // The longest window a policy may set.
        for one in payer::list_sharing(tx, &judged, now.plus_days(-365))? {
            sharing.entry(one.order.to_string()).or_default().push(one);
        }
    }
    Ok(sharing)
}

/// Products of orders with a claim or a judge's question whose issuer can be asked.
fn probed(tx: &Tx<'_>, commands: &[Envelope], orders: &Slots<OrderFile>) -> Result<BTreeSet<ProductId>, StorageError> {
    let mut products = BTreeSet::new();
    for envelope in commands {
        if let Act::Order { order, act: OrderAct::Apply { .. } | OrderAct::Probe(ProbeAct::Ask { .. }) } =
            &envelope.command.act
            && let Some(file) = orders.get(order.as_str()).and_then(|slot| slot.current.as_ref())
        {
            products.extend(file.items.iter().map(|item| &item.terms.product));
        }
    }
    if products.is_empty() { Ok(BTreeSet::new()) } else { code_probe::probed(tx, products) }
}

/// Files of applications with a finding that hints at forgery.
fn hinting(tx: &Tx<'_>, commands: &[Envelope]) -> Result<HashSet<EvidenceId>, StorageError> {
    let files = commands.iter().filter_map(|envelope| match &envelope.command.act {
        Act::Order { act: OrderAct::Apply { evidence, .. }, .. } => Some(evidence),
        _ => None,
    });
    let files: Vec<&str> = files.flatten().map(|file| file.id.as_str()).collect();
    crate::finding::hinting(tx, &files)
}

/// The day's rates of the foreign currencies that commands are about (R28).
fn day_rates(
    tx: &Tx<'_>,
    orders: &Slots<OrderFile>,
    offers: &BTreeMap<ProductId, Offer>,
    now: Instant,
) -> Result<HashMap<Currency, DayRate>, StorageError> {
    let of_files = orders.values().map(|file| file.currency);
    let mut foreign: Vec<Currency> = of_files.chain(offers.values().map(|offer| offer.currency)).collect();
    foreign.retain(|currency| *currency != BOOKS);
    foreign.sort_unstable();
    foreign.dedup();
    let mut rates = HashMap::new();
    for currency in foreign {
        if let Some(rate) = crate::rates::latest(tx, currency, now)? {
            rates.insert(currency, rate);
        }
    }
    Ok(rates)
}

fn answered(tx: &impl Read, commands: &[Envelope]) -> Result<HashMap<String, (String, String)>, StorageError> {
    let scopes: Vec<String> = commands
        .iter()
        .filter_map(|c| c.idempotency.as_ref().map(|key| idempotency::scope(&c.principal, key.route, &key.key)))
        .collect();
    if scopes.is_empty() {
        return Ok(HashMap::new());
    }
    let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let found = idempotency::load(tx, &scopes)?;
    Ok(found.into_iter().map(|a| (a.scope, (a.input_hash, a.outcome))).collect())
}
