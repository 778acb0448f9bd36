//! What somebody may do with a case now: the buttons of its page, and `actions` for programs.

use crate::authorize::Action;
use crate::case_view::sits_at;
use crate::order_view::{may, object};
use crate::payout_view::payout_view;
use crate::principal::Principal;
use std::collections::BTreeSet;
use yuanlu_domain::calendar::Calendar;
use yuanlu_domain::case::{Case, CaseState, DecidedBy};
use yuanlu_domain::code_probe::can_be_asked;
use yuanlu_domain::hearing::{Hearing, Sitting};
use yuanlu_domain::ids::ProductId;
use yuanlu_domain::offer::OfferState;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::policy::Parameters;
use yuanlu_domain::time::Instant;

/// What time limits are reckoned by.
pub(crate) struct Rules<'a> {
    /// Of the policy the order was bought under.
    pub(crate) parameters: &'a Parameters,
    /// Working days.
    pub(crate) calendar: &'a Calendar,
    /// Products whose issuer can be asked about a code.
    pub(crate) probed: BTreeSet<ProductId>,
    /// Now.
    pub(crate) now: Instant,
}

impl Rules<'_> {
    /// Whether these natural days since a case was last decided or closed are not over (R20, R34).
    fn runs(&self, case: &Case, days: u32) -> bool {
        case.settled_at().is_some_and(|at| self.calendar.natural_days_after(at, days).is_in_time(self.now))
    }
}

