//! Several accounts on one payer (R32): seen by a keyed hash, and put before risk.

use super::house::{House, id, origin, place, register};
use yuanlu_app::Principal;
use yuanlu_app::views::{CaseView, OrderView, ProductView};
use yuanlu_domain::ids::{ChannelId, ChannelNumber};
use yuanlu_domain::time::Instant;
use yuanlu_storage::payer;

impl House {
    /// Buys through the channel, which names who paid.
    fn buys_as(&self, who: &Principal, card: &ProductView, payer: &str) -> OrderView {
        let order = self.app.place_order(who, &place(card, 1, "sim"), None, &origin()).unwrap();
        self.pay(&order, &format!("T-{}", order.order)).unwrap();
        let no = ChannelNumber::from(order.payments[0].no.as_str());
        let sim = ChannelId::from("sim");
        self.app.payer_named(&sim, &no, payer).unwrap();
        self.app.payer_named(&sim, &no, payer).unwrap();
        order
    }

    fn changes_his_mind(&self, who: &Principal, order: &OrderView) -> CaseView {
        self.apply(who, order, "personal").unwrap()
    }
}

fn desk(case: &CaseView) -> Option<&'static str> {
    case.turn.as_ref().map(|turn| turn.who)
}

#[test]
fn a_third_account_on_one_payer_is_seen_by_risk_and_nobody_elses_is() {
    let house = House::new("payers");
    let card = house.card("CODE-0001\nCODE-0002\nCODE-0003\nCODE-0004\nCODE-0005\nCODE-0006\n");
    let people: Vec<Principal> = ["ann", "ben", "cid", "dan"].map(|name| register(&house.app, name)).into();
    let first = house.buys_as(&people[0], &card, "wallet-7");
    let second = house.buys_as(&people[1], &card, "wallet-7");
    // Two orders of one account are one account; a guest's is nobody's.
    let again = house.buys_as(&people[1], &card, " wallet-7 ");
    let (guest, _) = house.guest_buys(&card);
    let no = ChannelNumber::from(guest.payments[0].no.as_str());
    house.app.payer_named(&ChannelId::from("sim"), &no, "wallet-7").unwrap();
    assert_ne!(desk(&house.changes_his_mind(&people[0], &first)), Some("risk"), "two accounts may share a wallet");

    let third = house.buys_as(&people[2], &card, "wallet-7");
    let other = house.buys_as(&people[3], &card, "wallet-8");
    assert_ne!(desk(&house.changes_his_mind(&people[3], &other)), Some("risk"), "his wallet is his own");
    assert_eq!(desk(&house.changes_his_mind(&people[2], &third)), Some("risk"));
    assert_eq!(desk(&house.changes_his_mind(&people[1], &second)), Some("risk"), "and the others' with it");

    // Long ago does not count.
    house.pass(91 * 24);
    assert_ne!(desk(&house.changes_his_mind(&people[1], &again)), Some("risk"));

    // What is kept says nothing about the wallet.
    let rows = house.app.db().read(|db| payer::list_sharing(db, &[third.order.as_str()], Instant::default())).unwrap();
    assert!(rows.len() == 3 && rows.iter().all(|row| row.payer_index.len() == 64 && row.order == id(&third)));
    // A number that is no payment of ours names nobody.
    let none = ChannelNumber::from("XXXX260310ABCDEFGHJKP001");
    house.app.payer_named(&ChannelId::from("sim"), &none, "wallet-7").unwrap();
}
