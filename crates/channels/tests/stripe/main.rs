//! Stripe: client and simulator face to face over HTTP, and what is not believed.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[path = "../loopback/mod.rs"]
mod loopback;

mod believing;
mod disputes;
mod money;
mod settings;
mod statement;
mod world;
