//! Stories told through the use cases, on a real file.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of a test may panic")]

mod access;
mod admissions;
mod archive;
mod authority;
mod bad_input;
mod blocks;
mod code_probes;
mod conversations;
mod credit;
mod evidence;
mod figures;
mod goods;
mod hearings;
mod house;
mod incidents;
mod journey;
mod material;
mod nodes;
mod organisations;
mod outside;
mod outside_attachments;
mod papers;
mod payers;
mod platform;
mod policies;
mod redemptions;
mod reviews;
mod routes;
mod seller_account;
mod seller_rules;
mod strangers;
mod tip_offs;
mod top_ups;
