//! Writing and reading in the order's thread (S05).

use super::Draft;
use crate::case::{EvidenceRef, PersonalRef};
use crate::event::OrderEvent;
use crate::refusal::Refusal;
use crate::thread::{MOST_MESSAGES, Mark};

impl Draft<'_, '_> {
    pub(super) fn say(
        &mut self,
        text: Option<&PersonalRef>,
        evidence: &[EvidenceRef],
        marks: &[Mark],
    ) -> Result<(), Refusal> {
        let side = self.side()?;
        if text.is_none() && evidence.is_empty() {
            return Err(Refusal::Missing { field: "text" });
        }
        if self.file()?.thread.messages >= MOST_MESSAGES {
            return Err(Refusal::TooManyMessages { most: MOST_MESSAGES });
        }
        self.emit(OrderEvent::MessageSent {
            side,
            text: text.cloned(),
            evidence: evidence.to_vec(),
            marks: marks.to_vec(),
        })
    }

    /// Reading what was read before changes nothing.
    pub(super) fn read_thread(&mut self, message: u32) -> Result<(), Refusal> {
        let side = self.side()?;
        let thread = &self.file()?.thread;
        if message == 0 || message > thread.messages {
            return Err(Refusal::NotFound);
        }
        if message <= thread.read_by(side) {
            return Err(Refusal::NothingDue);
        }
        self.emit(OrderEvent::ThreadRead { side, message })
    }
}
