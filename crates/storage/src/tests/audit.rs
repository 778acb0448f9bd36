//! What `verify` finds, by spoiling a sound database in every way it looks for.

mod archived;

use super::{Place, birth};
use crate::aggregate::Journaled;
use crate::connection::Connection;
use crate::db::Writer;
use crate::personal::{self, PersonalRow};
use crate::stock::NewStock;
use crate::transfer::Posted;
use crate::verify::{Difference, Report, verify, verify_chains};
use crate::{Born, Db, StorageError, Tx, account_balance, journal, seal, stock, transfer};
use ring::signature::{Ed25519KeyPair, KeyPair};
use std::collections::BTreeMap;
use yuanlu_domain::calendar::Calendar;
use yuanlu_domain::case::{PersonalRef, Reason};
use yuanlu_domain::catalogue::{DeliveryEvent, DeliveryMode, Offer, ProductKind, Terms};
use yuanlu_domain::command::{Act, Line, OrderAct, Parts, SellerAct, WalletAct};
use yuanlu_domain::decide::Provided;
use yuanlu_domain::desk::DeskAct;
use yuanlu_domain::event::{Entry, OrderEvent, Tender};
use yuanlu_domain::ids::Ids;
use yuanlu_domain::policy::Policy;
use yuanlu_domain::time::Instant;
use yuanlu_domain::tip_off::{About, Concern, TipOffAct};
use yuanlu_domain::{Actor, Aggregates, Command, Context, Event, Party, Role, decide};
use yuanlu_money::{Currency, Money};

const ORDER: &str = "260310ABCDEFGHJK";
const DESK: &str = "T260310ABCDEFGHJK";

fn at(hour: i8) -> Instant {
    Instant::from_shanghai(2026, 3, 10, hour, 0, 0)
}

/// One order with an open case, its wallet and its seller account, written as the engine writes.
pub(super) struct Shop {
    place: Place,
    pub(super) db: Db,
    writer: Writer,
    files: Aggregates,
    versions: BTreeMap<&'static str, crate::aggregate::Head>,
    facts: Provided,
    ids: Ids,
    hour: i8,
}

impl Shop {
    pub(super) fn new() -> Self {
        let place = Place::new();
        let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
        let writer = db.take_writer().unwrap();
        let terms = Terms {
            product: "card".into(),
            product_version: 1,
            page_digest: "00".into(),
            kind: ProductKind::GameCard,
            delivery: DeliveryMode::Code,
            delivery_event: DeliveryEvent::CodeRevealed,
            face_minor: 10_000,
            price_minor: 9_999,
            promise_hours: 24,
            window_days: 15,
            warranty_days: 0,
            fee_basis_points: 0,
            commission_basis_points: 300,
            special: None,
            self_operated: false,
        };
        let offer =
            Offer { seller: "s1".into(), currency: Currency::Cny, terms, needs_confirmation: false, on_sale: true };
        let facts = Provided {
            offers: BTreeMap::from([("card".into(), offer)]),
            free_stock: BTreeMap::from([("card".into(), vec!["code1".into(), "code2".into()])]),
            number_prefix: "YLT1".into(),
            ..Provided::default()
        };
        let files = Aggregates::default();
        let mut shop =
            Self { place, db, writer, files, versions: BTreeMap::new(), facts, ids: Ids::new([1; 32]), hour: 8 };
        shop.fill();
        shop
    }

