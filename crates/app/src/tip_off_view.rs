//! Tip-offs as their reporter and as risk see them. Nobody is shown who made one.

use crate::app::App;
use crate::authorize::Action;
use crate::errors::{AppError, Result};
use crate::evidence_view::evidence_views_for;
use crate::lookup::Lookup;
use crate::order_view::may;
use crate::principal::Principal;
use crate::timeline::side;
use crate::tip_off::{Side, object, of_desk};
use crate::views::{DueView, TimelineStep, TipOffSummary, TipOffView};
use std::collections::{BTreeMap, HashMap};
use yuanlu_domain::calendar::Deadline;
use yuanlu_domain::case::PersonalRef;
use yuanlu_domain::desk::DeskEvent;
use yuanlu_domain::event::Entry;
use yuanlu_domain::ids::{DeskId, OrderId, PersonalId};
use yuanlu_domain::tip_off::{About, MOST_ADDITIONS, TipOff, TipOffEvent, TipOffState};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::{Read, Reader, desk, evidence, journal, personal, product};

type Texts = HashMap<PersonalId, String>;

impl App {
    pub(crate) fn show_tip_off(&self, who: &Principal, id: &DeskId, side: Side) -> Result<TipOffView> {
        self.db().snapshot(|db| {
            let tip_off = desk::find(db, id)?.and_then(of_desk).ok_or(AppError::NotFound)?;
            let texts: Texts = personal::list(db, Kind::Desk, id.as_str())?.into_iter().collect();
            let said = |reference: &PersonalRef| texts.get(&reference.id).cloned();
            let mut lookup = Lookup::default();
            let accused = match side {
                Side::Staff => tip_off.about.accused(),
                Side::Reporter => &[],
            };
            let accused = accused.iter().map(|account| lookup.login(db, account)).collect::<Result<_>>()?;
            let files = evidence::list(db, &OrderId::from(id.as_str()))?;
            Ok(TipOffView {
                subject_id: match &tip_off.about {
                    About::Product { product, .. } => Some(product.to_string()),
                    About::Seller { seller } => Some(seller.to_string()),
                    About::Staff { .. } => None,
                },
                words: said(&tip_off.words),
                added: tip_off.added.iter().filter_map(said).collect(),
                asked: tip_off.asked.as_ref().and_then(said),
                answer: match &tip_off.state {
                    TipOffState::Decided { words, .. } => words.as_ref().and_then(said),
                    TipOffState::AtRisk { .. } | TipOffState::AwaitingReporter { .. } => None,
                },
                evidence: evidence_views_for(db, who, &files)?,
                accused,
                timeline: timeline(db, &mut lookup, &tip_off, &texts, side)?,
                actions: actions(who, &tip_off, side),
                summary: self.tip_off_summary(db, &tip_off, side)?,
            })
        })
    }

    pub(crate) fn tip_off_summary(&self, db: &Reader<'_>, tip_off: &TipOff, side: Side) -> Result<TipOffSummary> {
        let mut lookup = Lookup::default();
        let now = self.now();
        let subject = match &tip_off.about {
            About::Product { product, .. } => {
                product::find(db, product)?.map_or_else(|| product.to_string(), |found| found.page.title)
            }
            About::Seller { seller } => lookup.seller(db, seller)?.name,
            About::Staff { named, .. } => personal::find(db, &named.id)?.unwrap_or_default(),
        };
        let (due, escalated, claim, outcome, decided_at) = match &tip_off.state {
            TipOffState::AtRisk { due, escalations, claim } => {
                (Some(due), *escalations > 0, claim.as_ref(), None, None)
            }
            TipOffState::AwaitingReporter { due } => (Some(due), false, None, None, None),
            TipOffState::Decided { outcome, at, .. } => (None, false, None, Some(outcome.code()), Some(*at)),
        };
        let claim = claim.filter(|_| side == Side::Staff);
        Ok(TipOffSummary {
            tip_off: tip_off.desk.to_string(),
            about: tip_off.about.code(),
            subject,
            concern: tip_off.concern.code(),
            state: tip_off.state.code(),
            turn_who: tip_off.timer().map(|timer| timer.who.code()),
            due: due.map(DueView::from),
            overdue: escalated || due.is_some_and(|due| due.is_over(now)),
            outcome,
            filed_at: tip_off.filed_at.into(),
            decided_at: decided_at.map(Into::into),
            claimed_by: claim.map(|claim| lookup.login(db, &claim.by)).transpose()?,
        })
    }
}

