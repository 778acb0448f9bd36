//! What the program itself holds in memory: at rest in a shop that has just been made and in one with a past, under the load
//! of many people, and some time after it. And how soon it answers after its start.

use super::client::{Client, request};
use super::place::Shop;
use super::serving::{refunds, tracking};
use super::{Figures, Prepared, start};
use crate::Problem;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use yuanlu_app::Limits;
use yuanlu_world::crowd::Person;

/// How long the work of a day may take after a start.
const WORK_OF_A_DAY: Duration = Duration::from_secs(4);
/// How long nothing happens before somebody looks.
const REST: Duration = Duration::from_secs(2);
/// How long after the load it may still do what the load left to do.
const AFTERWARDS: Duration = Duration::from_secs(10);
/// The most that it may hold, in megabytes.
const AT_REST: f64 = 60.0;
const UNDER_LOAD: f64 = 200.0;

/// Starts this very program in a folder that is not there yet, and on the prepared shop, there twice: the first start seals
/// the journals of the whole crowd, which is not rest.
pub fn measure(prepared: &Prepared<'_>, figures: &mut Figures<'_>) -> Result<(), Problem> {
    let (fresh, shop) = (prepared.place.shop("fresh")?, prepared.copy("memory")?);
    eprintln!("the memory of the program itself …");
    let program = Program::start(&fresh)?;
    std::thread::sleep(REST);
    program.tell("memory_empty_shop", "VmRSS", AT_REST, figures);
    drop(program);

    let program = Program::start(&shop)?;
    figures.add("start_to_first_answer", program.answered.as_secs_f64() * 1000.0, "ms");
    std::thread::sleep(WORK_OF_A_DAY);
    drop(program);

    let program = Program::start(&shop)?;
    std::thread::sleep(REST);
    program.tell("memory_idle", "VmRSS", AT_REST, figures);
    let people = within_limits(&prepared.crowd.people);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let (_, waits) = refunds(program.address, &people).await?;
        figures.add("memory_load_refunds", waits.len() as f64, "refunds");
        program.tell("memory_refunds_peak", "VmHWM", UNDER_LOAD, figures);
        let (_, waits) = tracking(program.address, &people, prepared.size.reading).await?;
        figures.add("memory_load_reads", waits.len() as f64, "reads");
        program.tell("memory_load_peak", "VmHWM", UNDER_LOAD, figures);
        Ok::<_, Problem>(())
    })?;
    std::thread::sleep(AFTERWARDS);
    program.tell("memory_after_load", "VmRSS", UNDER_LOAD, figures);
    Ok(())
}

/// As many orders of each as a shop with its usual limits lets one person apply for.
fn within_limits(people: &[Person]) -> Vec<Person> {
    let most = usize::try_from(Limits::default().apply.most).unwrap_or(usize::MAX);
    let some = |person: &Person| Person {
        token: person.token.clone(),
        orders: person.orders.iter().take(most).cloned().collect(),
    };
    people.iter().map(some).collect()
}

/// This program, serving in a process of its own until it is dropped.
struct Program {
    child: Child,
    address: SocketAddr,
    answered: Duration,
}

impl Program {
    /// Starts it on a folder, and waits until it has answered for the first time.
    fn start(shop: &Shop) -> Result<Self, Problem> {
        let began = start();
        let spawned = Command::new(std::env::current_exe()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&shop.folder)
            .env("YUANLU_DATABASE", shop.database.address())
            .env("YUANLU_LOG", "error")
            .stdout(Stdio::piped())
            .spawn();
        let child = spawned.map_err(Problem::at("starting a process"))?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut program = Self { child, address: nowhere, answered: Duration::ZERO };
        program.first_answer(began)?;
        Ok(program)
    }

    fn first_answer(&mut self, began: Instant) -> Result<(), Problem> {
        let output = self.child.stdout.take().ok_or_else(|| Problem::new("no output to read"))?;
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let address = lines.find_map(|line| address_in(&line));
        self.address = address.ok_or_else(|| Problem::new("the process did not say where it serves"))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let status = runtime.block_on(async {
            let mut client = Client::connect(self.address).await?;
            client.send(&request("GET", "/", "none", None)).await.map(|(status, _)| status)
        })?;
        self.answered = began.elapsed();
        match status {
            200..400 => Ok(()),
            _ => Err(Problem::new(format!("the first page answered {status}"))),
        }
    }

    /// Tells what it holds, beside the most that it may. Only Linux says how much memory a process holds.
    fn tell(&self, name: &str, line: &str, most: f64, figures: &mut Figures<'_>) {
        if let Some(kilobytes) = kilobytes(self.child.id(), line) {
            figures.add_within(name, kilobytes / 1024.0, "MB", most);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn kilobytes(process: u32, line: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let value = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'))?;
    value.split_whitespace().next()?.parse().ok()
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.split("http://").nth(1)?.split_whitespace().next()?.parse().ok()
}
