//! Refunds that are stuck on their way, sent on.

use super::{Bank, HOUR, Status};

impl Bank {
    /// An abnormal refund is sent on to another card of the payer, and arrives an hour later; says whether there was one.
    pub fn finish_abnormal(&mut self, no: &str, now: i64) -> bool {
        let Some(refund) = self.refunds.get_mut(no).filter(|refund| refund.status == Status::Abnormal) else {
            return false;
        };
        refund.status = Status::Accepted;
        refund.changed_at = now;
        refund.plan = vec![(now + HOUR, Status::Arrived)];
        true
    }
}
