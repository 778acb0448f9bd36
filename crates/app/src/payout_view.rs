//! One sum on its way, as its buyer and as finance see it.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::case_view::{Texts, case_object};
use crate::order_view::{may, object, value_view};
use crate::principal::Principal;
use crate::route::Named;
use crate::views::{LookView, MoneyView, PayoutView, When};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::{Destination, Payout, PayoutState, StuckWhy};
use yuanlu_domain::route::Hold;

pub(crate) fn payout_view(who: &Principal, file: &OrderFile, payout: &Payout) -> PayoutView {
    let case = file.case(payout.case).map_or(Object::Nothing, |case| case_object(file, case));
    let finance = may(who, Action::ViewPayouts, &case);
    let mut actions = Vec::new();
    let (state, code) = match &payout.state {
        PayoutState::Held => ("held", None),
        PayoutState::Due { .. } => ("due", None),
        PayoutState::Calling { .. } => ("calling", None),
        PayoutState::AtBank { .. } => ("at_bank", None),
        PayoutState::Arrived { .. } => ("arrived", None),
        PayoutState::Stuck { code, .. } => ("stuck", Some(code.clone())),
        PayoutState::Refused { code, .. } => ("refused", Some(code.clone())),
        PayoutState::Rerouted => ("rerouted", None),
        PayoutState::Superseded { .. } => ("superseded", None),
    };
    if finance {
        finance_actions(who, file, payout, &mut actions);
    }
    if may(who, Action::ActOnOwnCase, &object(file)) {
        buyer_actions(payout, &mut actions);
    }
    let (arrived_at, arrived_ref) = match &payout.state {
        PayoutState::Arrived { at, channel_ref } => (Some((*at).into()), Some(channel_ref.clone())),
        PayoutState::AtBank { reference, .. } => (None, Some(reference.clone())),
        _ => (None, None),
    };
    PayoutView {
        payout: payout.ordinal,
        order: file.order.to_string(),
        case: file.case_id(payout.case).to_string(),
        no: payout.no.to_string(),
        to: payout.destination.code(),
        amount: MoneyView::new(payout.amount_minor, file.currency),
        value: payout.rate.as_ref().map(|rate| value_view(payout.amount_minor, file.currency, rate)),
        state,
        hold: (payout.state == PayoutState::Held).then(|| payout.hold.code()),
        code,
        expected: (&payout.expected).into(),
        hard: (&payout.hard).into(),
        arrived_at,
        channel_ref: arrived_ref
            .filter(|reference| !reference.is_empty())
            .or_else(|| payout.accepted.as_ref().map(|accepted| accepted.channel_ref.clone())),
        via: match &payout.destination {
            Destination::Account { via, .. } => via.as_ref().map(ToString::to_string),
            _ => None,
        },
        account: None,
        channels: Vec::new(),
        look: look(file, payout),
        confirm_until: confirm_until(payout),
        doubted: payout.doubt.as_ref().map(|doubt| (&doubt.due).into()),
        traced_since: payout.traced_since.map(Into::into),
        attempts: if finance { payout.attempts } else { 0 },
        actions,
    }
}

/// WeChat pays a transfer out only once its payee has confirmed it there, within a day of taking it.
const WECHAT: &str = "wechat";
const CONFIRM_HOURS: i64 = 24;

fn confirm_until(payout: &Payout) -> Option<When> {
    let through_wechat =
        matches!(&payout.destination, Destination::Account { via: Some(via), .. } if via.as_str() == WECHAT);
    let waits =
        matches!(payout.state, PayoutState::Due { .. } | PayoutState::Calling { .. } | PayoutState::AtBank { .. });
    let taken = payout.accepted.as_ref().filter(|_| through_wechat && waits)?;
    Some(taken.at.plus_hours(CONFIRM_HOURS).plus_micros(-1).into())
}

/// Where in his bill the buyer finds it, once somebody outside has it.
fn look(file: &OrderFile, payout: &Payout) -> Option<LookView> {
    let since = match (&payout.state, &payout.accepted) {
        (PayoutState::Arrived { at, .. }, _) => *at,
        (PayoutState::AtBank { since, .. }, _) => *since,
        (_, Some(accepted)) => accepted.at,
        _ => return None,
    };
    let by = match payout.destination.arrival_kind() {
        "balance" => return None,
        kind @ ("alipay" | "wechat" | "bank_card" | "unionpay" | "stripe") => kind,
        _ => "other",
    };
    Some(LookView { by: by.to_owned(), on: since.into(), remark: file.order.to_string() })
}

