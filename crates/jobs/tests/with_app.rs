//! Jobs on the real application: an embedded database, its engine, and a clock that stands still.

use std::path::PathBuf;
use yuanlu_app::engine::Envelope;
use yuanlu_app::{App, Born, Clock, Config};
use yuanlu_channels::Channels;
use yuanlu_domain::command::{Act, Command, WalletAct};
use yuanlu_domain::time::Instant;
use yuanlu_domain::{Actor, Role};
use yuanlu_jobs::{Jobs, Shop, Tick};
use yuanlu_money::Money;

/// A data directory that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("yuanlu-jobs-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn credit() -> Command {
    Command {
        by: Actor::Staff { account: "f1".into(), role: Role::Finance },
        act: Act::Wallet { account: "b1".into(), act: WalletAct::Credit { amount: Money::cny(10_000) } },
    }
}

#[test]
fn the_days_work_seals_what_changed_and_only_that() {
    let folder = Folder::new("seal");
    let now = Instant::from_shanghai(2026, 3, 10, 10, 0, 0);
    let mut config = Config::new(&folder.0, Born::Live);
    config.clock = Clock::manual(now);
    config.seed = Some([3; 32]);
    let app = App::open(config).expect("opens");
    app.engine().command(Envelope::program(credit())).expect("credited");
    let mut jobs = Jobs::new(app.clone(), Channels::new());
    assert!(jobs.step(Tick::steady(now), Vec::new()).is_empty());
    assert_eq!(app.seal_journals().expect("sealed"), 0, "the jobs did it already");
    assert_eq!(app.seal_public_key().expect("reads").map(|key| key.len()), Some(32));

    app.engine().command(Envelope::program(credit())).expect("credited");
    jobs.step(Tick::steady(now.plus_hours(13)), Vec::new());
    assert_eq!(app.seal_journals().expect("sealed"), 1, "still the same day");

    app.engine().command(Envelope::program(credit())).expect("credited");
    jobs.step(Tick::steady(now.plus_hours(14)), Vec::new());
    assert_eq!(app.seal_journals().expect("sealed"), 0, "another day");
}

#[test]
fn what_the_rules_refuse_is_no_failure_of_the_store() {
    let folder = Folder::new("refused");
    let now = Instant::from_shanghai(2026, 3, 10, 10, 0, 0);
    let mut config = Config::new(&folder.0, Born::Live);
    config.clock = Clock::manual(now);
    let app = App::open(config).expect("opens");
    let mut by_nobody = credit();
    by_nobody.by = Actor::Program;
    let answers = Shop::submit(&app, vec![credit(), by_nobody, credit()], now);
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(matches!(answers[1], Err(yuanlu_jobs::Failure::Refused(_))), "{answers:?}");
}
