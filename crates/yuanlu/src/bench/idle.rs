//! A process at rest: how soon it answers after its start, and how much memory it holds.

use super::client::{Client, request};
use super::{Figures, start};
use crate::Problem;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the work of a day may take after a start.
const WORK_OF_A_DAY: Duration = Duration::from_secs(4);

/// Starts this very program on the prepared shop, twice: the first start seals the journals of the whole crowd, which is
/// not rest.
pub fn measure(shop: &Path, figures: &mut Figures<'_>) -> Result<(), Problem> {
    let (answered, _) = start_once(shop, WORK_OF_A_DAY)?;
    figures.add("start_to_first_answer", answered.as_secs_f64() * 1000.0, "ms");
    let (_, kilobytes) = start_once(shop, Duration::from_secs(1))?;
    // Only Linux tells how much memory a process holds.
    if let Some(kilobytes) = kilobytes {
        figures.add("idle_memory", kilobytes / 1024.0, "MB");
    }
    Ok(())
}

/// One start: how soon it answered, and what it holds after a while.
fn start_once(shop: &Path, rest: Duration) -> Result<(Duration, Option<f64>), Problem> {
    let began = start();
    let spawned = Command::new(std::env::current_exe()?)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(shop)
        .env("YUANLU_LOG", "error")
        .stdout(Stdio::piped())
        .spawn();
    let mut child = spawned.map_err(Problem::at("starting a process"))?;
    let answered = first_answer(&mut child, began);
    let held = answered.is_ok().then(|| {
        std::thread::sleep(rest);
        resident_kilobytes(child.id())
    });
    let _ = child.kill();
    let _ = child.wait();
    Ok((answered?, held.flatten()))
}

fn first_answer(child: &mut Child, began: Instant) -> Result<Duration, Problem> {
    let output = child.stdout.take().ok_or_else(|| Problem::new("no output to read"))?;
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let address = lines.find_map(|line| address_in(&line));
    let address = address.ok_or_else(|| Problem::new("the process did not say where it serves"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let status = runtime.block_on(async {
        let mut client = Client::connect(address).await?;
        client.send(&request("GET", "/", "none", None)).await.map(|(status, _)| status)
    })?;
    match status {
        200..400 => Ok(began.elapsed()),
        _ => Err(Problem::new(format!("the first page answered {status}"))),
    }
}

fn resident_kilobytes(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok())
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.split("http://").nth(1)?.split_whitespace().next()?.parse().ok()
}
