//! The pages for anyone and for buyers, in process, with a real shop behind them.

mod access;
mod browsers;
mod house;
mod input;
mod journey;
mod languages;
