//! Admissions of sellers as applicants and staff see them.

use crate::admission::{Identity, agreements};
use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::evidence_view::evidence_views_for;
use crate::lookup::Lookup;
use crate::order_view::may;
use crate::principal::Principal;
use crate::timeline::side;
use crate::views::{AdmissionSummary, AdmissionView, DueView, IdentityView, TimelineStep};
use std::collections::{BTreeMap, HashMap};
use yuanlu_domain::admission::{Admission, AdmissionEvent, AdmissionState};
use yuanlu_domain::calendar::Deadline;
use yuanlu_domain::case::PersonalRef;
use yuanlu_domain::desk::DeskEvent;
use yuanlu_domain::event::Entry;
use yuanlu_domain::ids::{OrderId, PersonalId};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::{Read, Reader, evidence, journal, personal};

impl App {
    pub(crate) fn show_admission(&self, who: &Principal, admission: &Admission) -> Result<AdmissionView> {
        self.db().snapshot(|db| {
            let id = admission.desk.as_str();
            let texts: HashMap<PersonalId, String> = personal::list(db, Kind::Desk, id)?.into_iter().collect();
            let said = |reference: &PersonalRef| texts.get(&reference.id).cloned();
            let mut files = evidence::list(db, &OrderId::from(id))?;
            files.retain(|file| admission.petition.evidence.iter().any(|named| named.id == file.id));
            let (deposit, words, mend, seller) = match &admission.state {
                AdmissionState::AwaitingDeposit { deposit, .. } => (Some(*deposit), None, None, None),
                AdmissionState::Rejected { words, mend, .. } => (None, said(words), said(mend), None),
                AdmissionState::Admitted { seller, .. } => (None, None, None, Some(seller)),
                _ => (None, None, None, None),
            };
            let mut lookup = Lookup::default();
            Ok(AdmissionView {
                identity: self.identity(db, &admission.petition.identity)?.map(masked),
                goods: said(&admission.petition.goods),
                evidence: evidence_views_for(db, who, &files)?,
                agreements: agreements(db, &admission.petition.agreements)?,
                deposit: deposit.map(Into::into),
                words,
                mend,
                seller: seller.map(|seller| lookup.seller(db, seller)).transpose()?,
                timeline: timeline(db, admission, &texts)?,
                actions: actions(who, admission),
                summary: self.admission_summary(db, admission)?,
            })
        })
    }

    pub(crate) fn admission_summary(&self, db: &Reader<'_>, admission: &Admission) -> Result<AdmissionSummary> {
        let (due, escalated) = match &admission.state {
            AdmissionState::AtStaff { due, escalations } => (Some(due), *escalations > 0),
            AdmissionState::AwaitingDeposit { due, .. } => (Some(due), false),
            _ => (None, false),
        };
        Ok(AdmissionSummary {
            admission: admission.desk.to_string(),
            login: Lookup::default().login(db, &admission.applicant)?,
            shop: personal::find(db, &admission.petition.shop.id)?.unwrap_or_default(),
            form: admission.petition.form.code(),
            state: admission.state.code(),
            turn_who: admission.timer().map(|timer| timer.who.code()),
            due: due.map(DueView::from),
            overdue: escalated || due.is_some_and(|due| due.is_over(self.now())),
            applied_at: admission.applied_at.into(),
            ended_at: admission.state.ended_at().map(Into::into),
            applications: admission.applications,
        })
    }
}

/// The name is needed for deciding; of number and contact as much as tells them apart.
fn masked(identity: Identity) -> IdentityView {
    IdentityView { name: identity.name, number: hidden(&identity.number), contact: hidden(&identity.contact) }
}

fn hidden(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let shown = (letters.len() / 4).min(3);
    let (begin, end) = (&letters[..shown], &letters[letters.len() - shown..]);
    begin.iter().chain("****".chars().collect::<Vec<_>>().iter()).chain(end).collect()
}

/// What the asker may do now; the decision asks again.
fn actions(who: &Principal, admission: &Admission) -> Vec<&'static str> {
    let own = who.account() == Some(&admission.applicant);
    let at_staff = matches!(admission.state, AdmissionState::AtStaff { .. });
    let awaited = matches!(admission.state, AdmissionState::AwaitingDeposit { .. });
    let judges = !own && may(who, Action::JudgeAdmission, &Object::Nothing);
    let finance = !own && may(who, Action::ManageFunds, &Object::Nothing);
    [
        ("apply", own && admission.state.can_apply_again()),
        ("add", own && at_staff),
        ("withdraw", own && admission.state.is_open()),
        ("approve", judges && at_staff),
        ("reject", judges && at_staff),
        ("record_deposit", finance && awaited),
        ("open_identity", judges && admission.state.is_open()),
    ]
    .into_iter()
    .filter_map(|(action, allowed)| allowed.then_some(action))
    .collect()
}

fn timeline(db: &impl Read, admission: &Admission, texts: &HashMap<PersonalId, String>) -> Result<Vec<TimelineStep>> {
    let mut steps = Vec::new();
    for line in journal::list(db, Kind::Desk, admission.desk.as_str())? {
        let entry: Entry<DeskEvent> = serde_json::from_str(&line.body).map_err(|_| AppError::Unavailable)?;
        for event in &entry.events {
            let DeskEvent::Admission(event) = event else { continue };
            let (code, params, words) = describe(event);
            steps.push(TimelineStep {
                at: entry.at.into(),
                by: side(&entry.by),
                code,
                params,
                words: words.and_then(|reference| texts.get(&reference.id).cloned()),
            });
        }
    }
    Ok(steps)
}

fn describe(event: &AdmissionEvent) -> (&'static str, BTreeMap<&'static str, String>, Option<&PersonalRef>) {
    let until = |due: &Deadline| BTreeMap::from([("due", due.last_instant().minute_text())]);
    match event {
        AdmissionEvent::Applied { due, .. } => ("admission_applied", until(due), None),
        AdmissionEvent::Added { .. } => ("admission_added", BTreeMap::new(), None),
        AdmissionEvent::Withdrawn => ("admission_withdrawn", BTreeMap::new(), None),
        AdmissionEvent::Escalated { due } => ("admission_escalated", until(due), None),
        AdmissionEvent::Approved { due, .. } => ("admission_approved", until(due), None),
        AdmissionEvent::Admitted { .. } => ("admission_admitted", BTreeMap::new(), None),
        AdmissionEvent::Rejected { words, .. } => ("admission_rejected", BTreeMap::new(), Some(words)),
        AdmissionEvent::Lapsed => ("admission_lapsed", BTreeMap::new(), None),
    }
}
