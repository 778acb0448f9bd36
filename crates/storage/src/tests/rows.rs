//! Rows that jobs work off: claims, leases, timers, keys, notices.

use super::{Place, birth};
use crate::aggregate::Kind;
use crate::idempotency::{self, Answered};
use crate::notice::{self, Notice};
use crate::{Born, Db, StorageError, account_balance, day_tally, outbox, policy, timer};
use std::collections::BTreeMap;
use yuanlu_domain::payout::Step;
use yuanlu_domain::policy::Policy;
use yuanlu_domain::projection::{Call, Subject, Timer};
use yuanlu_domain::time::Instant;
use yuanlu_domain::turn::{OnSilence, Who};
use yuanlu_ledger::Account;
use yuanlu_money::Currency;

fn at(n: i64) -> Instant {
    Instant::from_micros(n)
}

fn call(payout: u16, due: i64) -> Call {
    let no = format!("YLT1260310ABCDEFGHJKR00{payout}").into();
    Call { payout, no, channel: "sim".into(), step: Step::Send, attempts: 0, due: at(due) }
}

#[test]
fn a_claimed_call_is_nobody_elses_until_its_lease_ends() {
    let place = Place::new();
    let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
    let mut writer = db.take_writer().unwrap();
    let order = "260310ABCDEFGHJK".into();
    writer
        .transaction::<_, StorageError>(|tx| {
            outbox::put_call(tx, &order, &call(2, 20), at(1))?;
            outbox::put_call(tx, &order, &call(1, 10), at(1))?;
            outbox::put_call(tx, &order, &call(3, 99), at(1))
        })
        .unwrap();
    let mut claim = |now, until| {
        let claimed = writer.transaction(|tx| outbox::claim_calls(tx, at(now), at(until), 10)).unwrap();
        claimed.into_iter().map(|c| c.call).collect::<Vec<_>>()
    };
    assert_eq!(claim(5, 15), []);
    assert_eq!(claim(30, 40), [call(1, 10), call(2, 20)]);
    assert_eq!(claim(31, 41), []);
    assert_eq!(claim(40, 50), [call(1, 10), call(2, 20)]);
    // An answer changes the row: the lease is over at once.
    let again = Call { attempts: 1, step: Step::Ask, due: at(45), ..call(1, 10) };
    writer.transaction(|tx| outbox::put_call(tx, &order, &again, at(44))).unwrap();
    writer.transaction(|tx| outbox::delete_call(tx, &order, 2)).unwrap();
    let claimed = writer.transaction(|tx| outbox::claim_calls(tx, at(46), at(60), 10)).unwrap();
    assert_eq!(claimed.into_iter().map(|c| c.call).collect::<Vec<_>>(), [again]);
    assert_eq!(db.read(|r| outbox::next_due(r)).unwrap(), Some(at(45)));
    let gone = writer.transaction(|tx| outbox::delete_call(tx, &order, 2));
    assert!(matches!(gone, Err(StorageError::Conflict { .. })));
}

#[test]
fn timers_come_in_the_order_of_their_time() {
    let place = Place::new();
    let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
    let mut writer = db.take_writer().unwrap();
    let wait = |subject, due| Timer { subject, who: Who::Seller, due: at(due), on_silence: OnSilence::Approve };
    writer
        .transaction::<_, StorageError>(|tx| {
            timer::put(tx, Kind::Order, "b", &wait(Subject::Case(1), 30))?;
            timer::put(tx, Kind::Order, "a", &wait(Subject::Case(1), 20))?;
            timer::put(tx, Kind::Order, "a", &wait(Subject::Payment, 50))?;
            timer::put(tx, Kind::Order, "a", &wait(Subject::Payment, 10))
        })
        .unwrap();
    let due = |now| {
        let due = db.read(|r| timer::due(r, at(now), 10)).unwrap();
        due.into_iter().map(|w| (w.aggregate_id, w.subject)).collect::<Vec<_>>()
    };
    let of = |id: &str, subject| (id.to_owned(), subject);
    assert_eq!(due(9), []);
    assert_eq!(due(30), [of("a", Subject::Payment), of("a", Subject::Case(1)), of("b", Subject::Case(1))]);
    assert_eq!(db.read(|r| timer::next(r, at(10))).unwrap().map(|w| w.due), Some(at(20)));
    writer.transaction(|tx| timer::delete(tx, Kind::Order, "a", &Subject::Payment)).unwrap();
    assert_eq!(db.read(|r| timer::count_overdue(r, at(25))).unwrap(), 1);
}

