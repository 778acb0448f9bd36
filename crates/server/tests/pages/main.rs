//! The pages for anyone and for buyers, in process, with a real shop behind them.
#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

mod access;
mod browsers;
mod hearings;
mod house;
mod input;
mod journey;
mod languages;
mod offers;
mod papers;
mod paying;
mod rules;
mod thread;
