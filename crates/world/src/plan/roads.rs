//! Plans of money that cannot go back the way it came.

use super::{Act, PAID, Plan, apply, place, plan};
use yuanlu_simulator::Behaviour;

fn with(more: &[&'static str]) -> Vec<(i64, Act)> {
    let mut acts = vec![(0, place("game100", 1)), (2, PAID), (9, apply("personal"))];
    acts.extend(more.iter().map(|act| (200, Act::Route(act))));
    acts
}

/// Every road, in each of its stages.
pub(super) fn roads() -> Vec<Plan> {
    let closed =
        |name, share, fresh, more: &[&'static str]| plan(name, share, fresh, with(more)).channel(Behaviour::Refused);
    let abnormal =
        |name, share, fresh, more: &[&'static str]| plan(name, share, fresh, with(more)).channel(Behaviour::Abnormal);
    // Past the usual time, so that a buyer's doubt is taken up.
    let mut doubted = with(&[]);
    doubted.push((12_000, Act::Route("doubt_arrival")));
    let mut found = doubted.clone();
    found.push((300, Act::Route("answer_doubt")));
    vec![
        closed("account to check", 0, 1, &["name_account"]),
        closed("account to pay", 0, 1, &["name_account", "check_account"]),
        closed("account refused", 1, 1, &["name_account", "refuse_account"]),
        closed("paid to an account", 2, 1, &["name_account", "check_account", "remit"]),
        closed("at the bank", 0, 1, &["name_account", "check_account", "record_transfer"]),
        closed("paid at the bank", 1, 0, &["name_account", "check_account", "record_transfer", "record_arrival"]),
        abnormal("card named", 0, 1, &["name_card"]),
        abnormal("finished at the channel", 1, 0, &["name_card", "finish_at_channel"]),
        plan("cannot be found", 0, 1, doubted),
        plan("found again", 1, 0, found),
    ]
}
