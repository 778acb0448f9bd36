//! Plans about what comes beside and after a first decision: offers, threads, panels, appeals, complaints, objections,
//! tip-offs.

use super::{Act, Offered, PAID, Plan, apply, place, plan};

type Acts = Vec<(i64, Act)>;

fn with(mut acts: Acts, more: &[(i64, Act)]) -> Acts {
    acts.extend_from_slice(more);
    acts
}

/// A code that does not work.
fn bad_code() -> Acts {
    vec![(0, place("game100", 1)), (2, PAID), (20, Act::Reveal), (30, apply("invalid_code"))]
}

/// The seller says it does, and a reviewer has taken the case.
fn claimed() -> Acts {
    with(bad_code(), &[(180, Act::Contest), (600, Act::Claim)])
}

fn rejected() -> Acts {
    with(claimed(), &[(30, Act::Reject("REJECT_EVIDENCE"))])
}

fn approved() -> Acts {
    with(claimed(), &[(30, Act::Approve(100))])
}

fn own_goods_rejected() -> Acts {
    let card = vec![(0, place("directcard", 1)), (2, PAID), (9, Act::Reveal), (50, apply("invalid_code"))];
    with(card, &[(500, Act::Claim), (20, Act::Reject("REJECT_EVIDENCE"))])
}

fn panel() -> Acts {
    with(claimed(), &[(20, Act::Refer)])
}

/// What sellers offer, and what is said in threads.
pub(super) fn offered() -> Vec<Plan> {
    let top_up = || vec![(0, place("phone200", 1)), (2, PAID)];
    let more_time = || with(top_up(), &[(200, Act::EarlyOffer(Offered::MoreTime(48), "not_delivered"))]);
    let talk = [
        (5, Act::Say(false, "卡密提示无效，怎么办？ The code is refused; what now?")),
        (40, Act::Say(true, "已联系发行方，24小时内退款到账。 I asked the issuer.")),
    ];
    let lured = [
        (5, Act::Say(false, "能快一点吗？ Could this be quicker?")),
        (30, Act::Say(true, "加我微信 kami_8888 处理更快。 Find me there, it is quicker.")),
    ];
    let offer = |offered| with(bad_code(), &[(150, Act::Offer(offered))]);
    vec![
        plan("part offered", 2, 2, offer(Offered::Part(60))),
        plan("part accepted", 3, 1, with(offer(Offered::Part(60)), &[(400, Act::Answer(true))])),
        plan("part declined", 2, 1, with(offer(Offered::Part(30)), &[(300, Act::Answer(false))])),
        plan("offer unanswered", 1, 1, with(offer(Offered::Part(20)), &[(10_000, Act::Nothing)])),
        plan("replacement offered", 1, 1, offer(Offered::Replacement)),
        plan("replaced", 3, 2, with(offer(Offered::Replacement), &[(90, Act::Answer(true)), (60, Act::Reveal)])),
        plan("more time offered", 0, 1, more_time()),
        plan("more time accepted", 1, 1, with(more_time(), &[(90, Act::Answer(true))])),
        plan("promise kept", 2, 1, with(more_time(), &[(90, Act::Answer(true)), (900, Act::Credit)])),
        plan("promise broken", 2, 1, with(more_time(), &[(90, Act::Answer(true)), (3000, Act::Nothing)])),
        plan("promised in the thread", 2, 2, with(bad_code(), &talk)),
        plan("lured away", 1, 1, with(bad_code(), &lured)),
        plan("lured away, found", 0, 1, with(with(bad_code(), &lured), &[(500, Act::ConfirmFlag)])),
        plan(
            "lured away, found, appealed",
            0,
            1,
            with(with(bad_code(), &lured), &[(300, Act::ConfirmFlag), (600, Act::AppealFinding)]),
        ),
        plan("talked, then agreed", 3, 1, with(with(bad_code(), &talk), &[(300, Act::Agree)])),
    ]
}

