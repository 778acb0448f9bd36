//! Stories told through the use cases, on a real file.

mod access;
mod authority;
mod bad_input;
mod goods;
mod house;
mod journey;
mod strangers;
