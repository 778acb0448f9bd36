//! Cases as their parties see them: rows, and the tracking object.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::decision_view::{breakdown, decision_view};
use crate::errors::Result;
use crate::evidence_view::evidence_views_for;
use crate::hearing_view::{offer_view, panel_summary, proposal_view, remedy_views};
use crate::lookup::Lookup;
use crate::order_view::{may, object};
use crate::principal::Principal;
use crate::review::has_ended;
use crate::review_view;
use crate::route::may_read_papers;
use crate::timeline;
use crate::views::{
    CaseSummary, CaseView, DueView, EvidenceView, MoneyView, StandingView, ThreadSummary, TimelineStep, TurnView, When,
};
use std::collections::BTreeMap;
use yuanlu_domain::case::{Case, CaseState, Desk, EvidenceRef};
use yuanlu_domain::ids::PersonalId;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::projection::{CaseRow, case_rows};
use yuanlu_domain::time::Instant;
use yuanlu_domain::turn::{Around, Who, standing, turn};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::ahead::Question;
use yuanlu_storage::{Reader, account, desk, evidence, journal, outside_complaint, personal, seller};

/// Texts of a file that were not erased.
pub(crate) type Texts = BTreeMap<PersonalId, String>;

/// The texts of a file.
pub(crate) fn texts_of(db: &Reader<'_>, file: &OrderFile) -> Result<Texts> {
    Ok(personal::list(db, Kind::Order, file.order.as_str())?.into_iter().collect())
}

/// What rules and judges say about the asker and this case.
pub(crate) fn case_object<'a>(file: &'a OrderFile, case: &'a Case) -> Object<'a> {
    Object::File { buyer: &file.buyer, seller: &file.seller, judges: &case.judges }
}

impl App {
    /// Rows of every case of a file.
    pub(crate) fn case_summaries(
        &self,
        db: &Reader<'_>,
        lookup: &mut Lookup,
        who: &Principal,
        file: &OrderFile,
        now: Instant,
    ) -> Result<Vec<CaseSummary>> {
        let rows = case_rows(file);
        rows.iter()
            .zip(&file.cases)
            .map(|(row, case)| self.case_summary(db, lookup, who, file, case, row, now))
            .collect()
    }

    #[expect(clippy::too_many_arguments, reason = "one row of a list, from everything the list has at hand")]
    pub(crate) fn case_summary(
        &self,
        db: &Reader<'_>,
        lookup: &mut Lookup,
        who: &Principal,
        file: &OrderFile,
        case: &Case,
        row: &CaseRow,
        now: Instant,
    ) -> Result<CaseSummary> {
        let money = |minor| MoneyView::new(minor, file.currency);
        let item = case.units.first().and_then(|no| file.unit(*no)).and_then(|unit| file.item_of(unit));
        let title = match item.or(file.items.first()) {
            Some(item) => lookup.page(db, &item.terms)?.title.clone(),
            None => String::new(),
        };
        let claimed_by = match case.sitting().and_then(|sitting| sitting.claim.as_ref()) {
            Some(claim) if may(who, Action::ViewQueue, &Object::Nothing) => Some(lookup.login(db, &claim.by)?),
            _ => None,
        };
        Ok(CaseSummary {
            case: row.case.to_string(),
            order: file.order.to_string(),
            title,
            reason: row.reason,
            state: row.state,
            point: standing(file, case, &Around { now, calendar: self.calendar(), down: &self.channels_down() })
                .point
                .code(),
            turn_who: row.turn_who.map(Who::code),
            turn_due: row.turn_due.map(|due| due.plus_micros(-1).into()),
            overdue: row.turn_due.is_some_and(|due| due <= now),
            claimed: money(row.claimed_minor),
            approved: money(row.approved_minor),
            credited: money(row.credited_minor),
            applied_at: row.applied_at.into(),
            expected_at: row.expected_at.map(|at| at.plus_micros(-1).into()),
            arrived_at: row.arrived_at.map(When),
            outcome_code: match &case.state {
                CaseState::Rejected { code, .. } => Some(code.code()),
                CaseState::Closed { code, .. } => Some(code.code()),
                CaseState::Replaced { .. } => Some("CLOSED_REPLACED"),
                _ => None,
            },
            claimed_by,
        })
    }