/// Panels, and what is done about decisions.
pub(super) fn judged() -> Vec<Plan> {
    let votes = || with(panel(), &[(200, Act::Material), (2_760, Act::Vote(7))]);
    let appeal = || with(rejected(), &[(900, Act::Appeal)]);
    let complaint = || with(rejected(), &[(1_200, Act::Complain("unjust_refusal"))]);
    let objection = || with(approved(), &[(1_500, Act::Object)]);
    let of_own_goods = || with(own_goods_rejected(), &[(700, Act::Appeal)]);
    let hear = |acts, verdict| with(acts, &[(800, Act::Claim), (25, verdict)]);
    vec![
        plan("decided just now", 0, 1, with(claimed(), &[(12, Act::Approve(100))])).at_end(),
        plan(
            "taken back",
            1,
            0,
            with(
                claimed(),
                &[(12, Act::Reject("REJECT_EVIDENCE")), (0, Act::TakeBack), (6, Act::Approve(100)), (60, Act::Nothing)],
            ),
        ),
        plan("rejected for good", 3, 2, with(rejected(), &[(24_500, Act::Nothing)])),
        plan("panel collects", 1, 2, panel()),
        plan("panel votes", 0, 2, votes()),
        plan("panel ruled", 2, 2, with(votes(), &[(300, Act::Vote(17))])),
        plan("panel without majority", 0, 1, with(votes(), &[(3_000, Act::Nothing)])),
        plan("appealed", 2, 3, appeal()),
        plan("appeal upheld", 3, 1, hear(appeal(), Act::Uphold(100))),
        plan("appeal upheld in part", 1, 1, hear(appeal(), Act::Uphold(60))),
        plan("appeal dismissed", 2, 1, hear(appeal(), Act::Dismiss)),
        plan(
            "dismissed, then complained",
            0,
            1,
            with(hear(appeal(), Act::Dismiss), &[(900, Act::Complain("unjust_refusal"))]),
        ),
        plan("complained", 2, 2, complaint()),
        plan("complaint upheld", 2, 1, hear(complaint(), Act::Uphold(100))),
        plan("complaint dismissed", 1, 0, hear(complaint(), Act::Dismiss)),
        plan(
            "nobody looked, so he complained",
            1,
            1,
            with(bad_code(), &[(180, Act::Contest), (11_600, Act::Complain("inaction"))]),
        ),
        plan("objected", 1, 2, objection()),
        plan("objection upheld", 1, 1, hear(objection(), Act::Uphold(100))),
        plan("objection dismissed", 1, 0, hear(objection(), Act::Dismiss)),
        plan("nobody may judge", 0, 2, of_own_goods()),
        plan("arbitrator invited", 0, 1, with(of_own_goods(), &[(400, Act::Invite)])),
        plan("arbitrator ruled", 1, 1, with(of_own_goods(), &[(400, Act::Invite), (1_300, Act::Rule)])),
    ]
}

/// Tip-offs.
pub(super) fn reported() -> Vec<Plan> {
    let report = |about, name, concern, signed_in| vec![(0, Act::TipOff(about, name, concern, signed_in))];
    let shop = |signed_in| report("seller", "云币小站 Cloud Coin", "off_platform", signed_in);
    let goods = || report("product", "wind50", "misleading", true);
    let decide = |acts, outcome| with(acts, &[(500, Act::ClaimTipOff), (40, Act::DecideTipOff(outcome))]);
    vec![
        plan("tip-off", 2, 2, shop(false)),
        plan("tip-off about staff", 0, 1, report("staff", "reviewer", "misconduct", true)),
        plan("reporter asked", 1, 1, with(goods(), &[(300, Act::ClaimTipOff), (20, Act::AskReporter)])),
        plan("tip-off upheld", 2, 1, decide(shop(true), "upheld")),
        plan("tip-off not upheld", 1, 1, decide(goods(), "not_upheld")),
    ]
}
