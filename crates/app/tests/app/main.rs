//! Stories told through the use cases, on a real file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of a test may panic")]

mod access;
mod authority;
mod bad_input;
mod blocks;
mod code_probes;
mod conversations;
mod credit;
mod evidence;
mod goods;
mod hearings;
mod house;
mod journey;
mod material;
mod nodes;
mod organisations;
mod outside;
mod outside_attachments;
mod papers;
mod payers;
mod policies;
mod redemptions;
mod routes;
mod seller_account;
mod seller_rules;
mod strangers;
mod tip_offs;
mod top_ups;