    /// The whole case, cut to what the asker may see.
    pub(crate) fn case_view(
        &self,
        db: &Reader<'_>,
        who: &Principal,
        file: &OrderFile,
        case: &Case,
        now: Instant,
    ) -> Result<CaseView> {
        db.ask_ahead(|| questions(who, file, case))?;
        let mut lookup = self.lookup().of(who);
        let texts = texts_of(db, file)?;
        let words = |reference: &Option<yuanlu_domain::case::PersonalRef>| {
            reference.as_ref().and_then(|reference| texts.get(&reference.id).cloned())
        };
        let [goods_review, review] = review_view::written_of(db, &file.order, case.ordinal)?;
        let order = self.order_view(db, &mut lookup, who, file, goods_review, now)?;
        let summary = order.cases[usize::from(case.ordinal) - 1].clone();
        let staff = may(who, Action::ViewQueue, &Object::Nothing);
        let decision = match case.decision() {
            Some(decision) => {
                let policy = self.policy_of(&decision.policy)?;
                Some(decision_view(file, case, decision, &policy, words(&decision.words), staff))
            }
            None => None,
        };
        let (desk, hearing) = queue_of(case);
        let open_turn = turn(file, case);
        let policy = self.policy_of(&file.policy)?;
        let probed = self.probed_of(db, file)?;
        let rules =
            crate::case_actions::Rules { probed, parameters: policy.parameters(), calendar: self.calendar(), now };
        let mut breakdown = case.decision().map(|_| breakdown(who, file, case, &order.lines));
        for payout in breakdown.iter_mut().flat_map(|breakdown| &mut breakdown.destinations) {
            self.fill_in(who, file, &texts, payout);
        }
        let standing = standing(file, case, &Around { now, calendar: self.calendar(), down: &self.channels_down() });
        let mut actions = crate::case_actions::case_actions(who, file, case, &rules);
        if review.is_none() && has_ended(case) && may(who, Action::ActOnOwnCase, &object(file)) {
            actions.push("review");
        }
        Ok(CaseView {
            review,
            point: summary.point,
            large: policy.parameters().is_large(case.claimed_minor),
            standing: StandingView {
                point: standing.point.code(),
                since: standing.since.map(When),
                next: standing.next.map(|next| next.plus_micros(-1).into()),
            },
            papers: if may_read_papers(who, file) { evidence_of(db, who, file, &case.papers)? } else { Vec::new() },
            summary,
            turn: open_turn.map(|turn| TurnView {
                who: turn.who.code(),
                overdue: turn.due.as_ref().is_some_and(|due| due.is_over(now)),
                due: turn.due.as_ref().map(DueView::from),
                on_silence: turn.on_silence.map(|silence| silence.code()),
                wanted: case.wanted().map_or(&[][..], |(kinds, _)| kinds).iter().map(|kind| kind.code()).collect(),
            }),
            breakdown,
            decision,
            units: case.units.clone(),
            received_face: case.received_face_minor.map(|minor| MoneyView::new(minor, file.currency)),
            to_balance: case.to_balance,
            desk,
            hearing,
            text: words(&case.text),
            evidence: evidence_of(db, who, file, &case.evidence)?,
            code_probes: crate::code_probe::probe_views(file, case, &texts),
            timeline: self.case_timeline(db, file, case, &texts)?,
            appeal_until: case.appealable_until().map(DueView::from),
            follows: case.follows.map(|ordinal| file.case_id(ordinal).to_string()),
            offers: file
                .offers
                .iter()
                .filter(|offer| offer.case == Some(case.ordinal))
                .map(|offer| offer_view(who, file, offer, &texts, now))
                .collect(),
            remedies: remedy_views(file, case, &texts),
            proposal: proposal_view(db, &mut lookup, file, case, staff)?,
            unmanned: case.sitting().is_some_and(|sitting| sitting.unmanned),
            panel: case.panel.as_deref().map(|panel| panel_summary(db, file, case, panel, &texts)).transpose()?,
            outside: self.outside_refs(db, &file.order, staff)?,
            thread: ThreadSummary::of(file, who),
            actions,
            order,
        })
    }

    fn case_timeline(
        &self,
        db: &Reader<'_>,
        file: &OrderFile,
        case: &Case,
        texts: &Texts,
    ) -> Result<Vec<TimelineStep>> {
        let lines = journal::list(db, Kind::Order, file.order.as_str())?;
        Ok(lines.iter().flat_map(|line| timeline::steps(&line.body, file, case, texts)).collect())
    }
}

/// What every view of a case reads besides its file.
fn questions(who: &Principal, file: &OrderFile, case: &Case) -> Vec<Question> {
    let order = file.order.as_str();
    let mut questions = vec![
        personal::asking(Kind::Order, order),
        journal::asking(Kind::Order, order),
        desk::asking_those_of(&review_view::names_of(&file.order, case.ordinal)),
        seller::asking(&file.seller),
        outside_complaint::asking(&file.order),
    ];
    if !case.evidence.is_empty() {
        questions.push(evidence::asking(&file.order));
    }
    questions.extend(file.buyer.account().filter(|buyer| who.account() != Some(buyer)).map(account::asking));
    questions
}

fn queue_of(case: &Case) -> (Option<&'static str>, Option<&'static str>) {
    match (case.sitting(), &case.state) {
        (Some(sitting), _) => (Some(desk_code(sitting.desk)), Some(sitting.hearing.code())),
        (None, CaseState::AwaitingBuyer { desk, hearing, .. }) => (Some(desk_code(*desk)), Some(hearing.code())),
        (None, CaseState::BeforePanel { hearing, .. }) => (None, Some(hearing.code())),
        _ => (None, None),
    }
}

pub(crate) fn desk_code(desk: Desk) -> &'static str {
    match desk {
        Desk::Review => "review",
        Desk::Senior => "senior",
        Desk::Risk => "risk",
    }
}

fn evidence_of(db: &Reader<'_>, who: &Principal, file: &OrderFile, named: &[EvidenceRef]) -> Result<Vec<EvidenceView>> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = evidence::list(db, &file.order)?;
    rows.retain(|row| named.iter().any(|reference| reference.id == row.id));
    evidence_views_for(db, who, &rows)
}

/// Whether a role of his works at this desk.
pub(crate) fn sits_at(who: &Principal, desk: Desk) -> bool {
    who.person().is_some_and(|person| desk_roles(desk).iter().any(|role| person.has(*role)))
}

/// The roles that judge at a desk, the closest first.
pub(crate) fn desk_roles(desk: Desk) -> &'static [yuanlu_domain::Role] {
    use yuanlu_domain::Role::{Admin, Reviewer, Risk, SeniorReviewer};
    match desk {
        Desk::Review => &[Reviewer, SeniorReviewer, Admin],
        Desk::Senior => &[SeniorReviewer, Admin],
        Desk::Risk => &[Risk, Admin],
    }
}
