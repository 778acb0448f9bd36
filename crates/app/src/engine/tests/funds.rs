//! A seller's money under refunds, settlements and withdrawals at once: no yuan is spent twice.

use super::races::{at_once, check_books, seeds};
use super::shop::{PRICE, Place, Shop, all_refused_by_rule, apply_for, cny, envelope, reveal, seller_agrees};
use crate::engine::{EngineHandle, Envelope, Outcome};
use yuanlu_domain::case::{PersonalRef, Reason};
use yuanlu_domain::command::{Act, OrderAct, SellerAct};
use yuanlu_domain::ids::OrderId;
use yuanlu_domain::projection::Subject;
use yuanlu_domain::seller_account::{SellerAccount, SellerEvent};
use yuanlu_domain::{Actor, Command, Event, Refusal, Role};
use yuanlu_ledger::Account;
use yuanlu_money::Currency;
use yuanlu_storage::personal::{self, PersonalRow};
use yuanlu_storage::{Db, account_balance, aggregate::Kind, order_file, seller_account, transfer};

/// What the seller gets of one order: the price less 3 %.
const SHARE: i64 = PRICE - 299;

fn on_account(by: Actor, act: SellerAct) -> Command {
    Command { by, act: Act::Seller { seller: "s1".into(), act } }
}

fn finance(account: &str, act: SellerAct) -> Command {
    on_account(Actor::Staff { account: account.into(), role: Role::Finance }, act)
}

fn sellers(act: SellerAct) -> Command {
    on_account(Actor::Seller { seller: "s1".into(), account: "k1".into() }, act)
}

fn request(minor: i64) -> Command {
    sellers(SellerAct::RequestWithdrawal { amount: cny(minor) })
}

fn square() -> Command {
    on_account(Actor::Program, SellerAct::Square)
}

fn execute(withdrawal: u32) -> Command {
    finance("f1", SellerAct::ExecuteWithdrawal { withdrawal, reference: "B1".into() })
}

fn wake(order: &OrderId, subject: Subject) -> Command {
    Command { by: Actor::Program, act: Act::Order { order: order.clone(), act: OrderAct::Wake { subject } } }
}

fn payable(db: &Db) -> i64 {
    let account = Account::SellerPayable("s1".into());
    db.read(|r| account_balance::find(r, &account, Currency::Cny)).unwrap()
}

fn account(db: &Db) -> SellerAccount {
    db.read(|r| seller_account::find(r, &"s1".into())).unwrap().unwrap().aggregate
}

/// A shop with these orders revealed and complete, so that each can be settled; the deposit is in, a payout account named.
fn shop_with_orders(count: usize) -> (Shop, Vec<OrderId>) {
    let mut shop = Shop::new(count);
    shop.give_warranty(60);
    let orders: Vec<OrderId> = (0..count)
        .map(|_| {
            let order = shop.buy("b1");
            shop.one(reveal("b1", &order)).unwrap();
            order
        })
        .collect();
    let row = PersonalRow {
        id: "p-bank".into(),
        kind: Kind::Seller,
        aggregate_id: "s1".into(),
        what: "payout_account",
        salt: vec![9; 16],
        content: "sealed".into(),
    };
    let named = PersonalRef { id: row.id.clone(), digest: personal::digest(&row.salt, &row.content) };
    shop.one_with(sellers(SellerAct::SetPayoutAccount { account: named }), |e| e.personal.push(row)).unwrap();
    shop.one(finance("f1", SellerAct::PayDeposit { amount: cny(500_000) })).unwrap();
    shop.now = shop.now.plus_days(4);
    for order in &orders {
        shop.one(wake(order, Subject::Completion)).unwrap();
    }
    shop.now = shop.now.plus_days(17);
    (shop, orders)
}

fn settle(shop: &mut Shop, orders: &[OrderId]) {
    for order in orders {
        shop.one(wake(order, Subject::Settlement)).unwrap();
    }
}

/// The seller is asked about a code that stopped working under warranty; his agreement is one refund.
fn claim(shop: &mut Shop, orders: &[OrderId]) {
    for order in orders {
        shop.one(apply_for("b1", order, &[1], Reason::InvalidCode, PRICE)).unwrap();
    }
}

fn spawn(shop: Shop) -> (EngineHandle, Db, Place) {
    let (now, db) = (shop.now, shop.db.clone());
    let (engine, place) = shop.into_engine();
    (EngineHandle::spawn(engine, move || now, seeds(5)).unwrap(), db, place)
}

fn requested(outcomes: &[Outcome]) -> i64 {
    let events = outcomes.iter().flatten().flat_map(|answer| &answer.events);
    events
        .map(|event| match event {
            Event::Seller(SellerEvent::WithdrawalRequested { amount_minor, .. }) => *amount_minor,
            _ => 0,
        })
        .sum()
}

