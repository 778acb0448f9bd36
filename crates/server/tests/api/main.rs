//! The JSON API from outside: requests against the whole router over a real database.
#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

mod admissions;
mod bad_input;
mod callbacks;
mod crowd;
mod description;
mod events;
mod house;
mod journey;
mod policies;
mod reviews;
mod roles;
mod strangers;
mod support;
