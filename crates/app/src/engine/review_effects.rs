//! What follows from a review: who is told.

use yuanlu_domain::desk::DeskEvent;
use yuanlu_domain::ids::Ids;
use yuanlu_domain::review::{Review, ReviewEvent, ReviewOf, ReviewState};
use yuanlu_domain::time::Instant;
use yuanlu_storage::notice::Notice;

/// The seller is told of a review, its writer of everything that is done to it, risk of an appeal.
pub(super) fn notices(review: &Review, events: &[&DeskEvent], now: Instant, ids: &mut Ids) -> Vec<Notice> {
    let writer = || review.writer.to_string();
    let told = events.iter().filter_map(|event| {
        let DeskEvent::Review(event) = event else { return None };
        match (event, &review.of) {
            (ReviewEvent::Written { .. }, ReviewOf::Goods { .. }) => {
                Some((format!("seller:{}", review.seller), "review_written"))
            }
            (ReviewEvent::Written { .. }, ReviewOf::Service { .. }) => None,
            (ReviewEvent::Replied { .. }, _) => Some((writer(), "review_replied")),
            (ReviewEvent::Hidden { .. }, _) => Some((writer(), "review_hidden")),
            (ReviewEvent::Appealed { .. }, _) => Some(("role:risk".to_owned(), "review_appealed")),
            (ReviewEvent::Restored { .. }, _) => Some((writer(), "review_restored")),
            (ReviewEvent::Kept { .. }, _) => Some((writer(), "review_kept_hidden")),
        }
    });
    let due = match &review.state {
        ReviewState::Hidden { appeal_until } => Some(appeal_until.too_late_from),
        ReviewState::Appealed { due } => Some(due.too_late_from),
        ReviewState::Shown | ReviewState::Restored | ReviewState::KeptHidden => None,
    };
    told.map(|(recipient, kind)| Notice {
        recipient,
        id: ids.text(now),
        kind: kind.to_owned(),
        order: review.desk.to_string(),
        case: None,
        amount_minor: None,
        currency: String::new(),
        due,
        at: now,
        read_at: None,
    })
    .collect()
}
