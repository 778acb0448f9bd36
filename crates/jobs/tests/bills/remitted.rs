//! Remittances to accounts that buyers named (R14) in the bill of funds, which is where providers list them.

use super::differing::all;
use super::providers::{self, Provider};
use super::shop::{PRICE, Shop, buyer, colleague, finance, morning};
use std::collections::BTreeMap;
use yuanlu_app::bills::{Bill, BillState};
use yuanlu_app::inputs::{AccountInput, RouteInput};
use yuanlu_channels::BillKind;
use yuanlu_domain::ids::{CaseId, OrderId};
use yuanlu_domain::payout::PayoutState;
use yuanlu_simulator::Behaviour;
use yuanlu_simulator::bank::{BillRow, Flaw, Row};

impl Shop {
    /// The refund was finally refused; the buyer names another account, one of finance checks it, another sends the money.
    fn remit(&self, order: &OrderId, kind: &str) -> String {
        let proof =
            self.app.upload(&buyer(), order, "closure_proof", b"closed on 9 March\n".to_vec()).expect("taken").id;
        let account = AccountInput {
            kind: kind.into(),
            holder: "张三丰".into(),
            number: if kind == "wechat" { "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into() } else { "zhang@example.com".into() },
            bank: String::new(),
            evidence: vec![proof],
        };
        self.app.name_account(&buyer(), &CaseId::of(order, 1), &account, None).expect("named");
        for (who, act) in [(finance(), "check_account"), (colleague(), "remit")] {
            let input = RouteInput { act: act.into(), channel: self.provider.id.into(), ..RouteInput::default() };
            self.app.act_on_route(&who, order, 2, &input, None).expect("done");
        }
        self.file(order).payouts[1].no.to_string()
    }

    fn reconcile_funds(&self) -> Bill {
        let path = self.fetch(morning(), BillKind::Funds).expect("there is one");
        self.compare(&path, morning(), BillKind::Funds).expect("a good bill")
    }
}

fn a_day_of(provider: Provider, kind: &str) {
    let mut shop = Shop::new("remitted", provider);
    let orders: Vec<_> = (0..4).map(|_| shop.sell()).collect();
    for (_, refund) in &orders {
        shop.provider.bank(|bank| bank.script(refund, Behaviour::Refused));
    }
    shop.work(60);
    let [good, missing, other_sum] = [0, 1, 2].map(|n: usize| shop.remit(&orders[n].0, kind));
    shop.work(60);
    let lost_order = &orders[3].0;
    let lost = shop.remit(lost_order, kind);
    shop.provider.bank(|bank| bank.script(&lost, Behaviour::DropMoved));
    // Its answer is lost, and then the machine sleeps.
    let calls = shop.jobs.step(yuanlu_jobs::Tick::steady(shop.now), Vec::new());
    let answers: Vec<_> = calls.into_iter().map(|c| (c.ticket, shop.transport.fetch(c.request, &c.room))).collect();
    shop.jobs.step(yuanlu_jobs::Tick::steady(shop.now.plus_seconds(1)), answers);
    let at = shop.now.micros();
    shop.provider.bank(|bank| {
        assert_eq!([&good, &lost].map(|no| bank.books().departures(no)), [1, 1]);
        bank.add_flaw(Flaw::Missing(missing));
        bank.add_flaw(Flaw::OtherAmount(other_sum, 8_700));
        bank.add_flaw(Flaw::Extra(Box::new(BillRow {
            row: Row::Remitted,
            at,
            payment_no: String::new(),
            payment_ref: "S1".into(),
            refund_no: "OTHERSHOP00000001".into(),
            refund_ref: "S1".into(),
            subject: "nobody knows".into(),
            amount_minor: 3_000,
            currency: "CNY".into(),
            fee_minor: 0,
        })));
    });
    shop.set_clock(morning().plus_hours(25));
    let bill = shop.reconcile_funds();
    assert_eq!(bill.state, BillState::Done);
    let open = all(&shop, false);
    let mut kinds: Vec<_> = open.iter().map(|e| (e.difference, e.entry.as_str(), e.delta.minor)).collect();
    kinds.sort_unstable();
    let expected =
        [("amount", "remittance", 100), ("foreign", "remittance", -3_000), ("missing_there", "remittance", PRICE)];
    assert_eq!(kinds, expected, "{open:#?}");
    let settled: BTreeMap<_, _> = all(&shop, true).iter().map(|e| (e.difference, e.resolution)).collect();
    assert_eq!(settled, BTreeMap::from([("status", Some("by_itself"))]));
    // What left us is asked about, never taken for arrived.
    assert!(matches!(shop.file(lost_order).payouts[1].state, PayoutState::Due { .. }));
    assert_eq!(shop.book("unmatched"), 100 + PRICE - 3_000);
    // Payments and refunds in it are the other bill's, which misses none of these either.
    assert_eq!(shop.reconcile().summary.differences, 0, "{:#?}", all(&shop, false));

    // Again changes nothing; what the provider corrects is settled.
    let entries = shop.audit();
    assert_eq!(shop.reconcile_funds(), bill);
    assert_eq!(shop.audit(), entries);
    shop.provider.bank(yuanlu_simulator::Bank::mend_bills);
    assert_eq!(shop.reconcile_funds().summary.differences, 0);
    assert_eq!((all(&shop, false), shop.book("unmatched")), (vec![], 0));
    shop.work(60);
    for (order, refund) in &orders {
        let file = shop.file(order);
        let remitted = &file.payouts[1];
        assert!(matches!(remitted.state, PayoutState::Arrived { .. }), "{remitted:?}");
        let departures = [refund.as_str(), remitted.no.as_str()];
        assert_eq!(shop.provider.bank(|bank| departures.map(|no| bank.books().departures(no))), [0, 1]);
    }
    shop.audit();
}

#[test]
fn alipay() {
    a_day_of(providers::alipay(morning()), "alipay");
}

#[test]
fn wechat() {
    a_day_of(providers::wechat(), "wechat");
}
