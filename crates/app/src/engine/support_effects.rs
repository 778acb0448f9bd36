//! What follows from a conversation with support: who is told.

use yuanlu_domain::conversation::{Conversation, ConversationEvent, Ending, Voice};
use yuanlu_domain::desk::DeskEvent;
use yuanlu_domain::ids::Ids;
use yuanlu_domain::time::Instant;
use yuanlu_storage::notice::Notice;

/// Whoever asked is told of answers and of the end by silence; support of what came, administrators of what is late.
/// A stranger sees it where he asked.
pub(super) fn notices(one: &Conversation, events: &[&DeskEvent], now: Instant, ids: &mut Ids) -> Vec<Notice> {
    let asker = one.asker.as_ref().map(ToString::to_string);
    let told = events.iter().filter_map(|event| {
        let DeskEvent::Conversation(event) = event else { return None };
        match event {
            ConversationEvent::Said { voice: Voice::Support, .. }
            | ConversationEvent::ProgressSent { voice: Voice::Support, .. } => {
                Some((asker.clone()?, "support_answered"))
            }
            ConversationEvent::Ended { how: Ending::Silence } => Some((asker.clone()?, "support_ended")),
            ConversationEvent::Said { voice: Voice::Asker, .. } if one.messages == 1 => {
                Some(("role:support".to_owned(), "support_asked"))
            }
            ConversationEvent::Escalated { .. } => Some(("role:admin".to_owned(), "support_overdue")),
            _ => None,
        }
    });
    told.map(|(recipient, kind)| Notice {
        recipient,
        id: ids.text(now),
        kind: kind.to_owned(),
        order: one.desk.to_string(),
        case: None,
        amount_minor: None,
        currency: String::new(),
        due: one.state.due().map(|due| due.too_late_from),
        at: now,
        read_at: None,
    })
    .collect()
}
