//! What the record says about an order that a card holder disputes: no person, no code, only what was sold and when it was
//! delivered, seen and used.

use crate::app::App;
use crate::errors::Result;
use crate::lookup::Lookup;
use yuanlu_domain::order_file::{OrderFile, Unit, UnitState};
use yuanlu_domain::outside_complaint::{Concerns, OrderFacts};
use yuanlu_domain::time::Instant;
use yuanlu_storage::order_file;

impl App {
    /// Facts of the order that a complaint concerns; none where nobody knows which.
    pub(crate) fn order_facts(&self, concerns: Option<&Concerns>) -> Result<OrderFacts> {
        let Some(concerns) = concerns else { return Ok(OrderFacts::default()) };
        self.db().snapshot(|db| {
            let Some(stored) = order_file::find(db, &concerns.order)? else { return Ok(OrderFacts::default()) };
            let (file, lookup) = (stored.aggregate, Lookup::default());
            let mut products = Vec::new();
            for item in &file.items {
                products.push(format!("{} x {} (digital goods)", item.quantity, lookup.page(db, &item.terms)?.title));
            }
            let first = file.units.iter().filter_map(|unit| unit.state.available_at()).min();
            Ok(OrderFacts {
                product: products.join("; "),
                delivered_on: first.map(|at| at.date().to_string()).unwrap_or_default(),
                access: file.units.iter().filter_map(access).collect::<Vec<_>>().join("\n"),
                terms: terms(&file, &self.config().public_url),
            })
        })
    }
}

fn access(unit: &Unit) -> Option<String> {
    let at = |what: &str, at: Option<Instant>| at.map(|at| format!("{what} {}", at.to_rfc3339()));
    let (seen, used) = match unit.state {
        UnitState::Revealed { revealed_at, .. } => (Some(revealed_at), None),
        UnitState::Redeemed { revealed_at, redeemed_at, .. } => (revealed_at, Some(redeemed_at)),
        _ => (None, None),
    };
    let steps = [at("delivered", unit.state.available_at()), at("seen by the buyer", seen), at("used", used)];
    let steps: Vec<String> = steps.into_iter().flatten().collect();
    (!steps.is_empty()).then(|| format!("Unit {}: {}", unit.no, steps.join(", ")))
}

fn terms(file: &OrderFile, url: &str) -> String {
    let confirmed = file.items.iter().any(|item| item.confirmed);
    let ticked = if confirmed { " The buyer ticked a box to confirm them before paying." } else { "" };
    format!(
        "The refund terms (rules version {}) stood on the order page before payment, and stand at {url}/rules.{ticked}",
        file.policy
    )
}