/// T24: a refund may leave the seller in debt, and what is owed is never withdrawn a second time.
#[test]
fn sixty_four_refunds_and_withdrawals_at_once_never_spend_a_yuan_twice() {
    let (mut shop, orders) = shop_with_orders(72);
    settle(&mut shop, &orders);
    assert_eq!(payable(&shop.db), 72 * SHARE);
    assert_eq!(shop.db.read(|r| order_file::total_held(r, &"s1".into())).unwrap(), []);
    claim(&mut shop, &orders[..64]);
    let (handle, db, _place) = spawn(shop);
    let refunds = orders[..64].iter().map(seller_agrees);
    let withdrawals = (0..16).map(|n| request(4 * SHARE + n));
    let squares = (0..8).map(|_| square());
    let mut commands: Vec<Envelope> = refunds.chain(withdrawals).chain(squares).map(envelope).collect();
    // Neither the refunds nor the withdrawals come first.
    commands.sort_by_cached_key(|envelope| format!("{:?}", envelope.command).bytes().map(u64::from).sum::<u64>() % 97);
    let outcomes = at_once(&handle, commands);
    assert!(all_refused_by_rule(&outcomes), "{outcomes:?}");
    let refunded = outcomes.iter().flatten().filter(|answer| !answer.payouts.is_empty()).count();
    assert_eq!(refunded, 64, "no refund waits for the seller's money");

    let after = account(&db);
    let taken = requested(&outcomes);
    let given_back: i64 = taken - after.reserved_minor();
    assert!(given_back >= 0 && taken <= 72 * SHARE);
    // Every yuan that was settled is in one place only.
    let covered = (500_000 - after.deposit_minor) + after.advance_minor;
    assert_eq!(payable(&db) + after.reserved_minor(), 8 * SHARE + covered);
    check_books(&db);

    // What is left over the debt, once all is quiet, can be executed and no more.
    while handle.command(envelope(square())).is_ok() {}
    let after = account(&db);
    assert!(payable(&db) >= 0);
    let open: Vec<u32> = after.open_withdrawals().map(|withdrawal| withdrawal.ordinal).collect();
    let executed = at_once(&handle, open.iter().flat_map(|n| [envelope(execute(*n)), envelope(execute(*n))]).collect());
    let done = executed.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(done == open.len() || after.advance_minor > 0, "{executed:?}");
    let after = account(&db);
    let bank = db.read(|r| transfer::net(r, &Account::SellerWithdrawal("s1".into()), Currency::Cny)).unwrap();
    assert_eq!(bank, after.reserved_minor());
    assert!(after.withdrawn_minor <= 8 * SHARE + (500_000 - after.deposit_minor) + after.advance_minor);
    check_books(&db);
}

#[test]
fn a_withdrawal_sees_what_the_same_commit_has_booked_before_it() {
    let (mut shop, orders) = shop_with_orders(4);
    settle(&mut shop, &orders[..2]);
    claim(&mut shop, &orders[..1]);
    let available =
        |minor| Err(crate::engine::EngineError::Refused(Refusal::NotEnoughEarned { available: cny(minor) }));
    let outcomes = shop.batch(
        &[
            request(2 * SHARE + 1),
            seller_agrees(&orders[0]),
            request(2 * SHARE),
            request(SHARE),
            request(1),
            wake(&orders[2], Subject::Settlement),
            request(SHARE + 1),
            request(SHARE),
        ]
        .map(envelope),
    );
    assert_eq!(outcomes[0], available(2 * SHARE));
    assert_eq!(outcomes[2], available(SHARE));
    assert!(outcomes[3].is_ok());
    assert_eq!(outcomes[4], available(0));
    assert_eq!(outcomes[6], available(SHARE));
    assert!(outcomes[7].is_ok());
    assert_eq!((payable(&shop.db), account(&shop.db).reserved_minor()), (0, 2 * SHARE));
    // Held for the order that is not settled, with its date.
    let held = shop.db.read(|r| order_file::list_held(r, &"s1".into(), (i64::MIN, ""), 10)).unwrap();
    assert_eq!(held.iter().map(|held| (&held.order, held.amount)).collect::<Vec<_>>(), [(&orders[3], cny(PRICE))]);
    assert!(held[0].release_at.is_some_and(|at| at <= shop.now));
    shop.verify();
}

/// Any order of settlements, refunds, withdrawals, deposits and covering, in batches of any size: after each the whole
/// database is audited.
#[test]
fn whatever_the_order_the_books_hold() {
    for schedule in 1..=6_u64 {
        let (mut shop, orders) = shop_with_orders(10);
        claim(&mut shop, &orders[..3]);
        let mut random = schedule.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut next = move |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % below
        };
        let (mut settled, mut claimed) = (3, 3);
        for _ in 0..14 {
            let mut batch = Vec::new();
            for _ in 0..=next(5) {
                let (minor, ordinal) = (1 + next(30_000) as i64, 1 + next(12) as u32);
                batch.push(match next(9) {
                    0 | 1 if settled < orders.len() => {
                        settled += 1;
                        wake(&orders[settled - 1], Subject::Settlement)
                    }
                    2 if claimed < settled => {
                        claimed += 1;
                        apply_for("b1", &orders[claimed - 1], &[1], Reason::InvalidCode, PRICE)
                    }
                    3 => seller_agrees(&orders[next(claimed as u64) as usize]),
                    4 => request(minor),
                    5 => execute(ordinal),
                    6 => sellers(SellerAct::CancelWithdrawal { withdrawal: ordinal }),
                    7 => finance("f1", SellerAct::PayDeposit { amount: cny(minor) }),
                    _ => square(),
                });
            }
            let envelopes: Vec<Envelope> = batch.into_iter().map(envelope).collect();
            let outcomes = shop.batch(&envelopes);
            assert!(all_refused_by_rule(&outcomes), "{outcomes:?}");
            shop.verify();
            let after = account(&shop.db);
            let earned = i64::try_from(settled).unwrap() * SHARE;
            assert!(after.withdrawn_minor + after.reserved_minor() <= earned, "schedule {schedule}");
        }
    }
}
