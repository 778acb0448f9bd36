//! Conversations with support: anybody asks, staff answers, the program says at once how a refund stands (S22).

use super::Draft;
use crate::actor::{Actor, Role};
use crate::conversation::{
    Conversation, ConversationAct, ConversationEvent, ConversationState, Ending, MOST_MESSAGES, Progress, Voice, Words,
};
use crate::desk::DeskEvent;
use crate::ids::{AccountId, DeskId, OrderId};
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::support_hours::SupportHours;

impl Draft<'_, '_> {
    pub(super) fn conversation_act(&mut self, desk: &DeskId, act: &ConversationAct) -> Result<(), Refusal> {
        match act {
            ConversationAct::Open { about, hours, words, progress } => {
                self.open_conversation(desk, about.as_ref(), hours, words.as_ref(), progress.as_deref())
            }
            ConversationAct::Say { words } => self.say_in_conversation(words),
            ConversationAct::SendProgress { progress } => self.send_progress(progress),
            ConversationAct::Claim => {
                let by = self.support()?;
                self.emit_conversation(ConversationEvent::Claimed { by })
            }
            ConversationAct::End => self.end_conversation(),
            ConversationAct::Wake { subject } => self.wake_conversation(subject),
        }
    }

    fn conversation(&self) -> Result<&Conversation, Refusal> {
        self.desk.as_ref().and_then(Conversation::of_desk).ok_or(Refusal::NotFound)
    }

    fn emit_conversation(&mut self, event: ConversationEvent) -> Result<(), Refusal> {
        self.emit_desk(DeskEvent::Conversation(event))
    }

    fn open_conversation(
        &mut self,
        desk: &DeskId,
        about: Option<&OrderId>,
        hours: &SupportHours,
        words: Option<&Words>,
        progress: Option<&Progress>,
    ) -> Result<(), Refusal> {
        let asker = match self.by {
            Actor::Buyer { party } => Some(party.clone()),
            Actor::Reporter { account: None } => None,
            _ => return Err(Refusal::NotYours),
        };
        if self.desk.is_some() {
            return Err(Refusal::AlreadyExists);
        }
        if words.is_none() && progress.is_none() {
            return Err(Refusal::Missing { field: "text" });
        }
        let due = hours.idle_until(self.cx.calendar, self.cx.now);
        let hours = hours.clone();
        self.emit_conversation(ConversationEvent::Opened {
            desk: desk.clone(),
            asker,
            about: about.cloned(),
            hours,
            due,
        })?;
        if let Some(words) = words {
            self.say_in_conversation(words)?;
        }
        progress.map_or(Ok(()), |progress| self.send_progress(progress))
    }

    /// Whose voice this is, where he may still use it.
    fn voice(&self) -> Result<Voice, Refusal> {
        let conversation = self.conversation()?;
        let voice = if conversation.is_asker(self.by) {
            Voice::Asker
        } else {
            self.support()?;
            Voice::Support
        };
        if !conversation.state.is_open() {
            return Err(Refusal::WrongState { state: conversation.state.code() });
        }
        if conversation.messages >= MOST_MESSAGES {
            return Err(Refusal::NoRoom { most: MOST_MESSAGES });
        }
        Ok(voice)
    }

    fn say_in_conversation(&mut self, words: &Words) -> Result<(), Refusal> {
        let voice = self.voice()?;
        self.take_to_answer(voice)?;
        let hours = &self.conversation()?.hours;
        let due = match voice {
            Voice::Asker => hours.answer_due(self.cx.calendar, self.cx.now),
            Voice::Support => hours.idle_until(self.cx.calendar, self.cx.now),
        };
        self.emit_conversation(ConversationEvent::Said { voice, words: words.clone(), due })
    }

    /// Whoever of staff answers has taken it.
    fn take_to_answer(&mut self, voice: Voice) -> Result<(), Refusal> {
        if voice == Voice::Asker {
            return Ok(());
        }
        let by = self.support()?;
        match &self.conversation()?.claim {
            Some(claim) if claim.by == by => Ok(()),
            _ => self.emit_conversation(ConversationEvent::Claimed { by }),
        }
    }

    /// What the program says when asked leaves a question open that support still has to answer. To a stranger nothing
    /// is said of amounts, and staff says nothing of orders that he has not shown to know.
    fn send_progress(&mut self, progress: &Progress) -> Result<(), Refusal> {
        let voice = self.voice()?;
        let conversation = self.conversation()?;
        if conversation.asker.is_none() {
            let order = progress.case.parts().map(|(order, _)| order).ok_or(Refusal::NotFound)?;
            if progress.sums.is_some() || (voice == Voice::Support && !conversation.shown.contains(&order)) {
                return Err(Refusal::NotYours);
            }
        }
        let answers = voice == Voice::Support || matches!(conversation.state, ConversationState::AwaitingAsker { .. });
        let due = answers.then(|| conversation.hours.idle_until(self.cx.calendar, self.cx.now));
        self.take_to_answer(voice)?;
        self.emit_conversation(ConversationEvent::ProgressSent { voice, progress: Box::new(progress.clone()), due })
    }

    fn end_conversation(&mut self) -> Result<(), Refusal> {
        let conversation = self.conversation()?;
        let how = if conversation.is_asker(self.by) {
            Ending::Asker
        } else {
            self.support()?;
            Ending::Support
        };
        if !conversation.state.is_open() {
            return Err(Refusal::WrongState { state: conversation.state.code() });
        }
        self.emit_conversation(ConversationEvent::Ended { how })
    }

    /// A person of support or an administrator, who does not ask himself; not while a colleague is at it.
    fn support(&self) -> Result<AccountId, Refusal> {
        let conversation = self.conversation()?;
        let Actor::Staff { account, role: Role::Support | Role::Admin } = self.by else {
            return Err(Refusal::NotYours);
        };
        if conversation.asker.as_ref().and_then(|asker| asker.account()) == Some(account) {
            return Err(Refusal::Conflicted);
        }
        let idle = i64::from(self.cx.policy.parameters().claim_idle_minutes);
        match &conversation.claim {
            Some(claim) if claim.by != *account && self.cx.now < claim.at.plus_minutes(idle) => {
                Err(Refusal::ClaimedByOther)
            }
            _ => Ok(account.clone()),
        }
    }

    /// Support's silence is escalated, the asker's ends it.
    fn wake_conversation(&mut self, subject: &Subject) -> Result<(), Refusal> {
        let conversation = self.conversation()?;
        let due = conversation.timer().filter(|timer| timer.subject == *subject && timer.due <= self.cx.now);
        if *self.by != Actor::Program || due.is_none() {
            return Err(Refusal::NothingDue);
        }
        match &conversation.state {
            ConversationState::AwaitingSupport { escalations, .. } => {
                let due = conversation.hours.reminder_due(self.cx.calendar, self.cx.now, *escalations);
                self.emit_conversation(ConversationEvent::Escalated { due })
            }
            ConversationState::AwaitingAsker { .. } => {
                self.emit_conversation(ConversationEvent::Ended { how: Ending::Silence })
            }
            ConversationState::Ended { .. } => Err(Refusal::NothingDue),
        }
    }
}
