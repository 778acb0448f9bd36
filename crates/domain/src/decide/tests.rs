//! Stories of whole orders, decided and folded in memory; after every command the books are checked.

mod admissions;
mod bench;
mod bills;
mod cases;
mod code_probes;
mod conversations;
mod house;
mod incidents;
mod offers;
mod outside_complaints;
mod outside_payments;
mod panels;
mod payouts;
mod random;
mod redemption;
mod remedies;
mod reviews;
mod routes;
mod schedules;
mod seller;
mod table;
mod tenders;
mod tip_offs;
mod top_ups;

use bench::Bench;
