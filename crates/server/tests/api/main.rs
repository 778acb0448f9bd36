//! The JSON API from outside: requests against the whole router over a real database.

mod bad_input;
mod description;
mod events;
mod house;
mod journey;
mod roles;
mod strangers;
