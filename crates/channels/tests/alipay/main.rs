//! Alipay's client against Alipay's other side, over HTTP on loopback.

mod believing;
mod bills;
mod complaints;
mod money;
mod settings;
mod world;

#[path = "../loopback/mod.rs"]
mod loopback;
