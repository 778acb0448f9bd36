//! WeChat Pay: client and simulator face to face over HTTP, and what is not believed.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[path = "../loopback/mod.rs"]
mod loopback;

mod believing;
mod bills;
mod complaints;
mod money;
mod settings;
mod world;
