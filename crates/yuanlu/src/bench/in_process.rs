//! What the engine does in process beside its statements with nothing around them, and the same over HTTP.

use super::figures::Figures;
use super::refunds::{capture, in_process};
use super::{GROUP, Prepared, ROUNDS, SMALL_GROUP, ledger, serving};
use crate::Problem;
use std::time::Duration;

/// The most that one command alone may take, beside its statements.
const ALONE: f64 = 1.5;

/// Complete refunds, in large groups and one by one.
pub fn refunds(prepared: &Prepared<'_>, figures: &mut Figures<'_>) -> Result<(), Problem> {
    eprintln!("the engine, and its statements with nothing around them …");
    let (orders, now) = (&prepared.crowd.orders, prepared.crowd.now);
    let captured = capture(&prepared.copy("capture")?, orders, now, GROUP)?;
    captured.describe(figures, orders.len());
    let (mut raw, mut engine) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(captured.replay(&prepared.copy("raw")?)?);
        engine.push(in_process(&prepared.copy("engine")?, orders, now, GROUP)?);
    }
    figures.refunds("raw_256", raw, orders.len(), None);
    figures.refunds("engine", engine, orders.len(), Some("raw_256"));
    drop(captured);
    alone(prepared, figures)
}

/// One command at a time, as somebody who is alone has it.
fn alone(prepared: &Prepared<'_>, figures: &mut Figures<'_>) -> Result<(), Problem> {
    let (orders, now) = (&prepared.crowd.orders, prepared.crowd.now);
    let orders = &orders[..prepared.size.alone.min(orders.len())];
    let captured = capture(&prepared.copy("capture")?, orders, now, 1)?;
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(captured.replay(&prepared.copy("raw")?)?);
        ours.push(in_process(&prepared.copy("engine")?, orders, now, 1)?);
    }
    let each = |rounds: &[Vec<Duration>]| {
        let mut sums: Vec<Duration> = rounds.iter().map(|waits| waits.iter().sum()).collect();
        sums.sort_unstable();
        sums[sums.len() / 2].as_secs_f64() * 1000.0 / orders.len() as f64
    };
    let (raw, ours) = (each(&raw), each(&ours));
    figures.add("alone_raw", raw, "ms");
    figures.add_beside("alone", ours, "ms", "alone_raw");
    figures.add_within("alone_beside_alone_raw", ours / raw, "×", ALONE);
    Ok(())
}

/// The statements in groups as they come together from the clients, and what the clients see of refunds and reads.
pub fn web(prepared: &Prepared<'_>, figures: &mut Figures<'_>) -> Result<(), Problem> {
    eprintln!("refunds and reads over HTTP …");
    let (orders, now) = (&prepared.crowd.orders, prepared.crowd.now);
    let captured = capture(&prepared.copy("capture")?, orders, now, SMALL_GROUP)?;
    let raw: Result<Vec<_>, Problem> = (0..ROUNDS).map(|_| captured.replay(&prepared.copy("raw")?)).collect();
    drop(captured);
    figures.refunds("raw_64", raw?, orders.len(), None);
    serving::measure(&prepared.copy("web")?, &prepared.crowd, prepared.size, figures)
}

/// Postings a second.
pub fn postings(prepared: &Prepared<'_>, figures: &mut Figures<'_>) -> Result<(), Problem> {
    eprintln!("the ledger …");
    let (now, count) = (prepared.crowd.now, prepared.size.refunds);
    let postings = ledger::postings(&prepared.crowd.seller, count);
    let captured = ledger::capture(&prepared.copy("capture")?, &postings, now)?;
    let (mut raw, mut posted) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(captured.replay(&prepared.copy("raw")?)?);
        posted.push(ledger::in_process(&prepared.copy("engine")?, &postings, now)?);
    }
    figures.median("ledger_raw", raw, count, ("postings/s", None));
    figures.median("ledger", posted, count, ("postings/s", Some("ledger_raw")));
    Ok(())
}
