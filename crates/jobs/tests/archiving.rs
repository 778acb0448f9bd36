//! Old orders go to the archive by themselves: at the right time, each once, whoever of the nodes does it and wherever one was
//! stopped.

mod house;

use house::town::Town;
use yuanlu_domain::ids::OrderId;
use yuanlu_domain::projection::is_at_rest;
use yuanlu_domain::time::Instant;
use yuanlu_simulator::{Behaviour, Chooser};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::journal::Line;
use yuanlu_storage::verify::verify;
use yuanlu_storage::{archive, journal};

/// More than go in one step.
const ORDERS: usize = 40;
const STEP: i64 = 32;
/// Orders of this day are older than 400 days from the midnight that begins this one.
const PLACED: (i16, i8, i8) = (2026, 3, 10);
const OLD: (i16, i8, i8) = (2027, 4, 15);

fn midnight((year, month, day): (i16, i8, i8)) -> Instant {
    Instant::from_shanghai(year, month, day, 0, 0, 0)
}

impl Town {
    /// Orders that nobody paid for; their channel has closed them by noon.
    fn forgotten(&mut self) -> Vec<OrderId> {
        let orders: Vec<_> = (0..ORDERS).map(|n| self.order(n % self.nodes.len()).0).collect();
        self.go_on(3_600);
        while !orders.iter().all(|order| is_at_rest(&self.file(order))) {
            self.go_on(30);
            assert!(self.now < midnight(PLACED).plus_hours(14), "a channel closes a few at a time, but closes them");
        }
        orders
    }

    fn go_on(&mut self, seconds: i64) {
        self.now = self.now.plus_seconds(seconds);
        self.work(1);
    }

    /// Days in large steps, and the last one hour by hour.
    fn until(&mut self, midnight: Instant) {
        while self.now.plus_days(21) < midnight {
            self.go_on(20 * 86_400);
        }
        self.now = midnight.plus_days(-1);
        for _ in 0..23 {
            self.go_on(3_600);
        }
        self.now = midnight;
    }

    fn archived(&self) -> i64 {
        self.nodes[0].app.db().read(|db| archive::holdings(db)).expect("reads").journals
    }

    fn journals(&self, orders: &[OrderId]) -> Vec<Vec<Line>> {
        let lines = |order: &OrderId| {
            self.nodes[0].app.db().read(|db| journal::list(db, Kind::Order, order.as_str())).expect("reads")
        };
        orders.iter().map(lines).collect()
    }

    /// Whole and in one place.
    fn is_sound(&self) {
        let report = verify(self.nodes[0].app.db(), None, |_| {}).expect("verifies");
        assert_eq!(report.differences, []);
    }
}

#[test]
fn the_job_of_the_day_archives_what_is_old_and_goes_on_after_a_stop() {
    let mut town = Town::of_one("archiving", Chooser::Always(Behaviour::AtOnce), None);
    let orders = town.forgotten();
    let journals = town.journals(&orders);
    town.until(midnight(OLD));
    assert_eq!(town.archived(), 0, "on the day before something had happened in them within 400 days");
    town.go_on(60);
    assert_eq!(town.archived(), STEP, "a few in each step");
    // Stopped halfway, and served again.
    drop(town.nodes.pop());
    let again = town.node();
    town.nodes.push(again);
    assert_eq!(town.archived(), STEP);
    town.go_on(60);
    assert_eq!(town.archived(), ORDERS as i64);
    for _ in 0..48 {
        town.go_on(3_600);
    }
    assert_eq!(town.archived(), ORDERS as i64);
    assert_eq!(town.journals(&orders), journals, "they are read as before");
    town.is_sound();
}

#[test]
fn nodes_that_archive_at_the_same_time_do_it_once() {
    let Some(mut town) = Town::of_two("archiving-nodes", Chooser::Always(Behaviour::AtOnce)) else { return };
    let orders = town.forgotten();
    let journals = town.journals(&orders);
    town.until(midnight(OLD));
    assert_eq!(town.archived(), 0);
    // One begins, and stops after its first step; both go on with what is left, at the same time.
    let (now, ahead) = (town.now.plus_seconds(60), town.nodes.pop().expect("two nodes"));
    town.now = now;
    town.work(0);
    assert_eq!(town.archived(), STEP);
    town.nodes.push(ahead);
    let stopped = town.node();
    drop(town.nodes.swap_remove(0));
    town.nodes.push(stopped);
    for _ in 0..4 {
        town.go_on(1);
    }
    assert_eq!(town.archived(), ORDERS as i64);
    assert_eq!(town.journals(&orders), journals);
    town.is_sound();
}