    fn fill(&mut self) {
        let text = PersonalRow {
            id: "p1".into(),
            kind: crate::aggregate::Kind::Order,
            aggregate_id: ORDER.into(),
            what: "application",
            salt: vec![1, 2, 3],
            content: "not as described".into(),
        };
        let named = PersonalRef { id: "p1".into(), digest: personal::digest(&text.salt, &text.content) };
        let told = PersonalRow {
            id: "p2".into(),
            kind: crate::aggregate::Kind::Desk,
            aggregate_id: DESK.into(),
            what: "tip_off",
            ..text.clone()
        };
        self.writer
            .transaction::<_, StorageError>(|tx| {
                personal::insert(tx, &text, at(8))?;
                personal::insert(tx, &told, at(8))?;
                crate::view_log::append(tx, ORDER, at(8), r#"{"session":"s1"}"#)?;
                crate::view_log::append(tx, ORDER, at(9), r#"{"session":"s2"}"#)?;
                for n in 1..=2u8 {
                    let code = NewStock {
                        id: format!("code{n}").into(),
                        product: "card".into(),
                        blind_index: format!("blind{n}"),
                        ends: vec![format!("end{n}")],
                        ciphertext: vec![n; 40],
                        key_version: 1,
                        last4: format!("000{n}"),
                    };
                    assert!(stock::insert(tx, &code, at(8))?);
                    assert!(!stock::insert(tx, &NewStock { id: "other".into(), ..code }, at(8))?);
                }
                Ok(())
            })
            .unwrap();
        let admin = || Actor::Staff { account: "f1".into(), role: Role::Admin };
        self.give(admin(), Act::Seller { seller: "s1".into(), act: SellerAct::Open { currency: Currency::Cny } });
        self.give(admin(), Act::Seller { seller: "s1".into(), act: SellerAct::PayDeposit { amount: Money::cny(500) } });
        self.give(admin(), Act::Wallet { account: "b1".into(), act: WalletAct::Credit { amount: Money::cny(20_000) } });
        let party = Party::Account("b1".into());
        let line = Line {
            product: "card".into(),
            quantity: 1,
            seen_price: Money::cny(9_999),
            confirmed: true,
            recipient: None,
        };
        let tender = Tender::Balance { wallet: "b1".into() };
        self.order(OrderAct::Place { buyer: party, lines: vec![line], parts: Parts::default(), tender });
        self.order(OrderAct::Reveal { unit: 1 });
        self.order(OrderAct::Apply {
            units: vec![1],
            reason: Reason::NotAsDescribed,
            claimed: Money::cny(9_999),
            received_face: None,
            to_balance: false,
            text: Some(named.clone()),
            evidence: Vec::new(),
        });
        let act = TipOffAct::File {
            about: About::Seller { seller: "s1".into() },
            concern: Concern::Fraud,
            words: PersonalRef { id: "p2".into(), ..named },
            evidence: Vec::new(),
        };
        let act = Act::Desk { desk: DESK.into(), act: DeskAct::TipOff(act) };
        self.give(Actor::Reporter { account: Some("b2".into()) }, act);
    }

    fn order(&mut self, act: OrderAct) {
        let by = Actor::Buyer { party: Party::Account("b1".into()) };
        self.give(by, Act::Order { order: ORDER.into(), act });
    }

    fn give(&mut self, by: Actor, act: Act) {
        self.hour += 1;
        let now = at(self.hour);
        let command = Command { by, act };
        let policy = Policy::builtin();
        let mut context = Context {
            policy,
            policy_hash: policy.hash().as_str(),
            calendar: Calendar::builtin(),
            now,
            ids: &mut self.ids,
            facts: &self.facts,
        };
        let events = decide(&self.files, &command, &mut context).unwrap();
        let (mut order, mut wallet, mut seller, mut desk) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for event in events {
            match event {
                Event::Order(event) => order.push(event),
                Event::Wallet(event) => wallet.push(event),
                Event::Seller(event) => seller.push(event),
                Event::Desk(event) => desk.push(event),
            }
        }
        let (files, versions, by) = (&mut self.files, &mut self.versions, &command.by);
        self.writer
            .transaction::<_, StorageError>(|tx| {
                for event in &order {
                    if let OrderEvent::CodeIssued { unit, stock } = event {
                        stock::own(tx, stock, &ORDER.into(), *unit)?;
                    }
                }
                save(tx, &mut files.order, ORDER, order, by, now, versions)?;
                save(tx, &mut files.wallet, "b1", wallet, by, now, versions)?;
                save(tx, &mut files.seller, "s1", seller, by, now, versions)?;
                save(tx, &mut files.desk, DESK, desk, by, now, versions)
            })
            .unwrap();
    }

    fn verify(&self) -> Report {
        verify(&self.db, None, |_| {}).unwrap()
    }

    /// Changes the database behind the program's back.
    fn spoil(&self, text: &str) {
        let raw = Connection::for_copy(self.db.location()).unwrap();
        assert!(raw.run_text(text, &[]).unwrap() > 0, "{text}");
    }
}

fn save<A: Journaled + Clone>(
    tx: &Tx<'_>,
    slot: &mut Option<A>,
    id: &'static str,
    events: Vec<A::Event>,
    by: &Actor,
    at: Instant,
    versions: &mut BTreeMap<&'static str, crate::aggregate::Head>,
) -> Result<(), StorageError> {
    if events.is_empty() {
        return Ok(());
    }
    let old = versions.get(id).copied().unwrap_or_else(|| journal::genesis(A::KIND, id));
    let before = slot.as_ref().map(A::project).unwrap_or_default();
    let entry = Entry { v: 1, at, by: by.clone(), events };
    let body = serde_json::to_string(&entry).unwrap();
    let head = journal::next(&old, &body);
    journal::append(tx, A::KIND, id, at, &body, &head)?;
    let mut n = 0;
    for event in &entry.events {
        for made in A::transfers(slot.as_ref(), event) {
            n += 1;
            for (account, sign) in [(made.debit(), -1), (made.credit(), 1)] {
                if account_balance::is_folded(account) {
                    account_balance::add(tx, account, made.amount().currency(), sign * made.amount().minor())?;
                }
            }
            transfer::insert(tx, A::KIND, id, &Posted { seq: head.version, n, at, transfer: made })?;
        }
        *slot = A::evolve(slot.take(), event, by, at);
    }
    let state = slot.as_ref().unwrap();
    match old.version {
        0 => state.insert(tx, &head)?,
        version => state.update(tx, version, &head)?,
    }
    state.write_projection(tx, &before)?;
    versions.insert(id, head);
    Ok(())
}

#[test]
fn a_sound_database_has_no_differences() {
    let shop = Shop::new();
    let report = shop.verify();
    assert_eq!(report.differences, []);
    assert_eq!((report.journals, report.entries, report.texts), (5, 10, 2));
    assert!(report.transfers >= 3);
}

#[test]
fn every_spoiled_row_is_found_and_named() {
    let spoiled = [
        ("update journal set body = replace(body, '9999', '9998') where kind = 'order' and seq = 3", "entry"),
        ("update journal set head = 'ff' where kind = 'order' and seq = 2", "entry"),
        ("update journal set at = at + 1 where kind = 'wallet' and seq = 1", "entry"),
        ("delete from journal where kind = 'order' and seq = 2", "entry"),
        ("delete from journal where kind = 'order' and seq = 3", "head"),
        ("delete from journal where kind = 'seller'", "seller_account"),
        ("update order_file set state = replace(state, '\"escrow_minor\":9999', '\"escrow_minor\":1')", "state"),
        ("update order_file set buyer = 'acct:b2'", "order_file"),
        ("update order_file set status = 'completed'", "order_file"),
        ("delete from order_file", "state"),
        ("update wallet set balance = balance + 1", "wallet"),
        ("update seller_account set deposit = 0", "seller_account"),
        ("update desk set state = replace(state, 'fraud', 'other')", "state"),
        ("update desk set turn_due = turn_due + 1", "desk"),
        ("update desk set begun_by = null", "desk"),
        ("update desk set turn_who = null, status = 'decided'", "desk"),
        ("delete from desk", "state"),
        ("update journal set body = replace(body, 'fraud', 'other') where kind = 'desk'", "entry"),
        ("delete from journal where kind = 'desk'", "desk"),
        ("update timer set due = due + 1 where kind = 'desk'", "timer"),
        ("delete from timer where kind = 'desk'", "timer"),
        ("update personal set content = 'nothing' where personal_id = 'p2'", "personal"),
        ("update journal set body = replace(body, 's1', 's2') where kind = 'view' and seq = 1", "entry"),
        ("delete from journal where kind = 'view' and seq = 1", "entry"),
        ("delete from journal where kind = 'view' and seq = 2", "head"),
        ("delete from journal where kind = 'view'", "head"),
        ("delete from view_log", "head"),
        ("update refund_case set claimed = 1", "refund_case"),
        ("delete from refund_case", "refund_case"),
        ("update timer set due = due + 1 where kind = 'order'", "timer"),
        ("delete from timer where kind = 'wallet'", "timer"),
        ("insert into timer select kind, 'nobody', subject, who, due, on_silence from timer limit 1", "timer"),
        (
            "insert into outbox (kind, aggregate_id, subject, body, attempt, due, leased_until, created_at) values \
             ('payout', '260310ABCDEFGHJK', '1', '{\"no\":\"X\",\"channel\":\"sim\",\"step\":\"send\"}', 0, 0, 0, 0)",
            "outbox",
        ),
        ("update transfer set amount = amount + 1 where kind = 'order'", "transfer"),
        ("delete from transfer where kind = 'wallet'", "transfer"),
        ("update account_balance set balance = balance + 1", "account_balance"),
        ("update stock set state = 'free', owner_order = null, unit = null where stock_id = 'code1'", "stock"),
        ("update stock set owner_order = 'other' where stock_id = 'code1'", "stock"),
        (
            "update stock set state = 'owned', owner_order = '260310ABCDEFGHJK', unit = 1 where stock_id = 'code2'",
            "stock",
        ),
        ("delete from stock where stock_id = 'code1'", "stock"),
        ("update personal set content = 'something else'", "personal"),
        ("delete from personal", "personal"),
    ];
    for (text, check) in spoiled {
        let shop = Shop::new();
        shop.spoil(text);
        let found = shop.verify().differences;
        assert!(found.iter().any(|d| d.check == check), "{text}: {found:?}");
        // What was done to a journal is found by its chain alone, at the same place.
        let bad = |found: &[Difference]| -> Vec<_> {
            found.iter().filter(|d| d.check == "entry").map(|d| d.place.clone()).collect()
        };
        assert_eq!(bad(&verify_chains(&shop.db, |_| {}).unwrap().differences), bad(&found), "{text}");
    }
}

#[test]
fn a_journal_that_lost_its_end_is_found_by_its_chain_and_row() {
    let shop = Shop::new();
    let whole = verify_chains(&shop.db, |_| {}).unwrap();
    assert_eq!((whole.differences, whole.journals, whole.entries), (vec![], 5, 10));
    shop.spoil(
        "delete from journal where kind = 'order' and seq = (select max(seq) from journal where kind = 'order')",
    );
    let found = verify_chains(&shop.db, |_| {}).unwrap().differences;
    assert_eq!(found.iter().map(|d| d.check).collect::<Vec<_>>(), ["head"], "{found:?}");
}

#[test]
fn the_first_bad_entry_is_named() {
    let shop = Shop::new();
    shop.spoil("update journal set body = body || ' ' where kind = 'order' and seq = 2");
    let found = shop.verify().differences;
    let entries: Vec<_> = found.iter().filter(|d| d.check == "entry").map(|d| d.place.as_str()).collect();
    assert_eq!(entries, [format!("order:{ORDER}:2")]);
}

#[test]
fn a_lawful_erasure_is_no_difference() {
    let mut shop = Shop::new();
    let erased = shop.writer.transaction(|tx| personal::erase(tx, &"p1".into(), at(20))).unwrap();
    assert!(erased);
    let report = shop.verify();
    assert_eq!((report.differences, report.erased, report.texts), (vec![], 1, 1));
    assert_eq!(shop.db.read(|r| personal::find(r, &"p1".into())).unwrap(), None);
}

#[test]
fn seals_cover_what_changed_and_follow_each_other() {
    let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let sign = |text: &[u8]| key.sign(text).as_ref().to_vec();
    let mut shop = Shop::new();
    let seal_day = |shop: &mut Shop, hour| shop.writer.transaction(|tx| seal::seal(tx, at(hour), sign)).unwrap();
    let first = seal_day(&mut shop, 20).unwrap();
    assert_eq!((first.n, first.size), (1, 5));
    assert_eq!(seal_day(&mut shop, 21), None);
    shop.hour = 21;
    shop.order(OrderAct::Withdraw { case: 1 });
    let second = seal_day(&mut shop, 23).unwrap();
    assert_eq!((second.n, second.size), (2, 1));
    let public = key.public_key().as_ref().to_vec();
    let verify_with = |shop: &Shop, key: &[u8]| verify(&shop.db, Some(key), |_| {}).unwrap();
    let report = verify_with(&shop, &public);
    assert_eq!((report.differences, report.seals), (vec![], 2));
    let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
    assert_eq!(verify_with(&shop, other.public_key().as_ref()).differences.len(), 2);
    for text in [
        "update seal_leaf set seq = seq + 1 where n = 1 and i = 0",
        "update seal set root = before where n = 2",
        "delete from seal where n = 1",
    ] {
        let spoiled = Shop::reopen(&shop);
        spoiled.spoil(text);
        let found = verify_with(&spoiled, &public).differences;
        assert!(found.iter().any(|d| d.check == "seal"), "{text}: {found:?}");
    }
}

impl Shop {
    /// A copy through `backup_to`.
    fn reopen(other: &Self) -> Self {
        let place = Place::new();
        other.db.backup_to(&place.file()).unwrap();
        let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
        let writer = db.take_writer().unwrap();
        Self {
            place,
            db,
            writer,
            files: other.files.clone(),
            versions: other.versions.clone(),
            facts: other.facts.clone(),
            ids: Ids::new([2; 32]),
            hour: other.hour,
        }
    }
}

#[test]
fn a_backup_is_whole_and_goes_on() {
    let shop = Shop::new();
    let mut copy = Shop::reopen(&shop);
    assert_eq!(copy.verify(), shop.verify());
    copy.order(OrderAct::Withdraw { case: 1 });
    assert_eq!(copy.verify().differences, []);
    assert_eq!(shop.verify().entries + 1, copy.verify().entries);
    assert!(shop.db.backup_to(&copy.place.file()).is_err(), "a backup never overwrites");
}
