//! Word that reaches people outside the site: every notice becomes messages by the ways its recipient chose, and jobs
//! send them. A message keeps its id at every attempt, so that what came twice after an unknown outcome is seen to be one.

mod choice;
mod contact;
mod digest;
mod message;
mod outbox;
mod planned;
mod reset;
mod spread;
mod template;
mod webhook;

pub use message::{Carriage, Message};
pub use webhook::NewWebhook;

use yuanlu_blobs::Place;

/// Where a message's own words lie.
fn payload_place(delivery: &str) -> Place<'_> {
    Place { table: "delivery", row: delivery }
}
