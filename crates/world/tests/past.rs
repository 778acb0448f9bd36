//! The demo's past is lived by the product's own commands, and its books agree.

#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

use std::collections::BTreeMap;
use yuanlu_app::inputs::Page;
use yuanlu_app::{App, Born, Clock, Config, Limits};
use yuanlu_domain::time::Instant;
use yuanlu_world::seed::{ORDERS, seed};
use yuanlu_world::{Random, Simulated, World};

struct Lived {
    world: World,
    folder: std::path::PathBuf,
}

impl Drop for Lived {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn live(name: &str, orders: usize) -> Lived {
    let folder = std::env::temp_dir().join(format!("yuanlu-past-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let mut random = Random::new([7; 32]);
    let simulated = Simulated::new(random.bytes(), random.bytes(), "http://shop.test").unwrap();
    let mut config = Config::new(&folder, Born::Demo);
    config.clock = Clock::manual(Instant::from_shanghai(2026, 10, 23, 10, 0, 0));
    config.limits = Limits::none();
    config.seed = Some(random.bytes());
    config.channels = simulated.channels().ids().cloned().collect();
    let mut world = World::new(App::open(config).unwrap(), simulated);
    seed(&mut world, [3; 32], orders, &mut |_, _| {}).unwrap();
    Lived { world, folder }
}

/// Cases by state, over every buyer.
fn states(world: &World) -> BTreeMap<String, usize> {
    let rows = world.app().db().read(|db| yuanlu_storage::refund_case::count_states(db)).unwrap();
    rows.into_iter().map(|(state, count)| (state, usize::try_from(count).unwrap())).collect()
}

#[test]
fn every_state_is_there_and_the_books_agree() {
    let lived = live("whole", ORDERS);
    let states = states(&lived.world);
    for state in [
        "awaiting_buyer",
        "awaiting_seller",
        "under_review",
        "refunding",
        "awaiting_route",
        "completed",
        "rejected",
        "withdrawn",
        "closed",
    ] {
        assert!(states.contains_key(state), "no case is {state}: {states:?}");
    }
    let cases: usize = states.values().sum();
    assert!((60..=140).contains(&cases), "{cases} cases: {states:?}");
    let products = lived.world.app().list_products(&Default::default(), &Page::default()).unwrap();
    assert!(products.items.len() >= 14, "{} products", products.items.len());
    let report = yuanlu_storage::verify::verify(lived.world.app().db(), None, |_| {}).unwrap();
    assert_eq!(report.differences, [], "after {} entries", report.entries);
    let violations = lived.world.simulated().lock().ledger().violations.clone();
    assert_eq!(violations, Vec::<String>::new(), "the channel was asked for something a careful client never asks");
}

/// Payment and refund numbers name their orders, and every movement has its sum and its instant: the same seed and the
/// same start live the same past.
#[test]
fn the_same_seed_lives_the_same_past() {
    let movements = |name| live(name, 24).world.simulated().lock().ledger().movements.clone();
    let first = movements("first");
    assert!(first.len() > 20, "{} movements", first.len());
    assert_eq!(first, movements("second"));
}