/// What the asker may do now.
fn actions(who: &Principal, tip_off: &TipOff, side: Side) -> Vec<&'static str> {
    let at_risk = matches!(tip_off.state, TipOffState::AtRisk { .. });
    let judges = side == Side::Staff && at_risk && may(who, Action::JudgeTipOff, &object(tip_off));
    let adds = side == Side::Reporter && tip_off.state.is_open() && (tip_off.additions as usize) < MOST_ADDITIONS;
    let claimed =
        matches!(&tip_off.state, TipOffState::AtRisk { claim: Some(claim), .. } if who.account() == Some(&claim.by));
    let about_staff = matches!(tip_off.about, About::Staff { .. });
    [
        ("add", adds),
        ("claim", judges && !claimed),
        ("decide", judges),
        ("ask", judges && tip_off.asked.is_none()),
        ("name", judges && about_staff),
    ]
    .into_iter()
    .filter_map(|(action, allowed)| allowed.then_some(action))
    .collect()
}

fn timeline(
    db: &Reader<'_>,
    lookup: &mut Lookup,
    tip_off: &TipOff,
    texts: &Texts,
    seen_by: Side,
) -> Result<Vec<TimelineStep>> {
    let mut steps = Vec::new();
    for line in journal::list(db, Kind::Desk, tip_off.desk.as_str())? {
        let entry: Entry<DeskEvent> = serde_json::from_str(&line.body).map_err(|_| AppError::Unavailable)?;
        for event in &entry.events {
            let DeskEvent::TipOff(event) = event else { continue };
            if let Some((code, params, words)) = describe(db, lookup, event, seen_by)? {
                steps.push(TimelineStep {
                    at: entry.at.into(),
                    by: if follows_from_rules(event) { "program" } else { side(&entry.by) },
                    code,
                    params,
                    words: words.and_then(|reference| texts.get(&reference.id).cloned()),
                });
            }
        }
    }
    Ok(steps)
}

fn follows_from_rules(event: &TipOffEvent) -> bool {
    matches!(event, TipOffEvent::Resumed { .. })
}

type Described<'e> = (&'static str, BTreeMap<&'static str, String>, Option<&'e PersonalRef>);

fn describe<'e>(
    db: &impl Read,
    lookup: &mut Lookup,
    event: &'e TipOffEvent,
    side: Side,
) -> Result<Option<Described<'e>>> {
    let until = |due: &Deadline| BTreeMap::from([("due", due.last_instant().minute_text())]);
    Ok(Some(match event {
        TipOffEvent::Filed { words, due, .. } => ("tip_off_filed", until(due), Some(words)),
        TipOffEvent::Added { words, .. } => ("tip_off_added", BTreeMap::new(), words.as_ref()),
        TipOffEvent::Resumed { due } => ("tip_off_resumed", until(due), None),
        TipOffEvent::MoreAsked { words, due } => ("tip_off_more_asked", until(due), Some(words)),
        TipOffEvent::Escalated { due } => ("tip_off_escalated", until(due), None),
        TipOffEvent::Decided { outcome, words } => {
            let params = BTreeMap::from([("tip_off_outcome", outcome.code().to_owned())]);
            ("tip_off_decided", params, words.as_ref())
        }
        TipOffEvent::Claimed { by } => match side {
            Side::Staff => ("tip_off_claimed_by", BTreeMap::from([("name", lookup.login(db, by)?)]), None),
            Side::Reporter => ("tip_off_claimed", BTreeMap::new(), None),
        },
        TipOffEvent::Named { account } => match side {
            Side::Staff => ("tip_off_named", BTreeMap::from([("name", lookup.login(db, account)?)]), None),
            Side::Reporter => return Ok(None),
        },
    }))
}
