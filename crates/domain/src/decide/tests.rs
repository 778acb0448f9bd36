//! Stories of whole orders, decided and folded in memory; after every command the books are checked.

mod bench;
mod cases;
mod payouts;
mod random;
mod tip_offs;

use bench::Bench;