fn finance_actions(who: &Principal, file: &OrderFile, payout: &Payout, actions: &mut Vec<&'static str>) {
    let judged = judged_by(who, file, payout.case);
    let own = who.account().is_some_and(|account| file.is_buyer(account));
    let checked = payout.checked.as_ref().is_some_and(|check| Some(&check.by) == who.account());
    match (&payout.state, payout.hold) {
        (PayoutState::Held, Hold::Approval) if !judged => actions.push("approve_payout"),
        (PayoutState::Held, Hold::NameCheck) if !own => actions.extend(["check_account", "refuse_account"]),
        (PayoutState::Held, Hold::Execution) if !own && !judged && !checked => {
            actions.extend(["remit", "record_transfer", "refuse_account"]);
        }
        (PayoutState::Held, Hold::AgentRelease) if !own => actions.extend(["record_release", "refuse_release"]),
        (PayoutState::AtBank { .. }, _) if !own => actions.extend(["record_arrival", "record_return"]),
        (PayoutState::Stuck { why, .. }, _) => {
            actions.push("resume_payout");
            if *why == StuckWhy::ManualAtChannel && !own {
                if payout.card.is_some() && payout.accepted.is_some() {
                    actions.push("finish_at_channel");
                }
                actions.push("record_return");
            }
        }
        (PayoutState::Arrived { .. }, _) if !own => {
            if payout.doubt.is_some() {
                actions.push("answer_doubt");
            }
            let outside = payout.destination.is_outside();
            let switched = payout.lot.is_some()
                && file
                    .payment(payout.destination.payment())
                    .is_some_and(|payment| matches!(payment.tender, yuanlu_domain::event::Tender::Channel { .. }));
            actions.extend(outside.then_some("record_return"));
            actions.extend(switched.then_some("reverse_switch"));
        }
        _ => {}
    }
}

fn buyer_actions(payout: &Payout, actions: &mut Vec<&'static str>) {
    let abnormal = matches!(payout.state, PayoutState::Stuck { why: StuckWhy::ManualAtChannel, .. });
    actions.extend(abnormal.then_some("name_card"));
    let outside = payout.destination.is_outside();
    let sent = match payout.state {
        PayoutState::Arrived { .. } => payout.doubt.is_none(),
        PayoutState::AtBank { .. } => payout.traced_since.is_none(),
        PayoutState::Due { .. } | PayoutState::Calling { .. } => payout.sent && payout.traced_since.is_none(),
        _ => false,
    };
    actions.extend((outside && sent).then_some("doubt_arrival"));
}

/// Four eyes: whoever judged the case, or is its buyer, does not release its money.
fn judged_by(who: &Principal, file: &OrderFile, case: u16) -> bool {
    who.account().is_some_and(|account| {
        file.is_buyer(account) || file.case(case).is_some_and(|case| case.judges.contains(account))
    })
}

impl App {
    /// Adds what stands in erasable rows, masked, and what channels can do: for finance and the buyer himself.
    pub(crate) fn fill_in(&self, who: &Principal, file: &OrderFile, texts: &Texts, view: &mut PayoutView) {
        let Some(payout) = file.payout(view.payout) else { return };
        let named = match &payout.destination {
            Destination::Account { kind, account, .. } => Some((Some(*kind), account)),
            _ => payout.card.as_ref().map(|card| (None, card)),
        };
        let mine = may(who, Action::ActOnOwnCase, &object(file)) || may(who, Action::ViewPayouts, &object(file));
        if let Some((kind, reference)) = named.filter(|_| mine) {
            let named = texts.get(&reference.id).and_then(|text| Named::read(text));
            view.account = named.map(|named| named.masked(kind));
        }
        if !view.actions.contains(&"remit") {
            return;
        }
        if let Destination::Account { kind, .. } = &payout.destination {
            let able = self.roads().remits.iter().filter(|(_, taken)| taken == kind);
            view.channels = able.map(|(channel, _)| channel.to_string()).collect();
        }
        if view.channels.is_empty() {
            view.actions.retain(|action| *action != "remit");
        }
    }
}
