//! Postings to the ledger: a transfer each, with its journal entry and its balances, in process and as bare statements.

use super::place::Shop;
use super::refunds::{Captured, capture_commands, step};
use super::{GROUP, Problem};
use std::time::Duration;
use yuanlu_app::engine::Envelope;
use yuanlu_domain::command::{Act, Command, SellerAct};
use yuanlu_domain::ids::{Ids, SellerId};
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Actor, Role};
use yuanlu_money::Money;

/// Ids of the postings come from this.
const SEED: [u8; 32] = [11; 32];

/// Deposits that come in, each a transfer from the bank to the seller's deposit.
pub fn postings(seller: &SellerId, count: usize) -> Vec<Envelope> {
    let deposit = |n: usize| {
        let by = Actor::Staff { account: "bench".into(), role: Role::Finance };
        let amount = Money::cny(1 + i64::try_from(n % 100).unwrap_or_default());
        let act = Act::Seller { seller: seller.clone(), act: SellerAct::PayDeposit { amount } };
        Envelope::program(Command { by, act })
    };
    (0..count).map(deposit).collect()
}

/// Every posting in groups of 256: how long each commit took.
pub fn in_process(shop: &Shop, postings: &[Envelope], now: Instant) -> Result<Vec<Duration>, Problem> {
    let (mut engine, mut ids) = (shop.engine()?, Ids::new(SEED));
    let mut waits = Vec::new();
    for commands in postings.chunks(GROUP) {
        let (wait, _) = step(&mut engine, commands, now, &mut ids)?;
        waits.push(wait);
    }
    Ok(waits)
}

/// The statements of the postings.
pub fn capture(shop: &Shop, postings: &[Envelope], now: Instant) -> Result<Captured, Problem> {
    capture_commands(shop, postings.chunks(GROUP), now, &mut Ids::new(SEED))
}
