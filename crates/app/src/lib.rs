//! What people can do: use cases, and the one function that says who may.
//!
//! A use case parses, asks [`authorize`](authorize::authorize), looks facts up, hands one command to the engine and
//! shows what came of it. Everything here is synchronous and blocks until its commit is durable; threads only call it.
//! Deliberately absent: SQL, HTTP, payment channels, sentences for people.

mod account;
pub mod app;
mod audit;
mod auth;
pub mod authorize;
pub mod bills;
mod block;
mod case_actions;
mod case_view;
mod channel_news;
pub mod clock;
mod codes;
mod conduct;
mod credit;
mod decision_view;
pub mod engine;
pub mod errors;
pub mod evidence;
mod goods;
mod hearing_view;
pub mod inputs;
pub mod jobs;
pub mod limits;
mod link;
mod listing;
mod offers;
mod order_view;
mod organisation;
mod panel;
mod password;
mod payer;
mod people;
pub mod policy;
pub mod policy_replay;
mod policy_view;
pub mod principal;
mod public;
mod random;
mod refund;
mod remedies;
mod remedy_terms;
mod replay;
mod same_batch;
pub mod seller;
mod shop;
mod staff;
mod submit;
mod text;
mod thread;
mod timeline;
mod tip_off;
mod tip_off_view;
pub mod totp;
pub mod views;
mod watch;

pub use app::{App, Config, OpenError};
pub use auth::{Grant, SessionKind, SignedIn};
pub use authorize::{Action, Decision, Object, authorize};
pub use clock::Clock;
pub use errors::{AppError, Result};
pub use evidence::{MAX_EVIDENCE_BYTES, Opened};
pub use limits::{Limits, Rate};
pub use link::{LinkView, PendingTotp};
pub use people::Invited;
pub use principal::{Person, Principal};
pub use public::MoveTo;
pub use replay::noticing_replay;
pub use seller::OrdersFilter;
pub use tip_off::Attachment;
pub use totp::{TotpEnrolment, totp_code};
pub use yuanlu_blobs::Secret;
pub use yuanlu_storage::Born;
