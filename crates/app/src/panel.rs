//! The panel room (R30, R35): what arbitrators see, without names and codes, and their votes.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::case_actions::{Rules, case_actions};
use crate::case_view::Texts;
use crate::errors::{AppError, Result};
use crate::evidence_view::evidence_views;
use crate::finding;
use crate::hearing_view::{panel_summary, vote_view};
use crate::inputs::{ApproveInput, DismissInput, RejectInput, RulingInput, UpholdInput, VoteInput};
use crate::lookup::Lookup;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::text;
use crate::timeline;
use crate::views::{CaseView, DueView, MoneyView, PanelCaseView, PanelRow};
use serde_json::json;
use yuanlu_domain::Role;
use yuanlu_domain::case::{Case, CaseState};
use yuanlu_domain::command::OrderAct;
use yuanlu_domain::decide::award::unit_limit;
use yuanlu_domain::ids::{AccountId, CaseId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::panel::Responsible;
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::{Reader, evidence, journal, order_file, personal, seat};

impl App {
    /// Sends a case to a panel.
    pub fn refer_to_panel(&self, who: &Principal, case: &CaseId) -> Result<CaseView> {
        self.judge(who, case, "refer_to_panel", None, |case| Ok((OrderAct::ReferToPanel { case }, None)))?;
        self.load_case(who, case)
    }

    /// Invites an arbitrator where nobody of the house may judge.
    pub fn invite_arbitrator(&self, who: &Principal, case: &CaseId, arbitrator: &AccountId) -> Result<CaseView> {
        let (file, ordinal) = self.case_file(who, Action::InviteArbitrator, case)?;
        let audit = self.audit_row(who, "invite_arbitrator", case.as_str(), json!({}))?;
        let act = OrderAct::InviteArbitrator { case: ordinal, arbitrator: arbitrator.clone() };
        self.order_request(who, who.as_staff(&[Role::Admin, Role::SeniorReviewer]), &file.order, act)
            .and([audit])
            .send()?;
        self.load_case(who, case)
    }

    /// Cases the asker sits on, the newest first.
    pub fn panels(&self, who: &Principal) -> Result<Vec<PanelRow>> {
        permit(who, Action::SitOnPanel, &Object::Nothing)?;
        let account = who.account().ok_or(AppError::NotSignedIn)?;
        self.db().snapshot(|db| {
            let mut rows = Vec::new();
            for id in seat::list(db, account, 100)? {
                let shown = self.panel_case_of(db, who, account, &id)?;
                rows.push(PanelRow {
                    case: shown.case,
                    title: shown.title,
                    phase: shown.phase,
                    due: shown.due,
                    to_do: !shown.actions.is_empty(),
                });
            }
            Ok(rows)
        })
    }

    /// A case as an arbitrator who sits on it sees it.
    pub fn panel_case(&self, who: &Principal, case: &CaseId) -> Result<PanelCaseView> {
        let account = seated(who)?;
        self.db().snapshot(|db| self.panel_case_of(db, who, account, case))
    }

    fn panel_case_of(
        &self,
        db: &Reader<'_>,
        who: &Principal,
        account: &AccountId,
        id: &CaseId,
    ) -> Result<PanelCaseView> {
        let (order, ordinal) = id.parts().ok_or(AppError::NotFound)?;
        let file = order_file::find(db, &order)?.ok_or(AppError::NotFound)?.aggregate;
        let case = file.case(ordinal).ok_or(AppError::NotFound)?;
        let seat = case.panel.as_ref().and_then(|panel| panel.seat(account));
        let invited = case.sitting().is_some_and(|sitting| sitting.invited.as_ref() == Some(account));
        if seat.is_none() && !invited && !case.judges.contains(account) {
            return Err(AppError::NotFound);
        }
        let texts: Texts = personal::list(db, Kind::Order, order.as_str())?
            .into_iter()
            .map(|(id, words)| (id, without_names(&words)))
            .collect();
        let mut lookup = Lookup::default();
        let unit = case.units.first().and_then(|no| file.unit(*no)).ok_or(AppError::NotFound)?;
        let terms = &file.item_of(unit).ok_or(AppError::NotFound)?.terms;
        let page = lookup.page(db, terms)?;
        let mut history = Vec::new();
        for line in journal::list(db, Kind::Order, order.as_str())? {
            history.extend(timeline::steps(&line.body, &file, case, &texts));
        }
        let mut files = evidence::list(db, &order)?;
        files.retain(|row| case.evidence.iter().any(|named| named.id == row.id));
        let (phase, due) = phase(case, invited);
        let my_vote = match seat.and_then(|seat| Some((seat, seat.vote.as_ref()?))) {
            Some((seat, vote)) => Some(vote_view(db, &mut lookup, &file, seat, vote, &texts)?),
            None => None,
        };
        let in_time = due.as_ref().is_some_and(|due| due.is_in_time(self.now()));
        let policy = self.policy_of(&file.policy)?;
        let rules = Rules {
            parameters: policy.parameters(),
            calendar: self.calendar(),
            now: self.now(),
            probed: Default::default(),
        };
        let mut actions = if invited { case_actions(who, &file, case, &rules) } else { Vec::new() };
        if seat.is_some() && my_vote.is_none() && phase == "votes" && in_time {
            actions.push("vote");
        }
        let money = |minor| MoneyView::new(minor, file.currency);
        Ok(PanelCaseView {
            case: id.to_string(),
            state: case.state.code(),
            phase,
            due: due.as_ref().map(DueView::from),
            reason: case.reason.code(),
            title: page.title.clone(),
            description: page.description.clone(),
            price: money(terms.price_minor),
            delivery_event: terms.delivery_event.code(),
            unit_states: case.units.iter().filter_map(|no| file.unit(*no)).map(|unit| unit.state.code()).collect(),
            claimed: money(case.claimed_minor),
            most: money(most(&file, case)),
            timeline: history,
            evidence: evidence_views(db, finding::Reader::Other, &files)?,
            // Without texts: the signed answer names the issuer.
            code_probes: crate::code_probe::probe_views(&file, case, &Texts::new()),
            panel: case.panel.as_deref().map(|panel| panel_summary(db, &file, case, panel, &texts)).transpose()?,
            my_vote,
            actions,
        })
    }

    /// Judges by invitation (R35): the acts of a judge, seen like an arbitrator.
    pub fn rule(
        &self,
        who: &Principal,
        case: &CaseId,
        input: &RulingInput,
        key: Option<&str>,
    ) -> Result<PanelCaseView> {
        seated(who)?;
        let RulingInput { verdict, amount, code, clause, answers, words } = input.clone();
        match verdict.trim() {
            "approve" => self.judge_approve(who, case, &ApproveInput { amount, answers, words }, key)?,
            "reject" => {
                let code = code.ok_or(AppError::invalid("code", "required"))?;
                self.judge_reject(who, case, &RejectInput { code, clause, answers, words }, key)?;
            }
            "uphold" => {
                let amount = amount.ok_or(AppError::invalid("amount", "required"))?;
                self.judge_uphold(who, case, &UpholdInput { amount, answers, words }, key)?;
            }
            "dismiss" => self.judge_dismiss(who, case, &DismissInput { answers, words }, key)?,
            _ => return Err(AppError::invalid("verdict", "unknown")),
        }
        self.panel_case(who, case)
    }

    /// Votes; others see it only in the ruling.
    pub fn vote(&self, who: &Principal, case: &CaseId, input: &VoteInput, key: Option<&str>) -> Result<PanelCaseView> {
        let account = seated(who)?;
        let (order, ordinal) = case.parts().ok_or(AppError::NotFound)?;
        let file = self.db().read(|db| order_file::find(db, &order))?.ok_or(AppError::NotFound)?.aggregate;
        let panel = file.case(ordinal).and_then(|case| case.panel.as_ref()).ok_or(AppError::NotFound)?;
        panel.seat(account).ok_or(AppError::NotFound)?;
        let responsible =
            Responsible::parse(input.responsible.trim()).ok_or(AppError::invalid("responsible", "unknown"))?;
        let amount_minor = match text::given(input.amount.as_ref()) {
            Some(amount) => text::amount_or_zero("amount", amount, file.currency)?.minor(),
            None => 0,
        };
        let reason = text::words("reason", &input.reason, 1, 2000)?;
        let (row, reason) = self.personal(&order, "vote", &reason)?.ok_or(AppError::invalid("reason", "required"))?;
        let act = OrderAct::Vote { case: ordinal, responsible, amount_minor, reason };
        self.order_request(who, who.as_staff(&[Role::Arbitrator]), &order, act)
            .once("vote", key, &(case, input))?
            .with([row])
            .send()?;
        self.panel_case(who, case)
    }
}

/// The arbitrator who asks; to anybody else no case of a panel exists.
fn seated(who: &Principal) -> Result<&AccountId> {
    match permit(who, Action::SitOnPanel, &Object::Nothing) {
        Err(AppError::Forbidden) => Err(AppError::NotFound),
        Err(other) => Err(other),
        Ok(()) => who.account().ok_or(AppError::NotSignedIn),
    }
}

fn phase(case: &Case, invited: bool) -> (&'static str, Option<yuanlu_domain::calendar::Deadline>) {
    match &case.state {
        CaseState::BeforePanel { due, voting: false, .. } => ("evidence", Some(due.clone())),
        CaseState::BeforePanel { due, voting: true, .. } => ("votes", Some(due.clone())),
        _ if invited => ("invited", case.sitting().map(|sitting| sitting.due.clone())),
        _ => ("ruled", None),
    }
}

fn most(file: &OrderFile, case: &Case) -> i64 {
    let units = case.units.iter().filter_map(|no| file.unit(*no));
    let limit: i64 = units.map(|unit| unit_limit(file, case.received_face_minor, unit)).sum();
    limit.min(case.claimed_minor).max(0)
}

/// Takes out of a text what could name a person, an account or a code: runs of six and more letters, digits and signs
/// that hold a digit or an `@`. Dates, times and amounts stay.
pub(crate) fn without_names(words: &str) -> String {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '@' | '.' | ':' | '/');
    let mut out = String::with_capacity(words.len());
    let mut run = String::new();
    for c in words.chars().chain(std::iter::once('\0')) {
        if part(c) {
            run.push(c);
            continue;
        }
        out.push_str(&hidden(&run));
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

fn hidden(run: &str) -> String {
    let signs = run.chars().filter(char::is_ascii_alphanumeric).count();
    let telling = run.contains('@') || (signs >= 6 && run.chars().any(|c| c.is_ascii_digit()));
    let amount = run.split_once('.').is_some_and(|(whole, cents)| {
        cents.len() == 2 && (whole.to_owned() + cents).chars().all(|c| c.is_ascii_digit()) && whole.len() <= 7
    });
    let pieces: Vec<&str> = run.split(['-', '/', ':', 'T']).collect();
    let date = pieces.len() >= 3 && pieces.iter().all(|p| p.len() <= 4 && p.chars().all(|c| c.is_ascii_digit()));
    if telling && !amount && !date { "•••".to_owned() } else { run.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::without_names;

    #[test]
    fn names_and_codes_are_taken_out_and_amounts_and_dates_stay() {
        let table = [
            ("卡密 ABCD-1234-EFGH 无效", "卡密 ••• 无效"),
            ("我的手机号是13812345678。", "我的手机号是•••。"),
            ("mail me: someone@example.com please", "mail me: ••• please"),
            ("在 2026-03-10 10:05:00 付了 99.99 元", "在 2026-03-10 10:05:00 付了 99.99 元"),
            ("订单 260310ABCDEFGHJK", "订单 •••"),
            ("nothing to hide here", "nothing to hide here"),
        ];
        for (words, expected) in table {
            assert_eq!(without_names(words), expected);
        }
    }
}
