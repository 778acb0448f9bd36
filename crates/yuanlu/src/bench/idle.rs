//! A process at rest: how soon it answers after its start, and how much memory it holds.

use super::client::{Client, request};
use super::{Figures, start};
use crate::Problem;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Starts this very program on the prepared shop.
pub fn measure(shop: &Path, figures: &mut Figures) -> Result<(), Problem> {
    let began = start();
    let program = std::env::current_exe()?;
    let spawned = Command::new(program)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(shop)
        .env("YUANLU_LOG", "error")
        .stdout(Stdio::piped())
        .spawn();
    let mut child = spawned.map_err(Problem::at("starting a process"))?;
    let measured = look_at(&mut child, began, figures);
    let _ = child.kill();
    let _ = child.wait();
    measured
}

fn look_at(child: &mut Child, began: std::time::Instant, figures: &mut Figures) -> Result<(), Problem> {
    let output = child.stdout.take().ok_or_else(|| Problem::new("no output to read"))?;
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let address = lines.find_map(|line| address_in(&line));
    let address = address.ok_or_else(|| Problem::new("the process did not say where it serves"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let status = runtime.block_on(async {
        let mut client = Client::connect(address).await?;
        client.send(&request("GET", "/", "none", None)).await.map(|(status, _)| status)
    })?;
    figures.add("start_to_first_answer", began.elapsed().as_secs_f64() * 1000.0, "ms");
    if status >= 500 {
        return Err(Problem::new(format!("the first page answered {status}")));
    }
    std::thread::sleep(Duration::from_secs(1));
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let kilobytes = status.ok().and_then(|text| {
        text.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<f64>().ok())
    });
    // Only Linux says it this way.
    if let Some(kilobytes) = kilobytes {
        figures.add("idle_memory", kilobytes / 1024.0, "MB");
    }
    Ok(())
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.split("http://").nth(1)?.split_whitespace().next()?.parse().ok()
}
