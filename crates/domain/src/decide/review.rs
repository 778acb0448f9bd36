//! Reviews: written once, answered once, hidden by a person for a published reason, judged by another.

use super::Draft;
use crate::actor::{Actor, Role};
use crate::desk::{DeskEvent, DeskFile};
use crate::ids::{AccountId, DeskId};
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::review::{MOST_STARS, Review, ReviewAct, ReviewEvent, ReviewOf, ReviewState};

impl Draft<'_, '_> {
    pub(super) fn review_act(&mut self, desk: &DeskId, act: &ReviewAct) -> Result<(), Refusal> {
        match act {
            ReviewAct::Write { of, order, seller, stars, words } => {
                let Actor::Buyer { party } = self.by else { return Err(Refusal::NotYours) };
                if self.desk.is_some() {
                    return Err(Refusal::OnlyOnce);
                }
                if *stars == 0 || *stars > MOST_STARS {
                    return Err(Refusal::Missing { field: "stars" });
                }
                self.emit_review(ReviewEvent::Written {
                    desk: desk.clone(),
                    of: of.clone(),
                    order: order.clone(),
                    seller: seller.clone(),
                    writer: party.clone(),
                    stars: *stars,
                    words: words.clone(),
                })
            }
            ReviewAct::Reply { words } => {
                let review = self.review()?;
                let goods = matches!(review.of, ReviewOf::Goods { .. });
                match self.by {
                    Actor::Seller { seller, .. } if *seller == review.seller && goods => {}
                    // The service is the platform's own, and so is the answer.
                    Actor::Staff { account, role: Role::Support | Role::Admin } if !goods => {
                        if review.writer.account() == Some(account) {
                            return Err(Refusal::Conflicted);
                        }
                    }
                    _ => return Err(Refusal::NotYours),
                }
                if review.reply.is_some() {
                    return Err(Refusal::OnlyOnce);
                }
                self.emit_review(ReviewEvent::Replied { words: words.clone() })
            }
            ReviewAct::Hide { ground, words } => {
                self.review_judge()?;
                match self.review()?.state {
                    ReviewState::Shown => {}
                    // Somebody looked at it already, and it is to be seen.
                    ReviewState::Restored => return Err(Refusal::OnlyOnce),
                    ref state => return Err(Refusal::WrongState { state: state.code() }),
                }
                let days = self.cx.policy.parameters().appeal_working_days;
                let appeal_until = self.cx.calendar.working_days_after(self.cx.now, days);
                self.emit_review(ReviewEvent::Hidden { ground: *ground, words: words.clone(), appeal_until })
            }
            ReviewAct::Appeal { words } => {
                let review = self.review()?;
                match self.by {
                    Actor::Buyer { party } if review.is_writer(party) => {}
                    _ => return Err(Refusal::NotFound),
                }
                match &review.state {
                    ReviewState::Hidden { appeal_until } if self.cx.now < appeal_until.too_late_from => {}
                    ReviewState::Hidden { appeal_until } => {
                        return Err(Refusal::TooLate { since: appeal_until.too_late_from });
                    }
                    ReviewState::Appealed { .. } | ReviewState::KeptHidden => return Err(Refusal::OnlyOnce),
                    state => return Err(Refusal::WrongState { state: state.code() }),
                }
                let days = self.cx.policy.parameters().complaint_decision_working_days;
                let due = self.cx.calendar.working_days_after(self.cx.now, days);
                self.emit_review(ReviewEvent::Appealed { words: words.clone(), due })
            }
            ReviewAct::Judge { keep, words } => {
                let account = self.review_judge()?;
                let review = self.review()?;
                let hidden = matches!(review.state, ReviewState::Hidden { .. } | ReviewState::Appealed { .. });
                if !hidden || (*keep && !matches!(review.state, ReviewState::Appealed { .. })) {
                    return Err(Refusal::WrongState { state: review.state.code() });
                }
                // Whoever hid it may change his mind in the writer's favour, never confirm himself.
                if *keep && review.hiding.as_ref().is_some_and(|hiding| hiding.by == account) {
                    return Err(Refusal::Conflicted);
                }
                self.emit_review(match keep {
                    true => ReviewEvent::Kept { words: words.clone() },
                    false => ReviewEvent::Restored { words: Some(words.clone()) },
                })
            }
            ReviewAct::Wake { subject } => self.wake_review(subject),
        }
    }

    fn review(&self) -> Result<&Review, Refusal> {
        match &self.desk {
            Some(DeskFile::Review(review)) => Ok(review),
            _ => Err(Refusal::NotFound),
        }
    }

    /// A person who judges conduct, and has not written the review himself.
    fn review_judge(&self) -> Result<AccountId, Refusal> {
        let Actor::Staff { account, role: Role::Risk | Role::SeniorReviewer | Role::Admin } = self.by else {
            return Err(Refusal::NotYours);
        };
        match self.review()?.writer.account() == Some(account) {
            true => Err(Refusal::Conflicted),
            false => Ok(account.clone()),
        }
    }

    /// Nobody answered the appeal: the review is seen again.
    fn wake_review(&mut self, subject: &Subject) -> Result<(), Refusal> {
        let due = self.review()?.timer().filter(|timer| timer.subject == *subject && timer.due <= self.cx.now);
        if *self.by != Actor::Program || due.is_none() {
            return Err(Refusal::NothingDue);
        }
        self.emit_review(ReviewEvent::Restored { words: None })
    }

    fn emit_review(&mut self, event: ReviewEvent) -> Result<(), Refusal> {
        self.emit_desk(DeskEvent::Review(event))
    }
}
