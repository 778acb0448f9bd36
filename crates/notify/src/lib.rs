//! What reaches people outside the site: which notice goes which way and when, in which words, and the requests that
//! carry it. Nothing here sends: `jobs` does.
//!
//! Deliberately absent: IO, clocks, chance. The instant, a nonce and every secret are arguments.

mod encode;
pub mod guard;
pub mod mail;
pub mod outcome;
pub mod phone;
pub mod quiet;
pub mod secret;
pub mod settings;
pub mod sms;
pub mod template;
pub mod topic;
pub mod webhook;
pub mod words;

pub use mail::{Address, Mail};
pub use outcome::Outcome;
pub use phone::Phone;
pub use secret::Secret;
pub use settings::Settings;
pub use topic::{Topic, Way};

/// Sentences of notices: `kind = ["中文", "English"]`. Pages show the same ones.
pub const WORDS: &str = include_str!("../words.toml");
