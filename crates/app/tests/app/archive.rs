//! Old orders in the archive: the same to everybody, and back at work when something comes late.

use super::house::{House, books_balance, case_id, config, id, origin, place};
use yuanlu_app::archive::Archived;
use yuanlu_app::views::{CaseView, OrderView};
use yuanlu_domain::ids::{ChannelId, ChannelNumber, OrderId};
use yuanlu_domain::outside_complaint::{HeardComplaint, HeardMoney, OutsideResult, Stage};
use yuanlu_money::{Currency, Money};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::{archive, journal, order_file, verify};

fn stripe() -> ChannelId {
    ChannelId::from("stripe")
}

impl House {
    /// Days in which everything happens that is due.
    fn days(&self, days: u32) {
        for _ in 0..days {
            self.pass(24);
            self.wake();
        }
    }

    /// What the job of the day does.
    fn day_of_the_archive(&self) -> Archived {
        self.app.seal_journals().unwrap();
        let mut round = self.app.archive_round(self.app.now()).unwrap();
        let mut done = Archived::default();
        while !round.is_over() {
            done.add(self.app.archive_next(&mut round).unwrap());
        }
        done
    }

    fn lines(&self, order: &OrderId) -> Vec<journal::Line> {
        self.app.db().read(|db| journal::list(db, Kind::Order, order.as_str())).unwrap()
    }

    /// Everything that is shown of a case and its order, as text.
    fn shown(&self, order: &OrderId, case: &CaseView) -> Vec<serde_json::Value> {
        let both = [&self.buyer, &self.seller];
        let orders = both.map(|who| serde_json::to_value(self.app.load_order(who, order).unwrap()).unwrap());
        let cases = both.map(|who| serde_json::to_value(self.app.load_case(who, &case_id(case)).unwrap()).unwrap());
        orders.into_iter().chain(cases).collect()
    }

    fn paid_by_card(&self, code: &str) -> OrderView {
        let card = self.card(code);
        let order = self.app.place_order(&self.buyer, &place(&card, 1, "stripe"), None, &origin()).unwrap();
        let payment = order.payments.last().unwrap();
        let (no, amount) = (ChannelNumber::from(payment.no.as_str()), Money::new(payment.amount.minor, Currency::Cny));
        self.app.payment_succeeded(&stripe(), &no, "pi_1", amount).unwrap();
        self.app.load_order(&self.buyer, &id(&order)).unwrap()
    }
}

#[test]
fn an_archived_order_is_shown_as_before_and_a_late_chargeback_goes_on_in_it() {
    let mut settings = config("archive");
    settings.channels = vec![ChannelId::from("sim"), stripe()];
    let house = House::with(settings);
    let charged = house.paid_by_card("CARD-1");
    let refunded = house.buy(&house.card("CARD-2\nCARD-3"), 1);
    let case = house.apply(&house.buyer, &refunded, "personal").unwrap();
    assert_eq!(case.summary.state, "completed");
    house.app.reveal(&house.buyer, &id(&charged), 1).unwrap();
    house.days(60);
    let never_paid = place(&house.card("CARD-4"), 1, "stripe");
    let never_paid = house.app.place_order(&house.buyer, &never_paid, None, &origin()).unwrap();
    house.days(300);
    // It waits until its channel says that it is closed.
    house.app.payment_closed(&stripe(), &ChannelNumber::from(never_paid.payments[0].no.as_str())).unwrap();
    house.days(39);
    assert_eq!(house.day_of_the_archive().orders, 0, "something happened in them within 400 days");

    house.days(62);
    let before = house.shown(&id(&refunded), &case);
    let lines = [&charged, &refunded].map(|order| house.lines(&id(order)));
    let report = verify::verify(house.app.db(), None, |_| {}).unwrap();
    let done = house.day_of_the_archive();
    assert_eq!(done.orders, 2, "{done:?}");
    assert!(done.packed * 2 < done.size, "{done:?}");
    assert_eq!(house.day_of_the_archive().orders, 0);
    assert_eq!(house.app.db().read(|db| archive::holdings(db)).unwrap().entries as u64, done.entries);
    assert_eq!([&charged, &refunded].map(|order| house.lines(&id(order))), lines);
    assert_eq!(house.shown(&id(&refunded), &case), before);
    let after = verify::verify(house.app.db(), None, |_| {}).unwrap();
    assert_eq!((after.differences, after.journals, after.entries), (vec![], report.journals, report.entries));

    // The bank of the card takes the money back, long after.
    let mut told = HeardComplaint {
        number: "dp_late".into(),
        received_at: house.app.now(),
        reply_by: None,
        complainant: None,
        words: "not received".into(),
        payments: vec![ChannelNumber::from(charged.payments[0].no.as_str())],
        claimed: Some(Money::new(9_999, Currency::Cny)),
        status: "needs_response".into(),
        stage: Stage::WantsReply,
        money: Some(HeardMoney::Taken(Money::new(9_999, Currency::Cny))),
    };
    house.app.outside_heard(&stripe(), &told).unwrap();
    let stored = house.app.db().read(|db| order_file::find(db, &id(&charged))).unwrap().unwrap();
    assert_eq!(stored.aggregate.outside_payments.len(), 1);
    let gone_on = house.lines(&id(&charged));
    assert_eq!(gone_on.len() as i64, stored.head.version);
    assert_eq!(gone_on[..lines[0].len()], lines[0]);
    assert!(gone_on.len() > lines[0].len());
    books_balance(&house.app);

    // While that is open it stays; long after it is over, all of it goes.
    house.days(401);
    assert_eq!(house.day_of_the_archive().orders, 1, "the order that was never paid");
    told.status = "lost".into();
    told.stage = Stage::Over(OutsideResult::Upheld);
    house.app.outside_heard(&stripe(), &told).unwrap();
    house.days(401);
    assert_eq!(house.day_of_the_archive().orders, 1);
    assert_eq!(house.lines(&id(&charged))[..gone_on.len()], gone_on);
    books_balance(&house.app);
}

#[test]
fn an_operator_may_say_that_nothing_is_archived() {
    let house = House::with(yuanlu_app::Config { archive_after_days: None, ..config("archive-never") });
    assert!(house.app.archive_round(house.app.now()).is_none());
}
