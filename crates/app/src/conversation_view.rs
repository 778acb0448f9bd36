//! Conversations with support, as each side sees them.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::conversation::Side;
use crate::errors::{AppError, Result};
use crate::inputs::Page;
use crate::lookup::Lookup;
use crate::order_view::{masked_name, may};
use crate::principal::Principal;
use crate::text;
use crate::thread::mark_view;
use crate::views::{
    CaseSummary, ConversationMessage, ConversationSummary, ConversationView, DueView, Listing, MoneyView, ProgressView,
    When,
};
use std::collections::HashMap;
use yuanlu_domain::Party;
use yuanlu_domain::conversation::{Conversation, ConversationEvent, ConversationState, Progress, Voice};
use yuanlu_domain::desk::{DeskEvent, DeskFile};
use yuanlu_domain::event::Entry;
use yuanlu_domain::ids::{DeskId, PersonalId};
use yuanlu_domain::time::Instant;
use yuanlu_domain::turn::Who;
use yuanlu_money::Currency;
use yuanlu_storage::aggregate::{Kind, Stored};
use yuanlu_storage::order_file::Cursor;
use yuanlu_storage::refund_case::Listed;
use yuanlu_storage::{Reader, desk, journal, personal, refund_case};

/// Refunds of one person shown beside a conversation.
const MOST_CASES: u32 = 20;

impl App {
    pub(crate) fn show_conversation(&self, who: &Principal, id: &DeskId, side: Side) -> Result<ConversationView> {
        let hours = self.support_hours()?;
        self.db().snapshot(|db| {
            let stored = desk::find(db, id)?.ok_or(AppError::NotFound)?;
            let one = Conversation::of_desk(&stored.aggregate).ok_or(AppError::NotFound)?;
            let rows = refunds_of(db, one)?;
            let page = Page { cursor: None, limit: Some(MOST_CASES) };
            let cases = self.case_listing(db, who, rows, &page, |row| row.case.to_string())?.items;
            Ok(ConversationView {
                messages: messages(db, id, side, self.now())?,
                actions: actions(who, one, side, &cases),
                // A stranger is shown nothing of what only the owner of an order may see.
                cases: if side == Side::Asker && one.asker.is_none() { Vec::new() } else { cases },
                hours,
                summary: self.conversation_summary(db, &mut Lookup::default(), one, side)?,
            })
        })
    }

    pub(crate) fn conversation_summary(
        &self,
        db: &Reader<'_>,
        lookup: &mut Lookup,
        one: &Conversation,
        side: Side,
    ) -> Result<ConversationSummary> {
        let now = self.now();
        let late = matches!(one.state, ConversationState::AwaitingSupport { escalations: 1.., .. });
        let staff = side == Side::Support;
        let asker_name = match one.asker.as_ref().and_then(Party::account) {
            Some(account) if staff => Some(masked_name(&lookup.login(db, account)?)),
            _ => None,
        };
        let claim = one.claim.as_ref().filter(|_| staff);
        Ok(ConversationSummary {
            conversation: one.desk.to_string(),
            asker: match &one.asker {
                Some(Party::Account(_)) => "account",
                Some(Party::Guest(_) | Party::Shop { .. }) => "guest",
                None => "stranger",
            },
            asker_name,
            order: one.about.as_ref().map(ToString::to_string),
            state: one.state.code(),
            turn_who: one.timer().map(|timer| if timer.who == Who::Admin { Who::Support } else { timer.who }.code()),
            due: one.state.due().map(DueView::from),
            overdue: late || one.state.due().is_some_and(|due| due.is_over(now)),
            messages: one.messages,
            opened_at: one.opened_at.into(),
            last_at: one.last_at.into(),
            ended: match &one.state {
                ConversationState::Ended { how, .. } => Some(how.code()),
                ConversationState::AwaitingSupport { .. } | ConversationState::AwaitingAsker { .. } => None,
            },
            claimed_by: claim.map(|claim| lookup.login(db, &claim.by)).transpose()?,
        })
    }

    pub(crate) fn conversation_listing(
        &self,
        db: &Reader<'_>,
        side: Side,
        found: Vec<Stored<DeskFile>>,
        page: &Page,
        cursor: impl Fn(&Conversation) -> String,
    ) -> Result<Listing<ConversationSummary>> {
        let all = found.iter().filter_map(|stored| Conversation::of_desk(&stored.aggregate));
        let mut found: Vec<&Conversation> = all.collect();
        let next = text::cut(&mut found, page, |one| cursor(one));
        let mut lookup = Lookup::default();
        let items = found.iter().map(|one| self.conversation_summary(db, &mut lookup, one, side));
        Ok(Listing { items: items.collect::<Result<_>>()?, next })
    }
}

