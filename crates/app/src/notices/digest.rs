//! Once a day each shop is told what waits for it.

use super::choice::Choice;
use super::message::Sealed as Payload;
use crate::app::App;
use crate::errors::{AppError, Result};
use yuanlu_domain::time::Instant;
use yuanlu_notify::{Topic, Way, topic};
use yuanlu_storage::{account, contact, dispatch, refund_case, seller};

/// Cases counted of one shop.
const MOST_CASES: u32 = 500;

impl App {
    /// Sends the digest of a day to every shop that has something to answer; how many people. Nothing is sent where there
    /// is no mail.
    pub fn send_digests(&self, now: Instant) -> Result<usize> {
        if self.config().notify.mail.is_none() {
            return Ok(0);
        }
        let day = now.date_text();
        let mark = format!("digest:{day}");
        if self.db().read(|db| yuanlu_storage::setting::find(db, "digest"))?.as_deref() == Some(mark.as_str()) {
            return Ok(0);
        }
        let mut new = Vec::new();
        for shop in self.db().read(|db| seller::list(db))? {
            let waiting = self.db().read(|db| refund_case::queue_of_seller(db, shop.id.as_str(), MOST_CASES))?;
            if waiting.is_empty() {
                continue;
            }
            let first = waiting.iter().filter_map(|row| row.turn_due).min();
            for person in self.db().read(|db| account::of_seller(db, &shop.id))? {
                let (choice, contacts) = self
                    .db()
                    .snapshot(|db| Ok::<_, AppError>((Choice::of(db, &person)?, contact::list(db, &person)?)))?;
                let Some(to) = contacts.into_iter().find(|contact| contact.way == Way::Mail.code()) else { continue };
                if topic::ways(Topic::Digest, choice.about(Topic::Digest), &[Way::Mail]).is_empty() {
                    continue;
                }
                let values = [("shop", shop.name.clone()), ("waiting", waiting.len().to_string())];
                let payload = Payload::new("", &values);
                let mut one = self.own_message(&person, Way::Mail, "digest", &payload, &to.address.hint)?;
                one.until = first;
                one.due = choice.quiet.as_ref().map_or(one.due, |quiet| quiet.not_before(now));
                new.push(one);
            }
        }
        let count = new.len();
        self.write(move |tx, now| {
            for one in &new {
                dispatch::insert(tx, one)?;
            }
            Ok(yuanlu_storage::setting::put(tx, "digest", &mark, now)?)
        })?;
        Ok(count)
    }
}
