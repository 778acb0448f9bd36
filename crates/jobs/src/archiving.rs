//! Old orders go to the archive: once a day a round through them, a few in each step.

use crate::shop::Shop;
use yuanlu_app::archive::Round;
use yuanlu_domain::time::Instant;

/// How far the round of the day has come.
#[derive(Default)]
pub(crate) struct Archiving {
    /// The day of the last round that began.
    day: Option<Instant>,
    round: Option<Round>,
}

impl Archiving {
    pub(crate) fn run(&mut self, shop: &impl Shop, now: Instant) {
        let today = Instant::start_of(now.date());
        if self.day != Some(today) && self.round.is_none() {
            self.day = Some(today);
            self.round = shop.archive_round(now);
        }
        let Some(round) = &mut self.round else { return };
        let done = shop.archive_next(round);
        if let Err(failure) = &done {
            failure.log("old orders could not be archived");
        }
        // What failed is tried again tomorrow.
        if done.is_err() || round.is_over() {
            self.round = None;
        }
    }
}
