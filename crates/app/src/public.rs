//! What anybody may see besides the rules: a few counts. And a demo's clock.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::order_view::permit;
use crate::principal::Principal;
use crate::views::FiguresView;
use yuanlu_domain::time::Instant;
use yuanlu_storage::{Born, day_tally, outbox, product, tally, timer};

/// Where a demo's clock goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveTo {
    /// The next instant at which something is due.
    NextDeadline,
    /// So many hours on.
    Hours(i64),
}

const MOST_HOURS: i64 = 24 * 400;

impl App {
    /// A few counts.
    pub fn figures(&self) -> Result<FiguresView> {
        self.db().snapshot(|db| {
            let count = |n: i64| u64::try_from(n).unwrap_or_default();
            let totals = day_tally::sum(db, day_tally::PLATFORM, 0, i64::MAX)?;
            let total = |name: &str| count(totals.get(name).copied().unwrap_or(0));
            Ok(FiguresView {
                orders: total("orders"),
                cases: total("cases"),
                open_cases: total("open_cases"),
                completed_cases: total("completed_cases"),
                products: count(product::count_on_sale(db)?),
                overdue_hearings: count(tally::find(db, "overdue_hearings")?),
                released_alone: count(tally::find(db, "released_alone")?),
                unjudged: count(tally::find(db, "unjudged")?),
                remedies_upheld: count(tally::find(db, "remedies_upheld")?),
                remedies_dismissed: count(tally::find(db, "remedies_dismissed")?),
                outside_complaints: count(tally::find(db, "outside_complaints")?),
                outside_overdue: count(tally::find(db, "outside_overdue")?),
                paid_twice: count(tally::find(db, "paid_twice")?),
            })
        })
    }

    /// When the next timer or call is due.
    pub fn next_due(&self) -> Result<Option<Instant>> {
        let now = self.now();
        self.db().snapshot(|db| {
            let timer = timer::next(db, now)?.map(|waiting| waiting.due);
            let call = outbox::next_due(db)?.filter(|due| *due > now);
            Ok([timer, call].into_iter().flatten().min())
        })
    }

    /// Moves a demo's clock, forwards only; answers where it stands.
    pub fn move_clock(&self, who: &Principal, to: MoveTo) -> Result<Instant> {
        if self.born() != Born::Demo {
            return Err(AppError::NotFound);
        }
        permit(who, Action::MoveDemoClock, &Object::Demo)?;
        let now = self.now();
        let at = match to {
            MoveTo::Hours(hours) if (1..=MOST_HOURS).contains(&hours) => now.plus_hours(hours),
            MoveTo::Hours(_) => return Err(AppError::invalid("hours", "too_large")),
            MoveTo::NextDeadline => self.next_due()?.ok_or(AppError::invalid("to", "nothing_due"))?,
        };
        if let Some(shift) = self.clock().set(at.max(now)) {
            self.remember_clock(shift)?;
        }
        Ok(self.now())
    }
}
