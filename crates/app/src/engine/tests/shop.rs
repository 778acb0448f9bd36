//! A small shop for the engine's tests: one seller, one product with codes, buyers with balance.

use crate::engine::{Answer, Engine, EngineError, Envelope, Lane, Outcome};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use yuanlu_domain::case::Reason;
use yuanlu_domain::catalogue::{DeliveryEvent, DeliveryMode, Offer, ProductKind, Terms};
use yuanlu_domain::command::{Act, Line, OrderAct, Parts, SellerAct, WalletAct};
use yuanlu_domain::event::Tender;
use yuanlu_domain::ids::{AccountId, Ids, OrderId, ProductId, SellerId, StockId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::time::Instant;
use yuanlu_domain::wallet::Wallet;
use yuanlu_domain::{Actor, Command, Party, Role};
use yuanlu_money::{Currency, Money};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::db::Birth;
use yuanlu_storage::journal::Line as JournalLine;
use yuanlu_storage::personal::PersonalRow;
use yuanlu_storage::product::NewVersion;
use yuanlu_storage::seller::Seller;
use yuanlu_storage::stock::NewStock;
use yuanlu_storage::{Born, Db, StorageError, journal, order_file, product, seller, stock, verify, wallet};

pub const PRICE: i64 = 9_999;

/// Removed when dropped.
pub struct Place(pub PathBuf);

impl Place {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("yuanlu-engine-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub struct Shop {
    pub db: Db,
    pub engine: Engine,
    pub now: Instant,
    place: Place,
    steps: u32,
}

pub fn cny(minor: i64) -> Money {
    Money::cny(minor)
}

pub fn at(hour: i8) -> Instant {
    Instant::from_shanghai(2026, 3, 10, hour, 0, 0)
}

fn birth() -> Birth {
    Birth { born: Born::Demo, number_prefix: "YLT1".into(), created_at: at(8) }
}

impl Shop {
    /// With this many codes in stock.
    pub fn new(codes: usize) -> Self {
        let place = Place::new();
        let db = Db::open(place.0.join("yuanlu.db"), &birth()).unwrap();
        let mut engine = Engine::new(&db).unwrap();
        engine.write::<_, StorageError>(at(8), |tx, now| fill(tx, now, codes)).unwrap();
        let mut shop = Self { db, engine, now: at(9), place, steps: 0 };
        shop.one(Command {
            by: Actor::Staff { account: "f1".into(), role: Role::Admin },
            act: Act::Seller { seller: "s1".into(), act: SellerAct::Open { currency: Currency::Cny } },
        })
        .unwrap();
        shop
    }

    /// The next version of the product has a warranty.
    pub fn give_warranty(&mut self, days: u32) {
        let now = self.now;
        let saved = self.engine.write::<_, StorageError>(now, |tx, at| {
            let id = ProductId::from("card");
            let (_, mut offer) = product::offers(tx, [&id])?.pop().expect("the product");
            offer.terms.product_version = 2;
            offer.terms.warranty_days = days;
            let by = AccountId::from("a1");
            product::save(tx, &NewVersion { id: &id, offer: &offer, page: "{}", search: "card", by: &by, at })
        });
        saved.unwrap();
    }

    pub fn batch(&mut self, envelopes: &[Envelope]) -> Vec<Outcome> {
        self.steps += 1;
        self.now = self.now.plus_seconds(1);
        self.engine.step(envelopes, self.now, self.seed())
    }

    /// A seed of its own for every step.
    fn seed(&self) -> [u8; 32] {
        let bytes = self.steps.to_le_bytes();
        std::array::from_fn(|n| bytes[n % 4])
    }

    pub fn one(&mut self, command: Command) -> Outcome {
        self.one_with(command, |_| {})
    }

    pub fn one_with(&mut self, command: Command, change: impl FnOnce(&mut Envelope)) -> Outcome {
        let mut envelope = envelope(command);
        change(&mut envelope);
        self.batch(&[envelope]).pop().unwrap()
    }

    /// A buyer with balance buys one code.
    pub fn buy(&mut self, buyer: &str) -> OrderId {
        self.one(credit(buyer, cny(PRICE))).unwrap();
        let order = Ids::new(self.seed()).order(self.now);
        let answer = self.one(place(buyer, &order)).unwrap();
        assert_eq!(answer.order.as_ref(), Some(&order));
        order
    }

    pub fn file(&self, order: &OrderId) -> OrderFile {
        self.db.read(|r| order_file::find(r, order)).unwrap().unwrap().aggregate
    }

    pub fn wallet(&self, account: &str) -> Wallet {
        self.db.read(|r| wallet::find(r, &account.into())).unwrap().unwrap().aggregate
    }

    pub fn journal(&self, order: &OrderId) -> Vec<JournalLine> {
        self.db.read(|r| journal::list(r, Kind::Order, order.as_str())).unwrap()
    }

    pub fn verify(&self) {
        let report = verify::verify(&self.db, None, |_| {}).unwrap();
        assert!(report.entries > 0);
        assert!(report.differences.is_empty(), "{:#?}", report.differences);
    }

    /// The files as a crash would leave them, opened again.
    pub fn crash(self) -> Self {
        let place = Place::new();
        // On a server there is no second file, and the rows stay where they are.
        for name in ["yuanlu.db", "yuanlu.db-wal"].into_iter().filter(|name| self.place.0.join(name).exists()) {
            std::fs::copy(self.place.0.join(name), place.0.join(name)).unwrap();
        }
        let db = Db::open(place.0.join("yuanlu.db"), &birth()).unwrap();
        let engine = Engine::new(&db).unwrap();
        Self { db, engine, now: self.now, place, steps: self.steps }
    }

    pub fn into_engine(self) -> (Engine, Place) {
        (self.engine, self.place)
    }
}

fn fill(tx: &yuanlu_storage::Tx<'_>, now: Instant, codes: usize) -> Result<(), StorageError> {
    let id = ProductId::from("card");
    let terms = Terms {
        product: id.clone(),
        product_version: 1,
        page_digest: "00".into(),
        kind: ProductKind::GameCard,
        delivery: DeliveryMode::Code,
        delivery_event: DeliveryEvent::CodeRevealed,
        face_minor: 10_000,
        price_minor: PRICE,
        promise_hours: 24,
        window_days: 15,
        warranty_days: 0,
        fee_basis_points: 0,
        commission_basis_points: 300,
        special: None,
        self_operated: false,
    };
    let offer = Offer {
        seller: SellerId::from("s1"),
        currency: Currency::Cny,
        terms,
        needs_confirmation: false,
        on_sale: true,
    };
    tx.run(&seller::adding(&Seller { id: "s1".into(), name: "Shop".into(), self_operated: false, created_at: now }))?;
    let by = AccountId::from("a1");
    product::save(tx, &NewVersion { id: &id, offer: &offer, page: "{}", search: "card", by: &by, at: now })?;
    for n in 0..codes {
        let code = NewStock {
            id: StockId::new(format!("code{n:04}")),
            product: id.clone(),
            blind_index: format!("blind{n}"),
            ends: Vec::new(),
            ciphertext: vec![0; 44],
            key_version: 1,
            last4: format!("{n:04}"),
        };
        assert!(stock::insert(tx, &code, now)?);
    }
    Ok(())
}

pub fn envelope(command: Command) -> Envelope {
    let principal = command.by.account().map_or_else(|| "program".to_owned(), |account| format!("acct:{account}"));
    Envelope { principal, lane: Lane::People, ..Envelope::program(command) }
}

pub fn personal(order: &OrderId, id: &str) -> PersonalRow {
    PersonalRow {
        id: id.into(),
        kind: Kind::Order,
        aggregate_id: order.to_string(),
        what: "application",
        salt: vec![7; 16],
        content: "I changed my mind about this card.".into(),
    }
}

pub fn credit(account: &str, amount: Money) -> Command {
    Command {
        by: Actor::Staff { account: "f1".into(), role: Role::Finance },
        act: Act::Wallet { account: account.into(), act: WalletAct::Credit { amount } },
    }
}

pub fn place(buyer: &str, order: &OrderId) -> Command {
    place_many(buyer, order, 1)
}

pub fn place_many(buyer: &str, order: &OrderId, quantity: u16) -> Command {
    let line = Line { product: "card".into(), quantity, seen_price: cny(PRICE), confirmed: true, recipient: None };
    buyers(buyer, order, |party| OrderAct::Place {
        buyer: party,
        lines: vec![line],
        parts: Parts::default(),
        tender: Tender::Balance { wallet: buyer.into() },
    })
}

/// A refund the rules decide at once: nothing was revealed, and the buyer changed his mind.
pub fn apply(buyer: &str, order: &OrderId) -> Command {
    apply_for(buyer, order, &[1], Reason::Personal, PRICE)
}

pub fn apply_for(buyer: &str, order: &OrderId, units: &[u16], reason: Reason, claimed: i64) -> Command {
    buyers(buyer, order, |_| OrderAct::Apply {
        units: units.to_vec(),
        reason,
        claimed: cny(claimed),
        received_face: None,
        to_balance: false,
        text: None,
        evidence: Vec::new(),
    })
}

pub fn reveal(buyer: &str, order: &OrderId) -> Command {
    buyers(buyer, order, |_| OrderAct::Reveal { unit: 1 })
}

pub fn seller_agrees(order: &OrderId) -> Command {
    let by = Actor::Seller { seller: "s1".into(), account: "k1".into() };
    Command { by, act: Act::Order { order: order.clone(), act: OrderAct::SellerAgree { case: 1 } } }
}

fn buyers(buyer: &str, order: &OrderId, act: impl FnOnce(Party) -> OrderAct) -> Command {
    let party = Party::Account(buyer.into());
    Command { by: Actor::Buyer { party: party.clone() }, act: Act::Order { order: order.clone(), act: act(party) } }
}

/// What a race came to: how many were done, and how many of those were replays.
pub fn tally(outcomes: &[Outcome]) -> (usize, usize) {
    let done: Vec<&Answer> = outcomes.iter().flatten().collect();
    (done.len(), done.iter().filter(|answer| answer.replayed).count())
}

pub fn all_refused_by_rule(outcomes: &[Outcome]) -> bool {
    outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(EngineError::Refused(_))))
}
