//! Bills of every real provider against a real database: each way in which a bill can differ, and each way in which it
//! cannot be used.

mod differing;
mod fetching;
mod providers;
mod remitted;
mod shop;
mod spoilt;