/// The asker's refunds; of a stranger, those of the orders he has shown to know.
fn refunds_of(db: &Reader<'_>, one: &Conversation) -> Result<Vec<Listed>> {
    if let Some(asker) = &one.asker {
        return Ok(refund_case::list_of_buyer(db, &asker.to_string(), &Cursor::start(), MOST_CASES)?);
    }
    let mut rows = Vec::new();
    for order in &one.shown {
        rows.extend(refund_case::list_of_order(db, order)?);
    }
    rows.reverse();
    rows.truncate(MOST_CASES as usize);
    Ok(rows)
}

fn actions(who: &Principal, one: &Conversation, side: Side, cases: &[CaseSummary]) -> Vec<&'static str> {
    let open = one.state.is_open();
    let own = one.asker.as_ref().and_then(Party::account);
    let support = side == Side::Support
        && may(who, Action::AnswerSupport, &Object::Nothing)
        && (own.is_none() || own != who.account());
    let asker = side == Side::Asker;
    let claimed = one.claim.as_ref().is_some_and(|claim| who.account() == Some(&claim.by));
    [
        ("say", open && (asker || support)),
        ("progress", open && (asker || support) && !cases.is_empty() && !(asker && one.asker.is_none())),
        ("show_payment", open && asker && one.asker.is_none()),
        ("claim", open && support && !claimed),
        ("end", open && (asker || support)),
    ]
    .into_iter()
    .filter_map(|(action, allowed)| allowed.then_some(action))
    .collect()
}

fn messages(db: &Reader<'_>, id: &DeskId, side: Side, now: Instant) -> Result<Vec<ConversationMessage>> {
    let texts: HashMap<PersonalId, String> = personal::list(db, Kind::Desk, id.as_str())?.into_iter().collect();
    let mut messages: Vec<ConversationMessage> = Vec::new();
    for line in journal::list(db, Kind::Desk, id.as_str())? {
        let entry: Entry<DeskEvent> = serde_json::from_str(&line.body).map_err(|_| AppError::Unavailable)?;
        for event in &entry.events {
            let DeskEvent::Conversation(event) = event else { continue };
            let (by, text, marks, progress) = match event {
                ConversationEvent::Said { voice, words, .. } => (
                    voice.code(),
                    texts.get(&words.text.id).cloned(),
                    words.marks.iter().map(|mark| mark_view(mark, now)).collect(),
                    None,
                ),
                ConversationEvent::ProgressSent { voice, progress, .. } => {
                    let by = if *voice == Voice::Support { voice.code() } else { "program" };
                    (by, None, Vec::new(), Some(progress_view(progress)))
                }
                _ => continue,
            };
            messages.push(ConversationMessage {
                no: u32::try_from(messages.len() + 1).unwrap_or(u32::MAX),
                at: entry.at.into(),
                by,
                own: match side {
                    Side::Asker => by == Voice::Asker.code(),
                    Side::Support => by == Voice::Support.code(),
                },
                text,
                marks,
                progress,
            });
        }
    }
    Ok(messages)
}

pub(crate) fn progress_view(progress: &Progress) -> ProgressView {
    let money = |minor: fn(&yuanlu_domain::conversation::Sums) -> i64| {
        let sums = progress.sums.as_ref()?;
        Some(MoneyView::new(minor(sums), Currency::parse(&sums.currency).ok()?))
    };
    ProgressView {
        case: progress.case.to_string(),
        as_of: progress.as_of.into(),
        state: progress.state.clone(),
        point: progress.point.code(),
        who: progress.who.map(Who::code),
        next: progress.next.map(|next| next.plus_micros(-1).into()),
        expected_at: progress.expected_at.map(|at| at.plus_micros(-1).into()),
        arrived_at: progress.arrived_at.map(When),
        claimed: money(|sums| sums.claimed_minor),
        approved: money(|sums| sums.approved_minor),
        credited: money(|sums| sums.credited_minor),
        certificate: progress.sums.as_ref().is_some_and(|sums| sums.certificate),
    }
}