#[test]
fn keys_notices_balances_and_policies_are_kept() {
    let place = Place::new();
    let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
    let mut writer = db.take_writer().unwrap();
    let answered =
        Answered { scope: idempotency::scope("acct:b1", "apply", "k"), input_hash: "h".into(), outcome: "{}".into() };
    let told = |id: &str| Notice {
        recipient: "acct:b1".into(),
        id: id.into(),
        kind: "case_approved".into(),
        order: "o".into(),
        case: Some(1),
        amount_minor: Some(5),
        currency: "CNY".into(),
        due: None,
        at: at(3),
        read_at: None,
    };
    writer
        .transaction::<_, StorageError>(|tx| {
            idempotency::insert(tx, &answered, at(1))?;
            notice::insert(tx, &told("1"))?;
            notice::insert(tx, &told("2"))?;
            account_balance::add(tx, &Account::PlatformFee, Currency::Cny, 5)?;
            account_balance::add(tx, &Account::PlatformFee, Currency::Cny, -2)?;
            policy::put(tx, Policy::builtin(), "program")?;
            policy::put(tx, Policy::builtin(), "program")
        })
        .unwrap();
    assert!(matches!(
        writer.transaction(|tx| idempotency::insert(tx, &answered, at(2))),
        Err(StorageError::Conflict { .. })
    ));
    let other = idempotency::scope("acct:b2", "apply", "k");
    let found = db.read(|r| idempotency::load(r, &[&answered.scope, &other])).unwrap();
    assert_eq!(found, [answered]);
    assert_eq!(db.read(|r| notice::list(r, "acct:b1", None, 10)).unwrap(), [told("2"), told("1")]);
    assert_eq!(db.read(|r| notice::list(r, "acct:b1", Some("2"), 10)).unwrap(), [told("1")]);
    assert_eq!(writer.transaction(|tx| notice::mark_read(tx, "acct:b1", "1", at(9))).unwrap(), 1);
    assert_eq!(db.read(|r| notice::count_unread(r, "acct:b1")).unwrap(), 1);
    assert_eq!(db.read(|r| account_balance::find(r, &Account::PlatformFee, Currency::Cny)).unwrap(), 3);
    assert_eq!(db.read(|r| policy::list(r)).unwrap().len(), 1);
    let builtin = Policy::builtin();
    let in_force = db.read(|r| policy::in_force(r, builtin.effective_from())).unwrap();
    assert_eq!(in_force.as_deref(), Some(builtin.hash().as_str()));
    assert_eq!(db.read(|r| policy::find(r, builtin.hash().as_str())).unwrap().as_deref(), Some(builtin.text()));
}

#[test]
fn counts_of_a_day_are_one_row_however_much_is_counted() {
    let place = Place::new();
    let db = Db::open(place.file(), &birth(Born::Live)).unwrap();
    let mut writer = db.take_writer().unwrap();
    let written = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&written);
    writer.set_recorder(Some(Box::new(move |sql, _, rows| {
        if sql.written_table().is_some() {
            seen.fetch_add(rows, std::sync::atomic::Ordering::Relaxed);
        }
    })));
    writer
        .transaction::<_, StorageError>(|tx| {
            let of = |subject: &str, counts: &[(&'static str, i64)]| {
                BTreeMap::from([(subject.to_owned(), counts.iter().copied().collect::<BTreeMap<_, _>>())])
            };
            for n in 0..600 {
                let counted = of("all", &[("orders_paid", 1), ("cases_opened", 2)]);
                day_tally::add(tx, 20_261_122 - n % 2, n % 3, &counted)?;
            }
            day_tally::add(tx, 20_261_001, 0, &of("all", &[("orders_paid", 7)]))?;
            day_tally::add(tx, 20_261_122, 0, &of("seller:s1", &[("orders_paid", 9)]))
        })
        .unwrap();
    assert_eq!(written.load(std::sync::atomic::Ordering::Relaxed), 602, "a row for each time, whatever was counted");
    let sum = |from, to| db.read(|r| day_tally::sum(r, "all", from, to)).unwrap();
    assert_eq!(sum(20_261_122, 20_261_122)["orders_paid"], 300, "what the nodes counted is added up");
    assert_eq!(sum(20_261_101, 20_261_122)["cases_opened"], 1_200);
    assert!(sum(20_261_123, 20_261_130).is_empty());
    let by_day = db.read(|r| day_tally::by_day(r, "all", 20_261_001, 20_261_122)).unwrap();
    assert_eq!(by_day.values().map(|day| day["orders_paid"]).collect::<Vec<_>>(), [7, 300, 300]);
    assert_eq!(db.read(|r| day_tally::first_day(r, "all")).unwrap(), Some(20_261_001), "day 0 is no day");
    assert_eq!(db.read(|r| day_tally::first_day(r, "seller:s2")).unwrap(), None);
}
