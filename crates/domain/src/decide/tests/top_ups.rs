//! Topping up a balance: once, in full, on the channel's word.

use super::bench::*;
use crate::actor::{Actor, Party};
use crate::command::{Act, Command, WalletAct};
use crate::decide::{Aggregates, Context, Provided, decide_whole};
use crate::ids::{ChannelNumber, Ids};
use crate::policy::Policy;
use crate::projection::{Subject, wallet_timers};
use crate::refusal::Refusal;
use crate::time::Instant;
use crate::top_up::{self, TopUpState};
use crate::wallet::Wallet;
use yuanlu_ledger::Transfer;
use yuanlu_money::Money;

/// A wallet and whoever acts on it.
struct Purse {
    wallet: Option<Wallet>,
    now: Instant,
    ids: Ids,
    booked: Vec<Transfer>,
}

impl Purse {
    fn new() -> Self {
        Self { wallet: None, now: at("2026-03-10 10:00:00"), ids: Ids::new([4; 32]), booked: Vec::new() }
    }

    fn does(&mut self, by: Actor, act: WalletAct) -> Result<(), Refusal> {
        let policy = Policy::builtin();
        let facts = Provided { number_prefix: "YL7Q".into(), ..Provided::default() };
        let mut context = Context {
            policy,
            policy_hash: policy.hash().as_str(),
            calendar: crate::calendar::Calendar::builtin(),
            now: self.now,
            ids: &mut self.ids,
            facts: &facts,
        };
        let before = Aggregates { wallet: self.wallet.clone(), ..Aggregates::default() };
        let command = Command { by, act: Act::Wallet { account: "buyer".into(), act } };
        let decided = decide_whole(&before, &command, &mut context)?;
        self.wallet = decided.after.wallet;
        self.booked.extend(decided.wallet_transfers);
        Ok(())
    }

    fn begins(&mut self, fen: i64) -> Result<(), Refusal> {
        let act = WalletAct::BeginTopUp { channel: "sim".into(), amount: Money::cny(fen), confirmed: true };
        self.does(Actor::Buyer { party: Party::Account("buyer".into()) }, act)
    }

    fn hears(&mut self, no: &ChannelNumber, channel_ref: &str, fen: i64) -> Result<(), Refusal> {
        let act =
            WalletAct::TopUpSucceeded { no: no.clone(), channel_ref: channel_ref.into(), amount: Money::cny(fen) };
        self.does(Actor::Channel { channel: "sim".into() }, act)
    }

    fn no(&self) -> ChannelNumber {
        self.wallet.as_ref().expect("opened").top_ups.last().expect("begun").no.clone()
    }

    fn held(&self) -> i64 {
        self.wallet.as_ref().map_or(0, Wallet::held_minor)
    }

    fn wakes(&mut self) -> Result<(), Refusal> {
        self.does(Actor::Program, WalletAct::Wake { subject: Subject::TopUp(1) })
    }
}

#[test]
fn a_top_up_is_credited_once_whatever_the_channel_repeats() {
    let mut purse = Purse::new();
    purse.begins(10_000).expect("begun");
    let no = purse.no();
    assert_eq!((no.kind("YL7Q"), no.as_str().len()), (Some(top_up::KIND), 24));
    assert_eq!(purse.held(), 0, "nothing is credited before the channel says so");
    purse.hears(&no, "T1", 10_000).expect("credited");
    assert_eq!(purse.hears(&no, "T1", 10_000), Err(Refusal::NothingDue));
    assert_eq!(purse.hears(&no, "T2", 10_000), Err(Refusal::OnlyOnce), "a second payment waits for finance");
    assert_eq!(purse.held(), 10_000);
    let lot = &purse.wallet.as_ref().expect("opened").lots[0];
    assert_eq!(lot.expires_at, at("2027-03-11 00:00:00"), "a full term from the day it came");
    let [booked] = purse.booked.as_slice() else { panic!("{:?}", purse.booked) };
    assert_eq!(
        (booked.debit().to_string(), booked.credit().to_string(), booked.kind().code()),
        ("channel_clearing:sim".into(), "buyer_balance:buyer".into(), "balance_credited")
    );
}

#[test]
fn late_is_credited_another_sum_is_not_and_others_have_no_say() {
    let mut purse = Purse::new();
    purse.begins(10_000).expect("begun");
    let no = purse.no();
    assert_eq!(purse.hears(&no, "T1", 9_999), Err(Refusal::BadAmount));
    let act = WalletAct::TopUpSucceeded { no: no.clone(), channel_ref: "T1".into(), amount: Money::cny(10_000) };
    assert_eq!(purse.does(Actor::Channel { channel: "wechat".into() }, act.clone()), Err(Refusal::NotFound));
    assert_eq!(purse.does(Actor::Program, act), Err(Refusal::NotYours));
    assert_eq!(purse.wakes(), Err(Refusal::NothingDue), "there is still time");
    let timers = wallet_timers(purse.wallet.as_ref().expect("opened"));
    purse.now = timers.iter().map(|timer| timer.due).min().expect("it waits");
    purse.wakes().expect("expired");
    let closings = |purse: &Purse| top_up::closings(purse.wallet.as_ref().expect("opened"));
    assert_eq!(closings(&purse).len(), 1);
    let closed = WalletAct::TopUpClosed { no: no.clone() };
    purse.does(Actor::Channel { channel: "sim".into() }, closed.clone()).expect("closed");
    assert_eq!(purse.does(Actor::Channel { channel: "sim".into() }, closed), Err(Refusal::NothingDue));
    assert!(closings(&purse).is_empty());
    purse.now = purse.now.plus_days(2);
    purse.hears(&no, "T1", 10_000).expect("late and credited all the same");
    assert_eq!(purse.held(), 10_000);
    assert!(matches!(purse.wallet.as_ref().expect("opened").top_ups[0].state, TopUpState::Paid { .. }));
}

#[test]
fn limits_two_clicks_and_the_terms() {
    let mut purse = Purse::new();
    let party = Actor::Buyer { party: Party::Account("buyer".into()) };
    let unread = WalletAct::BeginTopUp { channel: "sim".into(), amount: Money::cny(10_000), confirmed: false };
    assert_eq!(purse.does(party, unread.clone()), Err(Refusal::ConfirmationNeeded));
    let other = Actor::Buyer { party: Party::Account("somebody".into()) };
    assert_eq!(purse.does(other, unread), Err(Refusal::NotFound));
    for fen in [0, 99, 500_001, -100, i64::MAX] {
        assert!(matches!(purse.begins(fen), Err(Refusal::TopUpAmount { .. })), "{fen}");
    }
    purse.begins(500_000).expect("begun");
    assert_eq!(purse.begins(500_000), Err(Refusal::NothingDue), "two clicks are one payment");
    purse.begins(499_999).expect("another sum is another top-up");
    assert!(matches!(purse.begins(100), Err(Refusal::BalanceFull { .. })), "what waits may come any moment");
    let no = purse.no();
    purse.hears(&no, "T1", 499_999).expect("credited");
    assert!(matches!(purse.begins(100), Err(Refusal::BalanceFull { .. })));
    assert_eq!(purse.wallet.as_ref().expect("opened").top_ups.len(), 2);
}