/// Codes of what the asker may do, in the order of their weight.
pub(crate) fn case_actions(who: &Principal, file: &OrderFile, case: &Case, rules: &Rules<'_>) -> Vec<&'static str> {
    let object = object(file);
    let mut actions = Vec::new();
    if may(who, Action::ActOnOwnCase, &object) {
        buyer_actions(file, case, rules, &mut actions);
    }
    if may(who, Action::AnswerAsSeller, &object) {
        seller_actions(file, case, rules, &mut actions);
    }
    if let Some(sitting) = case.sitting() {
        staff_actions(who, file, case, sitting, &mut actions);
        let judges = actions.contains(&"ask_material");
        if judges && case.units.iter().any(|unit| can_be_asked(file, *unit, &rules.probed)) {
            actions.push("ask_issuers");
        }
    }
    for payout in file.payouts_of(case.ordinal) {
        for action in payout_view(who, file, payout).actions {
            if !actions.contains(&action) {
                actions.push(action);
            }
        }
    }
    actions
}

fn buyer_actions(file: &OrderFile, case: &Case, rules: &Rules<'_>, actions: &mut Vec<&'static str>) {
    let now = rules.now;
    let mut add = |allowed: bool, action| {
        if allowed {
            actions.push(action);
        }
    };
    let of_seller = case.remedy.as_ref().is_some_and(|remedy| remedy.sitting.hearing == Hearing::Objection);
    let wanted = case.wanted().is_some_and(|(_, due)| due.is_in_time(now) || due.provisional);
    let collecting = matches!(&case.state, CaseState::BeforePanel { due, voting: false, .. } if due.is_in_time(now));
    add((wanted && !of_seller) || (collecting && case.remedy.is_none()), "give_material");
    let standing = file.offers.iter().any(|offer| {
        offer.case == Some(case.ordinal) && offer.state == OfferState::Standing && offer.due.is_in_time(now)
    });
    add(standing, "answer_offer");
    let choice = matches!(case.state, CaseState::AwaitingRoute { .. });
    let account = choice && file.buyer.account().is_some();
    add(account, "choose_balance");
    add(account, "choose_voucher");
    add(choice, "name_account");
    let appealable = case.remedy.is_none()
        && case.appealable_until().is_some_and(|until| until.is_in_time(now) || until.provisional);
    let automatic = case.decision().is_some_and(|decision| decision.by == DecidedBy::Automatic);
    let rejected = matches!(case.state, CaseState::Rejected { .. });
    add(appealable && rejected && automatic && !case.person_asked, "ask_person");
    add(appealable, "appeal");
    let ended = matches!(case.state, CaseState::Rejected { .. } | CaseState::Closed { .. })
        || (case.state.is_decided() && case.refused_minor() > 0);
    let overdue = yuanlu_domain::turn::turn(file, case).is_some_and(|turn| {
        use yuanlu_domain::turn::{BlockingPoint, Who};
        turn.who != Who::Buyer
            && (turn.due.as_ref().is_some_and(|due| due.is_over(now))
                || matches!(turn.point, BlockingPoint::ReviewOverdue | BlockingPoint::OverdueTracing))
    });
    let in_time = rules.runs(case, rules.parameters.complaint_days);
    add(case.remedy.is_none() && ((ended && in_time) || overdue), "complain");
    add(case.remedy.is_some() && !of_seller, "withdraw_remedy");
    add(case.state.is_undecided(), "withdraw");
}

fn seller_actions(file: &OrderFile, case: &Case, rules: &Rules<'_>, actions: &mut Vec<&'static str>) {
    let (parameters, now) = (rules.parameters, rules.now);
    let mut add = |allowed: bool, action| {
        if allowed {
            actions.push(action);
        }
    };
    let answers = matches!(&case.state, CaseState::AwaitingSeller { due } if due.is_in_time(now));
    add(answers, "agree");
    add(answers, "contest");
    let made = file.offers.iter().filter(|offer| offer.case == Some(case.ordinal)).count();
    let beside = matches!(case.state, CaseState::UnderReview { .. } | CaseState::AwaitingBuyer { .. });
    let free = file.standing_offer(Some(case.ordinal)).is_none() && case.extra_payment.is_none();
    add((answers || (beside && case.remedy.is_none())) && free && made < parameters.most_offers as usize, "make_offer");
    let objection = case.remedy.as_ref().is_some_and(|remedy| remedy.sitting.hearing == Hearing::Objection);
    let wanted = case.wanted().is_some_and(|(_, due)| due.is_in_time(now) || due.provisional);
    let collecting = matches!(&case.state, CaseState::BeforePanel { due, voting: false, .. } if due.is_in_time(now));
    add((objection && wanted) || (collecting && case.remedy.is_none()), "give_material");
    let lost = case.decisions.iter().rev().find(|decision| decision.net_minor() > 0);
    let lost = lost.is_some_and(|decision| {
        matches!(decision.by, DecidedBy::Staff | DecidedBy::Automatic | DecidedBy::SmallHouse | DecidedBy::Incident)
            && rules.runs(case, parameters.objection_days)
    });
    add(lost && case.state.is_decided() && case.remedy.is_none() && case.opened(Hearing::Objection) == 0, "object");
    add(objection, "withdraw_remedy");
}

fn staff_actions(who: &Principal, file: &OrderFile, case: &Case, sitting: &Sitting, actions: &mut Vec<&'static str>) {
    let Some(account) = who.account() else { return };
    let object = object(file);
    let invited = sitting.invited.as_ref() == Some(account);
    let mut add = |allowed: bool, action| {
        if allowed {
            actions.push(action);
        }
    };
    if let Some(proposal) = &sitting.proposal {
        add(proposal.judge == *account, "take_back");
        return;
    }
    add(
        sitting.unmanned && sitting.invited.is_none() && may(who, Action::InviteArbitrator, &object),
        "invite_arbitrator",
    );
    let seated = invited || (may(who, Action::JudgeCase, &object) && sits_at(who, sitting.desk));
    let judged = case.judges.contains(account) && !sitting.unmanned;
    if !seated || judged || case.wanted().is_some() {
        return;
    }
    let taken = sitting.claim.as_ref().is_some_and(|claim| claim.by != *account);
    add(sitting.claim.as_ref().is_none_or(|claim| claim.by != *account), "claim");
    if taken {
        return;
    }
    let verdicts = if case.remedy.is_some() { ["uphold", "dismiss"] } else { ["approve", "reject"] };
    verdicts.into_iter().for_each(|verdict| add(true, verdict));
    add(true, "ask_material");
    let own_goods = file.items.iter().any(|item| item.terms.self_operated);
    let first_line = case.remedy.is_none();
    add(first_line && !case.seller_heard && !own_goods, "pass_to_seller");
    add(first_line && case.panel.is_none() && case.extra_payment.is_none() && !invited, "refer_to_panel");
}
