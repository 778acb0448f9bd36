//! The fail-over lab: three PostgreSQL servers under Patroni and etcd, two nodes of the shop, people who buy and refund all
//! the time, and one fault after the other. Afterwards everything that was answered must be there, once.
//!
//! `scripts/failover-lab` sets up what it needs and runs it.

mod clock;
mod etcd;
mod fault;
mod http;
mod load;
mod machine;
mod network;
mod processes;
mod reckoning;
mod shop;

use clap::Parser;
use clock::Clock;
use fault::{Fault, Outcome, Town};
use load::{Buyer, Load, Record};
use machine::{Cluster, Programs};
use processes::User;
use reckoning::Reckoning;
use shop::{Channel, NODES, Node};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use yuanlu_app::{App, Born, Config, Limits};
use yuanlu_storage::Location;
use yuanlu_world::crowd::{self, Crowd, Size};

/// People who send requests at the same time.
const WORKERS: usize = 12;
/// Of each: how many lives he leads, one after the other.
const LIVES: usize = 20;

/// Kills, cuts and freezes parts of a shop on three database servers, and counts what was lost.
#[derive(Parser)]
struct Options {
    /// Folder for everything that comes into being; must be new, and open to the servers' user.
    #[arg(long)]
    home: PathBuf,
    /// The program under test.
    #[arg(long)]
    yuanlu: PathBuf,
    /// Folder with PostgreSQL's programs.
    #[arg(long)]
    postgres: PathBuf,
    /// etcd.
    #[arg(long)]
    etcd: PathBuf,
    /// Folder with Patroni and what it needs.
    #[arg(long)]
    patroni: PathBuf,
    /// Python.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Number of the user that servers run as.
    #[arg(long, requires = "group_id")]
    user_id: Option<u32>,
    /// Number of his group.
    #[arg(long, requires = "user_id")]
    group_id: Option<u32>,
    /// The first of a hundred free ports.
    #[arg(long, default_value_t = 24_000)]
    first_port: u16,
    /// Only these faults: node-killed, primary-killed, machine-killed, killed-twice, node-cut, node-cut-off,
    /// leader-cut-off, leader-frozen, etcd-frozen, node-paused.
    #[arg(long, value_delimiter = ',', value_parser = fault_called)]
    only: Vec<Fault>,
}

