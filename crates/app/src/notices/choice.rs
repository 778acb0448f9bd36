//! What people want to be told, by which way, and when not.

use crate::app::App;
use crate::errors::{AppError, Result};
use crate::inputs::ChoicesInput;
use crate::principal::Principal;
use crate::views::{ChoicesView, TopicView};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use yuanlu_domain::ids::AccountId;
use yuanlu_notify::quiet::{Quiet, ZONE, minute_text, read_minute};
use yuanlu_notify::{Topic, Way};
use yuanlu_storage::{Read, notice_choice};

/// What somebody chose, as it is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Choice {
    /// By topic; what is absent goes the usual way.
    #[serde(default)]
    pub(super) ways: BTreeMap<Topic, Vec<Way>>,
    /// Quiet hours.
    #[serde(default)]
    pub(super) quiet: Option<Quiet>,
}

impl Choice {
    pub(super) fn of(db: &impl Read, account: &AccountId) -> Result<Self> {
        let text = notice_choice::find(db, account)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    pub(super) fn about(&self, topic: Topic) -> Option<&[Way]> {
        self.ways.get(&topic).map(Vec::as_slice)
    }
}

impl App {
    /// What one chose.
    pub fn notice_choices(&self, who: &Principal) -> Result<ChoicesView> {
        let person = who.person().ok_or(AppError::NotSignedIn)?;
        let choice = self.db().read(|db| Choice::of(db, &person.account))?;
        let there = self.contact_ways();
        let shown = Topic::CHOSEN.into_iter().filter(|topic| match topic {
            Topic::Desk => person.is_staff(),
            Topic::Digest => person.seller.is_some(),
            _ => true,
        });
        let topics = shown.map(|topic| TopicView {
            topic: topic.code(),
            must_reach: topic.must_reach(),
            ways: yuanlu_notify::topic::ways(topic, choice.about(topic), &there).iter().map(|way| way.code()).collect(),
        });
        Ok(ChoicesView {
            topics: topics.collect(),
            ways: there.iter().map(|way| way.code()).collect(),
            quiet_from: choice.quiet.as_ref().map(|quiet| minute_text(quiet.from())),
            quiet_until: choice.quiet.as_ref().map(|quiet| minute_text(quiet.until())),
            zone: choice.quiet.as_ref().map_or(ZONE, Quiet::zone).to_owned(),
        })
    }

    /// Sets what one wants to be told.
    pub fn choose_notices(&self, who: &Principal, input: &ChoicesInput) -> Result<ChoicesView> {
        let account = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let mut ways = BTreeMap::new();
        for (topic, chosen) in &input.topics {
            let topic = Topic::parse(topic).ok_or(AppError::invalid("topics", "unknown"))?;
            let chosen = chosen.iter().map(|way| Way::parse(way).filter(|way| *way != Way::Webhook));
            let chosen = chosen.collect::<Option<Vec<_>>>().ok_or(AppError::invalid("topics", "unknown"))?;
            if topic.must_reach() && chosen.is_empty() {
                return Err(AppError::invalid("topics", "must_reach"));
            }
            ways.insert(topic, chosen);
        }
        let given =
            |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let zone = given(&input.zone).unwrap_or_else(|| ZONE.to_owned());
        let quiet = match (given(&input.quiet_from), given(&input.quiet_until)) {
            (None, None) => None,
            (Some(from), Some(until)) => {
                let from = read_minute(&from).ok_or(AppError::invalid("quiet_from", "unreadable"))?;
                let until = read_minute(&until).ok_or(AppError::invalid("quiet_until", "unreadable"))?;
                if from == until {
                    return Err(AppError::invalid("quiet_until", "same"));
                }
                Some(Quiet::new(from, until, &zone).ok_or(AppError::invalid("zone", "unknown"))?)
            }
            (Some(_), None) => return Err(AppError::invalid("quiet_until", "required")),
            (None, Some(_)) => return Err(AppError::invalid("quiet_from", "required")),
        };
        let text = serde_json::to_string(&Choice { ways, quiet }).map_err(|_| AppError::Unavailable)?;
        self.write(move |tx, now| Ok(notice_choice::put(tx, &account, &text, now)?))?;
        self.notice_choices(who)
    }
}
