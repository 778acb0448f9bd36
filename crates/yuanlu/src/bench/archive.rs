//! The archive: how much smaller journals get, how fast a round goes through orders that are over, and what reading one of
//! their cases costs afterwards.

use super::place::Place;
use super::refunds::in_process;
use super::{Figures, GROUP, per_second, start};
use crate::{Problem, open};
use yuanlu_app::archive::{AFTER_DAYS, Archived, Round};
use yuanlu_app::{App, Person, Principal};
use yuanlu_domain::Role;
use yuanlu_domain::ids::CaseId;
use yuanlu_storage::verify::verify_chains;
use yuanlu_storage::{Db, StorageError};
use yuanlu_world::crowd::{self, Paid, Size};

/// Refunds so many orders, archives them, and reads some before and after.
pub fn measure(place: &Place, orders: usize, times: usize, figures: &mut Figures<'_>) -> Result<(), Problem> {
    eprintln!("{orders} orders that are over, to be archived …");
    let shop = place.shop("archive")?;
    let app = shop.open()?;
    let crowd = crowd::gather(&app, Size { orders, people: 0, orders_each: 0 }).map_err(Problem::at("preparing"))?;
    drop(app);
    in_process(&shop, &crowd.orders, crowd.now, GROUP)?;
    shop.settle()?;
    let app = shop.open()?;
    app.seal_journals().map_err(Problem::at("sealing"))?;
    let spread: Vec<_> = crowd.orders.iter().step_by((crowd.orders.len() / times).max(1)).take(times).collect();
    figures.add("case", read(&app, &spread)?, "ms");

    // As on the day on which nothing has happened to any of them for long enough.
    let mut round = Round::new(app.now().plus_days(i64::from(AFTER_DAYS) + 1), AFTER_DAYS);
    let (mut done, began) = (Archived::default(), start());
    while !round.is_over() {
        done.add(app.archive_next(&mut round).map_err(Problem::at("archiving"))?);
    }
    let took = began.elapsed();
    if done.orders < crowd.orders.len() as u64 {
        return Err(Problem::new(format!("only {} of {} orders were archived", done.orders, crowd.orders.len())));
    }
    figures.add("archived", per_second(crowd.orders.len(), took), "orders/s");
    let each = |bytes: u64| bytes as f64 / done.orders as f64;
    figures.add("journal_bytes", each(done.size), "bytes/order");
    figures.add_beside("archive_bytes", each(done.packed), "bytes/order", "journal_bytes");
    figures.add_beside("case_archived", read(&app, &spread)?, "ms", "case");
    drop(app);

    let failed = |error: StorageError| Problem::new(open::chain(&error));
    let chains = verify_chains(&Db::inspect(&shop.database).map_err(failed)?, |_| {}).map_err(failed)?;
    if let Some(first) = chains.differences.first() {
        return Err(Problem::new(format!("the archive is not in order: {first:?}")));
    }
    place.remove(&shop)
}

/// The buyer's view of each case, once to warm up and once for the figure: the median in milliseconds.
fn read(app: &App, orders: &[&Paid]) -> Result<f64, Problem> {
    let mut waits = Vec::new();
    for round in 0..2 {
        for paid in orders {
            let buyer = Principal::Person(Person {
                account: paid.buyer.clone(),
                name: paid.buyer.to_string(),
                roles: [Role::Buyer].into_iter().collect(),
                seller: None,
                second_factor: false,
            });
            let began = start();
            app.load_case(&buyer, &CaseId::of(&paid.order, 1)).map_err(Problem::at("reading a case"))?;
            if round == 1 {
                waits.push(began.elapsed());
            }
        }
    }
    waits.sort_unstable();
    Ok(waits.get(waits.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1000.0)
}