fn fault_called(name: &str) -> Result<Fault, String> {
    Fault::ALL.into_iter().find(|fault| fault.name() == name).ok_or_else(|| "there is no such fault".to_owned())
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<bool, Box<dyn Error>> {
    let programs = Programs {
        postgres: options.postgres.clone(),
        etcd: options.etcd.clone(),
        patroni: options.patroni.clone(),
        python: options.python.clone(),
        user: options.user_id.zip(options.group_id).map(|(uid, gid)| User { uid, gid }),
    };
    println!("three servers under Patroni and etcd …");
    let mut cluster = Cluster::new(&options.home, programs, options.first_port)?;
    cluster.start_all()?;
    if !cluster.await_whole(Duration::from_secs(180)) {
        return Err(format!("the servers do not come up; see {}/*/*.log", options.home.display()).into());
    }
    println!("a shop with {} people …", WORKERS * LIVES);
    let (channel, data) = (Channel::open()?, options.home.join("shop"));
    shop::configure(&data, &channel)?;
    let crowd = gather(&data, &cluster.direct_address())?;
    let mut nodes = Vec::new();
    for number in 0..NODES {
        let port = options.first_port + 90 + u16::try_from(number)?;
        let mut node = Node::new(&options.yuanlu, &options.home, number, port, cluster.address_for(number)?)?;
        node.start()?;
        nodes.push(node);
    }
    let load = Arc::new(Load {
        nodes: nodes.iter().map(|node| node.port).collect(),
        channel,
        product: crowd.product.to_string(),
        price: format!("{}.{:02}", crowd::PRICE_MINOR / 100, crowd::PRICE_MINOR % 100),
        pace: Duration::from_millis(300),
        clock: Clock::start(),
        record: Record::default(),
        over: AtomicBool::new(false),
        gone: AtomicBool::new(false),
    });
    let buyers = buyers(crowd);
    let faults = if options.only.is_empty() { Fault::ALL.to_vec() } else { options.only.clone() };
    let outcomes = trouble(&mut Town { cluster: &mut cluster, nodes: &mut nodes, load: &load }, &buyers, &faults)?;
    println!("everything that was answered is looked for …");
    // Nodes that know nothing but what is in the database; and no limit on how often somebody may ask has been used up.
    for node in &mut nodes {
        node.kill();
        node.start()?;
    }
    let reckoning = Reckoning::of(&load, &buyers);
    drop(nodes);
    let verified = reckoning::verify(&options.yuanlu, &data, &cluster.direct_address())?;
    report(&load, &outcomes, &reckoning, verified.as_ref().err());
    let healed = outcomes.len() == faults.len() && outcomes.iter().all(|outcome| outcome.healed);
    Ok(healed && reckoning.is_clean() && verified.is_ok())
}

fn gather(data: &Path, database: &str) -> Result<Crowd, Box<dyn Error>> {
    let mut config = Config::new(data, Born::Live);
    config.limits = Limits::none();
    config.database = Some(Location::parse(database)?);
    let app = App::open(config)?;
    let size = Size { orders: 0, people: WORKERS * LIVES, orders_each: 1 };
    Ok(crowd::gather_with_stock(&app, size, WORKERS * LIVES * load::ROUNDS)?)
}

fn buyers(crowd: Crowd) -> Vec<Buyer> {
    let people = crowd.people.into_iter().enumerate();
    people
        .filter_map(|(number, person)| {
            let order = person.orders.first()?.order.to_string();
            Some(Buyer { number, token: person.token, order })
        })
        .collect()
}

/// Lets people live through the faults, and then finish what they began.
fn trouble(town: &mut Town<'_>, buyers: &[Buyer], faults: &[Fault]) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let load = town.load;
    std::thread::scope(|scope| {
        let workers: Vec<_> = buyers.chunks(LIVES).map(|lives| scope.spawn(move || load.live(lives))).collect();
        let calls = scope.spawn(move || {
            while !load.gone.load(Ordering::SeqCst) {
                load.channel.call_back(&load.nodes);
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        let mut outcomes = Vec::new();
        let suffered = faults.iter().try_for_each(|fault| {
            println!("{} …", fault.title());
            let outcome = town.suffer(*fault)?;
            println!("  {:.1} s without writes", outcome.without_writes.as_secs_f64());
            outcomes.push(outcome);
            Ok::<_, std::io::Error>(())
        });
        load.over.store(true, Ordering::SeqCst);
        let finished = clock::until(Duration::from_secs(120), || workers.iter().all(|worker| worker.is_finished()));
        let returned = clock::until(Duration::from_secs(300), || reckoning::all_returned(load));
        load.gone.store(true, Ordering::SeqCst);
        let _ = calls.join();
        suffered?;
        if !finished || !returned {
            eprintln!("note: not everything that was begun came to its end");
        }
        load.gone.store(false, Ordering::SeqCst);
        Ok(outcomes)
    })
}

fn report(load: &Load, outcomes: &[Outcome], reckoning: &Reckoning, verify: Option<&String>) {
    println!(
        "\n{:<42} {:>9} {:>12} {:>16} {:>12}",
        "fault", "answered", "tried again", "without writes", "whole after"
    );
    for outcome in outcomes {
        println!(
            "{:<42} {:>9} {:>12} {:>14.1} s {:>10.1} s{}",
            outcome.fault.title(),
            outcome.answered,
            outcome.failures,
            outcome.without_writes.as_secs_f64(),
            outcome.whole_after.as_secs_f64(),
            if outcome.healed { "" } else { "  NOT HEALED" }
        );
    }
    let failures: Vec<_> =
        load.record.failures_by_kind().into_iter().map(|(kind, count)| format!("{count} × {kind}")).collect();
    println!("tried again: {}", if failures.is_empty() { "nothing".to_owned() } else { failures.join(", ") });
    for (what, list) in [("lost", &reckoning.lost), ("duplicated", &reckoning.doubled), ("wrong", &reckoning.wrong)] {
        for text in list.iter().take(20) {
            println!("{what}: {text}");
        }
    }
    let charged = load.record.charged().len();
    println!("through the channel: {charged} paid, {} refunds left it", reckoning.departures);
    println!("verify: {}", verify.map_or("clean", String::as_str));
    println!(
        "acknowledged {}, lost {}, duplicated {}",
        reckoning.answered,
        reckoning.lost.len(),
        reckoning.doubled.len()
    );
}
