//! UnionPay's client against UnionPay's other side, over HTTP on loopback.

mod believing;
mod bills;
mod money;
mod world;

#[path = "../loopback/mod.rs"]
mod loopback;
