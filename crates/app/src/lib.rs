//! What people can do: use cases, and the one function that says who may.
//!
//! A use case parses, asks [`authorize`](authorize::authorize), looks facts up, hands one command to the engine and
//! shows what came of it. Everything here is synchronous and blocks until its commit is durable; threads only call it.
//! Deliberately absent: SQL, HTTP, payment channels, sentences for people.

pub mod authorize;
pub mod errors;
pub mod inputs;
pub mod principal;
pub mod views;

pub use authorize::{Action, Decision, Object, authorize};
pub use errors::{AppError, Result};
pub use principal::{Person, Principal};
