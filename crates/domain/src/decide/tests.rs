//! Stories of whole orders, decided and folded in memory; after every command the books are checked.

mod bench;
mod cases;
mod house;
mod offers;
mod panels;
mod payouts;
mod random;
mod remedies;
mod routes;
mod table;
mod tenders;
mod tip_offs;

use bench::Bench;
